"""An engine in a process of its own that does as the words tell it: what tests start in place of the speech process.

`die`: it dies. `hang`: it answers nothing any more. `wait`: this answer never comes. `lie`, `huge`: it answers with what makes no sense.
`no`: it can't. Else: it says the words back as sound.
"""

import os
import sys
import time
from pathlib import Path

from adapters.phone.speech.frames import Failed, Heard, Order, Ready, Recognize, Request, Speak, Spoke, packed, read_request


def main() -> None:
    out = sys.stdout.buffer
    order = read_request(sys.stdin.buffer)
    assert isinstance(order, Order)
    lives = Path(order.models["lives"])
    lives.write_text(lives.read_text() + "x" if lives.exists() else "x")
    if missing := order.models.get("missing"):
        out.write(packed(Failed(0, "missing", missing)))
        sys.exit(3)
    out.write(packed(Ready({"lives": lives.read_text()})))
    out.flush()
    while (request := read_request(sys.stdin.buffer)) is not None:
        out.write(answered(request))
        out.flush()


def answered(request: Request) -> bytes:
    match request:
        case Speak(text="die"):
            os._exit(1)
        case Speak(text="hang"):
            time.sleep(3_600)
        case Speak(text="lie"):
            return b"\0\0\0\1x"
        case Speak(text="huge"):
            return b"\xff\xff\xff\xff"
        case Speak(text="no"):
            return packed(Failed(request.id, "unable", "not this"))
        case Speak() if request.text != "wait":
            return packed(Spoke(request.id, request.text.encode().ljust(320, b"\0")))
        case Recognize():
            return packed(Heard(request.id, f"{len(request.pcm)} {request.language} {request.hints}", 0.5))
    return b""


if __name__ == "__main__":
    main()

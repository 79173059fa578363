"""The speech process: `python -m adapters.phone.speech`, requests on standard input, replies on standard output.

Apart, because an engine takes processor that calls need, keeps its state in globals, and may crash: here it does all that alone. One thread
reads, so that the end of the process that started it is noticed whatever an engine does; one works.
"""

import contextlib
import os
import queue
import sys
import threading
import time
from pathlib import Path
from typing import BinaryIO

from adapters.phone.speech.engines import Engine, opened
from adapters.phone.speech.errors import SpeechFailed
from adapters.phone.speech.frames import Failed, Heard, Order, Ready, Recognize, Reply, Speak, Spoke, packed, read_request

NICE = 5
"""Sound that is being played goes first, but a caller waits for these words."""
WAITING_MAX_COUNT = 256
"""More are refused; who asks keeps to less."""

Work = tuple[Speak | Recognize, float]
"""A question, and the moment from which on nobody waits for it."""


def main() -> int:
    """Until nobody is there any more. 0; 3 where the engine can't be had."""
    _step_back()
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints must not speak in between
    order = read_request(requests)
    if not isinstance(order, Order):
        return 2
    try:
        engine = opened(order)
    except SpeechFailed as error:
        _say(replies, Failed(0, error.code, str(error)))
        return 3
    _say(replies, Ready(engine.facts()))
    waiting: queue.Queue[Work] = queue.Queue(WAITING_MAX_COUNT)
    threading.Thread(target=_work, args=(engine, waiting, replies), daemon=True).start()
    _read(requests, waiting, replies)
    replies.flush()
    os._exit(0)  # an engine in the middle of something is not waited for


def _read(requests: BinaryIO, waiting: "queue.Queue[Work]", replies: BinaryIO) -> None:
    while (request := read_request(requests)) is not None:
        if isinstance(request, Order):
            continue
        try:
            waiting.put_nowait((request, time.monotonic() + request.within_s))
        except queue.Full:
            _say(replies, Failed(request.id, "refused"))


def _work(engine: Engine, waiting: "queue.Queue[Work]", replies: BinaryIO) -> None:
    """Engines are not for two at once. Whatever goes wrong with one request is that request's alone."""
    while True:
        request, until_s = waiting.get()
        try:
            _say(replies, Failed(request.id, "late") if time.monotonic() > until_s else _done(engine, request))
        except SpeechFailed as error:
            _say(replies, Failed(request.id, error.code, str(error)))
        except Exception as error:
            _say(replies, Failed(request.id, "broken", type(error).__name__))


def _done(engine: Engine, request: Speak | Recognize) -> Reply:
    if isinstance(request, Speak):
        return Spoke(request.id, engine.speak(request.text, request.language))
    text, confidence = engine.recognize(request.pcm, request.language, request.hints)
    return Heard(request.id, text, confidence)


_turn = threading.Lock()


def _say(replies: BinaryIO, reply: Reply) -> None:
    with _turn:
        try:
            replies.write(packed(reply))
            replies.flush()
        except OSError:
            os._exit(0)  # nobody listens


def _step_back() -> None:
    os.nice(NICE)
    with contextlib.suppress(OSError):  # where memory runs out, this process is the one to end (Linux; elsewhere it stays as it is)
        Path("/proc/self/oom_score_adj").write_text("1000")


if __name__ == "__main__":
    sys.exit(main())

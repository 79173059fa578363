"""Frontdesk as it is, but that it notes what it plays to callers, and what they hear: `FRONTDESK_BOOTH_NOTES` names the file."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from adapters.phone.audio import duration_ms
from adapters.phone.driver import Digit, Reached, Sound, Speech
from adapters.phone.sip import driver
from adapters.phone.sip.leg import SipLeg
from gateway.__main__ import main

FILE = "FRONTDESK_BOOTH_NOTES"


class TellingLeg(SipLeg):
    """One call, and its notes."""

    async def play(self, speech: Speech, mark: str) -> None:
        if speech.text:
            _note(self, what="play", mark=mark, text=speech.text, language=speech.language, ms=duration_ms(speech.pcm or b""))
        await super().play(speech, mark)

    async def flush(self) -> int:
        heard_ms = await super().flush()
        _note(self, what="flush", ms=heard_ms)
        return heard_ms

    async def music(self, *, is_on: bool) -> None:
        _note(self, what="music", is_on=is_on)
        await super().music(is_on=is_on)

    def _heard(self, event: Digit | Sound | Reached) -> None:
        if isinstance(event, Reached):
            _note(self, what="reached", mark=event.mark)
        super()._heard(event)


def _note(leg: SipLeg, **what: Any) -> None:
    with Path(os.environ[FILE]).open("a", encoding="utf-8") as notes:
        notes.write(json.dumps({"call": leg.incoming.call, "number": leg.incoming.number, **what}, ensure_ascii=False) + "\n")


def patch() -> None:
    """Put the telling leg in the place of ours."""
    vars(driver)["SipLeg"] = TellingLeg


if __name__ == "__main__":
    patch()
    sys.exit(main())

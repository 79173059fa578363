"""The other side that a caller is connected with: an agent's phone, from its first ring to its end."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from baresip import Event as Happened

from adapters.phone.sip import addresses, endings
from adapters.phone.sip import words as w
from adapters.phone.sip.line import Line, Other
from adapters.phone.sip.playout import Playout
from adapters.phone.sip.stack import Stack, StackFailed

KEYS = frozenset("0123456789*#ABCD")


class Bridges:
    """Of all calls of the worker."""

    def __init__(self, stack: Stack, tell: Callable[[w.Event], None], do: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        self._stack = stack
        self._tell = tell
        self._do = do
        self._loop = asyncio.get_running_loop()

    async def bridge(self, line: Line, command: w.Bridge) -> None:
        """Ring it; it is connected once it answers."""
        if line.other is not None:
            self.end(line.other, "hung_up")
            line.other = None
        try:
            native = await self._stack.dial(command.target, addresses.caller(line.native.headers, line.native.peer).user)
        except StackFailed as failed:
            self._tell(w.OtherGone(line.name, "refused" if failed.code == "forbidden" else failed.code))
            return
        other = Other(native, Playout())
        line.other = other
        native.follow(lambda event, text: self._happened(line, other, event, text))
        timer = self._loop.call_later(command.ring_s, self._stop_ringing, other)
        native.follow(lambda event, _: timer.cancel() if event in (Happened.CALL_ESTABLISHED, Happened.CALL_CLOSED) else None)
        if line.is_over:
            self.end(other, "hung_up")

    def end(self, other: Other, why: str) -> None:
        """Hang up on it; only the first reason counts."""
        other.ends_as = other.ends_as or why
        self._do(other.native.end())

    def _stop_ringing(self, other: Other) -> None:
        if not other.is_up:
            self.end(other, "no_answer")

    def _happened(self, line: Line, other: Other, event: Happened, text: str) -> None:
        if line.other is not other or line.is_over:
            return
        match event:
            case Happened.CALL_RINGING | Happened.CALL_PROGRESS:
                self._tell(w.OtherRings(line.name))
            case Happened.CALL_ESTABLISHED:
                line.set_music(is_on=False)
                other.is_up = True
                self._tell(w.OtherUp(line.name))
            case Happened.CALL_HOLD | Happened.CALL_RESUME:
                other.holding.by_direction = event is Happened.CALL_HOLD
                line.settle_music()
            case Happened.CALL_DTMF_START if text.upper() in KEYS and text and line.talks_with is other:
                self._do(line.native.press(text.upper()))
            case Happened.CALL_CLOSED:
                line.other = None
                line.settle_music()
                self._tell(w.OtherGone(line.name, _why(other, text)))
            case _:
                pass


def _why(other: Other, text: str) -> str:
    if other.is_up:
        return "broke" if endings.of_talked(text) == "lost" else "hung_up"
    return other.ends_as or endings.of_dialled(text)

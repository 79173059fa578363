"""Speaks to one caller: makes sound of lines, hands it to the line in order, and keeps account of how much of it was heard."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from adapters.phone.audio import duration_ms
from adapters.phone.dialogue.state import Line, Saying
from adapters.phone.dialogue.turn import guess_ms
from adapters.phone.dialogue.words import Heard
from adapters.phone.driver import Leg, LineFailed, Speech
from adapters.phone.script import Piece, tick
from adapters.phone.speech.words import Voice

log = logging.getLogger(__name__)

Act = Callable[[], Awaitable[None]]


@dataclass
class _Spoken:
    """One saying on its way."""

    saying: Saying
    pieces: tuple[Piece, ...]
    ms: list[int] = field(default_factory=list)
    """Of each piece that was made."""
    reached: int = 0

    @property
    def of_ms(self) -> int:
        return sum(self.ms) if len(self.ms) == len(self.pieces) else max(sum(self.ms), guess_ms(self.saying))


class Mouth:
    """Of one call. What is said and done here happens in order; `flush` overtakes all of it."""

    def __init__(
        self, leg: Leg, voice: Voice, pieces: Callable[[Line], tuple[Piece, ...]], tell: Callable[[Heard], None], *, speaks_itself: bool
    ) -> None:
        """`speaks_itself`: the line has a voice of its own, and gets words."""
        self._leg = leg
        self._voice = voice
        self._pieces = pieces
        self._tell = tell
        self._speaks_itself = speaks_itself
        self._waiting: deque[_Spoken | Act] = deque()
        self._spoken: dict[int, _Spoken] = {}
        self._news = asyncio.Event()
        self._current: asyncio.Task[None] | None = None

    def say(self, saying: Saying) -> None:
        spoken = _Spoken(saying, tuple(piece for line in saying.lines for piece in self._pieces(line)))
        self._spoken[saying.mark] = spoken
        self._then(spoken)

    def then(self, act: Act) -> None:
        """Do this behind all that is to be said."""
        self._then(act)

    async def flush(self) -> None:
        """Silence, now. What was to be done behind the words is done all the same."""
        self._waiting = deque(what for what in self._waiting if not isinstance(what, _Spoken))
        if self._current is not None:
            self._current.cancel()
        dropped, self._spoken = list(self._spoken.values()), {}
        heard_ms = await self._leg.flush()
        for place, spoken in enumerate(dropped):
            heard = sum(spoken.ms[: spoken.reached]) + (heard_ms if place == 0 else 0)
            self._tell(Heard(mark=spoken.saying.mark, seq=spoken.saying.seq, heard_ms=heard, of_ms=spoken.of_ms, is_whole=False))

    def reached(self, mark: str) -> None:
        """The line says that this was heard."""
        number, _, place = mark.partition(".")
        spoken = self._spoken.get(int(number)) if number.isdecimal() and place.isdecimal() else None
        if spoken is None:
            return
        spoken.reached = int(place) + 1
        if spoken.reached == len(spoken.pieces):
            self._is_heard(spoken)

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                while not self._waiting:
                    self._news.clear()
                    await self._news.wait()
                await self._do(self._waiting.popleft())
        finally:
            if self._current is not None:
                self._current.cancel()

    def _then(self, what: "_Spoken | Act") -> None:
        self._waiting.append(what)
        self._news.set()

    async def _do(self, what: "_Spoken | Act") -> None:
        if not isinstance(what, _Spoken):
            with suppress(LineFailed):
                await what()
            return
        self._current = asyncio.create_task(self._speak(what))
        await asyncio.wait({self._current})
        if not self._current.cancelled() and (error := self._current.exception()) is not None:
            log.warning("something could not be said: %s", type(error).__name__)
            self._is_heard(what)
        self._current = None

    async def _speak(self, spoken: _Spoken) -> None:
        for place, piece in enumerate(spoken.pieces):
            speech = await self._speech(piece)
            spoken.ms.append(duration_ms(speech.pcm) if speech.pcm is not None else guess_ms(spoken.saying) // len(spoken.pieces))
            await self._leg.play(speech, f"{spoken.saying.mark}.{place}")
        if not spoken.pieces:
            self._is_heard(spoken)

    async def _speech(self, piece: Piece) -> Speech:
        if piece.is_tick:
            return Speech(text="", language=piece.language, pcm=tick())
        if self._speaks_itself:
            return Speech(text=piece.text, language=piece.language)
        made = await self._voice.say(piece.text, piece.language, key=piece.key)
        return Speech(text=piece.text, language=piece.language, pcm=made.pcm)

    def _is_heard(self, spoken: _Spoken) -> None:
        if self._spoken.pop(spoken.saying.mark, None) is not None:
            self._tell(Heard(mark=spoken.saying.mark, seq=spoken.saying.seq, heard_ms=spoken.of_ms, of_ms=spoken.of_ms))

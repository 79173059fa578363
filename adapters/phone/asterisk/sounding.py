"""The sound of one call: what is said to the caller and what they say, over a media channel that is replaced when it breaks."""

import asyncio
import logging
from typing import Protocol

from adapters.phone.asterisk.ari import AriFailed
from adapters.phone.asterisk.happened import Happened
from adapters.phone.asterisk.means import Board, Means, Spawn
from adapters.phone.asterisk.programme import Out, Programme
from adapters.phone.audio import Pcm
from adapters.phone.driver import Digit, LegEvent, LineFailed, Message, Reached, Sound
from adapters.phone.taking import END_KEY, Taking, tone

log = logging.getLogger(__name__)

MENDS_MAX_COUNT = 3
"""Of one call's sound; then the call is given up."""
MENDING_S = 20.0
"""How long a call without sound waits for its Asterisk."""
TONE = "\0tone"


class Call(Protocol):
    """Whose sound it is."""

    @property
    def is_over(self) -> bool: ...

    @property
    def name(self) -> str:
        """For the log."""
        ...

    def tell(self, event: LegEvent) -> None: ...

    def end(self, why: str) -> None: ...

    def overhear(self, digit: str) -> None:
        """A key, as the media channel has it: whoever pressed it."""
        ...

    def claim(self, board: Board, key: str) -> None:
        """Events of this channel are this call's."""
        ...


class Sounding:
    """From `connect` to the end of the call."""

    def __init__(self, call: Call, means: Means, bridge: str, spawn: Spawn) -> None:
        self._call = call
        self._means = means
        self._bridge = bridge
        self._spawn = spawn
        self.programme = Programme(means.music, self._reached)
        self.media = ""
        """The id of the media channel; empty before the first."""
        self._has_come = asyncio.Event()
        self._out: Out | None = None
        self._runs: set[asyncio.Task[None]] = set()
        self._mends_count = 0
        self._is_hearing = False
        self._taking: Taking | None = None
        self._taking_has_begun = False

    # The media channel

    async def connect(self) -> None:
        """One in the bridge, and our end of it. Raises AriFailed or LineFailed."""
        board = self._means.board
        await board.up()  # what is made while our application is away is refused
        board.forget(self.media)
        self.media = self._means.name_of("media")
        self._has_come.clear()
        self._call.claim(board, self.media)
        out = await self._means.sounds.begin(self.media, self._heard)
        self._carry(out)
        await out.started(self._means.timeout_s)
        self._listen()
        await self._has_come.wait()  # before that it is not in our application, and can't be put into a bridge
        await self._means.ari.post("bridges", self._bridge, "addChannel", channel=self.media)
        self.programme.tune(out)

    def see(self, event: Happened) -> None:
        """An event of the media channel's."""
        if event.type == "StasisStart":
            self._has_come.set()

    def _carry(self, out: Out) -> None:
        """Until it ends, or the call does. Not a task of the call's: one that is cancelled before its first step would close nothing."""
        self._out = out
        run = asyncio.create_task(out.run())
        self._runs.add(run)
        run.add_done_callback(lambda _: self._carried(run, out))

    def _carried(self, run: "asyncio.Task[None]", out: Out) -> None:
        """Where the call goes on without, it gets a new one."""
        self._runs.discard(run)
        if not run.cancelled() and (error := run.exception()) is not None:
            log.error("a call's sound failed", extra={"call": self._call.name}, exc_info=error)
        if self._call.is_over or self._out is not out:
            return
        self._out = None
        self.programme.tune(None)
        self._spawn(self._mend())

    async def close(self) -> None:
        """Its sockets, once the call is over."""
        await asyncio.sleep(0)  # so that each has had its first step
        runs = list(self._runs)
        for run in runs:
            run.cancel()
        await asyncio.gather(*runs, return_exceptions=True)

    async def _mend(self) -> None:
        self._mends_count += 1
        try:
            async with asyncio.timeout(MENDING_S):
                if self._mends_count <= MENDS_MAX_COUNT and not self._call.is_over:
                    log.warning("a call's sound broke, and is connected again", extra={"call": self._call.name})
                    await self.connect()
                    return
        except (AriFailed, LineFailed, TimeoutError) as error:
            log.warning("a call's sound is lost", extra={"call": self._call.name, "why": str(error)})
        self._call.end("lost")

    # What the caller says

    def hear(self, *, is_on: bool) -> None:
        """Whether it is told."""
        self._is_hearing = is_on
        self._listen()

    def _heard(self, event: Digit | Sound | Reached) -> None:
        match event:
            case Reached(mark=name):
                self.programme.reached(name)
            case Sound(pcm=pcm):
                self._take(pcm)
            case Digit(digit=digit):
                self._call.overhear(digit)

    def _take(self, pcm: Pcm) -> None:
        if self._taking is not None and self._taking_has_begun:
            if self._taking.hear(pcm):
                self.finish_message()
        elif self._is_hearing:
            self._call.tell(Sound(pcm))

    def _listen(self) -> None:
        if self._out is not None:
            self._out.listen(is_on=self._is_hearing or self._taking is not None)

    # What is said to them

    def quiet(self) -> None:
        """No music any more."""
        self.programme.music(is_on=False)

    def flush(self) -> int:
        """Silence. How many ms had been heard since the last mark."""
        heard_ms = self.programme.flush()
        if self._taking is not None:
            self._taking_has_begun = True  # its tone is gone: they speak already
        return heard_ms

    async def drained(self, extra_s: float) -> None:
        """Until all is heard, or should have been for so long."""
        await self.programme.drained(self.programme.waiting_ms / 1_000 + extra_s)

    def _reached(self, mark: str) -> None:
        if mark == TONE:
            self._taking_has_begun = True
        else:
            self._call.tell(Reached(mark))

    # A message

    def take_message(self, max_s: float) -> None:
        """The tone first; one at a time."""
        if self._taking is None:
            self._taking = Taking(max_s)
            self.programme.play(tone(), TONE)
            self._listen()
            self._spawn(self._limit(self._taking, max_s))

    def ends_message(self, digit: str) -> bool:
        """This key did, and means nothing else."""
        if self._taking is None or digit != END_KEY:
            return False
        self.finish_message()
        return True

    def finish_message(self) -> None:
        """What was said so far is the message."""
        if self._taking is not None:
            message = self._taking.message
            self._taking, self._taking_has_begun = None, False
            self._listen()
            self._call.tell(Message(message))

    async def _limit(self, taking: Taking, max_s: float) -> None:
        """Also where no sound comes at all."""
        await self._means.sleep(self.programme.waiting_ms / 1_000 + max_s + 1.0)
        if self._taking is taking:
            self.finish_message()

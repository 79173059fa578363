"""One call at the Asterisk: the caller's channel in a bridge of its own with a media channel, and an agent's beside them when they talk.

see      an event of the Asterisk's about one of its channels; what needs no request is done at once, the rest in `run`'s tasks
run      from the beginning to `Ended`, and all that this call has made is taken away behind it
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from typing import Any

from adapters.phone.asterisk import causes
from adapters.phone.asterisk.ari import AriFailed
from adapters.phone.asterisk.caller import Caller
from adapters.phone.asterisk.handover import Handover
from adapters.phone.asterisk.happened import Happened
from adapters.phone.asterisk.means import Board, Means
from adapters.phone.asterisk.recorder import Recorder
from adapters.phone.asterisk.sounding import Sounding
from adapters.phone.asterisk.switching import Switching
from adapters.phone.asterisk.works import Works
from adapters.phone.driver import Bridged, Digit, Ended, Hearing, Held, Incoming, LegEvent, LineFailed, Speech, Transferred
from adapters.phone.happenings import Happenings

log = logging.getLogger(__name__)

KEYS = frozenset("0123456789*#ABCD")


class AsteriskLeg:
    """One call. `is_ours`: we have called them, and its first event is `Bridged`."""

    def __init__(self, incoming: Incoming, channel: str, means: Means, *, is_ours: bool = False) -> None:
        self._incoming = incoming
        self._caller = Caller(channel, means, incoming.call)
        self._means = means
        self._is_ours = is_ours
        self._told = Happenings()
        self._over = asyncio.Event()
        self._works = Works()
        self._bridge = means.name_of("bridge")
        self._sound = Sounding(self, means, self._bridge, self._works.spawn)
        self._recorder = Recorder(means.ari, self._bridge, means.name_of("recording"))
        self._switching = Switching(self, means, self._bridge, self._works.spawn, self._sound.quiet, self._caller.hang_up)
        self._handover = Handover(self._caller, means, self._told.tell, self._works.spawn, self._leave)
        self._is_set_up = False
        self._beginning: asyncio.Task[None] | None = None
        self._is_leaving = False
        self._is_held = False
        self._status = ""
        self._cause = 0
        self._why = ""
        self._began_at = means.now()
        means.board.claim(channel, self)
        means.board.claim(self._recorder.name, self)

    @property
    def incoming(self) -> Incoming:
        return self._incoming

    @property
    def channel(self) -> str:
        return self._caller.channel

    @property
    def is_over(self) -> bool:
        return self._over.is_set()

    @property
    def name(self) -> str:
        return self._incoming.call

    def claim(self, board: Board, key: str) -> None:
        board.claim(key, self)

    def tell(self, event: LegEvent) -> None:
        self._told.tell(event)

    def owns(self, bridge: str) -> bool:
        return bridge == self._bridge

    def events(self) -> AsyncIterator[LegEvent]:
        return self._told.follow()

    # Its life

    async def run(self) -> None:
        """Until it is over, and what it made at the Asterisk is gone."""
        try:
            await self._works.until(self._over)
        except* Exception:
            log.exception("a call failed", extra={"call": self.name})
            self.end("failed")
        finally:
            self.end("by_us")
            await self._clear()

    def end(self, why: str) -> None:
        """It is over, for this reason; only the first counts."""
        if not self._over.is_set():
            self._why = why
            self._over.set()

    async def _clear(self) -> None:
        """The recording is fetched, our channels and the bridge are taken away; then the end is told."""
        await self._sound.close()
        try:
            async with asyncio.timeout(self._means.timeout_s):
                if self._is_leaving or self._why in ("by_us", "lost", "failed", "limit"):
                    await self._caller.drop(causes.NORMAL)
                await self._remove()
        except TimeoutError:
            log.warning("a call's end took too long at the Asterisk", extra={"call": self.name})
        recording = await self._recorder.finish()
        for key in (self.channel, self._sound.media, self._recorder.name, self._switching.channel):
            self._means.board.forget(key)
        self._sound.finish_message()
        self.tell(Ended(self._why, {"seconds": round(self._means.now() - self._began_at, 1), "cause": self._cause}, recording))

    async def _remove(self) -> None:
        await self._switching.remove()
        if self._sound.media:
            await self._caller.hang_up(self._sound.media)
        if self._is_set_up:
            await self._caller.ask(self._means.ari.delete("bridges", self._bridge))

    # What the Asterisk tells

    def see(self, event: Happened) -> None:
        """One event about a channel of this call."""
        about = event.about
        if about == self._recorder.name:
            self._recorder.see(event)
        elif self.is_over:
            return
        elif about == self.channel:
            self._see_caller(event)
        elif about == self._sound.media:
            self._sound.see(event)
        elif about == self._switching.channel:
            self._switching.see(event)

    def find(self, present: frozenset[str]) -> None:
        """After a gap in the events: which channels there are now. A caller who is gone while our media stands has hung up; where that
        is gone too, the Asterisk has lost them."""
        if self.channel not in present:
            self.end("hung_up" if self._sound.media in present or not self._is_set_up else "lost")
        else:
            self._switching.find(present)

    def swap(self, old: str, new: str) -> None:
        """A channel has taken the place of one of ours: the agent has called somebody, and put them through."""
        if old == self.channel:
            self._caller.channel = new
        elif old == self._switching.channel:
            self._switching.swap(new)
        self._means.board.forget(old)
        self._means.board.claim(new, self)

    def press(self, digit: str) -> None:
        """A key of the caller's."""
        if digit in KEYS and not self._sound.ends_message(digit):
            self.tell(Digit(digit))

    def overhear(self, digit: str) -> None:
        """The events tell keys too, and say whose they were: this counts only where they can't."""
        if not self._means.board.is_up and not self._switching.channel:
            self.press(digit)

    def _see_caller(self, event: Happened) -> None:
        match event.type:
            case "ChannelDtmfReceived":
                self.press(event.digit)
            case "ChannelHold" | "ChannelUnhold" if self._is_held is not (event.type == "ChannelHold"):
                self._is_held = not self._is_held
                self.tell(Held(self._is_held))
            case "Dial":
                self._status = event.dialstatus or self._status
            case "ChannelHangupRequest":
                self._cause = self._cause or event.cause
            case "StasisStart" if self._is_ours and not self._is_set_up:
                self._begins(self._taken())
            case "StasisEnd" | "ChannelDestroyed":
                self._cause = self._cause or event.cause
                self._leave()

    def _leave(self) -> None:
        """The caller's channel is gone, or no longer ours."""
        if (self._handover.is_under_way or self._switching.has_sent_elsewhere) and not self.is_over:
            self.tell(Transferred())
            self.end("transferred")
        elif self._is_leaving:
            self.end("by_us")
        elif self._is_ours and not self._is_set_up:
            self.end(causes.why_not(self._cause, self._status))
        else:
            self.end(causes.why_over(self._cause))

    # Commands

    async def answer(self) -> None:
        if self.is_over or self._is_set_up:
            return
        self._begins(self._begin(is_answered=False))
        await self._is_up()

    async def reject(self, code: int) -> None:
        if self.is_over:
            return
        self._is_leaving = True
        await self._caller.drop(causes.cause_of(code))
        self.end("by_us")

    async def play(self, speech: Speech, mark: str) -> None:
        if not self.is_over and not self._switching.is_talking:
            self._sound.programme.play(speech.pcm or b"", mark)

    async def flush(self) -> int:
        return 0 if self.is_over else self._sound.flush()

    async def hear(self, hearing: Hearing | None) -> None:
        self._sound.hear(is_on=hearing is not None and hearing.speech)

    async def music(self, *, is_on: bool) -> None:
        """While an agent talks with them, this is the hold: the agent is not in the bridge meanwhile."""
        if self.is_over:
            return
        if self._switching.is_here and not is_on:
            self._sound.flush()
        self._sound.programme.music(is_on=is_on)
        await self._caller.ask(self._switching.hold(is_on=is_on))

    async def take_message(self, max_s: float) -> None:
        if not self.is_over:
            self._sound.take_message(max_s)

    async def record(self, *, is_on: bool) -> None:
        if await self._is_up():
            await self._recorder.switch(self._caller, is_on=is_on)

    async def bridge(self, target: str, ring_s: float) -> None:
        if not await self._is_up():
            return
        number = self._means.caller_id if self._is_ours else self._incoming.number
        await self._switching.ring(target, number=number, beside=self.channel, ring_s=ring_s)

    async def part(self) -> None:
        if not self.is_over:
            await self._switching.part()

    async def transfer(self, target: str) -> None:
        if not self.is_over:
            await self._handover.begin(target)

    async def hangup(self) -> None:
        if self.is_over or self._is_leaving:
            return
        self._is_leaving = True
        self._sound.quiet()
        self._works.spawn(self._hang_up_behind())

    # The beginning

    def _begins(self, work: Coroutine[Any, Any, None]) -> None:
        self._is_set_up = True
        self._beginning = self._works.spawn(work)

    async def _is_up(self) -> bool:
        """The call is answered, and goes on; where that is under way, once it is."""
        if self._beginning is not None:
            await asyncio.wait({self._beginning})
        return self._is_set_up and not self.is_over

    async def _taken(self) -> None:
        """They have answered a call of ours."""
        await self._begin(is_answered=True)
        if not self.is_over:
            self.tell(Bridged())

    async def _begin(self, *, is_answered: bool) -> None:
        """The bridge and the sound first, so that nothing of the first words is lost."""
        try:
            async with asyncio.timeout(self._means.timeout_s):
                await self._means.ari.post("bridges", self._bridge, type="mixing", name=self._bridge)
                await self._sound.connect()
                await self._caller.join(self._bridge, is_answered=is_answered)
        except (AriFailed, LineFailed, TimeoutError) as error:
            if not await self._caller.is_there():
                self._leave()
            else:
                log.warning("a call could not be answered", extra={"call": self.name, "why": str(error)})
                await self._caller.drop(causes.CONGESTION)
                self.end("failed")

    # The end

    async def _hang_up_behind(self) -> None:
        """Behind what is still to be heard."""
        await self._sound.drained(self._means.timeout_s)
        self.end("by_us")

"""A customer is called back: the agent's phone rings first, and theirs once the agent is there. Numbers and targets come from the record
and the configuration alone, and are looked at again here.

    agent's phone: no answer -> MISSED          answered -> customer's phone: no answer -> AWAY
                                                            answered -> TALKING -> ENDED
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

from adapters.phone import driver
from adapters.phone.driver import Driver, Leg, LineFailed
from adapters.phone.numbers import address_of, may_dial, phone_of, target_of
from adapters.phone.pen import Pen
from adapters.phone.speech.words import Voice
from adapters.phone.tools import Sleep
from config.phone import Phone
from gateway.core.calls import Wanted
from gateway.core.channel import Accept, event_key
from gateway.core.contact import Proof
from gateway.core.events import Called, CallStage, Inbound
from gateway.core.ids import ChannelName
from gateway.core.ports import Clock
from gateway.core.texts import Texts

log = logging.getLogger(__name__)

SLACK_S = 15.0
"""Beyond the ringing, for a line that does not say that nobody came."""
LAST_S = 15.0


Events = AsyncIterator[driver.LegEvent]
TakeCall = Callable[[Leg, Events, Wanted], Awaitable[None]]
"""Talks with a customer whom we have called ourselves: an agent without a phone writes to them."""


def back_call(wish: Wanted) -> str:
    """What the record calls the call that comes of a wish."""
    return f"back-{wish.id}"


class CallingBack:
    """Of one channel."""

    def __init__(
        self, channel: ChannelName, settings: Phone, *, driver: Callable[[], Driver], voice: Callable[[], Voice], texts: Texts,
        language: str, clock: Clock, sleep: Sleep,
    ) -> None:  # fmt: skip
        """The agent is spoken to in `language`."""
        self._channel = channel
        self._settings = settings
        self._driver = driver
        self._voice = voice
        self._texts = texts
        self._language = language
        self._clock = clock
        self._sleep = sleep

    async def run(self, wish: Wanted, accept: Accept, take: TakeCall) -> None:
        """Until it is over, and written down."""
        call = _Back(self._channel, wish, accept, self._clock, self._sleep)
        writing = asyncio.create_task(call.pen.run())
        try:
            await self._call(wish, call, take)
            async with asyncio.timeout(LAST_S):
                await call.pen.all_written()
        except TimeoutError:
            log.warning("the end of a call-back could not be written in time", extra={"channel": self._channel})
        except asyncio.CancelledError:
            call.tell(CallStage.ENDED, "lost")
            await asyncio.wait([asyncio.ensure_future(call.pen.all_written())], timeout=LAST_S / 3)
            raise
        finally:
            writing.cancel()

    async def _call(self, wish: Wanted, call: "_Back", take: TakeCall) -> None:
        settings = self._settings
        if not may_dial(wish.number, settings.dial_prefixes):
            call.tell(CallStage.AWAY, "forbidden")
            return
        customer = target_of(wish.number, settings.dial) if settings.dial else wish.number
        phone = phone_of(wish.agent, settings.agents) if settings.bridge == "auto" and self._driver().abilities.bridge else ""
        try:
            if phone:
                leg = await self._driver().dial(phone, caller_id="", ring_s=settings.ring_s)
                await self._agent_first(leg, customer, call)
            else:
                leg = await self._driver().dial(customer, caller_id="", ring_s=settings.ring_s)
                await self._customer_alone(leg, wish, call, take)
        except LineFailed as error:
            log.warning("a call-back could not be made: %s", error.code, extra={"channel": self._channel})
            call.tell(CallStage.MISSED if phone else CallStage.AWAY, "unreachable")

    async def _agent_first(self, leg: Leg, customer: str, call: "_Back") -> None:
        call.tell(CallStage.RINGING)
        limit_s = self._settings.ring_s + SLACK_S
        events = aiter(leg.events())
        event = await _next(events, limit_s)
        if not isinstance(event, driver.Bridged):
            await leg.hangup()
            call.tell(CallStage.MISSED, event.why if isinstance(event, driver.Ended) else "no_answer")
            return
        await self._say(leg, "calling_back")
        await leg.bridge(customer, self._settings.ring_s)
        is_talking = False
        while True:
            event = await _next(events, None if is_talking else limit_s)
            match event:
                case driver.Bridged() if not is_talking:
                    is_talking = True
                    call.tell(CallStage.TALKING)
                    await self._hush(leg)
                case driver.Parted(why=why):
                    await self._parted(leg, call, why, is_talking=is_talking)
                    return
                case driver.Ended(why=why, facts=facts):
                    call.tell(CallStage.ENDED, "lost" if why in ("lost", "failed") else "by_agent", facts=dict(facts))
                    return
                case None:
                    await leg.hangup()
                    call.tell(CallStage.AWAY, "no_answer")
                    return
                case _:
                    pass

    async def _hush(self, leg: Leg) -> None:
        """What we still say would be heard over the customer's "hello?". A line that takes turns has said it before it dialled."""
        if not self._driver().abilities.is_turn_based:
            with suppress(LineFailed):
                await leg.flush()

    async def _parted(self, leg: Leg, call: "_Back", why: str, *, is_talking: bool) -> None:
        if is_talking:
            call.tell(CallStage.ENDED, "hung_up" if why == "hung_up" else "lost")
        else:
            call.tell(CallStage.AWAY, why if why in ("busy", "no_answer", "refused") else "unreachable")
            await self._say(leg, "calling_back_failed")
        await leg.hangup()

    async def _customer_alone(self, leg: Leg, wish: Wanted, call: "_Back", take: TakeCall) -> None:
        """The agent has no phone: the customer is called, and hears what the agent writes."""
        events = aiter(leg.events())
        event = await _next(events, self._settings.ring_s + SLACK_S)
        if isinstance(event, driver.Bridged):
            await take(leg, events, wish)
            return
        await leg.hangup()
        call.tell(CallStage.AWAY, event.why if isinstance(event, driver.Ended) else "no_answer")

    async def _say(self, leg: Leg, key: str) -> None:
        name = f"phone.{key}"
        words = self._texts.say(name, self._language)
        speaks_itself = self._driver().abilities.server_tts
        pcm = None if speaks_itself else (await self._voice().say(words, self._language, key=name)).pcm
        await leg.play(driver.Speech(text=words, language=self._language, pcm=pcm), key)


class _Back:
    """One call-back, as it is told."""

    def __init__(self, channel: ChannelName, wish: Wanted, accept: Accept, clock: Clock, sleep: Sleep) -> None:
        self._channel = channel
        self._wish = wish
        self._clock = clock
        self._count = 0
        self.pen = Pen(accept, lambda _: None, sleep=sleep)

    def tell(self, stage: CallStage, why: str = "", facts: dict[str, object] | None = None) -> None:
        self._count += 1
        wish = self._wish
        called = Called(
            call=back_call(wish), stage=stage, number=wish.number, why=why, agent_id=wish.agent_id, facts=facts or {}
        )  # fmt: skip
        self.pen.write(
            Inbound(
                channel=self._channel, thread=wish.thread, key=event_key(self._channel, "back", wish.id, str(self._count)),
                sender=address_of(wish.number, wish.id), at=self._clock.now(), event=called, proof=Proof.NONE,
            )
        )  # fmt: skip


async def _next(events: Events, limit_s: float | None) -> driver.LegEvent | None:
    """The next event; None where none comes in time."""
    try:
        async with asyncio.timeout(limit_s):
            return await anext(events)
    except (TimeoutError, StopAsyncIteration):
        return None

"""A number that people call, as a channel: calls are taken by its driver, each by a leg of its own, in one process at a time."""

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol, runtime_checkable

from adapters.phone import live
from adapters.phone.admission import UNAVAILABLE, Admission
from adapters.phone.calling_back import CallingBack, Events, back_call
from adapters.phone.diagnosis import EXAMINATION_S, open_diagnosis, this_host
from adapters.phone.dialogue.state import Setup
from adapters.phone.driver import Driver, Incoming, Leg
from adapters.phone.health import Pulsing
from adapters.phone.house import House
from adapters.phone.keeping import Keeping, free_bytes
from adapters.phone.leg import Call
from adapters.phone.links import Links
from adapters.phone.numbers import caller, thread_of
from adapters.phone.script import fixed_prompts
from adapters.phone.setting_up import setup_of
from adapters.phone.speech.words import Ear, Loads, Voice
from adapters.phone.tools import Tools
from adapters.shared.holding import LEASE_S, Hold, LeaseLost, Leases
from config.phone import Phone
from config.problems import ConfigError
from gateway.core.calls import Conversations, Menus, Wanted
from gateway.core.channel import Accept, Capabilities, Closable, Grade, Parsed, Pulse, Raw, Reach, Reply, Verdict
from gateway.core.errors import FrontdeskError, NotFound
from gateway.core.ids import ChannelName
from gateway.core.message import Outgoing, Receipt
from gateway.core.parts import Part
from gateway.core.texts import Texts

log = logging.getLogger(__name__)

TEXT_MAX_BYTES = 4_096
CHOICES_MAX_COUNT = 9
REFUSED_EVERY_S = 10.0
AGAIN_S = 2.0
"""Between two tries to get the lease, and after whatever stopped the work."""
UNABLE_AGAIN_S = 60.0
"""The like where something has to be installed or corrected first."""
SPARE_S = 300.0
"""So long calls go on while the bus is away, and none begin: an agent and a customer who talk need nothing of it."""
TAKEN_OVER_S = 60.0
"""Calls in a cloud and behind an Asterisk are taken on by the next process: so long is waited before one counts as lost."""


@runtime_checkable
class Hooked(Protocol):
    """A driver whose calls come by webhooks."""

    async def webhook(self, raw: Raw) -> Reply: ...


class PhoneChannel:
    """One number."""

    type = "phone"

    def __init__(
        self, name: ChannelName, settings: Phone, tools: Tools, open_driver: Callable[[], Driver], *,
        open_speech: Callable[[], tuple[Voice, Ear | None]], leases: Leases, texts: Texts, conversations: Conversations, menus: Menus,
        company: str,
    ) -> None:  # fmt: skip
        self.name = name
        self._settings = settings
        self._tools = tools
        self._open_driver = open_driver
        self._open_speech = open_speech
        self._leases = leases
        self._texts = texts
        self._conversations = conversations
        self._menus = menus
        self._company = company
        self._driver: Driver | None = None
        self._speech: tuple[Voice, Ear | None] | None = None
        self._links = Links(name, settings, texts=texts, shelf=tools.shelf, clock=tools.clock)
        self._tell_refused_at_s = -math.inf
        self._calls: set[Call] = set()
        """That came in."""
        self.live = live.Live(name, tools.notebook, tools.clock)
        self._pulsing = Pulsing(name, tools.notebook, now=tools.clock.now, sleep=tools.sleep, host=this_host())
        self._admission = Admission(
            max_count=settings.calls_max_count, per_minute=settings.calls_per_minute, monotonic=tools.clock.monotonic
        )  # fmt: skip
        self._calling_back = CallingBack(
            name, settings, driver=lambda: self.driver, voice=lambda: self.speech[0], texts=texts, language=tools.languages[0],
            clock=tools.clock, sleep=tools.sleep,
        )  # fmt: skip

    def __repr__(self) -> str:
        return f"PhoneChannel({self.name!r})"

    @property
    def driver(self) -> Driver:
        """One for all who ask: it is opened when somebody does."""
        if self._driver is None:
            self._driver = self._open_driver()
        return self._driver

    @property
    def speech(self) -> tuple[Voice, Ear | None]:
        """The voice and the ear, the same for all calls."""
        if self._speech is None:
            self._speech = self._open_speech()
        return self._speech

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            reach=Reach.PULLED, text_max_bytes=TEXT_MAX_BYTES, choices=Grade.NATIVE, choices_max_count=CHOICES_MAX_COUNT, calls=True
        )  # fmt: skip

    def parse(self, raw: Raw) -> Parsed:  # noqa: ARG002 - the protocol's
        """A call's events come by its leg; what a cloud posts is answered by `webhook`."""
        return Parsed()

    async def send(self, part: Part, outgoing: Outgoing) -> Receipt:  # noqa: ARG002 - the protocol's
        """Whoever is on the line follows the transcript: there is nothing to push."""
        return Receipt()

    async def webhook(self, raw: Raw) -> Reply:
        """What a cloud is answered, whose calls come by webhooks. Raises Forged, BadInput, NotFound."""
        driver = self.driver if self._settings.driver == "twiml" else None
        if not isinstance(driver, Hooked):
            raise NotFound("this number takes no webhooks")
        return await driver.webhook(raw)

    async def pulse(self) -> Pulse | None:
        return await self._pulsing.pulse()

    @property
    def examination_s(self) -> float:
        return EXAMINATION_S

    async def examine(self) -> Verdict:
        """Whether the line can be rung, and who speaks and listens on it. Nothing of it is recorded or counted."""
        return await open_diagnosis(self.name, self._settings, self._tools, self._pulsing.page).made()

    async def close(self) -> None:
        """Let go of the line and of whatever speaks. Safe to repeat."""
        driver, self._driver = self._driver, None
        speech, self._speech = self._speech, None
        if driver is not None:
            await driver.close()
        for part in speech or ():
            if isinstance(part, Closable):
                await part.close()
        await self._links.close()

    # ---- taking calls ------------------------------------------------------------------------------------------------------------

    async def listen(self, accept: Accept) -> None:
        """Take calls until cancelled, in one process at a time."""
        while True:
            hold, again_s = Hold(f"listen/{self.name}", self._leases, ttl_s=LEASE_S, spare_s=SPARE_S), AGAIN_S
            try:
                if await hold.take():
                    await self._work(hold, accept)
            except* LeaseLost:
                log.warning("another process takes the calls now", extra=self._who())
            except* ConfigError as unable:  # packages, models or a certificate that this machine does not have
                again_s = UNABLE_AGAIN_S
                for error in unable.exceptions:
                    log.error("no calls are taken here: %s", error, extra=self._who())  # noqa: TRY400 - the operator needs the words alone
            except* (FrontdeskError, OSError):
                log.warning("the bus or the store can't be reached; calls are not taken just now", extra=self._who())
            except* Exception:  # the outermost loop of a worker
                log.exception("taking calls has failed; it is begun again", extra=self._who())
            finally:
                await hold.give_back()
            await self._tools.sleep(again_s)

    async def _work(self, hold: Hold, accept: Accept) -> None:
        driver = self.driver
        house = self._house(accept, driver)
        await self.live.recall()
        async with asyncio.TaskGroup() as group:
            group.create_task(hold.keep())
            group.create_task(self._tell_lost(accept, driver))
            group.create_task(self._pulsing.keep(driver, lambda: len(self.live)))
            group.create_task(self._call_back(accept, house, group))
            if not house.abilities.server_tts:  # a line that speaks itself needs no prompts of ours
                group.create_task(self._warm(house.voice))
            if isinstance(house.ear, Loads):
                group.create_task(house.ear.load())
            group.create_task(driver.run(lambda leg: self._take(leg, house, hold)))

    def _house(self, accept: Accept, driver: Driver) -> House:
        (voice, ear), tools, settings = self.speech, self._tools, self._settings
        stamp: Callable[[str], str] = lambda kind: f"{kind}-{tools.clock.now():%Y%m%d-%H%M%S}.wav"  # noqa: E731 - one expression
        return House(
            channel=self.name, accept=accept, conversations=self._conversations, menus=self._menus, texts=self._texts, voice=voice, ear=ear,
            abilities=driver.abilities, links=self._links, clock=tools.clock,
            keeping=Keeping(self.name, tools.files, ear, stamp, lambda: free_bytes(tools.data_dir)), sleep=tools.sleep,
            deadline_s=settings.timeout_s, is_trusted=settings.trust_caller_id, keeps_audio=settings.recognizer.keep_audio,
        )  # fmt: skip

    async def _take(self, leg: Leg, house: House, hold: Hold) -> None:
        """One call that comes in, until it is over. Nothing that goes wrong with it is felt by another."""
        number = caller(leg.incoming.number, self._settings.country)
        code = UNAVAILABLE if hold.is_overdue else self._admission.refusal(number, len(self.live))
        if code:
            self._refused(code)
            await leg.reject(code)
            return
        self._pulsing.counts["taken"] += 1
        setup = self._setup(house, leg.incoming, leg.incoming.call, number)
        thread = thread_of(self.name, number, setup.call, is_beside=any(one.has(number) for one in self._calls))
        call = Call(leg, house, setup, thread=thread)
        self._calls.add(call)
        try:
            async with self._on_line(live.Line(setup.call, number, setup.dialled, self._now_ms(), thread), call):
                await self._run(call, leg)
        finally:
            self._calls.discard(call)

    def _refused(self, code: int) -> None:
        """Counted each, and told now and then: whoever calls ten thousand times fills no log."""
        self._pulsing.counts["refused"] += 1
        now_s = self._tools.clock.monotonic()
        if now_s >= self._tell_refused_at_s:
            self._tell_refused_at_s = now_s + REFUSED_EVERY_S
            log.warning("calls are refused", extra={**self._who(), "code": code, "count": self._pulsing.counts["refused"]})

    async def _run(self, call: Call, leg: Leg) -> None:
        try:
            await call.run()
        except Exception:  # of one call: the others go on
            self._pulsing.counts["failed"] += 1
            log.exception("a call has failed", extra={**self._who(), "call": leg.incoming.call})
            await leg.hangup()

    @asynccontextmanager
    async def _on_line(self, line: live.Line, call: Call | None = None) -> AsyncIterator[None]:
        """Written down as long as it lasts, under the name that the record knows the call by; and until the record knows its end."""
        await self.live.begin(line)
        try:
            yield
        finally:
            await asyncio.shield(self.live.end(line.call, unwritten=call.unwritten if call is not None else ""))

    def _now_ms(self) -> int:
        return int(self._tools.clock.now().timestamp() * 1_000)

    def _setup(self, house: House, incoming: Incoming, call: str, number: str, *, is_ours: bool = False) -> Setup:
        return setup_of(
            self._settings, call=call, number=number, dialled=incoming.dialled, languages=self._tools.languages, company=self._company,
            abilities=house.abilities, ear=house.ear, texts=self._texts, has_links=self._links.can_send(number), is_ours=is_ours,
        )  # fmt: skip

    async def _warm(self, voice: Voice) -> None:
        """Prompts are made before somebody waits for them."""
        try:
            await voice.warm(fixed_prompts(self._texts, self._tools.languages))
        except Exception:  # each is made once more when it is needed
            log.exception("prompts could not be made beforehand", extra=self._who())

    async def _tell_lost(self, accept: Accept, driver: Driver) -> None:
        """Whoever was on the line when the process before died is owed a call; what ended while the record was away is told once it is
        back."""
        if driver.abilities.outlives:
            await self._tools.sleep(TAKEN_OVER_S)
        while True:
            await self.live.somebody_left()
            try:
                count = await self.live.tell_lost(accept)
            except (FrontdeskError, OSError):  # the calls that come in now are not given up for it
                log.warning("the ends of calls can't be told just now", extra=self._who())
                await self._tools.sleep(AGAIN_S)
                continue
            self._pulsing.counts["lost"] += count
            log.warning("the ends of calls were told late", extra={**self._who(), "count": count})

    async def _call_back(self, accept: Accept, house: House, group: asyncio.TaskGroup) -> None:
        async for wish in self._conversations.wanted():
            if self.live.knows(back_call(wish)):
                continue  # the process before had begun with it
            if len(self.live) >= self._settings.calls_max_count:
                log.warning("nobody was called back: all lines are busy", extra=self._who())
                continue
            group.create_task(self._called_back(wish, accept, house))

    async def _called_back(self, wish: Wanted, accept: Accept, house: House) -> None:
        try:
            async with self._on_line(live.Line(back_call(wish), wish.number, "", self._now_ms(), wish.thread)):
                await self._calling_back.run(wish, accept, lambda leg, events, wish: self._talk(leg, events, wish, house))
        except Exception:  # of one call: the others go on
            log.exception("a call-back has failed", extra=self._who())

    async def _talk(self, leg: Leg, events: Events, wish: Wanted, house: House) -> None:
        setup = self._setup(house, leg.incoming, back_call(wish), wish.number, is_ours=True)
        await self._run(Call(leg, house, setup, events, thread=wish.thread), leg)

    def _who(self) -> dict[str, str]:
        return {"channel": self.name}

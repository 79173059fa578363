"""Calls through a cloud that does what our answers to its webhooks say.

One process takes calls (`run`); which, is the channel's to settle. A webhook may come to any process, and is passed to that one. Where it
is gone, the cloud is told to come again; whoever takes calls then goes on with those that are on the line: a new leg, in the same
conversation.
"""

import asyncio
import logging
import math
import secrets
from collections import OrderedDict
from collections.abc import Coroutine
from typing import Any, TypeVar

from msgspec import MsgspecError

from adapters.phone.audio import Pcm
from adapters.phone.driver import Abilities, Health, Incoming, Leg, LineFailed, Speech, Take
from adapters.phone.tools import Tools
from adapters.phone.twiml import verbs
from adapters.phone.twiml.dialects import DIALECTS
from adapters.phone.twiml.hooks import Hook, incoming, is_new, read_hook
from adapters.phone.twiml.leg import TwimlLeg
from adapters.phone.twiml.line import Line, Music, Pace
from adapters.phone.twiml.relay import Relay
from adapters.phone.twiml.rest import Rest
from adapters.phone.twiml.sounds import Sounds
from adapters.phone.twiml.tickets import MINE, Ticket, Tickets, Why
from adapters.phone.twiml.turns import OVER, goodbye, later
from config.phone import Phone
from config.texts import load_texts
from gateway.core.channel import Raw, Reply
from gateway.core.errors import FrontdeskError
from gateway.core.ids import ChannelName
from gateway.core.texts import Texts

log = logging.getLogger(__name__)
T = TypeVar("T")

LOOK_S = 1.0
"""How often calls are looked at whose cloud should have come long ago."""
HEALTH_S = 300.0
"""Between two questions to the cloud whether it lets us in."""
LEGS_MAX_COUNT = 4_000
OVER_KEPT_COUNT = 1_000
"""Calls that are over, so that what comes late is known."""
TRIES_MAX_COUNT = 8
"""How often the cloud comes and nobody of ours answers: about 45 s, three times as long as a lease; then it hangs up."""
XML = "text/xml; charset=utf-8"
TOLD = Reply(status=204)
_GONE = Reply(body=verbs.answer([verbs.hangup()]), content_type=XML)


def open_twiml(name: ChannelName, settings: Phone, tools: Tools, *, pace: Pace | None = None) -> "TwimlDriver":
    """The driver of one channel. Nothing is called before somebody asks."""
    dialect = DIALECTS[settings.twiml.signing]
    rest = Rest(settings.twiml, dialect, timeout_s=settings.timeout_s, sleep=tools.sleep)
    return TwimlDriver(name, settings, tools, rest, pace or Pace())


class TwimlDriver:
    """One channel's."""

    def __init__(self, name: ChannelName, settings: Phone, tools: Tools, rest: Rest, pace: Pace) -> None:
        self._name = name
        self._settings = settings
        self._tools = tools
        self._rest = rest
        self._tickets = Tickets(name, tools.secret)
        self._sounds = Sounds(name, tools.secret, tools.shelf, lambda: tools.clock.now().timestamp())
        self._relay = Relay(name, tools.bus, asking_s=pace.asking_s)
        self._line = Line(
            base=f"{tools.public_url.rstrip('/')}/phone/{name}", dialect=DIALECTS[settings.twiml.signing], tickets=self._tickets, rest=rest,
            sounds=self._sounds, music=Music(lambda: _music(settings)), now_s=tools.clock.monotonic, sleep=tools.sleep, spawn=self._spawn,
            caller_id=settings.twiml.caller_id, voices=settings.voice.voices, pace=pace,
        )  # fmt: skip
        self._take: Take | None = None
        self._group: asyncio.TaskGroup | None = None
        self._legs: dict[str, TwimlLeg] = {}
        self._over: OrderedDict[str, None] = OrderedDict()
        self._asked_at_s = -math.inf
        self._trouble = ""

    @property
    def calls(self) -> tuple[Leg, ...]:
        """That this process has."""
        return tuple(self._legs.values())

    @property
    def abilities(self) -> Abilities:
        has_rest = self._rest.is_usable
        return Abilities(
            raw_audio=False, server_tts=True, server_asr=True, is_turn_based=True, dial=has_rest, record=has_rest, outlives=True
        )  # fmt: skip

    async def run(self, take: Take) -> None:
        """Take calls until cancelled. Calls that are on the line then go on in another process, or in ours once it is back."""
        async with asyncio.TaskGroup() as group:
            self._take, self._group = take, group
            group.create_task(self._relay.serve(self._answered_here, self._spawn, self._tools.sleep))
            try:
                await self._look()
            finally:
                self._take = self._group = None
                self._legs.clear()

    async def dial(self, target: str, *, caller_id: str, ring_s: float) -> Leg:
        verbs.noun_of(target)
        name = f"{MINE}{secrets.token_hex(12)}"
        if self._group is None:
            raise LineFailed("expected a process that takes calls", code="unable")
        made = Incoming(call=name, number=target, dialled=caller_id or self._settings.twiml.caller_id)
        due_s = self._line.now_s() + ring_s + self._line.pace.grace_s
        leg = TwimlLeg(made, name=name, sid="", line=self._line, due_s=due_s)
        self._legs[name] = leg  # the cloud may come before it has answered us
        try:
            leg.sid = await self._rest.dial(
                target, caller_id=made.dialled, ring_s=ring_s, answered=self._line.address(Ticket(why=Why.DIALLED, leg=name)),
                news=self._line.address(Ticket(why=Why.STATUS, leg=name)),
            )  # fmt: skip
        except BaseException:
            del self._legs[name]
            raise
        self._spawn(self._forget(leg))
        return leg

    async def close(self) -> None:
        await self._rest.close()

    async def health(self) -> Health:
        """Whether the cloud's REST interface lets us in, as it was asked within HEALTH_S. Without an account nothing can be asked, and
        calls are taken all the same."""
        now_s = self._line.now_s()
        if self._rest.is_usable and now_s >= self._asked_at_s + HEALTH_S:
            self._asked_at_s, self._trouble = now_s, ""
            try:
                await self._rest.look()
            except LineFailed as error:
                self._trouble = error.code
        return Health(is_up=not self._trouble, trouble=self._trouble, facts={"calls": len(self._legs)})

    async def webhook(self, raw: Raw) -> Reply:
        """What the cloud is answered. Raises Forged, BadInput or NotFound."""
        if raw.method in ("GET", "HEAD"):
            return await self._sound(raw.path)
        twiml = self._settings.twiml
        hook = read_hook(twiml.signing, twiml.auth_token, self._tickets, raw, self._tools.public_url)
        self._rest.meet(hook.fields.get("AccountSid", ""))
        try:
            return await self._answered_here(hook) or await self._asked_others(hook) or await self._nobody(hook)
        except LineFailed:  # we are being stopped, this very moment
            return await self._nobody(hook)

    async def _answered_here(self, hook: Hook) -> Reply | None:
        """The answer, where this process has the call, or may take it."""
        name = hook.ticket.leg
        if name in self._over:
            return _GONE if hook.is_voice else TOLD
        if name not in self._legs and not self._may_take(hook):
            return None
        leg = self._legs.get(name) or self._new_leg(hook)
        match hook.ticket.why:
            case Why.AGENT:
                leg.agent_news(hook.ticket, hook.fields)
            case Why.STATUS:
                leg.status(hook.fields)
            case Why.RECORDED:
                leg.recorded(hook.fields)
            case _:
                return await self._turned(leg, hook)
        return TOLD

    async def _turned(self, leg: TwimlLeg, hook: Hook) -> Reply:
        """A call's next turn. Where we are being stopped meanwhile, the cloud is to come again."""
        if leg.sid and hook.fields.get("CallSid") != leg.sid:
            return _GONE  # another call can't go on with this one's turns
        leg.sid = leg.sid or hook.fields.get("CallSid", "")
        try:
            return Reply(body=await leg.hooked(hook.ticket, hook.fields), content_type=XML)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            return await self._nobody(hook)

    def _may_take(self, hook: Hook) -> bool:
        """A call that nobody has, and that is not over yet."""
        is_on = hook.is_voice and hook.fields.get("CallStatus", "") not in OVER and not hook.ticket.leg.startswith(MINE)
        return self._take is not None and is_on and len(self._legs) < LEGS_MAX_COUNT

    def _new_leg(self, hook: Hook) -> TwimlLeg:
        turn, now_s = hook.ticket.turn, int(self._tools.clock.now().timestamp())
        leg = TwimlLeg(
            incoming(hook, now_s), name=hook.ticket.leg, sid=hook.fields.get("CallSid", ""), line=self._line, turn=turn,
        )  # fmt: skip
        self._legs[leg.name] = leg
        self._spawn(self._followed(leg))
        self._spawn(self._forget(leg))
        if not is_new(hook):
            log.warning("a call goes on in this process", extra={"channel": self._name, "turn": turn})
        return leg

    async def _followed(self, leg: TwimlLeg) -> None:
        """Until its follower has done with it. Where we are stopped, it is not hung up: it goes on elsewhere."""
        assert self._take is not None, "calls are taken while `run` runs"
        try:
            await self._take(leg)
        except Exception:
            log.exception("a call's follower failed", extra={"channel": self._name})
        await leg.hangup()

    async def _forget(self, leg: TwimlLeg) -> None:
        await leg.over()
        self._legs.pop(leg.name, None)
        self._over[leg.name] = None
        while len(self._over) > OVER_KEPT_COUNT:
            self._over.popitem(last=False)

    async def _asked_others(self, hook: Hook) -> Reply | None:
        try:
            return await self._relay.ask(hook)
        except (OSError, FrontdeskError, MsgspecError):
            return None

    async def _nobody(self, hook: Hook) -> Reply:
        """Nobody of ours has the call, just now."""
        if not hook.is_voice:
            return TOLD
        if hook.fields.get("CallStatus", "") in OVER:
            return _GONE
        if hook.ticket.tries_count < TRIES_MAX_COUNT:
            return self._again(hook)
        log.error("a call was given up: no process takes calls", extra={"channel": self._name})
        sorry = await asyncio.to_thread(_sorry, self._tools.languages)
        return Reply(body=goodbye(sorry, self._line.dialect), content_type=XML)

    def _again(self, hook: Hook) -> Reply:
        old = hook.ticket
        why = Why.DIALLED if old.why is Why.DIALLED else Why.FIRST if old.why is Why.FIRST else Why.AGAIN
        ticket = Ticket(why=why, leg=old.leg, turn=old.turn, tries_count=old.tries_count + 1)
        return Reply(body=later(self._line.address(ticket)), content_type=XML)

    async def _sound(self, path: str) -> Reply:
        found = await self._sounds.find(path.rpartition("/")[2].removesuffix(".wav"))
        if found is None:
            return Reply(status=404)
        return Reply(body=found, content_type="audio/wav")

    def look(self) -> None:
        """Look for calls whose cloud should have come long ago."""
        for leg in list(self._legs.values()):
            leg.look()

    async def _look(self) -> None:
        while True:
            await self._tools.sleep(LOOK_S)
            self.look()

    def _spawn(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """In a task of `run`'s; what goes wrong in it stops no other call."""
        try:
            if self._group is not None:
                task = self._group.create_task(_guarded(work))
                task.add_done_callback(lambda _: work.close())  # one that is cancelled before it began has awaited nothing
                return task
        except RuntimeError:  # it is being stopped
            pass
        work.close()
        raise LineFailed("expected a process that takes calls", code="unable")


async def _guarded(work: Coroutine[Any, Any, T]) -> T:
    try:
        return await work
    except Exception:
        log.exception("a call's work failed")
        raise asyncio.CancelledError from None  # ends this task alone


def _sorry(languages: tuple[str, ...]) -> list[Speech]:
    """In each of our languages that sounds another."""
    texts = Texts(load_texts())
    first = {language.partition("-")[0]: language for language in reversed(languages)}
    return [Speech(text=texts.say("phone.sorry", language), language=language) for language in languages if language in first.values()]


def _music(settings: Phone) -> Pcm:
    from adapters.phone.speech.music import waiting_music  # whoever has another driver does without

    return waiting_music(settings.hold_music)

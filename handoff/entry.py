"""The way from the bot to people: a place in the queue, or a case where nobody is there. The customer is told either way.

`Entrance` reads; `enter` decides, purely, in the session's own transaction: the queue entry, its packet, the trace, the state and the words
to the customer stand or fall together.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct, structs

from config.schema import Queue, Settings
from gateway.core.contact import Contact, Identity
from gateway.core.decision import Decision
from gateway.core.draft import Draft
from gateway.core.handoff import Case, CaseStatus, EarlierSession, Failure, Handoff, Reason, Stage
from gateway.core.ids import HandoffId, QueueName
from gateway.core.message import Author, Message
from gateway.core.parts import Text
from gateway.core.ports import Clock, Store
from gateway.core.session import Move, Session
from gateway.core.texts import Texts
from handoff import cases, letters, moves, notices, packets, precedence, presence, waiting
from handoff.acting import answers_cases, speaks_only_when_asked, window_of, writes_letters
from handoff.belonging import Belonging, belonging
from handoff.hours import Calendar
from handoff.opening import OpeningHours
from handoff.outlooks import Outlooks
from handoff.promises import Outlook

MESSAGES_COUNT = 200
EARLIER_COUNT = 10
EARLIER_WORDS_COUNT = 50
"""Of what has been said: enough for a packet's last wish."""


class Situation(Struct, frozen=True, kw_only=True):
    """How things stand when a session comes to the door: read outside any transaction."""

    queue: QueueName
    rules: Queue
    calendar: Calendar | None = None
    """None: always open."""
    is_staffed: bool = True
    """Somebody who serves the queue is connected and at work; be it at capacity, that is worth waiting for."""
    waiting: tuple[Handoff, ...] = ()
    recent_waits_s: tuple[float, ...] = ()
    channel_type: str = ""
    contact: Contact | None = None
    identity: Identity | None = None
    identities: tuple[Identity, ...] = ()
    """All that is checked to be theirs."""
    earlier: tuple[EarlierSession, ...] = ()
    open_case: Case | None = None
    """This session's own, still to be answered."""
    messages: tuple[Message, ...] = ()
    """The session's last ones on record."""
    window: dict[str, Any] | None = None
    """What the channel still lets us send, where it counts that."""
    outlook: Outlook | None = None
    """What may be promised to whoever writes a mail; None: it is no mailbox."""


class Entrance:
    """The handoff's side of a turn."""

    def __init__(self, *, store: Store, clock: Clock, texts: Texts, settings: Settings, opening: OpeningHours | None = None) -> None:
        """Without `opening` the hours of the configuration file hold."""
        self._store = store
        self._clock = clock
        self._texts = texts
        self._settings = settings
        self._opening = opening or OpeningHours(settings)
        self._outlooks = Outlooks(store, clock, settings, self._opening)

    async def enter(self, draft: Draft, wish: str, decision: Decision) -> None:
        """Put the session in a queue, or open a case where nobody is there; the customer is told either way. Reads, never writes."""
        wanted, _ = precedence.wanted_queue(decision, self._settings)
        window = await window_of(self._store, self._settings, draft.session, draft.now, draft.grant)
        situation = structs.replace(await self.situation(draft.session, wanted), window=window)
        enter(draft, wish, decision, situation, self._texts, self._settings)

    async def leave(self, draft: Draft) -> None:
        """The customer is gone: the session's entry leaves the queue, or its agent's hands, whose units are free. Reads, never writes."""
        handoff_id = draft.session.handoff_id
        handoff = await self._store.handoff(handoff_id) if handoff_id else None
        moves.cancel(draft, handoff)
        moves.complete(draft, handoff)

    async def back_in_line(self, draft: Draft, notice: str) -> None:
        """Its agent's phone failed the caller: back to their old place, which they are told (`call.NOTICE`). Reads, never writes."""
        session, store = draft.session, self._store
        handoff = await store.handoff(session.handoff_id) if session.handoff_id else None
        after = max(session.first_seq - 1, session.seq - EARLIER_WORDS_COUNT)
        spoken = await store.session_messages(session.id, after, EARLIER_WORDS_COUNT)
        if handoff is None:
            packet = packets.bare(session, channel_type(self._settings, session), spoken, Reason.CALL_MISSED, "")
        else:
            packet = packets.passed_on(handoff.packet, session, spoken, Reason.CALL_MISSED, "")
        queue = queue_for(self._settings, session, session.queue)
        new = moves.put_back(draft, handoff, queue, packet)
        line = [entry for entry in await store.open_handoffs() if entry.queue == queue]
        said = self._texts.say(f"call.{notice}", session.language, position=waiting.position(new, line, draft.now))
        draft.say(Author.SYSTEM, (Text(said),))

    async def heard(self, draft: Draft) -> None:
        """The customer has written to people: where their channel promises an answer in time, the clock runs. Reads, never writes."""
        session = draft.session
        if not draft.is_letter or session.handoff_id is None:
            return
        handoff = await self._store.handoff(session.handoff_id)
        moves.is_answered(draft, handoff)
        if session.due_at is None and handoff is not None:
            letters.begin_waiting(draft, handoff, await self._outlooks.of(session, session.queue or handoff.queue), self._texts)

    def take_contact(self, draft: Draft, case: Case, text: str) -> bool:
        """Where `text` holds an email address or a phone number: note it in the case and confirm. False: it holds none."""
        return cases.take_contact(draft, case, text, self._texts, bot_name(self._texts, self._settings, draft.session.language))

    async def situation(self, session: Session, wanted: QueueName | None = None) -> Situation:
        """How things stand for this session; `wanted` is the queue that the bot or its triage named."""
        queue, store = queue_for(self._settings, session, wanted), self._store
        rules = self._settings.queues[queue]
        agents, now = await store.agents(), self._clock.now()
        theirs = await belonging(store, session)
        case = await store.case_of_session(session.id)
        is_letter = writes_letters(self._settings, session.channel)
        line = () if is_letter else tuple(entry for entry in await store.open_handoffs() if entry.queue == queue)
        return Situation(
            queue=queue, rules=rules, calendar=self._opening.calendar(rules.hours),
            is_staffed=any(presence.is_staffing(agent, queue, now) for agent in agents),
            waiting=line, recent_waits_s=await self._outlooks.recent_waits(queue, session.channel),
            channel_type=channel_type(self._settings, session),
            outlook=await self._outlooks.of(session, queue) if is_letter else None,
            contact=await store.contact(theirs.contact_id) if theirs.contact_id else None, identity=theirs.own,
            identities=theirs.identities, earlier=await self._earlier(session, theirs),
            open_case=case if case and case.status is not CaseStatus.RESOLVED else None,
            messages=tuple(await store.session_messages(session.id, max(0, session.seq - MESSAGES_COUNT), MESSAGES_COUNT)),
        )  # fmt: skip

    async def _earlier(self, session: Session, theirs: Belonging) -> tuple[EarlierSession, ...]:
        """On every channel where they are known."""
        return tuple(map(in_a_line, await self._store.earlier_sessions(theirs.addresses(session), session.id, EARLIER_COUNT)))


def enter(draft: Draft, wish: str, decision: Decision, situation: Situation, texts: Texts, settings: Settings) -> None:
    """Decide where a session goes that the bot gives away, and write it into the draft."""
    if situation.contact is not None:  # known by a form, or by a link: whoever ends the waiting finds them, too
        draft.set(contact_id=situation.contact.id)
    handoff = _requested(draft, wish, decision, situation, texts, settings)
    if draft.is_letter:
        letters.queue(draft, handoff, decision, situation.outlook, texts)
        return
    failure = _failure(draft, situation)
    if failure is None:
        is_mute = speaks_only_when_asked(settings, draft.session.channel)
        hint = texts.say("handoff.write_again", draft.session.language) if is_mute else ""
        _queue(draft, handoff, decision, situation, texts, hint)
    else:
        is_here = answers_cases(settings, draft.session.channel)
        name = bot_name(texts, settings, draft.session.language)
        _open_case(draft, handoff, failure, situation, texts, name, lead=decision.lead, is_here=is_here)


def queue_for(settings: Settings, session: Session, wanted: QueueName | None = None) -> QueueName:
    """The queue of a session: the one that was named, else its channel's, else the first; always one that exists."""
    channel = settings.channels.get(session.channel)
    for name in (wanted, channel.queue if channel else None):
        if name is not None and name in settings.queues:
            return QueueName(name)
    return QueueName(next(iter(settings.queues)))


def channel_type(settings: Settings, session: Session) -> str:
    """The kind of a session's channel; empty where the channel is configured no more."""
    channel = settings.channels.get(session.channel)
    return str(channel.__struct_config__.tag) if channel else ""


def bot_name(texts: Texts, settings: Settings, language: str) -> str:
    """What customers read beside the bot's words."""
    return settings.bot.name or texts.say("turn.bot_name", language)


def _failure(draft: Draft, situation: Situation) -> Failure | None:
    if situation.calendar is not None and not situation.calendar.is_open(draft.now):
        return Failure.CLOSED_HOURS
    return None if situation.is_staffed else Failure.NO_AGENT


def _requested(draft: Draft, wish: str, decision: Decision, situation: Situation, texts: Texts, settings: Settings) -> Handoff:
    session = draft.session
    spoken = _transcript(situation.messages, draft.messages)
    background = packets.Background(
        channel_type=situation.channel_type, contact=situation.contact, identity=situation.identity, identities=situation.identities,
        earlier=situation.earlier,
        open_cases=(situation.open_case.id,) if situation.open_case else (), window=situation.window,
    )  # fmt: skip
    is_vip = situation.contact is not None and situation.contact.is_vip
    minutes = precedence.head_start(decision, settings, situation.rules.priority, is_vip=is_vip)
    triage = _triage(decision, situation, settings, minutes)
    background = structs.replace(background, urgency=precedence.urgency_of(decision), triage=triage)
    packet = packets.build(session, spoken, wish, decision, background, texts, settings.gateway.languages[0])
    return Handoff(
        id=HandoffId(draft.ids.new()), session_id=session.id, channel=session.channel, queue=situation.queue, stage=Stage.REQUESTED,
        reason=packet.reason, requested_at=draft.now, priority=sum(minutes.values()), language=session.language, packet=packet,
        wanted_agent=session.answered_agent_id, is_callback=not draft.is_heard,
    )  # fmt: skip


def _transcript(recorded: Sequence[Message], drafted: Sequence[Message]) -> list[Message]:
    known = {message.seq for message in drafted}
    return [*(message for message in recorded if message.seq not in known), *drafted]


def _triage(decision: Decision, situation: Situation, settings: Settings, minutes: dict[str, float]) -> dict[str, Any]:
    """Why it is judged as it is, and what follows: the queue and the minutes."""
    if decision.triage is None:
        return {}
    wanted, by = precedence.wanted_queue(decision, settings)
    followed = {"queue": {"by": by if wanted == situation.queue else "channel"}}
    return decision.triage.why | followed | ({"priority": minutes} if minutes else {})


def _queue(draft: Draft, handoff: Handoff, decision: Decision, situation: Situation, texts: Texts, hint: str) -> None:
    position = waiting.position(handoff, situation.waiting, draft.now)
    draft.move(Move.HAND_OFF, queue=handoff.queue, handoff_id=handoff.id, agent_id=None, agent_name=None)
    draft.put_handoff(handoff, stage=Stage.QUEUED)
    moves.trace(
        draft, handoff, "queued", reason=handoff.reason.value, trigger=decision.trigger, priority=handoff.priority, position=position,
        queue=handoff.queue,
    )  # fmt: skip
    wait = waiting.estimate(situation.recent_waits_s)
    notice = notices.coming(texts, draft.session.language, position, wait, is_call=draft.is_call)
    draft.say(Author.SYSTEM, (Text("\n".join(filter(None, (decision.lead, decision.text, notice, hint)))),))


def _open_case(
    draft: Draft, handoff: Handoff, failure: Failure, situation: Situation, texts: Texts, name: str, *, lead: str, is_here: bool
) -> None:  # fmt: skip
    """The session stays with the bot; the handoff is on record as failed, so that the numbers can be derived."""
    draft.put_handoff(handoff, stage=Stage.FAILED, failure=failure, ended_at=draft.now)
    moves.trace(draft, handoff, "failed", failure=failure.value, reason=handoff.reason.value, queue=handoff.queue)
    case = situation.open_case or cases.open_case(draft, handoff, failure.value, situation.contact)
    asked = cases.ask_for_contact(draft, case, texts, is_answered_here=is_here)
    said = notices.together(draft.session.language, _why_nobody(draft, failure, situation, texts), asked)
    draft.say(Author.BOT, (Text("\n".join(filter(None, (lead, said)))),), name=name)


def _why_nobody(draft: Draft, failure: Failure, situation: Situation, texts: Texts) -> str:
    if failure is Failure.CLOSED_HOURS and situation.calendar is not None:
        opens_at = situation.calendar.next_open(draft.now)
        return notices.closed(texts, draft.session.language, opens_at, draft.now, is_call=draft.is_call)
    return texts.say("handoff.nobody", draft.session.language)


def in_a_line(session: Session) -> EarlierSession:
    """An earlier session as a packet and a desk list it."""
    reason = session.close_reason
    return EarlierSession(
        id=session.id, channel=session.channel, opened_at=session.opened_at, summary=session.disposition or "",
        close_reason=reason.value if reason else None, subject=letters.subject_of(session),
    )  # fmt: skip

"""What a look-up does to its session: it begins, others wait behind it, it ends. Pure.

The lane never waits. A turn that needs something from outside commits a `Looking` with the session and goes on to other customers; the
result comes back as an event of the same lane, and that turn speaks. What the customer says meanwhile is on record at once and is answered
behind it, in order. Whoever takes the session away from the bot takes its look-up away with it: a result that nobody waits for is dropped.
"""

from datetime import datetime

from msgspec import structs

from gateway.core.channel import event_key
from gateway.core.decision import PERSON, Decision, Heard, Kind, Looking, Lookup, Road
from gateway.core.draft import Draft
from gateway.core.events import Found, Inbound, LookedUp
from gateway.core.handoff import Reason
from gateway.core.ids import EntryId, EventKey, derived
from gateway.core.memory import BotMemory
from gateway.core.message import Message
from gateway.core.parts import Choice
from gateway.core.session import Controller, Session
from gateway.core.texts import Texts

WAITING_MAX_COUNT = 10
"""Messages that wait behind a look-up. Whoever sends more than that in a few seconds is better off with a person."""
_ENTRIES_MAX_COUNT = 8
URGENT = frozenset({Reason.EXPLICIT_REQUEST, Reason.NEGATIVE_SENTIMENT, Reason.SENSITIVE_TOPIC})
"""What does not wait for a look-up."""


def begun(draft: Draft, heard: Message | Heard, decision: Decision, until: datetime) -> Looking:
    """What the session waits for from here on; `decision` asks for it."""
    return Looking(
        id=derived("lookup", draft.session.id, heard.seq), until=until, heard=Heard(heard.seq, heard.parts),
        decision=structs.replace(decision, memory=BotMemory()), answer_by=draft.answer_by,
    )  # fmt: skip


def wait(draft: Draft, looking: Looking, heard: Message) -> bool:
    """Put a message behind the look-up. False: too many wait there already."""
    if len(looking.waiting) >= WAITING_MAX_COUNT:
        return False
    draft.set(looking=structs.replace(looking, waiting=(*looking.waiting, Heard(heard.seq, heard.parts))))
    return True


def is_urgent(decision: Decision) -> bool:
    """Whether a message ends the look-up that it came behind."""
    return decision.kind is Kind.HANDOFF and decision.reason in URGENT


def awaited(session: Session | None, result: LookedUp) -> Looking | None:
    """The look-up that this is the result of; None: nobody waits for it any more."""
    if session is None or session.id != result.session or session.controller is not Controller.BOT:
        return None
    return session.looking if session.looking is not None and session.looking.id == result.id else None


def settled(looking: Looking, result: LookedUp, memory: BotMemory, texts: Texts) -> Decision:
    """What to say or do, now that the result is there."""
    decision = structs.replace(looking.decision, memory=memory, lookup=None)
    lookup = looking.decision.lookup
    told = {
        "road": lookup.road.value if lookup else "",
        "found": result.found.value,
        **({"reason": result.reason} if result.reason else {}),
    }
    detail = {**decision.detail, "lookup": {**told, **result.why}}
    match result.found:
        case Found.ANSWER:
            return _answer(decision, result, memory, detail)
        case Found.NOTHING:
            return _nothing(decision, result, memory, texts, detail, lookup)
        case Found.PERSON:
            return _person(decision, result, Reason.BUSINESS_RULE, detail)
        case Found.FAILURE if lookup is not None and lookup.road is Road.ANSWERER:
            return structs.replace(decision, detail=detail)
        case Found.FAILURE:
            return _person(decision, result, Reason.LOOKUP_FAILED, detail)


def failure(session: Session, looking: Looking, reason: str, *, marks: str = "") -> Inbound:
    """The event that says: nothing came of it. `marks` tells events of different witnesses apart."""
    return event(session, looking, LookedUp(session=session.id, id=looking.id, found=Found.FAILURE, reason=reason), marks=marks)


def event(session: Session, looking: Looking, result: LookedUp, *, marks: str = "") -> Inbound:
    """A result, as it enters its session's lane. Its key is its own: told twice, it is one."""
    return Inbound(
        channel=session.channel, thread=session.thread, key=_key(session, looking.id, marks), sender=session.address, at=looking.until,
        event=result,
    )  # fmt: skip


def _key(session: Session, looking_id: str, marks: str) -> EventKey:
    return event_key(session.channel, "looked-up", looking_id, *filter(None, (marks,)))


def _answer(decision: Decision, result: LookedUp, memory: BotMemory, detail: dict[str, object]) -> Decision:
    """The words that were found. Where the bot would have asked back, they answer with the entry that they cite."""
    memory = structs.replace(memory, asking="", asked_count=0, action="")
    entry = decision.entry or next((EntryId(cited) for cited in result.why.get("cites", ())), None)
    if decision.kind is Kind.CLARIFY:
        entries = (*memory.entries, entry)[-_ENTRIES_MAX_COUNT:] if entry else memory.entries
        memory = structs.replace(memory, misses=0, clarifications=0, offered=(), last_entry=entry, entries=entries)
    return structs.replace(decision, kind=Kind.ANSWER, entry=entry, text=result.text, choices=(), memory=memory, detail=detail)


def _nothing(
    decision: Decision, result: LookedUp, memory: BotMemory, texts: Texts, detail: dict[str, object], lookup: Lookup | None
) -> Decision:
    """It is not known there: say so, and take the next message as another try, where a slot can be asked for again."""
    slots = {name: value for name, value in memory.slots.items() if name != result.asks}
    asks_secret = lookup is not None and result.asks in lookup.secret
    memory = structs.replace(
        memory, slots=slots, asking=result.asks, asked_count=memory.asked_count + bool(result.asks),
        asks_secret=asks_secret, action=(decision.entry or "") if result.asks else "", offered=(PERSON,),
    )  # fmt: skip
    person = Choice(PERSON, texts.say("turn.person", decision.language))
    return structs.replace(decision, kind=Kind.CLARIFY, text=result.text, choices=(person,), memory=memory, detail=detail)


def _person(decision: Decision, result: LookedUp, reason: Reason, detail: dict[str, object]) -> Decision:
    memory = structs.replace(decision.memory, misses=decision.memory.misses + 1, asking="", asked_count=0, action="", offered=())
    return structs.replace(
        decision, kind=Kind.HANDOFF, text=result.text, choices=(), reason=reason, memory=memory,
        trigger=": ".join(filter(None, (decision.trigger, result.reason))), queue=result.queue or decision.queue, detail=detail,
    )  # fmt: skip

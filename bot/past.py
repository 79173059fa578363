"""What the bot did in a past session, turn by turn, and what the conversation itself says about how good that was."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from bot.suggesting import Unanswered
from gateway.core.decision import Kind
from gateway.core.handoff import Reason
from gateway.core.ids import EntryId, SessionId
from gateway.core.knowledge import Label
from gateway.core.message import Author, Message
from gateway.core.parts import Choices, Pick, Spoken, Text, plain_text
from gateway.core.past import PastSession
from gateway.core.session import Rating

REPLIES_MAX_COUNT = 5
"""Of an agent's messages behind a handoff: the answer is among the first."""
BAD_SCORE = 2
GOOD_SCORE = 4

NOT_HELPED, ASKED_PERSON, REPEATED, RATED_BADLY, LABELLED = "not_helped", "asked_person", "repeated", "rated_badly", "labelled"
AGAINST = (LABELLED, NOT_HELPED, ASKED_PERSON, REPEATED, RATED_BADLY)
"""What speaks against an answer, the surest first: an agent's word, the customer's, what the customer did next, the score."""

_PEOPLES = frozenset({Reason.BUSINESS_RULE, Reason.NEGATIVE_SENTIMENT, Reason.SENSITIVE_TOPIC, Reason.VIP})
"""Handed off on purpose: no entry is missing."""


class PastTurn(Struct, frozen=True, kw_only=True):
    """A customer's question that the bot decided, what it decided, and what speaks for and against that. `text` is the customer's."""

    session_id: SessionId
    seq: int
    at: datetime
    text: str
    picked: str | None
    kind: Kind
    entry: EntryId | None
    confidence: float
    reason: Reason | None
    offered: tuple[str, ...] = ()
    """Ids of the choices that the bot gave."""
    against: str | None = None
    """Why an answer was a missed handoff: one of `AGAINST`."""
    was_good: bool = False
    """The customer gave thanks for it, or a good score as its last answer."""
    replies: tuple[str, ...] = ()
    """What an agent said behind a handoff."""
    label: Label | None = None
    """What an agent said that this question means."""


def turns_of(past: PastSession) -> tuple[PastTurn, ...]:
    """The bot's turns of a session, in order. Questions without words (a picture) are left out."""
    heard = {message.seq: message for message in past.messages if message.author is Author.CUSTOMER}
    said: dict[int, Message] = {}
    for message in past.messages:
        if message.author in {Author.BOT, Author.SYSTEM} and message.reply_to in heard and _kind(message.why) is not None:
            said[message.reply_to] = message  # of two for the same question the last counts: "one moment", then the answer
    labels = {" ".join(label.text.split()): label for label in past.labels}
    numbers = [seq for seq in sorted(said) if _asked(heard[seq]) or _picked(heard[seq])]
    turns = []
    for place, seq in enumerate(numbers):
        following = said[numbers[place + 1]].why if place + 1 < len(numbers) else None
        turns.append(_turn(past, heard[seq], said[seq], following, labels.get(" ".join(_asked(heard[seq]).split()))))
    return tuple(turns)


def unanswered(past: PastSession) -> Iterator[Unanswered]:
    """What a session asked that the bot had no good answer to. Each question once: not the "2" and the "a person" behind it."""
    pending: PastTurn | None = None
    for turn in turns_of(past):
        match turn.kind:
            case Kind.ANSWER:
                pending = turn if turn.against else None
            case Kind.CLARIFY:
                pending = pending or turn
            case Kind.HANDOFF:
                if turn.reason not in _PEOPLES and (question := _question(past, pending, turn)):
                    yield _unanswered(pending or turn, question, turn.reason.value if turn.reason else "", turn)
                pending = None
            case Kind.CHITCHAT:
                pass
    if pending is not None:
        yield _unanswered(pending, pending.text, pending.against or Kind.CLARIFY.value, pending)


# ---- parts ----------------------------------------------------------------------------------------------------------------------


def _turn(past: PastSession, heard: Message, said: Message, following: dict[str, Any] | None, label: Label | None) -> PastTurn:
    why, kind = said.why, _kind(said.why)
    assert kind is not None
    entry = EntryId(why["entry"]) if why.get("entry") else None
    against = _against(entry, following, past.rating, label) if kind is Kind.ANSWER else None
    return PastTurn(
        session_id=past.session.id, seq=heard.seq, at=heard.at, text=_asked(heard), picked=_picked(heard), kind=kind, entry=entry,
        confidence=float(why.get("confidence") or 0.0), reason=_reason(why), offered=_offered(said), against=against,
        was_good=kind is Kind.ANSWER and against is None and _was_good(entry, following, past.rating),
        replies=_replies(past.messages, said.seq) if kind is Kind.HANDOFF else (), label=label,
    )  # fmt: skip


def _against(entry: EntryId | None, following: dict[str, Any] | None, rating: Rating | None, label: Label | None) -> str | None:
    """What became of an answer that should have been none; `following`: the reasons of the next turn."""
    if label is not None and label.entry != entry:
        return LABELLED
    if following is None:
        return RATED_BADLY if rating is not None and rating.agent_id is None and rating.score <= BAD_SCORE else None
    if following.get("unhelped"):
        return NOT_HELPED
    if following.get("would") == Kind.ANSWER.value:
        return None  # by mail every reply gets a person: another question says nothing against this answer
    by_reason = {Reason.EXPLICIT_REQUEST: ASKED_PERSON, Reason.REPEATED_MISS: REPEATED, Reason.LOOP_DETECTED: REPEATED}
    reason = _reason(following)
    return by_reason.get(reason) if reason else None


def _was_good(entry: EntryId | None, following: dict[str, Any] | None, rating: Rating | None) -> bool:
    if following is not None:
        return entry is not None and following.get("helped") == entry
    return rating is not None and rating.agent_id is None and rating.score >= GOOD_SCORE


def _replies(messages: Sequence[Message], after_seq: int) -> tuple[str, ...]:
    said = (plain_text(message.parts) for message in messages if message.seq > after_seq and message.author is Author.AGENT)
    return tuple(text for text in said if text.strip())[:REPLIES_MAX_COUNT]


def _question(past: PastSession, pending: PastTurn | None, turn: PastTurn) -> str:
    """What a handoff was about: the question before it that found no answer, else its own words, else what was told to the agent."""
    if pending is not None:
        return pending.text
    if turn.reason is not Reason.EXPLICIT_REQUEST:
        return turn.text
    later = (message for message in past.messages if message.seq > turn.seq and message.author is Author.CUSTOMER)
    return next((text for message in later if (text := _asked(message))), "")


def _unanswered(turn: PastTurn, text: str, reason: str, ending: PastTurn) -> Unanswered:
    label = turn.label or ending.label
    return Unanswered(
        text=text, session_id=turn.session_id, seq=turn.seq, at=turn.at, reason=reason, replies=ending.replies,
        entry=label.entry if label else None,
    )  # fmt: skip


def _kind(why: dict[str, Any]) -> Kind | None:
    """What was decided, where it is one of the things that a bot decides."""
    try:
        return Kind(why.get("decision", ""))
    except ValueError:
        return None


def _reason(why: dict[str, Any]) -> Reason | None:
    try:
        return Reason(why.get("reason") or "")
    except ValueError:
        return None


def _asked(message: Message) -> str:
    return "\n".join(part.text for part in message.parts if isinstance(part, (Text, Pick, Spoken))).strip()


def _picked(message: Message) -> str | None:
    return next((part.id for part in message.parts if isinstance(part, Pick)), None)


def _offered(message: Message) -> tuple[str, ...]:
    return tuple(option.id for part in message.parts if isinstance(part, Choices) for option in part.options)

"""The full context that goes with a session: built once, purely, and never changed afterwards."""

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import Any

from msgspec import Struct, structs

from gateway.core.contact import AddressKind, Contact, Identity, Proof
from gateway.core.decision import Decision, Kind
from gateway.core.handoff import BotTurn, EarlierSession, HandoffPacket, Reason, Urgency
from gateway.core.ids import CaseId
from gateway.core.message import Author, Message
from gateway.core.parts import plain_text
from gateway.core.session import Session
from gateway.core.texts import Texts

SUMMARY_MAX_WORDS = 80
BOT_TURNS_MAX_COUNT = 50
"""The last ones; the whole transcript stands beside the packet anyway."""

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]|[^\s\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]+")
"""A Chinese, Japanese or Korean character counts as a word; else whatever stands between spaces."""


_VOUCHED = frozenset({AddressKind.OPENID, AddressKind.UNIONID, AddressKind.WECOM_USER})
"""Ids that come in signed pushes: the channel itself says whose they are."""
_TOLD = frozenset({"decision", "entry", "confidence", "candidates", "reason"})
"""What a bot's turn tells by name; the rest of a message's why goes along as it is."""
_BESIDE_THE_MATTER = frozenset({"contact", "unlinked"})
"""What a customer's words can be taken for besides a question: an address that was asked for, a link undone."""


class Background(Struct, frozen=True, kw_only=True):
    """What is known about the customer besides this conversation."""

    channel_type: str
    contact: Contact | None = None
    identity: Identity | None = None
    identities: tuple[Identity, ...] = ()
    """All that is checked to be the customer's; empty: the session's own address is all there is."""
    earlier: tuple[EarlierSession, ...] = ()
    open_cases: tuple[CaseId, ...] = ()
    urgency: Urgency = Urgency.NORMAL
    triage: dict[str, Any] = {}
    """Why the triage is what it is, and what follows from it."""
    window: dict[str, Any] | None = None
    """What the channel still lets us send (`gateway.core.allowance.window`); None: it does not count."""


def build(
    session: Session, messages: Sequence[Message], wish: str, decision: Decision, background: Background, texts: Texts, desk_language: str
) -> HandoffPacket:
    """The packet of a bot's handoff. `messages`: the session's so far, the wish included. `desk_language`: the summary's."""
    reason = decision.reason or Reason.LOW_CONFIDENCE
    turns = [*bot_turns(messages), _last_turn(session, wish, decision, reason)][-BOT_TURNS_MAX_COUNT:]
    judged = decision.triage
    return HandoffPacket(
        reason=reason, trigger=decision.trigger, wish=wish, language=session.language, seq=session.seq,
        summary=_summary(messages, wish, turns, reason, texts, desk_language), channel=session.channel,
        channel_type=background.channel_type, category=decision.category, urgency=background.urgency, slots=dict(session.memory.slots),
        bot_turns=tuple(turns), customer=_card(session, background), earlier=background.earlier, open_cases=background.open_cases,
        constraints=_constraints(session, background.window), suggested=tuple(map(str, decision.detail.get("suggested", ()))),
        kind=judged.kind if judged else "", area=judged.area if judged else "", sentiment=judged.sentiment if judged else 0.0,
        triage=background.triage, due_at=session.due_at, is_doubtful=session.is_doubtful, beside=session.beside,
    )  # fmt: skip


def passed_on(
    packet: HandoffPacket, session: Session, messages: Sequence[Message], reason: Reason, comment: str,
    window: dict[str, Any] | None = None,
) -> HandoffPacket:  # fmt: skip
    """The packet of a session that goes from one agent to the next: what was known, brought up to now."""
    heard = _heard(messages)
    return structs.replace(
        packet, reason=reason, trigger=reason.value, comment=comment, seq=session.seq, language=session.language,
        wish=heard[-1] if heard else packet.wish, constraints=_constraints(session, window), due_at=session.due_at,
        is_doubtful=session.is_doubtful, beside=session.beside,
    )  # fmt: skip


def bare(
    session: Session, channel_type: str, messages: Sequence[Message], reason: Reason, comment: str, window: dict[str, Any] | None = None
) -> HandoffPacket:
    """The packet of a session whose earlier one can't be found: little, but never nothing."""
    heard = _heard(messages)
    wish = heard[-1] if heard else ""
    return HandoffPacket(
        reason=reason, trigger=reason.value, wish=wish, summary=clip(wish, SUMMARY_MAX_WORDS), language=session.language, seq=session.seq,
        channel=session.channel, channel_type=channel_type, customer=_card(session, Background(channel_type=channel_type)),
        constraints=_constraints(session, window), comment=comment, due_at=session.due_at, is_doubtful=session.is_doubtful,
        beside=session.beside,
    )  # fmt: skip


def bot_turns(messages: Iterable[Message]) -> list[BotTurn]:
    """What the bot decided, turn by turn, from the reasons kept with its messages."""
    asked: dict[int, str] = {}
    turns: list[BotTurn] = []
    for message in messages:
        if message.author is Author.CUSTOMER:
            asked[message.seq] = plain_text(message.parts)
        elif message.author is Author.BOT and "decision" in message.why and message.why["decision"] not in _BESIDE_THE_MATTER:
            question = asked.get(message.reply_to or 0) or (list(asked.values()) or [""])[-1]
            turns.append(_turn(message.seq, question, message.why))
    return turns


def _heard(messages: Sequence[Message]) -> list[str]:
    """The customer's words about their matter: not the address that they were asked for."""
    beside = {message.reply_to for message in messages if message.why.get("decision") in _BESIDE_THE_MATTER}
    return [plain_text(message.parts) for message in messages if message.author is Author.CUSTOMER and message.seq not in beside]


def clip(text: str, limit: int) -> str:
    """At most `limit` words of a text, on one line, with an ellipsis in the last word's place where some are left out."""
    flat = " ".join(text.split())
    words = list(_WORD.finditer(flat))
    if len(words) <= limit:
        return flat
    return flat[: words[limit - 1].start()].rstrip() + "…" if limit > 0 else ""


def count_words(text: str) -> int:
    return len(_WORD.findall(text))


def _turn(seq: int, question: str, why: dict[str, Any]) -> BotTurn:
    candidates = [tuple(candidate) for candidate in why.get("candidates") or ()]
    entry = why.get("entry") or (candidates[0][0] if candidates else None)
    titles = {candidate[0]: candidate[2] for candidate in candidates if len(candidate) > 2}
    return BotTurn(
        seq=seq, question=question, decision=str(why["decision"]), confidence=float(why.get("confidence") or 0.0), entry=entry,
        title=titles.get(entry, ""), candidates=tuple((str(c[0]), float(c[1])) for c in candidates), reason=why.get("reason"),
        why={name: value for name, value in why.items() if name not in _TOLD},
    )  # fmt: skip


def _last_turn(session: Session, wish: str, decision: Decision, reason: Reason) -> BotTurn:
    best = decision.candidates[0] if decision.candidates else None
    return BotTurn(
        seq=session.seq, question=wish, decision=Kind.HANDOFF.value, confidence=decision.confidence,
        entry=decision.entry or (best.entry if best else None), title=best.title if best else "",
        candidates=tuple((c.entry, c.confidence) for c in decision.candidates), reason=reason.value, why=dict(decision.detail),
    )  # fmt: skip


def _summary(messages: Sequence[Message], wish: str, turns: Sequence[BotTurn], reason: Reason, texts: Texts, language: str) -> str:
    counts = {kind: sum(turn.decision == kind for turn in turns) for kind in ("answer", "clarify")}
    sentences = (
        [texts.say("handoff.summary.bot", language, answered=counts["answer"], asked=counts["clarify"])] if any(counts.values()) else []
    )
    named = next((turn for turn in reversed(turns) if turn.entry), None)
    if named:
        sentences.append(
            texts.say("handoff.summary.best", language, entry=clip(named.title, 12) or named.entry, percent=round(named.confidence * 100))
        )
    sentences.append(texts.say("handoff.summary.why", language, reason=texts.say(f"handoff.reason.{reason.value}", language)))
    rest = " ".join(sentences)
    lead = texts.say("handoff.summary.wish", language, wish="")
    matter = clip(_matter(messages, wish, turns, reason), SUMMARY_MAX_WORDS - count_words(rest) - count_words(lead))
    return clip(f"{texts.say('handoff.summary.wish', language, wish=matter)} {rest}", SUMMARY_MAX_WORDS)


_SAYS_LITTLE = frozenset({Reason.EXPLICIT_REQUEST, Reason.IVR_ZERO_OUT, Reason.CLARIFY_FAILED, Reason.CALL_LOST})
"""Reasons whose last words are hardly the matter: a key was pressed, or nothing was understood."""


def _matter(messages: Sequence[Message], wish: str, turns: Sequence[BotTurn], reason: Reason) -> str:
    """What it is about: "a person, please", or the number that the bot asked for, says less than the question before it."""
    if turns and "asked" in turns[-1].why:
        asking = list(takewhile(lambda turn: "slot" in turn.why, reversed(turns[:-1])))
        return asking[-1].question if asking else wish
    if reason not in _SAYS_LITTLE:
        return wish
    heard = [text for text in _heard(messages) if text != wish]
    return heard[-1] if heard else wish


def _card(session: Session, background: Background) -> dict[str, Any]:
    contact, identity = background.contact, background.identity
    name = (contact.name if contact else "") or session.customer_name
    card: dict[str, Any] = {
        "name": name,
        "language": session.language,
        "identities": [_known_as(one) for one in background.identities] or [_said(session, identity)],
    }
    if contact:
        card |= {"contact_id": contact.id, "email": contact.email, "phone": contact.phone, "is_vip": contact.is_vip}
    return card


def _known_as(identity: Identity) -> dict[str, Any]:
    return {
        "kind": identity.address.kind.value,
        "value": identity.address.value,
        "verified_by": identity.verified_by.value,
        "at": identity.at.isoformat(),
    }


def _said(session: Session, identity: Identity | None) -> dict[str, Any]:
    verified_by = (identity.verified_by if identity else _unlinked(session)).value
    return {"kind": session.address.kind.value, "value": session.address.value, "verified_by": verified_by}


def _unlinked(session: Session) -> Proof:
    """What vouches for an address that is not on record: a customer's first mail, whose proof is written with this very packet, too."""
    if session.address.kind is AddressKind.EMAIL and session.contact_id is not None and not session.is_doubtful:
        return Proof.DMARC
    return Proof.CHANNEL if session.address.kind in _VOUCHED else Proof.NONE


def _constraints(session: Session, window: dict[str, Any] | None) -> dict[str, Any]:
    """What the channel said about itself (mail Cc), how much it still lets us send and until when, and the page the customer is on."""
    call = session.call
    leg = {"id": call.id, "number": call.number, "dialled": call.dialled, "began_at": call.began_at.isoformat()} if call else None
    known = {"window": window, "page": session.page, "call": leg}
    return {**session.extra.get("constraints", {}), **{name: value for name, value in known.items() if value}}

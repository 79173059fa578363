"""What the bot's decisions become by mail, and before senders in doubt. Pure.

By mail a person is a reply away, as the bot's mails say; thanks end a conversation, and nobody wants a mail that says "you're welcome".
"""

import re

from msgspec import structs

from bot.courtesies import is_courtesy
from config.schema import Email, Settings
from gateway.core.decision import Decision, Kind, Lookup, Road
from gateway.core.handoff import Reason
from gateway.core.message import Author
from gateway.core.parts import Letter, Part
from gateway.core.session import Session

TO_THE_BOT = "replied to the bot's mail"
TO_A_PERSON = "replied to a person's mail"
NO_WORDS = "no words"
UNREAD = "not read whole"
UNPROVEN = "unproven sender"
LIMITED = "too many automatic answers to this sender"
GIST_MAX_CHARS = 300
_ANSWERS_US = frozenset({"picked", "named", "asked"})
"""What the bot's decision tells where the customer has answered what it asked."""
_LAST_WORDS = frozenset({"thanks", "goodbye"})
"""The bot's words for what needs no answer."""
_ALL_WELL = re.compile(r"[没沒](?:有?(?:问题|問題)|事|有?[别別]的)|不(?:用|需要)了?|\bno (?:problem|worries|more|need)", re.IGNORECASE)
_NOT_QUITE = re.compile(r"[没沒不未?？吗嗎]|\b(?:no|not|isn|doesn|didn|never|still)\b|n't", re.IGNORECASE)
"""Where one of these stands, it may be a complaint in polite words: "not solved, thank you"."""


def gist(text: str) -> str:
    """A short mail without the courtesies at its end, which say nothing: "Thanks", above "Best regards"."""
    if len(text) > GIST_MAX_CHARS:
        return text
    rest = text.rstrip()
    while "\n" in rest and is_courtesy(rest.rpartition("\n")[2]):
        rest = rest.rpartition("\n")[0].rstrip()
    return rest


def is_last_word(decision: Decision, text: str) -> bool:
    """Whether these words are mere thanks or a farewell."""
    if decision.kind is not Kind.CHITCHAT or decision.trigger not in _LAST_WORDS:
        return False
    return _NOT_QUITE.search(_ALL_WELL.sub("", text)) is None


def replying(session: Session, decision: Decision, settings: Settings) -> Decision:
    """What a reply means: a person, where somebody has answered or asked back before; what the bot would have said is suggested to them.

    A choice that was offered is still the bot's to answer, and so is what it has asked for; where it wants a person itself it says why
    better.
    """
    if not isinstance(settings.channels.get(session.channel), Email):
        return decision
    by = Author.BOT if session.memory.entries or session.memory.clarifications else session.answered_by
    if decision.kind is Kind.HANDOFF:
        return _without_lead(decision) if by is not None else decision
    if not means_person(session, settings) or by is None or _ANSWERS_US & decision.detail.keys():
        return decision if decision.kind is not Kind.CHITCHAT or decision.trigger not in _LAST_WORDS else _complaining(decision)
    return to_a_person(decision, Reason.EXPLICIT_REQUEST, TO_THE_BOT if by is Author.BOT else TO_A_PERSON)


def read_by_people(parts: tuple[Part, ...], decision: Decision) -> Decision:
    """A mail of which only a part could be read is a person's to open, whatever that part asks."""
    head = next(iter(parts), None)
    if not isinstance(head, Letter) or not head.trouble or decision.kind is Kind.HANDOFF:
        return decision
    return to_a_person(decision, Reason.LOW_CONFIDENCE, UNREAD)


def means_person(session: Session, settings: Settings) -> bool:
    """Whether a reply in this session's channel reaches a person, whatever it says."""
    channel = settings.channels.get(session.channel)
    return isinstance(channel, Email) and channel.reply_means_person


def choice_hint(session: Session, settings: Settings) -> str:
    """The key of the words under choices: what a reply is taken for."""
    if not isinstance(settings.channels.get(session.channel), Email):
        return "bot.reply_number"
    return "email.choice_hint" if means_person(session, settings) else "email.choice_hint_open"


def _complaining(decision: Decision) -> Decision:
    """Thanks that are none (see `is_last_word`) are a person's to read: "you're welcome" answers nothing."""
    return to_a_person(decision, Reason.LOW_CONFIDENCE, decision.trigger)


def _without_lead(decision: Decision) -> Decision:
    """A reply's rest is a person's, and so is what the bot knows of it: it is suggested to them, and not said."""
    told = "told" in decision.detail
    return structs.replace(decision, lead="", detail={**decision.detail, "suggested": [decision.lead]}) if told else decision


def withheld(session: Session, decision: Decision, *, looked_up: Lookup | None = None) -> Decision:
    """Nothing that belongs to somebody is looked up, asked for, or told (`looked_up`: where it comes from) before a sender in doubt. What
    everybody may know is said."""
    lookup = looked_up or decision.lookup
    is_theirs = (lookup is not None and lookup.road is Road.ACTION) or decision.memory.asking
    if session.call is not None and decision.detail.get("has_secret"):
        return decision  # a caller proves by the secret who they are, and the system that is asked judges it
    if not session.is_doubtful or not is_theirs or decision.kind is Kind.HANDOFF:
        return decision
    kept = structs.replace(decision.memory, asking="", asked_count=0, action="")
    return to_a_person(structs.replace(decision, memory=kept, text=""), Reason.BUSINESS_RULE, UNPROVEN)


def to_a_person(decision: Decision, reason: Reason, trigger: str) -> Decision:
    """Hand it off instead; an answer becomes a suggestion."""
    decision = _without_lead(decision)
    suggested = {"suggested": [decision.text]} if decision.kind is Kind.ANSWER and decision.text else {}
    return structs.replace(
        decision, kind=Kind.HANDOFF, text="", prompt="", choices=(), lookup=None, reason=reason, trigger=trigger,
        detail={**decision.detail, **suggested, "would": decision.kind.value},
    )  # fmt: skip

"""What a message asks, as the bot is asked it, and why the bot decided as it did, as the desk reads it. Pure."""

from typing import Any

from msgspec import Struct, to_builtins

from gateway.core.decision import Decision, Heard
from gateway.core.message import Message
from gateway.core.parts import Arriving, File, Keyed, Letter, Location, Pick, Spoken, Text, plain_text

ASKED_MAX_CHARS = 4096
"""Nobody's message keeps the bot from the others for long."""
LETTER_MAX_CHARS = 20_000
"""Of a mail: its question may stand far below."""


class Question(Struct, frozen=True):
    """What the bot is asked; above a mail that begins a thread, its subject."""

    text: str
    subject: str = ""

    @property
    def has_words(self) -> bool:
        return bool(self.text or self.subject)


def asked(heard: Message | Heard) -> Question:
    """What the bot is asked. Channels whose messages may be longer than ours have them in several parts: it reads the beginning."""
    text = plain_text(tuple(part for part in heard.parts if isinstance(part, (Text, Pick, Spoken, Keyed)))).strip()
    match next(iter(heard.parts), None):
        case Letter(subject=subject):
            return divided(text[:LETTER_MAX_CHARS], subject)
        case _:
            return Question(text[:ASKED_MAX_CHARS])


def divided(words: str, subject: str) -> Question:
    """A mail's words, which begin with its subject where the customer wrote one for them; programs may have put "Fwd:" before that."""
    first, gap, rest = words.partition("\n\n")
    is_subject = bool(gap) and " ".join(subject.split()).endswith(" ".join(first.split()))
    return Question(rest, first) if is_subject else Question(words)


def received(heard: Message | Heard) -> str:
    """The words for what came without words: whoever spoke should not read about a file."""
    for part in heard.parts:
        match part:
            case Location():
                return "turn.place_received"
            case Spoken() | Keyed():
                return "call.not_understood"
            case Arriving(kind="voice" | "image" as kind):
                return f"turn.{kind}_received"
            case File(file=ref) if ref.mime.startswith("audio/"):
                return "turn.voice_received"
            case File(file=ref) if ref.mime.startswith("image/"):
                return "turn.image_received"
            case _:
                pass
    return "turn.file_received"


def picked(heard: Message | Heard) -> str | None:
    return next((part.id for part in heard.parts if isinstance(part, Pick)), None)


def why(decision: Decision) -> dict[str, Any]:
    return {
        "decision": decision.kind.value,
        "entry": decision.entry,
        "confidence": round(decision.confidence, 3),
        "candidates": [[c.entry, round(c.confidence, 3), c.title] for c in decision.candidates[:3]],
        "reason": decision.reason.value if decision.reason else None,
        "trigger": decision.trigger,
        **({"triage": to_builtins(decision.triage)} if decision.triage else {}),
        **decision.detail,
    }

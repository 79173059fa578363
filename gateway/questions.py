"""What a message asks, as the bot is asked it, and why the bot decided as it did, as the desk reads it. Pure."""

from typing import Any

from msgspec import to_builtins

from gateway.core.decision import Decision, Heard
from gateway.core.message import Arriving, File, Letter, Location, Message, Pick, Text

ASKED_MAX_CHARS = 4096
"""Nobody's message keeps the bot from the others for long."""
LETTER_MAX_CHARS = 20_000
"""Of a mail: its question may stand far below."""


def asked(heard: Message | Heard) -> str:
    """What the bot is asked. Channels whose messages may be longer than ours have them in several parts: it reads the beginning."""
    max_chars = LETTER_MAX_CHARS if isinstance(next(iter(heard.parts), None), Letter) else ASKED_MAX_CHARS
    return "\n".join(part.text for part in heard.parts if isinstance(part, (Text, Pick))).strip()[:max_chars]


def received(heard: Message | Heard) -> str:
    """The words for what came without words: whoever spoke should not read about a file."""
    for part in heard.parts:
        match part:
            case Location():
                return "turn.place_received"
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

"""`frontdesk kb ask`: one decision of the bot."""

import argparse
from collections.abc import Iterator
from typing import Any

from gateway.commands.knowledge import bot_over, knowledge, knowledge_argument
from gateway.commands.settings import load_settings, table, tell
from gateway.core.decision import Ask, Decision


def arguments(parser: argparse.ArgumentParser) -> None:
    knowledge_argument(parser)
    parser.add_argument("text", metavar="TEXT", help="the question")
    parser.add_argument("--channel", default="webchat", metavar="TYPE", help="the kind of channel it comes from")


def ask(args: argparse.Namespace) -> int:
    settings = load_settings(args)
    bot = bot_over(knowledge(args), settings.bot.target_precision, settings)
    decision = bot.decide(Ask(text=args.text, languages=settings.gateway.languages, channel_type=args.channel))
    tell(args, _told(decision), _lines(decision))
    return 0


def _told(decision: Decision) -> dict[str, Any]:
    return {
        "decision": decision.kind.value, "entry": decision.entry, "confidence": round(decision.confidence, 4),
        "candidates": [{"entry": one.entry, "confidence": one.confidence} for one in decision.candidates],
        "reason": decision.reason.value if decision.reason else None, "language": decision.language, "text": decision.text,
        "trigger": decision.trigger, "category": decision.category, "detail": decision.detail,
    }  # fmt: skip


def _lines(decision: Decision) -> Iterator[str]:
    why = f" ({decision.reason.value})" if decision.reason else f" ({decision.entry})" if decision.entry else ""
    yield f"{decision.kind.value}{why}, confidence {decision.confidence:.2f}, {decision.language}"
    if decision.text:
        yield decision.text
    yield from (f"  [{choice.text}]" for choice in decision.choices)
    if decision.candidates:
        yield from table(
            [("entry", "confidence", "title"), *((one.entry, f"{one.confidence:.2f}", one.title) for one in decision.candidates)]
        )

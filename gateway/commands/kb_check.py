"""`frontdesk kb check`: what is wrong, doubtful or missing in a knowledge base."""

import argparse
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from config.schema import Settings
from config.texts import load_texts
from gateway.clock import SystemClock
from gateway.commands import published
from gateway.commands.doctor import language_of
from gateway.commands.knowledge import knowledge, knowledge_argument, vectors_of
from gateway.commands.settings import load_settings, tell
from gateway.core.texts import Texts

if TYPE_CHECKING:
    from bot.linting import Finding, Scope

SHOWN_COUNT = 10
"""Findings of one kind that are told to people, unless they ask for all."""


def arguments(parser: argparse.ArgumentParser) -> None:
    knowledge_argument(parser)
    parser.add_argument("--all", action="store_true", help=f"tell all findings, not only {SHOWN_COUNT} of each kind")
    parser.add_argument("--quick", action="store_true", help="compare questions by their letters alone: seconds instead of minutes")


def check(args: argparse.Namespace) -> int:
    """Exit code 1 for errors and warnings; hints are none."""
    from bot import linting

    entries = knowledge(args)
    settings = load_settings(args)
    changed = published.note(settings) if args.kb is None else ""
    today = SystemClock().now().date().isoformat()
    found = linting.check(entries, today, scope=_scope(settings), vectors=None if args.quick else vectors_of(entries))
    texts, language = Texts(load_texts()), language_of(os.environ)
    told = [{**_told(one), "text": linting.told(one, texts, language)} for one in found]
    count = sum(len(entry.questions) for entry in entries)
    whole = {"entries": len(entries), "questions": count, "counts": linting.counted(found), "findings": told} | (
        {"note": changed} if changed else {}
    )
    tell(args, whole, _lines(whole, SHOWN_COUNT if not args.all else len(found)))
    return 1 if linting.worst(found) in {linting.Severity.ERROR, linting.Severity.WARN} else 0


def _scope(settings: Settings) -> "Scope":
    from bot.linting import Scope

    types = frozenset(str(channel.__struct_config__.tag) for channel in settings.channels.values())
    return Scope(languages=tuple(settings.gateway.languages), channels=types, queues=frozenset(settings.queues))


def _told(finding: "Finding") -> dict[str, Any]:
    return {
        "severity": finding.severity.value, "code": finding.code, "entries": list(finding.entries), "question": finding.question,
        "detail": finding.detail,
    }  # fmt: skip


def _lines(whole: dict[str, Any], shown_count: int) -> Iterator[str]:
    findings: Sequence[dict[str, Any]] = whole["findings"]
    for code in dict.fromkeys(one["code"] for one in findings):
        same = [one for one in findings if one["code"] == code]
        yield from (f"{one['severity']}: {one['text']}" for one in same[:shown_count])
        if len(same) > shown_count:
            yield f"  ... and {len(same) - shown_count} more {code} (--all tells them)"
    counts = ", ".join(f"{count} {name}{'s' * (count != 1)}" for name, count in whole["counts"].items() if count) or "good"
    if "note" in whole:
        yield whole["note"]
    yield f"{whole['entries']} entries with {whole['questions']} questions: {counts}"

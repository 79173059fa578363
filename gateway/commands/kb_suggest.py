"""`frontdesk kb suggest`: what customers asked and only people could answer, as entries to review."""

import argparse
import asyncio
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from gateway.clock import SystemClock
from gateway.commands.kb_files import write_text
from gateway.commands.knowledge import has_record, knowledge, knowledge_argument
from gateway.commands.past import walked
from gateway.commands.record import opened_store
from gateway.commands.settings import load_settings, tell

if TYPE_CHECKING:
    from bot.suggesting import Suggested, Suggestion, Unanswered

DAYS = 30
_TO_WRITE: Mapping[str, str] = {"zh": "待补充", "en": "TODO"}
"""The owner's blank in a proposed entry for which no agent's answer is known. `kb check` finds it, so that it is never published unseen."""


def arguments(parser: argparse.ArgumentParser) -> None:
    knowledge_argument(parser)
    parser.add_argument("--days", type=int, default=DAYS, metavar="N", help=f"look at sessions opened in the last N days (default: {DAYS})")
    parser.add_argument("--least", type=int, default=2, metavar="N", help="questions that a suggestion needs (default: 2)")
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="suggestions at most (default: 50)")
    parser.add_argument("--out", metavar="FILE.yaml", help="write the entries to a new file (default: print them)")


def suggest(args: argparse.Namespace) -> int:
    """Exit code 1 where there is something to look at."""
    from bot import load_encoder, suggesting

    entries = knowledge(args)
    asked = asyncio.run(_read(args))
    found = suggesting.suggest(asked, entries, load_encoder(), count_min=max(1, args.least), limit=max(1, args.limit))
    text = written(found)
    if args.out and found.suggestions:
        write_text(Path(args.out), text)
    tell(args, msgspec.to_builtins(found), [_summary(found)] if args.out else [text])
    return 1 if found.suggestions else 0


async def _read(args: argparse.Namespace) -> "list[Unanswered]":
    from bot.past import unanswered

    settings, now = load_settings(args), SystemClock().now()
    found: list[Unanswered] = []
    if has_record(settings):
        async with opened_store(settings) as store:
            async for past in walked(store, now - timedelta(days=args.days), now):
                found += unanswered(past)
    return found


def written(found: "Suggested") -> str:
    """The suggestions as YAML: new entries ready to be reviewed, more ways to ask entries that exist as comments."""
    new = [one for one in found.suggestions if not (one.near and one.near.is_variant)]
    more = [one for one in found.suggestions if one.near and one.near.is_variant]
    parts = [f"# {_summary(found)}", "# Review before importing: customers' words are masked, not edited.", ""]
    for one in new:
        parts += [*_remarks(one), yaml.safe_dump([_entry(one)], allow_unicode=True, sort_keys=False, width=140).rstrip(), ""]
    if more:
        parts += ["# ---- more ways to ask entries that are there: add them to their questions", ""]
    for one in more:
        parts += [*_remarks(one), *(f"#   - {_quoted(question)}" for question in one.questions), ""]
    if not new:
        parts.append("[]")
    return "\n".join(parts) + "\n"


def _entry(one: "Suggestion") -> dict[str, Any]:
    answer = one.answers[0].text if one.answers else _TO_WRITE[_tag(one.question)]
    return {"id": str(one.id), "questions": list(one.questions), "answer": {_tag(answer): answer}}


def _tag(text: str) -> str:
    """The language of an owner's text, as the tag of an answer."""
    from bot.terms import is_han  # slow to import, and only this word needs it

    return "zh" if is_han(text) else "en"


def _remarks(one: "Suggestion") -> Iterator[str]:
    reasons = ", ".join(f"{reason} {count}" for reason, count in one.reasons.items())
    days = f"{one.first_at:%Y-%m-%d} to {one.last_at:%Y-%m-%d}"
    yield f"# {one.count} questions in {one.session_count} sessions, {days}: {reasons}"
    yield f"# sessions: {', '.join(one.sessions[:3])}"
    if one.near:
        kind = "looks like another way to ask" if one.near.is_variant else "nearest entry:"
        yield f"# {kind} {one.near.entry} ({one.near.similarity:.2f}): {' '.join(one.near.title.split())}"
    for other in one.answers[1:]:
        yield f"# another answer, given {other.count} times: {other.text}"


def _quoted(text: str) -> str:
    return str(yaml.safe_dump(text, allow_unicode=True, default_style='"', width=10_000)).strip()


def _summary(found: "Suggested") -> str:
    return (
        f"{len(found.suggestions)} suggestions from {found.grouped} of {found.questions} questions; {found.single} were asked too seldom, "
        f"{found.known} stand in the knowledge base by now, {found.no_question} are no questions"
    )

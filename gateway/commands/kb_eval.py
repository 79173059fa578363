"""`frontdesk kb eval`: the bot's quality on labelled questions, and where it goes wrong."""

import argparse
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from config.problems import ConfigError, Problem
from gateway.commands.knowledge import bot_over, knowledge, knowledge_argument, share
from gateway.commands.settings import load_settings, table, tell
from gateway.core.knowledge import Label, LabelSource

if TYPE_CHECKING:
    from bot.confusions import Mistakes
    from bot.evaluation import Outcome, Question, Report

QUIET_COUNT = 500
"""Evaluations of more questions than this tell their progress."""
SHOWN_CHARS = 60


def arguments(parser: argparse.ArgumentParser) -> None:
    knowledge_argument(parser)
    parser.add_argument("--questions", required=True, metavar="FILE.jsonl", help='lines of {"text": ..., "expect": id or null}')
    parser.add_argument(
        "--target-precision", type=share, metavar="P", help="share of answers that must be right (default: the configuration's)"
    )
    parser.add_argument(
        "--labels", metavar="FILE.jsonl", help="real questions whose answers are known, in the same lines: they refine how sure the bot is"
    )
    parser.add_argument("--top", type=int, default=10, metavar="N", help="confusions and worst entries that are told (default: 10)")


def evaluate(args: argparse.Namespace) -> int:
    from bot.confusions import mistakes  # slow to import, and only this word needs it
    from bot.evaluation import outcomes, report

    settings = load_settings(args)
    target = args.target_precision or settings.bot.target_precision
    questions = read_questions(Path(args.questions))
    entries = knowledge(args)
    bot = bot_over(entries, target, settings, labels=_labels(Path(args.labels)) if args.labels else ())
    asked = list(_progress(outcomes(bot, questions, settings.gateway.languages, time.perf_counter), len(questions)))
    found, wrong = report(asked, target, bot.entry_count), mistakes(asked, args.top, frozenset(entry.id for entry in entries))
    tell(args, {**msgspec.to_builtins(found), **msgspec.to_builtins(wrong)}, [*_measures(found), *_wrong(wrong)])
    return 0


def read_questions(path: Path) -> "list[Question]":
    """The labelled questions of a file. Raises ConfigError with every line that is wrong."""
    from bot.evaluation import Question

    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(str(path), f"expected a file of JSON lines, found: {error}")]) from None
    questions: list[Question] = []
    problems: list[Problem] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            questions.append(msgspec.json.decode(line, type=Question))
        except (msgspec.DecodeError, UnicodeEncodeError) as error:
            problems.append(Problem(f"{path}:{number}", f'expected {{"text": "...", "expect": "id" or null}}, found a mistake: {error}'))
    if problems:
        raise ConfigError(problems)
    return questions


def _labels(path: Path) -> list[Label]:
    at = datetime(1970, 1, 1, tzinfo=UTC)
    return [
        Label(id=f"{number:08}", text=one.text, entry=one.expect, source=LabelSource.AGENT, at=at, by="command")
        for number, one in enumerate(read_questions(path))
    ]


def _progress(found: "Iterator[Outcome]", count: int) -> "Iterator[Outcome]":
    step = max(1, count // 10)
    for number, outcome in enumerate(found, start=1):
        if count > QUIET_COUNT and number % step == 0:
            print(f"{number} of {count} questions", file=sys.stderr, flush=True)
        yield outcome


def _measures(found: "Report") -> list[str]:
    values = msgspec.to_builtins(found)
    rows = [(name, "-" if value is None else str(value)) for name, value in values.items() if not isinstance(value, dict)]
    return table([*rows, ("latency, ms", f"p50 {found.latency_ms.p50}, p99 {found.latency_ms.p99}")])


def _wrong(wrong: "Mistakes") -> Iterator[str]:
    if wrong.confusions:
        rows = [(one.expected, one.found, str(one.count), str(one.answered), _short(one.example)) for one in wrong.confusions]
        yield from ("", *table([("should be", "came first", "times", "answered", "for example"), *rows]))
    if wrong.worst_entries:
        bad = [(one.entry, f"{one.right} of {one.questions}", str(one.wrong_answers), str(one.taken)) for one in wrong.worst_entries]
        yield from ("", *table([("worst entries", "found", "wrongly answered", "took from others"), *bad]))
    if wrong.missed_unknown:
        out = [(one.entry, f"{one.confidence:.2f}", _short(one.text)) for one in wrong.missed_unknown]
        yield from ("", *table([("answered, though no entry does", "confidence", "question"), *out]))

    if wrong.unknown_entries:
        yield from ("", f"entries that the knowledge base lacks: {', '.join(wrong.unknown_entries[:20])}")


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= SHOWN_CHARS else flat[: SHOWN_CHARS - 1] + "…"

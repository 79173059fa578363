"""`frontdesk kb`: ask the bot, measure it, and check, import and export knowledge bases."""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from config.problems import ConfigError, Problem
from config.texts import load_texts
from gateway.commands.settings import load_settings, table, tell
from gateway.core.decision import Ask, Decision
from gateway.core.texts import Texts
from gateway.knowledge import SAMPLE, load_knowledge

if TYPE_CHECKING:
    from bot import Bot, Entry
    from bot.evaluation import Outcome, Question, Report

_QUIET_COUNT = 500
"""Evaluations of more questions than this tell their progress."""


def arguments(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="word", metavar="WORD", required=True)
    knowledge = argparse.ArgumentParser(add_help=False)
    knowledge.add_argument("--kb", metavar="PATH", help="a file or folder (default: the configuration's)")
    ask = words.add_parser("ask", help="one decision", parents=[knowledge])
    ask.add_argument("text", metavar="TEXT", help="the question")
    ask.add_argument("--channel", default="webchat", metavar="TYPE", help="the kind of channel it comes from")
    words.add_parser("check", help="list every problem", parents=[knowledge])
    measure = words.add_parser("eval", help="quality on labelled questions", parents=[knowledge])
    measure.add_argument("--questions", required=True, metavar="FILE.jsonl", help='lines of {"text": ..., "expect": id or null}')
    measure.add_argument(
        "--target-precision", type=_share, metavar="P", help="share of answers that must be right (default: the configuration's)"
    )
    take = words.add_parser("import", help="a CSV, JSONL or YAML file becomes one that the bot reads")
    take.add_argument("source", metavar="FILE", help=".csv, .jsonl or .yaml")
    take.add_argument("--out", required=True, metavar="FILE", help="where to write; must not exist")
    give = words.add_parser("export", help="the knowledge base as one file", parents=[knowledge])
    give.add_argument("--out", required=True, metavar="FILE", help="where to write, by its ending CSV, JSONL or YAML; must not exist")


def run(args: argparse.Namespace) -> int:
    return {"ask": _ask, "check": _check, "eval": _eval, "import": _import, "export": _export}[args.word](args)


# ---- the words ------------------------------------------------------------------------------------------------------------------


def _ask(args: argparse.Namespace) -> int:
    settings = load_settings(args)
    bot = _bot(_knowledge(args), settings.bot.target_precision)
    decision = bot.decide(Ask(text=args.text, languages=settings.gateway.languages, channel_type=args.channel))
    tell(args, _told(decision), _decision_lines(decision))
    return 0


def _check(args: argparse.Namespace) -> int:
    entries = _knowledge(args)
    twice = _asked_twice(entries)
    found = {"entries": len(entries), "questions": sum(len(entry.questions) for entry in entries), "findings": twice}
    tell(args, found, [*twice, f"{found['entries']} entries with {found['questions']} questions: {'see above' if twice else 'good'}"])
    return 1 if twice else 0


def _eval(args: argparse.Namespace) -> int:
    from bot.evaluation import outcomes, report  # slow to import, and only this word needs it

    settings = load_settings(args)
    target = args.target_precision or settings.bot.target_precision
    questions = _questions(Path(args.questions))
    bot = _bot(_knowledge(args), target)
    asked = outcomes(bot, questions, settings.gateway.languages, time.perf_counter)
    found = report(list(_progress(asked, len(questions))), target, bot.entry_count)
    tell(args, msgspec.to_builtins(found), _report_lines(found))
    return 0


def _import(args: argparse.Namespace) -> int:
    entries = load_knowledge(args.source)
    _write(Path(args.out), entries)
    tell(args, {"entries": len(entries), "out": args.out}, [f"{args.out}: {len(entries)} entries"])
    return 0


def _export(args: argparse.Namespace) -> int:
    entries = _knowledge(args)
    _write(Path(args.out), entries)
    tell(args, {"entries": len(entries), "out": args.out}, [f"{args.out}: {len(entries)} entries"])
    return 0


# ---- parts ----------------------------------------------------------------------------------------------------------------------


def _knowledge(args: argparse.Namespace) -> "tuple[Entry, ...]":
    return load_knowledge(args.kb if args.kb is not None else load_settings(args).bot.knowledge or SAMPLE)


def _bot(entries: "Sequence[Entry]", target_precision: float) -> "Bot":
    from bot import Bot

    return Bot(entries, texts=Texts(load_texts()), target_precision=target_precision)


def _share(text: str) -> float:
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError("expected a share between 0 and 1, such as 0.95")
    return value


def _told(decision: Decision) -> dict[str, Any]:
    return {
        "decision": decision.kind.value, "entry": decision.entry, "confidence": round(decision.confidence, 4),
        "candidates": [{"entry": one.entry, "confidence": one.confidence} for one in decision.candidates],
        "reason": decision.reason.value if decision.reason else None, "language": decision.language, "text": decision.text,
        "trigger": decision.trigger, "category": decision.category, "detail": decision.detail,
    }  # fmt: skip


def _decision_lines(decision: Decision) -> Iterator[str]:
    why = f" ({decision.reason.value})" if decision.reason else f" ({decision.entry})" if decision.entry else ""
    yield f"{decision.kind.value}{why}, confidence {decision.confidence:.2f}, {decision.language}"
    if decision.text:
        yield decision.text
    yield from (f"  [{choice.text}]" for choice in decision.choices)
    if decision.candidates:
        yield from table(
            [("entry", "confidence", "title"), *((one.entry, f"{one.confidence:.2f}", one.title) for one in decision.candidates)]
        )


def _asked_twice(entries: "Sequence[Entry]") -> list[str]:
    """Questions that stand in more than one entry: the bot can only ask back."""
    from bot.normalize import TextNormalizer
    from bot.scripts import ScriptTables

    normalizer = TextNormalizer(ScriptTables())
    owners: dict[str, dict[str, str]] = {}
    for entry in entries:
        for question in entry.questions:
            owners.setdefault(normalizer.core(normalizer.plain(question)), {}).setdefault(entry.id, question)
    return [f'"{next(iter(held.values()))}" stands in the entries {", ".join(held)}' for held in owners.values() if len(held) > 1]


def _questions(path: Path) -> "list[Question]":
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


def _progress(found: "Iterator[Outcome]", count: int) -> "Iterator[Outcome]":
    step = max(1, count // 10)
    for number, outcome in enumerate(found, start=1):
        if count > _QUIET_COUNT and number % step == 0:
            print(f"{number} of {count} questions", file=sys.stderr)
        yield outcome


def _report_lines(found: "Report") -> list[str]:
    values = msgspec.to_builtins(found)
    rows = [(name, "-" if value is None else str(value)) for name, value in values.items() if name != "latency_ms"]
    return table([*rows, ("latency, ms", f"p50 {found.latency_ms.p50}, p99 {found.latency_ms.p99}")])


def _write(path: Path, entries: "Sequence[Entry]") -> None:
    from bot.formats import SUFFIXES
    from bot.writing import written

    if path.suffix.lower() not in SUFFIXES:
        raise ConfigError([Problem(str(path), f"expected a name that ends in {', '.join(SUFFIXES)}")])
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(written(entries, path.suffix.lower()))
    except OSError as error:
        raise ConfigError([Problem(str(path), f"expected a place for a new file, found: {json.dumps(error.strerror)}")]) from None

"""`frontdesk kb import` and `kb export`: knowledge bases from and to spreadsheets, JSON lines and YAML."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from config.problems import ConfigError, Problem
from gateway.commands.knowledge import knowledge, knowledge_argument
from gateway.commands.settings import tell

if TYPE_CHECKING:
    from bot.entries import Entry

MAX_BYTES = 32 * 1024 * 1024
ENCODINGS = ("utf-8", "utf-16", "gb18030", "big5", "cp1252")


def import_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="FILE", help=".csv, .tsv, .txt, .jsonl or .yaml")
    parser.add_argument("--out", required=True, metavar="FILE", help="where to write, by its ending YAML, JSONL or CSV; must not exist")
    parser.add_argument("--encoding", choices=ENCODINGS, help="the file's encoding (default: found by looking)")


def export_arguments(parser: argparse.ArgumentParser) -> None:
    knowledge_argument(parser)
    parser.add_argument("--out", required=True, metavar="FILE", help="where to write, by its ending CSV, JSONL or YAML; must not exist")


def import_(args: argparse.Namespace) -> int:
    entries, encoding = _read(Path(args.source), args.encoding)
    write(Path(args.out), entries)
    count = sum(len(entry.questions) for entry in entries)
    told = {"entries": len(entries), "questions": count, "encoding": encoding, "out": args.out}
    tell(args, told, [f"{args.out}: {len(entries)} entries with {count} questions, read as {encoding}"])
    return 0


def export(args: argparse.Namespace) -> int:
    entries = knowledge(args)
    write(Path(args.out), entries)
    tell(args, {"entries": len(entries), "out": args.out}, [f"{args.out}: {len(entries)} entries"])
    return 0


def write(path: Path, entries: "Sequence[Entry]") -> None:
    """A new file of these entries. A CSV begins with a mark by which Excel knows that it is UTF-8. Raises ConfigError."""
    from bot.formats import SUFFIXES
    from bot.writing import written

    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ConfigError([Problem(str(path), f"expected a name that ends in {', '.join(SUFFIXES)}")])
    write_text(path, ("\ufeff" if suffix == ".csv" else "") + written(entries, suffix))


def write_text(path: Path, text: str) -> None:
    """A new file. Raises ConfigError where there is one already."""
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
    except OSError as error:
        raise ConfigError([Problem(str(path), f"expected a place for a new file, found: {json.dumps(error.strerror)}")]) from None


def _read(path: Path, encoding: str | None) -> "tuple[tuple[Entry, ...], str]":
    """The entries of a file from anywhere, and the encoding it was read in."""
    from bot.formats import SUFFIXES, Source
    from bot.knowledge import parse

    if path.suffix.lower() in {".xlsx", ".xls", ".numbers", ".ods"}:
        raise ConfigError([Problem(str(path), "expected a text file: save the sheet as CSV UTF-8, then import that")])
    suffix = ".csv" if path.suffix.lower() in {".tsv", ".txt", ".tab"} else path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ConfigError([Problem(str(path), f"expected a file that ends in {', '.join(SUFFIXES)}, .tsv or .txt")])
    text, found = _text(path, encoding)
    entries, problems = parse([Source(path.name if suffix == path.suffix.lower() else f"{path.name}{suffix}", text, is_foreign=True)])
    if problems:
        raise ConfigError(problems)
    if not entries:
        raise ConfigError([Problem(str(path), "expected at least one entry, found none")])
    return entries, found


def _text(path: Path, encoding: str | None) -> tuple[str, str]:
    from bot.charsets import decoded

    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigError([Problem(str(path), f"expected at most {MAX_BYTES} bytes, found {path.stat().st_size}")])
        data = path.read_bytes()
        text, found = (data.decode(encoding), encoding) if encoding else decoded(data)
    except OSError as error:
        raise ConfigError([Problem(str(path), f"expected a file that can be read, found: {error.strerror}")]) from None
    except ValueError as error:
        raise ConfigError([Problem(str(path), f"expected text in {encoding or 'a known encoding'}, found other bytes: {error}")]) from None
    return text.removeprefix("\ufeff"), {"utf-8-sig": "utf-8"}.get(found, found)

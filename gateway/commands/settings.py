"""How a command gets its settings, and says what it found."""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from config.loader import DEFAULT_FILE, Check, Key, load
from config.schema import Settings
from handoff.hours import check_hours


def load_settings(args: argparse.Namespace, *, checks: Iterable[Check] = ()) -> Settings:
    """The settings of `--config`, else of `frontdesk.toml` where there is one, else the built-in ones. Raises ConfigError."""
    return load(config_file(args), os.environ, checks=(hours, *checks))


def config_file(args: argparse.Namespace) -> Path | None:
    """The file that the settings come from; None: the built-in ones."""
    if args.config is not None:
        return Path(args.config)
    return DEFAULT_FILE if DEFAULT_FILE.exists() else None


def hours(settings: Settings) -> Iterator[tuple[Key, str]]:
    """What is wrong with the opening hours."""
    for name, table in settings.hours.items():
        for problem in check_hours(name, table):
            key = problem.where.split("] ", 1)[-1]
            yield ("hours", name, *key.split(".", 1)), problem.message


def tell(args: argparse.Namespace, found: Any, lines: Iterable[str]) -> None:
    """Say what was found: as JSON where `--json` asks for it, else as lines."""
    if args.json:
        json.dump(found, sys.stdout, ensure_ascii=False, indent=2)
        print()
    else:
        for line in lines:
            print(line)


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as aligned lines."""
    widths = [max(_width(cell) for cell in column) for column in zip(*rows, strict=True)]
    return ["  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if "\u1100" <= char <= "\uffdc" else 1 for char in text)

"""Which knowledge base a command works on, and the bot over it."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from config.texts import load_texts
from gateway.commands.settings import load_settings
from gateway.core.texts import Texts
from gateway.knowledge import SAMPLE, load_knowledge

if TYPE_CHECKING:
    from bot import Bot, Entry


def knowledge_argument(parser: argparse.ArgumentParser) -> None:
    """`--kb PATH`, for the words that read a knowledge base."""
    parser.add_argument("--kb", metavar="PATH", help="a file or folder (default: what the bot answers from)")


def knowledge(args: argparse.Namespace) -> "tuple[Entry, ...]":
    """The entries of `--kb`, else those that the bot answers from. Raises ConfigError."""
    return load_knowledge(args.kb if args.kb is not None else load_settings(args).bot.knowledge or SAMPLE)


def bot_over(entries: "Sequence[Entry]", target_precision: float) -> "Bot":
    """A bot that knows these entries."""
    from bot import Bot

    return Bot(entries, texts=Texts(load_texts()), target_precision=target_precision)


def share(text: str) -> float:
    """A share that stands on the command line."""
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError("expected a share between 0 and 1, such as 0.95")
    return value


def percent(value: Any) -> str:
    """A share as people read it."""
    return "-" if value is None else f"{value:.1%}"

"""Which knowledge base a command works on, and the bot over it."""

import argparse
import contextlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import MsgspecError

from config.problems import ConfigError, Problem
from config.schema import Settings
from config.texts import load_texts
from gateway.clock import SystemClock
from gateway.commands.published import in_force
from gateway.commands.settings import load_settings
from gateway.core.texts import Texts
from gateway.knowledge import SAMPLE, load_knowledge
from gateway.store import SqliteStore, open_store

if TYPE_CHECKING:
    from bot import Bot, Entry
    from gateway.core.knowledge import Label
    from gateway.recipe import Recipe


def knowledge_argument(parser: argparse.ArgumentParser) -> None:
    """`--kb PATH`, for the words that read a knowledge base."""
    parser.add_argument("--kb", metavar="PATH", help="a file or folder (default: what the bot answers from)")


def knowledge(args: argparse.Namespace) -> "tuple[Entry, ...]":
    """The entries of `--kb`, else those that the bot answers from: what was published last, else the configured files.

    Raises ConfigError. A record that does not exist yet is not made for it.
    """
    if args.kb is not None:
        return load_knowledge(args.kb)
    settings = load_settings(args)
    published = in_force(settings)
    if published is None:
        return load_knowledge(settings.bot.knowledge or SAMPLE)
    revision, contents = published
    if contents is None:
        raise ConfigError([Problem(f"revision {revision.number}", "expected its entries in the record, found none that can be read")])
    return contents.entries


def has_record(settings: Settings) -> bool:
    """Whether there is a record to read: reading an embedded one that is not there would make it."""
    store = open_store(settings.store, data_dir=settings.gateway.data_dir, clock=SystemClock())
    return not isinstance(store, SqliteStore) or store.path.exists()


def bot_over(entries: "Sequence[Entry]", target_precision: float, settings: Settings, *, labels: "Sequence[Label]" = ()) -> "Bot":
    """A bot that knows these entries, made as a running gateway makes it; `labels` refine how sure it is.

    What takes long is taken from the gateway's cache where it stands there, and kept in one of the commands' own.
    """
    from gateway.contents import contents_of
    from gateway.recipe import Recipe, assembled

    recipe = Recipe(contents_of(entries), target_precision, tuple(labels), settings.bot.encoder == "auto")
    data_dir, texts = Path(settings.gateway.data_dir), Texts(load_texts())
    try:
        return assembled(recipe, _prepared(recipe, data_dir), texts, settings.bot)
    except (ValueError, MsgspecError):  # what was kept is damaged
        return assembled(recipe, _prepared(recipe, data_dir, is_anew=True), texts, settings.bot)


def _prepared(recipe: "Recipe", data_dir: Path, *, is_anew: bool = False) -> bytes:
    """What was prepared before for an equal recipe, else made now. Where there is no data folder none is made for it."""
    from gateway.cache import Cache
    from gateway.recipe import prepared, prepared_key

    own, key = Cache(data_dir / "cache" / "commands"), prepared_key(recipe)
    made = None if is_anew else Cache(data_dir / "cache" / "knowledge").get(key) or own.get(key)
    if made is None:
        made = prepared(recipe)
        if data_dir.is_dir():
            with contextlib.suppress(OSError):  # a full disk costs the next command its time, no more
                own.put(key, made)
    return made


def vectors_of(entries: "Sequence[Entry]") -> "dict[str, Any] | None":
    """The questions' sentence vectors by their words; None where no encoder is installed. Milliseconds for each."""
    from bot import load_encoder

    encoder = load_encoder()
    questions = list(dict.fromkeys(question for entry in entries for question in entry.questions))
    return dict(zip(questions, encoder.encode(questions), strict=True)) if encoder is not None and questions else None


# ---- arguments and lines --------------------------------------------------------------------------------------------------------


def share(text: str) -> float:
    """A share that stands on the command line."""
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError("expected a share between 0 and 1, such as 0.95")
    return value


def day(text: str) -> datetime:
    """The beginning of a day, in UTC."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("expected a day such as 2026-11-01") from None
    return datetime(found.year, found.month, found.day, tzinfo=UTC)


def day_behind(at: datetime) -> datetime:
    """The beginning of the next day: a last day counts whole."""
    return at + timedelta(days=1)


def percent(value: Any) -> str:
    """A share as people read it."""
    return "-" if value is None else f"{value:.1%}"

"""`frontdesk kb drafts`, `publish`, `revisions` and `restore`: what is in force of the knowledge base, from the command line."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from config.problems import ConfigError, Problem
from config.schema import Settings
from gateway.clock import SystemClock
from gateway.commands.record import opened_bus, opened_store
from gateway.commands.settings import load_settings, table, tell
from gateway.core.errors import Conflict, Faulty, NotFound
from gateway.core.ids import RandomIds
from gateway.core.knowledge import Revision
from gateway.knowledge import KnowledgeFiles
from gateway.library import Library
from gateway.store import Record

ACTOR = "command"
_SHOWN_COUNT = 200
_SOON = "processes that run change to it within half a minute, those that share a Redis at once"


def publish_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--from", dest="source", choices=("drafts", "files"), default="drafts", help="what is put in force (default: drafts)"
    )
    parser.add_argument("--comment", default="", metavar="TEXT", help="why; it stands in the list of revisions")


def restore_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", type=int, metavar="NUMBER", help="the revision whose words are to be in force again")
    parser.add_argument("--comment", default="", metavar="TEXT", help="why")


def drafts(args: argparse.Namespace) -> int:
    """What waits to be published."""

    async def work(_: Record, library: Library) -> int:
        standing, shelf = await library.shelf()
        items = [item for item in shelf.items() if item.draft is not None]
        told = [{"id": item.id, "state": item.state.value, "title": item.title, "by": item.draft.by} for item in items if item.draft]
        lines = table([("id", "state", "title"), *((one["id"], one["state"], one["title"]) for one in told)]) if told else ["no drafts"]
        tell(args, {"revision": standing.number, "drafts": told}, lines)
        return 0

    return _run(args, work)


def publish(args: argparse.Namespace) -> int:
    """Put the drafts, or the files, in force."""

    async def work(_: Record, library: Library) -> int:
        if args.source == "files":
            return _told(args, await library.take_files(ACTOR, args.comment))
        return _told(args, await library.publish(ACTOR, args.comment, (await library.standing()).number))

    return _run(args, work)


def restore(args: argparse.Namespace) -> int:
    """Put an earlier revision in force again."""

    async def work(_: Record, library: Library) -> int:
        return _told(args, await library.restore(ACTOR, args.number, (await library.standing()).number, args.comment))

    return _run(args, work)


def revisions(args: argparse.Namespace) -> int:
    """What was published, newest first."""

    async def work(store: Record, _: Library) -> int:
        found: list[Revision] = list((await store.revisions(limit=_SHOWN_COUNT)).items)
        rows = [(str(one.number), f"{one.at:%Y-%m-%d %H:%M}", one.by, str(one.entry_count), one.comment) for one in found]
        lines = table([("number", "at (UTC)", "by", "entries", "comment"), *rows]) if found else ["nothing published: the files hold"]
        tell(args, {"revisions": [_shape(one) for one in found]}, lines)
        return 0

    return _run(args, work)


def _told(args: argparse.Namespace, revision: Revision) -> int:
    counts = f"{revision.added_count} added, {revision.changed_count} changed, {revision.dropped_count} dropped"
    tell(args, _shape(revision), [f"revision {revision.number}: {revision.entry_count} entries ({counts}); {_SOON}"])
    return 0


def _shape(revision: Revision) -> dict[str, Any]:
    return {
        "number": revision.number, "at": revision.at.isoformat(), "by": revision.by, "comment": revision.comment,
        "entries": revision.entry_count, "origin": revision.origin.value, "restored_from": revision.restored_from,
        "added": revision.added_count, "changed": revision.changed_count, "dropped": revision.dropped_count,
    }  # fmt: skip


def _run(args: argparse.Namespace, work: Callable[[Record, Library], Awaitable[int]]) -> int:
    """Do it. What stands in the way is a wrong use, told in words; raises ConfigError for it."""
    try:
        return asyncio.run(_with_library(load_settings(args), work))
    except Faulty as error:
        raise ConfigError([Problem(key, message) for key, message in error.problems]) from None
    except (Conflict, NotFound) as error:
        raise ConfigError([Problem("knowledge base", str(error))]) from None


async def _with_library(settings: Settings, work: Callable[[Record, Library], Awaitable[int]]) -> int:
    async with _library(settings) as (store, library):
        return await work(store, library)


@asynccontextmanager
async def _library(settings: Settings) -> AsyncIterator[tuple[Record, Library]]:
    clock = SystemClock()
    async with opened_store(settings) as store, opened_bus(settings, store) as bus:
        files = KnowledgeFiles(settings.bot.knowledge)
        yield store, Library(store=store, bus=bus, clock=clock, ids=RandomIds(clock.now_ms), files=files)

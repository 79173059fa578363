"""`frontdesk dead`: events that could not be handled, kept to be looked at and replayed."""

import argparse
import asyncio
from typing import Any

import msgspec

from gateway.clock import SystemClock
from gateway.commands.record import is_served_elsewhere, opened_bus, opened_store
from gateway.commands.settings import load_settings, table, tell
from gateway.core.changes import Changes, DeadLetter
from gateway.core.errors import NotFound
from gateway.core.ports import Store
from gateway.replay import ask, audit, letters, replay


def arguments(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="word", metavar="WORD", required=True)
    words.add_parser("list", help="one line each; exit 1 where there are any")
    words.add_parser("show", help="one event, with what its customer wrote").add_argument("id")
    again = words.add_parser("replay", help="handle events again: they go to the end of their lanes")
    which = again.add_mutually_exclusive_group(required=True)
    which.add_argument("id", nargs="*", default=[])
    which.add_argument("--all", action="store_true")
    words.add_parser("drop", help="give events up for good").add_argument("id", nargs="+")


def run(args: argparse.Namespace) -> int:
    work = {"list": _list, "show": _show, "replay": _replay, "drop": _drop}[args.word]
    return asyncio.run(work(args))


async def _list(args: argparse.Namespace) -> int:
    async with opened_store(load_settings(args)) as store:
        found = await letters(store)
    rows = [("id", "since", "channel", "event", "error", ""), *map(_row, found)]
    tell(args, [_outline(letter) for letter in found], table(rows) if found else ["there are none"])
    return 1 if found else 0


async def _show(args: argparse.Namespace) -> int:
    async with opened_store(load_settings(args)) as store:
        letter = await _letter(store, args.id)
    whole = _outline(letter) | {"event": msgspec.to_builtins(letter.event)}
    tell(args, whole, [msgspec.json.format(msgspec.json.encode(letter)).decode()])
    return 0


async def _replay(args: argparse.Namespace) -> int:
    settings, clock = load_settings(args), SystemClock()
    is_asking = await is_served_elsewhere(settings)
    async with opened_store(settings, is_serving=not is_asking) as store:
        chosen = await letters(store) if args.all else [await _letter(store, letter_id) for letter_id in args.id]
        if is_asking:
            for letter in chosen:
                await ask(letter, store, clock)
        else:
            async with opened_bus(settings, store) as bus:
                for letter in chosen:
                    await store.commit([Changes(audits=(audit("replayed", letter, clock),))])
                    await replay(letter, store, bus)
    done = "asked for: the running gateway replays them within seconds" if is_asking else "appended to their lanes"
    tell(args, {"replayed": [letter.id for letter in chosen], "asked": is_asking}, [f"{len(chosen)} {done}"])
    return 0


async def _drop(args: argparse.Namespace) -> int:
    clock = SystemClock()
    async with opened_store(load_settings(args)) as store:
        chosen = [await _letter(store, letter_id) for letter_id in args.id]
        for letter in chosen:
            await store.commit([Changes(audits=(audit("dropped", letter, clock),))])  # first: nothing goes without a trace
            await store.drop_dead_letter(letter.id)
    tell(args, {"dropped": [letter.id for letter in chosen]}, [f"{len(chosen)} dropped"])
    return 0


async def _letter(store: Store, letter_id: str) -> DeadLetter:
    letter = await store.dead_letter(letter_id)
    if letter is None:
        raise NotFound(f"there is no dead letter {letter_id!r}; `frontdesk dead list` tells those that are")
    return letter


def _row(letter: DeadLetter) -> tuple[str, ...]:
    asked = "replay asked for" if letter.is_wanted_again else ""
    return letter.id, f"{letter.at:%Y-%m-%d %H:%M:%SZ}", letter.event.channel, _kind(letter), letter.error, asked


def _outline(letter: DeadLetter) -> dict[str, Any]:
    """What may be told without showing what the customer wrote."""
    return {
        "id": letter.id, "at": letter.at.isoformat(), "lane": letter.lane, "channel": letter.event.channel, "kind": _kind(letter),
        "error": letter.error, "attempts": letter.attempts, "is_wanted_again": letter.is_wanted_again,
    }  # fmt: skip


def _kind(letter: DeadLetter) -> str:
    return str(letter.event.event.__struct_config__.tag)

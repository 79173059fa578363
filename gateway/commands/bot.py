"""`frontdesk bot`: what another threshold or knowledge base would have done with past sessions. Changes nothing."""

import argparse
import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from config.problems import ConfigError, Problem
from config.schema import Settings
from gateway.commands.knowledge import bot_over, day, day_behind, has_record, knowledge, knowledge_argument, percent, share
from gateway.commands.past import walked
from gateway.commands.record import opened_store
from gateway.commands.settings import load_settings, table, tell
from gateway.core.ids import ChannelName

if TYPE_CHECKING:
    from bot.replayed import Example, Replayed, Share

_KINDS = {
    "missed_before": "missed then, not any more",
    "still_missed": "missed then, and still",
    "missed_otherwise": "missed then, answered otherwise now",
    "unnecessary_before": "unnecessary then, answered rightly now",
    "still_unnecessary": "unnecessary then, and still",
    "wrong_now": "answered wrongly now",
    "new_answer": "answered now, nobody knows whether rightly",
    "given_up": "a good answer that is given up",
}
"""Why an example is told, in the order in which they are."""


def arguments(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="word", metavar="WORD", required=True)
    replay = words.add_parser("replay", help="decide past questions again, and compare")
    replay.add_argument("--from", dest="first", type=day, required=True, metavar="DAY", help="sessions opened from this day on (UTC)")
    replay.add_argument("--to", dest="last", type=day, required=True, metavar="DAY", help="the last day, whole")
    replay.add_argument("--target-precision", type=share, metavar="P", help="share of answers that must be right (default: as configured)")
    knowledge_argument(replay)


def run(args: argparse.Namespace) -> int:
    if args.last < args.first:
        raise ConfigError([Problem("--from, --to", "expected --from not to be after --to")])
    settings = load_settings(args)
    target = args.target_precision or settings.bot.target_precision
    found = _replayed(args, settings, target)
    whole = {"from": f"{args.first:%Y-%m-%d}", "to": f"{args.last:%Y-%m-%d}", "target_precision": target, **msgspec.to_builtins(found)}
    tell(args, whole, _lines(found))
    return 0


def _replayed(args: argparse.Namespace, settings: Settings, target: float) -> "Replayed":
    from bot.replaying import Replay
    from gateway.recipe import enough

    if not has_record(settings):
        raise ConfigError([Problem("[store] url", "expected a record of past sessions, found none")])
    entries = knowledge(args)
    channels = {ChannelName(name): str(channel.__struct_config__.tag) for name, channel in settings.channels.items()}

    async def walk() -> "Replayed":
        async with opened_store(settings) as store:
            earlier = [label for label in await store.labels() if label.at < args.first]  # later ones would know the answers
            bot = bot_over(entries, target, settings, labels=enough(earlier))
            replay = Replay(bot.decide, entries, tuple(settings.gateway.languages), channels)
            async for past in walked(store, args.first, day_behind(args.last)):
                replay.add(past)
        return replay.result()

    return asyncio.run(walk())


def _lines(found: "Replayed") -> Iterator[str]:
    yield f"{found.sessions} sessions with {found.questions} questions" + (
        f", {found.cut_sessions} cut short" if found.cut_sessions else ""
    )
    if not found.questions:
        return
    rows = [("", "then", "now", "now, surely"), ("sessions without a handoff", *map(_share, _contained(found)))]
    rows += [
        ("questions handed off", _share(found.handed_off_then), _share(found.handed_off_now), ""),
        ("questions answered", _share(found.answered_then), _share(found.answered_now), ""),
    ]
    yield from ("", *table(rows))
    yield from ("", *table([("then", "now", "questions"), *((one.then, one.now, str(one.count)) for one in found.moves)]))
    yield from ("", *_missed(found), "", *_unnecessary(found), "", *_changes(found))
    for kind, words in _KINDS.items():
        yield from (f"[{words}] {_example(one)}" for one in found.examples if one.kind == kind)
    yield ""
    yield "What customers would have said to other answers, nobody knows. Intervals are 95 %. Nothing has been changed."


def _example(one: "Example") -> str:
    then = f"{one.then} {one.then_entry or ''}".rstrip()
    now = f"{one.now} {one.now_entry or ''}".rstrip()
    return f"“{one.text}”: {then} -> {now} ({one.confidence:.2f}); {one.why}; session {one.session}"


def _contained(found: "Replayed") -> "tuple[Share, Share, Share]":
    return found.contained_then, found.contained_now, found.contained_now_surely


def _missed(found: "Replayed") -> Iterator[str]:
    missed = found.missed
    by = ", ".join(f"{name} {count}" for name, count in missed.by.items())
    yield f"missed handoffs then: {missed.then}" + (f" ({by})" if by else "")
    told = (
        f"handed off {missed.now_handed_off}", f"asked back {missed.now_asked_back}", f"answered rightly {missed.now_right}",
        f"answered otherwise {missed.now_other}", f"the same answer {missed.now_same}",
    )  # fmt: skip
    yield f"  now: {', '.join(told)}"


def _unnecessary(found: "Replayed") -> Iterator[str]:
    needless = found.unnecessary
    yield f"unnecessary handoffs then: {needless.then}"
    told = (
        f"answered {needless.now_answered}", f"offered {needless.now_offered}", f"answered wrongly {needless.now_wrong}",
        f"still handed off {needless.now_handed_off}",
    )  # fmt: skip
    yield f"  now: {', '.join(told)}"


def _changes(found: "Replayed") -> Iterator[str]:
    new, gone = found.newly_answered, found.no_longer_answered
    yield f"answered only now: {new.count}, of them right {new.good}, wrong {new.bad}, unknown {new.unknown}"
    yield f"answered only then: {gone.count}, of them complained about {gone.good}, good {gone.bad}, unknown {gone.unknown}"


def _share(one: "Share") -> str:
    return "-" if one.share is None else f"{percent(one.share)} ({percent(one.low)} to {percent(one.high)})"

"""The composition root: the only file that knows everything. It opens the parts, hands each what it needs, and runs the roles."""

import gc
import os
import random
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

from bot.language import ScriptDetector
from bot.scripts import ScriptTables
from config.problems import ConfigError, Problem
from config.schema import Email, Settings
from config.texts import load_texts
from gateway.answerer import LanguageModel
from gateway.brains import Brains
from gateway.bus import open_bus, open_shelf
from gateway.calling import Caller
from gateway.channels import Leases, Means, open_channels
from gateway.clock import SystemClock
from gateway.core.bus import Bus
from gateway.core.channel import AnswersInPlace, Channel, Closable, Listening
from gateway.core.decision import Road
from gateway.core.files import Archive
from gateway.core.ids import ChannelName, RandomIds, WorkerId
from gateway.core.ports import Shelf, Store
from gateway.core.texts import Texts
from gateway.delivery import Delivery
from gateway.encoding import map_encoder
from gateway.episode import Episodes
from gateway.fetches import Fetching
from gateway.following import Following
from gateway.gauges import Gauges
from gateway.in_place import InPlace
from gateway.intake import Intake
from gateway.knowledge import KnowledgeFiles
from gateway.lanes import Lanes
from gateway.library import Library
from gateway.lifecycle import Lifecycle, Part, stop_on_signals
from gateway.links import FileLinks
from gateway.lookups import LateLookups, Lookups
from gateway.lookups_http import HttpRoad
from gateway.making import Maker
from gateway.menus import KnowledgeMenus
from gateway.metrics import Metrics
from gateway.recordings import Recordings, recorded
from gateway.replay import Replays
from gateway.secrecy import Aside
from gateway.signing import signing_secret
from gateway.standings import Standings
from gateway.store import SqliteStore, open_store
from gateway.store.files import open_files
from gateway.timers import Timers
from gateway.turns import Turns
from gateway.typing_signs import TypingSigns
from handoff.desk import Desk
from handoff.entry import Entrance, channel_type
from handoff.opening import OpeningHours
from handoff.queue import QueueEngine

SWITCH_S = 0.0005
"""How long the busy loop may keep the interpreter from the store's writer, which asks for it several times in each commit. At Python's own
5 ms a turn under half load took twice as long."""
MAKING_S = 900.0
"""What making the bot of a very large knowledge base may take at a start."""


class Role(StrEnum):
    """What a process does. Embedded, one does it all."""

    WEB = "web"
    TURNS = "turns"
    DELIVERY = "delivery"
    LISTEN = "listen"
    TIMERS = "timers"


ALL_ROLES = frozenset(Role)


@dataclass(frozen=True)
class House:
    """The parts that every role and every command shares, open."""

    settings: Settings
    clock: SystemClock
    ids: RandomIds
    texts: Texts
    store: Store
    bus: Bus
    files: Archive
    metrics: Metrics
    secret: bytes
    shelf: Shelf
    channels: Mapping[ChannelName, Channel]
    desk: Desk
    opening: OpeningHours
    library: Library
    worker: WorkerId


@asynccontextmanager
async def opened(settings: Settings, *, is_serving: bool = False) -> AsyncIterator[House]:
    """Open the record, the bus and the channels; close them in reverse. `is_serving`: this process handles events, so it must be alone
    on an embedded store."""
    clock = SystemClock()
    ids, texts, data_dir = RandomIds(clock.now_ms), Texts(load_texts()), Path(settings.gateway.data_dir)
    store = open_store(settings.store, data_dir=data_dir, clock=clock, is_serving=is_serving)
    bus = open_bus(settings.bus, log=store if isinstance(store, SqliteStore) else None, clock=clock)
    async with Lifecycle() as parts:
        await parts.start(Part(name="store", start=store.open, stop=store.close))
        await parts.start(Part(name="bus", start=bus.open, stop=bus.close))
        await _check_lanes(store, settings)
        secret = await signing_secret(store)
        worker = WorkerId(f"{os.uname().nodename}-{os.getpid()}-{ids.new()[-6:]}")
        files = open_files(data_dir / "files")
        shelf = open_shelf(bus, clock=clock)
        library = Library(store=store, bus=bus, clock=clock, ids=ids, files=KnowledgeFiles(settings.bot.knowledge))
        opening = OpeningHours(settings)
        await opening.reload(store)
        standings = Standings(store, clock, settings, opening)
        means = Means(
            secret=secret, bus=bus, shelf=shelf, store=store, files=files, clock=clock, leases=Leases(bus, worker),
            link=FileLinks(secret, clock, public_url(settings)).link, company=settings.gateway.name,
            texts=texts, conversations=lambda channel: Following(channel, store, bus, standings),
            menus=KnowledgeMenus(library, texts, clock), languages=settings.gateway.languages, data_dir=data_dir,
            public_url=public_url(settings),
        )  # fmt: skip
        channels = open_channels(settings, means)
        for name, channel in channels.items():
            if isinstance(channel, Closable):
                await parts.start(Part(name=f"channel {name}", stop=channel.close))
        metrics = Metrics()
        desk = Desk(store=store, bus=bus, clock=clock, ids=ids, texts=texts, settings=settings, metrics=metrics)
        yield House(
            settings=settings, clock=clock, ids=ids, texts=texts, store=store, bus=bus, files=files, metrics=metrics,
            secret=secret, shelf=shelf, desk=desk, channels=channels, opening=opening, library=library, worker=worker,
        )  # fmt: skip


async def _check_lanes(store: Store, settings: Settings) -> None:
    """Raises ConfigError where the data was made with another number of lanes: events in the ones that are gone would never be read."""
    made_with = await store.put_secret("bus.lanes", str(settings.bus.lanes))
    if made_with != str(settings.bus.lanes):
        raise ConfigError(
            [Problem("[bus] lanes", f"expected {made_with}, the number that the data was made with, got {settings.bus.lanes}")]
        )


async def serve(settings: Settings, *, roles: frozenset[Role] = ALL_ROLES, announce: Callable[[House, int], Awaitable[None]]) -> int:
    """Run the roles until a signal says stop; `announce` is called once all of them run, with the HTTP port (0 without the web role).

    Returns the exit code: 1 where a part ended by itself, which none does unless it is broken.
    """
    stopping = stop_on_signals()
    _spare_the_collector()
    async with opened(settings, is_serving=True) as house, Lifecycle() as running:
        await running.task("opening hours", partial(house.opening.follow, house.store, house.bus))
        brains = await _open_brains(house, roles, running)
        outside = await _open_outside(house, brains, running) if Role.TURNS in roles else None
        in_place = await _open_in_place(house, running) if Role.WEB in roles else None
        for name, work in _workers(house, roles, brains, outside, in_place):
            await running.task(name, work, stop_s=settings.gateway.drain_s + 5)
        port = await _start_web(house, brains, in_place, running) if Role.WEB in roles else 0
        _spare_the_collector()
        sys.setswitchinterval(SWITCH_S)
        await announce(house, port)
        return await running.until(stopping)


def _spare_the_collector() -> None:
    """What stands after the start stays: the collector need not look through it again and again. And it looks less often, because a
    turn makes hundreds of short-lived values and hardly a cycle: at the usual thresholds it took a fifth of a turn's time.

    Called twice: with the modules, which stay in any case, nothing is looked through that was frozen before."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()


Worker = tuple[str, Callable[[], Coroutine[Any, Any, None]]]


async def _open_brains(house: House, roles: frozenset[Role], running: Lifecycle) -> Brains:
    """The bots of this process; the one that answers is made before anybody asks."""
    cache = Path(house.settings.gateway.data_dir) / "cache"
    if Role.TURNS in roles:
        map_encoder(cache)
    maker = Maker(texts=house.texts, folder=cache / "knowledge", settings=house.settings.bot)
    brains = Brains(
        library=house.library, store=house.store, maker=maker, clock=house.clock, settings=house.settings.bot,
        is_answering=Role.TURNS in roles, metrics=house.metrics,
    )  # fmt: skip
    await running.start(Part(name="bot", start=brains.open, stop=brains.close, start_s=MAKING_S))
    await running.task("knowledge base", partial(brains.follow, house.bus))
    return brains


@dataclass(frozen=True)
class Outside:
    """What is asked outside the lanes, and who does the asking."""

    lookups: Lookups
    model: LanguageModel
    fetches: Fetching
    aside: Aside


async def _open_outside(house: House, brains: Brains, running: Lifecycle) -> Outside:
    """The roads to systems that entries' actions ask, and to the language model. Nothing is called before somebody asks."""
    caller, bot, clock = Caller(), lambda: brains.brain.bot, house.clock
    await running.start(Part(name="calls", stop=caller.close))
    settings = house.settings.bot
    actions = HttpRoad(settings.actions, bot=bot, caller=caller, texts=house.texts, clock=clock, lookup_s=settings.lookup_s)
    model = LanguageModel(
        settings.answerer, bot=bot, channel_type=partial(channel_type, house.settings), caller=caller,
        detector=ScriptDetector(ScriptTables()), clock=clock, metrics=house.metrics,
    )  # fmt: skip
    aside = Aside()
    lookups = Lookups(
        bus=house.bus, roads={Road.ACTION: actions, Road.ANSWERER: model}, clock=clock, metrics=house.metrics,
        drain_s=house.settings.gateway.drain_s, aside=aside,
    )  # fmt: skip
    fetches = Fetching(
        channels=house.channels, store=house.store, bus=house.bus, files=house.files, clock=clock, worker=house.worker,
        metrics=house.metrics,
    )  # fmt: skip
    return Outside(lookups, model, fetches, aside)


async def _open_in_place(house: House, running: Lifecycle) -> InPlace | None:
    """What answers peers that wait on the line; None where no channel has such. It ends after the web, and after the turns."""
    if not any(isinstance(channel, AnswersInPlace) for channel in house.channels.values()):
        return None
    in_place = InPlace(
        store=house.store, bus=house.bus, clock=house.clock, metrics=house.metrics, texts=house.texts,
        link=FileLinks(house.secret, house.clock, public_url(house.settings)).link,
    )  # fmt: skip
    await running.start(Part(name="in place", start=in_place.open, stop=in_place.close))
    await running.task("answers on the line", in_place.run)
    return in_place


def _workers(house: House, roles: frozenset[Role], brains: Brains, outside: Outside | None, in_place: InPlace | None) -> list[Worker]:
    """The background work of the roles, in the order of its start."""
    store, bus, clock, ids, worker = house.store, house.bus, house.clock, house.ids, house.worker
    workers: list[Worker] = []
    if outside is not None:
        workers += [("look-ups", outside.lookups.run), ("files to fetch", outside.fetches.run)]
        workers.append(("turns", _lanes(house, brains, outside, in_place).run))
    if Role.DELIVERY in roles:
        delivery = Delivery(
            store, bus, house.channels, clock=clock, worker=worker, metrics=house.metrics, drain_s=house.settings.gateway.drain_s,
            link=FileLinks(house.secret, clock, public_url(house.settings)).link, texts=house.texts, chance=random.random,
        )  # fmt: skip
        signs = TypingSigns(bus, house.channels, clock=clock, worker=worker, metrics=house.metrics)
        workers += [("delivery", delivery.run), ("typing signs", signs.run)]
    if Role.TIMERS in roles:
        queue = QueueEngine(
            store=store, bus=bus, clock=clock, ids=ids, texts=house.texts, settings=house.settings, worker=worker,
            metrics=house.metrics, opening=house.opening,
        )  # fmt: skip
        limits = house.settings.gateway
        mailboxes = {name: channel for name, channel in house.settings.channels.items() if isinstance(channel, Email)}
        timers = Timers(
            store=store, bus=bus, clock=clock, ids=ids, worker=worker, idle_s=limits.session_idle_s, wrap_up_s=limits.wrap_up_s,
            idle_s_of={ChannelName(name): mailbox.session_idle_s for name, mailbox in mailboxes.items()},
        )  # fmt: skip
        workers += [("queue", queue.run), ("timers", timers.run), ("replays", Replays(store=store, bus=bus, clock=clock).run)]
        workers.append(("late look-ups", LateLookups(store=store, bus=bus, clock=clock, worker=worker).run))
        gauges = Gauges(store=store, bus=bus, metrics=house.metrics, clock=clock, channels=house.channels)
        workers.append(("gauges", gauges.run))
        if kept_days := recorded(house.settings):
            recordings = Recordings(store=store, bus=bus, files=house.files, clock=clock, worker=worker, days=kept_days)
            workers.append(("recordings", recordings.run))
    if Role.LISTEN in roles:
        accept = Intake(bus, house.metrics).accept
        listening = [channel for channel in house.channels.values() if isinstance(channel, Listening)]
        workers += [(f"listen {channel}", partial(channel.listen, accept)) for channel in listening]
    return workers


def _lanes(house: House, brains: Brains, outside: Outside, in_place: InPlace | None) -> Lanes:
    entrance = Entrance(store=house.store, clock=house.clock, texts=house.texts, settings=house.settings, opening=house.opening)
    episodes = Episodes(
        store=house.store, brain=brains.brain, door=entrance, channels=house.channels, texts=house.texts, clock=house.clock,
        ids=house.ids, settings=house.settings, metrics=house.metrics, wording=outside.model, aside=outside.aside,
    )  # fmt: skip
    turns = Turns(
        store=house.store, bus=house.bus, episodes=episodes, clock=house.clock, metrics=house.metrics, lookups=outside.lookups,
        fetches=outside.fetches, line=in_place,
    )  # fmt: skip
    return Lanes(house.bus, turns.work, worker=house.worker, lease_s=house.settings.bus.lease_s)


async def _start_web(house: House, brains: Brains, in_place: InPlace | None, running: Lifecycle) -> int:
    """Serve HTTP; the port. Imported here, because only this role needs it."""
    from gateway.web.deps import Deps
    from gateway.web.server import serving

    host, _, port = house.settings.gateway.listen.rpartition(":")
    deps = Deps(
        settings=house.settings, store=house.store, bus=house.bus, clock=house.clock, ids=house.ids, texts=house.texts,
        channels=house.channels, accept=Intake(house.bus, house.metrics).accept, files=house.files, desk=house.desk, secret=house.secret,
        opening=house.opening, library=house.library, brains=brains, metrics=house.metrics, public_url=public_url(house.settings),
        in_place=in_place, shelf=house.shelf,
    )  # fmt: skip
    web = serving(deps, host=host.strip("[]"), port=int(port))
    bound_port = 0

    async def start() -> None:
        nonlocal bound_port
        bound_port = await web.__aenter__()

    async def stop() -> None:
        await web.__aexit__(None, None, None)

    await running.start(Part(name="web", start=start, stop=stop, stop_s=house.settings.gateway.drain_s + 5))
    return bound_port


def public_url(settings: Settings) -> str:
    """What the outside calls us, without a slash at its end."""
    return (settings.gateway.public_url or f"http://{settings.gateway.listen}").rstrip("/")

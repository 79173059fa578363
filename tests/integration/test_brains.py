"""The bots of a process: made aside, changed without a pause, and never worse than the one that works."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from bot import Bot, Prepared
from config.problems import ConfigError
from config.schema import BusSettings, StoreSettings
from gateway import making
from gateway.brains import Brains, Progress, State
from gateway.bus import open_bus
from gateway.clock import SystemClock
from gateway.contents import Contents
from gateway.core.bus import Bus
from gateway.core.decision import Ask
from gateway.core.errors import Conflict
from gateway.core.ids import RandomIds
from gateway.library import Library
from gateway.making import Unmade
from gateway.recipe import Recipe
from gateway.store import SqliteStore, open_store
from tests.knowledge import brains_over, entry, knowledge_file, library_over, without_meaning

REFUND = entry("refund", "how long does a refund take", answer="Three days.")
ASK = Ask(text="how long does a refund take", languages=("en",))


async def wait_until(holds: Callable[[], bool], timeout_s: float) -> None:
    async with asyncio.timeout(timeout_s):
        while not holds():
            await asyncio.sleep(0.01)


@dataclass
class Shop:
    """A record with a knowledge base in files, and what a process makes of it."""

    folder: Path
    store: SqliteStore
    bus: Bus
    clock: SystemClock

    def library(self) -> Library:
        return library_over(self.store, self.bus, self.clock, RandomIds(self.clock.now_ms), knowledge=self.folder / "knowledge.jsonl")

    def brains(self, library: Library, *, is_answering: bool = True) -> Brains:
        return brains_over(library, self.store, self.clock, self.folder, is_answering=is_answering)

    async def published(self, library: Library, answer: str) -> int:
        """The refund entry with another answer, in force."""
        item = await library.item(REFUND["id"])
        asked = [*REFUND["questions"], f"is it {answer}"]  # with the same questions nothing would have to be prepared
        await library.put("mei", REFUND["id"], {**REFUND, "answer": {"en": answer}, "questions": asked}, item.version)
        return (await library.publish("mei", "", (await library.standing()).number)).number

    async def audited(self) -> list[tuple[str, str]]:
        return [(event.action, event.subject) for event in reversed((await self.store.audit()).items)]


@pytest.fixture
async def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shop]:
    without_meaning(monkeypatch)
    knowledge_file(tmp_path, REFUND, entry("delivery", "where is my parcel"))
    clock = SystemClock()
    store = open_store(StoreSettings(), data_dir=tmp_path, clock=clock)
    assert isinstance(store, SqliteStore)
    await store.open()
    bus = open_bus(BusSettings(), log=store, clock=clock)
    await bus.open()
    yield Shop(tmp_path, store, bus, clock)
    await bus.close()
    await store.close()


def _is_live(brains: Brains, revision: int) -> bool:
    return brains.state == State(revision, Progress.LIVE)


async def said(brains: Brains) -> str:
    return (await brains.brain.decide(ASK)).text


async def test_the_files_answer_until_something_is_published_and_then_that_does(shop: Shop) -> None:
    library = shop.library()
    brains = shop.brains(library)
    await brains.open()
    assert (await said(brains), brains.state) == ("Three days.", State(0, Progress.LIVE))
    following = asyncio.create_task(brains.follow(shop.bus))
    assert await shop.published(library, "Four days.") == 1
    await wait_until(lambda: brains.state == State(1, Progress.LIVE), 60)
    assert await said(brains) == "Four days."
    following.cancel()
    await brains.close()


async def test_a_start_takes_what_is_in_force_and_what_was_prepared_before(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    library = shop.library()
    await shop.published(library, "Four days.")
    first = shop.brains(shop.library())
    await first.open()
    await first.close()

    def never(recipe: Recipe) -> bytes:
        raise AssertionError("it is in the cache")

    monkeypatch.setattr(making, "prepared", never)
    second = shop.brains(shop.library())
    await second.open()
    assert (await said(second), second.state) == ("Four days.", State(1, Progress.LIVE))
    await second.close()


def digested(made: bytes) -> bytes:
    """As the cache keeps it: with its digest before it."""
    return hashlib.sha256(made).digest() + made


def swollen(made: bytes) -> bytes:
    """The same, as if there were one question more."""
    prepared = Prepared.from_bytes(made)
    assert prepared.classifier is not None
    letters, meanings = prepared.classifier
    larger = structs.replace(letters, shape=(letters.shape[0] * letters.shape[1], 1))
    return structs.replace(prepared, classifier=(larger, meanings)).to_bytes()


async def test_a_cache_that_is_torn_or_takes_nothing_costs_time_only(shop: Shop) -> None:
    first = shop.brains(shop.library())
    await first.open()
    await first.close()
    (made,) = (shop.folder / "cache" / "knowledge").glob("*.made")
    whole = made.read_bytes()
    for content in (
        b"torn",
        digested(b"something else"),
        digested(whole[32:].replace(b"thresholds", b"thresholdz")),
        digested(swollen(whole[32:])),
    ):
        made.write_bytes(content)
        bot = shop.brains(shop.library())
        await bot.open()
        assert (await said(bot), made.read_bytes()) == ("Three days.", whole)
        await bot.close()
    made.write_bytes(b"torn")
    second = shop.brains(shop.library())
    await second.open()
    await second.close()
    assert made.read_bytes() != b"torn"
    made.unlink()
    made.parent.rmdir()
    made.parent.write_text("a file where the folder would be")
    third = shop.brains(shop.library())
    await third.open()
    assert await said(third) == "Three days."
    await third.close()


async def test_the_preparing_process_takes_no_module_from_the_folder_that_the_gateway_was_started_in(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shop.folder / "bot.py").write_text("raise SystemExit('not the bot')")
    monkeypatch.chdir(shop.folder)
    library = shop.library()
    brains = shop.brains(library)
    await brains.open()
    await shop.published(library, "Four days.")
    assert await brains.catch_up()
    assert await said(brains) == "Four days."
    await brains.close()


async def test_a_process_that_dies_while_it_prepares_leaves_the_old_bot_at_work(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    library = shop.library()
    brains = shop.brains(library)
    await brains.open()
    monkeypatch.setattr("gateway.making.MODULE", "gateway.nothing_of_this_name")
    await shop.published(library, "Four days.")
    assert not await brains.catch_up()
    assert not await brains.catch_up()
    assert (await said(brains), brains.state.revision, brains.state.progress) == ("Three days.", 0, Progress.FAILED)
    assert brains.state.why.startswith("the preparing process ended with code 1")
    assert [one for one in await shop.audited() if one[0] == "knowledge_failed"] == [("knowledge_failed", "1")]
    without_meaning(monkeypatch)
    assert await brains.catch_up()
    assert (await said(brains), brains.state) == ("Four days.", State(1, Progress.LIVE))
    await brains.close()


async def test_a_full_disk_leaves_the_old_bot_at_work_and_says_so(shop: Shop) -> None:
    library = shop.library()
    brains = shop.brains(library)
    await brains.open()
    folder = shop.folder / "cache" / "knowledge"
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("a file where the folder would be")
    await shop.published(library, "Four days.")
    assert not await brains.catch_up()
    assert await said(brains) == "Three days."
    assert brains.state.why.startswith("the cache takes nothing")
    folder.unlink()
    assert await brains.catch_up()
    assert await said(brains) == "Four days."
    await brains.close()


async def test_a_bug_in_making_leaves_the_old_bot_at_work(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    library = shop.library()
    brains = shop.brains(library)
    await brains.open()

    def broken(*_: Any) -> Bot:
        raise ZeroDivisionError("customer's words")

    monkeypatch.setattr(making, "assembled", broken)
    await shop.published(library, "Four days.")
    assert not await brains.catch_up()
    assert (await said(brains), brains.state.why) == ("Three days.", "ZeroDivisionError")
    await brains.close()


async def test_called_off_in_the_middle_it_leaves_nothing_running_and_goes_on_later(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    library = shop.library()
    brains = shop.brains(library)
    await brains.open()
    await shop.published(library, "Four days.")
    started: list[asyncio.subprocess.Process] = []
    start = asyncio.create_subprocess_exec

    async def noted(*args: Any, **more: Any) -> asyncio.subprocess.Process:
        started.append(await start(*args, **more))
        return started[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    working = asyncio.create_task(brains.catch_up())
    await wait_until(lambda: bool(started), 30)
    working.cancel()
    await asyncio.wait([working])
    assert started[0].returncode is not None
    assert await said(brains) == "Three days."
    assert await brains.catch_up()
    assert await said(brains) == "Four days."
    await brains.close()


async def test_a_revision_that_can_not_be_read_any_more_gives_way_to_the_one_before_at_a_start(shop: Shop) -> None:
    library = shop.library()
    await shop.published(library, "Four days.")
    await shop.published(library, "Five days.")
    newest = await shop.store.newest_revision()
    assert newest is not None
    await _spoil(shop.store, newest.digest)
    brains = shop.brains(shop.library())
    await brains.open()
    assert (await said(brains), brains.state.revision, brains.state.progress) == ("Four days.", 1, Progress.FAILED)
    await brains.close()


async def _spoil(store: SqliteStore, digest: str) -> None:
    """What a hand in the database might do."""
    from gateway.store.steps import Steps, Write

    def steps() -> Steps[None]:
        yield Write("UPDATE knowledge_content SET entries = ? WHERE id = ?", [(b"nonsense", digest)])

    await store._write(steps)


async def test_files_that_are_broken_stop_a_start_only_as_long_as_nobody_has_published(shop: Shop) -> None:
    library = shop.library()
    await library.standing()
    (shop.folder / "knowledge.jsonl").write_text("{")
    with pytest.raises(ConfigError):
        await shop.brains(shop.library()).open()
    await shop.published(library, "Four days.")
    brains = shop.brains(shop.library())
    await brains.open()
    assert await said(brains) == "Four days."
    await brains.close()


async def test_two_processes_change_to_what_one_of_them_publishes(shop: Shop) -> None:
    here, there = shop.library(), shop.library()
    all_brains = [shop.brains(here), shop.brains(there)]
    for brains in all_brains:
        await brains.open()
    following = [asyncio.create_task(brains.follow(shop.bus)) for brains in all_brains]
    await shop.published(there, "Four days.")
    for brains in all_brains:
        await wait_until(partial(_is_live, brains, 1), 60)
        assert await said(brains) == "Four days."
        await brains.close()
    for task in following:
        task.cancel()


async def test_a_process_without_a_bot_hears_what_becomes_of_a_revision_in_those_that_have_one(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = shop.library(), shop.library()
    page, worker = shop.brains(here, is_answering=False), shop.brains(there)
    for brains in (page, worker):
        await brains.open()
    following = asyncio.create_task(page.follow(shop.bus))
    assert page.state == State(0, Progress.LIVE)
    monkeypatch.setattr("gateway.making.MODULE", "gateway.nothing_of_this_name")
    await shop.published(here, "Four days.")
    await wait_until(lambda: page.state.progress is Progress.BUILDING, 60)
    assert not await worker.catch_up()
    await wait_until(lambda: page.state.progress is Progress.FAILED, 60)
    assert page.state.why.startswith("the preparing process ended with code 1")
    without_meaning(monkeypatch)
    assert await worker.catch_up()
    await wait_until(partial(_is_live, page, 1), 60)
    following.cancel()
    for brains in (page, worker):
        await brains.close()


async def test_drafts_are_tried_before_they_are_published_and_made_once(shop: Shop) -> None:
    library = shop.library()
    brains = shop.brains(library)
    await brains.open()

    async def tried(contents: Contents) -> Bot:
        async with asyncio.timeout(60):
            while (bot := await brains.bot(contents)) is None:
                await asyncio.sleep(0.01)
        return bot

    item = await library.item(REFUND["id"])
    await library.put("lin", REFUND["id"], {**REFUND, "answer": {"en": "Four days."}}, item.version)
    standing, shelf = await library.shelf()
    assert await brains.bot(standing.contents) is brains.brain.bot
    bot = await tried(shelf.merged())
    assert (bot.decide(ASK).text, await said(brains)) == ("Four days.", "Three days.")
    await library.publish("mei", "", 0)
    assert await brains.catch_up()
    assert brains.brain.bot is bot
    await brains.close()


async def test_drafts_that_can_not_be_made_say_so_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    library = shop.library()
    brains = shop.brains(library, is_answering=False)
    await brains.open()
    monkeypatch.setattr("gateway.making.MODULE", "gateway.nothing_of_this_name")
    contents = (await library.standing()).contents
    assert await brains.bot(contents) is None
    await wait_until(lambda: not brains._making, 60)
    with pytest.raises(Conflict, match="code 1") as refused:
        await brains.bot(contents)
    assert refused.value.code == "unmade"
    without_meaning(monkeypatch)
    assert await brains.bot(contents) is None
    await brains.close()


async def test_before_there_is_a_bot_a_question_is_for_people(shop: Shop) -> None:
    brains = shop.brains(shop.library(), is_answering=False)
    with pytest.raises(Unmade):
        await brains.brain.decide(ASK)
    await brains.close()


@pytest.mark.timeout(600)  # it takes ten seconds, but on a machine that does much else
async def test_hundreds_of_entries_are_published_without_a_pause(tmp_path: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Decisions are asked for all the while, and every one is answered; none waits much longer than the slowest of a quiet time, or for
    more than a small part of the publishing."""
    monkeypatch.undo()  # with all that a bot has
    library = shop.library()
    brains = shop.brains(library)
    await brains.open()
    due_s = 0.02
    waits: list[float] = []
    works: list[float] = []
    asked = 0

    async def customers() -> None:
        nonlocal asked
        while True:
            due, worked_s = time.monotonic() + due_s, time.thread_time()
            await asyncio.sleep(due_s)
            asked += 1
            assert (await brains.brain.decide(ASK)).text in {"Three days.", "Four days."}
            waits.append(time.monotonic() - due)
            works.append(time.thread_time() - worked_s)

    load = asyncio.create_task(customers())
    await wait_until(lambda: len(waits) >= 60, 60)
    quiet_s, quiet_work_s = max(waits), max(works)
    waits.clear()
    works.clear()
    asked = 0
    words = ("refund", "parcel", "invoice", "coupon", "account", "password", "warranty", "exchange", "address", "payment")
    asks = ("where is", "how about")
    many = [entry(f"e{n}", *(f"{ask} the {words[n % 10]} {words[n // 10 % 10]} number {n}" for ask in asks)) for n in range(399)]
    knowledge_file(tmp_path, {**REFUND, "answer": {"en": "Four days."}}, *many)
    began = time.monotonic()
    assert (await library.take_files("command", "")).entry_count == 400
    assert await brains.catch_up()
    while (await said(brains)) != "Four days.":
        await asyncio.sleep(due_s)
    published_s = time.monotonic() - began
    load.cancel()
    assert brains.state == State(1, Progress.LIVE)
    assert asked - len(waits) <= 1
    assert len(waits) > 50
    held_s = sum(max(0.0, wait - quiet_s) for wait in waits)
    assert max(works) < max(10 * quiet_work_s, published_s / 15), (max(works), quiet_work_s, published_s)
    assert held_s < published_s / 2, (held_s, quiet_s, published_s)
    await brains.close()

"""What a channel notes under keys of its own: the thread of a Message-ID, an address that bounced. Both engines."""

import asyncio

from gateway.core.ids import ChannelName
from gateway.store import Record
from tests.contract.records import later, rows

MAIL, SALES = ChannelName("mail"), ChannelName("sales")


async def test_what_was_noted_is_found_and_nothing_else(store: Record) -> None:
    await store.mark(MAIL, "message", {"a@x": "t1", "b@x": "t2"}, later(1))
    await store.mark(MAIL, "thread", {"a@x": "another kind"}, later(1))
    await store.mark(SALES, "message", {"a@x": "another channel"}, later(1))
    assert await store.marks(MAIL, "message", ["a@x", "b@x", "missing", "A@x"]) == {"a@x": "t1", "b@x": "t2"}
    assert await store.marks(MAIL, "message", ["missing"]) == {}
    assert await store.marks(MAIL, "message", []) == {}


async def test_a_new_note_stands_over_the_old_one(store: Record) -> None:
    await store.mark(MAIL, "thread", {"t1": "old", "t2": "stays"}, later(1))
    await store.mark(MAIL, "thread", {"t1": "new"}, later(2))
    assert await store.marks(MAIL, "thread", ["t1", "t2"]) == {"t1": "new", "t2": "stays"}
    assert await store.drop_marks(MAIL, "thread", later(2), 10) == 1
    assert await store.marks(MAIL, "thread", ["t1", "t2"]) == {"t1": "new"}


async def test_a_note_taken_back_is_gone_and_may_be_taken_back_twice(store: Record) -> None:
    await store.mark(MAIL, "suppressed", {"a@x": "5.1.1", "b@x": "5.1.1"}, later(1))
    for _ in range(2):
        await store.unmark(MAIL, "suppressed", ["a@x", "never there"])
    await store.unmark(MAIL, "suppressed", [])
    await store.mark(MAIL, "suppressed", {}, later(1))
    assert await store.marks(MAIL, "suppressed", ["a@x", "b@x"]) == {"b@x": "5.1.1"}


async def test_thousands_are_noted_and_asked_for_in_one_go(store: Record) -> None:
    many = {f"{number}@x": f"t{number}" for number in range(5_000)}
    await store.mark(MAIL, "message", many, later(1))
    assert await store.marks(MAIL, "message", [*many, *(f"{number}@y" for number in range(5_000))]) == many


async def test_the_oldest_are_forgotten_a_page_at_a_time(store: Record) -> None:
    for number in range(5):
        await store.mark(MAIL, "message", {f"{number}@x": "t"}, later(number))
    await store.mark(SALES, "message", {"0@x": "t"}, later(0))
    assert await store.drop_marks(MAIL, "message", later(4), 3) == 3
    assert sorted(await store.marks(MAIL, "message", [f"{number}@x" for number in range(5)])) == ["3@x", "4@x"]
    assert await store.drop_marks(MAIL, "message", later(4), 3) == 1
    assert await store.drop_marks(MAIL, "message", later(4), 3) == 0
    assert await rows(store, "SELECT channel, key FROM mark ORDER BY channel") == [("mail", "4@x"), ("sales", "0@x")]


async def test_a_key_may_be_anything_that_a_stranger_writes(store: Record) -> None:
    strange = {"x" * 60_000: "long", "a\0b": "nul", "a\ud800b": "half a character", "订单@x": "中文", "": "empty", " ": "blank"}
    await store.mark(MAIL, "message", strange, later(1))
    assert await store.marks(MAIL, "message", [*strange, "x" * 59_999]) == strange
    await store.unmark(MAIL, "message", ["x" * 60_000])
    assert len(await store.marks(MAIL, "message", list(strange))) == 5


async def test_those_who_note_the_same_keys_at_once_do_not_wait_for_each_other(store: Record) -> None:
    keys = [f"{number}@x" for number in range(50)]
    await asyncio.gather(*(
        store.mark(MAIL, "message", dict.fromkeys(reversed(keys) if turn % 2 else keys, str(turn)), later(turn)) for turn in range(20)
    ))  # fmt: skip
    found = await store.marks(MAIL, "message", keys)
    assert sorted(found) == sorted(keys)
    assert set(found.values()) <= {str(turn) for turn in range(20)}

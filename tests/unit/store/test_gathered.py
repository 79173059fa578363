"""Many questions in one read: who is answered by which read, and who is told of its failure."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from gateway.store.gathered import Gathered


class Reads:
    """Reads that wait until they are let go, and what they were asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.answers: list[asyncio.Future[Mapping[str, int]]] = []

    async def read(self, keys: Sequence[str]) -> Mapping[str, int]:
        self.asked.append(list(keys))
        self.answers.append(asyncio.get_running_loop().create_future())
        return await self.answers[-1]


async def begun(reads: Reads, count: int) -> None:
    while len(reads.answers) < count:
        await asyncio.sleep(0)


async def test_nobody_is_answered_by_a_read_that_began_before_they_asked() -> None:
    reads = Reads()
    gathered = Gathered(reads.read)
    first = [asyncio.create_task(gathered.get(key)) for key in ("a", "b", "none")]
    await begun(reads, 1)
    later = asyncio.create_task(gathered.get("a"))
    await asyncio.sleep(0)
    reads.answers[0].set_result({"a": 1, "b": 2})
    assert [await one for one in first] == [1, 2, None]
    await begun(reads, 2)
    reads.answers[1].set_result({"a": 3})
    assert await later == 3
    assert reads.asked == [["a", "b", "none"], ["a"]]


async def test_a_read_that_fails_is_told_to_those_who_asked_it_alone() -> None:
    reads = Reads()
    gathered = Gathered(reads.read)
    one, gone = asyncio.create_task(gathered.get("a")), asyncio.create_task(gathered.get("b"))
    await begun(reads, 1)
    gone.cancel()
    later = asyncio.create_task(gathered.get("c"))
    await asyncio.sleep(0)
    reads.answers[0].set_exception(OSError("gone"))
    with pytest.raises(OSError, match="gone"):
        await one
    await begun(reads, 2)
    reads.answers[1].set_result({"c": 1})
    assert await later == 1

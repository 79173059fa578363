"""One search through the knowledge base at a time, however many ask and however soon they go."""

import asyncio
import contextlib
from collections.abc import Callable

import pytest

from gateway.web.desk_knowledge_check import Looked


class Searches:
    """Searches that take until they are let go."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.may_end = asyncio.Event()

    def look(self, name: str) -> Callable[[], "asyncio.Future[str]"]:
        async def look() -> str:
            self.begun.append(name)
            await self.may_end.wait()
            return name

        return lambda: asyncio.ensure_future(look())


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_whoever_goes_leaves_no_second_search_behind() -> None:
    searches, looked = Searches(), Looked()
    for _ in range(3):
        asking = asyncio.create_task(looked.found("base", searches.look("base")))
        await turns()
        asking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asking
    assert searches.begun == ["base"]
    searches.may_end.set()
    assert await looked.found("base", searches.look("base")) == "base"
    assert searches.begun == ["base"]
    assert looked.at_hand("base") == "base"


async def test_another_question_waits_for_its_turn() -> None:
    searches, looked = Searches(), Looked()
    asking = [asyncio.create_task(looked.found(name, searches.look(name))) for name in ("old", "new", "new")]
    await turns()
    assert searches.begun == ["old"]
    searches.may_end.set()
    assert await asyncio.gather(*asking) == ["old", "new", "new"]
    assert searches.begun == ["old", "new"]


async def test_a_search_that_fails_is_told_and_tried_again() -> None:
    looked = Looked()

    async def fails() -> str:
        raise ValueError("no store")

    async def works() -> str:
        return "found"

    with pytest.raises(ValueError, match="no store"):
        await looked.found("base", fails)
    assert await looked.found("base", works) == "found"

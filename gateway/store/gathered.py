"""Reads of one kind that many ask for at the same time, in one query: what each would ask alone costs more than the rest of its request."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

from gateway.store.steps import busy

V = TypeVar("V")

TOGETHER_MAX_COUNT = 500
"""Questions of one query."""
READ_S = 10.0
"""For one query."""


class Gathered(Generic[V]):
    """Values by their keys, of which many are read at a time. What is asked while a read is under way waits for the next one: nobody is
    answered by a read that began before they asked."""

    def __init__(self, read: Callable[[Sequence[str]], Awaitable[Mapping[str, V]]]) -> None:
        """`read`: what is there of these keys."""
        self._read = read
        self._asked: list[tuple[str, asyncio.Future[V | None]]] = []
        self._reading: asyncio.Task[None] | None = None

    async def get(self, key: str) -> V | None:
        """The value of this key; None where there is none. Raises what the read raises, and Busy where it takes longer than READ_S."""
        answer: asyncio.Future[V | None] = asyncio.get_running_loop().create_future()
        self._asked.append((key, answer))
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_on(), name="gathered reads")
        return await answer

    async def _read_on(self) -> None:
        """Until nobody asks any more."""
        try:
            while self._asked:
                asked, self._asked = self._asked[:TOGETHER_MAX_COUNT], self._asked[TOGETHER_MAX_COUNT:]
                await self._answer([one for one in asked if not one[1].done()])
        finally:
            self._reading = None
            for _, answer in self._asked:  # the loop ends
                answer.cancel()

    async def _answer(self, asked: Sequence[tuple[str, "asyncio.Future[V | None]"]]) -> None:
        error: Exception | None = None
        found: Mapping[str, V] = {}
        try:
            async with asyncio.timeout(READ_S):
                found = await self._read([key for key, _ in asked]) if asked else {}
        except TimeoutError:
            error = busy("the store does not answer in time", 1.0)
        except Exception as raised:  # whatever it is, it is theirs who asked
            error = raised
        for key, answer in asked:
            if answer.done():
                continue
            if error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(found.get(key))

"""The tasks of one call."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Works:
    """They end with the call, and the call with one that fails."""

    def __init__(self) -> None:
        self._group: asyncio.TaskGroup | None = None
        self._works: set[asyncio.Task[None]] = set()
        self._is_over = False

    async def until(self, over: asyncio.Event) -> None:
        """Until the call is over, and no task is left. Raises what a task raised, in a group."""
        async with asyncio.TaskGroup() as self._group:
            await over.wait()
            self._is_over = True
            while self._works:
                for work in self._works:
                    work.cancel()
                await asyncio.wait(self._works)

    def spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None] | None":
        """None: the call is over already, or has not begun."""
        if self._group is None or self._is_over:
            work.close()
            return None
        task = self._group.create_task(work)
        self._works.add(task)
        task.add_done_callback(self._works.discard)
        return task

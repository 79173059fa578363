"""Makes bots without disturbing those who work: what is slow in a process of its own, what is left in a thread."""

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec

from bot import Bot
from config.schema import Bot as Settings
from gateway import preparing
from gateway.cache import Cache
from gateway.contents import packed
from gateway.core.errors import FrontdeskError
from gateway.core.texts import Texts
from gateway.preparing import Order
from gateway.recipe import Recipe, assembled, prepared, prepared_key

log = logging.getLogger(__name__)

PREPARE_S = 900.0
"""What even a hundred thousand questions stay under."""
STDERR_MAX_CHARS = 300
MODULE = "gateway.preparing"
_ROOT = str(Path(__file__).resolve().parent.parent)
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ")
"""What the preparing process gets of ours: no secret that stands in a variable. `-P`: nor modules that lie where we were started."""

T = TypeVar("T")


class Unmade(FrontdeskError):
    """A bot could not be made; `str()` says why, fit for an operator's eyes."""


class Maker:
    """Makes bots from recipes, one at a time. What was prepared once is taken from the cache."""

    def __init__(self, *, texts: Texts, folder: Path, settings: Settings | None = None) -> None:
        self._texts = texts
        self._settings = settings
        self._folder = folder
        self._cache = Cache(folder)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="maker")
        self._one = asyncio.Lock()

    def close(self) -> None:
        """Waits for nothing."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def make(self, recipe: Recipe, *, is_serving: bool = True) -> Bot:
        """The bot of a recipe. `is_serving`: others work in this process meanwhile; else it is prepared here, which is quicker.

        Raises Unmade; nothing is left behind then.
        """
        async with self._one:
            key = await self._whole(partial(prepared_key, recipe))
            kept = await self._in_thread(partial(self._cache.get, key))
            if kept is not None and (bot := await self._remade(recipe, kept)) is not None:
                return bot
            made = await (self._prepared_aside(recipe, key) if is_serving else self._prepared_here(recipe, key))
            return await self._whole(partial(assembled, recipe, made, self._texts, self._settings))

    async def _remade(self, recipe: Recipe, kept: bytes) -> Bot | None:
        """The bot from what the cache kept; None where that is no good: it is made anew, and what is kept with it."""
        try:
            return await self._in_thread(partial(assembled, recipe, kept, self._texts, self._settings))
        except (ValueError, msgspec.MsgspecError):
            log.warning("what the cache keeps of the knowledge base is no good: it is prepared again")
            return None

    async def _prepared_here(self, recipe: Recipe, key: str) -> bytes:
        made = await self._whole(partial(prepared, recipe))
        try:
            await self._in_thread(partial(self._cache.put, key, made))
        except OSError as error:
            log.warning("the prepared knowledge base can't be kept: the next start takes as long", extra={"error": error.strerror})
        return made

    async def _prepared_aside(self, recipe: Recipe, key: str) -> bytes:
        entries = await self._in_thread(partial(packed, recipe.contents))
        order = msgspec.msgpack.encode(Order(entries, recipe.target_precision, recipe.labels, recipe.by_meaning))
        code, said = await self._run(key, order)
        match code:
            case 0:
                made = await self._in_thread(partial(self._cache.get, key))
                if made is None:
                    raise Unmade("what was prepared is gone from the cache")
                return made
            case preparing.UNUSABLE:
                raise Unmade("the entries can't be used")
            case preparing.NO_ROOM:
                raise Unmade(f"the cache takes nothing: {said}")
            case _:
                raise Unmade(f"the preparing process ended with code {code}{': ' + said if said else ''}")

    async def _run(self, key: str, order: bytes) -> tuple[int, str]:
        """Run the preparing process; (its exit code, the last line that it said). It ends with us: called off, it is killed."""
        kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", MODULE, str(self._folder), key, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
            env={**kept, "PYTHONPATH": _ROOT, "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        try:
            async with asyncio.timeout(PREPARE_S):
                _, said = await process.communicate(order)
        except TimeoutError:
            raise Unmade(f"preparing took longer than {PREPARE_S:g} s") from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        lines = said.decode("utf-8", "replace").strip().splitlines()
        return process.returncode or 0, lines[-1][:STDERR_MAX_CHARS] if lines else ""

    async def _whole(self, work: Callable[[], T]) -> T:
        """Raises Unmade for whatever goes wrong in it: a bug in making the next bot must not end what the last one does."""
        try:
            return await self._in_thread(work)
        except Exception as error:
            log.exception("a bot could not be made")
            raise Unmade(type(error).__name__) from error

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

"""The bots of this process: the one that answers customers, which gives way to the next without a pause, and those that people try.

A revision that was published is heard of by a signal, and looked for every EVERY_S. Its bot is made aside; the change itself is one
assignment, and a decision that is under way ends with the bot that it began with. Whatever goes wrong, the bot that works goes on.
"""

import asyncio
import contextlib
import logging
from collections import OrderedDict
from enum import StrEnum

from msgspec import Struct

from bot import Bot, load_encoder
from config.problems import ConfigError
from config.schema import Bot as Settings
from gateway.contents import Contents
from gateway.core.bus import Bus
from gateway.core.decision import Ask, Decision
from gateway.core.errors import Busy, Conflict, FrontdeskError, NotFound
from gateway.core.expressions import compile_all
from gateway.core.knowledge import BECOMES, CHANGED, Label
from gateway.core.ports import Clock, Store
from gateway.core.signals import unpack_desk
from gateway.holdings import Standing
from gateway.library import Library
from gateway.making import Maker, Unmade
from gateway.metrics import Metrics
from gateway.recipe import Recipe, enough

log = logging.getLogger(__name__)

EVERY_S = 30.0
"""The record is looked at at least this often: a signal may be lost."""
AGAIN_S = 2.0
"""What failed is tried again after so long, twice as long each time, up to EVERY_S."""
LABELS_EVERY_S = 3_600.0
WHY_MAX_CHARS = 300
IN_PLACE_MAX_CHARS = 1_000
"""A longer text takes longer than others should wait: 20,000 characters made to be slow took half a second."""
TRIED_MAX_COUNT = 2
"""Bots kept for trying, beside the one that answers."""
WARM_AFTER_S = 1.0
"""Who asks in the first second asks something well known, as a rule, and shall not wait behind what is loaded for the others."""
EARLIER_MAX_COUNT = 3
"""Revisions that are tried at a start when the one in force can't be put to work."""


_TROUBLE = (Unmade, ConfigError, NotFound)
"""What a revision can't be put to work for."""


class Progress(StrEnum):
    """What becomes of the revision in force in this process."""

    BUILDING = "building"
    LIVE = "live"
    FAILED = "failed"


class State(Struct, frozen=True):
    """How the answering bot stands: the revision that it is made from (0: the files; -1: none yet), what becomes of the one in force."""

    revision: int = -1
    progress: Progress = Progress.BUILDING
    why: str = ""
    """Why it failed, for an operator's eyes."""


class LiveBrain:
    """The FAQ bot in this process: pure, and quick enough to be asked in place; what is long is thought about beside the loop.

    So is everything until it `is_warm`: whoever asks first may have to load what a bot needs.
    """

    is_quick = True

    def __init__(self) -> None:
        self.is_warm = False
        self._bot: Bot | None = None

    async def decide(self, ask: Ask) -> Decision:
        """The decision of the bot that is live now. Raises Unmade before there is one."""
        if self._bot is None:
            raise Unmade("there is no bot yet")
        if not self.is_warm or len(ask.text) > IN_PLACE_MAX_CHARS:
            return await asyncio.to_thread(self._bot.decide, ask)
        return self._bot.decide(ask)

    @property
    def bot(self) -> Bot | None:
        """The bot that is live now."""
        return self._bot

    def swap(self, bot: Bot) -> None:
        """From now on this bot decides."""
        self._bot = bot


class Brains:
    """Makes and changes them. `brain` is what answers; only a process that handles turns needs it to be made beforehand."""

    def __init__(
        self,
        *,
        library: Library,
        store: Store,
        maker: Maker,
        clock: Clock,
        settings: Settings,
        is_answering: bool,
        metrics: Metrics | None = None,
    ) -> None:
        self.brain = LiveBrain()
        self.state = State()
        self._library = library
        self._store = store
        self._maker = maker
        self._clock = clock
        self._settings = settings
        self._is_answering = is_answering
        self._metrics = metrics or Metrics(with_process=False)
        self._live_key = ""
        self._heard_s = float("-inf")
        self._tried: OrderedDict[str, Bot] = OrderedDict()
        self._making: dict[str, asyncio.Task[None]] = {}
        self._labels: tuple[float, tuple[Label, ...]] | None = None
        self._failed: dict[str, str] = {}
        self._noted: set[int] = set()

    # ---- the one that answers

    async def open(self) -> None:
        """Make the bot before anybody asks. Raises ConfigError or Unmade where neither the record nor the files give one."""
        newest = await self._store.newest_revision()
        if not self._is_answering:
            self.state = State(newest.number if newest else 0, Progress.LIVE)
            return
        try:
            await self._put_to_work(await self._library.standing(), is_serving=False)
        except _TROUBLE as error:
            if newest is None:
                raise
            await self._note_failed(newest.number, error)
            await self._open_earlier(newest.number, error)

    async def close(self) -> None:
        """End what is being made."""
        await self._give_up()
        self._maker.close()

    async def follow(self, bus: Bus) -> None:
        """Change to every revision that is published. Until cancelled."""
        if self._is_answering:
            await asyncio.sleep(WARM_AFTER_S)
            await asyncio.to_thread(self._warm)
            self.brain.is_warm = True
        while True:
            try:
                await self._listen(bus)
            except (Busy, OSError, TimeoutError) as trouble:
                log.warning("the knowledge base stays as it is known", extra={"error": type(trouble).__name__})
            except Exception:  # the outermost loop of a worker: a bot that knows a little less is better than no process
                log.exception("the knowledge base stays as it is known")
            await asyncio.sleep(AGAIN_S)

    def _warm(self) -> None:
        """Load what a bot that was prepared earlier starts without: few questions shall wait for it."""
        compile_all()
        if self._settings.encoder == "auto" and (encoder := load_encoder()) is not None:
            encoder.warm()

    async def _listen(self, bus: Bus) -> None:
        subscription = await bus.subscribe(CHANGED if self._is_answering else BECOMES)
        try:
            signals, wait_s = aiter(subscription), AGAIN_S
            while True:
                wait_s = min(2 * wait_s, EVERY_S) if not await self.catch_up() else EVERY_S
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait_s):
                        if (heard := await anext(signals, None)) is None:
                            return  # the bus has closed the line: take it up again
                        self._hear(*heard)
        finally:
            await subscription.close()

    def _hear(self, topic: str, payload: bytes) -> None:
        """What becomes of a revision elsewhere: all that a process without a bot of its own can tell of it."""
        now = unpack_desk(payload).knowledge if topic == BECOMES else None
        if now is None:
            return
        self._heard_s, progress = self._clock.monotonic(), Progress(now.state)
        is_live = progress is Progress.LIVE
        self.state = State(now.revision if is_live else min(self.state.revision, now.revision - 1), progress, now.detail)

    def _assume(self, number: int) -> None:
        """Where nobody has said anything for a while, what is in force is at work: a signal may be lost."""
        is_quiet = self._clock.monotonic() - self._heard_s >= EVERY_S
        if is_quiet and self.state.progress is not Progress.FAILED and self.state.revision != number:
            self.state = State(number, Progress.LIVE)

    async def catch_up(self) -> bool:
        """Put to work what is in force, where that is something else; whether it is at work now. Raises Busy where nobody can tell."""
        newest = await self._store.newest_revision()
        number = newest.number if newest else 0
        if not self._is_answering:
            self._assume(number)
            return True
        try:
            standing = await self._library.standing()
            recipe = await self._recipe(standing.contents)
            if recipe.key != self._live_key:
                self.state = State(self.state.revision, Progress.BUILDING)
                await self._library.tell(number, Progress.BUILDING)
                await self._give_up(but=recipe.key)
                await self._put_to_work(standing)
            elif self.state != State(number, Progress.LIVE):
                await self._note_live(number)
        except _TROUBLE as error:
            await self._note_failed(number, error)
            return False
        return True

    async def _put_to_work(self, standing: Standing, *, is_serving: bool = True) -> None:
        recipe = await self._recipe(standing.contents)
        bot = self._tried.pop(recipe.key, None) or await self._maker.make(recipe, is_serving=is_serving)
        self.brain.swap(bot)
        self._live_key = recipe.key
        await self._note_live(standing.number)

    async def _open_earlier(self, number: int, error: Exception) -> None:
        """At a start, with a revision that can't be put to work: an earlier one is better than no answers at all."""
        for earlier in range(number - 1, max(-1, number - 1 - EARLIER_MAX_COUNT), -1):
            why = self.state.why
            try:
                await self._put_to_work(await self._library.revision(earlier), is_serving=False)
            except _TROUBLE:
                continue
            self.state = State(earlier, Progress.FAILED, why)
            return
        raise error

    async def _note_live(self, number: int) -> None:
        if self.state.revision >= 0:
            log.info("the knowledge base in force", extra={"revision": number})
            await self._library.tell(number, Progress.LIVE)
        self.state = State(number, Progress.LIVE)
        self._metrics.knowledge_revision.set(number)

    async def _note_failed(self, number: int, error: Exception) -> None:
        """Say it to whoever looks; in the audit log once for each revision."""
        why = str(error)[:WHY_MAX_CHARS]
        self.state = State(self.state.revision, Progress.FAILED, why)
        self._metrics.knowledge_failures.inc()
        log.error("a revision of the knowledge base can't be put to work", extra={"revision": number, "why": why})
        await self._library.tell(number, Progress.FAILED, why)
        if number not in self._noted:
            self._noted.add(number)
            with contextlib.suppress(FrontdeskError):
                await self._library.note_failed(number, why)

    async def _recipe(self, contents: Contents) -> Recipe:
        """How a bot of these entries is made: with the labels that there are, which are looked for once an hour."""
        now_s = self._clock.monotonic()
        if self._labels is None or now_s - self._labels[0] >= LABELS_EVERY_S:
            self._labels = now_s, enough(await self._store.labels())
        return Recipe(contents, self._settings.target_precision, self._labels[1], self._settings.encoder == "auto")

    # ---- those that people try

    async def bot(self, contents: Contents) -> Bot | None:
        """The bot of these entries; None while it is being made: ask again. Raises Conflict (`unmade`), once, where that failed."""
        recipe = await self._recipe(contents)
        if recipe.key == self._live_key and self.brain.bot is not None:
            return self.brain.bot
        if (known := self._tried.get(recipe.key)) is not None:
            self._tried.move_to_end(recipe.key)
            return known
        if (why := self._failed.pop(recipe.key, None)) is not None:
            raise Conflict(f"the drafts could not be put to work: {why}", code="unmade")
        if recipe.key not in self._making:
            await self._give_up()
            self._making[recipe.key] = asyncio.create_task(self._try_to_make(recipe), name="knowledge drafts")
        return None

    async def _try_to_make(self, recipe: Recipe) -> None:
        try:
            self._tried[recipe.key] = await self._maker.make(recipe)
            while len(self._tried) > TRIED_MAX_COUNT:
                self._tried.popitem(last=False)
        except (Unmade, ConfigError) as error:
            self._failed = {recipe.key: str(error)[:WHY_MAX_CHARS]}
        finally:
            self._making.pop(recipe.key, None)

    async def _give_up(self, but: str = "") -> None:
        """End what is being made for trying: there is something newer to be made."""
        ending = [task for key, task in self._making.items() if key != but]
        for task in ending:
            task.cancel()
        if ending:
            await asyncio.wait(ending)

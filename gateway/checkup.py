"""Tries the parts of an installation, each under a deadline, and says what to do where one fails: for `frontdesk doctor` and the desk.

An examination says what it found as `Words`, so that whoever reads can have it in their language; what a driver or a vendor said is
passed on as it came. No secret stands in either.
"""

import asyncio
import os
import shutil
import socket
import tempfile
import urllib.request
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from msgspec import Struct, structs

from config.loader import secrets_of
from config.problems import ConfigError
from config.rules import split_listen
from config.schema import Settings
from gateway.brains import Brains, Progress
from gateway.core.bus import Bus
from gateway.core.channel import Channel, Diagnosable, Examinable, Lengthy, Verdict
from gateway.core.errors import FrontdeskError
from gateway.core.ports import Clock, Store
from gateway.core.texts import Texts
from gateway.knowledge import load_knowledge
from gateway.library import Library
from gateway.logs import LineFormatter
from handoff.opening import timetables

LEAST_FREE_BYTES = 500 * 1024 * 1024
THREADS_COUNT = 3
"""Of their own, for what blocks: a dead network disk must not take the threads that hash passwords."""
RAW_MAX_CHARS = 500
KNOWN_CODES = 100
"""Dead letters that are counted; more are "and more"."""

T = TypeVar("T")


class Words(Struct, frozen=True):
    """Something to say: `doctor.KEY` of the catalogue with its values; or without a key, `raw` as somebody else said it."""

    key: str = ""
    values: dict[str, Any] = {}
    raw: str = ""
    beside: tuple["Words", ...] = ()
    """More of the same kind, said behind it."""

    def said(self, texts: Texts, language: str) -> str:
        """The words in this language."""
        first = texts.say(f"doctor.{self.key}", language, **self.values) if self.key else self.raw
        return ("；" if language.startswith("zh") else "; ").join((first, *(more.said(texts, language) for more in self.beside)))


NOTHING = Words()


def words(key: str, **values: Any) -> Words:
    """Words of the catalogue."""
    return Words(key, values)


class Finding(Struct, frozen=True, kw_only=True):
    """How one part is, and where it failed what to do."""

    part: str
    ok: bool
    why: Words
    todo: Words = NOTHING
    ms: float = 0.0
    is_touchy: bool = False
    """To be tried again when somebody asks, and seldom by itself."""


class Sick(Exception):
    """A part does not work: why, and what to do (None: what its examination suggests)."""

    def __init__(self, why: Words, todo: Words | None = None, *, is_touchy: bool = False) -> None:
        super().__init__(why.key or why.raw)
        self.why = why
        self.todo = todo
        self.is_touchy = is_touchy


class Examination(Struct, frozen=True, kw_only=True):
    """Tries one part. `look` says what is good about it, or raises whatever it does where it is not; `todo` is what to do then."""

    part: str
    look: Callable[[], Awaitable[Words]]
    todo: Words
    least_s: float = 0.0
    """How long it is waited for at least, where that is longer than for others."""


class Checkup:
    """Examines the parts of one installation. Close it: it has threads."""

    def __init__(self, settings: Settings, clock: Clock, deadline_s: float) -> None:
        self._settings = settings
        self._clock = clock
        self._deadline_s = deadline_s
        self._redact = LineFormatter("text", secrets_of(settings)).redact
        self._threads = ThreadPoolExecutor(THREADS_COUNT, thread_name_prefix="checkup")

    def close(self) -> None:
        """Wait for nothing: what hangs is left hanging."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def examine(self, examinations: Sequence[Examination]) -> list[Finding]:
        """All of these at the same time, each under the deadline."""
        return list(await asyncio.gather(*map(self.look, examinations)))

    async def look(self, examination: Examination) -> Finding:
        """Examine one part under the deadline. Raises nothing but cancellation."""
        started = self._clock.monotonic()
        todo, deadline_s, is_touchy = examination.todo, max(self._deadline_s, examination.least_s), False
        try:
            async with asyncio.timeout(deadline_s):
                why, is_ok, todo = await examination.look(), True, NOTHING
        except TimeoutError:
            why, is_ok = words("late", seconds=f"{deadline_s:g}"), False
        except Sick as error:
            why, is_ok, todo, is_touchy = error.why, False, error.todo or todo, error.is_touchy
        except ConfigError as error:
            why, is_ok = Words(raw="; ".join(problem.message for problem in error.problems[:3])), False
        except (FrontdeskError, OSError, ValueError) as error:
            why, is_ok = Words(raw=str(error) or type(error).__name__), False
        except Exception as error:  # a driver's own: told, because telling is what we are here for
            why, is_ok = Words(raw=f"{type(error).__name__}: {error}"), False
        took_ms = round((self._clock.monotonic() - started) * 1000, 1)
        return Finding(part=examination.part, ok=is_ok, why=self._safe(why), todo=self._safe(todo), ms=took_ms, is_touchy=is_touchy)

    # ---- the parts -------------------------------------------------------------------------------------------------------------

    def knowledge(self) -> Examination:
        """The knowledge base can be read, and is right."""

        async def look() -> Words:
            entries = await self._in_thread(load_knowledge, self._settings.bot.knowledge)
            return words("knowledge.good", count=len(entries))

        return Examination(part="knowledge", look=look, todo=words("knowledge.todo"))

    def published(self, library: Library, brains: Brains) -> Examination:
        """What is in force of the knowledge base is at work here; where files have changed since it was published, it says so."""

        async def look() -> Words:
            standing, state = await library.standing(), brains.state
            if state.progress is Progress.FAILED:
                raise Sick(
                    words("knowledge.failed", revision=standing.number, live=state.revision, why=state.why), words("knowledge.failed_todo")
                )
            if not standing.number:  # the next start reads the files again: better to know now that it can't
                await self._in_thread(load_knowledge, self._settings.bot.knowledge)
            key = (
                "knowledge.changed" if await library.has_changed_files() else "knowledge.in_force" if standing.number else "knowledge.good"
            )
            return words(key, count=len(standing.contents.entries), revision=standing.number)

        return Examination(part="knowledge", look=look, todo=words("knowledge.todo"))

    def data_dir(self) -> Examination:
        """The data folder can be written to, and has room."""
        look = partial(self._in_thread, _tried_folder, Path(self._settings.gateway.data_dir))
        return Examination(part="data_dir", look=look, todo=words("data_dir.todo"))

    def listen(self) -> Examination:
        """The address to listen on is free, or ours."""
        address, timeout_s = self._settings.gateway.listen, self._deadline_s / 2
        look = partial(self._in_thread, _tried_listening, address, timeout_s)
        return Examination(part="listen", look=look, todo=words("listen.todo"))

    def store(self, opened: Callable[[], Awaitable[Store]]) -> Examination:
        """The record works, and no event lies there that nobody could handle."""

        async def look() -> Words:
            store = await opened()
            await store.healthy()
            count = len((await store.dead_letters(limit=KNOWN_CODES)).items)
            if count:
                raise Sick(words("store.dead", count=f"{count}{'+' if count == KNOWN_CODES else ''}"), words("store.dead_todo"))
            return words("store.good")

        return Examination(part="store", look=look, todo=self._store_todo())

    def bus(self, opened: Callable[[], Awaitable[Bus]]) -> Examination:
        """The bus works."""

        async def look() -> Words:
            bus = await opened()
            await bus.healthy()
            return words("bus.good", count=bus.lane_count)

        return Examination(part="bus", look=look, todo=self._bus_todo())

    def hours(self, store: Store) -> Examination:
        """The opening hours that were set at the desk make sense."""

        async def look() -> Words:
            tables = await timetables(self._settings, store)
            wrong = [f"{name}: {table.problems[0][0]} {table.problems[0][1]}" for name, table in tables.items() if table.problems]
            if wrong:
                raise Sick(words("hours.ignored", wrong="; ".join(wrong)))
            return words("hours.good", count=len(tables))

        return Examination(part="hours", look=look, todo=words("hours.todo"))

    def channel(self, channel: Channel) -> Examination:
        """What a channel needs of the outside works."""

        async def look() -> Words:
            if isinstance(channel, Examinable):
                return _told(await channel.examine())
            if not isinstance(channel, Diagnosable):
                return words("channel.nothing_outside", type=channel.type)
            is_ok, why = await channel.diagnose()
            if not is_ok:
                raise Sick(words("channel.broken"), Words(raw=why))
            return Words(raw=why)

        least_s = channel.examination_s if isinstance(channel, Lengthy) else 0.0
        return Examination(part=f"channel {channel.name}", look=look, todo=words("channel.todo", name=channel.name), least_s=least_s)

    # ---- helpers ---------------------------------------------------------------------------------------------------------------

    async def _in_thread(self, work: Callable[..., T], *given: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(work, *given))

    def _safe(self, said: Words) -> Words:
        """The words without any secret, in one line, none of them endless."""
        values = {key: self._redacted(str(value)) for key, value in said.values.items()}
        return Words(said.key, values, self._redacted(said.raw), tuple(map(self._safe, said.beside)))

    def _redacted(self, text: str) -> str:
        return self._redact(" ".join(text.split()))[:RAW_MAX_CHARS]

    def _store_todo(self) -> Words:
        if self._settings.store.url.startswith("sqlite"):
            return words("store.file_todo")
        url = urlsplit(self._settings.store.url)
        return words("store.server_todo", place=f"{url.hostname}:{url.port or 5432}")

    def _bus_todo(self) -> Words:
        if self._settings.bus.url == "local:":
            return words("bus.local_todo")
        url = urlsplit(self._settings.bus.url)
        return words("bus.server_todo", place=f"{url.hostname}:{url.port or 6379}")


def _told(verdict: Verdict) -> Words:
    """A channel's own verdict in words of the catalogue."""
    why, todo = words(verdict.why, **verdict.values), words(verdict.todo, **verdict.values) if verdict.todo else None
    if not verdict.is_ok:
        raise Sick(why, todo, is_touchy=verdict.is_touchy)
    return structs.replace(why, beside=tuple(map(_told, verdict.beside)))


def _tried_folder(data_dir: Path) -> Words:
    if data_dir.exists() and not data_dir.is_dir():
        raise Sick(words("data_dir.file", path=data_dir), words("data_dir.file_todo"))
    folder = _nearest(data_dir.absolute())
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"frontdesk")
        os.fsync(file.fileno())
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise Sick(words("data_dir.full", path=folder, free=free // 2**20), words("data_dir.full_todo"))
    return words("data_dir.good", path=folder, free=f"{free / 2**30:.1f}")


def _nearest(folder: Path) -> Path:
    """The folder, or while it is not made yet the one that it will be made in."""
    return next(path for path in (folder, *folder.parents) if path.is_dir())


def _tried_listening(address: str, timeout_s: float) -> Words:
    host, port = split_listen(address)
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            return words("listen.free", address=address)
    except OSError:
        if _is_ours(host, port, timeout_s):
            return words("listen.ours")
        raise Sick(words("listen.taken", address=address)) from None


def _is_ours(host: str, port: int, timeout_s: float) -> bool:
    shown = f"[{host}]" if ":" in host else {"0.0.0.0": "127.0.0.1"}.get(host, host)  # noqa: S104 - recognized, not bound
    try:
        with urllib.request.urlopen(f"http://{shown}:{port}/healthz", timeout=timeout_s) as answer:
            return answer.status == 200 and b'"status"' in answer.read(100)
    except (OSError, ValueError):
        return False

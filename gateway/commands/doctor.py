"""`frontdesk doctor`: tries every configured part, each under a deadline, and says what to do where one fails."""

import argparse
import asyncio
import os
import shutil
import socket
import tempfile
import time
import urllib.request
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct, to_builtins

from config.loader import secrets_of
from config.problems import ConfigError
from config.rules import split_listen
from config.schema import Settings
from gateway.commands.record import opened_bus, opened_store
from gateway.commands.settings import config_file, load_settings, table, tell
from gateway.core.channel import Diagnosable
from gateway.core.errors import FrontdeskError
from gateway.core.ids import ChannelName
from gateway.core.ports import Bus
from gateway.logs import LineFormatter

DEADLINE_S = 5.0
LEAST_FREE_BYTES = 500 * 1024 * 1024


class Finding(Struct, frozen=True, kw_only=True):
    """How one part is: `why` in words, and where it failed what to do."""

    part: str
    ok: bool
    why: str
    todo: str = ""
    ms: float = 0.0


class Sick(Exception):
    """A part does not work: why, and what to do."""

    def __init__(self, why: str, todo: str) -> None:
        super().__init__(why)
        self.todo = todo


Examination = Callable[[], Awaitable[str]]
"""Tries one part; what is good about it. Raises whatever it does where it is not."""


def arguments(parser: argparse.ArgumentParser) -> None: ...


def run(args: argparse.Namespace) -> int:
    settings = load_settings(args)
    file = config_file(args)
    first = Finding(part="configuration", ok=True, why=str(file) if file else "the built-in settings")
    findings = [first, *asyncio.run(examine(settings, DEADLINE_S))]
    rows = [("part", "", "why", "what to do")] + [(f.part, "ok" if f.ok else "FAILED", f.why, f.todo) for f in findings]
    tell(args, {"ok": all(f.ok for f in findings), "parts": to_builtins(findings)}, table(rows))
    return 0 if all(finding.ok for finding in findings) else 1


async def examine(settings: Settings, deadline_s: float) -> list[Finding]:
    """All parts, one after another: none may take longer than its deadline."""
    doctor = _Doctor(settings, deadline_s)
    findings = [
        await doctor.look("knowledge", doctor.knowledge, "run `frontdesk check`, and set it right"),
        await doctor.look("data_dir", doctor.data_dir, "let the gateway's user write there, or set [gateway] data_dir"),
        await doctor.look("listen", doctor.listen, "stop the other program, or set [gateway] listen"),
    ]
    async with AsyncExitStack() as parts:
        findings.append(await doctor.look("store", lambda: doctor.store(parts), _store_todo(settings)))
        findings.append(await doctor.look("bus", lambda: doctor.bus(parts), _bus_todo(settings)))
        channels = settings.channels if doctor.open_bus is not None else ()
        findings += [
            await doctor.look(f"channel {name}", partial(doctor.channel, name), f"set [channels.{name}] right") for name in channels
        ]
    return findings


class _Doctor:
    """Examines the parts of one installation."""

    def __init__(self, settings: Settings, deadline_s: float) -> None:
        self._settings = settings
        self._deadline_s = deadline_s
        self._redact = LineFormatter("text", secrets_of(settings)).redact
        self.open_bus: Bus | None = None
        self._store: object = None

    async def look(self, part: str, examination: Examination, todo: str) -> Finding:
        """Examine one part under the deadline."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._deadline_s):
                why, is_ok, todo = await examination(), True, ""
        except TimeoutError:
            why, is_ok = f"no answer within {self._deadline_s:g} s", False
        except Sick as error:
            why, is_ok, todo = str(error), False, error.todo
        except ConfigError as error:
            why, is_ok = "; ".join(problem.message for problem in error.problems[:3]), False
        except (FrontdeskError, OSError, ValueError) as error:
            why, is_ok = str(error) or type(error).__name__, False
        except Exception as error:  # a driver's own: told, because telling is what we are here for
            why, is_ok = f"{type(error).__name__}: {error}", False
        return Finding(
            part=part, ok=is_ok, why=self._redact(" ".join(why.split())), todo=todo, ms=round((time.monotonic() - started) * 1000, 1)
        )

    async def knowledge(self) -> str:
        from gateway.knowledge import load_knowledge

        entries = await asyncio.to_thread(load_knowledge, self._settings.bot.knowledge)
        return f"{len(entries)} entries"

    async def data_dir(self) -> str:
        return await asyncio.to_thread(_tried_folder, Path(self._settings.gateway.data_dir))

    async def listen(self) -> str:
        host, port = split_listen(self._settings.gateway.listen)
        try:
            with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
                return f"{self._settings.gateway.listen} is free"
        except OSError:
            return await asyncio.to_thread(_is_ours, host, port, self._deadline_s / 2)

    async def store(self, parts: AsyncExitStack) -> str:
        store = await parts.enter_async_context(opened_store(self._settings))
        self._store = store
        await store.healthy()
        count = len((await store.dead_letters(limit=100)).items)
        if count:
            raise Sick(
                f"it works, but {count}{'+' if count == 100 else ''} events could not be handled", "look at them with `frontdesk dead list`"
            )
        return "reads and writes"

    async def bus(self, parts: AsyncExitStack) -> str:
        from gateway.store import Record

        if not isinstance(self._store, Record):
            raise Sick("not tried", "set the store right first")
        self.open_bus = await parts.enter_async_context(opened_bus(self._settings, self._store))
        await self.open_bus.healthy()
        return f"{self.open_bus.lane_count} lanes"

    async def channel(self, name: str) -> str:
        from gateway.app import open_channel

        assert self.open_bus is not None
        channel = open_channel(ChannelName(name), self._settings.channels[name], b"doctor", self.open_bus)
        if not isinstance(channel, Diagnosable):
            return f"{channel.type}: nothing outside to try"
        is_ok, why = await channel.diagnose()
        if not is_ok:
            raise Sick("it does not work", why)
        return why


def _tried_folder(data_dir: Path) -> str:
    if data_dir.exists() and not data_dir.is_dir():
        raise Sick(f"{data_dir} is a file", "set [gateway] data_dir to a folder")
    folder = _nearest(data_dir.absolute())
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"frontdesk")
        os.fsync(file.fileno())
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise Sick(f"{free // 2**20} MiB free in {folder}", "make room: a full disk refuses every message")
    return f"{folder} can be written, {free / 2**30:.1f} GiB free"


def _nearest(folder: Path) -> Path:
    """The folder, or while it is not made yet the one that it will be made in."""
    return next(path for path in (folder, *folder.parents) if path.is_dir())


def _is_ours(host: str, port: int, timeout_s: float) -> str:
    shown = f"[{host}]" if ":" in host else {"0.0.0.0": "127.0.0.1"}.get(host, host)  # noqa: S104 - recognized, not bound
    try:
        with urllib.request.urlopen(f"http://{shown}:{port}/healthz", timeout=timeout_s) as answer:
            if answer.status == 200 and b'"status"' in answer.read(100):
                return "the gateway is running there"
    except (OSError, ValueError):
        pass
    raise Sick(
        f"{host}:{port} can't be listened on, and what is there is not the gateway", "stop the other program, or set [gateway] listen"
    )


def _store_todo(settings: Settings) -> str:
    if settings.store.url.startswith("sqlite"):
        return "look at [store] url: the folder must exist or be made by the gateway's user, on a local disk"
    url = urlsplit(settings.store.url)
    return f"is PostgreSQL running at {url.hostname}:{url.port or 5432}, and do user, password and database in [store] url exist there?"


def _bus_todo(settings: Settings) -> str:
    if settings.bus.url == "local:":
        return "it is kept in the store: set that right"
    url = urlsplit(settings.bus.url)
    return f"is Redis running at {url.hostname}:{url.port or 6379}, and does the password in [bus] url fit?"

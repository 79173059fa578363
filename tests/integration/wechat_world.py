"""The whole gateway in this process against the scripted platform, over HTTP on both sides, in one movable time; it can die at any step.

`kill -9` is played exactly: from that moment nothing of it reaches the record any more, no byte of it the platform, and what comes next
opens the same record anew.
"""

import asyncio
import inspect
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import pytest
from msgspec import json

from config.schema import Bot, BusSettings, ChannelSettings, Gateway, Settings, StoreSettings, WeChat
from gateway import app
from gateway.core.decision import Ask, Decision, Kind
from gateway.core.parts import Choice
from gateway.core.signals import OUTBOX
from gateway.store import SqliteStore, open_store
from gateway.web import wechat
from tests.peers.wechat import Account, MovableClock, WeChatPlatform

KILLED_S = 20.0
LANES = 2
PARAGRAPHS = 7
ALONE_S = 0.08
"""How long a push waits where the line is all there is: in real time, of which five seconds of the platform's take a fraction here."""


class Row(NamedTuple):
    """A message that is not settled; times from now on."""

    channel: str
    seq: int
    due_s: float
    leased_s: float
    attempts: int
    parts_sent: int
    parts_begun: int
    token: int


class EchoBrain:
    """Says back what it was asked; `slow` takes three seconds of the common time, `choose` asks back, `long` goes on for seven messages."""

    is_quick = False
    bot = None

    def __init__(self, clock: MovableClock) -> None:
        self._clock = clock

    async def decide(self, ask: Ask) -> Decision:
        if ask.text.startswith("slow"):
            await self._clock.sleep(3)
        if ask.text.startswith("choose"):
            choices = (Choice("a", "A refund"), Choice("b", "An invoice"))
            return Decision(kind=Kind.CLARIFY, language="en", text=f"<{ask.text}> which?", choices=choices, memory=ask.memory)
        text = long_answer(ask.text) if ask.text.startswith("long") else f"<{ask.picked or ask.text}>"
        return Decision(kind=Kind.ANSWER, language="en", text=text, confidence=1.0, memory=ask.memory)


def long_answer(asked: str) -> str:
    """More than any allowance carries: each paragraph fills a message."""
    return "\n\n".join(f"{'' if number else f'<{asked}> '}[{asked} {number}] {'word ' * 300}".strip() for number in range(PARAGRAPHS))


class Life:
    """A process's life over its store: it can end at any step, before it or behind it."""

    def __init__(self) -> None:
        self.is_over = False
        self.ended = asyncio.Event()
        self._steps_left = 0
        self._is_done_first = False

    def doom(self, steps: int, *, is_done_first: bool) -> None:
        """It ends at the so-many-th step from now."""
        self._steps_left, self._is_done_first = steps, is_done_first

    def end(self) -> None:
        self.is_over = True
        self.ended.set()

    def bind(self, store: SqliteStore) -> SqliteStore:
        """Every step of the record asks first whether there is anybody to take it."""
        for name, step in inspect.getmembers(store, inspect.iscoroutinefunction):
            if not name.startswith("_") and name not in ("open", "close"):
                setattr(store, name, self._bound(step))
        return store

    def _bound(self, step: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def taken(*given: Any, **named: Any) -> Any:
            is_last = self._counts()
            if is_last and not self._is_done_first:
                self.end()
            self._check()
            result = await step(*given, **named)
            if is_last:
                self.end()
            self._check()
            return result

        return taken

    def _counts(self) -> bool:
        self._steps_left = max(0, self._steps_left - 1) if self._steps_left != 1 else -1
        return self._steps_left == -1 and not self.is_over

    def _check(self) -> None:
        if self.is_over:
            raise asyncio.CancelledError


class Door:
    """What the platform knows as our address: leads to the process that lives, and is cut with it."""

    def __init__(self) -> None:
        self.port = 0
        self.leads_to = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._came, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """No byte more in either direction."""
        self.leads_to = 0
        for writer in self._writers:
            writer.transport.abort()

    async def close(self) -> None:
        assert self._server is not None
        self.cut()
        self._server.close()
        await self._server.wait_closed()

    async def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        there: asyncio.StreamWriter | None = None
        try:
            if not self.leads_to:
                return
            from_there, there = await asyncio.open_connection("127.0.0.1", self.leads_to)
            self._writers.add(there)
            ways = {asyncio.ensure_future(_pour(reader, there)), asyncio.ensure_future(_pour(from_there, writer))}
            _, left = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in left:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        except OSError:
            return
        finally:
            for one in (writer, there):
                if one is not None:
                    self._writers.discard(one)
                    one.transport.abort() if one.transport.is_closing() else one.close()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


class WeChatWorld:
    """The platform, our gateway, and the time that both live in."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, *, passive_s: float = 0.12) -> None:
        self.folder = folder
        self.clock = MovableClock(speed=1)
        self.platform = WeChatPlatform(self.clock)
        self.door = Door()
        self.passive_s = passive_s
        self.accounts: dict[str, Account] = {}
        self.life = Life()
        self._patch = patch
        self._house: asyncio.Task[None] | None = None
        self._past: list[asyncio.Task[None]] = []
        self._bus: Any = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> "WeChatWorld":
        await self._stack.enter_async_context(self.platform.running())
        await self.door.open()
        self._stack.push_async_callback(self.door.close)
        opening = open_store

        def bound(settings: StoreSettings, **named: Any) -> Any:
            """Not alone: what was killed here lets go of its files a little later than a process would."""
            return self.life.bind(cast("SqliteStore", opening(settings, **{**named, "is_serving": False})))

        async def echoing(*_: Any) -> Any:
            return SimpleNamespace(brain=EchoBrain(self.clock))

        self._patch.setattr(wechat, "ALONE_S", ALONE_S)
        self._patch.setattr(app, "SystemClock", lambda: self.clock)
        self._patch.setattr(app, "open_store", bound)
        self._patch.setattr(app, "_open_brains", echoing)
        self._patch.setattr(app, "stop_on_signals", lambda: self.life.ended)
        self._patch.setattr(app, "_spare_the_collector", lambda: None)
        self._patch.setattr(app, "SWITCH_S", sys.getswitchinterval())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.platform.settled()
        self.kill()
        await asyncio.wait(self._past, timeout=KILLED_S)
        assert all(task.done() for task in self._past), "a killed house goes on"
        await self._stack.aclose()

    def account(self, name: str, **settings: Any) -> Account:
        """An account of the platform, and a channel of ours; before the first `start`."""
        account = self.platform.account(f"wx{len(self.accounts):016d}", **settings)
        account.push_url = f"http://127.0.0.1:{self.door.port}/wechat/{name}"
        self.accounts[name] = account
        return account

    async def start(self) -> None:
        """A process begins."""
        self.life = Life()
        port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._house = asyncio.create_task(self._live(port))
        await asyncio.wait((self._house, port), return_when=asyncio.FIRST_COMPLETED)
        if self._house.done():
            self._house.result()
        self.door.leads_to = await port

    def kill(self) -> None:
        """Nothing of it is heard any more."""
        self.life.end()
        self.door.cut()
        if self._house is not None:
            self._house.cancel()
            self._past.append(self._house)
            self._house = None

    async def restart(self, *, within_steps: int, is_done_first: bool, patience_s: float = 0.05) -> None:
        """It dies at one of its next steps (or now, when it takes none for a while), and the next one begins."""
        self.life.doom(within_steps, is_done_first=is_done_first)
        try:
            async with asyncio.timeout(patience_s):
                await self.life.ended.wait()
        except TimeoutError:
            pass
        self.kill()
        await self.start()

    async def advance(self, seconds: float) -> None:
        """Let time go by, and everybody notice."""
        self.clock.advance(seconds)
        if self._bus is not None and not self.life.is_over:
            await self._bus.signal(OUTBOX, b"")
        for _ in range(20):
            await asyncio.sleep(0)

    async def _live(self, port: "asyncio.Future[int]") -> None:
        async def announce(house: app.House, bound_port: int) -> None:
            self._bus = house.bus
            port.set_result(bound_port)

        await app.serve(self._settings(), announce=announce)

    def _settings(self) -> Settings:
        channels: dict[str, ChannelSettings] = {
            name: WeChat(
                app_id=one.app_id, app_secret=one.secret, token=one.token, aes_key=one.aes_key, mode=one.mode, api_base=self.platform.url,
                passive_s=self.passive_s, customer_service=one.can_send, menus=one.can_send_menus, timeout_s=20.0,
            )
            for name, one in self.accounts.items()
        }  # fmt: skip
        return Settings(
            gateway=Gateway(data_dir=str(self.folder), listen="127.0.0.1:0", drain_s=0.02, languages=("en",), session_idle_s=10**9),
            bot=Bot(deadline_s=60), bus=BusSettings(lanes=LANES, lease_s=5.0), channels=channels,
            store=StoreSettings(url=f"sqlite:///{self.folder}/record.db", synchronous="normal"),
        )  # fmt: skip

    # ---- the record, read from beside ----------------------------------------------------------------------------------------------

    def said(self) -> list[dict[str, Any]]:
        """Every message on record: author, text, status and detail."""
        with closing(sqlite3.connect(f"file:{self.folder}/record.db?mode=ro", uri=True)) as record:
            rows = record.execute("SELECT body, status, detail FROM message ORDER BY session_id, seq").fetchall()
        return [{**json.decode(body), "status": status, "detail": detail} for body, status, detail in rows]

    def waiting(self) -> list[Row]:
        """The outbox, in order."""
        with closing(sqlite3.connect(f"file:{self.folder}/record.db?mode=ro", uri=True)) as record:
            rows = record.execute(
                "SELECT channel, seq, due_at, lease_until, attempts, parts_sent, parts_begun, token FROM outbox ORDER BY session_id, seq"
            ).fetchall()
        now_us = self.clock.now().timestamp() * 1e6
        return [Row(channel, seq, (due - now_us) / 1e6, (lease - now_us) / 1e6, *counts) for channel, seq, due, lease, *counts in rows]

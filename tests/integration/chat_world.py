"""Web chat in one process for tests: the real store, bus, turns and web layer, a brain that says back what it was asked, and a client."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import web
from msgspec import structs

from adapters.webchat.channel import WebChat
from config.schema import Bot, BusSettings, ChannelSettings, Gateway, Hours, Queue, Settings, StoreSettings
from config.schema import WebChat as WebChatSettings
from config.texts import load_texts
from gateway.bus import open_bus
from gateway.clock import SystemClock
from gateway.core.bus import Bus
from gateway.core.channel import Channel
from gateway.core.decision import PERSON, Ask, Decision, Kind
from gateway.core.draft import Draft
from gateway.core.events import Inbound
from gateway.core.handoff import Reason
from gateway.core.ids import ChannelName, RandomIds, SessionId, WorkerId
from gateway.core.parts import Choice
from gateway.core.ports import Brain
from gateway.core.session import Move
from gateway.core.signals import signals_of
from gateway.core.texts import Texts
from gateway.episode import Episodes
from gateway.intake import Intake
from gateway.lanes import Lanes
from gateway.metrics import Metrics
from gateway.store import SqliteStore, open_store
from gateway.store.files import open_files
from gateway.turns import Turns
from gateway.web.chat_hub import ChatHub
from gateway.web.chat_reception import RECEPTION
from gateway.web.deps import Deps
from gateway.web.server import build
from handoff.desk import Desk
from handoff.entry import Entrance
from handoff.opening import OpeningHours
from tests.knowledge import brains_over, library_over

SITE = ChannelName("site")
SECRET = b"an installation's signing key, 32+"
JWT_SECRET = "a shared secret of thirty-two bytes or more"


class EchoBrain:
    """Says back what it was asked; `person` hands off, `choose` asks back, `slow` waits for `go`."""

    is_quick = False

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.asked: list[str] = []

    async def decide(self, ask: Ask) -> Decision:
        self.asked.append(ask.picked or ask.text)
        if ask.text == "slow":
            await self.go.wait()
        if ask.text == "person" or ask.picked == PERSON:
            return Decision(kind=Kind.HANDOFF, language="en", reason=Reason.EXPLICIT_REQUEST, memory=ask.memory)
        if ask.text == "choose":
            choices = (Choice("refund", "A refund"), Choice(PERSON, "A person"))
            return Decision(kind=Kind.CLARIFY, language="en", text="Which one?", choices=choices, memory=ask.memory)
        return Decision(kind=Kind.ANSWER, language="en", text=f"echo: {ask.picked or ask.text}", confidence=1.0, memory=ask.memory)


class DeafBus:
    """A bus whose signals can be made to vanish, and whose lanes can be made full."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.is_deaf = False
        self.refuses: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bus, name)

    async def signal(self, topic: str, payload: bytes) -> None:
        if not (self.is_deaf and topic.startswith("thread/")):
            await self._bus.signal(topic, payload)

    async def append(self, event: Inbound) -> bool:
        if self.refuses is not None:
            raise self.refuses
        return await self._bus.append(event)


@dataclass
class ChatWorld:
    """Everything running, and what a test may touch of it."""

    url: str
    store: SqliteStore
    bus: DeafBus
    brain: EchoBrain
    hub: ChatHub
    deps: Deps
    app: web.Application
    http: aiohttp.ClientSession
    clients: list["Client"] = field(default_factory=list)

    @property
    def site(self) -> str:
        return f"{self.url}/chat/site"

    async def client(self, **connect: Any) -> "Client":
        """A connected client that has not said anything yet."""
        ws = await self.http.ws_connect(f"{self.site}/ws", timeout=aiohttp.ClientWSTimeout(ws_close=0.5), **connect)
        client = Client(ws)
        self.clients.append(client)
        return client

    async def move(self, session: str, *moves: Move) -> None:
        """What the desk would do to a session."""
        (before,) = await self.store.sessions([SessionId(session)])
        draft = Draft(before, now=self.deps.clock.now(), ids=self.deps.ids, is_pushed=False)
        for move in moves:
            draft.move(move)
        changes = draft.changes()
        assert await self.store.commit([changes]) == [None]
        for topic, payload in signals_of(before, changes):
            await self.bus.signal(topic, payload)

    async def visitor(self, **hello: Any) -> "Client":
        """A client that has been welcomed."""
        client = await self.client()
        await client.hello(**hello)
        return client


class Client:
    """One socket, frame by frame."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.welcome: dict[str, Any] = {}
        self.seen: list[dict[str, Any]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.ws.close()

    async def send(self, **frame: Any) -> None:
        await self.ws.send_str(json.dumps(frame))

    async def hello(self, **fields: Any) -> dict[str, Any]:
        await self.send(type="hello", **{"locale": "en", **fields})
        self.welcome = await self.get("welcome")
        return self.welcome

    async def say(self, text: str, cid: str) -> None:
        await self.send(type="message", cid=cid, text=text)

    async def next(self, timeout_s: float = 30.0) -> dict[str, Any]:
        """The next frame, whatever it is."""
        async with asyncio.timeout(timeout_s):
            raw = await self.ws.receive()
        assert raw.type is aiohttp.WSMsgType.TEXT, raw
        frame: dict[str, Any] = json.loads(raw.data)
        self.seen.append(frame)
        return frame

    async def get(self, *kinds: str, timeout_s: float = 30.0) -> dict[str, Any]:
        """The next frame of one of these types; others are passed over."""
        async with asyncio.timeout(timeout_s):
            while True:
                frame = await self.next(timeout_s)
                if frame["type"] in kinds:
                    return frame

    async def messages(self, count: int) -> list[dict[str, Any]]:
        """The next so many messages."""
        return [await self.get("message") for _ in range(count)]

    async def silence(self, seconds: float = 0.2) -> list[dict[str, Any]]:
        """Everything that still comes within this time."""
        frames: list[dict[str, Any]] = []
        try:
            while True:
                frames.append(await self.next(seconds))
        except TimeoutError:
            return frames


@asynccontextmanager
async def chat_world(
    folder: Path, *, channels: dict[str, Channel] | None = None, bus_url: str = "local:", hours: Hours | None = None,
    thinks: Brain | None = None, **site: Any,
) -> AsyncIterator[ChatWorld]:  # fmt: skip
    """Start it all on a free port; `site` are settings of the one web chat, `hours` those of its queue, `thinks` instead of the echo."""
    site_settings = WebChatSettings(**{"messages_per_10s": 1000, "jwt_secret": JWT_SECRET, **site})
    settings = _settings(folder, {"site": site_settings}, bus_url)
    if hours is not None:
        settings = structs.replace(settings, hours={"office": hours}, queues={"default": Queue(hours="office")})
    clock = SystemClock()
    ids, texts = RandomIds(clock.now_ms), Texts(load_texts())
    store = open_store(settings.store, data_dir=folder, clock=clock)
    assert isinstance(store, SqliteStore)
    await store.open()
    bus = DeafBus(open_bus(settings.bus, log=store, clock=clock))
    await bus.open()
    brain = EchoBrain()
    every: dict[ChannelName, Channel] = {SITE: WebChat(SITE, site_settings, SECRET, bus.signal)}
    every |= {ChannelName(name): channel for name, channel in (channels or {}).items()}
    door = Entrance(store=store, clock=clock, texts=texts, settings=settings)
    episodes = Episodes(
        store=store, brain=thinks or brain, door=door, channels=every, texts=texts, clock=clock, ids=ids, settings=settings,
        metrics=Metrics(),
    )  # fmt: skip
    turns = Turns(store=store, bus=bus, episodes=episodes, clock=clock, metrics=Metrics())
    desk = Desk(store=store, bus=bus, clock=clock, ids=ids, texts=texts, settings=settings)
    library = library_over(store, bus, clock, ids, knowledge=settings.bot.knowledge)
    brains = brains_over(library, store, clock, folder)
    deps = Deps(
        settings=settings, store=store, bus=bus, clock=clock, ids=ids, texts=texts, channels=every, accept=Intake(bus).accept,
        files=open_files(folder / "files"), desk=desk, opening=OpeningHours(settings), library=library, brains=brains, secret=SECRET,
        metrics=Metrics(),
        public_url="http://help.example.com",
    )  # fmt: skip
    app = build(deps)
    work = asyncio.create_task(Lanes(bus, turns.work, worker=WorkerId("w"), lease_s=5).run())
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    listening = web.TCPSite(runner, "127.0.0.1", 0)
    await listening.start()
    try:
        async with aiohttp.ClientSession() as http:
            world = ChatWorld(f"http://127.0.0.1:{listening.port}", store, bus, brain, app[RECEPTION].hub, deps, app, http)
            yield world
            await asyncio.gather(*(client.ws.close() for client in world.clients))
    finally:
        await runner.cleanup()
        work.cancel()
        await asyncio.wait([work])
        await bus.close()
        await store.close()


def _settings(folder: Path, channels: dict[str, ChannelSettings], bus_url: str) -> Settings:
    return Settings(
        gateway=Gateway(data_dir=str(folder), languages=("en", "zh-CN", "zh-TW")), bot=Bot(deadline_s=20),
        bus=BusSettings(url=bus_url, lanes=4),
        store=StoreSettings(url=f"sqlite:///{folder}/chat.db", synchronous="normal"), channels=channels,
    )  # fmt: skip

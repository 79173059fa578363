"""A desk to test against: the real application on a free port, over the embedded store and bus, with a clock that stands still."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from argon2 import PasswordHasher

from adapters.webchat.channel import WebChat
from adapters.webchat.tokens import Visitor
from config.schema import Gateway, Queue, Security, Settings, StoreSettings
from config.schema import WebChat as WebChatSettings
from config.texts import load_texts
from gateway.bus import open_bus
from gateway.core.changes import Changes
from gateway.core.channel import Channel
from gateway.core.contact import Address, AddressKind
from gateway.core.draft import Draft
from gateway.core.events import Inbound, Said
from gateway.core.handoff import Agent, Handoff, HandoffPacket, Reason, Role, Stage
from gateway.core.ids import ChannelName, EventKey, HandoffId, QueueName, RandomIds, SessionId, Thread, session_id
from gateway.core.message import Message
from gateway.core.parts import Text
from gateway.core.session import Move, Session
from gateway.core.signals import signals_of
from gateway.core.texts import Texts
from gateway.metrics import Metrics
from gateway.store import SqliteStore, open_store
from gateway.store.files import open_files
from gateway.web.deps import Deps
from gateway.web.server import serving
from handoff import moves
from handoff.desk import Desk
from handoff.opening import OpeningHours
from tests.fakes import FrozenClock
from tests.knowledge import brains_over, library_over

SITE = ChannelName("site")
DEFAULT = QueueName("default")
PASSWORD = "correct horse battery"
SETTINGS = Settings(
    gateway=Gateway(name="Rosewood", drain_s=2.0),
    queues={"default": Queue(), "refunds": Queue(title="Refunds")},
    security=Security(login_hours=2.0, login_attempts_per_minute=100),
)


class QuickDesk(Desk):
    """The desk, with passwords hashed cheaply: what they are worth is tested elsewhere."""

    _hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Reply:
    """An answer, read."""

    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass
class Page:
    """An agent's browser: a cookie jar and what the login gave it."""

    http: aiohttp.ClientSession
    csrf: str = ""
    extra: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **query: str) -> Reply:
        return await self.ask("GET", path, params=query)

    async def post(self, path: str, **body: Any) -> Reply:
        return await self.ask("POST", path, json=body)

    async def ask(self, method: str, path: str, **more: Any) -> Reply:
        headers = {"X-CSRF-Token": self.csrf} if self.csrf and method != "GET" else {}
        headers |= self.extra | more.pop("headers", {})
        async with self.http.request(method, path, headers=headers, allow_redirects=False, **more) as response:
            is_json = "json" in response.content_type
            return Reply(response.status, await response.json() if is_json else await response.read(), response.headers.copy())

    async def login(self, name: str, password: str = PASSWORD) -> Reply:
        reply = await self.post("/desk/api/login", name=name, password=password)
        self.csrf = reply.body.get("csrf", "")
        return reply

    def socket(self, **headers: str) -> Any:
        return self.http.ws_connect("/desk/ws", headers=headers)


@dataclass
class House:
    """Everything behind the desk, and browsers in front of it."""

    deps: Deps
    clock: FrozenClock
    url: str
    stack: AsyncExitStack
    _server: AsyncExitStack
    channels: dict[ChannelName, Channel]

    async def agent(self, name: str, role: Role = Role.AGENT, **more: Any) -> Agent:
        return await self.deps.desk.add_agent(name, PASSWORD, actor="command", role=role, shown_name=name.title(), **more)

    async def page(self) -> Page:
        jar = aiohttp.CookieJar(unsafe=True)  # the cookies of an address without a name, too
        return Page(await self.stack.enter_async_context(aiohttp.ClientSession(self.url, cookie_jar=jar)))

    async def logged_in(self, name: str, role: Role = Role.AGENT, **more: Any) -> tuple[Agent, Page]:
        agent, page = await self.agent(name, role, **more), await self.page()
        assert (await page.login(name)).status == 200
        return agent, page

    async def waiting(self, thread: str = "v1", text: str = "我要退款", queue: QueueName = DEFAULT) -> Session:
        """A customer who waits in a queue, having said something."""
        draft = self._draft(self._fresh(thread))
        self._hear(draft, text)
        handoff = Handoff(
            id=HandoffId(f"h-{thread}"), session_id=draft.session.id, channel=SITE, queue=queue, stage=Stage.QUEUED,
            reason=Reason.EXPLICIT_REQUEST, requested_at=self.clock.now(), packet=packet(text),
        )  # fmt: skip
        draft.move(Move.HAND_OFF, queue=queue, handoff_id=handoff.id)
        draft.put_handoff(handoff)
        return await self.commit(None, draft)

    async def offered(self, agent: Agent, thread: str = "v1", offer_s: float = 30.0) -> Session:
        """A customer who waits, offered to this agent."""
        session = await self.waiting(thread)
        handoff = await self.deps.store.handoff(HandoffId(f"h-{thread}"))
        assert handoff is not None
        draft = self._draft(session)
        moves.offer(draft, handoff, agent.id, offer_s, (), {})
        return await self.commit(session, draft)

    async def withdrawn(self, session: Session) -> Session:
        """The offer of a session, taken back."""
        handoff = await self.deps.store.handoff(HandoffId(f"h-{session.thread}"))
        assert handoff is not None
        draft = self._draft(session)
        moves.release(draft, handoff, "timed_out", is_passed=True)
        return await self.commit(session, draft)

    async def said(self, id_: SessionId, text: str) -> Message:
        """The customer says something more."""
        session = await self.session(id_)
        draft = self._draft(session)
        message = self._hear(draft, text)
        await self.commit(session, draft)
        return message

    async def session(self, id_: SessionId) -> Session:
        session = await self.deps.store.session(id_)
        assert session is not None
        return session

    async def commit(self, before: Session | None, draft: Draft) -> Session:
        changes = draft.changes()
        await self.write(changes)
        for topic, payload in signals_of(before, changes):
            await self.deps.bus.signal(topic, payload)
        return draft.session

    async def shown_to_the_customer(self, thread: str = "v1") -> list[dict[str, Any]]:
        """The conversation as its visitor's own client reads it."""
        site = self.channels[SITE]
        assert isinstance(site, WebChat)
        token = site.tokens.issue(Visitor(site=SITE, id=Thread(thread), issued_at=self.clock.now()))
        headers, query = {"Authorization": f"Bearer {token}"}, {"after": "0", "wait_s": "0"}
        async with (
            aiohttp.ClientSession(self.url, headers=headers) as visitor,
            visitor.get("/chat/site/events", params=query) as response,
        ):
            found: list[dict[str, Any]] = (await response.json())["events"]
            return found

    async def stop_serving(self) -> None:
        """Stop the server, gracefully; what is behind it stays."""
        await self._server.aclose()

    async def write(self, changes: Changes) -> None:
        assert await self.deps.store.commit([changes]) == [None]

    async def audited(self) -> list[tuple[str, str, str]]:
        """(actor, action, subject), oldest first."""
        found = await self.deps.store.audit(limit=100)
        return [(event.actor, event.action, event.subject) for event in reversed(found.items)]

    def _fresh(self, thread: str) -> Session:
        now = self.clock.now()
        return Session(
            id=session_id(SITE, Thread(thread), 1), channel=SITE, thread=Thread(thread), episode=1,
            address=Address(AddressKind.VISITOR, "site", thread), opened_at=now, state_since=now,
        )  # fmt: skip

    def _draft(self, session: Session) -> Draft:
        return Draft(session, now=self.clock.now(), ids=self.deps.ids, is_pushed=False)

    def _hear(self, draft: Draft, text: str) -> Message:
        key = EventKey(f"site/{draft.session.thread}/{draft.session.seq + 1}")
        said = Said((Text(text),))
        event = Inbound(channel=SITE, thread=draft.session.thread, key=key, sender=draft.session.address, at=self.clock.now(), event=said)
        return draft.hear(event, said.parts)


def packet(wish: str) -> HandoffPacket:
    return HandoffPacket(
        reason=Reason.EXPLICIT_REQUEST,
        trigger="人工",
        wish=wish,
        summary=wish,
        language="zh-CN",
        seq=1,
        channel=SITE,
        channel_type="webchat",
    )


@asynccontextmanager
async def open_house(folder: Path, settings: Settings = SETTINGS, *, public_url: str = "") -> AsyncIterator[House]:
    """The application, served until the block is left."""
    clock, metrics, texts = FrozenClock(), Metrics(with_process=False), Texts(load_texts())
    ids = RandomIds(clock.now_ms)
    store = open_store(StoreSettings(), data_dir=folder, clock=clock)
    assert isinstance(store, SqliteStore)
    bus = open_bus(settings.bus, log=store, clock=clock)
    configured = settings.channels.get(SITE)
    site = configured if isinstance(configured, WebChatSettings) else WebChatSettings()
    channels: dict[ChannelName, Channel] = {SITE: WebChat(SITE, site, b"k" * 32, bus.signal)}

    async def accept(event: Inbound) -> bool:
        return await bus.append(event)

    async with AsyncExitStack() as stack:
        await store.open()
        stack.push_async_callback(store.close)
        await bus.open()
        stack.push_async_callback(bus.close)
        desk = QuickDesk(store=store, bus=bus, clock=clock, ids=ids, texts=texts, settings=settings)
        opening = OpeningHours(settings)
        await opening.reload(store)
        library = library_over(store, bus, clock, ids, knowledge=settings.bot.knowledge)
        brains = brains_over(library, store, clock, folder)
        deps = Deps(
            settings=settings, store=store, bus=bus, clock=clock, ids=ids, texts=texts, channels=channels, accept=accept,
            files=open_files(folder / "files"), desk=desk, opening=opening, library=library, brains=brains, secret=b"s" * 32,
            metrics=metrics, public_url=public_url or "http://desk.test",
        )  # fmt: skip
        server = await stack.enter_async_context(AsyncExitStack())
        port = await server.enter_async_context(serving(deps, host="127.0.0.1", port=0))
        yield House(deps, clock, f"http://127.0.0.1:{port}", stack, server, channels)


def refused(reply: Reply) -> tuple[int, str]:
    """A problem's status and code."""
    return reply.status, reply.body["code"]


async def with_a_session(house: House) -> tuple[Page, str]:
    """An agent's page, with a session of theirs."""
    lin, page = await house.logged_in("lin")
    session = await house.offered(lin)
    assert (await page.post(f"/desk/api/sessions/{session.id}/accept")).status == 200
    return page, session.id

"""A desk, its queue and its customers over the real embedded store and bus, with a clock that tests move."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from config.schema import BusSettings, Settings, StoreSettings
from config.texts import load_texts
from gateway.bus import open_bus
from gateway.core.bus import Bus
from gateway.core.changes import Changes
from gateway.core.channel import event_key
from gateway.core.contact import Address, AddressKind
from gateway.core.decision import Decision, Kind
from gateway.core.draft import Draft
from gateway.core.events import Inbound, Said
from gateway.core.handoff import Agent, AgentStatus, Handoff, Reason, Role, Trace
from gateway.core.ids import AgentId, ChannelName, SessionId, Thread, WorkerId, session_id
from gateway.core.message import Message
from gateway.core.parts import Text, plain_text
from gateway.core.session import Session
from gateway.core.texts import Texts
from gateway.metrics import Metrics
from gateway.store import Record, SqliteStore, open_store
from handoff.desk import Desk
from handoff.entry import Entrance
from handoff.queue import QueueEngine
from handoff.telling import tell
from tests.fakes import CountedIds, FrozenClock

SITE = ChannelName("site")
TEXTS = Texts(load_texts())


class QuickDesk(Desk):
    """The desk, with passwords hashed cheaply; what the real ones are worth is a test of its own."""

    _hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def sid(thread: str) -> SessionId:
    """The id of a customer's first session."""
    return session_id(SITE, Thread(thread), 1)


@dataclass
class Floor:
    """Everything that takes part in a handoff, and what tests do with it."""

    store: Record
    bus: Bus
    clock: FrozenClock
    ids: CountedIds
    settings: Settings
    desk: Desk
    entrance: Entrance
    engine: QueueEngine
    metrics: Metrics

    def another_engine(self, name: str) -> QueueEngine:
        return QueueEngine(
            store=self.store, bus=self.bus, clock=self.clock, ids=self.ids, texts=TEXTS, settings=self.settings, worker=WorkerId(name)
        )

    async def hire(self, name: str, *, status: AgentStatus = AgentStatus.AVAILABLE, **fields: Any) -> Agent:
        """An agent who is there. Their password is never hashed: tests of logging in do that."""
        given: dict[str, Any] = {"role": Role.AGENT, "capacity_units": 1} | fields
        now = self.clock.now()
        agent = Agent(
            id=AgentId(name), name=name, shown_name=name.title(), password_hash="", created_at=now, status_since=now, status=status,
            seen_at=now, version=1, **given,
        )  # fmt: skip
        await self.commit(Changes(agents=(agent,)))
        return agent

    async def ask_for_a_person(self, thread: str, *, wish: str = "a person please", **decided: Any) -> Session:
        """A customer's first words, which the bot answers with a handoff."""
        given: dict[str, Any] = {"kind": Kind.HANDOFF, "language": "en", "reason": Reason.EXPLICIT_REQUEST, "trigger": "person"} | decided
        now = self.clock.now()
        new = Session(
            id=sid(thread), channel=SITE, thread=Thread(thread), episode=1, address=Address(AddressKind.VISITOR, "site", thread),
            opened_at=now, state_since=now, language=given["language"],
        )  # fmt: skip
        return await self._turn(new, wish, Decision(**given))

    async def say(self, thread: str, text: str) -> Session:
        """A customer says something that nobody but people, or the bot's wait for contact details, answers."""
        return await self._turn(await self.session(thread), text, None)

    async def session(self, thread: str) -> Session:
        session = await self.store.session(sid(thread))
        assert session is not None
        return session

    async def handoff(self, thread: str) -> Handoff:
        handoff_id = (await self.session(thread)).handoff_id
        assert handoff_id is not None
        handoff = await self.store.handoff(handoff_id)
        assert handoff is not None
        return handoff

    async def offered_to(self, thread: str) -> str | None:
        """Whom the session is offered to just now."""
        return (await self.handoff(thread)).agent_id

    async def traces(self, thread: str) -> list[Trace]:
        return await self.store.traces(sid(thread))

    async def words(self, thread: str) -> list[str]:
        """What has been said, as `author: text`."""
        return [_line(message) for message in await self.store.session_messages(sid(thread))]

    async def later(self, seconds: float, *present: Agent) -> None:
        """Let time pass, with these agents' desks still there, and make a round."""
        self.clock.advance(seconds)
        for agent in present:
            await self.desk.heartbeat(agent.id)
        await self.engine.round()

    async def commit(self, changes: Changes, before: Session | None = None) -> None:
        (outcome,) = await self.store.commit([changes])
        if outcome is not None:
            raise outcome
        self.metrics.count(changes)
        await tell(self.bus, before, changes)

    async def _turn(self, session: Session, text: str, decision: Decision | None) -> Session:
        draft = Draft(session, now=self.clock.now(), ids=self.ids, is_pushed=False)
        cid = self.ids.new()
        heard = draft.hear(
            Inbound(
                channel=SITE, thread=session.thread, key=event_key(SITE, session.thread, cid), sender=session.address,
                at=self.clock.now(), event=Said((Text(text),)), cid=cid,
            ),
            (Text(text),),
        )  # fmt: skip
        if decision is not None:
            draft.set(language=decision.language, memory=decision.memory)
            draft.answering(heard.seq, {"decision": "handoff"})
            await self.entrance.enter(draft, text, decision)
        elif session.memory.awaits_contact:
            case = await self.store.case_of_session(session.id)
            assert case is not None
            self.entrance.take_contact(draft, case, text)
        await self.commit(draft.changes(), session if session.version else None)
        return draft.session


def _line(message: Message) -> str:
    return f"{message.author.value}: {plain_text(message.parts)}"


@asynccontextmanager
async def open_floor(
    folder: Path, clock: FrozenClock, settings: Settings | None = None, *, store_url: str = "", bus_url: str = "local:"
) -> AsyncIterator[Floor]:
    """A floor with nobody on it yet; embedded, unless told otherwise."""
    settings, ids = settings or Settings(), CountedIds()
    store = open_store(StoreSettings(url=store_url or f"sqlite:///{folder / 'frontdesk.db'}"), data_dir=folder, clock=clock)
    await store.open()
    bus = open_bus(BusSettings(url=bus_url, require_durable=False), log=store if isinstance(store, SqliteStore) else None, clock=clock)
    await bus.open()
    metrics = Metrics(with_process=False)
    shared: dict[str, Any] = {"store": store, "clock": clock, "texts": TEXTS, "settings": settings}
    yield Floor(
        store, bus, clock, ids, settings, QuickDesk(**shared, bus=bus, ids=ids, metrics=metrics), Entrance(**shared),
        QueueEngine(**shared, bus=bus, ids=ids, worker=WorkerId("one"), metrics=metrics), metrics,
    )  # fmt: skip
    await bus.close()
    await store.close()


@asynccontextmanager
async def floor_of_size(request: pytest.FixtureRequest, folder: Path, clock: FrozenClock) -> AsyncIterator[Floor]:
    """A floor in one process, or over PostgreSQL and Redis, as the test's parameter says."""
    servers = {}
    if request.param == "scaled":
        servers = {"store_url": request.getfixturevalue("postgres_url"), "bus_url": request.getfixturevalue("redis_url")}
    async with open_floor(folder, clock, **servers) as opened:
        yield opened

"""The middle, the queue and the desk over the real embedded record, as the calls of one number see them; with a clock that tests move."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from msgspec import structs

from config.phone import Phone
from config.schema import BusSettings, Settings, StoreSettings
from config.texts import load_texts
from gateway.bus import open_bus
from gateway.core.bus import Bus
from gateway.core.changes import Changes
from gateway.core.channel import Capabilities, Channel, Parsed, Raw, Reach, event_key
from gateway.core.contact import Address, AddressKind
from gateway.core.decision import Ask, Decision, Kind
from gateway.core.errors import Conflict
from gateway.core.events import Called, CallStage, Event, Inbound, Said, Visit
from gateway.core.handoff import Agent, AgentStatus, Case, Handoff, Role
from gateway.core.ids import AgentId, ChannelName, Thread, WorkerId
from gateway.core.message import Message, Outgoing, Receipt
from gateway.core.parts import Keyed, Part, Pick, Spoken, plain_text
from gateway.core.session import Session
from gateway.core.texts import Texts
from gateway.episode import Episodes
from gateway.metrics import Metrics
from gateway.secrecy import Aside
from gateway.store import SqliteStore, open_store
from handoff.desk import Desk
from handoff.entry import Entrance
from handoff.queue import QueueEngine
from handoff.telling import tell
from tests.fakes import CountedIds, FrozenClock

HOTLINE = ChannelName("hotline")
NUMBER = "+8613800138000"
TEXTS = Texts(load_texts())


class Parrot:
    """A brain that answers with what it was asked, gives a person to whoever says so, and misses what it does not know."""

    is_quick = True

    def __init__(self) -> None:
        self.asked: list[Ask] = []
        self.says: Mapping[str, Decision] = {}

    async def decide(self, ask: Ask) -> Decision:
        self.asked.append(ask)
        if ask.text in self.says:
            return self.says[ask.text]
        memory = structs.replace(ask.memory, entries=(*ask.memory.entries, "e1"))
        return Decision(kind=Kind.ANSWER, language="en", text=f"answer to {ask.text}", entry="e1", confidence=1.0, memory=memory)  # type: ignore[arg-type]


@dataclass
class CallsHouse:
    """What takes part in a call's session, and what tests do with it."""

    store: SqliteStore
    bus: Bus
    clock: FrozenClock
    ids: CountedIds
    settings: Settings
    episodes: Episodes
    desk: Desk
    engine: QueueEngine
    brain: Parrot
    metrics: Metrics
    aside: Aside
    count: int = 0
    last: Inbound | None = None
    threads: dict[str, int] = field(default_factory=dict)

    async def hear(self, event: Event, number: str = NUMBER, *, key: str = "", **fields: Any) -> list[Changes]:
        """One event of a call, handled and committed."""
        self.count += 1
        inbound = Inbound(
            channel=HOTLINE, thread=Thread(number), key=event_key(HOTLINE, number, key or str(self.count)),
            sender=Address(AddressKind.PHONE, "", number), at=self.clock.now(), event=event, **fields,
        )  # fmt: skip
        self.last, newest = inbound, await self.newest(number)
        made = await self.episodes.handle(newest, inbound)
        before = newest
        for changes in made:
            (outcome,) = await self.store.commit([changes])
            if outcome is not None:
                raise outcome
            self.metrics.count(changes)
            await tell(self.bus, before, changes)
            before = changes.session or before
        return made

    async def again(self) -> list[Conflict | None]:
        """The last event once more, as a lane reads it whose worker has died: what becomes of its transactions."""
        assert self.last is not None
        newest = (await self.store.latest_sessions([(HOTLINE, self.last.thread)]))[:1]
        return await self.store.commit(await self.episodes.handle(newest[0] if newest else None, self.last))

    async def call(self, stage: CallStage = CallStage.UP, call: str = "c1", number: str = NUMBER, **fields: Any) -> list[Changes]:
        about = {name: fields.pop(name) for name in ("visit", "proof", "key") if name in fields}
        return await self.hear(Called(call=call, stage=stage, number=number, **fields), number, **about)

    async def says(self, *words: str | Part, number: str = NUMBER, **fields: Any) -> list[Changes]:
        parts = tuple(Spoken(text=word, confidence=0.9) if isinstance(word, str) else word for word in words)
        return await self.hear(Said(parts), number, visit=Visit(locale="en"), **fields)

    async def hear_keys(self, keys: str, *, is_secret: bool = False) -> None:
        """The caller types digits that the bot has asked for."""
        await self.says(Keyed(keys, is_secret=is_secret))

    async def zero(self, number: str = NUMBER) -> None:
        """The caller presses 0."""
        await self.says(Pick(id="person", text="A person", keys="0"), number=number, person="ivr_zero_out")

    async def newest(self, number: str = NUMBER) -> Session | None:
        found = await self.store.latest_sessions([(HOTLINE, Thread(number))])
        return found[0] if found else None

    async def session(self, number: str = NUMBER) -> Session:
        session = await self.newest(number)
        assert session is not None
        return session

    async def handoff(self, number: str = NUMBER) -> Handoff:
        handoff_id = (await self.session(number)).handoff_id
        assert handoff_id is not None
        handoff = await self.store.handoff(handoff_id)
        assert handoff is not None
        return handoff

    async def case(self, number: str = NUMBER) -> Case | None:
        return await self.store.case_of_session((await self.session(number)).id)

    async def messages(self, number: str = NUMBER) -> list[Message]:
        return await self.store.thread_messages(HOTLINE, Thread(number), 0, 1000)

    async def words(self, number: str = NUMBER) -> list[str]:
        """What has been said, as `author: text`; remarks are `(text)`."""
        return [
            f"({plain_text(one.parts)})" if one.why.get("is_remark") else f"{one.author.value}: {plain_text(one.parts)}"
            for one in await self.messages(number)
        ]

    async def hire(self, name: str = "a07", *, status: AgentStatus = AgentStatus.AVAILABLE, **fields: Any) -> Agent:
        given: dict[str, Any] = {"role": Role.AGENT, "capacity_units": 1} | fields
        now = self.clock.now()
        agent = Agent(
            id=AgentId(name), name=name, shown_name=f"Agent {name[-2:]}", password_hash="", created_at=now, status_since=now, status=status,
            seen_at=now, version=1, **given,
        )  # fmt: skip
        (outcome,) = await self.store.commit([Changes(agents=(agent,))])
        assert outcome is None
        return agent

    async def later(self, seconds: float, *present: Agent) -> None:
        """Let time pass, with these agents' desks still there, and make a round."""
        self.clock.advance(seconds)
        for agent in present:
            await self.desk.heartbeat(agent.id)
        await self.engine.round()

    async def served(self, agent: Agent, number: str = NUMBER) -> Session:
        """A caller who has asked for a person, and whom this agent has taken."""
        await self.call(number=number)
        await self.says("I am locked out", number=number)
        await self.zero(number)
        await self.later(1, agent)
        return await self.desk.accept(agent, (await self.session(number)).id)


def hotline(**fields: Any) -> Settings:
    """The settings of a house with one number."""
    return Settings(channels={"hotline": Phone(**fields)})


@asynccontextmanager
async def calls_house(
    folder: Path,
    settings: Settings | None = None,
    *,
    brain: Any = None,
    clock: FrozenClock | None = None,
    others: Mapping[ChannelName, Channel] = MappingProxyType({}),
) -> AsyncIterator[CallsHouse]:
    """A house whose number nobody has called yet. `others`: its channels that are no numbers."""
    aside = Aside()
    settings, ids, clock = settings or hotline(), CountedIds(), clock or FrozenClock()
    store = open_store(StoreSettings(url=f"sqlite:///{folder / 'frontdesk.db'}"), data_dir=folder, clock=clock)
    assert isinstance(store, SqliteStore)
    await store.open()
    bus = open_bus(BusSettings(), log=store, clock=clock)
    await bus.open()
    metrics, brain = Metrics(with_process=False), brain or Parrot()
    shared: dict[str, Any] = {"store": store, "clock": clock, "texts": TEXTS, "settings": settings}
    channels = MappingProxyType({name: others.get(name, _Line(name)) for name in map(ChannelName, settings.channels)})
    episodes = Episodes(
        **shared, brain=brain, door=Entrance(**shared), channels=channels, ids=ids, metrics=metrics, aside=aside,
    )  # fmt: skip
    engine = QueueEngine(**shared, bus=bus, ids=ids, worker=WorkerId("one"), metrics=metrics)
    try:
        yield CallsHouse(
            store, bus, clock, ids, settings, episodes, Desk(**shared, bus=bus, ids=ids, metrics=metrics), engine, brain, metrics, aside
        )
    finally:
        await bus.close()
        await store.close()


class _Line:
    """A number, as far as the middle sees it."""

    type = "phone"

    def __init__(self, name: ChannelName) -> None:
        self.name = name

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(reach=Reach.PULLED, text_max_bytes=4096, calls=True)

    def parse(self, raw: Raw) -> Parsed:
        return Parsed()

    async def send(self, part: Part, outgoing: Outgoing) -> Receipt:
        return Receipt()

"""A floor with a mailbox: mails are turns over the real record, agents and the queue work on them, and the clock is the test's."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from config.email import Email, Imap, Smtp
from config.schema import Hours, Queue, Settings
from gateway.core.channel import Capabilities, Channel, Grade, Parsed, Raw, Reach, event_key
from gateway.core.contact import Address, AddressKind, Proof
from gateway.core.decision import Ask, Decision, Kind, Lookup
from gateway.core.events import Event, Inbound, Said
from gateway.core.handoff import Reason
from gateway.core.ids import ChannelName, EntryId, Thread, session_id
from gateway.core.memory import BotMemory
from gateway.core.message import Message, Outgoing, Receipt
from gateway.core.parts import Choice, Letter, Part, Text, plain_text
from gateway.core.session import Session
from gateway.episode import Episodes
from handoff.telling import tell
from tests.fakes import FrozenClock
from tests.integration.floor import TEXTS, Floor, open_floor

MAIL = ChannelName("support")
CUSTOMER = Address(AddressKind.EMAIL, "", "customer@example.net")
MAILBOX = Email(address="support@example.com", imap=Imap(host="h", user="u"), smtp=Smtp(host="h"))
SETTINGS = Settings(
    channels={**Settings().channels, MAIL: MAILBOX}, queues={"default": Queue(hours="office")}, hours={"office": Hours(timezone="UTC")}
)
"""Open on workdays from nine to six, UTC."""


class Mailbox:
    """A mail channel as far as turns see it."""

    name = MAIL
    type = "email"
    capabilities = Capabilities(reach=Reach.PUSHED, text_max_bytes=32_768, markdown=Grade.NATIVE, is_whole=True, letters=True)

    def parse(self, raw: Raw) -> Parsed:
        return Parsed()

    async def send(self, part: Part, outgoing: Outgoing) -> Receipt:
        return Receipt()


class PoliteBrain:
    """Answers what it is asked; does something else where the words say so."""

    is_quick = True

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def decide(self, ask: Ask) -> Decision:
        self.asked.append(ask.text)
        told: dict[str, Any] = {"language": "en", "memory": ask.memory}
        match ask.text.split()[0].strip(",.!"):
            case "person":
                return Decision(kind=Kind.HANDOFF, reason=Reason.EXPLICIT_REQUEST, trigger="person", **told)
            case "Thanks":
                return Decision(kind=Kind.CHITCHAT, text="You are welcome.", trigger="thanks", **told)
            case "order":
                return Decision(kind=Kind.ANSWER, text="One moment.", lookup=Lookup(entry=EntryId("order"), action="orders"), **told)
            case "which":
                return Decision(kind=Kind.CLARIFY, text="Which order?", **told | {"memory": BotMemory(asking="order")})
            case "either":
                choices = (Choice("entry:a", "First"), Choice("entry:b", "Second"))
                return Decision(kind=Kind.CLARIFY, text="Which?", choices=choices, **told | {"memory": BotMemory(clarifications=1)})
            case "likely":
                told["memory"] = BotMemory(clarifications=1)
                return Decision(kind=Kind.CLARIFY, text="Maybe: **A** is so.", detail={"offered": ["a"]}, **told)
            case "Hello":
                return Decision(kind=Kind.CHITCHAT, text="What is it about?", trigger="greeting", **told)
            case "2":
                return Decision(kind=Kind.ANSWER, text="Second it is.", entry=EntryId("b"), detail={"picked": "entry:b"}, **told)
            case words:
                told["memory"] = BotMemory(entries=(*ask.memory.entries, words))
                return Decision(kind=Kind.ANSWER, text=f"Answer to {words}.", entry=EntryId(words), confidence=0.99, **told)


@dataclass
class MailFloor:
    """A floor, and the mails that come to it."""

    floor: Floor
    episodes: Episodes
    brain: PoliteBrain
    count: int = 0

    async def mail(
        self, text: str, thread: str = "t1", *, proof: Proof | None = Proof.DMARC, automatic: str = "", trouble: str = "", **fields: Any
    ) -> Session:  # fmt: skip
        """A mail comes; the session as it stands then."""
        self.count += 1
        parts: tuple[Part, ...] = (Letter(subject="About it", automatic=automatic, trouble=trouble), *((Text(text),) if text else ()))
        given: dict[str, Any] = {"sender": CUSTOMER, "at": self.floor.clock.now(), "addressing": f"to {self.count}"} | fields
        return await self.happens(
            Inbound(
                channel=MAIL, thread=Thread(thread), key=event_key(MAIL, str(self.count)), event=Said(parts), proof=proof, **given
            )
        )  # fmt: skip

    async def happens(self, inbound: Inbound) -> Session:
        found = await self.floor.store.latest_sessions([(MAIL, inbound.thread)])
        before = found[0] if found else None
        for changes in await self.episodes.handle(before, inbound):
            (outcome,) = await self.floor.store.commit([changes])
            assert outcome is None, outcome
            self.floor.metrics.count(changes)
            await tell(self.floor.bus, before, changes)
        return await self.session(str(inbound.thread))

    async def tells(self, event: Event, thread: str = "t1") -> Session:
        """Something that is no mail reaches the thread's lane."""
        self.count += 1
        key = event_key(MAIL, str(self.count))
        return await self.happens(
            Inbound(channel=MAIL, thread=Thread(thread), key=key, sender=CUSTOMER, at=self.floor.clock.now(), event=event)
        )

    async def session(self, thread: str = "t1", episode: int | None = None) -> Session:
        if episode is not None:
            found = await self.floor.store.session(session_id(MAIL, Thread(thread), episode))
            assert found is not None
            return found
        (newest,) = await self.floor.store.latest_sessions([(MAIL, Thread(thread))])
        return newest

    async def transcript(self, thread: str = "t1") -> list[Message]:
        return await self.floor.store.thread_messages(MAIL, Thread(thread), 0, 1000)

    async def words(self, thread: str = "t1") -> list[str]:
        """What stands in the transcript, as `author: text`."""
        return [f"{message.author.value}: {plain_text(message.parts)}" for message in await self.transcript(thread)]

    async def sent(self, thread: str = "t1") -> list[Outgoing]:
        """What is to go out."""
        return [row.outgoing for row in await self.floor.store.outgoing_of(MAIL, Thread(thread), 50)]

    async def traces(self, thread: str = "t1") -> list[str]:
        return [one.what for one in await self.floor.store.traces((await self.session(thread)).id)]


@asynccontextmanager
async def open_mail_floor(folder: Path, clock: FrozenClock, settings: Settings = SETTINGS) -> AsyncIterator[MailFloor]:
    channels: Mapping[ChannelName, Channel] = MappingProxyType({MAIL: Mailbox()})
    async with open_floor(folder, clock, settings) as floor:
        brain = PoliteBrain()
        episodes = Episodes(
            store=floor.store, brain=brain, door=floor.entrance, channels=channels, texts=TEXTS, clock=clock, ids=floor.ids,
            settings=settings, metrics=floor.metrics,
        )  # fmt: skip
        yield MailFloor(floor, episodes, brain)

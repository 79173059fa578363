"""A house with a number, an Official Account and a mailbox, and one customer of all three; over the embedded record."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from config.schema import Settings, WeChat, WeComKf
from gateway import linking
from gateway.core.allowance import Grant, Pocket
from gateway.core.changes import Changes
from gateway.core.channel import Capabilities, Reach, event_key
from gateway.core.contact import Address, AddressKind, Contact, Identity, Proof, contact_of
from gateway.core.decision import Candidate, Decision, Kind
from gateway.core.draft import Draft
from gateway.core.events import Inbound, LinksWanted, Said
from gateway.core.ids import ChannelName, EntryId, SessionId, Thread, WorkerId
from gateway.core.message import Outgoing
from gateway.core.parts import Text
from gateway.core.session import Linked, Move, Session, Way
from gateway.delivery import Delivery
from gateway.knowing import side_of
from gateway.metrics import Metrics
from gateway.standings import Standings
from gateway.turns import Turns
from tests.fakes import FrozenClock
from tests.integration.calls_house import HOTLINE, NUMBER, TEXTS, CallsHouse, calls_house, hotline
from tests.peers.push_channel import CountedChannel, PushChannel, texts
from tests.unit.adapters import written_mail

WE, MAIL = ChannelName("we"), ChannelName("mail")
PHONE = Address(AddressKind.PHONE, "", NUMBER)
OPENID = Address(AddressKind.OPENID, "wx1", "o1")
EMAIL = Address(AddressKind.EMAIL, "", "customer@example.net")
OA = WeChat(app_id="wx1", app_secret="s", token="t", mode="plain")
ANSWER = "See [the guide](https://help.example.net/refunds), or https://help.example.net/orders."
POSTED = "You asked us by phone: How refunds work\nhttps://help.example.net/refunds\nhttps://help.example.net/orders"


class Booth:
    """A house with a number, an Official Account and a mailbox, and what one customer does there."""

    def __init__(self, house: CallsHouse, we: CountedChannel) -> None:
        self.house, self.we = house, we
        self.chatter = OPENID
        answer = Decision(
            kind=Kind.ANSWER, language="en", text=ANSWER, entry=EntryId("e1"), confidence=1.0,
            candidates=(Candidate(EntryId("e1"), 1.0, "How refunds work"),),
        )  # fmt: skip
        house.brain.says = {"refund": answer}

    async def rings(self, proof: Proof = Proof.CHANNEL) -> None:
        """Calls, and is told of two pages: message 2."""
        await self.house.call(proof=proof)
        await self.house.says("refund", proof=proof)

    async def writes(self, text: str = "hello", count: int = 5) -> None:
        """In WeChat."""
        made = await self.house.episodes.handle(await self.chat(), self.said(text, count))
        assert await self.house.store.commit(made) == [None] * len(made)

    def said(self, text: str, count: int = 5) -> Inbound:
        """The like, not handled yet."""
        now = self.house.clock.now()
        key = event_key(WE, str(now.timestamp()), text)
        self.we.said(Thread("o1"))
        return Inbound(
            channel=WE, thread=Thread("o1"), key=key, sender=self.chatter, at=now, event=Said((Text(text),)),
            grant=Grant(pocket=Pocket.SAID, count=count, until=now + timedelta(hours=48)),
        )  # fmt: skip

    async def is_linked(self, address: Address, proof: Proof = Proof.AGENT) -> None:
        """Somebody has verified that this address is the caller's."""
        store, now = self.house.store, self.house.clock.now()
        own = Identity(address=PHONE, contact_id=contact_of(PHONE), verified_by=Proof.CHANNEL, at=now)
        await self._write(Changes(identities=(own,), contacts=(Contact(id=own.contact_id, created_at=now),)))
        other = Identity(address=address, contact_id=own.contact_id, verified_by=proof, at=now, linked_by="a07")
        await self._write(Changes(identities=(other,)))
        assert own.contact_id in {one.contact_id for one in await store.identities_of(own.contact_id)}

    async def is_parted(self, address: Address) -> None:
        """An agent takes the address away from them again."""
        store, now = self.house.store, self.house.clock.now()
        self.house.clock.advance(1)
        side = await side_of(store, address, await store.identity(address))
        home = await store.identities_of(contact_of(address))
        await self._write(Changes(identities=linking.parted(address, side.identities, home, now, "a07").identities))

    async def wants(self, way: Way = Way.WECHAT, seq: int = 2, proof: Proof = Proof.CHANNEL, key: str = "") -> list[Changes]:
        return await self.house.hear(LinksWanted(seq, way.value), key=key, proof=proof)

    def wish(self) -> Inbound:
        """An event that is not handled yet."""
        return Inbound(
            channel=HOTLINE, thread=Thread(NUMBER), key=event_key(HOTLINE, "a wish"), sender=PHONE, at=self.house.clock.now(),
            event=LinksWanted(2, "wechat"), proof=Proof.CHANNEL,
        )  # fmt: skip

    async def has(self, trouble: str) -> None:
        """Something is in the way of a message in WeChat."""
        match trouble:
            case "shut":
                self.house.clock.advance(49 * 3_600)
            case "used up" | "kept for agents":
                await self.delivers()
                self.house.clock.advance(1)
                await self.writes("again", count=0 if trouble == "used up" else 2)
                await self.delivers()
            case "an agent talks there":
                await self._moves(Move.HAND_OFF, Move.OFFER, Move.ACCEPT)
            case _:
                for word in "abcd":
                    await self.writes(word)

    async def ends_chat(self) -> None:
        await self._moves(Move.CLOSE)

    async def _moves(self, *moves: Move) -> None:
        chat = await self.chat()
        assert chat is not None
        draft = Draft(chat, now=self.house.clock.now(), ids=self.house.ids, is_pushed=True, is_joined=True)
        for move in moves:
            draft.move(move)
        await self._write(draft.changes())

    async def chat(self) -> Session | None:
        found = await self.house.store.latest_sessions([(WE, Thread("o1"))])
        return found[0] if found else None

    async def mails(self) -> list[Outgoing]:
        """What waits to go out by mail."""
        sessions = await self.house.store.earlier_sessions([EMAIL], SessionId(""), 10)
        rows = [row for one in sessions for row in await self.house.store.outgoing_of(one.channel, one.thread, 10)]
        return [row.outgoing for row in rows]

    async def delivers(self) -> list[str]:
        """What the customer reads in WeChat, all of it."""
        house = self.house
        delivery = Delivery(
            house.store, house.bus, {WE: self.we}, clock=house.clock, worker=WorkerId("one"), metrics=Metrics(with_process=False),
            poll_s=0.05, drain_s=0.0, texts=TEXTS,
        )  # fmt: skip
        await delivery.send_due()
        return list(texts(self.we))

    async def linked(self) -> Linked | None:
        call = (await self.house.session()).call
        return call.linked if call else None

    def turns(self) -> Turns:
        house = self.house
        return Turns(store=house.store, bus=house.bus, episodes=house.episodes, clock=house.clock, metrics=house.metrics)

    async def ways(self) -> tuple[Way, ...]:
        """What the call's leg is told."""
        house, session = self.house, await self.house.session()
        return (await Standings(house.store, house.clock, house.settings).of(session, (None, None))).ways

    async def _write(self, *changes: Changes) -> None:
        assert await self.house.store.commit(list(changes)) == [None] * len(changes)


@asynccontextmanager
async def open_booth(folder: Path, oa: WeChat | WeComKf = OA, **phone: Any) -> AsyncIterator[Booth]:
    clock = FrozenClock()
    line = hotline(**{"trust_caller_id": True, **phone}).channels["hotline"]
    we, mailbox = CountedChannel(clock), PushChannel(name="mail")
    mailbox.capabilities = Capabilities(reach=Reach.PUSHED, text_max_bytes=100_000, is_whole=True, letters=True)
    settings = Settings(channels={"hotline": line, "we": oa, "mail": written_mail.SETTINGS})
    async with calls_house(folder, settings, clock=clock, others={WE: we, MAIL: mailbox}) as house:
        yield Booth(house, we)

"""The desk's house with WeChat in it: an Official Account that counts what is sent, and customers who wrote there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from msgspec import structs

from config.wechat import NoticeTemplate, WeChat
from gateway.core.allowance import Grant, Pocket
from gateway.core.changes import Allowed, Changes
from gateway.core.contact import Address, AddressKind, Contact, Identity, Proof
from gateway.core.draft import Draft
from gateway.core.events import Inbound, Said
from gateway.core.handoff import Agent, Handoff, Stage
from gateway.core.ids import ChannelName, ContactId, EventKey, HandoffId, SessionId, Thread, session_id
from gateway.core.parts import Text
from gateway.core.ports import Waiting
from gateway.core.session import Move, Session
from handoff import moves
from tests.integration.desk_house import DEFAULT, SETTINGS, House, Page, open_house, packet
from tests.peers.push_channel import CountedChannel

OA = ChannelName("oa")
APP = "wx0123456789abcdef"
SHIPPED = NoticeTemplate(id="t1", title={"zh-CN": "发货通知"}, text="订单 {{character_string1.DATA}} 由 {{thing2.DATA}} 送出")
ACCOUNT = WeChat(app_id=APP, app_secret="s", token="token", mode="plain", templates={"shipped": SHIPPED})
COUNTED = structs.replace(SETTINGS, channels={**SETTINGS.channels, OA: ACCOUNT})


@asynccontextmanager
async def open_counted_house(folder: Path) -> AsyncIterator[House]:
    """The application with the account's channel, which keeps to its peer's rules."""
    async with open_house(folder, COUNTED) as house:
        house.channels[OA] = CountedChannel(house.clock, name=OA)
        yield house


def follower(openid: str) -> Address:
    return Address(AddressKind.OPENID, APP, openid)


async def wrote(house: House, openid: str = "oUser-k3Xq", *, with_: Agent | None = None) -> Session:
    """A customer who wrote on WeChat just now; waits in the queue, or is the agent's."""
    now, thread = house.clock.now(), Thread(openid)
    draft = Draft(
        Session(
            id=session_id(OA, thread, 1), channel=OA, thread=thread, episode=1, address=follower(openid), opened_at=now, state_since=now
        ),
        now=now, ids=house.deps.ids, is_pushed=True, is_joined=True,
    )  # fmt: skip
    said = Said((Text("我的订单呢"),))
    inbound = Inbound(channel=OA, thread=thread, key=EventKey(f"oa/{openid}/1"), sender=follower(openid), at=now, event=said)
    draft.hear(inbound, said.parts)
    handoff = Handoff(
        id=HandoffId(f"h-{openid}"), session_id=draft.session.id, channel=OA, queue=DEFAULT, stage=Stage.QUEUED,
        reason=packet("").reason, requested_at=now, packet=packet("我的订单呢"),
    )  # fmt: skip
    draft.move(Move.HAND_OFF, queue=DEFAULT, handoff_id=handoff.id)
    handoff = draft.put_handoff(handoff)
    if with_ is not None:
        moves.accept(draft, moves.offer(draft, handoff, with_.id, 30, (), {}), with_, house.deps.texts)
    session = await house.commit(None, draft)
    await grant(house, thread)
    return session


async def grant(house: House, thread: Thread, count: int = 5) -> None:
    """The customer's word lets us send so many messages for 48 hours."""
    until = house.clock.now() + timedelta(hours=48)
    given = Grant(pocket=Pocket.SAID, count=count, until=until)
    await house.write(Changes(allowed=(Allowed(channel=OA, thread=thread, grant=given, release_at=house.clock.now()),)))


async def rows(house: House, thread: str) -> list[Waiting]:
    """The thread's outbox."""
    return await house.deps.store.outgoing_of(OA, Thread(thread), 50)


async def linked(house: House, *addresses: Address, by: Proof = Proof.SCAN) -> ContactId:
    """These addresses are one customer's, and verified to be."""
    contact = ContactId("c1")
    now = house.clock.now()
    made = tuple(Identity(address=one, contact_id=contact, verified_by=by, at=now) for one in addresses)
    await house.write(Changes(contacts=(Contact(id=contact, created_at=now),), identities=made))
    return contact


def on_site(visitor: str) -> Address:
    return Address(AddressKind.VISITOR, "site", visitor)


async def window_of(page: Page, session: SessionId) -> dict[str, Any]:
    found: dict[str, Any] = (await page.get(f"/desk/api/sessions/{session}/window")).body["window"]
    return found

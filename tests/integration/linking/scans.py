"""What the tests of links share: an account whose codes are scanned, and what both sides then see."""

import asyncio
from typing import Any

from gateway.core.contact import Address, AddressKind
from gateway.core.events import Came, Inbound
from gateway.core.ids import ChannelName, EventKey, Thread
from gateway.core.parts import plain_text
from gateway.core.session import Session
from tests.integration.chat_world import ChatWorld, Client
from tests.integration.test_webchat_rotation import bearer
from tests.peers.push_channel import PushChannel

OA = ChannelName("oa")
OPENID = Address(AddressKind.OPENID, "wx1", "o1")


class Account(PushChannel):
    """An account that makes scene codes."""

    def __init__(self) -> None:
        super().__init__(name="oa", text_max_bytes=2048)
        self.codes: list[str] = []
        self.fails: Exception | None = None
        self.ending = ""

    async def scene_qr(self, code: str, ttl_s: float) -> str:
        assert ttl_s == 600
        if self.fails is not None:
            raise self.fails
        self.codes.append(code)
        return f"http://weixin.example/q/{code}{self.ending}"


async def made(world: ChatWorld, client: Client, status: int = 200) -> dict[str, Any]:
    async with world.http.post(f"{world.site}/link", headers=bearer(client.welcome["token"])) as answer:
        assert answer.status == status, await answer.text()
        return dict(await answer.json())


async def scan(world: ChatWorld, code: str, key: str = "s1", who: Address = OPENID) -> None:
    event = Inbound(
        channel=OA, thread=Thread(who.value), key=EventKey(f"oa/{key}"), sender=who, at=world.deps.clock.now(), event=Came("scanned", code)
    )  # fmt: skip
    await world.deps.accept(event)


async def told(world: ChatWorld, count: int, who: Address = OPENID) -> list[str]:
    """What the account's customer has been told, once it is so much."""
    async with asyncio.timeout(30):
        while len(messages := await world.store.thread_messages(OA, Thread(who.value), 0, 50)) < count:
            await asyncio.sleep(0.01)
    return [plain_text(message.parts) for message in messages]


async def newest(world: ChatWorld, channel: str, thread: str) -> Session:
    (session,) = await world.store.latest_sessions([(ChannelName(channel), Thread(thread))])
    return session


async def web_session(world: ChatWorld, client: Client) -> Session:
    (session,) = await world.store.sessions([client.welcome["session"]])
    return session

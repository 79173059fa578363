"""Every channel keeps the channel contract."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import pytest
from aiohttp import web

from adapters.api import ApiChannel
from adapters.shared.signing import signature
from adapters.webchat.channel import Caller, WebChat
from adapters.webchat.tokens import Visitor
from config.schema import Api
from config.schema import WebChat as WebChatSettings
from gateway.core.channel import Channel, Raw, Reach
from gateway.core.contact import Address, AddressKind
from gateway.core.errors import TryLater
from gateway.core.ids import ChannelName, SessionId, Thread
from gateway.core.parts import Choice, Choices, Text
from tests.contract.channel_kit import AT, AT_MS, NAME, ChannelKit, Peer, PushedKit, outgoing_of
from tests.peers.processes import free_port

KEY = b"an installation's signing key, 32+"
JWT_SECRET = "a shared secret of thirty-two bytes or more"
API_TOKEN = "a bearer token of the peer"
API_KEY = b"the webhook key, 24 bytes or more"
API_SECRET = "whsec_" + base64.b64encode(API_KEY).decode()


# ---- web chat -------------------------------------------------------------------------------------------------------------------


class TestWebChat(ChannelKit):
    """Web chat: its peer is a socket whose visitor the edge has verified."""

    secrets: ClassVar[tuple[str, ...]] = (KEY.decode(), JWT_SECRET, "mellifluous")

    def channel(self) -> Channel:
        async def signal(topic: str, payload: bytes) -> None:
            pass

        return WebChat(NAME, WebChatSettings(jwt_secret=JWT_SECRET), KEY, signal)

    def raws(self) -> Sequence[Raw]:
        return [
            self._raw(type="message", cid="c1", text="mellifluous"),
            self._raw(type="message", cid="c2", choice="refund", text="A refund"),
            self._raw(type="read", seq=4),
            self._raw(type="rate", score=5, comment="good"),
            self._raw(type="rate", score=4),
            self._raw(type="end"),
        ]

    def forged(self) -> Sequence[Raw]:
        body = json.dumps({"type": "message", "cid": "c1", "text": "mellifluous"}).encode()
        other = Caller(visitor=Visitor(site=ChannelName("other"), id=Thread("v1"), issued_at=AT))
        return [
            Raw(body=body, received_at_ms=AT_MS),
            Raw(body=body, received_at_ms=AT_MS, context={"caller": other}),
            Raw(body=body, received_at_ms=AT_MS, context={"caller": "v1"}),
        ]

    def _raw(self, **frame: Any) -> Raw:
        caller = Caller(visitor=Visitor(site=NAME, id=Thread("v1"), issued_at=AT), session=SessionId("s1"))
        return Raw(body=json.dumps(frame).encode(), received_at_ms=AT_MS, context={"caller": caller})

    async def test_sending_wakes_the_thread(self) -> None:
        woken: list[tuple[str, bytes]] = []

        async def signal(topic: str, payload: bytes) -> None:
            woken.append((topic, payload))

        channel = WebChat(NAME, WebChatSettings(), KEY, signal)
        assert channel.capabilities.reach is Reach.PULLED
        await channel.send(Text("hello"), outgoing_of(Text("hello"), Address(AddressKind.VISITOR, NAME, "v1")))
        assert woken == [("thread/kit/v1", b"")]

    async def test_a_bus_that_is_away_may_be_tried_later(self) -> None:
        async def signal(topic: str, payload: bytes) -> None:
            raise ConnectionError("away")

        channel = WebChat(NAME, WebChatSettings(), KEY, signal)
        with pytest.raises(TryLater):
            await channel.send(Text("hello"), outgoing_of(Text("hello"), Address(AddressKind.VISITOR, NAME, "v1")))


# ---- api ------------------------------------------------------------------------------------------------------------------------


class WebhookPeer(Peer):
    """A real web server that is told how to answer."""

    def __init__(self) -> None:
        self._status: int | None = 200
        self._retry_after: str | None = None
        self._breaks_off = False
        self._received: list[tuple[dict[str, str], bytes]] = []

    def answers(self, status: int, retry_after: str | None = None) -> None:
        self._status, self._retry_after, self._breaks_off = status, retry_after, False

    def hangs(self) -> None:
        self._status, self._breaks_off = None, False

    def breaks_off(self) -> None:
        self._breaks_off = True

    def received(self) -> Sequence[tuple[dict[str, str], bytes]]:
        return self._received

    async def handle(self, request: web.Request) -> web.Response:
        self._received.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        if self._breaks_off:
            assert request.transport is not None
            request.transport.abort()
        if self._status is None:
            await asyncio.sleep(30)
        headers = {"Retry-After": self._retry_after} if self._retry_after else {}
        return web.Response(status=self._status or 200, headers={**headers, "Location": "/elsewhere"})


class TestApi(PushedKit):
    """The channel for systems of one's own."""

    secrets: ClassVar[tuple[str, ...]] = (API_TOKEN, API_SECRET, "mellifluous")

    def channel(self) -> Channel:
        return _api("http://127.0.0.1:9/hook")

    def raws(self) -> Sequence[Raw]:
        return [
            self._raw(id="m1", thread="user-7", text="mellifluous", name="A name", locale="zh-CN"),
            self._raw(id="m2", thread="user-7", choice="refund"),
            self._raw(id="m3", thread="user-7", rating={"score": 5}),
            self._raw(id="m4", thread="user-7", ended=True),
        ]

    def forged(self) -> Sequence[Raw]:
        body = self.raws()[0].body
        return [
            Raw(body=body, received_at_ms=AT_MS, headers=headers)
            for headers in ({}, {"Authorization": API_TOKEN}, {"Authorization": "Bearer x"}, {"Authorization": "Bearer é\udcff"})
        ]

    def to(self) -> Address:
        return Address(AddressKind.API, NAME, "user-7")

    @asynccontextmanager
    async def connected(self, patience_s: float = 20.0) -> AsyncIterator[tuple[Channel, Peer]]:
        peer = WebhookPeer()
        app = web.Application()
        app.router.add_post("/hook", peer.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        channel = _api(f"http://127.0.0.1:{site.port}/hook", patience_s)
        try:
            yield channel, peer
        finally:
            await channel.close()
            await runner.cleanup()

    @asynccontextmanager
    async def unconnected(self) -> AsyncIterator[Channel]:
        channel = _api(f"http://127.0.0.1:{free_port()}/hook")
        try:
            yield channel
        finally:
            await channel.close()

    def _raw(self, **message: Any) -> Raw:
        return Raw(body=json.dumps(message).encode(), received_at_ms=AT_MS, headers={"authorization": f"Bearer {API_TOKEN}"})

    async def test_a_webhook_is_signed_and_says_everything(self) -> None:
        question = Choices("Which one?", (Choice("refund", "A refund"),))
        async with self.connected() as (channel, peer):
            receipt = await channel.send(question, outgoing_of(question, self.to(), parts_sent=1))
            ((headers, body),) = peer.received()
        assert headers["webhook-id"] == receipt.channel_message_id == "OUT1_1"
        assert headers["webhook-timestamp"] == "1793611800"
        assert headers["webhook-signature"] == signature(API_KEY, "OUT1_1", 1_793_611_800, body)
        assert json.loads(body) == {
            "type": "message.created",
            "timestamp": "2026-11-02T09:30:00Z",
            "data": {
                "channel": "kit", "thread": "user-7", "session": "SESSION", "message": "M2", "seq": 2, "part_index": 1, "author": "bot",
                "name": "Assistant", "reply_to": 1, "at": "2026-11-02T09:30:00Z",
                "part": {"type": "choices", "text": "Which one?", "options": [{"id": "refund", "text": "A refund"}]},
            },
        }  # fmt: skip

    def test_repeats_do_no_harm(self) -> None:
        assert self.channel().capabilities.is_idempotent


def _api(url: str, patience_s: float = 20.0) -> ApiChannel:
    settings = Api(token=API_TOKEN, webhook_url=url, webhook_secret=API_SECRET, timeout_s=patience_s)
    return ApiChannel(NAME, settings, now_s=lambda: AT_MS / 1000)

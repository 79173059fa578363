"""WeChat's Official Account keeps the channel contract."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import ClassVar

import msgspec
from aiohttp import web

from adapters.wechat import WeChatChannel
from gateway.core.channel import (
    AnswersInPlace,
    Channel,
    Examinable,
    Fetches,
    NotesPushes,
    Raw,
    ShowsScene,
    ShowsTyping,
)
from gateway.core.contact import Address, AddressKind
from tests.contract.channel_kit import NAME, ChannelKit, Peer, PushedKit
from tests.contract.test_channels import WebhookPeer
from tests.peers.processes import free_port
from tests.unit.adapters.wechat_account import AES_KEY, APP_ID, OPENID, SECRET, TOKEN, account, channel, fields, raw_of


class ApiPeer(WebhookPeer):
    """A platform's API, which gives tokens without counting and takes what it is told to take."""

    token = "t" * 512
    taken = '{"errcode": 0, "errmsg": "ok"}'

    async def handle(self, request: web.Request) -> web.Response:
        response = await super().handle(request)
        if response.status == 200:
            response.text = self.taken
        return response

    async def give_token(self, request: web.Request) -> web.Response:
        return web.json_response({"errcode": 0, "errmsg": "ok", "access_token": self.token, "expires_in": 7200})


class TestWeChat(PushedKit):
    """An Official Account in safe mode."""

    secrets: ClassVar[tuple[str, ...]] = (TOKEN, SECRET, AES_KEY, "t" * 512, "mellifluous")

    def channel(self) -> Channel:
        return self._channel("http://127.0.0.1:9")

    def raws(self) -> Sequence[Raw]:
        return [
            raw_of(fields(Content="mellifluous")),
            raw_of(fields(Content="退款", MsgId="2"), to=account(style="json")),
            raw_of(fields(Content="both ways", MsgId="3"), to=account(mode="compatible")),
            raw_of(fields(Content="A refund", bizmsgmenuid="refund", MsgId="4")),
            raw_of(fields(MsgType="image", MediaId="m1", PicUrl="http://mmbiz.qpic.cn/1", MsgId="5")),
            raw_of(fields(MsgType="voice", MediaId="m2", Format="amr", Recognition="你好", MsgId="6")),
            raw_of(fields(MsgType="location", Location_X="23.137466", Location_Y="113.352425", Scale="20", Label="广州", MsgId="7")),
            raw_of(fields(MsgType="hologram", MsgId="8")),
            raw_of(fields(Event="subscribe", EventKey="")),
            raw_of(fields(Event="subscribe", EventKey="qrscene_fd_0123456789ABCDEF", Ticket="T")),
            raw_of(fields(Event="unsubscribe", EventKey="")),
            raw_of(fields(Event="SCAN", EventKey="fd_0123456789ABCDEF", Ticket="T")),
            raw_of(fields(Event="CLICK", EventKey="REFUND")),
            raw_of(fields(Event="VIEW", EventKey="https://example.com/")),
            raw_of(fields(Event="TEMPLATESENDJOBFINISH", MsgID="200163836", Status="success")),
        ]

    def forged(self) -> Sequence[Raw]:
        good = raw_of(fields(Content="mellifluous"))
        return [
            msgspec.structs.replace(good, query={}),
            msgspec.structs.replace(good, query={**good.query, "signature": "0" * 40}),
            msgspec.structs.replace(good, query={**good.query, "msg_signature": "0" * 40}),
            msgspec.structs.replace(good, query={**good.query, "signature": "é\udcff"}),
            raw_of(fields(Content="mellifluous"), to=account(token="anotherToken")),
            raw_of(fields(Content="mellifluous"), to=account(mode="plain")),
            raw_of(fields(Content="mellifluous"), received_s=1_793_611_800 + 601),
        ]

    def to(self) -> Address:
        return Address(AddressKind.OPENID, APP_ID, OPENID)

    @asynccontextmanager
    async def connected(self, patience_s: float = 20.0) -> AsyncIterator[tuple[Channel, Peer]]:
        peer = ApiPeer()
        app = web.Application()
        app.router.add_post("/cgi-bin/stable_token", peer.give_token)
        app.router.add_post("/cgi-bin/message/custom/send", peer.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        channel = self._channel(f"http://127.0.0.1:{site.port}", patience_s)
        try:
            yield channel, peer
        finally:
            await channel.close()
            await runner.cleanup()

    @asynccontextmanager
    async def unconnected(self) -> AsyncIterator[Channel]:
        channel = self._channel(f"http://127.0.0.1:{free_port()}")
        try:
            yield channel
        finally:
            await channel.close()

    def test_it_can_do_more_than_every_channel(self) -> None:
        channel = self.channel()
        for ability in (AnswersInPlace, Examinable, Fetches, NotesPushes, ShowsScene, ShowsTyping):
            assert isinstance(channel, ability), ability

    def _channel(self, api_base: str, patience_s: float = 20.0) -> WeChatChannel:
        return channel(name=NAME, api_base=api_base, timeout_s=patience_s)


class TestWeChatInPlainText(ChannelKit):
    """The weakest mode: whatever stands in the body is read, as long as its address is signed."""

    secrets: ClassVar[tuple[str, ...]] = (TOKEN, SECRET, "mellifluous")

    def channel(self) -> Channel:
        return channel(name=NAME, mode="plain", aes_key="")

    def raws(self) -> Sequence[Raw]:
        return [
            raw_of(fields(Content="mellifluous"), to=account(mode="plain")),
            raw_of(fields(Content="退款", MsgId="2"), to=account(mode="plain", style="json"), nonce="2"),
            raw_of(fields(MsgType="link", Title="t", Url="https://example.com", MsgId="3"), to=account(mode="plain"), nonce="3"),
            raw_of(fields(Event="CLICK", EventKey="REFUND"), to=account(mode="plain"), nonce="4"),
        ]

    def forged(self) -> Sequence[Raw]:
        good = self.raws()[0]
        return [
            msgspec.structs.replace(good, query={**good.query, "nonce": "another"}),
            raw_of(fields(), to=account(mode="plain", token="anotherToken")),
            raw_of(fields(), to=account(mode="plain"), received_s=1_793_611_800 - 601),
            raw_of(fields()),
        ]

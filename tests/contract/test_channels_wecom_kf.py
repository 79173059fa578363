"""微信客服 keeps the channel contract. Its events come from its listener: a callback only says that there are some."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import ClassVar

import msgspec
import pytest
from aiohttp import web

from gateway.core.channel import Channel, Examinable, Fetches, Listening, NotesPushes, Raw, Wakes
from gateway.core.contact import Address, AddressKind
from gateway.core.errors import Forged
from tests.contract.channel_kit import AT_MS, NAME, Peer, PushedKit
from tests.contract.test_channels_wechat import ApiPeer
from tests.peers.processes import free_port
from tests.peers.wechat.clock import START, MovableClock
from tests.peers.wechat.kf import KfPlatform
from tests.unit.adapters.kf_means import CORP_ID, opened, settings_of

ACCESS_TOKEN = "t" * 214


class KfPeer(ApiPeer):
    """WeCom's API, told how to answer `send_msg`."""

    token = ACCESS_TOKEN
    taken = '{"errcode": 0, "errmsg": "ok", "msgid": "OUT1-0"}'


class TestWeComKf(PushedKit):
    """微信客服 of one company."""

    secrets: ClassVar[tuple[str, ...]] = (settings_of("").secret, settings_of("").token, settings_of("").aes_key, ACCESS_TOKEN)

    def channel(self) -> Channel:
        return opened(settings_of("http://127.0.0.1:9"), name=NAME)

    def raws(self) -> Sequence[Raw]:
        platform = _platform()
        return [_pushed(platform, account) for account in ("wkAJ2GCAAASSm4_FhToWMFea0xAFfd3Q", "wk-2", "")]

    def forged(self) -> Sequence[Raw]:
        good, stranger = _pushed(_platform(), "wk1"), _platform()
        stranger.token = "AnotherToken"
        return [
            msgspec.structs.replace(good, query={}),
            msgspec.structs.replace(good, query={**good.query, "msg_signature": "0" * 40}),
            msgspec.structs.replace(good, query={**good.query, "msg_signature": "é\udcff"}),
            msgspec.structs.replace(good, query={"signature": "0" * 40, "timestamp": good.query["timestamp"], "nonce": "1"}),
            msgspec.structs.replace(good, received_at_ms=AT_MS + 601_000),
            _pushed(stranger, "wk1"),
        ]

    def to(self) -> Address:
        return Address(AddressKind.WECOM_USER, CORP_ID, "wk1:wm1")

    @asynccontextmanager
    async def connected(self, patience_s: float = 20.0) -> AsyncIterator[tuple[Channel, Peer]]:
        peer = KfPeer()
        app = web.Application()
        app.router.add_get("/cgi-bin/gettoken", peer.give_token)
        app.router.add_post("/cgi-bin/kf/send_msg", peer.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        channel = opened(settings_of(f"http://127.0.0.1:{site.port}", timeout_s=patience_s), name=NAME)
        try:
            yield channel, peer
        finally:
            await channel.close()
            await runner.cleanup()

    @asynccontextmanager
    async def unconnected(self) -> AsyncIterator[Channel]:
        channel = opened(settings_of(f"http://127.0.0.1:{free_port()}"), name=NAME)
        try:
            yield channel
        finally:
            await channel.close()

    def test_what_the_peer_sends_becomes_events_of_this_channel(self) -> None:
        """Not by `parse`: a callback is news for the listener, and no event."""
        for raw in self.raws():
            parsed = self.channel().parse(raw)
            assert parsed.events == ()
            assert parsed.news
            assert parsed.reply.body == b"success"

    def test_a_callback_for_another_company_is_refused(self) -> None:
        elsewhere = _platform()
        elsewhere.corp_id = "ww9999999999999999"
        with pytest.raises(Forged) as refused:
            self.channel().parse(_pushed(elsewhere, "wk1"))
        assert refused.value.code == "app"

    def test_repeats_do_no_harm(self) -> None:
        assert self.channel().capabilities.is_idempotent

    def test_it_can_what_it_must(self) -> None:
        channel = self.channel()
        assert isinstance(channel, Listening)
        assert isinstance(channel, Wakes)
        assert isinstance(channel, NotesPushes)
        assert isinstance(channel, Fetches)
        assert isinstance(channel, Examinable)


def _platform() -> KfPlatform:
    return KfPlatform(MovableClock(START, speed=0))


def _pushed(platform: KfPlatform, open_kfid: str) -> Raw:
    query, body = platform.callback(open_kfid)
    return Raw(body=body, received_at_ms=AT_MS, method="POST", path="/wechat/kit", query=query)

"""`/phone/{channel}` over HTTP: a call from its first webhook to its end, and what is refused."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from adapters.phone.driver import Digit, Speech
from gateway.core.channel import Raw, Reply
from gateway.core.ids import ChannelName
from gateway.web import phone
from gateway.web.deps import DEPS
from gateway.web.middleware import front
from tests.peers.twiml.cloud import Cloud, Got
from tests.peers.twiml.rig import KEY, Rig, rig, ring
from tests.unit.web.application import deps

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Number:
    """A channel of this kind, as the web sees it."""

    type = "phone"

    def __init__(self, one: Rig) -> None:
        self.one = one

    async def webhook(self, raw: Raw) -> Reply:
        return await self.one.driver.webhook(raw)


def client_of(one: Rig) -> TestClient[Any, Any]:
    channels = {ChannelName("hotline"): Number(one), ChannelName("site"): SimpleNamespace(type="api")}
    app = web.Application(middlewares=[front])
    app[DEPS] = deps(channels=channels, clock=one.clock)
    app.add_routes(phone.routes())
    return TestClient(TestServer(app))


async def test_a_call_comes_in_over_http_and_hears_a_sound_of_ours() -> None:
    one = rig()
    async with client_of(one) as client, one.running():

        async def door(method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Got:
            response = await client.request(method, target, data=body or None, headers=headers)
            return Got(response.status, response.content_type, await response.read())

        cloud = Cloud(door, one.clock)
        call, caller = await ring(one, cloud, "Hello & welcome.")
        await caller.press("9")
        assert (await call.next(), await call.next())[1] == Digit("9")
        await call.leg.play(Speech(text="", language="en", pcm=bytes(3_200)), "m2")
        await call.leg.hangup()
        await caller.wait()
        assert caller.heard[0] == "Hello & welcome."
        assert await cloud.sound_ms(caller.heard[1]) == 200
        assert (await call.ended()).why == "by_us"


async def test_what_nobody_signed_is_refused_and_what_is_not_there_is_not_found() -> None:
    one = rig()
    async with client_of(one) as client, one.running():
        asked = [
            ("POST", "/phone/hotline/voice", b"CallSid=CA1", 403),
            ("POST", "/phone/hotline/status", b"", 403),
            ("POST", "/phone/hotline/voice", b"\xff%", 400),
            ("POST", "/phone/hotline/voice", b"a" * 70_000, 413),
            ("POST", "/phone/hotline/admin", b"", 404),
            ("POST", "/phone/nobody/voice", b"", 404),
            ("POST", "/phone/site/voice", b"", 404),
            ("GET", "/phone/hotline/voice", b"", 405),
            ("GET", "/phone/hotline/audio/AAAA.wav", b"", 404),
            ("GET", "/phone/site/audio/AAAA.wav", b"", 404),
        ]
        got = [
            (method, path, (await client.request(method, path, data=body or None, headers=FORM)).status) for method, path, body, _ in asked
        ]
        assert got == [(method, path, status) for method, path, _, status in asked]
        assert one.taken.empty()


async def test_a_sound_may_be_kept_by_the_cloud_and_is_what_it_says() -> None:
    one = rig()
    async with client_of(one) as client, one.running():
        call, caller = await ring(one, Cloud(one.door, one.clock))
        await call.leg.play(Speech(text="", language="en", pcm=bytes(320)), "m1")
        await call.leg.hear(KEY)
        await caller.wait()
        response = await client.get(caller.heard[0].removeprefix("https://help.example.com"))
        assert (response.status, response.content_type, response.headers["Cache-Control"]) == (200, "audio/wav", "private, max-age=3600")

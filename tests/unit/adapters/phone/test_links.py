"""Links by short message: signed, to the caller alone, not often."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from adapters.phone.links import PER_HOUR_COUNT, Links
from adapters.shared.signing import read_secret, signature
from config.phone import Phone
from config.texts import load_texts
from gateway.core.ids import ChannelName
from gateway.core.texts import Texts
from tests.fakes import FrozenClock

SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
NUMBER = "+8613800138000"


class Shelf:
    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    async def get(self, name: str) -> str | None:
        return self.values.get(name)

    async def put(self, name: str, value: str, ttl_s: float) -> None:
        self.values[name] = value

    async def drop(self, name: str) -> None:
        self.values.pop(name, None)


class Service:
    """The operator's service for short messages."""

    status = 200

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []

    async def take(self, request: web.Request) -> web.Response:
        self.got.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        return web.Response(status=self.status)


@pytest.fixture
async def service(aiohttp_server: Any) -> AsyncIterator[tuple[Service, Links]]:
    service, app = Service(), web.Application()
    app.router.add_post("/send", service.take)
    server = await aiohttp_server(app)
    settings = Phone(sms_url=str(server.make_url("/send")), sms_secret=SECRET)
    links = Links(ChannelName("hotline"), settings, texts=Texts(load_texts()), shelf=Shelf(), clock=FrozenClock())
    yield service, links
    await links.close()


async def test_a_link_goes_to_the_caller_signed_in_their_language(service: tuple[Service, Links]) -> None:
    peer, links = service
    assert await links.send(NUMBER, ("https://help.example.net/a",), "en")
    headers, body = peer.got[0]
    assert body == b'{"to":"+8613800138000","text":"Here is your link: https://help.example.net/a"}'
    assert headers["webhook-signature"] == signature(read_secret(SECRET), headers["webhook-id"], int(headers["webhook-timestamp"]), body)


async def test_nothing_goes_to_whoever_withholds_the_number_or_without_a_link(service: tuple[Service, Links]) -> None:
    peer, links = service
    assert not await links.send("", ("https://help.example.net/a",), "en")
    assert not await links.send("4001", ("https://help.example.net/a",), "en")
    assert not await links.send(NUMBER, ("javascript:alert(1)", "https://help.example.net/" + "a" * 600), "en")
    assert peer.got == []


async def test_one_number_gets_a_few_an_hour(service: tuple[Service, Links]) -> None:
    peer, links = service
    sent = [await links.send(NUMBER, (f"https://help.example.net/{n}",), "en") for n in range(PER_HOUR_COUNT + 2)]
    assert sent == [True] * PER_HOUR_COUNT + [False, False]
    assert len(peer.got) == PER_HOUR_COUNT


async def test_a_service_that_refuses_is_told_as_a_failure(service: tuple[Service, Links]) -> None:
    peer, links = service
    peer.status = 500
    assert not await links.send(NUMBER, ("https://help.example.net/a",), "en")

"""A system of one's own as a channel: it posts, and gets the answer by signed webhook."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from adapters.api import ApiChannel
from adapters.shared.signing import signature
from config.schema import Api
from gateway.core.channel import Grade
from gateway.core.contact import Address, AddressKind
from gateway.core.errors import Busy
from gateway.core.ids import ChannelName, Thread, WorkerId
from gateway.core.parts import File, FileRef
from gateway.delivery import Delivery
from gateway.links import FileLinks
from gateway.metrics import Metrics
from tests.contract.channel_kit import outgoing_of
from tests.integration.chat_world import ChatWorld, chat_world

ERP = ChannelName("erp")
TOKEN = "a bearer token of the peer"
KEY = b"the webhook key, 24 bytes or more"


class Webhook:
    """The peer's end: keeps what it is sent, refuses the first so many."""

    def __init__(self) -> None:
        self.url = ""
        self.refusals = 0
        self.received: asyncio.Queue[tuple[dict[str, str], bytes]] = asyncio.Queue()

    async def handle(self, request: web.Request) -> web.Response:
        if self.refusals:
            self.refusals -= 1
            return web.Response(status=503, headers={"Retry-After": "0"})
        await self.received.put(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        return web.Response(status=204)

    async def next(self) -> tuple[dict[str, str], dict[str, Any]]:
        async with asyncio.timeout(30):
            headers, body = await self.received.get()
        stamp = int(headers["webhook-timestamp"])
        assert headers["webhook-signature"] == signature(KEY, headers["webhook-id"], stamp, body)
        told: dict[str, Any] = json.loads(body)
        return headers, told


@asynccontextmanager
async def listening(webhook: Webhook) -> AsyncIterator[None]:
    app = web.Application()
    app.router.add_post("/hook", webhook.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    webhook.url = f"http://127.0.0.1:{site.port}/hook"
    yield
    await runner.cleanup()


@pytest.fixture
async def webhook() -> AsyncIterator[Webhook]:
    made = Webhook()
    async with listening(made):
        yield made


@pytest.fixture
async def world(tmp_path: Path, webhook: Webhook) -> AsyncIterator[ChatWorld]:
    secret = "whsec_" + base64.b64encode(KEY).decode()
    channel = ApiChannel(ERP, Api(token=TOKEN, webhook_url=webhook.url, webhook_secret=secret))
    async with chat_world(tmp_path, channels={"erp": channel}) as running:
        deps = running.deps
        delivery = Delivery(
            deps.store, deps.bus, deps.channels, clock=deps.clock, worker=WorkerId("d"), metrics=Metrics(with_process=False)
        )
        work = asyncio.create_task(delivery.run())
        yield running
        work.cancel()
        await asyncio.wait([work])
        await channel.close()


async def post(world: ChatWorld, status: int = 202, token: str = TOKEN, channel: str = "erp", **message: Any) -> dict[str, Any]:
    address = f"{world.url}/api/v1/channels/{channel}/messages"
    async with world.http.post(address, json=message, headers={"Authorization": f"Bearer {token}"}) as response:
        assert response.status == status
        answer: dict[str, Any] = await response.json(content_type=None)
        return answer


async def test_a_question_posted_is_answered_by_webhook(world: ChatWorld, webhook: Webhook) -> None:
    assert await post(world, id="m1", thread="user-7", text="hi") == {"id": "m1", "status": "accepted"}
    _, told = await webhook.next()
    assert told["data"]["part"]["text"] == "echo: hi"
    assert (told["data"]["thread"], told["data"]["seq"], told["data"]["reply_to"]) == ("user-7", 2, 1)


async def test_the_same_id_again_changes_nothing(world: ChatWorld, webhook: Webhook) -> None:
    for _ in range(3):
        await post(world, id="m1", thread="user-7", text="hi")
    await post(world, id="m2", thread="user-7", text="ho")
    texts = [(await webhook.next())[1]["data"]["part"]["text"] for _ in range(2)]
    assert texts == ["echo: hi", "echo: ho"]
    assert len(await world.store.thread_messages(ERP, Thread("user-7"), 0, 100)) == 4


async def test_a_webhook_that_is_down_gets_it_later_under_the_same_id(world: ChatWorld, webhook: Webhook) -> None:
    webhook.refusals = 1
    await post(world, id="m1", thread="user-7", text="hi")
    headers, told = await webhook.next()
    assert told["data"]["part"]["text"] == "echo: hi"
    assert headers["webhook-id"].endswith("_0")


async def test_a_wrong_token_an_unknown_channel_and_nonsense_are_refused(world: ChatWorld) -> None:
    assert (await post(world, 403, token="forged", id="m1", thread="u", text="hi"))["code"] == "token_invalid"
    assert (await post(world, 404, channel="nowhere", id="m1", thread="u", text="hi"))["code"] == "not_found"
    assert (await post(world, 404, channel="site", id="m1", thread="u", text="hi"))["code"] == "not_found"
    assert (await post(world, 400, id="m1", thread="u"))["code"] == "bad_message"
    assert (await post(world, 413, id="m1", thread="u", text="x" * 5000))["code"] == "text_too_large"
    assert (await post(world, 413, id="m1", thread="u", text="x" * 300_000))["code"] == "body_too_large"
    async with world.http.post(f"{world.url}/api/v1/channels/erp/messages", json={}) as response:
        assert (response.status, response.headers["WWW-Authenticate"]) == (401, 'Bearer realm="frontdesk"')


async def test_a_full_bus_is_503_and_nothing_was_taken(world: ChatWorld, webhook: Webhook) -> None:
    world.bus.refuses = Busy("lane 1", 2)
    await post(world, 503, id="m1", thread="user-7", text="hi")
    world.bus.refuses = None
    await post(world, id="m1", thread="user-7", text="hi")
    assert (await webhook.next())[1]["data"]["part"]["text"] == "echo: hi"


async def test_a_file_is_told_with_an_address_that_opens_it(world: ChatWorld, webhook: Webhook) -> None:
    async def content() -> AsyncIterator[bytes]:
        yield b"your invoice"

    file = FileRef(**await world.deps.files.put(content(), name="发票.txt", max_bytes=100, allowed=["text/plain"], owner="erp/user-7"))
    links = FileLinks(world.deps.secret, world.deps.clock, world.url)
    secret = "whsec_" + base64.b64encode(KEY).decode()
    channel = ApiChannel(ERP, Api(token=TOKEN, webhook_url=webhook.url, webhook_secret=secret), link=links.link)
    assert (channel.capabilities.files, channel.capabilities.file_max_bytes) == (Grade.NATIVE, 10 * 1024 * 1024)
    part = File(file)
    await channel.send(part, outgoing_of(part, Address(AddressKind.API, ERP, "user-7")))
    await channel.close()
    _, told = await webhook.next()
    assert told["data"]["part"]["file"]["name"] == "发票.txt"
    async with world.http.get(told["data"]["url"]) as response:
        assert (response.status, await response.read()) == (200, b"your invoice")
        assert response.headers["Content-Disposition"].startswith("attachment; ")
    for wrong in (told["data"]["url"] + "x", f"{world.url}/files/{file.id}", told["data"]["url"].replace("until=", "until=1")):
        async with world.http.get(wrong) as response:
            assert response.status == 403, wrong


def test_without_a_way_to_address_them_no_files_go_out() -> None:
    secret = "whsec_" + base64.b64encode(KEY).decode()
    channel = ApiChannel(ERP, Api(token=TOKEN, webhook_url="http://peer.test/hook", webhook_secret=secret))
    assert channel.capabilities.files is Grade.NO

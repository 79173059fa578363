"""`/wechat/{account}` over HTTP: what the platform hears of each push, however it goes wrong."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from msgspec import structs

from config.schema import WeChat
from gateway.core.allowance import Grant, Pocket
from gateway.core.channel import Parsed, Raw, Reply
from gateway.core.contact import Address, AddressKind
from gateway.core.errors import BadInput, Busy, Forged
from gateway.core.events import Inbound, Said
from gateway.core.ids import ChannelName, EventKey, Thread
from gateway.core.message import Status
from gateway.core.parts import Text
from gateway.in_place import InPlace
from gateway.metrics import Metrics
from gateway.web import wechat
from gateway.web.deps import DEPS, Deps
from gateway.web.middleware import front, on_prepare
from tests.integration.chat_world import ChatWorld, chat_world
from tests.peers.line_channel import LineChannel

OA = ChannelName("oa")
SECRET_WORDS = "my password is hunter2"


class PushedChannel(LineChannel):
    """`OPENID KEY WORDS` is a push; what it says else is wrong with it."""

    def __init__(self) -> None:
        super().__init__(name="oa", text_max_bytes=200)
        self.noted: list[str] = []
        self.news: list[str] = []
        self.passive_s = 10.0

    def parse(self, raw: Raw) -> Parsed:
        if raw.method == "GET":
            return Parsed(reply=Reply(body=raw.query["echostr"].encode()))
        words = raw.body.decode()
        if words == "forged":
            raise Forged("signature", "a push signed with this account's Token")
        if words == "malformed":
            raise BadInput("bad_xml", "XML")
        if words == "news":
            return Parsed(reply=Reply(body=b"success"), news="token")
        openid, key, text = words.split(" ", 2)
        at = datetime.fromtimestamp(raw.received_at_ms / 1000, UTC)
        inbound = Inbound(
            channel=self.name, thread=Thread(openid), key=EventKey(f"oa/{key}"), sender=Address(AddressKind.OPENID, "wx", openid), at=at,
            event=Said((Text(text),)), answer_by=at + timedelta(seconds=self.passive_s),
            grant=Grant(pocket=Pocket.SAID, count=5, until=at + timedelta(hours=48)),
        )  # fmt: skip
        return Parsed(events=(inbound,), reply=Reply(body=b"success"))

    async def note_push(self, refusal: str) -> None:
        self.noted.append(refusal)

    async def wake(self, news: str) -> None:
        self.news.append(news)


class Doors:
    """The routes, served."""

    def __init__(self, url: str, world: ChatWorld, channel: PushedChannel, in_place: InPlace, deps: Deps) -> None:
        self.url, self.world, self.channel, self.in_place, self.deps = url, world, channel, in_place, deps

    async def post(self, body: str | bytes, account: str = "oa") -> tuple[int, str]:
        async with self.world.http.post(f"{self.url}/wechat/{account}", data=body) as answer:
            return answer.status, await answer.text()

    def count(self, outcome: str) -> float:
        value = self.deps.metrics.registry.get_sample_value("frontdesk_pushes_total", {"channel": "oa", "outcome": outcome})
        return value or 0.0


@asynccontextmanager
async def doors(folder: Path, **account: object) -> AsyncIterator[Doors]:
    channel = PushedChannel()
    async with chat_world(folder, channels={"oa": channel}) as world:
        settings = WeChat(app_id="wx", app_secret="s", token="token", mode="plain", **account)  # type: ignore[arg-type]
        in_place = InPlace(
            store=world.store, bus=world.bus, clock=world.deps.clock, metrics=Metrics(with_process=False), texts=world.deps.texts
        )  # fmt: skip
        channels = {**world.deps.settings.channels, "oa": settings}
        deps = structs.replace(
            world.deps, in_place=in_place, settings=structs.replace(world.deps.settings, channels=channels),
            metrics=Metrics(with_process=False),
        )  # fmt: skip
        app = web.Application(middlewares=[front])
        app[DEPS] = deps
        app.on_response_prepare.append(on_prepare)
        wechat.setup(app)
        await in_place.open()
        running = asyncio.create_task(in_place.run())
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield Doors(f"http://127.0.0.1:{site.port}", world, channel, in_place, deps)
        await runner.cleanup()
        running.cancel()
        await asyncio.wait([running])
        await in_place.close()


@pytest.fixture
async def oa(tmp_path: Path) -> AsyncIterator[Doors]:
    async with doors(tmp_path) as made:
        yield made


async def test_the_address_is_checked_by_an_echo(oa: Doors) -> None:
    async with oa.world.http.get(f"{oa.url}/wechat/oa", params={"echostr": "echo 1"}) as answer:
        assert (answer.status, await answer.text()) == (200, "echo 1")


async def test_the_answer_is_the_response_and_the_record_knows(oa: Doors, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    status, body = await oa.post(f"o1 m1 {SECRET_WORDS}")
    assert (status, body.split(": ", 1)[1]) == (200, f"echo: {SECRET_WORDS}")
    again = await oa.post(f"o1 m1 {SECRET_WORDS}")
    assert again == (status, body)
    await oa.in_place.settling.flush()
    messages = await oa.world.store.thread_messages(OA, Thread("o1"), 0, 10)
    assert [message.status for message in messages] == [Status.SENT, Status.SENT]
    assert (oa.count("answered"), oa.count("repeated"), oa.channel.noted) == (1, 1, ["", ""])
    ours = [record.getMessage() + str(vars(record)) for record in caplog.records if record.name.startswith(("gateway", "adapters"))]
    assert not [line for line in ours if "hunter2" in line or "o1" in line]


@pytest.mark.parametrize(
    ("account", "body", "status"),
    [
        ("nobody", "o1 m1 hi", 404),
        ("site", "o1 m1 hi", 404),
        ("oa", "forged", 403),
        ("oa", "malformed", 400),
        ("oa", "x" * (64 * 1024 + 1), 413),
    ],
)
async def test_what_is_refused_is_refused_by_its_own_status(oa: Doors, account: str, body: str, status: int) -> None:
    assert (await oa.post(body, account))[0] == status
    codes = {"forged": ["signature"], "malformed": ["bad_xml"]}
    assert oa.channel.noted == codes.get(body, [])


async def test_a_push_that_can_not_be_kept_comes_again(oa: Doors) -> None:
    oa.world.bus.refuses = Busy("lane 1", 1.0)
    assert (await oa.post("o1 m1 hi"))[0] == 503
    assert oa.count("busy") == 1
    oa.world.bus.refuses = None
    status, body = await oa.post("o1 m1 hi")
    assert (status, body.endswith(": echo: hi")) == (200, True)


async def test_what_is_late_hears_success(oa: Doors) -> None:
    oa.channel.passive_s = 0.2
    assert await oa.post("o1 m1 slow") == (200, "success")
    assert oa.count("late") == 1
    oa.world.brain.go.set()


async def test_a_call_that_there_is_something_to_fetch_wakes_the_listener(oa: Doors) -> None:
    assert await oa.post("news") == (200, "success")
    assert oa.channel.news == ["token"]


async def test_where_the_line_is_all_there_is_only_the_last_try_is_told_that_all_is_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wechat, "ALONE_S", 0.1)
    monkeypatch.setattr(wechat, "HANGING_S", 0.2)
    async with doors(tmp_path, customer_service=False) as news:
        for _ in range(2):
            with pytest.raises(aiohttp.ServerDisconnectedError):
                await news.post("o1 m1 slow")
        assert await news.post("o1 m1 slow") == (200, "success")
        assert news.count("late") == 3
        news.world.brain.go.set()


async def test_where_the_line_is_all_there_is_a_later_try_carries_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wechat, "ALONE_S", 0.1)
    monkeypatch.setattr(wechat, "HANGING_S", 0.2)
    async with doors(tmp_path, customer_service=False) as news:
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await news.post("o1 m1 slow")
        monkeypatch.setattr(wechat, "ALONE_S", 10.0)
        monkeypatch.setattr(wechat, "HANGING_S", 20.0)
        news.world.brain.go.set()
        status, body = await news.post("o1 m1 slow")
        assert (status, body.endswith(": echo: slow")) == (200, True)

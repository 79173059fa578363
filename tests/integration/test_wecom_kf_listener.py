"""The listener of 微信客服 against a scripted WeCom, over the embedded store and over Redis: nothing is skipped, nothing comes twice."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from adapters.wecom_kf import listener
from adapters.wecom_kf.cursors import Cursors, Mark, Overtaken
from gateway.channels import Leases
from gateway.core.channel import Raw
from gateway.core.errors import Busy, TooLarge
from gateway.core.events import Inbound, Said
from gateway.core.ids import ChannelName, WorkerId
from gateway.core.parts import plain_text
from gateway.intake import Intake
from tests.integration.wecom_kf_world import SOON_S, World, a_world, until
from tests.peers.wechat.faults import Fault


@pytest.fixture(params=["local", "redis"])
async def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    url = request.getfixturevalue("redis_url") if request.param == "redis" else None
    async with a_world(tmp_path, url) as world:
        yield world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path, None) as world:
        yield world


# ---- nothing skipped, nothing twice --------------------------------------------------------------------------------------------------


async def test_what_customers_say_comes_once_and_in_order_from_all_accounts(anywhere: World) -> None:
    world, other = anywhere, anywhere.platform.account("wk-other")
    world.platform.page_max_count = 7
    one, two = world.platform.customer(world.account), world.platform.customer(other, "wm-two")
    for number in range(20):
        one.says(f"one {number}")
        two.says(f"two {number}")
    world.start()
    await world.heard(one.external_userid, *(f"one {number}" for number in range(20)))
    one.says("one 20")
    await world.heard("wm-two", *(f"two {number}" for number in range(20)))
    await world.heard(one.external_userid, *(f"one {number}" for number in range(21)))


async def test_a_callback_wakes_the_listener_of_another_process(anywhere: World) -> None:
    world, edge = anywhere, anywhere.channel()
    customer = world.platform.customer(world.account)

    async def push(request: web.Request) -> web.Response:
        raw = Raw(body=await request.read(), received_at_ms=world.platform.clock.now_ms(), method="POST", query=dict(request.query))
        await edge.wake(edge.parse(raw).news)
        return web.Response(text="success")

    app = web.Application()
    app.router.add_post("/wechat/kf", push)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        world.start(poll_s=3600.0)
        await until(lambda: world.platform.calls("kf/sync_msg") == [0])
        world.platform.callback_url = f"http://127.0.0.1:{site.port}/wechat/kf"
        customer.says("now")
        await world.heard(customer.external_userid, "now")
        assert world.platform.pulls[-1]["token"].startswith("ENC")
        new = world.platform.customer(world.platform.account("wk-new"), "wm-new")
        new.says("the first word to a new account")
        await world.heard("wm-new", "the first word to a new account")
        assert world.platform.callbacks == [200, 200]
    finally:
        await edge.close()
        await runner.cleanup()


@pytest.mark.parametrize("died_after", [0, 1, 4])
async def test_a_process_that_dies_in_a_page_is_gone_on_from_by_the_next(anywhere: World, died_after: int) -> None:
    world, customer = anywhere, anywhere.platform.customer(anywhere.account)
    for number in range(5):
        customer.says(str(number))
    taken = 0
    intake, hanging = Intake(world.bus).accept, asyncio.Event()

    async def accept(event: Inbound) -> bool:
        nonlocal taken
        if taken == died_after:
            hanging.set()
            await asyncio.Event().wait()
        taken += 1
        return await intake(event)

    dying = world.start(accept)
    await asyncio.wait_for(hanging.wait(), SOON_S)
    await world.kill(dying)
    customer.says("5")
    world.start()
    await world.heard(customer.external_userid, "0", "1", "2", "3", "4", "5")


async def test_a_cursor_that_wecom_has_forgotten_costs_reading_again_and_nothing_else(world: World) -> None:
    customer = world.platform.customer(world.account)
    customer.says("before")
    channel = world.start()
    await world.heard(customer.external_userid, "before")
    world.platform.forget_cursors()
    customer.says("after")
    await world.heard(customer.external_userid, "before", "after")
    assert 40058 in world.platform.calls("kf/sync_msg")
    assert channel.left_out == {}


async def test_a_cursor_that_is_refused_in_words_unheard_of_is_given_up_too(world: World) -> None:
    customer = world.platform.customer(world.account)
    customer.says("before")
    world.start()
    await world.heard(customer.external_userid, "before")
    world.platform.forget_cursors()
    asked = len(world.platform.asked)
    world.platform.faults.next("kf/sync_msg", *[Fault(errcode=95016)] * 4)  # a code that no page gives for this call
    customer.says("after")
    await world.heard(customer.external_userid, "before", "after")
    assert len(world.platform.asked) > asked + 3


async def test_a_callback_token_that_is_over_is_left_out(world: World) -> None:
    customer = world.platform.customer(world.account)
    channel = world.start(poll_s=3600.0)
    await until(lambda: world.platform.calls("kf/sync_msg") == [0])
    customer.says("hello")
    stale = channel.parse(_callback(world, "wk-another")).news.replace("wk-another", world.account.open_kfid)
    await channel.wake(stale)
    await world.heard(customer.external_userid, "hello")
    assert world.platform.calls("kf/sync_msg") == [0, 95007, 0]
    assert "token" not in world.platform.pulls[-1]


async def test_being_asked_to_slow_down_skips_nothing(world: World) -> None:
    customer = world.platform.customer(world.account)
    world.platform.faults.next(
        "kf/sync_msg", Fault(errcode=45009), Fault(status=503), Fault(is_cut_after=True), Fault(is_garbage=True), Fault(errcode=42001),
        Fault(errcode=-1), Fault(kills_token=42001),
    )  # fmt: skip
    customer.says("hello")
    world.start()
    await world.heard(customer.external_userid, "hello")


async def test_a_full_lane_is_waited_for(world: World) -> None:
    customer, intake, refused = world.platform.customer(world.account), Intake(world.bus).accept, 0

    async def accept(event: Inbound) -> bool:
        nonlocal refused
        refused += 1
        if refused < 6:
            raise Busy("lane 0", 1.0) if refused % 2 else OSError("away")
        return await intake(event)

    for text in ("one", "two"):
        customer.says(text)
    world.start(accept)
    await world.heard(customer.external_userid, "one", "two")


async def test_one_poisoned_message_does_not_hold_up_the_rest(world: World, caplog: pytest.LogCaptureFixture) -> None:
    customer, intake = world.platform.customer(world.account), Intake(world.bus).accept

    async def accept(event: Inbound) -> bool:
        if isinstance(event.event, Said) and plain_text(event.event.parts) in ("poison", "flood"):
            raise TooLarge("text_too_large", "less") if "flood" in plain_text(event.event.parts) else RuntimeError("odd")
        return await intake(event)

    customer.says("one")
    for raw in (b"[1, 2]", b'{"msgid": "m", "origin": 3, "msgtype": "text", "text": {"content": "mellifluous"}}'):
        world.platform.append(world.account, raw)
    for text in ("poison", "flood", "two"):
        customer.says(text)
    channel = world.start(accept)
    await world.heard(customer.external_userid, "one", "two")
    assert channel.left_out == {"unreadable": 1, "nobody": 1, "poisoned": 2}
    assert "mellifluous" not in caplog.text
    assert customer.external_userid not in " ".join(str(vars(record)) for record in caplog.records)


async def test_items_that_come_out_of_order_are_put_in_order(world: World) -> None:
    customer = world.platform.customer(world.account)
    now_s = int(world.platform.clock.now().timestamp())
    for age, text in ((1, "third"), (3, "first"), (2, "second")):
        item = customer.item(3, "text", {"content": text})
        world.platform.append(world.account, {**item, "send_time": now_s - age})
    world.start()
    await world.heard(customer.external_userid, "first", "second", "third")


# ---- one process at a time -------------------------------------------------------------------------------------------------------------


async def test_one_process_listens_and_the_next_goes_on_when_it_ends(anywhere: World) -> None:
    world, customer = anywhere, anywhere.platform.customer(anywhere.account)
    first = world.start()
    await until(lambda: world.platform.calls("kf/sync_msg") != [])
    world.start()
    customer.says("one")
    await world.heard(customer.external_userid, "one")
    await world.kill(first)
    customer.says("two")
    await world.heard(customer.external_userid, "one", "two")


async def test_a_process_that_lost_its_lease_stops_and_never_sets_the_mark_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "LEASE_S", 0.3)
    customer, intake = world.platform.customer(world.account), Intake(world.bus).accept
    stuck, go_on = asyncio.Event(), asyncio.Event()

    async def accept(event: Inbound) -> bool:
        stuck.set()
        await go_on.wait()
        return await intake(event)

    world.start(accept)
    customer.says("one")
    await asyncio.wait_for(stuck.wait(), SOON_S)
    monkeypatch.setattr(Leases, "take", _refused_to(first_worker := WorkerId("w0"), Leases.take))
    assert first_worker == "w0"
    await world.bus.give_back("listen/kf", first_worker)  # as if its time had run out
    world.start()
    await world.heard(customer.external_userid, "one")
    go_on.set()
    customer.says("two")
    await world.heard(customer.external_userid, "one", "two")
    counts = [json.loads(mark)["count"] for mark in world.marks]
    assert counts == sorted(counts)


async def test_a_mark_is_never_set_back(world: World) -> None:
    cursors = Cursors(ChannelName("kf"), world)
    newer = Mark("c3", since_s=1.0, count=3)
    await cursors.write("wk1", newer)
    await cursors.write("wk1", newer)  # the same again: an answer that was lost
    with pytest.raises(Overtaken):
        await cursors.write("wk1", Mark("c2", since_s=1.0, count=2))
    with pytest.raises(Overtaken):
        await cursors.write("wk1", Mark("another", since_s=1.0, count=3))
    assert await cursors.read("wk1") == newer


def _callback(world: World, open_kfid: str) -> Raw:
    query, body = world.platform.callback(open_kfid)
    return Raw(body=body, received_at_ms=world.platform.clock.now_ms(), method="POST", query=query)


def _refused_to(worker: WorkerId, take: Any) -> Any:
    """As `Leases.take`, but this worker never gets anything again."""

    async def taken(self: Leases, name: str, ttl_s: float) -> bool:
        return self._worker != worker and await take(self, name, ttl_s)

    return taken

"""Where the listener of 微信客服 begins, who speaks in what it reads, and who is greeted."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.channel import Raw
from gateway.core.events import Came, Remarked
from tests.integration.wecom_kf_world import World, a_world, until
from tests.peers.wechat.faults import Fault


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path, None) as world:
        yield world


# ---- where it begins -----------------------------------------------------------------------------------------------------------------


async def test_an_account_that_is_new_to_us_begins_ten_minutes_ago_and_not_with_its_history(world: World) -> None:
    customer = world.platform.customer(world.account)
    customer.says("answered by somebody else, yesterday")
    world.platform.clock.advance(86_400)
    customer.says("just now")
    channel = world.start()
    await world.heard(customer.external_userid, "just now")
    assert channel.left_out == {"old": 1}


async def test_what_came_while_nobody_ran_is_fetched_afterwards_though_the_account_was_silent_before(world: World) -> None:
    customer = world.platform.customer(world.account)
    first = world.start()
    await until(lambda: world.platform.calls("kf/sync_msg") != [])
    await world.kill(first)
    customer.says("is anybody there?")
    world.platform.clock.advance(2 * 86_400)
    world.start()
    await world.heard(customer.external_userid, "is anybody there?")


async def test_only_the_accounts_of_the_configuration_are_served(world: World) -> None:
    other = world.platform.customer(world.platform.account("wk-other"), "wm-other")
    customer = world.platform.customer(world.account)
    other.says("not ours")
    customer.says("ours")
    channel = world.start(open_kfids=(world.account.open_kfid,))
    await world.heard(customer.external_userid, "ours")
    assert channel.parse(_callback(world, "wk-other")).news == ""
    assert {pull["open_kfid"] for pull in world.platform.pulls} == {world.account.open_kfid}


async def test_accounts_that_can_not_be_listed_are_known_once_they_have_called(world: World) -> None:
    customer = world.platform.customer(world.account)
    world.platform.faults.next("kf/account/list", *[Fault(errcode=48002)] * 1000)
    customer.says("hello")
    channel = world.start()
    await until(lambda: 48002 in world.platform.calls("kf/account/list"))
    await channel.wake(channel.parse(_callback(world, world.account.open_kfid)).news)
    await world.heard(customer.external_userid, "hello")
    await until(lambda: world.platform.calls("kf/account/list").count(48002) > 2)
    await world.kill(channel)
    customer.says("after a restart")
    world.start()
    await world.heard(customer.external_userid, "hello", "after a restart")


# ---- who speaks, and who is greeted ---------------------------------------------------------------------------------------------------


async def test_a_colleague_who_answers_in_wecom_is_not_taken_for_the_customer(world: World) -> None:
    customer = world.platform.customer(world.account)
    customer.says("one")
    customer.is_answered_in_wecom("zhangsan", "I am a colleague")
    customer.says("two")
    channel = world.start()
    await world.heard(customer.external_userid, "one", "two")
    assert channel.left_out == {"servicer": 1}
    assert [event.event for event in await world.events()][1:2] == [Remarked(what="taken_there", who="zhangsan")]


async def test_who_opens_the_conversation_is_greeted_once(world: World) -> None:
    customer = world.platform.customer(world.account)
    world.start(greeting={"en": "Welcome!", "zh-CN": "欢迎！"})
    assert customer.enters(scene="shop")
    await until(lambda: customer.texts == ["欢迎！"])
    world.platform.forget_cursors()
    customer.says("hello")
    await world.heard(customer.external_userid, "hello")
    assert customer.texts == ["欢迎！"]
    assert world.platform.calls("kf/send_msg_on_event") == [0]
    (came, _) = await world.events()
    assert came.event == Came("opened")


async def test_a_greeting_that_comes_too_late_is_not_tried(world: World) -> None:
    customer = world.platform.customer(world.account)
    assert customer.enters()
    world.platform.clock.advance(21)
    customer.says("hello")
    world.start()
    await world.heard(customer.external_userid, "hello")
    assert world.platform.calls("kf/send_msg_on_event") == []


async def test_agents_see_the_name_that_a_customer_has_in_wechat(world: World) -> None:
    customer = world.platform.customer(world.account, nickname="小雨")
    customer.says("hello")
    world.start()
    await world.heard(customer.external_userid, "hello")
    (event,) = await world.events()
    assert event.visit.name == "小雨"
    assert world.platform.calls("kf/customer/batchget") == [0]


async def test_names_that_can_not_be_had_hold_nothing_up(world: World) -> None:
    customer = world.platform.customer(world.account)
    world.platform.faults.next("kf/customer/batchget", Fault(errcode=48002))
    for text in ("one", "two"):
        customer.says(text)
        world.start() if text == "one" else None
        await world.heard(customer.external_userid, *("one", "two")[: 1 if text == "one" else 2])
    assert world.platform.calls("kf/customer/batchget") == [48002]


def _callback(world: World, open_kfid: str) -> Raw:
    query, body = world.platform.callback(open_kfid)
    return Raw(body=body, received_at_ms=world.platform.clock.now_ms(), method="POST", query=query)

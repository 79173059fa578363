"""Two web processes behind one balancer are one gateway: what happens at one door holds, and is seen, at the other.

Real processes over real Redis and PostgreSQL, as `frontdesk run --roles` starts them.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.journeys.floor import PASSWORD, add_agent
from tests.peers.gateway import Gateway
from tests.peers.postgres import PostgresServer
from tests.peers.redis import RedisServer
from tests.peers.two_doors import PATIENCE_S, Desk, Ear, Poller, desk_at, poller_at, two_doors
from tests.peers.visitor import Visitor

MORE = """
[channels.shop]
type = "webchat"
queue = "shop"
[channels.forms]
type = "webchat"
consent = {version = "2026-11", text = {zh-CN = "我同意。", en = "I agree."}}
form = [{name = "email", required = true}]
[security]
login_attempts_per_minute = 1000
[queues.default]
offer_s = 120
[queues.shop]
hours = "shop"
[hours.shop]
monday = ["00:00-24:00"]
tuesday = ["00:00-24:00"]
wednesday = ["00:00-24:00"]
thursday = ["00:00-24:00"]
friday = ["00:00-24:00"]
saturday = ["00:00-24:00"]
sunday = ["00:00-24:00"]
"""
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NEW_PASSWORD = "another horse battery"


@pytest.fixture(scope="module")
def doors(
    tmp_path_factory: pytest.TempPathFactory, redis_server: RedisServer, postgres_server: PostgresServer
) -> Iterator[tuple[Gateway, Gateway]]:
    """The house is opened once for all of these tests: each has agents and visitors of its own."""
    redis_server.start()
    redis_server.flush()
    postgres_server.start()
    name = postgres_server.new_database()
    with two_doors(tmp_path_factory.mktemp("doors"), redis_server.url, postgres_server.url(name), MORE) as both:
        add_agent(both[0], "boss", "主管 01", "--role", "admin")
        yield both
    postgres_server.drop_database(name)


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture
async def boss(doors: tuple[Gateway, Gateway], stack: AsyncExitStack) -> Desk:
    """The admin, at the first door."""
    return await stack.enter_async_context(desk_at(doors[0], "boss", PASSWORD))


async def eventually(asked: Callable[[], Awaitable[Any]], holds: Callable[[Any], bool]) -> Any:
    """Ask until it holds: what one process is told, the other hears a moment later."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds(answer := await asked()):
            await asyncio.sleep(0.05)
    return answer


async def new_agent(boss: Desk, name: str, shown_name: str) -> str:
    made = await boss.post("agents", name=name, password=PASSWORD, shown_name=shown_name)
    return str(made["agent"]["id"])


async def served(desk: Desk, visitor: Poller) -> str:
    """The visitor asks for a person, and this agent takes the offer; the session."""
    await desk.post("status", status="available")
    async with desk.live() as ear:
        asked = (await visitor.hello())["session"]
        await visitor.say("c-ask", "转人工")
        session = str((await ear.until("offer", session_id=asked))["session_id"])
        await desk.post(f"sessions/{session}/accept")  # whoever hangs up gives the offer back
        assert desk.status == 200
    await desk.post("status", status="busy")  # what the next test's visitors want is not theirs
    return session


async def shut_shop(boss: Desk) -> Any:
    """No hour of the shop is open any more."""
    (known,) = (await boss.get("hours"))["items"]
    return await boss.put("hours/shop", hours={"timezone": "Asia/Shanghai", **{day: [] for day in WEEK}}, version=known["version"])


async def lookers(ear: Ear, *names: str) -> None:
    """Wait until exactly these are shown; a look lasts as long as it is repeated, and nobody waits so long here."""
    while [one["shown_name"] for one in (await ear.until("looking"))["agents"]] != list(names):
        pass


async def test_two_agents_at_different_doors_see_each_other_at_one_session(
    doors: tuple[Gateway, Gateway], boss: Desk, stack: AsyncExitStack
) -> None:
    await new_agent(boss, "looker", "坐席 11")
    agent = await stack.enter_async_context(desk_at(doors[1], "looker", PASSWORD))
    session = await served(agent, await stack.enter_async_context(poller_at(*doors)))
    async with boss.live() as first, agent.live() as second:
        await first.say(type="look", session_id=session)
        await second.say(type="look", session_id=session)
        await lookers(first, "坐席 11")
        await lookers(second, "主管 01")
        await first.say(type="look", session_id=session, is_writing=True)
        assert (await second.until("looking"))["agents"] == [{"id": boss.id, "shown_name": "主管 01", "is_writing": True}]
        await first.say(type="look", session_id=None)
        await lookers(second)
    await agent.post(f"sessions/{session}/close", disposition="resolved")


async def wishing(stack: AsyncExitStack, doors: tuple[Gateway, Gateway]) -> str:
    """What somebody new is told who wants a person."""
    visitor = await stack.enter_async_context(poller_at(*doors, site="shop"))
    await visitor.hello(door=1)
    await visitor.say("c1", "转人工")
    await visitor.until(lambda: len(visitor.messages) >= 2, "an answer")
    return str(visitor.messages[-1]["text"])


async def test_hours_set_at_one_door_hold_at_the_other(doors: tuple[Gateway, Gateway], boss: Desk, stack: AsyncExitStack) -> None:
    visitor = await stack.enter_async_context(poller_at(*doors, site="shop"))
    other = await stack.enter_async_context(desk_at(doors[1], "boss", PASSWORD))
    assert [(await visitor.hello(door=door))["config"]["hours"]["open"] for door in (0, 1)] == [True, True]
    async with other.live() as ear:
        set_ = await shut_shop(boss)
        assert set_["hours"]["is_open"] is False
        await ear.until("hours")
    (known,) = (await other.get("hours"))["items"]
    assert (known["source"], known["is_open"], known["changed_by_name"]) == ("desk", False, "主管 01")
    await eventually(lambda: visitor.hello(door=1), lambda welcome: welcome["config"]["hours"]["open"] is False)
    assert await eventually(lambda: wishing(stack, doors), lambda told: "工单" in told)  # the worker hears of it on its own, too
    await other.ask("DELETE", "hours/shop", params={"version": known["version"]})
    assert other.status == 200
    await eventually(lambda: visitor.hello(door=0), lambda welcome: welcome["config"]["hours"]["open"] is True)


async def test_a_saved_reply_changed_at_one_door_is_told_to_a_page_at_the_other(
    doors: tuple[Gateway, Gateway], boss: Desk, stack: AsyncExitStack
) -> None:
    await new_agent(boss, "reader", "坐席 12")
    agent = await stack.enter_async_context(desk_at(doors[1], "reader", PASSWORD))
    async with agent.live() as ear:
        made = (await boss.post("replies", shortcut="hi", title="问候", texts={"zh-CN": "您好"}, is_shared=True))["reply"]
        await ear.until("replies")
        assert [one["texts"] for one in (await agent.get("replies"))["items"]] == [{"zh-CN": "您好"}]
        text = {"shortcut": "hi", "title": "问候", "texts": {"zh-CN": "您好！"}, "is_shared": True}
        await boss.put(f"replies/{made['id']}", **text, version=made["version"])
        await ear.until("replies")
        assert [one["texts"] for one in (await agent.get("replies"))["items"]] == [{"zh-CN": "您好！"}]
        await boss.ask("DELETE", f"replies/{made['id']}", params={"version": made["version"] + 1})
        await ear.until("replies")
        assert (await agent.get("replies"))["items"] == []


async def test_a_disabled_account_is_out_at_every_door(doors: tuple[Gateway, Gateway], boss: Desk, stack: AsyncExitStack) -> None:
    id_ = await new_agent(boss, "gone", "坐席 13")
    desks = [await stack.enter_async_context(desk_at(door, "gone", PASSWORD)) for door in doors]
    ears = [await stack.enter_async_context(desk.live()) for desk in desks]
    await boss.put(f"agents/{id_}", is_disabled=True)
    assert boss.status == 200
    assert await asyncio.gather(*(ear.end() for ear in ears)) == [4401, 4401]
    for desk in desks:
        await desk.get("me")
        assert desk.status == 401
        await desk.log_in("gone", PASSWORD)
        assert desk.status == 401


async def test_a_password_changed_at_one_door_ends_every_other_login(
    doors: tuple[Gateway, Gateway], boss: Desk, stack: AsyncExitStack
) -> None:
    await new_agent(boss, "keys", "坐席 14")
    mine, there = [await stack.enter_async_context(desk_at(door, "keys", PASSWORD)) for door in doors]
    async with there.live() as lost, mine.live() as kept:
        await mine.post("me/password", old=PASSWORD, new=NEW_PASSWORD)
        assert mine.status == 200
        assert await lost.end() == 4401
        await kept.say(type="ping")
        await kept.until("pong")
    await there.get("me")
    assert there.status == 401
    await there.log_in("keys", PASSWORD)
    assert there.status == 401
    await there.log_in("keys", NEW_PASSWORD)
    assert there.status == 200


async def test_a_form_filled_in_at_one_door_is_not_asked_for_at_the_other(doors: tuple[Gateway, Gateway], stack: AsyncExitStack) -> None:
    visitor = await stack.enter_async_context(poller_at(*doors, site="forms"))
    for door in (0, 1):
        assert (await visitor.hello(door=door))["config"]["form"]["kind"] == "prechat"
    assert (await visitor.say("c0", "7 号问题"))[0] == 403
    waiting = asyncio.create_task(visitor.ask("GET", "events", door=1, params={"after": 0, "wait_s": 20}))
    await visitor.ask("GET", "events", door=1, params={"after": 0, "wait_s": 0})
    status, filled = await visitor.ask(
        "POST", "frames", door=0,
        json={"type": "form", "cid": "f1", "kind": "prechat", "consent": "2026-11", "fields": {"email": "lin@example.com"}},
    )  # fmt: skip
    assert (status, filled["cid"]) == (200, "f1")
    assert (await waiting)[1]["frames"] == [filled]
    for door in (1, 0):
        assert (await visitor.hello(door=door))["config"]["form"] is None
    for number in (1, 2):
        assert (await visitor.say(f"c{number}", "7 号问题"))[0] == 200


async def test_who_polls_at_alternating_doors_gets_every_message_once_and_every_frame(
    doors: tuple[Gateway, Gateway], boss: Desk, stack: AsyncExitStack
) -> None:
    await new_agent(boss, "writer", "坐席 15")
    agent = await stack.enter_async_context(desk_at(doors[1], "writer", PASSWORD))
    visitor = await stack.enter_async_context(poller_at(*doors))
    session = await served(agent, visitor)
    await visitor.until(lambda: visitor.state.get("state") == "active", "the agent's coming")
    await agent.post(f"sessions/{session}/typing", on=True)
    await visitor.until(lambda: visitor.frame("typing") is not None, "that the agent writes")
    for number in range(6):
        await asyncio.gather(visitor.poll(), agent.post(f"sessions/{session}/reply", text=f"答 {number}", cid=f"r{number}"))
        assert (await visitor.say(f"c{number}", f"第 {number} 句"))[0] == 200
    await visitor.until(lambda: "第 5 句" in [one["text"] for one in visitor.messages], "the last of it")
    last = visitor.messages[-1]["seq"]
    async with agent.live() as ear:
        await agent.post(f"sessions/{session}/read", seq=last)
        await visitor.until(lambda: (visitor.frame("read") or {}).get("seq") == last, "that the agent has read it")
        await visitor.send(type="typing", on=True)
        await ear.until("typing", session_id=session, on=True)
    await agent.post(f"sessions/{session}/close", disposition="resolved")
    await visitor.until(lambda: visitor.frame("survey") is not None, "the survey")
    assert (await visitor.send(type="rate", score=5, session=session))[0] == 204
    whole = (await agent.get(f"sessions/{session}"))["transcript"]
    seqs = [one["seq"] for one in visitor.messages]
    assert seqs == list(range(1, len(seqs) + 1))
    assert [(one["seq"], one["text"]) for one in visitor.messages] == [(one["seq"], one["text"]) for one in whole]
    assert {frame["session"] for frame in visitor.frames if frame["type"] == "survey"} == {session}


async def test_signals_lost_on_their_way_are_made_good_at_every_door(
    doors: tuple[Gateway, Gateway], boss: Desk, stack: AsyncExitStack, redis_server: RedisServer
) -> None:
    await new_agent(boss, "deaf", "坐席 16")
    agent = await stack.enter_async_context(desk_at(doors[0], "deaf", PASSWORD))
    visitor = await stack.enter_async_context(Visitor(doors[1].url, "v1"))
    shopper = await stack.enter_async_context(poller_at(*doors, site="shop"))
    await agent.post("status", status="available")
    async with agent.live() as ear:
        await visitor.acknowledged(await visitor.say("转人工"), PATIENCE_S)
        session = (await ear.until("offer", session_id=visitor.session))["session_id"]
        await agent.post(f"sessions/{session}/accept")
        assert agent.status == 200
    await agent.post("status", status="busy")
    other = await stack.enter_async_context(desk_at(doors[1], "deaf", PASSWORD))
    async with other.live() as ear:
        assert redis_server.command("CLIENT KILL TYPE pubsub").startswith(":")
        told = [agent.post(f"sessions/{session}/reply", text="没有人听见的一句", cid="r1")]
        told.append(shut_shop(boss))
        _, shut = await asyncio.gather(*told)
        await ear.until("resync")
    await visitor.until(lambda: "没有人听见的一句" in [one["text"] for one in visitor.messages.values()], "the reply", PATIENCE_S)
    assert (len(visitor.repeats), visitor.connections) == (0, 1)
    await eventually(lambda: shopper.hello(door=1), lambda welcome: welcome["config"]["hours"]["open"] is False)
    await boss.ask("DELETE", "hours/shop", params={"version": shut["hours"]["version"]})
    await agent.post(f"sessions/{session}/close", disposition="resolved")
    assert (boss.status, agent.status) == (200, 200)

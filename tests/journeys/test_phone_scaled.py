"""A number with each role in a process of its own, over Redis and PostgreSQL: calls in one, turns in another, the desk at a third."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from redis import Redis

from tests.journeys.floor import PASSWORD, add_agent
from tests.peers.gateway import Gateway
from tests.peers.processes import free_port
from tests.peers.sip_caller import SipCaller
from tests.peers.two_doors import Desk, Json, desk_at

NUMBER = """
[channels.hotline]
type = "phone"
languages = ["en"]
sip = {{listen = "127.0.0.1:{line}", number = "frontdesk"}}
agents = {{desk07 = "sip:107@127.0.0.1:{phone}"}}
"""


async def until(asked: Callable[[], Awaitable[Json | None]], what: str) -> Json:
    """What is asked for, once it is there."""
    for _ in range(600):
        if (found := await asked()) is not None:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"expected {what}")


def offer_with(desk: Desk, stage: str) -> Callable[[], Awaitable[Json | None]]:
    """The offer to this agent whose call stands so."""

    async def look() -> Json | None:
        offers = (await desk.get("queue"))["offers"]
        return next((one for one in offers if one["call"] and one["call"]["stage"] == stage), None)

    return look


def has_the_line(gateway: Gateway, name: str) -> Callable[[], Awaitable[Json | None]]:
    async def look() -> Json | None:
        return {} if "calls are taken" in gateway.log(name) else None

    return look


def end_leases(redis_url: str) -> None:
    """What the dead process has held is over, as it would be by itself a little later."""
    with Redis.from_url(redis_url) as redis:
        held = list(redis.scan_iter("*lease:listen/hotline}:holder"))
        assert held
        redis.delete(*held)


@pytest.mark.timeout(180)
async def test_whom_we_owe_a_call_outlives_the_process_that_had_the_line(tmp_path: Path, redis_url: str, postgres_url: str) -> None:
    line = free_port()
    async with SipCaller.open(line) as caller, SipCaller.open(free_port(), "107") as phone:
        more = NUMBER.format(line=line, phone=phone.port)
        gateway = Gateway(tmp_path, store_url=postgres_url, bus_url=redis_url, more=more)
        try:
            await asyncio.to_thread(gateway.start, "web", "web,timers")
            await asyncio.to_thread(add_agent, gateway, "desk07", "desk07")
            await asyncio.gather(
                *(asyncio.to_thread(gateway.start, name, roles) for name, roles in (("turns", "turns,delivery"), ("one", "listen")))
            )
            await until(has_the_line(gateway, "one"), "the first process at the line")
            async with desk_at(gateway, "desk07", PASSWORD) as desk, desk.live():
                await desk.post("status", status="available")
                assert (await caller.call()).status == 200
                await caller.press("0")
                offer = await until(offer_with(desk, "up"), "a caller on the line")

                gateway.kill("one")
                end_leases(redis_url)
                await asyncio.to_thread(gateway.start, "two", "listen")
                await caller.expect(lambda message: message.method == "BYE")
                await until(offer_with(desk, "callback"), "a caller who is owed a call")
                await until(has_the_line(gateway, "two"), "the second process at the line")

                caller.begin_anew()
                assert (await caller.call()).status == 200
                again = await until(offer_with(desk, "up"), "the caller in their old place")
                assert (again["session_id"], again["handoff_id"]) == (offer["session_id"], offer["handoff_id"])
                await desk.post(f"sessions/{offer['session_id']}/accept")
                await phone.expect(lambda message: message.method == "INVITE")
                await caller.hang_up()  # else they would hear that we are sorry
        finally:
            await asyncio.to_thread(gateway.stop)

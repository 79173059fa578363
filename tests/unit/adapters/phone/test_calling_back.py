"""A customer is called back: the agent first, then they; each failure is told as what it is."""

import asyncio
from typing import Any

import pytest

from adapters.phone.calling_back import CallingBack
from adapters.phone.driver import Leg
from config.phone import Phone
from config.texts import load_texts
from gateway.core.calls import Wanted
from gateway.core.events import Called, Inbound
from gateway.core.ids import AgentId, ChannelName, SessionId, Thread
from gateway.core.texts import Texts
from tests.fakes import FrozenClock
from tests.peers.phone_line import ScriptedLine, ScriptedVoice

AGENT, CUSTOMER = "sip:107@10.0.0.2", "sip:+8613800138000@sip.example.com"
SETTINGS = Phone(agents={"07": AGENT}, dial="sip:{number}@sip.example.com", dial_prefixes=("+86",))


class Back:
    """One wish, and what was told of it."""

    def __init__(self, settings: Phone = SETTINGS, number: str = "+8613800138000", **phones: str) -> None:
        self.line = ScriptedLine(phones={AGENT: phones.get("agent", "answers"), CUSTOMER: phones.get("customer", "answers")})
        self.told: list[str] = []
        self.taken: list[Leg] = []
        self.wish = Wanted(
            channel=ChannelName("hotline"), thread=Thread("t"), session_id=SessionId("s"), number=number, agent_id=AgentId("A7"),
            agent="07", id="w1",
        )  # fmt: skip
        self._back = CallingBack(
            ChannelName("hotline"), settings, driver=lambda: self.line, voice=ScriptedVoice, texts=Texts(load_texts()), language="zh-CN",
            clock=FrozenClock(), sleep=asyncio.sleep,
        )  # fmt: skip

    async def run(self) -> list[str]:
        async with asyncio.timeout(30):
            await self._back.run(self.wish, self._accept, self._take)
        return self.told

    async def _accept(self, inbound: Inbound) -> bool:
        assert isinstance(inbound.event, Called)
        assert inbound.event.agent_id == AgentId("A7")
        self.told.append(f"{inbound.event.stage}{f':{inbound.event.why}' if inbound.event.why else ''}")
        return True

    async def _take(self, leg: Leg, events: Any, wish: Wanted) -> None:
        self.taken.append(leg)


async def test_they_talk_and_the_customer_ends_it() -> None:
    back = Back()
    running = asyncio.create_task(back.run())
    while "talking" not in back.told:
        await asyncio.sleep(0)
    leg = back.line.legs[0]
    assert (back.line.dialled, leg.other) == ([AGENT], CUSTOMER)
    await asyncio.sleep(0)
    assert leg.did[-1] == "flush", "the customer's first word is not talked over"
    leg.other_parts("hung_up")
    assert await running == ["ringing", "talking", "ended:hung_up"]
    assert leg.is_over


async def test_they_talk_and_the_agent_ends_it() -> None:
    back = Back()
    running = asyncio.create_task(back.run())
    while "talking" not in back.told:
        await asyncio.sleep(0)
    back.line.legs[0].end("hung_up")
    assert (await running)[-1] == "ended:by_agent"


@pytest.mark.parametrize("why", ["busy", "no_answer", "refused"])
async def test_an_agent_who_does_not_answer_has_nobody_called(why: str) -> None:
    back = Back(agent=why)
    assert await back.run() == ["ringing", f"missed:{why}"]
    assert back.line.dialled == [AGENT]


async def test_a_line_that_is_down_is_told_as_the_agents_phone_missed() -> None:
    assert (await Back(agent="failing").run())[-1] == "missed:unreachable"


@pytest.mark.parametrize("why", ["busy", "no_answer", "refused", "unreachable"])
async def test_a_customer_who_does_not_answer_is_away_and_the_agent_hears_it(why: str) -> None:
    back = Back(customer=why)
    assert await back.run() == ["ringing", f"away:{why}"]
    assert back.line.legs[0].did[-2:] == ["play 客户没有接听。再见。", "hangup"]


@pytest.mark.parametrize(
    ("settings", "number"), [(SETTINGS, "+12025550123"), (Phone(agents={"07": AGENT}), "+8613800138000"), (SETTINGS, "")]
)
async def test_nobody_is_called_whom_the_configuration_does_not_allow(settings: Phone, number: str) -> None:
    back = Back(settings, number)
    assert await back.run() == ["away:forbidden"]
    assert back.line.dialled == []


async def test_an_agent_without_a_phone_has_the_customer_called_and_writes() -> None:
    back = Back(Phone(dial="sip:{number}@sip.example.com", dial_prefixes=("+86",)))
    assert await back.run() == []
    assert (back.line.dialled, len(back.taken)) == ([CUSTOMER], 1)
    gone = Back(Phone(dial="sip:{number}@sip.example.com", dial_prefixes=("+86",)), customer="busy")
    assert await gone.run() == ["away:busy"]


async def test_a_process_that_stops_tells_that_the_call_is_lost() -> None:
    back = Back()
    running = asyncio.create_task(back.run())
    while "talking" not in back.told:
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert back.told[-1] == "ended:lost"

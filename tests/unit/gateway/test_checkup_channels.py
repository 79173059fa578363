"""What a channel says of its own set-up, as the doctor passes it on."""

import asyncio
from typing import Any, cast

from config.schema import Settings
from config.texts import load_texts
from gateway.checkup import Checkup, Finding
from gateway.core.channel import Channel, Verdict
from gateway.core.texts import Texts
from tests.fakes import FrozenClock

TEXTS = Texts(load_texts())
LINE = Verdict(is_ok=True, why="phone.good", values={"ms": "12"})
TRUNK = Verdict(is_ok=True, why="phone.trunk_good", values={"trunk": "sip.carrier.example"})
KEYS = Verdict(is_ok=True, why="speech.recorded")


class Number:
    """A channel of several parts, which takes its time."""

    name = "hotline"
    type = "phone"
    examination_s = 20.0

    def __init__(self, verdict: Verdict, takes_s: float = 0.0) -> None:
        self._verdict = verdict
        self._takes_s = takes_s

    async def examine(self) -> Verdict:
        await asyncio.sleep(self._takes_s)
        return self._verdict


async def found(number: Any) -> Finding:
    checkup = Checkup(Settings(), FrozenClock(), 0.01)
    try:
        return await checkup.look(checkup.channel(cast("Channel", number)))
    finally:
        checkup.close()


async def test_all_that_is_good_about_a_channel_is_said_one_after_the_other() -> None:
    whole = Verdict(is_ok=True, why=LINE.why, values=LINE.values, beside=(TRUNK, KEYS))
    finding = await found(Number(whole))
    assert finding.ok
    assert finding.why.said(TEXTS, "en") == (
        "answered a call of its own after 12 ms: sound goes both ways, keys are understood; the trunk sip.carrier.example lets us in; "
        "no voice is set: only prompts that were recorded are heard"
    )
    assert finding.why.said(TEXTS, "zh-CN").startswith("自拨测试 12 毫秒接通：双向有声，按键能识别；中继 sip.carrier.example 验证通过；")


async def test_what_is_wrong_is_said_alone_with_what_to_do() -> None:
    wrong = Verdict(
        is_ok=False, why="phone.address_in_use", todo="phone.address_in_use_todo", values={"listen": ":5060", "name": "hotline"}
    )
    finding = await found(Number(wrong))
    assert (finding.ok, finding.why.said(TEXTS, "en")) == (False, ":5060 is in use by another program")
    assert finding.todo.said(TEXTS, "en") == "stop that program, or set another port in sip.listen of [channels.hotline]"


async def test_a_channel_that_has_to_be_given_longer_is() -> None:
    assert (await found(Number(LINE, takes_s=0.05))).ok
    hasty = Number(LINE, takes_s=20)
    hasty.examination_s = 0.0
    finding = await found(hasty)
    assert (finding.ok, finding.why.said(TEXTS, "en")) == (False, "no answer within 0.01 s")

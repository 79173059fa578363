"""Any interleaving of the platform's repeats, lost responses, our deaths, expired tokens, troubled calls and passing time: to each message
exactly one answer on the phone, or one that the record calls uncertain, kept or failed, so that people know. Never two; nothing silently
lost; and the platform never has to say that the count is used up.

A failing seed is played again by `.venv/bin/pytest tests/integration/test_wechat_interleavings.py -k SEED`.
"""

import asyncio
import os
import random
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import json

from tests.integration.wechat_world import WeChatWorld
from tests.peers.wechat import Fault, Phone, Push
from tests.peers.wechat.pusher import AttemptFault
from tests.peers.wechat.server import Asked as Refused

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
"""A house that was killed leaves its sockets open, as a killed process does."""
SEEDS = range(1, 7)
STEPS = 24
PHONES = 2
STEP_S = 0.5
LONG_STEP_S = 60.0
"""With none: a quota of the day is tried again after an hour, a dead worker's row after its lease."""
STEP_REAL_S = 0.02
"""How long ours have for it: with a push on its way time must not run away from them."""
SETTLED_S = 30.0
KEPT_S = 10**7
"""What is due later than this is kept."""
CALL_FAULTS = (
    Fault(errcode=-1), Fault(errcode=45009), Fault(errcode=45011), Fault(status=502), Fault(is_cut_before=True), Fault(is_cut_after=True),
    Fault(is_garbage=True), Fault(kills_token=40001), Fault(kills_token=42001), Fault(slow_s=4.0),
)  # fmt: skip
ATTEMPT_FAULTS = (AttemptFault(is_unreached=True), AttemptFault(is_lost=True), AttemptFault(cut_after_s=0.1), AttemptFault(delay_s=4.0))
WRONG = (45002, 40003, 40007, 40008, 47001)
"""What the platform never has to say. 45015 it may: the window may shut while a call is on its way. 45047: see `_is_crossed`."""
WRITTEN_WITHIN = timedelta(seconds=6)
"""How long a turn's decision may take to be on record, in this hurried time."""
TAKEN = ("answered", "silent")
"""How a push ends of which we have said that all is well."""
TELLING = {"uncertain", "failed", "kept", "refused"}
"""Fates that the desk shows."""


@dataclass
class Asked:
    """One thing that a customer said."""

    phone: Phone
    text: str
    push: Push


@dataclass
class Story:
    """One seed's interleaving, step by step."""

    world: WeChatWorld
    chance: random.Random
    asked: list[Asked] = field(default_factory=list)
    touched: list[Push] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    """What was done, for whoever reads a failure."""

    def phones(self) -> list[Phone]:
        return [phone for account in self.world.accounts.values() for phone in account.phones.values()]

    async def say(self) -> None:
        phone = self.chance.choice(self.phones())
        kind = self.chance.choice(("ask", "ask", "ask", "slow", "choose", "long"))
        text = f"{kind} q{len(self.asked)}"
        self.told.append(f"{phone.openid[-1]}@{phone.account.app_id[-1]} says {text}")
        self.asked.append(Asked(phone, text, phone.write(text)))
        await self.pause()

    async def burst(self) -> None:
        for _ in range(3):
            await self.say()

    async def touch(self) -> None:
        """Says nothing, and lets us send a little for a minute."""
        phone = self.chance.choice(self.phones())
        self.told.append(f"{phone.openid[-1]}@{phone.account.app_id[-1]} taps the menu")
        self.touched.append(phone.tap_menu("NEWS"))
        await self.pause()

    async def pass_time(self) -> None:
        seconds = self.chance.choice((0.5, 1, 2, 5, 5, 20, 100))
        self.told.append(f"{seconds} s")
        await self.advance(seconds)

    async def pass_days(self) -> None:
        self.told.append("50 h")
        await self.advance(50 * 3600)

    async def advance(self, seconds: float) -> None:
        """In small steps as long as a push is on its way: the platform comes again after five seconds, not after a day."""
        while seconds > 0 and self._is_pushing():
            step = min(seconds, STEP_S)
            seconds -= step
            await self.world.advance(step)
            await asyncio.sleep(STEP_REAL_S)
        if seconds > 0:
            await self.world.advance(seconds)
            await self.pause()

    async def die(self) -> None:
        steps, is_done_first = self.chance.randrange(1, 14), self.chance.random() < 0.5
        self.told.append(f"dies at step {steps}{', done' if is_done_first else ''}")
        await self.world.restart(within_steps=steps, is_done_first=is_done_first)

    async def trouble_call(self) -> None:
        fault = self.chance.choice(CALL_FAULTS)
        self.told.append(f"next call: {fault}")
        self.world.platform.faults.next("custom/send", fault)

    async def trouble_token(self) -> None:
        fault = self.chance.choice((Fault(status=502), Fault(errcode=-1), Fault(is_cut_before=True)))
        self.told.append(f"next token: {fault}")
        self.world.platform.faults.next("stable_token", fault)

    async def trouble_attempt(self) -> None:
        account = self.chance.choice(list(self.world.accounts.values()))
        fault = self.chance.choice(ATTEMPT_FAULTS)
        self.told.append(f"next push of {account.app_id[-1]}: {fault}")
        account.attempts.append(fault)

    async def pause(self) -> None:
        await asyncio.sleep(self.chance.choice((0, 0, 0.002, 0.02)))

    async def play(self, steps: int) -> None:
        deeds: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (8, self.say), (2, self.burst), (2, self.touch), (6, self.pass_time), (1, self.pass_days), (3, self.die),
            (3, self.trouble_call), (1, self.trouble_token), (4, self.trouble_attempt),
        ]  # fmt: skip
        weights, acts = zip(*deeds, strict=True)
        for act in self.chance.choices(acts, weights, k=steps):
            await act()

    async def settle(self) -> None:
        """All is well again: time goes by until nothing is on its way."""
        self.world.platform.faults.clear()
        for account in self.world.accounts.values():
            account.attempts.clear()
        try:
            async with asyncio.timeout(SETTLED_S):
                while self._is_busy():
                    await self.world.advance(STEP_S if self._is_pushing() else LONG_STEP_S)
                    await asyncio.sleep(STEP_REAL_S)
        except TimeoutError:
            rows = "\n".join(map(str, self.world.waiting()))
            raise AssertionError(self._why(f"it does not settle:\n{rows}")) from None

    def _is_pushing(self) -> bool:
        pushes = [*(one.push for one in self.asked), *self.touched]
        return any(push.running is None or not push.running.done() for push in pushes)

    def _is_busy(self) -> bool:
        """The answers are looked for before the rows: one that comes between the two looks still has its row."""
        return self._is_pushing() or not self._is_answered() or any(row.due_s < KEPT_S for row in self.world.waiting())

    def _is_answered(self) -> bool:
        """Everything that was taken is on record, and has an answer there."""
        said = self.world.said()
        answers = [text_of(message) for message in said if message["author"] != "customer"]
        asked = [one for one in self.asked if one.push.outcome in TAKEN or _is_on_record(said, one)]
        return all(any(f"<{one.text}>" in answer for answer in answers) for one in asked)

    # ---- what must hold --------------------------------------------------------------------------------------------------------

    def check(self) -> None:
        said = self.world.said()
        for one in self.asked:
            self._check_one(one, said)
        platform = self.world.platform
        assert platform.breaches == [], self._why("the platform could not read an answer")
        wrong = [code for code in platform.refusals("custom/send") if code in WRONG]
        assert wrong == [], self._why("the platform had to refuse what should not have been asked")
        over = [call for call in platform.asked if call.errcode == 45047 and not self._is_crossed(call, said)]
        assert over == [], self._why("the platform had to say that the count is used up")

    def _is_crossed(self, call: Refused, said: list[dict[str, Any]]) -> bool:
        """Something of ours went out between a deed of this customer and the end of its turn. The platform counts it against what the
        deed allows; ours was counted against what was allowed before, because the deed was not on record yet."""
        openid = json.decode(call.body)["touser"]
        phone = self.world.platform.accounts[call.account].phones[openid]
        for one in (one for one in self.asked if one.phone is phone):
            began = next(shown.at for shown in phone.shown if shown.via == "phone" and shown.text == one.text)
            turns = [datetime.fromisoformat(message["at"]) for message in said if f"<{one.text}>" in text_of(message)]
            if turns and any(shown.via == "custom" and began <= shown.at <= turns[0] + WRITTEN_WITHIN for shown in phone.shown):
                return True
        return False

    def _check_one(self, one: Asked, said: list[dict[str, Any]]) -> None:
        shown = sum(f"<{one.text}>" in text for text in one.phone.texts)
        assert shown <= 1, self._why(f"{one.text}: answered {shown} times")
        if not _is_on_record(said, one):
            assert one.push.outcome not in TAKEN, self._why(f"{one.text}: taken, and not on record")
            return
        fates = {message["status"] for message in said if message["author"] != "customer" and f"<{one.text}>" in text_of(message)}
        assert len(fates) == 1, self._why(f"{one.text}: answers on record are {fates}")
        (fate,) = fates
        if one.text.startswith("long"):
            self._check_paragraphs(one)
        if shown:
            assert fate in ("sent", "uncertain", *(TELLING if one.text.startswith("long") else ())), self._why(
                f"{one.text}: shown, and said to be {fate}"
            )
        elif one.push.outcome in TAKEN:
            assert fate in TELLING, self._why(f"{one.text}: not shown, and said to be {fate}")

    def _check_paragraphs(self, one: Asked) -> None:
        """As far as it has come, each once and in order."""
        found = [int(number) for text in one.phone.texts for number in re.findall(rf"\[{one.text} (\d)\]", text)]
        assert found == list(range(len(found))), self._why(f"{one.text}: came as {found}")

    def _why(self, what: str) -> str:
        return "\n".join((what, *self.told))


def _is_on_record(said: list[dict[str, Any]], one: Asked) -> bool:
    return any(message["author"] == "customer" and text_of(message) == one.text for message in said)


def text_of(message: dict[str, Any]) -> str:
    return "\n".join(str(part.get("text", "")) for part in message["parts"])


async def played(folder: Path, seed: int, *, steps: int = STEPS) -> Story:
    """One seed, from an empty record until everything is settled."""
    with pytest.MonkeyPatch.context() as patch:
        async with WeChatWorld(folder, patch) as world:
            accounts = (
                world.account("safe"), world.account("plain", mode="plain", style="json"),
                world.account("alone", mode="compatible", can_send=False, can_send_menus=False),
            )  # fmt: skip
            for account in accounts:
                for _ in range(PHONES):
                    world.platform.phone(account)
            await world.start()
            story = Story(world, random.Random(seed))
            await story.play(steps)
            await story.settle()
            story.check()
            return story


@pytest.mark.parametrize("seed", SEEDS)
async def test_each_message_gets_exactly_one_answer_whatever_happens(tmp_path: Path, seed: int) -> None:
    await played(tmp_path, seed)


@pytest.mark.soak
async def test_each_message_gets_exactly_one_answer_for_a_long_time(tmp_path: Path) -> None:
    until = time.monotonic() + 60 * float(os.environ.get("FRONTDESK_SOAK_MINUTES", "5"))
    seed = int(time.time())
    while time.monotonic() < until:
        seed += 1
        (tmp_path / str(seed)).mkdir()
        try:
            await played(tmp_path / str(seed), seed)
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise

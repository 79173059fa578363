"""A PIN that a caller keys in reaches the system that judges it, and no page of the record."""

import asyncio
from pathlib import Path
from typing import Any

from bot import Bot, Entry
from gateway.core.decision import Ask, Decision, Looking, Road
from gateway.core.events import Found, LookedUp, Visit
from gateway.core.ids import EntryId
from gateway.core.parts import MASKED, Keyed, Pick
from gateway.core.session import Controller, Session
from gateway.lookups import Lookups
from gateway.secrecy import Aside
from tests.integration.calls_house import TEXTS, CallsHouse, calls_house

ORDER = {"name": "order", "type": "order_number", "ask": {"en": "Which order?"}}
PIN = {"name": "pin", "type": "number", "pattern": r"\d{5}", "ask": {"en": "Your PIN?"}, "secret": True}
BALANCE = Entry(
    id=EntryId("balance"), questions=("what is my balance",),
    action={"http": {"target": "bank", "path": "/{{slots.order}}"}, "slots": [ORDER, PIN], "answer": {"en": "ok"}},
)  # fmt: skip
SECRET = "90417"


class RealBrain:
    """The bot itself."""

    is_quick = True

    def __init__(self) -> None:
        self._bot = Bot((BALANCE,), texts=TEXTS)

    async def decide(self, ask: Ask) -> Decision:
        return self._bot.decide(ask)


class Bank:
    """A system that an action asks."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []

    async def ask(self, session: Session, current: Looking) -> LookedUp:
        assert current.decision.lookup is not None
        self.asked.append(dict(current.decision.lookup.slots))
        return LookedUp(session=session.id, id=current.id, found=Found.ANSWER, text="You have 12 yuan.")


async def _looked_up(house: CallsHouse, bank: Any) -> None:
    """Perform what the session waits for, and hear what came of it."""
    results: list[Any] = []

    class Lane:
        async def append(self, event: Any) -> bool:
            results.append(event)
            return True

    lookups = Lookups(
        bus=Lane(), roads={Road.ACTION: bank}, clock=house.clock, metrics=house.metrics, drain_s=1, aside=house.aside  # type: ignore[arg-type]
    )  # fmt: skip
    lookups.begin(await house.session())
    while not results:
        await asyncio.sleep(0.001)
    await house.hear(results[0].event, key="looked-up")


def _on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())


async def test_a_pin_reaches_the_bank_and_no_page_of_the_record(tmp_path: Path) -> None:
    async with calls_house(tmp_path, brain=RealBrain()) as house:
        bank = Bank()
        await house.call(visit=Visit(locale="en"))
        await house.says(Pick(id="entry:balance", text="what is my balance", keys="1"))
        await house.hear_keys("1234567")
        session = await house.session()
        assert (session.memory.asking, session.memory.asks_secret, session.is_doubtful) == ("pin", True, True)
        await house.hear_keys(SECRET, is_secret=True)
        await _looked_up(house, bank)
        assert bank.asked == [{"order": "1234567", "pin": SECRET}]
        messages = await house.messages()
        assert messages[4].parts == (Keyed(MASKED, is_secret=True),)
        assert (await house.words())[-1] == "bot: You have 12 yuan."
        assert (await house.session()).controller is Controller.BOT
    written = _on_disk(tmp_path)
    assert b"1234567" in written, "what is no secret is found like this"
    assert SECRET.encode() not in written
    assert SECRET.encode("utf-16-le") not in written


async def test_a_process_that_dies_with_the_secret_loses_the_look_up_to_a_person(tmp_path: Path) -> None:
    async with calls_house(tmp_path, brain=RealBrain()) as house:
        bank = Bank()
        await house.hire()
        await house.call(visit=Visit(locale="en"))
        await house.says(Pick(id="entry:balance", text="what is my balance", keys="1"))
        await house.hear_keys("1234567")
        await house.hear_keys(SECRET, is_secret=True)
        house.aside = Aside()  # as another process has it
        await _looked_up(house, bank)
        assert bank.asked == []
        assert (await house.session()).controller is Controller.QUEUE
        packet = (await house.handoff()).packet
        assert SECRET not in repr(packet)
        assert packet.slots == {"order": "1234567"}

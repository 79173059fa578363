"""Calls through the real channel, middle, record, queue and desk: what a caller hears, and what is on record."""

from pathlib import Path

from tests.integration.phone_house import phone_house, until
from tests.peers.phone_line import ScriptedEar


async def test_a_caller_presses_keys_asks_aloud_and_hears_the_answer(tmp_path: Path) -> None:
    async with phone_house(tmp_path, ear=ScriptedEar()) as world:
        caller = world.line.rings()
        await world.hears(caller, "For English, press two")
        caller.presses("2")
        await world.hears(caller, "Tell me in a few words")
        caller.says("refund")
        await world.hears(caller, "answer to refund")
        await world.hears(caller, "Is there anything else?")
        caller.hangs_up()
        await until(lambda: caller.leg.is_over)

"""A gateway process that answers every call and plays to it, to be killed: `python -m tests.peers.sip_gateway PORT` says
its worker's pid."""

import asyncio
import sys

from adapters.phone.driver import Leg, Speech
from tests.peers.sip_line import sip_line
from tests.peers.sip_sound import sine

LAST_WORD = sine(880, 600)


async def _take(leg: Leg) -> None:
    await leg.answer()
    await leg.play(Speech(text="", language="en", pcm=sine(440, 20_000)), "long")
    async for _ in leg.events():
        pass


async def _run(port: int) -> None:
    async with sip_line(port=port, take=_take, last_words={"": sine(1_300, 600), "en": LAST_WORD}) as line:
        sys.stdout.write(f"{line.driver.health.facts['pid']}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_run(int(sys.argv[1])))

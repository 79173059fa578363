"""The line's end of a test call: it says that it is there, that it hears, and which keys it has understood, in tones.

Nothing of it reaches the dialogue or the record: such a call is a matter between this installation and its own doctor.
"""

import asyncio
from collections.abc import AsyncIterator

from adapters.phone.driver import Digit, Ended, Hearing, Leg, LegEvent, Sound, Speech
from adapters.phone.sip.signs import ASKING_HZ, HEARD_HZ, HERE_HZ, KEYS_HZ, Ear, tone

CALL_MAX_S = 12.0
"""Then it is over, whoever is still there."""


async def answer_test(leg: Leg, *, within_s: float = CALL_MAX_S) -> None:
    """One test call, until its end. Raises LineFailed."""
    await leg.answer()
    await leg.hear(Hearing(speech=True))
    await _sound(leg, HERE_HZ, within_s)
    try:
        async with asyncio.timeout(within_s):
            await _echo(leg, leg.events(), within_s)
    except TimeoutError:
        await leg.flush()
        await leg.hangup()


async def _echo(leg: Leg, events: AsyncIterator[LegEvent], within_s: float) -> None:
    ear, has_heard = Ear(), False
    async for event in events:
        match event:
            case Sound(pcm=pcm) if not has_heard:
                ear.feed(pcm)
                if ear.hears(ASKING_HZ):
                    has_heard = True
                    await _sound(leg, HEARD_HZ, within_s)
            case Digit(digit=digit) if digit in KEYS_HZ:
                await _sound(leg, KEYS_HZ[digit], within_s)
            case Ended():
                return
            case _:
                pass


async def _sound(leg: Leg, hz: int, seconds: float) -> None:
    """This, from now on."""
    await leg.flush()
    await leg.play(Speech(text="", language="", pcm=tone(hz, seconds)), f"{hz} Hz")

"""Rings our own line once, as a caller's phone would, and says what it heard: `python -m adapters.phone.sip.probe`, started by `probing`.

A process of its own, as one process has one SIP stack. Its first line of input says whom to ring, its only line of output how it went.
"""

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from baresip import Account, AudioNotActive, AudioRestarted, BaresipError, Call, CallFailed, CallTimeout, Config, Runtime, UserAgent

from adapters.phone.audio import BYTES_PER_S, FRAME_MS
from adapters.phone.sip.passes import HEADER
from adapters.phone.sip.probing import ORDER_MAX_BYTES, Order, Report, read_order, write
from adapters.phone.sip.signs import ASKING_HZ, HEARD_HZ, HERE_HZ, KEYS_HZ, Ear, tone

CODECS = ("pcma", "pcmu")
MENC = {"off": (), "srtp": ("mediaenc=srtp",), "srtp-mandatory": ("mediaenc=srtp-mand",)}
READ_MAX_BYTES = 16_384
AHEAD_BYTES = BYTES_PER_S // 5
TICK_S = FRAME_MS / 1_000
USER = "frontdesk-doctor"


class Phone:
    """The phone while it is connected: hears, and says the one thing that it has to say."""

    def __init__(self, call: Call) -> None:
        self._audio = call.audio
        self._ear = Ear()
        self._saying = b""
        self._has_news = asyncio.Event()

    def say(self, hz: int) -> None:
        """From now on; 0: nothing."""
        self._saying = tone(hz, TICK_S) if hz else b""

    async def run(self) -> None:
        """Every 20 ms."""
        while True:
            with contextlib.suppress(AudioNotActive, AudioRestarted):
                self._tick()
            await asyncio.sleep(TICK_S)

    def _tick(self) -> None:
        if heard := self._audio.read(READ_MAX_BYTES):
            self._ear.feed(heard)
            self._has_news.set()
        while self._saying and self._audio.stats().tx_buffered < AHEAD_BYTES and self._audio.write(self._saying):
            pass

    async def hears(self, hz: int, until_s: float) -> bool:
        """Whether this sounds, now or soon."""
        try:
            async with asyncio.timeout_at(until_s):
                while not self._ear.hears(hz):
                    self._has_news.clear()
                    await self._has_news.wait()
        except TimeoutError:
            return False
        return True


async def ring(order: Order) -> Report:
    """One call from beginning to end. Raises BaresipError where there is no phone to ring with."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + order.all_s
    async with _agent(order) as agent:
        began_s = loop.time()
        try:
            call = await agent.dial(order.target, {HEADER: order.test_pass})
            await call.wait_established(max(0.1, min(order.answer_s, until_s - began_s)))
        except CallTimeout:
            return Report()
        except CallFailed as failed:
            return Report(status=failed.status or 0, reason=failed.reason)
        answered_ms = round((loop.time() - began_s) * 1_000)
        try:
            return await _talk(call, order.keys, answered_ms, until_s)
        finally:
            with contextlib.suppress(BaresipError):
                await call.hangup()


async def _talk(call: Call, keys: str, answered_ms: int, until_s: float) -> Report:
    """Each step waits for the one before: what comes behind the first that fails would fail as well."""
    phone = Phone(call)
    running = asyncio.create_task(phone.run())
    try:
        if not await phone.hears(HERE_HZ, until_s):
            return Report(status=200, answered_ms=answered_ms)
        phone.say(ASKING_HZ)
        if not await phone.hears(HEARD_HZ, until_s):
            return Report(status=200, answered_ms=answered_ms, has_heard=True)
        phone.say(0)
        understood = await _press(call, phone, keys, until_s)
        return Report(status=200, answered_ms=answered_ms, has_heard=True, was_heard=True, keys=understood)
    finally:
        running.cancel()


async def _press(call: Call, phone: Phone, keys: str, until_s: float) -> str:
    """Which keys were understood."""
    understood = ""
    for key in keys:
        with contextlib.suppress(BaresipError):
            await call.send_dtmf(key)
        if not await phone.hears(KEYS_HZ[key], until_s):
            break
        understood += key
    return understood


@asynccontextmanager
async def _agent(order: Order) -> AsyncIterator[UserAgent]:
    host = order.interface or "localhost"
    domain = f"[{host}]" if ":" in host else host
    listen = domain if order.interface else "0.0.0.0"  # noqa: S104 - a port of no number, for the time of a call
    runtime = Runtime(native_log_level="error")
    config = Config(
        net_interface=order.interface or None, max_concurrent_calls=1,
        extra_config_text=f"sip_listen {listen}:0\nrtcp_mux no\n",
    )  # fmt: skip
    await runtime.start(config)
    try:
        account = Account(
            user=USER, domain=domain, password="", reg_interval=0, audio_codecs=CODECS,
            extra_params=("video_codecs=none", *MENC[order.encryption]),
        )  # fmt: skip
        yield await UserAgent.create(runtime, account, transfer_policy="reject")
    finally:
        with contextlib.suppress(BaresipError):
            await runtime.close()


async def run() -> None:
    """Do as the first line of input says."""
    print("ready", flush=True)  # noqa: T201 - the time of a call does not begin before
    line = await asyncio.to_thread(sys.stdin.buffer.readline, ORDER_MAX_BYTES)
    order = read_order(line)
    try:
        async with asyncio.timeout(order.all_s + 0.5):
            report = await ring(order)
    except (BaresipError, OSError, ValueError) as error:  # TimeoutError is an OSError
        report = Report(trouble=f"{type(error).__name__}: {error}"[:200])
    print(write(report), flush=True)  # noqa: T201 - what whoever started us waits for


def main() -> None:
    logging.disable(logging.CRITICAL)  # the stack's lines have numbers and addresses
    asyncio.run(run())
    os._exit(0)  # not a second for a stack that is slow to end: all has been said


if __name__ == "__main__":
    main()

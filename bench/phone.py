"""Calls: how many a core carries with sound that comes regularly, and how long callers wait, against the bare SIP stack."""

import asyncio
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median

import psutil
from rapidfuzz.distance import Levenshtein

from adapters.phone.driver import Digit
from bench.result import NotHere, Result
from bench.servers import ROOT, Server, pin, say
from tests.peers.gateway import AS_INSTALLED, Gateway
from tests.peers.processes import Process, free_port, wait_until
from tests.peers.sip_caller import SipCaller
from tests.peers.sip_line import Taken, sip_line
from tests.peers.sip_sound import from_alaw, sine

NUMBER = """
[channels.hotline]
type = "phone"
sip = {{listen = "127.0.0.1:{port}", number = "frontdesk", rtp_ports = "40000-49999"}}
languages = ["en"]
calls_max_count = 1000
calls_per_minute = 1000
"""
GAP_MS = 30.0
PACKETS_SHARE = 0.99
APART_S = 0.02
"""Between two calls that begin: fifty a second."""


def phone_calls(
    *,
    counts: Sequence[int] = (60, 80, 100, 120, 140, 160, 180, 200, 220, 240),
    seconds: float = 5.0,
    gap_ms: float = GAP_MS,
    share: float = PACKETS_SHARE,
) -> Result:
    """The most calls at once on one core, gateway and its worker together, whose 99th percentile of the gap between two packets stays below
    30 ms and that miss less than 1 % of them; against a program that answers with the same stack and plays a tone."""
    _needs_stack()
    with _bare() as (port, bare):
        most_bare, _ = _most(port, "bare", bare, counts, seconds, gap_ms, share)
    with _number() as (port, ours):
        most, figures = _most(port, "frontdesk", ours, counts, seconds, gap_ms, share)
    ratio = most / most_bare if most_bare else 0.0
    return Result(
        name="phone_calls", against="the bare stack", ratio=ratio, must=">= 0.7", goal=">= 0.9", is_met=ratio >= 0.7,
        figures={"calls": most, "bare_calls": most_bare, **figures},
    )  # fmt: skip


def phone_waits(*, tries: int = 20) -> Result:
    """How long one caller waits, alone: from INVITE to the first sound, from a key to silence, and from a key, its beginning and its
    end, to the first sound of what it leads to; medians. The ratio is that of its beginning to one frame of sound (20 ms)."""
    _needs_stack()
    with _number() as (port, _):
        told = [asyncio.run(_waits(port, number)) for number in range(tries)]
    figures = {name: median(one[name] for one in told) for name in told[0]} | {"key_to_silence_ms": median(asyncio.run(_silences(tries)))}
    ratio = figures["key_to_sound_ms"] / 20.0
    return Result(
        name="phone_waits", against="one frame of sound", ratio=ratio, must="<= 10", goal="<= 5", is_met=ratio <= 10, figures=figures
    )


def phone_keys(*, presses: int = 200) -> Result:
    """Keys that are understood, none twice, where 0, 5 and 20 of 100 packets of their tones are lost."""
    _needs_stack()
    shares = {f"loss_{loss}": asyncio.run(_understood(presses, loss / 100)) for loss in (0, 5, 20)}
    ratio = min(shares.values())
    return Result(name="phone_keys", against="every key", ratio=ratio, must=">= 0.99", goal="= 1", is_met=ratio >= 0.99, figures=shares)


def _needs_stack() -> None:
    try:
        import baresip  # noqa: F401 - only whether it is there
    except ImportError:
        raise NotHere("baresip-python is not installed (frontdesk[phone])") from None


def _most(
    port: int, user: str, server: Server, counts: Sequence[int], seconds: float, gap_ms: float, share: float
) -> tuple[int, dict[str, float]]:
    """The largest of these counts that is carried well, by halves, and the figures of it."""
    low, high, kept = 0, len(counts), dict[str, float]()
    while low < high:
        middle = (low + high) // 2
        figures = _load(port, user, server, counts[middle], seconds)
        is_good = figures["gap_p99_ms"] < gap_ms and figures["packets_share"] >= share
        say(f"{user}: {counts[middle]} calls, {figures['answered']:.0f} answered with {figures['repeats']:.0f} repeats, gap p99 "
            f"{figures['gap_p99_ms']:.1f} ms, {figures['packets_share']:.1%} of the packets, {figures['cpu']:.0%} of a core")  # fmt: skip
        if is_good:
            low, kept = middle + 1, figures
        else:
            high = middle
    return (counts[low - 1], kept) if low else (0, kept)


def _load(port: int, user: str, server: Server, count: int, seconds: float) -> dict[str, float]:
    plan = {"port": port, "user": user, "count": count, "seconds": seconds, "apart_s": APART_S}
    command = [sys.executable, "-m", "bench.telephones", json.dumps(plan)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        pin(process.pid, -1)
        assert process.stdout.readline().strip() == "measuring"
        before = server.cpu_s()
        assert process.stdout.readline().strip() == "measured"
        used = server.cpu_s() - before
        figures: dict[str, float] = json.loads(process.stdout.readline())
    return {**figures, "cpu": used / seconds}


@contextmanager
def _bare() -> Iterator[tuple[int, Server]]:
    with tempfile.TemporaryDirectory() as folder:
        port, log = free_port(), Path(folder) / "bare.log"
        process = Process([sys.executable, str(Path(__file__).with_name("phone_bare.py")), str(port)], log)
        try:
            process.wait_for(lambda: "ready" in log.read_text(), "the bare stack")
            pin(process.pid, 0)
            yield port, Server(port, [process.pid])
        finally:
            process.kill()


class _Family(Server):
    """The gateway and the processes that it has at the moment: an overload may end one, and another takes its place on the same core."""

    def cpu_s(self) -> float:
        used = 0.0
        for process in (self._processes[0], *self._processes[0].children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                used += times.user + times.system
        return used


@contextmanager
def _number() -> Iterator[tuple[int, Server]]:
    """The real program with a number, and all its processes on one core."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        gateway = Gateway(Path(folder), program=AS_INSTALLED, more=NUMBER.format(port=port))
        gateway.start()
        try:
            log = Path(folder) / "all.log"
            wait_until(lambda: "calls are taken" in log.read_text(), "the number being there")
            pids = [gateway.pid(), *(child.pid for child in psutil.Process(gateway.pid()).children(recursive=True))]
            for pid in pids:
                pin(pid, 0)
            yield port, _Family(gateway.port, pids[:1])
        finally:
            gateway.stop()


LOUD = 500
"""Of 32,767: a packet with a louder sample is sound."""
QUIET_S = 0.4


async def _waits(port: int, number: int) -> dict[str, float]:
    """One call: the first sound, and what the menu's first key leads to."""
    loop = asyncio.get_running_loop()
    async with SipCaller.open(port, f"+8613900{number:06d}") as caller:
        began = loop.time()
        await caller.call()
        first = await _sound_after(caller, began)
        await _quiet(caller)
        pressed = loop.time()
        await caller.press("1", pause_s=0.0)
        released = loop.time()
        led = await _sound_after(caller, pressed)
        await caller.hang_up()
    from_end_ms = 1_000 * (led - released)  # below nothing where the line has answered before the key was let go
    return {"invite_to_sound_ms": 1_000 * (first - began), "key_to_sound_ms": 1_000 * (led - pressed), "key_end_to_sound_ms": from_end_ms}


async def _silences(tries: int) -> list[float]:
    """From a key's first packet to the last sound of what it interrupts, over the driver alone: nothing is said afterwards."""
    loop, found = asyncio.get_running_loop(), []
    async with sip_line() as line:
        for _ in range(tries):
            async with SipCaller.open(line.port) as caller:
                ringing = asyncio.ensure_future(caller.call())
                taken = await line.next()
                await taken.leg.answer()
                await ringing
                await taken.play(sine(440, 20_000), "long")
                await _sound_after(caller, 0.0)
                stopping = asyncio.ensure_future(_flush_at_key(taken))
                pressed = loop.time()
                await caller.press("5")
                await stopping
                await _quiet(caller)
                last = max(_loud(caller))
                found.append(1_000 * (next(at for at in caller.heard.at if at > last) - pressed))
                await caller.hang_up()
    return found


async def _flush_at_key(taken: Taken) -> None:
    await taken.until(lambda call: any(isinstance(event, Digit) for event in call.events))
    await taken.leg.flush()


async def _understood(presses: int, loss: float) -> float:
    """The share of keys that are told, in their order, less those that are told too often."""
    chance, keys = random.Random(1), "0123456789*#"
    pressed = "".join(chance.choice(keys) for _ in range(presses))
    async with sip_line() as line, SipCaller.open(line.port) as caller:
        ringing = asyncio.ensure_future(caller.call())
        taken = await line.next()
        await taken.leg.answer()
        await ringing
        await caller.press(pressed, loses=lambda _: chance.random() < loss)
        await asyncio.sleep(QUIET_S)
        told = "".join(event.digit for event in taken.events if isinstance(event, Digit))
        await caller.hang_up()
    return Levenshtein.normalized_similarity(pressed, told)


def _loud(caller: SipCaller) -> list[float]:
    """When sound came, packet by packet."""
    pairs = zip(caller.heard.at, caller.heard.sound, strict=True)
    return [at for at, sound in pairs if max(map(abs, memoryview(from_alaw(sound)).cast("h"))) > LOUD]


async def _sound_after(caller: SipCaller, moment: float) -> float:
    while True:
        if came := [at for at in _loud(caller) if at > moment]:
            return came[0]
        await asyncio.sleep(0.005)


async def _quiet(caller: SipCaller) -> None:
    """Until nothing has been heard for a while."""
    loop = asyncio.get_running_loop()
    while (rest_s := max(_loud(caller), default=0.0) + QUIET_S - loop.time()) > 0:
        await asyncio.sleep(rest_s)

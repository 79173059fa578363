"""The killing journeys for a long time: `make soak`, two thirds of MINUTES for both sizes together."""

import asyncio
import os
import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.journeys.killing import Harm, talk_through
from tests.journeys.test_killing import WORKERS, embedded_gateway, scaled_gateway
from tests.peers.gateway import Gateway
from tests.peers.postgres import PostgresServer
from tests.peers.redis import RedisServer

pytestmark = pytest.mark.soak
SHARE_S = float(os.environ.get("FRONTDESK_SOAK_MINUTES", "30")) * 60 / 3
ROUND_COUNT = 15
"""Harm done before the record is checked."""


async def soak(gateway: Gateway, harm: Harm, report: Callable[[str], None]) -> None:
    """Rounds of talk and harm until the time is up."""
    deadline, harm_count, message_count, seed = time.monotonic() + SHARE_S, 0, 0, 100
    while time.monotonic() < deadline:
        message_count += await talk_through(gateway, harm, visitor_count=20, harm_count=ROUND_COUNT, seed=seed)
        harm_count += ROUND_COUNT
        seed += 1
        report(f"{harm_count} times harmed, {message_count} messages acknowledged and answered once")


async def test_embedded_process_killed_again_and_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with embedded_gateway(tmp_path) as gateway:

        async def harm(chance: random.Random) -> None:
            gateway.kill()
            await asyncio.to_thread(gateway.start)

        await soak(gateway, harm, _reporter(capsys))


async def test_everything_of_the_scaled_size_killed_again_and_again(
    tmp_path: Path, redis_url: str, postgres_url: str, redis_server: RedisServer, postgres_server: PostgresServer,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    with scaled_gateway(tmp_path, redis_url, postgres_url) as gateway:

        async def harm(chance: random.Random) -> None:
            await _kinds_of_harm(gateway, redis_server, postgres_server)[chance.choice("wwwttttttrp")](chance)

        await soak(gateway, harm, _reporter(capsys))


def _kinds_of_harm(gateway: Gateway, redis: RedisServer, postgres: PostgresServer) -> dict[str, Callable[[random.Random], Awaitable[None]]]:
    async def web(chance: random.Random) -> None:
        gateway.kill("web")
        await asyncio.to_thread(gateway.start, "web", "web,timers,delivery,listen")

    async def worker(chance: random.Random) -> None:
        name = chance.choice(WORKERS)
        gateway.kill(name)
        await asyncio.to_thread(gateway.start, name, "turns")

    async def redis_restarts(chance: random.Random) -> None:
        await asyncio.to_thread(redis.restart)

    async def postgres_restarts(chance: random.Random) -> None:
        await asyncio.to_thread(postgres.restart)

    return {"w": web, "t": worker, "r": redis_restarts, "p": postgres_restarts}


def _reporter(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    def report(line: str) -> None:
        with capsys.disabled():
            print(f"\n{line}", flush=True)  # noqa: T201 - long work shows its progress

    return report

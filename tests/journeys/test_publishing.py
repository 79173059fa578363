"""A knowledge base is published while customers talk: nobody waits, nothing is lost, and soon every process says the same."""

import asyncio
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.killing import talk_through
from tests.journeys.test_killing import WORKERS, scaled_gateway
from tests.peers.gateway import Gateway
from tests.peers.visitor import Visitor

SOON_S = 60.0
"""It takes a second or two, but on a machine that does much else."""


@pytest.fixture
def gateway(tmp_path: Path, redis_url: str, postgres_url: str) -> Iterator[Gateway]:
    with scaled_gateway(tmp_path, redis_url, postgres_url) as opened:
        yield opened


async def publish(gateway: Gateway, words: str) -> None:
    """The files with other answers, in force."""
    file = gateway.folder / "knowledge.yaml"
    file.write_text(file.read_text().replace("answer ", f"{words} answer "))
    command = (sys.executable, *gateway.program, "kb", "publish", "--from", "files", "--config", str(gateway.config))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
    assert await process.wait() == 0


async def in_force(gateway: Gateway, worker: str, revision: int) -> None:
    """Once this process answers from this revision."""
    async with asyncio.timeout(SOON_S):
        while f"revision={revision}" not in gateway.log(worker):
            await asyncio.sleep(0.05)


@pytest.mark.timeout(400)
async def test_three_processes_change_to_what_is_published_while_customers_talk_and_one_of_them_dies(gateway: Gateway) -> None:
    published = 0

    async def harm(chance: random.Random) -> None:
        nonlocal published
        published += 1
        await publish(gateway, f"v{published}")
        if published == 2:
            gateway.kill(WORKERS[0])  # while it makes the next bot
            await asyncio.to_thread(gateway.start, WORKERS[0], "turns")
        else:
            await in_force(gateway, WORKERS[0], published)
        await in_force(gateway, WORKERS[1], published)

    assert await talk_through(gateway, harm, visitor_count=6, harm_count=2, seed=5) > 10
    for number in range(6):  # each of their own lane
        async with Visitor(gateway.url, f"late {number}") as visitor:
            seq = await visitor.acknowledged(await visitor.say(f"question number {number}"))
            assert f"v1 v2 answer number {number}" in str(await visitor.answer_to(seq))

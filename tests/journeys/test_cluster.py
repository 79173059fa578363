"""The scaled size over a Redis Cluster: questions are answered, also while one of its masters dies and comes back."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.killing import talk_through
from tests.journeys.test_killing import scaled_gateway
from tests.peers.gateway import Gateway
from tests.peers.redis_cluster import RedisCluster
from tests.peers.visitor import Visitor


@pytest.fixture
def gateway(tmp_path: Path, redis_cluster_url: str, postgres_url: str) -> Iterator[Gateway]:
    with scaled_gateway(tmp_path, redis_cluster_url, postgres_url) as gateway:
        yield gateway


@pytest.mark.timeout(120)
async def test_a_question_is_answered_over_a_redis_cluster_and_none_is_lost_when_a_master_dies(
    gateway: Gateway, redis_cluster: RedisCluster
) -> None:
    async with Visitor(gateway.url, "first") as visitor:
        seq = await visitor.acknowledged(await visitor.say("question number 7"), timeout_s=20)
        assert "answer number 7" in str(await visitor.answer_to(seq, timeout_s=20))

    async def harm(chance: random.Random) -> None:
        server = chance.choice(redis_cluster.masters)
        server.kill()
        await asyncio.sleep(1.0)
        server.start()  # not from a thread: a server ends with the thread that started it
        await asyncio.to_thread(redis_cluster.start)

    assert await talk_through(gateway, harm, visitor_count=6, harm_count=2, seed=4) > 20

"""`kill -9` at random moments under load, in both sizes: every acknowledged message is on record once, in order, answered once."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.journeys.killing import talk_through
from tests.peers.gateway import Gateway
from tests.peers.postgres import PostgresServer
from tests.peers.redis import RedisServer

WORKERS = ("turns-1", "turns-2")


@contextmanager
def embedded_gateway(folder: Path) -> Iterator[Gateway]:
    """One process with everything in it."""
    gateway = Gateway(folder)
    try:
        gateway.start()
        yield gateway
    finally:
        gateway.stop()


@contextmanager
def scaled_gateway(folder: Path, redis_url: str, postgres_url: str) -> Iterator[Gateway]:
    """A web process and two workers over Redis and PostgreSQL."""
    gateway = Gateway(folder, store_url=postgres_url, bus_url=redis_url)
    try:
        gateway.start("web", "web,timers,delivery,listen")
        for worker in WORKERS:
            gateway.start(worker, "turns")
        yield gateway
    finally:
        gateway.stop()


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Gateway]:
    with embedded_gateway(tmp_path) as gateway:
        yield gateway


@pytest.fixture
def scaled(tmp_path: Path, redis_url: str, postgres_url: str) -> Iterator[Gateway]:
    with scaled_gateway(tmp_path, redis_url, postgres_url) as gateway:
        yield gateway


@pytest.mark.timeout(180)
async def test_killed_embedded_process_loses_and_doubles_nothing(embedded: Gateway) -> None:
    async def harm(chance: random.Random) -> None:
        embedded.kill()
        await asyncio.to_thread(embedded.start)

    assert await talk_through(embedded, harm, visitor_count=8, harm_count=5, seed=1) > 25


@pytest.mark.timeout(180)
async def test_killed_workers_and_web_process_lose_and_double_nothing(scaled: Gateway) -> None:
    async def harm(chance: random.Random) -> None:
        name = chance.choice(("web", *WORKERS))
        scaled.kill(name)
        roles = "web,timers,delivery,listen" if name == "web" else "turns"
        await asyncio.to_thread(scaled.start, name, roles)

    assert await talk_through(scaled, harm, visitor_count=8, harm_count=6, seed=2) > 25


@pytest.mark.timeout(180)
async def test_restarted_redis_and_postgres_lose_and_double_nothing(
    scaled: Gateway, redis_server: RedisServer, postgres_server: PostgresServer
) -> None:
    async def harm(chance: random.Random) -> None:
        if chance.random() < 0.5:
            await asyncio.to_thread(redis_server.restart)
        else:
            await asyncio.to_thread(postgres_server.restart)

    assert await talk_through(scaled, harm, visitor_count=8, harm_count=4, seed=3) > 25

"""Fixtures for all tests. A server starts when the first test asks for it, once per test process, and stops with the tests."""

import gc
import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.fakes import CountedIds, FrozenClock
from tests.peers.dovecot import DovecotServer
from tests.peers.postgres import PostgresServer
from tests.peers.redis import RedisServer
from tests.peers.redis_cluster import RedisCluster

ROOT = Path(__file__).resolve().parent.parent
settings.register_profile("on a busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("on a busy machine")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays: the garbage collector need not look through thousands of tests while they run, as it does in the product."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.fixture
def clock() -> FrozenClock:
    """A clock that moves by `clock.advance(seconds)` only."""
    return FrozenClock()


@pytest.fixture
def ids() -> CountedIds:
    """Ids in counting order."""
    return CountedIds()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """The test process's own Redis, to be restarted and killed. A test that leaves it down does not hurt the next one."""
    server = RedisServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """An empty Redis."""
    redis_server.start()
    redis_server.flush()
    return redis_server.url


@pytest.fixture(scope="session")
def redis_cluster() -> Iterator[RedisCluster]:
    """The test process's own Redis Cluster, whose masters may be restarted and killed, and its slots moved."""
    cluster = RedisCluster()
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture
def redis_cluster_url(redis_cluster: RedisCluster) -> str:
    """An empty Redis Cluster."""
    redis_cluster.start()
    redis_cluster.flush()
    return redis_cluster.url


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The test process's own PostgreSQL, to be restarted and killed."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def dovecot_server() -> Iterator[DovecotServer]:
    """The test process's own Dovecot, to be stopped, killed and kicked. Users are made by `add_user`."""
    server = DovecotServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def dovecot(dovecot_server: DovecotServer) -> DovecotServer:
    """The same, running, whatever the last test left behind."""
    dovecot_server.start()
    return dovecot_server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A fresh, empty database, dropped after the test."""
    postgres_server.start()
    name = postgres_server.new_database()
    yield postgres_server.url(name)
    postgres_server.start()
    postgres_server.drop_database(name)


@pytest.fixture(scope="session")
def frontdesk_data() -> Path:
    """The folder of public data sets, named by FRONTDESK_DATA; without it the tests over them are left out."""
    folder = Path(os.environ.get("FRONTDESK_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the public data sets are not here: FRONTDESK_DATA names their folder")
    return folder

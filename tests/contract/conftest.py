"""The store that a contract test is handed: each engine in turn."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from config.schema import StoreSettings
from gateway.store import Record, open_store
from tests.fakes import FrozenClock
from tests.peers.postgres import PostgresServer

pytest.register_assert_rewrite("tests.contract.channel_kit", "tests.contract.phone_driver_kit", "tests.contract.phone_streaming_kit")


@pytest.fixture(params=["sqlite", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Record]:
    """An empty, open store."""
    opened = open_store(StoreSettings(url=url_of(request, tmp_path)), data_dir=tmp_path, clock=clock)
    await opened.open()
    yield opened
    await opened.close()


def url_of(request: Any, folder: Path) -> str:
    """An empty database of the engine that the test's parameter names."""
    if request.param == "sqlite":
        return f"sqlite:///{folder / 'frontdesk.db'}"
    server, name = request.getfixturevalue("migrated_database")
    server.start()
    server.bring_back(name)
    return str(server.url(name))


def fresh_url_of(request: Any, folder: Path) -> str:
    """A database without any table of the engine that the test's parameter names."""
    return url_of(request, folder) if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def migrated_database(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[PostgresServer, str]:
    """The test process's own PostgreSQL, and a database in it with all tables; what a test has written is taken out before the next."""
    postgres_server.start()
    name = postgres_server.new_database()
    with ThreadPoolExecutor(1) as beside:  # this thread's loop may be running already
        beside.submit(asyncio.run, _migrate(postgres_server.url(name), tmp_path_factory.mktemp("migrated"))).result()
    postgres_server.note_contents(name)
    return postgres_server, name


async def _migrate(url: str, folder: Path) -> None:
    store = open_store(StoreSettings(url=url), data_dir=folder, clock=FrozenClock())
    await store.open()
    await store.close()

"""The store that a contract test is handed: each engine in turn."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from config.schema import StoreSettings
from gateway.store import Record, open_store
from tests.fakes import FrozenClock


@pytest.fixture(params=["sqlite", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Record]:
    """An empty, open store."""
    opened = open_store(StoreSettings(url=url_of(request, tmp_path)), data_dir=tmp_path, clock=clock)
    await opened.open()
    yield opened
    await opened.close()


def url_of(request: Any, folder: Path) -> str:
    """A fresh database of the engine that the test's parameter names."""
    if request.param == "sqlite":
        return f"sqlite:///{folder / 'frontdesk.db'}"
    return str(request.getfixturevalue("postgres_url"))

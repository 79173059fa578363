"""Opens the record and the bus for a command, and closes them again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from config.problems import ConfigError
from config.schema import Settings
from gateway.bus import open_bus
from gateway.clock import SystemClock
from gateway.core.bus import Bus
from gateway.store import Record, SqliteStore, open_store


@asynccontextmanager
async def opened_store(settings: Settings, *, is_serving: bool = False) -> AsyncIterator[Record]:
    """The record. `is_serving`: alone, where it is embedded; raises ConfigError while a process serves from it."""
    store = open_store(settings.store, data_dir=Path(settings.gateway.data_dir), clock=SystemClock(), is_serving=is_serving)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def opened_bus(settings: Settings, store: Record) -> AsyncIterator[Bus]:
    """The bus over this record."""
    bus = open_bus(settings.bus, log=store if isinstance(store, SqliteStore) else None, clock=SystemClock())
    await bus.open()
    try:
        yield bus
    finally:
        await bus.close()


async def is_served_elsewhere(settings: Settings) -> bool:
    """Whether another process holds the embedded record: only that one may append to its local bus."""
    if settings.bus.url != "local:":
        return False
    try:
        async with opened_store(settings, is_serving=True):
            return False
    except ConfigError:
        return True

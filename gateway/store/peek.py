"""A look into a record without opening it: for commands that must start nothing, make nothing and bring nothing forward."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from config.schema import StoreSettings
from gateway.core.errors import Busy
from gateway.core.knowledge import Revision
from gateway.store import knowledge
from gateway.store.lite import connect, drive, translated
from gateway.store.sqlite import SqliteStore
from gateway.store.steps import StatementFailed, Steps

DEADLINE_S = 5.0

Published = tuple[Revision, bytes | None]


async def published(store: object, settings: StoreSettings) -> Published | None:
    """The revision of the knowledge base in force, with its entries (None: kept no more); None where nothing was published, or there is no
    record. `store`: what `open_store` gives, not opened. Raises Busy where the record can't be asked."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            if isinstance(store, SqliteStore):
                return await asyncio.to_thread(_in_file, store.path)
            return await _at_server(settings.url)
    except TimeoutError:
        raise Busy("the record's line", 1.0) from None


def _in_file(path: Path) -> Published | None:
    if not path.exists():
        return None
    try:
        with closing(connect(path, is_reader=True)) as connection:
            return drive(connection, _newest())
    except StatementFailed:
        return None  # an older program's record, which knows of no publications
    except sqlite3.Error as error:
        raise translated(error) from error


async def _at_server(url: str) -> Published | None:
    import asyncpg

    from gateway.store import pg

    try:
        connection: Any = await asyncpg.connect(url, timeout=DEADLINE_S)
        try:
            return await pg.drive(connection, _newest())
        finally:
            await connection.close(timeout=DEADLINE_S)
    except StatementFailed:
        return None
    except (*pg.BROKEN, asyncpg.PostgresError, ValueError) as error:
        raise pg.translated(error) from error


def _newest() -> Steps[Published | None]:
    revision = yield from knowledge.newest()
    return None if revision is None else (revision, (yield from knowledge.entries(revision.digest)))

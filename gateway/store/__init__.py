"""The record: the only place with SQL. SQLite or PostgreSQL behind one set of functions; see README.md."""

from pathlib import Path
from urllib.parse import unquote

from config.problems import ConfigError, Problem
from config.schema import StoreSettings
from gateway.core.ports import Clock
from gateway.store.record import Record
from gateway.store.sqlite import SqliteStore

__all__ = ["Record", "SqliteStore", "open_store"]

_SQLITE = "sqlite:///"


def open_store(settings: StoreSettings, *, data_dir: str | Path, clock: Clock, is_serving: bool = False) -> Record:
    """The store that `[store] url` names, not opened yet. Raises ConfigError for a url of another kind.

    `sqlite:///data/x.db` is a path from the working directory, `sqlite:////srv/x.db` one from the root; the default url means
    `frontdesk.db` in `data_dir`. The embedded store is the durable log of the local bus too (`isinstance(store, SqliteStore)`);
    with `is_serving` it refuses to open where another process serves already.
    """
    url = settings.url
    if url.startswith(_SQLITE) and len(url) > len(_SQLITE):
        is_default = url == StoreSettings().url
        path = Path(data_dir, "frontdesk.db") if is_default else Path(unquote(url.removeprefix(_SQLITE)))
        return SqliteStore(path, clock=clock, synchronous=settings.synchronous, is_serving=is_serving)
    if url.startswith(("postgresql://", "postgres://")):
        # Imported here: an embedded gateway does not pay for the driver.
        from gateway.store.postgres import PostgresStore

        return PostgresStore(url, clock=clock, pool_max_count=settings.pool_max_count)
    raise ConfigError([Problem("[store] url", "expected sqlite:///PATH or postgresql://USER@HOST/DATABASE")])

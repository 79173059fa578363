"""How PostgreSQL is opened, driven through steps, and understood when it fails."""

import asyncio
from collections.abc import AsyncIterator, Generator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import asyncpg

from config.problems import ConfigError, Problem
from gateway.core.errors import FrontdeskError
from gateway.store.migrations import check_not_newer, latest, migrate
from gateway.store.steps import Duplicate, Fetch, Row, StatementFailed, Write, busy, postgres_text

T = TypeVar("T")

CONNECT_S = 10.0
STATEMENT_S = 8.0
_WHERE = "[store] url"
_MIGRATING = 0x46726F6E74
"""The advisory lock that lets one process migrate at a time."""

SESSION_SETTINGS = {
    "application_name": "frontdesk",
    "statement_timeout": str(int(STATEMENT_S * 1000)),
    "lock_timeout": "4000",
    "idle_in_transaction_session_timeout": "30000",
    "jit": "off",
}

ANOTHERS_SAKE = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.InvalidCachedStatementError,
)
"""PostgreSQL ended this transaction so that another may go on, or because the schema has just moved: it is tried again."""

BROKEN = (
    OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
)  # fmt: skip
"""The connection or the server is gone, or does not answer in time."""

_FULL = (asyncpg.InsufficientResourcesError, asyncpg.ReadOnlySQLTransactionError, asyncpg.PostgresSystemError)
_REFUSED = (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError, asyncpg.SyntaxOrAccessError, ValueError)
"""ValueError: the driver could not even encode it."""


async def drive(connection: Any, steps: Generator[Fetch | Write, list[Row], T]) -> T:
    """Run steps to their end. A refused statement is raised inside them first; what is wrong with the whole database goes straight up."""
    try:
        step = next(steps)
        while True:
            try:
                rows = await _run(connection, step)
            except asyncpg.UniqueViolationError as error:
                step = steps.throw(Duplicate(f"{error.table_name}: {error.constraint_name}"))
            except _REFUSED as error:
                step = steps.throw(StatementFailed(f"{type(error).__name__}: the database refused a value"))
            else:
                step = steps.send(rows)
    except StopIteration as done:
        result: T = done.value
        return result


def translated(error: Exception) -> Exception:
    """What a failure of the whole database means to callers, as long as no COMMIT was under way: nothing was written."""
    if isinstance(error, FrontdeskError):
        return error
    if isinstance(error, _FULL):
        return busy("the database has no room, or takes no writes", 5.0)
    if isinstance(error, ANOTHERS_SAKE):
        return busy("other transactions hold what this one needs", 1.0)
    if isinstance(error, BROKEN):
        return busy("the database can't be reached", 2.0)
    return error


@asynccontextmanager
async def connected(pool: Any, timeout_s: float = CONNECT_S) -> AsyncIterator[Any]:
    """A connection of the pool; one that breaks, or whose user is called off in the middle, is not given back but thrown away."""
    async with pool.acquire(timeout=timeout_s) as connection:
        try:
            yield connection
        except (*BROKEN, asyncio.CancelledError):
            connection.terminate()
            raise


async def bring_forward(url: str) -> None:
    """Bring the schema forward, over a connection of its own without deadlines: a large table may take its time.

    Raises ConfigError where no retry can help: a wrong name or password, a newer database, one that forgets; Busy where it can.
    """
    try:
        connection = await asyncpg.connect(url, timeout=CONNECT_S)
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError, ValueError) as error:
        raise ConfigError([Problem(_WHERE, f"the database does not let us in: {type(error).__name__}")]) from None
    except BROKEN as error:
        raise translated(error) from None
    try:
        await _check_durable(connection)
        if await _version(connection) != latest():
            async with connection.transaction():
                await connection.execute("SELECT pg_advisory_xact_lock($1)", _MIGRATING)
                await drive(connection, migrate(_WHERE, "postgres"))
    finally:
        await connection.close(timeout=CONNECT_S)


async def _check_durable(connection: Any) -> None:
    if await connection.fetchval("SHOW synchronous_commit") == "off":
        raise ConfigError([
            Problem(_WHERE, "synchronous_commit is off in this database: it would forget acknowledged messages. Set it to on.")
        ])  # fmt: skip


async def _version(connection: Any) -> int:
    if await connection.fetchval("SELECT to_regclass('schema_version')") is None:
        return 0
    current = int(await connection.fetchval("SELECT coalesce(max(version), 0) FROM schema_version"))
    check_not_newer(_WHERE, current)
    return current


async def _run(connection: Any, step: Fetch | Write) -> list[Row]:
    sql = postgres_text(step.sql)
    if isinstance(step, Fetch):
        rows: list[Row] = await connection.fetch(sql, *_fit(step.args))
        return rows
    if len(step.rows) == 1:
        await connection.execute(sql, *_fit(step.rows[0]))
    else:
        await connection.executemany(sql, [_fit(row) for row in step.rows])
    return []


def _fit(values: Sequence[Any]) -> Sequence[Any]:
    """The values as PostgreSQL's text can hold them, which is without NUL: what a hostile client sends must not break a whole batch."""
    return [_without_nul(value) for value in values] if any(map(_has_nul, values)) else values


def _has_nul(value: object) -> bool:
    return "\0" in value if isinstance(value, str) else isinstance(value, list) and any(map(_has_nul, value))


def _without_nul(value: Any) -> Any:
    if isinstance(value, list):
        return list(map(_without_nul, value))
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value

"""The record in PostgreSQL, for many processes.

Concurrent commits are merged into one transaction as long as none fails. When the connection goes while COMMIT is under way, the
server is asked over a new one what became of the transaction; the caller hears of it only when that can't be learned (`InDoubt`).
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import asyncpg

from gateway.core.errors import Busy, FrontdeskError, InDoubt
from gateway.core.ports import Clock
from gateway.store.commit import Batch, Outcomes
from gateway.store.group import apart, together
from gateway.store.pg import ANOTHERS_SAKE, BROKEN, CONNECT_S, SESSION_SETTINGS, STATEMENT_S, bring_forward, connected, drive, translated
from gateway.store.record import Record
from gateway.store.steps import Fetch, StatementFailed, Steps, busy

T = TypeVar("T")

_COMMITTERS = 2
"""Group commits under way at once: while one waits for the disk the next gathers; more would only make each smaller."""
_LINE_MAX_COUNT = 20_000
"""Commits that may wait; the next one is told to come again."""
_GROUP_MAX_COUNT = 1_000
_SEARCHES_MAX_COUNT = 50
_SEARCH_S = 10.0
_ATTEMPTS = 3
_RESOLVE_S = 5.0
_RESOLVE_EVERY_S = 0.1


class _NotCommitted(Exception):
    """COMMIT was cut off, and the server says that the transaction came to nothing."""


class PostgresStore(Record):
    """Store over asyncpg.

    After `InDoubt` a caller must assume nothing: it reads again, or repeats the very same commit, which versions and keys make safe
    (what is on record already is refused as StaleSession, Repeat or Conflict). After any other `Busy` nothing was written.
    """

    def __init__(self, url: str, *, clock: Clock, pool_max_count: int = 10) -> None:
        super().__init__(clock)
        self._url = url
        self._pool_max_count = pool_max_count
        self._pool: Any = None
        self._line: deque[tuple[Batch, asyncio.Future[Any]]] = deque()
        self._committers: set[asyncio.Task[None]] = set()
        self._searching = asyncio.Lock()
        self._searches = 0

    async def open(self) -> None:
        """Bring the schema forward, and connect. Raises ConfigError, or Busy while the server can't be reached."""
        await bring_forward(self._url)
        self._pool = await asyncpg.create_pool(
            self._url, min_size=0, max_size=self._pool_max_count, timeout=CONNECT_S, command_timeout=STATEMENT_S + 1,
            server_settings=SESSION_SETTINGS,
        )  # fmt: skip

    async def close(self) -> None:
        """Finish the commits that wait, then disconnect."""
        pool, self._pool = self._pool, None
        while self._committers:
            await asyncio.wait(self._committers, timeout=CONNECT_S)
        if pool is not None:
            try:
                await asyncio.wait_for(pool.close(), CONNECT_S)
            except TimeoutError:
                pool.terminate()

    async def healthy(self) -> None:
        """Raises Busy unless the server answers, and takes writes."""
        ((is_standby,),) = await self._read(_is_standby())
        if is_standby:
            raise busy("the database is a standby, which takes no writes", 2.0)

    async def _read(self, steps: Steps[T]) -> T:
        try:
            async with connected(self._connections()) as connection:
                return await drive(connection, steps)
        except (*BROKEN, asyncpg.PostgresError) as error:
            raise translated(error) from error

    async def _look_through(self, steps: Steps[T]) -> T:
        if self._searches >= _SEARCHES_MAX_COUNT:
            raise Busy("the line of the store's searches", 1.0)
        self._searches += 1
        try:
            async with asyncio.timeout(_SEARCH_S), self._searching:
                return await self._read(steps)
        except TimeoutError:
            raise busy("the store does not answer in time", 1.0) from None
        finally:
            self._searches -= 1

    async def _write(self, make: Callable[[], Steps[T]]) -> T:
        try:
            return await self._transaction(make)
        except (*BROKEN, asyncpg.PostgresError) as error:
            raise translated(error) from error

    async def _commit(self, batch: Batch) -> Outcomes:
        self._connections()
        if len(self._line) >= _LINE_MAX_COUNT:
            raise Busy("the store's line", 1.0)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._line.append((batch, future))
        if len(self._committers) < _COMMITTERS:
            task = asyncio.create_task(self._commit_what_waits(self._connections()), name="store-committer")
            self._committers.add(task)
            task.add_done_callback(self._committers.discard)
        outcomes: Outcomes = await future
        return outcomes

    # ---- inside

    def _connections(self) -> Any:
        if self._pool is None:
            raise busy("the store is closed", 1.0)
        return self._pool

    async def _commit_what_waits(self, pool: Any) -> None:
        """Until the line is empty. Whoever then comes must not count on us: a caller that we have just answered may run before our end is
        noticed."""
        try:
            while self._line:
                await self._commit_some(pool)
        finally:
            self._committers.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    async def _commit_some(self, pool: Any) -> None:
        taken = [self._line.popleft() for _ in range(min(len(self._line), _GROUP_MAX_COUNT))]
        group = [(batch, future) for batch, future in taken if not future.done()]
        results = await self._written(pool, [batch for batch, _ in group])
        for (_, future), result in zip(group, results, strict=True):
            if future.done():
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)

    async def _written(self, pool: Any, batches: Sequence[Batch]) -> Sequence[Any]:
        try:
            try:
                return await self._transaction(lambda: together(batches), pool)
            except StatementFailed:
                return await self._transaction(lambda: apart(batches), pool)
        except Exception as error:  # whatever it is, each caller must hear of it
            return [translated(error)] * len(batches)

    async def _transaction(self, make: Callable[[], Steps[T]], pool: Any = None) -> T:
        for attempt in range(_ATTEMPTS):
            try:
                return await self._once(make, pool or self._connections())
            except (*ANOTHERS_SAKE, _NotCommitted):
                if attempt == _ATTEMPTS - 1:
                    raise busy("other transactions hold what this one needs", 1.0) from None
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _once(self, make: Callable[[], Steps[T]], pool: Any) -> T:
        async with connected(pool) as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                result = await drive(connection, make())
                number = await connection.fetchval("SELECT pg_current_xact_id_if_assigned()::text")
            except (FrontdeskError, *ANOTHERS_SAKE):
                await transaction.rollback()
                raise
            try:
                await transaction.commit()
            except BROKEN:
                connection.terminate()
            else:
                return result
        if number is not None:
            await self._resolve(number, pool)
        return result

    async def _resolve(self, number: str, pool: Any) -> None:
        """Return if this transaction was committed. Raises _NotCommitted, or InDoubt where the server can't be asked in time."""
        give_up_at = asyncio.get_running_loop().time() + _RESOLVE_S
        while (status := await _status(pool, number)) != "committed":
            if status == "aborted":
                raise _NotCommitted
            if asyncio.get_running_loop().time() > give_up_at:
                raise InDoubt("the database")
            await asyncio.sleep(_RESOLVE_EVERY_S)


async def _status(pool: Any, number: str) -> str | None:
    try:
        async with connected(pool, 1.0) as connection:
            status: str | None = await connection.fetchval("SELECT pg_xact_status($1::text::xid8)", number)
            return status
    except (*BROKEN, asyncpg.PostgresError):
        return None


def _is_standby() -> Steps[Any]:
    return (yield Fetch("SELECT pg_is_in_recovery()"))

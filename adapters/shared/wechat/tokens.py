"""Access tokens, shared by all processes through the shelf, fetched by one of them at a time.

A token is kept until five minutes before its end: from then on the platform gives a new one, and both hold (developers.weixin.qq.com,
获取稳定版接口调用凭据). Whoever finds none takes the lease and fetches; the others wait for what appears on the shelf. The lease saves
calls, it guards nothing: when the bus is away, each process fetches for itself, and the platform gives all of them the same.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

import msgspec
from msgspec import Struct

from adapters.shared.wechat.codes import CODES, UNKNOWN, Refusal
from gateway.core.errors import FrontdeskError, SendError, TryLater
from gateway.core.ports import Shelf

log = logging.getLogger(__name__)

EARLY_S = 300.0
"""So long before its end a token is renewed."""
LEASE_S = 15.0
LOOK_S = 0.1
"""How often the shelf is looked at while another process fetches."""
TOKEN_MAX_CHARS = 4096
"""The platform asks to keep room for 512."""
FORCED_MAX_COUNT = 20
FORCED_APART_S = 30.0
"""`force_refresh`: at most 20 in a day, 30 s apart, by the platform's rule."""
DAY_S = 86_400.0


class Fresh(Struct, frozen=True):
    """What the platform gave: a token, and for how long."""

    token: str
    expires_in_s: float

    def __repr__(self) -> str:
        return "Fresh()"


class Kept(Struct, frozen=True):
    """A token as it lies on the shelf."""

    token: str
    renew_at_s: float

    def __repr__(self) -> str:
        return "Kept()"


class Leases(Protocol):
    """The right to do something alone among all processes."""

    async def take(self, name: str, ttl_s: float) -> bool: ...

    async def give_back(self, name: str) -> None: ...


class Fetch(Protocol):
    """Asks the platform for a token."""

    async def __call__(self, *, is_forced: bool) -> Fresh:
        """`is_forced`: for another one than it gave before. Raises Refusal or a SendError."""
        ...


class Tokens:
    """The access token of one account."""

    def __init__(
        self, name: str, fetch: Fetch, *, shelf: Shelf, leases: Leases, now_s: Callable[[], float], patience_s: float = 10.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        """`name`: the account's, for the shelf and the lease. `patience_s`: how long to wait for another process's fetch."""
        self._name = f"token/{name}"
        self._fetch = fetch
        self._shelf = shelf
        self._leases = leases
        self._now_s = now_s
        self._patience_s = patience_s
        self._sleep = sleep
        self._flight = asyncio.Lock()
        self._kept: Kept | None = None

    def __repr__(self) -> str:
        return f"Tokens({self._name!r})"

    async def current(self) -> str:
        """The token to use now. Raises TryLater where none can be had."""
        kept = self._kept
        return kept.token if kept and self._now_s() < kept.renew_at_s else await self._another("")

    async def renewed(self, refused: str) -> str:
        """Another one in place of a token that the platform has just refused. Raises TryLater."""
        return await self._another(refused)

    async def _another(self, refused: str) -> str:
        """A token that is not `refused`: from memory, from the shelf, or fetched. One flight at a time in this process."""
        async with self._flight:
            if self._is_good(self._kept, refused) and self._kept:
                return self._kept.token
            self._kept = await self._shelved(refused) or await self._alone(refused)
            return self._kept.token

    async def _alone(self, refused: str) -> Kept:
        """Fetched by this process, or waited for while another one fetches."""
        waited_s = 0.0
        while not await self._may_fetch():
            if waited_s >= self._patience_s:
                raise TryLater("the access token is being fetched by another process", code="token_late")
            await self._sleep(LOOK_S)
            waited_s += LOOK_S
            if kept := await self._shelved(refused):
                return kept
        try:
            return await self._shelved(refused) or await self._fetched(refused)
        finally:
            with suppress(FrontdeskError, OSError):
                await self._leases.give_back(self._name)

    async def _fetched(self, refused: str) -> Kept:
        """The platform gives the token that it gave before as long as that holds. If it is the refused one, it is asked for another."""
        fresh = await self._ask(is_forced=False)
        if fresh.token == refused and await self._may_force():
            fresh = await self._ask(is_forced=True)
        if not 0 < len(fresh.token) <= TOKEN_MAX_CHARS:
            raise TryLater("the platform's access token can't be used", code="token_odd")
        kept = Kept(fresh.token, self._now_s() + fresh.expires_in_s - min(EARLY_S, fresh.expires_in_s / 2))
        await self._shelve(self._name, msgspec.json.encode(kept).decode(), max(1.0, kept.renew_at_s - self._now_s()))
        return kept

    async def _ask(self, *, is_forced: bool) -> Fresh:
        """Whatever goes wrong, the message that the token was for was certainly not taken."""
        try:
            return await self._fetch(is_forced=is_forced)
        except TryLater:
            raise
        except Refusal as refusal:
            meaning = CODES.get(refusal.code, UNKNOWN)
            raise TryLater(f"no access token: {meaning.words}", code=str(refusal.code), retry_after_s=meaning.wait_s) from None
        except SendError as error:
            raise TryLater(f"no access token: {error.reason}", code=error.code, retry_after_s=error.retry_after_s) from None

    async def _may_fetch(self) -> bool:
        """False only while another process has the lease; a bus that is away stops nobody."""
        try:
            return await self._leases.take(self._name, LEASE_S)
        except (FrontdeskError, OSError):
            return True

    async def _may_force(self) -> bool:
        """Within the platform's limits; counted before it is done."""
        name, now = f"{self._name}/forced", self._now_s()
        try:
            times = [at for at in msgspec.json.decode(await self._look(name) or "[]", type=list[float]) if now - at < DAY_S]
        except msgspec.DecodeError:
            times = []
        if len(times) >= FORCED_MAX_COUNT or (times and now - times[-1] < FORCED_APART_S):
            return False
        await self._shelve(name, msgspec.json.encode([*times, now]).decode(), DAY_S)
        return True

    async def _shelved(self, refused: str) -> Kept | None:
        """What lies on the shelf, if it is good."""
        text = await self._look(self._name)
        try:
            kept = msgspec.json.decode(text, type=Kept) if text else None
        except msgspec.DecodeError:
            return None
        return kept if self._is_good(kept, refused) else None

    def _is_good(self, kept: Kept | None, refused: str) -> bool:
        return kept is not None and kept.token != refused and self._now_s() < kept.renew_at_s

    async def _look(self, name: str) -> str | None:
        try:
            return await self._shelf.get(name)
        except (FrontdeskError, OSError):
            log.warning("the shelf can't be read; the access token is fetched anew")
            return None

    async def _shelve(self, name: str, value: str, ttl_s: float) -> None:
        try:
            await self._shelf.put(name, value, ttl_s)
        except (FrontdeskError, OSError):
            log.warning("the access token could not be put on the shelf; other processes fetch their own")

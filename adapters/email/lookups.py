"""Asks the DNS for the keys and policies that prove a sender, and remembers the answers for a while."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import Struct

KNOWN_S = 3_600.0
UNKNOWN_S = 60.0
"""How long a failure is remembered: a backlog of mails doesn't wait for a dead DNS again and again."""
NAMES_MAX_COUNT = 2_000
TXT_MAX_COUNT = 20


class DnsFailed(Exception):
    """Nobody knows: the DNS did not answer, or could not."""


class Resolver(Protocol):
    """The DNS."""

    async def txt(self, name: str, timeout_s: float) -> Sequence[bytes]:
        """The TXT records of a name, each with its strings joined; none where there is no such name. Raises DnsFailed."""
        ...


class SystemResolver:
    """The resolver that this machine is set up with."""

    async def txt(self, name: str, timeout_s: float) -> Sequence[bytes]:
        """By dnspython, which is loaded by whoever asks."""
        import dns.asyncresolver
        import dns.exception
        import dns.resolver

        try:
            answer = await dns.asyncresolver.resolve(name, "TXT", lifetime=timeout_s, raise_on_no_answer=False, search=False)
        except dns.resolver.NXDOMAIN:
            return ()
        except (dns.exception.DNSException, OSError, UnicodeError) as error:
            raise DnsFailed(type(error).__name__) from None
        records = answer.rrset or ()
        return [b"".join(record.strings) for record in records][:TXT_MAX_COUNT]


class _Known(Struct, frozen=True):
    until_s: float
    records: tuple[bytes, ...] | None
    """None: it could not be known."""


class Names:
    """What the DNS says, with a memory. Safe for many askers at the same time: they ask once."""

    def __init__(self, resolver: Resolver, monotonic: Callable[[], float], *, timeout_s: float = 4.0) -> None:
        self._resolver = resolver
        self._monotonic = monotonic
        self._timeout_s = timeout_s
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._asking: dict[str, asyncio.Task[_Known]] = {}

    async def txt(self, name: str) -> tuple[bytes, ...]:
        """The TXT records of a name. Raises DnsFailed."""
        known = self._known.get(name)
        if known is None or known.until_s <= self._monotonic():
            known = await asyncio.shield(self._asked(name))
        if known.records is None:
            raise DnsFailed("the DNS did not answer")
        return known.records

    async def close(self) -> None:
        """Stop asking."""
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _asked(self, name: str) -> asyncio.Task[_Known]:
        task = self._asking.get(name)
        if task is None:
            task = self._asking[name] = asyncio.create_task(self._ask(name), name="dns")
            task.add_done_callback(lambda _: self._asking.pop(name, None))
        return task

    async def _ask(self, name: str) -> _Known:
        try:
            async with asyncio.timeout(self._timeout_s):
                records: tuple[bytes, ...] | None = tuple(await self._resolver.txt(name, self._timeout_s))
        except (DnsFailed, OSError):
            records = None
        known = _Known(self._monotonic() + (KNOWN_S if records is not None else UNKNOWN_S), records)
        self._known[name] = known
        self._known.move_to_end(name)
        while len(self._known) > NAMES_MAX_COUNT:
            self._known.popitem(last=False)
        return known

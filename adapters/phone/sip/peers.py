"""The addresses whose calls are taken: those of the configured hosts and of the trunk, looked up again and again."""

import asyncio
import socket
from collections.abc import Iterable

from adapters.phone.sip import addresses

AGAIN_S = 300.0
SOONER_S = 10.0
"""While a host has never been found."""
LOOK_UP_S = 5.0


class Peers:
    """None: anybody's calls are taken."""

    def __init__(self, hosts: Iterable[str], trunk_host: str) -> None:
        chosen = [addresses.host_of(host) for host in hosts if host]
        trunk = [addresses.host_of(trunk_host)] if chosen and trunk_host else []
        self._found: dict[str, frozenset[str]] = {name: frozenset() for name in (*chosen, *trunk)}
        self.all: frozenset[str] = frozenset(self._found)

    async def find(self) -> None:
        """Look them up. A name that can't be found now keeps the addresses that it had."""
        for name in self._found:
            try:
                async with asyncio.timeout(LOOK_UP_S):
                    infos = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_DGRAM)
            except (OSError, TimeoutError, UnicodeError):
                continue
            self._found[name] = frozenset(str(info[4][0]) for info in infos)
        self.all = frozenset(self._found).union(*self._found.values())

    async def keep(self) -> None:
        """Until cancelled."""
        while self._found:
            await asyncio.sleep(AGAIN_S if all(self._found.values()) else SOONER_S)
            await self.find()

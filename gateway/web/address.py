"""Who is calling: the address that limits are counted by."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web

from gateway.web.deps import DEPS

Network = IPv4Network | IPv6Network
_WITH_PORT = re.compile(r"^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$")


def client_address(request: web.Request) -> str:
    """The caller's address; behind proxies of ours (`gateway.trusted_proxies`) the one that they name."""
    trusted = networks(request.app[DEPS].settings.gateway.trusted_proxies)
    return believed(request.remote or "", request.headers.getall("X-Forwarded-For", ()), trusted)


def believed(peer: str, forwarded: Iterable[str], trusted: Sequence[Network]) -> str:
    """The rightmost address that no proxy of ours has. What stands to its left was written by the caller and proves nothing.

    An IPv6 caller owns its whole /64, so that is what is counted.
    """
    if not trusted:
        return _counted(peer)
    hops = [hop.strip() for line in forwarded for hop in line.split(",")]
    address = peer
    while _is_in(address, trusted) and hops:
        address = hops.pop()
    return _counted(address)


@lru_cache(maxsize=8)
def networks(names: tuple[str, ...]) -> tuple[Network, ...]:
    """`gateway.trusted_proxies` as networks. Raises ValueError for one that is none."""
    return tuple(ip_network(name, strict=False) for name in names)


def _is_in(address: str, trusted: Sequence[Network]) -> bool:
    found = _understood(address)
    return found is not None and any(found in network for network in trusted)


@lru_cache(maxsize=1024)
def _understood(address: str) -> IPv4Address | IPv6Address | None:
    """The address, without what some proxies write around it: `1.2.3.4:5678`, `[2001:db8::1]:5678`; IPv4 in IPv6 is IPv4."""
    bare = _WITH_PORT.sub(r"\1\2", address)
    try:
        found = ip_address(bare)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


@lru_cache(maxsize=4096)
def _counted(address: str) -> str:
    found = _understood(address)
    if found is None:
        return "unknown"
    if found.version == 4:
        return str(found)
    return str(ip_network((found, 64), strict=False).network_address)

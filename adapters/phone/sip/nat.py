"""The address that callers' phones are told, where it is not the one that we listen on: behind a router, or in a cloud.

The stack can't be told an address; it can ask one of a STUN server. So the worker is that server, to itself alone: whatever port asks is
told the advertised address with the same port (RFC 8489, Binding). It is put in the SDP; SIP's own answers find their way by `rport`
(RFC 3581) and registrations by what the trunk sees.
"""

import asyncio
import ipaddress
import socket
import struct
from typing import cast

COOKIE = 0x2112A442
BINDING, BINDING_SUCCESS, XOR_MAPPED_ADDRESS = 0x0001, 0x0101, 0x0020
_HEAD = struct.Struct("!HHI12s")
RESOLVE_S = 5.0


def answer(request: bytes, port: int, advertised: str) -> bytes | None:
    """What a Binding request from this port is told; None where it is none."""
    if len(request) < _HEAD.size:
        return None
    kind, _, cookie, transaction = _HEAD.unpack_from(request)
    if kind != BINDING or cookie != COOKIE:
        return None
    address = ipaddress.ip_address(advertised)
    mask = struct.pack("!I", COOKIE) + transaction
    hidden = bytes(one ^ other for one, other in zip(address.packed, mask, strict=False))
    family = 1 if address.version == 4 else 2
    value = struct.pack("!BBH", 0, family, port ^ (COOKIE >> 16)) + hidden
    attribute = struct.pack("!HH", XOR_MAPPED_ADDRESS, len(value)) + value
    return _HEAD.pack(BINDING_SUCCESS, len(attribute), COOKIE, transaction) + attribute


class _Mirror(asyncio.DatagramProtocol):
    def __init__(self, advertised: str) -> None:
        self._advertised = advertised
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._transport is not None and (told := answer(data, addr[1], self._advertised)):
            self._transport.sendto(told, addr)


async def mirror(advertised: str, host: str) -> tuple[asyncio.DatagramTransport, int]:
    """The server, on an address of this machine, and its port. Raises OSError, also where the advertised name has no address."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(RESOLVE_S):
        infos = await loop.getaddrinfo(advertised, None, type=socket.SOCK_DGRAM)
    address = str(infos[0][4][0])
    transport, _ = await loop.create_datagram_endpoint(lambda: _Mirror(address), local_addr=(host, 0))
    return transport, int(transport.get_extra_info("sockname")[1])

"""Socket addresses as C has them, and the programs that keep a socket to one place: run here as the kernel would run them."""

import struct

import pytest

pytest.importorskip("baresip")

from adapters.phone.sip.latch import filter_of
from adapters.phone.sip.libre import NOWHERE, Libre, Over, Place, place_of, sockaddr_of


@pytest.mark.parametrize(
    ("place", "is_ipv6", "raw"),
    [
        (Place("192.0.2.7", 30_000), False, "02007530c0000207"),
        (Place("192.0.2.7", 30_000), True, "0a0075300000000000000000000000000000ffffc000020700000000"),
        (Place("2001:db8::7", 4_660), True, "0a0012340000000020010db800000000000000000000000700000000"),
    ],
)
def test_a_place_is_written_and_read(place: Place, is_ipv6: bool, raw: str) -> None:
    assert sockaddr_of(place, is_ipv6=is_ipv6).hex() == raw
    assert place_of(bytes.fromhex(raw).ljust(28, b"\0")) == place


@pytest.mark.parametrize("raw", ["00007530c0000207", "0200753000000000", "02000000c0000207", ""])
def test_an_address_of_nothing_is_nowhere(raw: str) -> None:
    assert place_of(bytes.fromhex(raw).ljust(28, b"\0")) == NOWHERE


def _keeps(program: bytes, ip: bytes, udp: bytes) -> bool:
    """The classic packet filter, as far as these programs use it."""
    rows = [struct.unpack_from("@HBBI", program, at) for at in range(0, len(program), 8)]
    at = value = 0
    while True:
        code, yes, no, constant = rows[at]
        at += 1
        match code:
            case 0x20 | 0x28 | 0x30:
                size = {0x20: 4, 0x28: 2, 0x30: 1}[code]
                data, start = (ip, constant - 0xFFF00000) if constant >= 0xFFF00000 else (udp, constant)
                value = int.from_bytes(data[start : start + size], "big")
            case 0x54:
                value &= constant
            case 0x15:
                at += yes if value == constant else no
            case 0x06:
                return bool(constant)
            case _:
                raise AssertionError(code)


def _ip4(host: str) -> bytes:
    return b"\x45" + bytes(11) + bytes(map(int, host.split("."))) + bytes(4)


def _udp(port: int) -> bytes:
    return port.to_bytes(2, "big") + bytes(6)


def test_the_kernel_keeps_packets_of_the_one_place_alone() -> None:
    program = filter_of("192.0.2.7", 30_000)
    assert _keeps(program, _ip4("192.0.2.7"), _udp(30_000))
    assert not _keeps(program, _ip4("192.0.2.7"), _udp(30_002))
    assert not _keeps(program, _ip4("192.0.2.8"), _udp(30_000))
    assert _keeps(filter_of("192.0.2.7", 0), _ip4("192.0.2.7"), _udp(30_002))
    assert not _keeps(filter_of("192.0.2.7", 0), _ip4("192.0.3.7"), _udp(30_002))


def test_the_kernel_keeps_packets_of_ipv6_likewise() -> None:
    ours, other = (b"\x60" + bytes(7) + bytes.fromhex(f"20010db80000000000000000000000{last}") + bytes(16) for last in ("07", "08"))
    program = filter_of("2001:db8::7", 30_000)
    assert _keeps(program, ours, _udp(30_000))
    assert not _keeps(program, ours, _udp(30_001))
    assert not _keeps(program, other, _udp(30_000))
    assert not _keeps(program, _ip4("192.0.2.7"), _udp(30_000))


def test_a_stack_that_is_being_closed_is_not_touched_any_more() -> None:
    libre = Libre()
    libre.end()
    assert libre.end_unborn() == 0
    with pytest.raises(Over), libre.held():
        pass

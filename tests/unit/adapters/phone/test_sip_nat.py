"""The address that callers' phones are told: the answers to our own stack's question, by the vectors of RFC 5769."""

import pytest

from adapters.phone.sip.nat import answer

TRANSACTION = "b7e7a701bc34d686fa87dfae"
REQUEST = bytes.fromhex("00010000" + "2112a442" + TRANSACTION)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("192.0.2.1", "0101000c" + "2112a442" + TRANSACTION + "00200008" + "0001a147e112a643"),
        (
            "2001:db8:1234:5678:11:2233:4455:6677",
            "01010018" + "2112a442" + TRANSACTION + "00200014" + "0002a147" + "0113a9faa5d3f179bc25f4b5bed2b9d9",
        ),
    ],
)
def test_a_port_is_told_the_advertised_address_with_itself(address: str, told: str) -> None:
    assert answer(REQUEST, 32_853, address) == bytes.fromhex(told)


@pytest.mark.parametrize("request_", [b"", b"\0" * 20, REQUEST[:19], b"\x01" + REQUEST[1:], bytes(300)])
def test_whatever_is_no_binding_request_is_told_nothing(request_: bytes) -> None:
    assert answer(request_, 32_853, "192.0.2.1") is None

"""SIP addresses as headers carry them, and why calls ended."""

import pytest

from adapters.phone.sip import endings
from adapters.phone.sip.addresses import Party, caller, host_of, is_everywhere, is_of, party, target_uri, told


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ('"客户 一" <sip:+8613800138000@sip.example.com:5061;user=phone>;tag=1', Party("+8613800138000", "sip.example.com", "客户 一")),
        ("sipp <sip:sipp@127.0.0.1:5099>;tag=x", Party("sipp", "127.0.0.1", "sipp")),
        ("sip:107@[2001:db8::1]:5060", Party("107", "2001:db8::1")),
        ("<sips:a%2Bb@Example.COM>", Party("a+b", "example.com")),
        ("<tel:+12025550123;phone-context=x>", Party("+12025550123")),
        ('"a \\"b\\" <c>" <sip:1@h>', Party("1", "h", 'a "b" <c>')),
        ("<sip:h.example>", Party("", "h.example")),
        ("<sip:1:secret@h>", Party("1", "h")),
        ("", Party()),
        ("rubbish", Party()),
        ('"' + "<" * 5_000, Party()),
    ],
)
def test_whom_a_header_names(header: str, found: Party) -> None:
    assert party(header) == found


def test_a_name_holds_nothing_that_does_not_print() -> None:
    assert party('"a\u202eb\x07" <sip:1@h>').name == "ab"
    assert len(party(f'"{"x" * 500}" <sip:{"1" * 500}@h>').user) == 80


def test_what_the_network_asserts_goes_before_what_the_caller_says() -> None:
    headers = {"From": "<sip:100@a>", "P-Asserted-Identity": '"Shop" <sip:+8613800138000@b>'}
    assert caller(headers, "") == Party("+8613800138000", "a", "Shop")


@pytest.mark.parametrize(
    "headers",
    [
        {"From": '"Anonymous" <sip:anonymous@anonymous.invalid>'},
        {"From": "<sip:Unknown@a>"},
        {"From": "<sip:a>"},
        {"From": "<sip:100@a>", "Privacy": "id"},
        {"From": "<sip:100@a>", "P-Asserted-Identity": "<sip:+8613800138000@b>", "Privacy": "user; id"},
    ],
)
def test_a_withheld_number_is_nobody_s(headers: dict[str, str]) -> None:
    assert (caller(headers, "").user, caller(headers, "").name) == ("", "")


def test_a_packet_is_of_a_peer_by_its_address_however_that_is_written() -> None:
    peers = {"sip.example.com", "10.0.0.2", "2001:DB8::0:2"}
    assert is_of("10.0.0.2", peers)
    assert is_of("::ffff:10.0.0.2", peers)
    assert is_of("2001:db8::2", peers)
    assert not is_of("10.0.0.20", peers)
    assert not is_of("", peers)
    assert not is_of("", {""})
    assert not is_of("10.0.0.2", ())


@pytest.mark.parametrize(
    ("target", "uri"),
    [
        ("sip:107@10.0.0.2", "sip:107@10.0.0.2"),
        ("sip:107@pbx.example.com:5070;transport=tcp", "sip:107@pbx.example.com:5070;transport=tcp"),
        ("+8613800138000", "sip:+8613800138000@sip.example.com:5061"),
        ("*98#", "sip:*98%23@sip.example.com:5061"),
        ("sip:107@10.0.0.2?Replaces=1", ""),
        ("sip:1@h\r\nX: y", ""),
        ("sip:1@h> x", ""),
        ("PJSIP/107", ""),
        ("", ""),
    ],
)
def test_what_is_dialled_for_a_configured_phone(target: str, uri: str) -> None:
    assert target_uri(target, "sip.example.com:5061") == uri


def test_a_number_needs_a_trunk() -> None:
    assert target_uri("+8613800138000", "") == ""


def test_where_one_listens() -> None:
    assert [host_of(place) for place in ("0.0.0.0:5060", "[::1]:5060", "::1", "Example.com")] == ["0.0.0.0", "::1", "::1", "example.com"]
    assert [is_everywhere(host) for host in ("0.0.0.0", "::", "", "127.0.0.1", "example.com")] == [True, True, True, False, False]


def test_of_the_headers_little_is_told() -> None:
    headers = {"From": "<sip:1@a>", "X-Trunk": "north\r", "Diversion": "<sip:2@a>;reason=" + "x" * 400, "Privacy": ""}
    assert told(headers) == {"X-Trunk": "north", "Diversion": "<sip:2@a>;reason=" + "x" * 183}


@pytest.mark.parametrize(
    ("text", "dialled", "talked"),
    [
        ("486 Busy Here", "busy", "hung_up"),
        ("603 Decline", "refused", "hung_up"),
        ("480 x", "no_answer", "hung_up"),
        ("487 y", "no_answer", "hung_up"),
        ("503 z", "unreachable", "hung_up"),
        ("", "unreachable", "hung_up"),
        ("Connection reset by peer [104]", "unreachable", "hung_up"),
        ("Connection timed out [110]", "unreachable", "lost"),
        ("rtp stream error", "unreachable", "lost"),
        ("Call transfered", "unreachable", "transferred"),
    ],
)
def test_why_calls_ended(text: str, dialled: str, talked: str) -> None:
    assert (endings.of_dialled(text), endings.of_talked(text)) == (dialled, talked)


def test_why_transfers_failed() -> None:
    assert [endings.of_transfer(status) for status in (486, 603, 404, None)] == ["busy", "refused", "unreachable", "no_answer"]

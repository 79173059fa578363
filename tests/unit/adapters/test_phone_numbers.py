"""Whose a call is, and what may be dialled."""

import pytest

from adapters.phone.numbers import address_of, caller, is_vouched, may_dial, may_text, phone_of, target_of, thread_of
from gateway.core.contact import Address, AddressKind


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ("13800138000", "+8613800138000"), ("008613800138000", "+8613800138000"), ("8613800138000", "+8613800138000"),
        ("+86 138-0013-8000", "+8613800138000"), ("sip:+12025550123@example.net;user=phone", "+12025550123"), ("01066668888",
        "+861066668888"),
        ("4008001234", "+864008001234"), ("95555", "95555"), ("10086", "10086"), ("107", "107"), ("anonymous", ""), ("Anonymous", ""),
        ("", ""),
        ("\"Restricted\"", ""), ("前台", "前台"), ("a\x00b", "ab"), ("9" * 500, "9" * 64),
    ],
)  # fmt: skip
def test_a_number_is_read_as_its_country_writes_it(told: str, number: str) -> None:
    assert caller(told, "CN") == number


def test_other_countries_write_otherwise() -> None:
    assert [caller("2025550123", "US"), caller("12025550123", "US"), caller("0912345678", "TW")] == [
        "+12025550123", "+12025550123", "+886912345678",
    ]  # fmt: skip


def test_who_calls_again_goes_on_and_who_hides_is_nobody() -> None:
    assert thread_of("hotline", "+8613800138000", "c1") == thread_of("hotline", "+8613800138000", "c2")
    assert thread_of("hotline", "", "c1") != thread_of("hotline", "", "c2")
    assert thread_of("hotline", "107", "c1") != thread_of("other", "107", "c1")
    assert address_of("+8613800138000", "c1") == Address(AddressKind.PHONE, "", "+8613800138000")
    assert address_of("", "c1") == Address(AddressKind.PHONE, "", "withheld:c1")


@pytest.mark.parametrize(
    ("number", "may"),
    [
        ("+8613800138000", True), ("+12025550123", False), ("107", False), ("4008001234", True), ("", False), ("+86138;ext=1", False),
        ("+861380013800000000", False), ("+86１３８００１３８０００", False), ("withheld:c1", False), ("+86138001@evil.example.net", False),
    ],
)  # fmt: skip
def test_only_what_the_configuration_allows_is_dialled(number: str, may: bool) -> None:
    assert may_dial(number, ("+86", "400")) is may
    assert not may_dial(number, ())


@pytest.mark.parametrize(
    ("number", "prefixes", "may"),
    [
        ("+12025550123", ("+1",), True), ("+14165550123", ("+1",), True), ("+18765123456", ("+1",), False),
        ("+18765123456", ("+1876",), True), ("+19002345678", ("+1",), False), ("+19002345678", ("+1900",), True),
        ("+449098790000", ("+44",), False), ("+442071838750", ("+44",), True), ("+8613800138000", ("+8",), True),
        ("+449098790000", ("+4",), False),
    ],
)  # fmt: skip
def test_numbers_that_earn_by_being_called_are_dialled_only_where_they_are_named(number: str, prefixes: tuple[str, ...], may: bool) -> None:
    assert may_dial(number, prefixes) is may


def test_a_network_that_doubts_a_number_proves_nothing() -> None:
    said = ("TN-Validation-Passed-A", "TN-Validation-Passed-C", "TN-Validation-Failed-A", "No-TN-Validation")
    assert [is_vouched({}), *(is_vouched({"stir": one}) for one in said)] == [True, True, False, False, False]


def test_short_messages_go_where_people_may_be_called_and_in_our_own_country() -> None:
    numbers = ("+8613800138000", "+442071838750", "+12025550123", "+449098790000", "107", "")
    assert [may_text(number, "CN", ("+44",)) for number in numbers] == [True, True, False, False, False, False]


def test_nobody_takes_the_name_of_somebody_who_withholds_the_number() -> None:
    assert [caller(said, "CN") for said in ("withheld:1732291234.56", "WITHHELD:c1@h", "sip:withheld:c1@h")] == ["", "", ""]


def test_a_target_comes_from_the_configuration() -> None:
    assert target_of("+8613800138000", "PJSIP/{number}@trunk") == "PJSIP/+8613800138000@trunk"
    phones = {"agent-07": "+8613800138000", "*": "sip:{name}@10.0.0.2"}
    assert [phone_of(name, phones) for name in ("agent-07", "agent.08", "坐席 09", "x@evil.example.net")] == [
        "+8613800138000", "sip:agent.08@10.0.0.2", "", "",
    ]  # fmt: skip
    assert [phone_of("坐席 09", {"*": "sip:desk@10.0.0.2"}), phone_of("a", {})] == ["sip:desk@10.0.0.2", ""]

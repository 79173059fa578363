"""An email address or a phone number in what somebody wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.contact_details import as_email, as_phone, find_contact


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("wang@example.com", "wang@example.com"),
        ("我的邮箱是wang.lei+shop@Mail.Example.COM谢谢", "wang.lei+shop@mail.example.com"),
        ("ｗａｎｇ＠ｅｘａｍｐｌｅ．ｃｏｍ", "wang@example.com"),
        ("write to <a_b@sub.example.co.uk>.", "a_b@sub.example.co.uk"),
        ("it is a@example.com, thanks", "a@example.com"),
        ("a@example。com", "a@example.com"),
    ],
)
def test_an_email_address_is_found(text: str, email: str) -> None:
    found = find_contact(text)
    assert found is not None
    assert (found.email, found.phone) == (email, None)


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("13800138000", "+8613800138000"),
        ("手机：１３８ ００１３ ８０００", "+8613800138000"),
        ("电话138-0013-8000，谢谢", "+8613800138000"),
        ("+86 138 0013 8000", "+8613800138000"),
        ("8613800138000", "+8613800138000"),
        ("0086 13800138000", "+8613800138000"),
        ("010-12345678", "+861012345678"),
        ("(0755) 8888 6666", "+8675588886666"),
        ("0912-345-678", "+886912345678"),
        ("call me at +1 (555) 010-9999", "+15550109999"),
        ("+49 30 123456", "+4930123456"),
        ("my number is 555 010 9999", "5550109999"),
        ("6123 4567", "61234567"),
    ],
)
def test_a_phone_number_is_found(text: str, phone: str) -> None:
    found = find_contact(text)
    assert found is not None
    assert (found.email, found.phone) == (None, phone)


@pytest.mark.parametrize(
    "text",
    [
        "", "退款多久到账？", "订单 20261121000123 还没到", "订单号20261121000123", "order 4400123456 is late", "@", "a@b", "a@example",
        "12345", "1 2 3", "+0123456789", "99.90 元", "19:30", "ORD13800138000X",
    ],
)  # fmt: skip
def test_what_is_neither_is_left_to_the_bot(text: str) -> None:
    assert find_contact(text) is None


def test_both_are_taken_from_one_message() -> None:
    found = find_contact("wang@example.com 或者 13800138000")
    assert found is not None
    assert (found.email, found.phone) == ("wang@example.com", "+8613800138000")


def test_digits_inside_an_address_are_no_phone_number() -> None:
    found = find_contact("13800138000@example.com")
    assert found is not None
    assert (found.email, found.phone) == ("13800138000@example.com", None)


@given(st.text(max_size=300))
def test_any_text_is_read_without_trouble(text: str) -> None:
    find_contact(text)


def test_a_long_row_of_dots_and_digits_is_read_at_once() -> None:
    assert find_contact("1-" * 2000 + "a." * 2000 + "@" + "a-." * 1000) is None


@pytest.mark.parametrize(
    ("text", "email"),
    [
        (" wang@Example.COM ", "wang@example.com"),
        ("ｗａｎｇ＠ｅｘａｍｐｌｅ．ｃｏｍ", "wang@example.com"),
        ("it is wang@example.com", None),
        ("wang@example.com, li@example.com", None),
        ("wang@example", None),
        ("", None),
    ],
)
def test_a_field_holds_one_address_and_nothing_else(text: str, email: str | None) -> None:
    assert as_email(text) == email


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("138 0013 8000", "+8613800138000"),
        ("+44 20 7946 0958", "+442079460958"),
        ("(02) 2345-6789", "0223456789"),
        ("call 13800138000", None),
        ("13800138000 or 13900139000", None),
        ("12", None),
    ],
)
def test_a_field_holds_one_number_and_nothing_else(text: str, phone: str | None) -> None:
    assert as_phone(text) == phone

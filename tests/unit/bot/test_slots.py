"""Order numbers, phones, dates and choices, read out of what customers write."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.patterns import Pattern
from bot.slots import Option, Slot, SlotType, values

TODAY = "2026-11-22"
ORDER = Slot(name="order", type=SlotType.ORDER_NUMBER)
SHAPED = Slot(name="order", type=SlotType.ORDER_NUMBER, pattern=Pattern(r"A\d{7}"))
PHONE = Slot(name="phone", type=SlotType.PHONE)
EMAIL = Slot(name="email", type=SlotType.EMAIL)
DATE = Slot(name="day", type=SlotType.DATE)
NUMBER = Slot(name="count", type=SlotType.NUMBER)
SIZE = Slot(
    name="size", type=SlotType.CHOICE,
    options=(Option(value="s", words=("小号", "small"), text={"zh": "小", "en": "Small"}), Option(value="l", words=("大号", "large"))),
)  # fmt: skip
WORDS = Slot(name="what", type=SlotType.TEXT)


@pytest.mark.parametrize(
    ("slot", "text", "expected"),
    [
        (SHAPED, "订单 A1234567 到哪了", ("A1234567",)),
        (SHAPED, "订单Ａ１２３４５６７到哪了", ("A1234567",)),
        (SHAPED, "where is a-1234567?", ("A1234567",)),
        (SHAPED, "A1234567 和 A7654321", ("A1234567", "A7654321")),
        (SHAPED, "A1234567, yes A1234567!", ("A1234567",)),
        (SHAPED, "B1234567", ()),
        (SHAPED, "XA1234567", ()),
        (ORDER, "my order 202611020001 please", ("202611020001",)),
        (ORDER, "我2026-11-02买的，电话13800138000", ()),
        (ORDER, "hello there everybody", ()),
        (PHONE, "我的电话 138 0013 8000 谢谢", ("13800138000",)),
        (PHONE, "+86 138-0013-8000", ("13800138000",)),
        (PHONE, "010-62345678", ("01062345678",)),
        (PHONE, "+44 20 7946 0958", ("+442079460958",)),
        (PHONE, "订单 12345678901234", ()),
        (EMAIL, "写到 Ann.B@Example.com。", ("ann.b@example.com",)),
        (EMAIL, "a@b, @c.de, x@y.", ()),
        (DATE, "2026年11月2日买的", ("2026-11-02",)),
        (DATE, "12月30日", ("2026-12-30",)),
        (DATE, "1月5号送到", ("2027-01-05",)),
        (DATE, "on the 3rd of December", ("2026-12-03",)),
        (DATE, "Nov 2, 2025", ("2025-11-02",)),
        (DATE, "前天买的", ("2026-11-20",)),
        (DATE, "the day before yesterday", ("2026-11-20",)),
        (DATE, "2026年2月30日", ()),
        (NUMBER, "买了 1,234.50 元", ("1234.50",)),
        (NUMBER, "一些", ()),
        (SIZE, "我要小号的", ("s",)),
        (SIZE, "a largely unknown size", ()),
        (SIZE, "Large please", ("l",)),
        (WORDS, "anything at all", ()),
    ],
)
def test_values_in_a_sentence(slot: Slot, text: str, expected: tuple[str, ...]) -> None:
    assert values(slot, text, TODAY, is_asked=False) == expected


@pytest.mark.parametrize(
    ("slot", "text", "expected"),
    [
        (SHAPED, "a 123 4567", ("A1234567",)),
        (ORDER, "13800138000", ("13800138000",)),
        (ORDER, "it is 2026 1102 0001", ("202611020001",)),
        (NUMBER, "十二个", ("12",)),
        (NUMBER, "二十", ("20",)),
        (NUMBER, "two please", ("2",)),
        (NUMBER, "两个", ("2",)),
        (NUMBER, "一些吧", ()),
        (WORDS, " a  red\none ", ("a red one",)),
    ],
)
def test_answers_to_our_question_are_read_more_freely(slot: Slot, text: str, expected: tuple[str, ...]) -> None:
    assert values(slot, text, TODAY, is_asked=True) == expected


@settings(max_examples=60, deadline=200)
@given(
    text=st.text(alphabet=st.sampled_from("A1 -@.月日年十+,/%#xX。 \u200b"), max_size=3000) | st.text(max_size=3000),
    slot=st.sampled_from([SHAPED, ORDER, PHONE, EMAIL, DATE, NUMBER, SIZE, WORDS]),
)
def test_no_text_raises_or_takes_long(text: str, slot: Slot) -> None:
    for is_asked in (True, False):
        assert all(isinstance(value, str) for value in values(slot, text, TODAY, is_asked=is_asked))

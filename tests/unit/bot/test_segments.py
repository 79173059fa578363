"""A message is cut into what can be asked one by one, and what nobody can answer is left out."""

import pytest

from bot.segments import SEGMENTS_MAX_COUNT, segments


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("怎么退货", ("怎么退货",)),
        ("Where is my order?", ("Where is my order?",)),
        ("", ()),
        ("  \n ", ()),
        ("你好", ("你好",)),
    ],
)
def test_a_short_single_question_comes_back_as_it_is(text: str, pieces: tuple[str, ...]) -> None:
    assert segments(text) == pieces


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Where is my order and how do I get an invoice?", ("Where is my order", "how do I get an invoice?")),
        (
            "My item arrived broken, can I get it repaired and how long is the warranty?",
            ("My item arrived broken", "can I get it repaired", "how long is the warranty?"),
        ),
        (
            "I forgot my password. And I also want to change my delivery address",
            ("I forgot my password.", "I also want to change my delivery address"),
        ),
        ("包邮吗，可以用微信支付吗", ("包邮吗", "可以用微信支付吗")),
        ("优惠券用不了，还有积分会过期吗", ("优惠券用不了", "积分会过期吗")),
        ("怎麼退貨？另外運費誰出", ("怎麼退貨？", "運費誰出")),
        ("1. 怎么退货 2. 运费多少 3. 可以开发票吗", ("怎么退货", "运费多少", "可以开发票吗")),
        ("怎么退货 运费谁出", ("怎么退货", "运费谁出")),
    ],
)
def test_several_wishes_come_apart(text: str, pieces: tuple[str, ...]) -> None:
    assert segments(text) == pieces


@pytest.mark.parametrize(
    "text",
    [
        "If my item is broken, can I return it?",
        "Do you deliver and install washing machines?",
        "我的订单丢了，怎么办",
        "我的快递还没到，可以帮我查一下吗",
        "因为尺码不合适，怎么换货",
        "Is it 3.5 cm or 4.5 cm wide",
    ],
)
def test_one_wish_stays_whole(text: str) -> None:
    assert segments(text) == (text,)


def test_a_letter_is_what_its_writer_asks() -> None:
    letter = (
        "Dear Sir or Madam,\n\nI hope this finds you well. How long does a refund take?\n"
        "I look forward to hearing from you.\n\nKind regards,\nA customer\n+44 20 7946 0000\n\n"
        "On Mon, 3 Jan 2022 at 10:00, The Shop <help@shop.example> wrote:\n> How do I return an item?\n> Write to us.\n"
    )
    assert segments(letter) == ("How long does a refund take?",)


def test_of_a_long_letter_the_pieces_that_ask_are_kept() -> None:
    story = [f"The parcel number {number} came on day {number}." for number in range(20)]
    pieces = segments("\n".join([*story, "How do I return it?"]))
    assert len(pieces) == SEGMENTS_MAX_COUNT
    assert pieces[-1] == "How do I return it?"

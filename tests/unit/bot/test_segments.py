"""A message is cut into what can be asked one by one, and what nobody can answer is left out."""

from random import Random

import pytest

from bot.courtesies import is_courtesy
from bot.segments import SEGMENTS_MAX_COUNT, segments
from tests.unit.bot.mails import in_a_mail


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


def test_of_a_letter_that_asks_the_story_is_left_out() -> None:
    story = [f"On day {number} my sister came and we had cake." for number in range(8)]
    assert segments(" ".join([*story, "How do I return it?", "My parcel never arrived."])) == (
        "How do I return it?",
        "My parcel never arrived.",
    )


def test_a_letter_that_only_tells_keeps_what_it_tells() -> None:
    letter = "My sister came. We had cake. It was nice. The dog was there. We were happy."
    assert len(segments(letter)) == 5


def test_of_very_many_questions_twelve_are_kept() -> None:
    assert len(segments(" ".join(f"How do I return item {number}?" for number in range(20)))) == SEGMENTS_MAX_COUNT


def test_lines_that_a_program_broke_are_joined() -> None:
    letter = (
        "I bought a pair of shoes in your shop at the station and they are much\n"
        "too small for me, so I would like to know how long I have got to send\n"
        "them back to you. Is the way back free of charge?\n"
    )
    assert segments(letter)[-1] == "Is the way back free of charge?"
    assert "send them back to you." in segments(letter)[-2]


def test_a_number_at_the_end_is_no_point_of_a_list() -> None:
    assert segments("Is 126 divisible by 8. Thank you.") == ("Is 126 divisible by 8.",)


@pytest.mark.parametrize("text", ["How do I get a refund", "怎么申请退款"])
@pytest.mark.parametrize("seed", range(12))
def test_the_question_in_a_long_mail_is_found(text: str, seed: int) -> None:
    mail = in_a_mail(text, Random(seed))
    assert len(mail) > (1_000 if text.isascii() else 350)
    assert text in [piece.rstrip(".。") for piece in segments(mail)]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("请问怎么退货，另外运费多少，还有可以开发票吗", 3),
        ("我的快递到哪了？怎么还没发货，能不能改地址", 3),
        ("How much is shipping, do you ship abroad, and can I pay with PayPal?", 3),
        ("I want to cancel my order. Also, how do I delete my account? Thanks!", 2),
        ("我想退货，顺便问一下退款多久到账，谢谢", 2),
        ("怎麼開發票？還有積分會過期嗎？還想問運費怎麼算", 3),
        ("what is the return policy; is there a fee; who pays postage", 3),
        ("我要换货 运费谁出 多久能到", 3),
    ],
)
def test_all_the_wishes_of_a_message_are_found(text: str, pieces: int) -> None:
    assert len(segments(text)) == pieces, segments(text)


@pytest.mark.parametrize(
    "text",
    [
        "It is not urgent at all, and I am in no hurry.", "take your time", "English is not my first language.",
        "这件事一点都不急，您慢慢来。",
        "不好意思，打扰了。", "我普通话不太好",
    ],
)  # fmt: skip
def test_what_only_excuses_is_courtesy(text: str) -> None:
    assert is_courtesy(text)


@pytest.mark.parametrize("text", ["It's not urgent but how do I pay?", "不急的话多久发货", "Excuse me, where is my order?", "急！怎么退款"])
def test_an_excuse_before_a_question_keeps_the_question(text: str) -> None:
    assert not is_courtesy(text)


@pytest.mark.parametrize(
    "text",
    [
        "Can my daughter also have a card issued in her name?", "It was slower but also quieter.", "说起来还有点不好意思。",
        "我还没有收到货",
    ],
)  # fmt: skip
def test_a_word_that_joins_nothing_cuts_nothing(text: str) -> None:
    assert segments(text) == (text,)

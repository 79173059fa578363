"""What was cut may be one question: sentences with clauses, and neighbours, are told as wholes too."""

from random import Random

import pytest

from bot import Bot
from bot.passages import PASSAGES_MAX_COUNT, Passage, passages
from tests.unit.bot.mails import in_a_mail
from tests.unit.bot.shop import ask


def test_a_cut_sentence_is_told_whole() -> None:
    assert passages("My transfer failed, why did that happen?") == (
        Passage("My transfer failed, why did that happen?", ("My transfer failed", "why did that happen?")),
    )


def test_neighbours_that_are_no_story_are_told_together() -> None:
    found = passages("换了手机以后就不能用了。是什么原因？")
    assert found == (Passage("换了手机以后就不能用了。 是什么原因？", ("换了手机以后就不能用了。", "是什么原因？")),)


@pytest.mark.parametrize("text", ["How do I get a refund?", "怎么退货", "", "Hello!"])
def test_a_single_piece_has_no_passages(text: str) -> None:
    assert passages(text) == ()


def test_a_story_joins_nothing() -> None:
    assert passages("My sister came over for dinner last week. How do I pay?") == ()


def test_of_very_many_a_few_are_kept() -> None:
    assert len(passages(" ".join(f"My card {number} failed, why is that?" for number in range(30)))) == PASSAGES_MAX_COUNT


@pytest.mark.parametrize(
    ("text", "entry"),
    [("我想取消订单，还没有发货，怎么弄", "cancel-order"), ("I want my money back, how long will the refund take", "refund-time")],
)
def test_a_question_of_several_clauses_is_understood_within_a_letter(bot: Bot, text: str, entry: str) -> None:
    decision = bot.decide(ask(in_a_mail(text, Random(3))))
    assert entry in {decision.entry, *(candidate.entry for candidate in decision.candidates)}

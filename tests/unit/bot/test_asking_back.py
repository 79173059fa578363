"""When the bot asks back, what it offers, and what it says where it has nothing to offer."""

import pytest

from bot import Bot
from bot.entries import Entry
from bot.objects import is_other
from bot.outcomes import worth_offering
from bot.ranking import Ranked
from bot.topics import topic
from gateway.core.decision import PERSON, Decision, Kind
from gateway.core.ids import EntryId
from tests.unit.bot.shop import TEXTS, ask
from tests.unit.bot.talking import DAY, talk


def offered(decision: Decision) -> list[str]:
    return [choice.id.removeprefix("entry:") for choice in decision.choices]


@pytest.mark.parametrize(
    ("word", "held"),
    [
        ("退款", {"refund-how", "refund-time"}),
        ("退貨", {"return-how", "return-period"}),
        ("发票", {"invoice-how", "invoice-download"}),
        ("會員", {"member-benefits", "member-join", "member-renew"}),
        ("积分", {"points-use", "points-expire"}),
        ("refund", {"refund-how", "refund-time"}),
        ("invoices", {"invoice-download", "invoice-vat", "invoice-wrong"}),
        ("membership", {"member-benefits", "member-join", "member-renew"}),
        ("fa piao", {"invoice-how", "invoice-download"}),
    ],
)
def test_a_bare_word_is_asked_back_about_with_the_entries_that_speak_of_it(knowing: Bot, word: str, held: set[str]) -> None:
    decision = knowing.decide(ask(word, today=DAY))
    assert decision.kind is Kind.CLARIFY
    assert held <= set(offered(decision))


@pytest.mark.parametrize("word", ["invoice", "积分"])
def test_no_entry_that_does_not_speak_of_the_word_is_offered_for_it(knowing: Bot, word: str) -> None:
    assert "delivery-missing-item" not in offered(knowing.decide(ask(word, today=DAY)))


def test_a_word_that_nothing_here_speaks_of_is_no_topic(knowing: Bot) -> None:
    assert knowing.decide(ask("长颈鹿", today=DAY)).kind is Kind.HANDOFF


@pytest.mark.parametrize("words", ["can we", "would you"])
def test_words_that_name_no_matter_are_no_topic(knowing: Bot, words: str) -> None:
    assert "topic" not in knowing.decide(ask(words, today=DAY)).detail


def test_a_topic_is_found_whatever_the_ending_and_never_within_another_word() -> None:
    assert topic("invoices").is_in("how do i get an invoice")
    assert not topic("refund").is_in("i am refunded-less")
    assert not topic("art").is_in("where is my cart")
    assert topic("gift card").is_in("can i pay with a gift card")


def ranked(*likely: float) -> list[Ranked]:
    return [Ranked(Entry(id=EntryId(str(place)), questions=("?",)), p) for place, p in enumerate(likely)]


def test_unlikely_choices_are_not_offered() -> None:
    assert [item.p for item in worth_offering(ranked(0.06))] == []
    assert [item.p for item in worth_offering(ranked(0.4, 0.2, 0.06))] == [0.4, 0.2]
    assert [item.p for item in worth_offering(ranked(0.9, 0.085))] == [0.9]
    assert [item.p for item in worth_offering(ranked(0.3, 0.2, 0.1, 0.1))] == [0.3, 0.2, 0.1]


ONLY = {
    "the same answer": "> how long does a refund take\n = answer refund-time\n > When will I get my refund?\n = clarify person",
    "nothing like it": "> 可以分期吗\n = answer payment-installments\n > 那花呗呢\n = clarify person",
}


@pytest.mark.parametrize("script", ONLY.values(), ids=ONLY)
def test_where_there_is_nothing_to_choose_from_the_bot_does_not_ask_which_one(knowing: Bot, script: str) -> None:
    decision = talk(knowing, script)[-1]
    assert offered(decision) == [PERSON]
    assert decision.text == TEXTS.say("bot.same_answer_only", decision.language)


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("怎么退货？你们老板是谁？", "你们老板是谁？"),
        ("How do I return an item? Who is your CEO?", "Who is your CEO?"),
        ("多久到？你们老板是谁？", "你们老板是谁？"),
    ],
)
def test_a_question_that_nothing_is_known_of_is_named_beside_one_that_is(knowing: Bot, text: str, unknown: str) -> None:
    decision = knowing.decide(ask(text, today=DAY))
    assert decision.kind in (Kind.ANSWER, Kind.CLARIFY)
    assert decision.detail["unanswered"] == [unknown]
    assert unknown in f"{decision.prompt} {decision.text}"
    assert PERSON in offered(decision)


@pytest.mark.parametrize("text", ["please remove someone from my account", "remove a user from the account"])
def test_what_else_is_to_be_deleted_is_asked_about_however_alike_it_sounds(knowing: Bot, text: str) -> None:
    decision = knowing.decide(ask(text, today=DAY))
    assert (decision.kind, offered(decision)[0]) == (Kind.CLARIFY, "account-delete")
    assert decision.detail["guard"] == "object"


@pytest.mark.parametrize("text", ["How can I delete my account?", "how do I delete my account for good", "怎么注销账号"])
def test_what_the_entry_is_about_is_still_answered(knowing: Bot, text: str) -> None:
    decision = knowing.decide(ask(text, today=DAY))
    assert (decision.kind, decision.entry) == (Kind.ANSWER, "account-delete")


@pytest.mark.parametrize(
    ("core", "stored", "other"),
    [
        ("remove someone from my account", "delete my account", True),
        ("remove a card from my wallet", "delete my account", False),
        ("cancel my subscription", "how do i cancel my membership", False),
        ("cancel my old memberships now", "end a membership", False),
        ("how do i cancel", "how do i cancel my order", False),
        ("delete it please", "delete my account", False),
        ("删除我的收货地址", "怎么注销账号", True),
        ("取消自动续费吗", "自动续费怎么关", False),
        ("怎么取消", "怎么取消订单", False),
        ("账号怎么注销", "怎么注销账号", False),
    ],
)
def test_the_object_of_deleting_is_told_from_what_an_entry_speaks_of(core: str, stored: str, other: bool) -> None:
    assert is_other(core, [stored], is_strict=False) is other


def test_where_a_mistake_is_dear_an_object_by_another_name_is_asked_about_too() -> None:
    assert is_other("delete my post", ["delete my account"], is_strict=True)
    assert not is_other("delete my old accounts", ["delete my account"], is_strict=True)

"""What the bot does about a question, and what it remembers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from bot import TEXT_KEYS, Bot
from bot.outcomes import CLARIFICATIONS_MAX_COUNT
from gateway.core.decision import PERSON, Decision, Kind
from gateway.core.handoff import Reason, Urgency
from gateway.core.session import BotMemory
from tests.unit.bot.shop import LANGUAGES, TEXTS, ask

UNCLEAR = "会员怎么办理"
"""Stands in two entries: the bot asks back."""


def test_a_question_of_the_knowledge_base_is_answered_in_its_language(bot: Bot) -> None:
    decision = bot.decide(ask("How do I cancel my order?"))
    assert (decision.kind, decision.entry, decision.language) == (Kind.ANSWER, "cancel-order", "en")
    assert decision.text == "Cancel it on the order page."
    assert decision.memory.last_entry == "cancel-order"
    assert decision.category == "order"


@pytest.mark.parametrize(
    "text",
    ["退款多久到账", "退款多久到帳？", "请问退款多久到账呀？谢谢", "退 款 多 久 到 账 👍", "您好，退款多久到账"],
    ids=["bare", "hant", "polite", "odd", "hello"],
)
def test_spelling_and_courtesy_do_not_change_the_answer(bot: Bot, text: str) -> None:
    decision = bot.decide(ask(text))
    assert (decision.kind, decision.entry) == (Kind.ANSWER, "refund-time")


def test_traditional_chinese_is_answered_in_traditional_characters(bot: Bot) -> None:
    decision = bot.decide(ask("退款多久到帳？"))
    assert (decision.language, decision.text) == ("zh-TW", "軟件會在3天內原路退款。")


def test_an_answer_written_for_taiwan_is_taken_as_it_is(bot: Bot) -> None:
    assert bot.decide(ask("怎麼取消訂單")).text == "請在訂單頁取消訂單喔。"


def test_a_channel_gets_its_own_words_in_the_languages_that_have_them(bot: Bot) -> None:
    assert bot.decide(ask("退款多久到账", channel_type="phone")).text == "三天内到账。"
    assert bot.decide(ask("how long does a refund take", channel_type="phone")).text == "Within 3 days."


def test_an_answer_in_another_language_is_better_than_none(bot: Bot) -> None:
    assert bot.decide(ask("can I buy gift wrapping", languages=("zh-CN",))).text == "Yes, for 2."


@pytest.mark.parametrize("text", ["转人工", "talk to a person", "zrg"])
def test_a_wish_for_a_person_is_handed_off_at_once(bot: Bot, text: str) -> None:
    decision = bot.decide(ask(text))
    assert (decision.kind, decision.reason, decision.entry) == (Kind.HANDOFF, Reason.EXPLICIT_REQUEST, None)
    assert decision.trigger


def test_anger_is_handed_off_and_pressing(bot: Bot) -> None:
    decision = bot.decide(ask("你们这个垃圾公司，退款呢"))
    assert (decision.kind, decision.reason, decision.urgency) == (Kind.HANDOFF, Reason.NEGATIVE_SENTIMENT, Urgency.HIGH)


@pytest.mark.parametrize(
    ("text", "key", "language"),
    [
        ("你好", "bot.greeting", "zh-CN"),
        ("thanks!", "bot.thanks", "en"),
        ("再见", "bot.goodbye", "zh-CN"),
        ("are you a bot", "bot.about", "en"),
    ],
)
def test_small_talk_gets_its_own_words_and_forgets_nothing(bot: Bot, text: str, key: str, language: str) -> None:
    memory = BotMemory(clarifications=1, last_text="x", offered=("entry:refund-time",))
    decision = bot.decide(ask(text, memory=memory))
    assert (decision.kind, decision.text, decision.entry) == (Kind.CHITCHAT, TEXTS.say(key, language), None)
    assert structs.replace(decision.memory, smalltalk_count=0) == memory


def test_what_nobody_wrote_an_entry_for_goes_to_a_person(bot: Bot) -> None:
    decision = bot.decide(ask("帮我订一张去北京的机票"))
    assert (decision.kind, decision.reason) == (Kind.HANDOFF, Reason.LOW_CONFIDENCE)
    assert decision.memory.misses == 1


def clarification(bot: Bot) -> Decision:
    decision = bot.decide(ask(UNCLEAR))
    assert decision.kind is Kind.CLARIFY
    return decision


def test_between_entries_the_bot_asks_back_and_always_offers_a_person(bot: Bot) -> None:
    decision = clarification(bot)
    assert decision.choices[-1].id == PERSON
    assert [choice.text for choice in decision.choices[:-1]] == ["会员怎么办理", "怎么续会员"]
    assert decision.memory.offered == tuple(choice.id for choice in decision.choices)
    assert decision.memory.clarifications == 1


def test_choices_are_in_the_customers_language(bot: Bot) -> None:
    decision = bot.decide(ask("please do not cancel my order"))
    assert decision.choices[0].text == "How do I cancel my order?"
    assert decision.choices[-1].text == "Talk to a person"


@pytest.mark.parametrize(
    ("said", "place"), [("1", 0), ("第一个", 0), ("the first one", 0), ("2", 1), ("第二个", 1), ("the second", 1), ("option 2", 1)]
)
def test_a_choice_can_be_said_by_its_place(bot: Bot, said: str, place: int) -> None:
    memory = BotMemory(offered=("entry:shipping-cost", "entry:cancel-order", PERSON), clarifications=1)
    decision = bot.decide(ask(said, memory=memory))
    assert decision.entry == ("shipping-cost", "cancel-order")[place]
    assert decision.memory.clarifications == 0


def test_a_tapped_choice_is_answered(bot: Bot) -> None:
    decision = bot.decide(ask("", picked="entry:shipping-cost", language="en"))
    assert (decision.kind, decision.text, decision.confidence) == (Kind.ANSWER, "Free from 99.", 1.0)


def test_the_choice_of_a_person_hands_off(bot: Bot) -> None:
    decision = bot.decide(ask("", picked=PERSON))
    assert (decision.kind, decision.reason) == (Kind.HANDOFF, Reason.EXPLICIT_REQUEST)


def test_none_of_the_choices_hands_off(bot: Bot) -> None:
    decision = bot.decide(ask("都不是", memory=BotMemory(offered=("entry:shipping-cost", PERSON), clarifications=1)))
    assert (decision.kind, decision.reason) == (Kind.HANDOFF, Reason.CLARIFY_FAILED)


@pytest.mark.parametrize("text", ["2", "２", "第二个", "the first one", "17"])
def test_a_place_in_a_list_that_was_never_shown_is_asked_about(bot: Bot, text: str) -> None:
    decision = bot.decide(ask(text))
    assert (decision.kind, [choice.id for choice in decision.choices]) == (Kind.CLARIFY, [PERSON])
    assert decision.text == TEXTS.say("bot.no_list", decision.language)


def test_a_place_that_the_list_does_not_have_brings_the_list_again(bot: Bot) -> None:
    decision = bot.decide(ask("7", memory=BotMemory(offered=("entry:shipping-cost", PERSON), clarifications=1)))
    assert (decision.kind, [choice.id for choice in decision.choices]) == (Kind.CLARIFY, ["entry:shipping-cost", PERSON])


def test_the_number_of_something_else_is_no_place_in_a_list(bot: Bot) -> None:
    assert bot.decide(ask("2019年")).kind is Kind.HANDOFF


def test_after_two_clarifications_in_a_row_a_person_is_asked(bot: Bot) -> None:
    decision = bot.decide(ask(UNCLEAR, memory=BotMemory(clarifications=CLARIFICATIONS_MAX_COUNT)))
    assert (decision.kind, decision.reason) == (Kind.HANDOFF, Reason.CLARIFY_FAILED)


@pytest.mark.parametrize("text", [UNCLEAR, "退款多久到账"])
def test_the_same_question_again_hands_off(bot: Bot, text: str) -> None:
    first = bot.decide(ask(text))
    again = bot.decide(ask(text + "？？", memory=first.memory))
    assert (again.kind, again.reason) == (Kind.HANDOFF, Reason.REPEATED_MISS)


def test_an_answer_clears_the_misses(bot: Bot) -> None:
    decision = bot.decide(ask("包邮吗", memory=BotMemory(misses=3, clarifications=2, offered=("entry:x",), awaits_contact=True)))
    assert (decision.memory.misses, decision.memory.clarifications, decision.memory.offered) == (0, 0, ())
    assert decision.memory.awaits_contact


@pytest.mark.parametrize("text", ["please do not cancel my order", "别取消我的订单", "我不想取消订单", "I don't want to cancel an order"])
def test_a_negated_question_is_never_answered_with_its_opposite(bot: Bot, text: str) -> None:
    assert bot.decide(ask(text)).kind is not Kind.ANSWER


def test_what_only_looks_alike_is_not_answered(bot: Bot) -> None:
    assert bot.decide(ask("运费险多少钱")).kind is not Kind.ANSWER


def test_an_entry_that_people_handle_hands_off_with_its_words_queue_and_reason(bot: Bot) -> None:
    decision = bot.decide(ask("how do I complain about a courier"))
    assert (decision.kind, decision.reason, decision.queue) == (Kind.HANDOFF, Reason.SENSITIVE_TOPIC, "care")
    assert (decision.text, decision.urgency, decision.entry) == ("One moment, please.", Urgency.HIGH, "complaint")


def test_an_entry_that_needs_a_look_up_is_not_answered_half(bot: Bot) -> None:
    decision = bot.decide(ask("查询订单金额"))
    assert (decision.kind, decision.reason, decision.text) == (Kind.HANDOFF, Reason.BUSINESS_RULE, "")


@pytest.mark.parametrize(
    ("today", "is_answered"), [("2026-11-30", False), ("2026-12-01", True), ("2026-12-12", True), ("2026-12-13", False), ("", True)]
)
def test_an_entry_counts_only_within_its_dates(bot: Bot, today: str, is_answered: bool) -> None:
    assert (bot.decide(ask("双十二有什么优惠", today=today)).kind is Kind.ANSWER) is is_answered


def test_pictures_alone_are_asked_about(bot: Bot) -> None:
    decision = bot.decide(ask("👍👍", language="en"))
    assert (decision.kind, decision.text) == (Kind.CLARIFY, TEXTS.say("bot.wordless", "en"))
    assert [choice.id for choice in decision.choices] == [PERSON]


def test_the_same_ask_is_decided_the_same(bot: Bot) -> None:
    assert bot.decide(ask(UNCLEAR)) == bot.decide(ask(UNCLEAR))


def test_every_text_of_the_bot_is_in_every_catalogue() -> None:
    assert [(key, language) for key in TEXT_KEYS for language in LANGUAGES if not TEXTS.catalogue(language).get(key)] == []


def test_without_knowledge_everything_but_small_talk_goes_to_a_person() -> None:
    empty = Bot((), texts=TEXTS)
    assert empty.decide(ask("怎么退货")).kind is Kind.HANDOFF
    assert empty.decide(ask("你好")).kind is Kind.CHITCHAT


memories = st.builds(
    BotMemory,
    misses=st.integers(0, 5),
    clarifications=st.integers(0, 3),
    offered=st.lists(st.sampled_from(["entry:refund-time", "entry:gone", PERSON, ""]), max_size=4).map(tuple),
    last_text=st.text(max_size=20),
)


@given(text=st.text(max_size=200), memory=memories, picked=st.none() | st.text(max_size=20), language=st.none() | st.text(max_size=8))
def test_no_input_raises(bot: Bot, text: str, memory: BotMemory, picked: str | None, language: str | None) -> None:
    decision = bot.decide(ask(text, memory=memory, picked=picked, language=language))
    assert decision.language in LANGUAGES
    assert 0 <= decision.confidence <= 1
    assert decision.text or decision.kind is Kind.HANDOFF


@pytest.mark.parametrize(
    "text", ["退款多久到账。" * 600, "how long does a refund take " * 150, "zq " * 1300, "\u200b" * 4000, "？" * 1300], ids=len
)
def test_a_text_of_full_length_is_decided(bot: Bot, text: str) -> None:
    assert bot.decide(ask(text[:4096])).kind is not Kind.CHITCHAT

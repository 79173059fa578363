"""What holds in every conversation, whatever is said in it."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import Bot
from bot.outcomes import CLARIFICATIONS_MAX_COUNT, SAME_ANSWER_MAX_COUNT
from bot.steps import SMALLTALK_MAX_COUNT
from gateway.core.decision import Decision, Kind
from gateway.core.session import BotMemory
from tests.unit.bot.shop import ENTRIES, ask

SAID = (
    *(question for entry in ENTRIES for question in entry.questions[:3]),
    "那多久到？", "and for abroad?", "what about refunds?", "这个要钱吗", "呢", "it", "不对", "没用", "不是这个意思，我问的是包邮吗",
    "that did not help", "no", "yes", "是的", "1", "2", "第三个", "都要", "none of these", "你好", "谢谢", "thanks", "👍", "",
    "???", "退款", "请问下单后还可以取消吗", "包邮吗？另外怎么取消订单？",
    "How much is shipping? And my dog is sick, what now?", "帮我订一张去北京的机票",
)  # fmt: skip
TURNS_MAX_COUNT = CLARIFICATIONS_MAX_COUNT + SMALLTALK_MAX_COUNT * (CLARIFICATIONS_MAX_COUNT + 1) + 1


def talked(bot: Bot, texts: list[str]) -> list[tuple[str, Decision]]:
    memory, told = BotMemory(), list[tuple[str, Decision]]()
    for text in texts:
        decision = bot.decide(ask(text, memory=memory))
        told.append((text, decision))
        memory = decision.memory
    return told


@settings(max_examples=150, deadline=None)
@given(texts=st.lists(st.sampled_from(SAID), min_size=2, max_size=14))
def test_the_same_answer_is_never_given_twice_in_a_row_and_never_a_third_time(bot: Bot, texts: list[str]) -> None:
    serious = [decision for _, decision in talked(bot, texts) if decision.kind is not Kind.CHITCHAT]
    for before, after in pairwise(serious):
        assert not (before.kind is after.kind is Kind.ANSWER and before.text == after.text), (before.entry, after.trigger)
    for entry in {decision.entry for decision in serious}:
        alone = [
            decision
            for decision in serious[-8:]
            if decision.kind is Kind.ANSWER and decision.entry == entry and "entries" not in decision.detail
        ]
        assert len(alone) <= SAME_ANSWER_MAX_COUNT


@settings(max_examples=150, deadline=None)
@given(texts=st.lists(st.sampled_from(SAID), min_size=2, max_size=40))
def test_after_a_few_turns_there_is_an_answer_or_a_person(bot: Bot, texts: list[str]) -> None:
    without = clarified = 0
    for _, decision in talked(bot, texts):
        is_end = decision.kind in (Kind.ANSWER, Kind.HANDOFF)
        without = 0 if is_end else without + 1
        clarified = 0 if is_end else clarified + (decision.kind is Kind.CLARIFY)
        assert clarified <= CLARIFICATIONS_MAX_COUNT
        assert without < TURNS_MAX_COUNT


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(st.sampled_from(SAID) | st.text(max_size=60), min_size=1, max_size=10))
def test_every_turn_has_words_or_a_person_and_a_memory_that_stays_small(bot: Bot, texts: list[str]) -> None:
    for _, decision in talked(bot, texts):
        memory = decision.memory
        assert decision.text or decision.kind is Kind.HANDOFF
        assert decision.reason is not None or decision.kind is not Kind.HANDOFF
        assert len(decision.choices) <= 4
        assert len(memory.last_question) <= 500
        assert max(map(len, (memory.entries, memory.rejected, memory.helped))) <= 8


memories = st.builds(
    BotMemory,
    misses=st.integers(0, 5), clarifications=st.integers(0, 3), smalltalk_count=st.integers(0, 9), last_text=st.text(max_size=20),
    offered=st.lists(st.sampled_from(["entry:refund-time", "entry:gone", "person", ""]), max_size=4).map(tuple),
    last_question=st.text(max_size=60), last_entry=st.sampled_from([None, "refund-time", "gone"]),
    entries=st.lists(st.sampled_from(["refund-time", "shipping-cost", "gone"]), max_size=8).map(tuple),
    rejected=st.lists(st.sampled_from(["refund-time", "gone"]), max_size=3).map(tuple),
)  # fmt: skip


@given(text=st.text(max_size=200) | st.sampled_from(SAID), memory=memories, picked=st.none() | st.text(max_size=20))
def test_whatever_is_remembered_a_turn_is_decided(bot: Bot, text: str, memory: BotMemory, picked: str | None) -> None:
    decision = bot.decide(ask(text, memory=memory, picked=picked))
    assert 0 <= decision.confidence <= 1
    assert decision.text or decision.kind is Kind.HANDOFF


@pytest.mark.parametrize(
    "text", ["不对，" * 1300, "no, " * 1000, "那" * 4000, "and " * 1000, "1和" * 1300, "关于" * 600 + "的那个"], ids=len
)
def test_a_verdict_or_a_follow_up_of_full_length_is_decided(bot: Bot, text: str) -> None:
    memory = bot.decide(ask("包邮吗")).memory
    assert bot.decide(ask(text[:4096], memory=memory)).kind is not Kind.ANSWER

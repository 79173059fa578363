"""What a past conversation says about how the bot did."""

from typing import Any

import pytest

from bot.past import turns_of, unanswered
from gateway.core.decision import Kind
from gateway.core.handoff import Reason
from tests.conversations import Talk


def told(talk: Talk) -> list[tuple[str, str | None, str | None]]:
    return [(turn.text, turn.entry, turn.against) for turn in turns_of(talk.past())]


def asked(talk: Talk) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(one.text, one.reason, one.replies) for one in unanswered(talk.past())]


def test_a_turn_knows_what_was_asked_decided_and_said_behind_it() -> None:
    talk = Talk().asks("退款多久").bot("clarify", offers=("entry:refund", "person")).asks("2", picks="person")
    talk.bot("handoff", reason="explicit_request").agent("您好").agent("三天到账")
    first, second = turns_of(talk.past())
    assert (first.kind, first.offered, first.replies) == (Kind.CLARIFY, ("entry:refund", "person"), ())
    assert (second.kind, second.picked, second.reason, second.replies) == (
        Kind.HANDOFF, "person", Reason.EXPLICIT_REQUEST, ("您好", "三天到账"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("following", "against"),
    [
        ({"decision": "handoff", "reason": "explicit_request"}, "asked_person"),
        ({"decision": "handoff", "reason": "explicit_request", "would": "answer"}, None),
        ({"decision": "handoff", "reason": "repeated_miss"}, "repeated"),
        ({"decision": "handoff", "reason": "loop_detected"}, "repeated"),
        ({"decision": "clarify", "unhelped": "没用"}, "not_helped"),
        ({"decision": "answer", "entry": "other"}, None),
        ({"decision": "handoff", "reason": "low_confidence"}, None),
    ],
)
def test_what_the_customer_does_next_speaks_against_an_answer(following: dict[str, Any], against: str | None) -> None:
    talk = Talk().asks("one").bot("answer", "refund").asks("two").bot(following.pop("decision"), following.pop("entry", None), **following)
    assert told(talk)[0] == ("one", "refund", against)


def test_a_bad_score_is_about_the_last_answer_alone() -> None:
    talk = Talk().asks("one").bot("answer", "a").asks("two").bot("answer", "b").rated(1)
    assert told(talk) == [("one", "a", None), ("two", "b", "rated_badly")]


def test_thanks_and_good_scores_speak_for_an_answer() -> None:
    thanked = Talk().asks("one").bot("answer", "a").asks("thanks").bot("chitchat", helped="a")
    assert [turn.was_good for turn in turns_of(thanked.past())] == [True, False]
    assert turns_of(Talk().asks("one").bot("answer", "a").rated(5).past())[0].was_good


def test_an_agents_word_goes_before_everything_else() -> None:
    talk = Talk().asks("one  two").bot("answer", "a").asks("again").bot("answer", "a", unhelped="again").labelled("one two", "b")
    assert told(talk)[0] == ("one  two", "a", "labelled")
    assert told(Talk().asks("x").bot("answer", "a").labelled("x", "a"))[0][2] is None


def test_of_two_messages_for_one_question_the_last_counts() -> None:
    talk = Talk().asks("where is it").bot("answer", "order", lookup=1).bot("answer", "order-late")
    assert told(talk) == [("where is it", "order-late", None)]


def test_what_is_no_decision_is_no_turn() -> None:
    assert told(Talk().asks("me@example.com").bot("contact").asks("").bot("clarify")) == []
    assert told(Talk().asks("hello").agent("hi")) == []


def test_a_question_that_ends_with_a_person_is_told_once_with_what_the_agent_said() -> None:
    talk = (
        Talk().asks("能开票吗").bot("clarify", offers=("entry:a",)).asks("都不是").bot("handoff", reason="clarify_failed").agent("可以开的")
    )
    assert asked(talk) == [("能开票吗", "clarify_failed", ("可以开的",))]


def test_a_wish_for_a_person_is_about_what_was_asked_before_or_behind_it() -> None:
    before = Talk().asks("能开票吗").bot("answer", "a").asks("转人工").bot("handoff", reason="explicit_request")
    assert asked(before) == [("能开票吗", "explicit_request", ())]
    behind = Talk().asks("转人工").bot("handoff", reason="explicit_request").agent("您好").asks("我的发票呢").agent("已寄出")
    assert asked(behind) == [("我的发票呢", "explicit_request", ("您好", "已寄出"))]
    assert asked(Talk().asks("转人工").bot("handoff", reason="explicit_request")) == []


def test_a_question_back_that_nobody_answered_and_an_answer_that_did_not_help_are_told() -> None:
    assert asked(Talk().asks("能开票吗").bot("clarify")) == [("能开票吗", "clarify", ())]
    assert asked(Talk().asks("能开票吗").bot("answer", "a").rated(1)) == [("能开票吗", "rated_badly", ())]


@pytest.mark.parametrize("reason", ["business_rule", "negative_sentiment", "sensitive_topic", "vip"])
def test_what_people_are_meant_to_answer_is_not_missing(reason: str) -> None:
    assert asked(Talk().asks("能开票吗").bot("handoff", "a", reason=reason)) == []


def test_an_answer_that_stood_leaves_nothing_to_tell() -> None:
    assert asked(Talk().asks("one").bot("clarify").asks("1", picks="entry:a").bot("answer", "a").asks("ok").bot("chitchat")) == []

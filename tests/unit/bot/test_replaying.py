"""What another bot would have done with past conversations: counted by hand here."""

from collections.abc import Mapping

import pytest

from bot.entries import Entry
from bot.replayed import Replayed, share
from bot.replaying import Replay
from gateway.core.decision import Ask, Candidate, Decision, Kind
from gateway.core.handoff import Reason
from gateway.core.ids import EntryId
from gateway.core.parts import Choice
from tests.conversations import Talk
from tests.events import SITE

ENTRIES = (
    Entry(id=EntryId("refund"), questions=("refund",), answer={"zh": "退款会在三个工作日内原路退回您的账户。"}),
    Entry(id=EntryId("invoice"), questions=("invoice",), answer={"zh": "发票可以在订单页面自助开具并下载。"}),
)


class Scripted:
    """Decides what it is told to, by the question; hands off whatever it is not told about. Notes what it was asked."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self._answers = answers
        self.asks: list[Ask] = []

    def __call__(self, ask: Ask) -> Decision:
        self.asks.append(ask)
        what = self._answers.get(ask.text, "handoff")
        if what == "handoff":
            likely = (Candidate(EntryId("invoice"), 0.4),)
            return Decision(kind=Kind.HANDOFF, language="zh-CN", reason=Reason.LOW_CONFIDENCE, memory=ask.memory, candidates=likely)
        if what.startswith("?"):
            return Decision(kind=Kind.CLARIFY, language="zh-CN", choices=(Choice(f"entry:{what[1:]}", what),), memory=ask.memory)
        return Decision(kind=Kind.ANSWER, language="zh-CN", entry=EntryId(what), confidence=0.9, memory=ask.memory)


def replayed(answers: Mapping[str, str], *talks: Talk) -> Replayed:
    replay = Replay(Scripted(answers), ENTRIES, ("zh-CN",), {SITE: "webchat"})
    for talk in talks:
        replay.add(talk.past())
    return replay.result()


def missed_talk() -> Talk:
    return Talk("missed").asks("q1").bot("answer", "refund").asks("转人工").bot("handoff", reason="explicit_request")


def needless_talk() -> Talk:
    talk = Talk("needless").asks("q2").bot("handoff", reason="low_confidence")
    return talk.agent("您好").agent("亲，发票可以在订单页面自助开具并下载哦")


@pytest.mark.parametrize(
    ("now", "outcome"),
    [("handoff", "now_handed_off"), ("?invoice", "now_asked_back"), ("refund", "now_same"), ("invoice", "now_other")],
)
def test_a_missed_handoff_is_caught_or_not(now: str, outcome: str) -> None:
    missed = replayed({"q1": now}, missed_talk()).missed
    assert (missed.then, missed.by) == (1, {"asked_person": 1})
    outcomes = {"now_handed_off": 0, "now_asked_back": 0, "now_right": 0, "now_other": 0, "now_same": 0} | {outcome: 1}
    assert {name: getattr(missed, name) for name in outcomes} == outcomes


def test_a_missed_handoff_whose_right_answer_an_agent_named_may_be_right_now() -> None:
    talk = Talk().asks("q1").bot("answer", "refund").labelled("q1", "invoice")
    assert replayed({"q1": "invoice"}, talk).missed.now_right == 1


@pytest.mark.parametrize(
    ("now", "outcome"),
    [("invoice", "now_answered"), ("?invoice", "now_offered"), ("handoff", "now_handed_off")],
)
def test_an_unnecessary_handoff_is_known_by_what_the_agent_said(now: str, outcome: str) -> None:
    needless = replayed({"q2": now}, needless_talk() if now != "?invoice" else needless_talk().labelled("q2", "invoice")).unnecessary
    outcomes = {"now_answered": 0, "now_offered": 0, "now_wrong": 0, "now_handed_off": 0} | {outcome: 1}
    assert (needless.then, {name: getattr(needless, name) for name in outcomes}) == (1, outcomes)


def test_an_answer_that_an_agent_contradicts_is_wrong_and_one_that_nobody_speaks_of_is_unknown() -> None:
    denied = Talk("a").asks("q1").bot("handoff", reason="low_confidence").labelled("q1", None)
    other = Talk("b").asks("q2").bot("handoff", reason="low_confidence").labelled("q2", "invoice")
    silent = Talk("c").asks("q3").bot("handoff", reason="low_confidence")
    confirmed = Talk("d").asks("q4").bot("handoff", reason="low_confidence").labelled("q4", "refund")
    found = replayed(dict.fromkeys(("q1", "q2", "q3", "q4"), "refund"), denied, other, silent, confirmed)
    new = found.newly_answered
    assert (new.count, new.good, new.bad, new.unknown) == (4, 1, 2, 1)
    assert (found.unnecessary.then, found.unnecessary.now_answered, found.unnecessary.now_wrong) == (2, 1, 1)
    assert {one.kind for one in found.examples} == {"unnecessary_before", "still_unnecessary", "wrong_now", "new_answer"}


def test_a_wish_for_a_person_is_never_an_unnecessary_handoff() -> None:
    talk = Talk().asks("q2").bot("handoff", reason="explicit_request").agent("发票可以在订单页面自助开具并下载。")
    assert replayed({"q2": "invoice"}, talk).unnecessary.then == 0


def test_a_good_answer_that_is_given_up_is_told() -> None:
    thanked = Talk("a").asks("q1").bot("answer", "refund").asks("thanks").bot("chitchat", helped="refund")
    blamed = Talk("b").asks("q1").bot("answer", "refund").rated(1)
    silent = Talk("c").asks("q1").bot("answer", "refund")
    found = replayed({}, thanked, blamed, silent)
    gone = found.no_longer_answered
    assert (gone.count, gone.good, gone.bad, gone.unknown) == (3, 1, 1, 1)
    assert [(one.kind, one.text) for one in found.examples] == [("given_up", "q1"), ("missed_before", "q1")]


def test_sessions_and_questions_are_counted_then_and_now_with_their_intervals() -> None:
    talks = [needless_talk(), missed_talk(), Talk("x").asks("q3").bot("answer", "refund"), Talk("silent").asks("?")]
    found = replayed({"q2": "invoice", "q1": "refund", "q3": "refund"}, *talks)
    assert (found.sessions, found.questions) == (3, 4)
    assert (found.contained_then.count, found.contained_now.count, found.contained_now_surely.count) == (1, 2, 2)
    assert (found.handed_off_then.count, found.handed_off_now.count) == (2, 1)
    assert (found.answered_then.count, found.answered_now.count) == (2, 3)
    assert [(move.then, move.now, move.count) for move in found.moves] == [
        ("answer", "answer", 2), ("handoff", "answer", 1), ("handoff", "handoff", 1),
    ]  # fmt: skip


def test_a_new_answer_that_nothing_confirms_counts_only_for_the_upper_end() -> None:
    found = replayed({"q": "refund"}, Talk().asks("q").bot("handoff", reason="low_confidence"))
    assert (found.contained_now.count, found.contained_now_surely.count) == (1, 0)


@pytest.mark.parametrize(("label", "count"), [("invoice", 1), ("refund", 0), (None, 0)])
def test_a_new_question_back_surely_ends_the_matter_only_where_the_right_entry_is_offered(label: str | None, count: int) -> None:
    found = replayed({"q": "?invoice"}, Talk().asks("q").bot("handoff", reason="low_confidence").labelled("q", label))
    assert (found.contained_now.count, found.contained_now_surely.count) == (1, count)


def test_each_question_is_asked_with_the_conversation_as_it_really_went() -> None:
    brain = Scripted({"one": "invoice", "two": "refund"})
    talk = Talk().asks("one").bot("clarify", offers=("entry:refund", "person")).asks("1", picks="entry:refund").bot("answer", "refund")
    talk.asks("two").bot("answer", "refund")
    Replay(brain, ENTRIES, ("zh-CN",), {SITE: "wechat"}).add(talk.past())
    first, second, third = brain.asks
    assert (first.memory.offered, first.channel_type, first.today) == ((), "wechat", "2026-11-02")
    assert (second.memory.offered, second.memory.clarifications, second.picked) == (("entry:refund", "person"), 1, "entry:refund")
    assert (third.memory.last_entry, third.memory.clarifications, third.memory.entries) == ("refund", 0, ("refund",))


def test_examples_are_masked_and_few() -> None:
    talks = [Talk(f"v{n}").asks("call 13812345678").bot("answer", "refund").rated(1) for n in range(9)]
    examples = replayed({}, *talks).examples
    assert [one.text for one in examples] == ["call <number>"] * 5


@pytest.mark.parametrize(
    ("count", "of", "expected"),
    [(0, 0, (None, None, None)), (0, 10, (0.0, 0.0, 0.2775)), (5, 10, (0.5, 0.2366, 0.7634)), (81, 263, (0.308, 0.2553, 0.3662))],
)
def test_the_interval_is_wilsons(count: int, of: int, expected: tuple[float | None, ...]) -> None:
    """The last one is Newcombe's example (1998, table I)."""
    found = share(count, of)
    assert (found.share, found.low, found.high) == expected

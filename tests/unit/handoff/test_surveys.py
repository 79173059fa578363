"""How it was, in words: asked with the last words, answered by a tap or a number."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from config.schema import Settings, WebChat
from config.texts import load_texts
from config.wechat import WeChat
from gateway.core.draft import Draft
from gateway.core.events import Rated
from gateway.core.ids import ChannelName, SessionId
from gateway.core.message import Author
from gateway.core.parts import Choices, Location, Part, Pick, Text
from gateway.core.session import Session, State
from gateway.core.texts import Texts
from handoff import surveys
from handoff.acting import asks_how_it_was
from tests.fakes import START, CountedIds
from tests.unit.handoff.people import session

TEXTS = Texts(load_texts())


def ended(**fields: Any) -> Session:
    given: dict[str, Any] = {"state": State.CLOSED, "closed_at": START, "extra": {"survey": True}, "language": "zh-CN", **fields}
    return session(**given)


def test_the_question_stands_under_the_last_words_and_a_number_is_its_score() -> None:
    draft = Draft(session(language="zh-CN"), now=START, ids=CountedIds(), is_pushed=True, is_joined=True)
    surveys.ask(draft, "再见。", TEXTS)
    (message,) = draft.messages
    (asked,) = message.parts
    assert isinstance(asked, Choices)
    assert (message.author, asked.text, asked.hint) == (Author.SYSTEM, "再见。\n您对本次服务满意吗？", "回复 1 到 5 的数字即可评价。")
    assert [option.text for option in asked.options] == ["很不满意", "不满意", "一般", "满意", "非常满意"]
    assert asked.options[3].id == f"rate/{session().id}/4"
    assert draft.session.extra == {"survey": True}


@pytest.mark.parametrize(
    ("said", "score"),
    [
        (Text("4"), 4), (Text(" ５ "), 5), (Text("3分"), 3), (Text("2 星"), 2), (Text("非常满意"), 5), (Pick("0", "一般"), 3),
        (Text("6"), None), (Text("45"), None), (Text("4 件"), None), (Text("还有一个问题"), None), (Location(1.0, 2.0), None),
        (Text("1" * 100_000), None),
    ],
)  # fmt: skip
def test_a_number_or_the_choices_words_are_an_answer(said: Part, score: int | None) -> None:
    rated = surveys.answered(ended(), (said,), TEXTS, START)
    assert rated == (None if score is None else Rated(score=score, session=ended().id))


def test_a_tap_says_itself_what_it_answers() -> None:
    tapped = (Pick("rate/01ABC/2", "不满意"),)
    assert surveys.answered(None, tapped, TEXTS, START) == Rated(score=2, session=SessionId("01ABC"))
    assert surveys.answered(None, (Pick("rate/01ABC/7", ""),), TEXTS, START) is None


@pytest.mark.parametrize(
    ("newest", "after_s"),
    [(ended(extra={}), 0), (ended(), 24 * 3600), (ended(state=State.BOT, closed_at=None), 0), (None, 0)],
)  # fmt: skip
def test_a_number_answers_only_who_has_just_asked(newest: Session | None, after_s: int) -> None:
    assert surveys.answered(newest, (Text("4"),), TEXTS, START + timedelta(seconds=after_s)) is None


def test_customers_are_asked_in_words_where_the_channel_has_no_form_unless_the_operator_says_no() -> None:
    oa = WeChat(app_id="wx1", app_secret="s", token="token", mode="plain")
    channels: dict[str, Any] = {"oa": oa, "quiet": structs.replace(oa, survey=False), "site": WebChat()}
    settings = Settings(channels=channels)
    assert [name for name in (*channels, "gone") if asks_how_it_was(settings, ChannelName(name))] == ["oa"]

"""Links that can't be spoken: offered where the caller can read, sent once, and what became of it is said."""

from datetime import UTC, datetime
from typing import Any

from adapters.phone.dialogue.words import Flush, LinksSent, SendLinks
from gateway.core.events import CallStage, LinksWanted
from gateway.core.message import Author
from gateway.core.session import Call, Linked, Way
from gateway.core.session import State as At
from tests.unit.adapters.phone.dialogue.talk import Talk


def asked(**setup: Any) -> Talk:
    return Talk(**setup).presses("112").forget()


def test_a_link_is_not_read_but_offered_by_message() -> None:
    talk = asked(has_links=True).answers("请看[说明](https://help.example.net/a)。")
    assert "link(5)" in talk.said
    assert not any("https" in said for said in talk.said)
    assert str(talk.forget().presses("5").did[-1]) == "SendLinks(links=('https://help.example.net/a',))"


def test_where_no_message_can_be_sent_no_link_is_offered() -> None:
    assert asked().answers("请看[说明](https://help.example.net/a)。").said == ["请看说明。", "anything"]


LINKED = "请看[说明](https://help.example.net/a)。"


def linked(talk: Talk, way: Way | None, count: int = 1) -> Talk:
    """The hub tells what became of the wish."""
    since = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
    call = Call(id="C1", stage=CallStage.UP, since=since, began_at=since, linked=Linked(1, way, count))
    return talk.stands(At.BOT, call=call)


def test_a_link_goes_where_the_caller_is_known_the_best_way_first() -> None:
    talk = asked(has_links=True).answers(LINKED, ways=(Way.WECHAT, Way.EMAIL)).forget()
    talk.presses("5")
    assert (talk.told[-1], talk.said, talk.did) == (LinksWanted(1, "wechat"), ["link_sending"], [Flush()])
    assert linked(talk.forget(), Way.WECHAT).said == ["link_sent_wechat", "anything"]
    assert talk.forget().presses("5").said == ["no_such_key", "anything"], "what was sent is offered no more"
    assert asked().answers(LINKED, ways=(Way.EMAIL,)).said == ["请看说明。", "link_email(5)", "anything"]


def test_the_caller_hears_where_the_link_went_if_not_where_it_was_offered() -> None:
    talk = asked().answers(LINKED, ways=(Way.WECHAT, Way.EMAIL)).presses("5").forget()
    assert linked(talk, Way.EMAIL).said == ["link_sent_email", "anything"]


def test_where_the_hub_knows_no_way_any_more_a_short_message_is_tried_and_else_it_is_said() -> None:
    talk = asked(has_links=True).answers(LINKED, ways=(Way.WECHAT,)).presses("5").forget()
    assert linked(talk, None).did == [SendLinks(("https://help.example.net/a",))]
    assert talk.takes(LinksSent(is_sent=True)).said == ["link_sent", "anything"]
    talk = asked().answers(LINKED, ways=(Way.WECHAT,)).presses("5").forget()
    assert linked(talk, None).said == ["link_not_sent", "link_wechat(5)", "anything"]


def test_a_wish_is_told_once_while_it_is_on_its_way_and_an_old_word_does_not_answer_it() -> None:
    talk = linked(asked().answers(LINKED, ways=(Way.WECHAT,)).presses("5"), None)
    talk.forget().presses("5").presses("5")
    assert [event for event in talk.told if isinstance(event, LinksWanted)] == [LinksWanted(1, "wechat")]
    assert linked(talk.forget(), None).said == [], "that was the first wish's"
    assert linked(talk, Way.WECHAT, 2).said == ["link_sent_wechat", "anything"]


def test_whoever_asks_for_a_link_is_not_left_without_a_word() -> None:
    talk = asked(no_input_s=60.0).answers(LINKED, ways=(Way.WECHAT,)).presses("5").listens().forget()
    assert "link_not_sent" in talk.waits(21).said


def written_to(**setup: Any) -> Talk:
    """Whoever has an agent without a phone, who writes."""
    talk = Talk(**setup).presses("10").forget().queued("您排在第三位。", position=3)
    return talk.takes(talk.message("坐席 07 接起了电话。", author=Author.SYSTEM)).accepted(ways=(Way.EMAIL,)).listens().forget()


def test_a_link_that_an_agent_writes_goes_where_the_caller_is_known_unasked() -> None:
    talk = written_to().accepted(says="请看 https://example.com/a 。", ways=(Way.EMAIL,))
    assert (talk.told, talk.did) == ([LinksWanted(3, "email")], [])
    since = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
    call = Call(id="C1", stage=CallStage.UP, since=since, began_at=since, linked=Linked(3, Way.EMAIL))
    assert talk.listens().forget().accepted(ways=(Way.EMAIL,), call=call).said == ["link_sent_email"]

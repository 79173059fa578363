"""What may go out where the channel counts it, and what is kept."""

from datetime import timedelta

import pytest

from gateway.core.allowance import Allowance, Grant, Pocket
from gateway.core.changes import Allowed, Changes
from gateway.core.channel import Capabilities, Reach
from gateway.core.contact import Address, AddressKind
from gateway.core.events import Came, Event, Inbound, Left, Said
from gateway.core.ids import ChannelName, EventKey, Thread
from gateway.core.message import Author
from gateway.core.parts import Location, Notice, Part, Text
from gateway.quota import Go, Keep, allowed_by, budget, granting, judge, with_hint
from gateway.rendering import HINT_MAX_BYTES, fit
from tests.fakes import START

COUNTED = Capabilities(reach=Reach.PUSHED, text_max_bytes=2048, is_counted=True, reserve_count=1)
HI = Text("hi")
HINT = "(to be continued)"
WE, THREAD = ChannelName("we"), Thread("o1")


def said(count: int, hours: float = 48, why: str = "") -> Allowance:
    return Allowance(said_count=count, said_until=START + timedelta(hours=hours), serial=1, why=why)


@pytest.mark.parametrize(
    ("author", "allowance", "verdict"),
    [
        (Author.BOT, said(2), Go(Pocket.SAID)),
        (Author.BOT, said(1), Keep("reserved")),
        (Author.SYSTEM, said(1), Keep("reserved")),
        (Author.AGENT, said(1), Go(Pocket.SAID)),
        (Author.AGENT, said(0), Keep("out_of_count")),
        (Author.AGENT, said(5, hours=0), Keep("out_of_window")),
        (Author.AGENT, None, Keep("out_of_window")),
        (Author.AGENT, said(0, why="unreachable"), Keep("unreachable")),
    ],
)
def test_the_last_of_what_is_allowed_is_left_to_agents(author: Author, allowance: Allowance | None, verdict: Go | Keep) -> None:
    assert judge(HI, author, allowance, COUNTED, START) == verdict


def test_what_ends_first_pays_first() -> None:
    both = Allowance(said_count=5, said_until=START + timedelta(2), touched_count=1, touched_until=START + timedelta(minutes=1))
    assert judge(HI, Author.BOT, both, COUNTED, START) == Go(Pocket.TOUCHED)
    assert judge(HI, Author.BOT, both, COUNTED, START + timedelta(minutes=1)) == Go(Pocket.SAID)


def test_a_notice_costs_nothing() -> None:
    assert judge(Notice("shipped", {}, "It is on its way."), Author.AGENT, said(0), COUNTED, START) == Go(None)


def test_a_bots_budget_ends_at_the_reserve() -> None:
    assert [budget(author, said(3), COUNTED, START) for author in (Author.BOT, Author.AGENT)] == [2, 3]
    assert budget(Author.BOT, said(0), COUNTED, START) == 0


def test_the_last_text_that_goes_says_that_more_follows() -> None:
    parts: tuple[Part, ...] = (Text("one"), Text("two"), Text("three"))
    assert with_hint(parts, 2, HINT, COUNTED) == (Text("one"), Text("two\n(to be continued)"), Text("three"))
    assert with_hint(parts, 3, HINT, COUNTED) == parts
    assert with_hint(parts, 0, HINT, COUNTED) == parts


def test_a_text_before_a_picture_says_it_where_the_picture_is_the_last_to_go() -> None:
    place = Location(1.0, 2.0)
    assert with_hint((Text("one"), place, Text("two")), 2, HINT, COUNTED)[0] == Text("one\n(to be continued)")
    assert with_hint((place, Text("two")), 1, HINT, COUNTED) == (place, Text("two"))


def test_there_is_room_for_the_hint_in_every_text_of_which_more_follows() -> None:
    parts = fit((Text("退款三天内到账。" * 400),), COUNTED)
    assert len(parts) > 2
    hint = "长" * ((HINT_MAX_BYTES - 1) // 3)
    hinted = with_hint(parts, 1, hint, COUNTED)[0]
    assert isinstance(hinted, Text)
    assert hinted.text.endswith(f"\n{hint}")
    assert len(hinted.text.encode()) <= 2048


def test_where_there_is_no_room_the_words_stay_as_they_are() -> None:
    narrow = Capabilities(reach=Reach.PUSHED, text_max_bytes=10, is_counted=True)
    assert with_hint((Text("one two"), Text("three")), 1, HINT, narrow)[0] == Text("one two")


def event(what: Event, *, grant: Grant | None = None, answer_in_s: float | None = None) -> Inbound:
    return Inbound(
        channel=WE, thread=THREAD, key=EventKey("we/1"), sender=Address(AddressKind.API, "we", "o1"), at=START, event=what, grant=grant,
        answer_by=None if answer_in_s is None else START + timedelta(seconds=answer_in_s),
    )  # fmt: skip


FIVE = Grant(pocket=Pocket.SAID, count=5, until=START + timedelta(hours=48))


def test_what_was_kept_is_first_left_to_whoever_is_on_the_line() -> None:
    assert allowed_by(event(Said((HI,)), grant=FIVE, answer_in_s=1.5), START) == Allowed(
        channel=WE, thread=THREAD, grant=FIVE, release_at=START + timedelta(seconds=2)
    )
    late = allowed_by(event(Said((HI,)), grant=FIVE, answer_in_s=1.5), START + timedelta(seconds=3))
    assert late is not None
    assert late.release_at == START + timedelta(seconds=3)


def test_a_grant_that_is_over_when_it_is_read_fills_nothing() -> None:
    assert allowed_by(event(Came("tapped"), grant=FIVE), FIVE.until) is None


def test_who_leaves_allows_nothing_more() -> None:
    assert allowed_by(event(Left()), START) == Allowed(channel=WE, thread=THREAD, grant=None, why="unreachable")


def test_a_grant_stands_in_the_same_transaction_as_what_the_event_changes() -> None:
    came = event(Came("followed"), grant=FIVE)
    (alone,) = granting(came, [], START)
    assert (alone.keys, len(alone.allowed)) == (("we/1",), 1)
    made = [Changes(keys=(EventKey("a"),)), Changes(keys=(came.key,)), Changes(keys=(EventKey("b"),))]
    assert [len(changes.allowed) for changes in granting(came, made, START)] == [0, 1, 0]
    assert granting(event(Said((HI,))), [], START) == []

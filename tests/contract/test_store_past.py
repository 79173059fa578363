"""Sessions of the past, read whole and in bounded pages. Both engines."""

from datetime import datetime
from typing import Any

import pytest

from gateway.core.changes import Changes
from gateway.core.draft import Draft
from gateway.core.errors import BadInput
from gateway.core.ids import EntryId
from gateway.core.knowledge import Label, LabelSource
from gateway.core.message import Author
from gateway.core.parts import Text
from gateway.core.past import PastSession
from gateway.core.session import Rating, Session, State
from gateway.store import Record, bot_turns
from tests.contract.records import AT, following, handoff, later, new_session, turn
from tests.fakes import CountedIds


async def write(store: Record, *changes: Changes) -> None:
    assert await store.commit(changes) == [None] * len(changes)


async def walked(store: Record, begin: datetime, end: datetime, **options: Any) -> list[PastSession]:
    found: list[PastSession] = []
    after = ""
    while True:
        page = await store.past_sessions(begin, end, after=after, **options)
        found += page.items
        if page.next is None:
            return found
        after = page.next


def label(session: Session) -> Label:
    return Label(id="l1", text="refund?", entry=EntryId("refund"), source=LabelSource.AGENT, session_id=session.id, at=AT, by="agent-1")


async def test_a_past_session_comes_with_its_messages_its_rating_and_its_labels(store: Record, ids: CountedIds) -> None:
    ann = new_session()
    rating = Rating(session_id=ann.id, score=2, comment="", at=AT, key="site/ann/rate")
    await write(
        store, turn(ann, "refund?", ids), Changes(ratings=(rating,)), Changes(labels=(label(ann),)), turn(new_session("bob"), "x", ids)
    )
    one, other = sorted(await walked(store, AT, later(1)), key=lambda past: str(past.session.thread))
    assert [str(part.text) for message in one.messages for part in message.parts if isinstance(part, Text)] == ["refund?", "about refund?"]
    assert (one.rating, one.labels, one.is_cut) == (rating, (label(ann),), False)
    assert (other.session.thread, other.rating, other.labels) == ("bob", None, ())


async def test_past_sessions_come_page_by_page_each_once_and_only_of_their_time(store: Record) -> None:
    states = [State.CLOSED, State.BOT, State.QUEUED]
    many = [following(new_session(f"v{n}", opened_at=later(n)), state=states[n % 3]) for n in range(9)]
    await write(store, *(Changes(session=session) for session in many))
    found = await walked(store, later(2), later(8), limit=2)
    assert sorted(str(past.session.thread) for past in found) == ["v2", "v3", "v4", "v5", "v6", "v7"]
    assert [str(past.session.thread) for past in found[-2:]] == ["v3", "v6"]  # the closed ones last
    assert await walked(store, later(20), later(30)) == []


async def test_of_a_long_session_only_the_beginning_is_read(store: Record, ids: CountedIds) -> None:
    draft = Draft(new_session(), now=AT, ids=ids, is_pushed=False)
    for number in range(bot_turns.MESSAGES_MAX_COUNT + 5):
        draft.say(Author.BOT, (Text(str(number)),))
    await write(store, draft.changes())
    (past,) = await walked(store, AT, later(1))
    assert (len(past.messages), past.messages[-1].seq, past.is_cut) == (400, 400, True)


async def test_sessions_that_were_handed_off_come_newest_first_and_once(store: Record, ids: CountedIds) -> None:
    sessions = [new_session(f"v{n}") for n in range(3)]
    await write(store, *(turn(session, "x", ids) for session in sessions))
    given = [(1, sessions[0]), (2, sessions[1]), (3, sessions[0]), (4, sessions[2])]
    await write(store, *(Changes(handoffs=(handoff(n, session_id=session.id),)) for n, session in given))
    first = await store.handed_off_sessions(AT, limit=2)
    assert [str(past.session.thread) for past in first.items] == ["v2", "v1"]
    assert first.next is not None
    second = await store.handed_off_sessions(AT, limit=2, after=first.next)
    assert ([str(past.session.thread) for past in second.items], second.next) == (["v0"], None)
    assert [len(past.messages) for past in (*first.items, *second.items)] == [2, 2, 2]
    assert (await store.handed_off_sessions(later(3), limit=9)).items[0].session.thread == "v2"


@pytest.mark.parametrize("after", ["x", "99.1.", "0.x.y", "-1.2.3"])
async def test_a_cursor_that_no_page_gave_is_refused(store: Record, after: str) -> None:
    with pytest.raises(BadInput):
        await store.past_sessions(AT, later(1), after=after)

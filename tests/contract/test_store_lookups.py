"""Sessions that wait for a look-up are found when its time is over, and only they. Both engines."""

from typing import Any

from msgspec import structs

from gateway.core.changes import Changes
from gateway.core.decision import Decision, Heard, Kind, Looking, Lookup
from gateway.core.ids import EntryId
from gateway.core.parts import Text
from gateway.core.session import Session, State
from gateway.store import Record
from tests.contract.records import following, later, new_session


def waiting(thread: str, until_s: float, **fields: Any) -> Session:
    lookup = Lookup(entry=EntryId("where"), action="orders", slots={"order": "A1"})
    decision = Decision(kind=Kind.ANSWER, language="en", entry=EntryId("where"), lookup=lookup)
    looking = Looking(id=f"look-{thread}", until=later(until_s), heard=Heard(1, (Text("where?"),)), decision=decision)
    return new_session(thread, version=1, looking=looking, **fields)


async def test_only_what_is_overdue_is_found_the_longest_overdue_first(store: Record) -> None:
    sessions = (waiting("ann", 9), waiting("bob", 5), waiting("cat", 11), new_session("dan", version=1))
    assert await store.commit([Changes(session=session) for session in sessions]) == [None] * 4
    found = await store.late_lookups(later(10), 10)
    assert [session.thread for session in found] == ["bob", "ann"]
    assert found[0].looking == sessions[1].looking
    assert [session.thread for session in await store.late_lookups(later(10), 1)] == ["bob"]


async def test_a_session_that_waits_no_more_is_found_no_more(store: Record) -> None:
    ann, bob = waiting("ann", 5), waiting("bob", 5)
    assert await store.commit([Changes(session=ann), Changes(session=bob)]) == [None, None]
    answered, taken = following(ann, looking=None), structs.replace(following(bob), state=State.QUEUED)
    assert await store.commit([Changes(session=answered), Changes(session=taken)]) == [None, None]
    assert await store.late_lookups(later(10), 10) == []

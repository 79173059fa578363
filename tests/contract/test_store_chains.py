"""Changes that build on one another in one batch, and on sessions that they do not change. Both engines."""

from msgspec import structs

from gateway.core.changes import Changes
from gateway.core.errors import Repeat, StaleSession
from gateway.core.handoff import StatusInterval
from gateway.core.ids import EventKey, SessionId, Thread, WorkerId
from gateway.core.session import Rating, Session, State
from gateway.store import Record
from tests.contract.records import AT, agent, following, later, new_session, turn
from tests.events import SITE
from tests.fakes import CountedIds


def session_of(changes: Changes) -> Session:
    assert changes.session is not None
    return changes.session


async def opened(store: Record, ids: CountedIds) -> Session:
    first = turn(new_session(), "one", ids)
    assert await store.commit([first]) == [None]
    return session_of(first)


async def test_what_follows_a_refused_step_is_refused_though_its_version_fits_by_chance(store: Record, ids: CountedIds) -> None:
    """An agent takes the session (one version on) while a batch of two turns is decided: neither may overwrite that."""
    session = await opened(store, ids)
    second = turn(session, "two", ids)
    third = turn(session_of(second), "three", ids)
    taken = following(session, state=State.ACTIVE, agent_id="amy")
    assert await store.commit([Changes(session=taken)]) == [None]
    outcomes = await store.commit([second, third])
    assert [type(outcome) for outcome in outcomes] == [StaleSession, StaleSession]
    assert await store.session(session.id) == taken
    assert [message.seq for message in await store.session_messages(session.id)] == [1, 2]


async def test_what_follows_a_repeat_is_refused_too(store: Record, ids: CountedIds) -> None:
    session = await opened(store, ids)
    repeated = turn(session, "one", ids)
    third = turn(session_of(repeated), "three", ids)
    assert await store.commit([Changes(session=following(session))]) == [None]
    assert [type(outcome) for outcome in await store.commit([repeated, third])] == [Repeat, StaleSession]


async def test_the_same_holds_where_a_neighbour_is_refused_by_the_database_itself(store: Record, ids: CountedIds) -> None:
    session = await opened(store, ids)
    second = turn(session, "two", ids)
    third = turn(session_of(second), "three", ids)
    taken = following(session, state=State.ACTIVE)
    assert await store.commit([Changes(session=taken)]) == [None]
    stranger = turn(new_session("bob"), "hello", ids)
    clashing = structs.replace(stranger, messages=(stranger.messages[0], stranger.messages[0]))
    outcomes = await store.commit([clashing, second, third])
    assert [outcome is None for outcome in outcomes] == [False, False, False]
    assert await store.session(session.id) == taken


async def test_a_new_session_is_written_only_where_the_one_before_stands_as_it_was_seen(store: Record, ids: CountedIds) -> None:
    session = await opened(store, ids)
    closed = following(session, state=State.CLOSED)
    new = structs.replace(turn(new_session(episode=2), "again", ids), expects=(session.id, closed.version))
    (outcome,) = await store.commit([new])
    assert isinstance(outcome, StaleSession)
    assert await store.commit([Changes(session=closed), new]) == [None, None]
    assert [found.episode for found in await store.latest_sessions([(SITE, Thread("ann"))])] == [2]


async def test_what_expects_a_session_that_a_refused_step_was_to_change_is_refused(store: Record, ids: CountedIds) -> None:
    session = await opened(store, ids)
    stale = Changes(session=structs.replace(session, version=9))
    rating = Rating(session_id=session.id, score=5, comment="", at=AT, key="r1")
    rated = Changes(ratings=(rating,), expects=(session.id, session.version))
    assert [type(outcome) for outcome in await store.commit([stale, rated])] == [StaleSession, StaleSession]
    assert await store.commit([rated]) == [None]


async def test_what_expects_a_session_that_is_not_there_is_refused(store: Record) -> None:
    (outcome,) = await store.commit([Changes(status_intervals=(), expects=(SessionId("nobody"), 1))])
    assert isinstance(outcome, StaleSession)


async def test_an_event_without_words_is_known_by_its_key(store: Record) -> None:
    ended = Changes(keys=(EventKey("site/ann/end/1"),))
    assert [type(outcome) for outcome in await store.commit([ended, ended])] == [type(None), Repeat]
    (outcome,) = await store.commit([ended])
    assert isinstance(outcome, Repeat)


async def test_a_step_of_an_agent_that_follows_a_refused_one_does_not_undo_a_heartbeat(store: Record, ids: CountedIds) -> None:
    """Two offers to one agent in one batch: the first meets a session that has moved on, and meanwhile the desk has said it is there."""
    amy = agent("amy")
    session = await opened(store, ids)
    assert await store.commit([Changes(agents=(amy,))]) == [None]
    beat = structs.replace(amy, version=2, seen_at=later(5))
    assert await store.commit([Changes(agents=(beat,))]) == [None]
    first = Changes(session=structs.replace(session, version=9), agents=(structs.replace(amy, version=2),))
    second = Changes(
        session=session_of(turn(new_session("bob"), "hi", ids)), agents=(structs.replace(amy, version=3),),
        status_intervals=(StatusInterval(agent_id=amy.id, status=amy.status, started_at=AT, ended_at=later(1)),),
    )  # fmt: skip
    assert [type(outcome) for outcome in await store.commit([first, second])] == [StaleSession, StaleSession]
    assert await store.agent(amy.id) == beat


async def test_a_rating_with_a_character_that_postgresql_can_not_hold_is_kept(store: Record) -> None:
    rating = Rating(session_id=SessionId("s"), score=1, comment="a\x00b", at=AT, key="r1")
    assert await store.commit([Changes(ratings=(rating,))]) == [None]


async def test_a_thread_keeps_its_order_on_the_way_out_across_its_sessions(store: Record, ids: CountedIds) -> None:
    """The first session's last words wait for their retry: the next session's first words wait behind them."""
    first = turn(new_session(), "one", ids, is_pushed=True)
    closed = Changes(session=following(session_of(first), state=State.CLOSED))
    second = turn(new_session(episode=2, seq=2, first_seq=3), "two", ids, is_pushed=True)
    other = turn(new_session("bob"), "hi", ids, is_pushed=True)
    assert await store.commit([first, closed, second, other]) == [None] * 4
    leased = await store.lease_outgoing(WorkerId("w"), later(60), 30, 10)
    assert sorted((outgoing.thread, outgoing.message.seq) for outgoing, _ in leased) == [("ann", 2), ("bob", 2)]

"""The one way to write the record: every guard, and all of it or nothing. Both engines."""

import asyncio
from typing import Any

import pytest
from msgspec import structs

from gateway.core.changes import Changes, Progress
from gateway.core.errors import Conflict, Fenced, Repeat, StaleSession
from gateway.core.handoff import AgentStatus, Stage, StatusInterval
from gateway.core.ids import AgentId, ChannelName, EventKey, Lane, MessageId, OutboxId, SessionId, Thread, WorkerId
from gateway.core.message import Author, Message, Outgoing, Status
from gateway.core.parts import Text
from gateway.core.session import Rating
from gateway.store import Record
from tests.contract.records import AT, agent, case, following, handoff, later, new_session, settled, turn
from tests.events import SITE
from tests.fakes import CountedIds

LANE = Lane(3)
WORKER = WorkerId("w1")


async def written(store: Record, *changes: Changes, progress: Progress | None = None) -> None:
    assert await store.commit(changes, progress) == [None] * len(changes)


async def test_a_turn_is_on_record_as_it_was_said(store: Record, ids: CountedIds) -> None:
    changes = turn(new_session(), "how long?", ids)
    await written(store, changes)
    assert changes.session is not None
    assert await store.session(changes.session.id) == changes.session
    assert await store.session_messages(changes.session.id) == list(changes.messages)


async def test_turns_of_one_session_follow_one_another_in_one_batch(store: Record, ids: CountedIds) -> None:
    first = turn(new_session(), "one", ids)
    assert first.session is not None
    second = turn(first.session, "two", ids)
    await written(store, first, second)
    assert [message.seq for message in await store.thread_messages(SITE, Thread("ann"), 0, 10)] == [1, 2, 3, 4]
    kept = await store.session(first.session.id)
    assert kept is not None
    assert kept.version == 2


async def test_a_version_that_does_not_follow_is_refused_and_its_neighbours_written(store: Record, ids: CountedIds) -> None:
    stale = turn(following(new_session("stale")), "x", ids)
    good, other = turn(new_session("good"), "x", ids), turn(new_session("other"), "x", ids)
    outcomes = await store.commit([good, stale, other])
    assert [type(outcome) for outcome in outcomes] == [type(None), StaleSession, type(None)]
    assert await store.thread_messages(SITE, Thread("stale"), 0, 10) == []
    assert len(await store.thread_messages(SITE, Thread("other"), 0, 10)) == 2


async def test_what_follows_a_refused_version_in_the_batch_is_refused_too(store: Record, ids: CountedIds) -> None:
    first = turn(new_session(), "one", ids)
    assert first.session is not None
    await written(store, first)
    again = turn(new_session(), "two", ids)
    assert again.session is not None
    outcomes = await store.commit([again, turn(structs.replace(again.session, version=2), "three", ids)])
    assert [type(outcome) for outcome in outcomes] == [StaleSession, StaleSession]
    assert len(await store.thread_messages(SITE, Thread("ann"), 0, 10)) == 2


async def test_an_event_that_is_on_record_is_a_repeat_and_nothing_of_it_is_written(store: Record, ids: CountedIds) -> None:
    first = turn(new_session(), "one", ids, cid="c1")
    assert first.session is not None
    await written(store, first)
    (outcome,) = await store.commit([turn(first.session, "one", ids, cid="c1")])
    assert isinstance(outcome, Repeat)
    assert await store.session(first.session.id) == first.session


async def test_an_event_twice_in_one_batch_is_written_once(store: Record, ids: CountedIds) -> None:
    first = turn(new_session(), "one", ids, cid="c1")
    assert first.session is not None
    outcomes = await store.commit([first, turn(first.session, "one", ids, cid="c1")])
    assert [type(outcome) for outcome in outcomes] == [type(None), Repeat]


async def test_an_event_twice_in_one_transaction_is_refused_whole(store: Record, ids: CountedIds) -> None:
    changes = turn(new_session(), "one", ids)
    first, second = changes.messages
    twice = structs.replace(changes, messages=(first, structs.replace(second, key=first.key)))
    (outcome,) = await store.commit([twice])
    assert isinstance(outcome, Conflict)
    assert await store.latest_sessions([(SITE, Thread("ann"))]) == []


async def test_a_row_that_is_there_already_fails_its_own_changes_only(store: Record, ids: CountedIds) -> None:
    taken = Message(id=MessageId("m"), session_id=SessionId("s"), seq=1, author=Author.SYSTEM, at=AT, parts=(Text("hello"),))
    await written(store, Changes(messages=(taken,)))
    good, after = turn(new_session("good"), "x", ids), turn(new_session("after"), "x", ids)
    outcomes = await store.commit([good, Changes(messages=(taken,)), after])
    assert [type(outcome) for outcome in outcomes] == [type(None), Conflict, type(None)]
    assert len(await store.latest_sessions([(SITE, Thread("good")), (SITE, Thread("after"))])) == 2


async def test_a_rating_counts_once(store: Record) -> None:
    rating = Rating(session_id=SessionId("s"), score=5, comment="", at=AT, key="site/ann/rate")
    outcomes = await store.commit([Changes(ratings=(rating,)), Changes(ratings=(rating,))])
    assert [type(outcome) for outcome in outcomes] == [type(None), Repeat]


async def test_handoffs_cases_and_agents_have_versions_too(store: Record) -> None:
    await written(store, Changes(handoffs=(handoff(1),)), Changes(cases=(case(1),)), Changes(agents=(agent("ann"),)))
    for stale in (Changes(handoffs=(handoff(1),)), Changes(cases=(case(1, version=3),)), Changes(agents=(agent("ann"),))):
        (outcome,) = await store.commit([stale])
        assert isinstance(outcome, StaleSession)
    await written(store, Changes(handoffs=(handoff(1, version=2, stage=Stage.OFFERED),), agents=(agent("ann", version=2),)))
    kept = await store.handoff(handoff(1).id)
    assert kept is not None
    assert (kept.version, kept.stage) == (2, Stage.OFFERED)


async def test_one_stale_part_refuses_the_whole_transaction(store: Record, ids: CountedIds) -> None:
    await written(store, Changes(handoffs=(handoff(1),)))
    changes = structs.replace(turn(new_session(), "x", ids), handoffs=(handoff(1),))
    (outcome,) = await store.commit([changes])
    assert isinstance(outcome, StaleSession)
    assert await store.latest_sessions([(SITE, Thread("ann"))]) == []


async def test_an_agents_name_is_unique_whatever_its_case_and_width(store: Record) -> None:
    outcomes = await store.commit([
        Changes(agents=(agent("ann"),)),
        Changes(agents=(agent("ANN", id=AgentId("other")),)),
        Changes(agents=(agent("bob"),)),
    ])  # fmt: skip
    assert [type(outcome) for outcome in outcomes] == [type(None), Conflict, type(None)]
    (outcome,) = await store.commit([Changes(agents=(agent("ａｎｎ", id=AgentId("other")),))])
    assert type(outcome) is Conflict


async def test_the_lanes_position_moves_with_the_commit(store: Record, ids: CountedIds) -> None:
    assert await store.claim_lane(LANE, 4) == ""
    await written(store, turn(new_session(), "x", ids), progress=Progress(lane=LANE, token=4, position="17"))
    assert await store.claim_lane(LANE, 5) == "17"


async def test_the_position_stays_when_something_was_refused(store: Record, ids: CountedIds) -> None:
    await store.claim_lane(LANE, 1)
    stale = turn(following(new_session("stale")), "x", ids)
    await store.commit([turn(new_session("good"), "x", ids), stale], Progress(lane=LANE, token=1, position="17"))
    assert await store.claim_lane(LANE, 1) == ""
    assert len(await store.latest_sessions([(SITE, Thread("good"))])) == 1


async def test_a_position_moves_without_anything_to_write(store: Record) -> None:
    await store.claim_lane(LANE, 1)
    await written(store, progress=Progress(lane=LANE, token=1, position="9"))
    assert await store.claim_lane(LANE, 1) == "9"


async def test_whoever_lost_the_lane_writes_nothing(store: Record, ids: CountedIds) -> None:
    await store.claim_lane(LANE, 5)
    with pytest.raises(Fenced):
        await store.commit([turn(new_session(), "x", ids)], Progress(lane=LANE, token=4, position="17"))
    assert await store.latest_sessions([(SITE, Thread("ann"))]) == []
    with pytest.raises(Fenced):
        await store.claim_lane(LANE, 4)
    assert await store.claim_lane(LANE, 5) == ""


async def test_a_value_that_the_database_cant_hold_fails_its_caller_alone(store: Record, ids: CountedIds) -> None:
    poisoned = Changes(status_intervals=(StatusInterval(agent_id=None, status=AgentStatus.AWAY, started_at=AT, ended_at=AT),))  # type: ignore[arg-type]  # what a bug would do
    results = await asyncio.gather(
        *(store.commit([turn(new_session(f"v{number}"), "x", ids)]) for number in range(20)),
        store.commit([turn(new_session("beside"), "x", ids), poisoned]),
        return_exceptions=True,
    )
    assert results[:20] == [[None]] * 20
    assert isinstance(results[20], Exception)
    assert await store.latest_sessions([(SITE, Thread("beside"))]) == []


async def test_concurrent_writers_of_one_session_take_turns(store: Record, ids: CountedIds) -> None:
    results = await asyncio.gather(*(store.commit([turn(new_session(), f"text {number}", ids)]) for number in range(10)))
    assert sorted(type(outcome).__name__ for (outcome,) in results) == ["NoneType"] + ["StaleSession"] * 9
    assert len(await store.thread_messages(SITE, Thread("ann"), 0, 100)) == 2


async def test_a_settled_row_leaves_the_outbox_and_tells_its_message(store: Record, ids: CountedIds) -> None:
    await written(store, turn(new_session(), "x", ids, is_pushed=True))
    ((outgoing, token),) = await store.lease_outgoing(WORKER, later(1), 30.0, 10)
    await written(store, Changes(settled=(settled(outgoing, token, Status.SENT, channel_message_ids=("wx-1", "wx-2")),)))
    assert await store.outbox_depth() == 0
    assert [message.status for message in await store.last_messages(SITE, Thread("ann"), 1)] == [Status.SENT]
    found = await store.message_at_channel(SITE, "wx-2")
    assert found is not None
    assert (found.seq, found.status) == (2, Status.SENT)
    assert await store.message_at_channel(SITE, "wx-3") is None


async def test_a_rescheduled_row_waits_and_remembers(store: Record, ids: CountedIds) -> None:
    await written(store, turn(new_session(), "x", ids, is_pushed=True))
    ((outgoing, token),) = await store.lease_outgoing(WORKER, later(1), 30.0, 10)
    wait = settled(outgoing, token, Status.PENDING, retry_at=later(60), attempts=1, parts_sent=1, parts_begun=2)
    await written(store, Changes(settled=(wait,)))
    assert await store.lease_outgoing(WORKER, later(59), 30.0, 10) == []
    ((again, next_token),) = await store.lease_outgoing(WORKER, later(60), 30.0, 10)
    assert (again.attempts, again.parts_sent, again.parts_begun, again.id) == (1, 1, 2, outgoing.id)
    assert next_token > token


async def test_a_row_that_waits_may_be_settled_again_until_it_is_leased_anew(store: Record, ids: CountedIds) -> None:
    await written(store, turn(new_session(), "x", ids, is_pushed=True))
    ((outgoing, token),) = await store.lease_outgoing(WORKER, later(1), 30.0, 10)
    wait = Changes(settled=(settled(outgoing, token, Status.PENDING, retry_at=later(60)),))
    await written(store, wait, wait)
    await store.lease_outgoing(WORKER, later(61), 30.0, 10)
    (outcome,) = await store.commit([Changes(settled=(settled(outgoing, token),))])
    assert type(outcome) is Conflict
    assert await store.outbox_depth() == 1


async def test_a_row_is_settled_for_good_once(store: Record, ids: CountedIds) -> None:
    await written(store, turn(new_session(), "x", ids, is_pushed=True))
    ((outgoing, token),) = await store.lease_outgoing(WORKER, later(1), 30.0, 10)
    done = Changes(settled=(settled(outgoing, token),))
    outcomes = await store.commit([done, done])
    assert [type(outcome) for outcome in outcomes] == [type(None), Conflict]
    (outcome,) = await store.commit([done])
    assert type(outcome) is Conflict


async def test_a_row_that_nobody_leased_is_settled_by_whoever_read_it(store: Record, ids: CountedIds) -> None:
    first, second = turn(new_session(), "x", ids, is_pushed=True), turn(new_session("bob"), "x", ids, is_pushed=True)
    await written(store, first, second)
    await written(store, Changes(settled=(settled(first.outgoing[0], 0, Status.REFUSED),)))
    assert len(await store.lease_outgoing(WORKER, later(1), 30.0, 10)) == 1
    (outcome,) = await store.commit([Changes(settled=(settled(second.outgoing[0], 0),))])
    assert type(outcome) is Conflict


async def test_only_the_first_row_of_a_session_goes_out(store: Record, ids: CountedIds) -> None:
    first = turn(new_session(), "one", ids, is_pushed=True)
    assert first.session is not None
    await written(store, first, turn(first.session, "two", ids, is_pushed=True), turn(new_session("bob"), "x", ids, is_pushed=True))
    leased = await store.lease_outgoing(WORKER, later(1), 30.0, 10)
    assert sorted((str(outgoing.thread), outgoing.message.seq) for outgoing, _ in leased) == [("ann", 2), ("bob", 2)]
    assert await store.lease_outgoing(WORKER, later(2), 30.0, 10) == []
    ann, token = next(row for row in leased if row[0].thread == "ann")
    await written(store, Changes(settled=(settled(ann, token),)))
    ((following_row, _),) = await store.lease_outgoing(WORKER, later(3), 30.0, 10)
    assert (following_row.thread, following_row.message.seq) == ("ann", 4)


async def test_a_dead_workers_lease_is_taken_over(store: Record, ids: CountedIds) -> None:
    await written(store, turn(new_session(), "x", ids, is_pushed=True))
    ((outgoing, token),) = await store.lease_outgoing(WORKER, later(1), 30.0, 10)
    ((same, higher),) = await store.lease_outgoing(WorkerId("w2"), later(31), 30.0, 10)
    assert same.id == outgoing.id
    assert higher > token
    (outcome,) = await store.commit([Changes(settled=(settled(outgoing, token),))])
    assert type(outcome) is Conflict


async def test_two_workers_never_lease_the_same_row(store: Record, ids: CountedIds) -> None:
    await written(store, *(turn(new_session(f"v{number}"), "x", ids, is_pushed=True) for number in range(20)))
    leases = await asyncio.gather(*(store.lease_outgoing(WorkerId(f"w{number}"), later(1), 30.0, 7) for number in range(6)))
    leased: list[OutboxId] = [row[0].id for rows in leases for row in rows]
    assert len(leased) == len(set(leased))
    assert await store.outbox_depth() == 20


async def test_a_worker_may_ask_for_one_channels_rows_or_for_all_but_some(store: Record, ids: CountedIds) -> None:
    for channel in ("site", "mail", "we"):
        session = structs.replace(new_session(channel), id=SessionId(f"session of {channel}"), channel=ChannelName(channel))
        await written(store, turn(session, "x", ids, is_pushed=True))
    mail, chat = ChannelName("mail"), ChannelName("site")

    async def leased(**of: Any) -> list[str]:
        return sorted(row.channel for row, _ in await store.lease_outgoing(WORKER, later(1), 30.0, 10, **of))

    assert await leased(only=ChannelName("nobody")) == []
    assert await leased(only=mail) == ["mail"]
    assert await leased(only=mail) == [], "it is leased"
    assert await leased(but=(mail, chat)) == ["we"]
    assert await leased() == ["site"]


async def test_an_outgoing_row_comes_back_as_it_was(store: Record, ids: CountedIds) -> None:
    changes = turn(new_session(), "x", ids, is_pushed=True)
    await written(store, changes)
    ((outgoing, token),) = await store.lease_outgoing(WORKER, later(1), 30.0, 10)
    assert isinstance(outgoing, Outgoing)
    assert outgoing == changes.outgoing[0]
    assert token == 1


async def test_messages_are_found_by_their_events_key(store: Record, ids: CountedIds) -> None:
    changes = turn(new_session(), "x", ids, cid="c1")
    await written(store, changes)
    assert await store.messages_by_key([EventKey("site/ann/c1"), EventKey("site/ann/c2")]) == [changes.messages[0]]

"""Answers given on the line: taken out of the outbox by one alone, before they are written, and never out of their order."""

import asyncio

import pytest
from msgspec import structs

from gateway.core.changes import NEW_ROW, Changes
from gateway.core.errors import Conflict
from gateway.core.ids import EventKey, Thread
from gateway.core.message import Status
from gateway.core.ports import Waiting
from gateway.store import Record
from tests.contract.counted import ANN, allowance, kept, leased, placed, refused, said, said_by_bot, seqs_due, waiting, written
from tests.contract.records import AT, later, new_session, settled, turn
from tests.events import SITE
from tests.fakes import CountedIds, FrozenClock

KEY = EventKey("site/m1")


async def test_a_thread_tells_what_waits_in_its_order(store: Record, ids: CountedIds, clock: FrozenClock) -> None:
    clock.advance(1)
    await said_by_bot(store, ids, "one", "two")
    await said_by_bot(store, ids, "elsewhere", thread="bob")
    found = await waiting(store)
    assert [(row.outgoing.message.seq, row.token, row.due_at, row.is_leased) for row in found] == [(2, 0, AT, False), (4, 0, AT, False)]
    assert len(await store.outgoing_of(SITE, ANN, 1)) == 1
    await leased(store, 1)
    assert [(row.token, row.is_leased) for row in await waiting(store)] == [(1, True), (0, False)]


async def test_a_thread_tells_what_delivery_had_last_and_what_an_answer_gave_back(store: Record, ids: CountedIds) -> None:
    async def had() -> list[bool]:
        return [row.was_sending for row in await waiting(store)]

    await said_by_bot(store, ids, "one")
    assert await had() == [False]
    ((outgoing, token),) = await leased(store, 1)
    await written(store, Changes(settled=(settled(outgoing, token, Status.PENDING, retry_at=later(3), attempts=1),)))
    assert await had() == [True]
    (row,) = await waiting(store)
    await written(store, Changes(placed=(placed("site/m1", row, at_s=2),)))
    await written(store, Changes(settled=(settled(outgoing, token + 1, Status.PENDING, retry_at=later(18)),)))
    assert await had() == [False]
    await leased(store, 18)
    assert await had() == [True]


async def test_what_was_placed_by_its_own_turn_and_given_back_was_never_deliverys(store: Record, ids: CountedIds) -> None:
    changes = at_once(turn(new_session(), "x", ids, is_pushed=True))
    await written(store, changes)
    await written(store, Changes(settled=(settled(changes.outgoing[0], 0, Status.PENDING, retry_at=later(16)),)))
    assert [(row.was_sending, row.is_leased) for row in await waiting(store)] == [(False, False)]


async def test_a_part_that_has_begun_is_somebodys_whatever_became_of_them(store: Record, ids: CountedIds, clock: FrozenClock) -> None:
    clock.advance(1)
    await said_by_bot(store, ids, "one")
    ((outgoing, token),) = await leased(store, 1)
    await written(store, Changes(settled=(settled(outgoing, token, Status.PENDING, retry_at=later(2), parts_begun=1),)))
    clock.advance(999)
    (row,) = await waiting(store)
    assert (row.is_leased, row.outgoing.parts_begun) == (True, 1)
    await refused(store, Changes(placed=(placed("site/m1", row, at_s=1000),)))


async def test_what_answers_a_waiting_peer_is_left_to_whoever_is_on_the_line(store: Record, ids: CountedIds) -> None:
    changes = turn(new_session(), "x", ids, is_pushed=True)
    (outgoing,) = changes.outgoing
    await written(store, structs.replace(changes, outgoing=(structs.replace(outgoing, due_at=later(5)),)))
    assert await seqs_due(store, 4) == []
    (row,) = await waiting(store)
    assert row.due_at == later(5)
    assert await seqs_due(store, 5) == [2]


async def test_an_answer_takes_its_row_and_is_known_by_the_event(store: Record, ids: CountedIds) -> None:
    await said_by_bot(store, ids, "one")
    (row,) = await waiting(store)
    answer = placed("site/m1", row, at_s=1)
    assert await store.placed(KEY) is None
    await written(store, Changes(placed=(answer,)))
    assert await store.placed(KEY) == answer
    assert await seqs_due(store, 16) == []
    sent = settled(row.outgoing, row.token + 1, parts_sent=1, parts_begun=1)
    await written(store, Changes(settled=(sent,)))
    assert await waiting(store) == []
    assert [message.status for message in await store.last_messages(SITE, ANN, 1)] == [Status.SENT]


async def test_an_answer_whose_writer_died_is_found_unclear(store: Record, ids: CountedIds) -> None:
    await said_by_bot(store, ids, "one", "two")
    (row, _) = await waiting(store)
    await written(store, Changes(placed=(placed("site/m1", row, at_s=1),)))
    ((outgoing, token),) = await leased(store, 17)
    assert (outgoing.message.seq, outgoing.parts_sent, outgoing.parts_begun, token) == (2, 0, 1, 2)
    await refused(store, Changes(settled=(settled(outgoing, 1),)))


async def test_an_answer_that_could_not_be_written_goes_back_and_may_be_given_again(store: Record, ids: CountedIds) -> None:
    await said_by_bot(store, ids, "one")
    (row,) = await waiting(store)
    answer = placed("site/m1", row, at_s=1)
    await written(store, Changes(placed=(answer,)))
    await written(store, Changes(settled=(settled(row.outgoing, 1, Status.PENDING, retry_at=answer.until),)))
    (again,) = await waiting(store)
    assert (again.token, again.is_leased) == (1, False)
    assert await seqs_due(store, 16) == []
    await written(store, Changes(placed=(placed("site/m1", again, at_s=6, until=answer.until),)))
    await refused(store, Changes(settled=(settled(row.outgoing, 1),)))
    await written(store, Changes(settled=(settled(row.outgoing, 2),)))


async def test_what_a_repeat_has_taken_up_again_is_not_withdrawn(store: Record, ids: CountedIds) -> None:
    await said_by_bot(store, ids, "one")
    (row,) = await waiting(store)
    await written(store, Changes(placed=(placed("site/m1", row, at_s=1),)))
    back = settled(row.outgoing, row.token + 1, Status.PENDING, retry_at=later(17))
    await written(store, Changes(settled=(back,)))
    await written(store, Changes(settled=(structs.replace(back, parts_begun=1),)))
    withdrawn = structs.replace(settled(row.outgoing, row.token + 1, Status.REFUSED), is_idle=True)
    await refused(store, Changes(settled=(withdrawn,)))
    await written(store, Changes(settled=(back,)))
    await written(store, Changes(settled=(withdrawn,)))


async def test_one_of_many_repeats_takes_the_answer(store: Record, ids: CountedIds) -> None:
    await said_by_bot(store, ids, "one")
    (row,) = await waiting(store)
    outcomes = await asyncio.gather(*(store.commit([Changes(placed=(placed("site/m1", row, at_s=1 + number),))]) for number in range(5)))
    assert sorted(type(outcome).__name__ for (outcome,) in outcomes) == ["Conflict"] * 4 + ["NoneType"]


async def test_an_event_has_one_answer(store: Record, ids: CountedIds) -> None:
    await said_by_bot(store, ids, "one", "two")
    first, second = await waiting(store)
    await written(store, Changes(placed=(placed("site/m1", first),)), Changes(settled=(settled(first.outgoing, 1),)))
    await refused(store, Changes(placed=(placed("site/m1", second, at_s=2),)))
    await written(store, Changes(placed=(placed("site/m2", second, at_s=2),)))


async def test_a_row_that_delivery_has_is_not_placed(store: Record, ids: CountedIds) -> None:
    await said_by_bot(store, ids, "one")
    (row,) = await waiting(store)
    await leased(store, 1)
    await refused(store, Changes(placed=(placed("site/m1", row),)))
    (row,) = await waiting(store)
    await refused(store, Changes(placed=(placed("site/m1", row, at_s=2),)))
    await written(store, Changes(placed=(placed("site/m1", row, at_s=31),)))


async def test_a_placed_row_is_not_leased_and_a_settled_one_not_placed(store: Record, ids: CountedIds) -> None:
    await said_by_bot(store, ids, "one")
    (row,) = await waiting(store)
    await written(store, Changes(placed=(placed("site/m1", row),)))
    assert await leased(store, 2) == []
    await written(store, Changes(settled=(settled(row.outgoing, 1),)))
    await refused(store, Changes(placed=(placed("site/m2", row),)))


async def test_an_answer_does_not_overtake(store: Record, ids: CountedIds) -> None:
    await said_by_bot(store, ids, "one", "two", "three")
    first, second, third = await waiting(store)
    await refused(store, Changes(placed=(placed("site/m1", second),)))
    await refused(store, Changes(placed=(placed("site/m1", first, third),)))
    await written(store, Changes(placed=(placed("site/m1", first, second),)))
    assert [row.is_leased for row in await waiting(store)] == [True, True, False]


async def test_an_answer_passes_what_is_kept(store: Record, ids: CountedIds) -> None:
    await said_by_bot(store, ids, "one", "two")
    ((first, token),) = await leased(store, 1)
    await written(store, Changes(settled=(kept(first, token, 0),)))
    _, second = await waiting(store)
    await written(store, Changes(placed=(placed("site/m1", second),)))


async def test_an_answer_may_take_what_was_kept_and_let_go(store: Record, ids: CountedIds) -> None:
    await said_by_bot(store, ids, "one", "two")
    ((first, token),) = await leased(store, 1)
    await written(store, Changes(settled=(kept(first, token, 0),)), Changes(allowed=(said(at_s=5, release_s=8),)))
    kept_row, second = await waiting(store)
    assert (kept_row.token, kept_row.due_at) == (1, later(8))
    await written(store, Changes(placed=(placed("site/m1", kept_row, second, at_s=6),)))
    assert (await allowance(store)).said_count == 5
    await written(store, Changes(settled=(settled(first, 2), settled(second.outgoing, 1))))


async def test_an_answer_passes_what_never_goes_out(store: Record, ids: CountedIds) -> None:
    await said_by_bot(store, ids, "one", "two")
    first, second = await waiting(store)
    await written(store, Changes(placed=(placed("site/m1", second, passed=(first.outgoing.id,)),)))


async def test_another_threads_row_is_not_placed(store: Record, ids: CountedIds) -> None:
    await said_by_bot(store, ids, "one")
    (row,) = await waiting(store)
    await refused(store, Changes(placed=(placed("site/m1", row, thread=Thread("bob")),)))


async def test_the_rest_of_a_message_goes_out_behind_the_part_that_was_placed(store: Record, ids: CountedIds) -> None:
    await said_by_bot(store, ids, "one")
    (row,) = await waiting(store)
    await written(store, Changes(placed=(placed("site/m1", row, at_s=1),)))
    rest = settled(row.outgoing, 1, Status.PENDING, retry_at=later(2), parts_sent=1, parts_begun=1)
    await written(store, Changes(settled=(rest,)))
    ((outgoing, token),) = await leased(store, 2)
    assert (outgoing.parts_sent, outgoing.parts_begun, token) == (1, 1, 2)


async def test_what_need_not_wait_is_let_go(store: Record, ids: CountedIds) -> None:
    changes = turn(new_session(), "x", ids, is_pushed=True)
    outgoing = structs.replace(changes.outgoing[0], due_at=later(60))
    await written(store, structs.replace(changes, outgoing=(outgoing,)), Changes(released=(outgoing.id,)))
    assert await seqs_due(store, 1) == [2]


@pytest.mark.parametrize("how", ["leased", "begun", "kept", "placed"])
async def test_what_somebody_has_and_what_is_kept_is_not_let_go(store: Record, ids: CountedIds, how: str) -> None:
    await said_by_bot(store, ids, "one")
    (row,) = await waiting(store)
    if how == "placed":
        await written(store, Changes(placed=(placed("site/m1", row, at_s=1),)))
    else:
        ((outgoing, token),) = await leased(store, 1)
        if how == "begun":
            await written(store, Changes(settled=(settled(outgoing, token, Status.PENDING, retry_at=later(20), parts_begun=1),)))
        if how == "kept":
            await written(store, Changes(settled=(kept(outgoing, token, 0),)))
    await written(store, Changes(released=(row.outgoing.id,)))
    assert await seqs_due(store, 15) == []


async def test_answers_on_the_line_are_forgotten_in_time(store: Record, ids: CountedIds) -> None:
    await said_by_bot(store, ids, "one")
    (row,) = await waiting(store)
    await written(store, Changes(placed=(placed("site/m1", row, at_s=1), placed("site/m2", at_s=5))))
    assert await store.drop_placed(later(17)) == 0
    assert await store.drop_placed(later(18)) == 1
    assert await store.placed(KEY) is None
    assert await store.placed(EventKey("site/m2")) is not None


async def test_a_refused_answer_leaves_nothing_behind(store: Record, ids: CountedIds) -> None:
    await said_by_bot(store, ids, "one")
    (row,) = await waiting(store)
    stale = structs.replace(row, token=7)
    outcomes = await store.commit(
        [Changes(placed=(placed("site/m1", stale),), keys=(EventKey("site/k"),)), Changes(placed=(placed("site/m2", row),))]
    )
    assert [type(outcome) for outcome in outcomes] == [Conflict, type(None)]
    assert await store.placed(KEY) is None


def at_once(changes: Changes) -> Changes:
    """A turn whose answer is on the line from the beginning."""
    (outgoing,) = changes.outgoing
    row = Waiting(outgoing, NEW_ROW, AT, is_leased=False)
    return structs.replace(changes, placed=(placed("site/m1", row, at_s=0),))


async def test_an_answer_may_be_placed_by_the_turn_that_gives_it(store: Record, ids: CountedIds, clock: FrozenClock) -> None:
    changes = at_once(turn(new_session(), "x", ids, is_pushed=True))
    await written(store, changes)
    assert await store.placed(KEY) == changes.placed[0]
    (row,) = await waiting(store)
    assert (row.token, row.due_at, row.is_leased, row.outgoing.parts_begun) == (0, later(16), True, 1)
    assert await seqs_due(store, 15) == []
    await written(store, Changes(settled=(settled(row.outgoing, row.token, parts_sent=1, parts_begun=1),)))
    assert await waiting(store) == []


async def test_an_answer_placed_by_its_turn_is_found_unclear_where_nobody_settles_it(store: Record, ids: CountedIds) -> None:
    await written(store, at_once(turn(new_session(), "x", ids, is_pushed=True)))
    ((outgoing, _),) = await leased(store, 16)
    assert (outgoing.parts_begun, outgoing.parts_sent) == (1, 0)


@pytest.mark.parametrize("is_kept", [True, False])
async def test_an_answer_placed_by_its_turn_overtakes_nothing(store: Record, ids: CountedIds, is_kept: bool) -> None:
    await said_by_bot(store, ids, "one")
    if is_kept:
        ((outgoing, token),) = await leased(store, 1)
        await written(store, Changes(settled=(kept(outgoing, token, 0),)))
    (session,) = await store.latest_sessions([(SITE, ANN)])
    await refused(store, at_once(turn(session, "two", ids, is_pushed=True)))
    assert (await store.placed(KEY), len(await waiting(store))) == (None, 1)


async def test_turns_of_one_batch_do_not_overtake_each_other(store: Record, ids: CountedIds) -> None:
    first = turn(new_session(), "one", ids, is_pushed=True)
    assert first.session is not None
    second = at_once(turn(first.session, "two", ids, is_pushed=True))
    outcomes = await store.commit([first, second])
    assert [type(outcome) for outcome in outcomes] == [type(None), Conflict]
    third = at_once(turn(new_session("bob"), "one", ids, is_pushed=True))
    assert third.session is not None
    placed_there = structs.replace(third, placed=(structs.replace(third.placed[0], thread=Thread("bob"), key=EventKey("site/m3")),))
    fourth = turn(third.session, "two", ids, is_pushed=True)
    assert await store.commit([placed_there, fourth]) == [None, None]
    assert [row.is_leased for row in await waiting(store, "bob")] == [True, False]

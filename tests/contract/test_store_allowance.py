"""What a channel lets us send: filled by deeds, spent by our messages, emptied by the channel; and what is kept meanwhile."""

import pytest

from gateway.core.allowance import Allowance, Pocket
from gateway.core.changes import Changes, Fate
from gateway.core.errors import Conflict
from gateway.core.ids import EventKey, Thread
from gateway.core.message import Status
from gateway.store import Record
from tests.contract.counted import (
    ANN,
    allowance,
    emptied,
    kept,
    leased,
    left,
    refused,
    said,
    said_by_bot,
    seqs_due,
    spent,
    touched,
    waiting,
    written,
)
from tests.contract.records import later, settled
from tests.events import SITE
from tests.fakes import CountedIds


async def test_nothing_is_granted_until_the_customer_does_something(store: Record) -> None:
    assert await store.allowance(SITE, ANN) is None


async def test_each_deed_fills_its_own_pocket_anew(store: Record) -> None:
    await written(store, Changes(allowed=(said(),)), Changes(spent=(spent(3, 1),)), Changes(allowed=(touched(at_s=9),)))
    assert await allowance(store) == Allowance(said_count=2, said_until=later(172_800), touched_count=3, touched_until=later(69), serial=2)
    await written(store, Changes(allowed=(said(at_s=100),)))
    assert await allowance(store) == Allowance(said_count=5, said_until=later(172_900), touched_count=3, touched_until=later(69), serial=3)


async def test_an_event_that_only_grants_is_known_by_its_key(store: Record) -> None:
    grant = Changes(keys=(EventKey("site/tap-1"),), allowed=(said(),))
    await written(store, grant)
    await written(store, Changes(spent=(spent(1, 1),)))
    await refused(store, grant)
    assert (await allowance(store)).said_count == 4


async def test_threads_do_not_share_an_allowance(store: Record) -> None:
    await written(store, Changes(allowed=(said(), said("bob"))), Changes(spent=(spent(2, 1, thread="bob"),)))
    assert ((await allowance(store)).said_count, (await allowance(store, "bob")).said_count) == (5, 3)


async def test_what_was_not_sent_is_put_back_unless_the_pocket_was_filled_anew(store: Record) -> None:
    await written(store, Changes(allowed=(said(),)), Changes(spent=(spent(1, 1),)), Changes(spent=(spent(-1, 1),)))
    assert (await allowance(store)).said_count == 5
    await written(store, Changes(spent=(spent(1, 1),)), Changes(allowed=(said(),)), Changes(spent=(spent(-1, 1),)))
    assert (await allowance(store)).said_count == 5


async def test_another_pockets_filling_does_not_hinder_putting_back(store: Record) -> None:
    await written(store, Changes(allowed=(said(),)), Changes(spent=(spent(1, 1),)), Changes(allowed=(touched(),)))
    await written(store, Changes(spent=(spent(-1, 1),)), Changes(spent=(spent(1, 2, pocket=Pocket.TOUCHED),)))
    found = await allowance(store)
    assert (found.said_count, found.touched_count) == (5, 2)


async def test_what_was_decided_under_an_older_filling_takes_nothing_from_the_new_one(store: Record) -> None:
    await written(store, Changes(allowed=(said(),)), Changes(allowed=(said(at_s=5),)), Changes(spent=(spent(1, 1),)))
    assert (await allowance(store)).said_count == 5
    await written(store, Changes(allowed=(touched(),)), Changes(spent=(spent(1, 2),)))
    assert (await allowance(store)).said_count == 4


async def test_the_channels_word_empties_both_pockets_until_the_next_deed(store: Record) -> None:
    await written(store, Changes(allowed=(said(), touched())), Changes(emptied=(emptied(2),)))
    assert await allowance(store) == Allowance(serial=2, why="out_of_count")
    await written(store, Changes(allowed=(touched(at_s=9),)))
    assert await allowance(store) == Allowance(touched_count=3, touched_until=later(69), serial=3)


async def test_the_channels_word_on_what_was_granted_before_does_not_touch_what_is_granted_since(store: Record) -> None:
    await written(store, Changes(allowed=(said(),)), Changes(allowed=(said(at_s=5),)), Changes(emptied=(emptied(1),)))
    assert (await allowance(store)).said_count == 5


async def test_a_customer_who_left_can_be_sent_nothing_until_they_come_again(store: Record) -> None:
    await written(
        store, Changes(allowed=(said(),)), Changes(spent=(spent(1, 1),)), Changes(allowed=(left(),)), Changes(spent=(spent(-1, 1),))
    )
    assert await allowance(store) == Allowance(serial=2, why="unreachable")
    await written(store, Changes(allowed=(said(),)))
    assert await allowance(store) == Allowance(said_count=5, said_until=later(172_800), serial=3)


async def test_deeds_in_one_batch_count_in_their_order(store: Record) -> None:
    await written(
        store,
        Changes(allowed=(touched("bob"),)), Changes(allowed=(said(),)), Changes(allowed=(left(),)), Changes(allowed=(said(at_s=5),)),
        Changes(allowed=(left("bob"),)), Changes(spent=(spent(2, 3),)),
    )  # fmt: skip
    assert await allowance(store) == Allowance(said_count=3, said_until=later(172_805), serial=3)
    assert await allowance(store, "bob") == Allowance(serial=2, why="unreachable")


async def test_a_neighbour_that_the_database_refuses_takes_no_grant_with_it(store: Record, ids: CountedIds) -> None:
    await said_by_bot(store, ids, "one")
    ((outgoing, token),) = await leased(store, 1)
    twice = Changes(messages=(outgoing.message,))
    outcomes = await store.commit([twice, Changes(allowed=(said(),)), Changes(settled=(kept(outgoing, token, 0),))])
    assert [type(outcome) for outcome in outcomes] == [Conflict, type(None), type(None)]
    assert (await allowance(store)).serial == 1
    assert await seqs_due(store, 2) == [2]


async def test_what_is_kept_goes_out_when_the_customer_comes_again(store: Record, ids: CountedIds) -> None:
    await written(store, Changes(allowed=(said(),)))
    await said_by_bot(store, ids, "one")
    ((outgoing, token),) = await leased(store, 1)
    await written(store, Changes(settled=(kept(outgoing, token, 1, detail="out_of_count"),)))
    assert [message.status for message in await store.last_messages(SITE, ANN, 1)] == [Status.KEPT]
    assert await seqs_due(store, 3_000_000) == []
    assert (await store.outbox_depth(), await store.kept_depth()) == (0, 1)
    await written(store, Changes(allowed=(said(at_s=100, release_s=103),)))
    assert await seqs_due(store, 102) == []
    assert await seqs_due(store, 103) == [2]
    assert (await store.outbox_depth(), await store.kept_depth()) == (1, 0)


async def test_a_message_kept_under_an_older_grant_is_due_at_once(store: Record, ids: CountedIds) -> None:
    await written(store, Changes(allowed=(said(),)))
    await said_by_bot(store, ids, "one")
    ((outgoing, token),) = await leased(store, 1)
    await written(store, Changes(allowed=(said(at_s=2),)), Changes(settled=(kept(outgoing, token, 1),)))
    assert await seqs_due(store, 2) == [2]


async def test_a_message_is_kept_where_nothing_was_ever_granted(store: Record, ids: CountedIds) -> None:
    await said_by_bot(store, ids, "one")
    ((outgoing, token),) = await leased(store, 1)
    await written(store, Changes(settled=(kept(outgoing, token, 0),)))
    assert await seqs_due(store, 1000) == []
    assert await store.allowance(SITE, ANN) is None
    await written(store, Changes(allowed=(said(),)))
    assert (await allowance(store)).serial == 1
    assert await seqs_due(store, 1000) == [2]


async def test_whoever_left_lets_nothing_go(store: Record, ids: CountedIds) -> None:
    await said_by_bot(store, ids, "one")
    ((outgoing, token),) = await leased(store, 1)
    await written(store, Changes(settled=(kept(outgoing, token, 0),)), Changes(allowed=(left(),)))
    assert await seqs_due(store, 1000) == []


async def test_a_kept_message_holds_up_nobody_and_goes_first_when_it_may(store: Record, ids: CountedIds) -> None:
    await said_by_bot(store, ids, "one", "two", "three")
    ((first, token),) = await leased(store, 1)
    await written(store, Changes(settled=(kept(first, token, 0),)))
    ((second, second_token),) = await leased(store, 2)
    assert second.message.seq == 4
    await written(store, Changes(settled=(settled(second, second_token),)), Changes(allowed=(said(),)))
    assert await seqs_due(store, 3) == [2]


@pytest.mark.parametrize("is_noted", [False, True])
async def test_what_was_kept_waits_for_the_one_that_is_on_its_way(store: Record, ids: CountedIds, is_noted: bool) -> None:
    await said_by_bot(store, ids, "one", "two")
    ((first, token),) = await leased(store, 1)
    await written(store, Changes(settled=(kept(first, token, 0),)))
    ((second, second_token),) = await leased(store, 2)
    if is_noted:
        begun = settled(second, second_token, Status.PENDING, retry_at=later(32), parts_begun=1)
        await written(store, Changes(settled=(begun,)))
    await written(store, Changes(allowed=(said(),)))
    assert await seqs_due(store, 3) == []
    assert await seqs_due(store, 32) == [2]


async def test_an_answer_may_wait_for_whoever_is_on_the_line(store: Record, ids: CountedIds) -> None:
    await said_by_bot(store, ids, "one")
    ((outgoing, token),) = await leased(store, 1)
    await written(store, Changes(settled=(settled(outgoing, token),)))
    (first,) = await store.last_messages(SITE, ANN, 1)
    assert first.status is Status.SENT
    assert await waiting(store) == []


async def test_messages_that_went_out_as_one_have_one_fate(store: Record, ids: CountedIds) -> None:
    await said_by_bot(store, ids, "one")
    ((outgoing, token),) = await leased(store, 1)
    sent = settled(outgoing, token, also=(1,), channel_message_ids=("wx-1",))
    await written(store, Changes(settled=(sent,)))
    found = await store.messages_at_channel(SITE, "wx-1")
    assert [message.seq for message in found] == [1, 2]
    await written(store, Changes(fates=(Fate(session_id=outgoing.session_id, seq=2, status=Status.FAILED, detail="blocked"),)))
    assert [message.status for message in await store.last_messages(SITE, Thread("ann"), 2)] == [Status.FAILED, Status.FAILED]

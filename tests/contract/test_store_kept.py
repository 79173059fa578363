"""What is kept too long is found page by page, and given up only while it is still kept."""

from msgspec import structs

from gateway.core.changes import Changes, Settled
from gateway.core.errors import Conflict
from gateway.core.ids import Thread
from gateway.core.message import Status
from gateway.store import Record
from tests.contract.counted import kept, leased, refused, said, said_by_bot, waiting, written
from tests.contract.records import AT, later, settled
from tests.events import SITE
from tests.fakes import CountedIds


async def kept_for(store: Record, ids: CountedIds, *threads: str) -> None:
    """A message is kept for each of these customers."""
    for thread in threads:
        await said_by_bot(store, ids, "one", thread=thread)
    for outgoing, token in await leased(store, 1):
        await written(store, Changes(settled=(kept(outgoing, token, 0),)))


async def given_up(store: Record, thread: str = "ann") -> Settled:
    """What ends the row of a thread, decided by how it stands now."""
    (row,) = await waiting(store, thread)
    return structs.replace(settled(row.outgoing, row.token, Status.FAILED), is_idle=True, while_kept=True)


async def test_what_is_kept_too_long_is_found_page_by_page(store: Record, ids: CountedIds) -> None:
    await kept_for(store, ids, "ann", "bob", "cid")
    await said_by_bot(store, ids, "on its way", thread="dan")
    found, after = [], ""
    for _ in range(2):
        page = await store.old_kept(later(1), 2, after)
        found += [row.outgoing.thread for row in page.items]
        after = page.next or ""
    assert (sorted(found), after) == (["ann", "bob", "cid"], "")
    assert (page.items[0].token, page.items[0].is_leased) == (1, False)
    assert (await store.old_kept(AT, 10)).items == ()


async def test_one_call_looks_at_few_rows_whatever_it_finds(store: Record, ids: CountedIds) -> None:
    await kept_for(store, ids, "ann", "bob")
    page = await store.old_kept(AT, 1)
    assert page.items == ()
    assert page.next is not None
    assert (await store.old_kept(later(1), 10, page.next)).items != ()


async def test_what_is_kept_is_given_up(store: Record, ids: CountedIds) -> None:
    await kept_for(store, ids, "ann")
    await written(store, Changes(settled=(await given_up(store),)))
    assert await waiting(store) == []
    assert [message.status for message in await store.last_messages(SITE, Thread("ann"), 1)] == [Status.FAILED]


async def test_what_has_just_been_let_go_is_not_given_up(store: Record, ids: CountedIds) -> None:
    await kept_for(store, ids, "ann")
    too_late = Changes(settled=(await given_up(store),))
    await written(store, Changes(allowed=(said(),)))
    await refused(store, too_late)
    assert len(await waiting(store)) == 1


async def test_what_the_same_batch_lets_go_is_not_given_up_behind_it(store: Record, ids: CountedIds) -> None:
    await kept_for(store, ids, "ann", "bob")
    batch = [Changes(allowed=(said(),)), Changes(settled=(await given_up(store),)), Changes(settled=(await given_up(store, "bob"),))]
    assert [type(outcome) for outcome in await store.commit(batch)] == [type(None), Conflict, type(None)]
    assert [row.outgoing.thread for row in [*await waiting(store), *await waiting(store, "bob")]] == ["ann"]

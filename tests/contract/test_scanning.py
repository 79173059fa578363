"""A scanned code over both engines: what it links stands or falls as one, and who comes at the same moment comes after."""

import asyncio

from msgspec import structs

from config.texts import load_texts
from gateway.core.changes import Changes, LinkCode
from gateway.core.contact import Address, AddressKind, Identity, Proof
from gateway.core.draft import Draft
from gateway.core.errors import Conflict, Repeat, StaleSession
from gateway.core.events import Came, Inbound
from gateway.core.ids import ChannelName, ContactId, EventKey, Thread, session_id
from gateway.core.parts import plain_text
from gateway.core.session import Session
from gateway.core.texts import Texts
from gateway.linking import CODE_LASTS, code_id
from gateway.scanning import Scans
from gateway.store import Record
from tests.contract.counted import written
from tests.contract.records import AT, address, new_session
from tests.events import SITE
from tests.fakes import CountedIds

OA = ChannelName("oa")
WEB = address("ann")
TEXTS = Texts(load_texts())


def follower(openid: str) -> Address:
    return Address(AddressKind.OPENID, "wx1", openid)


async def with_code(store: Record) -> Session:
    """A visitor who has written, and has made a code."""
    session = structs.replace(new_session("ann"), version=1)
    code = LinkCode(id=code_id("K7"), channel=SITE, thread=session.thread, address=WEB, made_at=AT, expires_at=AT + CODE_LASTS, version=1)
    await written(store, Changes(session=session, link_codes=(code,)))
    return session


async def decided(store: Record, openid: str, key: str = "s1") -> list[Changes]:
    """What a scan of the code does, as its turn decides it."""
    thread, of = Thread(openid), follower(openid)
    blank = Session(id=session_id(OA, thread, 1), channel=OA, thread=thread, episode=1, address=of, opened_at=AT, state_since=AT)
    draft = Draft(blank, now=AT, ids=CountedIds(), is_pushed=False)
    event = Inbound(channel=OA, thread=thread, key=EventKey(f"oa/{openid}/{key}"), sender=of, at=AT, event=Came("scanned", "K7"))
    maker = await Scans(store, TEXTS, "Rosewood").take(draft, event, "K7")
    return [draft.changes(), *maker]


async def newest(store: Record, channel: ChannelName, thread: str) -> Session:
    (session,) = await store.latest_sessions([(channel, Thread(thread))])
    return session


async def test_both_sessions_the_identities_and_the_code_are_written_together(store: Record) -> None:
    await with_code(store)
    assert await store.commit(await decided(store, "o1")) == [None, None]
    web, there = await newest(store, SITE, "ann"), await newest(store, OA, "o1")
    assert web.contact_id is not None
    assert web.contact_id == there.contact_id
    assert {one.address for one in await store.identities_of(web.contact_id)} == {WEB, follower("o1")}
    used = await store.link_code(code_id("K7"))
    assert used is not None
    assert (used.used_by, used.version) == (follower("o1"), 2)


async def test_one_code_links_one_of_those_who_scan_it_at_the_same_moment(store: Record) -> None:
    await with_code(store)
    first, second = await decided(store, "o1"), await decided(store, "o2")
    outcomes = await asyncio.gather(store.commit(first), store.commit(second))
    assert sorted(outcome == [None, None] for outcome in outcomes) == [False, True]
    (refused,) = [outcome for outcome in outcomes if outcome != [None, None]]
    assert all(isinstance(one, Conflict) for one in refused)
    loser = "o2" if outcomes[0] == [None, None] else "o1"
    (again,) = await decided(store, loser)
    assert plain_text(again.messages[0].parts).startswith("这个二维码已经用过了")
    assert again.identities == ()


async def test_the_visitors_session_that_changed_meanwhile_follows_when_it_is_decided_again(store: Record) -> None:
    web = await with_code(store)
    made = await decided(store, "o1")
    await written(store, Changes(session=structs.replace(web, version=web.version + 1)))
    outcomes = await store.commit(made)
    assert outcomes[0] is None
    assert isinstance(outcomes[1], StaleSession)
    assert (await newest(store, SITE, "ann")).contact_id is None
    again = await decided(store, "o1")
    outcomes = await store.commit(again)
    assert isinstance(outcomes[0], Repeat)
    assert outcomes[1:] == [None]
    assert (await newest(store, SITE, "ann")).contact_id == (await newest(store, OA, "o1")).contact_id


async def test_an_undone_link_is_not_made_again_by_its_old_code(store: Record) -> None:
    await with_code(store)
    assert await store.commit(await decided(store, "o1")) == [None, None]
    parted = Identity(address=WEB, contact_id=ContactId("apart"), verified_by=Proof.AGENT, at=AT, linked_by="a7")
    await written(store, Changes(identities=(parted,)))
    (again,) = await decided(store, "o1", "s2")
    assert again.identities == ()
    assert (await store.identity(WEB)) == parted

"""Whose an address is now, the codes by which two become one customer's, and what a channel notes down for itself."""

from datetime import timedelta

from msgspec import structs

from gateway.core.changes import Changes, LinkCode
from gateway.core.contact import Address, AddressKind, Contact, Identity, Proof
from gateway.core.errors import StaleSession
from gateway.core.ids import ChannelName, ContactId, Thread
from gateway.core.session import Session
from gateway.store import Record
from tests.contract.counted import written
from tests.contract.records import AT, address, handoff, later, new_session, rows
from tests.events import SITE

ANN, BOB = ContactId("contact-ann"), ContactId("contact-bob")
WEB, PHONE = address("ann"), Address(AddressKind.OPENID, "wx1", "o-1")


def link(of: Address, contact: ContactId, proof: Proof = Proof.SCAN, at_s: float = 0) -> Changes:
    return Changes(identities=(Identity(address=of, contact_id=contact, verified_by=proof, at=later(at_s)),))


def code(number: int, *, made_s: float = 0, **fields: object) -> LinkCode:
    made_at = later(made_s)
    values: dict[str, object] = {"version": 1, "expires_at": made_at + timedelta(minutes=10)}
    return LinkCode(id=f"code-{number}", channel=SITE, thread=Thread("ann"), address=WEB, made_at=made_at, **values | fields)  # type: ignore[arg-type]


async def addresses_of(store: Record, contact: ContactId) -> list[Address]:
    return [identity.address for identity in await store.identities_of(contact)]


async def test_a_contacts_addresses_are_those_that_point_to_it_now(store: Record) -> None:
    await written(store, link(WEB, ANN), link(PHONE, ANN), link(address("cid"), BOB))
    assert await addresses_of(store, ANN) == [WEB, PHONE]
    await written(store, link(PHONE, BOB, Proof.AGENT))
    assert (await addresses_of(store, ANN), await addresses_of(store, BOB)) == ([WEB], [address("cid"), PHONE])
    await written(store, link(PHONE, ANN, Proof.CODE))
    (_, again) = await store.identities_of(ANN)
    assert (again.address, again.verified_by) == (PHONE, Proof.CODE)


async def test_what_nobody_has_checked_is_nobodys_and_takes_nothing_away(store: Record) -> None:
    await written(store, link(WEB, ANN, Proof.NONE), link(PHONE, ANN), link(PHONE, BOB, Proof.NONE))
    assert (await addresses_of(store, ANN), await addresses_of(store, BOB)) == ([PHONE], [])


async def test_a_code_is_used_once(store: Record) -> None:
    assert await store.link_code("code-1") is None
    await written(store, Changes(link_codes=(code(1),)))
    assert await store.link_code("code-1") == code(1)
    used = Changes(link_codes=(code(1, version=2, used_by=PHONE),))
    outcomes = await store.commit([used, Changes(link_codes=(code(1, version=2, used_by=WEB),))])
    assert [type(outcome) for outcome in outcomes] == [type(None), StaleSession]
    assert await store.link_code("code-1") == code(1, version=2, used_by=PHONE)


async def test_codes_are_forgotten_a_day_after_they_expired(store: Record) -> None:
    await written(store, Changes(link_codes=(code(1),)), Changes(link_codes=(code(2, made_s=600),)))
    await written(store, Changes(link_codes=(code(3, made_s=600 + 86_400),)))
    assert await store.link_code("code-1") == code(1)
    await written(store, Changes(link_codes=(code(4, made_s=601 + 86_400),)))
    assert await rows(store, "SELECT id FROM link_code ORDER BY id") == [("code-2",), ("code-3",), ("code-4",)]


async def test_earlier_sessions_of_all_of_a_customers_addresses_newest_first(store: Record) -> None:
    def session(thread: str, of: Address, at_s: float) -> Session:
        channel = SITE if of == WEB else ChannelName("wechat")
        return structs.replace(new_session(thread, opened_at=later(at_s)), channel=channel, address=of, version=1)

    web, phone, other = session("a", WEB, 0), session("b", PHONE, 10), session("c", address("cid"), 15)
    newest = session("d", WEB, 20)
    await written(store, *(Changes(session=one) for one in (web, phone, other, newest)))
    assert await store.earlier_sessions([WEB, PHONE], newest.id, 5) == [phone, web]
    assert await store.earlier_sessions([PHONE, WEB, WEB], newest.id, 1) == [phone]
    assert await store.earlier_sessions([WEB, PHONE], phone.id, 5) == [web]
    assert await store.earlier_sessions([], newest.id, 5) == []


async def test_a_customer_is_found_by_name_on_every_address_that_is_theirs_now(store: Record) -> None:
    names = [Contact(id=ANN, created_at=AT, name="Mia Chen"), Contact(id=BOB, created_at=AT, name='"verified_by":"none"')]
    phone = structs.replace(new_session("b"), address=PHONE, version=1)
    await written(store, Changes(session=phone, contacts=tuple(names), handoffs=(handoff(1, session_id=phone.id),)))
    await written(store, link(PHONE, ANN), link(PHONE, BOB, Proof.NONE))
    assert [found.session for found in (await store.search("chen")).items] == [phone]
    await written(store, link(PHONE, BOB, Proof.AGENT))
    assert (await store.search("chen")).items == ()
    assert [found.session for found in (await store.search("verified_by")).items] == [phone]


async def test_a_channels_notes_are_kept_by_name(store: Record) -> None:
    assert await store.notebook("kf/cursor") == ""
    await store.note_down("kf/cursor", "c-1")
    await store.note_down("kf/cursor", "c-2")
    await store.note_down("kf/other", "游标")
    assert (await store.notebook("kf/cursor"), await store.notebook("kf/other")) == ("c-2", "游标")


async def test_contacts_that_say_the_same_address_or_number_are_found(store: Record) -> None:
    ann = Contact(id=ANN, created_at=AT, email="a@example.com", phone="+8613800138000")
    bob = Contact(id=BOB, created_at=AT, name='"email":"b@example.com"', phone="+8613800138000")
    assert await store.commit([Changes(contacts=(ann, bob))]) == [None]
    assert await store.contacts_saying("a@example.com", None, 5) == [ann]
    assert {one.id for one in await store.contacts_saying(None, "+8613800138000", 5)} == {ANN, BOB}
    assert await store.contacts_saying("b@example.com", None, 5) == []
    assert await store.contacts_saying(None, None, 5) == []
    assert await store.commit([Changes(contacts=(structs.replace(ann, email="new@example.com"),))]) == [None]
    assert await store.contacts_saying("a@example.com", None, 5) == []


async def test_links_that_nobody_has_checked_are_told_by_contact_and_by_address(store: Record) -> None:
    doubt = Identity(address=WEB, contact_id=ANN, verified_by=Proof.NONE, at=AT)
    known = Identity(address=WEB, contact_id=BOB, verified_by=Proof.CHANNEL, at=AT)
    assert await store.commit([Changes(identities=(known, doubt))]) == [None]
    assert await store.doubts(ANN, [], 5) == [doubt]
    assert await store.doubts(BOB, [WEB], 5) == [doubt]
    assert await store.doubts(BOB, [PHONE], 5) == []

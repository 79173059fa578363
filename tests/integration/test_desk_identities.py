"""Who a session's customer is: seen on all their channels, undone, confirmed, and by whom."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters.webchat.channel import WebChat
from adapters.webchat.tokens import Visitor
from gateway.core.changes import Changes
from gateway.core.contact import Address, Contact, Identity, Proof, contact_of, filled
from gateway.core.handoff import Role
from gateway.core.ids import SessionId, Thread
from gateway.core.session import Session
from gateway.linking import generation
from tests.integration.counted_house import follower, linked, on_site, open_counted_house, wrote
from tests.integration.desk_house import SITE, House, Page, refused

FOLLOWER, VISITOR = follower("oUser-k3Xq"), on_site("v1")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_counted_house(tmp_path) as opened:
        yield opened


async def on_the_web(house: House, thread: str = "v1") -> Session:
    draft = house._draft(house._fresh(thread))
    house._hear(draft, "包裹到哪了")
    return await house.commit(None, draft)


async def who(page: Page, session: Session) -> Any:
    return (await page.get(f"/desk/api/sessions/{session.id}/identities")).body


async def contact_of_newest(house: House, address: Address) -> str | None:
    (newest,) = await house.deps.store.earlier_sessions([address], SessionId(""), 1)
    return newest.contact_id


def token(house: House, link: int = 0) -> str:
    chat = house.channels[SITE]
    assert isinstance(chat, WebChat)
    return chat.tokens.issue(Visitor(site=SITE, id=Thread("v1"), issued_at=house.clock.now(), link=link))


async def hello(house: House, token: str) -> Any:
    async with (await house.page()).http.post("/chat/site/hello", json={"token": token}) as answer:
        return answer.status, await answer.json()


async def test_both_addresses_are_seen_with_how_they_were_linked_and_the_earlier_sessions_of_both(house: House) -> None:
    web = await on_the_web(house)
    lin, page = await house.logged_in("lin")
    session = await wrote(house, with_=lin)
    assert (await who(page, session))["identities"] == []
    await linked(house, FOLLOWER, VISITOR)
    found = await who(page, session)
    assert [(one["kind"], one["value"], one["verified_by"], one["may_unlink"]) for one in found["identities"]] == [
        ("openid", "…r-k3Xq", "scan", True), ("visitor", "v1", "scan", True),
    ]  # fmt: skip
    assert [one["session_id"] for one in found["identities"]] == [session.id, web.id]
    whole = (await page.get(f"/desk/api/sessions/{session.id}")).body
    assert [one["id"] for one in whole["earlier"]] == [web.id]
    assert (await page.get(f"/desk/api/sessions/{web.id}")).status == 200


async def test_a_session_that_the_agent_may_not_open_is_not_named(house: House) -> None:
    lin, page = await house.logged_in("lin")
    session = await wrote(house, with_=lin)
    house.clock.advance(1)
    web = await on_the_web(house)
    await linked(house, FOLLOWER, VISITOR)
    assert (await page.get(f"/desk/api/sessions/{web.id}")).status == 404
    found = await who(page, session)
    assert [(one["channel"], one["session_id"]) for one in found["identities"]] == [("oa", session.id), ("site", None)]


async def test_an_undone_link_parts_both_and_is_on_record(house: House) -> None:
    web = await on_the_web(house)
    lin, page = await house.logged_in("lin")
    session = await wrote(house, with_=lin)
    await linked(house, FOLLOWER, VISITOR)
    key = (await who(page, session))["identities"][1]["key"]
    found = (await page.post(f"/desk/api/sessions/{session.id}/identities/unlink", key=key)).body
    assert [one["kind"] for one in found["identities"]] == ["openid"]
    assert refused(await page.get(f"/desk/api/sessions/{web.id}")) == (404, "not_found")
    assert await contact_of_newest(house, VISITOR) not in (None, await contact_of_newest(house, FOLLOWER))
    parted = await house.deps.store.identity(VISITOR)
    assert parted is not None
    assert (parted.verified_by, parted.linked_by) == (Proof.AGENT, lin.id)
    assert ("identity_unlinked", session.id) in [event[1:] for event in await house.audited()]
    again = await page.post(f"/desk/api/sessions/{session.id}/identities/unlink", key=key)
    assert refused(again) == (409, "not_linked")


async def test_an_undone_link_takes_along_what_the_other_side_had_filled_in(house: House) -> None:
    await on_the_web(house)
    lin, page = await house.logged_in("lin")
    session = await wrote(house, with_=lin)
    shared = filled(Contact(id=await linked(house, FOLLOWER, VISITOR), created_at=house.clock.now(), phone="+8613800138000"), {}, FOLLOWER)
    shared = filled(filled(shared, {"name": "Lin"}, FOLLOWER), {"email": "mia@example.com"}, VISITOR)
    await house.write(Changes(contacts=(shared,)))
    key = (await who(page, session))["identities"][1]["key"]
    await page.post(f"/desk/api/sessions/{session.id}/identities/unlink", key=key)
    here, parted = await house.deps.store.contact(shared.id), await house.deps.store.contact(contact_of(VISITOR))
    assert here is not None
    assert parted is not None
    assert (here.name, here.email, here.phone) == ("Lin", None, "+8613800138000")
    assert (parted.name, parted.email, parted.phone) == ("", "mia@example.com", None)


async def test_an_undone_link_replaces_the_visitors_token_once(house: House) -> None:
    await on_the_web(house)
    lin, page = await house.logged_in("lin")
    session = await wrote(house, with_=lin)
    await linked(house, FOLLOWER, VISITOR)
    key = (await who(page, session))["identities"][1]["key"]
    planted, old = token(house), token(house, generation(await house.deps.store.identity(VISITOR)))
    assert [(await hello(house, one))[0] for one in (planted, old)] == [403, 200]
    house.clock.advance(1)
    await page.post(f"/desk/api/sessions/{session.id}/identities/unlink", key=key)
    assert (await hello(house, planted))[0] == 403  # a copy from before the scan is not even first
    status, welcome = await hello(house, old)
    assert (status, welcome["resumed"]) == (200, True)
    assert (await hello(house, old))[0] == 403
    assert (await hello(house, welcome["token"]))[0] == 200


async def test_only_whoever_has_the_session_or_a_supervisor_undoes(house: House) -> None:
    await on_the_web(house)
    lin, page = await house.logged_in("lin")
    session = await wrote(house, with_=lin)
    await linked(house, FOLLOWER, VISITOR)
    found = await who(page, session)
    key = found["identities"][1]["key"]
    _, other = await house.logged_in("mei")
    assert refused(await other.post(f"/desk/api/sessions/{session.id}/identities/unlink", key=key)) == (409, "not_yours")
    _, boss = await house.logged_in("bo", Role.SUPERVISOR)
    assert (await who(boss, session))["may_change"] is True
    assert (await boss.post(f"/desk/api/sessions/{session.id}/identities/unlink", key=key)).status == 200


async def test_the_same_address_said_twice_is_a_question_and_an_agent_answers_it(house: House) -> None:
    web = await on_the_web(house)
    lin, page = await house.logged_in("lin")
    session = await wrote(house, with_=lin)
    now = house.clock.now()
    known = Identity(address=FOLLOWER, contact_id=contact_of(FOLLOWER), verified_by=Proof.CHANNEL, at=now)
    said = Identity(address=VISITOR, contact_id=contact_of(VISITOR), verified_by=Proof.NONE, at=now)
    ours = Contact(id=contact_of(FOLLOWER), created_at=now, email="mia@example.com")
    theirs = Contact(id=contact_of(VISITOR), created_at=now, email="mia@example.com", name="Mia", phone="+8613800138000")
    assert await house.deps.store.commit([Changes(contacts=(ours, theirs), identities=(known, said))]) == [None]
    (suggestion,) = (await who(page, session))["suggestions"]
    assert (suggestion["why"], suggestion["name"], suggestion["email"], suggestion["phone"]) == (["email"], "Mia", "m***@example.com", None)
    assert (await page.get(f"/desk/api/sessions/{session.id}")).body["earlier"] == []
    found = (await page.post(f"/desk/api/sessions/{session.id}/identities/link", key=suggestion["key"])).body
    assert {(one["kind"], one["verified_by"], one["linked_by"]) for one in found["identities"]} == {
        ("openid", "agent", "Lin"), ("visitor", "agent", "Lin"),
    }  # fmt: skip
    assert found["suggestions"] == []
    assert [one["id"] for one in (await page.get(f"/desk/api/sessions/{session.id}")).body["earlier"]] == [web.id]
    assert await contact_of_newest(house, VISITOR) == await contact_of_newest(house, FOLLOWER)
    assert ("identity_linked", session.id) in [event[1:] for event in await house.audited()]
    assert refused(await page.post(f"/desk/api/sessions/{session.id}/identities/link", key=suggestion["key"])) == (404, "not_found")


async def test_a_scan_that_was_in_doubt_moves_one_address_when_an_agent_says_so(house: House) -> None:
    await on_the_web(house)
    lin, page = await house.logged_in("lin")
    session = await wrote(house, with_=lin)
    now, stranger = house.clock.now(), follower("oOther-1111")
    await linked(house, FOLLOWER, VISITOR)
    theirs = Identity(address=stranger, contact_id=contact_of(stranger), verified_by=Proof.CHANNEL, at=now)
    here = await house.deps.store.identity(FOLLOWER)
    assert here is not None
    doubt = Identity(address=stranger, contact_id=here.contact_id, verified_by=Proof.NONE, at=now)
    other = Contact(id=contact_of(stranger), created_at=now)
    assert await house.deps.store.commit([Changes(contacts=(other,), identities=(theirs, doubt))]) == [None]
    (suggestion,) = (await who(page, session))["suggestions"]
    assert (suggestion["why"], suggestion["identities"]) == (["scan"], [{"kind": "openid", "value": "oOt***11"}])
    house.clock.advance(1)
    found = (await page.post(f"/desk/api/sessions/{session.id}/identities/link", key=suggestion["key"])).body
    assert len(found["identities"]) == 3
    assert found["suggestions"] == []

"""Finding sessions again, and an agent's look into what was before with the customer whom they have."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.core.changes import Changes
from gateway.core.contact import Address, AddressKind, Contact, Identity, Proof
from gateway.core.desk import FilledForm, FormKind
from gateway.core.handoff import Role
from gateway.core.ids import ContactId, SessionId
from gateway.core.session import Rating, Session
from tests.integration.desk_house import SITE, House, Page, open_house, refused


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def had(house: House, page: Page, name: str, thread: str, text: str) -> str:
    """A session of this agent's, with these words of its customer."""
    agent = await house.deps.store.agent_by_name(name)
    assert agent is not None
    session = await house.offered(agent, thread)
    await page.post(f"/desk/api/sessions/{session.id}/accept")
    await house.said(session.id, text)
    house.clock.advance(1)
    return session.id


async def hits(page: Page, query: str, **more: str) -> list[str]:
    reply = await page.get("/desk/api/search", q=query, **more)
    assert reply.status == 200, reply.body
    return [one["session"]["id"] for one in reply.body["items"]]


async def test_a_search_shows_the_session_the_message_and_the_words_around_the_match(house: House) -> None:
    _, page = await house.logged_in("lin")
    session = await had(house, page, "lin", "v1", "x" * 200 + " my invoice <b>A1001</b> is wrong " + "y" * 200)
    (hit,) = (await page.get("/desk/api/search", q="invoice a1001")).body["items"]
    assert (hit["session"]["id"], hit["message"]["author"]) == (session, "customer")
    assert "my invoice <b>A1001</b> is wrong" in hit["snippet"]
    assert len(hit["snippet"]) <= 120


async def test_an_agent_finds_their_own_and_a_supervisor_everybodys(house: House) -> None:
    _, lin = await house.logged_in("lin")
    _, mei = await house.logged_in("mei")
    _, boss = await house.logged_in("zoe", Role.SUPERVISOR)
    first = await had(house, lin, "lin", "v1", "about an invoice")
    second = await had(house, mei, "mei", "v2", "about another invoice")
    assert await hits(lin, "invoice") == [first]
    assert await hits(mei, "invoice") == [second]
    assert await hits(boss, "invoice") == [second, first]
    assert await hits(boss, "nothing like it") == []


async def test_what_an_agent_may_not_read_any_more_is_not_found_any_more(house: House) -> None:
    _, lin = await house.logged_in("lin", queues=())
    _, boss = await house.logged_in("zoe", Role.SUPERVISOR)
    session = await had(house, lin, "lin", "v1", "about an invoice")
    zoe = (await boss.get("/desk/api/me")).body["agent"]["id"]
    await boss.post(f"/desk/api/sessions/{session}/transfer", agent=zoe)
    assert await hits(lin, "invoice") == []
    assert (await lin.get(f"/desk/api/sessions/{session}")).status == 404


async def test_hits_come_in_pages(house: House) -> None:
    _, page = await house.logged_in("lin", capacity_units=10)
    sessions = [await had(house, page, "lin", f"v{number}", "invoice") for number in range(3)]
    found, after = [], ""
    while True:
        body = (await page.get("/desk/api/search", q="invoice", limit="1", after=after)).body
        found += [one["session"]["id"] for one in body["items"]]
        if body["next"] is None:
            break
        after = body["next"]
    assert found == sessions[::-1]


@pytest.mark.parametrize("query", ["", " ", "x", "x" * 201])
async def test_a_search_for_too_little_or_too_much_is_refused(house: House, query: str) -> None:
    _, page = await house.logged_in("lin")
    assert refused(await page.get("/desk/api/search", q=query)) == (400, "search_text")


async def test_who_searches_all_the_time_must_wait_a_little(house: House) -> None:
    _, page = await house.logged_in("lin")
    _, other = await house.logged_in("mei")
    for _ in range(6):
        assert (await page.get("/desk/api/search", q="invoice")).status == 200
    assert refused(await page.get("/desk/api/search", q="invoice")) == (429, "too_many")
    assert (await other.get("/desk/api/search", q="invoice")).status == 200
    house.clock.advance(1)
    assert (await page.get("/desk/api/search", q="invoice")).status == 200


# ---- what was before ------------------------------------------------------------------------------------------------------------


async def earlier_of(house: House, session: SessionId, **fields: Any) -> Session:
    """An earlier session of a session's customer, closed and not the agent's."""
    now = await house.session(session)
    given: dict[str, Any] = {"address": now.address, "thread": "before"} | fields
    draft = house._draft(
        Session(
            id=SessionId("earlier"), channel=SITE, episode=7, opened_at=now.opened_at - timedelta(days=1),
            state_since=now.opened_at - timedelta(days=1), **given,
        )
    )  # fmt: skip
    house._hear(draft, "the first time")
    await house.write(draft.changes())
    return draft.session


async def test_who_has_a_customer_reads_their_earlier_sessions_and_changes_nothing_there(house: House) -> None:
    _, page = await house.logged_in("lin")
    _, other = await house.logged_in("mei")
    session = SessionId(await had(house, page, "lin", "v1", "again me"))
    await earlier_of(house, session)
    at = "/desk/api/sessions/earlier"
    assert [one["text"] for one in (await page.get(at)).body["transcript"]] == ["the first time"]
    assert len((await page.get(f"{at}/messages")).body["items"]) == 1
    assert refused(await other.get(at)) == (404, "not_found")
    assert refused(await page.post(f"{at}/note", text="x")) == (404, "not_found")
    assert refused(await page.post(f"{at}/reply", text="x")) == (409, "with_bot")
    await page.post(f"/desk/api/sessions/{session}/close", disposition="resolved")
    assert refused(await page.get(at)) == (404, "not_found")


async def test_a_contact_known_by_two_addresses_is_one_customer(house: House) -> None:
    _, page = await house.logged_in("lin")
    session = SessionId(await had(house, page, "lin", "v1", "again me"))
    elsewhere = Address(AddressKind.EMAIL, "support", "li@example.com")
    await earlier_of(house, session, address=elsewhere, thread="mail-1")
    assert refused(await page.get("/desk/api/sessions/earlier")) == (404, "not_found")
    now, contact = house.clock.now(), ContactId("c1")
    addresses = (elsewhere, (await house.session(session)).address)
    linked = tuple(Identity(address=one, contact_id=contact, verified_by=Proof.JWT, at=now) for one in addresses)
    await house.write(Changes(contacts=(Contact(id=contact, created_at=now),), identities=linked))
    assert (await page.get("/desk/api/sessions/earlier")).status == 200


async def test_a_session_shows_how_it_was_rated_and_what_was_filled_in(house: House) -> None:
    _, page = await house.logged_in("lin")
    session = SessionId(await had(house, page, "lin", "v1", "again me"))
    earlier, now = await earlier_of(house, session), house.clock.now()
    ratings = tuple(
        Rating(session_id=one, score=score, comment="so so", at=now, key=f"k{score}") for one, score in ((session, 4), (earlier.id, 2))
    )
    form = FilledForm(
        id="f1", address=earlier.address, channel=SITE, kind=FormKind.PRECHAT, consent="2026-01", fields={"name": "李"}, page="/buy", at=now
    )
    await house.write(Changes(ratings=ratings, forms=(form,)))
    whole = (await page.get(f"/desk/api/sessions/{session}")).body
    at = "2026-11-02T09:30:01Z"
    assert whole["rating"] == {"score": 4, "comment": "so so", "at": at}
    assert whole["forms"] == [{"kind": "prechat", "consent": "2026-01", "fields": {"name": "李"}, "page": "/buy", "at": at}]
    assert [(one["id"], one["score"]) for one in whole["earlier"]] == [("earlier", 2)]

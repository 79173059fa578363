"""Attacks by agents, and on them: reading what they have no right to, through a customer they hold, a search, a file or a look."""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.core.changes import Changes
from gateway.core.contact import Address, AddressKind, Contact, Identity, Proof
from gateway.core.desk import FilledForm, FormKind
from gateway.core.files import file_owner
from gateway.core.ids import ContactId, session_id
from gateway.core.session import Session
from tests.integration.desk_house import DEFAULT, SITE, House, Page, open_house, refused

EMAIL = "victim@example.com"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


def address(thread: str) -> Address:
    return Address(AddressKind.VISITOR, "site", thread)


async def held(house: House, name: str, thread: str, *, text: str = "the secret of it") -> tuple[Page, Session]:
    """An agent with a session of this visitor, who has said something."""
    agent, page = await house.logged_in(name, queues=(DEFAULT,))
    session = await house.offered(agent, thread)
    assert (await page.post(f"/desk/api/sessions/{session.id}/accept")).status == 200
    await house.said(session.id, text)
    return page, session


async def linked(house: House, thread: str, contact: str, proof: Proof) -> None:
    link = Identity(address=address(thread), contact_id=ContactId(contact), verified_by=proof, at=house.clock.now())
    await house.write(Changes(contacts=(Contact(id=ContactId(contact), created_at=house.clock.now(), email=EMAIL),), identities=(link,)))


async def reads(page: Page, session: Session) -> set[int]:
    """The statuses of every way to read a session, and whether a search finds it (200) or not (404)."""
    found = (await page.get("/desk/api/search", q="secret")).body["items"]
    statuses = [(await page.get(f"/desk/api/sessions/{session.id}{way}")).status for way in ("", "/messages?after=0")]
    statuses.append((await page.post(f"/desk/api/sessions/{session.id}/note", text="let me in")).status)
    return {*statuses, 200 if session.id in [one["session"]["id"] for one in found] else 404}


async def test_who_only_says_that_they_are_somebody_opens_nobodys_sessions(house: House) -> None:
    """The victim is known for sure; the thief has written the victim's address into a form, or claims the very contact."""
    _, victims = await held(house, "ann", "victim")
    await linked(house, "victim", "c-victim", Proof.JWT)
    form = FilledForm(id="f1", address=address("thief"), channel=SITE, kind=FormKind.PRECHAT, fields={"email": EMAIL}, at=house.clock.now())
    await house.write(Changes(forms=(form,)))
    await linked(house, "thief", "c-victim", Proof.NONE)
    lin, thiefs = await held(house, "lin", "thief", text="hello")
    assert await reads(lin, victims) == {404}
    seen = (await lin.get(f"/desk/api/sessions/{thiefs.id}")).body
    assert seen["earlier"] == []
    assert "secret" not in str(seen)


async def test_a_link_that_was_checked_opens_them_until_it_is_undone_or_the_session_goes(house: House) -> None:
    _, victims = await held(house, "ann", "phone")
    await linked(house, "phone", "c1", Proof.JWT)
    await linked(house, "laptop", "c1", Proof.AGENT)
    lin, own = await held(house, "lin", "laptop", text="hello")
    assert (await lin.get(f"/desk/api/sessions/{victims.id}")).status == 200
    await linked(house, "laptop", "c2", Proof.AGENT)
    assert (await lin.get(f"/desk/api/sessions/{victims.id}")).status == 404
    await linked(house, "laptop", "c1", Proof.AGENT)
    assert (await lin.get(f"/desk/api/sessions/{victims.id}")).status == 200
    assert (await lin.post(f"/desk/api/sessions/{own.id}/transfer", queue="refunds")).status == 200
    assert (await lin.get(f"/desk/api/sessions/{victims.id}")).status == 404


async def test_what_an_agent_had_and_passed_on_is_not_found_any_more(house: House) -> None:
    lin, session = await held(house, "lin", "v1")
    assert await reads(lin, session) == {200}
    assert (await lin.post(f"/desk/api/sessions/{session.id}/transfer", queue="refunds")).status == 200
    assert await reads(lin, session) == {404}


async def test_a_search_does_not_tell_what_is_said_where_an_agent_may_not_read(house: House) -> None:
    """One hit at a time: a page that ends at a hit and shows none would say that there is one."""
    lin, session = await held(house, "lin", "v1")
    assert (await lin.post(f"/desk/api/sessions/{session.id}/transfer", queue="refunds")).status == 200
    for words in ("secret", "nothing like it"):
        assert (await lin.get("/desk/api/search", q=words, limit="1")).body == {"items": [], "next": None}


async def test_a_file_of_another_conversation_is_neither_read_nor_sent(house: House) -> None:
    ann, victims = await held(house, "ann", "v1")
    lin, own = await held(house, "lin", "v2")
    upload = await ann.ask("POST", f"/desk/api/sessions/{victims.id}/files?name=a.txt", data=b"the secret of it")
    file_id = upload.body["file"]["id"]
    stored = await house.deps.files.get(file_id)
    assert stored.owner == file_owner(SITE, victims.thread)
    for way in (own.id, victims.id, session_id(SITE, victims.thread, 2)):
        assert (await lin.get(f"/desk/api/files/{file_id}?session={way}")).status == 404
    assert refused(await lin.post(f"/desk/api/sessions/{own.id}/reply", files=[file_id])) == (400, "no_such_file")
    assert (await lin.ask("POST", f"/desk/api/sessions/{victims.id}/files?name=a.txt", data=b"x")).status == 409
    assert (await lin.get(f"/files/{file_id}?until=99999999999&mac=x")).status == 403


async def test_one_search_asks_once_whose_customers_an_agent_has(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions that were theirs, times sessions that are theirs: the store is not asked for each pair."""
    lin, page = await house.logged_in("lin", queues=(DEFAULT,), capacity_units=100)
    for number in range(12):
        session = await house.offered(lin, f"v{number}")
        await page.post(f"/desk/api/sessions/{session.id}/accept")
        await house.said(session.id, "the secret of it")
        if number % 2:
            await page.post(f"/desk/api/sessions/{session.id}/transfer", queue="refunds")
    asked: Counter[str] = Counter()
    for name in ("identity", "sessions_in"):
        work = getattr(house.deps.store, name)

        async def counted(*given: Any, _name: str = name, _work: Any = work, **more: Any) -> Any:
            asked[_name] += 1
            return await _work(*given, **more)

        monkeypatch.setattr(house.deps.store, name, counted)
    assert len((await page.get("/desk/api/search", q="secret")).body["items"]) == 6
    assert asked["sessions_in"] == 1
    assert asked["identity"] <= 12

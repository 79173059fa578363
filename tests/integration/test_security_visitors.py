"""Attacks by visitors: with what they write into forms, with tokens that were replaced, and with frames that come again."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest

from config.schema import Consent, FormField
from gateway.core.changes import Changes
from gateway.core.contact import Address, AddressKind, Proof
from gateway.core.errors import Busy
from gateway.core.ids import SessionId
from gateway.core.session import Move
from gateway.core.signals import DESK, unpack_desk
from tests.integration.chat_world import JWT_SECRET, ChatWorld, Client, chat_world

FORM: dict[str, Any] = {"type": "form", "cid": "f1", "kind": "prechat", "consent": "1", "fields": {"email": "victim@example.com"}}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ChatWorld]:
    consent = Consent(version="1", text={"en": "I agree."})
    async with chat_world(tmp_path, consent=consent, form=(FormField(name="email"), FormField(name="name"))) as running:
        yield running


def identity(user: str) -> str:
    expires = datetime.now(UTC) + timedelta(minutes=30)
    return jwt.encode({"sub": user, "aud": "site", "exp": expires}, JWT_SECRET, algorithm="HS256")


async def post(world: ChatWorld, token: str, frame: dict[str, Any]) -> tuple[int, Any]:
    async with world.http.post(f"{world.site}/frames", json=frame, headers={"Authorization": f"Bearer {token}"}) as response:
        return response.status, await response.json(content_type=None) if response.status != 204 else None


async def begun(world: ChatWorld, **form: Any) -> Client:
    """A visitor who has filled in the form and said something."""
    client = await world.visitor()
    await client.send(**{**FORM, **form})
    await client.get("filled")
    await client.say("hi", "c1")
    await client.messages(2)
    return client


async def address_of(world: ChatWorld, client: Client) -> Address:
    (session,) = await world.store.sessions([SessionId(client.welcome["session"])])
    return session.address


async def test_the_same_email_in_two_forms_links_nobody_to_anybody(world: ChatWorld) -> None:
    victim, thief = await begun(world), await begun(world)
    links = [await world.store.identity(await address_of(world, client)) for client in (victim, thief)]
    assert [link.verified_by for link in links if link] == [Proof.NONE, Proof.NONE]
    assert len({link.contact_id for link in links if link}) == 2
    (session,) = await world.store.sessions([SessionId(thief.welcome["session"])])
    assert await world.store.earlier_sessions([session.address], session.id, 10) == []
    assert len(await world.store.forms(session.address, 10)) == 1


async def test_a_form_changes_nothing_that_the_site_vouches_for(world: ChatWorld) -> None:
    client = await world.client()
    await client.hello(identity=identity("user-7"))
    await client.send(**FORM)
    await client.get("filled")
    await client.send(**{**FORM, "cid": "f2", "fields": {"email": "thief@example.com", "name": "Not me"}})
    await client.get("filled")
    link = await world.store.identity(Address(AddressKind.SITE_USER, "site", "user-7"))
    assert link is not None
    contact = await world.store.contact(link.contact_id)
    assert contact is not None
    assert (contact.email, contact.name) == ("victim@example.com", "Not me")  # the gap is filled, what was there stays


async def test_a_form_that_crosses_a_login_gives_the_replaced_token_nothing_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planter's form has looked before the victim is bound, and is written after: the binding still counts."""
    async with chat_world(tmp_path, form=(FormField(name="email"),)) as world:
        planter = await world.visitor()
        await planter.say("hi", "c1")
        await planter.messages(2)
        token, commit, is_bound, has_looked = planter.welcome["token"], world.store.commit, asyncio.Event(), asyncio.Event()

        async def slow(changes: Sequence[Changes], *given: Any, **more: Any) -> Any:
            if not has_looked.is_set() and any(one.forms for one in changes):
                has_looked.set()
                await asyncio.wait_for(is_bound.wait(), 30)
            return await commit(changes, *given, **more)

        monkeypatch.setattr(world.store, "commit", slow)
        crossing = asyncio.create_task(post(world, token, {**FORM, "cid": "late"}))
        await asyncio.wait_for(has_looked.wait(), 30)
        victim = await world.client()
        await victim.hello(token=token, identity=identity("user-9"))
        is_bound.set()
        assert (await crossing)[0] == 200
        async with world.http.get(f"{world.site}/events?wait_s=0&after=0", headers={"Authorization": f"Bearer {token}"}) as response:
            assert (response.status, (await response.json(content_type=None))["code"]) == (403, "token_invalid")
        assert (await post(world, token, {**FORM, "cid": "later"}))[0] == 403


async def test_identifying_oneself_again_and_again_writes_nothing_more(world: ChatWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    planter = await begun(world)
    written: list[Changes] = []
    commit = world.store.commit

    async def noted(changes: Sequence[Changes], *given: Any, **more: Any) -> Any:
        written.extend(one for one in changes if one.identities or one.forms or one.contacts)
        return await commit(changes, *given, **more)

    monkeypatch.setattr(world.store, "commit", noted)
    said = {"token": planter.welcome["token"], "identity": identity("user-5")}
    counts = []
    for _ in range(3):
        async with world.http.post(f"{world.site}/hello", json=said) as response:
            assert response.status == 200
        counts.append(len(written))
    assert counts == [2, 2, 2]  # the binding, and the form that is the user's now


async def test_a_replaced_token_is_cut_off_also_where_the_signal_of_it_is_lost(world: ChatWorld) -> None:
    planter, other = await begun(world), await begun(world)
    token = planter.welcome["token"]
    polling = asyncio.create_task(world.http.get(f"{world.site}/events?after=9&wait_s=25", headers={"Authorization": f"Bearer {token}"}))
    while not next(watch for watch in world.hub._watches.values() if watch.session == planter.welcome["session"]).pollers:
        await asyncio.sleep(0.01)
    world.bus.is_deaf = True
    victim = await world.client()
    await victim.hello(token=token, identity=identity("user-8"))
    await victim.say("my card is lost", "c2")
    world.bus.is_deaf = False
    await world.hub.sweep()
    assert (await planter.get("bye"))["type"] == "bye"
    async with await asyncio.wait_for(polling, 30) as response:
        assert "my card" not in await response.text()
    await planter.say("who are you", "c3")
    assert (await planter.get("error"))["code"] == "hello_first"
    assert "my card" not in str(planter.seen)
    for client in (victim, other):
        await client.send(type="ping")
        await client.get("pong")


async def test_a_form_that_was_kept_before_we_died_is_answered_when_it_comes_again(
    world: ChatWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await world.visitor()
    commit = world.store.commit

    async def dies_after(changes: Any, *given: Any, **more: Any) -> Any:
        await commit(changes, *given, **more)
        raise Busy("the process is gone", 1.0)

    with monkeypatch.context() as patch:
        patch.setattr(world.store, "commit", dies_after)
        status, _ = await post(world, client.welcome["token"], FORM)
        assert status == 503
    again = await post(world, client.welcome["token"], FORM)
    assert again == await post(world, client.welcome["token"], FORM)
    assert (again[0], again[1]["type"], again[1]["cid"]) == (200, "filled", "f1")


async def test_one_form_sent_many_times_at_once_is_kept_once(world: ChatWorld) -> None:
    client = await world.visitor()
    answers = await asyncio.gather(*(post(world, client.welcome["token"], FORM) for _ in range(8)))
    assert {status for status, _ in answers} == {200}
    assert len({str(body) for _, body in answers}) == 1
    await client.say("hi", "c1")
    await client.messages(2)
    assert len(await world.store.forms(await address_of(world, client), 20)) == 1


async def test_nobody_rates_or_ends_a_session_of_somebody_else(world: ChatWorld) -> None:
    victim, thief = await begun(world), await begun(world)
    frame = {"type": "rate", "score": 1, "session": victim.welcome["session"]}
    assert (await post(world, thief.welcome["token"], frame))[0] == 400
    await thief.send(**frame)
    assert (await thief.get("error"))["code"] == "no_such_session"
    assert await world.store.ratings([SessionId(victim.welcome["session"])]) == {}


async def test_flipping_between_typing_and_not_does_not_fill_the_desks(world: ChatWorld) -> None:
    client = await begun(world)
    await world.move(client.welcome["session"], Move.HAND_OFF, Move.OFFER, Move.ACCEPT)
    await client.get("state")
    while client.seen[-1].get("state") != "active":
        await client.get("state")
    desk, told = await world.bus.subscribe(DESK), 0
    for number in range(300):
        await client.send(type="typing", on=number % 2 == 0)
    await client.send(type="ping")
    await client.get("pong")
    try:
        async with asyncio.timeout(1):
            async for _, payload in desk:
                told += unpack_desk(payload).kind == "typing"
    except TimeoutError:
        pass
    assert 1 <= told < 60

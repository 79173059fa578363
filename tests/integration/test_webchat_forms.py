"""What a site asks before the first message: shown, checked, kept with its time, asked once, and enforced here and not in the page."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest

from adapters.webchat.channel import WebChat
from config.schema import Consent, FormField, Hours
from gateway.core.contact import Address, AddressKind, Proof
from gateway.core.desk import FilledForm, FormKind
from gateway.core.ids import SessionId
from tests.integration.chat_world import JWT_SECRET, SITE, ChatWorld, Client, chat_world

CONSENT = Consent(version="2026-11", text={"en": "I agree.", "zh-CN": "我同意。"}, url="/privacy")
FIELDS = (
    FormField(name="name"),
    FormField(name="email", required=True),
    FormField(name="order_no", label={"en": "Order number", "zh-CN": "订单号"}),
)
NEVER = Hours(monday=(), tuesday=(), wednesday=(), thursday=(), friday=())
GOOD: dict[str, Any] = {
    "type": "form", "cid": "f1", "kind": "prechat", "consent": "2026-11",
    "fields": {"name": " Wei  Lin ", "email": "wei@Example.COM", "order_no": ""},
}  # fmt: skip


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ChatWorld]:
    async with chat_world(tmp_path, consent=CONSENT, form=FIELDS) as running:
        yield running


def identity(user: str = "user-7", **claims: Any) -> str:
    expires = datetime.now(UTC) + timedelta(minutes=30)
    return jwt.encode({"sub": user, "aud": "site", "exp": expires, **claims}, JWT_SECRET, algorithm="HS256")


async def filled(client: Client, **changes: Any) -> dict[str, Any]:
    await client.send(**{**GOOD, **changes})
    return await client.get("filled", "error")


async def test_the_welcome_asks_in_the_visitors_language(world: ChatWorld) -> None:
    client = await world.visitor(locale="zh")
    assert client.welcome["config"]["form"] == {
        "kind": "prechat",
        "consent": {"version": "2026-11", "text": "我同意。", "url": "http://help.example.com/privacy"},
        "fields": [
            {"name": "name", "label": "姓名", "type": "text", "required": False},
            {"name": "email", "label": "邮箱", "type": "email", "required": True},
            {"name": "order_no", "label": "订单号", "type": "text", "required": False},
        ],
    }
    assert client.welcome["config"]["hours"] is None


async def test_no_message_passes_before_the_form_by_socket_or_http(world: ChatWorld) -> None:
    client = await world.visitor()
    await client.say("hi", "c1")
    error = await client.get("error")
    assert (error["code"], error["cid"], error["text"]) == ("form_required", "c1", "Please fill in the form first.")
    headers = {"Authorization": f"Bearer {client.welcome['token']}", "Idempotency-Key": "c1"}
    async with world.http.post(f"{world.site}/messages", json={"text": "hi"}, headers=headers) as response:
        assert (response.status, (await response.json(content_type=None))["code"]) == (403, "form_required")
    async with world.http.post(f"{world.site}/messages", json={"text": "hi"}, headers={"Idempotency-Key": "c1"}) as response:
        assert response.status == 403
    async with world.http.post(f"{world.site}/files?name=a.txt", data=b"a", headers=headers) as response:
        assert response.status == 403
    assert world.brain.asked == []
    assert (await filled(client))["type"] == "filled"
    await client.say("hi", "c1")
    assert (await client.get("ack"))["seq"] == 1


async def test_a_form_is_kept_with_its_time_and_makes_the_visitor_known(world: ChatWorld) -> None:
    client = await world.visitor(page="https://www.example.com/cart")
    answer = await filled(client)
    (form,) = await forms_of(world, client)
    assert answer == {"type": "filled", "cid": "f1", "at": form.at.isoformat().replace("+00:00", "Z")}
    assert (form.kind, form.consent, form.page) == (FormKind.PRECHAT, "2026-11", "https://www.example.com/cart")
    assert form.fields == {"name": "Wei Lin", "email": "wei@example.com"}
    link = await world.store.identity(form.address)
    assert link is not None
    assert link.verified_by is Proof.NONE
    contact = await world.store.contact(link.contact_id)
    assert contact is not None
    assert (contact.name, contact.email, contact.phone) == ("Wei Lin", "wei@example.com", None)


async def test_the_same_form_again_gets_the_same_answer_and_is_kept_once(world: ChatWorld) -> None:
    client = await world.visitor()
    first = await filled(client)
    assert await filled(client, fields={"email": "other@example.com"}) == first
    headers = {"Authorization": f"Bearer {client.welcome['token']}"}
    async with world.http.post(f"{world.site}/frames", json=GOOD, headers=headers) as response:
        assert (response.status, await response.json()) == (200, first)
    assert [form.fields["email"] for form in await forms_of(world, client)] == ["wei@example.com"]


@pytest.mark.parametrize(
    ("changes", "code", "fields"),
    [
        ({"consent": None}, "form_invalid", ["consent"]),
        ({"consent": "2025-01"}, "consent_changed", None),
        ({"kind": "offline"}, "no_form", None),
        ({"kind": "other"}, "bad_frame", None),
        ({"cid": "a b"}, "bad_frame", None),
        ({"fields": {}}, "form_invalid", ["email"]),
        ({"fields": {"email": " \u200b "}}, "form_invalid", ["email"]),
        ({"fields": {"email": "wei at example.com", "colour": "red"}}, "form_invalid", ["colour", "email"]),
        ({"fields": {"email": "call a@example.com"}}, "form_invalid", ["email"]),
        ({"fields": {"email": "a@example.com", "name": "x" * 201}}, "bad_frame", None),
        ({"fields": {f"f{number}": "x" for number in range(10)}}, "bad_frame", None),
    ],
)
async def test_a_wrong_form_is_refused_with_the_fields_that_are_wrong(
    world: ChatWorld, changes: dict[str, Any], code: str, fields: list[str] | None
) -> None:
    client = await world.visitor()
    error = await filled(client, **changes)
    assert (error["code"], error.get("fields")) == (code, fields)
    assert await forms_of(world, client) == []
    await client.say("hi", "c1")
    assert (await client.get("error"))["code"] == "form_required"


async def test_all_tabs_hear_of_it_once_and_nobody_is_asked_again(world: ChatWorld) -> None:
    one = await world.visitor()
    two = await world.visitor(token=one.welcome["token"])
    assert two.welcome["config"]["form"] is not None
    answer = await filled(one)
    assert await two.get("filled") == answer
    await two.say("hi", "c1")
    assert (await two.get("ack"))["seq"] == 1
    again = await world.visitor(token=one.welcome["token"])
    assert again.welcome["config"]["form"] is None
    await one.send(type="ping")
    await one.get("pong")
    assert [frame for frame in one.seen if frame["type"] == "filled"] == [answer]


async def test_a_user_is_asked_once_on_all_devices_also_where_they_were_anonymous_then(world: ChatWorld) -> None:
    phone = await world.visitor()
    await filled(phone)
    named = await world.visitor(token=phone.welcome["token"], identity=identity(name="Lin"))
    assert named.welcome["config"]["form"] is None
    await named.say("hi", "c1")
    await named.get("ack")
    laptop = await world.visitor(identity=identity())
    assert laptop.welcome["config"]["form"] is None
    (session,) = await world.store.sessions([SessionId(named.welcome["session"])])
    contact = await world.store.contact(session.contact_id) if session.contact_id else None
    assert contact is not None
    assert (contact.name, contact.email) == ("Lin", "wei@example.com")


async def test_a_conversation_that_had_begun_takes_its_form_along_to_the_user(world: ChatWorld) -> None:
    phone = await world.visitor()
    await filled(phone)
    await phone.say("hi", "c1")
    await phone.messages(2)
    for _ in range(2):  # the new token may be lost on its way
        named = await world.visitor(token=phone.welcome["token"], identity=identity())
        assert named.welcome["config"]["form"] is None
    assert (await world.visitor(identity=identity())).welcome["config"]["form"] is None
    assert len(await world.store.forms(Address(AddressKind.SITE_USER, "site", "user-7"), 9)) == 1


async def test_what_the_site_vouches_for_is_not_overwritten(world: ChatWorld) -> None:
    client = await world.visitor(identity=identity(name="Lin Wei"))
    await filled(client, fields={"name": "Somebody Else", "email": "a@example.com"})
    await filled(client, cid="f2", fields={"email": "b@example.com"})
    link = await world.store.identity(Address(AddressKind.SITE_USER, "site", "user-7"))
    contact = await world.store.contact(link.contact_id) if link else None
    assert link is not None
    assert contact is not None
    assert (link.verified_by, contact.name, contact.email) == (Proof.JWT, "Lin Wei", "a@example.com")


async def test_new_terms_are_asked_for_again(tmp_path: Path) -> None:
    async with chat_world(tmp_path, consent=CONSENT, form=FIELDS) as world:
        client = await world.visitor()
        await filled(client)
        token = client.welcome["token"]
    async with chat_world(tmp_path, consent=Consent(version="2027-01", text={"en": "I agree to more."}), form=FIELDS) as world:
        client = await world.visitor(token=token)
        assert client.welcome["config"]["form"]["consent"]["version"] == "2027-01"
        assert (await filled(client))["code"] == "consent_changed"
        assert (await filled(client, cid="f2", consent="2027-01"))["type"] == "filled"


async def test_a_form_without_anything_required_is_offered_and_not_enforced(tmp_path: Path) -> None:
    async with chat_world(tmp_path, form=(FormField(name="name"),)) as world:
        client = await world.visitor()
        assert client.welcome["config"]["form"]["consent"] is None
        await client.say("hi", "c1")
        assert (await client.get("ack"))["seq"] == 1


async def test_out_of_hours_the_form_comes_first_with_an_address_and_the_case_knows_it(tmp_path: Path) -> None:
    async with chat_world(tmp_path, hours=NEVER, offline_form=True) as world:
        client = await world.visitor()
        assert client.welcome["config"]["hours"] == {"open": False, "opens_at": None, "closes_at": None}
        assert client.welcome["config"]["form"] == {
            "kind": "offline", "consent": None, "fields": [{"name": "email", "label": "Email", "type": "email", "required": True}],
        }  # fmt: skip
        await client.say("person", "c1")
        assert (await client.get("error"))["code"] == "form_required"
        await filled(client, kind="offline", consent=None, fields={"email": "wei@example.com"})
        await client.say("person", "c1")
        _, told = await client.messages(2)
        assert "ask" not in told
        case = await world.store.case_of_session(SessionId(client.welcome["session"]))
        assert case is not None
        assert (case.email, case.packet.customer["email"]) == ("wei@example.com", "wei@example.com")
        (session,) = await world.store.sessions([case.session_id])
        assert session.contact_id == case.packet.customer["contact_id"]


async def test_without_the_offline_form_the_bot_answers_and_only_a_case_asks_for_an_address(tmp_path: Path) -> None:
    async with chat_world(tmp_path, hours=NEVER) as world:
        client = await world.visitor()
        assert client.welcome["config"]["form"] is None
        await client.say("person", "c1")
        _, asking = await client.messages(2)
        assert asking["ask"] == "contact"
        await client.say("wei@example.com", "c2")
        _, confirmed = await client.messages(2)
        assert "ask" not in confirmed
        case = await world.store.case_of_session(SessionId(client.welcome["session"]))
        assert case is not None
        assert case.email == "wei@example.com"


async def test_the_record_is_not_asked_per_message(world: ChatWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    client = await world.visitor()
    await filled(client)
    asked: list[Address] = []
    forms = world.store.forms

    async def counted(address: Address, limit: int) -> Any:
        asked.append(address)
        return await forms(address, limit)

    monkeypatch.setattr(world.store, "forms", counted)
    for number in range(5):
        await client.say("hi", f"c{number}")
        await client.get("ack")
    assert len(asked) == 1


async def test_a_site_that_asks_nothing_never_asks_the_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with chat_world(tmp_path) as world:

        async def never(address: Address, limit: int) -> Any:
            raise AssertionError("the record was asked for forms")

        monkeypatch.setattr(world.store, "forms", never)
        client = await world.visitor()
        await client.say("hi", "c1")
        await client.messages(2)
        again = await world.visitor(token=client.welcome["token"], identity=identity())
        await again.say("ho", "c2")
        assert (await again.get("ack"))["cid"] == "c2"
        assert (await filled(again))["code"] == "no_form"


async def test_two_tabs_that_fill_in_the_same_form_at_once_get_the_same_answer(world: ChatWorld) -> None:
    one = await world.visitor()
    two = await world.visitor(token=one.welcome["token"])
    answers = await asyncio.gather(filled(one), filled(two))
    assert answers[0] == answers[1]
    assert len(await forms_of(world, one)) == 1


async def test_forms_have_a_limit_of_their_own(world: ChatWorld) -> None:
    client = await world.visitor()
    answers = [await filled(client, cid=f"f{number}") for number in range(21)]
    assert [answer["type"] for answer in answers[:20]] == ["filled"] * 20
    assert (answers[20]["code"], answers[20]["cid"]) == ("rate_limited", "f20")


async def test_nothing_that_is_filled_in_is_logged(world: ChatWorld, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client = await world.visitor()
    await filled(client, cid="f0", fields={"email": "secretive", "hush": "secretive"})
    await filled(client, fields={"name": "Secretive", "email": "secretive@example.com"})
    headers = {"Authorization": f"Bearer {client.welcome['token']}"}
    body = {**GOOD, "cid": "f3", "fields": {"email": "secretive"}}
    async with world.http.post(f"{world.site}/frames", json=body, headers=headers) as response:
        problem = await response.json(content_type=None)
        assert (response.status, problem["code"], problem["problems"]) == (
            400, "form_invalid", [{"key": "email", "message": "an email address"}],
        )  # fmt: skip
    assert "secretive" not in caplog.text.lower()


async def forms_of(world: ChatWorld, client: Client) -> list[FilledForm]:
    """Every form of the visitor that is on record."""
    chat = world.deps.channels[SITE]
    assert isinstance(chat, WebChat)
    visitor = chat.tokens.read(client.welcome["token"], SITE, world.deps.clock.now())
    return await world.store.forms(visitor.address, 50)

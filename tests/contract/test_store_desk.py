"""What the desk keeps for itself, and what customers fill in. Both engines."""

from typing import Any

from msgspec import structs

from gateway.core.changes import Changes
from gateway.core.contact import Identity, Proof
from gateway.core.desk import CannedReply, FilledForm, FormKind, Setting
from gateway.core.errors import Conflict, Repeat, StaleSession
from gateway.core.ids import AgentId, ContactId, SessionId
from gateway.core.session import Rating
from gateway.store import Record
from tests.contract.records import AT, address, audit_event, case, later, packet
from tests.events import SITE


def reply(shortcut: str, **fields: Any) -> CannedReply:
    values: dict[str, Any] = {"id": f"reply-{shortcut}", "version": 1, "title": "", "texts": {"en": "One moment.", "zh-CN": "请稍等。"}}
    return CannedReply(shortcut=shortcut, updated_at=AT, updated_by="agent-1", **values | fields)


def setting(name: str, value: Any, version: int = 1) -> Setting:
    return Setting(name=name, value=value, at=AT, by="agent-1", version=version)


def form(number: int, thread: str = "ann", **fields: Any) -> FilledForm:
    values: dict[str, Any] = {"kind": FormKind.PRECHAT, "fields": {"email": "ann@example.com"}, "at": later(number)}
    return FilledForm(id=f"form-{number}", address=address(thread), channel=SITE, **values | fields)


def kinds(outcomes: list[Conflict | None]) -> list[str | None]:
    return [None if outcome is None else type(outcome).__name__ for outcome in outcomes]


async def written(store: Record, *changes: Changes) -> None:
    assert kinds(await store.commit(changes)) == [None] * len(changes)


async def test_an_empty_record_has_nothing_of_the_desks(store: Record) -> None:
    assert await store.canned_replies() == []
    assert await store.canned_reply("x") is None
    assert await store.setting("x") is None
    assert await store.settings("") == []
    assert await store.forms(address("ann"), 10) == []
    assert await store.ratings([SessionId("x")]) == {}
    assert (await store.audit(actor="x", action="y")).items == ()


async def test_canned_replies_come_back_as_they_were_by_shortcut(store: Record) -> None:
    mine = reply("wait", owner=AgentId("agent-1"), folder="greetings")
    await written(store, Changes(canned_replies=(mine, reply("Hello"))), Changes(canned_replies=(reply("bye", texts={}),)))
    assert [one.shortcut for one in await store.canned_replies()] == ["bye", "Hello", "wait"]
    assert await store.canned_reply("reply-wait") == mine


async def test_a_reply_changes_by_its_next_version_only(store: Record) -> None:
    await written(store, Changes(canned_replies=(reply("wait"),)))
    changes = [Changes(canned_replies=(reply("wait", title=title, version=2),)) for title in ("first", "second")]
    assert kinds(await store.commit(changes)) == [None, "StaleSession"]
    kept = await store.canned_reply("reply-wait")
    assert kept is not None
    assert (kept.title, kept.version) == ("first", 2)


async def test_what_is_dropped_must_stand_at_the_version_that_was_seen(store: Record) -> None:
    await written(store, Changes(canned_replies=(reply("wait"),)))
    for stale in (0, 2):
        assert kinds(await store.commit([Changes(dropped_canned_replies=(("reply-wait", stale),))])) == ["StaleSession"]
    await written(store, Changes(dropped_canned_replies=(("reply-wait", 1),)))
    assert await store.canned_replies() == []
    outcomes = await store.commit([Changes(dropped_canned_replies=(("reply-wait", 1),))])
    assert kinds(outcomes) == ["StaleSession"]


async def test_what_was_dropped_begins_anew_also_in_the_same_batch(store: Record) -> None:
    def dropped(name: str, version: int) -> Changes:
        return Changes(dropped_canned_replies=((f"reply-{name}", version),))

    def kept(name: str, **more: Any) -> Changes:
        return Changes(canned_replies=(reply(name, **more),))

    await written(store, kept("a"))
    await written(store, dropped("a", 1), kept("a", title="anew"), kept("b"))
    assert {one.id: (one.title, one.version) for one in await store.canned_replies()}["reply-a"] == ("anew", 1)
    await written(store, kept("a", version=2), dropped("a", 2))
    await written(store, kept("c"), dropped("c", 1))
    assert [one.id for one in await store.canned_replies()] == ["reply-b"]


async def test_a_settings_version_never_falls(store: Record) -> None:
    await written(store, Changes(settings=(setting("a", 1),)), Changes(settings=(setting("a", None, version=2),)))
    assert kinds(await store.commit([Changes(settings=(setting("a", 9),))])) == ["StaleSession"]
    assert await store.setting("a") == setting("a", None, version=2)


async def test_one_stale_drop_refuses_the_whole_transaction(store: Record) -> None:
    (outcome,) = await store.commit([Changes(settings=(setting("a", 1),), dropped_canned_replies=(("nobody", 1),))])
    assert isinstance(outcome, StaleSession)
    assert await store.setting("a") is None


async def test_settings_are_found_by_the_beginning_of_their_name(store: Record) -> None:
    names = ("hours/default", "hours/vip", "hours_", "HOURS/x", "other", "hours/店铺")
    await written(store, Changes(settings=tuple(setting(name, {"name": name}) for name in names)))
    assert [one.name for one in await store.settings("hours/")] == ["hours/default", "hours/vip", "hours/店铺"]
    assert [one.name for one in await store.settings("hours/店")] == ["hours/店铺"]
    assert await store.settings("%") == []


async def test_a_setting_holds_whatever_json_can(store: Record) -> None:
    value = {"spans": [["09:00", "18:00"]], "closed": [], "n": 1.5, "is_on": True, "none": None, "nul": "a\0b", "emoji": "👋"}
    await written(store, Changes(settings=(setting("x", value),)))
    assert await store.setting("x") == setting("x", value)


async def test_a_form_is_written_once(store: Record) -> None:
    first = form(1, consent="2026-11", page="https://example.com/price", fields={"name": "安\0", "email": "ann@example.com"})
    assert kinds(await store.commit([Changes(forms=(first,)), Changes(forms=(first,))])) == [None, "Repeat"]
    (outcome,) = await store.commit([Changes(forms=(structs.replace(first, consent="other"),))])
    assert isinstance(outcome, Repeat)
    assert await store.forms(address("ann"), 10) == [first]


async def test_a_customers_forms_come_newest_first(store: Record) -> None:
    await written(store, Changes(forms=(form(1), form(3), form(2), form(4, "bob", kind=FormKind.OFFLINE))))
    assert [one.id for one in await store.forms(address("ann"), 10)] == ["form-3", "form-2", "form-1"]
    assert [one.id for one in await store.forms(address("ann"), 2)] == ["form-3", "form-2"]


async def test_the_newest_rating_of_each_session_counts(store: Record) -> None:
    lines = [("a", 2, 10.0), ("a", 5, 20.0), ("a", 1, 5.0), ("b", 3, 1.0), ("c", 4, 1.0)]
    ratings = [
        Rating(session_id=SessionId(name), score=score, comment="好", at=later(at), key=f"{name}/{at}", agent_id=AgentId("agent-1"))
        for name, score, at in lines
    ]
    await written(store, Changes(ratings=tuple(ratings)))
    asked = [SessionId("a"), SessionId("b"), SessionId("nobody")]
    assert await store.ratings(asked) == {"a": ratings[1], "b": ratings[3]}


async def test_the_audit_log_by_actor_and_by_action(store: Record) -> None:
    said = [("ann", "agent.add"), ("bob", "agent.add"), ("ann", "hours.set"), ("ann", "agent.add")]
    hostile = {"actor": "x", "a\0": 'b\0"action":"y"'}
    events = [structs.replace(audit_event(at), actor=who, action=what, detail=hostile) for at, (who, what) in enumerate(said)]
    await written(store, Changes(audits=tuple(events)))

    async def seen(**asked: Any) -> list[int]:
        return [round((event.at - AT).total_seconds()) for event in (await store.audit(**asked)).items]

    assert await seen() == [3, 2, 1, 0]
    assert await seen(actor="ann") == [3, 2, 0]
    assert await seen(action="agent.add") == [3, 1, 0]
    assert await seen(actor="ann", action="agent.add") == [3, 0]
    assert await seen(actor="nobody") == []
    page = await store.audit(actor="ann", limit=1)
    assert page.next is not None
    rest = await store.audit(actor="ann", limit=5, after=page.next)
    assert ([event.action for event in rest.items], rest.next) == (["hours.set", "agent.add"], None)


async def test_a_nul_in_what_somebody_wrote_hides_neither_a_case_nor_an_audit_event(store: Record) -> None:
    """PostgreSQL's JSON functions stumble over one anywhere in a document."""
    packed = structs.replace(packet(), wish="\0", trigger="\0", customer={"name": "\0"})
    hostile = structs.replace(case(1), subject="a\0b", packet=packed)
    event = structs.replace(audit_event(1), detail={"shown_name": {"from": "a\0", "to": "\0"}})
    await written(store, Changes(cases=(hostile,), audits=(event,)))
    assert await store.case(hostile.id) == hostile
    assert (await store.audit(actor=event.actor, action=event.action)).items == (event,)
    assert [one.session.id for one in (await store.search("C-1", limit=5)).items] == []
    kept = form(1, page="https://example.com/\0", fields={"name": "\0"})
    await written(store, Changes(forms=(kept,), settings=(setting("a", {"\0": "\0"}),), canned_replies=(reply("x", texts={"en": "\0"}),)))
    assert await store.forms(address("ann"), 1) == [kept]


async def test_a_link_that_nobody_has_checked_never_goes_before_one_that_somebody_has(store: Record) -> None:
    proofs = (Proof.NONE, Proof.JWT, Proof.NONE)
    links = [Identity(address=address("ann"), contact_id=ContactId(proof), verified_by=proof, at=AT) for proof in proofs]
    await written(store, Changes(identities=(links[0],)))
    assert await store.identity(address("ann")) == links[0]
    assert await store.newest_links([address("ann"), address("bob")]) == []
    await written(store, Changes(identities=tuple(links[1:])))
    assert await store.newest_links([address("ann"), address("bob")]) == [links[1]]
    assert await store.newest_links([]) == []
    assert await store.identity(address("ann")) == links[1]

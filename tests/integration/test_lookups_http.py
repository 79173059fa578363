"""Entries' actions over real HTTP: what is asked, what the answer becomes, and that nothing gets out of its target."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from bot import Bot, Entry
from config.schema import Action as Target
from config.texts import load_texts
from gateway import calling
from gateway.calling import Caller, Unfit, below
from gateway.core.contact import Address, AddressKind
from gateway.core.decision import Decision, Heard, Kind, Looking, Lookup
from gateway.core.events import Found, LookedUp
from gateway.core.ids import ContactId, EntryId
from gateway.core.memory import BotMemory
from gateway.core.parts import Text
from gateway.core.session import Session
from gateway.core.texts import Texts
from gateway.lookups_http import HttpRoad
from tests.contract.records import AT, new_session
from tests.fakes import FrozenClock
from tests.peers.outside import Outside, outside

ENTRY = Entry(
    id=EntryId("where"),
    questions=("where is my order", "订单到哪了"),
    action={
        "http": {"target": "orders", "path": "/orders/{{slots.order}}", "query": {"lang": "{{language}}"}},
        "slots": [
            {"name": "order", "type": "order_number", "pattern": r"[A-Z]\d{7}", "ask": {"en": "Which order?", "zh": "订单号是多少？"}}
        ],
        "answer": {"en": "It is {{result.status}}, due {{result.eta | date}}."},
        "when": [{"path": "result.status", "is": "lost", "handoff": {"queue": "care", "reason": "parcel lost"}}],
    },
)
POSTING = structs.replace(
    ENTRY, id=EntryId("post"), action={**(ENTRY.action or {}), "http": {"target": "orders", "method": "POST", "path": "/x"}}
)
TEXTS = Texts(load_texts())
BOT = Bot([ENTRY, POSTING], texts=TEXTS)


@pytest.fixture
async def peer() -> AsyncIterator[Outside]:
    async with outside() as running:
        yield running


@pytest.fixture
async def road(peer: Outside, clock: FrozenClock) -> AsyncIterator[Callable[..., HttpRoad]]:
    caller = Caller()

    def make(**fields: Any) -> HttpRoad:
        target = Target(base_url=f"{peer.url}/api/", **fields)
        return HttpRoad({"orders": target}, bot=lambda: BOT, caller=caller, texts=TEXTS, clock=clock, lookup_s=fields.pop("lookup_s", 1.0))

    yield make
    await caller.close()


def waiting(entry: str = "where", order: str = "A1234567", **fields: Any) -> tuple[Session, Looking]:
    lookup = Lookup(entry=EntryId(entry), action="orders", slots={"order": order})
    decision = Decision(kind=Kind.ANSWER, language="en", entry=EntryId(entry), lookup=lookup)
    looking = Looking(id="l1", until=AT + timedelta(seconds=5), heard=Heard(1, (Text("where?"),)), decision=decision)
    return new_session(version=1, looking=looking, **fields), looking


async def asked(road: HttpRoad, **fields: Any) -> LookedUp:
    return await road.ask(*waiting(**fields))


async def test_an_order_is_looked_up(peer: Outside, road: Callable[..., HttpRoad]) -> None:
    result = await asked(road(headers={"Authorization": "Bearer s3cret"}))
    assert (result.found, result.text) == (Found.ANSWER, "It is shipped, due 1 December 2026.")
    assert result.why | {"ms": 0} == {"target": "orders", "slots": {"order": "A1234567"}, "ms": 0, "status": 200}
    (seen,) = peer.seen
    assert (seen.method, seen.path, seen.query, seen.body) == ("GET", "/api/orders/A1234567", {"lang": "en"}, b"")
    assert seen.headers["authorization"] == "Bearer s3cret"


async def test_nothing_is_told_of_the_customer_unless_it_is_configured(peer: Outside, road: Callable[..., HttpRoad]) -> None:
    await asked(road())
    await asked(
        road(customer={"X-Who": "contact", "X-From": "address", "X-Sure": "verified", "X-Chat": "session"}),
        contact_id=ContactId("c1"),
    )  # fmt: skip
    before, told = (seen.headers for seen in peer.seen)
    assert {name for name in before if name.startswith("x-")} == set()
    assert (told["x-who"], told["x-from"], told["x-sure"]) == ("c1", "visitor:site:ann", "none")


async def test_who_is_vouched_for_is_told_as_such_and_no_value_breaks_out_of_its_header(
    peer: Outside, road: Callable[..., HttpRoad]
) -> None:
    session, looking = waiting()
    session = structs.replace(session, address=Address(AddressKind.SITE_USER, "site", "安\r\nX-Admin: 1"))
    await road(customer={"X-From": "address", "X-Sure": "verified"}).ask(session, looking)
    assert peer.seen[0].headers["x-sure"] == "jwt"
    assert peer.seen[0].headers["x-from"] == f"{AddressKind.SITE_USER.value}:site:%E5%AE%89%0D%0AX-Admin: 1"
    assert "x-admin" not in peer.seen[0].headers


@pytest.mark.parametrize("order", ["../../admin", "a/../../admin", "@evil.example/", "//evil.example", "%2e%2e", "1\\..\\admin"])
async def test_a_slot_that_a_proxy_might_take_for_several_segments_is_not_sent(
    peer: Outside, road: Callable[..., HttpRoad], order: str
) -> None:
    result = await asked(road(), order=order)
    assert (result.reason, peer.seen) == ("no path", [])


@pytest.mark.parametrize("order", ["x?admin=1", "x#y", "@evil.example", "a;b=c"])
async def test_a_slot_never_leads_out_of_its_segment(peer: Outside, road: Callable[..., HttpRoad], order: str) -> None:
    await asked(road(), order=order)
    (seen,) = peer.seen
    assert seen.path.startswith("/api/orders/")
    assert "/" not in seen.path.removeprefix("/api/orders/")
    assert seen.query == {"lang": "en"}


async def test_a_redirect_is_not_followed(peer: Outside, road: Callable[..., HttpRoad]) -> None:
    peer.says({}, status=302, headers={"Location": f"{peer.url}/elsewhere"})
    assert (await asked(road())).reason == "status 302"
    assert [seen.path for seen in peer.seen] == ["/api/orders/A1234567"]


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (lambda peer: peer.says({}, status=500), "status 500"),
        (lambda peer: peer.says({}, status=401), "status 401"),
        (lambda peer: peer.says(raw=b"<html>"), "malformed"),
        (lambda peer: peer.says(raw=b"\xff\xfe"), "malformed"),
        (lambda peer: peer.says(raw=b'{"status": "shipped", "eta": NaN}'), "malformed"),
        (lambda peer: peer.says(raw=b"[" * 5000 + b"]" * 5000), "malformed"),
        (lambda peer: peer.says(raw=b""), "no result.status"),
        (lambda peer: peer.says([1]), "no result.status"),
        (lambda peer: peer.says({"status": "shipped"}), "no result.eta"),
        (lambda peer: peer.says({"status": "x", "pad": "y" * calling.ANSWER_MAX_BYTES}), "too large"),
        (lambda peer: peer.pours(), "too large"),
        (lambda peer: peer.breaks(), "unreachable"),
        (lambda peer: peer.hangs(), "late"),
    ],
)  # fmt: skip
async def test_whatever_goes_wrong_has_a_reason_of_ours(peer: Outside, road: Callable[..., HttpRoad], script: Any, reason: str) -> None:
    script(peer)
    result = await asked(road())
    assert (result.found, result.reason, result.text) == (Found.FAILURE, reason, "")


async def test_what_nobody_knows_is_asked_again_and_then_goes_to_people(peer: Outside, road: Callable[..., HttpRoad]) -> None:
    peer.says({}, status=404)
    once = await asked(road())
    assert (once.found, once.asks) == (Found.NOTHING, "order")
    assert once.text == TEXTS.say("bot.action_nothing", "en")
    assert (await asked(road(), memory=BotMemory(asked_count=2))).found is Found.PERSON


async def test_a_case_for_people_names_its_queue(peer: Outside, road: Callable[..., HttpRoad]) -> None:
    peer.says({"status": "lost"})
    result = await asked(road())
    assert (result.found, result.queue, result.reason) == (Found.PERSON, "care", "parcel lost")


async def test_only_methods_that_the_operator_allows_are_used(peer: Outside, road: Callable[..., HttpRoad]) -> None:
    assert (await asked(road(), entry="post")).reason == "method not allowed"
    assert peer.seen == []
    assert (await asked(road(methods=("POST",)), entry="post")).found is Found.ANSWER


async def test_an_entry_without_target_calls_nobody(clock: FrozenClock) -> None:
    road = HttpRoad({}, bot=lambda: BOT, caller=Caller(), texts=TEXTS, clock=clock, lookup_s=1.0)
    assert (await asked(road)).reason == "no target"
    assert (await asked(road, entry="gone")).reason == "no action"


async def test_a_system_that_fails_again_and_again_is_left_alone_for_a_while(
    peer: Outside, road: Callable[..., HttpRoad], clock: FrozenClock
) -> None:
    peer.says({}, status=503)
    one = road()
    assert [(await asked(one)).reason for _ in range(6)] == ["status 503"] * 5 + ["resting"]
    peer.script = None
    clock.advance(31)
    assert [(await asked(one)).found for _ in range(2)] == [Found.ANSWER, Found.ANSWER]
    assert len(peer.seen) == 7


@pytest.mark.parametrize("path", ["/../x", "/a/../../x", "/./x", "@evil.example", ":1/x", ".evil.example/x"])
def test_no_path_leads_out_from_under_the_base(path: str) -> None:
    with pytest.raises(Unfit, match="outside"):
        below("https://shop.example/api", path)

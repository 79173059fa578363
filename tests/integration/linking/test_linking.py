"""A visitor shows a code of theirs on another channel: one customer from then on, a token that is replaced, and nothing told across."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from msgspec import structs

from config.schema import FormField
from gateway.core.changes import Changes
from gateway.core.contact import Address, AddressKind, Identity, Proof, filled
from gateway.core.errors import Rejected, TryLater
from gateway.core.events import Inbound, Said
from gateway.core.ids import ChannelName, ContactId, EventKey, Thread
from gateway.core.parts import Text
from gateway.core.session import Move
from gateway.linking import code_id
from tests.integration.chat_world import JWT_SECRET, ChatWorld, Client, chat_world
from tests.integration.linking.scans import OA, OPENID, Account, made, newest, scan, told, web_session
from tests.integration.test_webchat_rotation import bearer, identify


async def test_a_scan_makes_one_customer_of_both_and_says_so(world: ChatWorld, visitor: Client, account: Account) -> None:
    code = await made(world, visitor)
    assert code["code_url"] == f"http://weixin.example/q/{account.codes[0]}"
    assert code["svg"].startswith("<svg")
    assert account.codes[0] not in code["svg"]
    await scan(world, account.codes[0])
    (words,) = await told(world, 1)
    assert words.startswith("Linked: your chat on the website of ")
    on_web, there = await web_session(world, visitor), await newest(world, "oa", "o1")
    assert on_web.contact_id is not None
    assert on_web.contact_id == there.contact_id
    identities = await world.store.identities_of(on_web.contact_id)
    assert {(one.address.kind, one.verified_by) for one in identities} == {
        (AddressKind.OPENID, Proof.SCAN), (AddressKind.VISITOR, Proof.SCAN),
    }  # fmt: skip
    assert (await world.store.link_code(code_id(account.codes[0]))).used_by == OPENID  # type: ignore[union-attr]


async def test_the_client_that_asked_goes_on_with_a_new_token_and_the_one_from_before_opens_nothing(
    world: ChatWorld, visitor: Client, account: Account
) -> None:
    token, code = visitor.welcome["token"], await made(world, visitor)
    await scan(world, account.codes[0])
    assert (await visitor.get("bye"))["retry_after_s"] == 1.0
    planter = await world.client()
    await planter.send(type="hello", token=token)
    assert (await planter.next())["code"] == "token_invalid"
    async with world.http.get(f"{world.site}/events?wait_s=0", headers=bearer(token)) as answer:
        assert answer.status == 403
    welcome = await visitor.hello(token=token, last_seq=2, link=code["claim"])
    assert (welcome["linked"], welcome["resumed"], welcome["token"] != token) == (True, True, True)
    await visitor.say("still here", "c2")
    assert [message["text"] for message in await visitor.messages(2)] == ["still here", "echo: still here"]
    again = await world.visitor(token=welcome["token"], last_seq=2)
    assert again.welcome["linked"] is False
    assert [message["text"] for message in await again.messages(2)] == ["still here", "echo: still here"]


async def test_neither_conversation_shows_the_other(world: ChatWorld, visitor: Client, account: Account) -> None:
    code = await made(world, visitor)
    await scan(world, account.codes[0])
    await visitor.get("bye")
    said = Inbound(
        channel=OA, thread=Thread("o1"), key=EventKey("oa/m1"), sender=OPENID, at=world.deps.clock.now(), event=Said((Text("secret"),))
    )  # fmt: skip
    await world.deps.accept(said)
    assert "where is my parcel" not in " ".join(await told(world, 3))
    await visitor.hello(token=visitor.welcome["token"], last_seq=0, link=code["claim"])
    assert [message["text"] for message in await visitor.messages(2)] == ["where is my parcel", "echo: where is my parcel"]
    assert await visitor.silence() == []


async def test_a_claim_opens_nothing_before_its_code_is_scanned_nor_another_visitors_conversation(
    world: ChatWorld, visitor: Client, account: Account
) -> None:
    other = await world.visitor()
    await other.say("hi", "c1")
    await other.messages(2)
    unscanned, theirs = (await made(world, visitor))["claim"], (await made(world, other))["claim"]
    token = visitor.welcome["token"]
    await made(world, visitor)
    await scan(world, account.codes[2])
    await visitor.get("bye")
    for claim in (unscanned, theirs, "link1.x.y", "nonsense"):
        client = await world.client()
        await client.send(type="hello", token=token, link=claim)
        assert (await client.next())["code"] == "token_invalid"


async def test_a_claim_does_not_outlive_an_agents_undoing(world: ChatWorld, visitor: Client, account: Account) -> None:
    token, claim = visitor.welcome["token"], (await made(world, visitor))["claim"]
    await scan(world, account.codes[0])
    await visitor.get("bye")
    session, at = await web_session(world, visitor), world.deps.clock.now() + timedelta(seconds=1)
    undone = Identity(address=session.address, contact_id=ContactId("own"), verified_by=Proof.AGENT, at=at)
    assert await world.store.commit([Changes(identities=(undone,))]) == [None]
    assert (await visitor.hello(token=token, link=claim))["token"] != token  # the first to come is given the next one
    copy = await world.client()
    await copy.send(type="hello", token=token, link=claim)
    assert (await copy.next())["code"] == "token_invalid"


async def test_a_second_scan_and_a_repeated_push_link_nothing_twice(world: ChatWorld, visitor: Client, account: Account) -> None:
    await made(world, visitor)
    await scan(world, account.codes[0])
    await told(world, 1)
    await scan(world, account.codes[0])
    await scan(world, account.codes[0], "s2")
    words = await told(world, 2)
    assert words[1] == "Your WeChat and your chat on the website are linked already. You can go on right here."
    stranger = Address(AddressKind.OPENID, "wx1", "o2")
    await scan(world, account.codes[0], "s3", stranger)
    (words_there,) = await told(world, 1, stranger)
    assert words_there.startswith("This QR code has been used already.")
    assert len(await told(world, 2)) == 2
    assert (await newest(world, "oa", "o2")).contact_id != (await newest(world, "oa", "o1")).contact_id


async def test_an_old_code_and_one_that_nobody_made_are_answered_kindly(world: ChatWorld, visitor: Client, account: Account) -> None:
    await made(world, visitor)
    known = await world.store.link_code(code_id(account.codes[0]))
    assert known is not None
    old = structs.replace(known, expires_at=world.deps.clock.now() - timedelta(seconds=1), version=2)
    assert await world.store.commit([Changes(link_codes=(old,))]) == [None]
    await scan(world, account.codes[0])
    await scan(world, "nobodys", "s2")
    assert [words.split(".")[0] for words in await told(world, 2)] == ["This QR code is no longer valid"] * 2
    assert (await web_session(world, visitor)).contact_id is None


async def test_a_link_survives_what_the_visitor_says_at_the_same_moment(world: ChatWorld, visitor: Client, account: Account) -> None:
    """Their session is written by two lanes at once: both changes are on record."""
    code = await made(world, visitor)
    talking = [visitor.say(f"word {count}", f"r{count}") for count in range(30)]
    await asyncio.gather(*talking[:15], scan(world, account.codes[0]), *talking[15:])
    await told(world, 1)
    await visitor.hello(token=visitor.welcome["token"], last_seq=2, link=code["claim"])
    for count in range(30):  # what was not acknowledged before the bye is sent again, as clients do
        await visitor.say(f"word {count}", f"r{count}")
    async with asyncio.timeout(30):
        while len(await world.store.thread_messages(ChannelName("site"), (await web_session(world, visitor)).thread, 2, 100)) < 60:
            await asyncio.sleep(0.02)
    on_web, there = await web_session(world, visitor), await newest(world, "oa", "o1")
    assert on_web.contact_id == there.contact_id
    assert on_web.seq == 62


async def test_one_code_that_two_people_scan_at_once_links_one_of_them(world: ChatWorld, visitor: Client, account: Account) -> None:
    await made(world, visitor)
    people = [Address(AddressKind.OPENID, "wx1", f"p{count}") for count in range(6)]
    await asyncio.gather(*(scan(world, account.codes[0], person.value, person) for person in people))
    words = [(await told(world, 1, person))[0] for person in people]
    assert sorted(word.split(" ")[0] for word in words) == ["Linked:", *["This"] * 5]
    on_web = await web_session(world, visitor)
    sessions = [await newest(world, "oa", person.value) for person in people]
    assert [session.contact_id == on_web.contact_id for session in sessions].count(True) == 1


async def test_a_user_of_the_site_keeps_their_contact_and_whoever_is_another_user_is_not_linked(
    world: ChatWorld, visitor: Client, account: Account
) -> None:
    user = await identify(world, visitor.welcome["token"])
    code = await made(world, user)
    await scan(world, account.codes[0])
    await told(world, 1)
    there = await newest(world, "oa", "o1")
    known = await world.store.identity(Address(AddressKind.SITE_USER, "site", "user-7"))
    assert known is not None
    assert there.contact_id == known.contact_id
    await user.get("bye")
    await user.send(type="hello", token=user.welcome["token"])
    assert (await user.get("error"))["code"] == "token_invalid"
    assert (await user.hello(token=user.welcome["token"], link=code["claim"]))["linked"]
    assert (await user.hello(token=user.welcome["token"], link=code["claim"], identity=world_jwt("user-7")))["linked"]
    other = await world.visitor(identity=world_jwt("user-8"))
    doubted = await made(world, other)
    await scan(world, account.codes[1], "s2")
    assert (await told(world, 2))[1].startswith("We have your scan.")
    assert (await newest(world, "oa", "o1")).contact_id == known.contact_id
    doubtful = await other.hello(token=other.welcome["token"], link=doubted["claim"])
    assert (doubtful["linked"], doubtful["link_doubtful"]) == (False, True)


async def test_a_planted_code_from_before_the_login_links_nobody(world: ChatWorld, visitor: Client, account: Account) -> None:
    await made(world, visitor)
    await identify(world, visitor.welcome["token"])
    await scan(world, account.codes[0])
    assert (await told(world, 1))[0].startswith("This QR code is no longer valid.")


async def test_whoever_had_a_stranger_scan_and_logs_in_then_does_not_get_the_strangers_wechat_account(
    world: ChatWorld, visitor: Client, account: Account
) -> None:
    """Whether it was a stranger nobody can tell but an agent, who is asked."""
    code = await made(world, visitor)
    await scan(world, account.codes[0])
    await visitor.get("bye")
    welcome = await visitor.hello(token=visitor.welcome["token"], last_seq=2, link=code["claim"])
    address, shared = (await web_session(world, visitor)).address, (await newest(world, "oa", "o1")).contact_id
    contact = await world.store.contact(ContactId(str(shared)))
    assert contact is not None
    assert await world.store.commit([Changes(contacts=(filled(contact, {"email": "mallory@example.com"}, address),))]) == [None]
    user = await identify(world, welcome["token"])
    left = await world.store.contact(contact.id)
    assert left is not None
    assert left.email is None
    scanner = await world.store.identity(OPENID)
    known = await world.store.identity(Address(AddressKind.SITE_USER, "site", "user-7"))
    browser = await world.store.identity((await web_session(world, visitor)).address)
    assert scanner is not None
    assert known is not None
    assert browser is not None
    assert browser.contact_id == known.contact_id != scanner.contact_id
    assert {one.address.kind for one in await world.store.identities_of(known.contact_id)} == {AddressKind.SITE_USER, AddressKind.VISITOR}
    assert [(one.address, one.verified_by) for one in await world.store.doubts(known.contact_id, [], 9)] == [(OPENID, Proof.NONE)]
    assert (await web_session(world, visitor)).contact_id == known.contact_id
    assert (await newest(world, "oa", "o1")).contact_id == scanner.contact_id
    await made(world, user)
    await scan(world, account.codes[1], "s2")
    await told(world, 2)
    scanner = await world.store.identity(OPENID)  # a scan of the user's own, after the login, is as good as ever
    assert scanner is not None
    assert scanner.contact_id == known.contact_id


@pytest.mark.parametrize(
    ("fails", "status", "code"), [(Rejected("may not", code="48001"), 409, "link_unavailable"), (TryLater("busy", code="-1"), 503, "busy")]
)
async def test_an_account_that_makes_no_code_is_said_so(
    world: ChatWorld, visitor: Client, account: Account, fails: Exception, status: int, code: str
) -> None:
    account.fails = fails
    assert (await made(world, visitor, status))["code"] == code


async def test_an_address_that_fits_no_code_is_said_so(world: ChatWorld, visitor: Client, account: Account) -> None:
    account.ending = "x" * 5000
    assert (await made(world, visitor, 409))["code"] == "link_unavailable"


async def test_codes_are_asked_for_by_a_visitor_and_not_without_end(world: ChatWorld, visitor: Client) -> None:
    async with world.http.post(f"{world.site}/link") as answer:
        assert answer.status == 401
    for _ in range(20):
        await made(world, visitor)
    assert (await made(world, visitor, 429))["code"] == "too_many"


async def test_a_lost_word_of_the_link_ends_what_the_earlier_token_follows_all_the_same(
    world: ChatWorld, visitor: Client, account: Account
) -> None:
    code = await made(world, visitor)
    world.bus.is_deaf = True
    await scan(world, account.codes[0])
    await told(world, 1)
    assert await visitor.silence() == []
    await world.hub.sweep()
    assert (await visitor.get("bye"))["retry_after_s"] == 1.0
    world.bus.is_deaf = False
    await visitor.hello(token=visitor.welcome["token"], last_seq=2, link=code["claim"])
    await world.hub.sweep()
    assert await visitor.silence() == []


async def test_whoever_writes_on_wechat_is_a_contact_at_once_and_asked_of_the_record_once_an_episode(world: ChatWorld) -> None:
    for number in (1, 2):
        said = Inbound(
            channel=OA, thread=Thread("o1"), key=EventKey(f"oa/m{number}"), sender=OPENID, at=world.deps.clock.now(),
            event=Said((Text("hi"),)),
        )  # fmt: skip
        await world.deps.accept(said)
    await told(world, 4)
    known = await world.store.identity(OPENID)
    assert known is not None
    assert (known.verified_by, known.contact_id) == (Proof.CHANNEL, (await newest(world, "oa", "o1")).contact_id)
    assert await world.store.contact(known.contact_id) is not None
    assert len(await world.store.identities_of(known.contact_id)) == 1


async def test_nobody_is_linked_before_the_form_that_the_site_asks_first(tmp_path: Path, account: Account) -> None:
    async with chat_world(tmp_path, channels={"oa": account}, form=(FormField(name="name", required=True),)) as asking:
        client = await asking.visitor()
        assert (await made(asking, client, 403))["code"] == "form_required"
        await client.send(type="form", cid="f1", kind="prechat", fields={"name": "Lin"})
        await client.get("filled")
        await made(asking, client)


UNIONID = Address(AddressKind.UNIONID, "wechat", "u1")
ELSEWHERE = Address(AddressKind.WECOM_USER, "corp", "wm1")


async def write(world: ChatWorld, who: Address, key: str, *also: Address) -> None:
    said = Inbound(
        channel=OA, thread=Thread(who.value), key=EventKey(f"oa/{key}"), sender=who, at=world.deps.clock.now(),
        event=Said((Text("hi"),)), also=also,
    )  # fmt: skip
    await world.deps.accept(said)
    await told(world, 2, who)


async def test_who_has_one_unionid_on_two_accounts_is_one_customer(world: ChatWorld) -> None:
    await write(world, OPENID, "m1", UNIONID)
    await write(world, ELSEWHERE, "m2", UNIONID)
    known = await world.store.identity(OPENID)
    assert known is not None
    assert {one.address for one in await world.store.identities_of(known.contact_id)} == {OPENID, UNIONID, ELSEWHERE}
    assert (await newest(world, "oa", "wm1")).contact_id == known.contact_id


async def test_a_unionid_that_comes_late_joins_two_contacts_but_never_two_people(world: ChatWorld) -> None:
    await write(world, OPENID, "m1", UNIONID)
    await write(world, ELSEWHERE, "m2")
    session = await newest(world, "oa", "wm1")
    await world.move(session.id, Move.CLOSE)
    said = Inbound(
        channel=OA, thread=session.thread, key=EventKey("oa/m3"), sender=ELSEWHERE, at=world.deps.clock.now(),
        event=Said((Text("again"),)), also=(UNIONID,),
    )  # fmt: skip
    await world.deps.accept(said)
    await told(world, 4, ELSEWHERE)
    assert (await newest(world, "oa", "wm1")).contact_id == (await newest(world, "oa", "o1")).contact_id
    stranger = Address(AddressKind.OPENID, "wx1", "o2")
    await write(world, stranger, "m4")
    await world.move((await newest(world, "oa", "o2")).id, Move.CLOSE)
    said = structs.replace(said, thread=Thread("o2"), key=EventKey("oa/m5"), sender=stranger)
    await world.deps.accept(said)
    await told(world, 4, stranger)
    assert (await newest(world, "oa", "o2")).contact_id != (await newest(world, "oa", "o1")).contact_id


async def test_a_site_without_such_a_channel_offers_none(tmp_path: Path) -> None:
    async with chat_world(tmp_path) as alone:
        client = await alone.visitor()
        assert client.welcome["config"]["link"] is None
        assert (await made(alone, client, 404))["code"] == "not_found"


async def test_a_site_that_wants_none_offers_none(tmp_path: Path, account: Account) -> None:
    async with chat_world(tmp_path, channels={"oa": account}, link="") as quiet:
        assert (await quiet.visitor()).welcome["config"]["link"] is None
    async with chat_world(tmp_path / "2", channels={"oa": account}, link="oa") as named:
        assert (await named.visitor()).welcome["config"]["link"] == "wechat"


def world_jwt(sub: str) -> str:
    """What the site's own server says of its user."""
    return str(jwt.encode({"sub": sub, "aud": "site", "exp": datetime.now(UTC) + timedelta(minutes=30)}, JWT_SECRET, algorithm="HS256"))

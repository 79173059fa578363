"""A customer who scanned a code that was somebody else's says so on WeChat, in the words they were told: nothing is linked any more."""

import asyncio

from gateway.core.changes import Changes
from gateway.core.contact import CUSTOMER, Address, AddressKind, Proof, filled
from gateway.core.events import Inbound, Said
from gateway.core.ids import ContactId, EventKey, Thread
from gateway.core.parts import Text
from tests.integration.chat_world import ChatWorld, Client
from tests.integration.linking.scans import OA, OPENID, Account, made, newest, scan, told, web_session
from tests.integration.test_webchat_rotation import identify

UNDONE = (
    "Unlinked: this WeChat account and the chat on the website of Frontdesk are no longer one customer. You can go on asking right here."
)


async def write(world: ChatWorld, text: str, key: str = "u1") -> None:
    said = Inbound(
        channel=OA, thread=Thread("o1"), key=EventKey(f"oa/{key}"), sender=OPENID, at=world.deps.clock.now(), event=Said((Text(text),))
    )  # fmt: skip
    await world.deps.accept(said)


async def contacts(world: ChatWorld, client: Client) -> tuple[str | None, str | None]:
    """Whose the website's conversation is, and whose the one on WeChat, by what is verified."""
    web = await world.store.identity((await web_session(world, client)).address)
    scanner = await world.store.identity(OPENID)
    return web.contact_id if web else None, scanner.contact_id if scanner else None


async def test_the_words_after_a_scan_say_how_to_undo_it_and_that_reply_does(world: ChatWorld, visitor: Client, account: Account) -> None:
    code = await made(world, visitor)
    await scan(world, account.codes[0])
    assert (await told(world, 1))[0].endswith("If this was not you, reply “unlink”.")
    await visitor.get("bye")
    planted = visitor.welcome["token"]
    welcome = await visitor.hello(token=planted, last_seq=2, link=code["claim"])
    await write(world, "Unlink")
    assert (await told(world, 3))[1:] == ["Unlink", UNDONE]
    assert "Unlink" not in world.brain.asked
    web, scanner = await contacts(world, visitor)
    assert web != scanner
    assert (await web_session(world, visitor)).contact_id == web
    assert (await newest(world, "oa", "o1")).contact_id == scanner
    known = await world.store.identity(OPENID)
    assert known is not None
    assert (known.verified_by, known.linked_by) == (Proof.CHANNEL, CUSTOMER)
    audited = (await world.store.audit()).items
    assert [(event.actor, event.action, event.subject) for event in audited] == [
        ("customer", "identity_unlinked", (await newest(world, "oa", "o1")).id)
    ]
    assert (await visitor.get("bye"))["retry_after_s"] == 1.0
    planter = await world.client()
    await planter.send(type="hello", token=planted)
    assert (await planter.next())["code"] == "token_invalid"
    again = await world.visitor(token=welcome["token"], last_seq=2)
    assert (again.welcome["resumed"], again.welcome["linked"]) == (True, False)
    copy = await world.client()
    await copy.send(type="hello", token=welcome["token"], link=code["claim"])
    assert (await copy.next())["code"] == "token_invalid"


async def test_the_words_are_ordinary_where_nothing_is_linked(world: ChatWorld, visitor: Client, account: Account) -> None:
    await write(world, "解除关联", "u0")
    assert (await told(world, 2))[1] == "echo: 解除关联"
    code = await made(world, visitor)
    await scan(world, account.codes[0])
    await told(world, 3)
    await write(world, "please unlink it", "u1")
    assert (await told(world, 5))[4] == "echo: please unlink it"
    await write(world, "解除關聯", "u2")
    await told(world, 7)
    await write(world, "解除关联", "u3")
    assert (await told(world, 9))[8] == "echo: 解除关联"
    await visitor.get("bye")
    client = await world.visitor(token=visitor.welcome["token"], last_seq=2, link=code["claim"])  # who had asked for the code, late
    await client.say("unlink", "c2")
    assert [message["text"] for message in await client.messages(2)] == ["unlink", "echo: unlink"]


async def test_a_question_to_an_agent_is_settled_by_the_same_words(world: ChatWorld, visitor: Client, account: Account) -> None:
    """Whoever showed the code has logged in since: the link is a question, and whom it is about says no."""
    code = await made(world, visitor)
    await scan(world, account.codes[0])
    await told(world, 1)
    await visitor.get("bye")
    welcome = await visitor.hello(token=visitor.welcome["token"], last_seq=2, link=code["claim"])
    await identify(world, welcome["token"])
    await write(world, "解除关联")
    assert (await told(world, 3))[2].startswith("Unlinked:")
    await write(world, "解除关联", "u2")
    assert (await told(world, 5))[4] == "echo: 解除关联"


async def test_what_the_other_side_had_filled_in_leaves_the_scanners_record_with_it(
    world: ChatWorld, visitor: Client, account: Account
) -> None:
    await write(world, "hi", "m1")
    await told(world, 2)
    await made(world, visitor)
    await scan(world, account.codes[0])
    await told(world, 3)
    browser, mine = (await web_session(world, visitor)).address, (await contacts(world, visitor))[1]
    shared = await world.store.contact(ContactId(str(mine)))
    assert shared is not None
    assert await world.store.commit([Changes(contacts=(filled(shared, {"email": "mallory@example.com"}, browser),))]) == [None]
    await write(world, "解除关联")
    await told(world, 5)
    web, scanner = await contacts(world, visitor)
    assert scanner == mine
    here, there = await world.store.contact(ContactId(str(scanner))), await world.store.contact(ContactId(str(web)))
    assert (here.email if here else "?", there.email if there else "?") == (None, "mallory@example.com")


async def test_a_user_of_the_site_keeps_their_browsers_and_the_scanner_goes(world: ChatWorld, visitor: Client, account: Account) -> None:
    user = await identify(world, visitor.welcome["token"])
    await made(world, user)
    await scan(world, account.codes[0])
    await told(world, 1)
    await write(world, "解除关联")
    await told(world, 3)
    site_user = await world.store.identity(Address(AddressKind.SITE_USER, "site", "user-7"))
    browser, scanner = await contacts(world, visitor)
    assert site_user is not None
    assert (site_user.contact_id, browser == scanner) == (browser, False)


async def test_a_conversation_that_changed_at_that_moment_follows_and_the_bot_is_not_asked(
    world: ChatWorld, visitor: Client, account: Account
) -> None:
    code = await made(world, visitor)
    await scan(world, account.codes[0])
    await told(world, 1)
    await visitor.hello(token=visitor.welcome["token"], last_seq=2, link=code["claim"])
    talking = [visitor.say(f"word {count}", f"r{count}") for count in range(20)]
    await asyncio.gather(*talking[:10], write(world, "解除关联"), *talking[10:])
    assert (await told(world, 3))[2].startswith("Unlinked:")
    async with asyncio.timeout(30):
        while (await web_session(world, visitor)).contact_id != (await contacts(world, visitor))[0]:
            await asyncio.sleep(0.02)
    assert "解除关联" not in world.brain.asked
    assert len(await told(world, 3)) == 3

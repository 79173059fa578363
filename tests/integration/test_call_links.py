"""A caller wants the links of an answer: they go where the caller is proven to read, once, and nowhere else. Over the embedded record."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from adapters.email.composing import compose
from adapters.email.marks import SUPPRESSED
from adapters.email.words import Addressing
from config.schema import WeChat, WeComKf
from gateway.bus import lane_of
from gateway.core.channel import event_key
from gateway.core.contact import Address, AddressKind, Proof, contact_of
from gateway.core.errors import StaleSession
from gateway.core.events import CallStage, Inbound, Played, Said
from gateway.core.ids import Thread, WorkerId
from gateway.core.parts import Pick, Text, Together, plain_text
from gateway.core.session import Linked, State, Way
from gateway.lanes import Lanes
from tests.integration.call_booth import EMAIL, MAIL, OA, OPENID, PHONE, POSTED, WE, Booth, open_booth
from tests.integration.calls_house import HOTLINE, NUMBER, TEXTS
from tests.unit.adapters import written_mail


@pytest.fixture
async def booth(tmp_path: Path) -> AsyncIterator[Booth]:
    """Whoever has called, was told of two pages, and has an Official Account's chat and a mail address that are theirs."""
    async with open_booth(tmp_path) as made:
        await made.writes()
        await made.rings()
        await made.is_linked(OPENID)
        await made.is_linked(EMAIL)
        yield made


# ---- the ways ----------------------------------------------------------------------------------------------------------------------


async def test_the_links_go_into_the_callers_wechat_with_what_they_asked(booth: Booth) -> None:
    assert await booth.ways() == (Way.WECHAT, Way.EMAIL)
    await booth.wants()
    assert await booth.delivers() == ["answer to hello", POSTED]
    assert (await booth.linked(), await booth.mails()) == (Linked(2, Way.WECHAT), [])
    assert (await booth.house.words())[-1] == "(链接已发到客户的微信。)"
    chat = await booth.chat()
    assert chat is not None
    assert (chat.state, chat.episode) == (State.BOT, 1)


async def test_a_chat_that_is_over_gets_them_in_an_episode_of_their_own_that_is_over_at_once(booth: Booth) -> None:
    await booth.ends_chat()
    await booth.wants()
    assert (await booth.delivers())[-1] == POSTED
    chat = await booth.chat()
    assert chat is not None
    assert (chat.state, chat.episode, chat.contact_id) == (State.CLOSED, 2, contact_of(PHONE))
    await booth.writes("thanks")
    chat = await booth.chat()
    assert chat is not None
    assert (chat.state, chat.episode) == (State.BOT, 3)


async def test_the_links_go_by_a_mail_of_their_own_to_the_proven_address_alone(booth: Booth) -> None:
    await booth.is_parted(OPENID)
    assert await booth.linked() is None
    await booth.wants(Way.EMAIL)
    (mail,) = await booth.mails()
    composed = compose(
        (Together(mail.message.parts),), mail, Addressing(), settings=written_mail.SETTINGS, tokens=written_mail.TOKENS,
        texts=TEXTS, company="Example", contents={},
    )  # fmt: skip
    assert (composed.recipients, composed.copies) == (("customer@example.net",), ())
    assert written_mail.read(composed)["Subject"] == "The links from our phone call"
    assert "https://help.example.net/refunds" in written_mail.words(composed)
    assert (await booth.linked(), (await booth.house.words())[-1]) == (Linked(2, Way.EMAIL), "(链接已发到客户的邮箱。)")


async def test_whoever_replies_to_that_mail_gets_a_person_as_it_says(booth: Booth) -> None:
    await booth.wants(Way.EMAIL)
    ((mail,), house) = (await booth.mails(), booth.house)
    reply = Inbound(
        channel=MAIL, thread=mail.thread, key=event_key(MAIL, "reply"), sender=EMAIL, at=house.clock.now(),
        event=Said((Text("the page does not open"),)), proof=Proof.DMARC,
    )  # fmt: skip
    (last,) = await house.store.latest_sessions([(MAIL, mail.thread)])
    made = await house.episodes.handle(last, reply)
    assert await house.store.commit(made) == [None] * len(made)
    (session,) = await house.store.latest_sessions([(MAIL, mail.thread)])
    assert (session.episode, session.state, session.contact_id) == (2, State.QUEUED, contact_of(PHONE))


async def test_an_address_that_mail_has_come_back_from_for_good_is_no_way(booth: Booth) -> None:
    await booth.house.store.mark(MAIL, SUPPRESSED, {"customer@example.net": "5.1.1"}, booth.house.clock.now())
    assert await booth.ways() == (Way.WECHAT,)


@pytest.mark.parametrize("trouble", ["shut", "used up", "kept for agents", "an agent talks there", "others wait there"])
async def test_where_wechat_is_shut_the_next_way_is_taken(booth: Booth, trouble: str) -> None:
    await booth.has(trouble)
    booth.house.clock.advance(16)
    assert await booth.ways() == (Way.EMAIL,)
    await booth.wants()
    assert (await booth.linked(), len(await booth.mails())) == (Linked(2, Way.EMAIL), 1)
    assert POSTED not in await booth.delivers()


async def test_the_links_that_an_agent_writes_go_the_same_way(booth: Booth) -> None:
    house, agent = booth.house, await booth.house.hire()
    await house.says(Pick(id="person", text="A person", keys="0"), person="ivr_zero_out", proof=Proof.CHANNEL)
    await house.later(1, agent)
    session = await house.desk.accept(agent, (await house.session()).id)
    message = await house.desk.reply(agent, session.id, "https://help.example.net/forms")
    assert await booth.ways() == (Way.WECHAT, Way.EMAIL)
    await booth.wants(seq=message.seq)
    assert (await booth.delivers())[-1] == "Here are the links from our phone call:\nhttps://help.example.net/forms"


async def test_wecom_customer_service_is_a_way_as_well(tmp_path: Path) -> None:
    async with open_booth(tmp_path, WeComKf(corp_id="ww1", secret="s", token="t", aes_key="k")) as booth:
        booth.chatter = Address(AddressKind.WECOM_USER, "ww1", "wm1")
        await booth.writes()
        await booth.rings()
        await booth.is_linked(booth.chatter)
        assert await booth.ways() == (Way.WECHAT,)
        await booth.wants()
        assert (await booth.delivers())[-1] == POSTED


@pytest.mark.parametrize("account", [structs.replace(OA, customer_service=False), structs.replace(OA, app_id="wx2")])
async def test_an_account_that_may_not_write_by_itself_or_is_another_one_is_no_way(tmp_path: Path, account: WeChat) -> None:
    async with open_booth(tmp_path, account) as booth:
        await booth.writes()
        await booth.rings()
        await booth.is_linked(OPENID)
        assert await booth.ways() == ()


# ---- never twice -------------------------------------------------------------------------------------------------------------------


async def test_a_wish_read_again_and_one_repeated_send_nothing_more(booth: Booth) -> None:
    await booth.wants()
    assert await booth.house.again() == []
    await booth.wants()
    await booth.wants(Way.EMAIL)
    assert (await booth.linked(), await booth.mails()) == (Linked(2, Way.WECHAT, 3), [])
    assert (await booth.delivers()).count(POSTED) == 1


async def test_what_was_decided_while_the_other_chat_went_on_is_decided_anew_and_whole(booth: Booth) -> None:
    inbound = booth.wish()
    made = await booth.house.episodes.handle(await booth.house.session(), inbound)
    await booth.writes("one more thing")
    assert [type(outcome) for outcome in await booth.house.store.commit(made)] == [StaleSession, StaleSession]
    assert await booth.linked() is None
    made = await booth.house.episodes.handle(await booth.house.session(), inbound)
    assert await booth.house.store.commit(made) == [None, None]
    assert (await booth.delivers()).count(POSTED) == 1


async def test_both_conversations_go_on_through_their_lanes(booth: Booth) -> None:
    house, turns = booth.house, booth.turns()
    worker = asyncio.create_task(Lanes(house.bus, turns.work, worker=WorkerId("one"), lease_s=5).run())
    lanes = [lane_of(name, Thread(thread), house.bus.lane_count) for name, thread in ((HOTLINE, NUMBER), (WE, "o1"))]
    for number in range(3):
        heard = Played(seq=2, heard_ms=number + 1, of_ms=9)
        await house.bus.append(booth.said(f"words {number}", count=50))
        await house.bus.append(structs.replace(booth.wish(), key=event_key(HOTLINE, "wish", str(number))))
        await house.bus.append(structs.replace(booth.wish(), event=heard, key=event_key(HOTLINE, "heard", str(number))))
    async with asyncio.timeout(30):
        while any([await house.bus.depth(lane) for lane in lanes]):
            await asyncio.sleep(0.01)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    assert await booth.linked() == Linked(2, Way.WECHAT, 3)
    said = [plain_text(message.parts) for message in await house.store.thread_messages(WE, Thread("o1"), 0, 100)]
    assert sum("How refunds work" in words for words in said) == 1
    assert [words for words in said if words.startswith("words")] == ["words 0", "words 1", "words 2"]


async def test_one_call_has_few_messages_sent(booth: Booth) -> None:
    for number in range(6):
        await booth.house.says("refund", proof=Proof.CHANNEL)
        await booth.wants(Way.EMAIL, seq=(await booth.house.session()).seq)
        assert (await booth.linked() or Linked(0)).way is (Way.EMAIL if number < 5 else None)
    assert len(await booth.mails()) == 5


# ---- nobody else -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("proof", [Proof.NONE, None])
async def test_a_number_that_nobody_proves_gets_nothing_of_its_owner(tmp_path: Path, proof: Any) -> None:
    async with open_booth(tmp_path) as booth:
        await booth.writes()
        await booth.is_linked(OPENID)
        await booth.is_linked(EMAIL)
        await booth.rings(proof)
        assert await booth.ways() == ()
        await booth.wants(proof=proof)
        await booth.wants(proof=Proof.CHANNEL)
        assert await booth.linked() == Linked(2, None, 2)
        assert (await booth.delivers(), await booth.mails()) == (["answer to hello"], [])


async def test_a_spoofed_call_into_a_proven_conversation_gets_nothing(booth: Booth) -> None:
    await booth.house.call(call="c2", proof=Proof.NONE)
    assert await booth.ways() == ()
    await booth.wants(proof=Proof.NONE)
    assert (await booth.linked(), await booth.mails()) == (Linked(2, None), [])
    assert await booth.delivers() == ["answer to hello"]


async def test_a_network_that_is_not_trusted_any_more_proves_nothing(tmp_path: Path) -> None:
    async with open_booth(tmp_path, trust_caller_id=False) as booth:
        await booth.rings()
        await booth.is_linked(EMAIL)
        assert await booth.ways() == ()
        await booth.wants(Way.EMAIL)
        assert (await booth.linked(), await booth.mails()) == (Linked(2), [])


async def test_what_was_parted_is_no_way_any_more(booth: Booth) -> None:
    await booth.is_parted(OPENID)
    await booth.is_parted(EMAIL)
    await booth.wants()
    assert (await booth.linked(), await booth.mails()) == (Linked(2), [])
    assert await booth.delivers() == ["answer to hello"]
    assert (await booth.house.words())[-1] == "(链接没能通过微信或邮件发出。)"


@pytest.mark.parametrize("proof", [Proof.NONE, Proof.TOKEN, Proof.CHANNEL, Proof.JWT])
async def test_a_mail_address_that_nobody_is_known_to_read_is_no_way(tmp_path: Path, proof: Proof) -> None:
    async with open_booth(tmp_path) as booth:
        await booth.rings()
        await booth.is_linked(EMAIL, proof)
        assert await booth.ways() == ()
        await booth.wants(Way.EMAIL)
        assert (await booth.linked(), await booth.mails()) == (Linked(2), [])


async def test_a_chat_that_is_theirs_only_by_a_browsers_word_is_no_way(tmp_path: Path) -> None:
    async with open_booth(tmp_path) as booth:
        await booth.writes()
        await booth.rings()
        await booth.is_linked(OPENID, Proof.TOKEN)
        assert await booth.ways() == ()


async def test_only_what_the_bot_said_in_this_session_is_sent(booth: Booth) -> None:
    for count, seq in enumerate((1, 3, 99, 0, -5), 1):
        await booth.wants(seq=seq)
        assert await booth.linked() == Linked(seq, None, count)
    assert await booth.delivers() == ["answer to hello"]


async def test_who_has_hung_up_before_their_wish_was_read_starts_nothing_anew(booth: Booth) -> None:
    await booth.house.call(CallStage.ENDED, why="hung_up", proof=Proof.CHANNEL)
    await booth.wants()
    assert (await booth.house.session()).state is State.CLOSED
    assert (await booth.delivers(), await booth.mails()) == (["answer to hello"], [])

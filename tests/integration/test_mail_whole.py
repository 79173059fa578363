"""Mail, the whole road: a customer writes to a real mailbox, and what comes of it lies in their inbox."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.mail_world import CUSTOMER, SUPPORT, MailWorld, words_of
from tests.peers.dovecot import DovecotServer


@pytest.fixture
async def world(tmp_path: Path, dovecot: DovecotServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MailWorld]:
    async with MailWorld(tmp_path, dovecot, monkeypatch) as world:
        yield world


async def test_a_question_is_answered_in_its_thread_and_a_reply_goes_to_a_person(world: MailWorld) -> None:
    await world.start()
    asked = world.write("When does it come?", subject="My parcel")
    (answer,) = await world.gets(1)
    assert answer["Subject"] == "Re: My parcel"
    assert answer["In-Reply-To"] == asked
    assert asked in answer["References"]
    assert answer["Auto-Submitted"] == "auto-replied"
    assert words_of(answer).startswith("Answer: When does it come?")
    world.write("It has not come.", subject="Re: My parcel", answers=answer)
    await world.until(lambda: world.sessions()[0]["state"] == "queued", "a person being asked for")
    assert len(world.sessions()) == 1
    assert [message["parts"][1]["text"] for message in world.messages("customer")] == [
        "My parcel\n\nWhen does it come?", "It has not come.",
    ]  # fmt: skip


async def test_programs_are_answered_by_nobody_and_a_bounce_ends_what_is_sent_there(world: MailWorld) -> None:
    await world.start()
    world.write("When does it come?")
    (answer,) = await world.gets(1)
    world.write("I am away until Monday.", subject="Automatic reply: Re: Question", answers=answer, Auto_Submitted="auto-replied")
    await world.until(lambda: len(world.messages("customer")) == 2, "the absence being recorded")
    world.bounce(answer)
    await world.until(lambda: [one["status"] for one in world.messages("bot")] == ["failed"], "the bounce being told")
    assert "5.1.1" in world.messages("bot")[0]["detail"]
    world.write("And this?", subject="Another", proof="none")
    await world.until(
        lambda: world.messages("bot")[1:] and world.messages("bot")[-1]["status"] == "failed", "nothing more being sent there"
    )
    assert len(world.smtp.mails) == 1
    assert [session["state"] for session in world.sessions()].count("bot") == 2


async def test_two_gateways_stop_answering_each_other_within_one_round(
    tmp_path: Path, dovecot: DovecotServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    help_desk = "help@example.org"
    async with MailWorld(tmp_path, dovecot, monkeypatch, addresses=(SUPPORT, help_desk)) as world:
        await world.start()
        world.write("When does it come?", sender=help_desk)
        await world.until(lambda: len(world.messages("customer")) == 2, "the answer being recorded there")
        await asyncio.sleep(0.3)  # long enough for a next round to begin
        assert len(world.smtp.mails) == 1
        assert len(world.messages("bot")) == 1


async def test_a_stranger_on_a_thread_gets_a_session_of_their_own_and_the_agent_reads_of_it(world: MailWorld) -> None:
    await world.start()
    world.write("Give me a person please.")
    await world.until(lambda: world.sessions() and world.sessions()[0]["state"] == "queued", "a person being asked for")
    (notice,) = await world.gets(1)
    world.write("What is this about?", sender="other@example.org", answers=notice)
    (theirs,) = await world.gets(1, "other@example.org")
    main, beside = world.sessions()
    assert beside["beside"] == main["thread"]
    assert "Give me a person" not in theirs.as_string()
    remarks = [one["parts"][0]["text"] for one in world.messages("system") if one.get("why", {}).get("is_remark")]
    assert [text for text in remarks if "other@example.org" in text]
    assert len(world.inbox(CUSTOMER)) == 1


async def test_a_mailbox_that_is_made_anew_repeats_nothing(world: MailWorld) -> None:
    await world.start()
    for number in range(3):
        world.write(f"Question {number}")
    await world.gets(3)
    await world.advance(3 * 86_400)  # longer than the bus knows keys: the record knows them for ever
    world.dovecot.change_uidvalidity(SUPPORT)
    world.write("One more")
    await world.gets(4)
    assert len(world.messages("customer")) == 4
    assert len(world.smtp.mails) == 4


@pytest.mark.parametrize("is_done_first", [False, True], ids=["before", "behind"])
async def test_killed_at_any_step_it_loses_no_mail_and_answers_none_twice(world: MailWorld, *, is_done_first: bool) -> None:
    await world.start()
    asked = []
    for steps in (1, 2, 3, 5, 8, 13, 21):
        asked.append(world.write(f"Question {steps}"))
        await world.restart(within_steps=steps, is_done_first=is_done_first)
    await world.advance(600)  # what a process had in its hands when it died is let go of
    await world.until(lambda: len({one["Message-ID"] for one in world.inbox()}) == len(asked), "an answer to each")
    await world.until(lambda: {one["status"] for one in world.messages("bot")} == {"sent"}, "all being known as sent")
    assert len(world.messages("customer")) == len(world.messages("bot")) == len(asked)
    assert sorted({one["In-Reply-To"] for one in world.inbox()}) == sorted(asked)


async def drained(world: MailWorld, count: int, *, kicks_every_s: float) -> None:
    """A backlog, read while its connections are cut again and again."""

    head = "Authentication-Results: mx.example.com; dmarc=pass\r\nFrom: {0}@example.net\r\nTo: support@example.com\r\nSubject: {0}\r\n"
    mail = head + "Message-ID: <b{0}@example.net>\r\n\r\nQuestion {0}\r\n"
    world.dovecot.put(SUPPORT, (mail.format(number).encode() for number in range(count)))
    await world.start()

    def is_done() -> bool:
        return int(world.rows("SELECT COUNT(*) FROM session")[0][0]) >= count

    async def kick() -> None:
        while True:
            await asyncio.sleep(kicks_every_s)
            await asyncio.to_thread(world.dovecot.kick, SUPPORT)

    kicking = asyncio.create_task(kick())
    try:
        await world.until(is_done, f"{count} mails being taken", patience_s=60 + count / 20)
    finally:
        kicking.cancel()
    texts = [message["parts"][1]["text"] for message in world.messages("customer")]
    assert sorted(texts) == sorted(f"{number}\n\nQuestion {number}" for number in range(count))


async def test_a_backlog_is_drained_while_its_connections_are_cut(world: MailWorld) -> None:
    await drained(world, 300, kicks_every_s=0.15)


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_a_long_backlog_is_drained_while_its_connections_are_cut(world: MailWorld) -> None:
    await drained(world, 5_000, kicks_every_s=0.5)

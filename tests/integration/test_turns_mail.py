"""Mails as turns: who is believed, what nobody answers, what a reply means, and what is promised."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs

from gateway.core.contact import Address, AddressKind, Proof
from gateway.core.decision import Road
from gateway.core.errors import NotFound
from gateway.core.handoff import Agent, AgentStatus, Handoff, Stage
from gateway.core.ids import Thread
from gateway.core.message import Author, Choices, Ended, Found, Letter, LookedUp, Quiet, Text, plain_text
from gateway.core.session import CloseReason, Session, State
from handoff.belonging import belonging
from tests.fakes import FrozenClock
from tests.integration.mail_floor import CUSTOMER, MAIL, MAILBOX, SETTINGS, MailFloor, open_mail_floor

MONDAY = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
HOUR = 3600.0


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(MONDAY)


@pytest.fixture
async def floor(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[MailFloor]:
    async with open_mail_floor(tmp_path, clock) as opened:
        yield opened


# ---- programs -------------------------------------------------------------------------------------------------------------------


async def test_a_programs_mail_out_of_nowhere_is_on_record_and_over_at_once(floor: MailFloor) -> None:
    session = await floor.mail("I am away until Monday.", quiet=Quiet.AUTOMATIC, automatic="auto_submitted")
    assert (session.state, session.close_reason, session.contact_id) == (State.CLOSED, CloseReason.SPAM, None)
    assert floor.brain.asked == []
    (message,) = await floor.transcript()
    assert message.why == {"automatic": "auto_submitted"}
    assert (await floor.sent(), await floor.floor.store.open_handoffs()) == ([], [])
    assert await floor.floor.store.identity(CUSTOMER) is None


@pytest.mark.parametrize("state", [State.BOT, State.QUEUED, State.ACTIVE, State.WAITING_CUSTOMER])
async def test_a_programs_mail_changes_nothing_in_a_session(floor: MailFloor, clock: FrozenClock, state: State) -> None:
    before = await _brought_to(floor, state)
    unread = (await floor.floor.desk.tails([before]))[before.id].unread
    clock.advance(600)
    after = await floor.mail("away", quiet=Quiet.AUTOMATIC, automatic="precedence")
    assert after == structs.replace(before, seq=before.seq + 1, version=before.version + 1)
    assert (await floor.floor.desk.tails([after]))[after.id].unread == unread


async def test_after_a_programs_mail_a_person_is_still_known_to_reply(floor: MailFloor) -> None:
    session = await _brought_to(floor, State.WAITING_CUSTOMER)
    await floor.floor.desk.close(await _amy(floor), session.id, "resolved")
    await floor.mail("away", quiet=Quiet.AUTOMATIC)
    session = await floor.mail("It broke again")
    assert (session.episode, session.state) == (3, State.QUEUED)
    assert (await _entry(floor)).packet.trigger == "replied to a person's mail"
    assert (await _entry(floor)).wanted_agent == "amy"


async def test_who_may_be_a_program_gets_people_and_not_a_word_from_us(floor: MailFloor, clock: FrozenClock) -> None:
    session = await floor.mail("fees", quiet=Quiet.LIMITED)
    entry = await _entry(floor)
    assert (session.state, entry.packet.reason, entry.packet.suggested) == (State.QUEUED, "loop_detected", ("Answer to fees.",))
    clock.advance(5 * HOUR)
    await floor.floor.engine.round()
    assert await floor.words() == ["customer: fees"], "no notice, not even that it takes longer"
    amy = await floor.floor.hire("amy")
    await floor.floor.engine.round()
    await floor.floor.desk.accept(amy, session.id)
    await floor.floor.desk.reply(amy, session.id, "Hello")
    assert [row.message.author for row in await floor.sent()] == [Author.AGENT]
    assert not (await floor.session()).is_muted


# ---- what is asked back ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("reply", "state"), [("2", State.BOT), ("neither of them", State.QUEUED)])
async def test_choices_by_mail_say_what_a_reply_is_taken_for_and_that_is_so(floor: MailFloor, reply: str, state: State) -> None:
    await floor.mail("either")
    (asked,) = (await floor.sent())[-1].message.parts
    assert isinstance(asked, Choices)
    assert (len(asked.options), asked.hint[:42]) == (2, "Reply with a number, for example 1, to get")
    assert (await floor.mail(reply)).state is state


async def test_likely_answers_are_words_under_which_a_reply_means_a_person(floor: MailFloor) -> None:
    await floor.mail("likely")
    assert (await floor.sent())[-1].message.parts == (Text("Maybe: **A** is so.", markdown=True),)
    assert (await floor.mail("fees")).state is State.QUEUED
    assert (await _entry(floor)).packet.suggested == ("Answer to fees.",)


async def test_who_only_greets_is_asked_what_it_is_about_and_then_answered(floor: MailFloor) -> None:
    await floor.mail("Hello")
    assert (await floor.sent())[-1].message.parts == (Choices("What is it about?", ()),)
    assert (await floor.mail("fees")).state is State.BOT


async def test_the_bot_is_told_a_mails_subject_apart_from_its_words(floor: MailFloor) -> None:
    await floor.mail("About it\n\nfees please")
    assert floor.brain.asked == ["fees please"]


# ---- who is believed ------------------------------------------------------------------------------------------------------------


async def test_a_proven_sender_is_a_contact_and_an_unproven_one_is_nobody(floor: MailFloor) -> None:
    proven, doubtful = await floor.mail("fees"), await floor.mail("fees", "t2", proof=Proof.NONE)
    link = await floor.floor.store.identity(CUSTOMER)
    assert link is not None
    assert (link.verified_by, link.contact_id) == (Proof.DMARC, proven.contact_id)
    contact = await floor.floor.store.contact(link.contact_id)
    assert contact is not None
    assert contact.email == "customer@example.net"
    assert (doubtful.is_doubtful, doubtful.contact_id) == (True, None)
    theirs = await belonging(floor.floor.store, doubtful)
    assert (theirs.contact_id, theirs.identities, theirs.addresses(doubtful)) == (None, (), [])


async def test_an_unproven_sender_gets_plain_answers_and_a_person_for_the_rest(floor: MailFloor) -> None:
    await floor.mail("fees", proof=Proof.NONE)
    assert (await floor.words())[-1] == "bot: Answer to fees."
    for thread, asked in (("t2", "order"), ("t3", "which")):
        session = await floor.mail(asked, thread, proof=Proof.NONE)
        entry = await _entry(floor, thread)
        assert (session.state, session.looking) == (State.QUEUED, None)
        assert (entry.packet.reason, entry.packet.trigger, entry.packet.is_doubtful) == ("business_rule", "unproven sender", True)
        assert entry.packet.customer.get("contact_id") is None


async def test_a_look_up_for_a_proven_sender_begins(floor: MailFloor) -> None:
    session = await floor.mail("order")
    assert session.looking is not None
    assert session.looking.decision.lookup is not None
    assert session.looking.decision.lookup.road is Road.ACTION


async def test_what_was_looked_up_is_not_told_once_somebody_unproven_has_written(floor: MailFloor) -> None:
    session = await floor.mail("order")
    assert session.looking is not None
    doubtful = await floor.mail("and?", proof=Proof.NONE)
    assert doubtful.is_doubtful
    await floor.tells(LookedUp(session=session.id, id=session.looking.id, found=Found.ANSWER, text="Order 7 lies in Berlin."))
    assert (await floor.session()).state is State.QUEUED
    assert not any("Berlin" in words for words in await floor.words())


async def test_a_forged_mail_does_not_turn_our_answers_away(floor: MailFloor) -> None:
    await floor.mail("fees")
    doubtful = await floor.mail("person", proof=Proof.NONE)
    assert (doubtful.is_doubtful, doubtful.addressing) == (True, "to 1")
    assert [message.why for message in await floor.transcript() if message.author is Author.CUSTOMER] == [{}, {"doubtful": True}]
    again = await floor.mail("it is me", proof=Proof.DMARC)
    assert (again.is_doubtful, again.addressing) == (False, "to 3")


async def test_who_proves_themself_later_is_known_from_then_on(floor: MailFloor) -> None:
    assert (await floor.mail("fees", proof=Proof.NONE)).contact_id is None
    assert (await floor.mail("more", proof=Proof.DMARC)).contact_id is not None


async def test_a_mail_that_nobody_vouches_for_is_nobodys_also_in_a_known_customers_thread(floor: MailFloor) -> None:
    known = await floor.mail("fees")
    await floor.tells(Ended())
    for proof in (Proof.NONE, None):
        doubtful = await floor.mail("fees", proof=proof)
        assert (doubtful.episode, doubtful.contact_id, doubtful.is_doubtful) == (known.episode + 1, None, True)
        assert (await belonging(floor.floor.store, doubtful)).contact_id is None
        await floor.tells(Ended())
        known = doubtful
    assert (await floor.mail("fees", "t8", proof=None)).contact_id is None


async def test_who_has_a_forged_mail_in_hand_reads_nothing_of_the_addresss_owner(floor: MailFloor) -> None:
    desk, before = floor.floor.desk, await floor.mail("fees")
    await floor.tells(Ended())
    amy = await _amy(floor)
    for thread, proof, knows in (("t8", Proof.NONE, False), ("t9", Proof.DMARC, True)):
        forged = await floor.mail("person", thread, proof=proof)
        await desk.accept(amy, forged.id)
        if knows:
            assert (await desk.seen(amy, before.id)).id == before.id
        else:
            with pytest.raises(NotFound):
                await desk.seen(amy, before.id)
        assert bool((await _entry(floor, thread)).packet.customer.get("contact_id")) is knows


async def test_a_stranger_on_a_thread_is_marked_for_people(floor: MailFloor) -> None:
    stranger = Address(AddressKind.EMAIL, "", "stranger@example.org")
    session = await floor.mail("person", "t9", proof=Proof.NONE, sender=stranger, beside=Thread("t1"))
    assert (session.beside, (await _entry(floor, "t9")).packet.beside) == ("t1", "t1")


async def test_answers_go_out_as_the_newest_mail_wants_them_also_in_the_next_episode(floor: MailFloor) -> None:
    await floor.mail("fees")
    assert [row.addressing for row in await floor.sent()] == ["to 1"]
    session = await _brought_to(floor, State.WAITING_CUSTOMER, "t2")
    await floor.floor.desk.close(await _amy(floor), session.id, "resolved")
    next_one = await floor.mail("more", "t2", addressing="")
    assert (next_one.episode, next_one.addressing) == (2, session.addressing)


# ---- what a reply means ---------------------------------------------------------------------------------------------------------


async def test_a_reply_to_the_bots_mail_goes_to_a_person_with_what_the_bot_would_say(floor: MailFloor) -> None:
    await floor.mail("fees")
    session = await floor.mail("limits")
    packet = (await _entry(floor)).packet
    assert (session.state, packet.reason, packet.trigger) == (State.QUEUED, "explicit_request", "replied to the bot's mail")
    assert packet.suggested == ("Answer to limits.",)
    assert [row.message.author for row in await floor.sent()] == [Author.BOT, Author.SYSTEM], "one mail a turn"


async def test_where_replies_are_the_bots_it_goes_on_answering(tmp_path: Path, clock: FrozenClock) -> None:
    settings = structs.replace(SETTINGS, channels={MAIL: structs.replace(MAILBOX, reply_means_person=False)})
    async with open_mail_floor(tmp_path, clock, settings) as floor:
        await floor.mail("fees")
        assert (await floor.mail("limits")).state is State.BOT


async def test_thanks_are_on_record_and_get_no_mail(floor: MailFloor) -> None:
    await floor.mail("fees")
    session = await floor.mail("Thanks a lot!")
    assert (session.state, len(await floor.sent())) == (State.BOT, 1)
    assert (await floor.mail("Thanks, but it does not work")).state is State.QUEUED


async def test_thanks_after_the_end_wake_nobody(floor: MailFloor) -> None:
    session = await _brought_to(floor, State.WAITING_CUSTOMER)
    await floor.floor.desk.close(await _amy(floor), session.id, "resolved")
    count = len(await floor.sent())
    thanked = await floor.mail("Thanks!")
    assert (thanked.episode, thanked.state, thanked.close_reason) == (2, State.CLOSED, CloseReason.RESOLVED)
    assert len(await floor.sent()) == count


async def test_a_mail_of_pictures_goes_to_people(floor: MailFloor) -> None:
    assert (await floor.mail("")).state is State.QUEUED
    assert (await _entry(floor)).packet.trigger == "no words"


async def test_a_mail_of_which_only_a_part_could_be_read_goes_to_people_with_what_the_bot_makes_of_that(floor: MailFloor) -> None:
    for number, words in enumerate(("fees", "order", "Thanks")):
        thread = f"t{number}"
        session = await floor.mail(words, thread, trouble="too_large")
        assert (session.state, session.looking) == (State.QUEUED, None)
        assert (await _entry(floor, thread)).packet.trigger == "not read whole"
    assert not [words for words in await floor.words("t0") if words.startswith("bot:")]
    assert (await _entry(floor, "t0")).packet.suggested == ("Answer to fees.",)


# ---- what is promised -----------------------------------------------------------------------------------------------------------


async def test_a_mail_waits_over_night_for_whoever_is_there_in_the_morning(floor: MailFloor, clock: FrozenClock) -> None:
    clock.advance(9 * HOUR)  # seven in the evening
    session = await floor.mail("person")
    assert "is back on Tuesday, November 3, 09:00 (UTC time)" in (await floor.words())[-1]
    clock.advance(14 * HOUR)
    amy = await floor.floor.hire("amy")
    await floor.floor.engine.round()
    assert ((await floor.session()).state, (await _entry(floor)).agent_id) == (State.OFFERED, "amy")
    await floor.floor.desk.accept(amy, session.id)
    assert len(await floor.sent()) == 1, "nobody gets a mail to say that somebody has joined"


async def test_who_writes_back_at_night_is_told_once_when_people_are_back_and_thanks_are_not(floor: MailFloor, clock: FrozenClock) -> None:
    await _brought_to(floor, State.WAITING_CUSTOMER)
    clock.advance(9 * HOUR)
    before = len(await floor.sent())
    thanked = await floor.mail("Thanks!")
    assert (thanked.due_at, len(await floor.sent())) == (None, before)
    await floor.mail("and the bill?")
    await floor.mail("hello?")
    assert len(await floor.sent()) == before + 1
    assert "is back on Tuesday, November 3, 09:00" in plain_text((await floor.sent())[-1].message.parts)


async def test_the_clock_runs_until_an_agent_answers_and_again_from_the_next_mail(floor: MailFloor, clock: FrozenClock) -> None:
    session = await _brought_to(floor, State.ACTIVE)
    assert session.due_at == MONDAY + timedelta(hours=4)
    await floor.floor.desk.reply(await _amy(floor), session.id, "Hello")
    assert (await floor.session()).due_at is None
    clock.advance(2 * HOUR)
    await floor.mail("and then?")
    clock.advance(HOUR)
    session = await floor.mail("hello?")
    assert session.due_at == MONDAY + timedelta(hours=6), "the oldest mail that nobody has answered counts"
    assert (await floor.traces()).count("promised") == 2


async def test_a_missed_promise_is_told_once_and_counted_once(floor: MailFloor, clock: FrozenClock) -> None:
    await floor.mail("person")
    for seconds in (3.9 * HOUR, 0.05 * HOUR, 0.06 * HOUR, HOUR):
        clock.advance(seconds)
        await floor.floor.engine.round()
    await floor.floor.another_engine("two").round()
    session = await floor.session()
    assert session.is_late
    assert [words.split(":")[0] for words in await floor.words()] == ["customer", "system", "system"]
    assert "takes longer than we told you" in (await floor.words())[-1]
    assert (await floor.traces()).count("promise_missed") == 1
    assert 'frontdesk_sla_missed_total{channel="support"} 1.0' in floor.floor.metrics.exposition().decode()
    assert session.state is State.QUEUED, "a mail is never given up"


async def test_a_promise_is_missed_in_an_agents_hands_too(floor: MailFloor, clock: FrozenClock) -> None:
    await _brought_to(floor, State.ACTIVE)
    amy = await _amy(floor)
    for _ in range(3):
        await floor.floor.later(2.1 * HOUR, amy)
    assert (await floor.traces()).count("promise_missed") == 1
    await floor.floor.desk.reply(amy, (await floor.session()).id, "Sorry")
    assert not (await floor.session()).is_late


async def test_an_answer_that_is_a_second_late_is_late_also_where_nobody_has_looked(floor: MailFloor, clock: FrozenClock) -> None:
    session = await _brought_to(floor, State.ACTIVE)
    clock.advance(4 * HOUR + 1)
    await floor.floor.desk.reply(await _amy(floor), session.id, "Sorry")
    await floor.floor.engine.round()
    assert (await floor.traces()).count("promise_missed") == 1


async def test_an_answered_mail_leaves_the_agents_hands_free_until_the_customer_writes(floor: MailFloor) -> None:
    session = await _brought_to(floor, State.WAITING_CUSTOMER)
    store = floor.floor.store
    assert sum((await store.held_units()).values()) == 0
    await floor.mail("and then?")
    assert await store.held_units() == {"amy": 1}
    await floor.floor.desk.close(await _amy(floor), session.id, "resolved")
    assert sum((await store.held_units()).values()) == 0


async def test_an_agent_who_goes_home_keeps_the_mails_that_wait_for_customers(floor: MailFloor, clock: FrozenClock) -> None:
    await _brought_to(floor, State.WAITING_CUSTOMER)
    await floor.floor.engine.round()
    clock.advance(HOUR)
    await floor.floor.engine.round()
    assert (await floor.session()).state is State.WAITING_CUSTOMER
    await floor.mail("and then?")
    await floor.floor.engine.round()
    entry = await _entry(floor)
    assert ((await floor.session()).state, entry.wanted_agent, entry.stage) == (State.QUEUED, "amy", Stage.QUEUED)
    assert len(await floor.sent()) == 2, "the customer is not told whose computer is off"


async def test_a_closed_mail_says_nothing_more(floor: MailFloor) -> None:
    session = await _brought_to(floor, State.WAITING_CUSTOMER)
    count = len(await floor.sent())
    await floor.floor.desk.close(await _amy(floor), session.id, "resolved")
    assert (len(await floor.sent()), (await floor.session()).due_at) == (count, None)


async def test_a_case_of_a_chat_is_answered_by_mail_and_whoever_writes_back_is_nobody_yet(floor: MailFloor) -> None:
    desk, asked = floor.floor.desk, await floor.floor.ask_for_a_person("v1")
    await floor.floor.say("v1", "my address is Customer@Example.net")
    case = await floor.floor.store.case_of_session(asked.id)
    assert case is not None
    amy = await _amy(floor)
    session, said = await desk.answer_case(amy, case.id, "It is on its way.", "c1")
    assert (session.channel, session.address, session.agent_id, session.is_doubtful) == (MAIL, CUSTOMER, "amy", True)
    (row,) = await floor.sent(session.thread)
    assert (row.to, row.addressing, plain_text(row.message.parts)) == (CUSTOMER, "", "It is on its way.")
    assert row.message.parts[0] == Letter(subject=f"Your question (case {case.number})")
    assert (await desk.answer_case(amy, case.id, "It is on its way.", "c1"))[1] == said
    assert sum((await floor.floor.store.held_units()).values()) == 0
    proven = await floor.mail("Thanks, and the bill?", session.thread)
    assert (proven.id, proven.state, proven.is_doubtful) == (session.id, State.ACTIVE, False)
    assert proven.contact_id != (await floor.floor.session("v1")).contact_id


# ---- details --------------------------------------------------------------------------------------------------------------------


async def _brought_to(floor: MailFloor, state: State, thread: str = "t1") -> Session:
    if state is State.BOT:
        return await floor.mail("fees", thread)
    session = await floor.mail("person", thread)
    if state is State.QUEUED:
        return session
    amy = await _amy(floor)
    await floor.floor.desk.accept(amy, session.id)
    if state is State.WAITING_CUSTOMER:
        await floor.floor.desk.reply(amy, session.id, "Hello")
    return await floor.session(thread)


async def _amy(floor: MailFloor) -> Agent:
    known = await floor.floor.store.agent_by_name("amy")
    return known or await floor.floor.hire("amy", capacity_units=4, status=AgentStatus.AVAILABLE)


async def _entry(floor: MailFloor, thread: str = "t1") -> Handoff:
    handoff_id = (await floor.session(thread)).handoff_id
    assert handoff_id is not None
    found = await floor.floor.store.handoff(handoff_id)
    assert found is not None
    return found

"""Mails as turns: who is believed, what nobody answers, what is asked back, and what a reply means."""

from pathlib import Path

import pytest
from msgspec import structs

from gateway.core.contact import Address, AddressKind, Proof
from gateway.core.decision import Road
from gateway.core.errors import NotFound
from gateway.core.events import Ended, Found, LookedUp, Quiet
from gateway.core.ids import Thread
from gateway.core.message import Author
from gateway.core.parts import Choices, Text
from gateway.core.session import CloseReason, State
from handoff.belonging import belonging
from tests.fakes import FrozenClock
from tests.integration.mail_floor import CUSTOMER, MAIL, MAILBOX, SETTINGS, MailFloor, open_mail_floor
from tests.integration.mail_turns.beginnings import HOUR, amy_of, brought_to, entry_of

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
    before = await brought_to(floor, state)
    unread = (await floor.floor.desk.tails([before]))[before.id].unread
    clock.advance(600)
    after = await floor.mail("away", quiet=Quiet.AUTOMATIC, automatic="precedence")
    assert after == structs.replace(before, seq=before.seq + 1, version=before.version + 1)
    assert (await floor.floor.desk.tails([after]))[after.id].unread == unread


async def test_after_a_programs_mail_a_person_is_still_known_to_reply(floor: MailFloor) -> None:
    session = await brought_to(floor, State.WAITING_CUSTOMER)
    await floor.floor.desk.close(await amy_of(floor), session.id, "resolved")
    await floor.mail("away", quiet=Quiet.AUTOMATIC)
    session = await floor.mail("It broke again")
    assert (session.episode, session.state) == (3, State.QUEUED)
    assert (await entry_of(floor)).packet.trigger == "replied to a person's mail"
    assert (await entry_of(floor)).wanted_agent == "amy"


async def test_who_may_be_a_program_gets_people_and_not_a_word_from_us(floor: MailFloor, clock: FrozenClock) -> None:
    session = await floor.mail("fees", quiet=Quiet.LIMITED)
    entry = await entry_of(floor)
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
    assert (await entry_of(floor)).packet.suggested == ("Answer to fees.",)


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
        entry = await entry_of(floor, thread)
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
    amy = await amy_of(floor)
    for thread, proof, knows in (("t8", Proof.NONE, False), ("t9", Proof.DMARC, True)):
        forged = await floor.mail("person", thread, proof=proof)
        await desk.accept(amy, forged.id)
        if knows:
            assert (await desk.seen(amy, before.id)).id == before.id
        else:
            with pytest.raises(NotFound):
                await desk.seen(amy, before.id)
        assert bool((await entry_of(floor, thread)).packet.customer.get("contact_id")) is knows


async def test_a_stranger_on_a_thread_is_marked_for_people(floor: MailFloor) -> None:
    stranger = Address(AddressKind.EMAIL, "", "stranger@example.org")
    session = await floor.mail("person", "t9", proof=Proof.NONE, sender=stranger, beside=Thread("t1"))
    assert (session.beside, (await entry_of(floor, "t9")).packet.beside) == ("t1", "t1")


async def test_answers_go_out_as_the_newest_mail_wants_them_also_in_the_next_episode(floor: MailFloor) -> None:
    await floor.mail("fees")
    assert [row.addressing for row in await floor.sent()] == ["to 1"]
    session = await brought_to(floor, State.WAITING_CUSTOMER, "t2")
    await floor.floor.desk.close(await amy_of(floor), session.id, "resolved")
    next_one = await floor.mail("more", "t2", addressing="")
    assert (next_one.episode, next_one.addressing) == (2, session.addressing)


# ---- what a reply means ---------------------------------------------------------------------------------------------------------


async def test_a_reply_to_the_bots_mail_goes_to_a_person_with_what_the_bot_would_say(floor: MailFloor) -> None:
    await floor.mail("fees")
    session = await floor.mail("limits")
    packet = (await entry_of(floor)).packet
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
    session = await brought_to(floor, State.WAITING_CUSTOMER)
    await floor.floor.desk.close(await amy_of(floor), session.id, "resolved")
    count = len(await floor.sent())
    thanked = await floor.mail("Thanks!")
    assert (thanked.episode, thanked.state, thanked.close_reason) == (2, State.CLOSED, CloseReason.RESOLVED)
    assert len(await floor.sent()) == count


async def test_a_mail_of_pictures_goes_to_people(floor: MailFloor) -> None:
    assert (await floor.mail("")).state is State.QUEUED
    assert (await entry_of(floor)).packet.trigger == "no words"


async def test_a_mail_of_which_only_a_part_could_be_read_goes_to_people_with_what_the_bot_makes_of_that(floor: MailFloor) -> None:
    for number, words in enumerate(("fees", "order", "Thanks")):
        thread = f"t{number}"
        session = await floor.mail(words, thread, trouble="too_large")
        assert (session.state, session.looking) == (State.QUEUED, None)
        assert (await entry_of(floor, thread)).packet.trigger == "not read whole"
    assert not [words for words in await floor.words("t0") if words.startswith("bot:")]
    assert (await entry_of(floor, "t0")).packet.suggested == ("Answer to fees.",)

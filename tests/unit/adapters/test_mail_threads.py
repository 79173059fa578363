"""Mails find their thread, and nobody gets into another one's."""

from collections.abc import Sequence

import pytest

from adapters.email.tokens import Tokens
from gateway.core.contact import Proof
from gateway.core.events import Inbound, Remarked, Said
from gateway.core.ids import Thread
from gateway.core.parts import Letter
from tests.unit.adapters.mail_means import NAME, SECRET, SUPPORT, Mailroom, mail, settings_of

TOKENS = Tokens(SECRET, NAME, SUPPORT)
OTHER = "Other <other@example.org>"


def threads(events: Sequence[Inbound]) -> list[Thread]:
    return [event.thread for event in events if isinstance(event.event, Said)]


async def begun(room: Mailroom, **given: str) -> Thread:
    """A thread that a customer has begun."""
    return threads(await room.take(mail(**given)))[0]


async def replied(room: Mailroom, **given: str) -> Inbound:
    """A further mail."""
    return (await room.take(mail(**{"mid": "two@example.net", "subject": "Another matter", **given})))[0]


async def test_each_first_mail_begins_a_thread_of_its_own() -> None:
    room = Mailroom()
    first, second = threads(await room.take(mail(), mail(mid="two@example.net")))
    assert first != second


async def test_a_reply_finds_its_thread_by_our_message_id_also_with_another_subject_and_a_year_later() -> None:
    room = Mailroom()
    thread = await begun(room)
    room.later(days=370)
    event = await replied(room, In_Reply_To=TOKENS.message_id("OUT1", thread))
    assert (event.thread, event.beside) == (thread, None)


async def test_a_reply_finds_its_thread_by_the_anchor_by_a_plus_address_and_by_a_tag() -> None:
    room = Mailroom()
    thread = await begun(room)
    clues: list[dict[str, str]] = [
        {"References": f"<a@relay.example> {TOKENS.anchor(thread)}"}, {"to": TOKENS.plus(thread)}, {"Delivered_To": TOKENS.plus(thread)},
        {"subject": f"Re: parcel {TOKENS.tag(thread)}"},
    ]  # fmt: skip
    for number, clue in enumerate(clues):
        assert (await replied(room, mid=f"reply{number}@example.net", **clue)).thread == thread, clue


async def test_a_further_mail_finds_its_thread_by_what_the_customer_wrote_before() -> None:
    room = Mailroom()
    first, second, third = threads(
        await room.take(
            mail(), mail(mid="two@example.net", In_Reply_To="<one@example.net>"),
            mail(mid="three@example.net", References="<one@example.net> <two@example.net>"),
        )
    )  # fmt: skip
    assert first == second == third


async def test_two_replies_to_a_mail_that_we_never_got_are_one_thread_but_not_two_customers() -> None:
    room = Mailroom()
    one, two, other = threads(
        await room.take(
            mail(mid="a@example.net", In_Reply_To="<newsletter@shop.example>"),
            mail(mid="b@example.net", In_Reply_To="<newsletter@shop.example>"),
            mail(mid="c@example.org", sender=OTHER, In_Reply_To="<newsletter@shop.example>"),
        )
    )  # fmt: skip
    assert one == two != other


async def test_a_stranger_gets_a_thread_beside_and_stays_in_it() -> None:
    room = Mailroom()
    thread = await begun(room)
    ours = TOKENS.message_id("OUT1", thread)
    said, remarked = await room.take(mail(mid="x@example.org", sender=OTHER, In_Reply_To=ours))
    assert said.thread != thread
    assert said.beside == thread
    assert remarked.event == Remarked(what="mail_stranger", who="other@example.org")
    assert (remarked.thread, remarked.sender.value) == (thread, "customer@example.net")
    again = await room.take(mail(mid="y@example.org", sender=OTHER, In_Reply_To=ours))
    to_us = await room.take(mail(mid="z@example.org", sender=OTHER, In_Reply_To=TOKENS.message_id("OUT2", said.thread)))
    assert [(event.thread, event.beside) for event in (*again, *to_us)] == [(said.thread, thread)] * 2


async def test_an_alias_of_the_customer_is_a_stranger_and_each_stranger_has_their_own_thread() -> None:
    room = Mailroom()
    thread = await begun(room)
    ours = TOKENS.message_id("OUT1", thread)
    alias = await replied(room, sender="Customer <customer@mail.example.net>", In_Reply_To=ours)
    other = await replied(room, mid="o@example.org", sender=OTHER, In_Reply_To=ours)
    assert len({thread, alias.thread, other.thread}) == 3


async def test_a_guess_at_somebody_elses_message_id_leads_beside_and_not_in() -> None:
    room = Mailroom()
    thread = await begun(room)
    event = await replied(room, sender="eve@attacker.example", mid="e@attacker.example", References="<one@example.net>")
    assert event.thread != thread
    assert event.beside == thread
    forged = f"<OUT1.{thread}.{'a' * 12}@example.com>"
    assert (await replied(room, mid="f@example.net", In_Reply_To=forged)).beside is None


async def test_who_is_copied_by_a_stranger_goes_on_in_their_own_thread() -> None:
    room = Mailroom()
    thread = await begun(room)
    beside = await replied(room, mid="x@example.org", sender=OTHER, In_Reply_To=TOKENS.message_id("OUT1", thread))
    back = await replied(room, mid="b@example.net", In_Reply_To=TOKENS.message_id("OUT2", beside.thread))
    assert (back.thread, back.beside) == (thread, None)


async def test_a_name_that_its_domain_disowns_does_not_enter_a_thread_whose_customer_was_proven() -> None:
    room = Mailroom()
    thread = await begun(room)
    ours = TOKENS.message_id("OUT1", thread)
    forged = await replied(room, mid="forged@attacker.example", proof="fail", In_Reply_To=ours)
    assert forged.thread != thread
    assert (forged.beside, forged.proof) == (thread, Proof.NONE)
    genuine = await replied(room, mid="three@example.net", In_Reply_To=ours)
    assert (genuine.thread, genuine.proof) == (thread, Proof.DMARC)


async def test_who_was_never_proven_is_answered_in_the_thread_all_the_same() -> None:
    room = Mailroom()
    first, second = await room.take(mail(proof="none"), mail(mid="two@example.net", proof="none", In_Reply_To="<one@example.net>"))
    assert (first.thread, first.proof) == (second.thread, Proof.NONE)
    assert first.sender == second.sender


async def test_another_mail_under_a_known_message_id_is_another_mail() -> None:
    room = Mailroom()
    one, other, copy = mail(), mail("Something else entirely."), mail()
    events = await room.take(one, other, copy)
    assert len(events) == 2
    assert len(set(threads(events))) == 2
    assert room.inbox.repeat_count == 1
    ambiguous = await replied(room, mid="z@example.org", sender=OTHER, In_Reply_To="<one@example.net>")
    assert ambiguous.beside is None, "an id that two mails have names neither"
    own = await replied(room, mid="y@example.net", In_Reply_To="<one@example.net>")
    assert own.thread in threads(events)


async def test_a_mail_that_comes_again_is_known_also_by_another_process() -> None:
    room = Mailroom()
    batch = [mail(), mail(mid="x@example.org", sender=OTHER, In_Reply_To="<one@example.net>"), mail("No id.", mid=None)]
    first = await room.take(*batch)
    room.channel = room.opened()
    assert await room.take(*batch) == []
    assert room.inbox.repeat_count == len(first) == 4


async def test_a_mail_with_references_beyond_measure_is_placed_with_few_questions() -> None:
    room = Mailroom()
    thread = await begun(room)
    many = " ".join(f"<{number}@example.net>" for number in range(3_000))
    event = await replied(room, References=f"{TOKENS.message_id('OUT1', thread)} {many}")
    assert event.thread == thread
    assert max(count for _, count in room.marks.reads) < 100


async def test_a_batch_is_placed_with_two_reads_and_two_writes() -> None:
    room = Mailroom()
    await room.take(*(mail(f"Question {number}", mid=f"{number}@example.net", sender=f"c{number}@example.net") for number in range(50)))
    placed = [kind for kind, _ in room.marks.reads if kind in ("message", "thread")]
    assert placed == ["message"]
    assert [kind for kind, _ in room.marks.writes] == ["thread", "message", "writer"]


async def test_what_is_noted_of_messages_is_forgotten_in_time_and_whose_a_thread_is_never() -> None:
    room = Mailroom()
    thread = await begun(room)
    room.later(days=401)
    await room.take(mail(mid="other@example.org", sender=OTHER))
    room.later(hours=1)
    lost = await replied(room, In_Reply_To="<one@example.net>")
    assert lost.thread != thread
    assert (await replied(room, mid="three@example.net", In_Reply_To=TOKENS.message_id("OUT1", thread))).thread == thread


async def test_a_thread_whose_customer_is_not_known_any_more_is_entered_by_nobody() -> None:
    room = Mailroom()
    gone = TOKENS.thread("gone")
    event = await replied(room, In_Reply_To=TOKENS.message_id("OUT1", gone))
    assert (event.thread != gone, event.beside) == (True, gone)


@pytest.mark.parametrize("word", ["pass", "none"])
async def test_the_desk_reads_how_the_sender_is_known(word: str) -> None:
    room = Mailroom(settings_of(authserv_id="mx.example.com", check_dkim=False))
    (event,) = await room.take(mail(proof=word))
    assert isinstance(event.event, Said)
    letter = event.event.parts[0]
    assert isinstance(letter, Letter)
    assert letter.proof == {"pass": "dmarc", "none": "none"}[word]

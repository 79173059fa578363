"""A batch of mails is taken in: kept, read, placed, accepted; cut short anywhere and begun again, nothing is lost or said twice."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest

from adapters.email import letters
from adapters.email.tokens import Tokens
from adapters.email.words import Addressing
from gateway.core.errors import BadInput, Busy, TooLarge
from gateway.core.events import Inbound, Quiet, Remarked, Said
from gateway.core.parts import Letter, Text
from tests.unit.adapters.mail_means import NAME, SECRET, SUPPORT, Mailroom, mail, settings_of

TOKENS = Tokens(SECRET, NAME, SUPPORT)
BATCH = (
    mail(), mail("And this?", mid="two@example.net", In_Reply_To="<one@example.net>"),
    mail("Who is this?", mid="x@example.org", sender="Other <other@example.org>", In_Reply_To="<one@example.net>"),
    mail("I am away.", mid="away@example.net", Auto_Submitted="auto-replied"), mail("No id at all.", mid=None),
)  # fmt: skip


class Cut(Exception):
    """The process dies here."""


def said(events: Sequence[Inbound]) -> list[tuple[str, str, str]]:
    """Thread, key and what happened, in order."""
    return [(event.thread, event.key, type(event.event).__name__) for event in events]


class Cutting:
    """Stands before a part of the house, and dies at one of its calls: before it is done, or behind."""

    def __init__(self, part: Any, cut: "Countdown") -> None:
        self._part = part
        self._cut = cut

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self._part, name)
        if not asyncio.iscoroutinefunction(inner):
            return inner

        async def call(*given: Any, **named: Any) -> Any:
            self._cut.step()
            result = await inner(*given, **named)
            self._cut.step()
            return result

        return call


class Countdown:
    """Raises at the n-th step, once."""

    def __init__(self, at: int) -> None:
        self.left = at

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Cut


async def test_cut_short_at_any_step_and_begun_again_it_comes_to_the_same() -> None:
    whole = Mailroom()
    await whole.take(*BATCH)
    expected = sorted(said(whole.inbox.events))
    steps = 0
    while True:
        steps += 1
        room, countdown = Mailroom(), Countdown(steps)
        files, marks, notebook = room.files, room.marks, room.notebook
        room.files, room.marks, room.notebook = (Cutting(part, countdown) for part in (files, marks, notebook))  # type: ignore[assignment]
        inbox = Cutting(room.inbox, countdown)
        room.channel = room.opened()
        batch = [room.fetched(raw) for raw in BATCH]
        try:
            await room.channel.receive(batch, inbox.accept)
            break
        except Cut:
            room.channel = room.opened()
            await room.channel.receive(batch, inbox.accept)
        assert sorted(said(room.inbox.events)) == expected, f"cut at step {steps}"
        assert _in_order(room.inbox.events)
    assert steps > 20


def _in_order(events: Sequence[Inbound]) -> bool:
    """Of the thread with two mails the first comes first."""
    words = [event.event.parts[1] for event in events if isinstance(event.event, Said) and len(event.event.parts) > 1]
    texts = [part.text for part in words if isinstance(part, Text)]
    return texts.index("Where is my parcel?\n\nIt has not come yet.") < texts.index("And this?")


async def test_the_raw_mail_is_kept_before_anything_else_is_done() -> None:
    room = Mailroom()

    async def refuse(items: Sequence[object]) -> list[object]:
        raise Busy("the file store", 30)

    room.files.keep_many = refuse  # type: ignore[method-assign, assignment]
    with pytest.raises(Busy):
        await room.take(*BATCH)
    assert (room.inbox.events, room.marks.writes) == ([], [])


async def test_a_full_lane_is_waited_for() -> None:
    room = Mailroom()
    room.inbox.busy_count = 3
    assert len(await room.take(mail())) == 1


async def test_the_mails_of_a_thread_are_accepted_in_their_order_though_threads_run_beside_each_other() -> None:
    room = Mailroom()
    running: set[str] = set()

    async def slow(event: Inbound) -> bool:
        assert event.thread not in running, "two of one thread at once"
        running.add(event.thread)
        await asyncio.sleep(0)
        running.discard(event.thread)
        return await room.inbox.accept(event)

    raws = [
        mail(f"{word} {number}", mid=f"{word}{number}@example.net", sender=f"{word}@example.net", References=f"<{word}0@example.net>")
        for number in range(5) for word in ("one", "two")
    ]  # fmt: skip
    await room.channel.receive([room.fetched(raw) for raw in raws], slow)
    for word in ("one", "two"):
        own = [event.event for event in room.inbox.events if event.sender.value == f"{word}@example.net"]
        texts = [part.text for event in own if isinstance(event, Said) for part in event.parts if isinstance(part, Text)]
        assert [text[-1] for text in texts] == [*"01234"]


@pytest.mark.parametrize("error", [TooLarge("text_too_large", "less"), BadInput("odd", "something else")])
async def test_a_mail_that_is_not_taken_whole_is_taken_by_its_head(error: BadInput) -> None:
    room = Mailroom()

    def refuse(event: Inbound) -> None:
        if isinstance(event.event, Said) and len(event.event.parts) > 1:
            raise error

    room.inbox.on_accept = refuse
    (event,) = await room.take(mail())
    assert isinstance(event.event, Said)
    (letter,) = event.event.parts
    assert isinstance(letter, Letter)
    assert letter.raw is not None
    assert (letter.subject, room.channel.counts["reduced"]) == ("Where is my parcel?", 1)


async def test_a_mistake_of_ours_in_front_of_a_mail_stops_neither_it_nor_those_behind(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    room, right = Mailroom(), letters.events

    def wrong(channel: Any, mail: Any, *given: Any, **named: Any) -> Any:
        if mail.subject == "poison":
            raise ValueError("the customer's own words")
        return right(channel, mail, *given, **named)

    monkeypatch.setattr(letters, "events", wrong)
    with caplog.at_level(logging.WARNING):
        first, second = await room.take(mail(mid="a@example.net", subject="poison"), mail())
    assert isinstance(first.event, Said)
    assert isinstance(second.event, Said)
    assert first.event.parts[1:] == (Text("poison"),)
    assert "own words" not in caplog.text
    assert msgspec.json.decode(first.addressing, type=Addressing).to[0].address == "customer@example.net"


async def test_a_program_is_recorded_quietly_and_a_mail_without_a_sender_too() -> None:
    room = Mailroom()
    away, nobody = await room.take(
        mail(mid="away@example.net", Auto_Submitted="auto-replied"),
        mail(mid="n@example.net").replace(b"From: Customer", b"X-From: Customer"),
    )
    assert (away.quiet, nobody.quiet) == (Quiet.AUTOMATIC, Quiet.AUTOMATIC)
    assert isinstance(nobody.event, Said)
    assert isinstance(nobody.event.parts[0], Letter)
    assert nobody.event.parts[0].automatic == "no_sender"
    assert room.channel.counts == {"taken": 2, "automatic": 2, "limited": 0, "strangers": 0}


async def test_a_form_is_answered_at_its_reply_to_and_nobody_is_proven_by_it() -> None:
    room = Mailroom(settings_of(authserv_id="mx.example.com", forms=("form@shop.example",)))
    (event,) = await room.take(mail(sender="form@shop.example", Reply_To="visitor@example.org", Auto_Submitted="auto-generated"))
    assert (event.sender.value, event.quiet) == ("visitor@example.org", None)
    assert event.proof is not None
    assert event.proof.value == "none"
    assert [one.address for one in msgspec.json.decode(event.addressing, type=Addressing).to] == ["visitor@example.org"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: b"", lambda raw: b"\xff\xfe\x00" * 50, lambda raw: raw[:70], lambda raw: raw.replace(b"\r\n\r\n", b"\r\n"),
        lambda raw: b"\r\n\r\n\r\n",
    ],
    ids=["empty", "bytes", "cut", "no_body", "no_head"],
)  # fmt: skip
async def test_nothing_is_lost_whatever_the_bytes(spoil: Callable[[bytes], bytes]) -> None:
    room = Mailroom()
    events = await room.take(spoil(mail()), mail())
    assert len(events) == 2
    assert len(room.files.kept) == 2


async def test_of_a_mail_that_is_too_large_the_beginning_is_taken_and_nothing_is_proven_by_its_signature() -> None:
    room = Mailroom(settings_of())
    raw = mail("Long " * 10_000)
    await room.channel.receive([room.fetched(raw[:65_536], size_bytes=40_000_000)], room.inbox.accept)
    event, remark = room.inbox.events
    assert isinstance(event.event, Said)
    assert isinstance(event.event.parts[0], Letter)
    assert event.event.parts[0].has_more
    assert event.event.parts[0].trouble == "too_large"
    assert remark.event == Remarked(what="mail_truncated", who="customer@example.net")
    assert room.dns.asked == []


async def test_whose_word_could_be_trusted_is_remembered_for_the_doctor() -> None:
    room = Mailroom(settings_of())
    await room.take(mail())
    assert room.notebook.pages["email/mail/authserv"] == "mx.example.com"

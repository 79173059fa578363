"""What waits for a customer, as one answer on the line carries it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from msgspec import structs

from gateway.core.channel import Capabilities, Grade, Reach
from gateway.core.contact import Address, AddressKind
from gateway.core.ids import ChannelName, MessageId, OutboxId, SessionId, Thread
from gateway.core.message import Author, Message, Outgoing
from gateway.core.parts import Choice, Choices, Part, Text
from gateway.core.ports import Waiting
from gateway.core.session import Session
from gateway.placing import carried, free, load
from gateway.rendering import no_link

NOW = datetime(2026, 11, 22, tzinfo=UTC)
OA = Capabilities(reach=Reach.PUSHED, text_max_bytes=2048, choices=Grade.NATIVE, is_counted=True)
HERE, CUSTOMER = SessionId("s"), Address(AddressKind.OPENID, "wx1", "o1")
SESSION = Session(
    id=HERE, channel=ChannelName("oa"), thread=Thread("o1"), episode=1, address=CUSTOMER, opened_at=NOW, state_since=NOW
)  # fmt: skip
MENU = Choices("Which one?", (Choice("a", "Refunds"), Choice("b", "Invoices")), "Reply with a number.")
NUMBERS = Text("Which one?\n1. Refunds\n2. Invoices\nReply with a number.")


def row(seq: int, *parts: Part, attempts: int = 0, parts_sent: int = 0) -> Waiting:
    message = Message(id=MessageId(f"m{seq}"), session_id=HERE, seq=seq, author=Author.BOT, at=NOW, parts=parts)
    outgoing = Outgoing(
        id=OutboxId(f"r{seq}"), session_id=HERE, channel=SESSION.channel, thread=SESSION.thread, to=CUSTOMER, message=message,
        epoch=SESSION.epoch, attempts=attempts, parts_sent=parts_sent, parts_begun=parts_sent,
    )  # fmt: skip
    return Waiting(outgoing, 1, NOW, is_leased=False)


def pieces(rows: Sequence[Waiting]) -> list[Part]:
    return list(load(rows, {HERE: SESSION}, OA, no_link).parts)


def test_a_menu_that_was_never_tried_is_left_to_be_tapped() -> None:
    (menu,) = pieces([row(1, MENU)])
    assert isinstance(menu, Choices)


def test_a_menu_whose_sending_failed_goes_as_numbers_with_what_comes_behind_it() -> None:
    late = [row(1, MENU, attempts=1), row(2, Text("Within 5 days.")), row(3, MENU)]
    asked_before = "Which one?\n1. Refunds\n2. Invoices"
    whole = f"{asked_before}\n\nWithin 5 days.\n\n{NUMBERS.text}"
    loaded = load(late, {HERE: SESSION}, OA, no_link)
    assert list(loaded.parts) == [Text(whole)]
    assert [(one.seq, one.parts_sent, one.is_whole) for one in carried(loaded, 1)] == [(1, 1, True), (2, 1, True), (3, 1, True)]


def test_what_delivery_will_soon_try_again_is_free_and_what_another_answer_gave_back_is_not() -> None:
    soon = structs.replace(row(1, Text("Hello."), attempts=1), due_at=NOW + timedelta(seconds=9))
    behind = row(2, Text("Within 5 days."))

    def freed(first: Waiting) -> list[int]:
        waiting = free([first, behind], NOW + timedelta(seconds=1.5), NOW, timedelta(seconds=16))
        return [one.outgoing.message.seq for one in waiting]

    assert freed(soon) == []
    assert freed(structs.replace(soon, was_sending=True)) == [1, 2]
    assert freed(structs.replace(soon, was_sending=True, is_leased=True)) == []
    begun = structs.replace(soon.outgoing, parts_begun=1)
    assert freed(structs.replace(soon, was_sending=True, outgoing=begun)) == []


def test_what_has_begun_to_go_out_goes_on_as_it_was_counted() -> None:
    (left,) = pieces([row(1, Text("Hello."), MENU, attempts=1, parts_sent=1)])
    assert isinstance(left, Choices)

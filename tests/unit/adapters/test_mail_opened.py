"""A mail that was kept is opened for people: its head, its text, its look, and what lies in it."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest
from msgspec import structs

from adapters.email import raws
from adapters.email.parsing.reading import read
from adapters.email.words import Addressing, Mail
from gateway.core.contact import Address, AddressKind
from gateway.core.errors import FetchFailed, NotFound, Rejected
from gateway.core.events import Said
from gateway.core.ids import FileId
from gateway.core.parts import Arriving, File, Letter, Text, Together
from tests.contract.channel_kit import outgoing_of
from tests.unit.adapters.mail_means import Mailroom, mail

WITH_FILES = mail("The invoice is here.\n\n> Where is it?").replace(
    b'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n',
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n",
) + (
    b'\r\n--b\r\nContent-Type: application/pdf; name="invoice.pdf"\r\nContent-Disposition: attachment\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQgaGVsbG8=\r\n"
    b'--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="run.exe"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\nTVqQAAMAAAAEAAAA//8AALgAAAAA\r\n--b--\r\n"
)


async def letter_in(room: Mailroom, raw: bytes = WITH_FILES) -> tuple[Letter, list[Arriving]]:
    (event,) = await room.take(raw)
    assert isinstance(event.event, Said)
    letter = event.event.parts[0]
    assert isinstance(letter, Letter)
    return letter, [part for part in event.event.parts if isinstance(part, Arriving)]


async def fetched(room: Mailroom, part: Arriving) -> bytes:
    async with room.channel.fetch(part) as pieces:
        return b"".join([piece async for piece in pieces])


async def test_a_letter_is_opened_by_any_process() -> None:
    room = Mailroom()
    letter, _ = await letter_in(room)
    room.channel = room.opened()
    opened = await room.channel.open_letter(letter)
    assert (opened.text, opened.quoted) == ("The invoice is here.", "> Where is it?")
    assert ("subject", "Where is my parcel?") in opened.headers
    assert [(one.name, one.is_held_back) for one in opened.enclosed] == [("invoice.pdf", False), ("run.exe", True)]
    assert await room.channel.open_letter(letter, with_remote=True) == opened


async def test_many_who_open_mails_at_once_wait_their_turn_and_a_mail_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Mailroom()
    letters = [(await letter_in(room, WITH_FILES.replace(b"one@", b"%d@" % number)))[0] for number in range(3)]
    turns: list[int] = []

    def read_alone(raw: bytes, *, ours: Sequence[str]) -> Mail:
        turns.append(1)
        assert sum(turns) == 1
        found = read(raw, ours=ours)
        turns.append(-1)
        return found

    monkeypatch.setattr(raws, "read", read_alone)
    opened = await asyncio.gather(*(room.channel.open_letter(letter) for letter in letters * 3))
    assert (len(turns), {one.text for one in opened}) == (6, {"The invoice is here."})


async def test_what_lies_in_a_mail_is_given_out_but_for_programs() -> None:
    room = Mailroom()
    letter, (invoice, program) = await letter_in(room)
    assert await fetched(room, invoice) == b"%PDF-1.4 hello"
    assert program.failure == "held_back"
    with pytest.raises(FetchFailed) as refused:
        await fetched(room, structs.replace(program, failure=""))
    assert refused.value.code == "gone"
    place = int(invoice.media.rpartition("/")[2])
    async with room.channel.enclosure(letter, place) as pieces:
        assert b"".join([piece async for piece in pieces]) == b"%PDF-1.4 hello"
    for wrong in (int(program.media.rpartition("/")[2]), 99):
        with pytest.raises(NotFound):
            async with room.channel.enclosure(letter, wrong):
                pass


@pytest.mark.parametrize("media", ["", "1", "/1", "x/y", "nothing/1", "nothing/99999999", "../etc/1"])
async def test_what_is_not_there_is_said_to_be_gone(media: str) -> None:
    room = Mailroom()
    with pytest.raises(FetchFailed) as refused:
        await fetched(room, Arriving(kind="file", media=media))
    assert refused.value.code == "gone"


async def test_only_mails_are_opened() -> None:
    room = Mailroom()
    other = room.files.add("secret.pdf", b"%PDF-")
    with pytest.raises(NotFound):
        await room.channel.open_letter(Letter(raw=other))
    with pytest.raises(NotFound):
        await room.channel.open_letter(Letter())
    with pytest.raises(NotFound):
        await room.channel.open_letter(Letter(raw=structs.replace(other, id=FileId("x" * 32))))


async def test_a_file_that_is_gone_ends_the_message_that_carries_it() -> None:
    room = Mailroom()
    file = room.files.add("invoice.pdf", b"%PDF-")
    room.files.kept.clear()
    whole = Together((Text("Here it is."), File(file)))
    to = Address(AddressKind.EMAIL, "", "customer@example.net")
    with pytest.raises(Rejected) as refused:
        await room.channel.send(whole, outgoing_of(whole, to))
    assert refused.value.code == "gone"


async def test_where_an_answer_goes_is_read_back_as_it_was_written() -> None:
    room = Mailroom()
    (event,) = await room.take(mail(References="<a@example.net> <b@example.net>", Reply_To="Desk <desk@example.net>"))
    addressing = msgspec.json.decode(event.addressing, type=Addressing)
    assert (addressing.message_id, addressing.references) == ("one@example.net", ("a@example.net", "b@example.net"))
    assert [(one.name, one.address) for one in addressing.to] == [("Desk", "desk@example.net")]
    assert addressing.quoted == "It has not come yet."

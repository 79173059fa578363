"""What is larger than anybody wants is taken all the same: so much of it as the settings say, and the whole lies there to be opened."""

import pytest

from adapters.email import receiving
from adapters.email.parsing import reading
from gateway.core.errors import Busy
from gateway.core.events import Inbound, Said
from gateway.core.parts import Arriving, Letter, Text
from gateway.intake import Intake
from tests.unit.adapters.mail_means import Mailroom, mail, settings_of


class Accepting:
    """A bus that takes all."""

    def __init__(self) -> None:
        self.events: list[Inbound] = []

    async def append(self, event: Inbound) -> bool:
        self.events.append(event)
        return True


def with_files(count: int, words: str = "Here they are.") -> bytes:
    """A mail with so many files."""
    pieces = [f"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n"]
    for number in range(count):
        head = f'Content-Type: application/pdf; name="{number}.pdf"\r\nContent-Disposition: attachment; filename="{number}.pdf"\r\n'
        pieces.append(f"--b\r\n{head}\r\n%PDF-1.4 {number}\r\n")
    whole = mail("".join([*pieces, "--b--"]).replace("\r\n", "\n"))
    return whole.replace(
        b'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer', b"Content-Type: multipart/mixed; boundary=b\r\nX", 1
    )


def files_of(event: Inbound) -> list[str | None]:
    assert isinstance(event.event, Said)
    return [part.name for part in event.event.parts if isinstance(part, Arriving) and not part.failure]


def left_of(event: Inbound) -> list[tuple[str | None, str]]:
    """Those that are named alone, and why."""
    assert isinstance(event.event, Said)
    return [(part.name, part.failure) for part in event.event.parts if isinstance(part, Arriving) and part.failure]


@pytest.mark.parametrize(("changes", "count"), [({}, 20), ({"attachments_max_count": 2}, 2)])
async def test_so_many_files_are_taken_out_of_a_mail_as_the_settings_say(changes: dict[str, int], count: int) -> None:
    room = Mailroom(settings_of(authserv_id="mx.example.com", **changes))
    (event,) = await room.take(with_files(25))
    assert files_of(event) == [f"{number}.pdf" for number in range(count)]
    assert left_of(event) == [(f"{number}.pdf", "too_many") for number in range(count, 25)]
    assert isinstance(event.event, Said)
    letter = event.event.parts[0]
    assert isinstance(letter, Letter)
    assert letter.raw is not None
    assert len((await room.channel.open_letter(letter)).enclosed) == 25


async def test_the_longest_words_in_the_widest_letters_go_through_intake_with_all_files() -> None:
    room, bus = Mailroom(), Accepting()
    words = "\U00020000" * 25_000
    await room.channel.receive([room.fetched(with_files(20, words))], Intake(bus).accept)  # type: ignore[arg-type]
    (event,) = bus.events
    assert isinstance(event.event, Said)
    said = "".join(part.text for part in event.event.parts if isinstance(part, Text))
    assert 19_970 <= said.count("\U00020000") <= 20_000
    assert len(files_of(event)) == 20
    assert room.channel.counts["reduced"] == 0


async def test_a_mail_is_kept_before_a_byte_of_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    room, was_read = Mailroom(), []

    def read(raw: bytes, **given: object) -> object:
        was_read.append(len(room.files.kept))
        return reading.read(raw, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(receiving, "read", read)
    await room.take(mail(), mail("Another", mid="two@example.net"))
    assert was_read == [2, 2], "both lay there before the first was looked into"

    async def refuse(items: object) -> list[object]:
        raise Busy("the file store", 30)

    room.files.keep_many = refuse  # type: ignore[method-assign, assignment]
    with pytest.raises(Busy):
        await room.take(mail(mid="three@example.net"))
    assert was_read == [2, 2]

"""Frames: what is read, what is refused, what is ignored; and how a message of the record looks to its customer."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from adapters.webchat.frames import Hello, Ping, Say, cid_of, read_body, read_frame, write_frame
from adapters.webchat.rendering import frame_of
from gateway.core.errors import BadInput, TooLarge
from gateway.core.ids import FileId, MessageId, SessionId
from gateway.core.message import Author, Message
from gateway.core.parts import Choice, Choices, File, FileRef, Location, Part, Pick, Text

FILE = FileRef(id=FileId("f1"), name="a.png", mime="image/png", size_bytes=68, sha256="00")


def test_frames_are_read_into_their_types() -> None:
    assert read_frame(b'{"type":"message","cid":"c1","text":"hi"}') == Say("c1", "hi")
    assert read_frame(b'{"type":"hello","token":null,"last_seq":3}') == Hello(last_seq=3)
    assert read_frame(b'{"type":"ping","more":[1]}') == Ping()


def test_an_unknown_type_is_ignored() -> None:
    assert read_frame(b'{"type":"dance","cid":5}') is None


def test_a_text_of_4096_bytes_is_not_too_long() -> None:
    assert read_frame(msgspec.json.encode({"type": "message", "cid": "c1", "text": "x" * 4096})) is not None
    with pytest.raises(TooLarge):
        read_frame(msgspec.json.encode({"type": "message", "cid": "c1", "text": "é" * 2049}))


def test_a_frame_over_64_kilobytes_is_not_even_read() -> None:
    with pytest.raises(TooLarge):
        read_frame(b'{"type":"ping"}' + b" " * 65536)


@pytest.mark.parametrize("cid", ["", "a b", "a/b", "c1\\n", "x" * 65, "é"])
def test_a_cid_is_plain(cid: str) -> None:
    with pytest.raises(BadInput):
        read_frame(f'{{"type":"message","cid":"{cid}","text":"hi"}}'.encode())


def test_an_errors_words_hold_nothing_of_what_was_sent() -> None:
    with pytest.raises(BadInput) as refused:
        read_frame(b'{"type":"message","cid":"c1","text":{"mellifluous":1}}')
    assert "mellifluous" not in str(refused.value)


@pytest.mark.parametrize(
    ("data", "cid"), [(b'{"cid":"c1"}', "c1"), (b'{"cid":5}', None), (b"[]", None), (b"{", None), (b'{"cid":"' + b"x" * 65 + b'"}', None)]
)
def test_a_broken_frames_cid_is_found_if_it_has_one(data: bytes, cid: str | None) -> None:
    assert cid_of(data) == cid


def test_a_posted_body_is_the_same_message() -> None:
    said, posted = read_body(b'{"text":"hi","page":"https://www.example.com/"}', "c1")
    assert said == Say("c1", "hi")
    assert posted.page == "https://www.example.com/"


def shown(*parts: Part, author: Author = Author.BOT, **fields: Any) -> dict[str, Any]:
    message = Message(
        id=MessageId("M1"), session_id=SessionId("S1"), seq=2, author=author, at=datetime(2026, 11, 2, 9, 30, tzinfo=UTC), parts=parts,
        why={"entry": "secret"}, **fields,
    )  # fmt: skip
    frame: dict[str, Any] = msgspec.json.decode(write_frame(frame_of(message, lambda file: f"/{file.id}")))
    return frame


def test_an_answer_is_shown_without_its_reasons() -> None:
    assert shown(Text("**hi**", markdown=True), name="Assistant", reply_to=1) == {
        "type": "message", "seq": 2, "id": "M1", "author": "bot", "text": "**hi**", "markdown": True, "reply_to": 1, "name": "Assistant",
        "session": "S1", "at": "2026-11-02T09:30:00Z",
    }  # fmt: skip


def test_a_customers_stars_are_never_markdown() -> None:
    frame = shown(Text("**hi**"), author=Author.CUSTOMER, cid="c1")
    assert (frame["text"], frame["cid"], "markdown" in frame) == ("**hi**", "c1", False)


def test_choices_files_picks_and_places_are_shown() -> None:
    asked = shown(Choices("Which?", (Choice("a", "A"),)))
    assert (asked["text"], asked["choices"]) == ("Which?", [{"id": "a", "text": "A"}])
    file = shown(File(FILE))
    assert (file["text"], file["files"]) == ("", [{"id": "f1", "name": "a.png", "mime": "image/png", "size": 68, "url": "/f1"}])
    assert shown(File(FILE, "look"))["text"] == "look"
    assert shown(Pick("a", "A"))["text"] == "A"
    assert shown(Location(31.2304, 121.4737))["text"] == "[31.23040, 121.47370]"

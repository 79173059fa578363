"""A message of the transcript as a caller hears it. Pure."""

from collections.abc import Sequence

from msgspec import Struct

from adapters.phone.dialogue.state import Line
from adapters.phone.speaking.aloud import aloud
from gateway.core.message import Message
from gateway.core.parts import Choice, Choices, File, Notice, Part, Text


class Read(Struct, frozen=True):
    """What there is to say, what can be picked, and what can only be sent."""

    lines: tuple[Line, ...] = ()
    choices: tuple[Choice, ...] = ()
    links: tuple[str, ...] = ()


def read(message: Message, language: str) -> Read:
    """The message in the order of its parts; its choices are the last question's."""
    found = Read()
    for part in message.parts:
        found = _joined(found, _read_part(part, language))
    return found


def read_all(messages: Sequence[Message], language: str) -> Read:
    """Several, as one."""
    found = Read()
    for message in messages:
        found = _joined(found, read(message, language))
    return found


def _joined(first: Read, second: Read) -> Read:
    return Read((*first.lines, *second.lines), second.choices or first.choices, tuple(dict.fromkeys((*first.links, *second.links))))


def _read_part(part: Part, language: str) -> Read:
    match part:
        case Text(text=text, markdown=markdown):
            return _words(text, language, markdown=markdown)
        case Choices(text=text, options=options):
            words = _words(text, language, markdown=True)
            return Read(words.lines, options, words.links)
        case Notice(text=text):
            return _words(text, language, markdown=False)
        case File(caption=caption):
            words = _words(caption, language, markdown=False)
            return Read((Line(language=language, key="file"), *words.lines), (), words.links)
        case _:
            return Read()


def _words(text: str, language: str, *, markdown: bool) -> Read:
    said = aloud(text, language, markdown=markdown)
    return Read(tuple(Line(language=language, text=piece) for piece in said.parts), (), said.links)

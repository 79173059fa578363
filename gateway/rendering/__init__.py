"""Fits a message to what a channel can carry. Pure; nothing is lost, it is only said more simply."""

from collections.abc import Callable, Iterable
from typing import assert_never

from msgspec import structs

from gateway.core.channel import Capabilities, Grade
from gateway.core.parts import (
    Arriving,
    Choices,
    File,
    FileRef,
    Keyed,
    Letter,
    Location,
    Notice,
    Part,
    Pick,
    Spoken,
    Text,
    Together,
    plain_text,
)
from gateway.rendering.markdown import links_in as links_in
from gateway.rendering.markdown import to_plain
from gateway.rendering.splitting import split

Link = Callable[[FileRef], str | None]
"""Where a file can be fetched by whoever has the link, or None where it can't."""


def no_link(file: FileRef) -> str | None:  # noqa: ARG001 - the shape of Link
    """For an installation without a public address."""
    return None


HINT_MAX_BYTES = 64
"""What is left free in a text of which more follows, where messages are counted: room to say so (`gateway.quota.with_hint`)."""


def fit(parts: tuple[Part, ...], capabilities: Capabilities, link: Link = no_link) -> tuple[Part, ...]:
    """The same message in parts that the channel can carry, each sendable on its own.

    Markdown becomes plain text, choices a numbered list, a file its link (its name, where there is none), a place its coordinates, a
    notice its words, and text over `text_max_bytes` several parts, cut between paragraphs or sentences where possible. Empty text is left
    out. Where the channel counts messages, neighbouring texts are one, a blank line between them. Where a message is one thing, all of it
    is one part, which is not cut, and a file for which it has no room any more goes out as its link.
    """
    if capabilities.is_whole:
        return _whole(parts, capabilities, link)
    simple = [_simple(part, capabilities, link) for part in parts if capabilities.letters or not isinstance(part, Letter)]
    if not capabilities.is_counted:
        return _cut(simple, capabilities.text_max_bytes)
    joined = _joined(simple)
    whole = _cut(joined, capabilities.text_max_bytes)
    return whole if len(whole) == 1 else _cut(joined, _room(capabilities.text_max_bytes))


def _whole(parts: tuple[Part, ...], capabilities: Capabilities, link: Link) -> tuple[Part, ...]:
    """One `Together`; nothing where nothing is said. Neighbouring texts are one, so that a list under a question stands under it."""
    letters = [part for part in parts if isinstance(part, Letter)] if capabilities.letters else []
    left_bytes, simple = capabilities.file_max_bytes, list[Part]()
    for part in parts:
        if isinstance(part, Letter):
            continue
        carried = _simple(part, structs.replace(capabilities, file_max_bytes=left_bytes), link)
        left_bytes -= carried.file.size_bytes if isinstance(carried, File) else 0
        simple.append(carried)
    joined = _joined(simple)
    return (Together((*letters[:1], *joined)),) if joined else ()


def _simple(part: Part, capabilities: Capabilities, link: Link) -> Part:
    """The part as the channel can carry it, but for its length."""
    match part:
        case Text():
            return _text(part, capabilities)
        case Choices():
            return _choices(part, capabilities)
        case File():
            return _file(part, capabilities, link)
        case Location():
            return part if capabilities.locations is Grade.NATIVE else Text(_place(part))
        case Pick():
            return Text(part.text or part.id)
        case Spoken() | Keyed():
            return Text(plain_text((part,)))
        case Arriving():
            return Text(plain_text((part,)))
        case Notice():
            return part if capabilities.notices else Text(part.text)
        case Letter() | Together():
            return part
        case unknown:
            assert_never(unknown)


def _joined(parts: Iterable[Part]) -> list[Part]:
    """The parts, each run of texts as one."""
    made: list[Part] = []
    for part in parts:
        last = made[-1] if made else None
        if isinstance(part, Text) and not part.text.strip():
            continue
        if isinstance(last, Text) and isinstance(part, Text) and last.markdown is part.markdown:
            made[-1] = Text(f"{last.text.rstrip()}\n\n{part.text.lstrip()}", markdown=part.markdown)
        else:
            made.append(part)
    return made


def _cut(parts: Iterable[Part], max_bytes: int) -> tuple[Part, ...]:
    return tuple(piece for part in parts for piece in _pieces(part, max_bytes))


def _pieces(part: Part, max_bytes: int) -> Iterable[Part]:
    match part:
        case Text(text=text, markdown=markdown):
            return (Text(piece, markdown=markdown) for piece in split(text, max_bytes))
        case Choices(text=text, options=options):
            *before, last = split(text, max_bytes) or [text]
            return (*(Text(piece) for piece in before), Choices(last, options))
        case _:
            return (part,)


def _room(max_bytes: int) -> int:
    """What a text may take where more may follow. A channel whose texts are tiny has none to spare."""
    return max_bytes - HINT_MAX_BYTES if max_bytes >= 4 * HINT_MAX_BYTES else max_bytes


def _text(part: Text, capabilities: Capabilities) -> Text:
    keeps_markdown = part.markdown and capabilities.markdown is Grade.NATIVE
    return Text(to_plain(part.text) if part.markdown and not keeps_markdown else part.text, markdown=keeps_markdown)


def _choices(part: Choices, capabilities: Capabilities) -> Part:
    if capabilities.choices is Grade.NATIVE and len(part.options) <= capabilities.choices_max_count:
        return Choices(part.text, part.options)
    numbered = (f"{number}. {option.text}" for number, option in enumerate(part.options, 1))
    return Text("\n".join(filter(None, (part.text, *numbered, part.hint))))


def _file(part: File, capabilities: Capabilities, link: Link) -> Part:
    is_carried = capabilities.files is Grade.NATIVE and part.file.size_bytes <= capabilities.file_max_bytes
    if is_carried and (not capabilities.file_types or part.file.mime in capabilities.file_types):
        return part
    return Text("\n".join(line for line in (part.caption, part.file.name, link(part.file)) if line))


def _place(part: Location) -> str:
    where = f"{part.latitude:.5f}, {part.longitude:.5f}"
    return f"{part.name}\n{where}" if part.name else where

"""Fits a message to what a channel can carry. Pure; nothing is lost, it is only said more simply."""

from collections.abc import Callable, Iterable

from gateway.core.channel import Capabilities, Grade
from gateway.core.message import Choices, File, FileRef, Location, Part, Pick, Text
from gateway.rendering.markdown import to_plain
from gateway.rendering.splitting import split

Link = Callable[[FileRef], str | None]
"""Where a file can be fetched by whoever has the link, or None where it can't."""


def no_link(file: FileRef) -> str | None:  # noqa: ARG001 - the shape of Link
    """For an installation without a public address."""
    return None


def fit(parts: tuple[Part, ...], capabilities: Capabilities, link: Link = no_link) -> tuple[Part, ...]:
    """The same message in parts that the channel can carry, each sendable on its own.

    Markdown becomes plain text, choices a numbered list, a file its link (its name, where there is none), a place its coordinates, and
    text over `text_max_bytes` several parts, cut between paragraphs or sentences where possible. Empty text is left out.
    """
    return tuple(fitted for part in parts for fitted in _fit(part, capabilities, link))


def _fit(part: Part, capabilities: Capabilities, link: Link) -> Iterable[Part]:
    match part:
        case Text():
            return _texts(part, capabilities)
        case Choices():
            return _choices(part, capabilities)
        case File():
            return _file(part, capabilities, link)
        case Location():
            return (part,) if capabilities.locations is Grade.NATIVE else _texts(Text(_place(part)), capabilities)
        case Pick():
            return _texts(Text(part.text or part.id), capabilities)


def _texts(part: Text, capabilities: Capabilities) -> Iterable[Text]:
    keeps_markdown = part.markdown and capabilities.markdown is Grade.NATIVE
    text = to_plain(part.text) if part.markdown and not keeps_markdown else part.text
    return (Text(piece, markdown=keeps_markdown) for piece in split(text, capabilities.text_max_bytes))


def _choices(part: Choices, capabilities: Capabilities) -> Iterable[Part]:
    if capabilities.choices is not Grade.NATIVE or len(part.options) > capabilities.choices_max_count:
        numbered = (f"{number}. {option.text}" for number, option in enumerate(part.options, 1))
        return _texts(Text("\n".join(filter(None, (part.text, *numbered, part.hint)))), capabilities)
    *before, last = split(part.text, capabilities.text_max_bytes) or [part.text]
    return (*(Text(piece) for piece in before), Choices(last, part.options))


def _file(part: File, capabilities: Capabilities, link: Link) -> Iterable[Part]:
    if capabilities.files is Grade.NATIVE and part.file.size_bytes <= capabilities.file_max_bytes:
        return (part,)
    lines = (part.caption, part.file.name, link(part.file))
    return _texts(Text("\n".join(line for line in lines if line)), capabilities)


def _place(part: Location) -> str:
    where = f"{part.latitude:.5f}, {part.longitude:.5f}"
    return f"{part.name}\n{where}" if part.name else where

"""A message of the record as a client's frame."""

from collections.abc import Callable

from adapters.webchat.frames import Option, Said, SentFile
from gateway.core.message import Message
from gateway.core.parts import Choices, File, FileRef, Part, Text, plain_text

FileUrl = Callable[[FileRef], str]


def frame_of(message: Message, file_url: FileUrl) -> Said:
    """What the customer sees of a message. `why` and the agent's id stay with us."""
    text, markdown, choices, files = _words(message.parts, file_url)
    return Said(
        seq=message.seq, id=message.id, author=message.author.value, text=text, markdown=markdown, cid=message.cid,
        reply_to=message.reply_to, name=message.name, choices=choices, files=files, session=message.session_id, at=message.at,
        ask=message.why.get("ask") if message.why else None,
    )  # fmt: skip


def sent_file(file: FileRef, file_url: FileUrl) -> SentFile:
    """A stored file as clients see it."""
    return SentFile(file.id, file.name, file.mime, file.size_bytes, file_url(file))


def _words(parts: tuple[Part, ...], file_url: FileUrl) -> tuple[str, bool, tuple[Option, ...], tuple[SentFile, ...]]:
    """The parts as (text, markdown, choices, files). Nearly all messages are a single text, and quickly told."""
    first = parts[0] if parts else None
    if isinstance(first, Text) and len(parts) == 1:
        return first.text, first.markdown, (), ()
    return (
        plain_text(tuple(part for part in parts if not isinstance(part, File) or part.caption)),  # without a caption it is no words
        isinstance(first, Text) and first.markdown,
        tuple(Option(choice.id, choice.text) for part in parts if isinstance(part, Choices) for choice in part.options),
        tuple(sent_file(part.file, file_url) for part in parts if isinstance(part, File)),
    )

"""A message of the record as a client's frame."""

from collections.abc import Callable

from adapters.webchat.frames import Option, Said, SentFile
from gateway.core.message import Choices, File, FileRef, Message, Text, plain_text

FileUrl = Callable[[FileRef], str]


def frame_of(message: Message, file_url: FileUrl) -> Said:
    """What the customer sees of a message. `why` and the agent's id stay with us."""
    parts = message.parts
    return Said(
        seq=message.seq,
        id=message.id,
        author=message.author.value,
        text=_text(message),
        markdown=len(parts) > 0 and isinstance(parts[0], Text) and parts[0].markdown,
        cid=message.cid,
        reply_to=message.reply_to,
        name=message.name,
        choices=tuple(Option(choice.id, choice.text) for part in parts if isinstance(part, Choices) for choice in part.options),
        files=tuple(sent_file(part.file, file_url) for part in parts if isinstance(part, File)),
        session=message.session_id,
        at=message.at,
    )


def sent_file(file: FileRef, file_url: FileUrl) -> SentFile:
    """A stored file as clients see it."""
    return SentFile(file.id, file.name, file.mime, file.size_bytes, file_url(file))


def _text(message: Message) -> str:
    """A file without a caption is not words: it stands in `files`."""
    parts = message.parts
    if len(parts) == 1 and isinstance(parts[0], Text):
        return parts[0].text
    return plain_text(tuple(part for part in parts if not isinstance(part, File) or part.caption))

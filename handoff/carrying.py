"""What a channel can carry of an agent's reply, and what it can't: said before anything is stored or sent. Pure."""

from collections.abc import Sequence

from msgspec import Struct

from config.schema import Settings, WebChat
from gateway.core.channel import Capabilities, Grade, Reach
from gateway.core.errors import BadInput, TooLarge
from gateway.core.ids import ChannelName
from gateway.core.parts import MAX_TEXT_BYTES, FileRef

LETTER_MAX_BYTES = 32 * 1024
"""The words of one mail: people write more in it than in a chat."""
FILES_MAX_COUNT = 10
"""Of one message."""
LINKED_MAX_BYTES = WebChat().file_max_bytes
"""A file that goes out as a link: the channel sets no limit, so ours is the one of a website's chat."""


class Carriage(Struct, frozen=True, kw_only=True):
    """One channel's limits for what an agent sends. `file_max_bytes` 0: no files at all."""

    text_max_bytes: int
    file_max_bytes: int = 0
    file_types: tuple[str, ...] = ()


def carriage(settings: Settings, name: ChannelName, capabilities: Capabilities | None) -> Carriage:
    """What may be sent on this channel; `capabilities` None: it is configured no more, and takes nothing but words.

    Long words go out in several parts where we push them (`gateway.rendering`); a transcript that is pulled shows a message as it is.
    """
    if capabilities is None:
        return Carriage(text_max_bytes=MAX_TEXT_BYTES)
    most_bytes = LETTER_MAX_BYTES if capabilities.letters else MAX_TEXT_BYTES
    text_max_bytes = most_bytes if capabilities.reach is Reach.PUSHED else min(MAX_TEXT_BYTES, capabilities.text_max_bytes)
    if capabilities.files is Grade.NO:
        return Carriage(text_max_bytes=text_max_bytes)
    configured = settings.channels.get(name)
    rules = configured if isinstance(configured, WebChat) else WebChat()
    file_max_bytes = capabilities.file_max_bytes if capabilities.files is Grade.NATIVE else LINKED_MAX_BYTES
    return Carriage(text_max_bytes=text_max_bytes, file_max_bytes=file_max_bytes, file_types=rules.file_types)


def check_files_go(carried: Carriage) -> None:
    """Raises BadInput where the channel takes no files."""
    if not carried.file_max_bytes:
        raise BadInput("channel_no_files", "a channel that carries files")


def check_carried(carried: Carriage, text: str, files: Sequence[FileRef]) -> None:
    """Raises BadInput or TooLarge where the channel can't carry this."""
    if len(text.encode("utf-8", "surrogatepass")) > carried.text_max_bytes:
        raise TooLarge("text_too_long", f"{carried.text_max_bytes} bytes of UTF-8 at most")
    if files:
        check_files_go(carried)
    if len(files) > FILES_MAX_COUNT:
        raise BadInput("too_many_files", f"{FILES_MAX_COUNT} files at most")
    if any(file.size_bytes > carried.file_max_bytes for file in files):
        raise TooLarge("file_too_large", f"files of at most {carried.file_max_bytes} bytes")
    if any(file.mime not in carried.file_types for file in files):
        raise BadInput("file_type", f"one of {', '.join(carried.file_types)}")

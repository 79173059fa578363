"""What a message is made of: words, files, places, choices, keys, the head of a mail."""

from datetime import datetime

from msgspec import Struct

from gateway.core.ids import FileId

MAX_TEXT_BYTES = 4096
"""A chat message's text, as UTF-8."""


class FileRef(Struct, frozen=True, kw_only=True):
    """A stored file. The bytes live in the file store under `id`; `mime` was sniffed, not believed."""

    id: FileId
    name: str
    mime: str
    size_bytes: int
    sha256: str


class Text(Struct, frozen=True, tag="text"):
    """Words. `markdown` is True only for text of ours (an answer, an agent's reply), never for a customer's."""

    text: str
    markdown: bool = False


class File(Struct, frozen=True, tag="file"):
    """A file of any kind: image, voice, video or document, by its `mime`."""

    file: FileRef
    caption: str = ""


class Location(Struct, frozen=True, tag="location"):
    """A place, WGS 84 degrees."""

    latitude: float
    longitude: float
    name: str = ""


class Choice(Struct, frozen=True):
    """One thing to pick. `id` comes back when it is picked; `text` is what people read."""

    id: str
    text: str


class Choices(Struct, frozen=True, tag="choices", omit_defaults=True):
    """Things to pick from, under a question. A channel without buttons numbers them."""

    text: str
    options: tuple[Choice, ...]
    hint: str = ""
    """How to pick, said under numbers: "Reply with a number"."""


class Pick(Struct, frozen=True, tag="pick", omit_defaults=True):
    """A choice that the customer picked, by its id; `text` is what they read on it, when the channel tells."""

    id: str
    text: str = ""
    keys: str = ""
    """What a caller pressed for it."""


class Spoken(Struct, frozen=True, tag="spoken", kw_only=True, omit_defaults=True):
    """What a recognizer made of a caller's words: to the bot, words like any."""

    text: str
    confidence: float
    """From 0 to 1, as the recognizer says it."""
    audio: FileRef | None = None
    """What was heard, where that is kept."""


MASKED = "\u2022\u2022\u2022\u2022"
"""Stands for keys that nobody is to read, however many they were."""


class Keyed(Struct, frozen=True, tag="keyed", omit_defaults=True):
    """Keys that a caller pressed where no choice was offered: an order number. To the bot, words like any."""

    keys: str
    """Digits, and `*`. Of a secret (a PIN) MASKED in whatever is recorded; only the event itself holds it."""
    is_secret: bool = False


class Arriving(Struct, frozen=True, tag="arriving", omit_defaults=True):
    """A file that the customer has sent and the channel's peer still holds: it is fetched beside the lanes (`gateway.fetches`), and this
    part then becomes a `File`. With a `failure` it stays: what was sent is known, its content is not."""

    kind: str
    """image, voice, video or file."""
    media: str = ""
    """The peer's own word for it; never shown."""
    name: str = ""
    caption: str = ""
    failure: str = ""
    """A stable word: expired, too_large, refused_type, unreachable, gone, empty, held_back (it may run something: it is not given
    out), too_many (its message has more files than are taken)."""


class Notice(Struct, frozen=True, tag="notice"):
    """A message of a form that the channel's owner has approved beforehand (a WeChat template): goes out where free text may not."""

    template: str
    """The NAME of `[channels.X.templates.NAME]`."""
    values: dict[str, str]
    """What is filled in, by the template's own fields."""
    text: str
    """How it reads, for the desk and for channels without such forms."""


class Letter(Struct, frozen=True, tag="letter", kw_only=True, omit_defaults=True):
    """The head of a mail: always a message's first part, its words are the `Text` parts behind it.

    Of a customer's mail: who wrote to whom, and the whole mail as it came. Of an agent's: only what is not as the thread has it.
    """

    subject: str = ""
    sender: str = ""
    """As the mail says it, name and address; shown, never trusted."""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    """Of an agent's: all who get a copy."""
    date: datetime | None = None
    """What the mail says of itself; absent where it says nothing that can be read."""
    raw: FileRef | None = None
    """The mail as it came, to be opened by its channel (`OpensLetters`)."""
    proof: str = ""
    """How the sender is known: dmarc, dkim, none or failed."""
    automatic: str = ""
    """Why it is taken for a program's, where it is: a stable word."""
    has_more: bool = False
    """There is quoted text, a signature or a look that the words do not show."""
    trouble: str = ""
    """Why only a part of it could be read, where that is so (too_large, too_many_parts, too_deep, broken, encrypted): people look at it."""


class Together(Struct, frozen=True, tag="together"):
    """The parts of a message that go out as one, on a channel where a message is one thing. Made by `gateway.rendering`, never stored."""

    parts: "tuple[Part, ...]"


Part = Text | File | Location | Choices | Pick | Spoken | Keyed | Arriving | Notice | Letter | Together


def plain_text(parts: tuple[Part, ...]) -> str:
    """A message's words on one line each, for matching, summaries and lists. A voicemail that was understood is its words."""
    heard = {part.audio.id for part in parts if isinstance(part, Spoken) and part.audio and part.text}
    return "\n".join(filter(None, (_words(part) for part in parts if not (isinstance(part, File) and part.file.id in heard))))


def _words(part: Part) -> str:
    match part:
        case Text(text=text) | Choices(text=text) | Pick(text=text) | Spoken(text=text) | Keyed(keys=text):
            return text
        case File(file=file, caption=caption):
            return caption or f"[{file.name}]"
        case Arriving(caption=caption, name=name, kind=kind):
            return caption or f"[{name or kind}]"
        case Notice(text=text):
            return text
        case Letter():
            return ""
        case Together(parts=parts):
            return plain_text(parts)
        case Location(name=name, latitude=latitude, longitude=longitude):
            return name or f"[{latitude:.5f}, {longitude:.5f}]"

"""What is said in a mail of ours, as text and as HTML: the message's parts, a hint and a signature under them, the quotation."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from adapters.email.words import Addressing
from adapters.email.writing import headers, look, quotation
from adapters.email.writing.mime import file_name
from adapters.email.writing.speech import language_of
from config.email import Email
from gateway.core.errors import Rejected
from gateway.core.ids import FileId
from gateway.core.message import Author, Outgoing
from gateway.core.parts import Choices, File, Letter, Location, Part, Text, plain_text
from gateway.core.texts import FALLBACK, Texts, nearest
from gateway.rendering import Link
from gateway.rendering.markdown import to_plain


class Words(Struct, frozen=True):
    """Our own texts in the mail's language."""

    texts: Texts
    language: str
    company: str

    def say(self, key: str) -> str:
        return self.texts.say(f"email.{key}", self.language)


class Block(Struct, frozen=True):
    """A piece of what is said, both ways."""

    text: str
    html: str


def spoken(parts: Sequence[Part], addressing: Addressing) -> str:
    """The language of what is said, else of what is answered."""
    said = to_plain(plain_text(tuple(part for part in parts if isinstance(part, Text | Choices))))
    return language_of((said, addressing.quoted, addressing.subject)) or FALLBACK


def block(part: Part, contents: Mapping[FileId, bytes], link: Link) -> Block | None:
    """A part; None where it says nothing. Raises Rejected."""
    match part:
        case Text(text=text, markdown=True) if text.strip():
            return Block(to_plain(text), look.markdown(text))
        case Choices():
            return _choices(part)
        case File(caption=caption) if part.file.id in contents:
            return _said(caption)
        case File():
            return _linked(part, link)
        case Location():
            where = f"{part.latitude:.5f}, {part.longitude:.5f}"
            return _said(f"{part.name}\n{where}" if part.name else where)
        case Letter():
            return None
        case _:
            return _said(plain_text((part,)))


def around(outgoing: Outgoing, settings: Email, words: Words) -> tuple[str, str]:
    """The hint and the signature under what is said."""
    author = outgoing.message.author
    match author:
        case Author.BOT if any(isinstance(part, Choices) for part in outgoing.message.parts):
            hint = ""  # it asks back, and says itself what a reply is taken for
        case Author.BOT:
            hint = words.say("person_hint" if settings.reply_means_person else "reply_hint")
        case Author.SYSTEM:
            hint = words.say("automatic")
        case _:
            hint = ""
    offered = tuple(settings.signature)
    own = settings.signature[nearest(words.language, offered)] if offered else words.company
    name = outgoing.message.name if author is not Author.SYSTEM else ""
    return hint, "\n".join(filter(None, (headers.cleaned(name or "", headers.NAME_MAX_CHARS), own.strip())))


def as_text(blocks: Sequence[Block], under: tuple[str, str], addressing: Addressing, words: Words) -> str:
    """All of it as text."""
    hint, signature = under
    signed = f"-- \n{signature}" if signature else ""  # with its blank: programs know a signature by it (RFC 3676, section 4.3)
    quoted = quotation.as_text(addressing, words.texts, words.language)
    return "\n\n".join(filter(None, (*(block.text for block in blocks), hint, signed, quoted)))


def as_html(blocks: Sequence[Block], under: tuple[str, str], addressing: Addressing, words: Words) -> str:
    """All of it as HTML."""
    quoted = quotation.as_html(addressing, words.texts, words.language)
    small = (look.small(said) for said in under if said)
    return look.page(filter(None, (*(block.html for block in blocks), *small, quoted)), words.language)


def _said(text: str) -> Block | None:
    return Block(text.strip(), look.paragraphs(text)) if text.strip() else None


def _choices(part: Choices) -> Block:
    numbered = "\n".join(f"{number}. {option.text}" for number, option in enumerate(part.options, 1))
    text = "\n".join(filter(None, (part.text, numbered, part.hint)))
    around = [look.paragraphs(said) if said else "" for said in (part.text, part.hint)]
    return Block(text, "\n".join(filter(None, (around[0], look.numbered(option.text for option in part.options), around[1]))))


def _linked(part: File, link: Link) -> Block:
    """A file that the mail does not hold, as a link."""
    target, name = link(part.file), file_name(part.file.name)
    if target is None:
        raise Rejected("a file is too large for a mail, and this installation has no address for links", code="too_large")
    text = "\n".join(filter(None, (part.caption, f"{name}: {target}")))
    caption = look.paragraphs(part.caption) + "\n" if part.caption else ""
    return Block(text, caption + look.linked(target, name))

"""A message of ours as a mail. Pure: the same message gives the same bytes, so that a repeat is one.

    what is said            text and HTML of the same words (multipart/alternative)
    a hint, a signature     small, under it
    what the customer said  their newest mail alone, bounded: nobody reads here what another one wrote before
    files                   those that fit; others as links

A program's mail says so (RFC 3834, section 5; `X-Auto-Response-Suppress` is Exchange's, [MS-OXCMAIL] 2.2.3.2.14), and its envelope names
no address that a program would answer. An agent's mail is a person's, and has none of that.
"""

from collections.abc import Iterable, Mapping, Sequence
from email.utils import format_datetime

from msgspec import Struct

from adapters.email.tokens import Tokens
from adapters.email.words import Addressing, Composed, Mailbox, newest
from adapters.email.writing import headers, look, quotation, subjects
from adapters.email.writing.addresses import BadAddress, mailbox_of, spelled
from adapters.email.writing.mime import Attached, body, encoded_size, file_name
from adapters.email.writing.speech import language_of
from config.email import Email
from gateway.core.contact import AddressKind
from gateway.core.errors import Rejected
from gateway.core.ids import FileId
from gateway.core.message import Author, Choices, File, FileRef, Letter, Location, Outgoing, Part, Text, Together, plain_text
from gateway.core.texts import FALLBACK, Texts, nearest
from gateway.rendering import Link, no_link
from gateway.rendering.markdown import to_plain

MAIL_MAX_BYTES = 25_000_000
"""Of a whole mail as it goes out: what most servers take."""
WORDS_MAX_BYTES = 1_000_000
"""Of that for everything but files."""
COPIES_MAX_COUNT = 20
REFERENCES_MAX_COUNT = 20
LOOP = "X-Frontdesk-Loop"
"""In every mail of a program of ours: none of ours answers one that has it."""


class Words(Struct, frozen=True):
    """What is said around the message: our texts in the mail's language."""

    texts: Texts
    language: str
    company: str

    def say(self, key: str) -> str:
        return self.texts.say(f"email.{key}", self.language)


class Block(Struct, frozen=True):
    """A piece of what is said, both ways."""

    text: str
    html: str


def carried(parts: Sequence[Part], max_bytes: int = MAIL_MAX_BYTES) -> tuple[FileRef, ...]:
    """The files that the mail will hold, in order, as far as they fit: what `compose` wants the content of. Others go as links."""
    left, fitting = max_bytes - WORDS_MAX_BYTES, []
    for part in _flat(parts):
        if isinstance(part, File) and (size := encoded_size(part.file.size_bytes)) <= left:
            left -= size
            fitting.append(part.file)
    return tuple(fitting)


def compose(
    parts: Sequence[Part],
    outgoing: Outgoing,
    addressing: Addressing,
    *,
    settings: Email,
    tokens: Tokens,
    texts: Texts,
    company: str,
    contents: Mapping[FileId, bytes],
    link: Link = no_link,
    language: str = "",
) -> Composed:
    """The mail for the parts of a `Together`, or for a single part.

    `contents` are those of `carried(parts)`; with files in it this takes some 10 ms a megabyte: call it in a thread. `language`: of our
    words around what is said; "": guessed from what is said. Raises Rejected with a code of `email.code.*`: no_recipient, address,
    copy_address, no_words, too_large.
    """
    flat = _flat(parts)
    words = Words(texts, language or _language(flat, addressing), company)
    letter = next((part for part in flat if isinstance(part, Letter)), None)
    to, copies = _recipients(letter, outgoing, addressing, settings)
    blocks = [block for part in flat if (block := _block(part, contents, link))]
    attached = tuple(Attached(part.file, contents[part.file.id]) for part in flat if isinstance(part, File) and part.file.id in contents)
    if not blocks and not attached:
        raise Rejected("the message has nothing that a mail could hold", code="no_words")
    message_id = tokens.message_id(outgoing.id, outgoing.thread)
    around = _around(outgoing, settings, words)
    text, html = _text(blocks, around, addressing, words), _html(blocks, around, addressing, words)
    head = _head(letter, outgoing, addressing, settings, tokens, words, to, copies)
    raw = head + headers.plain("MIME-Version", "1.0") + body(text, html, attached, message_id)
    if len(raw) > MAIL_MAX_BYTES:
        raise Rejected(f"the mail has {len(raw)} bytes, more than {MAIL_MAX_BYTES}", code="too_large")
    return Composed(
        raw=raw, message_id=message_id, sender=_envelope(outgoing, settings, tokens),
        recipients=tuple(spelled(one.address) for one in to), copies=tuple(spelled(one.address) for one in copies),
    )  # fmt: skip


# ---- who ---------------------------------------------------------------------------------------------------------------------


def _recipients(
    letter: Letter | None, outgoing: Outgoing, addressing: Addressing, settings: Email
) -> tuple[tuple[Mailbox, ...], tuple[Mailbox, ...]]:
    """Whom it is for, who gets a copy. What the desk's agent wrote must be right; what came in a mail is left out where it is not."""
    ours = {address.lower() for address in (settings.address, *settings.aliases)}
    wanted = addressing.to or _of_thread(outgoing)
    seen: set[str] = set()
    to = _usable(wanted, ours, seen)
    if not to:
        raise Rejected("there is no address that an answer can go to", code="address" if wanted else "no_recipient")
    if letter is not None:
        return to, _usable(map(_written, letter.cc), ours, seen)
    if outgoing.message.author is Author.SYSTEM:  # a receipt is for who wrote, not for all who were told (RFC 3834, section 4)
        return to, ()
    return to, _usable(addressing.cc, ours, seen)


def _of_thread(outgoing: Outgoing) -> tuple[Mailbox, ...]:
    return (Mailbox("", outgoing.to.value),) if outgoing.to.kind is AddressKind.EMAIL else ()


def _usable(people: Iterable[Mailbox], ours: set[str], seen: set[str]) -> tuple[Mailbox, ...]:
    """Those that can be sent to, each once, none of them ourselves."""
    usable = []
    for one in people:
        key = _without_detail(one.address.lower())
        if key in ours or one.address.lower() in seen or not _is_sendable(one.address):
            continue
        seen.add(one.address.lower())
        usable.append(one)
    return tuple(usable[:COPIES_MAX_COUNT])


def _without_detail(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _is_sendable(address: str) -> bool:
    try:
        return bool(spelled(address))
    except BadAddress:
        return False


def _written(copy: str) -> Mailbox:
    try:
        return mailbox_of(copy)
    except BadAddress:
        raise Rejected("one of the addresses for a copy can't be sent to", code="copy_address") from None


def _envelope(outgoing: Outgoing, settings: Email, tokens: Tokens) -> str:
    """Where bounces come to. A program's mail has no sender that a program would answer."""
    own = spelled(settings.address)
    signed = tokens.verp(outgoing.id) if settings.plus_address else ""
    match settings.envelope:
        case "address":
            return own
        case "verp":
            return signed or own
        case "null" | "auto" if _is_automatic(outgoing):
            return "" if settings.envelope == "null" else signed
        case "auto":
            return signed or own
        case _:
            return own


def _is_automatic(outgoing: Outgoing) -> bool:
    return outgoing.message.author is not Author.AGENT


# ---- the head ----------------------------------------------------------------------------------------------------------------


def _head(
    letter: Letter | None, outgoing: Outgoing, addressing: Addressing, settings: Email, tokens: Tokens, words: Words,
    to: Sequence[Mailbox], copies: Sequence[Mailbox],
) -> bytes:  # fmt: skip
    us = Mailbox(settings.name or words.company, settings.address)
    answered = headers.plain_id(addressing.message_id)
    lines = [headers.mailboxes("From", [us]), headers.mailboxes("To", to)]
    if copies:
        lines.append(headers.mailboxes("Cc", copies))
    if settings.plus_address and (back := tokens.plus(outgoing.thread)):
        lines.append(headers.mailboxes("Reply-To", [Mailbox(us.name, back)]))
    lines += [
        headers.unstructured("Subject", _subject(letter, outgoing, addressing, settings, tokens, words)),
        headers.plain("Date", format_datetime(outgoing.message.at)),
        headers.ids("Message-ID", [tokens.message_id(outgoing.id, outgoing.thread)]),
        headers.ids("In-Reply-To", [answered]),
        headers.ids("References", _references(outgoing, addressing, tokens, answered)),
    ]
    return b"".join(lines) + (_automatic(settings, is_answer=bool(answered)) if _is_automatic(outgoing) else b"")


def _subject(
    letter: Letter | None, outgoing: Outgoing, addressing: Addressing, settings: Email, tokens: Tokens, words: Words
) -> str:  # fmt: skip
    """The agent's own, else the thread's as an answer's; with the tag at its end, once."""
    thread = subjects.reply(tokens.without_tag(addressing.subject), words.say("no_subject"))
    own = headers.cleaned(letter.subject, headers.SUBJECT_MAX_CHARS) if letter else ""
    own = tokens.without_tag(own) if own else ""
    said = own if own and subjects.bare(own) != subjects.bare(thread) else thread
    return f"{said} {tokens.tag(outgoing.thread)}" if settings.subject_tag else said


def _references(outgoing: Outgoing, addressing: Addressing, tokens: Tokens, answered: str) -> tuple[str, ...]:
    """The thread so far (RFC 5322, section 3.6.4): its first mail, the newest ones, what is answered last. Our anchor is among them."""
    anchor = headers.plain_id(tokens.anchor(outgoing.thread))
    before = [found for said in addressing.references if (found := headers.plain_id(said)) and found not in (anchor, answered)]
    kept = newest(list(dict.fromkeys(before)), REFERENCES_MAX_COUNT - 2)
    return tuple(filter(None, (*kept, anchor, answered)))


def _automatic(settings: Email, *, is_answer: bool) -> bytes:
    return (
        headers.plain("Auto-Submitted", "auto-replied" if is_answer else "auto-generated")
        + headers.plain("X-Auto-Response-Suppress", "All")
        + headers.plain("Precedence", "auto_reply")  # not `bulk`: spam filters count that, and those that read this know both
        + headers.plain(LOOP, spelled(settings.address).encode("ascii", "replace").decode())
    )


# ---- what is said ------------------------------------------------------------------------------------------------------------


def _flat(parts: Sequence[Part]) -> list[Part]:
    return [inner for part in parts for inner in (_flat(part.parts) if isinstance(part, Together) else [part])]


def _language(parts: Sequence[Part], addressing: Addressing) -> str:
    said = to_plain(plain_text(tuple(part for part in parts if isinstance(part, Text | Choices))))
    return language_of((said, addressing.quoted, addressing.subject)) or FALLBACK


def _block(part: Part, contents: Mapping[FileId, bytes], link: Link) -> Block | None:
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


def _around(outgoing: Outgoing, settings: Email, words: Words) -> tuple[str, str]:
    """The hint and the signature under what is said."""
    author = outgoing.message.author
    match author:
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


def _text(blocks: Sequence[Block], around: tuple[str, str], addressing: Addressing, words: Words) -> str:
    hint, signature = around
    signed = f"-- \n{signature}" if signature else ""  # with its blank: programs know a signature by it (RFC 3676, section 4.3)
    quoted = quotation.as_text(addressing, words.texts, words.language)
    return "\n\n".join(filter(None, (*(block.text for block in blocks), hint, signed, quoted)))


def _html(blocks: Sequence[Block], around: tuple[str, str], addressing: Addressing, words: Words) -> str:
    quoted = quotation.as_html(addressing, words.texts, words.language)
    small = (look.small(said) for said in around if said)
    return look.page(filter(None, (*(block.html for block in blocks), *small, quoted)), words.language)

"""A message of ours as a mail. Pure: the same message gives the same bytes, so that a repeat is one.

    what is said            text and HTML of the same words (multipart/alternative)
    a hint, a signature     small, under it
    what the customer said  their newest mail alone, bounded: nobody reads here what another one wrote before; where a program sends
                            it to others than a proven sender, nothing in it can be followed: a forged mail would have us spread it
    files                   those that fit; others as links

A program's mail says so (RFC 3834, section 5; `X-Auto-Response-Suppress` is Exchange's, [MS-OXCMAIL] 2.2.3.2.14), and its envelope names
no address that a program would answer. An agent's mail is a person's, and has none of that.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from email.utils import format_datetime

from msgspec import structs

from adapters.email.tokens import Tokens
from adapters.email.words import Addressing, Composed, Mailbox, newest
from adapters.email.writing import headers, saying, subjects
from adapters.email.writing.addresses import spelled
from adapters.email.writing.mime import Attached, body, encoded_size
from adapters.email.writing.quotation import CUT
from adapters.email.writing.recipients import is_at_home, is_home, recipients
from adapters.email.writing.saying import Words
from config.email import Email
from gateway.core.errors import Rejected
from gateway.core.ids import FileId
from gateway.core.message import Author, Outgoing
from gateway.core.parts import File, FileRef, Letter, Part, Together
from gateway.core.texts import Texts
from gateway.rendering import Link, no_link

MAIL_MAX_BYTES = 25_000_000
"""Of a whole mail as it goes out: what most servers take."""
WORDS_MAX_BYTES = 1_000_000
"""Of that for everything but files."""
REFERENCES_MAX_COUNT = 20
UNVOUCHED_MAX_CHARS = 120
UNVOUCHED_QUOTED_MAX_CHARS = 500
_FOLLOWED = re.compile(r"://|@|www\.|[\w-](?:\.[^\W\d_]{2}|。[a-z]{2})|(?:\d[-.]?){5}", re.IGNORECASE)
"""Addresses of all kinds, and numbers to call or to add (a phone, QQ, WeChat)."""
_LINK = re.compile(r"://|www\.|[\w-]\.[a-z]{2,}/", re.IGNORECASE)
LOOP = "X-Frontdesk-Loop"
"""In every mail of a program of ours: none of ours answers one that has it."""


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
    words = Words(texts, language or saying.spoken(flat, addressing), company)
    letter = next((part for part in flat if isinstance(part, Letter)), None)
    to, copies = recipients(letter, outgoing, addressing, settings)
    blocks = [block for part in flat if (block := saying.block(part, contents, link))]
    attached = tuple(Attached(part.file, contents[part.file.id]) for part in flat if isinstance(part, File) and part.file.id in contents)
    if not blocks and not attached:
        raise Rejected("the message has nothing that a mail could hold", code="no_words")
    message_id = tokens.message_id(outgoing.id, outgoing.thread)
    under = saying.around(outgoing, settings, words)
    if _is_automatic(outgoing) and not is_at_home(to, copies, addressing):
        is_known = addressing.is_vouched or is_home(to, addressing)
        quoted, subject = (_defused(addressing.quoted), _harmless(addressing.subject)) if is_known else ("", "")
        sender = _harmless(addressing.sender) if addressing.is_vouched else ""
        addressing = structs.replace(addressing, quoted=quoted, subject=subject, sender=sender)
    text, html = saying.as_text(blocks, under, addressing, words), saying.as_html(blocks, under, addressing, words)
    head = _head(letter, outgoing, addressing, settings, tokens, words, to, copies)
    raw = head + headers.plain("MIME-Version", "1.0") + body(text, html, attached, message_id)
    if len(raw) > MAIL_MAX_BYTES:
        raise Rejected(f"the mail has {len(raw)} bytes, more than {MAIL_MAX_BYTES}", code="too_large")
    return Composed(
        raw=raw, message_id=message_id, sender=_envelope(outgoing, settings, tokens),
        recipients=tuple(spelled(one.address) for one in to), copies=tuple(spelled(one.address) for one in copies),
    )  # fmt: skip


def _flat(parts: Sequence[Part]) -> list[Part]:
    return [inner for part in parts for inner in (_flat(part.parts) if isinstance(part, Together) else [part])]


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


def _harmless(subject: str) -> str:
    """A subject that nobody is known to have written, as it may go to who is said to have: nothing to follow, nothing long."""
    return "" if _LINK.search(subject) else subject[:UNVOUCHED_MAX_CHARS]


def _defused(quoted: str) -> str:
    """The same of a quotation: its beginning, without what could be followed or written to."""
    lines = quoted[:UNVOUCHED_QUOTED_MAX_CHARS].splitlines()
    if len(quoted) > UNVOUCHED_QUOTED_MAX_CHARS:
        lines.append(CUT)
    return "\n".join(" ".join(CUT if _is_followed(word) else word for word in line.split(" ")) for line in lines)


def _is_followed(word: str) -> bool:
    """In whatever letters it is written, and whatever is hidden between them."""
    return _FOLLOWED.search("".join(filter(str.isprintable, unicodedata.normalize("NFKC", word)))) is not None


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

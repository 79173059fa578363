"""A mail as events: what the customer said, in words that the bot and the desk can use, and how it is to be answered. Pure."""

import re
from collections.abc import Collection, Iterable, Sequence

import msgspec
from msgspec import structs

from adapters.email.authenticity import proof_of
from adapters.email.domains import are_one, domain_of
from adapters.email.found import Found
from adapters.email.quoting.splitting import Split
from adapters.email.words import Addressing, Mail, Mailbox, newest
from adapters.email.writing import subjects
from gateway.core.channel import Enclosed, event_key
from gateway.core.contact import Address, AddressKind, Proof
from gateway.core.events import Event, Inbound, Quiet, Remarked, Said, Visit
from gateway.core.ids import ChannelName, Thread
from gateway.core.parts import MAX_TEXT_BYTES, Arriving, Letter, Part, Text

WORDS_MAX_CHARS = 20_000
SUBJECT_MAX_CHARS = 500
PEOPLE_MAX_COUNT, LISTED_MAX_COUNT = 20, 50
NAMED_MAX_COUNT = 30
"""Of the files beyond those that are taken."""
REPLY_TO_MAX_COUNT = 5
NAME_MAX_CHARS = 120
ID_MAX_CHARS = 250
REFERENCES_MAX_COUNT = 20
QUOTED_MAX_CHARS = 4_000
ADDRESSING_MAX_BYTES = 16_384
PICTURE_MIN_BYTES = 6_144
"""A picture inside the text that is smaller is a logo or a smiley: it is seen in the mail's own look."""
NOBODY = "nobody@sender.invalid"
"""Who wrote a mail that names no sender (RFC 2606, section 2): nothing is ever sent there."""
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


def events(
    channel: ChannelName, mail: Mail, said: Split, found: Found, ours: Collection[str], *, attachments_max_count: int
) -> tuple[Inbound, ...]:  # fmt: skip
    """What happened, in order: the mail itself (`said`: its text in three), then what people should read about it."""
    letter = _letter(mail, found, said)
    parts: tuple[Part, ...] = (letter, *_texts(_words(mail, found, said)), *_arriving(mail, found, attachments_max_count))
    main = Inbound(
        channel=channel, thread=found.thread, key=event_key(channel, found.key), sender=_address(found.sender), at=found.at,
        event=Said(parts), visit=_visit(mail), quiet=found.quiet, proof=proof_of(found.word), beside=found.beside,
        addressing=_encoded(addressing(mail, found, said, ours)),
    )  # fmt: skip
    return (main, *_remarks(channel, mail, found))


def reduced(channel: ChannelName, mail: Mail, found: Found) -> Inbound:
    """The same where something in the mail can't be taken apart: its head alone, and the whole of it to be opened."""
    letter = Letter(
        subject=mail.subject[:SUBJECT_MAX_CHARS], sender=mail.sender.address, raw=found.file, proof=found.word, automatic=found.automatic,
        has_more=True, trouble="broken",
    )  # fmt: skip
    to = (Mailbox("", found.sender),) if found.sender else ()
    return Inbound(
        channel=channel, thread=found.thread, key=event_key(channel, found.key), sender=_address(found.sender), at=found.at,
        event=Said((letter, *_texts(mail.subject[:SUBJECT_MAX_CHARS]))), quiet=found.quiet, proof=proof_of(found.word),
        beside=found.beside, addressing=_encoded(Addressing(subject=mail.subject[:SUBJECT_MAX_CHARS], to=to, alone=to)),
    )  # fmt: skip


def bare(event: Inbound) -> Inbound:
    """An event that was not taken, with nothing in it but the head of the mail."""
    parts = event.event.parts if isinstance(event.event, Said) else ()
    return structs.replace(event, event=Said(parts[:1]), addressing="", visit=Visit()) if parts else event


# ---- what was said -----------------------------------------------------------------------------------------------------------


def _letter(mail: Mail, found: Found, said: Split) -> Letter:
    return Letter(
        subject=mail.subject[:SUBJECT_MAX_CHARS], sender=shown(mail.sender), to=tuple(map(shown, mail.to[:LISTED_MAX_COUNT])),
        cc=tuple(map(shown, mail.cc[:LISTED_MAX_COUNT])), date=mail.date, raw=found.file, proof=found.word, automatic=found.automatic,
        has_more=bool(said.quoted or said.signature or mail.html or mail.trouble or len(said.reply) > WORDS_MAX_CHARS),
        trouble=mail.trouble,
    )  # fmt: skip


def shown(person: Mailbox) -> str:
    """A name and an address as people read them."""
    return f"{person.name[:NAME_MAX_CHARS]} <{person.address}>" if person.name else person.address


def _words(mail: Mail, found: Found, said: Split) -> str:
    """The reply; before it the subject, where that is the customer's own for a new thread, or the reply says nothing."""
    reply = said.reply.strip() or mail.text.strip()
    subject = subjects.bare(mail.subject)[:SUBJECT_MAX_CHARS].strip()
    is_new = found.is_first and not subjects.is_handed_on(mail.subject)
    is_wanted = is_new or not any(sign.isalnum() for sign in reply)
    if subject and is_wanted and not reply.startswith(subject):
        reply = f"{subject}\n\n{reply}".strip()
    return reply[:WORDS_MAX_CHARS]


def _texts(words: str) -> Iterable[Text]:
    """In pieces that a message's text may have, cut between lines where there are any."""
    data, start = words.encode("utf-8", "replace"), 0
    while start < len(data):
        piece = data[start : start + MAX_TEXT_BYTES]
        if start + len(piece) < len(data):
            line = piece.rfind(b"\n")
            piece = piece[:line] if line > MAX_TEXT_BYTES // 2 else piece.decode("utf-8", "ignore").encode()
        start += len(piece)
        if text := piece.decode().strip("\n"):
            yield Text(text)


def _arriving(mail: Mail, found: Found, max_count: int) -> Iterable[Arriving]:
    """What lies in it, to be fetched out of the raw mail; programs stay there, and so does what is too many: its names are told."""
    if found.file is None:
        return
    lying = [one for one in mail.enclosed if not _is_ornament(one)]
    for count, one in enumerate(lying[: max_count + NAMED_MAX_COUNT]):
        kind = "image" if one.mime.startswith("image/") else "file"
        failure = "held_back" if one.is_held_back else "too_many" if count >= max_count else ""
        yield Arriving(kind=kind, media=f"{found.file.id}/{one.place}", name=one.name, failure=failure)


def _is_ornament(one: Enclosed) -> bool:
    return one.is_inline and one.mime.startswith("image/") and one.size_bytes < PICTURE_MIN_BYTES


def _visit(mail: Mail) -> Visit:
    said = next((value for name, value in mail.headers if name in ("content-language", "accept-language")), "")
    locale = said.split(",")[0].split(";")[0].strip()
    return Visit(name=mail.sender.name[:NAME_MAX_CHARS] or None, locale=locale if _LANGUAGE.fullmatch(locale) else None)


def _address(value: str) -> Address:
    return Address(AddressKind.EMAIL, "", value or NOBODY)


# ---- how it is answered ------------------------------------------------------------------------------------------------------


def addressing(mail: Mail, found: Found, said: Split, ours: Collection[str]) -> Addressing:
    """Where an answer goes, and what it says of what it answers."""
    to = _to(mail, found, ours)
    there = {one.address for one in to}
    copied = () if found.is_doubted else _others((*mail.to, *mail.cc), ours, there)
    references = [one for one in (mail.references or mail.in_reply_to) if len(one) <= ID_MAX_CHARS and one != mail.message_id]
    return Addressing(
        subject=mail.subject[:SUBJECT_MAX_CHARS], message_id=mail.message_id if len(mail.message_id) <= ID_MAX_CHARS else "",
        references=newest(references, REFERENCES_MAX_COUNT), to=to, cc=copied, sender=shown(mail.sender),
        alone=_alone(to, found), is_vouched=proof_of(found.word) is Proof.DMARC,
        date=mail.date.isoformat() if mail.date else "", quoted=(said.reply.strip() or mail.text.strip())[:QUOTED_MAX_CHARS],
    )  # fmt: skip


def _to(mail: Mail, found: Found, ours: Collection[str]) -> tuple[Mailbox, ...]:
    """Reply-To, where whoever wrote it may say so: the sender is proven, it is their own house, or nothing is in the thread but this."""
    themselves = mail.sender if mail.sender.address == found.sender else Mailbox("", found.sender)
    replies = _others(mail.reply_to[:REPLY_TO_MAX_COUNT], ours, ())
    is_proven = proof_of(found.word) is Proof.DMARC
    home = domain_of(found.sender)
    usable = [one for one in replies if is_proven or found.is_first or are_one(domain_of(one.address), home)]
    if usable and not found.is_doubted:
        return tuple(usable)
    return (_short(themselves),) if found.sender else ()


def _alone(to: Sequence[Mailbox], found: Found) -> tuple[Mailbox, ...]:
    """For a program's answer: the sender themselves, or where a proven one wants it within their own house (RFC 3834, section 4)."""
    home, is_proven = domain_of(found.sender), proof_of(found.word) is Proof.DMARC
    theirs = [one for one in to if one.address == found.sender or (is_proven and are_one(domain_of(one.address), home))]
    if theirs and is_proven:
        return (theirs[0],)
    return (Mailbox("", found.sender),) if found.sender else ()


def _others(people: Iterable[Mailbox], ours: Collection[str], there: Collection[str]) -> tuple[Mailbox, ...]:
    """Everybody but us and who is there already, each once."""
    kept: dict[str, Mailbox] = {}
    for one in people:
        plain = _without_detail(one.address)
        if one.address and one.address not in there and one.address not in ours and plain not in ours:
            kept.setdefault(one.address, _short(one))
    return tuple(kept.values())[:PEOPLE_MAX_COUNT]


def _without_detail(address: str) -> str:
    local, at, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"


def _short(person: Mailbox) -> Mailbox:
    return Mailbox(person.name[:NAME_MAX_CHARS], person.address)


def _encoded(made: Addressing) -> str:
    """As JSON of at most 16 KiB: long ids, then the quotation are given up for it."""
    for smaller in (made, structs.replace(made, references=made.references[-3:]), structs.replace(made, references=(), quoted="", cc=())):
        text = msgspec.json.encode(smaller)
        if len(text) <= ADDRESSING_MAX_BYTES:
            return text.decode()
    return msgspec.json.encode(Addressing(to=made.to[:1], alone=made.alone)).decode()


# ---- what people should read -------------------------------------------------------------------------------------------------


def _remarks(channel: ChannelName, mail: Mail, found: Found) -> Iterable[Inbound]:
    """In the thread that a stranger wrote on, that they did, once; that there is more; that somebody gets no automatic word any more."""
    if found.quiet is Quiet.AUTOMATIC:
        return
    if found.beside is not None and found.customer and found.is_first and not found.is_over:  # a flood of strangers floods no thread
        yield _remark(channel, found, "mail_stranger", found.beside, found.customer)
    if mail.trouble == "too_large":
        yield _remark(channel, found, "mail_truncated", found.thread, found.sender)
    if found.is_told:
        yield _remark(channel, found, "mail_limited", found.thread, found.sender)


def _remark(channel: ChannelName, found: Found, what: str, thread: Thread, customer: str) -> Inbound:
    event: Event = Remarked(what=what, who=found.sender)
    return Inbound(
        channel=channel, thread=thread, key=event_key(channel, found.key, what), sender=_address(customer), at=found.at, event=event
    )

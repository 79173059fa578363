"""Which thread a mail belongs to (E4), and whether its sender may be in it.

Looked for in this order: a signed plus-address among those it came to; a Message-ID of ours, or a thread's anchor, in In-Reply-To and
References; a Message-ID that came with an earlier mail; a signed tag in the subject. The subject itself says nothing.

A thread has one customer: who wrote its first mail. Anybody else who writes on it (a copy, a forward, a guess) is a stranger to it, and
gets a thread of their own **beside** it, always the same one: they see nothing of it and can add nothing to it. So is whoever writes in
the customer's name from a domain that says that it is not theirs, where the customer was proven before.

What is noted goes by a digest, because Message-IDs are of any length. A Message-ID that comes with two different mails leads only their own
senders to them: some programs give all their mails one.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct, structs

from adapters.email.authenticity import FAILED, proof_of
from adapters.email.marks import MESSAGE, THREAD, Marks
from adapters.email.tokens import Tokens
from adapters.email.words import Mail, newest
from gateway.core.contact import Proof
from gateway.core.ids import ChannelName, Thread

REFERENCES_MAX_COUNT = 30
"""Of one mail, so many are looked up: the first and the last ones."""
PARENTS_MAX_COUNT = 3
SAME_ID_MAX_COUNT = 5
"""Different mails under one Message-ID that are known apart."""
_FIELDS_COUNT = 3


class Known(Struct, frozen=True, omit_defaults=True):
    """What is noted of a thread."""

    customer: str
    first: str
    """The key of its first mail."""
    is_proven: bool = False
    """Its customer's address was proven once."""
    beside: Thread | None = None


class Arrived(Struct, frozen=True, kw_only=True):
    """A mail on its way to its thread."""

    mail: Mail
    key: str
    """What tells it from every other, and is the same for its copies."""
    sender: str
    """Who is taken for its sender: an address."""
    word: str
    """How that is known: `authenticity`."""


class Place(Struct, frozen=True, kw_only=True):
    """Where a mail belongs."""

    thread: Thread
    is_first: bool = False
    """It begins the thread."""
    beside: Thread | None = None
    customer: str = ""
    """Of the thread that this one is beside."""
    is_signed: bool = False
    """A signed word of ours led here: who has it has had a mail of ours."""
    is_far: bool = False
    """The thread that it is beside is itself beside another: strangers that answer strangers, as programs with changing names do."""
    is_doubted: bool = False
    """Its customer was proven before, and this mail's sender is not."""


class Threads:
    """Finds and remembers threads. One for a channel."""

    def __init__(self, name: ChannelName, marks: Marks, tokens: Tokens) -> None:
        self._name = name
        self._marks = marks
        self._tokens = tokens

    async def place(self, batch: Sequence[Arrived], at: datetime) -> list[Place]:
        """Where these belong, in their order: the later ones know the earlier ones. What is new is durable on return."""
        clues = [_clues(arrived, self._tokens) for arrived in batch]
        messages = await self._marks.marks(self._name, MESSAGE, sorted({key for clue in clues for key in clue.wanted}))
        named = {thread for clue in clues for thread in clue.signed} | {thread for noted in messages.values() for thread in _all(noted)}
        book = _Book(messages, await self._known(named), self._tokens)
        places = [book.place(arrived, clue) for arrived, clue in zip(batch, clues, strict=True)]
        new = [(kind, values) for kind, values in ((THREAD, book.new_threads), (MESSAGE, book.new_messages)) if values]
        await asyncio.gather(*(self._marks.mark(self._name, kind, values, at) for kind, values in new))
        return places

    async def customers(self, threads: Iterable[Thread]) -> dict[Thread, str]:
        """Whose these threads are."""
        found = await self._marks.marks(self._name, THREAD, sorted(set(threads)))
        return {Thread(thread): known.customer for thread, value in found.items() if (known := _read(value)) is not None}

    async def begin(self, thread: Thread, customer: str, at: datetime) -> None:
        """We have begun this thread ourselves: whom we write to is its customer. Nothing changes where it has one."""
        if thread not in await self._marks.marks(self._name, THREAD, [thread]):
            await self._marks.mark(self._name, THREAD, {thread: msgspec.json.encode(Known(customer, "")).decode()}, at)

    async def note(self, message_id: str, thread: Thread, at: datetime) -> None:
        """A mail of this thread is known by this Message-ID too."""
        await self._marks.mark(self._name, MESSAGE, {_digest(message_id.strip().strip("<>")): _noted(thread, "sent", "")}, at)

    async def _known(self, threads: set[Thread]) -> dict[Thread, Known]:
        """These, and those that they are beside."""
        known: dict[Thread, Known] = {}
        wanted = threads
        for _ in range(PARENTS_MAX_COUNT):
            if not wanted:
                break
            found = await self._marks.marks(self._name, THREAD, sorted(wanted))
            read = {Thread(thread): one for thread, value in found.items() if (one := _read(value)) is not None}
            known |= read
            wanted = {one.beside for one in read.values() if one.beside is not None} - known.keys()
        return known


class _Clues(Struct, frozen=True):
    """Where one mail points to."""

    signed: tuple[Thread, ...]
    """Threads that signed words of ours name, the best first."""
    references: tuple[tuple[str, str], ...]
    """What its references may be noted under, the best first: alone, and with the sender."""
    own: str
    """What it is noted under itself; "" without a Message-ID."""
    asked: tuple[tuple[str, str], ...]
    """Those that are noted, with the sender, where nobody knows them: two replies to a mail that we never got are one thread."""

    @property
    def wanted(self) -> tuple[str, ...]:
        """All that must be read for it."""
        return (*(key for pair in self.references for key in pair), *filter(None, (self.own,)))


class _Book:
    """What is known while one batch is placed."""

    def __init__(self, messages: Mapping[str, str], known: Mapping[Thread, Known], tokens: Tokens) -> None:
        self._messages = dict(messages)
        self._known = dict(known)
        self._tokens = tokens
        self.new_threads: dict[str, str] = {}
        self.new_messages: dict[str, str] = {}

    def place(self, arrived: Arrived, clues: _Clues) -> Place:
        found = self._found(arrived, clues)
        place = self._begun(arrived) if found is None else self._joined(arrived, found, is_signed=found in clues.signed)
        self._note(arrived, clues, place.thread)
        return place

    def _found(self, arrived: Arrived, clues: _Clues) -> Thread | None:
        """The thread that it points to: rather one of the sender's own, also where that lies under the one that it names."""
        named = [*clues.signed, *self._noted(arrived, clues)]
        for thread in named:
            for own in self._and_above(thread):
                if self._is_theirs(own, arrived):
                    return own
        return named[0] if named else None

    def _noted(self, arrived: Arrived, clues: _Clues) -> Iterable[Thread]:
        by = _digest(arrived.sender)[:8]
        for alone, with_sender in clues.references:
            if thread := _of(self._messages.get(alone, ""), by) or _of(self._messages.get(with_sender, ""), by):
                yield thread

    def _and_above(self, thread: Thread) -> Iterable[Thread]:
        current: Thread | None = thread
        for _ in range(PARENTS_MAX_COUNT):
            if current is None:
                return
            yield current
            known = self._known.get(current)
            current = known.beside if known is not None else None

    def _is_theirs(self, thread: Thread, arrived: Arrived) -> bool:
        known = self._known.get(thread)
        return known is not None and known.customer == arrived.sender and not (known.is_proven and arrived.word == FAILED)

    def _begun(self, arrived: Arrived) -> Place:
        thread = self._tokens.thread(arrived.key)
        self._open(thread, arrived, None)
        return Place(thread=thread, is_first=True)

    def _joined(self, arrived: Arrived, found: Thread, *, is_signed: bool) -> Place:
        if self._is_theirs(found, arrived):
            known = self._known[found]
            self._open(found, arrived, known.beside)
            return Place(
                thread=found, is_first=known.first == arrived.key, beside=known.beside, customer=self._customer(known.beside),
                is_signed=is_signed, is_far=self._is_beside(known.beside),
                is_doubted=known.is_proven and proof_of(arrived.word) is Proof.NONE,
            )  # fmt: skip
        thread = self._tokens.thread("beside", found, arrived.sender, arrived.word if arrived.word == FAILED else "")
        self._open(thread, arrived, found)
        is_first = self._known[thread].first == arrived.key
        return Place(thread=thread, is_first=is_first, beside=found, customer=self._customer(found), is_far=self._is_beside(found))

    def _is_beside(self, thread: Thread | None) -> bool:
        known = self._known.get(thread) if thread is not None else None
        return known is not None and known.beside is not None

    def _customer(self, thread: Thread | None) -> str:
        known = self._known.get(thread) if thread is not None else None
        return known.customer if known is not None else ""

    def _open(self, thread: Thread, arrived: Arrived, beside: Thread | None) -> None:
        """Note a thread that is new; an old one may be proven now."""
        is_proven = proof_of(arrived.word) is Proof.DMARC
        before = self._known.get(thread)
        if before is None:
            now = Known(arrived.sender, arrived.key, is_proven, beside)
        else:
            now = structs.replace(before, is_proven=before.is_proven or is_proven)
        if now != before:
            self._known[thread] = now
            self.new_threads[thread] = msgspec.json.encode(now).decode()

    def _note(self, arrived: Arrived, clues: _Clues, thread: Thread) -> None:
        value = _noted(thread, arrived.key, arrived.sender)
        before = self._messages.get(clues.own, "")
        if clues.own and value not in before.split(" "):
            self._write(clues.own, " ".join([*before.split(" "), value][-SAME_ID_MAX_COUNT:]).strip())
        for alone, with_sender in clues.asked:
            if alone not in self._messages and with_sender not in self._messages and alone != clues.own:
                self._write(with_sender, value)

    def _write(self, key: str, value: str) -> None:
        self._messages[key] = self.new_messages[key] = value


def _clues(arrived: Arrived, tokens: Tokens) -> _Clues:
    mail, sender = arrived.mail, arrived.sender
    references = list(dict.fromkeys((*mail.in_reply_to, *reversed(newest(mail.references, REFERENCES_MAX_COUNT)))))[:REFERENCES_MAX_COUNT]
    addresses = (*mail.delivered_to, *(one.address for one in (*mail.to, *mail.cc)))
    signed = [thread for address in addresses if "+" in address and (thread := tokens.thread_of_address(address))]
    signed += [thread for reference in references if (thread := tokens.thread_of(reference))]
    if not signed and (tagged := tokens.thread_of_subject(mail.subject)):
        signed.append(tagged)
    pairs = {reference: (_digest(reference), _digest(reference, sender)) for reference in references}
    asked = [pairs[one] for one in dict.fromkeys((*mail.in_reply_to[:1], *mail.references[:1])) if one in pairs]
    return _Clues(
        signed=tuple(dict.fromkeys(signed)), references=tuple(pairs.values()), own=_digest(mail.message_id) if mail.message_id else "",
        asked=tuple(asked),
    )  # fmt: skip


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _noted(thread: Thread, key: str, sender: str) -> str:
    """What is noted of one mail; of several under one Message-ID, a blank lies between."""
    return f"{thread}/{key[-16:]}/{_digest(sender)[:8]}"


def _of(noted: str, sender: str) -> Thread | None:
    """The thread that is noted: of several mails, the sender's own newest."""
    mails = [mail.split("/") for mail in noted.split(" ") if mail.count("/") == _FIELDS_COUNT - 1]
    if len({thread for thread, _, _ in mails}) > 1:
        mails = [mail for mail in mails if mail[2] == sender]
    return Thread(mails[-1][0]) if mails else None


def _all(noted: str) -> list[Thread]:
    return [Thread(mail.partition("/")[0]) for mail in noted.split(" ") if "/" in mail]


def _read(value: str) -> Known | None:
    try:
        return msgspec.json.decode(value, type=Known)
    except msgspec.DecodeError:
        return None

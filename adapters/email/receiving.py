"""Takes a batch of mails in: in this order, so that a death anywhere loses nothing and repeats nothing.

    the raw mails are kept -> read in a worker -> who sent them -> which threads -> how many programs may answer -> events accepted

On return all of it is durable, and the listener notes how far it is. Whoever dies before that reads the batch again: the same files,
threads and counts are found, and the events are known by their keys. Inside a thread events are accepted in the order of their mails.

Nothing in a mail can stop those behind it: what can't be read or carried is recorded by its head alone, with the whole to be opened.
"""

import asyncio
import hashlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from adapters.email import gate, letters, vouching
from adapters.email.authenticity import FAILED, NONE, Authenticity, proof_of
from adapters.email.breaker import Breaker, Judged, counted_as
from adapters.email.found import Found
from adapters.email.heads import heads
from adapters.email.marks import KEPT_DAYS, Marks
from adapters.email.oauth import Notebook
from adapters.email.parsing.reading import read
from adapters.email.quoting.splitting import Split, split
from adapters.email.returns import Returns
from adapters.email.threads import Arrived, Place, Threads
from adapters.email.tokens import Tokens
from adapters.email.words import Fetched, Mail
from config.email import Email
from gateway.core.channel import Accept
from gateway.core.contact import Proof
from gateway.core.errors import BadInput, Busy, FrontdeskError
from gateway.core.events import Inbound, Quiet
from gateway.core.files import Files, ToKeep
from gateway.core.ids import ChannelName, Thread
from gateway.core.parts import FileRef

log = logging.getLogger(__name__)

OWNER = "letters"
"""Whose the raw mails are, of a channel: no thread is called so."""
IN_PLACE_MAX_BYTES = 32_768
"""One mail of so much is read without a worker."""
BUSY_WAIT_S = (0.05, 5.0)
SPEAKER_MAX_CHARS = 200
TIDY_EVERY_S = 3_600.0
TIDY_COUNT = 1_000


class Read(Struct, frozen=True):
    """A mail that was read, kept and named."""

    fetched: Fetched
    file: FileRef
    mail: Mail
    split: Split
    key: str
    sender: str
    automatic: str


class Receiving:
    """Takes the mails of one channel in. `counts`: what they were."""

    def __init__(
        self, name: ChannelName, settings: Email, *, files: Files, marks: Marks, tokens: Tokens, threads: Threads,
        authenticity: Authenticity, breaker: Breaker, notebook: Notebook, now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._name = name
        self._settings = settings
        self._files = files
        self._marks = marks
        self._threads = threads
        self._authenticity = authenticity
        self._breaker = breaker
        self._notebook = notebook
        self._now = now
        self._sleep = sleep
        self._tidied_at: datetime | None = None
        self._speaker = ""
        self.ours = ours_of(settings)
        self.counts: Counter[str] = Counter()
        self._returns = Returns(name, marks, threads, tokens, counts=self.counts, now=now)

    async def take(self, batch: Sequence[Fetched], accept: Accept) -> None:
        """Make these ours. Raises what the store and the bus raise: then the same batch is to be given again."""
        mails = await self._read(batch)
        said = [one for one in mails if one.mail.report is None]
        words = await self._words(said)
        arrived = [Arrived(mail=one.mail, key=one.key, sender=one.sender, word=word) for one, word in zip(said, words, strict=True)]
        places = await self._threads.place(arrived, self._now())
        judged = await self._judged(said, places)
        found = [self._found(one, word, place, over) for one, word, place, over in zip(said, words, places, judged, strict=True)]
        events = {one.key: self._events(one, about) for one, about in zip(said, found, strict=True)}
        await self._returns.lift(one.sender for one, place in zip(found, places, strict=True) if _is_truly_theirs(one, place))
        for one in mails:
            if one.mail.report is not None:
                events[one.key] = await self._returns.news(
                    one.mail, one.mail.report, key=one.key, sender=one.sender, at=one.fetched.at
                )  # fmt: skip
        await self._accept_all([event for one in mails for event in events.get(one.key, ())], accept)
        self._count(found)
        await self._note_speaker(mails)
        await self._tidy()

    # ---- what is in them -------------------------------------------------------------------------------------------------------

    async def _read(self, batch: Sequence[Fetched]) -> list[Read]:
        """Kept first (E3), then read."""
        owner = f"{self._name}/{OWNER}"
        kept = await self._files.keep_many(
            [ToKeep(content=one.raw, name=f"{one.uid}.eml", mime="message/rfc822", owner=owner) for one in batch]
        )
        is_small = len(batch) == 1 and len(batch[0].raw) <= IN_PLACE_MAX_BYTES
        mails = self._mails(batch) if is_small else await asyncio.to_thread(self._mails, batch)
        return [self._named(*item) for item in zip(batch, kept, mails, strict=True)]

    def _mails(self, batch: Sequence[Fetched]) -> list[tuple[Mail, Split]]:
        return [self._mail(one) for one in batch]

    def _mail(self, fetched: Fetched) -> tuple[Mail, Split]:
        try:
            mail = read(fetched.raw, size_bytes=fetched.size_bytes, ours=self.ours)
            return mail, split(mail.text)
        except Exception as error:  # a mistake of ours in front of a mail that nobody thought of: it is shown as it came
            log.warning("a mail can't be read", extra={**self._who(fetched), "error": _place(error)})
            return Mail(body_hash=hashlib.sha256(fetched.raw).hexdigest(), trouble="broken"), Split("", "", "")

    def _named(self, fetched: Fetched, file: FileRef, read: tuple[Mail, Split]) -> Read:
        mail, parted = read
        sender = sender_of(mail, self._settings.forms)
        automatic = gate.why(mail, self.ours, self._settings.forms) or ("" if sender else "no_sender")
        return Read(fetched, file, mail, parted, key_of(mail, fetched.raw), sender, automatic)

    async def _words(self, said: Sequence[Read]) -> list[str]:
        """How the senders are known. What no program may answer is not asked about, nor is whom a form names."""
        words = [self._word(one) for one in said]
        asked = [place for place, word in enumerate(words) if word is None]
        answers = await asyncio.gather(*(self._authenticity.of(said[place].fetched.raw, said[place].sender) for place in asked))
        known = dict(zip(asked, answers, strict=True))
        return [known[place] if word is None else word for place, word in enumerate(words)]

    def _word(self, one: Read) -> str | None:
        if one.automatic or one.sender != one.mail.sender.address:
            return NONE
        return self._authenticity.told(one.fetched.raw, one.sender, is_whole=one.fetched.size_bytes <= len(one.fetched.raw))

    async def _judged(self, said: Sequence[Read], places: Sequence[Place]) -> list[Judged]:
        """By the breaker, those that a program might answer: by who wrote, by where they want it; strangers together by their thread."""
        asked = [(one, place) for one, place in zip(said, places, strict=True) if not one.automatic]
        senders = [(counted_as(one.sender), one.key, place.is_signed or place.beside is not None) for one, place in asked]
        others = [(who, one.key, is_reply) for one, place in asked for who, is_reply in _counted_too(one, place)]
        judged = await self._breaker.judge([*senders, *others])
        over = {one.key for one, place in asked if place.is_far}
        over |= {key for (_, key, _), found in zip(others, judged[len(senders) :], strict=True) if found.is_over}
        told = {one.key: found for (one, _), found in zip(asked, judged, strict=False)}
        return [Judged(told[one.key].is_over or one.key in over, told[one.key].is_told) if one.key in told else Judged() for one in said]

    def _found(self, one: Read, word: str, place: Place, judged: Judged) -> Found:
        is_forged = word == FAILED  # its domain itself says so: a program's answer would go to somebody who never wrote
        quiet = Quiet.AUTOMATIC if one.automatic else Quiet.LIMITED if judged.is_over or is_forged else None
        return Found(
            key=one.key, at=one.fetched.at, sender=one.sender, thread=place.thread, is_first=place.is_first, beside=place.beside,
            customer=place.customer, is_doubted=place.is_doubted, word=word, automatic=one.automatic, quiet=quiet,
            is_over=judged.is_over, is_told=judged.is_told, file=one.file,
        )  # fmt: skip

    def _events(self, one: Read, found: Found) -> Sequence[Inbound]:
        try:
            count = self._settings.attachments_max_count
            return letters.events(self._name, one.mail, one.split, found, self.ours, attachments_max_count=count)
        except Exception as error:  # as above
            self.counts["reduced"] += 1
            log.warning("a mail can't be taken apart", extra={**self._who(one.fetched), "error": _place(error)})
            return (letters.reduced(self._name, one.mail, found),)

    # ---- accepting -------------------------------------------------------------------------------------------------------------

    async def _accept_all(self, events: Sequence[Inbound], accept: Accept) -> None:
        """Each thread's in their order, the threads beside each other."""
        threads: dict[Thread, list[Inbound]] = {}
        for event in events:
            threads.setdefault(event.thread, []).append(event)
        try:
            async with asyncio.TaskGroup() as tasks:
                for chain in threads.values():
                    tasks.create_task(self._accept_chain(chain, accept))
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None

    async def _accept_chain(self, chain: Sequence[Inbound], accept: Accept) -> None:
        for event in chain:
            try:
                await self._accept(event, accept)
            except BadInput as error:
                self.counts["reduced"] += 1
                log.warning("a mail can't be carried whole", extra={"channel": self._name, "code": error.code})
                await self._accept(letters.bare(event), accept)

    async def _accept(self, event: Inbound, accept: Accept) -> None:
        """Where its lane is full, wait: the mails behind it wait in the mailbox."""
        while True:
            try:
                await accept(event)
            except Busy as busy:
                await self._sleep(min(max(busy.retry_after_s, BUSY_WAIT_S[0]), BUSY_WAIT_S[1]))
            else:
                return

    # ---- who vouches for senders --------------------------------------------------------------------------------------------------

    @property
    def _speakers_page(self) -> str:
        return f"email/{self._name}/authserv"

    async def speakers(self) -> str:
        """Which server writes `Authentication-Results` over our mails, where none is believed yet: for the doctor."""
        return await self._notebook.notebook(self._speakers_page)

    async def _note_speaker(self, mails: Sequence[Read]) -> None:
        """The name is remembered when it changes; nobody need ask for it."""
        if self._settings.authserv_id or not mails:
            return
        found = next(iter(vouching.speakers(heads(mails[-1].fetched.raw))), "")
        if found and found != self._speaker:
            await self._notebook.note_down(self._speakers_page, found[:SPEAKER_MAX_CHARS])
            self._speaker = found

    # ---- order in the house ----------------------------------------------------------------------------------------------------

    def _count(self, found: Sequence[Found]) -> None:
        self.counts["taken"] += len(found)
        self.counts["automatic"] += sum(one.quiet is Quiet.AUTOMATIC for one in found)
        self.counts["limited"] += sum(one.quiet is Quiet.LIMITED for one in found)
        self.counts["strangers"] += sum(one.beside is not None and one.is_first for one in found)

    async def _tidy(self) -> None:
        """Forget old notes now and then, a piece at a time."""
        now = self._now()
        if self._tidied_at is not None and now - self._tidied_at < timedelta(seconds=TIDY_EVERY_S):
            return
        self._tidied_at = now
        try:
            for kind, days in KEPT_DAYS.items():
                await self._marks.drop_marks(self._name, kind, now - timedelta(days=days), TIDY_COUNT)
        except (FrontdeskError, OSError):
            log.warning("old notes of mails are kept for now", extra={"channel": self._name})

    def _who(self, fetched: Fetched) -> Mapping[str, object]:
        return {"channel": self._name, "mailbox": fetched.mailbox, "uid": fetched.uid}


def ours_of(settings: Email) -> tuple[str, ...]:
    """Our own addresses, lower case."""
    return tuple(dict.fromkeys(address.strip().lower() for address in (settings.address, *settings.aliases)))


def sender_of(mail: Mail, forms: Sequence[str]) -> str:
    """Whom an answer goes to: of a form the first Reply-To, since its own address is a program's."""
    if mail.sender.address and mail.sender.address in {address.lower() for address in forms}:
        return next((one.address for one in mail.reply_to if one.address), mail.sender.address)
    return mail.sender.address


def key_of(mail: Mail, raw: bytes) -> str:
    """What tells a mail from every other, and its copies have in common: Message-IDs alone are used again for other mails (E1)."""
    if not mail.message_id:
        return hashlib.sha256(raw).hexdigest()
    return hashlib.sha256("\n".join((mail.message_id, mail.body_hash, mail.sender.address)).encode("utf-8", "replace")).hexdigest()


def _counted_too(one: Read, place: Place) -> list[tuple[str, bool]]:
    """Whom else a mail is counted for, and whether as a reply: else many names could have one address answered without end."""
    wanted = dict.fromkeys(counted_as(other.address) for other in one.mail.reply_to[: letters.REPLY_TO_MAX_COUNT] if other.address)
    found = [(f"for {who}", False) for who in wanted if who != counted_as(one.sender)]
    return found if place.beside is None else [*found, (f"beside {place.beside}", True)]


def _is_truly_theirs(found: Found, place: Place) -> bool:
    """It is proven, or whoever wrote it has had a mail of ours."""
    return place.is_signed or proof_of(found.word) is Proof.DMARC


def _place(error: Exception) -> str:
    """The error's type and its innermost place; never its text, which may hold a customer's."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        place = f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__} at {place}"

"""Sends one message of ours as one mail."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import msgspec
from msgspec import structs

from adapters.email import fates
from adapters.email.composing import carried, compose
from adapters.email.marks import SENT, SUPPRESSED, Marks
from adapters.email.raws import whole
from adapters.email.smtp.sender import Refused, Sender
from adapters.email.threads import Threads
from adapters.email.tokens import Tokens
from adapters.email.words import Addressing, Composed
from config.email import Email
from gateway.core.contact import AddressKind
from gateway.core.errors import Busy, FrontdeskError, NotFound, Rejected, TooLarge, TryLater
from gateway.core.files import Files
from gateway.core.ids import ChannelName, FileId
from gateway.core.message import Outgoing, Receipt
from gateway.core.parts import Part
from gateway.core.texts import Texts
from gateway.rendering import Link

log = logging.getLogger(__name__)

COPIES_MAX_COUNT = 4
"""Copies on their way to the mailbox of sent mail at the same time; in a greater rush the rest goes without."""
DETAIL_MAX_CHARS = 400
CONTENT_MAX_BYTES = 30 * 1024 * 1024
Append = Callable[[str, bytes], Awaitable[bool]]


class Post:
    """The way out of one channel."""

    def __init__(
        self, name: ChannelName, settings: Email, *, sender: Sender, append: Append, files: Files, marks: Marks, threads: Threads,
        tokens: Tokens, texts: Texts, company: str, link: Link, now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._name = name
        self._settings = settings
        self._sender = sender
        self._append = append
        self._files = files
        self._marks = marks
        self._threads = threads
        self._tokens = tokens
        self._texts = texts
        self._company = company
        self._link = link
        self._now = now
        self._copying: set[asyncio.Task[bool]] = set()

    async def send(self, part: Part, outgoing: Outgoing) -> Receipt:
        """Hand it to the server. Raises Rejected, TryLater or Uncertain."""
        try:
            written = await self._composed(part, outgoing)
            mail = await self._reachable(written)
            await self._note_before(mail, outgoing)
        except (Busy, OSError, TimeoutError) as error:
            raise TryLater(f"the record can't be asked just now: {type(error).__name__}", code="record") from None
        refused = await self._sender.send(mail)
        await self._note_after(mail, outgoing, refused)
        self._copy(mail)
        unreached = "; ".join(f"{address} ({code})" for address, code in refused.addresses)
        return Receipt(channel_message_id=mail.message_id.strip("<>"), detail=unreached[:DETAIL_MAX_CHARS])

    async def close(self) -> None:
        """Let go of the connections; copies that are on their way have had their time."""
        for task in list(self._copying):
            task.cancel()
        await asyncio.gather(*self._copying, return_exceptions=True)
        await self._sender.close()

    # ---- the mail --------------------------------------------------------------------------------------------------------------

    async def _composed(self, part: Part, outgoing: Outgoing) -> Composed:
        contents = await self._contents(part)
        addressing = _addressing(outgoing.addressing)

        def made() -> Composed:
            return compose(
                (part,), outgoing, addressing, settings=self._settings, tokens=self._tokens, texts=self._texts, company=self._company,
                contents=contents, link=self._link,
            )  # fmt: skip

        return await asyncio.to_thread(made) if contents else made()

    async def _contents(self, part: Part) -> dict[FileId, bytes]:
        try:
            return {file.id: await whole(self._files.read(file), CONTENT_MAX_BYTES) for file in carried((part,))}
        except (NotFound, TooLarge):
            raise Rejected("a file that goes with it is not there any more", code="gone") from None

    async def _reachable(self, mail: Composed) -> Composed:
        """Without copies to addresses that can't be reached. Raises Rejected where nobody else is left to whom it is."""
        everybody = (*mail.recipients, *mail.copies)
        suppressed = await self._marks.marks(self._name, SUPPRESSED, sorted({address.lower() for address in everybody}))
        if not suppressed:
            return mail
        recipients = tuple(address for address in mail.recipients if address.lower() not in suppressed)
        if not recipients:
            raise Rejected("mail to this address has come back for good", code="suppressed")
        copies = tuple(address for address in mail.copies if address.lower() not in suppressed)
        return structs.replace(mail, recipients=recipients, copies=copies)

    # ---- what is noted of it ---------------------------------------------------------------------------------------------------

    async def _note_before(self, mail: Composed, outgoing: Outgoing) -> None:
        """Where bounces come back to an address made for this mail, which mail that is; and whose a thread is that we begin with it."""
        if not outgoing.addressing and outgoing.to.kind is AddressKind.EMAIL:
            await self._threads.begin(outgoing.thread, outgoing.to.value, self._now())
        if self._tokens.outgoing_of_verp(mail.sender):
            value = fates.value_of(mail.message_id, outgoing.thread)
            await self._marks.mark(self._name, SENT, {fates.key_of_outgoing(outgoing.id): value}, self._now())

    async def _note_after(self, mail: Composed, outgoing: Outgoing, refused: Refused) -> None:
        """The name that the server put over ours; best effort: the thread is named in other places too."""
        if not refused.known_as:
            return
        try:
            await self._threads.note(refused.known_as, outgoing.thread, self._now())
            value = fates.value_of(mail.message_id, outgoing.thread)
            await self._marks.mark(self._name, SENT, {fates.key_of_name(refused.known_as): value}, self._now())
        except (FrontdeskError, OSError):
            log.warning("another server's name for a mail of ours could not be noted", extra={"channel": self._name})

    def _copy(self, mail: Composed) -> None:
        """A copy into the mailbox of sent mail, where there is one: beside the work, and as well as can be."""
        if self._settings.sent and len(self._copying) < COPIES_MAX_COUNT:
            task = asyncio.ensure_future(self._append(self._settings.sent, mail.raw))
            self._copying.add(task)
            task.add_done_callback(self._copying.discard)


def _without(refused: Sequence[tuple[str, str]]) -> str:
    """Who did not get it though others did, for people: each with a word of `email.code.*`."""
    return ", ".join(f"{address} ({why})" for address, why in refused)


def _addressing(said: str) -> Addressing:
    """How the thread is answered; what can't be read counts as unsaid."""
    try:
        return msgspec.json.decode(said, type=Addressing) if said else Addressing()
    except msgspec.DecodeError:
        return Addressing()

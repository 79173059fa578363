"""The `email` channel: a support address whose mails are read by IMAP and answered by SMTP."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime

from adapters.email import gate, letters
from adapters.email.authenticity import Authenticity
from adapters.email.diagnosis import Diagnosis
from adapters.email.found import Found
from adapters.email.health import Health
from adapters.email.imap.listener import Listener
from adapters.email.opened import Letters
from adapters.email.parsing.reading import read
from adapters.email.quoting.splitting import split
from adapters.email.receiving import Receiving, key_of, sender_of
from adapters.email.sending import Post
from adapters.email.tokens import Tokens
from adapters.email.words import Fetched
from config.email import Email
from gateway.core.channel import Accept, Capabilities, Grade, Opened, Parsed, Pulse, Raw, Reach, Verdict
from gateway.core.errors import TooLarge
from gateway.core.events import Quiet
from gateway.core.ids import ChannelName
from gateway.core.message import Outgoing, Receipt
from gateway.core.parts import Arriving, Letter, Part

PATIENCE_S = 48 * 3_600.0
TEXT_MAX_BYTES = 1_000_000
FILE_MAX_BYTES = 18_000_000
"""What fits into 25 MB as base64."""
RATES = {"smtp.office365.com": 0.5, "smtp-mail.outlook.com": 0.5}
"""How many mails a second a server takes, where its owner says so: 30 a minute (learn.microsoft.com, Exchange Online limits, 2026-11)."""


class EmailChannel:
    """One support address."""

    def __init__(
        self, name: ChannelName, settings: Email, *, tokens: Tokens, listener: Listener, receiving: Receiving, post: Post,
        opening: Letters, authenticity: Authenticity, diagnosis: Diagnosis, health: Health,
    ) -> None:  # fmt: skip
        self._name = name
        self._settings = settings
        self._capabilities = Capabilities(
            reach=Reach.PUSHED, text_max_bytes=TEXT_MAX_BYTES, markdown=Grade.NATIVE, choices=Grade.DEGRADED, files=Grade.NATIVE,
            file_max_bytes=FILE_MAX_BYTES, is_idempotent=True, is_whole=True, letters=True, patience_s=PATIENCE_S, brings_any_file=True,
            parts_per_second=RATES.get(settings.smtp.host.lower().rstrip("."), 0.0), at_once_count=settings.smtp.connections,
            send_s=4 * settings.timeout_s,
        )  # fmt: skip
        self._tokens = tokens
        self._listener = listener
        self._receiving = receiving
        self._post = post
        self._letters = opening
        self._authenticity = authenticity
        self._diagnosis = diagnosis
        self._health = health

    def __repr__(self) -> str:
        return f"EmailChannel({self._name!r})"

    @property
    def name(self) -> ChannelName:
        return self._name

    @property
    def type(self) -> str:
        return "email"

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    # ---- in --------------------------------------------------------------------------------------------------------------------

    def parse(self, raw: Raw) -> Parsed:
        """The events of one mail. `raw.context["found"]` is what the edge has found out about it; without that nothing of it is proven."""
        if len(raw.body) > self._settings.message_max_bytes:
            raise TooLarge("mail_too_large", f"a mail of at most {self._settings.message_max_bytes} bytes")
        mail, ours = read(raw.body, ours=self._receiving.ours), self._receiving.ours
        found = raw.context.get("found")
        if not isinstance(found, Found):
            sender, key = sender_of(mail, self._settings.forms), key_of(mail, raw.body)
            automatic = gate.why(mail, ours, self._settings.forms) or ("" if sender else "no_sender")
            found = Found(
                key=key, at=datetime.fromtimestamp(raw.received_at_ms / 1000, UTC), sender=sender, thread=self._tokens.thread(key),
                automatic=automatic, quiet=Quiet.AUTOMATIC if automatic else None,
            )  # fmt: skip
        count = self._settings.attachments_max_count
        return Parsed(events=letters.events(self._name, mail, split(mail.text), found, ours, attachments_max_count=count))

    async def listen(self, accept: Accept) -> None:
        """Until cancelled. Any number of processes may; one at a time reads."""
        await asyncio.to_thread(self._authenticity.load)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._health.keep(), name="health")
            await self._listener.run(lambda batch: self.receive(batch, accept))

    async def receive(self, batch: Sequence[Fetched], accept: Accept) -> None:
        """Take a batch of mails in: on return they are durable, and their events accepted. May be given the same again."""
        await self._receiving.take(batch, accept)

    def fetch(self, part: Arriving) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """What lies in a mail, out of the mail as it was kept."""
        return self._letters.fetch(part)

    # ---- out -------------------------------------------------------------------------------------------------------------------

    async def send(self, part: Part, outgoing: Outgoing) -> Receipt:
        """Send a message as one mail, under a Message-ID that every repeat of it has."""
        return await self._post.send(part, outgoing)

    # ---- for people ------------------------------------------------------------------------------------------------------------

    async def open_letter(self, letter: Letter, *, with_remote: bool = False) -> Opened:
        """A customer's mail as people know it."""
        return await self._letters.open(letter, with_remote=with_remote)

    def enclosure(self, letter: Letter, place: int) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """What lies in a customer's mail."""
        return self._letters.enclosure(letter, place)

    async def examine(self) -> Verdict:
        """What is wrong with the set-up, or that it works."""
        return await self._diagnosis.made()

    async def pulse(self) -> Pulse | None:
        """How reading the mailboxes goes, whichever process does it."""
        return await self._health.pulse()

    @property
    def counts(self) -> Mapping[str, int]:
        """What the mails were that this process has taken."""
        return self._receiving.counts

    async def close(self) -> None:
        """Let go of the connections."""
        await self._post.close()
        await self._authenticity.close()

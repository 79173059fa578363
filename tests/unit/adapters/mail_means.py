"""What the email channel is handed in tests: notes, files, leases and a DNS in memory, and mails to be taken in."""

import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from adapters.email.channel import EmailChannel
from adapters.email.opening import open_email
from adapters.email.words import Fetched
from config.email import Email, Imap, Smtp
from config.texts import load_texts
from gateway.core.errors import Busy, NotFound
from gateway.core.events import Inbound
from gateway.core.files import StoredFile, ToKeep
from gateway.core.ids import ChannelName, FileId
from gateway.core.parts import FileRef
from gateway.core.texts import Texts
from tests.fakes import FrozenClock
from tests.unit.adapters.kf_means import MemoryLeases, MemoryNotebook, MemoryShelf
from tests.unit.adapters.mail_signed import Dns

NAME = ChannelName("mail")
SUPPORT = "support@example.com"
AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
SECRET = b"the-installation-s-own-secret-01"


@cache
def texts() -> Texts:
    """The catalogue, read once."""
    return Texts(load_texts())


def settings_of(**changes: Any) -> Email:
    """A support address on a machine where nobody answers."""
    given = {
        "address": SUPPORT, "aliases": ("hello@example.com",),
        "imap": Imap(host="127.0.0.1", port=9, security="none", user="support", password="imap-pass-1"),
        "smtp": Smtp(host="127.0.0.1", port=9, security="none", user="support", password="smtp-pass-1"), "timeout_s": 20.0,
    }  # fmt: skip
    return Email(**{**given, **changes})


class MemoryMarks:
    """Notes under keys, by channel and kind. `broken`: the next calls of this name raise."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], dict[str, tuple[str, datetime]]] = {}
        self.reads: list[tuple[str, int]] = []
        self.writes: list[tuple[str, int]] = []

    async def marks(self, channel: ChannelName, kind: str, keys: Sequence[str]) -> dict[str, str]:
        self.reads.append((kind, len(keys)))
        kept = self.kept.get((channel, kind), {})
        return {key: kept[key][0] for key in keys if key in kept}

    async def mark(self, channel: ChannelName, kind: str, values: Mapping[str, str], at: datetime) -> None:
        self.writes.append((kind, len(values)))
        self.kept.setdefault((channel, kind), {}).update({key: (value, at) for key, value in values.items()})

    async def unmark(self, channel: ChannelName, kind: str, keys: Sequence[str]) -> None:
        for key in keys:
            self.kept.get((channel, kind), {}).pop(key, None)

    async def drop_marks(self, channel: ChannelName, kind: str, before: datetime, limit: int) -> int:
        kept = self.kept.get((channel, kind), {})
        old = [key for key, (_, at) in kept.items() if at < before][:limit]
        for key in old:
            del kept[key]
        return len(old)

    def values(self, kind: str) -> dict[str, str]:
        """What is noted of a kind."""
        return {key: value for key, (value, _) in self.kept.get((NAME, kind), {}).items()}


class MemoryMail:
    """Files that keep."""

    def __init__(self) -> None:
        self.kept: dict[FileId, tuple[StoredFile, bytes]] = {}

    def add(self, name: str, content: bytes, mime: str = "application/pdf") -> FileRef:
        """A file to send."""
        return self._keep(ToKeep(content=content, name=name, mime=mime, owner="other"))

    async def put(
        self, chunks: AsyncIterator[bytes], *, name: str, max_bytes: int, allowed: Sequence[str], owner: str = ""
    ) -> Mapping[str, Any]:
        raise AssertionError("what lies in a mail is stored by whoever fetches it")

    async def keep(self, content: bytes, *, name: str, mime: str, owner: str) -> FileRef:
        return self._keep(ToKeep(content=content, name=name, mime=mime, owner=owner))

    async def keep_many(self, items: Sequence[ToKeep]) -> list[FileRef]:
        return [self._keep(item) for item in items]

    async def get(self, file_id: FileId) -> StoredFile:
        if file_id not in self.kept:
            raise NotFound("no such file")
        return self.kept[file_id][0]

    async def read(self, ref: FileRef) -> AsyncIterator[bytes]:
        if ref.id not in self.kept:
            raise NotFound("no such file")
        content = self.kept[ref.id][1]
        for start in range(0, len(content), 65_536):
            yield content[start : start + 65_536]

    def _keep(self, item: ToKeep) -> FileRef:
        digest = hashlib.sha256(item.content).hexdigest()
        ref = FileRef(
            id=FileId(hashlib.sha256(f"{item.owner}\n{digest}".encode()).hexdigest()[:32]), name=item.name, mime=item.mime,
            size_bytes=len(item.content), sha256=digest,
        )  # fmt: skip
        self.kept[ref.id] = (StoredFile(ref, item.owner), item.content)
        return ref


class Inbox:
    """Where events go: each key once. `busy_count`: so often it is full first."""

    def __init__(self) -> None:
        self.events: list[Inbound] = []
        self.repeat_count = 0
        self.busy_count = 0
        self.on_accept: Callable[[Inbound], None] = lambda _: None

    async def accept(self, event: Inbound) -> bool:
        self.on_accept(event)
        if self.busy_count:
            self.busy_count -= 1
            raise Busy("a lane", 0.001)
        if any(event.key == known.key for known in self.events):
            self.repeat_count += 1
            return False
        self.events.append(event)
        return True


class Mailroom:
    """A channel with all that it needs in memory; `take` gives it mails as its listener would."""

    def __init__(self, settings: Email | None = None, *, dns: Dns | None = None) -> None:
        self.clock = FrozenClock(AT)
        self.marks = MemoryMarks()
        self.notebook = MemoryNotebook()
        self.files = MemoryMail()
        self.inbox = Inbox()
        self.settings = settings or settings_of(authserv_id="mx.example.com")
        self.dns = dns or Dns({}, is_down=True)
        self.uid = 0
        self.channel = self.opened()

    def opened(self) -> EmailChannel:
        """The channel, as another process would have it."""

        async def sleep(seconds: float) -> None:
            self.clock.advance(seconds)

        return open_email(
            NAME, self.settings, secret=SECRET, files=self.files, notebook=self.notebook, marks=self.marks, leases=MemoryLeases().worker(),
            shelf=MemoryShelf(), clock=self.clock, company="Example GmbH", resolver=self.dns, texts=texts(), sleep=sleep,
        )  # fmt: skip

    def fetched(self, raw: bytes, *, size_bytes: int = 0) -> Fetched:
        """As a mailbox gives it."""
        self.uid += 1
        return Fetched(mailbox="INBOX", uidvalidity=1, uid=self.uid, raw=raw, size_bytes=size_bytes or len(raw), at=self.clock.now())

    async def take(self, *raws: bytes) -> list[Inbound]:
        """Take these in as one batch; what came of them."""
        before = len(self.inbox.events)
        await self.channel.receive([self.fetched(raw) for raw in raws], self.inbox.accept)
        return self.inbox.events[before:]

    def later(self, **given: float) -> None:
        """Time goes by."""
        self.clock.advance(timedelta(**given).total_seconds())


def mail(
    body: str = "It has not come yet.", *, sender: str = "Customer <customer@example.net>", subject: str = "Where is my parcel?",
    mid: str | None = "one@example.net", to: str = SUPPORT, proof: str = "pass", **headers: str,
) -> bytes:  # fmt: skip
    """A mail as our server hands it over, with what it found out about its sender."""
    domain = sender.rpartition("@")[2].rstrip(">")
    lines = [
        "Received: by mx.example.com", f"Authentication-Results: mx.example.com; dmarc={proof} header.from={domain}", f"From: {sender}",
        f"To: {to}", f"Subject: {subject}", "Date: Mon, 02 Nov 2026 09:30:00 +0000", *([f"Message-ID: <{mid}>"] if mid else []),
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
        "MIME-Version: 1.0", 'Content-Type: text/plain; charset="utf-8"', "Content-Transfer-Encoding: 8bit",
    ]  # fmt: skip
    return ("\r\n".join(lines) + "\r\n\r\n" + body.replace("\n", "\r\n") + "\r\n").encode()

"""A connection to a mailbox that can't hang: whatever is awaited ends in time, with an answer or with an `ImapTrouble`."""

import ssl
from collections import deque
from collections.abc import Sequence
from datetime import datetime

from aioimaplib.aioimaplib import SELECTED, Response
from msgspec import Struct

from adapters.email.imap import grammar
from adapters.email.imap.commands import Commands, answers, good, said
from adapters.email.imap.entering import enter
from adapters.email.imap.errors import ImapTrouble, words
from adapters.email.imap.wire import SMALL_BYTES
from adapters.email.oauth import Credentials
from adapters.email.words import HEAD_BYTES
from config.email import Imap

NAMES_MAX_COUNT = 20
SLOW_BYTES_PER_S = 20_000
"""Whoever is slower than this is not waited for."""


class Selected(Struct, frozen=True):
    """A mailbox that is open."""

    uidvalidity: int
    uidnext: int
    """0: the server does not tell."""
    exists_count: int


class Head(Struct, frozen=True):
    """What is known of a mail before it is fetched."""

    uid: int
    size_bytes: int
    at: datetime | None


class Body(Struct, frozen=True):
    """A mail, or its beginning. `size_bytes`: of what the server sent."""

    raw: bytes
    size_bytes: int


class Connection:
    """Logged in. One command at a time, callers wait for one another. Only after `no_mailbox` and `refused` may it be used any longer."""

    def __init__(self, commands: Commands, capabilities: frozenset[str]) -> None:
        self._commands = commands
        self._wire = commands.wire
        self._capabilities = capabilities

    @classmethod
    async def open(
        cls, server: Imap, credentials: Credentials, *, timeout_s: float, literal_max_bytes: int, tls: ssl.SSLContext | None = None
    ) -> "Connection":
        """Connect, encrypt, log in. Raises ImapTrouble.

        `literal_max_bytes`: of a longer mail the rest is forgotten as it comes; `tls`: for authorities of one's own.
        """
        return cls(*await enter(server, credentials, timeout_s=timeout_s, literal_max_bytes=literal_max_bytes, tls=tls))

    @property
    def can_idle(self) -> bool:
        return "IDLE" in self._capabilities

    @property
    def capabilities(self) -> frozenset[str]:
        return self._capabilities

    async def close(self) -> None:
        """Say good-bye. Safe to repeat; never raises."""
        await self._commands.log_out()

    # ---- mailboxes -------------------------------------------------------------------------------------------------------------

    async def select(self, mailbox: str, *, is_writing: bool = False) -> Selected:
        """Open a mailbox, without leave to change it unless `is_writing`. Raises `no_mailbox` with the names of those that there are."""
        response = await self._commands.run("SELECT" if is_writing else "EXAMINE", grammar.encoded_mailbox(mailbox))
        if response.result != "OK":
            raise await self._refused(mailbox, response)
        self._wire.state = SELECTED
        self._wire.stirred.clear()
        told = _told(response)
        return Selected(told.get(b"UIDVALIDITY", 0), told.get(b"UIDNEXT", 0), told.get(b"EXISTS", 0))

    async def mailboxes(self) -> list[str]:
        """The names of all mailboxes, as people see them."""
        response = await self._commands.good("LIST", '""', '"*"')
        listed = [grammar.values(chunks) for chunks in answers(response, b"LIST ")]
        return [grammar.decoded_mailbox(given[3]) for given in listed if len(given) > 3 and isinstance(given[3], bytes)]

    async def append(self, mailbox: str, raw: bytes) -> None:
        """Lay a mail into a mailbox, marked as read. Raises `no_mailbox` or `refused`."""
        self._wire.literal_data = raw
        quiet_s = self._commands.timeout_s + len(raw) / SLOW_BYTES_PER_S
        response = await self._commands.run("APPEND", grammar.encoded_mailbox(mailbox), r"(\Seen)", f"{{{len(raw)}}}", quiet_s=quiet_s)
        if response.result != "OK":
            raise await self._refused(mailbox, response)

    async def _refused(self, mailbox: str, response: Response) -> ImapTrouble:
        """Why a mailbox can't be had: there is none of this name, or another reason in the server's words."""
        if "unsafe login" in said(response).lower():
            return ImapTrouble("unsafe_login", said(response))
        try:
            names = sorted(await self.mailboxes())
        except ImapTrouble as trouble:
            if trouble.code != "refused":
                raise
            names = []
        if mailbox in names or not names:
            return ImapTrouble("refused", said(response))
        return ImapTrouble("no_mailbox", words(", ".join(names[:NAMES_MAX_COUNT]).encode()))

    # ---- mails -----------------------------------------------------------------------------------------------------------------

    async def search(self, *criteria: str) -> list[int]:
        """The UIDs of what matches, rising."""
        response = good(await self._commands.run("SEARCH", *criteria, prefix="UID", quiet_s=3 * self._commands.timeout_s))
        found = (line[7:] for line in response.lines[:-1] if line[:7].upper() == b"SEARCH ")
        return sorted({uid for text in found for uid in grammar.numbers(text)})

    async def heads(self, uids: Sequence[int]) -> list[Head]:
        """Size and date of these, in this order; whoever is not among them is gone."""
        response = await self._commands.run("FETCH", grammar.uid_set(uids), "(UID RFC822.SIZE INTERNALDATE)", prefix="UID")
        found: dict[int, Head] = {}
        for chunks in answers(_but_for_gone(response), b" FETCH "):
            items = _items(chunks)
            uid, size, at = _number(items.get("UID")), _number(items.get("RFC822.SIZE")), items.get("INTERNALDATE")
            if uid is not None and size is not None:
                found[uid] = Head(uid, size, grammar.internal_date(at) if isinstance(at, bytes) else None)
        return [found[uid] for uid in uids if uid in found]

    async def bodies(self, uids: Sequence[int], *, size_bytes: int, is_head: bool = False) -> dict[int, Body]:
        """Whole mails, or the first 64 KiB of each (`is_head`). `size_bytes`: what they should come to. Nothing is marked as read."""
        wanted = f"(UID BODY.PEEK[]{f'<0.{HEAD_BYTES}>' if is_head else ''})"
        response = await self._commands.run(
            "FETCH", grammar.uid_set(uids), wanted, prefix="UID", budget_bytes=SMALL_BYTES + 2 * size_bytes,
            total_s=20 * self._commands.timeout_s + size_bytes / SLOW_BYTES_PER_S,
        )  # fmt: skip
        given = deque(answers(_but_for_gone(response), b" FETCH "))
        found: dict[int, Body] = {}
        while given:  # each is let go as it is read: a large mail would lie in memory three times
            chunks = given.popleft()
            size = max((grammar.literal_size(line[-20:]) or 0 for line in chunks[::2]), default=0)
            items = _items(chunks)
            uid, raw = _number(items.get("UID")), items.get("BODY[]", items.get("BODY[]<0>"))
            if uid is not None and isinstance(raw, bytes):
                found[uid] = Body(raw, max(size, len(raw)))
        return {uid: found[uid] for uid in uids if uid in found}

    async def mark_seen(self, uids: Sequence[int]) -> None:
        """Mark them as read; the mailbox was opened for writing."""
        await self._commands.good("STORE", grammar.uid_set(uids), r"+FLAGS.SILENT (\Seen)", prefix="UID")

    async def look_again(self) -> None:
        """Let the server bring its view of the mailbox up to date."""
        await self._commands.good("NOOP")

    async def idle(self, at_most_s: float) -> None:
        """Return as soon as the server has told of something new, at the latest when the time is over. Raises `no_idle` where it can't."""
        if not self.can_idle:
            raise ImapTrouble("no_idle")
        if not self._wire.stirred.is_set() or self._wire.failure:
            await self._commands.idle(at_most_s)


def _but_for_gone(response: Response) -> Response:
    """Where mails have just been expunged, some servers give the others and then say NO (RFC 5530, EXPUNGEISSUED)."""
    is_gone = response.result == "NO" and "[EXPUNGEISSUED]" in said(response).upper()
    return response if is_gone else good(response)


def _told(response: Response) -> dict[bytes, int]:
    """`12 EXISTS` and `OK [UIDNEXT 17] ...` of a mailbox that was opened."""
    told: dict[bytes, int] = {}
    for line in response.lines:
        given = line[:200].upper().replace(b"[", b" ").replace(b"]", b" ").split()
        if len(given) >= 3 and given[0] == b"OK" and given[2].isdigit():
            told[given[1]] = int(given[2][:20])
        elif len(given) == 2 and given[1] == b"EXISTS" and given[0].isdigit():
            told[b"EXISTS"] = int(given[0][:20])
    return told


def _items(chunks: Sequence[bytes]) -> dict[str, grammar.Value]:
    """What a FETCH answer says: `12 FETCH (UID 17 ...)`."""
    given = grammar.values(chunks)
    return grammar.pairs(given[2]) if len(given) > 2 and isinstance(given[2], list) else {}


def _number(value: grammar.Value) -> int | None:
    return int(value[:20]) if isinstance(value, bytes) and value.isdigit() else None

"""A scripted IMAP server in the test's own loop: well-behaved as far as it goes, and whatever a test makes of it.

A test replaces what is done for a command: `server.on["FETCH"] = ...`. Real behaviour is Dovecot's (`tests.peers.dovecot`); this one is for
what a real server does once in a year.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress

from tests.peers.dovecot import PASSWORD


class Talk:
    """One client's connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, *lines: bytes | str) -> None:
        """Send lines."""
        self.writer.write(b"".join((line if isinstance(line, bytes) else line.encode()) + b"\r\n" for line in lines))
        await self.writer.drain()

    async def hang(self) -> None:
        """Say nothing until the client goes."""
        await self.reader.read()

    def drop(self) -> None:
        """Break the line."""
        self.writer.transport.abort()


On = Callable[[Talk, str, str], Awaitable[None]]
"""Does a command: (the client, the tag, the rest of the line)."""


class ScriptedImap:
    """`mails`: what lies in its only mailbox, by UID. `heard`: the commands' lines without their tags."""

    def __init__(self, *, capabilities: str = "IMAP4rev1 IDLE ID", greeting: str = "* OK ready") -> None:
        self.capabilities = capabilities
        self.greeting = greeting
        self.uidvalidity = 7
        self.mails: dict[int, bytes] = {}
        self.heard: list[str] = []
        self.on: dict[str, On] = {
            "CAPABILITY": self.capability, "LOGIN": self.log_in, "ID": self.id, "EXAMINE": self.examine, "SELECT": self.examine,
            "SEARCH": self.search, "FETCH": self.fetch, "IDLE": self.idle, "NOOP": self.ok, "LIST": self.list_all, "LOGOUT": self.log_out,
            "STORE": self.ok,
        }  # fmt: skip
        self.port = 0
        self.connection_count = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "ScriptedImap":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def count(self, pattern: str) -> int:
        """How many commands fit."""
        return sum(re.match(pattern, line) is not None for line in self.heard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connection_count += 1
        talk = Talk(reader, writer)
        try:
            with suppress(OSError, asyncio.CancelledError):
                if self.greeting:
                    await talk.say(self.greeting)
                while line := await reader.readline():
                    await self._do(talk, line.decode(errors="replace").rstrip("\r\n"))
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _do(self, talk: Talk, line: str) -> None:
        tag, _, rest = line.partition(" ")
        self.heard.append(rest)
        words = rest.split(" ")
        name = words[1] if words[0] == "UID" else words[0]
        await self.on.get(name.upper(), self.unknown)(talk, tag, rest)

    # ---- what it does by itself ------------------------------------------------------------------------------------------------

    async def unknown(self, talk: Talk, tag: str, rest: str) -> None:
        await talk.say(f"{tag} BAD what?")

    async def ok(self, talk: Talk, tag: str, rest: str) -> None:
        await talk.say(f"{tag} OK done")

    async def capability(self, talk: Talk, tag: str, rest: str) -> None:
        await talk.say(f"* CAPABILITY {self.capabilities}", f"{tag} OK done")

    async def log_in(self, talk: Talk, tag: str, rest: str) -> None:
        await talk.say(f"{tag} OK done" if PASSWORD in rest else f"{tag} NO no such user")

    async def id(self, talk: Talk, tag: str, rest: str) -> None:
        await talk.say("* ID NIL", f"{tag} OK done")

    async def log_out(self, talk: Talk, tag: str, rest: str) -> None:
        await talk.say("* BYE", f"{tag} OK done")
        talk.writer.close()

    async def list_all(self, talk: Talk, tag: str, rest: str) -> None:
        await talk.say('* LIST () "/" INBOX', f"{tag} OK done")

    async def examine(self, talk: Talk, tag: str, rest: str) -> None:
        uidnext = max(self.mails, default=0) + 1
        await talk.say(f"* {len(self.mails)} EXISTS", f"* OK [UIDVALIDITY {self.uidvalidity}] so", f"* OK [UIDNEXT {uidnext}] so")
        await talk.say(f"{tag} OK [READ-ONLY] done")

    def chosen(self, rest: str) -> list[int]:
        """The UIDs of the mails that a command names."""
        found: set[int] = set()
        for piece in rest.split(" ")[2 if rest.startswith("UID FETCH") else 3].split(","):
            first, _, last = piece.partition(":")
            highest = max(self.mails, default=0)
            low, high = sorted(highest if end == "*" else int(end) for end in (first, last or first))
            found.update(uid for uid in self.mails if low <= uid <= high)
        return sorted(found)

    async def search(self, talk: Talk, tag: str, rest: str) -> None:
        await talk.say(f"* SEARCH {' '.join(map(str, self.chosen(rest)))}".rstrip(), f"{tag} OK done")

    async def fetch(self, talk: Talk, tag: str, rest: str) -> None:
        for uid in self.chosen(rest):
            raw = self.mails[uid]
            if "BODY.PEEK[]<0." in rest:
                raw = raw[:65536]
            if "BODY" in rest:
                await talk.say(b"* %d FETCH (UID %d BODY[]%s {%d}" % (uid, uid, b"<0>" if "<0." in rest else b"", len(raw)), raw + b")")
            else:
                await talk.say(f'* {uid} FETCH (UID {uid} RFC822.SIZE {len(raw)} INTERNALDATE " 2-Nov-2026 09:30:00 +0000")')
        await talk.say(f"{tag} OK done")

    async def idle(self, talk: Talk, tag: str, rest: str) -> None:
        await talk.say("+ idling")
        await talk.reader.readline()
        await talk.say(f"{tag} OK done")

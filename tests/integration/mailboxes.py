"""A mailbox's listener over a real or a scripted server, and what it took."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from adapters.email.imap.connection import Connection
from adapters.email.imap.listener import Listener
from adapters.email.oauth import Credentials, Logins, Password
from adapters.email.words import Fetched
from config.email import Email, Imap, OAuth, Smtp
from gateway.core.ids import ChannelName
from tests.peers.dovecot import PASSWORD, DovecotServer
from tests.unit.adapters.wechat_account import Leases, Notebook, Shelf

USER = "support@example.com"
NAME = ChannelName("support")


def mail(number: int, size: int = 0) -> bytes:
    """A mail that can be told from others; brackets and the like in it must not matter."""
    return b"From: customer@example.net\r\nSubject: %d (\r\n\r\n* 1 FETCH {3}\r\n%s\r\n" % (number, b"x" * size)


def server_of(port: int, *, security: Any = "none", password: str = PASSWORD, mailboxes: tuple[str, ...] = ("INBOX",)) -> Imap:
    return Imap(host="localhost", port=port, security=security, user=USER, password=password, mailboxes=mailboxes)


def settings_of(server: Imap, **changes: Any) -> Email:
    return Email(**{"address": USER, "imap": server, "smtp": Smtp(host="localhost"), "timeout_s": 5.0, "poll_s": 5.0, **changes})


async def opened(port: int, credentials: Credentials | None = None, **changes: Any) -> Connection:
    """A connection in the clear that gives up after half a second."""
    given = {"timeout_s": 0.5, "literal_max_bytes": 1024 * 1024, **changes}
    return await Connection.open(server_of(port), credentials or Password(USER, PASSWORD), **given)


class Clerk:
    """Takes mails, and remembers them; and naps instead of sleeping."""

    def __init__(self) -> None:
        self.taken: list[Fetched] = []
        self.naps: list[float] = []
        self.trouble: Callable[[Sequence[Fetched]], Exception | None] = lambda _: None
        self.after: Callable[[], Awaitable[None]] | None = None

    async def take(self, mails: Sequence[Fetched]) -> None:
        if trouble := self.trouble(mails):
            raise trouble
        self.taken.extend(mails)
        if self.after is not None:
            await self.after()

    async def nap(self, seconds: float) -> None:
        self.naps.append(seconds)
        await asyncio.sleep(min(seconds, 0.01))

    @property
    def uids(self) -> list[int]:
        return [one.uid for one in self.taken]


class House:
    """What all processes share."""

    def __init__(self) -> None:
        self.notebook = Notebook()
        self.shelf = Shelf()
        self.held: dict[str, Leases] = {}
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def listener(self, settings: Email, clerk: Clerk, **changes: Any) -> Listener:
        """Of one process."""
        leases = Leases(self.held)
        logins = Logins(NAME, settings, shelf=self.shelf, notebook=self.notebook, leases=leases, now_s=lambda: self.now().timestamp())
        given: dict[str, Any] = {"sleep": clerk.nap, "spread": lambda: 0.5, **changes}
        return Listener(NAME, settings, notebook=self.notebook, leases=leases, login=logins, now=lambda: self.now(), **given)

    @asynccontextmanager
    async def listening(self, settings: Email, clerk: Clerk, **changes: Any) -> AsyncIterator[Listener]:
        """A listener at work; stopped cleanly at the block's end."""
        listener = self.listener(settings, clerk, **changes)
        running = asyncio.create_task(listener.run(clerk.take))
        try:
            yield listener
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                async with asyncio.timeout(30):
                    await running


async def until(holds: Callable[[], bool], what: str, timeout_s: float = 30.0) -> None:
    """Wait for it, without holding up the loop."""
    try:
        async with asyncio.timeout(timeout_s):
            while not holds():
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise AssertionError(f"{what} did not happen within {timeout_s:g} s") from None


def oauth_of(url: str, **changes: Any) -> OAuth:
    given = {"provider": "google", "client_id": "client-1", "client_secret": "secret-1", "refresh_token": "refresh-1", "token_url": url}
    return OAuth(**{**given, **changes})


def plain(server: DovecotServer) -> Imap:
    """The way in that needs no certificate."""
    return server_of(server.port)

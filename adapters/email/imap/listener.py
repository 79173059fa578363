"""Reads the mailboxes of one channel, and forgets nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from msgspec import Struct

from adapters.email.oauth import Leases, Logins, Notebook
from adapters.email.words import Fetched
from config.email import Email
from gateway.core.ids import ChannelName

Take = Callable[[Sequence[Fetched]], Awaitable[None]]
"""Makes mails durable and accepts them, in this order; on return they are ours. May be given the same mails again."""


class Status(Struct, frozen=True, kw_only=True):
    """How reading goes."""

    success_at: datetime | None = None
    """When all mailboxes were last seen to hold nothing new."""
    trouble: str = ""
    """A stable word for why not just now; "" while all is well."""
    detail: str = ""
    behind_count: int = 0
    """Mails that are known and not taken yet."""
    taken_count: int = 0
    left_out_count: int = 0
    """Mails that could not be read, whole or at all: each has a line in the log."""
    is_alarm: bool = False
    """No success for `alarm_s`."""


class Listener:
    """Runs in every process that listens; one of them reads."""

    def __init__(
        self, name: ChannelName, settings: Email, *, notebook: Notebook, leases: Leases, login: Logins, now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._name = name
        self._status = Status()

    async def run(self, take: Take) -> None:
        """Until cancelled. `take` gets at most 50 mails and 32 MB at once."""
        raise NotImplementedError

    def status(self) -> Status:
        """Of this process's listener; all empty while another process reads."""
        return self._status

    async def append(self, mailbox: str, raw: bytes) -> bool:
        """Lay a copy of a mail of ours into a mailbox. Best effort, within `timeout_s`; never raises. Works while `run` does not."""
        raise NotImplementedError

"""Hands mails to the SMTP server of one channel."""

from msgspec import Struct

from adapters.email.words import Composed
from config.email import Email
from gateway.core.ports import Clock


class Refused(Struct, frozen=True, kw_only=True):
    """How a mail was taken."""

    addresses: tuple[tuple[str, str], ...] = ()
    """Who does not get it though others do, and why: a word of `email.code.*`."""
    known_as: str = ""
    """The Message-ID that the server has put over ours, with its angle brackets, where it tells; replies will name that one."""


class Sender:
    """The way out. Safe to use by many tasks at a time."""

    def __init__(self, settings: Email, logins: "object", *, clock: Clock) -> None:
        raise NotImplementedError

    async def send(self, mail: Composed) -> Refused:
        """Hand it over. Raises Rejected, TryLater or Uncertain; may be cancelled (then it is uncertain)."""
        raise NotImplementedError

    async def close(self) -> None:
        """Let go of the connections. Safe to repeat; a later `send` opens new ones."""
        raise NotImplementedError

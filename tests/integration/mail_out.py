"""What the tests of outgoing mail share."""

import ssl
from dataclasses import dataclass, field
from typing import Literal

from adapters.email.oauth import Bearer, Credentials, Password
from adapters.email.smtp.sender import Sender
from adapters.email.words import Composed
from config.email import Email, Imap, OAuth, Smtp
from tests.fakes import FrozenClock
from tests.peers.smtp import MailServer

ADDRESS = "support@example.com"
CUSTOMER = "customer@example.net"
MESSAGE_ID = "<01arz3ndektsv4rrffq69g5fav.nyu2tir2kdgwx3hj.nyd7wfnbyl46@example.com>"


@dataclass
class FixedLogins:
    """Logs in with what it is given; a refused token is followed by the next one."""

    given: list[Credentials] = field(default_factory=lambda: [Password("support", "sesame")])
    refused: list[str] = field(default_factory=list)

    async def credentials(self, kind: Literal["imap", "smtp"], *, refused: str = "") -> Credentials:
        if refused:
            self.refused.append(refused)
            self.given.pop(0)
        return self.given[0]


def mail(
    *recipients: str, copies: tuple[str, ...] = (), sender: str = "", message_id: str = MESSAGE_ID, words: bytes = b"hello\r\n"
) -> Composed:
    """A small mail."""
    raw = b"From: support@example.com\r\nMessage-ID: " + message_id.encode() + b"\r\n\r\n" + words
    return Composed(raw=raw, message_id=message_id, sender=sender, recipients=recipients or (CUSTOMER,), copies=copies)


def settings(
    server: MailServer, *, user: str = "", connections: int = 1, timeout_s: float = 5.0, envelope: str = "auto", provider: str = ""
) -> Email:
    """A channel that sends by this server."""
    security: Literal["tls", "starttls", "none"] = server.security  # type: ignore[assignment]
    return Email(
        address=ADDRESS, imap=Imap(host="127.0.0.1", user="support", password="sesame"),
        smtp=Smtp(host="127.0.0.1", port=server.port, security=security, user=user, password="sesame", connections=connections),
        timeout_s=timeout_s, envelope=envelope, oauth=OAuth(provider=provider),  # type: ignore[arg-type]
    )  # fmt: skip


def sender(
    server: MailServer, *, clock: FrozenClock | None = None, logins: FixedLogins | None = None, tls: ssl.SSLContext | None = None,
    user: str = "", connections: int = 1, timeout_s: float = 5.0, envelope: str = "auto", provider: str = "",
) -> Sender:  # fmt: skip
    """The way out of such a channel."""
    chosen = settings(server, user=user, connections=connections, timeout_s=timeout_s, envelope=envelope, provider=provider)
    return Sender(chosen, logins or FixedLogins(), clock=clock or FrozenClock(), tls=tls or ssl.create_default_context())


def bearer(token: str) -> Bearer:
    return Bearer("support@example.com", token)

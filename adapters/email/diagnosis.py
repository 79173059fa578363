"""Names in words what is wrong with the set-up of a mailbox: keys of the catalogue under `doctor.email.`, with their values."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import datetime

from msgspec import structs

from adapters.email.imap.connection import Connection
from adapters.email.imap.door import Door
from adapters.email.imap.errors import ImapTrouble
from adapters.email.oauth import Logins, LoginTrouble
from adapters.email.smtp.sender import Sender
from config.email import Email
from gateway.core.channel import Pulse, Verdict
from gateway.core.errors import FrontdeskError, SendError

TRY_S = 4.5
"""Of each server: less than the doctor waits for all, so that it can say which one is silent."""
LITERAL_MAX_BYTES = 65_536
_READING = {
    "tls": "imap_tls", "no_starttls": "imap_starttls", "odd_server": "imap_odd", "unsafe_login": "imap_unsafe", "no_login": "imap_no_login",
    "login_refused": "login",
}  # fmt: skip
"""`ImapTrouble.code` -> our words; the others are a server that can't be had just now."""
_TOKENS = {"consent_again": "consent", "client_refused": "client"}
"""`LoginTrouble.code` -> our words; the others are a token server that can't be had just now."""
_PASSWORDS = (
    (("qq.com",), "code"), (("163.com", "126.com", "yeah.net", "188.com", "netease.com"), "code"),
    (("gmail.com", "googlemail.com", "google.com"), "app"), (("outlook.com", "office365.com", "hotmail.com"), "modern"),
)  # fmt: skip
"""What these servers take instead of the account's password: an authorization code (授权码), an app password, a token alone (2026-11)."""

_FAILURES = re.compile(r"(?:^|\()(?:SMTP)?([A-Za-z]{1,40}?)(?:Error|error)\)?$")
_CALLED = {"gai": "no such host", "Timeout": "no answer in time", "Connect": "no connection", "OS": "no connection"}

AskPulse = Callable[[], Awaitable[Pulse | None]]
Speakers = Callable[[], Awaitable[str]]
"""Whose `Authentication-Results` stood over the newest mails; "" where nobody's."""


class Diagnosis:
    """Looks at one mailbox as the channel does: logs in, opens what is read, logs in where is sent."""

    def __init__(
        self, name: str, settings: Email, *, logins: Logins, sender: Sender, pulse: AskPulse, speakers: Speakers,
        door: Door, now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._name = name
        self._settings = settings
        self._logins = logins
        self._sender = sender
        self._pulse = pulse
        self._speakers = speakers
        self._door = door
        self._now = now

    async def made(self) -> Verdict:
        """The first thing that is wrong, or what is good. Never raises."""
        reading, sending = await asyncio.gather(self._reading(), self._sending())
        if isinstance(reading, Verdict):
            return reading
        await self._tell_who_waits()
        if sending is not None:
            return sending
        return await self._alarm() or await self._good(can_idle=reading)

    async def _reading(self) -> Verdict | bool:
        """Whether new mail is told at once; or what is wrong."""
        server, connection = self._settings.imap, None
        try:
            async with asyncio.timeout(TRY_S):
                credentials = await self._logins.credentials("imap")
                connection = await Connection.open(server, credentials, timeout_s=TRY_S, literal_max_bytes=LITERAL_MAX_BYTES)
                for mailbox in (*server.mailboxes, *filter(None, (self._settings.sent,))):
                    if wrong := await self._mailbox(connection, mailbox):
                        return wrong
                return connection.can_idle
        except LoginTrouble as trouble:
            return self._bad(_TOKENS.get(trouble.code, "token"), detail=trouble.detail or trouble.code)
        except ImapTrouble as trouble:
            key, detail = _READING.get(trouble.code, "imap_unreachable"), _plain(trouble.detail or trouble.code)
            return self._login(server.host, "IMAP", detail) if key == "login" else self._bad(key, detail=detail)
        except (TimeoutError, OSError, FrontdeskError) as error:
            return self._bad("imap_unreachable", detail=_plain(type(error).__name__))
        finally:
            if connection is not None:
                await connection.close()

    async def _mailbox(self, connection: Connection, mailbox: str) -> Verdict | None:
        try:
            await connection.select(mailbox)
        except ImapTrouble as trouble:
            if trouble.code != "no_mailbox":
                raise
            return self._bad("no_mailbox", mailbox=mailbox, names=trouble.detail)
        return None

    async def _sending(self) -> Verdict | None:
        try:
            async with asyncio.timeout(TRY_S):
                await self._sender.examine()
        except LoginTrouble as trouble:
            return self._bad(_TOKENS.get(trouble.code, "token"), detail=trouble.detail or trouble.code)
        except SendError as error:
            if error.code == "auth":
                return self._login(self._settings.smtp.host, "SMTP", error.reason)
            return self._bad("smtp_tls" if error.code == "tls" else "smtp_unreachable", detail=_plain(error.reason))
        except (TimeoutError, OSError, FrontdeskError) as error:
            return self._bad("smtp_unreachable", detail=_plain(type(error).__name__))
        return None

    def _login(self, host: str, protocol: str, detail: str) -> Verdict:
        """What the server wants instead, where we know it."""
        if self._settings.oauth.provider:
            return self._touchy("login_token", protocol, detail)
        domain = host.lower().rstrip(".")
        kind = next((kind for ends, kind in _PASSWORDS if any(domain == end or domain.endswith(f".{end}") for end in ends)), "")
        return self._touchy(f"login_{kind}" if kind else "login", protocol, detail)

    def _touchy(self, key: str, protocol: str, detail: str) -> Verdict:
        """Nobody should knock again every half a minute."""
        return structs.replace(self._bad(key, protocol=protocol, detail=detail), is_touchy=True)

    async def _tell_who_waits(self) -> None:
        """Whoever reads the mailboxes may be waiting after refusals: we have got in."""
        try:
            pulse = await self._pulse()
            if pulse is not None and pulse.trouble:
                await self._door.found_open()
        except (FrontdeskError, OSError):
            return

    async def _alarm(self) -> Verdict | None:
        """What the process that reads has told, whichever that is."""
        try:
            pulse = await self._pulse()
        except (FrontdeskError, OSError):
            return None
        if pulse is None or not pulse.is_alarm:
            return None
        minutes = "?" if pulse.success_at is None else str(round((self._now() - pulse.success_at).total_seconds() / 60))
        return self._bad("no_sync", minutes=minutes, detail=pulse.trouble or "?")

    async def _good(self, *, can_idle: bool) -> Verdict:
        """With the name of the server that vouches for senders, where it is not made use of."""
        try:
            named = "" if self._settings.authserv_id else await self._speakers()
        except (FrontdeskError, OSError):
            named = ""
        how = "told" if can_idle and self._settings.idle else "asked"
        values = {"address": self._settings.address, "seconds": f"{self._settings.poll_s:g}", "authserv": named, "name": self._name}
        return Verdict(is_ok=True, why=f"email.good_{how}_unnamed" if named else f"email.good_{how}", values=values)

    def _bad(self, key: str, **values: str) -> Verdict:
        imap, smtp = self._settings.imap, self._settings.smtp
        given = {"name": self._name, "imap": f"{imap.host}:{imap.port}", "smtp": f"{smtp.host}:{smtp.port}", **values}
        return Verdict(is_ok=False, why=f"email.{key}", todo=f"email.{key}_todo", values=given)


def _plain(detail: str) -> str:
    """What a program calls a failure, as people do: "connection refused" for `... (ConnectionRefusedError)`; all else as it was said."""
    known = _FAILURES.search(detail)
    if known is None:
        return detail
    return _CALLED.get(known[1]) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", known[1]).lower()

"""A connection to the SMTP server that is logged in, or the reason why there is none."""

import asyncio
import logging
import ssl
from typing import Literal, Protocol

import aiosmtplib

from adapters.email.oauth import Bearer, Credentials, LoginTrouble, Password
from adapters.email.smtp.codes import Answer, Stage, as_send_error, trouble
from adapters.email.smtp.transaction import Fates, hand_over, reset
from adapters.email.words import Composed
from adapters.email.writing.addresses import ascii_domain
from config.email import Email
from gateway.core.errors import SendError, TryLater

log = logging.getLogger(__name__)

CHECK_S = 5.0
"""How long an idle connection may take to show that it lives."""
_METHODS = ("plain", "login", "cram-md5")
_ODD = (500, 502, 503, 504)
"""A method that is offered and not known after all: the next one is tried. A wrong password is never tried twice: that locks accounts."""


class Logins(Protocol):
    """What we log in with (`adapters.email.oauth`)."""

    async def credentials(self, kind: Literal["imap", "smtp"], *, refused: str = "") -> Credentials: ...


class Connection:
    """One connection. Made by `opened`; not used by two tasks at a time."""

    def __init__(self, client: aiosmtplib.SMTP, timeout_s: float) -> None:
        self._client = client
        self._timeout_s = timeout_s
        self.idle_since_s = 0.0
        self.mails_count = 0

    @property
    def is_open(self) -> bool:
        return self._client.is_connected

    async def is_alive(self) -> bool:
        """Whether the server still answers."""
        try:
            await self._client.noop(timeout=min(CHECK_S, self._timeout_s))
        except (aiosmtplib.SMTPException, OSError):
            self.close()
        return self.is_open

    async def hand_over(self, mail: Composed, sender: str) -> tuple[Fates, str]:
        """As `transaction.hand_over`; usable again behind an Answer, else closed."""
        self.mails_count += 1
        try:
            return await hand_over(self._client, mail, sender, self._timeout_s)
        except Answer:
            if not await reset(self._client):
                self.close()
            raise
        except SendError:
            if not self.is_open:
                self.close()
            raise
        except BaseException:
            self.close()
            raise

    async def leave(self) -> None:
        """End it politely."""
        try:
            await self._client.quit(timeout=1.0)
        except (aiosmtplib.SMTPException, OSError):
            pass
        finally:
            self.close()

    def close(self) -> None:
        self._client.close()


async def opened(settings: Email, logins: Logins, tls: ssl.SSLContext) -> Connection:
    """A new connection, encrypted as the settings ask and logged in. Raises TryLater or Rejected: nothing was sent."""
    smtp = settings.smtp
    client = aiosmtplib.SMTP(
        hostname=smtp.host, port=smtp.port, use_tls=smtp.security == "tls", start_tls=smtp.security == "starttls", tls_context=tls,
        timeout=settings.timeout_s, local_hostname=ascii_domain(settings.address.rpartition("@")[2]),
    )  # fmt: skip
    try:
        await _connect(client)
        if smtp.user or settings.oauth.provider:
            await _log_in(client, logins)
        elif client.is_ehlo_or_helo_needed:
            await client.ehlo()
    except BaseException as error:
        client.close()
        if isinstance(error, aiosmtplib.SMTPException | OSError):
            raise _as_trouble(error) from None
        raise
    return Connection(client, settings.timeout_s)


async def _connect(client: aiosmtplib.SMTP) -> None:
    """With TLS where it is asked for: a server that offers none is not talked to any further."""
    try:
        await client.connect()
    except UnicodeError:  # a name that no host can have
        raise trouble("unreachable", "UnicodeError") from None
    except aiosmtplib.SMTPConnectResponseError as error:
        raise as_send_error(Answer(Stage.GREETING, error.code, error.message)) from None


async def _log_in(client: aiosmtplib.SMTP, logins: Logins) -> None:
    """Raises TryLater: a login that is refused is the operator's to mend, and the mails wait."""
    if client.is_ehlo_or_helo_needed:
        await client.ehlo()
    try:
        given = await logins.credentials("smtp")
        try:
            await _authenticate(client, given)
        except aiosmtplib.SMTPAuthenticationError:
            if not isinstance(given, Bearer):
                raise
            await _authenticate(client, await logins.credentials("smtp", refused=given.token))
    except LoginTrouble as error:
        code = "unreachable" if error.code == "token_unreachable" else "auth"
        wait_s = error.retry_after_s or trouble(code).retry_after_s
        raise TryLater(f"no access token: {error}", code=code, retry_after_s=wait_s) from None
    except aiosmtplib.SMTPAuthenticationError as error:
        refusal = as_send_error(Answer(Stage.LOGIN, error.code, error.message))
        log.warning("the mail server refuses our login", extra={"host": client.hostname, "why": refusal.reason})
        raise refusal from None


async def _authenticate(client: aiosmtplib.SMTP, given: Credentials) -> None:
    """Raises SMTPAuthenticationError, or TryLater where the server knows none of our ways."""
    match given:
        case Bearer(user=user, token=token):
            await client.auth_xoauth2(user, token)
        case Password(user=user, password=password):
            await _by_password(client, user, password)


async def _by_password(client: aiosmtplib.SMTP, user: str, password: str) -> None:
    ways = {"plain": client.auth_plain, "login": client.auth_login, "cram-md5": client.auth_crammd5}
    offered = [way for way in _METHODS if way in client.server_auth_methods]
    for place, way in enumerate(offered):
        try:
            await ways[way](user, password)
        except aiosmtplib.SMTPAuthenticationError as error:
            if error.code not in _ODD or place == len(offered) - 1:
                raise
        else:
            return
    raise trouble("auth", "the server offers no login by password")


def _as_trouble(error: BaseException) -> SendError:
    """What a connection that was not made means."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return trouble("tls", getattr(seen, "verify_message", "") or seen.reason or type(seen).__name__)
        seen = seen.__cause__ or seen.__context__
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return as_send_error(Answer(Stage.GREETING, error.code, error.message))
    if type(error) is aiosmtplib.SMTPException:  # "SMTP STARTTLS extension not supported by server."
        return trouble("tls", "the server offers none")
    return trouble("unreachable", type(error).__name__)


async def default_tls() -> ssl.SSLContext:
    """What this machine trusts; read once, beside the loop."""
    return await asyncio.to_thread(ssl.create_default_context)

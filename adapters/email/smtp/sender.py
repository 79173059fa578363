"""Hands mails to the SMTP server of one channel.

Every try of a mail is the same bytes under the same Message-ID, so one that may have been taken already can be sent again. Where the
server does not take a program's envelope sender (none, or a signed plus-address), the channel's own address is used from then on
(`envelope = "auto"`): Exchange Online, QQ and 163 want the login's address there.
"""

import ssl

from msgspec import Struct

from adapters.email.smtp.codes import Answer, Stage, as_send_error, meaning_of, trouble
from adapters.email.smtp.connection import Connection, Logins, default_tls, opened
from adapters.email.smtp.pool import Pool
from adapters.email.smtp.transaction import Broken, Fates, renamed
from adapters.email.words import Composed
from adapters.email.writing.addresses import spelled
from config.email import Email
from gateway.core.errors import SendError, TryLater
from gateway.core.ports import Clock

LOCKED_S = 60.0
"""After a login that was refused none is tried for so long, however many mails wait: that is how accounts get locked."""
AWAY_S = 5.0
"""The same after any other connection that could not be made: not every mail needs to find that out by itself."""


class Refused(Struct, frozen=True, kw_only=True):
    """How a mail was taken."""

    addresses: Fates = ()
    """Who does not get it though others do, and why: a word of `email.code.*`."""
    known_as: str = ""
    """The Message-ID that the server has put over ours, with its angle brackets, where it tells; replies will name that one."""


class Sender:
    """The way out. Safe to use by many tasks at a time."""

    def __init__(self, settings: Email, logins: Logins, *, clock: Clock, tls: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._logins = logins
        self._tls = tls
        self._own = spelled(settings.address)
        self._refused_senders: set[bool] = set()
        """Which kinds of foreign senders the server does not take: the null one (True), signed ones (False)."""
        self._clock = clock
        self._shut: SendError | None = None
        """Why the last connection could not be made; it counts until `_shut_until_s`."""
        self._shut_until_s = 0.0
        self._pool = Pool(self._open, settings.smtp.connections, clock)

    async def send(self, mail: Composed) -> Refused:
        """Hand it over. Raises Rejected, TryLater or Uncertain; may be cancelled (then it is uncertain)."""
        try:
            refused, answer = await self._sent(mail, is_new=False)
        except Broken as broken:
            if not broken.at_once:
                raise trouble("unreachable", str(broken)) from None
            refused, answer = await self._sent_anew(mail)
        return Refused(addresses=refused, known_as=renamed(mail.message_id, self._settings.smtp.host, answer))

    async def examine(self) -> None:
        """Connect and log in, and send nothing, whatever has been tried before. Raises what `send` would."""
        self._shut = None
        async with self._pool.lend(is_new=True):
            return

    async def close(self) -> None:
        """Let go of the connections. Safe to repeat; a later `send` opens new ones."""
        await self._pool.close()

    async def _sent_anew(self, mail: Composed) -> tuple[Fates, str]:
        """Over a new connection, because the one that was kept had gone stale before anything was said."""
        try:
            return await self._sent(mail, is_new=True)
        except Broken as broken:
            raise trouble("unreachable", str(broken)) from None

    async def _sent(self, mail: Composed, *, is_new: bool) -> tuple[Fates, str]:
        async with self._pool.lend(is_new=is_new) as (connection, is_used):
            sender = self._sender(mail)
            try:
                return await connection.hand_over(mail, sender)
            except Answer as answer:
                if is_used and answer.stage is Stage.SENDER and answer.code == 421:  # it has hung up while idle, and says so only now
                    raise Broken("421", at_once=True) from None
                if not self._is_about_sender(answer, sender) or not connection.is_open:
                    raise as_send_error(answer) from None
            return await self._sent_as_ourselves(connection, mail, sender)

    async def _sent_as_ourselves(self, connection: Connection, mail: Composed, refused: str) -> tuple[Fates, str]:
        """The envelope's sender was refused: once more with the address itself, which is remembered where it helps."""
        try:
            taken = await connection.hand_over(mail, self._own)
        except Answer as answer:
            raise as_send_error(answer) from None
        self._refused_senders.add(not refused)
        return taken

    def _sender(self, mail: Composed) -> str:
        is_foreign = mail.sender != self._own
        return self._own if is_foreign and (not mail.sender) in self._refused_senders else mail.sender

    def _is_about_sender(self, answer: Answer, sender: str) -> bool:
        if sender == self._own or self._settings.envelope != "auto" or answer.code < 500:
            return False
        code = meaning_of(answer).code
        return code == "sender" or (answer.stage is Stage.SENDER and code != "auth")

    async def _open(self) -> Connection:
        """Raises TryLater or Rejected."""
        if self._shut is not None and (left_s := self._shut_until_s - self._clock.monotonic()) > 0:
            raise TryLater(self._shut.reason, code=self._shut.code, retry_after_s=max(left_s, self._shut.retry_after_s or 0.0))
        self._tls = self._tls or await default_tls()
        try:
            connection = await opened(self._settings, self._logins, self._tls)
        except SendError as error:
            self._shut = error
            self._shut_until_s = self._clock.monotonic() + (LOCKED_S if error.code == "auth" else AWAY_S)
            raise
        self._shut = None
        return connection

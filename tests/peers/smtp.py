"""A mail server that takes mails by SMTP and can be told to misbehave: aiosmtpd in a thread of its own, on a port that it keeps.

What it takes is kept in `mails`, and handed on by LMTP where it is given a way (`DovecotServer.deliver`), so that a mail comes back to an
inbox as a real server would bring it. Its faults are the ones seen in the field; each is told of by `expect`, once or for good.
"""

import asyncio
import base64
import contextlib
import smtplib
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session, auth_mechanism

from tests.peers.processes import free_port, wait_until

HANG = "hang"
"""Says nothing more on this connection."""
DROP = "drop"
"""Hangs up without a word."""
TAKE_AND_HANG = "take and hang"
"""Behind the final dot: takes the mail, and never says so."""
TAKE_AND_DROP = "take and drop"
LIMIT_BYTES = 30_000_000

Deliver = Callable[..., None]


@dataclass(frozen=True)
class Taken:
    """A mail as it was taken."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    mail_options: tuple[str, ...]
    rcpt_options: tuple[str, ...]
    user: str
    is_encrypted: bool
    connection: int


@dataclass
class Faults:
    """What goes wrong for good; what goes wrong so many times is told by `MailServer.expect`."""

    refused: dict[str, str] = field(default_factory=dict)
    """Recipient -> the answer."""
    allowed_senders: frozenset[str] | None = None
    """Others are refused at MAIL, the null sender ("") too."""
    is_greylisting: bool = False
    """The first time each recipient is named it is not now."""
    mails_per_connection: int = 0
    """Hangs up behind so many."""
    delay_s: float = 0.0
    """Before each answer."""


class MailServer:
    """A server of 127.0.0.1. `security` as in the settings; `users` must log in, where there are any."""

    def __init__(
        self, *, security: str = "none", context: ssl.SSLContext | None = None, users: Mapping[str, str] | None = None,
        tokens: Mapping[str, str] | None = None, deliver: Deliver | None = None, extensions: Sequence[str] = ("DSN",),
        limit_bytes: int = LIMIT_BYTES, has_utf8: bool = True, answer: str = "250 2.0.0 OK queued",
    ) -> None:  # fmt: skip
        self.port = free_port()
        self.faults = Faults()
        self.mails: list[Taken] = []
        self.connections_count = 0
        self.logins: list[tuple[str, str]] = []
        """(mechanism, user), also of those that failed."""
        self.lines: list[str] = []
        """The commands as they came, without what follows AUTH."""
        self.security = security
        self.users = dict(users or {})
        self.tokens = dict(tokens or {})
        self.extensions = tuple(extensions)
        self.limit_bytes = limit_bytes
        self.has_utf8 = has_utf8
        self.answer = answer
        self._context = context
        self._deliver = deliver
        self._expected: dict[str, list[str]] = {}
        self._greylisted: set[str] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._open: set[asyncio.BaseTransport] = set()

    @property
    def open_count(self) -> int:
        """Connections right now."""
        return len(self._open)

    def expect(self, verb: str, answer: str, times: int = 1) -> None:
        """The next `times` of CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, NOOP, RSET or "." (the content) are answered like this."""
        self._expected.setdefault(verb, []).extend([answer] * times)

    def forget(self) -> None:
        """What was expected and has not come is answered as ever."""
        self._expected.clear()

    def start(self) -> None:
        """Returns when it listens."""
        started, failed = threading.Event(), []

        def run() -> None:
            loop = asyncio.new_event_loop()
            self._loop = loop
            try:
                context = self._context if self.security == "tls" else None
                server = loop.run_until_complete(loop.create_server(lambda: _Talk(self, loop), "127.0.0.1", self.port, ssl=context))
            except OSError as error:
                failed.append(error)
                loop.close()
                started.set()
                return
            started.set()
            try:
                loop.run_forever()
            finally:
                server.close()
                loop.run_until_complete(_end(self._open))
                loop.close()

        self._thread = threading.Thread(target=run, name="mail server", daemon=True)
        self._thread.start()
        started.wait(10)
        if failed:
            raise failed[0]

    def stop(self) -> None:
        """Hang up on everybody, and listen no more; `start` takes the same port again."""
        if self._loop is not None and self._thread is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
        self._thread = None

    def hang_up(self) -> None:
        """End all connections, as a restart of the real server does."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._close_all)
        wait_until(lambda: not self._open, "the mail server hanging up")

    def __enter__(self) -> "MailServer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _close_all(self) -> None:
        for transport in list(self._open):
            transport.close()

    # ---- for the talk ----------------------------------------------------------------------------------------------------------

    def expected(self, verb: str) -> str:
        answers = self._expected.get(verb)
        return answers.pop(0) if answers else ""

    def fault_of(self, recipient: str) -> str:
        if recipient in self.faults.refused:
            return self.faults.refused[recipient]
        if self.faults.is_greylisting and recipient not in self._greylisted:
            self._greylisted.add(recipient)
            return "450 4.2.0 Greylisted, please try again in 5 minutes"
        return ""

    async def take(self, taken: Taken) -> str:
        self.mails.append(taken)
        if self._deliver is None:
            return self.answer
        try:
            await asyncio.to_thread(self._deliver, taken.raw, *taken.recipients, sender=taken.sender)
        except smtplib.SMTPRecipientsRefused:
            return "550 5.1.1 User unknown"
        except (smtplib.SMTPException, OSError):
            return "451 4.3.0 the mail store is away"
        return self.answer


class _Talk(SMTP):
    """One connection."""

    def __init__(self, server: MailServer, loop: asyncio.AbstractEventLoop) -> None:
        self.mail_server = server
        self.number = 0
        self.taken_count = 0
        self.user = ""
        self.options: dict[str, tuple[str, ...]] = {}
        super().__init__(
            _Handler(self), data_size_limit=server.limit_bytes, enable_SMTPUTF8=server.has_utf8, hostname="mail.test", loop=loop,
            tls_context=server._context if server.security == "starttls" else None, auth_require_tls=False, authenticator=self._is_right,
        )  # fmt: skip

    def connection_made(self, transport: Any) -> None:
        self.mail_server.connections_count += 1
        self.number = self.mail_server.connections_count
        self.mail_server._open.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.mail_server._open = {one for one in self.mail_server._open if not one.is_closing()}
        super().connection_lost(error)

    async def _handle_client(self) -> None:
        if await self._met("CONNECT"):
            self.hang_up()
            return
        with contextlib.suppress(ConnectionError):
            await super()._handle_client()

    async def _met(self, verb: str, line: str = "") -> bool:
        """Whether a fault has answered this verb."""
        self.mail_server.lines.append(f"{verb} {line}".strip())
        if self.mail_server.faults.delay_s:
            await asyncio.sleep(self.mail_server.faults.delay_s)
        answer = self.mail_server.expected(verb)
        if not answer:
            return False
        await self.answer(answer)
        return True

    async def answer(self, answer: str) -> None:
        if answer == HANG:
            await asyncio.Event().wait()
        if answer == DROP:
            self.hang_up()
            await asyncio.Event().wait()
        await self.push(answer)
        if answer.startswith("421"):
            self.hang_up()

    # ---- commands --------------------------------------------------------------------------------------------------------------

    async def smtp_EHLO(self, hostname: str | None) -> None:  # noqa: N802 - aiosmtpd's names
        if not await self._met("EHLO"):
            await super().smtp_EHLO(hostname)

    async def smtp_NOOP(self, arg: str | None) -> None:  # noqa: N802
        if not await self._met("NOOP"):
            await super().smtp_NOOP(arg)

    async def smtp_RSET(self, arg: str | None) -> None:  # noqa: N802
        if not await self._met("RSET"):
            await super().smtp_RSET(arg)

    async def smtp_STARTTLS(self, arg: str | None) -> None:  # noqa: N802
        if not await self._met("STARTTLS"):
            await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str | None) -> None:  # noqa: N802
        mechanism = (arg or "").split(" ")[0].upper()
        if not await self._met("AUTH", mechanism):
            await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        if await self._met("MAIL", arg or ""):
            return
        if self.mail_server.users and not (self.session and self.session.authenticated):
            await self.push("530 5.7.0 Authentication required")
            return
        kept, self.options["MAIL"] = _without(arg or "", ("RET=", "ENVID="))
        sender = kept.partition("<")[2].partition(">")[0]
        allowed = self.mail_server.faults.allowed_senders
        if allowed is not None and sender not in allowed:
            await self.push("501 mail from address must be same as authorization user")
            return
        await super().smtp_MAIL(kept)

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        if await self._met("RCPT", arg or ""):
            return
        kept, self.options["RCPT"] = _without(arg or "", ("NOTIFY=", "ORCPT="))
        recipient = kept.partition("<")[2].partition(">")[0]
        if fault := self.mail_server.fault_of(recipient):
            await self.answer(fault)
            return
        await super().smtp_RCPT(kept)

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802
        if not await self._met("DATA"):
            await super().smtp_DATA(arg)

    def _is_right(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        self.user = data.login.decode()
        self.mail_server.logins.append((mechanism, self.user))
        is_right = self.mail_server.users.get(self.user) == data.password.decode()
        return AuthResult(
            success=is_right, handled=False, message="235 2.7.0 OK" if is_right else "535 5.7.8 Authentication credentials invalid"
        )

    def hang_up(self) -> None:
        if self.transport is not None:
            self.transport.close()

    async def next_line(self) -> bytes:
        return await self._reader.readline()

    @property
    def is_encrypted(self) -> bool:
        return self.transport is not None and self.transport.get_extra_info("ssl_object") is not None


class _Handler:
    """What aiosmtpd asks about one connection."""

    def __init__(self, talk: "_Talk") -> None:
        self._talk = talk
        self._server = talk.mail_server

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        kept = [line for line in responses if "AUTH" not in line or self._server.users or self._server.tokens]
        return [*kept[:-1], *(f"250-{name}" for name in self._server.extensions), kept[-1]]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        fault = self._server.expected(".")
        if fault in (HANG, DROP):
            await self._talk.answer(fault)
        if fault and not fault.startswith("take"):
            return fault
        answer = await self._server.take(self._taken(session, envelope))
        self._talk.taken_count += 1
        if fault:
            await self._talk.answer(HANG if fault == TAKE_AND_HANG else DROP)
        if self._talk.taken_count == self._server.faults.mails_per_connection:
            asyncio.get_running_loop().call_later(0.0, self._talk.hang_up)
        return answer

    def _taken(self, session: Session, envelope: Envelope) -> Taken:
        options = self._talk.options
        return Taken(
            sender=(envelope.mail_from or "").replace("<>", ""), recipients=tuple(envelope.rcpt_tos),
            raw=bytes(envelope.original_content or b""), mail_options=(*envelope.mail_options, *options.get("MAIL", ())),
            rcpt_options=options.get("RCPT", ()), user=self._talk.user, is_encrypted=self._talk.is_encrypted, connection=self._talk.number,
        )  # fmt: skip

    @auth_mechanism("XOAUTH2")
    async def auth_xoauth2(self, server: SMTP, args: list[str]) -> AuthResult:
        said = base64.b64decode(args[1]).decode() if len(args) > 1 else ""
        user, token = (said.partition(key)[2].partition("\x01")[0] for key in ("user=", "Bearer "))
        self._talk.user = user
        self._server.logins.append(("XOAUTH2", user))
        if self._server.tokens.get(user) == token:
            return AuthResult(success=True, handled=False, auth_data=user)
        await self._talk.push("334 eyJzdGF0dXMiOiI0MDEifQ==")
        await self._talk.next_line()
        return AuthResult(success=False, handled=False, message="535 5.7.8 Username and Password not accepted")


def _without(arg: str, names: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """A command without the parameters that aiosmtpd does not know, and those."""
    words = arg.split(" ")
    odd = tuple(word for word in words if word.upper().startswith(names))
    return " ".join(word for word in words if word not in odd), odd


async def _end(transports: set[asyncio.BaseTransport]) -> None:
    """Let nothing of a loop live on."""
    for transport in list(transports):
        transport.close()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_default_executor()

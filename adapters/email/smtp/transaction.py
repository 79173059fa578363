"""One mail over one connection: the talk from MAIL to the answer behind the final dot.

Spoken command by command and not by `aiosmtplib.SMTP.sendmail`, which does not tell a timeout before the content from one behind it, and
sends to the copies alone when the customer's address is refused.
"""

import asyncio
import re
from typing import cast

import aiosmtplib

from adapters.email.smtp.codes import Answer, Doing, Stage, meaning_of, trouble
from adapters.email.words import Composed
from gateway.core.errors import Uncertain

LEAST_BYTES_PER_S = 50_000
"""A line slower than this is taken for broken."""
ENVID_MAX_CHARS = 100
PIECE_BYTES = 262_144
"""So much is handed to the line at once: encrypting it holds up nobody."""
DRAIN_S = 0.005
_LONE = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_SAID_ID = re.compile(r"<[^<>\s]{1,300}@[^<>\s]{1,300}>")
_SES_ID = re.compile(r"ok ([0-9a-f]{16}-[0-9a-f-]{20,60})\b", re.IGNORECASE)
_SES_HOST = re.compile(r"email-smtp(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com", re.IGNORECASE)

Fates = tuple[tuple[str, str], ...]


class Broken(Exception):
    """The connection was lost, or silent for too long, before anything of the content was sent. `at_once`: at the first command."""

    def __init__(self, reason: str, *, at_once: bool) -> None:
        super().__init__(reason)
        self.at_once = at_once


async def hand_over(client: aiosmtplib.SMTP, mail: Composed, sender: str, timeout_s: float) -> tuple[Fates, str]:
    """Who of the recipients was refused and why, and the server's last words.

    Raises Answer for a no that concerns the whole mail (the envelope is reset then), Broken, SendError, or Uncertain.
    """
    _check(client, mail, sender)
    content = _dotted(mail.raw) if len(mail.raw) <= PIECE_BYTES else await asyncio.to_thread(_dotted, mail.raw)
    is_begun = False
    try:
        await _mail(client, mail, sender)
        is_begun = True
        refused = await _recipients(client, mail, sender)
        response = await client.execute_command(b"DATA")
        if response.code != 354:
            raise Answer(Stage.CONTENT, response.code, response.message)
    except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError) as error:
        raise Broken(type(error).__name__, at_once=not is_begun) from None
    return refused, await _content(client, content, timeout_s + len(content) / LEAST_BYTES_PER_S)


async def reset(client: aiosmtplib.SMTP) -> bool:
    """Forget the envelope; whether the connection is good for another one."""
    try:
        await client.rset()
    except (aiosmtplib.SMTPException, OSError):
        return False
    return client.is_connected


def needs_utf8(mail: Composed, sender: str) -> bool:
    """Whether an address in the envelope or in the head is in letters that plain SMTP does not know (RFC 6531)."""
    head = mail.raw.partition(b"\r\n\r\n")[0]
    return not (head.isascii() and all(address.isascii() for address in (sender, *mail.recipients, *mail.copies)))


def renamed(message_id: str, host: str, answer: str) -> str:
    """The Message-ID that the server has put over ours, where its last words tell: "" where they don't.

    outlook.com says "250 2.0.0 OK <ID> [Hostname=...]" with its own; Amazon SES "250 Ok ID", which is the left side of the new one.
    """
    if said := _SAID_ID.search(answer):
        return said[0] if said[0].lower() != message_id.lower() else ""
    ses, region = _SES_ID.search(answer), _SES_HOST.fullmatch(host)
    if ses is None or region is None:
        return ""
    domain = "email.amazonses.com" if region[1] == "us-east-1" else f"{region[1]}.amazonses.com"
    return f"<{ses[1]}@{domain}>"


def _check(client: aiosmtplib.SMTP, mail: Composed, sender: str) -> None:
    """What the server has said of itself beforehand. Raises SendError."""
    limit = client.esmtp_extensions.get("size", "").strip()
    if limit.isdecimal() and 0 < int(limit) < len(mail.raw):
        raise trouble("size", f"{len(mail.raw)} bytes, {limit} allowed")
    if needs_utf8(mail, sender) and not client.supports_extension("smtputf8"):
        raise trouble("utf8")


async def _mail(client: aiosmtplib.SMTP, mail: Composed, sender: str) -> None:
    options = [f"SIZE={len(mail.raw)}"] if client.supports_extension("size") else []
    if is_utf8 := needs_utf8(mail, sender):
        options.append("SMTPUTF8")
    if is_utf8 and client.supports_extension("8bitmime"):
        options.append("BODY=8BITMIME")
    if sender and client.supports_extension("dsn"):
        envid = _xtext(mail.message_id.strip("<>"))
        options += ["RET=HDRS", *([f"ENVID={envid}"] if len(envid) <= ENVID_MAX_CHARS else [])]
    words = [b"MAIL", f"FROM:<{sender}>".encode(), *(option.encode("ascii") for option in options)]
    response = await client.execute_command(*words)
    if response.code != 250:
        raise Answer(Stage.SENDER, response.code, response.message)


async def _recipients(client: aiosmtplib.SMTP, mail: Composed, sender: str) -> Fates:
    """Name all of them; who was refused. Raises Answer when nobody is left whom it is for."""
    options = [b"NOTIFY=FAILURE,DELAY"] if sender and client.supports_extension("dsn") else []
    refused: dict[str, Answer] = {}
    for address in (*mail.recipients, *mail.copies):
        response = await client.execute_command(b"RCPT", f"TO:<{address}>".encode(), *options)
        if response.code not in (250, 251):
            refused[address] = Answer(Stage.RECIPIENT, response.code, response.message)
    if all(address in refused for address in mail.recipients):
        raise _gravest([refused[address] for address in mail.recipients])
    return tuple((address, meaning_of(answer).code) for address, answer in refused.items())


def _gravest(answers: list[Answer]) -> Answer:
    """The one that decides: while one of them may still be taken, it is tried again."""
    return next((answer for answer in answers if meaning_of(answer).doing is not Doing.GIVE_UP), answers[0])


async def _content(client: aiosmtplib.SMTP, content: bytes, timeout_s: float) -> str:
    """Send it behind the server's 354; its last words. Once all of it is out, a silence is ambiguous."""
    protocol = client.protocol
    if protocol is None or client.transport is None:
        raise Broken("SMTPServerDisconnected", at_once=False)
    transport = cast("asyncio.WriteTransport", client.transport)
    reading = asyncio.ensure_future(protocol.read_response(timeout=timeout_s))  # from the first byte on: some say no in the middle of it
    is_out = False
    try:
        await asyncio.sleep(0)  # it must have begun: aiosmtplib throws away what comes before, and uvloop may bring the answer before
        for start in range(0, len(content), PIECE_BYTES):
            if await _is_answered(transport, reading):
                break
            protocol.write(content[start : start + PIECE_BYTES])
        else:
            is_out = True
        response = await reading
    except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError) as error:
        if not is_out:
            raise Broken(type(error).__name__, at_once=False) from None
        raise Uncertain("the mail server did not answer behind the content", code="no_answer") from None
    finally:
        is_answered = reading.done() and not reading.cancelled() and reading.exception() is None
        if not (is_out and is_answered):
            reading.cancel()
            client.close()
    if response.code != 250 or not is_out:
        raise Answer(Stage.CONTENT, response.code, response.message)
    return response.message


async def _is_answered(transport: asyncio.WriteTransport, reading: "asyncio.Future[aiosmtplib.SMTPResponse]") -> bool:
    """Whether the server has answered already; False as soon as the line can take more."""
    while transport.get_write_buffer_size() > PIECE_BYTES and not reading.done():  # noqa: ASYNC110 - a transport tells its protocol alone
        await asyncio.sleep(DRAIN_S)
    return reading.done()


def _dotted(raw: bytes) -> bytes:
    """The content as it goes over the line (RFC 5321, section 4.5.2). A lone CR or LF may not: another server could see an end in it."""
    whole = _LONE.sub(b"\r\n", raw)
    whole = whole if whole.endswith(b"\r\n") else whole + b"\r\n"
    dotted = whole.replace(b"\r\n.", b"\r\n..")
    return (b"." if dotted.startswith(b".") else b"") + dotted + b".\r\n"


def _xtext(text: str) -> str:
    """RFC 3461, section 4."""
    return "".join(sign if "!" <= sign <= "~" and sign not in "+=" else f"+{ord(sign):02X}" for sign in text)

"""From nothing to a mailbox's door: connected, encrypted, logged in.

Encrypted before anything is said: by TLS from the first byte, or by STARTTLS, which is asked for whether or not the server offers it (an
attacker in between can take the offer away) and whose refusal ends the connection. Certificates are checked. What was said in the clear is
not believed afterwards.
"""

import asyncio
import base64
import socket
import ssl
from contextlib import suppress

from aioimaplib.aioimaplib import AUTH, NONAUTH, Response

from adapters.email.imap.commands import Commands, said
from adapters.email.imap.errors import ImapTrouble, words
from adapters.email.imap.grammar import quoted
from adapters.email.imap.wire import Wire
from adapters.email.oauth import Bearer, Credentials, Password
from adapters.email.providers import provider_of
from config.email import Imap

BEAT_S = 60
"""When the line has been silent for so long the network is asked whether it still stands: routers forget."""
_WHO = '("name" "frontdesk" "version" "1" "vendor" "frontdesk")'
_LATER = ("[unavailable]", "[inuse]", "[limit]", "[serverbug]")


async def enter(
    server: Imap, credentials: Credentials, *, timeout_s: float, literal_max_bytes: int, tls: ssl.SSLContext | None = None
) -> tuple[Commands, frozenset[str]]:
    """Commands of a connection that is logged in, and what the server can do. Raises ImapTrouble."""
    commands = Commands(Wire(literal_max_bytes=literal_max_bytes), timeout_s=timeout_s)
    try:
        async with asyncio.timeout(3 * timeout_s):
            await _connect(commands, server, tls)
            offered = await _offered(commands)
            response = await _log_in(commands, credentials, offered)
            commands.wire.state = AUTH
            offered = _capabilities(response) or await _offered(commands)
            if "ID" in offered or provider_of(server.host).needs_id:
                # before any mailbox is opened: NetEase's servers refuse whom they do not know, whatever they offer. Any answer is fine
                await commands.run("ID", _WHO)
    except BaseException as error:
        commands.wire.fail("lost")
        raise _named(error) from None
    return commands, offered


async def _connect(commands: Commands, server: Imap, tls: ssl.SSLContext | None) -> None:
    wire, timeout_s = commands.wire, commands.timeout_s
    context = None if server.security == "none" else tls or ssl.create_default_context()
    at_once = context if server.security == "tls" else None
    async with asyncio.timeout(timeout_s):
        transport, _ = await asyncio.get_running_loop().create_connection(lambda: wire, server.host, server.port, ssl=at_once)
    _keep_alive(transport.get_extra_info("socket"))
    wire.arm(timeout_s, timeout_s)
    greeting = (await wire.greeting).upper()
    wire.disarm()
    if not greeting.startswith(b"* OK"):  # PREAUTH too: whoever needs no login from us is not our mailbox's server
        raise ImapTrouble("bye" if greeting.startswith(b"* BYE") else "odd_server", words(greeting))
    wire.state = NONAUTH
    if server.security == "starttls" and context is not None:
        await _encrypt(commands, server.host, context)


async def _encrypt(commands: Commands, host: str, context: ssl.SSLContext) -> None:
    wire = commands.wire
    response = await commands.run("STARTTLS")
    if response.result != "OK":
        raise ImapTrouble("no_starttls", said(response))
    if wire.has_unread():
        raise ImapTrouble("tls", "something was said behind the answer to STARTTLS")
    async with asyncio.timeout(commands.timeout_s):
        transport = await asyncio.get_running_loop().start_tls(wire.transport, wire, context, server_hostname=host)
    if transport is None:
        raise ImapTrouble("lost")
    wire.go_on(transport)


async def _offered(commands: Commands) -> frozenset[str]:
    return _capabilities(await commands.good("CAPABILITY"))


async def _log_in(commands: Commands, credentials: Credentials, offered: frozenset[str]) -> Response:
    response = await _try(commands, credentials, offered)
    if response.result == "OK":
        return response
    lower = said(response).lower()
    if lower.startswith(_LATER) or "too many" in lower:  # RFC 5530; those that do not speak it say it in words
        raise ImapTrouble("busy", said(response))
    raise ImapTrouble("unsafe_login" if "unsafe login" in lower else "login_refused", said(response))


async def _try(commands: Commands, credentials: Credentials, offered: frozenset[str]) -> Response:
    if isinstance(credentials, Bearer):
        return await _authenticate(commands, "XOAUTH2", f"user={credentials.user}\1auth=Bearer {credentials.token}\1\1", offered)
    is_plain_offered = "AUTH=PLAIN" in offered
    if "LOGINDISABLED" in offered and not is_plain_offered:
        raise ImapTrouble("no_login", "LOGIN is disabled, and there is no AUTH=PLAIN")
    if is_plain_offered and ("LOGINDISABLED" in offered or not (credentials.user + credentials.password).isascii()):
        return await _authenticate(commands, "PLAIN", f"\0{credentials.user}\0{credentials.password}", offered)
    return await _by_login(commands, credentials)


async def _by_login(commands: Commands, credentials: Password) -> Response:
    try:
        return await commands.run("LOGIN", quoted(credentials.user), quoted(credentials.password))
    except ValueError:
        raise ImapTrouble("login_refused", "the user or the password holds a line break") from None


async def _authenticate(commands: Commands, mechanism: str, message: str, offered: frozenset[str]) -> Response:
    """The message goes with the command where the server takes it there (RFC 4959).

    Asked once more, it tells of a failure: it gets an empty answer, and its refusal follows (developers.google.com/gmail/imap/
    xoauth2-protocol, "Error Response", seen 2026-11).
    """
    first = base64.b64encode(message.encode())
    if "SASL-IR" in offered:
        return await commands.exchange("AUTHENTICATE", mechanism, first.decode(), answer=lambda _: b"")
    left = [first]
    return await commands.exchange("AUTHENTICATE", mechanism, answer=lambda _: left.pop() if left else b"")


def _capabilities(response: Response) -> frozenset[str]:
    """From an answer of its own, or from another's code: `[CAPABILITY ...]`."""
    for line in response.lines:
        text = line.upper()
        if text.startswith((b"CAPABILITY ", b"[CAPABILITY ", b"OK [CAPABILITY ")):
            listed = text.partition(b"CAPABILITY ")[2].partition(b"]")[0]
            return frozenset(listed.decode("ascii", "replace").split())
    return frozenset()


def _keep_alive(connected: socket.socket | None) -> None:
    if connected is not None:
        with suppress(OSError):
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if hasattr(socket, "TCP_KEEPIDLE"):
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, BEAT_S)
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, BEAT_S // 3)


def _named(error: BaseException) -> BaseException:
    """What went wrong by its name; a cancellation stays itself."""
    match error:
        case ssl.SSLError():  # certificates too
            return ImapTrouble("tls", words(str(getattr(error, "verify_message", "") or error.reason or "").encode()))
        case TimeoutError():
            return ImapTrouble("silent")
        case OSError():
            return ImapTrouble("unreachable", type(error).__name__)
        case _:
            return error

"""Asks a trunk's registrar whether it would let us in, and changes nothing there.

A REGISTER without a Contact is a question (RFC 3261, section 10.2.3): it is proven like any other, and answered with the bindings that
there are. So a doctor can ask while another process of ours is registered, and takes no call away from it.
"""

import asyncio
import hashlib
import os
import re
import secrets
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import Protocol, cast

from msgspec import Struct

from adapters.phone.sip.addresses import host_of
from config.phone import Trunk

AGAIN_S = (0.5, 1.0, 2.0, 2.0)
"""Over UDP, until something comes (RFC 3261, section 17.1.2.2)."""
ANSWER_MAX_BYTES = 65_536
REASON_MAX_CHARS = 120
ROUNDS_COUNT = 3
"""The question, the question with a proof, and once more where the nonce was stale."""
_PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061}
_HASHES = {"": "md5", "MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}
_PAIR = re.compile(r'([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')


class Asked(Struct, frozen=True, kw_only=True):
    """What came of it."""

    code: int = 0
    """Of SIP; 0: no answer."""
    reason: str = ""
    trouble: str = ""
    """Where there is no code: no_host, no_address, certificate, unreachable."""
    detail: str = ""


class Wire(Protocol):
    """A way to the registrar."""

    def local(self) -> str:
        """Our end of it, `host:port`."""
        ...

    async def ask(self, text: str) -> str:
        """The next final answer. Raises OSError."""
        ...

    def close(self) -> None: ...


async def ask(
    trunk: Trunk, *, within_s: float, token: Callable[[], str] = lambda: secrets.token_hex(8), tls: ssl.SSLContext | None = None
) -> Asked:  # fmt: skip
    """Never raises but by cancellation. `tls`: whom to trust; None: whom this machine does."""
    try:
        async with asyncio.timeout(within_s):
            return await _asked(trunk, token, tls)
    except socket.gaierror as error:
        return _unfound(error)
    except ssl.SSLCertVerificationError as error:
        return Asked(trouble="certificate", detail=error.verify_message)
    except ssl.SSLError as error:
        return Asked(trouble="certificate", detail=error.reason or "no TLS")
    except TimeoutError:
        return Asked(trouble="unreachable", detail="no answer in time")
    except (OSError, ValueError) as error:
        code = error.errno if isinstance(error, OSError) else None
        return Asked(trouble="unreachable", detail=os.strerror(code) if code else type(error).__name__)


def _unfound(error: socket.gaierror) -> Asked:
    """A name that has services (SRV) and no address is none that we can ask, though the stack finds its way there."""
    if error.errno == socket.EAI_AGAIN:
        return Asked(trouble="unreachable", detail=error.strerror or "no answer about its name")
    return Asked(trouble="no_address" if error.errno == getattr(socket, "EAI_NODATA", None) else "no_host")


async def _asked(trunk: Trunk, token: Callable[[], str], tls: ssl.SSLContext | None) -> Asked:
    wire = await _wire(trunk, tls)
    try:
        return await _conversation(trunk, wire, token)
    finally:
        wire.close()


async def _conversation(trunk: Trunk, wire: Wire, token: Callable[[], str]) -> Asked:
    call, tag, proof = token(), token(), ""
    answered = Asked()
    for number in range(1, ROUNDS_COUNT + 1):
        answer = await wire.ask(_question(trunk, wire.local(), number=number, call=call, tag=tag, branch=token(), proof=proof))
        answered = Asked(code=int(answer[8:11]), reason=answer.split("\r\n", 1)[0][12:][:REASON_MAX_CHARS].strip())
        challenge = _challenge(answer) if answered.code in (401, 407) else {}
        if not challenge or (proof and challenge.get("stale", "").lower() != "true"):
            break
        proof = _proof(trunk, challenge, answered.code, token())
    return answered


def _question(trunk: Trunk, local: str, *, number: int, call: str, tag: str, branch: str, proof: str) -> str:
    host = trunk.host
    lines = (
        f"REGISTER sip:{host} SIP/2.0",
        f"Via: SIP/2.0/{trunk.transport.upper()} {local};branch=z9hG4bK{branch};rport",
        "Max-Forwards: 70",
        f"From: <sip:{trunk.user}@{host}>;tag={tag}",
        f"To: <sip:{trunk.user}@{host}>",
        f"Call-ID: {call}",
        f"CSeq: {number} REGISTER",
        *((proof,) if proof else ()),
        "Content-Length: 0",
    )
    return "\r\n".join(lines) + "\r\n\r\n"


def _challenge(answer: str) -> dict[str, str]:
    """The first digest challenge that we can answer."""
    for line in answer.split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() in ("www-authenticate", "proxy-authenticate") and value.strip().lower().startswith("digest"):
            found = {key.lower(): quoted or bare for key, quoted, bare in _PAIR.findall(value)}
            if found.get("algorithm", "").upper() in _HASHES:
                return found
    return {}


def _proof(trunk: Trunk, challenge: dict[str, str], code: int, cnonce: str) -> str:
    """RFC 8760: the digest of RFC 7616, also with SHA-256."""
    algorithm, realm, nonce, uri = (
        challenge.get("algorithm", ""),
        challenge.get("realm", ""),
        challenge.get("nonce", ""),
        f"sip:{trunk.host}",
    )
    has_qop = "auth" in re.split(r"[\s,]+", challenge.get("qop", ""))

    def digest(text: str) -> str:
        return hashlib.new(_HASHES[algorithm.upper()], text.encode(), usedforsecurity=False).hexdigest()

    secret, request = digest(f"{trunk.user}:{realm}:{trunk.password}"), digest(f"REGISTER:{uri}")
    response = digest(f"{secret}:{nonce}:00000001:{cnonce}:auth:{request}" if has_qop else f"{secret}:{nonce}:{request}")
    said = [f'username="{trunk.user}"', f'realm="{realm}"', f'nonce="{nonce}"', f'uri="{uri}"', f'response="{response}"']
    said += [f"algorithm={algorithm}"] if algorithm else []
    said += [f'opaque="{challenge["opaque"]}"'] if challenge.get("opaque") else []
    said += [f'qop=auth, nc=00000001, cnonce="{cnonce}"'] if has_qop else []
    return f"{'Authorization' if code == 401 else 'Proxy-Authorization'}: Digest {', '.join(said)}"


# The wires


async def _wire(trunk: Trunk, tls: ssl.SSLContext | None) -> Wire:
    host, port = host_of(trunk.host), _port(trunk)
    loop = asyncio.get_running_loop()
    kind = socket.SOCK_DGRAM if trunk.transport == "udp" else socket.SOCK_STREAM
    address = (await loop.getaddrinfo(host, port, type=kind))[0][4][:2]
    if trunk.transport == "udp":
        _, datagrams = await loop.create_datagram_endpoint(_Datagrams, remote_addr=(str(address[0]), int(address[1])))
        return datagrams
    context = (tls or ssl.create_default_context()) if trunk.transport == "tls" else None
    reader, writer = await asyncio.open_connection(
        str(address[0]), int(address[1]), ssl=context, server_hostname=host if context else None, limit=ANSWER_MAX_BYTES
    )  # fmt: skip
    return _Stream(reader, writer)


def _port(trunk: Trunk) -> int:
    port = trunk.host.rpartition(":")[2]
    return int(port) if port.isdecimal() and not trunk.host.endswith("]") else _PORTS[trunk.transport]


def _is_final(text: str) -> bool:
    return re.match(r"SIP/2\.0 [2-6]\d\d ", text) is not None


def _name(transport: asyncio.BaseTransport) -> str:
    host, port = transport.get_extra_info("sockname")[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self._answers: asyncio.Queue[str | OSError] = asyncio.Queue(100)
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 - connected: it is the registrar's
        if not self._answers.full():
            self._answers.put_nowait(data.decode("utf-8", "replace"))

    def error_received(self, exc: Exception) -> None:
        if isinstance(exc, OSError) and not self._answers.full():
            self._answers.put_nowait(exc)

    def local(self) -> str:
        assert self._transport is not None
        return _name(self._transport)

    async def ask(self, text: str) -> str:
        assert self._transport is not None
        number = _cseq(text)
        for rest_s in AGAIN_S:
            self._transport.sendto(text.encode())
            try:
                async with asyncio.timeout(rest_s):
                    return await self._final(number)
            except TimeoutError:
                continue
        raise TimeoutError

    async def _final(self, number: str) -> str:
        while True:
            answer = await self._answers.get()
            if isinstance(answer, OSError):
                raise answer
            if _is_final(answer) and _cseq(answer) == number:
                return answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class _Stream:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def local(self) -> str:
        return _name(self._writer.transport)

    async def ask(self, text: str) -> str:
        self._writer.write(text.encode())
        await self._writer.drain()
        while True:
            try:
                head = (await self._reader.readuntil(b"\r\n\r\n")).decode("utf-8", "replace").lstrip()
                await self._reader.readexactly(_length(head))
            except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                raise ConnectionResetError("expected an answer of SIP") from None
            if _is_final(head) and _cseq(head) == _cseq(text):
                return head

    def close(self) -> None:
        self._writer.transport.abort()


def _cseq(text: str) -> str:
    found = re.search(r"(?im)^CSeq\s*:\s*(\d+)", text)
    return found[1] if found else ""


def _length(head: str) -> int:
    found = re.search(r"(?im)^(?:Content-Length|l)\s*:\s*(\d{1,5})\s*$", head)
    return min(int(found[1]), ANSWER_MAX_BYTES) if found else 0


Ask = Callable[[Trunk], Awaitable[Asked]]
"""`ask`, as whoever examines is handed it."""

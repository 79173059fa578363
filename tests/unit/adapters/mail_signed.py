"""Mails that are truly signed, and a DNS that knows the keys."""

import asyncio
import base64
from collections.abc import Mapping, Sequence
from functools import cache

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from adapters.email.lookups import DnsFailed

MAIL = (
    b"From: Customer <customer@example.net>\r\nTo: support@example.com\r\nSubject: Where is my parcel?\r\n"
    b"Message-ID: <one@example.net>\r\nDate: Mon, 02 Nov 2026 09:30:00 +0000\r\n\r\nIt has not come yet.\r\n"
)


@cache
def key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """One key for all tests."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def record(bits: int = 2048) -> bytes:
    """What its owner publishes."""
    public = key(bits).public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


def signed(
    mail: bytes = MAIL, *, domain: str = "example.net", selector: str = "s1", length: bool = False, headers: Sequence[bytes] | None = None,
    canonical: tuple[bytes, bytes] = (b"relaxed", b"relaxed"), bits: int = 2048,
) -> bytes:  # fmt: skip
    """The mail with its signature on top."""
    pem = key(bits).private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    made = dkim.sign(
        mail, selector.encode(), domain.encode(), pem, canonicalize=canonical, length=length,
        include_headers=list(headers) if headers else None,
    )  # fmt: skip
    return bytes(made) + mail


class Dns:
    """A DNS with these records. `asked`: what it was asked, in order."""

    def __init__(self, records: Mapping[str, Sequence[bytes]], *, is_down: bool = False, is_silent: bool = False) -> None:
        self.records = dict(records)
        self.is_down = is_down
        self.is_silent = is_silent
        self.asked: list[str] = []

    async def txt(self, name: str, timeout_s: float) -> Sequence[bytes]:
        self.asked.append(name)
        if self.is_silent:
            await asyncio.Event().wait()
        if self.is_down:
            raise DnsFailed("down")
        return self.records.get(name, ())

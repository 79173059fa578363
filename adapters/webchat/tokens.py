"""Visitors' tokens: signed values that name a visitor of a site. Nothing is stored for them.

    v1.BASE64URL(JSON payload).BASE64URL(HMAC-SHA256)

The key is derived from the installation's for this purpose alone, so nothing else that we sign can pass for a token. A visitor
whom the site has identified carries the user's id in the token as well; the token from before that is refused from then on, and so are
those from before a link with another channel (`gateway.web.chat_linking`).
"""

import base64
import binascii
import hmac
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from gateway.core.contact import Address, AddressKind
from gateway.core.errors import Forged
from gateway.core.ids import ChannelName, Thread

VERSION = "v1"
ANONYMOUS_DAYS = 365
IDENTIFIED_DAYS = 30
RENEW_AFTER = timedelta(days=1)
_TOKEN_MAX_CHARS = 2048
_CLAIM = "link1"
_AHEAD = timedelta(minutes=5)
"""How far another process's clock may be in front of ours."""


class Visitor(Struct, frozen=True, kw_only=True):
    """Whom a token names."""

    site: ChannelName
    id: Thread
    issued_at: datetime
    user: str | None = None
    """The site's own id of its user, proven by a JWT."""
    name: str | None = None
    link: int = 0
    """The link that it was made under (`gateway.linking.generation`): the next one, or its undoing, replaces it."""

    @property
    def address(self) -> Address:
        """The identity that the visitor's events come from."""
        if self.user is not None:
            return Address(AddressKind.SITE_USER, self.site, self.user)
        return Address(AddressKind.VISITOR, self.site, self.id)


class _Payload(Struct, frozen=True, omit_defaults=True):
    s: str
    v: str
    t: int
    u: str | None = None
    n: str | None = None
    g: int = 0


_decode = msgspec.json.Decoder(_Payload).decode
_encode = msgspec.json.Encoder().encode


class Tokens:
    """Makes and checks visitors' tokens with one installation's key."""

    def __init__(self, secret: bytes) -> None:
        key = hmac.digest(secret, b"frontdesk visitor token " + VERSION.encode(), "sha256")
        # Keyed once and copied: unlike hmac.digest that never lets go of the interpreter, which is dear to get back under load.
        self._keyed = hmac.new(key, digestmod="sha256")

    def __repr__(self) -> str:
        return "Tokens()"

    def issue(self, visitor: Visitor) -> str:
        """The visitor's token."""
        payload = _Payload(visitor.site, visitor.id, int(visitor.issued_at.timestamp()), visitor.user, visitor.name, visitor.link)
        signed = f"{VERSION}.{_text(_encode(payload))}"
        return f"{signed}.{self._signature(signed)}"

    def read(self, token: str, site: ChannelName, now: datetime) -> Visitor:
        """Whom `token` names. Raises Forged for any token that is not ours, is another site's, or has expired."""
        signed, _, signature = token.rpartition(".")
        expected = self._signature(signed) if len(token) <= _TOKEN_MAX_CHARS else ""
        if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogatepass")) or not expected:
            raise _invalid()
        visitor = _visitor(signed, now)
        if visitor.site != site or not _is_current(visitor, now):
            raise _invalid()
        return visitor

    def claim(self, code: str) -> str:
        """What the client that asked for a link code, and nobody who only sees the code, can show later."""
        signed = f"{_CLAIM}.{code}"
        return f"{signed}.{self._signature(signed)}"

    def claimed(self, claim: str) -> str | None:
        """The code of a claim of ours."""
        signed, _, signature = claim.rpartition(".")
        is_ours = hmac.compare_digest(self._signature(signed).encode(), signature.encode("utf-8", "surrogatepass"))
        version, _, code = signed.partition(".")
        return code if is_ours and version == _CLAIM else None

    def _signature(self, signed: str) -> str:
        mac = self._keyed.copy()
        mac.update(signed.encode("utf-8", "surrogatepass"))
        return _text(mac.digest())


def _visitor(signed: str, now: datetime) -> Visitor:
    version, _, body = signed.partition(".")
    if version != VERSION:
        raise _invalid()
    try:
        payload = _decode(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        issued_at = datetime.fromtimestamp(payload.t, tz=now.tzinfo)
    except (msgspec.DecodeError, UnicodeDecodeError, binascii.Error, ValueError, OverflowError, OSError):
        raise _invalid() from None
    return Visitor(
        site=ChannelName(payload.s), id=Thread(payload.v), issued_at=issued_at, user=payload.u, name=payload.n, link=payload.g
    )  # fmt: skip


def _is_current(visitor: Visitor, now: datetime) -> bool:
    days = ANONYMOUS_DAYS if visitor.user is None else IDENTIFIED_DAYS
    return now - timedelta(days=days) < visitor.issued_at <= now + _AHEAD


def _invalid() -> Forged:
    return Forged("token_invalid", "a token from an earlier welcome of this site; say hello without one to begin anew")


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

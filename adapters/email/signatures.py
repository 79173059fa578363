"""DKIM signatures (RFC 6376) of a raw mail: which there are, and whether one holds. For worker threads; never raises.

dkimpy does the cryptography. Around it stands what it leaves open: a signature that does not cover From, or only the beginning of the body,
proves nothing; and its expressions take squared time over long runs of blanks, so those are joined before it sees them.
"""

import logging
import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from adapters.email.domains import ascii_domain
from adapters.email.heads import ends_within
from adapters.email.words import HEAD_BYTES

SIGNATURES_MAX_COUNT = 5
SIGNATURE_MAX_CHARS = 4_096
NAMES_MAX_COUNT = 100
HEADERS_MAX_COUNT = 1_000
MAIL_MAX_BYTES = 26_214_400
KEY_MIN_BITS = 1_024
_BLANKS = re.compile(rb"[\t ]+")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62}){0,20}")
_quiet = logging.getLogger("adapters.email.dkim")
_quiet.disabled = True  # dkimpy's words hold what a stranger wrote


class Signature(Struct, frozen=True):
    """One signature that is worth checking. `place`: which of the mail's signatures it is, from the top."""

    place: int
    domain: str
    selector: str
    is_body_relaxed: bool

    @property
    def key_name(self) -> str:
        """Where its key is published."""
        return f"{self.selector}._domainkey.{self.domain}"


def found(headers: Sequence[tuple[str, str]]) -> list[Signature]:
    """The signatures of these headers that cover From and the whole body, topmost first."""
    if len(headers) > HEADERS_MAX_COUNT:
        return []
    values = [value for name, value in headers if name == "dkim-signature"][:SIGNATURES_MAX_COUNT]
    return [signature for place, value in enumerate(values) if (signature := _signature(place, value)) is not None]


def holds(raw: bytes, signature: Signature, records: Sequence[bytes]) -> bool:
    """Whether the signature holds, by the key among these records."""
    if len(raw) > MAIL_MAX_BYTES or not ends_within(raw, HEAD_BYTES):
        return False
    return any(_holds(raw, signature, record) for record in records[:2])


def _holds(raw: bytes, signature: Signature, record: bytes) -> bool:
    import dkim

    def published(name: bytes, timeout: float = 0.0) -> bytes:  # noqa: ARG001 - as dkimpy calls it; the answer is known already
        return record

    try:
        checked = dkim.DKIM(raw, logger=_quiet, minkey=KEY_MIN_BITS)
        if signature.is_body_relaxed:
            checked.body = _BLANKS.sub(b" ", checked.body)  # what relaxed does anyway, but in linear time
        return checked.verify(signature.place, dnsfunc=published) is True
    except Exception:  # whatever a stranger's mail brings about in a library: it proves nothing
        return False


def _signature(place: int, value: str) -> Signature | None:
    if len(value) > SIGNATURE_MAX_CHARS or " " * 64 in value or "\t" * 64 in value:
        return None
    tags = _tags(value)
    names = [name.strip().lower() for name in tags.get("h", "").split(":")]
    domain, selector = ascii_domain(tags.get("d", "")), tags.get("s", "").lower()
    if "from" not in names or len(names) > NAMES_MAX_COUNT or "l" in tags:
        return None
    if not _LABEL.fullmatch(domain) or not _LABEL.fullmatch(selector):
        return None
    return Signature(place, domain, selector, is_body_relaxed=tags.get("c", "").lower().partition("/")[2] == "relaxed")


def _tags(value: str) -> Mapping[str, str]:
    pairs = (piece.partition("=") for piece in value.split(";"))
    return {key.strip(): rest.strip() for key, equals, rest in pairs if equals}

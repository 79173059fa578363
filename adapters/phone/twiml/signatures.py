"""Whether a webhook comes from the cloud: each signs in its own way, and none may be believed without.

Twilio (docs: usage/webhooks/webhooks-security, seen 2026-11): base64 of HMAC-SHA1, keyed by the account's token, over the whole public
address followed by every field's name and value, sorted by name. Whether a standard port stands in that address depends on who calls, so
both are tried. SignalWire: the same with its signing key, or the hex HMAC-SHA1 of address and body as they are. Telnyx: Ed25519 over
"timestamp|body", and not older than five minutes; its address is covered by our own tickets alone.
"""

import base64
import binascii
import hmac
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from adapters.phone.twiml.dialects import Cloud
from gateway.core.errors import BadInput, Forged

FIELDS_MAX_COUNT = 200
AGE_MAX_S = 300.0
"""Of what Telnyx has signed."""
_PORTS = {"http": 80, "https": 443}

Fields = list[tuple[str, str]]


def read_fields(body: bytes) -> Fields:
    """The fields of a form, in order. Raises BadInput."""
    try:
        return parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=FIELDS_MAX_COUNT, errors="strict"
        )
    except ValueError:  # a UnicodeError too
        raise BadInput("bad_form", f"application/x-www-form-urlencoded in UTF-8 with at most {FIELDS_MAX_COUNT} fields") from None


def check(cloud: Cloud, key: str, *, url: str, body: bytes, headers: Mapping[str, str], now_s: float) -> Fields:
    """The fields of a webhook that the cloud has signed for this address. Raises Forged, or BadInput for no form at all."""
    known = {name.lower(): value for name, value in headers.items()}
    if not key:
        raise Forged("forged", "a secret of ours: none is configured")
    match cloud:
        case "twilio":
            fields = read_fields(body)
            _expect_any(known.get("x-twilio-signature", ""), (_sorted_form(key, form, fields) for form in both_forms(url)))
        case "signalwire":
            said = known.get("x-signalwire-signature") or known.get("x-twilio-signature", "")
            fields = read_fields(body)
            _expect_any(said, (made for form in both_forms(url) for made in (_sorted_form(key, form, fields), _whole(key, form, body))))
        case "telnyx":
            _expect_ed25519(key, known.get("telnyx-signature-ed25519", ""), known.get("telnyx-timestamp", ""), body, now_s)
            fields = read_fields(body)
    return fields


def signed_by_twilio(key: str, url: str, fields: Fields) -> str:
    """What Twilio, and SignalWire, would sign it with."""
    return _sorted_form(key, url, fields)


def both_forms(url: str) -> tuple[str, ...]:
    """The address with and without its standard port."""
    parts = urlsplit(url)
    standard = _PORTS.get(parts.scheme)
    host = parts.netloc
    if standard is None:
        return (url,)
    bare = host.removesuffix(f":{standard}")
    if bare != host:
        return url, urlunsplit(parts._replace(netloc=bare))
    if parts.port is None:
        return url, urlunsplit(parts._replace(netloc=f"{host}:{standard}"))
    return url, urlunsplit(parts._replace(netloc=host.rpartition(":")[0]))


def _sorted_form(key: str, url: str, fields: Fields) -> str:
    """A name that comes several times counts with each of its values once, sorted: as the clouds' own libraries have it."""
    text = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(_hmac(key, text.encode("utf-8"))).decode("ascii")


def _whole(key: str, url: str, body: bytes) -> str:
    return _hmac(key, url.encode("utf-8") + body).hex()


def _hmac(key: str, text: bytes) -> bytes:
    return hmac.digest(key.encode("utf-8"), text, "sha1")


def _expect_any(said: str, made: Iterable[str]) -> None:
    """Every candidate is compared, in constant time."""
    given = said.encode("utf-8", "surrogatepass")
    if not sum(hmac.compare_digest(one.encode("ascii"), given) for one in made):
        raise Forged("forged", "the cloud's signature over this address and these fields")


def _expect_ed25519(key: str, said: str, at: str, body: bytes, now_s: float) -> None:
    wrong = Forged("forged", f"the cloud's Ed25519 signature, at most {AGE_MAX_S:g} s old")
    if not (at.isascii() and at.isdecimal() and len(at) <= 12) or abs(now_s - int(at)) > AGE_MAX_S:
        raise wrong
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key, validate=True))
        public.verify(base64.b64decode(said, validate=True), at.encode("ascii") + b"|" + body)
    except (InvalidSignature, ValueError, binascii.Error):
        raise wrong from None

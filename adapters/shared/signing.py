"""Standard Webhooks: how an outgoing call proves that it is ours (github.com/standard-webhooks, spec/standard-webhooks.md, seen 2026-11).

The signed content is `ID.TIMESTAMP.BODY`, the signature HMAC-SHA256 in base64 behind `v1,`. Receivers drop a `webhook-id` that they have
seen, so a repeat does no harm.
"""

import base64
import binascii
import hmac

PREFIX = "whsec_"
_KEY_MIN_BYTES = 24
_KEY_MAX_BYTES = 64


def read_secret(secret: str) -> bytes:
    """The key in `whsec_BASE64`. Raises ValueError, without the secret in it."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True) if secret.startswith(PREFIX) else b""
    except (binascii.Error, ValueError):
        key = b""
    if not _KEY_MIN_BYTES <= len(key) <= _KEY_MAX_BYTES:
        raise ValueError(f"expected {PREFIX} and {_KEY_MIN_BYTES} to {_KEY_MAX_BYTES} bytes in base64")
    return key


def headers(key: bytes, message_id: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    """The headers that go with a body."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": signature(key, message_id, timestamp_s, body),
    }


def signature(key: bytes, message_id: str, timestamp_s: int, body: bytes) -> str:
    """One signature of version 1."""
    signed = f"{message_id}.{timestamp_s}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()

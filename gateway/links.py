"""Addresses under which a file can be fetched by whoever was given one: for channels that carry links, or that tell another system.

Signed for one file and some days; whoever has no such address can't make one. The customer's own chat has shorter-lived addresses of its
own (`gateway.web.files`).
"""

import base64
import hmac
from datetime import timedelta

from gateway.core.errors import Forged
from gateway.core.parts import FileRef
from gateway.core.ports import Clock

LINK_LASTS = timedelta(days=7)
"""Long enough for a mail that is read after the weekend."""


class FileLinks:
    """Makes and checks them, with one installation's key."""

    def __init__(self, secret: bytes, clock: Clock, public_url: str) -> None:
        """`public_url` without a slash at its end."""
        self._key = hmac.digest(secret, b"frontdesk file link v1", "sha256")
        self._clock = clock
        self._public_url = public_url

    def link(self, file: FileRef) -> str:
        """An absolute address that opens this file for LINK_LASTS."""
        until = str(int((self._clock.now() + LINK_LASTS).timestamp()))
        return f"{self._public_url}/files/{file.id}?until={until}&mac={self._mac(file.id, until)}"

    def check(self, file_id: str, until: str, mac: str) -> None:
        """Raises Forged unless this address was made by us and still holds."""
        is_ours = hmac.compare_digest(self._mac(file_id, until).encode(), mac.encode("utf-8", "surrogatepass"))
        if not is_ours or int(until) < self._clock.now().timestamp():
            raise Forged("file_address", "the address of a file, as it was given, within seven days")

    def _mac(self, file_id: str, until: str) -> str:
        signed = "\x1f".join((file_id, until)).encode("utf-8", "surrogatepass")
        return base64.urlsafe_b64encode(hmac.digest(self._key, signed, "sha256")).rstrip(b"=").decode()

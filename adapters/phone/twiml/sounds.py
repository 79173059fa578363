"""Sound of ours that a cloud plays: given out by an address that nobody can guess, and that ends.

The same sound has the same address for an hour, so that the cloud fetches it once. It lies in this process, and on the shelf for the
others: any process may be asked for it.
"""

import base64
import hashlib
import hmac
import logging
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress

from adapters.phone.audio import BYTES_PER_S, Pcm
from adapters.phone.speech.wav import write_wav
from gateway.core.errors import FrontdeskError
from gateway.core.ids import ChannelName
from gateway.core.ports import Shelf

log = logging.getLogger(__name__)

PURPOSE = "phone sound"
HOUR_S = 3_600
STAYS_S = 2 * HOUR_S
"""At least one of them after the address was given out last: longer than any turn."""
HELD_MAX_BYTES = 32 * 1024 * 1024
"""In this process; then what was asked for least lately makes room."""
SOUND_MAX_BYTES = 5 * 60 * BYTES_PER_S
PART_BYTES = 45_000
"""Of a value on the shelf: 60,000 in base64."""
_MAC_BYTES = 16


class Sounds:
    """Those of one channel."""

    def __init__(self, channel: ChannelName, secret: bytes, shelf: Shelf, now_s: Callable[[], float]) -> None:
        self._channel = channel
        self._secret = secret
        self._shelf = shelf
        self._now_s = now_s
        self._held: OrderedDict[str, Pcm] = OrderedDict()
        self._held_bytes = 0

    async def lay_out(self, pcm: Pcm) -> str:
        """Its name, as it stands in an address. Raises ValueError where it is longer than any prompt."""
        if len(pcm) > SOUND_MAX_BYTES:
            raise ValueError(f"expected sound of at most {SOUND_MAX_BYTES} bytes, got {len(pcm)}")
        until = (int(self._now_s()) // HOUR_S) * HOUR_S + STAYS_S
        name = self._name(until, hashlib.sha256(pcm).digest()[:_MAC_BYTES])
        if name not in self._held:
            self._hold(name, pcm)
            parts = [pcm[at : at + PART_BYTES] for at in range(0, len(pcm), PART_BYTES)] or [b""]
            try:
                for number, part in enumerate(parts):
                    await self._shelf.put(self._place(name, number), f"{len(parts)} {base64.b64encode(part).decode('ascii')}", STAYS_S)
            except (FrontdeskError, OSError):
                log.warning("a sound could not be put on the shelf: other processes do not have it", extra={"channel": self._channel})
        return name

    async def find(self, name: str) -> bytes | None:
        """The file, if we have given out this name and it holds."""
        if not self._holds(name):
            return None
        pcm = self._held.get(name)
        if pcm is not None:
            self._held.move_to_end(name)
            return write_wav(pcm)
        pcm = None
        with suppress(FrontdeskError, OSError, ValueError):
            pcm = await self._from_shelf(name)
        if pcm is None:
            return None
        self._hold(name, pcm)
        return write_wav(pcm)

    async def _from_shelf(self, name: str) -> Pcm | None:
        parts: list[bytes] = []
        count = 1
        while len(parts) < count:
            value = await self._shelf.get(self._place(name, len(parts)))
            if value is None:
                return None
            head, _, body = value.partition(" ")
            count = int(head)
            parts.append(base64.b64decode(body))
        return b"".join(parts)

    def _place(self, name: str, number: int) -> str:
        return f"phone/{self._channel}/sound/{name}/{number}"

    def _name(self, until: int, content: bytes) -> str:
        head = until.to_bytes(5, "big") + content
        return base64.urlsafe_b64encode(head + self._mac(head)).decode("ascii").rstrip("=")

    def _holds(self, name: str) -> bool:
        try:
            whole = base64.b64decode(name + "=" * (-len(name) % 4), altchars=b"-_", validate=True)
        except ValueError:
            return False
        head, mac = whole[:-_MAC_BYTES], whole[-_MAC_BYTES:]
        return hmac.compare_digest(self._mac(head), mac) and int.from_bytes(head[:5], "big") > self._now_s()

    def _mac(self, head: bytes) -> bytes:
        return hmac.digest(self._secret, f"{PURPOSE}|{self._channel}|".encode() + head, "sha256")[:_MAC_BYTES]

    def _hold(self, name: str, pcm: Pcm) -> None:
        self._held[name] = pcm
        self._held_bytes += len(pcm)
        while self._held_bytes > HELD_MAX_BYTES and len(self._held) > 1:
            _, dropped = self._held.popitem(last=False)
            self._held_bytes -= len(dropped)

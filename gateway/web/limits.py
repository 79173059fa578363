"""How often a caller may do something: token buckets, bounded in memory.

Counted inside one process: with several web processes behind a balancer a caller may get as many times the rate.
"""

from collections import OrderedDict

from config.schema import WebChat
from gateway.core.errors import TooMany

KEYS_MAX_COUNT = 50_000
"""Callers remembered by one set of buckets. When it is full the one seen longest ago is forgotten, and begins with a full bucket again."""
FILE_BYTES = 4096
"""What a file counts besides its bytes."""
ADDRESS_SHARE = 5
"""An address may do so many times what one visitor may: people share addresses."""

FRAMES_PER_10S = 40
"""Small frames of one visitor over HTTP. A socket's are cheaper, and have a limit of their own."""
POLLS_PER_10S = 200
"""Polls and streams of one visitor: a conversation in which much happens has one after the other, but no person is so fast."""
FORMS_PER_HOUR = 20
"""Forms of one visitor: each is kept."""

LINKS_PER_HOUR = 20
"""QR codes of one visitor: one lasts ten minutes."""


class Buckets:
    """A bucket for each key: `burst` at once, refilled in `refill_s`. Kept as one number, the moment at which the bucket is full."""

    def __init__(self, burst: float, refill_s: float, *, keys_max_count: int = KEYS_MAX_COUNT) -> None:
        self._refill_s = refill_s
        self._each_s = refill_s / burst
        self._keys_max_count = keys_max_count
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, key: str, now_s: float, cost: float = 1) -> float:
        """0 if `cost` was taken; else nothing was, and this many seconds from now there will be enough (if it can ever be)."""
        full_at = self._full_at.get(key, 0.0)
        if full_at < now_s:
            full_at = now_s
        full_at += cost * self._each_s
        wait_s = full_at - now_s - self._refill_s
        if wait_s > 1e-9:
            if key in self._full_at:
                self._full_at.move_to_end(key)  # whoever keeps on asking is not forgotten
            return wait_s
        self._full_at[key] = full_at
        self._full_at.move_to_end(key)
        if len(self._full_at) > self._keys_max_count:
            self._full_at.popitem(last=False)
        return 0.0


class SiteLimits:
    """One site's rates. Every method raises TooMany when the caller must wait."""

    def __init__(self, settings: WebChat) -> None:
        self._messages = Buckets(settings.messages_per_10s, 10)
        self._messages_by_address = Buckets(settings.messages_per_10s * ADDRESS_SHARE, 10)
        self._sessions = Buckets(settings.sessions_per_hour, 3600)
        self._frames = Buckets(FRAMES_PER_10S, 10)
        self._frames_by_address = Buckets(FRAMES_PER_10S * ADDRESS_SHARE, 10)
        self._polls = Buckets(POLLS_PER_10S, 10)
        self._forms = Buckets(FORMS_PER_HOUR, 3600)
        self._forms_by_address = Buckets(max(settings.sessions_per_hour, FORMS_PER_HOUR), 3600)
        self._links = Buckets(LINKS_PER_HOUR, 3600)
        self._links_by_address = Buckets(LINKS_PER_HOUR * ADDRESS_SHARE, 3600)
        self._bytes = Buckets(settings.upload_bytes_per_hour, 3600)
        self._bytes_by_address = Buckets(settings.upload_bytes_per_hour * ADDRESS_SHARE, 3600)
        self._file_bytes = min(FILE_BYTES, settings.upload_bytes_per_hour // 100)

    def message(self, visitor: str, address: str, now_s: float) -> None:
        """One thing that a visitor says."""
        _require("messages", self._messages.take(visitor, now_s))
        _require("messages from this address", self._messages_by_address.take(address, now_s))

    def frame(self, visitor: str, address: str, now_s: float) -> None:
        """A small frame over HTTP: a mark, a key pressed."""
        _require("frames", self._frames.take(visitor, now_s))
        _require("frames from this address", self._frames_by_address.take(address, now_s))

    def poll(self, visitor: str, now_s: float) -> None:
        """A poll or a stream that begins. Not counted by address: new visitors are, and many people wait behind one."""
        _require("polls", self._polls.take(visitor, now_s))

    def form(self, visitor: str, address: str, now_s: float) -> None:
        """A form: nobody fills in many."""
        self.message(visitor, address, now_s)
        _require("forms", self._forms.take(visitor, now_s))
        _require("forms from this address", self._forms_by_address.take(address, now_s))

    def link(self, visitor: str, address: str, now_s: float) -> None:
        """A QR code: each is asked of another system, which counts them."""
        _require("codes", self._links.take(visitor, now_s))
        _require("codes for this address", self._links_by_address.take(address, now_s))

    def nonsense(self, address: str, now_s: float) -> None:
        """One thing that could not be read: counted against the address, so that nobody talks nonsense all day."""
        _require("messages from this address", self._messages_by_address.take(address, now_s))

    def new_visitor(self, address: str, now_s: float) -> None:
        """A conversation that begins."""
        _require("new conversations from this address", self._sessions.take(address, now_s))

    def file(self, visitor: str, address: str, now_s: float) -> None:
        """A file that begins: the smallest one takes room on the disk too, and a moment of its own to be made durable."""
        self.upload(visitor, address, self._file_bytes, now_s)

    def upload(self, visitor: str, address: str, size_bytes: int, now_s: float) -> None:
        """Bytes of a file, as they come."""
        _require("uploaded bytes", self._bytes.take(visitor, now_s, size_bytes))
        _require("uploaded bytes from this address", self._bytes_by_address.take(address, now_s, size_bytes))


def _require(what: str, wait_s: float) -> None:
    if wait_s > 0:
        raise TooMany(what, round(max(wait_s, 0.1), 1))

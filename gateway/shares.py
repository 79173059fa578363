"""How much room one customer's files may take up in an hour."""

from collections import OrderedDict
from collections.abc import Hashable

HOUR_S = 3600.0
KEYS_MAX_COUNT = 50_000
"""Customers that are remembered; the one whose file is longest ago begins anew."""


class Shares:
    """A share of so many bytes for each, given back evenly within the hour. Pure: handed the time. Counted inside one process."""

    def __init__(self, bytes_per_hour: int) -> None:
        self._byte_s = HOUR_S / bytes_per_hour
        self._full_at_s: OrderedDict[Hashable, float] = OrderedDict()
        """When each share is whole again."""

    def is_used_up(self, key: Hashable, now_s: float) -> bool:
        """Whether the next file has to wait."""
        return self._full_at_s.get(key, now_s) - now_s >= HOUR_S

    def take(self, key: Hashable, size_bytes: int, now_s: float) -> None:
        """A file was stored. Its size is known only then, so that those on their way may go beyond the share."""
        self._full_at_s[key] = max(now_s, self._full_at_s.get(key, now_s)) + size_bytes * self._byte_s
        self._full_at_s.move_to_end(key)
        if len(self._full_at_s) > KEYS_MAX_COUNT:
            self._full_at_s.popitem(last=False)

"""How often somebody may try: token buckets by key, in this process's memory.

Each process counts for itself: with N web processes a caller gets up to N times the rate, which still is nothing to guess passwords by.
"""

from collections import OrderedDict

from gateway.core.errors import TooMany

KEYS_MAX_COUNT = 20_000
"""Keys kept; beyond it the one used longest ago is forgotten (its bucket is likely full again)."""


class Attempts:
    """`per_minute` tries a minute for each key, and as many at once."""

    def __init__(self, what: str, per_minute: int) -> None:
        self._what = what
        self._size = float(per_minute)
        self._per_s = per_minute / 60
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str, now_s: float) -> None:
        """Count one try. Raises TooMany, and then counts nothing."""
        left = self._left(key, now_s)
        if left < 1:
            raise TooMany(self._what, (1 - left) / self._per_s)
        self._keep(key, left - 1, now_s)

    def check(self, key: str, now_s: float) -> None:
        """Raises TooMany where `take` would; counts nothing."""
        left = self._left(key, now_s)
        if left < 1:
            raise TooMany(self._what, (1 - left) / self._per_s)

    def _left(self, key: str, now_s: float) -> float:
        left, at_s = self._buckets.get(key, (self._size, now_s))
        return min(self._size, left + (now_s - at_s) * self._per_s)

    def _keep(self, key: str, left: float, now_s: float) -> None:
        self._buckets[key] = left, now_s
        self._buckets.move_to_end(key)
        if len(self._buckets) > KEYS_MAX_COUNT:
            self._buckets.popitem(last=False)

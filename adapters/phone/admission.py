"""Which calls are taken: so many at once, and of one number so many a minute. Pure but for its memory, which is bounded."""

from collections import OrderedDict, deque
from collections.abc import Callable

BUSY_HERE, UNAVAILABLE = 486, 503
"""RFC 3261: this number is engaged; and all lines are."""
WINDOW_S = 60.0
NUMBERS_MAX_COUNT = 10_000
"""Of callers remembered: the longest ago is forgotten."""


class Admission:
    """Of one channel."""

    def __init__(self, *, max_count: int, per_minute: int, monotonic: Callable[[], float]) -> None:
        self._max_count = max_count
        self._per_minute = per_minute
        self._monotonic = monotonic
        self._recent: OrderedDict[str, deque[float]] = OrderedDict()

    def refusal(self, number: str, calls_count: int) -> int:
        """The code to refuse a call with; 0: it is taken, and counts. Who withholds the number is counted with all others who do, so these
        share the lines alone."""
        if calls_count >= self._max_count:
            return UNAVAILABLE
        if not number:
            return 0
        now = self._monotonic()
        times = self._recent.setdefault(number, deque())
        self._recent.move_to_end(number)
        if len(self._recent) > NUMBERS_MAX_COUNT:
            self._recent.popitem(last=False)
        while times and times[0] <= now - WINDOW_S:
            times.popleft()
        if len(times) >= self._per_minute:
            return BUSY_HERE
        times.append(now)
        return 0

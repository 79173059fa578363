"""Time and ids that a test can foretell."""

from datetime import UTC, datetime, timedelta

from gateway.core.ids import ulid

START = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
"""A Monday morning in Europe, a Monday evening in China."""


class FrozenClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._monotonic_s = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic_s

    def now_ms(self) -> int:
        """Milliseconds since 1970, as `RandomIds` wants them."""
        return int(self._now.timestamp() * 1000)

    def advance(self, seconds: float) -> datetime:
        """Let so much time pass; the moment it is then."""
        self._now += timedelta(seconds=seconds)
        self._monotonic_s += seconds
        return self._now


class CountedIds:
    """Ids in counting order: the first ends in 1, the next in 2. They look like ULIDs and sort as they were made."""

    def __init__(self, start_ms: int = 1_793_611_800_000) -> None:
        self._start_ms = start_ms
        self.count = 0

    def new(self) -> str:
        self.count += 1
        return ulid(self._start_ms, self.count.to_bytes(10, "big"))

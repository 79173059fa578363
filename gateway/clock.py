"""The real time."""

import time
from datetime import UTC, datetime


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def now_ms(self) -> int:
        """Milliseconds since 1970, as `RandomIds` wants them."""
        return time.time_ns() // 1_000_000

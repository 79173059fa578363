"""Stops asking who fails again and again, and tries one question after a while. Pure: it is handed the time."""

FAILURES_COUNT = 5
"""In a row, until the peer is left alone."""
REST_S = 30.0


class Breaker:
    """For one peer. Ask `rests` before a call, and tell what became of it."""

    def __init__(self, *, failures_count: int = FAILURES_COUNT, rest_s: float = REST_S) -> None:
        self._failures_max_count = failures_count
        self._rest_s = rest_s
        self._failures_count = 0
        self._rests_until_s = 0.0

    def rests(self, now_s: float) -> bool:
        """Whether the peer is to be left alone now."""
        return self._failures_count >= self._failures_max_count and now_s < self._rests_until_s

    def went(self, now_s: float, *, well: bool) -> None:
        """What became of a call. One that fails after the rest begins the next one."""
        self._failures_count = 0 if well else self._failures_count + 1
        if self._failures_count >= self._failures_max_count:
            self._rests_until_s = now_s + self._rest_s

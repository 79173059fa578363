"""Not faster than a peer allows."""


class Pace:
    """Spaces what goes to one channel evenly. Pure: handed the time, it says how long to wait."""

    def __init__(self, per_second: float) -> None:
        """0: no limit known."""
        self._gap_s = 1 / per_second if per_second > 0 else 0.0
        self._workers = 1
        self._free_at = 0.0

    def share(self, workers: int) -> None:
        """Learn how many processes send to the channel: each takes its part of the rate."""
        self._workers = max(1, workers)

    def reserve(self, now_s: float, wait_max_s: float) -> float | None:
        """Take the next place: how long to wait for it, or None where that is longer than `wait_max_s` and no place was taken."""
        if not self._gap_s:
            return 0.0
        at = max(now_s, self._free_at)
        if at - now_s > wait_max_s:
            return None
        self._free_at = at + self._gap_s * self._workers
        return at - now_s

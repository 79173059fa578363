"""When to ask again what has failed: at once, and then at growing distances."""

FIRST_S = 0.5
MOST_S = 60.0
FINE_S = 60.0
"""What has gone well for so long has recovered; its next failure is a first one."""


class Pauses:
    """Counts the failures of one thing. Times are monotonic."""

    def __init__(self, first_s: float = FIRST_S, most_s: float = MOST_S) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._failures_count = 0
        self._until_s = 0.0

    @property
    def next_s(self) -> float:
        """How long it would rest after its next failure."""
        return float(min(self._first_s * 2**self._failures_count, self._most_s))

    def failed(self, now_s: float) -> float:
        """How long it rests now. What fails while it rests was begun before: fifty calls that fail together are one failure."""
        if self.rests(now_s):
            return self._until_s - now_s
        rest_s = self.next_s
        self._failures_count = min(self._failures_count + 1, 30)
        self._until_s = now_s + rest_s
        return rest_s

    def fine(self) -> None:
        self._failures_count, self._until_s = 0, 0.0

    def rests(self, now_s: float) -> bool:
        return now_s < self._until_s

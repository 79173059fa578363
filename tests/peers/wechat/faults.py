"""What goes wrong when a test, or a person at the phone, wants it to."""

from collections import defaultdict, deque
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """How one call to the platform ends instead. Times are the platform's."""

    errcode: int = 0
    """Not taken: this code with its words."""
    status: int = 0
    """Not taken: an HTTP status with a page of a proxy."""
    is_cut_before: bool = False
    """Not taken: the connection is cut."""
    is_cut_after: bool = False
    """Taken: the connection is cut before the answer."""
    is_garbage: bool = False
    """Taken: what comes back is no JSON."""
    slow_s: float = 0.0
    """Taken, but the answer comes so late."""
    kills_token: int = 0
    """The token is over at this moment: 40001 (replaced elsewhere) or 42001 (expired); then the call is judged as always."""


class Faults:
    """Faults in waiting: for a call by its path (`custom/send`), each used once, in order. `*` is for any call."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], deque[Fault]] = defaultdict(deque)
        self.used_count = 0

    def next(self, call: str, *faults: Fault, owner: str = "") -> None:
        """The next calls of this kind end so, of one account or (without `owner`) of whichever comes."""
        self._waiting[call, owner].extend(faults)

    def take(self, call: str, owner: str) -> Fault | None:
        for key in ((call, owner), (call, ""), ("*", owner), ("*", "")):
            if self._waiting[key]:
                self.used_count += 1
                return self._waiting[key].popleft()
        return None

    def clear(self) -> None:
        self._waiting.clear()

    @property
    def waiting_count(self) -> int:
        return sum(map(len, self._waiting.values()))

"""The end of one lane, kept in memory so that reading what was just written costs no query. Pure: no I/O, no waiting.

The log is always right: one writer commits a lane's events in order. The tail is a copy of everything behind the position `known_from`,
and is believed only there; whoever reads from further back reads the log. Positions are decimal numbers that rise with every call of
`log_append`; when the answer to a call never came (the caller was cancelled), nobody knows which position it took, if any: the tail is
dropped and begins anew behind the next event whose position is known, before which the log must have written the lost one.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from enum import Enum, auto

from gateway.core.bus import LaneEvent


class Outcome(Enum):
    """What became of a call of `log_append` that gave no event."""

    OPEN = auto()
    REPEAT = auto()
    REFUSED = auto()
    """Certain: nothing was written."""
    UNKNOWN = auto()


class Slot:
    """The place of one append in the order of the calls."""

    __slots__ = ("result",)

    def __init__(self) -> None:
        self.result: LaneEvent | Outcome = Outcome.OPEN


def rank(position: str) -> int:
    """A position as the number it is; "" is before all."""
    return int(position) if position else 0


class Tail:
    """One lane's tail. Events become readable in the order of the calls, whatever the order in which their answers arrive."""

    def __init__(self, behind: int) -> None:
        """`behind`: how many events the log holds already."""
        self._behind = behind
        self._known_from: int | None = None
        self._is_sure = True
        """No lost answer is still waiting to be written by the log."""
        self._events: list[LaneEvent] = []
        self._ranks: list[int] = []
        self._slots: deque[Slot] = deque()
        self.changes = 0
        """Rises whenever something may have become readable."""

    @property
    def depth(self) -> int:
        """Events that wait, those on their way included."""
        return self._behind + len(self._events) + len(self._slots)

    def reserve(self) -> Slot:
        """A place for an append that begins now."""
        slot = Slot()
        self._slots.append(slot)
        return slot

    def settle(self, slot: Slot, result: LaneEvent | Outcome) -> bool:
        """Note what became of an append; True if something may have become readable."""
        slot.result = result
        before = self.changes
        while self._slots and self._slots[0].result is not Outcome.OPEN:
            self._publish(self._slots.popleft().result)
        return self.changes != before

    def read(self, after: str, limit: int) -> Sequence[LaneEvent] | None:
        """The events behind `after`, or None where only the log knows."""
        start = rank(after)
        if self._known_from is None or start < self._known_from:
            return None
        first = bisect_right(self._ranks, start)
        return self._events[first : first + limit]

    def is_end(self, position: str) -> bool:
        """Whether nothing readable stands behind this position, as far as the tail knows."""
        return not self._ranks or rank(position) >= self._ranks[-1]

    def caught_up(self, position: str) -> None:
        """A read of the log found nothing behind `position`, and no event became readable meanwhile: the tail may begin there."""
        if self._known_from is None and self._is_sure:
            self._known_from = rank(position)

    def trim(self, upto: str) -> bool:
        """Forget events up to this position; False where only the log can tell how many are left (then say it with `recount`)."""
        end = rank(upto)
        gone = bisect_right(self._ranks, end)
        del self._events[:gone], self._ranks[:gone]
        if self._known_from is None or end < self._known_from:
            return False
        self._known_from, self._behind = end, 0
        return True

    def recount(self, logged: int) -> None:
        """Learn how many events the log holds; those on their way may be counted twice until the next trim."""
        self._behind = max(0, logged - len(self._events))

    def _publish(self, result: LaneEvent | Outcome) -> None:
        if result is Outcome.UNKNOWN:
            self._behind += len(self._events) + 1
            self._events, self._ranks = [], []
            self._known_from, self._is_sure = None, False
        elif isinstance(result, LaneEvent):
            self._is_sure = True
            self._add(result, rank(result.position))
            self.changes += 1
        elif result is Outcome.REPEAT and not self._is_sure:
            self._is_sure = True
            self.changes += 1

    def _add(self, event: LaneEvent, at: int) -> None:
        if self._known_from is None:
            self._known_from = at
        if at <= self._known_from:
            self._behind += 1
            return
        self._events.append(event)
        self._ranks.append(at)

"""Which rows of the outbox a worker takes next: channels that are slow have lines of their own, and a line whose peer is away rests."""

from collections.abc import Mapping, Sequence

from gateway.core.channel import Channel
from gateway.core.ids import ChannelName

LOOK_EVERY_S = 0.2
"""How often a line of its own is looked at where nothing of it is known to wait: thousands of its messages may wait behind others that are
tried again tomorrow, and each look passes over them."""
RESTS_S = (5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0)
"""Between looking whether the peer is there again."""


class Line:
    """So many places, for one channel's messages or for those of all that have no line of their own. Pure: handed the time."""

    def __init__(self, places: int, *, only: ChannelName | None = None, but: Sequence[ChannelName] = ()) -> None:
        self.only = only
        self.but = but
        self._places = places
        self._taken = 0
        self._rests = 0
        """How often it has rested without anything being taken since."""
        self._open_at_s = 0.0
        self._look_at_s = 0.0
        self._is_passed_over = False

    def is_due(self, now_s: float) -> bool:
        """Whether it is worth a look, with all that is asked at every signal."""
        self._is_passed_over = self.only is not None and now_s < self._look_at_s
        return not self._is_passed_over

    def due_in(self, now_s: float) -> float | None:
        """In how many seconds it is to be looked at though nobody signals, because it was not due when somebody did."""
        return max(0.0, self._look_at_s - now_s) if self._is_passed_over else None

    def free(self, now_s: float) -> int:
        """How many may be begun now. Behind a rest it is one: that one sees whether the peer is there again."""
        if now_s < self._open_at_s:
            return 0
        return max(0, (1 if self._rests else self._places) - self._taken)

    def take(self, count: int, now_s: float) -> None:
        """So many were found, and are on their way."""
        self._taken += count
        self._look_at_s = 0.0 if count else now_s + LOOK_EVERY_S

    def give_back(self) -> None:
        """One is no longer on its way."""
        self._taken -= 1
        self._look_at_s = 0.0

    def rest(self, now_s: float, named_s: float = 0.0) -> float:
        """Nothing at all is taken there; for how many seconds nothing is begun: as long as the peer names, if that is longer than our own
        pauses. Those that were on their way together rest together."""
        if now_s >= self._open_at_s:
            self._open_at_s = now_s + max(RESTS_S[min(self._rests, len(RESTS_S) - 1)], named_s)
            self._rests += 1
        return self._open_at_s - now_s

    def wake(self) -> None:
        """Something has been taken, or refused by itself: the peer is there."""
        self._rests, self._open_at_s = 0, 0.0


class Lines:
    """The lines of all channels."""

    def __init__(self, channels: Mapping[ChannelName, Channel], places: int) -> None:
        own = {name: count for name, channel in channels.items() if (count := channel.capabilities.at_once_count)}
        self._own = {name: Line(count, only=name) for name, count in own.items()}
        self._shared = Line(places, but=tuple(own))

    @property
    def all(self) -> Sequence[Line]:
        return (self._shared, *self._own.values())

    def due_in(self, now_s: float) -> float | None:
        """When the first of those is to be looked at that were not due; None: there are none."""
        return min((in_s for line in self.all if (in_s := line.due_in(now_s)) is not None), default=None)

    def of(self, channel: ChannelName) -> Line:
        """The line that this channel's messages stand in."""
        return self._own.get(channel, self._shared)

    def has_own(self, channel: ChannelName) -> bool:
        return channel in self._own

"""How long customers wait, read off the record: chats and mails each by their own kind."""

from datetime import datetime

from config.schema import Settings
from gateway.core.ids import ChannelName, QueueName
from gateway.core.ports import Clock, Store
from gateway.core.session import Session
from handoff import promises
from handoff.acting import writes_letters
from handoff.opening import OpeningHours
from handoff.promises import Outlook

WAITS_COUNT = 50
"""Recent waits that an estimate is made from."""
WAITS_FRESH_S = 10.0
"""How long they are believed where reading them costs something."""


class Outlooks:
    """Reads what may be promised. One for a process."""

    def __init__(self, store: Store, clock: Clock, settings: Settings, opening: OpeningHours) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._opening = opening
        self._slow: tuple[float, frozenset[QueueName]] = (float("-inf"), frozenset())
        self._waits: dict[tuple[QueueName, tuple[ChannelName, ...]], tuple[float, tuple[float, ...]]] = {}

    async def of(self, session: Session, queue: QueueName) -> Outlook:
        """How things stand for whoever has written this mail."""
        waits, is_slow = await self.recent_waits(queue, session.channel), await self._is_slow(queue, self._clock.now())
        return self.plain(session, queue, waits, is_slow=is_slow)

    def plain(self, session: Session, queue: str, waits: tuple[float, ...] = (), *, is_slow: bool = False) -> Outlook:
        """What the mailbox promises, by what was measured; nothing is asked of the record."""
        within_s = promises.promised_s(self._settings, session.channel) or 0.0
        return Outlook(within_s=within_s, calendar=self._opening.of_queue(queue), recent_waits_s=waits, is_slow=is_slow)

    async def recent_waits(self, queue: QueueName, channel: ChannelName) -> tuple[float, ...]:
        """Read anew at most every WAITS_FRESH_S where chats and mails have to be told apart, which costs more."""
        channels = alike(self._settings, channel)
        if channels is None:
            return tuple(await self._store.recent_waits(queue, WAITS_COUNT))
        read_at_s, waits = self._waits.get((queue, channels), (float("-inf"), ()))
        if self._clock.monotonic() - read_at_s > WAITS_FRESH_S:
            waits = tuple(await self._store.recent_waits(queue, WAITS_COUNT, channels))
            self._waits[queue, channels] = self._clock.monotonic(), waits
        return waits

    async def _is_slow(self, queue: QueueName, now: datetime) -> bool:
        """Whether mails are late in this queue; told from the whole line, which is long when it matters, so not for each mail anew."""
        looked_at_s, slow = self._slow
        if self._clock.monotonic() - looked_at_s > WAITS_FRESH_S:
            line = await self._store.open_handoffs()
            slow = frozenset(entry.queue for entry in line if entry.due_at is not None and entry.due_at <= now)
            self._slow = self._clock.monotonic(), slow
        return queue in slow


def alike(settings: Settings, name: ChannelName) -> tuple[ChannelName, ...] | None:
    """The channels whose waiting times tell something about this one's: chats say nothing of mails. None: all do."""
    if writes_letters(settings, name):
        return (name,)
    chats = tuple(one for one in map(ChannelName, settings.channels) if not writes_letters(settings, one))
    return None if len(chats) == len(settings.channels) else chats

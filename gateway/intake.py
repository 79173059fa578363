"""A channel's event becomes durable; only when this returns may its peer be answered."""

from prometheus_client import Counter

from gateway.core.bus import Bus
from gateway.core.errors import Busy, TooLarge
from gateway.core.events import Inbound, Said
from gateway.core.ids import ChannelName
from gateway.core.parts import MAX_TEXT_BYTES, Part, Spoken, Text
from gateway.metrics import Metrics

WHOLE_TEXT_MAX_BYTES = 20 * MAX_TEXT_BYTES
"""All texts of one message: a mail has several, 20,000 characters in all, which may take four bytes each."""


class Intake:
    """The one way in. Every adapter's events pass here."""

    def __init__(self, bus: Bus, metrics: Metrics | None = None) -> None:
        self._bus = bus
        self._accepted = (metrics or Metrics(with_process=False)).accepted
        self._counts: dict[tuple[ChannelName, str], Counter] = {}

    async def accept(self, event: Inbound) -> bool:
        """Make an event durable: True if it is new, False for a repeat (its first copy is durable already).

        Raises Busy when its lane is full, and TooLarge for a text that no adapter should have let through: nothing was accepted.
        """
        if isinstance(event.event, Said):
            _check_texts(event.event.parts)
        try:
            is_new = await self._bus.append(event)
        except Busy:
            self._count(event.channel, "busy")
            raise
        self._count(event.channel, "new" if is_new else "repeat")
        return is_new

    def _count(self, channel: ChannelName, outcome: str) -> None:
        """Labels are bound once: this is the hottest path there is."""
        count = self._counts.get((channel, outcome))
        if count is None:
            count = self._counts[channel, outcome] = self._accepted.labels(channel, outcome)
        count.inc()


def _check_texts(parts: tuple[Part, ...]) -> None:
    """Raises TooLarge. Bytes are counted only where the characters leave room for doubt."""
    whole = 0
    for part in parts:
        if isinstance(part, Text | Spoken):
            chars = len(part.text)
            if chars * 4 > MAX_TEXT_BYTES and len(part.text.encode()) > MAX_TEXT_BYTES:
                raise TooLarge("text_too_large", f"at most {MAX_TEXT_BYTES} bytes of text in a part of a message")
            whole += chars
    if whole * 4 <= WHOLE_TEXT_MAX_BYTES:
        return
    if sum(len(part.text.encode()) for part in parts if isinstance(part, Text | Spoken)) > WHOLE_TEXT_MAX_BYTES:
        raise TooLarge("text_too_large", f"at most {WHOLE_TEXT_MAX_BYTES} bytes of text in a message")

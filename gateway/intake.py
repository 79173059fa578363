"""A channel's event becomes durable; only when this returns may its peer be answered."""

from gateway.core.errors import TooLarge
from gateway.core.message import MAX_TEXT_BYTES, Inbound, Said, Text
from gateway.core.ports import Bus


class Intake:
    """The one way in. Every adapter's events pass here."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def accept(self, event: Inbound) -> bool:
        """Make an event durable: True if it is new, False for a repeat (its first copy is durable already).

        Raises Busy when its lane is full, and TooLarge for a text that no adapter should have let through: nothing was accepted.
        """
        if isinstance(event.event, Said):
            for part in event.event.parts:
                if isinstance(part, Text) and len(part.text) * 4 > MAX_TEXT_BYTES and len(part.text.encode()) > MAX_TEXT_BYTES:
                    raise TooLarge("text_too_large", f"at most {MAX_TEXT_BYTES} bytes of text in a message")
        return await self._bus.append(event)

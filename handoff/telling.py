"""Telling whoever looks what has been committed."""

import logging

from gateway.core.bus import Bus
from gateway.core.changes import Changes
from gateway.core.errors import Busy
from gateway.core.session import Session
from gateway.core.signals import signals_of

log = logging.getLogger(__name__)


async def tell(bus: Bus, before: Session | None, changes: Changes) -> None:
    """Signal a committed transaction. What can't be sent is lost, never an error: the deed is done, and readers read again."""
    for topic, payload in signals_of(before, changes):
        await signal(bus, topic, payload)


async def signal(bus: Bus, topic: str, payload: bytes) -> None:
    """One signal, which may be lost."""
    try:
        await bus.signal(topic, payload)
    except (Busy, OSError, TimeoutError) as error:
        log.warning("a signal is lost", extra={"topic": topic.split("/", 1)[0], "error": type(error).__name__})

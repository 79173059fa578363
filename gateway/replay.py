"""Events that could not be handled get another chance: an operator asks for it, a process that serves appends them anew.

A replayed event has a key of its own, made from the dead letter's id, so that the bus does not take it for a repeat; the same replay
repeated (after a crash between its two steps) has the same key, and is one. It enters its lane at the end.
"""

import asyncio
import logging

from msgspec import structs

from gateway.core.bus import Bus
from gateway.core.changes import Changes, DeadLetter
from gateway.core.errors import Busy
from gateway.core.handoff import AuditEvent
from gateway.core.ids import EventKey
from gateway.core.ports import Clock, Store

log = logging.getLogger(__name__)

EVERY_S = 2.0
PAGE_COUNT = 100
AGAIN = "/again/"


class Replays:
    """Replays what operators ask for. Any number of processes may run it: a replay done twice is one."""

    def __init__(self, *, store: Store, bus: Bus, clock: Clock) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.look()
            except (Busy, OSError, TimeoutError):
                log.warning("replays wait: the store or the bus can't be reached", exc_info=True)
            except Exception:  # the outermost loop of a worker: one odd letter must not end the process, again and again
                log.exception("replays start over")
            await asyncio.sleep(EVERY_S)

    async def look(self) -> int:
        """Replay everything that is asked for now; how many there were."""
        wanted = [letter for letter in await letters(self._store) if letter.is_wanted_again]
        for letter in wanted:
            await replay(letter, self._store, self._bus)
            log.info("dead letter replayed", extra={"letter": letter.id, "lane": letter.lane})
        return len(wanted)


async def replay(letter: DeadLetter, store: Store, bus: Bus) -> None:
    """Append the letter's event anew, then drop the letter. Raises Busy where its lane is full: the letter stays. Safe to repeat.

    What it let us send then is not filled in anew: newer deeds have, and its peer waits no more.
    """
    key = EventKey(letter.event.key.split(AGAIN)[0] + AGAIN + letter.id)
    await bus.append(structs.replace(letter.event, key=key, grant=None, answer_by=None))
    await store.drop_dead_letter(letter.id)


async def ask(letter: DeadLetter, store: Store, clock: Clock) -> None:
    """Note that the letter shall be replayed, for a process that serves."""
    await store.commit([Changes(dead_letters=(structs.replace(letter, is_wanted_again=True),), audits=(audit("asked", letter, clock),))])


async def letters(store: Store) -> list[DeadLetter]:
    """All dead letters, oldest first."""
    found: list[DeadLetter] = []
    after = ""
    while True:
        page = await store.dead_letters(limit=PAGE_COUNT, after=after)
        found += page.items
        if page.next is None:
            return found
        after = page.next


def audit(what: str, letter: DeadLetter, clock: Clock) -> AuditEvent:
    """Who did what to a letter: on the command line it is nobody by name."""
    return AuditEvent(at=clock.now(), actor="command", action=f"dead_letter_{what}", subject=letter.id)

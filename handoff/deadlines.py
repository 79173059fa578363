"""What was promised to whoever wrote a mail, and when it is not kept: said once to the customer, counted once for the house.

A clock begins with the trace `promised`, ends with the agent's next message, and is missed by a `promise_missed` in between: each number
about promises is these three, counted.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from gateway.core.draft import Draft
from gateway.core.errors import StaleSession
from gateway.core.handoff import Handoff, Stage
from gateway.core.ids import ChannelName, SessionId
from gateway.core.session import Session, State
from handoff import moves
from handoff.acting import Acting, Decide, writes_letters

DELAY_TOLD_BEFORE = timedelta(minutes=5)
"""So long before the promised moment whoever still waits in the line is told that it takes longer."""
LOOK_EVERY_S = 15.0
"""How often the mails in agents' hands are looked through."""
AT_WORK = (State.ACTIVE, State.ON_HOLD)
PAGE_COUNT = 200
STEPS_MAX_COUNT = 50
"""Of each kind in one round; the rest come in the next."""


class Deadlines(Acting):
    """Watches what is due. It remembers only what it need not look at again: a new leader looks once more."""

    _looked_at_s = float("-inf")
    _missed: frozenset[tuple[str, datetime]] = frozenset()

    async def tend(self, entries: Iterable[Handoff], now: datetime) -> None:
        """Do what passing time asks for: tell delays, count what is missed."""
        if not any(writes_letters(self._settings, ChannelName(name)) for name in self._settings.channels):
            return
        timed = [entry for entry in entries if entry.due_at is not None]
        for entry in [entry for entry in timed if _is_to_tell(entry, now)][:STEPS_MAX_COUNT]:
            await self._spared("a delay", self._tell_delay(entry))
        due = [entry for entry in timed if entry.due_at and entry.due_at <= now and (entry.session_id, entry.due_at) not in self._missed]
        sessions = await self._store.sessions([entry.session_id for entry in due[:STEPS_MAX_COUNT]]) if due else ()
        done = await self._miss_all(sessions, now)
        standing = {(entry.session_id, entry.due_at) for entry in timed}
        counted = {(entry.session_id, entry.due_at) for entry in due if entry.due_at and entry.session_id in done}
        self._missed = frozenset((self._missed & standing) | counted)
        if self._clock.monotonic() - self._looked_at_s >= LOOK_EVERY_S:
            self._looked_at_s = self._clock.monotonic()
            await self._look_through(now)

    async def _look_through(self, now: datetime) -> None:
        """The mails that agents have and have not answered."""
        after: str | None = ""
        while after is not None:
            page = await self._store.sessions_in(AT_WORK, limit=PAGE_COUNT, after=after)
            await self._miss_all(page.items, now)
            after = page.next

    async def _miss_all(self, sessions: Sequence[Session], now: datetime) -> set[SessionId]:
        """Those of which nothing is left to count; one that has changed meanwhile is looked at again."""
        done: set[SessionId] = set()
        for session in sessions:
            if moves.is_overdue(session, now):
                await self._spared("a missed promise", self._miss(session, done))
            else:
                done.add(session.id)
        return done

    async def _miss(self, session: Session, done: set[SessionId]) -> None:
        if await self._do(session, self._missing):
            done.add(session.id)

    async def _missing(self, draft: Draft, handoff: Handoff | None) -> None:
        if handoff is not None:
            moves.miss(draft, handoff)

    async def _tell_delay(self, entry: Handoff) -> None:
        session = await self._session(entry.session_id)
        if session.handoff_id == entry.id and session.state is State.QUEUED:
            await self._do(session, self._telling)

    async def _telling(self, draft: Draft, handoff: Handoff | None) -> None:
        if handoff is not None and handoff.stage is Stage.QUEUED and handoff.told_until is not None:
            moves.tell_delay(draft, handoff, self._texts)

    async def _do(self, session: Session, decide: Decide) -> bool:
        """One deed of time. Somebody else's change comes first (False): next round, then."""
        draft = self._draft(session)
        await decide(draft, await self._store.handoff(session.handoff_id) if session.handoff_id else None)
        changes = draft.changes()
        (outcome,) = await self._store.commit([changes])
        if outcome is None:
            await self._tell(session, changes)
        elif not isinstance(outcome, StaleSession):
            raise outcome
        return outcome is None


def _is_to_tell(entry: Handoff, now: datetime) -> bool:
    return entry.stage is Stage.QUEUED and entry.told_until is not None and entry.told_until - DELAY_TOLD_BEFORE <= now

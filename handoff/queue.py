"""The queue at work: one leader offers waiting sessions to agents, takes back what is not accepted, and lets nobody wait for ever.

All state is in the record, every step is a commit under versions: a leader that dies is followed by another that reads where things
stand, and two that believe they lead can't both win. A round is made whenever something has changed (the QUEUE signal) and every second,
because time itself changes things.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Any, NamedTuple

from msgspec import structs

from config.schema import Queue, Settings
from gateway.core.bus import Bus, Subscription
from gateway.core.changes import Changes
from gateway.core.draft import Draft
from gateway.core.errors import Busy, Conflict
from gateway.core.handoff import Agent, AgentStatus, Failure, Handoff, Stage, Trace
from gateway.core.ids import AgentId, HandoffId, Ids, QueueName, WorkerId
from gateway.core.ports import Clock, Store
from gateway.core.session import Session
from gateway.core.signals import QUEUE
from gateway.core.texts import Texts
from gateway.logs import place
from gateway.metrics import Metrics
from handoff import moves, presence
from handoff.absence import Absence
from handoff.acting import Acting
from handoff.deadlines import Deadlines
from handoff.opening import OpeningHours
from handoff.patience import Patience
from handoff.picking import Offer, Wait, describe, pick, verdicts

log = logging.getLogger(__name__)

LEASE = "queue"
LEASE_S = 10.0
EVERY_S = 1.0
"""A round is made at least this often."""
LEAST_S = 0.02
"""Signals that come closer together share a round."""
AGAIN_S = 1.0
"""The pause after trouble."""
ASIDE_S = 30.0
"""How long an entry that could not be handled is left alone, so that those behind it are served meanwhile."""
STEPS_MAX_COUNT = 100
"""Entries that one step of a round changes; the rest come in the next round, which follows at once."""


_Change = Callable[[Draft, Handoff], Awaitable[Handoff | None]]
"""Writes a step into a draft; the entry as it is then, None where it has left the queue."""


class _Step(NamedTuple):
    """A prepared transaction: the session before it, the entry after it."""

    entry_id: HandoffId
    session: Session | None
    changes: Changes
    after: Handoff | None


class QueueEngine(Acting):
    """Runs the queues. Any number of processes may run one; a lease lets one lead."""

    def __init__(
        self, *, store: Store, bus: Bus, clock: Clock, ids: Ids, texts: Texts, settings: Settings, worker: WorkerId,
        metrics: Metrics | None = None, opening: OpeningHours | None = None,
    ) -> None:  # fmt: skip
        super().__init__(store=store, bus=bus, clock=clock, ids=ids, texts=texts, settings=settings, metrics=metrics)
        self._worker = worker
        self._opening = opening or OpeningHours(settings)
        self._wake = asyncio.Event()
        self._begin()

    async def run(self) -> None:
        """Until cancelled: lead whenever nobody else does."""
        while True:
            try:
                if await self._bus.take(LEASE, self._worker, LEASE_S):
                    await self._lead()
                else:
                    await asyncio.sleep(LEASE_S / 3)
            except (Busy, OSError, TimeoutError, Conflict) as trouble:
                log.warning("the queue waits", extra={"error": type(trouble).__name__})
                await asyncio.sleep(AGAIN_S)
            except Exception:  # the outermost loop of a worker: logged, tried again
                log.exception("the queue starts over")
                await asyncio.sleep(AGAIN_S)

    async def round(self) -> None:
        """Look at everything once, and do what it asks for. Safe to repeat, and to break off anywhere."""
        now = self._clock.now()
        everything = await self._store.open_handoffs()
        entries, aside = self._without_those_aside(everything)
        agents = await self._store.agents()
        crew = {agent.id: agent for agent in agents}
        entries = await self._take_back_offers(entries, crew)
        entries = await self._give_up(entries, agents)
        held = await self._store.held_units() if agents else {}
        entries = [*await self._assign(entries, agents, held), *aside]
        self._gauge(entries, agents)
        await self._spared("places", self._patience.tell_places(entries, now))
        await self._spared("deadlines", self._deadlines.tend(entries, now))
        await self._spared("absence", self._absence.tend(agents, held, now))

    # ---- leading ---------------------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """What a leader remembers: nothing that the record does not know better."""
        shared: dict[str, Any] = {
            "store": self._store, "bus": self._bus, "clock": self._clock, "ids": self._ids, "texts": self._texts,
            "settings": self._settings, "metrics": self._metrics,
        }  # fmt: skip
        self._absence = Absence(**shared)
        self._patience = Patience(**shared, opening=self._opening)
        self._deadlines = Deadlines(**shared)
        self._reasons: dict[HandoffId, Wait] = {}
        self._aside: dict[HandoffId, float] = {}

    async def _lead(self) -> None:
        self._begin()
        log.info("leads the queue")
        try:
            async with self._listening():
                renewed_at_s = self._clock.monotonic()
                while True:
                    began_s = self._clock.monotonic()
                    await self.round()
                    await self._pause(self._clock.monotonic() - began_s)
                    if self._clock.monotonic() - renewed_at_s >= LEASE_S / 3:
                        if await self._bus.take(LEASE, self._worker, LEASE_S) is None:
                            return
                        renewed_at_s = self._clock.monotonic()
        finally:
            with contextlib.suppress(Busy, OSError, TimeoutError):
                await self._bus.give_back(LEASE, self._worker)

    @contextlib.asynccontextmanager
    async def _listening(self) -> AsyncIterator[None]:
        subscription = await self._bus.subscribe(QUEUE)
        task = asyncio.create_task(self._listen(subscription), name="queue signals")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await subscription.close()

    async def _listen(self, subscription: Subscription) -> None:
        """Wakes the leader at each signal, also at "something was lost". Should it end, the rounds of every second go on."""
        async for _ in subscription:
            self._wake.set()

    async def _pause(self, took_s: float) -> None:
        """Until something changes; at least as long as the last round took, so that a long line leaves the others half of the processor."""
        await asyncio.sleep(min(max(LEAST_S, took_s), EVERY_S))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EVERY_S):
                await self._wake.wait()
        self._wake.clear()

    # ---- the steps of a round --------------------------------------------------------------------------------------------------

    async def _take_back_offers(self, entries: Sequence[Handoff], crew: dict[AgentId, Agent]) -> list[Handoff]:
        over = {entry.id: what for entry in entries if (what := self._offer_over(entry, crew))}

        async def release(draft: Draft, entry: Handoff) -> Handoff:
            return moves.release(draft, entry, over[entry.id], is_passed=over[entry.id] == "timed_out")

        return await self._step(entries, over.keys(), release)

    def _offer_over(self, entry: Handoff, crew: dict[AgentId, Agent]) -> str | None:
        now = self._clock.now()
        if entry.stage is not Stage.OFFERED or entry.agent_id is None:
            return None
        if entry.offer_expires_at is None or entry.offer_expires_at <= now:
            return "timed_out"
        agent = crew.get(entry.agent_id)
        is_there = agent is not None and not agent.is_disabled and presence.is_connected(agent, now)
        return None if is_there and agent is not None and agent.status is AgentStatus.AVAILABLE else "withdrawn"

    async def _give_up(self, entries: Sequence[Handoff], agents: Sequence[Agent]) -> list[Handoff]:
        waiting = [entry for entry in entries if entry.stage is Stage.QUEUED]
        ended = self._patience.ended(waiting, agents, self._clock.now())

        async def give_up(draft: Draft, entry: Handoff) -> None:
            await self._patience.give_up(draft, entry, ended[entry.id])

        return await self._step(entries, ended.keys(), give_up)

    async def _assign(self, entries: Sequence[Handoff], agents: Sequence[Agent], held: dict[AgentId, int]) -> list[Handoff]:
        now = self._clock.now()
        waiting = [entry for entry in entries if entry.stage is Stage.QUEUED]
        plan = pick(waiting, agents, held, now)
        await self._note_reasons(plan.waits, waiting)
        offers = {offer.handoff_id: offer for offer in plan.offers}
        crew, hands = {agent.id: agent for agent in agents}, dict(held)

        async def offer(draft: Draft, entry: Handoff) -> Handoff:
            return self._offer(draft, entry, offers[entry.id], crew, hands)

        return await self._step(entries, offers.keys(), offer)

    def _offer(self, draft: Draft, entry: Handoff, chosen: Offer, crew: dict[AgentId, Agent], hands: dict[AgentId, int]) -> Handoff:
        """Write an offer. The agent's row goes with it: two leaders can't both fill the same hands."""
        others = [agent for agent in crew.values() if agent.id != chosen.agent_id]
        why = describe(chosen) | {"others": verdicts(entry, others, hands, draft.now)}
        rules = self._settings.queues.get(entry.queue, Queue())
        agent = structs.replace(crew[chosen.agent_id], version=crew[chosen.agent_id].version + 1, last_assigned_at=draft.now)
        offered = moves.offer(draft, entry, agent.id, rules.offer_s, () if chosen.is_new_round else entry.passed, why)
        draft.add("agents", agent)
        crew[agent.id] = agent
        hands[agent.id] = hands.get(agent.id, 0) + entry.units
        return offered

    async def _note_reasons(self, waits: dict[HandoffId, Wait], waiting: Sequence[Handoff]) -> None:
        """A line in the trace whenever an entry's reason to wait is another one than before."""
        now = self._clock.now()
        new = [entry for entry in waiting if entry.id in waits and self._reasons.get(entry.id) is not waits[entry.id]][:STEPS_MAX_COUNT]
        if new:
            lines = (
                Trace(handoff_id=e.id, session_id=e.session_id, at=now, what="not_offered", why={"reason": waits[e.id].value}) for e in new
            )
            await self._store.commit([Changes(traces=tuple(lines))])
        noted = {entry.id: waits[entry.id] for entry in new}
        self._reasons = {entry_id: reason for entry_id, reason in (self._reasons | noted).items() if entry_id in waits}

    def _gauge(self, entries: Sequence[Handoff], agents: Sequence[Agent]) -> None:
        """Show how long the lines are and who is there; only the leader does."""
        lengths, now = Counter(entry.queue for entry in entries), self._clock.now()
        for queue in {*self._settings.queues, *lengths}:
            self._metrics.queue_length.labels(queue).set(lengths[QueueName(queue)])
        there = Counter(agent.status for agent in agents if presence.is_connected(agent, now))
        for status in AgentStatus:
            self._metrics.agents.labels(status.value).set(there[status])

    async def _step(self, entries: Sequence[Handoff], chosen: Iterable[HandoffId], change: _Change) -> list[Handoff]:
        """Change the chosen entries, each with its session in a transaction of its own; the entries as they are then.

        What somebody else changed meanwhile is left to the next round, which comes at once.
        """
        wanted = set(chosen)
        if not wanted:
            return list(entries)
        acting = [entry for entry in entries if entry.id in wanted][:STEPS_MAX_COUNT]
        if len(acting) < len(wanted):
            self._wake.set()
        sessions = {session.id: session for session in await self._store.sessions([entry.session_id for entry in acting])}
        steps = [step for entry in acting if (step := await self._tried(entry, sessions.get(entry.session_id), change))]
        outcomes = await self._committed(steps)
        now_are: dict[HandoffId, Handoff | None] = {entry.id: entry for entry in entries} | dict.fromkeys(entry.id for entry in acting)
        for step, outcome in zip(steps, outcomes, strict=True):
            if outcome is None:
                await self._tell(step.session, step.changes)
                now_are[step.entry_id] = step.after
        if any(outcomes) or len(steps) < len(acting):
            self._wake.set()
        return [entry for entry in now_are.values() if entry is not None]

    def _without_those_aside(self, entries: Sequence[Handoff]) -> tuple[list[Handoff], list[Handoff]]:
        """(the entries to be handled, those that could not be lately)."""
        now_s = self._clock.monotonic()
        self._aside = {entry.id: until_s for entry in entries if (until_s := self._aside.get(entry.id, 0.0)) > now_s}
        handled = [entry for entry in entries if entry.id not in self._aside]
        return handled, [entry for entry in entries if entry.id in self._aside]

    def _put_aside(self, entry_id: HandoffId, error: Exception) -> None:
        """One entry's trouble is its own: said, counted, and tried again later; the round goes on."""
        self._aside[entry_id] = self._clock.monotonic() + ASIDE_S
        self._metrics.errors.labels("queue", type(error).__name__).inc()
        log.error("a queue entry can't be handled", extra={"handoff": entry_id, "error": place(error, depth=6)})

    async def _tried(self, entry: Handoff, session: Session | None, change: _Change) -> _Step | None:
        """One entry's transaction; None where it can't be made just now."""
        try:
            return await self._prepared(entry, session, change)
        except (Busy, OSError, TimeoutError):
            raise  # not the entry's trouble: the record can't be asked
        except Exception as error:  # the outermost loop of one entry
            self._put_aside(entry.id, error)
            return None

    async def _committed(self, steps: Sequence[_Step]) -> list[Conflict | None]:
        """Commit all at once; where one of them can't even be written, each by itself, so that it alone fails."""
        try:
            return await self._store.commit([step.changes for step in steps])
        except (Busy, OSError, TimeoutError):
            raise
        except Exception as error:  # the outermost loop of one entry
            if len(steps) > 1:
                return [outcome for step in steps for outcome in await self._committed([step])]
            self._put_aside(steps[0].entry_id, error)
            return [Conflict("it could not be written")]

    async def _prepared(self, entry: Handoff, session: Session | None, change: _Change) -> _Step | None:
        """One entry's transaction; None where its session is in the middle of something else."""
        if session is None or session.handoff_id != entry.id or session.state not in moves.WAITING:
            return _Step(entry.id, None, self._mended(entry), None)
        if session.state.value != entry.stage.value:
            return None
        draft = self._draft(session)
        after = await change(draft, entry)
        return _Step(entry.id, session, draft.changes(), after)

    def _mended(self, entry: Handoff) -> Changes:
        """An entry whose session does not wait any more leaves the queue."""
        failed = structs.replace(
            entry, version=entry.version + 1, stage=Stage.FAILED, failure=Failure.CANCELLED, ended_at=self._clock.now(),
            offer_expires_at=None,
        )  # fmt: skip
        why = {"failure": Failure.CANCELLED.value, "reason": "not_waiting"}
        line = Trace(handoff_id=entry.id, session_id=entry.session_id, at=self._clock.now(), what="failed", why=why)
        return Changes(handoffs=(failed,), traces=(line,))

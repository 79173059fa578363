"""Who gets which waiting session: pure, explained, and fair.

The line is one order for all queues: by waiting time plus priority (`waiting.rank`). Each entry in turn gets the best agent who can
take it: the wanted one first; then those who speak its language; among them the least loaded, then the longest idle. Agents who passed
it are skipped until everyone has passed. Capacity is never exceeded. An entry that gets nobody gets the reason, in a word for machines.

Cost: one sort of the line, and a heap of agents for each queue and language. Loads only rise while picking, so a heap entry that is out of
date is put right when it comes to the top.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from heapq import heapify, heappop, heappush
from typing import Any

from msgspec import Struct

from gateway.core.handoff import Agent, AgentStatus, Handoff
from gateway.core.ids import AgentId, HandoffId, QueueName
from handoff import presence
from handoff.presence import Bar
from handoff.waiting import in_order

LANGUAGE_WAIT_S = 60.0
"""So long an entry waits for somebody who speaks its language, if such a person is at work; then anyone may have it."""
WANTED_WAIT_S = 60.0
"""So long an entry waits for the agent it was transferred to, if they are at work."""
AGAIN_S = 30.0
"""When everyone has passed an entry, it goes round again so long after its last offer."""


class Rule(StrEnum):
    """What decided for an agent."""

    WANTED = "wanted"
    LANGUAGE = "language"
    LEAST_LOADED = "least_loaded"


class Wait(StrEnum):
    """Why an entry is not offered to anybody just now."""

    NOBODY_THERE = "nobody_there"
    """No desk that serves the queue is connected and at work."""
    NOBODY_AVAILABLE = "nobody_available"
    """Some are at work, none takes new sessions."""
    ALL_AT_CAPACITY = "all_at_capacity"
    """All who take sessions have their hands full, or entries that come first have filled them."""
    FREE_ONES_PASSED = "free_ones_passed"
    """Those with room have passed it; the others are busy."""
    WAITS_FOR_LANGUAGE = "waits_for_language"
    WAITS_FOR_WANTED = "waits_for_wanted"
    ALL_PASSED = "all_passed"
    """Everyone has passed; it goes round again shortly."""


class Offer(Struct, frozen=True):
    """Offer this entry to this agent. `is_new_round`: everyone had passed, and may be asked again."""

    handoff_id: HandoffId
    agent_id: AgentId
    rule: Rule
    load: float
    """The agent's share of units in use before."""
    is_new_round: bool = False


class Plan(Struct, frozen=True):
    """What to offer, in the line's order, and why the rest has to wait."""

    offers: tuple[Offer, ...]
    waits: dict[HandoffId, Wait]


def pick(waiting: Iterable[Handoff], agents: Sequence[Agent], held: Mapping[AgentId, int], now: datetime) -> Plan:
    """Assign the waiting entries. `held`: units that each agent has in hand already. The same values always give the same plan."""
    floor = _Floor(agents, held, now)
    offers: list[Offer] = []
    waits: dict[HandoffId, Wait] = {}
    for entry in in_order(waiting, now):
        outcome = floor.place(entry)
        if isinstance(outcome, Offer):
            offers.append(outcome)
        else:
            waits[entry.id] = outcome
    return Plan(tuple(offers), waits)


def verdicts(entry: Handoff, agents: Iterable[Agent], held: Mapping[AgentId, int], now: datetime, *, limit: int = 50) -> dict[str, str]:
    """Why not these agents: what a trace tells of everybody who did not get the entry. `could`: able, but another came first."""
    told: dict[str, str] = {}
    for agent in agents:
        if len(told) == limit:
            break
        what = presence.bar(agent, entry.queue, needed(entry, agent), held.get(agent.id, 0), now)
        if what is Bar.OTHER_QUEUE or what is Bar.DISABLED:
            continue
        if what is None and agent.id in entry.passed:
            told[agent.id] = "passed"
        elif what is None and not presence.speaks(agent, entry.language):
            told[agent.id] = "other_language"
        else:
            told[agent.id] = what.value if what else "could"
    return told


def needed(entry: Handoff, agent: Agent) -> int:
    """The units that must be free for an agent to be offered this entry: for a mail one more than it takes, where they have so many."""
    spare = 1 if entry.due_at is not None and agent.capacity_units > entry.units else 0
    return entry.units + spare


class _Desk:
    """An agent while we pick: how many units are in use grows with each offer."""

    __slots__ = ("agent", "capacity", "idle_since", "used")

    def __init__(self, agent: Agent, used: int) -> None:
        self.agent = agent
        self.used = used
        self.capacity = max(agent.capacity_units, 1)
        self.idle_since = agent.last_assigned_at.timestamp() if agent.last_assigned_at else 0.0

    @property
    def load(self) -> float:
        return self.used / self.capacity

    def has_room(self, units: int) -> bool:
        return self.used + units <= self.agent.capacity_units

    def takes(self, entry: Handoff) -> bool:
        """Whether there is room for it. Mails leave a hand free for whoever comes to the chat and sits there waiting."""
        return self.has_room(needed(entry, self.agent))


_HeapEntry = tuple[float, float, AgentId]


class _Pool:
    """The available agents of one queue (and language), the best on top."""

    def __init__(self, desks: Mapping[AgentId, _Desk]) -> None:
        self.members = desks
        self._heap: list[_HeapEntry] = [_heap_entry(desk) for desk in desks.values() if desk.has_room(1)]
        heapify(self._heap)
        self.has_others = False
        """There are agents of this queue who are not in this pool."""

    def best(self, entry: Handoff, passed: frozenset[AgentId]) -> _Desk | None:
        """The best agent with room who has not passed it."""
        aside: list[_HeapEntry] = []
        found = self._search(entry, passed, aside)
        for kept in aside:
            heappush(self._heap, kept)
        return found

    def _search(self, entry: Handoff, passed: frozenset[AgentId], aside: list[_HeapEntry]) -> _Desk | None:
        while self._heap:
            top = heappop(self._heap)
            desk = self.members[top[2]]
            if not desk.has_room(1):
                continue  # full: nobody gives units back while we pick
            current = _heap_entry(desk)
            if current != top:
                heappush(self._heap, current)
                continue
            aside.append(top)
            if desk.takes(entry) and desk.agent.id not in passed:
                return desk
        return None


def _heap_entry(desk: _Desk) -> _HeapEntry:
    return desk.load, desk.idle_since, desk.agent.id


class _Floor:
    """Everybody at work, while we pick."""

    def __init__(self, agents: Sequence[Agent], held: Mapping[AgentId, int], now: datetime) -> None:
        self._now = now
        at_work = [a for a in agents if not a.is_disabled and presence.is_connected(a, now) and a.status in presence.AT_WORK]
        self._at_work = {agent.id: agent for agent in at_work}
        self._desks = {agent.id: _Desk(agent, held.get(agent.id, 0)) for agent in at_work if agent.status is AgentStatus.AVAILABLE}
        self._pools: dict[tuple[QueueName, str | None], _Pool] = {}
        self._nobody: dict[QueueName, Wait] = {}

    def place(self, entry: Handoff) -> Offer | Wait:
        """The agent for this entry, or why there is none."""
        everyone = self._pool(entry.queue, None)
        if not everyone.members and entry.wanted_agent not in self._at_work:
            return self._why_nobody(entry.queue)
        passed = frozenset(entry.passed)
        is_new_round = bool(passed) and passed.issuperset(everyone.members)
        if is_new_round:
            if self._since(entry.offered_at) < AGAIN_S:
                return Wait.ALL_PASSED
            passed = frozenset()
        return self._wanted(entry, passed) or self._by_language(entry, everyone, passed, is_new_round=is_new_round)

    def _wanted(self, entry: Handoff, passed: frozenset[AgentId]) -> Offer | Wait | None:
        wanted = entry.wanted_agent
        if wanted is None or wanted in passed or wanted not in self._at_work:
            return None
        desk = self._desks.get(wanted)
        if desk is not None and desk.takes(entry):
            return self._take(entry, desk, Rule.WANTED, is_new_round=False)
        return Wait.WAITS_FOR_WANTED if self._since(entry.requested_at) < WANTED_WAIT_S else None

    def _by_language(self, entry: Handoff, everyone: _Pool, passed: frozenset[AgentId], *, is_new_round: bool) -> Offer | Wait:
        speakers = self._pool(entry.queue, entry.language)
        if desk := speakers.best(entry, passed):
            rule = Rule.LANGUAGE if speakers.has_others else Rule.LEAST_LOADED
            return self._take(entry, desk, rule, is_new_round=is_new_round)
        desk = everyone.best(entry, passed)
        if desk and self._since(entry.requested_at) < LANGUAGE_WAIT_S and not passed.issuperset(speakers.members):
            return Wait.WAITS_FOR_LANGUAGE
        if desk:
            return self._take(entry, desk, Rule.LEAST_LOADED, is_new_round=is_new_round)
        return self._why_none_free(entry, everyone, passed)

    def _why_none_free(self, entry: Handoff, everyone: _Pool, passed: frozenset[AgentId]) -> Wait:
        if not everyone.members:
            return self._why_nobody(entry.queue)
        has_room = any(desk.takes(entry) for agent_id in passed if (desk := everyone.members.get(agent_id)))
        return Wait.FREE_ONES_PASSED if has_room else Wait.ALL_AT_CAPACITY

    def _take(self, entry: Handoff, desk: _Desk, rule: Rule, *, is_new_round: bool) -> Offer:
        offer = Offer(entry.id, desk.agent.id, rule, desk.load, is_new_round)
        desk.used += entry.units
        desk.idle_since = self._now.timestamp()
        return offer

    def _pool(self, queue: QueueName, language: str | None) -> _Pool:
        pool = self._pools.get((queue, language))
        if pool is None:
            serving = {id_: desk for id_, desk in self._desks.items() if presence.serves(desk.agent, queue)}
            members = {i: desk for i, desk in serving.items() if language is None or presence.speaks(desk.agent, language)}
            pool = self._pools[queue, language] = _Pool(members)
            pool.has_others = len(members) < len(serving)
        return pool

    def _why_nobody(self, queue: QueueName) -> Wait:
        if queue not in self._nobody:
            is_staffed = any(presence.serves(agent, queue) for agent in self._at_work.values())
            self._nobody[queue] = Wait.NOBODY_AVAILABLE if is_staffed else Wait.NOBODY_THERE
        return self._nobody[queue]

    def _since(self, moment: datetime | None) -> float:
        return (self._now - moment).total_seconds() if moment else float("inf")


def describe(offer: Offer) -> dict[str, Any]:
    """An offer's why, for its trace."""
    return {"rule": offer.rule.value, "load": round(offer.load, 3), "is_new_round": offer.is_new_round}

"""How long a customer may be left waiting in a chat: whom nobody takes gets a case, and is told where they stand meanwhile.

Mails are not meant: see `handoff.deadlines`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from config.schema import Queue
from gateway.core.draft import Draft
from gateway.core.handoff import Agent, CaseStatus, Failure, Handoff
from gateway.core.ids import HandoffId, QueueName
from gateway.core.session import CloseReason, Session, State
from gateway.core.signals import StateNow, pack, thread_topic
from handoff import moves, notices, presence
from handoff.acting import Acting, answers_cases, writes_letters
from handoff.entry import bot_name
from handoff.opening import OpeningHours
from handoff.outlooks import WAITS_COUNT, WAITS_FRESH_S, alike
from handoff.telling import signal
from handoff.waiting import estimate, in_order, positions

NEAR_COUNT = 20
"""Up to this place every change is told; behind it, changes of a tenth."""
TELL_MAX_COUNT = 200
"""Customers who are told in one round, the first in the line first; the rest are told in the next."""


_Place = tuple[str, int]


class Patience(Acting):
    """Judges waiting times, and tells customers their place. It remembers only what it has told: a new one tells once more."""

    def __init__(self, *, opening: OpeningHours | None = None, **ports: Any) -> None:
        super().__init__(**ports)
        self._opening = opening or OpeningHours(self._settings)
        self._unstaffed_since: dict[QueueName, datetime] = {}
        self._told: dict[HandoffId, _Place] = {}
        self._waits: dict[QueueName, tuple[datetime, list[float]]] = {}

    def ended(self, waiting: Iterable[Handoff], agents: Sequence[Agent], now: datetime) -> dict[HandoffId, Failure]:
        """The entries that have waited long enough, and why it ends: too long, or nobody is there (any more)."""
        entries = list(waiting)
        self._watch_staff({entry.queue for entry in entries}, agents, now)
        judged = ((entry.id, self._failure(entry, now)) for entry in entries)
        return {entry_id: failure for entry_id, failure in judged if failure is not None}

    async def give_up(self, draft: Draft, entry: Handoff, failure: Failure) -> None:
        """Write the end of waiting into a draft. Reads, never writes."""
        session, store = draft.session, self._store
        contact = await store.contact(session.contact_id) if session.contact_id else None
        case = await store.case_of_session(session.id)
        known = case if case and case.status is not CaseStatus.RESOLVED else None
        name = bot_name(self._texts, self._settings, session.language)
        why = self._why_nobody(draft, entry, failure)
        is_here = answers_cases(self._settings, session.channel)
        moves.give_up(draft, entry, failure, why, self._texts, bot_name=name, contact=contact, known=known, is_answered_here=is_here)
        if not draft.is_heard:
            draft.close(CloseReason.EXPIRED)  # nobody is on the line who could go on with the bot: the case has what is left to do

    async def tell_places(self, open_entries: Sequence[Handoff], now: datetime) -> None:
        """Tell those whose place has changed where they stand."""
        places = positions(open_entries, now)
        chats = [entry for entry in open_entries if not writes_letters(self._settings, entry.channel)]
        news = [entry for entry in chats if _is_news(self._told.get(entry.id), (entry.stage.value, places[entry.id]))]
        by_session = {entry.session_id: entry for entry in in_order(news, now)[:TELL_MAX_COUNT]}
        for session in await self._store.sessions(list(by_session)) if by_session else ():
            entry = by_session[session.id]
            if session.handoff_id == entry.id and session.state in moves.WAITING:
                await self._tell_place(session, entry, places[entry.id], now)
        self._told = {entry.id: self._told[entry.id] for entry in open_entries if entry.id in self._told}

    async def _tell_place(self, session: Session, entry: Handoff, place: int, now: datetime) -> None:
        self._told[entry.id] = (entry.stage.value, place)
        wait = estimate(await self._recent_waits(entry, now), max(0.0, (now - entry.requested_at).total_seconds()))
        state = State(entry.stage.value)
        told = StateNow(session.id, state, position=place, eta_s=wait.p90_s if wait else None)
        await signal(self._bus, thread_topic(session.channel, session.thread), pack(told))

    async def _recent_waits(self, entry: Handoff, now: datetime) -> list[float]:
        queue = entry.queue
        read_at, waits = self._waits.get(queue, (None, []))
        if read_at is None or (now - read_at).total_seconds() > WAITS_FRESH_S:
            waits = await self._store.recent_waits(queue, WAITS_COUNT, alike(self._settings, entry.channel))
            self._waits[queue] = (now, waits)
        return waits

    def _watch_staff(self, queues: Iterable[QueueName], agents: Sequence[Agent], now: datetime) -> None:
        unstaffed = {queue for queue in queues if not any(presence.is_staffing(agent, queue, now) for agent in agents)}
        self._unstaffed_since = {queue: self._unstaffed_since.get(queue, now) for queue in unstaffed}

    def _failure(self, entry: Handoff, now: datetime) -> Failure | None:
        if writes_letters(self._settings, entry.channel):
            return None  # nobody sits before a mail: it waits until it is answered
        rules = self._settings.queues.get(entry.queue, Queue())
        waits_since = entry.waits_since or entry.requested_at
        if (now - waits_since).total_seconds() >= rules.max_wait_s and not entry.is_callback:
            return Failure.EXPIRED
        unstaffed_since = self._unstaffed_since.get(entry.queue)
        if unstaffed_since is None or (now - unstaffed_since).total_seconds() < rules.agent_gone_s:
            return None
        calendar = self._opening.calendar(rules.hours)
        return Failure.CLOSED_HOURS if calendar and not calendar.is_open(now) else Failure.NO_AGENT

    def _why_nobody(self, draft: Draft, entry: Handoff, failure: Failure) -> str:
        calendar = self._opening.of_queue(entry.queue)
        if failure is Failure.CLOSED_HOURS and calendar is not None:
            return notices.closed(self._texts, draft.session.language, calendar.next_open(draft.now), draft.now, is_call=draft.is_call)
        return self._texts.say(notices.worded("gave_up", is_call=draft.is_call), draft.session.language)


def _is_news(told: _Place | None, now: _Place) -> bool:
    if told is None or told[0] != now[0]:
        return True
    return told[1] != now[1] and (now[1] <= NEAR_COUNT or abs(told[1] - now[1]) * 10 >= told[1])

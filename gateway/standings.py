"""Where a session stands, as its call leg must know it: who has it, the place in the line, whether anybody serves it now. Reads, never
writes."""

from config.phone import Phone
from config.schema import Settings
from gateway.core.calls import Standing, Wanted
from gateway.core.handoff import CaseStatus, Handoff
from gateway.core.ids import ChannelName, HandoffId
from gateway.core.ports import Clock, Store
from gateway.core.session import Controller, Session
from gateway.ways import Ways
from handoff import moves
from handoff.callbacks import STANDS, wish_of
from handoff.entry import queue_for
from handoff.opening import OpeningHours
from handoff.outlooks import Outlooks
from handoff.reading import OPEN_STATES
from handoff.waiting import estimate, positions

LINE_FRESH_S = 5.0
"""How long the line is believed once it was read: all callers who wait share the reading."""

SERVED_MAX_COUNT = 1_000

Place = tuple[int | None, int | None]
"""The place in the line, and how many seconds it takes; None: not known, or not to be said honestly."""
NOWHERE: Place = (None, None)


class Standings:
    """Reads where sessions of a channel stand. One for a process."""

    def __init__(self, store: Store, clock: Clock, settings: Settings, opening: OpeningHours | None = None) -> None:
        """Without `opening` the hours of the configuration file hold."""
        self._store = store
        self._clock = clock
        self._settings = settings
        self._opening = opening or OpeningHours(settings)
        self._outlooks = Outlooks(store, clock, settings, self._opening)
        self._ways = Ways(store, clock, settings)
        self._read_at_s = float("-inf")
        self._places: dict[HandoffId, tuple[int, Handoff]] = {}

    def is_open(self, session: Session) -> bool:
        """Whether people serve its queue now. From memory: asked every second of every call."""
        calendar = self._opening.of_queue(session.queue or queue_for(self._settings, session))
        return calendar is None or calendar.is_open(self._clock.now())

    async def place(self, session: Session) -> Place:
        """Where a session that waits stands in the line, by the record: as the queue itself tells it (`handoff.patience`)."""
        if session.state not in moves.WAITING or session.handoff_id is None:
            return NOWHERE
        await self._read_line(session.handoff_id)
        position, entry = self._places.get(session.handoff_id, (None, None))
        if entry is None:
            return NOWHERE
        waits = await self._outlooks.recent_waits(entry.queue, session.channel)
        wait = estimate(waits, max(0.0, (self._clock.now() - entry.requested_at).total_seconds()))
        return position, wait.p90_s if wait else None

    async def of(self, session: Session, place: Place) -> Standing:
        """Where it stands, the place in the line given."""
        agent = await self._store.agent(session.agent_id) if session.agent_id else None
        position, eta_s = place if session.state in moves.WAITING else NOWHERE
        memory = session.memory
        asks_secret = session.controller is Controller.BOT and bool(memory.asking) and memory.asks_secret
        return Standing(
            session_id=session.id, state=session.state, controller=session.controller, language=session.language, seq=session.seq,
            agent_id=session.agent_id, agent=agent.name if agent else "", agent_name=session.agent_name or "", position=position,
            eta_s=eta_s, is_open=self.is_open(session), asks=memory.asking or ("contact" if memory.awaits_contact else ""),
            asks_secret=asks_secret, is_looking=session.looking is not None, case_number=await self._case(session),
            call=session.call, ways=await self._ways.offered(session),
        )  # fmt: skip

    async def wishes(self, channel: ChannelName) -> list[Wanted]:
        """Whom agents have asked to be called, and nobody calls yet: by the record."""
        settings = self._settings.channels.get(channel)
        if not isinstance(settings, Phone) or not settings.dial_prefixes:
            return []
        page = await self._store.sessions_in(OPEN_STATES, limit=SERVED_MAX_COUNT)
        standing = [session for session in page.items if session.channel == channel and self._is_wanted(session)]
        agents = {agent.id: agent for agent in await self._store.agents()} if standing else {}
        asked = [(session, agents.get(session.agent_id)) for session in standing if session.agent_id]
        return [wish for session, agent in asked if agent is not None and (wish := wish_of(session, agent)) is not None]

    def _is_wanted(self, session: Session) -> bool:
        asked_at = session.call.asked_at if session.call else None
        return asked_at is not None and self._clock.now() - asked_at < STANDS

    async def _case(self, session: Session) -> str:
        """The number of the case that is still worked on: whoever is with the bot, or gone, may have one."""
        if session.controller in (Controller.QUEUE, Controller.AGENT):
            return ""
        case = await self._store.case_of_session(session.id)
        return case.number if case is not None and case.status is not CaseStatus.RESOLVED else ""

    async def _read_line(self, wanted: HandoffId) -> None:
        age_s = self._clock.monotonic() - self._read_at_s
        if age_s < LINE_FRESH_S and wanted in self._places:
            return
        now, line = self._clock.now(), await self._store.open_handoffs()
        places = positions(line, now)
        self._read_at_s = self._clock.monotonic()
        self._places = {entry.id: (places[entry.id], entry) for entry in line}

"""Where else a caller can be written to: by addresses that are verified to be theirs, on channels that let something through now. Reads,
never writes.

Nothing of it holds for a session whose caller is in doubt: a number is a name that anybody can give (`trust_caller_id`).
"""

from collections.abc import AsyncIterator, Sequence

from msgspec import Struct

from config.phone import Phone
from config.schema import Email, Settings, WeChat, WeComKf
from gateway.core.allowance import left
from gateway.core.contact import Address, AddressKind, Identity, Proof
from gateway.core.ids import ChannelName, SessionId, Thread
from gateway.core.ports import Clock, Store
from gateway.core.session import Controller, Session, Way
from handoff.acting import answers_cases, reserve_count
from handoff.outreach import PROVEN

FRESH_S = 15.0
"""How long the ways of a call are believed once they were read: they are offered by it, and looked at again when one is wanted."""
KEPT_MAX_COUNT = 1_000
WAITING_MAX_COUNT = 20
_READS_MAIL = frozenset({Proof.DMARC, Proof.CODE, Proof.AGENT})
"""How it must be known that they read what is sent to a mail's address."""
BOUNCED = "suppressed"
"""What a mailbox notes of addresses that take no mail (`adapters.email.marks`)."""
_SPEAK = (Controller.BOT, Controller.AGENT)
"""Whose words may hold a link."""
_ORDER = {way: place for place, way in enumerate(Way)}


class Road(Struct, frozen=True, kw_only=True):
    """One way to a caller, as it is now."""

    way: Way
    identity: Identity
    channel: ChannelName
    thread: Thread | None = None
    """None: a thread that is begun for it (a mail of its own, so that nobody who reads along elsewhere has it)."""
    newest: Session | None = None
    """The thread's."""


class Ways:
    """Finds them. One for a process."""

    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._kept: dict[SessionId, tuple[float, tuple[Way, ...]]] = {}

    async def offered(self, session: Session) -> tuple[Way, ...]:
        """The ways to the caller of a session, the best first. From memory for FRESH_S; callers in doubt cost nothing."""
        if session.controller not in _SPEAK or not self._is_proven(session):
            return ()
        now_s, known = self._clock.monotonic(), self._kept.get(session.id)
        if known is not None and now_s - known[0] < FRESH_S:
            return known[1]
        ways = tuple(dict.fromkeys([road.way for road in await self.roads(session)]))
        self._kept.pop(session.id, None)
        self._kept[session.id] = now_s, ways
        while len(self._kept) > KEPT_MAX_COUNT:
            del self._kept[next(iter(self._kept))]
        return ways

    async def roads(self, session: Session) -> list[Road]:
        """The same by the record as it stands, with all that is needed to take one."""
        if not self._is_proven(session):
            return []
        own = await self._store.identity(session.address)
        if own is None or own.verified_by not in PROVEN:
            return []
        others = [one for one in await self._store.identities_of(own.contact_id) if one.address != session.address]
        found = [road async for road in self._open(others)]
        return sorted(found, key=lambda road: _ORDER[road.way])

    def _is_proven(self, session: Session) -> bool:
        """Whether the network has vouched for this very caller, and is still trusted to."""
        channel = self._settings.channels.get(session.channel)
        is_trusted = isinstance(channel, Phone) and channel.trust_caller_id
        return is_trusted and session.call is not None and bool(session.call.number) and not session.is_doubtful

    async def _open(self, identities: Sequence[Identity]) -> AsyncIterator[Road]:
        for one in identities:
            road = await self._road(one) if one.verified_by in PROVEN else None
            if road is not None and (road.thread is None or await self._lets_through(road)):
                yield road

    async def _road(self, identity: Identity) -> Road | None:
        """Where an address is written to: in a chat where it wrote last, or by a mail of its own."""
        address = identity.address
        if address.kind is AddressKind.EMAIL:
            mailbox = await self._mailbox(address) if identity.verified_by in _READS_MAIL else None
            return Road(way=Way.EMAIL, identity=identity, channel=mailbox) if mailbox else None
        if address.kind not in (AddressKind.OPENID, AddressKind.WECOM_USER):
            return None
        known = await self._store.earlier_sessions([address], SessionId(""), 1)
        if not known or not self._is_of(known[0].channel, address):
            return None  # whoever has never written there has given us no allowance either
        newest = (await self._store.latest_sessions([(known[0].channel, known[0].thread)]))[0]
        return Road(way=Way.WECHAT, identity=identity, channel=newest.channel, thread=newest.thread, newest=newest)

    def _is_of(self, name: ChannelName, address: Address) -> bool:
        """Whether the channel is there, is the one that this address is of, and takes words of our own accord."""
        match self._settings.channels.get(name):
            case WeChat(app_id=app_id):
                return app_id == address.issuer and answers_cases(self._settings, name)
            case WeComKf():
                return address.kind is AddressKind.WECOM_USER
            case _:
                return False

    async def _mailbox(self, address: Address) -> ChannelName | None:
        """The one that they have written to, else the first. None: there is none, or their mail has come back from there for good."""
        mailboxes = [name for name in map(ChannelName, self._settings.channels) if isinstance(self._settings.channels[name], Email)]
        known = await self._store.earlier_sessions([address], SessionId(""), 1) if len(mailboxes) > 1 else []
        name = next((session.channel for session in known if session.channel in mailboxes), mailboxes[0] if mailboxes else None)
        return None if name is None or await self._store.marks(name, BOUNCED, [address.value.lower()]) else name

    async def _lets_through(self, road: Road) -> bool:
        """Whether a message would go out at once: nobody else has the word there, and something is allowed that is not left to agents."""
        newest, now = road.newest, self._clock.now()
        if road.thread is None or newest is None or newest.address != road.identity.address or newest.is_doubtful or newest.is_muted:
            return False
        if newest.controller not in (Controller.BOT, Controller.NOBODY):
            return False
        allowance = await self._store.allowance(road.channel, road.thread)
        reserved = reserve_count(self._settings, road.channel) if newest.controller is Controller.BOT else 0
        waiting = await self._store.outgoing_of(road.channel, road.thread, WAITING_MAX_COUNT)
        return allowance is not None and left(allowance, now) - reserved - len(waiting) > 0

"""Who this is: the customer's addresses on every channel with how each was verified, links that an agent undoes, and ones they confirm.

A link never shows one channel's history on another; it lets whoever has the customer read their earlier sessions. Each change is one
transaction with its audit event, adds rows and takes none away, and replaces the tokens of the web chats concerned.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct, structs

from gateway import linking
from gateway.core.changes import Changes
from gateway.core.contact import CUSTOMER, Address, AddressKind, Contact, Identity, Proof, contact_of
from gateway.core.draft import Draft
from gateway.core.errors import Conflict, NotFound, StaleSession
from gateway.core.handoff import Agent, Handoff
from gateway.core.ids import ChannelName, ContactId, SessionId, Thread, derived
from gateway.core.session import Session, State
from gateway.core.signals import Rotated, pack, thread_topic
from handoff.acting import TRIES, is_supervisor
from handoff.belonging import Belonging, belonging
from handoff.conversations import Conversations
from handoff.reading import Reading
from handoff.telling import signal

SUGGESTIONS_MAX_COUNT = 5
_DOUBTS_COUNT = 50
_NOWHERE = SessionId("")
"""Before no session: the newest."""


class Suggestion(Struct, frozen=True, kw_only=True):
    """Somebody who may be the same customer; nobody has checked it."""

    key: str
    why: tuple[str, ...]
    """email, phone (both say the same one) or scan (a code was scanned, but both were linked to others already)."""
    contact: Contact | None
    identities: tuple[Identity, ...]
    """Where they are known. The first is the one that would be linked."""


class Who(Struct, frozen=True, kw_only=True):
    """A session's customer, as an agent reads and corrects it."""

    contact: Contact | None
    identities: tuple[Identity, ...]
    places: dict[Address, Session]
    """Where each address has spoken last."""
    readable: frozenset[SessionId]
    """Those of these sessions that the agent may open: the others are not named."""
    names: dict[str, str]
    """Of the agents who linked or parted something."""
    suggestions: tuple[Suggestion, ...]
    may_change: bool


class Identities(Reading, Conversations):
    """Who, unlink, link."""

    async def who(self, agent: Agent, session_id: SessionId) -> Who:
        """The customer of a session. Raises NotFound where the agent may not read it."""
        session = await self.seen(agent, session_id)
        theirs = await belonging(self._store, session)
        identities = theirs.identities or ((theirs.own,) if theirs.own else ())
        agents = {one.linked_by for one in identities if one.linked_by}
        holds = session.agent_id == agent.id and session.state is not State.CLOSED
        places = {one.address: place for one in identities if (place := await self._place(one.address)) is not None}
        return Who(
            contact=await self._store.contact(theirs.contact_id) if theirs.contact_id else None, identities=identities,
            places=places, readable=frozenset([one.id for one in places.values() if await self._may_read(agent, one)]),
            names={agent.id: agent.shown_name for agent in await self._store.agents() if agent.id in agents},
            suggestions=await self._suggestions(session, theirs), may_change=is_supervisor(agent) or holds,
        )  # fmt: skip

    async def unlink(self, agent: Agent, session_id: SessionId, key: str) -> None:
        """Take an address away from the session's customer: it is somebody of its own again. Raises Conflict where it is not (any more)."""
        made: list[linking.Link] = []

        async def decide(draft: Draft, _handoff: Handoff | None) -> None:
            self._check_may_change(agent, draft.session)
            theirs = await belonging(self._store, draft.session)
            identity = next((one for one in theirs.identities if key_of(one.address) == key), None)
            if identity is None or not may_part(identity, theirs.identities):
                raise Conflict("this address is not linked (any more)", code="not_linked")
            at_home = await self._store.identities_of(contact_of(identity.address))
            link = linking.parted(identity.address, theirs.identities, at_home, draft.now, agent.id)
            await self._hand_back(draft, identity, link.contact_id)
            made.append(self._written(draft, link))

        await self._change(agent, session_id, "identity_unlinked", decide, identity=key)
        await self._follow(made[-1])

    async def link(self, agent: Agent, session_id: SessionId, key: str) -> None:
        """Confirm a suggestion: both are one customer from now on. Raises NotFound where there is no such suggestion (any more)."""
        made: list[linking.Link] = []

        async def decide(draft: Draft, _handoff: Handoff | None) -> None:
            self._check_may_change(agent, draft.session)
            theirs = await belonging(self._store, draft.session)
            found = next((one for one in await self._suggestions(draft.session, theirs) if one.key == key), None)
            if found is None:
                raise NotFound("no such suggestion")
            made.append(self._written(draft, await self._joined(draft, theirs, found, agent)))

        await self._change(agent, session_id, "identity_linked", decide, identity=key)
        await self._follow(made[-1])

    # ---- details ---------------------------------------------------------------------------------------------------------------

    def _check_may_change(self, agent: Agent, session: Session) -> None:
        """Whoever has the session; a supervisor at any time, for links are found wrong when the talk is long over."""
        if not is_supervisor(agent):
            self._check_owner(agent, session)

    def _written(self, draft: Draft, link: linking.Link) -> linking.Link:
        draft.add("contacts", *link.contacts)
        draft.add("identities", *link.identities)
        own = next((one for one in link.identities if one.address == draft.session.address), None)
        if own is not None:
            draft.set(contact_id=own.contact_id)
        return link

    async def _joined(self, draft: Draft, theirs: Belonging, found: Suggestion, agent: Agent) -> linking.Link:
        one = await self._side(draft.session.address, theirs.contact_id, theirs.identities)
        first = found.identities[0]
        others = tuple(await self._store.identities_of(first.contact_id)) if first.verified_by is not Proof.NONE else ()
        other = await self._side(first.address, first.contact_id, others)
        if linking.clash(one, other):  # of two people's addresses the agent gives this one the other's
            other = structs.replace(other, identities=tuple(row for row in other.identities if row.address == first.address))
            await self._hand_back(draft, first, one.contact_id)
            one = structs.replace(one, since=one.since or draft.now)
            return linking.moved(other, one, draft.now, agent.id)
        return linking.joined(one, other, Proof.AGENT, draft.now, agent.id)

    async def _hand_back(self, draft: Draft, leaving: Identity, to: ContactId) -> None:
        """What an address had filled in of a customer goes with it to whose it is now, which is made where it is new."""
        goes = await self._store.contact(to) or Contact(id=to, created_at=draft.now)
        stays = await self._store.contact(leaving.contact_id)
        draft.add("contacts", *(linking.handed_back(stays, goes, (leaving.address,)) if stays is not None else (goes,)))

    async def _side(self, address: Address, contact_id: ContactId | None, identities: tuple[Identity, ...]) -> linking.Side:
        known = await self._store.contact(contact_id or contact_of(address))
        since = known.created_at if known else None
        return linking.Side(address=address, contact_id=contact_id or contact_of(address), since=since, identities=identities)

    async def _suggestions(self, session: Session, theirs: Belonging) -> tuple[Suggestion, ...]:
        if theirs.contact_id is None:
            return ()
        mine = set(theirs.addresses(session))
        found: dict[Address, Suggestion] = {}
        for doubt in await self._store.doubts(theirs.contact_id, list(mine), _DOUBTS_COUNT):
            for one in await self._doubted(doubt, theirs.contact_id, mine):
                found.setdefault(one.identities[0].address, one)
        own = await self._store.contact(theirs.contact_id)
        said = await self._store.contacts_saying(own.email, own.phone, SUGGESTIONS_MAX_COUNT + 1) if own else []
        for contact in said:
            if own is not None and contact.id != own.id:
                why = tuple(name for name in ("email", "phone") if getattr(own, name) and getattr(own, name) == getattr(contact, name))
                for one in await self._known_as(contact, why, mine):
                    found.setdefault(one.identities[0].address, one)
        return tuple(found.values())[:SUGGESTIONS_MAX_COUNT]

    async def _doubted(self, doubt: Identity, contact_id: ContactId, mine: set[Address]) -> list[Suggestion]:
        """A scan that linked nothing, seen from either side; settled once an agent, or the customer, has said anything of the
        address since."""
        now = await self._store.identity(doubt.address)
        if now is None or now.verified_by is Proof.NONE or now.contact_id == doubt.contact_id:
            return []
        if (now.verified_by is Proof.AGENT or now.linked_by == CUSTOMER) and now.at > doubt.at:
            return []
        if doubt.contact_id == contact_id:
            return [_suggestion(("scan",), await self._store.contact(now.contact_id), (now,))] if doubt.address not in mine else []
        others = await self._store.identities_of(doubt.contact_id)
        return [_suggestion(("scan",), await self._store.contact(doubt.contact_id), others)] if others else []

    async def _known_as(self, contact: Contact, why: tuple[str, ...], mine: set[Address]) -> list[Suggestion]:
        """Where somebody who says the same is known; by what they have said alone where nobody has checked them either."""
        identities = await self._store.identities_of(contact.id)
        if not identities:
            said = await self._store.doubts(contact.id, [], 1)
            counting = [await self._store.identity(one.address) for one in said]
            identities = [one for one in counting if one is not None and one.contact_id == contact.id]
        return [_suggestion(why, contact, identities)] if identities and mine.isdisjoint(one.address for one in identities) else []

    async def _place(self, address: Address) -> Session | None:
        known = await self._store.earlier_sessions([address], _NOWHERE, 1)
        return known[0] if known else None

    # ---- afterwards ------------------------------------------------------------------------------------------------------------

    async def _follow(self, link: linking.Link) -> None:
        """The newest session of each address says whose it is now, and whoever holds a token from before comes back for the next one."""
        for identity in link.identities:
            place = await self._place(identity.address)
            if place is not None:
                await self._told(place.id, identity.contact_id)
            if linking.is_web(identity.address):
                for channel, thread in _threads(identity.address, place):
                    await signal(self._bus, thread_topic(channel, thread), pack(Rotated(is_linked=True)))

    async def _told(self, session_id: SessionId, contact_id: ContactId) -> None:
        """Repeated while the session's own lane is faster; what counts stands in the identities, so nothing is lost where it always is."""
        for _ in range(TRIES):
            session = await self._session(session_id)
            if session.contact_id == contact_id:
                return
            changes = Changes(session=structs.replace(session, contact_id=contact_id, version=session.version + 1))
            (outcome,) = await self._store.commit([changes])
            if outcome is None:
                await self._tell(session, changes)
                return
            if not isinstance(outcome, StaleSession):
                raise outcome


def key_of(address: Address) -> str:
    """What a desk calls an address by, without being told all of it."""
    return derived("identity", address.kind, address.issuer, address.value)


def may_part(identity: Identity, of: Sequence[Identity]) -> bool:
    """Whether an agent may take it away: it is not the only one, nor a browser that the site itself says is this user's."""
    return len(of) > 1 and not linking.is_bound(identity)


def _suggestion(why: tuple[str, ...], contact: Contact | None, identities: Iterable[Identity]) -> Suggestion:
    known = tuple(identities)
    return Suggestion(key=key_of(known[0].address), why=why, contact=contact, identities=known)


def _threads(address: Address, place: Session | None) -> set[tuple[ChannelName, Thread]]:
    found = {(place.channel, place.thread)} if place is not None else set()
    if address.kind is AddressKind.VISITOR:
        found.add((ChannelName(address.issuer), Thread(address.value)))
    return found

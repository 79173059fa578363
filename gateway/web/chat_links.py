"""Which tokens of web chat still hold, and whose a visitor is: what the links of `gateway.linking` mean at the door."""

import asyncio
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, structs

from adapters.webchat.channel import WebChat
from adapters.webchat.identity import User
from adapters.webchat.tokens import Visitor
from config.schema import WeChat
from gateway import linking
from gateway.core.changes import Changes, LinkCode
from gateway.core.channel import ShowsScene
from gateway.core.contact import Address, AddressKind, Contact, Identity, Proof, contact_of, filled
from gateway.core.errors import Repeat
from gateway.core.ids import ChannelName, ContactId, EventKey
from gateway.core.signals import signals_of
from gateway.web.chat_filling import token_replaced
from gateway.web.deps import Deps
from handoff.telling import signal

STORE_S = 10.0
"""For the record to answer."""
TRIES = 5
"""How often a conversation is told whose it is while it keeps changing."""


class Scanned(StrEnum):
    """What has become of the code that a client claims."""

    NO = ""
    """Nothing yet, or nothing was claimed."""
    LINKED = "linked"
    DOUBTFUL = "doubtful"
    """It was scanned, but the two are not one customer: left to an agent, or undone since."""


class Standing(Struct, frozen=True):
    """What a token that holds is good for."""

    generation: int
    """What the visitor's next token is made under."""
    scanned: Scanned = Scanned.NO


class Links:
    """The door's side of links; one for a process, remembers nothing."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    def offers(self, chat: WebChat) -> ShowsScene | None:
        """The channel whose app scans this site's codes; None: none is offered."""
        wanted, configured = chat.settings.link, self._deps.settings.channels
        if wanted != "auto":
            channel = self._deps.channels.get(ChannelName(wanted))
            return channel if isinstance(channel, ShowsScene) else None
        for name, channel in self._deps.channels.items():
            settings = configured.get(name)
            if isinstance(channel, ShowsScene) and not (isinstance(settings, WeChat) and not settings.customer_service):
                return channel
        return None

    # ---- tokens ----------------------------------------------------------------------------------------------------------------

    async def standing(self, chat: WebChat, known: Visitor, user: User | None = None, claim: str | None = None) -> Standing:
        """What the token of `known` is still good for. `user` comes with it by a JWT, `claim` for a link code.

        A visitor who has been identified needs that user's JWT. A token from before a scan is good no more but for the client that had
        asked for the code, and one from before an agent's link or anybody's undoing but for the first client that comes with it: that is
        now, and it is given the next one. One from before a scan is none of these but for whoever had asked for that code. Raises Forged
        for all others.
        """
        async with asyncio.timeout(STORE_S):
            link = await self._deps.store.identity(known.address)
            if linking.is_bound(link):
                if link is None or user is None or link.contact_id not in await self._contacts_of(known.site, user):
                    raise token_replaced()
                return Standing(0)
            generation = linking.generation(link)
            code = await self._claimed(chat, known, claim) if claim else None
            is_makers = code is not None and link is not None and link.verified_by is Proof.SCAN
            if known.link < generation and not is_makers:
                was_theirs = link is not None and (code is not None or known.link >= link.replaces)
                if not (was_theirs and await self._is_first(known, link, generation)):
                    raise token_replaced()
            return Standing(generation, await self._came_of(code, link))

    async def require_current(self, known: Visitor) -> None:
        """Raises Forged where the token of `known` is good no more, whoever comes with it. Without a deadline but the record's own and the
        request's: every message over HTTP passes here."""
        link = await self._deps.store.identity(known.address)
        if link is not None and (linking.is_bound(link) or known.link < linking.generation(link)):
            raise token_replaced()

    async def scanned(self, chat: WebChat, known: Visitor, claim: str | None) -> Scanned:
        """What has become of the code of this claim."""
        if claim is None:
            return Scanned.NO
        async with asyncio.timeout(STORE_S):
            return await self._came_of(await self._claimed(chat, known, claim), await self._deps.store.identity(known.address))

    async def stamped(self, visitor: Visitor) -> Visitor:
        """A visitor whom the site has just vouched for: their next token is good whatever was linked before."""
        async with asyncio.timeout(STORE_S):
            return structs.replace(visitor, link=linking.generation(await self._deps.store.identity(visitor.address)))

    async def _claimed(self, chat: WebChat, known: Visitor, claim: str) -> LinkCode | None:
        """The used code that was given to this very conversation's client together with its claim."""
        code = chat.tokens.claimed(claim)
        made = await self._deps.store.link_code(linking.code_id(code)) if code else None
        is_theirs = made is not None and (made.channel, made.thread) == (known.site, known.id)
        return made if is_theirs and made is not None and made.used_by is not None else None

    async def _came_of(self, code: LinkCode | None, link: Identity | None) -> Scanned:
        if code is None or code.used_by is None:
            return Scanned.NO
        scanner = await self._deps.store.identity(code.used_by)
        is_one = scanner is not None and link is not None and scanner.contact_id == link.contact_id
        return Scanned.LINKED if is_one else Scanned.DOUBTFUL

    async def _is_first(self, known: Visitor, link: Identity | None, generation: int) -> bool:
        """Whether nobody has come yet with this visitor's token since an agent's word, or the customer's undoing, replaced it."""
        if link is None or not linking.is_exchanging(link):
            return False
        key = EventKey(f"{known.site}/replaced/{known.id}/{generation}")
        (refused,) = await self._deps.store.commit([Changes(keys=(key,))])
        if refused is not None and not isinstance(refused, Repeat):
            raise refused
        return refused is None

    # ---- a visitor who logs in -------------------------------------------------------------------------------------------------

    async def bind(self, known: Visitor, user: User, now: datetime) -> None:
        """An anonymous visitor turns out to be a site's user; they alone. Whom the visitor had been linked with is a question for an
        agent: whoever logs in now may have shown the code to somebody else."""
        store, address = self._deps.store, Address(AddressKind.SITE_USER, known.site, user.id)
        ours, theirs = await store.identity(address), await store.identity(known.address)
        contact_id = ours.contact_id if _is_checked(ours) and ours else contact_of(address)
        if linking.is_bound(theirs) and theirs is not None and theirs.contact_id == contact_id:
            return  # bound before: whoever comes with the old token again and again adds nothing
        contact = await store.contact(contact_id) or Contact(id=contact_id, created_at=now)
        contacts = [filled(contact, {"name": user.name} if user.name else {}, address)]
        rows = [Identity(address=known.address, contact_id=contact_id, verified_by=Proof.JWT, at=now)]
        if not _is_checked(ours):
            rows.append(Identity(address=address, contact_id=contact_id, verified_by=Proof.JWT, at=now))
        if _is_checked(theirs) and theirs is not None and theirs.contact_id != contact_id:
            rows += linking.doubted(await self._side(known.address, theirs.contact_id), await self._side(address, contact_id), now)
            left = await store.contact(theirs.contact_id)
            contacts = [*linking.handed_back(left, contacts[0], (known.address,))] if left is not None else contacts
        (refused,) = await store.commit([Changes(contacts=tuple(contacts), identities=tuple(rows))])
        if refused is not None:
            raise refused
        await self._follow(known, contact_id)

    async def _side(self, address: Address, contact_id: ContactId) -> linking.Side:
        return linking.Side(address=address, contact_id=contact_id, identities=tuple(await self._deps.store.identities_of(contact_id)))

    async def _follow(self, known: Visitor, contact_id: ContactId) -> None:
        """The conversation says whose it is now. Tried again while its own lane is faster; what counts stands in the identities."""
        for _ in range(TRIES):
            session = next(iter(await self._deps.store.latest_sessions([(known.site, known.id)])), None)
            changes = linking.following(session, contact_id, None)
            refused = await self._deps.store.commit(changes) if changes else []
            if not any(refused):
                for topic, payload in (one for change in changes for one in signals_of(session, change)):
                    await signal(self._deps.bus, topic, payload)
                return

    async def _contacts_of(self, site: ChannelName, user: User) -> set[ContactId]:
        address = Address(AddressKind.SITE_USER, site, user.id)
        link = await self._deps.store.identity(address)
        return {contact_of(address)} | ({link.contact_id} if link is not None else set())


def _is_checked(link: Identity | None) -> bool:
    return link is not None and link.verified_by is not Proof.NONE

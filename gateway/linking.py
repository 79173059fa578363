"""One customer over several channels: what a scanned code links, what an agent links and parts, and which tokens that replaces. Pure.

Links are append-only: of each address the newest checked row counts, so any link can be undone by one more row. Two contacts become one by
themselves only on verified equality; where that would give one person two accounts of one kind, an agent is asked instead.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from msgspec import Struct, structs

from gateway.core.changes import Changes, LinkCode
from gateway.core.contact import Address, AddressKind, Contact, Identity, Proof, contact_of, filled
from gateway.core.ids import ChannelName, ContactId, SessionId, derived
from gateway.core.session import Session

CODE_LASTS = timedelta(minutes=10)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE_EACH = frozenset({AddressKind.SITE_USER, AddressKind.OPENID, AddressKind.UNIONID, AddressKind.WECOM_USER})
"""A person has one account of these with each issuer; as a site's user just one."""
_ROTATING = frozenset({Proof.SCAN, Proof.AGENT})
"""Links that replace the tokens from before them, as whatever a person has parted does. (A JWT does so too, but is asked for again and not
counted.)"""
_WEB = frozenset({AddressKind.VISITOR, AddressKind.SITE_USER})


class Outcome(StrEnum):
    """What a scanned code leads to. The texts `wechat.link.*` are its words."""

    LINKED = "linked"
    ALREADY = "already"
    DOUBTFUL = "doubtful"
    """Both are linked to somebody else already: noted as a suggestion for an agent."""
    EXPIRED = "expired"
    """Also for codes that nobody knows."""
    USED = "used"


class Side(Struct, frozen=True, kw_only=True):
    """One of two addresses, and whose it is."""

    address: Address
    contact_id: ContactId
    since: datetime | None = None
    """When the contact was made; None: it is on record only from now on."""
    identities: tuple[Identity, ...] = ()
    """The contact's addresses now, checked ones only; this one may be missing."""

    @property
    def addresses(self) -> set[Address]:
        return {self.address, *(one.address for one in self.identities)}

    @property
    def own(self) -> Identity | None:
        """The row of this one."""
        return next((one for one in self.identities if one.address == self.address), None)

    @property
    def is_site_users(self) -> bool:
        """The site itself vouches for whoever this is."""
        return any(address.kind is AddressKind.SITE_USER for address in self.addresses)


class Link(Struct, frozen=True, kw_only=True):
    """What to write."""

    outcome: Outcome
    contact_id: ContactId
    identities: tuple[Identity, ...] = ()
    contacts: tuple[Contact, ...] = ()


def code_id(code: str) -> str:
    """What a code is kept as."""
    return hashlib.sha256(b"frontdesk link " + code.encode("utf-8", "surrogatepass")).hexdigest()


def refusal(code: LinkCode | None, web: Identity | None, channel: ChannelName, scanner: Address, now: datetime) -> Outcome | None:
    """Why this code links nothing; None: it does. `web` is whose the code's address is.

    Shown on its own channel it proves nothing. Nor does it where its maker's tokens have been replaced since: whoever made it may not be
    who they are now.
    """
    if code is None or code.channel == channel:
        return Outcome.EXPIRED
    if code.used_by is not None:
        return Outcome.ALREADY if code.used_by == scanner else Outcome.USED
    is_stale = is_bound(web) or generation(web) > _ms(code.made_at)
    return Outcome.EXPIRED if is_stale or now >= code.expires_at else None


def scanned(web: Side, scanner: Side, now: datetime) -> Link:
    """The scanner has proven to be whoever made the code."""
    if web.contact_id == scanner.contact_id:
        return Link(outcome=Outcome.ALREADY, contact_id=web.contact_id)
    if clash(web, scanner):
        doubt = Identity(address=scanner.address, contact_id=web.contact_id, verified_by=Proof.NONE, at=now)
        return Link(outcome=Outcome.DOUBTFUL, contact_id=scanner.contact_id, identities=(doubt,), contacts=_made((web,), now))
    return joined(web, scanner, Proof.SCAN, now)


def doubted(visitor: Side, user: Side, now: datetime) -> list[Identity]:
    """A visitor turns out to be this user: what to ask an agent of those whom the visitor had been linked with. Nobody but the visitor has
    logged in, and of two accounts of one kind nothing is asked."""
    if clash(visitor, user):
        return []
    others = [row.address for row in visitor.identities if not is_web(row.address) and row.address.kind is not AddressKind.UNIONID]
    return [Identity(address=one, contact_id=user.contact_id, verified_by=Proof.NONE, at=now) for one in others]


def joined(one: Side, other: Side, proof: Proof, now: datetime, linked_by: str = "") -> Link:
    """Both are one person from now on: the contact that the site vouches for, else the older one. The other's addresses follow it."""
    winner = _winner(one, other)
    loser = other if winner is one else one
    rows = [
        Identity(
            address=side.address, contact_id=winner.contact_id, verified_by=_kept(side, proof), at=now, linked_by=linked_by,
            replaces=replacing(side.own),
        )
        for side in (one, other)
    ]  # fmt: skip
    rows += [
        structs.replace(row, contact_id=winner.contact_id, at=now, linked_by=linked_by or row.linked_by, replaces=replacing(row))
        for row in loser.identities
        if row.address != loser.address
    ]
    return Link(outcome=Outcome.LINKED, contact_id=winner.contact_id, identities=tuple(rows), contacts=_made((winner,), now))


def parted(address: Address, of: Sequence[Identity], at_home: Sequence[Identity], now: datetime, agent_id: str) -> Link:
    """An agent takes an address away from the contact whose checked identities are `of`. It is its own contact again, or a new one where
    others have that one now (`at_home`: the identities of the contact that the address makes by itself). Whoever stays keeps their link,
    but the tokens of both are replaced."""
    current = next(row.contact_id for row in of if row.address == address)
    own = contact_of(address)
    if own == current or any(row.address != address for row in at_home):
        own = ContactId(derived("contact", address.kind, address.issuer, address.value, now.isoformat()))
    rows = [
        Identity(
            address=row.address, contact_id=own if row.address == address else current, verified_by=Proof.AGENT, at=now, linked_by=agent_id,
            replaces=replacing(row),
        )
        for row in of
        if row.address == address or (is_web(row.address) and not is_bound(row))
    ]  # fmt: skip
    return Link(outcome=Outcome.LINKED, contact_id=own, identities=tuple(rows))


def handed_back(stays: Contact, goes: Contact, leaving: Collection[Address]) -> tuple[Contact, Contact]:
    """Two contacts after a parting: what the addresses that leave had filled in goes with them, where they have nothing of their own there.

    What nobody is on record for (a site's own word, or from before that was noted) stays.
    """
    for name, by in stays.said_by:
        if by in leaving:
            value = getattr(stays, name)
            goes = goes if getattr(goes, name) else filled(goes, {name: value}, by)
            stays = structs.replace(stays, **{name: "" if name == "name" else None})
    return structs.replace(stays, said_by=tuple(pair for pair in stays.said_by if pair[1] not in leaving)), goes


def moved(one: Side, to: Side, now: datetime, linked_by: str) -> Link:
    """An agent gives this one address to another customer; nothing else of whose it was goes along."""
    row = Identity(address=one.address, contact_id=to.contact_id, verified_by=_kept(one, Proof.AGENT), at=now, linked_by=linked_by)
    asker = Identity(address=to.address, contact_id=to.contact_id, verified_by=_kept(to, Proof.AGENT), at=now, linked_by=linked_by)
    rows = structs.replace(row, replaces=replacing(one.own)), structs.replace(asker, replaces=replacing(to.own))
    return Link(outcome=Outcome.LINKED, contact_id=to.contact_id, identities=rows, contacts=_made((to,), now))


def clash(one: Side, other: Side) -> bool:
    """Together they would have two accounts where a person has one."""
    held = {_account(address): address for address in one.addresses if address.kind in _ONE_EACH}
    return any(held.get(_account(address), address) != address for address in other.addresses if address.kind in _ONE_EACH)


def counting(rows: Iterable[Identity]) -> dict[Address, Identity]:
    """Of each address the row that counts, of rows in the order of writing: the newest checked one, else the newest."""
    found: dict[Address, Identity] = {}
    for row in rows:
        known = found.get(row.address)
        if known is None or known.verified_by is Proof.NONE or row.verified_by is not Proof.NONE:
            found[row.address] = row
    return found


def generation(link: Identity | None) -> int:
    """Which tokens of an address hold: those made for this number or a later one. It rises with each link and each undoing."""
    if link is None or not (link.verified_by in _ROTATING or link.linked_by):
        return 0
    return _ms(link.at)


def replacing(link: Identity | None) -> int:
    """The oldest tokens that are exchanged once after the next deed of a person: those from before the last scan opened nothing by then."""
    if link is None:
        return 0
    return link.replaces if is_exchanging(link) else generation(link)


def is_exchanging(link: Identity) -> bool:
    """Whether a person has linked or parted this address: nobody holds the next token, so one from before is exchanged for it."""
    return link.verified_by is Proof.AGENT or bool(link.linked_by)


def is_bound(link: Identity | None) -> bool:
    """A visitor who turned out to be a site's user: whatever else is linked, it takes that user's JWT to go on as them."""
    return link is not None and link.address.kind is AddressKind.VISITOR and link.verified_by is Proof.JWT


def is_web(address: Address) -> bool:
    """An address whose conversation is opened by a token of ours."""
    return address.kind in _WEB


def following(session: Session | None, contact_id: ContactId, expects: tuple[SessionId, int] | None) -> list[Changes]:
    """The change of another conversation, which says from now on whose it is; none where it says so already."""
    if session is None or session.contact_id == contact_id:
        return []
    return [Changes(session=structs.replace(session, contact_id=contact_id, version=session.version + 1), expects=expects)]


def _winner(one: Side, other: Side) -> Side:
    if one.is_site_users != other.is_site_users:
        return one if one.is_site_users else other
    return min((one, other), key=lambda side: side.since or datetime.max.replace(tzinfo=UTC))


def _kept(side: Side, proof: Proof) -> Proof:
    """A bound visitor stays bound."""
    return Proof.JWT if is_bound(side.own) else proof


def _ms(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(milliseconds=1)


def _account(address: Address) -> tuple[AddressKind, str]:
    return address.kind, "" if address.kind is AddressKind.SITE_USER else address.issuer


def _made(sides: Iterable[Side], now: datetime) -> tuple[Contact, ...]:
    return tuple(Contact(id=side.contact_id, created_at=now) for side in sides if side.since is None)

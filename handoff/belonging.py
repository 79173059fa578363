"""Whose a session is: the addresses that somebody has checked to be one customer's. What a customer says of themself adds none."""

from collections.abc import Sequence

from msgspec import Struct

from gateway.core.contact import Address, Identity, Proof
from gateway.core.ids import ContactId
from gateway.core.ports import Store
from gateway.core.session import Session


class Belonging(Struct, frozen=True, kw_only=True):
    """What is known of a session's customer."""

    own: Identity | None
    """What counts of the session's own address; unchecked where nobody has checked it."""
    contact_id: ContactId | None
    identities: tuple[Identity, ...] = ()
    """All that is checked to be theirs, the session's own address first."""

    def addresses(self, session: Session) -> list[Address]:
        if session.is_doubtful:
            return []
        return list(dict.fromkeys([session.address, *(one.address for one in self.identities)]))


async def belonging(store: Store, session: Session) -> Belonging:
    """Asks the record; a link, or its undoing, goes before what the session was told when it began. One whose sender is in doubt is
    nobody's: what the address's owner is and has said before is not shown beside it."""
    if session.is_doubtful:
        return Belonging(own=None, contact_id=None)
    own = await store.identity(session.address)
    if own is None:
        return Belonging(own=None, contact_id=session.contact_id)
    if own.verified_by is Proof.NONE:
        return Belonging(own=own, contact_id=session.contact_id or own.contact_id)
    return Belonging(own=own, contact_id=own.contact_id, identities=_first(own.address, await store.identities_of(own.contact_id)))


def _first(address: Address, identities: Sequence[Identity]) -> tuple[Identity, ...]:
    return tuple(sorted(identities, key=lambda one: one.address != address))

"""Reading what may belong together and has not been checked: the same address or number said twice, a link that was left to an agent."""

from collections.abc import Sequence

from gateway.core.contact import Address, Contact, Identity, Proof
from gateway.core.ids import ContactId
from gateway.store.rows import address_key, contact_of, identity_of
from gateway.store.steps import Fetch, Steps

_LINKS_OF = "SELECT body FROM identity WHERE address = ANY(?) ORDER BY id"
_BY_EMAIL = "SELECT body FROM contact WHERE email = ? LIMIT ?"
_BY_PHONE = "SELECT body FROM contact WHERE phone = ? LIMIT ?"
_SAID_OF_CONTACT = "SELECT body FROM identity WHERE contact_id = ? ORDER BY id DESC LIMIT ?"
_SAID_OF_ADDRESSES = "SELECT body FROM identity WHERE address = ANY(?) ORDER BY id DESC LIMIT ?"


def newest_links(addresses: Sequence[Address]) -> Steps[list[Identity]]:
    newest: dict[Address, Identity] = {}
    for (text,) in (yield Fetch(_LINKS_OF, ([address_key(one) for one in addresses],))):
        link = identity_of(text)
        if link.verified_by is not Proof.NONE:
            newest[link.address] = link
    return list(newest.values())


def contacts_saying(email: str | None, phone: str | None, limit: int) -> Steps[list[Contact]]:
    found: dict[ContactId, Contact] = {}
    for statement, value in ((_BY_EMAIL, email), (_BY_PHONE, phone)):
        if value:
            for (text,) in (yield Fetch(statement, (value, limit))):
                contact = contact_of(text)
                found[contact.id] = contact
    return list(found.values())[:limit]


def doubts(contact_id: ContactId, addresses: Sequence[Address], limit: int) -> Steps[list[Identity]]:
    rows = yield Fetch(_SAID_OF_CONTACT, (contact_id, limit))
    rows = [*rows, *(yield Fetch(_SAID_OF_ADDRESSES, ([address_key(one) for one in addresses], limit)))]
    said = (identity_of(text) for (text,) in rows)
    return list(dict.fromkeys(one for one in said if one.verified_by is Proof.NONE))

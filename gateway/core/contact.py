"""Who the customer is: one contact, reached by several identities, with links that can be undone."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, structs

from gateway.core.ids import ContactId, derived

CUSTOMER = "customer"
"""Who parted an address, where it was no agent but the customer themself."""


class AddressKind(StrEnum):
    """The kinds of external id that we know."""

    VISITOR = "visitor"
    SITE_USER = "site_user"
    OPENID = "openid"
    UNIONID = "unionid"
    WECOM_USER = "wecom_user"
    EMAIL = "email"
    PHONE = "phone"
    API = "api"


class Address(Struct, frozen=True):
    """An external id: what kind, who issued it (an app id, a site, a corp), and its value."""

    kind: AddressKind
    issuer: str
    value: str


class Proof(StrEnum):
    """How we know that an identity is who it says."""

    NONE = "none"
    """Said by the customer, checked by nobody."""
    TOKEN = "token"  # noqa: S105 - a word of the vocabulary, not a secret
    """Carries a token that we issued to it earlier."""
    CHANNEL = "channel"
    """Vouched for by the channel itself (an openid in a signed push)."""
    JWT = "jwt"
    CODE = "code"
    """A code that we sent there came back."""
    DMARC = "dmarc"
    SCAN = "scan"
    AGENT = "agent"
    """An agent confirmed it."""


class Identity(Struct, frozen=True, kw_only=True):
    """One address and whose it is. Append-only: undoing a link adds a new one; the newest row of an address counts, but what nobody
    has checked never goes before what somebody has."""

    address: Address
    contact_id: ContactId
    verified_by: Proof
    at: datetime
    linked_by: str = ""
    """An agent's id, or CUSTOMER, where a person made or undid the link."""
    replaces: int = 0
    """Of a web chat that a person has linked or parted: tokens from before this generation (`gateway.linking`) are not even exchanged."""


class Contact(Struct, frozen=True, kw_only=True):
    """A customer. Everything but the id may be unknown."""

    id: ContactId
    created_at: datetime
    name: str = ""
    language: str | None = None
    email: str | None = None
    phone: str | None = None
    is_vip: bool = False
    said_by: tuple[tuple[str, Address], ...] = ()
    """Of name, email and phone, which address has filled it in, where that is known."""


def filled(contact: Contact, fields: Mapping[str, str], by: Address) -> Contact:
    """The contact with these of its fields (name, email, phone) as this address says them."""
    others = tuple(pair for pair in contact.said_by if pair[0] not in fields)
    return structs.replace(contact, **fields, said_by=others + tuple((name, by) for name in fields))


def contact_of(address: Address) -> ContactId:
    """The contact that an address makes by itself, before it is linked to any other."""
    return ContactId(derived("contact", address.kind, address.issuer, address.value))

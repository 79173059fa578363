"""Whom a new episode is of: customers whom their channel vouches for are contacts at once. Reads, never writes."""

from gateway import linking
from gateway.core.contact import Address, AddressKind, Contact, Identity, Proof, contact_of, filled
from gateway.core.draft import Draft
from gateway.core.events import Inbound
from gateway.core.ids import ContactId
from gateway.core.ports import Store
from gateway.linking import Side

_VOUCHED = {AddressKind.SITE_USER: Proof.JWT, AddressKind.OPENID: Proof.CHANNEL, AddressKind.WECOM_USER: Proof.CHANNEL}
"""Whose address is proven by how they come to us. (A web chat's visitor is nobody yet, and nothing is asked of the record for them.)

A mail's sender is whom its domain vouches for (`Proof.DMARC`), a caller whom an operator trusts the network to name (`Proof.CHANNEL`); else
it may be anybody, and is nobody.
"""


async def know(store: Store, draft: Draft, inbound: Inbound) -> None:
    """Write into a new episode's draft whose it is, and make known who comes for the first time. One who is known stays as they are known.

    What the channel names as the same customer's (`Inbound.also`, a unionid beside an openid) is verified equality: both are one.
    """
    is_vouched_mail = inbound.sender.kind is AddressKind.EMAIL and inbound.proof is Proof.DMARC
    is_vouched_call = inbound.sender.kind is AddressKind.PHONE and inbound.proof is Proof.CHANNEL
    proof = inbound.proof if is_vouched_mail or is_vouched_call else _VOUCHED.get(inbound.sender.kind)
    if proof is None or inbound.proof is Proof.NONE:
        return
    own = await _checked(store, inbound.sender)
    others = {address: await _checked(store, address) for address in inbound.also}
    known = own or next((link for link in others.values() if link is not None), None)
    if known is None:
        contact_id = contact_of(inbound.sender)
        contact = Contact(id=contact_id, created_at=draft.now, language=draft.session.language)
        value = inbound.sender.value
        told = {
            "name": inbound.visit.name or "",
            "email": value if is_vouched_mail else "",
            "phone": value if is_vouched_call else "",
        }
        draft.add("contacts", filled(contact, {name: value for name, value in told.items() if value}, inbound.sender))
    else:
        contact_id = known.contact_id
    for address, link in ((inbound.sender, own), *others.items()):
        if link is None:
            draft.add("identities", Identity(address=address, contact_id=contact_id, verified_by=proof, at=draft.now))
    strange = next((link for link in others.values() if link is not None and link.contact_id != contact_id), None)
    if own is not None and strange is not None:
        contact_id = await _joined(store, draft, own, strange)
    draft.set(contact_id=contact_id)


async def _joined(store: Store, draft: Draft, own: Identity, other: Identity) -> ContactId:
    """Two contacts that turn out to be one person; where that can't be, each stays with their own."""
    one, two = await side_of(store, own.address, own), await side_of(store, other.address, other)
    if linking.clash(one, two):
        return own.contact_id
    link = linking.joined(one, two, Proof.CHANNEL, draft.now)
    draft.add("identities", *link.identities)
    return link.contact_id


async def side_of(store: Store, address: Address, link: Identity | None) -> Side:
    """An address and whose it is, with all that is checked to be theirs."""
    is_checked = link is not None and link.verified_by is not Proof.NONE
    contact_id = link.contact_id if link is not None and is_checked else contact_of(address)
    contact = await store.contact(contact_id)
    return Side(
        address=address, contact_id=contact_id, since=contact.created_at if contact else None,
        identities=tuple(await store.identities_of(contact_id)) if contact else (),
    )  # fmt: skip


async def _checked(store: Store, address: Address) -> Identity | None:
    link = await store.identity(address)
    return link if link is not None and link.verified_by is not Proof.NONE else None

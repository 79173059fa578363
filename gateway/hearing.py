"""What a customer's words tell besides themselves: who vouches for their sender, how to answer them, who wrote them. Pure."""

from gateway.core.contact import AddressKind, Proof
from gateway.core.draft import Draft
from gateway.core.events import Inbound, Quiet
from gateway.core.message import Message
from gateway.core.parts import Letter, Part
from gateway.core.session import Controller
from gateway.secrecy import masked


def proof_of(inbound: Inbound) -> Proof | None:
    """How the sender is known; None: by what kind of address it is. A mail's address alone proves nothing, nor does a caller's number."""
    if inbound.proof is None and inbound.sender.kind in (AddressKind.EMAIL, AddressKind.PHONE):
        return Proof.NONE
    return inbound.proof


def hear(draft: Draft, inbound: Inbound, parts: tuple[Part, ...]) -> Message:
    """Record what the customer said, but for what nobody is to read, and what follows from who says so."""
    note_sender(draft, inbound)
    session = draft.session
    is_asked = session.controller is Controller.BOT and session.memory.asks_secret and bool(session.memory.asking)
    parts = masked(parts, is_asked=is_asked)
    marks = {"doubtful": True} if draft.session.is_doubtful else {}
    if inbound.quiet is Quiet.LIMITED:
        draft.set(is_muted=True)
        marks["limited"] = True
    return draft.hear(inbound, parts, **marks)


def overhear(draft: Draft, inbound: Inbound, parts: tuple[Part, ...]) -> Message:
    """Record what a program wrote in the customer's name."""
    why = next((part.automatic for part in parts if isinstance(part, Letter) and part.automatic), "program")
    return draft.overhear(inbound, parts, automatic=why)


def note_sender(draft: Draft, inbound: Inbound) -> None:
    """Note whether the session's sender is in doubt, and how it is answered.

    What nobody vouches for takes no answer away from an address that somebody has: a forged mail may name any address to reply to.
    """
    proof = proof_of(inbound)
    if proof is not None:
        draft.set(is_doubtful=proof is Proof.NONE)
    is_kept = draft.session.addressed_by not in (None, Proof.NONE) and proof is Proof.NONE
    if inbound.addressing and not is_kept:
        draft.set(addressing=inbound.addressing, addressed_by=proof)

"""Cases: what nobody could answer at once, and where to answer it. Pure."""

from msgspec import structs

from gateway.core.contact import AddressKind, Contact
from gateway.core.draft import Draft
from gateway.core.handoff import Case, CaseStatus, Handoff
from gateway.core.ids import CaseId, derived
from gateway.core.message import Author
from gateway.core.parts import Text
from gateway.core.session import BotMemory
from gateway.core.texts import Texts
from handoff.contact_details import ContactDetails, as_phone, find_contact
from handoff.packets import clip

SUBJECT_MAX_WORDS = 20


def open_case(draft: Draft, handoff: Handoff, reason: str, contact: Contact | None) -> Case:
    """Open a case with the handoff's packet, and with whatever address is known already."""
    case_id = CaseId(draft.ids.new())
    known = _known(draft, contact)
    case = Case(
        id=case_id, number=case_number(case_id), session_id=draft.session.id, channel=draft.session.channel, opened_at=draft.now,
        status=CaseStatus.OPEN, subject=clip(handoff.packet.wish, SUBJECT_MAX_WORDS), reason=reason, packet=handoff.packet,
        queue=handoff.queue, email=known.email, phone=known.phone, due_at=handoff.due_at, version=1,
    )  # fmt: skip
    draft.add("cases", case)
    return case


def case_number(case_id: CaseId) -> str:
    """Short enough to be read out over the phone: eight letters and digits that nobody mixes up."""
    digest = derived("case", case_id)
    return f"{digest[:4]}-{digest[4:8]}"


def ask_for_contact(draft: Draft, case: Case, texts: Texts, *, is_answered_here: bool) -> str:
    """The words that ask where to answer a case (or say that it is known), and the bot's note that it has asked."""
    is_known = bool(case.email or case.phone)
    if not is_known:
        draft.because(ask="contact")
    draft.set(memory=fresh_memory(draft.session.memory, awaits_contact=not is_known))
    if draft.is_call:
        key = "case_ask" if not is_known else "case_known" if case.phone == draft.session.address.value else "case_kept"
        return texts.say(f"call.{key}", draft.session.language, number=case.number)
    asking = "handoff.case_ask_here" if is_answered_here else "handoff.case_ask"
    return texts.say("handoff.case_known" if is_known else asking, draft.session.language, number=case.number)


def fresh_memory(memory: BotMemory, *, awaits_contact: bool = False) -> BotMemory:
    """What the bot remembers when a session comes back to it: nothing that would make it hand off again at once, or keep silent."""
    return BotMemory(slots=dict(memory.slots), awaits_contact=awaits_contact)


def take_contact(draft: Draft, case: Case, text: str, texts: Texts, bot_name: str) -> bool:
    """Where `text` holds an email address or a phone number: note it in the case and confirm. False: it holds none."""
    found = find_contact(text)
    if found is None:
        return False
    draft.add("cases", structs.replace(case, email=found.email or case.email, phone=found.phone or case.phone, version=case.version + 1))
    draft.set(memory=structs.replace(draft.session.memory, awaits_contact=False))
    where = " / ".join(filter(None, (found.email, found.phone)))
    confirmed = "call.case_confirmed" if draft.is_call else "handoff.case_confirmed"
    draft.say(Author.BOT, (Text(texts.say(confirmed, draft.session.language, number=case.number, where=where)),), name=bot_name)
    return True


def _known(draft: Draft, contact: Contact | None) -> ContactDetails:
    """What the customer's contact says, else the very address that they write from."""
    address = draft.session.address
    email, phone = (contact.email, contact.phone) if contact else (None, None)
    if address.kind is AddressKind.EMAIL:
        email = email or address.value
    if address.kind is AddressKind.PHONE:
        phone = as_phone(address.value) or phone  # what calls may be a softphone's name, or withhold its number
    return ContactDetails(email, phone)

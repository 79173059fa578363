"""A customer who scanned a code that was somebody else's undoes it themself, in the words that they were told. Reads, never writes.

Then every address is known by what proves it alone: their WeChat account stays whole, a user of the site keeps their logged-in browsers,
and whatever else had come by a scan or an agent's word is somebody of its own. A scan that was left to an agent is settled with it.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from gateway import linking
from gateway.core.changes import Changes
from gateway.core.contact import CUSTOMER, Address, AddressKind, Contact, Identity, Proof, contact_of
from gateway.core.draft import Draft
from gateway.core.events import Inbound
from gateway.core.handoff import AuditEvent
from gateway.core.ids import ContactId, SessionId, derived
from gateway.core.message import Author, Message
from gateway.core.parts import Part, Text
from gateway.core.ports import Store
from gateway.core.session import Session
from gateway.core.texts import Texts

LANGUAGES = ("zh-CN", "zh-TW", "en")
"""Of the words that undo: they are told in the session's language, and hold in each."""
_WORDS_MAX_CHARS = 40
_AROUND = " \t\r\n“”「」\"'。."
"""People copy the quotation marks along."""
_DOUBTS_COUNT = 50
_NOWHERE = SessionId("")
_PARTED = "parted"
"""In `Session.extra`: the event that parted, and the other conversations that follow it."""
_PHONES = frozenset({AddressKind.OPENID, AddressKind.UNIONID, AddressKind.WECOM_USER})
_BY_ITSELF = {
    AddressKind.VISITOR: Proof.TOKEN, AddressKind.SITE_USER: Proof.JWT, **dict.fromkeys(_PHONES, Proof.CHANNEL)
}  # fmt: skip
"""What proves an address where nothing is linked with it."""

Group = Sequence[Identity]


class Linked(Struct, frozen=True, kw_only=True):
    """What the sender is linked with."""

    contact_id: ContactId
    identities: tuple[Identity, ...]


class Unlinking:
    """Takes the words that undo a link. One for a process; holds no state between calls."""

    def __init__(self, store: Store, texts: Texts, company: str) -> None:
        """`company`: whose site it is that customers are told of."""
        self._store = store
        self._texts = texts
        self._company = company
        self._words = frozenset(_folded(texts.say("wechat.link.undo", language)) for language in LANGUAGES)

    def is_asked(self, inbound: Inbound, parts: Sequence[Part]) -> bool:
        """Whether these are the words, said where codes are scanned. By the text alone: nothing is asked of the record."""
        if len(parts) != 1 or linking.is_web(inbound.sender):
            return False
        (part,) = parts
        return isinstance(part, Text) and len(part.text) <= _WORDS_MAX_CHARS and _folded(part.text) in self._words

    async def linked(self, sender: Address) -> Linked | None:
        """What the words would undo; None: nothing, they are words like others."""
        own = await self._store.identity(sender)
        if own is None or own.verified_by is Proof.NONE:
            return None
        identities = tuple(await self._store.identities_of(own.contact_id))
        is_linked = any(linking.is_web(row.address) for row in identities)
        return Linked(contact_id=own.contact_id, identities=identities) if is_linked or await self._is_doubted(own) else None

    async def undo(self, draft: Draft, heard: Message, inbound: Inbound, found: Linked) -> list[Changes]:
        """Write the undoing into the sender's draft and tell them; returns the changes of the other conversations, which only follow."""
        groups = apart(inbound.sender, found.identities)
        stays = staying(groups, found.contact_id)
        moved: dict[Address, ContactId] = {}
        left = await self._store.contact(found.contact_id)
        for group in groups:
            contact_id = found.contact_id
            if group is not stays:
                home = await self._home(draft, group, found.contact_id)
                contact_id = home.id
                left, home = linking.handed_back(left, home, {row.address for row in group}) if left is not None else (None, home)
                draft.add("contacts", home)
            rows = alone(group, contact_id, draft.now, inbound.sender)
            draft.add("identities", *rows)
            moved |= {row.address: contact_id for row in rows}
        draft.add("contacts", *([left] if left is not None else []))
        draft.set(contact_id=moved[inbound.sender])
        draft.add("audits", AuditEvent(at=draft.now, actor=CUSTOMER, action="identity_unlinked", subject=draft.session.id))
        draft.answering(heard.seq, {"decision": "unlinked"})
        draft.say(Author.SYSTEM, (Text(self._texts.say("wechat.link.unlinked", draft.session.language, name=self._company)),))
        return await self._following(draft, inbound, moved)

    async def caught_up(self, session: Session | None, inbound: Inbound) -> list[Changes] | None:
        """The link was undone by this very event, which is decided again because another conversation had changed: that one is still to
        follow. None: it was not."""
        parted = session.extra.get(_PARTED) if session is not None else None
        if parted is None or parted["key"] != inbound.key:
            return None
        changes = []
        for other in await self._store.sessions([SessionId(one) for one in parted["sessions"]]):
            link = await self._store.identity(other.address)
            if link is not None:
                changes += linking.following(other, link.contact_id, None)
        return changes

    # ---- details ---------------------------------------------------------------------------------------------------------------

    async def _is_doubted(self, own: Identity) -> bool:
        """Whether an agent is still asked to link the sender with somebody: nobody has said anything of them since."""
        doubts = await self._store.doubts(own.contact_id, [own.address], _DOUBTS_COUNT)
        return any(one.address == own.address and one.contact_id != own.contact_id and one.at >= own.at for one in doubts) and (
            own.linked_by != CUSTOMER
        )

    async def _home(self, draft: Draft, group: Group, left: ContactId) -> Contact:
        """The contact that a group makes by itself; a new one where others have that now."""
        address, theirs = group[0].address, {row.address for row in group}
        own = contact_of(address)
        if own == left or any(row.address not in theirs for row in await self._store.identities_of(own)):
            own = ContactId(derived("contact", address.kind, address.issuer, address.value, draft.now.isoformat()))
        return await self._store.contact(own) or Contact(id=own, created_at=draft.now)

    async def _following(self, draft: Draft, inbound: Inbound, moved: dict[Address, ContactId]) -> list[Changes]:
        changes: list[Changes] = []
        for address, contact_id in moved.items():
            known = await self._store.earlier_sessions([address], _NOWHERE, 1) if address != inbound.sender else []
            for session in known:
                changes += linking.following(session, contact_id, (draft.session.id, draft.session.version))
        parted = [one.session.id for one in changes if one.session is not None]
        if parted:
            draft.set(extra={**draft.session.extra, _PARTED: {"key": inbound.key, "sessions": parted}})
        return changes


def apart(sender: Address, of: Sequence[Identity]) -> list[Group]:
    """Who is left once nothing but its own proof holds any address: the sender's account first, then the site's user, then each alone."""
    is_whole = any(row.address.kind is AddressKind.UNIONID and row.verified_by is Proof.CHANNEL for row in of)
    account = [row for row in of if row.address == sender]
    account += [row for row in of if is_whole and row.address.kind in _PHONES and row.verified_by is Proof.CHANNEL and row not in account]
    user = [row for row in of if row not in account and (row.address.kind is AddressKind.SITE_USER or linking.is_bound(row))]
    user.sort(key=lambda row: row.address.kind is not AddressKind.SITE_USER)
    return [group for group in (account, user, *([row] for row in of if row not in account and row not in user)) if group]


def staying(groups: Sequence[Group], contact_id: ContactId) -> Group:
    """Which of them keeps the contact: whoever made it, else the site's user, else the sender."""
    home = (group for group in groups if any(contact_of(row.address) == contact_id for row in group))
    users = (group for group in groups if any(row.address.kind is AddressKind.SITE_USER for row in group))
    return next(home, None) or next(users, None) or groups[0]


def alone(group: Iterable[Identity], contact_id: ContactId, now: datetime, sender: Address) -> list[Identity]:
    """The new rows of a group: whoever moves, the sender, and every web chat, whose tokens are replaced."""
    return [
        Identity(
            address=row.address, contact_id=contact_id, verified_by=_proof(row), at=now, linked_by=CUSTOMER, replaces=linking.replacing(row)
        )
        for row in group
        if row.contact_id != contact_id or row.address == sender or linking.is_web(row.address)
    ]  # fmt: skip


def _proof(row: Identity) -> Proof:
    return row.verified_by if linking.is_bound(row) else _BY_ITSELF.get(row.address.kind, row.verified_by)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip(_AROUND).casefold()

"""A customer shows a code of ours on another channel: what that does to both conversations. Reads, never writes."""

from msgspec import structs

from gateway import linking
from gateway.core.changes import Changes, LinkCode
from gateway.core.contact import Address, Identity
from gateway.core.draft import Draft
from gateway.core.events import Inbound
from gateway.core.message import Author
from gateway.core.parts import Text
from gateway.core.ports import Store
from gateway.core.session import Session
from gateway.core.texts import Texts
from gateway.knowing import side_of
from gateway.linking import Outcome, Side


class Scans:
    """Takes codes. One for a process; holds no state between calls."""

    def __init__(self, store: Store, texts: Texts, company: str) -> None:
        """`company`: whose site it is that customers are told of."""
        self._store = store
        self._texts = texts
        self._company = company

    async def take(self, draft: Draft, inbound: Inbound, code: str) -> list[Changes]:
        """Write into the scanner's draft what the code leads to, and tell them; returns the change of the session that it was made in.

        That one is a transaction of its own, which holds only where the draft's does: what the two say of each other stands in the
        identities, and its session shows them again as soon as it is decided anew.
        """
        known = await self._store.link_code(linking.code_id(code))
        web = await self._store.identity(known.address) if known else None
        outcome = linking.refusal(known, web, inbound.channel, inbound.sender, draft.now)
        session = await self._newest(known) if known else None
        if session is not None and (draft.session.version, draft.session.episode) == (1, 1):
            draft.set(language=session.language)  # of somebody who has said nothing here yet
        draft.add("keys", inbound.key)
        if known is None or outcome is not None:
            self._say(draft, outcome or Outcome.EXPIRED)
            return self._caught_up(session, web, await self._store.identity(inbound.sender)) if outcome is Outcome.ALREADY else []
        link = linking.scanned(await side_of(self._store, known.address, web), await self._scanner(draft, inbound.sender), draft.now)
        self._write(draft, known, link, inbound.sender)
        self._say(draft, link.outcome)
        if link.outcome is Outcome.DOUBTFUL:
            return []
        draft.set(contact_id=link.contact_id)
        return linking.following(session, link.contact_id, (draft.session.id, draft.session.version))

    def _write(self, draft: Draft, code: LinkCode, link: linking.Link, scanner: Address) -> None:
        draft.add("contacts", *link.contacts)
        draft.add("identities", *link.identities)
        draft.add("link_codes", structs.replace(code, used_by=scanner, version=code.version + 1))

    def _say(self, draft: Draft, outcome: Outcome) -> None:
        undo = self._texts.say("wechat.link.undo", draft.session.language)
        words = self._texts.say(f"wechat.link.{outcome.value}", draft.session.language, name=self._company, undo=undo)
        draft.say(Author.SYSTEM, (Text(words),))

    def _caught_up(self, session: Session | None, web: Identity | None, scanner: Identity | None) -> list[Changes]:
        """The code is this scanner's already. Where the event is decided again because its maker's session had changed, that one is still
        to follow; not where the link has been undone since."""
        is_linked = web is not None and scanner is not None and web.contact_id == scanner.contact_id
        return linking.following(session, web.contact_id, None) if is_linked and web is not None else []

    async def _newest(self, code: LinkCode) -> Session | None:
        sessions = await self._store.latest_sessions([(code.channel, code.thread)])
        return sessions[0] if sessions else None

    async def _scanner(self, draft: Draft, address: Address) -> Side:
        """Whose the scanner is; a contact that the draft itself makes is as old as the draft."""
        side = await side_of(self._store, address, await self._store.identity(address))
        is_made_here = side.since is None and side.contact_id == draft.session.contact_id
        return structs.replace(side, since=draft.now) if is_made_here else side

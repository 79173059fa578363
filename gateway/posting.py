"""Posts what can't be spoken: a caller wants the links of an answer, and gets them where they can read. Reads, never writes.

    the caller's wish --> their ways, as they are now --> a message of the bot's there, by the ordinary outbox
                                                    \\-> a line in the call's transcript, and the caller hears of it (`Call.linked`)

Both conversations change in one step: where the first can't be written, neither is, and it is decided anew. What is sent is read from the
record, never from the wish; one answer's links are sent once, however often and by whatever copy they are asked for.
"""

from datetime import datetime

from msgspec import structs

from config.schema import Settings
from gateway.bounds import Bounds
from gateway.core.changes import Changes
from gateway.core.channel import event_key
from gateway.core.contact import Proof
from gateway.core.events import Inbound, LinksWanted
from gateway.core.ids import EventKey, Thread, derived, session_id
from gateway.core.message import Author, Message
from gateway.core.parts import Letter, Text
from gateway.core.ports import Clock, Store
from gateway.core.session import CloseReason, Linked, Session, State, Way
from gateway.core.texts import Texts
from gateway.hearing import proof_of
from gateway.rendering import links_in
from gateway.ways import Road, Ways

LINKS_MAX_COUNT = 3
LINK_MAX_CHARS = 500
TITLE_MAX_CHARS = 120
_TOLD = (Author.BOT, Author.AGENT)
PER_CALL_COUNT = 5
"""Messages that one call may have sent."""


class Posting:
    """Turns wishes into transactions. One for a process; holds no state between calls."""

    def __init__(self, *, store: Store, texts: Texts, bounds: Bounds, ways: Ways, clock: Clock, settings: Settings) -> None:
        self._store = store
        self._texts = texts
        self._bounds = bounds
        self._ways = ways
        self._clock = clock
        self._desk_language = settings.gateway.languages[0]
        self._bot_name = settings.bot.name

    async def take(self, session: Session | None, inbound: Inbound, wanted: LinksWanted) -> list[Changes]:
        """The transactions that the wish asks for; its key is kept in any case."""
        key = self._key(session, wanted) if session is not None else inbound.key
        known = {message.key: message for message in await self._store.messages_by_key([inbound.key, key])}
        if inbound.key in known:
            return []  # read twice: the call's transcript has it
        if session is None or session.call is None or session.state is State.CLOSED:
            return [Changes(keys=(inbound.key,), expects=(session.id, session.version) if session else None)]
        if key in known:
            return [self._told(session, inbound, wanted, Way(known[key].why["way"]))]
        answer = await self._answer(session, wanted.seq)
        links = fitting(answer) if answer is not None else ()
        road = await self._road(session, inbound, wanted) if links else None
        if answer is None or road is None:
            return [self._told(session, inbound, wanted, None)]
        posted = self._posted(session, inbound, road, key, title_of(answer), links)
        assert posted.session is not None
        told = self._told(session, inbound, wanted, road.way)
        return [posted, structs.replace(told, expects=(posted.session.id, posted.session.version))]

    def _key(self, session: Session, wanted: LinksWanted) -> EventKey:
        """Of the message with an answer's links: there is one."""
        return event_key(session.channel, "links", session.id, str(wanted.seq))

    async def _answer(self, session: Session, seq: int) -> Message | None:
        """What the caller was told in this session, by the bot or by an agent who writes."""
        found = await self._store.session_messages(session.id, seq - 1, 1) if seq >= session.first_seq else []
        return found[0] if found and found[0].seq == seq and found[0].author in _TOLD else None

    async def _road(self, session: Session, inbound: Inbound, wanted: LinksWanted) -> Road | None:
        """The way that was offered, else the best that is open still."""
        linked = session.call.linked if session.call else None
        if proof_of(inbound) in (None, Proof.NONE) or (linked is not None and linked.count >= PER_CALL_COUNT):
            return None
        roads = await self._ways.roads(session)
        return next((road for road in roads if road.way == wanted.way), roads[0] if roads else None)

    # ---- what is written ---------------------------------------------------------------------------------------------------------

    def _told(self, session: Session, inbound: Inbound, wanted: LinksWanted, way: Way | None) -> Changes:
        """The call's side: its transcript, and what the caller is to hear."""
        draft = self._bounds.draft(session, inbound)
        said = self._texts.say(f"call.remark.links_{way.value if way else 'failed'}", self._desk_language)
        draft.remark((Text(said),), key=inbound.key, what="call_links", seq=wanted.seq)
        call = session.call
        assert call is not None
        count = (call.linked.count if call.linked else 0) + 1
        draft.set(call=structs.replace(call, linked=Linked(wanted.seq, way, count)))
        return draft.changes()

    def _posted(self, session: Session, inbound: Inbound, road: Road, key: EventKey, title: str, links: tuple[str, ...]) -> Changes:
        """The other side: the links, in the session that is open there, else in an episode of their own, which is over at once."""
        draft = self._bounds.draft(_there(session, road, key, self._clock.now()), inbound)
        last, language = road.newest, session.language
        is_new = draft.session.version == 1
        draft.because(way=road.way.value, asked_by=session.id)
        name = self._bot_name or self._texts.say("turn.bot_name", language)
        words = Text(self._words(title, links, language), markdown=True)
        head = (Letter(subject=self._texts.say("call.links.subject", language)),) if draft.is_letter else ()
        draft.say(Author.BOT, (*head, words), name=name, key=key)
        if is_new:
            draft.close(CloseReason.RESOLVED)
        decided_by = last if is_new and last is not None else session
        return structs.replace(draft.changes(), expects=(decided_by.id, decided_by.version))

    def _words(self, title: str, links: tuple[str, ...], language: str) -> str:
        said = "\n".join(f"<{link}>" for link in links)
        if title:
            return self._texts.say("call.links.titled", language, title=title, links=said)
        return self._texts.say("call.links.plain", language, links=said)


def fitting(answer: Message) -> tuple[str, ...]:
    """The links of a message that are sent."""
    found = dict.fromkeys(link for part in answer.parts if isinstance(part, Text) for link in links_in(part.text))
    return tuple([link for link in found if len(link) <= LINK_MAX_CHARS][:LINKS_MAX_COUNT])


def title_of(answer: Message) -> str:
    """What the answer was about, as the knowledge base calls it; "" where that is not known."""
    entry = answer.why.get("entry")
    candidates = answer.why.get("candidates") or ()
    return next((str(title) for found, _, title in candidates if entry and found == entry), "")[:TITLE_MAX_CHARS]


def _there(session: Session, road: Road, key: EventKey, now: datetime) -> Session:
    """The session that is written in: the one that is open, else a new episode."""
    last = road.newest
    if last is not None and last.state is not State.CLOSED:
        return last
    thread = road.thread or Thread(derived("links by mail", key)[:16].lower())  # in the form that mailboxes give theirs
    episode, seq = last.episode + 1 if last else 1, last.seq if last else 0
    return Session(
        id=session_id(road.channel, thread, episode), channel=road.channel, thread=thread, episode=episode, address=road.identity.address,
        opened_at=now, state_since=now, seq=seq, first_seq=seq + 1, language=session.language, contact_id=road.identity.contact_id,
        customer_name=last.customer_name if last else None, customer_read_seq=last.customer_read_seq if last else 0,
        addressing=last.addressing if last else "", addressed_by=last.addressed_by if last else None,
        answered_by=Author.BOT,  # a reply to it is one to the bot's words, as the mail says itself
    )  # fmt: skip

"""What a channel tells besides what its customers say: that they have left, what became of a message, that a file has arrived. Reads, never
writes.

Each is decided by the record as it stands and not by what the batch before it is about to write, so a batch holds one of a thread at most
(`gateway.turns`).
"""

from collections.abc import Awaitable, Callable
from typing import assert_never

from msgspec import structs

from gateway.core.changes import KEPT_UNTIL, Changes, Emptied, Fate
from gateway.core.draft import Draft
from gateway.core.events import Came, Fated, Fetched, Inbound, Left, Remarked
from gateway.core.handoff import CaseStatus
from gateway.core.ids import OutboxId, SessionId, derived
from gateway.core.message import Message, Outgoing, Status
from gateway.core.parts import Arriving, File, Text
from gateway.core.ports import Store
from gateway.core.session import CloseReason, Controller, Move, Session, State
from gateway.core.texts import Texts
from handoff import moves

WAITING_MAX_COUNT = 50
UNSENT = "mail_failed"
"""What is remarked where a mail has been given up before anybody took it."""
_PASSED = frozenset({
    (Status.READ, Status.DELIVERED), (Status.READ, Status.SENT), (Status.READ, Status.FAILED), (Status.DELIVERED, Status.SENT),
    (Status.FAILED, Status.DELIVERED), (Status.FAILED, Status.SENT),
})  # fmt: skip
"""(What it is, what is told of it): news that come too late, or are of one of several recipients only. Who has read it has got it, whatever
a server says; and what failed for one stays failed, though a copy arrived."""


class Tidings:
    """Turns such news into transactions. One for a process; holds no state between calls."""

    def __init__(
        self, store: Store, texts: Texts, draft: Callable[[Session, Inbound], Draft], leave: Callable[[Draft], Awaitable[None]],
        desk_language: str,
    ) -> None:  # fmt: skip
        """`draft` begins a session's next version, `leave` takes it out of its queue; agents read `desk_language`."""
        self._store = store
        self._texts = texts
        self._draft = draft
        self._leave = leave
        self._desk_language = desk_language

    async def take(self, newest: Session | None, inbound: Inbound, news: Came | Left | Fated | Fetched | Remarked) -> list[Changes]:
        """The transactions that the news asks for; its key is kept in any case."""
        match news:
            case Came():
                return self._came(newest, inbound, news)
            case Left():
                return await self._left(newest, inbound)
            case Fated():
                return await self._fated(newest, inbound, news)
            case Fetched():
                return await self._fetched(newest, inbound, news)
            case Remarked():
                return await self._remarked(newest, inbound, news)
            case unknown:
                assert_never(unknown)

    def _came(self, session: Session | None, inbound: Inbound, came: Came) -> list[Changes]:
        """They have done something that says nothing. An agent who talks to them reads that they are there again."""
        if session is None or session.controller is not Controller.AGENT or came.how != "followed":
            return [Changes(keys=(inbound.key,), expects=_standing(session))]
        draft = self._draft(session, inbound)
        draft.add("keys", inbound.key)
        draft.remark((Text(self._texts.say("wechat.reachable", self._desk_language)),))
        return [draft.changes()]

    async def _remarked(self, session: Session | None, inbound: Inbound, remarked: Remarked) -> list[Changes]:
        """A line of the transcript, for whoever has the session or gets it; of one that is over nobody reads it. That an agent's own mail
        could not be sent concerns them as a bounce does."""
        if remarked.what == UNSENT and session is not None:
            return [await self._undelivered(session, inbound) or Changes(keys=(inbound.key,), expects=_standing(session))]
        if session is None or session.controller in (Controller.SURVEY, Controller.NOBODY):
            return [Changes(keys=(inbound.key,), expects=_standing(session))]
        draft = self._draft(session, inbound)
        draft.add("keys", inbound.key)
        said = self._texts.say(f"remark.{remarked.what}", self._desk_language, who=remarked.who)
        draft.remark((Text(said),), what=remarked.what, who=remarked.who)
        return [draft.changes()]

    async def _left(self, session: Session | None, inbound: Inbound) -> list[Changes]:
        """The customer can't be reached any more. Whoever waits or talks to the bot is gone; an agent keeps the session, and reads why
        nobody answers."""
        if session is None or session.controller in (Controller.SURVEY, Controller.NOBODY):
            return [Changes(keys=(inbound.key,), expects=_standing(session))]
        draft = self._draft(session, inbound)
        draft.add("keys", inbound.key)
        match session.controller:
            case Controller.BOT:
                draft.close(CloseReason.ABANDONED_BY_CUSTOMER)
            case Controller.QUEUE:
                await self._leave(draft)
                draft.close(CloseReason.ABANDONED_IN_QUEUE)
            case Controller.AGENT:
                draft.remark((Text(self._texts.say("wechat.unreachable", self._desk_language)),))
        return [draft.changes()]

    async def _fated(self, newest: Session | None, inbound: Inbound, fated: Fated) -> list[Changes]:
        """What became of a message that the channel had taken. One that it took and could not deliver for want of an allowance goes back
        to the outbox, and out again with the customer's next deed."""
        message = await self._store.message_at_channel(inbound.channel, fated.channel_message_id)
        expects = _standing(newest)
        if message is None or (message.status, fated.status) in _PASSED:
            return [Changes(keys=(inbound.key,), expects=expects)]
        fate = Fate(session_id=message.session_id, seq=message.seq, status=fated.status, detail=fated.detail)
        if fated.status is Status.FAILED and newest is not None and (told := await self._bounced(newest, inbound, message)):
            return [structs.replace(told, fates=(fate,))]
        if fated.status is not Status.KEPT:
            return [Changes(keys=(inbound.key,), expects=expects, fates=(fate,))]
        return [
            Changes(
                keys=(inbound.key,), expects=expects, fates=(fate,), outgoing=await self._kept(newest, inbound, message, fated),
                emptied=await self._emptied(newest, inbound, message, fated),
            )
        ]  # fmt: skip

    async def _bounced(self, newest: Session, inbound: Inbound, message: Message) -> Changes | None:
        """What a bounce writes besides; None: nothing. One that is told by several servers is told once."""
        if message.session_id != newest.id or message.status is Status.FAILED:
            return None
        return await self._undelivered(newest, inbound)

    async def _undelivered(self, session: Session, inbound: Inbound) -> Changes | None:
        """A mail has not arrived: a line at the end of the transcript, because the mail itself may stand far above. An agent who waits for
        the customer has the word again: the customer knows of nothing to answer. Of a session that is over, or the bot's, it is told where
        its case is still worked on. None: nobody need be told."""
        draft = self._draft(session, inbound)
        if not draft.is_letter:
            return None
        if session.controller in (Controller.BOT, Controller.NOBODY):
            case = await self._store.case_of_session(session.id)
            if case is None or case.status is CaseStatus.RESOLVED:
                return None
            draft.add("cases", structs.replace(case, version=case.version + 1))  # whoever looks at it reads it anew
        draft.add("keys", inbound.key)
        draft.remark((Text(self._texts.say("remark.mail_failed", self._desk_language, who=session.address.value)),))
        if session.state is State.WAITING_CUSTOMER:
            draft.move(Move.CUSTOMER_SPOKE)
            moves.is_answered(draft, await self._store.handoff(session.handoff_id) if session.handoff_id else None)
        return draft.changes()

    async def _fetched(self, newest: Session | None, inbound: Inbound, fetched: Fetched) -> list[Changes]:
        """A file is there, or can't be had: its part of the message says so from now on. Told twice, it is done once."""
        message = await self._message(fetched.session, fetched.seq)
        part = message.parts[fetched.place] if message is not None and 0 <= fetched.place < len(message.parts) else None
        if message is None or not isinstance(part, Arriving) or (fetched.file is None and part.failure):
            return [Changes(keys=(inbound.key,), expects=_standing(newest))]
        now = File(fetched.file, part.caption) if fetched.file is not None else structs.replace(part, failure=fetched.failure or "gone")
        parts = (*message.parts[: fetched.place], now, *message.parts[fetched.place + 1 :])
        return [Changes(keys=(inbound.key,), expects=_standing(newest), amended=(structs.replace(message, parts=parts),))]

    async def _message(self, session: SessionId, seq: int) -> Message | None:
        found = await self._store.session_messages(session, seq - 1, 1)
        return found[0] if found and found[0].seq == seq else None

    async def _kept(self, newest: Session | None, inbound: Inbound, message: Message, fated: Fated) -> tuple[Outgoing, ...]:
        """The outbox row that the message is from now on, due at once if the customer has written since; none where it is one already
        (another of its parts has failed before)."""
        session = await self._store.session(message.session_id)
        waiting = await self._store.outgoing_of(inbound.channel, inbound.thread, WAITING_MAX_COUNT)
        if session is None or any(row.outgoing.message.seq == message.seq for row in waiting):
            return ()
        spoken = await self._store.messages_at_channel(inbound.channel, fated.channel_message_id)
        parts = tuple(part for one in spoken for part in one.parts)
        row_id = OutboxId(derived("again", message.id, fated.channel_message_id))  # not the id under which the peer knows it already
        return (
            Outgoing(
                id=row_id, session_id=session.id, channel=session.channel, thread=session.thread, to=session.address,
                message=structs.replace(message, parts=parts, status=Status.KEPT), epoch=await self._epoch(session, message),
                parts_sent=fated.place, parts_begun=fated.place, also=tuple(one.seq for one in spoken[1:]),
                due_at=None if _has_come_again(newest, message) else KEPT_UNTIL,
            ),
        )  # fmt: skip

    async def _epoch(self, session: Session, message: Message) -> int:
        """The epoch that a message was said under, by the ledger: who has lost the floor since has lost it for this one too."""
        if session.state_since <= message.at:
            return session.epoch
        earlier = [line.epoch for line in await self._store.intervals(session.id) if line.started_at <= message.at]
        return max(earlier, default=1)

    async def _emptied(self, newest: Session | None, inbound: Inbound, message: Message, fated: Fated) -> tuple[Emptied, ...]:
        """The channel has said that nothing more may be sent; unless the customer has written since, that holds for everything else."""
        is_old = _has_come_again(newest, message) or not fated.why
        allowance = None if is_old else await self._store.allowance(inbound.channel, inbound.thread)
        if allowance is None:
            return ()
        return (Emptied(channel=inbound.channel, thread=inbound.thread, why=fated.why, serial=allowance.serial),)


def _has_come_again(newest: Session | None, message: Message) -> bool:
    """Whether the customer has written since this was said."""
    return newest is not None and newest.last_customer_at is not None and newest.last_customer_at > message.at


def _standing(newest: Session | None) -> tuple[SessionId, int] | None:
    """The session whose people are told of it: as it stands, or the wrong ones would be."""
    return (newest.id, newest.version) if newest is not None else None

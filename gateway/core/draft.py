"""A session's next version in the making: what a turn or a desk's deed decides, until it is one transaction (`Changes`). Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import structs

from gateway.core.allowance import Grant
from gateway.core.changes import Changes
from gateway.core.events import Inbound
from gateway.core.handoff import Handoff
from gateway.core.ids import AgentId, EventKey, Ids, MessageId, OutboxId, SessionId
from gateway.core.message import Author, Message, Outgoing, Status
from gateway.core.parts import Part
from gateway.core.session import CONTROLLERS, TAKES_THE_FLOOR, CloseReason, Controller, Interval, Move, Session, State, after

IN_PLACE_MARGIN = timedelta(seconds=0.5)
"""How long behind `Inbound.answer_by` a row is still left to whoever is on the line with the peer; then delivery sends it."""
MERGED = frozenset({Author.BOT, Author.SYSTEM})
"""Whose words become one message where a turn is one message. An agent's stay what the agent wrote."""
_PEOPLE = frozenset({Controller.QUEUE, Controller.AGENT})
"""Who owes the customer an answer in time."""


class Draft:
    """A session's next version in the making. Pure: it is handed the time and the ids."""

    def __init__(
        self, session: Session, *, now: datetime, ids: Ids, is_pushed: bool, is_joined: bool = False, is_letter: bool = False,
        answer_by: datetime | None = None, grant: Grant | None = None,
    ) -> None:  # fmt: skip
        """`is_pushed`: messages to this customer go through the outbox (`Reach.PUSHED`). `is_joined`: what bot and system say here goes
        out as one, because the channel counts messages or a message is one thing. `is_letter`: a message is a mail: what a chat says in
        passing (somebody has joined, one moment) is not said.
        `answer_by` and `grant` are those of the event that is answered."""
        self.session = structs.replace(session, version=session.version + 1)
        self.now = now
        self.ids = ids
        self.grant = grant
        self.answer_by = answer_by
        self.is_letter = is_letter
        self.heard_at = now
        self._is_pushed = is_pushed
        self._is_joined = is_joined
        self._due_at = answer_by + IN_PLACE_MARGIN if answer_by is not None and answer_by > now else None
        self._rows: dict[str, list[Any]] = {}
        self._answers: int | None = None
        self._why: dict[str, Any] = {}
        self._expects: tuple[SessionId, int] | None = None

    @property
    def messages(self) -> Sequence[Message]:
        """What has been said in this draft so far."""
        return self._rows.get("messages", [])

    @property
    def is_call(self) -> bool:
        """Whether it is the session of a caller: what is said to them is spoken."""
        return self.session.call is not None

    @property
    def is_heard(self) -> bool:
        """Whether what is said now reaches the customer, be it later: nobody reads up on what was spoken to an empty line."""
        return self.session.call is None or self.session.call.is_up

    def set(self, **fields: Any) -> None:
        """Change fields of the session that no rule stands over (language, memory, page, marks)."""
        self.session = structs.replace(self.session, **fields)

    def hear(self, event: Inbound, parts: tuple[Part, ...], **why: Any) -> Message:
        """Record what the customer said; `why` is for the desk."""
        state = self._entered(Move.CUSTOMER_SPOKE)
        self.heard_at = min(self.now, event.at)
        self.session = structs.replace(self.session, state=state, last_customer_at=self.now, seq=self.session.seq + 1)
        return self._add_message(Author.CUSTOMER, parts, key=event.key, cid=event.cid, why=why)

    def overhear(self, event: Inbound, parts: tuple[Part, ...], **why: Any) -> Message:
        """Record what a program wrote in the customer's name: nothing else changes, and nobody has said anything."""
        self.session = structs.replace(self.session, seq=self.session.seq + 1)
        return self._add_message(Author.CUSTOMER, parts, key=event.key, cid=event.cid, why=why)

    def say(
        self,
        author: Author,
        parts: tuple[Part, ...],
        *,
        agent_id: AgentId | None = None,
        name: str | None = None,
        cid: str | None = None,
        key: EventKey | None = None,
    ) -> Message:
        """Say something to the customer. Follows the moves made so far: a notice said after a handoff carries its epoch.

        Where programs are muted, or nobody is on the line, their words are not said, nor kept. A person's end that, and stop the clock
        (`Session.due_at`).
        """
        if author in MERGED and (self.session.is_muted or not self.is_heard):
            return self._unsaid(author, parts)
        if author is Author.AGENT:
            self.session = structs.replace(self.session, due_at=None, is_late=False, is_muted=False)
        self.session = structs.replace(self.session, last_answer_at=self.now, seq=self.session.seq + 1)
        message = self._add_message(author, parts, reply_to=self._answers, agent_id=agent_id, name=name, why=self._why, cid=cid, key=key)
        self._answers, self._why = None, {}
        if self._is_pushed:
            self._send(message)
        return message

    def remark(self, parts: tuple[Part, ...], *, key: EventKey | None = None, **why: Any) -> Message:
        """A line of the transcript for people, which goes out to nobody: on a pushed channel the customer never sees it. `key`: of the
        event that it tells of."""
        self.session = structs.replace(self.session, seq=self.session.seq + 1)
        return self._add_message(Author.SYSTEM, parts, key=key, status=Status.SENT, why={"is_remark": True, **why})

    def expect(self, other: Session) -> None:
        """What is decided here holds only as long as this other session stands as it does."""
        self._expects = (other.id, other.version)

    def answering(self, seq: int, why: dict[str, Any]) -> None:
        """What is said next answers the message `seq`, for the reasons `why`."""
        self._answers, self._why = seq, why

    def because(self, **why: Any) -> None:
        """What is said next carries these reasons too."""
        self._why = {**self._why, **why}

    def put_handoff(self, handoff: Handoff, **fields: Any) -> Handoff:
        """The handoff's next version, written with the session."""
        following = structs.replace(handoff, version=handoff.version + 1, **fields)
        self.add("handoffs", following)
        return following

    def move(self, move: Move, **fields: Any) -> None:
        """Change the session's state, and with it whatever the state implies: the ledger, the epoch, the floor.

        Raises Conflict where the table of states has no such move.
        """
        state = self._entered(move)
        session = self.session
        epoch = session.epoch + (CONTROLLERS[state] is not session.controller or self._changes_agent(fields))
        looking = session.looking if CONTROLLERS[state] is Controller.BOT else None  # what the bot waits for is nobody else's
        if CONTROLLERS[state] not in _PEOPLE and session.due_at is not None:
            fields = {"due_at": None, "is_late": False, **fields}
        self.session = structs.replace(
            session, state=state, epoch=epoch, floor=epoch if move in TAKES_THE_FLOOR else session.floor, looking=looking, **fields
        )

    def close(self, reason: CloseReason, disposition: str | None = None) -> None:
        """End the session for good."""
        self.move(Move.CLOSE, closed_at=self.now, close_reason=reason, disposition=disposition or self.session.disposition)

    def add(self, kind: str, *rows: Any) -> None:
        """Write these rows too; `kind` is a field of Changes."""
        self._rows.setdefault(kind, []).extend(rows)

    def changes(self) -> Changes:
        """The finished transaction."""
        return Changes(session=self.session, expects=self._expects, **{kind: tuple(rows) for kind, rows in self._rows.items()})

    def _send(self, message: Message) -> None:
        """Put it into the outbox, or to what the bot and the system have said before it in this draft."""
        session, rows = self.session, self._rows.setdefault("outgoing", [])
        last: Outgoing | None = rows[-1] if rows else None
        if self._is_joined and last is not None and {last.message.author, message.author} <= MERGED:
            together = structs.replace(last.message, parts=(*last.message.parts, *message.parts))
            rows[-1] = structs.replace(last, message=together, also=(*last.also, message.seq), epoch=session.epoch)
            return
        rows.append(
            Outgoing(
                id=OutboxId(message.id), session_id=session.id, channel=session.channel, thread=session.thread, to=session.address,
                message=message, epoch=session.epoch, due_at=self._due_at, addressing=session.addressing,
            )
        )  # fmt: skip

    def _unsaid(self, author: Author, parts: tuple[Part, ...]) -> Message:
        self._answers, self._why = None, {}
        session = self.session
        return Message(
            id=MessageId(self.ids.new()), session_id=session.id, seq=session.seq, author=author, at=self.now, parts=parts,
            status=Status.REFUSED,
        )  # fmt: skip

    def _changes_agent(self, fields: dict[str, Any]) -> bool:
        return fields.get("agent_id", self.session.agent_id) != self.session.agent_id

    def _entered(self, move: Move) -> State:
        session, state = self.session, after(self.session.state, move)
        if state is not session.state:
            at = max(self.now, session.state_since)  # a clock that was set back, or another machine's, leaves no hole in the ledger
            self.add(
                "intervals",
                Interval(
                    session_id=session.id, state=session.state, epoch=session.epoch, started_at=session.state_since,
                    ended_at=at, queue=session.queue, agent_id=session.agent_id,
                ),
            )  # fmt: skip
            self.session = structs.replace(session, state_since=at)
        return state

    def _add_message(self, author: Author, parts: tuple[Part, ...], **fields: Any) -> Message:
        session = self.session
        status = Status.PENDING if self._is_pushed and author is not Author.CUSTOMER else Status.SENT
        message = Message(
            id=MessageId(self.ids.new()), session_id=session.id, seq=session.seq, author=author, at=self.now, parts=parts,
            **{"status": status, **fields},
        )  # fmt: skip
        self.add("messages", message)
        return message

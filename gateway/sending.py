"""A leased outbox row on its way out: what is known of it, what was paid for it, and how it is settled. Pure."""

from datetime import datetime

from msgspec import Struct, structs

from gateway.core.allowance import Allowance
from gateway.core.changes import KEPT_UNTIL, Changes, Emptied, Settled, Spent
from gateway.core.message import Author, Outgoing, Status
from gateway.core.parts import Part, Together
from gateway.core.session import Session, State


class Row(Struct):
    """A row that this worker has until `until`."""

    outgoing: Outgoing
    token: int
    until: datetime
    ids: tuple[str, ...] = ()
    """The channel's ids of the parts taken since the row was settled last."""
    session: Session | None = None
    allowance: Allowance | None = None
    """Of a counted channel: as it was just before the next part was paid for."""
    paid: Spent | None = None
    """What was spent on the part that is on its way: put back where it was certainly not taken."""
    owed: Spent | None = None
    """What went out behind a new deed of the customer, and was paid from the one before: the peer counts it to the new one."""
    emptied: Emptied | None = None
    """The channel's word that nothing may be sent."""
    was_unclear: bool = False
    """A part of it may have been taken when it was tried last."""
    detail: str = ""
    """What people should know though it was taken."""

    @property
    def serial(self) -> int:
        """Of the allowance that this row's fate was decided under."""
        return self.allowance.serial if self.allowance else 0

    def final(self, status: Status, detail: str = "") -> Settled:
        """It leaves the outbox."""
        return self._settled(self.outgoing, status, detail=detail)

    def waiting(self, retry_at: datetime, detail: str = "") -> Settled:
        """Back into the outbox: nothing is on its way any more."""
        return self._settled(self._idle(), Status.PENDING, retry_at=retry_at, detail=detail)

    def unclear(self, retry_at: datetime, detail: str) -> Settled:
        """Back into the outbox of a peer that drops repeats: the part on its way is paid for, and is handed over again."""
        return self._settled(self.outgoing, Status.PENDING, retry_at=retry_at, detail=detail)

    @property
    def is_over(self) -> bool:
        """Whether its conversation has ended."""
        return self.session is not None and self.session.state is State.CLOSED

    def kept(self, detail: str) -> Settled:
        """Back until the customer's next deed. Last words are not: under the next conversation they would be out of place."""
        if self.is_over and self.outgoing.message.author is Author.SYSTEM:
            return self.final(Status.REFUSED, f"last words, and nothing may be sent any more: {detail}")
        return self._settled(self._idle(), Status.KEPT, retry_at=KEPT_UNTIL, detail=detail, serial=self.serial)

    def begun(self) -> Settled:
        """The next part is about to go out."""
        outgoing = structs.replace(self.outgoing, parts_begun=self.outgoing.parts_sent + 1)
        return self._settled(outgoing, Status.PENDING, retry_at=self.until)

    def changes(self, settled: Settled, *, is_repeated: bool) -> Changes:
        """What settling it writes. What was not taken costs nothing; but where this may be on record already (`is_repeated`), it is not
        put back a second time: better a message too few than one too many."""
        back = structs.replace(self.paid, count=-self.paid.count) if self.paid and not is_repeated else None
        return Changes(
            settled=(settled,), spent=tuple(filter(None, (back, self.owed))),
            emptied=(self.emptied,) if self.emptied else (),
        )  # fmt: skip

    def place(self, parts: tuple[Part, ...]) -> str:
        """Which part it is about, in words; nothing where a message is one thing."""
        return "" if any(isinstance(part, Together) for part in parts) else f"part {self.outgoing.parts_sent + 1} of {len(parts)}"

    def _idle(self) -> Outgoing:
        return structs.replace(self.outgoing, parts_begun=self.outgoing.parts_sent)

    def _settled(
        self, outgoing: Outgoing, status: Status, *, retry_at: datetime | None = None, detail: str = "", serial: int | None = None
    ) -> Settled:  # fmt: skip
        return Settled(
            id=outgoing.id, session_id=outgoing.session_id, seq=outgoing.message.seq, status=status, token=self.token,
            parts_sent=outgoing.parts_sent, parts_begun=outgoing.parts_begun, attempts=outgoing.attempts, retry_at=retry_at,
            channel_message_ids=self.ids, detail=detail, also=outgoing.also, serial=serial,
        )  # fmt: skip

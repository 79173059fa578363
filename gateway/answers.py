"""What comes of a push that waited: an answer on the line, its rows leased to it, or a silence and its reason."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from gateway.core.changes import PlacedRow, Settled
from gateway.core.channel import Reply
from gateway.core.message import Status
from gateway.core.session import Session
from gateway.settling import Ended, Settling


class Silence(StrEnum):
    """Why a push gets no answer on the line."""

    QUIET = "quiet"
    """The turn said nothing to the customer, and nothing is on its way."""
    LATE = "late"
    """Nothing was there in time: what comes is sent."""
    ELSEWHERE = "elsewhere"
    """What waits is being sent, or goes better by `send`."""
    FULL = "full"
    """Too many wait already."""
    GONE = "gone"
    """The peer waits no more."""


class Carried(Struct, frozen=True):
    """A row that an answer carries, and its lease."""

    row: PlacedRow
    token: int
    parts_before: int
    attempts: int
    session: Session | None


class Answer:
    """A response that carries an answer, its place taken. Exactly one of `written` and `lost` has to be called."""

    __slots__ = ("_carrying", "_settling", "_until", "is_repeat", "reply")

    def __init__(self, reply: Reply, carrying: Sequence[Carried], until: datetime, settling: Settling, *, is_repeat: bool) -> None:
        self.reply = reply
        self.is_repeat = is_repeat
        self._carrying = carrying
        self._until = until
        self._settling = settling

    def written(self, now: datetime) -> None:
        """The peer has it, as far as anybody can see."""
        self._settling.add([Ended(_sent(one, now), one.session) for one in self._carrying])

    def lost(self) -> None:
        """It was not written: a repeat of the push may carry it until the peer asks no more, then delivery sends it."""
        self._settling.add([Ended(_back(one, self._until)) for one in self._carrying])


def begun(one: Carried, until: datetime) -> Settled:
    """A row that had gone back is on its way again."""
    return _settled(one, Status.PENDING, parts_sent=one.parts_before, parts_begun=one.parts_before + 1, retry_at=until)


def _sent(one: Carried, now: datetime) -> Settled:
    status = Status.SENT if one.row.is_whole else Status.PENDING
    return _settled(one, status, parts_sent=one.row.parts_sent, parts_begun=one.row.parts_sent, retry_at=None if one.row.is_whole else now)


def _back(one: Carried, until: datetime) -> Settled:
    return _settled(one, Status.PENDING, parts_sent=one.parts_before, parts_begun=one.parts_before, retry_at=until)


def _settled(one: Carried, status: Status, *, parts_sent: int, parts_begun: int, retry_at: datetime | None) -> Settled:
    row = one.row
    return Settled(
        id=row.id, session_id=row.session_id, seq=row.seq, status=status, token=one.token, also=row.also, parts_sent=parts_sent,
        parts_begun=parts_begun, attempts=one.attempts, retry_at=retry_at,
    )  # fmt: skip

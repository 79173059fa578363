"""Conversations over a channel that counts, in the store alone: what the bot has said, what the customer's deeds grant."""

from typing import Any

from gateway.core.allowance import Allowance, Grant, Pocket
from gateway.core.changes import KEPT_UNTIL, Allowed, Changes, Emptied, Placed, PlacedRow, Settled, Spent
from gateway.core.errors import Conflict
from gateway.core.ids import EventKey, Ids, Thread, WorkerId
from gateway.core.message import Outgoing, Status
from gateway.core.parts import Text
from gateway.core.ports import Waiting
from gateway.store import Record
from tests.contract.records import later, new_session, settled, turn
from tests.events import SITE

ANN = Thread("ann")
WORKER = WorkerId("w1")
TWO_DAYS_S = 172_800


def said(thread: str = "ann", *, at_s: float = 0, count: int = 5, release_s: float | None = None) -> Allowed:
    """The customer wrote: so many messages within two days."""
    grant = Grant(pocket=Pocket.SAID, count=count, until=later(at_s + TWO_DAYS_S))
    return Allowed(channel=SITE, thread=Thread(thread), grant=grant, release_at=None if release_s is None else later(release_s))


def touched(thread: str = "ann", *, at_s: float = 0) -> Allowed:
    """The customer tapped a menu: three messages within a minute."""
    return Allowed(channel=SITE, thread=Thread(thread), grant=Grant(pocket=Pocket.TOUCHED, count=3, until=later(at_s + 60)))


def left(thread: str = "ann") -> Allowed:
    return Allowed(channel=SITE, thread=Thread(thread), grant=None, why="unreachable")


def spent(count: int, serial: int, *, pocket: Pocket = Pocket.SAID, thread: str = "ann") -> Spent:
    return Spent(channel=SITE, thread=Thread(thread), pocket=pocket, count=count, serial=serial)


def emptied(serial: int, why: str = "out_of_count", thread: str = "ann") -> Emptied:
    return Emptied(channel=SITE, thread=Thread(thread), why=why, serial=serial)


def kept(outgoing: Outgoing, token: int, serial: int, **fields: Any) -> Settled:
    return settled(outgoing, token, Status.KEPT, retry_at=KEPT_UNTIL, serial=serial, **fields)


def placed(key: str, *rows: Waiting, at_s: float = 1, **fields: Any) -> Placed:
    """An answer on the line that carries these rows."""
    placing = tuple(
        PlacedRow(
            id=row.outgoing.id, token=row.token, session_id=row.outgoing.session_id, seq=row.outgoing.message.seq,
            parts_sent=len(row.outgoing.message.parts),
        )
        for row in rows
    )  # fmt: skip
    values: dict[str, Any] = {"thread": ANN, "until": later(at_s + 16), "parts": (Text("an answer"),)}
    return Placed(key=EventKey(key), channel=SITE, at=later(at_s), rows=placing, **values | fields)


async def said_by_bot(store: Record, ids: Ids, *texts: str, thread: str = "ann") -> None:
    """As many turns, each with an answer on its way out."""
    latest = await store.latest_sessions([(SITE, Thread(thread))])
    session = latest[0] if latest else new_session(thread)
    for text in texts:
        changes = turn(session, text, ids, is_pushed=True)
        await written(store, changes)
        assert changes.session is not None
        session = changes.session


async def written(store: Record, *changes: Changes) -> None:
    assert await store.commit(changes) == [None] * len(changes)


async def refused(store: Record, changes: Changes) -> None:
    (outcome,) = await store.commit([changes])
    assert isinstance(outcome, Conflict)


async def leased(store: Record, at_s: float, limit: int = 10) -> list[tuple[Outgoing, int]]:
    return await store.lease_outgoing(WORKER, later(at_s), 30.0, limit)


async def seqs_due(store: Record, at_s: float) -> list[int]:
    """What may be sent now, by its seq; and it is leased."""
    return [outgoing.message.seq for outgoing, _ in await leased(store, at_s)]


async def allowance(store: Record, thread: str = "ann") -> Allowance:
    found = await store.allowance(SITE, Thread(thread))
    assert found is not None
    return found


async def waiting(store: Record, thread: str = "ann") -> list[Waiting]:
    return await store.outgoing_of(SITE, Thread(thread), 100)

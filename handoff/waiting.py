"""Where a customer stands in the line, and how long it honestly takes: pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import ceil

from msgspec import Struct

from gateway.core.handoff import Handoff
from gateway.core.ids import HandoffId

SAMPLES_MIN_COUNT = 5
"""Fewer recent waits than this say nothing: then we say nothing either."""
HEAD_START_MAX_MINUTES = 120.0
"""No priority outranks more waiting than this, so nobody starves: after twice this time everything newer is behind."""


LATE_MAX = timedelta(minutes=10)
"""However late a mail is, it goes before no chat that has waited longer than this."""


class Estimate(Struct, frozen=True):
    """How much longer it takes: half of the customers less than `p50_s`, nine of ten less than `p90_s`."""

    p50_s: int
    p90_s: int


def rank(handoff: Handoff, now: datetime) -> tuple[datetime, datetime, HandoffId]:
    """The order of the line, least first. One point of priority is one minute of waiting; as all chats age alike, their order stands still.

    A mail in time comes behind every chat, because nobody sits before it; the one that is due first goes first. A late one counts as
    a chat that has waited since, for LATE_MAX at most: so it is taken soon, and a flood of late mails holds nobody up for longer.
    """
    head_start = timedelta(minutes=min(max(handoff.priority, -HEAD_START_MAX_MINUTES), HEAD_START_MAX_MINUTES))
    if handoff.due_at is None:
        since = handoff.requested_at - head_start
        return since, since, handoff.id
    due_at = handoff.due_at - head_start
    return max(due_at, now - LATE_MAX), due_at, handoff.id


def in_order(handoffs: Iterable[Handoff], now: datetime) -> list[Handoff]:
    """The line."""
    return sorted(handoffs, key=lambda handoff: rank(handoff, now))


def position(handoff: Handoff, others: Iterable[Handoff], now: datetime) -> int:
    """The place of `handoff` among the others of its queue, counted from 1. It may be among `others` itself."""
    own = rank(handoff, now)
    return 1 + sum(1 for other in others if other.queue == handoff.queue and other.id != handoff.id and rank(other, now) < own)


def positions(handoffs: Iterable[Handoff], now: datetime) -> dict[HandoffId, int]:
    """Everybody's place in their own queue, counted from 1."""
    counted: dict[str, int] = {}
    places: dict[HandoffId, int] = {}
    for handoff in in_order(handoffs, now):
        counted[handoff.queue] = places[handoff.id] = counted.get(handoff.queue, 0) + 1
    return places


def estimate(waits_s: Sequence[float], waited_s: float = 0.0) -> Estimate | None:
    """How much longer somebody waits who has waited `waited_s`, from what others waited lately; None where too few can tell.

    Only those who waited longer are asked: "30 s on average" is no comfort to someone in their third minute.
    """
    left = sorted(wait - waited_s for wait in waits_s if wait > waited_s or waited_s == 0)
    if len(left) < SAMPLES_MIN_COUNT:
        return None
    return Estimate(ceil(_nearest_rank(left, 0.5)), ceil(_nearest_rank(left, 0.9)))


def _nearest_rank(ordered: Sequence[float], share: float) -> float:
    return ordered[ceil(share * len(ordered)) - 1]

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


class Estimate(Struct, frozen=True):
    """How much longer it takes: half of the customers less than `p50_s`, nine of ten less than `p90_s`."""

    p50_s: int
    p90_s: int


def rank(handoff: Handoff) -> tuple[datetime, HandoffId]:
    """The order of the line, least first. One point of priority is one minute of waiting; as all age alike, the order stands still."""
    head_start = min(max(handoff.priority, -HEAD_START_MAX_MINUTES), HEAD_START_MAX_MINUTES)
    return handoff.requested_at - timedelta(minutes=head_start), handoff.id


def position(handoff: Handoff, others: Iterable[Handoff]) -> int:
    """The place of `handoff` among the others of its queue, counted from 1. It may be among `others` itself."""
    own = rank(handoff)
    return 1 + sum(1 for other in others if other.queue == handoff.queue and other.id != handoff.id and rank(other) < own)


def positions(handoffs: Iterable[Handoff]) -> dict[HandoffId, int]:
    """Everybody's place in their own queue, counted from 1."""
    counted: dict[str, int] = {}
    places: dict[HandoffId, int] = {}
    for handoff in sorted(handoffs, key=rank):
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

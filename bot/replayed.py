"""What a replay of past sessions tells: shares with their intervals, what changed, and examples."""

import math
from datetime import datetime

from msgspec import Struct

from gateway.core.ids import EntryId, SessionId

Z_95 = 1.959963984540054


class Share(Struct, frozen=True):
    """A part of a whole, with the interval in which the true share lies in 95 of 100 cases (Wilson 1927); None: of nothing."""

    count: int
    of: int
    share: float | None
    low: float | None
    high: float | None


class Move(Struct, frozen=True):
    """Questions that were decided one way then, and another way (or the same) now. `answer*`: another entry's answer."""

    then: str
    now: str
    count: int


class Example(Struct, frozen=True, kw_only=True):
    """One question, masked, with what happened and would happen, and why it is told."""

    kind: str
    session: SessionId
    seq: int
    at: datetime
    text: str
    then: str
    now: str
    then_entry: EntryId | None
    now_entry: EntryId | None
    confidence: float
    why: str


class Missed(Struct, frozen=True, kw_only=True):
    """Questions that the bot answered though it should not have: the customer, or an agent, said so afterwards."""

    then: int
    by: dict[str, int]
    """What speaks against the answer: labelled, not_helped, asked_person, repeated, rated_badly."""
    now_handed_off: int
    now_asked_back: int
    now_right: int
    """Another entry's answer, the one that an agent named."""
    now_other: int
    """Another entry's answer; whether it is right, nothing tells."""
    now_same: int


class Unnecessary(Struct, frozen=True, kw_only=True):
    """Questions that were handed off though an entry holds the answer: an agent named it, or said what it says."""

    then: int
    now_answered: int
    """With that very entry."""
    now_offered: int
    """It is among the choices of a question back."""
    now_wrong: int
    """Answered with another one."""
    now_handed_off: int


class Changed(Struct, frozen=True, kw_only=True):
    """Answers that are given now and were not then, or the reverse, and what is known about them."""

    count: int
    good: int
    bad: int
    unknown: int


class Replayed(Struct, frozen=True, kw_only=True):
    """The whole comparison. Shares of sessions are estimates for `now`: a conversation would have gone on differently."""

    sessions: int
    questions: int
    cut_sessions: int
    """Too long to be read whole: their last questions are left out."""
    contained_then: Share
    contained_now: Share
    """Sessions without a handoff. `now` counts every new answer as one that ended the matter: the upper end."""
    contained_now_surely: Share
    """Only new answers, and questions back, that an agent's word confirms count: the lower end."""
    handed_off_then: Share
    handed_off_now: Share
    answered_then: Share
    answered_now: Share
    moves: tuple[Move, ...]
    missed: Missed
    unnecessary: Unnecessary
    newly_answered: Changed
    """good: an agent named or said it. bad: an agent named another, or none."""
    no_longer_answered: Changed
    """good: the answer had been complained about. bad: the customer had given thanks for it."""
    examples: tuple[Example, ...]


def share(count: int, of: int) -> Share:
    """A share with its two-sided 95 % interval."""
    if of == 0:
        return Share(count, 0, None, None, None)
    p, z2 = count / of, Z_95 * Z_95
    middle = p + z2 / (2 * of)
    spread = Z_95 * math.sqrt(p * (1 - p) / of + z2 / (4 * of * of))
    low, high = ((middle + sign * spread) / (1 + z2 / of) for sign in (-1, 1))
    return Share(count, of, round(p, 4), round(max(0.0, low), 4), round(min(1.0, high), 4))

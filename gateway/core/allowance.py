"""How much may still be sent to a customer, and until when, where a channel counts it (WeChat: so many messages, so long after the customer
has written). Pure.

Two pockets, because two kinds of deeds of the customer give something: what they **said** (days, several messages) and what they
**touched**, a menu, a code, the follow button (a minute). Each new deed fills its own pocket anew. The one that ends first is spent first.
The channel has the last word: when it says that nothing may be sent, both are empty until the next deed (`Emptied`).
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct, structs


class Pocket(StrEnum):
    """Where an allowance comes from."""

    SAID = "said"
    TOUCHED = "touched"


class Grant(Struct, frozen=True, kw_only=True):
    """What one deed of the customer lets us send: `count` messages until `until`, in place of what its pocket held."""

    pocket: Pocket
    count: int
    until: datetime


class Allowance(Struct, frozen=True, kw_only=True):
    """What may still be sent on one thread. `serial` counts the grants: whoever decided under an older one looks again."""

    said_count: int = 0
    said_until: datetime | None = None
    touched_count: int = 0
    touched_until: datetime | None = None
    serial: int = 0
    why: str = ""
    """Why nothing is left although the count says otherwise: the channel's word (out_of_window, out_of_count, unreachable)."""


def left(allowance: Allowance, now: datetime) -> int:
    """How many messages may go out now."""
    return sum(_open(allowance, pocket, now) for pocket in Pocket)


def until(allowance: Allowance, now: datetime) -> datetime | None:
    """When the last of what is left expires; None: nothing is left."""
    ends = {Pocket.SAID: allowance.said_until, Pocket.TOUCHED: allowance.touched_until}
    return max((end for pocket, end in ends.items() if end is not None and _open(allowance, pocket, now)), default=None)


def next_pocket(allowance: Allowance, now: datetime) -> Pocket | None:
    """The pocket that the next message is taken from: of those that hold something, the one that ends first."""
    ends = {Pocket.SAID: allowance.said_until, Pocket.TOUCHED: allowance.touched_until}
    held = [(end, pocket) for pocket, end in ends.items() if end is not None and _open(allowance, pocket, now)]
    return min(held)[1] if held else None


def window(allowance: Allowance | None, reserve_count: int, now: datetime) -> dict[str, Any]:
    """What people are told about it: how many messages are `left` to them, `reserve` of these to nobody but agents, `until` when (ISO
    8601; None: nothing is left), and `why` nothing is: the channel's word, else out_of_window or out_of_count."""
    held = allowance or Allowance()
    end = until(held, now)
    why = held.why or ("" if end else why_shut(held, now))
    return {"left": left(held, now), "reserve": reserve_count, "until": end.isoformat() if end else None, "why": why}


def why_shut(allowance: Allowance, now: datetime) -> str:
    """Why nothing is left, as far as we have counted it ourselves: all sent, or too long ago that the customer has come."""
    ends = (allowance.said_until, allowance.touched_until)
    return "out_of_count" if any(end is not None and now < end for end in ends) else "out_of_window"


def granted(allowance: Allowance | None, grant: Grant | None) -> Allowance:
    """What an allowance becomes by a deed of the customer; without a grant it stays as it is."""
    held = allowance or Allowance()
    if grant is None:
        return held
    match grant.pocket:
        case Pocket.SAID:
            held = structs.replace(held, said_count=grant.count, said_until=grant.until)
        case Pocket.TOUCHED:
            held = structs.replace(held, touched_count=grant.count, touched_until=grant.until)
    return structs.replace(held, serial=held.serial + 1, why="")


def _open(allowance: Allowance, pocket: Pocket, now: datetime) -> int:
    match pocket:
        case Pocket.SAID:
            count, end = allowance.said_count, allowance.said_until
        case Pocket.TOUCHED:
            count, end = allowance.touched_count, allowance.touched_until
    return max(0, count) if end is not None and now < end else 0

"""Whether a message may go out where the channel counts them: from which pocket, or why it is kept. Pure.

What the channel allows is for everybody; the last of it (`Capabilities.reserve_count`) is for agents alone, so that a bot never talks away
what a person needs. What may not go is kept, not lost: it goes out with the customer's next deed.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, structs

from gateway.core.allowance import Allowance, Pocket, left, next_pocket
from gateway.core.changes import Allowed, Changes
from gateway.core.channel import Capabilities
from gateway.core.draft import IN_PLACE_MARGIN
from gateway.core.events import Inbound, Left
from gateway.core.message import Author
from gateway.core.parts import Notice, Part, Text

UNREACHABLE = "unreachable"
OUT_OF_COUNT = "out_of_count"
OUT_OF_WINDOW = "out_of_window"
RESERVED = "reserved"
"""Why a message is kept: words that the desk knows. `reserved`: what is left is for agents."""
WHYS = (OUT_OF_WINDOW, OUT_OF_COUNT, UNREACHABLE)
"""What a channel says when it is `Shut`."""
NO_API = "no_api"
"""The channel takes nothing from us but answers to its own calls: kept, and no word about what it allows."""


class Go(Struct, frozen=True):
    """It may go out, and is paid from this pocket; None: it costs nothing."""

    pocket: Pocket | None


class Keep(Struct, frozen=True):
    """It waits for the customer's next deed."""

    why: str


def judge(
    part: Part, author: Author, allowance: Allowance | None, capabilities: Capabilities, now: datetime, *, is_over: bool = False
) -> Go | Keep:
    """What becomes of the next part of a message by this author. `is_over`: its conversation has ended."""
    if isinstance(part, Notice):
        return Go(None)
    held = allowance or Allowance()
    if budget(author, held, capabilities, now, is_over=is_over) > 0:
        return Go(next_pocket(held, now))
    return Keep(_why(held, now))


def budget(author: Author, allowance: Allowance, capabilities: Capabilities, now: datetime, *, is_over: bool = False) -> int:
    """How many messages this author may send now. Where the conversation is over, nobody needs what was left to people."""
    reserve = 0 if author is Author.AGENT or is_over else capabilities.reserve_count
    return max(0, left(allowance, now) - reserve)


def with_hint(parts: Sequence[Part], going_count: int, hint: str, capabilities: Capabilities) -> tuple[Part, ...]:
    """These parts, of which only the first `going_count` go out for now. If some stay behind, the last text that goes says so (`hint`), on
    a line of its own, where there is room for it: `rendering.fit` leaves some."""
    if going_count >= len(parts):
        return tuple(parts)
    for place in reversed(range(max(0, going_count))):
        if isinstance(part := parts[place], Text):
            text = f"{part.text}\n{hint}"
            is_fitting = len(text.encode()) <= capabilities.text_max_bytes
            hinted = structs.replace(part, text=text) if is_fitting else part
            return (*parts[:place], hinted, *parts[place + 1 :])
    return tuple(parts)


def allowed_by(inbound: Inbound, now: datetime) -> Allowed | None:
    """What an event lets us send from now on; None: it says nothing about that, or is so late that it allows nothing any more.

    What was kept is first left to whoever is on the line with the peer, if somebody is.
    """
    if isinstance(inbound.event, Left):
        return Allowed(channel=inbound.channel, thread=inbound.thread, grant=None, why=UNREACHABLE)
    if inbound.grant is None or inbound.grant.until <= now:
        return None
    answer_by = inbound.answer_by
    release_at = answer_by + IN_PLACE_MARGIN if answer_by is not None and answer_by > now else now
    return Allowed(channel=inbound.channel, thread=inbound.thread, grant=inbound.grant, release_at=release_at)


def granting(inbound: Inbound, made: list[Changes], now: datetime) -> list[Changes]:
    """What an event changes, and in the transaction that holds its key also what it allows: a repeat allows nothing."""
    allowed = allowed_by(inbound, now)
    if allowed is None:
        return made
    place = next((place for place, changes in enumerate(made) if _has_key(changes, inbound)), None)
    if place is None:
        return [*made, Changes(keys=(inbound.key,), allowed=(allowed,))]
    return [*made[:place], structs.replace(made[place], allowed=(allowed,)), *made[place + 1 :]]


def _has_key(changes: Changes, inbound: Inbound) -> bool:
    keys = (*changes.keys, *(message.key for message in changes.messages), *(rating.key for rating in changes.ratings))
    return inbound.key in keys


def _why(allowance: Allowance, now: datetime) -> str:
    if left(allowance, now) > 0:
        return RESERVED
    ends = (allowance.said_until, allowance.touched_until)
    return allowance.why or (OUT_OF_COUNT if any(end is not None and now < end for end in ends) else OUT_OF_WINDOW)

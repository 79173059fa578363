"""Who gets no automatic word for a while, because they may be a program that answers ours: counted at acceptance, and kept.

Two limits, for one sender: so many mails in an hour, or five replies in ten minutes. Beyond either people get the mail and nothing is said
to its sender. A mail is counted by its key: read again after a crash, it stands where it stood, and is judged as it was.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from adapters.email.marks import WRITER, Marks
from gateway.core.ids import ChannelName

HOUR_S = 3_600.0
PING_PONG_S = 600.0
PING_PONG_COUNT = 5
PER_SENDER_MAX_COUNT = 120
"""More than any limit is not counted."""
_DOTLESS = frozenset({"gmail.com", "googlemail.com"})
"""One house, whose addresses are the same with and without dots."""


class Counted(Struct, frozen=True, array_like=True):
    """One mail that a program of ours might answer."""

    at_s: float
    key: str
    is_reply: bool
    is_over: bool


class Judged(Struct, frozen=True):
    """What the breaker says of one mail. `is_told`: it is the first one over the limit."""

    is_over: bool = False
    is_told: bool = False


class Breaker:
    """Counts one channel's senders."""

    def __init__(self, name: ChannelName, marks: Marks, *, per_hour: int, now: Callable[[], datetime]) -> None:
        self._name = name
        self._marks = marks
        self._per_hour = per_hour
        self._now = now

    async def judge(self, mails: Sequence[tuple[str, str, bool]]) -> list[Judged]:
        """Of each (sender, key, is it a reply to us), in order, whether it is over the limits. Durable on return."""
        if not mails:
            return []
        senders = sorted({sender for sender, _, _ in mails})
        noted = {sender: _read(value) for sender, value in (await self._marks.marks(self._name, WRITER, senders)).items()}
        now, new = self._now(), dict[str, list[Counted]]()
        judged = []
        for sender, key, is_reply in mails:
            before = new.get(sender, noted.get(sender, []))
            after = _counted(before, key[-16:], now.timestamp(), is_reply=is_reply, per_hour=self._per_hour)
            if after is not before:
                new[sender] = after
            judged.append(_judged(after, key[-16:]))
        if new:
            await self._marks.mark(self._name, WRITER, {sender: _written(counted) for sender, counted in new.items()}, now)
        return judged


def counted_as(address: str) -> str:
    """Whom an address is counted as: what people may vary at will in their own one makes no other of it."""
    local, _, domain = address.lower().rpartition("@")
    local = local.partition("+")[0]
    return f"{local.replace('.', '')}@gmail.com" if domain in _DOTLESS else f"{local}@{domain}"


def _counted(before: list[Counted], key: str, now_s: float, *, is_reply: bool, per_hour: int) -> list[Counted]:
    """With this mail, unless it is among them; without those that are older than an hour."""
    if any(mail.key == key for mail in before):
        return before
    recent = [mail for mail in before if now_s - mail.at_s < HOUR_S]
    answered = sum(mail.is_reply for mail in recent if now_s - mail.at_s < PING_PONG_S)
    is_over = len(recent) >= per_hour or (is_reply and answered >= PING_PONG_COUNT)
    return [*recent, Counted(now_s, key, is_reply, is_over)][-PER_SENDER_MAX_COUNT:]


def _judged(mails: Sequence[Counted], key: str) -> Judged:
    place = next(place for place, mail in enumerate(mails) if mail.key == key)
    is_over = mails[place].is_over
    return Judged(is_over, is_over and (place == 0 or not mails[place - 1].is_over))


def _read(value: str) -> list[Counted]:
    try:
        return msgspec.json.decode(value, type=list[Counted])
    except msgspec.DecodeError:
        return []


def _written(mails: Sequence[Counted]) -> str:
    return msgspec.json.encode(mails).decode()

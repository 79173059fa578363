"""Who gets no automatic word for a while, because they may be a program that answers ours: counted at acceptance, kept in the notebook.

Two limits, for one sender: so many mails in an hour, or five replies in ten minutes. Beyond either people get the mail and nothing is said
to its sender. A mail is counted by its key: read again after a crash, it stands where it stood, and is judged as it was.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
from msgspec import Struct

log = logging.getLogger(__name__)

HOUR_S = 3_600.0
PING_PONG_S = 600.0
PING_PONG_COUNT = 5
SENDERS_MAX_COUNT = 2_000
"""More in one hour: those who wrote longest ago are forgotten."""
PER_SENDER_MAX_COUNT = 200


class Notebook(Protocol):
    """The channel's own small memory."""

    async def notebook(self, name: str) -> str: ...

    async def note_down(self, name: str, value: str) -> None: ...


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
    """Counts one channel's senders. Only the process that reads the mailboxes has one at work."""

    def __init__(self, page: str, notebook: Notebook, *, per_hour: int, now_s: Callable[[], float]) -> None:
        self._page = page
        self._notebook = notebook
        self._per_hour = per_hour
        self._now_s = now_s

    async def judge(self, mails: Sequence[tuple[str, str, bool]]) -> list[Judged]:
        """Of each (sender, key, is it a reply to us), in order, whether it is over the limits. Durable on return."""
        if not mails:
            return []
        senders = await self._read()  # each time: another process may have read the mailboxes meanwhile
        now_s, before = self._now_s(), {address: list(mails) for address, mails in senders.items()}
        judged = [
            _judge(senders, address, key[-16:], now_s, is_reply=is_reply, per_hour=self._per_hour) for address, key, is_reply in mails
        ]
        kept = _kept(senders, now_s)
        if kept != before:
            await self._notebook.note_down(self._page, msgspec.json.encode(kept).decode())
        return judged

    async def _read(self) -> dict[str, list[Counted]]:
        text = await self._notebook.notebook(self._page)
        try:
            return msgspec.json.decode(text, type=dict[str, list[Counted]]) if text else {}
        except msgspec.DecodeError:
            log.warning("the breaker's page can't be read: it counts from now on", extra={"page": self._page})
            return {}


def _judge(senders: dict[str, list[Counted]], address: str, key: str, now_s: float, *, is_reply: bool, per_hour: int) -> Judged:
    mails = senders.pop(address, [])
    senders[address] = mails  # the dict's order is that of the newest mails
    place = next((place for place, mail in enumerate(mails) if mail.key == key), None)
    if place is None:
        recent = [mail for mail in mails if now_s - mail.at_s < HOUR_S]
        answered = sum(mail.is_reply for mail in recent if now_s - mail.at_s < PING_PONG_S)
        is_over = len(recent) >= per_hour or (is_reply and answered >= PING_PONG_COUNT)
        mails[:] = [*recent, Counted(now_s, key, is_reply, is_over)][-PER_SENDER_MAX_COUNT:]
        place = len(mails) - 1
    is_over = mails[place].is_over
    return Judged(is_over, is_over and (place == 0 or not mails[place - 1].is_over))


def _kept(senders: dict[str, list[Counted]], now_s: float) -> dict[str, list[Counted]]:
    """Those who wrote within the hour, the newest ones."""
    recent = {address: mails for address, mails in senders.items() if mails and now_s - mails[-1].at_s < HOUR_S}
    surplus = len(recent) - SENDERS_MAX_COUNT
    return dict(list(recent.items())[surplus:]) if surplus > 0 else recent

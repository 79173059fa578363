"""What comes back: notifications about mails of ours become news of them, and addresses that can't be reached are suppressed (E7)."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from adapters.email import fates
from adapters.email.fates import Of
from adapters.email.found import Found
from adapters.email.marks import SENT, SUPPRESSED, Marks
from adapters.email.threads import Threads
from adapters.email.tokens import Tokens
from adapters.email.words import Mail, Report
from gateway.core.events import Inbound
from gateway.core.ids import ChannelName


class Returns:
    """Of one channel. `counts`: what came back."""

    def __init__(
        self, name: ChannelName, marks: Marks, threads: Threads, tokens: Tokens, *, counts: Counter[str], now: Callable[[], datetime]
    ) -> None:  # fmt: skip
        self._name = name
        self._marks = marks
        self._threads = threads
        self._tokens = tokens
        self._counts = counts
        self._now = now

    async def news(self, mail: Mail, report: Report, *, key: str, sender: str, at: datetime) -> tuple[Inbound, ...]:
        """What a notification tells of a mail of ours; nothing where it is about none."""
        about = await self._about(mail, report)
        self._counts["reports" if about else "unknown_reports"] += 1
        if about is None:
            return ()
        customer = (await self._threads.customers([about.thread])).get(about.thread, "")
        if suppressed := fates.suppressed(report, customer):
            self._counts["bounces"] += 1
            await self._marks.mark(self._name, SUPPRESSED, suppressed, self._now())
        found = Found(key=key, at=at, sender=sender, thread=about.thread)
        event = fates.fate(self._name, report, found, about)
        return () if event is None else (event,)

    async def lift(self, addresses: Iterable[str]) -> None:
        """Mail has come from these, truly: they can be reached again."""
        wanted = sorted(set(addresses))
        suppressed = await self._marks.marks(self._name, SUPPRESSED, wanted) if wanted else {}
        if suppressed:
            await self._marks.unmark(self._name, SUPPRESSED, sorted(suppressed))

    async def _about(self, mail: Mail, report: Report) -> Of | None:
        """By our Message-ID, by the address that it came back to, or by the name that a server gave our mail."""
        if about := fates.of(report, self._tokens):
            return about
        keys = fates.keys_of(mail, report, self._tokens)
        noted = await self._marks.marks(self._name, SENT, keys) if keys else {}
        return next((fates.noted(noted[key]) for key in keys if key in noted), None)

"""Pulls the messages of one customer-service account, page by page; each item durable before the mark moves behind it."""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable

from msgspec import structs

from adapters.shared.holding import Hold, LeaseLost
from adapters.shared.wechat.codes import Refusal
from adapters.wecom_kf import items, rules
from adapters.wecom_kf.api import KfApi, Page
from adapters.wecom_kf.codes import CALL_TOKEN_CODE, KF_CODES, meaning_of
from adapters.wecom_kf.cursors import Cursors, Mark, Overtaken
from adapters.wecom_kf.names import Names
from gateway.core.channel import Accept
from gateway.core.errors import Busy, FrontdeskError, SendError
from gateway.core.events import Inbound, Said, Visit

log = logging.getLogger(__name__)

FRESH_S = 600.0
"""How far back an account begins that was never seen before."""
PAUSES_S = (1.0, 2.0, 5.0, 15.0, 60.0)
"""After the first, second... failure in a row."""
BUSY_MAX_S = 10.0
ACCEPTING_COUNT = 16
"""Conversations of a page that are made durable at the same time; each one's messages keep their order."""
ODD_TRIES = 3
"""How often an event is offered that is refused in a way nobody has foreseen. Then it is left out: it must not hold up the rest."""
PROBE_AFTER = 3
"""Unknown refusals in a row after which the cursor itself is suspected."""
HARMLESS = frozenset({"servicer", "old", "servicer_status_change", "servicer_recall_msg"})
"""What is left out by intent, and needs no line in the log."""

Greet = Callable[[str, str, items.Welcome], None]
"""Sends somebody who has opened a conversation (customer-service account, customer) on their way to a greeting; at once."""


class Puller:
    """One account's. `counts`: what was not taken, by why."""

    def __init__(
        self, place: items.Place, api: KfApi, *, cursors: Cursors, names: Names, greet: Greet, poll_s: Callable[[], float],
        now_s: Callable[[], float], counts: Counter[str], sleep: Callable[[float], Awaitable[None]],
    ) -> None:  # fmt: skip
        self._place = place
        self._api = api
        self._cursors = cursors
        self._names = names
        self._greet = greet
        self._poll_s = poll_s
        self._now_s = now_s
        self._counts = counts
        self._sleep = sleep
        self._woken = asyncio.Event()
        self._call_token = ""
        self._token_until_s = 0.0
        self._failures = 0

    def wake(self, call_token: str, at_s: float) -> None:
        """A callback has come, with a Token that may be used for some minutes."""
        if call_token:
            self._call_token, self._token_until_s = call_token, at_s + rules.CALL_TOKEN_S
        self._woken.set()

    async def run(self, hold: Hold, accept: Accept) -> None:
        """Until cancelled. Raises LeaseLost or Overtaken: then another process goes on."""
        mark: Mark | None = None
        while True:
            self._woken.clear()
            pause_s, has_more = 0.0, False
            try:
                mark = mark or await self._begin()
                mark, has_more = await self._page(mark, hold, accept)
                self._failures = 0
            except (LeaseLost, Overtaken):
                raise
            except (Refusal, FrontdeskError, OSError) as error:
                pause_s = self._pause(error)
            except Exception as error:  # the outermost loop of one account: whatever it was, the others go on, and so does this one
                log.exception("messages could not be fetched", extra=self._who())
                pause_s = self._pause(error)
            if pause_s:
                await self._sleep(pause_s)
            elif not has_more:
                await self._wait()

    async def _begin(self) -> Mark:
        """Where we are. A first mark is kept at once, or what comes while nobody runs would be older than the next beginning."""
        mark = await self._cursors.read(self._place.open_kfid)
        if mark is None:
            mark = Mark("", since_s=self._now_s() - FRESH_S, count=1)
            await self._cursors.write(self._place.open_kfid, mark)
        return mark

    async def _page(self, mark: Mark, hold: Hold, accept: Accept) -> tuple[Mark, bool]:
        """One page taken: the mark behind it, and whether there is more."""
        page = await self._fetch(mark)
        events = self._read(page, mark)
        await self._names.learn(event.sender.value for event, _ in events if isinstance(event.event, Said))
        await self._accept_all(events, accept)
        if not page.cursor or page.cursor == mark.cursor:
            return mark, False
        hold.check()
        moved = structs.replace(mark, cursor=page.cursor, count=mark.count + 1)
        await self._cursors.write(self._place.open_kfid, moved)
        return moved, page.has_more

    # ---- asking ----------------------------------------------------------------------------------------------------------------

    async def _fetch(self, mark: Mark) -> Page:
        """The next page. A Token that is over is left out; a cursor that the platform does not know any more is given up."""
        kfid, call_token = self._place.open_kfid, self._token()
        try:
            return await self._api.page(kfid, mark.cursor, call_token)
        except Refusal as refusal:
            if refusal.code == CALL_TOKEN_CODE and call_token:
                self._call_token = ""
                return await self._api.page(kfid, mark.cursor, "")
            if not self._suspects_cursor(mark, refusal):
                raise
            page = await self._api.page(kfid, "", call_token)
        log.warning("a cursor was lost: three days are read again, and what is known is left out", extra=self._who())
        return page

    def _suspects_cursor(self, mark: Mark, refusal: Refusal) -> bool:
        """The platform does not say with which code it refuses a cursor: its words do, or that nothing else helps."""
        is_unknown = refusal.code not in KF_CODES and self._failures >= PROBE_AFTER
        return bool(mark.cursor) and ("cursor" in refusal.message.lower() or is_unknown)

    def _token(self) -> str:
        return self._call_token if self._now_s() < self._token_until_s else ""

    # ---- taking ----------------------------------------------------------------------------------------------------------------

    def _read(self, page: Page, mark: Mark) -> list[tuple[Inbound, items.Welcome | None]]:
        """What is in a page for us, in the order in which it was sent."""
        found: list[tuple[Inbound, items.Welcome | None]] = []
        for raw in sorted(page.items, key=items.sent_s):
            read = items.read(raw, self._place, self._now_s())
            why_not = "old" if read.event is not None and 0 < items.sent_s(raw) < mark.since_s else read.why_not
            if read.event is not None and not why_not:
                found.append((read.event, read.welcome))
            else:
                self._left_out(why_not)
        return found

    async def _accept_all(self, events: list[tuple[Inbound, items.Welcome | None]], accept: Accept) -> None:
        """All durable on return, but for those that nobody can accept."""
        threads: dict[str, list[tuple[Inbound, items.Welcome | None]]] = defaultdict(list)
        for event, welcome in events:
            threads[event.thread].append((event, welcome))
        room = asyncio.Semaphore(ACCEPTING_COUNT)

        async def take(those: list[tuple[Inbound, items.Welcome | None]]) -> None:
            async with room:
                for event, welcome in those:
                    if await self._accept(self._named(event), accept) and welcome is not None:
                        self._greet(self._place.open_kfid, event.sender.value, welcome)

        async with asyncio.TaskGroup() as tasks:
            for those in threads.values():
                tasks.create_task(take(those))

    async def _accept(self, event: Inbound, accept: Accept) -> bool:
        """Whether it is new. Waits as long as there is no room: what is behind it must not go before it."""
        odd = 0
        while True:
            try:
                return await accept(event)
            except Busy as busy:
                await self._sleep(min(BUSY_MAX_S, busy.retry_after_s))
            except OSError:
                await self._sleep(1.0)
            except Exception as error:  # whatever it was, one event must not hold up all that are behind it
                odd += 1
                if odd < ODD_TRIES and not isinstance(error, FrontdeskError):
                    await self._sleep(1.0)
                    continue
                log.exception("a message could not be taken, and is left out", extra=self._who())
                self._counts["poisoned"] += 1
                return False

    def _named(self, event: Inbound) -> Inbound:
        name = self._names.of(event.sender.value) if isinstance(event.event, Said) else None
        return structs.replace(event, visit=Visit(name=name)) if name else event

    def _left_out(self, why: str) -> None:
        self._counts[why] += 1
        if why not in HARMLESS:
            log.warning("an item of WeCom was left out", extra={**self._who(), "why": why})

    # ---- waiting ---------------------------------------------------------------------------------------------------------------

    def _pause(self, error: Exception) -> float:
        """How long to wait after this; said aloud the first time."""
        self._failures += 1
        pause_s = PAUSES_S[min(self._failures, len(PAUSES_S)) - 1]
        words = type(error).__name__
        if isinstance(error, Refusal):
            meaning = meaning_of(error)
            pause_s, words = max(pause_s, min(meaning.wait_s or 0.0, PAUSES_S[-1])), f"{meaning.words} ({error.code})"
        elif isinstance(error, SendError):
            words = error.reason
        if self._failures in (1, len(PAUSES_S)):
            log.warning("messages can't be fetched just now", extra={**self._who(), "why": words})
        return pause_s

    async def _wait(self) -> None:
        """For a callback, or until it is time to look without one."""
        try:
            async with asyncio.timeout(self._poll_s()):
                await self._woken.wait()
        except TimeoutError:
            return

    def _who(self) -> dict[str, str]:
        return {"channel": self._place.channel, "open_kfid": self._place.open_kfid}

"""Takes what is new in one mailbox: search, fetch, hand over, and only then note how far we are."""

import asyncio
import logging
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import datetime

from msgspec import structs

from adapters.email.imap.batches import Batch, Batches, Unfetched
from adapters.email.imap.connection import Connection
from adapters.email.imap.places import (
    Overtaken,
    Place,
    Places,
    begun,
    criteria,
    due_aside,
    is_moved,
    newest_s,
    put_off,
    searched,
    set_aside,
    without_aside,
)
from adapters.email.imap.tally import Tally
from adapters.email.words import Fetched
from adapters.shared.holding import Hold, LeaseLost
from gateway.core.errors import Busy, FrontdeskError

log = logging.getLogger(__name__)

PAUSES_S = (0.5, 1.0, 2.0, 5.0, 10.0)
"""While nobody has room for what was fetched."""
ODD_TRIES = 3
"""How often a mail is offered alone that is refused in a way nobody has foreseen. Then it is set aside, if others could be taken."""

Take = Callable[[Sequence[Fetched]], Awaitable[None]]
"""Makes mails durable and accepts them, in this order; on return they are ours. May be given the same mails again."""


class Untaken(FrontdeskError):
    """Nobody could take anything: nothing is left out, all of it is offered again later, together with what has come by then."""


class Reader:
    """One mailbox's; outlives connections."""

    def __init__(
        self, mailbox: str, *, account: str, places: Places, batches: Batches, tally: Tally, first_days: int, is_marking: bool,
        now: Callable[[], datetime], sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        """`is_marking`: what was taken is marked as read."""
        self.mailbox = mailbox
        self.tally = tally
        self._account = account
        self._places = places
        self._batches = batches
        self._first_days = first_days
        self._is_marking = is_marking
        self._now = now
        self._sleep = sleep
        self._suspect = 0

    async def look(self, connection: Connection, hold: Hold, take: Take) -> None:
        """Take all that is new. Raises ImapTrouble, Untaken, LeaseLost, Overtaken, and what the notebook raises."""
        selected = await connection.select(self.mailbox, is_writing=self._is_marking)
        known = await self._places.read(self.mailbox)
        place = begun(known, self._account, selected, self._now(), self._first_days)
        if place is not known:
            if is_moved(known, self._account, selected):
                self.tally.rescan_count += 1
                log.warning("a mailbox was made anew: it is read again by date, and what is known is left out", extra=self._who())
            await self._note(place, hold)
        found = await self._search(connection, place) if selected.exists_count else []
        self.tally.behind_count = len(found)
        try:
            place = await self._drain(connection, place, found, hold, take)
        except Unfetched as unfetched:
            await self._blame(unfetched.uids, hold)
            raise unfetched.cause from None
        self.tally.behind_count = 0
        if searched(place, found) > place.last_uid:
            await self._note(structs.replace(place, last_uid=searched(place, found), count=place.count + 1), hold)
        self.tally.went_well(self._now())
        await self._try_aside(connection, hold, take)

    async def _try_aside(self, connection: Connection, hold: Hold, take: Take) -> None:
        """What was set aside and is due. It is put off before it is tried: it may break whatever tries it."""
        while (place := await self._places.read(self.mailbox)) and (tried := due_aside(place, self._now())):
            place = put_off(place, tried, self._now())
            await self._note(place, hold)
            try:
                mails = await self._batches.single(connection, place, tried.uid)
            except Unfetched as unfetched:
                raise unfetched.cause from None
            if not mails or await self._offer(mails, hold, take, tries=1):
                await self._note(without_aside(place, tried.uid), hold)
                self.tally.taken_count += len(mails)

    async def _search(self, connection: Connection, place: Place) -> list[int]:
        found: set[int] = set()
        for words in criteria(place):
            found.update(await connection.search(*words))
        return sorted(uid for uid in found if uid > place.last_uid)

    async def _drain(self, connection: Connection, place: Place, found: list[int], hold: Hold, take: Take) -> Place:
        """Where we are afterwards."""
        async with aclosing(self._batches.read(connection, place, found)) as batches:
            async for batch in batches:
                if batch.upto_uid <= place.last_uid:
                    continue  # the end of what was looked at, which the last mail has told
                left_out = [*batch.left_out, *await self._take(batch.mails, hold, take)]
                place = structs.replace(
                    set_aside(place, left_out, self._now()), last_uid=max(place.last_uid, batch.upto_uid), count=place.count + 1,
                    newest_s=newest_s(place, [mail.at for mail in batch.mails], self._now()), tried_uid=0, tries=0,
                )  # fmt: skip
                await self._note(place, hold)
                self._count(batch, left_out, len(found) - bisect_right(found, place.last_uid))
                if self._is_marking and batch.mails:
                    await connection.mark_seen([mail.uid for mail in batch.mails])
        return place

    def _count(self, batch: Batch, left_out: Sequence[int], behind_count: int) -> None:
        self.tally.taken_count += len(batch.mails)
        self.tally.left_out_count += len(left_out)
        self.tally.behind_count = behind_count
        self.tally.went_well(self._now())
        for uid in left_out:
            log.error(
                "a mail could not be taken; it still lies in its mailbox, and is tried again for a week", extra={**self._who(), "uid": uid}
            )

    async def _take(self, mails: Sequence[Fetched], hold: Hold, take: Take) -> list[int]:
        """Hand mails over; the UIDs of those that nobody could take. Raises Untaken where these are all: then it is not their fault."""
        if not mails or await self._offer(mails, hold, take, tries=1):
            return []
        refused = [] if len(mails) > 1 else list(mails)
        for mail in mails if len(mails) > 1 else ():
            if not await self._offer([mail], hold, take, tries=ODD_TRIES):
                refused.append(mail)
        if len(refused) == len(mails):
            raise Untaken
        return [mail.uid for mail in refused]

    async def _offer(self, mails: Sequence[Fetched], hold: Hold, take: Take, *, tries: int) -> bool:
        """Whether they were taken. Waits as long as there is no room."""
        busy = odd = 0
        while True:
            hold.check()
            try:
                await take(mails)
            except (LeaseLost, Overtaken):
                raise
            except (Busy, OSError) as error:
                self.tally.went_wrong("store", type(error).__name__)
                asked_s = min(PAUSES_S[-1], error.retry_after_s) if isinstance(error, Busy) else 0.0
                await self._sleep(max(asked_s, PAUSES_S[min(busy, len(PAUSES_S) - 1)]))
                busy += 1
            except Exception:  # whatever it was: one mail must not hold up all that are behind it
                log.exception("mails could not be taken", extra=self._who())
                odd += 1
                if odd >= tries:
                    return False
                await self._sleep(PAUSES_S[odd])
            else:
                return True

    async def _blame(self, uids: Sequence[int], hold: Hold) -> None:
        """Remember what could not be fetched. Once is nothing: lines break.

        Of several, the second time, to go one by one. Of one, how often: in the notebook, because it may be our end that it brings about.
        """
        if self._suspect == uids[0]:
            self._batches.be_careful(uids[-1])
        self._suspect = uids[0]
        place = await self._places.read(self.mailbox)
        if place is not None and len(uids) == 1:
            tries = place.tries + 1 if place.tried_uid == uids[0] else 1
            log.warning("a mail could not be fetched", extra={**self._who(), "uid": uids[0], "tries": tries})
            await self._note(structs.replace(place, tried_uid=uids[0], tries=tries, count=place.count + 1), hold)

    async def _note(self, place: Place, hold: Hold) -> None:
        hold.check()
        await self._places.write(self.mailbox, place)

    def _who(self) -> dict[str, str]:
        return {"mailbox": self.mailbox}

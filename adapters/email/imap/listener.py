"""Reads the mailboxes of one channel, and forgets nothing: one process of all, told of new mail at once where the server can.

    the server stirs, or it is time  ->  what is behind our place  ->  fetched, taken, durable  ->  the place moves  ->  wait

A connection for each of the first two mailboxes and one for all others, because a server tells of new mail in the mailbox that is open, and
in no other. A connection that breaks is opened again, at growing distances; one that is refused for its login much later, so that nobody
locks the account. A mailbox that nobody could read for `alarm_s` is said aloud.
"""

import asyncio
import logging
import random
import ssl
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from adapters.email.imap.batches import Batches
from adapters.email.imap.connection import Connection
from adapters.email.imap.door import LOOK_S, Door
from adapters.email.imap.errors import ImapTrouble
from adapters.email.imap.places import Overtaken, Places
from adapters.email.imap.reader import Reader, Take, Untaken
from adapters.email.imap.tally import Status, Tally, status_of
from adapters.email.oauth import Bearer, Logins, LoginTrouble, Notebook
from adapters.email.providers import provider_of
from adapters.email.words import Fetched
from adapters.shared.holding import LEASE_S, Hold, LeaseLost, Leases
from config.email import Email
from gateway.core.errors import FrontdeskError
from gateway.core.ids import ChannelName

log = logging.getLogger(__name__)

AGAIN_S = 2.0
"""Between two tries to get the lease, and after whatever stopped the work."""
CONNECTIONS_MAX_COUNT = 3
IDLE_MAX_S = 540.0
"""IDLE is begun anew before routers and servers forget it: RFC 2177 says 29 minutes, the field says ten."""
IDLE_POLLS = 6
PAUSES_S = (1.0, 2.0, 5.0, 15.0, 60.0, 300.0)
"""After the first, second... failure in a row."""
LOGIN_PAUSES_S = (30.0, 120.0, 600.0, 1800.0)
BUSY_S = 30.0
WATCH_S = 15.0

__all__ = ["Listener", "Status", "Take"]


class Listener:
    """Runs in every process that listens; one of them reads."""

    def __init__(
        self, name: ChannelName, settings: Email, *, notebook: Notebook, leases: Leases, login: Logins, now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep, spread: Callable[[], float] = random.random,
        tls: ssl.SSLContext | None = None,
    ) -> None:  # fmt: skip
        """`spread`: a number from 0 to 1, so that many clients do not come at once; `tls`: for an authority of one's own."""
        self._name = name
        self._settings = settings
        self._places = Places(name, notebook)
        self._door = Door(name, notebook, now=now)
        self._leases = leases
        self._login = login
        self._now = now
        self._sleep = sleep
        self._spread = spread
        self._tls = tls
        self._can_idle = settings.idle and not provider_of(settings.imap.host).lacks_idle
        self._tallies: list[Tally] = []
        self._is_alarm = False

    async def run(self, take: Take) -> None:
        """Until cancelled. `take` gets at most 50 mails, of one mailbox, in their order; one call at a time, whatever mailbox it is for."""
        while True:
            hold = Hold(f"listen/{self._name}", self._leases, ttl_s=LEASE_S)
            try:
                if await hold.take():
                    await self._work(hold, take)
            except* (LeaseLost, Overtaken):
                log.warning("another process reads the mailboxes now", extra=self._who())
            except* (FrontdeskError, OSError):
                log.warning("the bus or the store can't be reached; mails wait in their mailboxes", extra=self._who())
            except* Exception:  # the outermost loop of a worker
                log.exception("reading the mailboxes starts over", extra=self._who())
            finally:
                self._tallies = []
                await hold.give_back()
            await self._sleep(AGAIN_S)

    def status(self) -> Status:
        """How reading goes, of this process."""
        return status_of(self._tallies, self._now(), self._settings.alarm_s)

    async def append(self, mailbox: str, raw: bytes) -> bool:
        """Lay a copy of a mail of ours into a mailbox. Best effort, on a connection of its own; never raises but cancellation."""
        try:
            connection = await self._open("")
            try:
                await connection.append(mailbox, raw)
            finally:
                await connection.close()
        except (ImapTrouble, LoginTrouble, OSError) as error:
            log.warning("a sent mail could not be copied to its mailbox", extra={**self._who(), "mailbox": mailbox, "why": _why(error)[0]})
            return False
        return True

    # ---- work ------------------------------------------------------------------------------------------------------------------

    async def _work(self, hold: Hold, take: Take) -> None:
        """As long as the lease is ours; it ends by raising."""
        readers = [self._reader(mailbox) for mailbox in dict.fromkeys(self._settings.imap.mailboxes)]
        self._tallies = [reader.tally for reader in readers]
        self._is_alarm = False
        turn = asyncio.Lock()

        async def in_turn(mails: Sequence[Fetched]) -> None:
            async with turn:
                await take(mails)

        alone, together = readers[: CONNECTIONS_MAX_COUNT - 1], readers[CONNECTIONS_MAX_COUNT - 1 :]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(hold.keep(), name="keep the lease")
            tasks.create_task(self._watch(), name="watch")
            for group in [*([reader] for reader in alone), *([together] if together else [])]:
                tasks.create_task(self._serve(group, hold, in_turn), name=f"read {group[0].mailbox}")

    def _reader(self, mailbox: str) -> Reader:
        settings = self._settings
        batches = Batches(mailbox, whole_max_bytes=settings.message_max_bytes, now=self._now)
        return Reader(
            mailbox, account=f"{settings.imap.user}@{settings.imap.host}", places=self._places, batches=batches,
            tally=Tally(mailbox, self._now()), first_days=settings.first_days, is_marking=settings.mark_seen, now=self._now,
            sleep=self._sleep,
        )  # fmt: skip

    async def _serve(self, readers: Sequence[Reader], hold: Hold, take: Take) -> None:
        """Connection after connection. Raises LeaseLost and Overtaken only."""
        failures = 0
        while True:
            before = sum(reader.tally.success_count for reader in readers)
            try:
                await self._serve_one(readers, hold, take)
            except (LeaseLost, Overtaken):
                raise
            except Exception as error:  # the outermost loop of a connection: whatever it was, the next one may do better
                got_on = sum(reader.tally.success_count for reader in readers) > before
                failures = 1 if got_on else failures + 1
                pause_s = self._pause(error, failures, readers)
            await self._rest(pause_s)

    async def _rest(self, pause_s: float) -> None:
        """A long pause is over as soon as somebody has found that the server takes us."""
        if pause_s <= LOOK_S:
            return await self._sleep(pause_s)
        waits = [asyncio.ensure_future(self._sleep(pause_s)), asyncio.ensure_future(self._door.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _serve_one(self, readers: Sequence[Reader], hold: Hold, take: Take) -> None:
        """One connection, until it breaks."""
        connection = await self._open("")
        try:
            while True:
                for reader in readers:
                    await self._look(reader, connection, hold, take, is_alone=len(readers) == 1)
                await self._wait(connection, is_alone=len(readers) == 1)
        finally:
            await connection.close()

    async def _look(self, reader: Reader, connection: Connection, hold: Hold, take: Take, *, is_alone: bool) -> None:
        """A mailbox that can't be opened does not hold up those that share its connection."""
        try:
            await reader.look(connection, hold, take)
        except ImapTrouble as trouble:
            if is_alone or trouble.code not in ("no_mailbox", "refused"):
                raise
            self._complain(trouble, [reader], is_aloud=reader.tally.trouble != trouble.code)

    async def _wait(self, connection: Connection, *, is_alone: bool) -> None:
        """For something new, or until it is time to look."""
        poll_s = self._settings.poll_s
        if is_alone and self._can_idle and connection.can_idle:
            try:
                await connection.idle(min(IDLE_MAX_S, IDLE_POLLS * poll_s) * (0.85 + 0.15 * self._spread()))
            except ImapTrouble as trouble:
                if trouble.code != "no_idle":
                    raise
                log.info("the server does not tell of new mail; it is asked again and again", extra=self._who())
                self._can_idle = False
            else:
                return
        await self._sleep(poll_s * (0.8 + 0.2 * self._spread()))

    async def _open(self, refused: str) -> Connection:
        """A connection. A token that the server refuses is renewed once."""
        settings = self._settings
        credentials = await self._login.credentials("imap", refused=refused)
        try:
            return await Connection.open(
                settings.imap, credentials, timeout_s=settings.timeout_s, literal_max_bytes=settings.message_max_bytes, tls=self._tls
            )
        except ImapTrouble as trouble:
            if refused or trouble.code != "login_refused" or not isinstance(credentials, Bearer):
                raise
        return await self._open(credentials.token)

    # ---- trouble ---------------------------------------------------------------------------------------------------------------

    def _pause(self, error: Exception, failures: int, readers: Sequence[Reader]) -> float:
        """How long to wait after this; said aloud when it happens again, and when it lasts."""
        is_known = isinstance(error, FrontdeskError | OSError)
        if not is_known:
            log.error("a mailbox could not be read", exc_info=error, extra=self._who())
        is_login = (isinstance(error, ImapTrouble) and error.is_login) or (isinstance(error, LoginTrouble) and error.is_lasting)
        steps = LOGIN_PAUSES_S if is_login else PAUSES_S
        self._complain(error, readers, is_aloud=is_known and (failures in (2, len(steps)) or (is_login and failures == 1)))
        pause_s = steps[min(failures, len(steps)) - 1]
        if isinstance(error, ImapTrouble) and error.code == "busy":
            pause_s = max(pause_s, BUSY_S)
        return max(pause_s, getattr(error, "retry_after_s", 0.0) or 0.0) * (0.8 + 0.4 * self._spread())

    def _complain(self, error: Exception, readers: Sequence[Reader], *, is_aloud: bool) -> None:
        why, detail = _why(error)
        for reader in readers:
            reader.tally.went_wrong(why, detail)
        if is_aloud:
            mailboxes = ", ".join(reader.mailbox for reader in readers)
            log.warning("mails can't be read just now", extra={**self._who(), "mailbox": mailboxes, "why": why, "detail": detail})

    async def _watch(self) -> None:
        """Say aloud when nobody could read a mailbox for too long, and when it is over."""
        while True:
            await self._sleep(min(WATCH_S, self._settings.alarm_s / 4))
            status = self.status()
            if status.is_alarm and not self._is_alarm:
                extra = {**self._who(), "alarm_s": self._settings.alarm_s, "why": status.trouble, "detail": status.detail}
                log.error("no mail could be read for too long: customers are not heard", extra=extra)
            elif self._is_alarm and not status.is_alarm:
                log.warning("mails can be read again", extra=self._who())
            self._is_alarm = status.is_alarm

    def _who(self) -> dict[str, str]:
        return {"channel": self._name}


def _why(error: Exception) -> tuple[str, str]:
    """A stable word, and the other side's own."""
    if isinstance(error, ImapTrouble | LoginTrouble):
        return error.code, error.detail
    return ("untaken", "") if isinstance(error, Untaken) else ("store", type(error).__name__)

"""Fetches messages and events of 微信客服: one process for a channel, one puller for each customer-service account.

    a callback, or poll_s  ->  kf/sync_msg behind the mark  ->  each item durable, known by its key  ->  the mark moves  ->  has_more? again

Nothing is skipped: the mark moves only when all of a page is durable, so a process that dies in a page reads it again, and what it had
accepted is known by its keys. A callback carries no message, it wakes the puller and lends its Token, with which the platform lets us ask
more often; a lost one costs `poll_s` at most.

An account that was never seen before begins ten minutes ago and not at the three days that the platform keeps: what was answered elsewhere
before is not answered again, and the customer whose callback made us look is not overlooked.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Any, Protocol

import msgspec
from msgspec import Struct, structs

from adapters.shared.holding import LEASE_S, Hold, LeaseLost, Leases
from adapters.shared.wechat.codes import Refusal
from adapters.wecom_kf import items
from adapters.wecom_kf.api import KfApi
from adapters.wecom_kf.codes import meaning_of
from adapters.wecom_kf.cursors import Cursors, Overtaken
from adapters.wecom_kf.names import Names
from adapters.wecom_kf.puller import Puller
from gateway.core.channel import Accept
from gateway.core.errors import FrontdeskError, SendError

log = logging.getLogger(__name__)

AGAIN_S = 2.0
"""Between two tries to get the lease, and after whatever stopped the work."""
ACCOUNTS_S = 600.0
"""How often the list of accounts is asked for; a new one that calls is known at once."""
APART_S = 0.1
"""Between two askings without a callback, of all accounts together: with very many of them each is asked for less often. WeCom limits these
calls strictly, without a number."""
GREETINGS_MAX_COUNT = 50
"""On their way at the same time; in a greater rush the rest goes without."""


class Subscription(Protocol):
    """Signals as they come."""

    def __aiter__(self) -> AsyncIterator[tuple[str, bytes]]: ...

    async def close(self) -> None: ...


class Signals(Protocol):
    """The part of the bus that tells other processes."""

    async def signal(self, topic: str, payload: bytes) -> None: ...

    async def subscribe(self, *topics: str) -> Subscription: ...


class News(Struct, frozen=True):
    """What a callback said, on its way to the listener."""

    open_kfid: str
    token: str
    at_s: float


Sleep = Callable[[float], Coroutine[Any, Any, None]]
SayHello = Callable[[str, str, items.Welcome], Coroutine[Any, Any, None]]
"""Greets who has opened a conversation (customer-service account, customer). Never raises anything but cancellation."""


class Listener:
    """Runs for one channel. `counts`: what was not taken, by why."""

    def __init__(
        self, place: items.Place, api: KfApi, *, open_kfids: Sequence[str], poll_s: float, cursors: Cursors, bus: Signals, leases: Leases,
        say_hello: SayHello, now_s: Callable[[], float], sleep: Sleep = asyncio.sleep,
    ) -> None:  # fmt: skip
        """`place` without an account: all of the company's, or those of `open_kfids`."""
        self._place = place
        self._api = api
        self._configured = tuple(open_kfids)
        self._poll_s = poll_s
        self._cursors = cursors
        self._names = Names(api, now_s)
        self._bus = bus
        self._leases = leases
        self._say_hello = say_hello
        self._now_s = now_s
        self._sleep = sleep
        self._pullers: dict[str, Puller] = {}
        self._greetings = 0
        self.counts: Counter[str] = Counter()

    @property
    def _topic(self) -> str:
        return f"wecom_kf/{self._place.channel}"

    async def wake(self, news: News) -> None:
        """Tell the listener, in whichever process it runs. Never raises: it looks by itself too."""
        try:
            await self._bus.signal(self._topic, msgspec.json.encode(news))
        except (FrontdeskError, OSError):
            log.warning("a callback could not be passed on; its messages are fetched a little later", extra=self._who())

    async def run(self, accept: Accept) -> None:
        """Until cancelled."""
        while True:
            hold = Hold(f"listen/{self._place.channel}", self._leases, ttl_s=LEASE_S)
            try:
                if await hold.take():
                    await self._work(hold, accept)
            except* (LeaseLost, Overtaken):
                log.warning("another process fetches the messages now", extra=self._who())
            except* (FrontdeskError, OSError):
                log.warning("the bus or the store can't be reached; messages wait at the platform", extra=self._who())
            except* Exception:  # the outermost loop of a worker
                log.exception("fetching messages starts over", extra=self._who())
            finally:
                await hold.give_back()
            await self._sleep(AGAIN_S)

    async def _work(self, hold: Hold, accept: Accept) -> None:
        """As long as the lease is ours; it ends by raising."""
        self._pullers = {}
        self._greetings = 0
        subscription = await self._bus.subscribe(self._topic)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(hold.keep(), name="keep the lease")

                def begin(open_kfid: str) -> Puller:
                    if open_kfid not in self._pullers:
                        self._pullers[open_kfid] = self._puller(open_kfid, tasks)
                        tasks.create_task(self._pullers[open_kfid].run(hold, accept), name=f"pull {open_kfid}")
                    return self._pullers[open_kfid]

                tasks.create_task(self._know_accounts(begin), name="accounts")
                await self._hear(subscription, begin)
        finally:
            await subscription.close()

    async def _hear(self, subscription: Subscription, begin: Callable[[str], Puller]) -> None:
        """Wake whom a callback is for; all of them where it names none (as it once did), and after signals were lost."""
        async for topic, payload in subscription:
            news = msgspec.json.decode(payload, type=News) if topic else News("", "", 0.0)
            woken = [begin(news.open_kfid)] if news.open_kfid else list(self._pullers.values())
            for puller in woken:
                puller.wake(news.token, news.at_s)
        raise OSError("the bus has ended the subscription")

    async def _know_accounts(self, begin: Callable[[str], Puller]) -> None:
        """Those of the configuration; or those known from before, and again and again those that the company has."""
        for one in self._configured or await self._cursors.accounts():
            begin(one)
        while not self._configured:
            for account in await self._listed():
                begin(account)
            if sorted(self._pullers) != await self._cursors.accounts():
                await self._cursors.note_accounts(list(self._pullers))
            await self._sleep(ACCOUNTS_S)

    async def _listed(self) -> list[str]:
        """The accounts that the app may manage; none where that can't be told: those that call are known all the same."""
        try:
            return [account.open_kfid for account in await self._api.accounts() if account.is_ours and account.open_kfid]
        except Refusal as refusal:
            log.warning("the accounts can't be listed", extra={**self._who(), "why": f"{meaning_of(refusal).words} ({refusal.code})"})
        except SendError as error:
            log.warning("the accounts can't be listed", extra={**self._who(), "why": error.reason})
        return []

    def _puller(self, open_kfid: str, tasks: asyncio.TaskGroup) -> Puller:
        def greet(kfid: str, customer: str, welcome: items.Welcome) -> None:
            if self._greetings < GREETINGS_MAX_COUNT:
                self._greetings += 1
                tasks.create_task(self._say_hello(kfid, customer, welcome)).add_done_callback(self._greeted)

        return Puller(
            structs.replace(self._place, open_kfid=open_kfid), self._api, cursors=self._cursors, names=self._names, greet=greet,
            poll_s=lambda: max(self._poll_s, APART_S * len(self._pullers)), now_s=self._now_s, counts=self.counts, sleep=self._sleep,
        )  # fmt: skip

    def _greeted(self, _: asyncio.Task[None]) -> None:
        self._greetings -= 1

    def _who(self) -> dict[str, str]:
        return {"channel": self._place.channel}

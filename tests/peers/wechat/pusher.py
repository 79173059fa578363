"""Pushes: up to three attempts of five seconds, the same message each time under a new timestamp, nonce and signature."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import aiohttp

from tests.peers.wechat import rules
from tests.peers.wechat.account import Account, Fields, Phone
from tests.peers.wechat.clock import MovableClock
from tests.peers.wechat.sealing import Broken
from tests.peers.wechat.wire import push_of, reply_of

Outcome = Literal["answered", "silent", "late", "unreached", "status", "broken", "lost"]
MAX_BYTES = 256 * 1024


@dataclass(frozen=True)
class AttemptFault:
    """How one attempt goes wrong on the way."""

    is_unreached: bool = False
    """The request never arrives."""
    is_lost: bool = False
    """The response never arrives: the platform learns nothing of it."""
    cut_after_s: float | None = None
    """The platform hangs up so early."""
    delay_s: float = 0.0
    """The request is on its way for so long."""


@dataclass(frozen=True)
class Attempt:
    """What came of one."""

    at: datetime
    took_s: float
    outcome: Outcome
    status: int = 0
    body: bytes = b""
    why: str = ""
    query: dict[str, str] = field(default_factory=dict)


@dataclass
class Push:
    """One message or event on its way; `await push` until the platform is through with it."""

    fields: Fields
    attempts: list[Attempt] = field(default_factory=list)
    running: "asyncio.Task[None] | None" = None

    def __await__(self) -> Any:
        assert self.running is not None
        return self._through().__await__()

    async def _through(self) -> "Push":
        assert self.running is not None
        await asyncio.shield(self.running)
        return self

    @property
    def outcome(self) -> Outcome:
        """Of the last attempt."""
        return self.attempts[-1].outcome


class Pusher:
    """Carries pushes out, each in a task of its own: the platform waits for nobody's answer to one before it pushes the next."""

    def __init__(
        self,
        clock: MovableClock,
        http: aiohttp.ClientSession,
        *,
        nonce: Callable[[], str],
        start: Callable[[Coroutine[Any, Any, None]], Any],
    ) -> None:
        self._clock = clock
        self._http = http
        self._nonce = nonce
        self._start = start
        self.breaches: list[str] = []
        """What our side did that the platform would not understand."""

    def push(self, account: Account, openid: str, fields: Fields, phone: Phone | None) -> Push:
        """Begin; `phone` sees what comes of it (None: an event that the user has no part in)."""
        push = Push(fields)
        push.running = self._start(self._carry(account, openid, push, phone))
        return push

    async def _carry(self, account: Account, openid: str, push: Push, phone: Phone | None) -> None:
        for number in range(rules.PUSH_ATTEMPTS):
            began_s = self._clock.monotonic()
            attempt, reply = await self._attempt(account, openid, push.fields)
            push.attempts.append(attempt)
            if phone is not None:
                phone.on_change()
            if attempt.outcome in ("answered", "silent", "broken"):
                break
            if number < rules.PUSH_ATTEMPTS - 1:
                await self._clock.sleep(rules.PUSH_DEADLINE_S - (self._clock.monotonic() - began_s))
        if attempt.outcome == "broken":
            self.breaches.append(attempt.why)
        if phone is not None and phone.is_following:
            _show(account, phone, attempt, reply)

    async def _attempt(self, account: Account, openid: str, fields: Fields) -> tuple[Attempt, Fields | None]:
        fault = account.attempts.popleft() if account.attempts else AttemptFault()
        at, began_s, timestamp = self._clock.now(), self._clock.monotonic(), str(int(self._clock.now().timestamp()))
        query, body = push_of(account, fields, timestamp=timestamp, nonce=self._nonce(), salt=self._nonce().rjust(16, "0").encode()[:16])

        def made(outcome: Outcome, status: int = 0, said: bytes = b"", why: str = "") -> Attempt:
            return Attempt(at, self._clock.monotonic() - began_s, outcome, status, said, why, query)

        if fault.is_unreached:
            return made("unreached"), None
        deadline_s = rules.PUSH_DEADLINE_S if fault.cut_after_s is None else fault.cut_after_s
        answer = await self._within(deadline_s, self._ask(account, query, body, fault.delay_s))
        if answer is None:
            return made("late"), None
        status, said = answer
        if fault.is_lost:
            return made("lost", status, said), None
        if status != 200:
            return made("unreached" if not status else "status", status, said), None
        try:
            reply = reply_of(account, openid, said)
        except Broken as broken:
            return made("broken", status, said, str(broken)), None
        return made("answered" if reply else "silent", status, said), reply

    async def _ask(self, account: Account, query: dict[str, str], body: bytes, delay_s: float) -> tuple[int, bytes]:
        """(status, body); status 0: no connection, or none any more."""
        await self._clock.sleep(delay_s)
        kind = "text/xml" if account.style == "xml" else "application/json"
        try:
            async with self._http.post(
                account.push_url, params=query, data=body, headers={"Content-Type": kind}, allow_redirects=False
            ) as answer:
                return answer.status, await answer.content.read(MAX_BYTES)
        except (aiohttp.ClientError, ConnectionError):
            return 0, b""

    async def _within(self, deadline_s: float, work: Coroutine[Any, Any, tuple[int, bytes]]) -> tuple[int, bytes] | None:
        """What the work gives, or None at the deadline, which the platform's clock tells: then the connection is cut."""
        working, waiting = asyncio.ensure_future(work), asyncio.ensure_future(self._clock.sleep(deadline_s))
        try:
            await asyncio.wait((working, waiting), return_when=asyncio.FIRST_COMPLETED)
            return working.result() if working.done() else None
        finally:
            for task in (working, waiting):
                task.cancel()
            await asyncio.gather(working, waiting, return_exceptions=True)


def _show(account: Account, phone: Phone, attempt: Attempt, reply: Fields | None) -> None:
    """What the user sees of it."""
    if attempt.outcome == "silent":
        return
    if reply is None:
        phone.show("platform", "text", rules.OUT_OF_SERVICE)
        return
    kind = str(reply["MsgType"])
    inner = reply.get(kind.capitalize(), {})
    if kind in rules.MEDIA_TYPES and inner.get("MediaId") not in account.media:
        phone.show("platform", "text", rules.OUT_OF_SERVICE)
        return
    content = {"articles": reply["Articles"]} if kind == "news" else {"media_id": inner["MediaId"]} if "MediaId" in inner else {}
    phone.show("passive", kind, str(reply.get("Content", "")), **content)

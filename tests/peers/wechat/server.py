"""The platform over HTTP: its API for accounts' servers, and the pusher behind it."""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from tests.peers.wechat.account import Account, Fields, Phone
from tests.peers.wechat.calls import CALLS, Answer, Call, Content, Upload, as_json, refused, stable_token
from tests.peers.wechat.clock import MovableClock
from tests.peers.wechat.faults import Fault, Faults
from tests.peers.wechat.pusher import Push, Pusher
from tests.peers.wechat.sealing import signature
from tests.peers.wechat.tokens import TokenBook

AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
BODY_MAX_BYTES = 12 * 2**20
JSON = {"Content-Type": "application/json; encoding=utf-8"}
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"


@dataclass(frozen=True)
class Asked:
    """A call that came, and what it was told: 0 is ok, -2 a cut or a broken answer."""

    at: datetime
    name: str
    account: str
    errcode: int
    body: bytes = b""


Mounted = Callable[[web.Request], Coroutine[Any, Any, web.StreamResponse]]


class WeChatPlatform:
    """All accounts of one test. `async with platform.running():` serves `platform.url`, the `api_base` of our channels."""

    def __init__(self, clock: MovableClock | None = None, *, seed: int = 1, port: int = 0) -> None:
        self.clock = clock or MovableClock()
        self.accounts: dict[str, Account] = {}
        self.faults = Faults()
        self.asked: list[Asked] = []
        self.port = port
        self.mounted: list[tuple[str, str, Mounted]] = []
        """More routes (method, path, handler), such as those of 微信客服; to be added before it runs."""
        self.on_change: Callable[[], None] = lambda: None
        """Something can be seen that could not be before."""
        self._chance = random.Random(seed)
        self._message_ids = itertools.count(24_601_000_000_000_001)
        self._tasks: set[asyncio.Task[None]] = set()
        self._pusher: Pusher | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def breaches(self) -> list[str]:
        """Replies to pushes that the platform could not read."""
        return self._pushing.breaches

    def refusals(self, *names: str) -> list[int]:
        """The error codes that were given, in order; of these calls, or all."""
        return [one.errcode for one in self.asked if one.errcode not in (0, -2) and (not names or one.name in names)]

    def account(self, app_id: str = "wx0123456789abcdef", **settings: Any) -> Account:
        """A new account: a 服务号 in safe mode unless told otherwise."""
        number = len(self.accounts) + 1
        fresh = {"secret": f"secret{number:026d}", "token": f"Token{number}", "aes_key": AES_KEY, "original_id": f"gh_{number:012d}"}
        account = Account(app_id=app_id, tokens=TokenBook(self._token), **{**fresh, **settings})
        self.accounts[app_id] = account
        return account

    def phone(self, account: Account, openid: str = "", *, is_following: bool = True) -> Phone:
        """A user; following already, unless told otherwise (without a push, and without anything allowed)."""
        openid = openid or f"o{len(account.phones) + 1:027d}"
        phone = Phone(account, openid, now=self.clock.now, push=self.push)
        phone.is_following = is_following
        phone.followed_at = self.clock.now() if is_following else None
        phone.on_change = self._changed
        account.phones[openid] = phone
        return phone

    def _changed(self) -> None:
        self.on_change()

    def push(self, phone: Phone, fields: Fields) -> Push:
        """Send something to the account's server, as WeChat does. A message gets its MsgId here, an event none."""
        account, now_s = phone.account, int(self.clock.now().timestamp())
        whole = {"ToUserName": account.original_id, "FromUserName": phone.openid, "CreateTime": now_s, **fields}
        is_event = fields["MsgType"] == "event"
        if not is_event:
            whole["MsgId"] = next(self._message_ids)
        sees = None if fields.get("Event") in ("unsubscribe", "TEMPLATESENDJOBFINISH", "LOCATION", "VIEW") else phone
        return self._pushing.push(account, phone.openid, whole, sees)

    async def check_url(self, account: Account, *, echo: str = "5837397576500011341") -> tuple[int, str]:
        """(status, body) of the GET by which the backend checks the push address; it is right if the body is `echo`."""
        timestamp, nonce = str(int(self.clock.now().timestamp())), self._nonce()
        query = {"signature": signature(account.token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce, "echostr": echo}
        async with aiohttp.ClientSession() as http, http.get(account.push_url, params=query) as answer:
            return answer.status, await answer.text()

    async def settled(self) -> None:
        """Until no push is on its way."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    @asynccontextmanager
    async def running(self) -> AsyncIterator["WeChatPlatform"]:
        app = web.Application(client_max_size=BODY_MAX_BYTES)
        app.add_routes([web.route(method, path, handler) for method, path, handler in self.mounted])
        app.add_routes([web.route("*", "/cgi-bin/{name:.+}", self._called), web.get("/files/{app_id}/{media_id}", self._file)])
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port)
        await site.start()
        self.port = site.port
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        try:
            async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=None)) as http:
                self._pusher = Pusher(self.clock, http, nonce=self._nonce, start=self._begin)
                yield self
                await self._stop()
        finally:
            await self._stop()
            await runner.cleanup()

    async def _stop(self) -> None:
        """Nothing more is pushed."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def _pushing(self) -> Pusher:
        assert self._pusher is not None, "the platform does not run yet"
        return self._pusher

    def _begin(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _nonce(self) -> str:
        return str(self._chance.randrange(10**8, 10**10))

    def _token(self, size: int) -> str:
        return f"{len(self.accounts)}_" + "".join(self._chance.choices(LETTERS, k=size - 2))

    # ---- the API -----------------------------------------------------------------------------------------------------------------

    async def _called(self, request: web.Request) -> web.StreamResponse:
        call = await self._read(request)
        account = self._owner(call)
        fault = self.faults.take(short(call.name), account.app_id if account else "") or Fault()
        if fault.is_cut_before:
            return self._cut(request, call, account)
        if fault.status:
            self._note(call, account, fault.status)
            return web.Response(status=fault.status, text="<html><body>upstream</body></html>", content_type="text/html")
        if account and fault.kills_token == 40001:
            account.tokens.revoke()
        if account and fault.kills_token == 42001:
            account.tokens.expire(call.now)
        answer = refused(fault.errcode) if fault.errcode else self._judge(request, account, call)
        if fault.slow_s:
            await self.clock.sleep(fault.slow_s)
        if fault.is_cut_after:
            return self._cut(request, call, account)
        self._note(call, account, answer.get("errcode", 0) if isinstance(answer, dict) else 0)
        return _response(answer, is_garbage=fault.is_garbage)

    def _judge(self, request: web.Request, account: Account | None, call: Call) -> Answer:
        if call.name == "stable_token":
            return stable_token(account, call) if account else refused(40013)
        known = CALLS.get(call.name)
        if known is None:
            return refused(40066)
        method, handler = known
        token = call.query.get("access_token", "")
        if account is None:
            return refused(40014 if token else 41001)
        code = account.tokens.standing(token, call.now)
        if code:
            return refused(code)
        if request.method != method:
            return refused(43002)
        if method == "POST" and call.upload is None and call.name != "media/upload":
            read = as_json(call.body)
            if read is None:
                return refused(47001)
            call = replace(call, json=read)
        return handler(account, call)

    async def _read(self, request: web.Request) -> Call:
        name, query = request.match_info["name"], {**request.query, "base": self.url}
        now, ip = self.clock.now(), request.remote or ""
        if request.content_type.startswith("multipart/"):
            return Call(name, query, b"", now, ip, await _uploaded(request))
        body = await request.read()
        return Call(name, query, body, self.clock.now(), ip, json=(as_json(body) or {}) if name == "stable_token" else {})

    def _owner(self, call: Call) -> Account | None:
        """Whose call it is: by the appid, or by a token that was given to it once."""
        if call.name == "stable_token":
            return self.accounts.get(str(call.json.get("appid")))
        token, now = call.query.get("access_token", ""), call.now
        return next((one for one in self.accounts.values() if token and one.tokens.standing(token, now) != 40014), None)

    def _cut(self, request: web.Request, call: Call, account: Account | None) -> web.StreamResponse:
        self._note(call, account, -2)
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    def _note(self, call: Call, account: Account | None, code: int) -> None:
        self.asked.append(Asked(call.now, short(call.name), account.app_id if account else "", code, call.body))

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """What a video's address leads to."""
        account = self.accounts.get(request.match_info["app_id"])
        media = account.media.get(request.match_info["media_id"]) if account else None
        if media is None or self.clock.now() >= media.until:
            raise web.HTTPNotFound
        return web.Response(body=media.content, content_type=media.mime)


def short(name: str) -> str:
    """A call's name in scripts and records: `message/custom/send` is `custom/send`."""
    return "/".join(name.split("/")[-2:])


async def _uploaded(request: web.Request) -> Upload | None:
    async for part in await request.multipart():
        if isinstance(part, aiohttp.BodyPartReader) and part.name == "media":
            mime = part.headers.get("Content-Type", "application/octet-stream")
            return Upload(part.filename or "", mime, bytes(await part.read()))
    return None


def _response(answer: Answer, *, is_garbage: bool) -> web.Response:
    if is_garbage:
        return web.Response(text='{"errcode":0,"errm', headers=JSON)
    if isinstance(answer, Content):
        named = {"Content-Disposition": f'attachment; filename="{answer.media.name}"'}
        return web.Response(body=answer.media.content, content_type=answer.media.mime, headers=named)
    return web.Response(body=msgspec.json.encode(answer), headers=JSON)

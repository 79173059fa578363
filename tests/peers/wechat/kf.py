"""微信客服 of one company, scripted: its API, its callbacks, and the customers' side of it.

    platform = KfPlatform(clock); account = platform.account(); customer = platform.customer(account)
    async with platform.running():   # platform.url is the `api_base` of our channel
        customer.says("你好")         # kept for sync_msg, and the callback goes to platform.callback_url, if one is set

It imports nothing of ours, and its rules stand in `kf_rules.py`, what its calls do in `kf_calls.py`.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
from aiohttp import web

from tests.peers.wechat import kf_rules as rules
from tests.peers.wechat.clock import MovableClock
from tests.peers.wechat.faults import Fault, Faults
from tests.peers.wechat.kf_calls import CALLS
from tests.peers.wechat.kf_company import Answer, KfAccount, KfCompany, Refused
from tests.peers.wechat.sealing import seal, signature

AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
Handler = Callable[[web.Request], Coroutine[Any, Any, web.StreamResponse]]
_ESCAPED = re.compile(rb"(?<!\\)(?:\\\\)*\\u[0-9a-f]{4}")


class KfPlatform(KfCompany):
    """A company's WeCom with its wire: the API, and the callbacks."""

    def __init__(self, clock: MovableClock | None = None, *, seed: int = 1, prefix: str = "") -> None:
        super().__init__(clock, seed=seed)
        self.corp_id, self.secret = "ww0123456789abcdef", "kf-secret-of-forty-three-characters-0123456"
        self.token, self.aes_key = "KfToken123", AES_KEY
        self.callback_url = ""
        """Where callbacks go; "": nowhere, they are lost."""
        self.faults = Faults()
        self.asked: list[tuple[str, int]] = []
        """(call, error code) of each call."""
        self.allowed_ip: str | None = None
        """An address other than the caller's: then every call but gettoken gets 60020."""
        self.callbacks: list[int] = []
        """What our server answered to the callbacks: HTTP statuses."""
        self._prefix = prefix
        self._port = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}{self._prefix}"

    def append(self, account: KfAccount, item: Answer | bytes) -> None:
        """Something happens; a callback says so."""
        super().append(account, item)
        if self.callback_url:
            self._begin(self._call_back(account.open_kfid))

    def calls(self, name: str) -> list[int]:
        """The error codes that calls of this name got."""
        return [code for asked, code in self.asked if asked == name]

    async def check_url(self, url: str, echo: str = "5837397576500011341") -> tuple[int, str]:
        """(status, body) of the GET by which the backend checks the callback's address; it is right if the body is `echo`."""
        sealed = self._seal(echo)
        async with aiohttp.ClientSession() as http, http.get(url, params={**self._signed(sealed), "echostr": sealed}) as answer:
            return answer.status, await answer.text()

    def callback(self, open_kfid: str) -> tuple[dict[str, str], bytes]:
        """(query, body) of a callback, as it is pushed."""
        call_token = "ENC" + self.word(45)
        self.call_tokens[call_token] = (open_kfid, self.clock.now() + timedelta(seconds=rules.CALLBACK_TOKEN_S))
        now_s = int(self.clock.now().timestamp())
        inner = (
            f"<xml><ToUserName><![CDATA[{self.corp_id}]]></ToUserName><CreateTime>{now_s}</CreateTime><MsgType><![CDATA[event]]></MsgType>"
            f"<Event><![CDATA[kf_msg_or_event]]></Event><Token><![CDATA[{call_token}]]></Token>"
            f"<OpenKfId><![CDATA[{open_kfid}]]></OpenKfId></xml>"
        )
        sealed = self._seal(inner)
        outer = (
            f"<xml><ToUserName><![CDATA[{self.corp_id}]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt>"
            f"<AgentID><![CDATA[]]></AgentID></xml>"
        )
        return self._signed(sealed), outer.encode()

    async def settled(self) -> None:
        """Until no callback is on its way."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    def routes(self) -> list[tuple[str, str, Handler]]:
        """(method, path, handler): for a server that serves more than this."""
        return [("*", self._prefix + "/cgi-bin/{name:.+}", self._called)]

    @asynccontextmanager
    async def running(self) -> AsyncIterator["KfPlatform"]:
        app = web.Application(client_max_size=25 * 2**20)
        app.add_routes([web.route(method, path, handler) for method, path, handler in self.routes()])
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self._port)
        await site.start()
        self._port = site.port
        try:
            yield self
        finally:
            for task in set(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await runner.cleanup()

    # ---- callbacks ---------------------------------------------------------------------------------------------------------------

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _call_back(self, open_kfid: str) -> None:
        """Three times at most, until our server says 200."""
        query, body = self.callback(open_kfid)
        for _ in range(3):
            try:
                timeout = aiohttp.ClientTimeout(total=5)
                async with aiohttp.ClientSession(timeout=timeout) as http, http.post(self.callback_url, params=query, data=body) as answer:
                    self.callbacks.append(answer.status)
                    if answer.status == 200:
                        return
            except (aiohttp.ClientError, TimeoutError, OSError):
                self.callbacks.append(0)

    def _seal(self, text: str) -> str:
        return seal(self.aes_key, text.encode(), self.corp_id, self.chance.randbytes(16))

    def _signed(self, sealed: str) -> dict[str, str]:
        stamp, nonce = str(int(self.clock.now().timestamp())), str(self.chance.randrange(10**8, 10**10))
        return {"msg_signature": signature(self.token, stamp, nonce, sealed), "timestamp": stamp, "nonce": nonce}

    # ---- the API -----------------------------------------------------------------------------------------------------------------

    async def _called(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        raw = b"" if name == "media/upload" else await request.read()
        fault = self.faults.take(name, "") or Fault()
        if fault.is_cut_before:
            return self._cut(request, name)
        if fault.status:
            self.asked.append((name, fault.status))
            return web.Response(status=fault.status, text="<html>upstream</html>", content_type="text/html")
        if fault.kills_token:
            self.expire_tokens()
        answer = await self._judged(request, name, raw, fault.errcode)
        if fault.slow_s:
            await self.clock.sleep(fault.slow_s)
        if fault.is_cut_after:
            return self._cut(request, name)
        if isinstance(answer, web.Response):
            return answer
        return web.Response(body=b"<oops" if fault.is_garbage else answer, content_type="application/json")

    async def _judged(self, request: web.Request, name: str, raw: bytes, errcode: int) -> bytes | web.Response:
        try:
            answer = await self._answer(request, name, raw, errcode)
        except Refused as refused:
            self.asked.append((name, refused.code))
            words = refused.words.format(ip=request.remote) if "{ip}" in refused.words else refused.words
            return json.dumps({"errcode": refused.code, "errmsg": words}).encode()
        self.asked.append((name, 0))
        if isinstance(answer, (bytes, web.Response)):
            return answer
        return json.dumps({"errcode": 0, "errmsg": "ok", **answer}, ensure_ascii=False).encode()

    async def _answer(self, request: web.Request, name: str, raw: bytes, errcode: int) -> Answer | bytes | web.Response:
        if errcode:
            raise Refused(errcode)
        if name == "gettoken":
            return self._gettoken(request)
        if self.allowed_ip is not None and request.remote != self.allowed_ip:
            raise Refused(60020)
        self._check_access(request.query.get("access_token", ""))
        if name == "media/upload":
            return await self._upload(request)
        if name == "media/get":
            return self._download(request)
        known = CALLS.get(name)
        if known is None or request.method != "POST":
            raise Refused(43002)
        try:
            body = json.loads(raw)
        except ValueError:
            raise Refused(40035) from None
        if _ESCAPED.search(raw):
            raise Refused(40035, "escapes would show on the customer's phone")
        return known(self, body)

    def _cut(self, request: web.Request, name: str) -> web.Response:
        self.asked.append((name, -2))
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    def _gettoken(self, request: web.Request) -> Answer:
        if request.query.get("corpid") != self.corp_id:
            raise Refused(40013)
        if request.query.get("corpsecret") != self.secret:
            raise Refused(40001)
        now = self.clock.now()
        token = next((token for token, until in self.access.items() if now < until), None)
        if token is None:
            token = self.word(214)
            self.access[token] = now + timedelta(seconds=rules.TOKEN_S)
        return {"access_token": token, "expires_in": int((self.access[token] - now).total_seconds())}

    def _check_access(self, token: str) -> None:
        if not token:
            raise Refused(41001)
        if token not in self.access:
            raise Refused(40014)
        if self.clock.now() >= self.access[token]:
            raise Refused(42001)

    async def _upload(self, request: web.Request) -> Answer:
        kind = request.query.get("type", "")
        if kind not in rules.MEDIA_MAX_BYTES:
            raise Refused(40004)
        form = await request.post()
        sent = form.get("media")
        if not isinstance(sent, web.FileField):
            raise Refused(44001)
        content = sent.file.read()
        if not rules.MEDIA_LEAST_BYTES <= len(content) <= rules.MEDIA_MAX_BYTES[kind]:
            raise Refused(40006)
        media_id = self.keep_media(content, sent.content_type, kind=kind, name=sent.filename)
        return {"type": kind, "media_id": media_id, "created_at": str(int(self.clock.now().timestamp()))}

    def _download(self, request: web.Request) -> web.Response:
        media = self.media.get(request.query.get("media_id", ""))
        if media is None or self.clock.now() >= media.until:
            raise Refused(40007)
        headers = {"Content-Disposition": f'attachment; filename="{media.name}"'}
        return web.Response(body=media.content, content_type=media.mime, headers=headers)

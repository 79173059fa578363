"""微信客服 of one company, scripted: its API, its callbacks, and the customers' side of it.

    platform = KfPlatform(clock); account = platform.account(); customer = platform.customer(account)
    async with platform.running():   # platform.url is the `api_base` of our channel
        customer.says("你好")         # kept for sync_msg, and the callback goes to platform.callback_url, if one is set

It imports nothing of ours, and its rules stand in `kf_rules.py`.
"""

import asyncio
import itertools
import json
import random
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from aiohttp import web

from tests.peers.wechat import kf_rules as rules
from tests.peers.wechat.clock import MovableClock
from tests.peers.wechat.faults import Fault, Faults
from tests.peers.wechat.sealing import seal, signature

AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
Answer = dict[str, Any]
Handler = Callable[[web.Request], Coroutine[Any, Any, web.StreamResponse]]
_MSGID = re.compile(r"[0-9a-zA-Z_-]*")
_ESCAPED = re.compile(rb"(?<!\\)(?:\\\\)*\\u[0-9a-f]{4}")


class Refused(Exception):
    """An error code, and its words."""

    def __init__(self, code: int, words: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.words = words or rules.ERRORS[code]


@dataclass
class Entry:
    """What `sync_msg` gives, in the order of its account."""

    at: datetime
    item: Answer | bytes
    """Bytes: as they are, however broken."""


@dataclass
class Shown:
    """What the customer's phone shows of the account."""

    msgid: str
    msgtype: str
    content: Answer
    at: datetime

    @property
    def text(self) -> str:
        return str(self.content.get("content", ""))


@dataclass
class KfAccount:
    """One customer-service account."""

    open_kfid: str
    name: str = "咨询客服"
    is_managed: bool = True
    entries: list[Entry] = field(default_factory=list)
    customers: dict[str, "KfCustomer"] = field(default_factory=dict)
    msgids: set[str] = field(default_factory=set)


@dataclass
class KfCustomer:
    """Somebody at a phone who writes to an account."""

    platform: "KfPlatform"
    account: KfAccount
    external_userid: str
    nickname: str = "小雨"
    state: int = rules.ENDED
    servicer: str = ""
    left: int = 0
    until: datetime | None = None
    welcomed_at: datetime | None = None
    last_said_at: datetime | None = None
    shown: list[Shown] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        """The texts that the phone shows of the account."""
        return [one.text for one in self.shown]

    def says(self, content: str, **fields: Any) -> str:
        """A text; its msgid."""
        return self.sends("text", content=content, **fields)

    def taps(self, entry: str) -> str:
        """An entry of the newest menu, by its words."""
        menu = next(one for one in reversed(self.shown) if one.msgtype == "msgmenu")
        picked = next(item["click"] for item in menu.content["list"] if item["click"]["content"] == entry)
        return self.says(picked["content"], menu_id=picked["id"])

    def sends(self, msgtype: str, **content: Any) -> str:
        """A message of any kind; its msgid."""
        now = self.platform.clock.now()
        if self.state == rules.ENDED:
            self.state = rules.NEW
        self.left, self.until, self.last_said_at = rules.ALLOWED_COUNT, now + timedelta(seconds=rules.ALLOWED_S), now
        item = self.item(3, msgtype, content)
        self.platform.append(self.account, item)
        return str(item["msgid"])

    def enters(self, scene: str = "", scene_param: str = "") -> str:
        """Open the conversation; the welcome_code that came with it, if one did."""
        now = self.platform.clock.now()
        event = {"scene": scene, "scene_param": scene_param}
        code = ""
        recent = timedelta(seconds=rules.WELCOME_AGAIN_S)
        if all(at is None or now - at > recent for at in (self.welcomed_at, self.last_said_at)):
            code = event["welcome_code"] = self.platform.new_code(self)
        self.happens("enter_session", **event)
        return code

    def happens(self, event_type: str, **event: Any) -> str:
        """An event about this customer; its msgid."""
        whose = {"event_type": event_type, "open_kfid": self.account.open_kfid, "external_userid": self.external_userid}
        item = self.item(4, "event", {**whose, **event})
        del item["open_kfid"], item["external_userid"]  # events name them inside
        self.platform.append(self.account, item)
        return str(item["msgid"])

    def is_answered_in_wecom(self, servicer: str, content: str) -> None:
        """A colleague takes the conversation in WeCom, and writes."""
        change = 4 if self.state == rules.ENDED else 1
        self.state, self.servicer = rules.SERVED, servicer
        self.happens("session_status_change", change_type=change, new_servicer_userid=servicer)
        item = {**self.item(5, "text", {"content": content}), "servicer_userid": servicer}
        self.platform.append(self.account, item)

    def item(self, origin: int, msgtype: str, content: Answer) -> Answer:
        """As `sync_msg` gives it."""
        return {
            "msgid": self.platform.new_id(), "open_kfid": self.account.open_kfid, "external_userid": self.external_userid,
            "send_time": int(self.platform.clock.now().timestamp()), "origin": origin, "msgtype": msgtype, msgtype: content,
        }  # fmt: skip


@dataclass
class _Media:
    kind: str
    content: bytes
    name: str
    mime: str
    until: datetime


class KfPlatform:
    """One company's WeCom, as far as 微信客服 goes."""

    def __init__(self, clock: MovableClock | None = None, *, seed: int = 1, prefix: str = "") -> None:
        self.clock = clock or MovableClock()
        self.corp_id, self.secret = "ww0123456789abcdef", "kf-secret-of-forty-three-characters-0123456"
        self.token, self.aes_key = "KfToken123", AES_KEY
        self.callback_url = ""
        """Where callbacks go; "": nowhere, they are lost."""
        self.accounts: dict[str, KfAccount] = {}
        self.faults = Faults()
        self.asked: list[tuple[str, int]] = []
        """(call, error code) of each call."""
        self.pulls: list[Answer] = []
        """The bodies of `sync_msg`."""
        self.untokened_apart_s = 0.0
        """How often `sync_msg` may be called without a callback's Token: "接口有严格的频率限制", without a number."""
        self.page_max_count = rules.PAGE_MAX_COUNT
        self.allowed_ip: str | None = None
        """An address other than the caller's: then every call but gettoken gets 60020."""
        self.fails_next: list[int] = []
        """The next messages are taken, and their delivery fails with these fail_types."""
        self.callbacks: list[int] = []
        """What our server answered to the callbacks: HTTP statuses."""
        self._prefix = prefix
        self._chance = random.Random(seed)
        self._ids = itertools.count(1)
        self._port = 0
        self._access: dict[str, datetime] = {}
        self._call_tokens: dict[str, tuple[str, datetime]] = {}
        self._codes: dict[str, tuple[KfCustomer, datetime]] = {}
        self._cursors: dict[str, tuple[str, int]] = {}
        self._media: dict[str, _Media] = {}
        self._untokened_at: datetime | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}{self._prefix}"

    def account(self, open_kfid: str = "", **settings: Any) -> KfAccount:
        """A new customer-service account."""
        open_kfid = open_kfid or f"wkAJ2GCAAA{len(self.accounts) + 1:022d}"
        self.accounts[open_kfid] = KfAccount(open_kfid, **settings)
        return self.accounts[open_kfid]

    def customer(self, account: KfAccount, external_userid: str = "", **settings: Any) -> KfCustomer:
        """Somebody who has not written yet."""
        external_userid = external_userid or f"wmAJ2GCAAA{len(account.customers) + 1:022d}"
        account.customers[external_userid] = KfCustomer(self, account, external_userid, **settings)
        return account.customers[external_userid]

    def append(self, account: KfAccount, item: Answer | bytes) -> None:
        """Something happens; a callback says so."""
        account.entries.append(Entry(self.clock.now(), item))
        if self.callback_url:
            self._begin(self._call_back(account.open_kfid))

    def new_id(self) -> str:
        return f"from_msgid_{next(self._ids):019d}"

    def new_code(self, customer: KfCustomer) -> str:
        code = self._word(43)
        self._codes[code] = (customer, self.clock.now() + timedelta(seconds=rules.WELCOME_S))
        return code

    def keep_media(self, content: bytes, mime: str, *, kind: str = "image", name: str = "") -> str:
        """A file that a customer sends; its media_id."""
        media_id = self._word(60)
        until = self.clock.now() + timedelta(seconds=rules.MEDIA_S)
        self._media[media_id] = _Media(kind, content, name or f"{media_id}.{mime.rpartition('/')[2]}", mime, until)
        return media_id

    def forget_cursors(self) -> None:
        """No cursor given so far is known any more."""
        self._cursors.clear()

    def expire_tokens(self) -> None:
        """Every access token is over, before its time."""
        self._access.clear()

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
        call_token = "ENC" + self._word(45)
        self._call_tokens[call_token] = (open_kfid, self.clock.now() + timedelta(seconds=rules.CALLBACK_TOKEN_S))
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
        return seal(self.aes_key, text.encode(), self.corp_id, self._chance.randbytes(16))

    def _signed(self, sealed: str) -> dict[str, str]:
        stamp, nonce = str(int(self.clock.now().timestamp())), str(self._chance.randrange(10**8, 10**10))
        return {"msg_signature": signature(self.token, stamp, nonce, sealed), "timestamp": stamp, "nonce": nonce}

    def _word(self, size: int) -> str:
        return "".join(self._chance.choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=size))

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
        known = _CALLS.get(name)
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
        token = next((token for token, until in self._access.items() if now < until), None)
        if token is None:
            token = self._word(214)
            self._access[token] = now + timedelta(seconds=rules.TOKEN_S)
        return {"access_token": token, "expires_in": int((self._access[token] - now).total_seconds())}

    def _check_access(self, token: str) -> None:
        if not token:
            raise Refused(41001)
        if token not in self._access:
            raise Refused(40014)
        if self.clock.now() >= self._access[token]:
            raise Refused(42001)

    def _account_of(self, body: Answer, *, needs_management: bool = True) -> KfAccount:
        account = self.accounts.get(str(body.get("open_kfid", "")))
        if account is None:
            raise Refused(95000)
        if needs_management and not account.is_managed:
            raise Refused(60011)
        return account

    def _customer_of(self, body: Answer, name: str) -> KfCustomer:
        customer = self._account_of(body).customers.get(str(body.get(name, "")))
        if customer is None:
            raise Refused(40096)
        return customer

    # ---- sync_msg

    def _sync_msg(self, body: Answer) -> bytes:
        self.pulls.append(body)
        account, limit, now = self._account_of(body), body.get("limit", rules.PAGE_MAX_COUNT), self.clock.now()
        if not isinstance(limit, int) or not 1 <= limit <= rules.PAGE_MAX_COUNT:
            raise Refused(40058)
        self._check_call_token(body.get("token", ""), account, now)
        place = self._place(body.get("cursor", ""), account)
        oldest = now - timedelta(seconds=rules.KEPT_S)
        place = max(place, next((n for n, entry in enumerate(account.entries) if entry.at > oldest), len(account.entries)))
        end = min(len(account.entries), place + min(limit, self.page_max_count))
        items = [e.item if isinstance(e.item, bytes) else json.dumps(e.item).encode() for e in account.entries[place:end]]
        top = {"errcode": 0, "errmsg": "ok", "next_cursor": self._cursor(account, end), "has_more": int(end < len(account.entries))}
        return json.dumps(top)[:-1].encode() + b', "msg_list": [' + b",".join(items) + b"]}"

    def _check_call_token(self, call_token: str, account: KfAccount, now: datetime) -> None:
        if call_token:
            open_kfid, until = self._call_tokens.get(call_token, ("", now))
            if open_kfid != account.open_kfid or now >= until:
                raise Refused(95007)
            return
        apart = timedelta(seconds=self.untokened_apart_s)
        if self._untokened_at is not None and now - self._untokened_at < apart:
            raise Refused(45009)
        self._untokened_at = now

    def _place(self, cursor: str, account: KfAccount) -> int:
        if not cursor:
            return 0
        open_kfid, place = self._cursors.get(cursor, ("", 0))
        if open_kfid != account.open_kfid:
            raise Refused(40058, "invalid cursor")
        return place

    def _cursor(self, account: KfAccount, place: int) -> str:
        """The same as before where nothing has come since."""
        known = next((c for c, where in self._cursors.items() if where == (account.open_kfid, place)), None)
        cursor = known or self._word(22)
        self._cursors[cursor] = (account.open_kfid, place)
        return cursor

    # ---- send_msg

    def _send_msg(self, body: Answer) -> Answer:
        customer, now = self._customer_of(body, "touser"), self.clock.now()
        msgid = self._msgid(body, customer.account)
        shown = self._message(body, now)
        if customer.state not in rules.MAY_BE_WRITTEN:
            raise Refused(95018)
        if customer.until is None or now >= customer.until:
            raise Refused(95002)
        if customer.left <= 0:
            raise Refused(95001)
        customer.left -= 1
        customer.account.msgids.add(msgid)
        if self.fails_next and (fail_type := self.fails_next.pop(0)):
            customer.happens("msg_send_fail", fail_msgid=msgid, fail_type=fail_type)
        else:
            customer.shown.append(Shown(msgid, shown.msgtype, shown.content, now))
        return {"msgid": msgid}

    def _msgid(self, body: Answer, account: KfAccount) -> str:
        msgid = body.get("msgid") or self._word(22)
        if not _MSGID.fullmatch(msgid):
            raise Refused(40058, "invalid msgid")
        if len(msgid) > rules.MSGID_MAX_BYTES:
            raise Refused(40058, "msgid exceed max length")
        if msgid in account.msgids:
            raise Refused(40058, "msgid repeated")  # "客服账号内唯一，否则接口返回错误": the page does not say which
        return str(msgid)

    def _message(self, body: Answer, now: datetime) -> Shown:
        msgtype = str(body.get("msgtype", ""))
        content = body.get(msgtype)
        if msgtype not in ("text", "image", "voice", "video", "file", "link", "miniprogram", "msgmenu", "location") or not content:
            raise Refused(40008)
        if msgtype == "text" and not 1 <= len(content["content"].encode()) <= rules.TEXT_MAX_BYTES:
            raise Refused(45002)
        if msgtype == "msgmenu":
            _check_menu(content)
        if msgtype in rules.MEDIA_MAX_BYTES:
            media = self._media.get(content.get("media_id", ""))
            if media is None or media.kind != msgtype or now >= media.until:
                raise Refused(40007)
            content = {**content, "name": media.name, "size": len(media.content)}
        return Shown("", msgtype, content, now)

    def _send_msg_on_event(self, body: Answer) -> Answer:
        now = self.clock.now()
        customer, until = self._codes.get(str(body.get("code", "")), (None, now))
        if customer is None or now >= until:
            raise Refused(40058, "invalid code")
        if body.get("msgtype") not in ("text", "msgmenu"):
            raise Refused(40008)
        msgid, shown = self._msgid(body, customer.account), self._message(body, now)
        del self._codes[body["code"]]
        customer.welcomed_at = now
        customer.account.msgids.add(msgid)
        customer.shown.append(Shown(msgid, shown.msgtype, shown.content, now))
        return {"msgid": msgid}

    # ---- the rest

    def _state_get(self, body: Answer) -> Answer:
        customer = self._customer_of(body, "external_userid")
        return {"service_state": customer.state, "servicer_userid": customer.servicer}

    def _state_trans(self, body: Answer) -> Answer:
        customer, wanted = self._customer_of(body, "external_userid"), body.get("service_state")
        if wanted not in rules.CHANGES.get(customer.state, set()):
            raise Refused(95016)
        customer.state = int(wanted)
        return {}

    def _account_list(self, body: Answer) -> Answer:
        offset, limit = body.get("offset", 0), body.get("limit", rules.ACCOUNTS_MAX_COUNT)
        listed = list(self.accounts.values())[offset : offset + limit]
        return {
            "account_list": [
                {"open_kfid": one.open_kfid, "name": one.name, "avatar": "", "manage_privilege": one.is_managed} for one in listed
            ]
        }

    def _customers(self, body: Answer) -> Answer:
        asked = body.get("external_userid_list", [])
        if not 1 <= len(asked) <= rules.CUSTOMERS_MAX_COUNT:
            raise Refused(40058)
        known = {one.external_userid: one for account in self.accounts.values() for one in account.customers.values()}
        found = [known[one] for one in asked if one in known]
        return {
            "customer_list": [
                {"external_userid": one.external_userid, "nickname": one.nickname, "avatar": "", "gender": 0} for one in found
            ],
            "invalid_external_userid": [one for one in asked if one not in known],
        }

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
        media = self._media.get(request.query.get("media_id", ""))
        if media is None or self.clock.now() >= media.until:
            raise Refused(40007)
        headers = {"Content-Disposition": f'attachment; filename="{media.name}"'}
        return web.Response(body=media.content, content_type=media.mime, headers=headers)


def _check_menu(menu: Answer) -> None:
    entries = menu.get("list", [])
    if len(menu.get("head_content", "").encode()) > rules.MENU_HEAD_MAX_BYTES:
        raise Refused(45002)
    if not 1 <= len(entries) <= rules.MENU_MAX_COUNT:
        raise Refused(95008)
    for entry in entries:
        click = entry["click"]
        if not 1 <= len(click["id"].encode()) <= rules.MENU_ID_MAX_BYTES:
            raise Refused(40058)
        if not 1 <= len(click["content"].encode()) <= rules.MENU_ITEM_MAX_BYTES:
            raise Refused(45002)


_CALLS: dict[str, Callable[[KfPlatform, Answer], Answer | bytes]] = {
    "kf/sync_msg": KfPlatform._sync_msg,
    "kf/send_msg": KfPlatform._send_msg,
    "kf/send_msg_on_event": KfPlatform._send_msg_on_event,
    "kf/service_state/get": KfPlatform._state_get,
    "kf/service_state/trans": KfPlatform._state_trans,
    "kf/account/list": KfPlatform._account_list,
    "kf/customer/batchget": KfPlatform._customers,
}

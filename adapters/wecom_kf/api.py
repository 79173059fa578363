"""The calls of 微信客服, typed: each takes and gives our own values. Decides nothing; repeats nothing but a call with an old token."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import msgspec
from msgspec import Struct

from adapters.shared.wechat.calls import Api, Calls, TokenSource, read_answer, whole
from adapters.shared.wechat.codes import Refusal
from adapters.shared.wechat.fields import clean, one_line
from adapters.shared.wechat.tokens import Fresh
from adapters.wecom_kf import rules
from adapters.wecom_kf.codes import TOKEN_CODES
from gateway.core.errors import TryLater, Uncertain

PAGE_MAX_BYTES = 16 * 2**20
"""Of 1,000 messages; they have a few hundred bytes each."""
CURSOR_MAX_CHARS = 512
"""The platform says 64 bytes."""
_ANSWER_BYTES = 64 * 1024
_LIST_MAX_COUNT = 5000
"""Customer-service accounts that one company may have."""


class Page(Struct, frozen=True):
    """One page of messages and events, each as JSON of its own."""

    items: tuple[bytes, ...]
    cursor: str
    has_more: bool


class Account(Struct, frozen=True):
    """A customer-service account of the company. `is_ours`: the app may manage it."""

    open_kfid: str
    name: str
    is_ours: bool


class Customer(Struct, frozen=True):
    """What the platform tells about a customer."""

    name: str
    scene: str


class KfCalls(Calls):
    """HTTP with WeCom, where a page of messages is far longer than any other answer."""

    async def page(self, path: str, body: Mapping[str, Any], **query: str) -> bytes:
        """The bytes of an answer. Raises Rejected, TryLater or Uncertain."""
        headers = {"Content-Type": "application/json; charset=utf-8"}
        async with self._response("POST", path, query, data=msgspec.json.encode(body), headers=headers) as response:
            try:
                return await whole(response, PAGE_MAX_BYTES)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise Uncertain("WeCom's answer broke off", code=type(error).__name__) from None


class KfApi:
    """What can be asked of WeCom about 微信客服. Every call raises Refusal (WeCom said no), TryLater, Rejected or Uncertain."""

    def __init__(self, calls: KfCalls, tokens: TokenSource) -> None:
        self._calls = calls
        self._api = Api(calls, tokens, TOKEN_CODES)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._calls.close()

    async def page(self, open_kfid: str, cursor: str, call_token: str) -> Page:
        """What came behind `cursor` ("": from three days ago on). `call_token` is a callback's; "": asked without one."""
        body = {"open_kfid": open_kfid, "limit": rules.PAGE_MAX_COUNT, "voice_format": 0}
        optional = {"cursor": cursor, "token": call_token}
        body |= {name: value for name, value in optional.items() if value}

        async def ask(token: str) -> Page:
            return read_page(await self._calls.page("/cgi-bin/kf/sync_msg", body, access_token=token))

        return await self._api.with_token(ask)

    async def send(self, open_kfid: str, to: str, msgid: str, body: Mapping[str, Any]) -> str:
        """Send a message; its id there."""
        sent = {"touser": to, "open_kfid": open_kfid, "msgid": msgid, **body}
        answer = await self._api.post("/cgi-bin/kf/send_msg", sent)
        return str(answer.get("msgid") or msgid)

    async def welcome(self, code: str, msgid: str, body: Mapping[str, Any]) -> None:
        """Answer an event that gave a code: once."""
        await self._api.post("/cgi-bin/kf/send_msg_on_event", {"code": code, "msgid": msgid, **body})

    async def state(self, open_kfid: str, customer: str) -> tuple[int, str]:
        """(the conversation's state, who serves it there)."""
        answer = await self._api.post("/cgi-bin/kf/service_state/get", {"open_kfid": open_kfid, "external_userid": customer})
        state = answer.get("service_state")
        return (state if isinstance(state, int) else -1), clean(str(answer.get("servicer_userid") or ""))[:64]

    async def take_over(self, open_kfid: str, customer: str) -> None:
        """Let the assistant, which is us, have the conversation."""
        body = {"open_kfid": open_kfid, "external_userid": customer, "service_state": rules.STATE_ASSISTANT}
        await self._api.post("/cgi-bin/kf/service_state/trans", body)

    async def accounts(self) -> list[Account]:
        """All of the company's."""
        found: list[Account] = []
        while len(found) < _LIST_MAX_COUNT:
            body = {"offset": len(found), "limit": rules.ACCOUNTS_PAGE_COUNT}
            listed = (await self._api.post("/cgi-bin/kf/account/list", body)).get("account_list")
            page = [_account(one) for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
            found += page
            if len(page) < rules.ACCOUNTS_PAGE_COUNT:
                break
        return found

    async def customers(self, ids: Sequence[str]) -> dict[str, Customer]:
        """What WeCom tells of these customers, at most CUSTOMERS_MAX_COUNT: only of those who came in the last 48 hours."""
        body = {"external_userid_list": list(ids), "need_enter_session_context": 1}
        listed = (await self._api.post("/cgi-bin/kf/customer/batchget", body)).get("customer_list")
        known = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        return {str(one.get("external_userid")): _customer(one) for one in known}

    async def upload(self, kind: str, content: bytes, *, name: str, mime: str) -> str:
        """Lend WeCom a file; the id to send it by, for three days. Nothing is sent yet: a failure is TryLater at worst."""
        try:
            answer = await self._api.upload("/cgi-bin/media/upload", content, name=name, mime=mime, type=kind)
        except Uncertain as error:
            raise TryLater(f"the file did not get to WeCom: {error.reason}", code=error.code) from None
        media_id = answer.get("media_id")
        if not isinstance(media_id, str) or not media_id:
            raise TryLater("WeCom gave no id for the file", code="bad_answer")
        return media_id

    @asynccontextmanager
    async def media(self, media_id: str) -> AsyncIterator[aiohttp.ClientResponse]:
        """A file that a customer has sent, to read in pieces."""
        async with AsyncExitStack() as stack:

            async def opened(token: str) -> aiohttp.ClientResponse:
                stream = self._calls.stream("/cgi-bin/media/get", access_token=token, media_id=media_id)
                response = await stack.enter_async_context(stream)
                if "Content-Disposition" not in response.headers:  # a file has one, also one of JSON: this is an answer in words
                    read_answer(await response.content.read(_ANSWER_BYTES))
                return response

            yield await self._api.with_token(opened)


async def gettoken(calls: Calls, corp_id: str, secret: str) -> Fresh:
    """An access token (document 91039). Raises Refusal or a SendError."""
    answer = await calls.get("/cgi-bin/gettoken", corpid=corp_id, corpsecret=secret)
    token, lasts_s = answer.get("access_token"), answer.get("expires_in")
    return Fresh(token if isinstance(token, str) else "", float(lasts_s) if isinstance(lasts_s, int) and lasts_s > 0 else 7200.0)


def read_page(data: bytes) -> Page:
    """A page; halves of signs and broken UTF-8 in one item leave the others readable. Raises Refusal or Uncertain."""
    try:
        top = json.loads(data.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        top = None
    if not isinstance(top, dict):
        raise Uncertain("WeCom's answer can't be read", code="bad_answer")
    code, items, cursor = top.get("errcode", 0), top.get("msg_list") or [], top.get("next_cursor") or ""
    if type(code) is not int:  # neither yes nor no
        raise Uncertain("WeCom's answer can't be read", code="bad_answer")
    if code != 0:
        raise Refusal(code, str(top.get("errmsg", ""))[:500])
    if not isinstance(items, list) or not isinstance(cursor, str) or len(cursor) > CURSOR_MAX_CHARS:
        raise Uncertain("WeCom's page can't be read", code="bad_answer")
    return Page(tuple(json.dumps(item).encode() for item in items), cursor, top.get("has_more") in (1, True))


def _account(one: Mapping[str, Any]) -> Account:
    return Account(str(one.get("open_kfid") or ""), clean(str(one.get("name") or ""))[:64], one.get("manage_privilege", True) is not False)


def _customer(one: Mapping[str, Any]) -> Customer:
    context = one.get("enter_session_context")
    scene = context if isinstance(context, dict) else {}
    words = [clean(str(scene.get(name) or ""))[:200] for name in ("scene", "scene_param")]
    return Customer(name=one_line(clean(str(one.get("nickname") or "")))[:100], scene=" ".join(filter(None, words)))

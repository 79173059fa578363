"""The scripted WeChat platform keeps the real one's rules, over HTTP; wechatpy's cipher and parser, which it shares nothing with, agree."""

import asyncio
import hashlib
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from xml.etree import ElementTree

import aiohttp
import pytest
from aiohttp import web
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.replies import TextReply

from tests.peers.wechat import Account, Fault, MovableClock, Phone, WeChatPlatform
from tests.peers.wechat.pusher import AttemptFault

OUT_OF_SERVICE = "该公众号暂时无法提供服务，请稍后再试"
Answers = Callable[[web.Request, bytes], Awaitable[bytes]]


@dataclass
class World:
    """The platform in a time that stands still until it is moved, one account, one follower, and a server that is told what to answer."""

    platform: WeChatPlatform
    account: Account
    phone: Phone
    http: aiohttp.ClientSession
    seen: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answer: Answers | None = None
    came: asyncio.Event = field(default_factory=asyncio.Event)
    token: str = ""

    @property
    def clock(self) -> MovableClock:
        return self.platform.clock

    async def call(self, name: str, *, method: str = "POST", **more: Any) -> Any:
        """One call with a token."""
        self.token = self.token or (await self.ask_token())["access_token"]
        params = {"access_token": self.token, **more.pop("params", {})}
        async with self.http.request(method, f"{self.platform.url}/cgi-bin/{name}", params=params, **more) as answer:
            body = await answer.read()
            return await answer.json(content_type=None) if body[:1] == b"{" else body

    async def send(self, words: str = "hi", **inner: Any) -> int:
        """The error code of `custom/send`."""
        body = {"touser": self.phone.openid, "msgtype": "text", "text": {"content": words}, **inner}
        return int((await self.call("message/custom/send", json=body))["errcode"])

    async def ask_token(self, **more: Any) -> Any:
        body = {"grant_type": "client_credential", "appid": self.account.app_id, "secret": self.account.secret, **more}
        async with self.http.post(f"{self.platform.url}/cgi-bin/stable_token", json=body) as answer:
            return await answer.json(content_type=None)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    platform = WeChatPlatform(MovableClock(speed=0))
    async with platform.running(), aiohttp.ClientSession(json_serialize=partial(json.dumps, ensure_ascii=False)) as http:
        account = platform.account()
        world = World(platform, account, platform.phone(account), http)

        async def pushed(request: web.Request) -> web.Response:
            body = await request.read()
            world.seen.append((dict(request.query), body))
            world.came.set()
            return web.Response(body=await world.answer(request, body) if world.answer else b"success")

        app = web.Application()
        app.add_routes([web.post("/wechat/oa", pushed)])
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        account.push_url = f"http://127.0.0.1:{site.port}/wechat/oa"
        try:
            yield world
        finally:
            await runner.cleanup()


async def come(world: World, count: int) -> None:
    """Wait for so many attempts."""
    async with asyncio.timeout(30):
        while len(world.seen) < count:
            await world.came.wait()
            world.came.clear()


def crypto(account: Account) -> Any:
    return WeChatCrypto(account.token, account.aes_key, account.app_id)


# ---- pushes ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
async def test_a_push_and_its_answer_are_understood_by_the_library_that_everybody_uses(world: World, mode: Any) -> None:
    world.account.mode = mode

    async def answer(request: web.Request, body: bytes) -> bytes:
        query = request.query
        assert query["signature"] == hashlib.sha1("".join(sorted(("Token1", query["timestamp"], query["nonce"]))).encode()).hexdigest()
        if mode != "plain":
            body = crypto(world.account).decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
        reply = TextReply(content=f"答：{parse_message(body).content.replace(']]>', '')}", message=parse_message(body)).render()
        sealed = crypto(world.account).encrypt_message(reply, query["nonce"], query["timestamp"]) if mode == "safe" else reply
        return str(sealed).encode()

    world.answer = answer
    push = await world.phone.write("你好 ]]> <b>")
    assert (push.outcome, world.platform.breaches) == ("answered", [])
    assert [(one.via, one.text) for one in world.phone.shown] == [("phone", "你好 ]]> <b>"), ("passive", "答：你好  <b>")]


async def test_a_compatible_push_says_everything_twice(world: World) -> None:
    world.account.mode = "compatible"
    await world.phone.write("hi")
    names = {child.tag for child in ElementTree.fromstring(world.seen[0][1])}
    assert names == {"ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "MsgId", "Encrypt"}


async def test_a_safe_push_says_nothing_in_the_clear(world: World) -> None:
    await world.phone.write("hi")
    assert {child.tag for child in ElementTree.fromstring(world.seen[0][1])} == {"ToUserName", "Encrypt"}


async def test_nothing_for_five_seconds_is_asked_again_twice_under_new_signatures(world: World) -> None:
    never = asyncio.Event()

    async def silent(request: web.Request, body: bytes) -> bytes:
        await never.wait()
        return b""

    world.answer, world.account.mode = silent, "plain"
    push = world.phone.write("hi")
    for count in (1, 2, 3):
        await come(world, count)
        assert world.phone.texts == []
        world.clock.advance(5)
    await push
    never.set()
    assert [attempt.outcome for attempt in push.attempts] == ["late", "late", "late"]
    assert [attempt.took_s for attempt in push.attempts] == [5, 5, 5]
    assert len({body for _, body in world.seen}) == 1
    assert [len({query[name] for query, _ in world.seen}) for name in ("timestamp", "nonce", "signature")] == [3, 3, 3]
    assert world.phone.texts == [OUT_OF_SERVICE]


async def test_what_can_not_be_read_is_shown_as_a_fault_at_once(world: World) -> None:
    async def wrong(request: web.Request, body: bytes) -> bytes:
        return b'{"ok": true}'

    world.answer = wrong
    push = await world.phone.write("hi")
    assert [attempt.outcome for attempt in push.attempts] == ["broken"]
    assert world.phone.texts == [OUT_OF_SERVICE]
    assert world.platform.breaches == ["no xml: ParseError"]


async def test_an_answer_in_the_clear_is_refused_in_safe_mode(world: World) -> None:
    async def clear(request: web.Request, body: bytes) -> bytes:
        return b"<xml><MsgType>text</MsgType></xml>"

    world.answer = clear
    await world.phone.write("hi")
    assert world.platform.breaches == ["in the clear, but the account is set to safe"]


@pytest.mark.parametrize(
    ("fault", "outcomes", "arrived"),
    [
        (AttemptFault(is_unreached=True), ["unreached", "silent"], 1),
        (AttemptFault(is_lost=True), ["lost", "silent"], 2),
    ],
)
async def test_an_attempt_that_is_lost_is_made_again(world: World, fault: AttemptFault, outcomes: list[str], arrived: int) -> None:
    world.account.attempts.append(fault)
    push = world.phone.write("hi")
    async with asyncio.timeout(30):
        while not push.attempts:
            await asyncio.sleep(0)
    world.clock.advance(5)
    await push
    assert ([attempt.outcome for attempt in push.attempts], len(world.seen)) == (outcomes, arrived)


async def test_the_url_check_is_answered_by_its_echo(world: World) -> None:
    assert await world.platform.check_url(world.account) == (405, "405: Method Not Allowed")


# ---- tokens ----------------------------------------------------------------------------------------------------------------------


async def test_a_token_stays_the_same_until_five_minutes_before_its_end_and_then_overlaps(world: World) -> None:
    first = await world.ask_token()
    assert (len(first["access_token"]), first["expires_in"]) == (136, 7200)
    world.clock.advance(6899)
    assert (await world.ask_token()) == {"access_token": first["access_token"], "expires_in": 301}
    world.clock.advance(1)
    second = await world.ask_token()
    assert second["access_token"] != first["access_token"]
    for token in (first, second):
        world.token = token["access_token"]
        world.phone.allowances.say(world.clock.now())
        assert await world.send() == 0
    world.clock.advance(300)
    world.token = first["access_token"]
    assert await world.send() == 42001


async def test_a_forced_token_ends_the_old_one_and_is_rationed(world: World) -> None:
    world.token = (await world.ask_token())["access_token"]
    forced = await world.ask_token(force_refresh=True)
    assert forced["access_token"] != world.token
    assert await world.send() == 40001
    assert (await world.ask_token(force_refresh=True))["access_token"] == forced["access_token"]
    for _ in range(19):
        world.clock.advance(30)
        assert "access_token" in await world.ask_token(force_refresh=True)
    world.clock.advance(30)
    assert (await world.ask_token(force_refresh=True))["errcode"] == 45009


async def test_a_stranger_gets_no_token(world: World) -> None:
    assert (await world.ask_token(secret="wrong"))["errcode"] == 40125
    assert (await world.ask_token(appid="wxother"))["errcode"] == 40013
    world.account.allowed_ips = frozenset({"203.0.113.9"})
    refused = await world.ask_token()
    assert refused["errcode"] == 40164
    assert refused["errmsg"].startswith("invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist rid: ")


# ---- messages --------------------------------------------------------------------------------------------------------------------


async def test_a_message_allows_five_answers_within_48_hours(world: World) -> None:
    assert await world.send() == 45015
    await world.phone.write("hi")
    assert [await world.send(str(number)) for number in range(6)] == [0, 0, 0, 0, 0, 45047]
    await world.phone.write("again")
    world.clock.advance(48 * 3600 - 1)
    world.token = ""
    assert await world.send("late") == 0
    world.clock.advance(1)
    assert await world.send("too late") == 45015
    assert world.phone.texts == ["0", "1", "2", "3", "4", "late"]
    assert world.platform.refusals("custom/send") == [45015, 45047, 45015]


async def test_a_touch_allows_three_within_a_minute(world: World) -> None:
    world.account.menu = {"REFUND": "退款"}
    await world.phone.tap_menu("REFUND")
    assert [await world.send() for _ in range(4)] == [0, 0, 0, 45047]
    await world.phone.scan("s1")
    world.clock.advance(60)
    assert await world.send() == 45015


async def test_who_has_gone_blocked_or_muted_gets_nothing(world: World) -> None:
    await world.phone.write("hi")
    world.phone.is_muted = True
    assert await world.send() == 48002
    world.phone.has_blocked = True
    assert await world.send() == 43019
    world.phone.has_blocked = world.phone.is_muted = False
    await world.phone.unfollow()
    assert await world.send() == 43004
    await world.phone.follow()
    assert await world.send() == 0


async def test_escapes_of_json_stand_in_what_the_user_sees(world: World) -> None:
    await world.phone.write("hi")
    body = {"touser": world.phone.openid, "msgtype": "text", "text": {"content": "你\n好"}}
    for is_escaped in (True, False):
        await world.call("message/custom/send", data=json.dumps(body, ensure_ascii=is_escaped).encode())
    assert world.phone.texts == ["\\u4f60\n\\u597d", "你\n好"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"touser": "nobody"}, 40003),
        ({"msgtype": "shout"}, 40008),
        ({"text": {"content": "字" * 683}}, 45002),
        ({"text": {"content": ""}}, 44004),
        ({"msgtype": "image", "image": {"media_id": "none"}}, 40007),
        ({"msgtype": "msgmenu", "msgmenu": {"head_content": "?", "list": []}}, 47001),
    ],
)
async def test_what_is_wrong_with_a_message_is_said_and_costs_nothing(world: World, body: dict[str, Any], code: int) -> None:
    await world.phone.write("hi")
    assert await world.send(**body) == code
    assert [await world.send() for _ in range(6)] == [0, 0, 0, 0, 0, 45047]


async def test_an_account_that_is_not_verified_sends_no_menus_or_nothing_at_all(world: World) -> None:
    await world.phone.write("hi")
    menu: dict[str, Any] = {
        "msgtype": "msgmenu",
        "msgmenu": {"head_content": "哪一个？", "list": [{"id": "1", "content": "退款"}], "tail_content": "谢谢"},
    }
    assert await world.send(**menu) == 0
    assert world.phone.texts == ["哪一个？\n退款\n谢谢"]
    await world.phone.tap_option("1")
    assert (world.phone.pushes[-1].fields["Content"], world.phone.pushes[-1].fields["bizmsgmenuid"]) == ("退款", "1")
    world.account.can_send_menus = False
    assert await world.send(**menu) == 40200
    world.account.can_send = False
    assert await world.send() == 48001


async def test_the_typing_sign_lasts_fifteen_seconds_and_needs_somebody_there(world: World) -> None:
    async def sign(command: str) -> int:
        body = {"touser": world.phone.openid, "command": command}
        return int((await world.call("message/custom/typing", json=body))["errcode"])

    assert await sign("Typing") == 45080
    await world.phone.write("hi")
    assert (await sign("Typing"), world.phone.is_typing_shown, await sign("Typing")) == (0, True, 45081)
    assert (await sign("CancelTyping"), world.phone.is_typing_shown) == (0, False)
    await sign("Typing")
    await world.send()
    assert world.phone.is_typing_shown is False
    world.clock.advance(31)
    assert (await sign("Typing"), await sign("Wave")) == (45080, 45072)


async def test_a_template_needs_no_window_and_reports_how_it_went(world: World) -> None:
    world.account.templates["T1"] = "您的问题有新回复：{{thing1.DATA}}"
    body = {"touser": world.phone.openid, "template_id": "T1", "data": {"thing1": {"value": "退款已到账"}}, "client_msg_id": "m1"}
    first = await world.call("message/template/send", json=body)
    assert (await world.call("message/template/send", json=body))["msgid"] == first["msgid"]
    assert world.phone.texts == ["您的问题有新回复：退款已到账"]
    await come(world, 1)
    assert (await world.call("message/template/send", json={**body, "data": {}}))["errcode"] == 47003
    world.phone.has_blocked = True
    await world.call("message/template/send", json={**body, "client_msg_id": "m2"})
    await world.platform.settled()
    assert [crypto_fields(world, number)["Status"] for number in range(2)] == ["success", "failed:user block"]
    assert crypto_fields(world, 0)["MsgID"] == str(first["msgid"])


def crypto_fields(world: World, number: int) -> dict[str, str]:
    query, body = world.seen[number]
    clear = crypto(world.account).decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
    return {child.tag: child.text or "" for child in ElementTree.fromstring(clear)}


# ---- codes, files, people --------------------------------------------------------------------------------------------------------


async def test_a_code_is_made_and_scanned(world: World) -> None:
    body = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "fd_1"}}, "expire_seconds": 600}
    made = await world.call("qrcode/create", json=body)
    assert (made["expire_seconds"], made["url"].startswith("http://weixin.qq.com/q/")) == (600, True)
    await world.phone.scan("fd_1")
    assert [crypto_fields(world, 0)[name] for name in ("Event", "EventKey", "Ticket")] == ["SCAN", "fd_1", made["ticket"]]
    await world.platform.phone(world.account, is_following=False).scan("fd_1")
    assert [crypto_fields(world, 1)[name] for name in ("Event", "EventKey")] == ["subscribe", "qrscene_fd_1"]
    for wrong in ({"expire_seconds": 2592001}, {"action_info": {"scene": {"scene_str": "x" * 65}}}, {"action_info": 1}):
        assert (await world.call("qrcode/create", json={**body, **wrong}))["errcode"] == 40097


async def test_a_file_goes_up_comes_down_and_is_gone_after_three_days(world: World) -> None:
    async def up(kind: str, name: str, content: bytes) -> Any:
        form = aiohttp.FormData()
        form.add_field("media", io.BytesIO(content), filename=name, content_type="image/png")
        return await world.call("media/upload", params={"type": kind}, data=form)

    media = await up("image", "a.png", b"\x89PNG")
    assert media["type"] == "image"
    assert await world.call("media/get", method="GET", params={"media_id": media["media_id"]}) == b"\x89PNG"
    codes = [await up("voice", "a.amr", b"x" * (2 * 2**20 + 1)), await up("image", "a.exe", b"x"), await up("doc", "a.doc", b"x")]
    assert [one["errcode"] for one in codes] == [40010, 40005, 40004]
    world.clock.advance(3 * 24 * 3600)
    world.token = ""
    assert (await world.call("media/get", method="GET", params={"media_id": media["media_id"]}))["errcode"] == 40007


async def test_a_users_profile_has_no_name(world: World) -> None:
    info = await world.call("user/info", method="GET", params={"openid": world.phone.openid})
    assert (info["subscribe"], "nickname" in info, "headimgurl" in info) == (1, False, False)


# ---- faults ----------------------------------------------------------------------------------------------------------------------


async def test_calls_go_wrong_as_they_are_told_to(world: World) -> None:
    await world.phone.write("hi")
    await world.ask_token()
    world.platform.faults.next("custom/send", Fault(errcode=45011), Fault(status=502), Fault(kills_token=42001))
    assert await world.send() == 45011
    assert (await world.call("message/custom/send", json={}))[:6] == b"<html>"
    assert await world.send() == 42001
    world.token = ""
    world.platform.faults.next("custom/send", Fault(is_cut_before=True), Fault(is_cut_after=True))
    for _ in range(2):
        with pytest.raises(aiohttp.ClientConnectionError):
            await world.send("once")
    assert world.phone.texts == ["once"]

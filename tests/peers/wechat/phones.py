"""The page that acts as a phone: what it sees as JSON, and what its user does. For people, and for the tests of the page itself."""

import asyncio
import base64
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.peers.sim_page import SimPage
from tests.peers.wechat.account import MIMES, Account, Phone, Shown
from tests.peers.wechat.faults import Fault
from tests.peers.wechat.pusher import AttemptFault, Push
from tests.peers.wechat.server import WeChatPlatform

HERE = Path(__file__).with_name("phone")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
WAIT_S = 20.0
SHOWN_MAX_COUNT = 300
PUSHES_MAX_COUNT = 20
SLOW_S = 12.0
CALL_FAULTS: Mapping[str, Fault] = {
    "busy": Fault(errcode=-1), "quota": Fault(errcode=45009), "often": Fault(errcode=45011), "down": Fault(status=502),
    "cut_before": Fault(is_cut_before=True), "cut_after": Fault(is_cut_after=True), "slow": Fault(slow_s=SLOW_S),
    "token": Fault(kills_token=42001), "count": Fault(errcode=45047), "window": Fault(errcode=45015),
}  # fmt: skip
"""What may go wrong with the next message that the account sends."""
PUSH_FAULTS: Mapping[str, AttemptFault] = {
    "unreached": AttemptFault(is_unreached=True), "lost": AttemptFault(is_lost=True), "hasty": AttemptFault(cut_after_s=0.0),
}  # fmt: skip
"""What may go wrong with the next attempt to tell the account."""


@dataclass
class PhonePage:
    """Its routes; to be made before the platform runs."""

    platform: WeChatPlatform
    desk_url: str = ""

    def __post_init__(self) -> None:
        self._version = 1
        self._moved = asyncio.Event()
        self._beginning = self.platform.clock.now()
        self.platform.on_change = self.changed
        self.platform.mounted += [
            *SimPage(HERE, lambda _: POLICY).routes(),
            ("GET", "/api/view", self._view),
            ("POST", "/api/deeds", self._do),
            ("GET", "/api/media/{app_id}/{media_id}", self._media),
        ]

    def changed(self) -> None:
        """Whoever looks, look again."""
        self._version += 1
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    # ---- files -------------------------------------------------------------------------------------------------------------------

    async def _media(self, request: web.Request) -> web.Response:
        account = self.platform.accounts.get(request.match_info["app_id"])
        media = account.media.get(request.match_info["media_id"]) if account else None
        if media is None:
            raise web.HTTPNotFound
        return web.Response(body=media.content, content_type=media.mime, headers={"X-Content-Type-Options": "nosniff"})

    # ---- what is seen ------------------------------------------------------------------------------------------------------------

    async def _view(self, request: web.Request) -> web.Response:
        """All of it, as soon as there is more than `version`; without a change it comes after a while all the same."""
        if request.query.get("version") == str(self._version):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(WAIT_S):
                    await self._moved.wait()
        chosen = self._chosen(request.query.get("account", ""), request.query.get("phone", ""))
        return web.json_response({
            "version": self._version, "now": self.platform.clock.now().isoformat(), "desk": self.desk_url,
            "moved_s": round(self.platform.clock.jumped_s), "faults": sorted(CALL_FAULTS), "push_faults": sorted(PUSH_FAULTS),
            "accounts": [_account_view(account) for account in self.platform.accounts.values()],
            "chat": _chat_view(chosen, self.platform) if chosen else None,
        })  # fmt: skip

    def _chosen(self, app_id: str, openid: str) -> Phone | None:
        account = self.platform.accounts.get(app_id)
        return account.phones.get(openid) if account else None

    # ---- what is done ------------------------------------------------------------------------------------------------------------

    async def _do(self, request: web.Request) -> web.Response:
        """One deed; 409 in words where it can't be done."""
        asked = await request.json()
        try:
            self._deed(asked)
        except (KeyError, ValueError) as error:
            return web.json_response({"why": str(error)}, status=409)
        self.changed()
        return web.json_response({"version": self._version})

    def _deed(self, asked: Mapping[str, Any]) -> None:
        deed = asked["deed"]
        if deed == "advance":
            self.platform.clock.advance(float(asked["seconds"]))
        elif deed == "newcomer":
            account = self.platform.accounts[asked["account"]]
            add_phone(self.platform, account)
        elif deed == "fault":
            self.platform.faults.next("custom/send", CALL_FAULTS[asked["fault"]], owner=asked["account"])
        elif deed == "push_fault":
            self.platform.accounts[asked["account"]].attempts.append(PUSH_FAULTS[asked["fault"]])
        else:
            phone = self._chosen(asked["account"], asked["phone"])
            if phone is None:
                raise KeyError("no such phone")
            _deeds(phone, asked)[deed]()


def add_phone(platform: WeChatPlatform, account: Account, *, is_following: bool = False) -> Phone:
    """One more user of an account."""
    phone = platform.phone(account, is_following=is_following)
    phone.name = f"{len(account.phones):02d}"
    return phone


def _deeds(phone: Phone, asked: Mapping[str, Any]) -> dict[str, Callable[[], Push | None]]:
    """What a user can do with a phone in hand."""

    def text(name: str, most: int = 2048) -> str:
        value = asked.get(name, "")
        if not isinstance(value, str) or not value.strip() or len(value) > most:
            raise ValueError(f"{name} is needed")
        return value

    def media(kind: str) -> Push:
        content = base64.b64decode(asked.get("content") or "") or SAMPLES[kind]
        return _if_following(phone).send_media(kind, content, name=asked.get("name", ""), recognition=asked.get("words") or None)

    def switch(name: str) -> None:
        setattr(phone, name, not getattr(phone, name))

    return {
        "write": lambda: _if_following(phone).write(text("text")),
        "image": lambda: media("image"),
        "voice": lambda: media("voice"),
        "video": lambda: media("video"),
        "location": lambda: _if_following(phone).send_location(31.2304, 121.4737, text("text")),
        "link": lambda: _if_following(phone).send_link(text("text"), "https://www.example.com/order/42", ""),
        "menu": lambda: _if_following(phone).tap_menu(text("key")),
        "option": lambda: _if_following(phone).tap_option(text("id"), text("text")),
        "scan": lambda: phone.scan(_scene(phone.account, text("text"))),
        "follow": phone.follow,
        "unfollow": lambda: _if_following(phone).unfollow(),
        "block": lambda: switch("has_blocked"),
        "mute": lambda: switch("is_muted"),
    }


SAMPLES = {
    "image": base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="),
    "voice": b"#!AMR\n" + b"\x3c" + b"\x00" * 31,
    "video": b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00" * 64,
}
"""What is sent where the user chose no file of their own."""


def _if_following(phone: Phone) -> Phone:
    if not phone.is_following:
        raise ValueError("not following")
    return phone


def _scene(account: Account, words: str) -> str:
    """What is in a code: given as its ticket, its address (what a drawn code holds), or the scene itself."""
    for one in account.scenes.values():
        if words in (one.ticket, one.url, one.scene):
            return one.scene
    return words


def _account_view(account: Account) -> dict[str, Any]:
    return {
        "id": account.app_id, "name": account.name or account.app_id, "mode": account.mode, "style": account.style,
        "can_send": account.can_send, "can_send_menus": account.can_send_menus,
        "menu": [{"key": key, "label": label} for key, label in account.menu.items()],
        "phones": [{"id": phone.openid, "name": phone.name, "is_following": phone.is_following} for phone in account.phones.values()],
    }  # fmt: skip


def _chat_view(phone: Phone, platform: WeChatPlatform) -> dict[str, Any]:
    now = platform.clock.now()
    until = phone.allowances.until(now)
    return {
        "account": phone.account.app_id, "phone": phone.openid, "name": phone.name,
        "is_following": phone.is_following, "has_blocked": phone.has_blocked, "is_muted": phone.is_muted,
        "typing_s": (phone.typing_until - now).total_seconds() if phone.typing_until and phone.is_typing_shown else 0,
        "left": phone.allowances.left(now), "until": until.isoformat() if until else None,
        "messages": [_message_view(phone, one) for one in phone.shown[-SHOWN_MAX_COUNT:]],
        "pushes": [_push_view(push) for push in phone.pushes[-PUSHES_MAX_COUNT:]],
        "refusals": [{"at": one.at.isoformat(), "name": one.name, "code": one.errcode} for one in _refused(phone, platform)],
        "scenes": [
            {"scene": one.scene, "url": one.url} for one in phone.account.scenes.values() if one.until is None or now < one.until
        ],
    }  # fmt: skip


def _refused(phone: Phone, platform: WeChatPlatform) -> list[Any]:
    mine = [one for one in platform.asked if one.account == phone.account.app_id and one.errcode != 0]
    return mine[-PUSHES_MAX_COUNT:]


def _message_view(phone: Phone, one: Shown) -> dict[str, Any]:
    media = phone.account.media.get(str(one.content.get("media_id", "")))
    url = f"/api/media/{phone.account.app_id}/{media.id}" if media else ""
    return {
        "id": one.id, "at": one.at.isoformat(), "via": one.via, "kind": one.kind, "text": one.text, "url": url,
        "mime": media.mime if media else MIMES.get(one.kind, ""), "content": one.content,
    }  # fmt: skip


def _push_view(push: Push) -> dict[str, Any]:
    fields = push.fields
    return {
        "what": str(fields.get("Event") or fields["MsgType"]),
        "attempts": [{"outcome": one.outcome, "took_s": round(one.took_s, 1), "why": one.why} for one in push.attempts],
    }

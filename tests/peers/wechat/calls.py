"""What an account's server may ask of the platform. Each call is judged in the order in which the platform judges: form, person, time."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import msgspec

from tests.peers.wechat import rules
from tests.peers.wechat.account import Account, Fields, Media, Phone, Scene, keep_media

ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)\\u(?=[0-9a-fA-F]{4})")


@dataclass(frozen=True)
class Upload:
    name: str
    mime: str
    content: bytes


@dataclass(frozen=True)
class Call:
    """One request."""

    name: str
    query: Mapping[str, str]
    body: bytes
    now: datetime
    ip: str = "127.0.0.1"
    upload: Upload | None = None
    json: Fields = field(default_factory=dict)


@dataclass(frozen=True)
class Content:
    """An answer that is a file."""

    media: Media


Answer = dict[str, Any] | Content
Handler = Callable[[Account, Call], Answer]


def refused(code: int, **words: str) -> Fields:
    """An error's body; its words carry a request id, as the real ones do."""
    return {"errcode": code, "errmsg": f"{rules.ERRORS[code].format(**words)} rid: 6740a1b2-0a1b2c3d-4e5f6a7b"}


OK: Fields = {"errcode": 0, "errmsg": "ok"}


def as_json(body: bytes) -> Fields | None:
    """The body of a call; None: it is none. The platform does not read `\\uXXXX`: it stands in what users see."""
    try:
        read = msgspec.json.decode(ESCAPE.sub(r"\1\\\\u", body.decode()))
    except (UnicodeDecodeError, msgspec.DecodeError):
        return None
    return read if isinstance(read, dict) else None


# ---- tokens ----------------------------------------------------------------------------------------------------------------------


def stable_token(account: Account, call: Call) -> Answer:
    if call.json.get("grant_type") != "client_credential":
        return refused(40002)
    if call.json.get("secret") != account.secret:
        return refused(40125)
    if account.allowed_ips is not None and call.ip not in account.allowed_ips:
        return refused(40164, ip=call.ip)
    code, token = account.tokens.ask(call.now, is_forced=call.json.get("force_refresh") is True)
    if token is None:
        return refused(code)
    return {"access_token": token.value, "expires_in": int((token.expires_at - call.now).total_seconds())}


# ---- messages --------------------------------------------------------------------------------------------------------------------


def send(account: Account, call: Call) -> Answer:
    """`custom/send`."""
    if not account.can_send:
        return refused(48001)
    kind = call.json.get("msgtype")
    if kind not in rules.SENT_TYPES:
        return refused(40008)
    phone = account.phones.get(str(call.json.get("touser")))
    if phone is None:
        return refused(40003)
    inner = call.json.get(kind)
    code = _unreachable(phone) or _faulty(account, kind, inner, call.now) or phone.allowances.spend(call.now)
    if code:
        return refused(code)
    assert isinstance(inner, dict)
    phone.show("custom", kind, _words(kind, inner), **_rest(kind, inner))
    return OK


def _unreachable(phone: Phone) -> int:
    if phone.has_blocked:
        return 43019
    if not phone.is_following:
        return 43004
    return 48002 if phone.is_muted else 0


def _faulty(account: Account, kind: str, inner: Any, now: datetime) -> int:
    """What is wrong with the content."""
    if not isinstance(inner, dict):
        return 44002
    if kind == "text":
        words = inner.get("content")
        if not isinstance(words, str) or not words:
            return 44004
        return 45002 if len(words.encode()) > rules.TEXT_MAX_BYTES else 0
    if kind == "msgmenu":
        return _faulty_menu(account, inner)
    if kind in rules.MEDIA_TYPES:
        return 0 if _holds(account, inner.get("media_id"), now) else 40007
    if kind == "news":
        return 0 if isinstance(inner.get("articles"), list) and len(inner["articles"]) == 1 else 45002
    return 0


def _faulty_menu(account: Account, inner: Fields) -> int:
    if not account.can_send_menus:
        return 40200
    options = inner.get("list")
    is_whole = (
        isinstance(options, list) and options and all(isinstance(one, dict) and one.get("id") and one.get("content") for one in options)
    )
    if not is_whole:
        return 47001
    return 45002 if len(_words("msgmenu", inner).encode()) > rules.TEXT_MAX_BYTES else 0


def _words(kind: str, inner: Fields) -> str:
    if kind == "msgmenu":
        lines = (inner.get("head_content"), *(one["content"] for one in inner["list"]), inner.get("tail_content"))
        return "\n".join(str(line) for line in lines if line)
    return str(inner.get("content") or inner.get("title") or "")


def _rest(kind: str, inner: Fields) -> Fields:
    return {name: value for name, value in inner.items() if (kind, name) != ("text", "content")}


def _holds(account: Account, media_id: Any, now: datetime) -> bool:
    media = account.media.get(str(media_id))
    return media is not None and now < media.until


def typing(account: Account, call: Call) -> Answer:
    """`custom/typing`."""
    if not account.can_send:
        return refused(48001)
    phone = account.phones.get(str(call.json.get("touser")))
    if phone is None:
        return refused(40003)
    match call.json.get("command"):
        case "CancelTyping":
            phone.typing_until = None
        case "Typing":
            if _unreachable(phone) or phone.acted_at is None or call.now - phone.acted_at > timedelta(seconds=rules.TYPING_AFTER_S):
                return refused(45080)
            if phone.is_typing_shown:
                return refused(45081)
            phone.typing_until = call.now + timedelta(seconds=rules.TYPING_S)
        case _:
            return refused(45072)
    phone.on_change()
    return OK


FIELD = re.compile(r"\{\{(\w+)\.DATA\}\}", re.ASCII)


def send_template(account: Account, call: Call) -> Answer:
    """`message/template/send`: needs no window; how it went comes as an event."""
    template = account.templates.get(str(call.json.get("template_id")))
    if template is None:
        return refused(40037)
    phone = account.phones.get(str(call.json.get("touser")))
    if phone is None:
        return refused(40003)
    if not phone.is_following:
        return refused(43004)
    data = call.json.get("data")
    if not isinstance(data, dict) or any(not _value(data, name) for name in FIELD.findall(template)):
        return refused(47003)
    known = account.remembered.get(str(call.json.get("client_msg_id") or ""))
    if known is not None and call.now - known[0] < timedelta(minutes=10):
        return {**OK, "msgid": known[1]}
    message_id = 200_000_000 + len(account.remembered) + len(phone.shown)
    account.remembered[str(call.json.get("client_msg_id") or message_id)] = (call.now, message_id)
    is_refused = phone.has_blocked or phone.is_muted
    if not is_refused:
        phone.show("template", "template", FIELD.sub(lambda found: _value(data, found[1]), template), url=call.json.get("url") or "")
    phone.report({
        "Event": "TEMPLATESENDJOBFINISH", "MsgID": message_id, "Status": "failed:user block" if is_refused else "success",
    })  # fmt: skip
    return {**OK, "msgid": message_id}


def _value(data: Fields, name: str) -> str:
    one = data.get(name)
    return str(one.get("value") or "") if isinstance(one, dict) else ""


# ---- codes to scan ---------------------------------------------------------------------------------------------------------------


def create_qr(account: Account, call: Call) -> Answer:
    """`qrcode/create`."""
    action, info = call.json.get("action_name"), call.json.get("action_info")
    if action not in ("QR_SCENE", "QR_STR_SCENE", "QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE"):
        return refused(40053)
    inner = info.get("scene") if isinstance(info, dict) else None
    scene = _scene(action, inner if isinstance(inner, dict) else {})
    seconds = call.json.get("expire_seconds", rules.QR_DEFAULT_S)
    is_lasting = "LIMIT" in action
    if not scene or not isinstance(seconds, int) or not (is_lasting or 1 <= seconds <= rules.QR_MAX_S):
        return refused(40097)
    ticket = f"gQ{len(account.scenes) + 1:06d}".ljust(96, "w")
    url = f"http://weixin.qq.com/q/{ticket[:24]}"
    until = None if is_lasting else call.now + timedelta(seconds=seconds)
    account.scenes[ticket] = Scene(ticket, scene, until, url)
    return {"ticket": ticket, "url": url} | ({} if is_lasting else {"expire_seconds": seconds})


def _scene(action: str, inner: Fields) -> str:
    """What is in the code, or nothing where it can't be."""
    if "STR" in action:
        words = inner.get("scene_str")
        return words if isinstance(words, str) and 1 <= len(words) <= rules.SCENE_MAX_CHARACTERS else ""
    number = inner.get("scene_id")
    most = 100_000 if "LIMIT" in action else 2**32 - 1
    return str(number) if isinstance(number, int) and 1 <= number <= most else ""


# ---- files -----------------------------------------------------------------------------------------------------------------------


def upload(account: Account, call: Call) -> Answer:
    """`media/upload`."""
    kind, sent = call.query.get("type", ""), call.upload
    if kind not in rules.MEDIA_MAX_BYTES:
        return refused(40004)
    if sent is None or not sent.content:
        return refused(41005)
    if sent.name.rpartition(".")[2].lower() not in rules.MEDIA_ENDINGS[kind]:
        return refused(40005)
    if len(sent.content) > rules.MEDIA_MAX_BYTES[kind]:
        return refused(rules.TOO_LARGE[kind])
    media = keep_media(account, kind, sent.content, name=sent.name, mime=sent.mime, now=call.now)
    return {"type": kind, "thumb_media_id" if kind == "thumb" else "media_id": media.id, "created_at": int(call.now.timestamp())}


def get_media(account: Account, call: Call) -> Answer:
    """`media/get`: an error is JSON with status 200, a video an address."""
    media_id = call.query.get("media_id", "")
    if not media_id:
        return refused(41006)
    media = account.media.get(media_id)
    if media is None or call.now >= media.until:
        return refused(40007)
    if media.kind in ("video", "shortvideo"):
        return {"video_url": f"{call.query['base']}/files/{account.app_id}/{quote(media.id)}"}
    return Content(media)


# ---- people and the account ------------------------------------------------------------------------------------------------------


def user_info(account: Account, call: Call) -> Answer:
    """`user/info`: without nickname and avatar since 27 December 2021."""
    phone = account.phones.get(call.query.get("openid", ""))
    if phone is None:
        return refused(40003)
    if not phone.is_following or phone.followed_at is None:
        return {"subscribe": 0, "openid": phone.openid}
    return {
        "subscribe": 1, "openid": phone.openid, "language": phone.language, "subscribe_time": int(phone.followed_at.timestamp()),
        "remark": "", "groupid": 0, "tagid_list": [], "subscribe_scene": "ADD_SCENE_QR_CODE", "qr_scene": 0, "qr_scene_str": "",
    }  # fmt: skip


def check_callback(account: Account, call: Call) -> Answer:
    """`callback/check`: whether the platform reaches the push address."""
    return {
        "dns": [{"ip": "203.0.113.7", "real_operator": "UNICOM"}],
        "ping": [{"ip": "203.0.113.7", "from_operator": "UNICOM", "package_loss": "0%", "time": "23.079ms"}],
    }


CALLS: dict[str, tuple[str, Handler]] = {
    "message/custom/send": ("POST", send),
    "message/custom/typing": ("POST", typing),
    "message/template/send": ("POST", send_template),
    "qrcode/create": ("POST", create_qr),
    "media/upload": ("POST", upload),
    "media/get": ("GET", get_media),
    "user/info": ("GET", user_info),
    "callback/check": ("POST", check_callback),
}
"""By their paths under /cgi-bin/; all of them ask for a token."""

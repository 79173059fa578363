"""One item of `kf/sync_msg` becomes an event, or a reason why it is none. Pure, and total: whatever the platform sends, one odd item is
never more than itself.

Read strictly first; what does not fit is read loosely, and where it is a customer's message it stays visible as a placeholder: an agent can
ask what it was, nobody can ask for what was dropped.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from adapters.shared.wechat.fields import clean, file_name
from adapters.wecom_kf import rules
from adapters.wecom_kf.bodies import part_of
from gateway.core.channel import event_key
from gateway.core.contact import Address, AddressKind
from gateway.core.ids import ChannelName, Thread, derived
from gateway.core.message import (
    MAX_TEXT_BYTES,
    Arriving,
    Came,
    Event,
    Fated,
    Inbound,
    Left,
    Location,
    Part,
    Pick,
    Said,
    Text,
)
from gateway.rendering.splitting import split

ID_MAX_CHARS = 128
TEXT_MAX_CHARS = 20_000
"""Far over what WeChat lets anybody type; the rest of something longer is not kept."""
NAME_MAX_CHARS = 200
_FUTURE_S = 600.0


class Item(Struct, frozen=True):
    """An item's frame; what is inside depends on `msgtype`."""

    msgid: str = ""
    open_kfid: str = ""
    external_userid: str = ""
    send_time: int = 0
    origin: int = 0
    msgtype: str = ""
    body: dict[str, Any] = {}


class Welcome(Struct, frozen=True):
    """Somebody has opened the conversation, and may be greeted once, until `until_s`."""

    code: str
    until_s: float


class Read(Struct, frozen=True):
    """What an item is for us: an event, perhaps with the right to greet; or nothing, and why, in a word for the log."""

    event: Inbound | None = None
    welcome: Welcome | None = None
    why_not: str = ""


class Place(Struct, frozen=True):
    """Where the items are from."""

    channel: ChannelName
    corp_id: str
    open_kfid: str


def thread_of(open_kfid: str, external_userid: str) -> Thread:
    """A customer's conversation with one customer-service account. Ids hold letters, digits, `_` and `-`."""
    return Thread(f"{open_kfid}:{external_userid}")


def parties(thread: Thread) -> tuple[str, str]:
    """(open_kfid, external_userid) of a thread."""
    open_kfid, _, external_userid = thread.partition(":")
    return open_kfid, external_userid


def sent_s(raw: bytes) -> float:
    """When an item was sent, to order by; 0.0 where it does not say."""
    item = _item(raw)
    return float(item.send_time) if item is not None else 0.0


def read(raw: bytes, place: Place, now_s: float) -> Read:
    """What this item is for us."""
    item = _item(raw)
    if item is None:
        return Read(why_not="unreadable")
    if item.msgtype == "event":
        return _event(item, raw, place, now_s)
    if item.origin == rules.FROM_SERVICER:
        return Read(why_not="servicer")
    if item.origin not in (rules.FROM_CUSTOMER, 0):
        return Read(why_not="origin")
    parts = _parts(item)
    return Read(_inbound(item, raw, place, now_s, Said(parts), is_said=True)) if _is_known(item) else Read(why_not="nobody")


# ---- what a customer says ----------------------------------------------------------------------------------------------------------


def _parts(item: Item) -> tuple[Part, ...]:
    try:
        parts = _PARTS.get(item.msgtype, _unknown)(item)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError):  # the last: a number of hundreds of digits
        parts = ()
    return parts or _unknown(item)


def _text(item: Item) -> tuple[Part, ...]:
    content, menu_id = _words(item, "content", TEXT_MAX_CHARS), _words(item, "menu_id")
    pieces = split(content, MAX_TEXT_BYTES)
    if menu_id:
        return (Pick(menu_id, pieces[0] if pieces else ""),)
    return tuple(map(Text, pieces))


def _media(item: Item) -> tuple[Part, ...]:
    media = _words(item, "media_id", 1000)
    name = file_name(_words(item, "filename") or _words(item, "name"))
    return (Arriving(item.msgtype, media, name=name),) if media else ()


def _location(item: Item) -> tuple[Part, ...]:
    latitude, longitude = float(item.body["latitude"]), float(item.body["longitude"])
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return ()
    name, address = _words(item, "name"), _words(item, "address")
    return (Location(latitude, longitude, " · ".join(filter(None, (name, address)))),)


def _link(item: Item) -> tuple[Part, ...]:
    lines = (_words(item, "title"), _words(item, "desc", 1000), _words(item, "url", 2000))
    return _said(*lines)


def _menu(item: Item) -> tuple[Part, ...]:
    """A menu that the customer has passed on: its question."""
    return _said(_words(item, "head_content", 1500))


def _titled(item: Item) -> tuple[Part, ...]:
    """A card of WeChat (a mini program, goods, an order, a meeting...): what stands on it, in the words that it has."""
    found = [_words(item, name) for name in ("title", "name", "nickname", "sub_title", "desc", "order_id", "product_id", "content")]
    kind = _KINDS.get(item.msgtype, item.msgtype)
    lines = list(dict.fromkeys(filter(None, found)))
    return _said(f"[{kind}] {lines[0]}", *lines[1:]) if lines else ()


def _unknown(item: Item) -> tuple[Part, ...]:
    """Something that we can't show: that it came is said, and the bot asks for words."""
    kind = _KINDS.get(item.msgtype) or file_name(item.msgtype)[:40] or "?"
    return (Arriving("file", name=kind, failure="refused_type"),)


def _said(*lines: str) -> tuple[Part, ...]:
    text = "\n".join(filter(None, (line.strip() for line in lines)))
    return tuple(Text(piece) for piece in split(text, MAX_TEXT_BYTES))


_KINDS = {
    "image": "图片",
    "voice": "语音",
    "video": "视频",
    "file": "文件",
    "location": "位置",
    "link": "链接",
    "business_card": "名片",
    "miniprogram": "小程序",
    "msgmenu": "菜单",
    "channels": "视频号",
    "channels_shop_product": "视频号商品",
    "channels_shop_order": "视频号订单",
    "merged_msg": "聊天记录",
    "meeting": "会议",
    "schedule": "日程",
    "note": "笔记",
}
"""What WeChat itself calls them."""
_PARTS: dict[str, Callable[[Item], tuple[Part, ...]]] = {
    "text": _text,
    "image": _media,
    "voice": _media,
    "video": _media,
    "file": _media,
    "location": _location,
    "link": _link,
    "msgmenu": _menu,
    "miniprogram": _titled,
    "channels": _titled,
    "channels_shop_product": _titled,
    "channels_shop_order": _titled,
    "merged_msg": _titled,
    "meeting": _titled,
    "schedule": _titled,
    "note": _unknown,
    "business_card": _unknown,
}


# ---- events ------------------------------------------------------------------------------------------------------------------------


def _event(item: Item, raw: bytes, place: Place, now_s: float) -> Read:
    kind = _words(item, "event_type")
    found = {"open_kfid": _words(item, "open_kfid"), "external_userid": _words(item, "external_userid")}
    whose = msgspec.structs.replace(item, **{name: value for name, value in found.items() if value})
    match kind:
        case "enter_session":
            return _entered(whose, raw, place, now_s)
        case "msg_send_fail":
            return _of(whose, raw, place, now_s, _fated(item))
        case "reject_customer_msg_switch_change":
            is_refused = _number(item, "reject_switch") == 1
            return _of(whose, raw, place, now_s, Left() if is_refused else Came("opened"))
        case _:
            # servicer_status_change, session_status_change, user_recall_msg, servicer_recall_msg, and what is yet to come: see the docs
            return Read(why_not=clean(kind)[:60] or "event")


def _of(item: Item, raw: bytes, place: Place, now_s: float, event: Event | None) -> Read:
    if event is None or not _is_known(item):
        return Read(why_not="nobody")
    return Read(_inbound(item, raw, place, now_s, event))


def _entered(item: Item, raw: bytes, place: Place, now_s: float) -> Read:
    read = _of(item, raw, place, now_s, Came("opened"))
    code = _words(item, "welcome_code", 500)
    if read.event is None or not code:
        return read
    return Read(read.event, Welcome(code, _at(item, now_s).timestamp() + rules.WELCOME_S))


def _fated(item: Item) -> Fated | None:
    failed = _words(item, "fail_msgid")
    status, words, why = rules.fate(_number(item, "fail_type"))
    return Fated(channel_message_id=failed, status=status, detail=words, why=why, place=part_of(failed)) if failed else None


# ---- frames ------------------------------------------------------------------------------------------------------------------------


def _inbound(item: Item, raw: bytes, place: Place, now_s: float, event: Event, *, is_said: bool = False) -> Inbound:
    kfid, at = item.open_kfid or place.open_kfid, _at(item, now_s)
    message_id = item.msgid or derived("kf", raw.hex())
    return Inbound(
        channel=place.channel, thread=thread_of(kfid, item.external_userid), event=event, at=at,
        key=event_key(place.channel, kfid, item.external_userid, message_id),
        sender=Address(AddressKind.WECOM_USER, place.corp_id, item.external_userid), grant=rules.grant(at) if is_said else None,
    )  # fmt: skip


def _is_known(item: Item) -> bool:
    """Whose it is can be told; ids with anything odd in them would end up in addresses and topics."""
    return is_id(item.external_userid) and (not item.open_kfid or is_id(item.open_kfid)) and len(item.msgid) <= ID_MAX_CHARS


def is_id(text: str) -> bool:
    """Whether it can be an id of WeCom's: letters, digits, `_` and `-`."""
    return 0 < len(text) <= ID_MAX_CHARS and text.isascii() and text.replace("-", "").replace("_", "").isalnum()


def _at(item: Item, now_s: float) -> datetime:
    """When it was sent; now, where that can't be."""
    if 0 < item.send_time <= now_s + _FUTURE_S:
        return datetime.fromtimestamp(item.send_time, UTC)
    return datetime.fromtimestamp(now_s, UTC)


def _words(item: Item, name: str, max_chars: int = NAME_MAX_CHARS) -> str:
    value = item.body.get(name, "")
    return clean(str(value))[:max_chars].strip() if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


def _number(item: Item, name: str) -> int:
    value = item.body.get(name, 0)
    return value if isinstance(value, int) else 0


def _item(raw: bytes) -> Item | None:
    """The frame of an item; None where it is no object at all."""
    try:
        found = json.loads(raw.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    kind = _text_of(found, "msgtype")
    body = found.get(kind)
    return Item(
        msgid=_text_of(found, "msgid"), open_kfid=_text_of(found, "open_kfid"), external_userid=_text_of(found, "external_userid"),
        send_time=_int_of(found, "send_time"), origin=_int_of(found, "origin"), msgtype=kind, body=body if isinstance(body, dict) else {},
    )  # fmt: skip


def _text_of(found: dict[str, Any], name: str) -> str:
    value = found.get(name, "")
    return clean(value) if isinstance(value, str) else ""


def _int_of(found: dict[str, Any], name: str) -> int:
    value = found.get(name, 0)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 40 else 0

"""What stands in a customer's message of 微信客服, as parts: document 94670, and what else has been seen. Pure."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from adapters.shared.wechat.fields import clean, file_name
from gateway.core.parts import MAX_TEXT_BYTES, Arriving, Location, Part, Pick, Text
from gateway.rendering.splitting import split

TEXT_MAX_CHARS = 20_000
"""Far over what WeChat lets anybody type; the rest of something longer is not kept."""
NAME_MAX_CHARS = 200


class Item(Struct, frozen=True):
    """An item's frame; what is inside depends on `msgtype`."""

    msgid: str = ""
    open_kfid: str = ""
    external_userid: str = ""
    send_time: int = 0
    origin: int = 0
    msgtype: str = ""
    body: dict[str, Any] = {}


def words(item: Item, name: str, max_chars: int = NAME_MAX_CHARS) -> str:
    """A field inside the item, as plain text; "" where it is none."""
    value = item.body.get(name, "")
    return clean(str(value))[:max_chars].strip() if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


def number(item: Item, name: str) -> int:
    """A field inside the item, as a number; 0 where it is none."""
    value = item.body.get(name, 0)
    return value if isinstance(value, int) else 0


def parts_of(item: Item) -> tuple[Part, ...]:
    """The parts of a customer's message; never none."""
    try:
        parts = _PARTS.get(item.msgtype, _unknown)(item)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError):  # the last: a number of hundreds of digits
        parts = ()
    return parts or _unknown(item)


def _text(item: Item) -> tuple[Part, ...]:
    content, menu_id = words(item, "content", TEXT_MAX_CHARS), words(item, "menu_id")
    pieces = split(content, MAX_TEXT_BYTES)
    if menu_id:
        return (Pick(menu_id, pieces[0] if pieces else ""),)
    return tuple(map(Text, pieces))


def _media(item: Item) -> tuple[Part, ...]:
    media = words(item, "media_id", 1000)
    name = file_name(words(item, "filename") or words(item, "name"))
    return (Arriving(item.msgtype, media, name=name),) if media else ()


def _location(item: Item) -> tuple[Part, ...]:
    latitude, longitude = float(item.body["latitude"]), float(item.body["longitude"])
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return ()
    name, address = words(item, "name"), words(item, "address")
    return (Location(latitude, longitude, " · ".join(filter(None, (name, address)))),)


def _link(item: Item) -> tuple[Part, ...]:
    lines = (words(item, "title"), words(item, "desc", 1000), words(item, "url", 2000))
    return _said(*lines)


def _menu(item: Item) -> tuple[Part, ...]:
    """A menu that the customer has passed on: its question."""
    return _said(words(item, "head_content", 1500))


def _titled(item: Item) -> tuple[Part, ...]:
    """A card of WeChat (a mini program, goods, an order, a meeting...): what stands on it, in the words that it has."""
    found = [words(item, name) for name in ("title", "name", "nickname", "sub_title", "desc", "order_id", "product_id", "content")]
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

"""What a push of an Official Account means: its fields as an event. Nothing that a customer does is lost in silence: what we can't read
stands in the conversation as something that can't be shown.
"""

import hashlib
import logging
import math
import re
from collections.abc import Mapping

from msgspec import Struct

from adapters.shared.wechat.fields import Fields, file_name, inside, word
from adapters.wechat.rules import MENU_EVENTS, OTHER_EVENTS, SCENE_PREFIX, SILENT_MENU_EVENTS, TEMPLATE_RESULT, UNREADABLE, Deed
from gateway.core.errors import BadInput
from gateway.core.events import Came, Event, Fated, Left, Said
from gateway.core.message import Status
from gateway.core.parts import MAX_TEXT_BYTES, Arriving, Location, Part, Pick, Text
from gateway.rendering.splitting import split

log = logging.getLogger(__name__)

_ID = re.compile(r"[\w@.=-]{1,128}", re.ASCII)
"""An openid, or an account's original id: they stand in keys, topics and answers."""
_KEY_MAX_CHARS = 64
_URL_MAX_CHARS = 2048
_NAME_MAX_CHARS = 200


class Heard(Struct, frozen=True):
    """A push, read. `deed`: what it allows us; `waits`: an answer may go back on the line; `greets`: a greeting should."""

    key: str
    event: Event | None = None
    deed: Deed | None = None
    waits: bool = False
    greets: bool = False


def sender_of(fields: Fields) -> tuple[str, str]:
    """The customer's openid, and the account's original id (gh_...). Raises BadInput."""
    return _id(fields, "FromUserName"), _id(fields, "ToUserName")


def heard(fields: Fields, menu: Mapping[str, str]) -> Heard:
    """What a push means. `menu`: the words that a tap on an entry stands for. Raises BadInput."""
    kind = word(fields, "MsgType").lower()
    if not kind:
        raise BadInput("bad_push", "a push with a MsgType")
    return _event(fields, menu) if kind == "event" else _message(fields, kind)


# ---- messages -------------------------------------------------------------------------------------------------------------------


def _message(fields: Fields, kind: str) -> Heard:
    """A message. Its id alone has collided in the field (WxJava#333), so the sender's stands before it."""
    key = _short(word(fields, "MsgId")) or _digest(repr(sorted(fields.items())))
    parts = _parts(fields, kind)
    if not parts:
        return Heard(key, Came("opened"), Deed.SAID)
    is_tap = kind == "text" and "bizmsgmenuid" in fields
    return Heard(key, Said(parts), Deed.MENU if is_tap else Deed.SAID, waits=True)


def _parts(fields: Fields, kind: str) -> tuple[Part, ...]:
    match kind:
        case "text":
            return _written(fields)
        case "image" | "video" | "shortvideo":
            return (_arriving("video" if kind == "shortvideo" else kind, fields),)
        case "voice":
            return (_arriving("voice", fields), *texts(word(fields, "Recognition")))
        case "location":
            return _place(fields)
        case "link":
            lines = (word(fields, "Title"), word(fields, "Description"), word(fields, "Url")[:_URL_MAX_CHARS])
            return texts("\n".join(line for line in lines if line.strip())) or (_unreadable(kind),)
        case "file":  # no page describes it; pushes seen in the field hold a name and no media id
            return (_arriving("file", fields, name=word(fields, "Title")),)
        case _:
            return (_unreadable(kind),)


def _written(fields: Fields) -> tuple[Part, ...]:
    """Words, or a tap on a `msgmenu`, whose id arrives as "0" at times: then its words tell what was meant."""
    text, picked = word(fields, "Content"), word(fields, "bizmsgmenuid").strip()
    if picked and picked != "0":
        return (Pick(picked[:_NAME_MAX_CHARS], _first(text)),)
    if UNREADABLE in text and len(text) < 40:
        return (_unreadable("sticker"),)
    return texts(text)


def texts(text: str) -> tuple[Text, ...]:
    """Words in parts of what a message may hold; none where there are no words."""
    return tuple(map(Text, split(text, MAX_TEXT_BYTES)))


def _first(text: str) -> str:
    return next(iter(split(text, MAX_TEXT_BYTES)), "")


def _arriving(kind: str, fields: Fields, *, name: str = "") -> Arriving:
    media = word(fields, "MediaId")
    return Arriving(kind, media, file_name(name), failure="" if media else "gone")


def _unreadable(kind: str) -> Arriving:
    """Something that we, or the platform, can't show: people see that it was sent."""
    return Arriving("file", name=file_name(kind), failure="refused_type")


def _place(fields: Fields) -> tuple[Part, ...]:
    """A place. Inside China the platform's coordinates are GCJ-02, up to some hundred metres off: the label says more than they do."""
    latitude, longitude = _degrees(fields, "Location_X", 90), _degrees(fields, "Location_Y", 180)
    label = _first(word(fields, "Label"))
    if latitude is None or longitude is None:
        return texts(label) or (_unreadable("location"),)
    return (Location(latitude, longitude, label[:_NAME_MAX_CHARS]),)


def _degrees(fields: Fields, name: str, limit: float) -> float | None:
    try:
        value = float(word(fields, name))
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) <= limit else None


# ---- events ---------------------------------------------------------------------------------------------------------------------


def _event(fields: Fields, menu: Mapping[str, str]) -> Heard:
    """An event. It has no id: who, when, what and on which entry make its key; a template's result has an id of what it tells of."""
    name, entry = word(fields, "Event").lower(), word(fields, "EventKey")
    told = word(fields, "MsgID") or word(fields, "MsgId")
    key = ":".join((_short(word(fields, "CreateTime")), _short(name), _short(entry or told)))
    match name:
        case "subscribe":
            code = _code(entry.removeprefix("qrscene_")) if entry.startswith("qrscene_") else ""
            return Heard(key, Came("followed", code), Deed.FOLLOWED, waits=bool(code), greets=True)
        case "unsubscribe":
            return Heard(key, Left())
        case "scan":
            code = _code(entry)
            return Heard(key, Came("scanned", code), Deed.SCANNED, waits=bool(code))
        case "templatesendjobfinish":
            return Heard(key, _fate(fields, told))
    if name in MENU_EVENTS:
        return _tapped(key, name, fields, menu)
    if name in SILENT_MENU_EVENTS:
        return Heard(key, Came("viewed" if name.startswith("view") else "tapped"))
    if name not in OTHER_EVENTS:
        log.info("an event that we do not know; nothing follows from it", extra={"event": name[:_KEY_MAX_CHARS]})
    return Heard(key)


def _tapped(key: str, name: str, fields: Fields, menu: Mapping[str, str]) -> Heard:
    """An entry of the account's menu. Its words are in the configuration; without them the key stands for itself: it may be the id of an
    entry of the knowledge base, or `person`. What is scanned from a menu that waits for an answer is asked as it is."""
    entry = word(fields, "EventKey").strip()
    words = menu.get(entry, "")
    scanned = word(inside(fields, "ScanCodeInfo"), "ScanResult")
    match name:
        case "scancode_push":
            return Heard(key, Came("tapped"), Deed.MENU)
        case "scancode_waitmsg" if scanned.strip():
            return Heard(key, Said(texts(f"{words} {scanned}")), Deed.MENU, waits=True)
    if words:
        return Heard(key, Said(texts(words)), Deed.MENU, waits=True)
    if entry:
        return Heard(key, Said((Pick(entry[:_NAME_MAX_CHARS], entry[:_NAME_MAX_CHARS]),)), Deed.MENU, waits=True)
    return Heard(key, Came("tapped"), Deed.MENU)


def _fate(fields: Fields, told: str) -> Fated | None:
    """What became of a template message."""
    status = word(fields, "Status").strip()
    if not told:
        return None
    is_delivered = status.lower() == "success"
    detail = "" if is_delivered else f"{TEMPLATE_RESULT}: {status[:_NAME_MAX_CHARS]}"
    return Fated(channel_message_id=told, status=Status.DELIVERED if is_delivered else Status.FAILED, detail=detail)


def _code(scene: str) -> str:
    """The code of a QR scene that we made; "" for others."""
    return scene.removeprefix(SCENE_PREFIX) if scene.startswith(SCENE_PREFIX) and len(scene) <= _KEY_MAX_CHARS else ""


# ---- helpers --------------------------------------------------------------------------------------------------------------------


def _short(text: str) -> str:
    """A key as it is; a long one, or one that holds a code of ours, by its digest: keys are written down."""
    return text if len(text) <= _KEY_MAX_CHARS and SCENE_PREFIX not in text else _digest(text)


def _digest(*texts: str) -> str:
    return hashlib.sha256("\x1f".join(texts).encode("utf-8", "replace")).hexdigest()[:32]


def _id(fields: Fields, name: str) -> str:
    value = word(fields, name)
    if not _ID.fullmatch(value):
        raise BadInput("bad_push", f"a push with a {name}")
    return value

"""What one part of a message is for `kf/send_msg`. Pure."""

import re
from typing import Any

from adapters.shared.wechat.fields import clean
from adapters.wecom_kf import rules
from gateway.core.ids import derived
from gateway.core.message import Outgoing
from gateway.core.parts import (
    Arriving,
    Choices,
    File,
    FileRef,
    Keyed,
    Letter,
    Location,
    Notice,
    Part,
    Pick,
    Spoken,
    Text,
    Together,
    plain_text,
)

_MSGID = re.compile(rules.MSGID_PATTERN, re.ASCII)
_MORE = "…"
CAPTION = "c"
"""Behind a file's msgid: that of the words under it."""

Body = dict[str, Any]


def msgid_of(outgoing: Outgoing) -> str:
    """The id that a part gets: the same for each try, another one for each part, so that the platform takes it once.

    Readable where it can be, because it stands in the platform's own logs.
    """
    spoken = f"{outgoing.id}-{outgoing.parts_sent}"
    return spoken if _MSGID.fullmatch(spoken) else derived("kf", outgoing.id, outgoing.parts_sent)


def part_of(msgid: str) -> int:
    """Which part of its message went out under this id; 0 where it does not say."""
    number = msgid.rpartition("-")[2].removesuffix(CAPTION)
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 4 else 0


def body_of(part: Part) -> Body:
    """`msgtype` and what belongs to it. A file's content has to be there already: see `media_body`."""
    match part:
        case Choices() if part.options and _fits_a_menu(part):
            return _menu(part)
        case Choices():
            return text_body(_numbered(part))
        case Location():
            return _location(part)
        case Text(text=text) | Notice(text=text):
            return text_body(text)
        case Pick(id=id_, text=text):
            return text_body(text or id_)
        case Spoken() | Keyed():
            return text_body(plain_text((part,)))
        case File(file=file, caption=caption):
            return text_body(caption or file.name)
        case Arriving(name=name, kind=kind):
            return text_body(name or kind)
        case Letter() | Together():
            return text_body(plain_text((part,)))


def text_body(text: str) -> Body:
    """Words."""
    return {"msgtype": "text", "text": {"content": _cut(clean(text), rules.TEXT_MAX_BYTES)}}


def media_type(file: FileRef) -> str:
    """How a file goes out: shown or played in the chat where the platform can, else to be saved."""
    kind, max_bytes = rules.UPLOADS.get(file.mime, ("file", 0))
    return kind if file.size_bytes <= max_bytes else "file"


def media_body(kind: str, media_id: str) -> Body:
    """A file that has been uploaded."""
    return {"msgtype": kind, kind: {"media_id": media_id}}


def _fits_a_menu(part: Choices) -> bool:
    """A tap tells the id alone: one that would have to be cut could not be known again."""
    has_room = len(part.options) <= rules.MENU_MAX_COUNT and _size(part.text) <= rules.MENU_HEAD_MAX_BYTES
    return has_room and all(0 < _size(option.id) <= rules.MENU_ID_MAX_BYTES and option.text.strip() for option in part.options)


def _menu(part: Choices) -> Body:
    taps = [
        {"type": "click", "click": {"id": option.id, "content": _cut(clean(option.text), rules.MENU_ITEM_MAX_BYTES)}}
        for option in part.options
    ]
    return {"msgtype": "msgmenu", "msgmenu": {"head_content": clean(part.text), "list": taps}}


def _numbered(part: Choices) -> str:
    """The choices as text; of a question that is too long for both, the end is missing, and not a choice."""
    options = "\n".join(f"{number}. {option.text}" for number, option in enumerate(part.options, 1))
    room = rules.TEXT_MAX_BYTES - _size(options) - 1
    return "\n".join(filter(None, (_cut(part.text, room) if room > 0 else "", options, part.hint)))


def _location(part: Location) -> Body:
    name = clean(part.name)[:100] or f"{part.latitude:.5f}, {part.longitude:.5f}"
    place = {"name": name, "latitude": part.latitude, "longitude": part.longitude}
    return {"msgtype": "location", "location": place}


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _cut(text: str, max_bytes: int) -> str:
    """The text, or as much of it as there is room for."""
    data = text.encode("utf-8", "replace")
    if len(data) <= max_bytes:
        return text
    return data[: max_bytes - len(_MORE.encode())].decode("utf-8", "ignore") + _MORE

"""One item of `kf/sync_msg` becomes an event, or a reason why it is none. Pure, and total: whatever the platform sends, one odd item is
never more than itself.

A customer's message that can't be read stays visible as a placeholder: an agent can ask what it was, nobody can ask for what was dropped.
"""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from adapters.shared.wechat.fields import clean
from adapters.wecom_kf import rules
from adapters.wecom_kf.bodies import part_of
from adapters.wecom_kf.contents import Item, number, parts_of, words
from gateway.core.channel import event_key
from gateway.core.contact import Address, AddressKind
from gateway.core.events import Came, Event, Fated, Inbound, Left, Remarked, Said
from gateway.core.ids import ChannelName, Thread, derived

ID_MAX_CHARS = 128
_FUTURE_S = 600.0


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
    parts = parts_of(item)
    return Read(_inbound(item, raw, place, now_s, Said(parts), is_said=True)) if _is_known(item) else Read(why_not="nobody")


# ---- events ------------------------------------------------------------------------------------------------------------------------


def _event(item: Item, raw: bytes, place: Place, now_s: float) -> Read:
    kind = words(item, "event_type")
    found = {"open_kfid": words(item, "open_kfid"), "external_userid": words(item, "external_userid")}
    whose = msgspec.structs.replace(item, **{name: value for name, value in found.items() if value})
    match kind:
        case "enter_session":
            return _entered(whose, raw, place, now_s)
        case "msg_send_fail":
            return _of(whose, raw, place, now_s, _fated(item))
        case "reject_customer_msg_switch_change":
            is_refused = number(item, "reject_switch") == 1
            return _of(whose, raw, place, now_s, Left() if is_refused else Came("opened"))
        case "session_status_change":
            return _of(whose, raw, place, now_s, _changed_hands(item))
        case "user_recall_msg":
            return _of(whose, raw, place, now_s, Remarked(what="recalled"))
        case _:
            # servicer_status_change, servicer_recall_msg, and what is yet to come: nothing that people need
            return Read(why_not=clean(kind)[:60] or "event")


def _of(item: Item, raw: bytes, place: Place, now_s: float, event: Event | None) -> Read:
    if event is None or not _is_known(item):
        return Read(why_not="nobody")
    return Read(_inbound(item, raw, place, now_s, event))


def _entered(item: Item, raw: bytes, place: Place, now_s: float) -> Read:
    read = _of(item, raw, place, now_s, Came("opened"))
    code = words(item, "welcome_code", 500)
    if read.event is None or not code:
        return read
    return Read(read.event, Welcome(code, _at(item, now_s).timestamp() + rules.WELCOME_S))


def _changed_hands(item: Item) -> Remarked:
    """1: taken from the pool; 2: passed on; 3: ended; 4: taken up again. All of it by colleagues in WeCom's own app."""
    if number(item, "change_type") == 3:
        return Remarked(what="ended_there")
    return Remarked(what="taken_there", who=words(item, "new_servicer_userid", 64) or "?")


def _fated(item: Item) -> Fated | None:
    failed = words(item, "fail_msgid")
    status, detail, why = rules.fate(number(item, "fail_type"))
    return Fated(channel_message_id=failed, status=status, detail=detail, why=why, place=part_of(failed)) if failed else None


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

"""What a push of an Official Account means, and what it lets us send."""

import json
import logging
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.allowance import Grant, Pocket
from gateway.core.contact import Address, AddressKind
from gateway.core.errors import BadInput
from gateway.core.events import Came, Event, Fated, Inbound, Left, Said
from gateway.core.message import Status
from gateway.core.parts import Arriving, Location, Pick, Text
from tests.effort import at_most
from tests.unit.adapters.wechat_account import AT_S, GH, OPENID, account, channel, fields, raw_of

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
SAID = Grant(pocket=Pocket.SAID, count=5, until=AT + timedelta(hours=48))
TOUCHED = Grant(pocket=Pocket.TOUCHED, count=3, until=AT + timedelta(minutes=1))


def heard(received_s: int = AT_S, set_up: dict[str, Any] | None = None, **more: Any) -> Inbound:
    """The one event of a push."""
    (event,) = channel(**set_up or {}).parse(raw_of(fields(**more), received_s=received_s)).events
    return event


def nothing(**more: Any) -> bool:
    return channel().parse(raw_of(fields(**more))).events == ()


# ---- messages -------------------------------------------------------------------------------------------------------------------

MESSAGES: list[tuple[dict[str, Any], Event]] = [
    ({"Content": "退款多久到账？"}, Said((Text("退款多久到账？"),))),
    ({"Content": "  hi\n"}, Said((Text("hi"),))),
    ({"Content": "退款", "bizmsgmenuid": "refund"}, Said((Pick("refund", "退款"),))),
    ({"Content": "退款", "bizmsgmenuid": "0"}, Said((Text("退款"),))),
    ({"Content": "【收到不支持的消息类型，暂无法显示】"}, Said((Arriving("file", name="sticker", failure="refused_type"),))),
    ({"MsgType": "image", "PicUrl": "http://mmbiz.qpic.cn/1", "MediaId": "media1"}, Said((Arriving("image", "media1"),))),
    ({"MsgType": "voice", "MediaId": "media2", "Format": "amr", "MediaId16K": "x"}, Said((Arriving("voice", "media2"),))),
    ({"MsgType": "voice", "MediaId": "m", "Recognition": "你好。"}, Said((Arriving("voice", "m"), Text("你好。")))),
    ({"MsgType": "video", "MediaId": "media3", "ThumbMediaId": "t"}, Said((Arriving("video", "media3"),))),
    ({"MsgType": "shortvideo", "MediaId": "media4", "ThumbMediaId": "t"}, Said((Arriving("video", "media4"),))),
    (
        {"MsgType": "location", "Location_X": "23.137466", "Location_Y": "113.352425", "Scale": "20", "Label": "广州市海珠区"},
        Said((Location(23.137466, 113.352425, "广州市海珠区"),)),
    ),
    ({"MsgType": "location", "Location_X": "nan", "Location_Y": "1e999", "Label": "广州"}, Said((Text("广州"),))),
    (
        {"MsgType": "link", "Title": "公众平台官网链接", "Description": "官网", "Url": "https://mp.weixin.qq.com/"},
        Said((Text("公众平台官网链接\n官网\nhttps://mp.weixin.qq.com/"),)),
    ),
    ({"MsgType": "file", "Title": "a.pdf", "FileKey": "k", "FileTotalLen": "7"}, Said((Arriving("file", name="a.pdf", failure="gone"),))),
    ({"MsgType": "file", "Title": "../\u202efdp.exe"}, Said((Arriving("file", name="..__fdp.exe", failure="gone"),))),
    ({"MsgType": "hologram", "HologramId": "1"}, Said((Arriving("file", name="hologram", failure="refused_type"),))),
]  # fmt: skip


@pytest.mark.parametrize(("pushed", "event"), MESSAGES, ids=[str(number) for number in range(len(MESSAGES))])
def test_a_message_says_what_it_holds(pushed: dict[str, Any], event: Event) -> None:
    inbound = heard(**pushed)
    assert inbound.event == event
    assert inbound.answer_by == AT + timedelta(seconds=1.5)
    assert inbound.sender == Address(AddressKind.OPENID, "wx0123456789abcdef", OPENID)
    assert inbound.thread == OPENID


def test_a_message_lets_us_send_five_and_a_tapped_choice_three() -> None:
    assert heard(Content="hi").grant == SAID
    assert heard(Content="退款", bizmsgmenuid="refund").grant == TOUCHED


def test_a_blank_text_says_nothing_and_still_lets_us_send() -> None:
    inbound = heard(Content=" \n ")
    assert (inbound.event, inbound.grant, inbound.answer_by) == (Came("opened"), SAID, None)


def test_a_long_text_is_kept_whole() -> None:
    event = heard(Content="好" * 3000).event
    assert isinstance(event, Said)
    assert "".join(part.text for part in event.parts if isinstance(part, Text)) == "好" * 3000
    assert all(len(part.text.encode()) <= 4096 for part in event.parts if isinstance(part, Text))


def test_what_is_allowed_is_counted_from_the_customers_own_moment() -> None:
    late = heard(received_s=AT_S + 15, Content="hi")
    assert (late.at, late.grant) == (AT + timedelta(seconds=15), SAID)


def test_a_moment_that_can_not_be_is_not_believed() -> None:
    for stamp in (0, 1, AT_S + 86_400, "99999999999", "²", "-5"):
        assert heard(Content="hi", CreateTime=stamp).grant == SAID, stamp


def test_an_answer_on_the_line_is_waited_for_as_the_settings_say() -> None:
    assert heard(set_up={"passive_s": 0.0}, Content="hi").answer_by is None
    assert heard(set_up={"passive_s": 0.0, "customer_service": False}, Content="hi").answer_by == AT
    assert heard(set_up={"passive_s": 4.5}, Content="hi").answer_by == AT + timedelta(seconds=4.5)


# ---- events ---------------------------------------------------------------------------------------------------------------------

EVENTS: list[tuple[dict[str, Any], Event, Grant | None, bool]] = [
    ({"Event": "subscribe", "EventKey": ""}, Came("followed"), TOUCHED, False),
    ({"Event": "subscribe", "EventKey": "qrscene_123123", "Ticket": "T"}, Came("followed"), TOUCHED, False),
    ({"Event": "subscribe", "EventKey": "qrscene_fd_CODE1", "Ticket": "T"}, Came("followed", "CODE1"), TOUCHED, True),
    ({"Event": "subscribe", "EventKey": "fd_CODE1"}, Came("followed"), TOUCHED, False),
    ({"Event": "unsubscribe", "EventKey": ""}, Left(), None, False),
    ({"Event": "SCAN", "EventKey": "fd_CODE1", "Ticket": "T"}, Came("scanned", "CODE1"), TOUCHED, True),
    ({"Event": "SCAN", "EventKey": "4711", "Ticket": "T"}, Came("scanned"), TOUCHED, False),
    ({"Event": "CLICK", "EventKey": "REFUND"}, Said((Text("退款多久到账？"),)), TOUCHED, True),
    ({"Event": "CLICK", "EventKey": "person"}, Said((Pick("person", "person"),)), TOUCHED, True),
    ({"Event": "VIEW", "EventKey": "https://example.com/", "MenuId": "1"}, Came("viewed"), None, False),
    ({"Event": "view_miniprogram", "EventKey": "pages/index"}, Came("viewed"), None, False),
    (
        {"Event": "scancode_waitmsg", "EventKey": "PARCEL", "ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "SF1234"}},
        Said((Text("查快递 SF1234"),)), TOUCHED, True,
    ),
    ({"Event": "scancode_push", "EventKey": "PARCEL", "ScanCodeInfo": {"ScanResult": "1"}}, Came("tapped"), TOUCHED, False),
    ({"Event": "pic_weixin", "EventKey": "P", "SendPicsInfo": {"Count": 1}}, Came("tapped"), None, False),
    ({"Event": "location_select", "EventKey": "P", "SendLocationInfo": {"Label": "x"}}, Came("tapped"), None, False),
    (
        {"Event": "TEMPLATESENDJOBFINISH", "MsgID": 200163836, "Status": "success"},
        Fated(channel_message_id="200163836", status=Status.DELIVERED), None, False,
    ),
    (
        {"Event": "TEMPLATESENDJOBFINISH", "MsgID": 200163836, "Status": "failed:user block"},
        Fated(channel_message_id="200163836", status=Status.FAILED, detail="templatesendjobfinish: failed:user block"), None, False,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("pushed", "event", "grant", "waits"), EVENTS, ids=[str(number) for number in range(len(EVENTS))])
def test_an_event_says_what_was_done(pushed: dict[str, Any], event: Event, grant: Grant | None, waits: bool) -> None:
    inbound = heard(set_up={"menu": {"REFUND": "退款多久到账？", "PARCEL": "查快递"}}, **pushed)
    assert (inbound.event, inbound.grant) == (event, grant)
    assert (inbound.answer_by is not None) == waits


def test_what_no_conversation_follows_from_is_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert nothing(Event="LOCATION", Latitude="23.1", Longitude="113.3", Precision="119.3")
    assert nothing(Event="MASSSENDJOBFINISH", MsgID="1", Status="sendsuccess")
    assert not caplog.records
    assert nothing(Event="brand_new_event", EventKey="x")
    assert [record.getMessage() for record in caplog.records] == ["an event that we do not know; nothing follows from it"]


@pytest.mark.parametrize(
    "broken",
    [
        {"FromUserName": ""},
        {"ToUserName": "a/b"},
        {"FromUserName": "x" * 200},
        {"MsgType": ""},
        {"FromUserName": "a b"},
        {"FromUserName": "o]]>1"},
    ],
)
def test_a_push_of_nobody_is_bad_input(broken: dict[str, str]) -> None:
    with pytest.raises(BadInput, match="bad_push"):
        channel().parse(raw_of({**fields(), **broken, "FromUserName": broken.get("FromUserName", OPENID)}))


NAMES = (
    "MsgType", "Event", "EventKey", "Content", "MsgId", "MsgID", "CreateTime", "MediaId", "Recognition",
    "Location_X", "Location_Y", "Label", "Title", "Description", "Url", "Status", "bizmsgmenuid", "Ticket",
)  # fmt: skip
KINDS = st.sampled_from(("text", "image", "voice", "location", "link", "file", "event", "odd"))
HAPPENINGS = st.sampled_from(("subscribe", "SCAN", "CLICK", "VIEW", "scancode_waitmsg", "TEMPLATESENDJOBFINISH", "odd"))
ODD = ("0", "fd_" + "x" * 61, "x" * 5000, "好" * 2000, "1e400", "-0", "qrscene_fd_1", "\x00\ud800")
WORDS = st.one_of(st.text(max_size=40), st.sampled_from(ODD))


@settings(max_examples=200, deadline=None)
@given(kind=KINDS, name=HAPPENINGS, odd=st.dictionaries(st.sampled_from(NAMES), WORDS, max_size=8), nested=st.booleans())
def test_whatever_stands_in_the_fields_is_an_event_or_bad_input(kind: str, name: str, odd: dict[str, str], nested: bool) -> None:
    pushed = {"ToUserName": GH, "FromUserName": OPENID, "MsgType": kind, "Event": name, "ScanCodeInfo": odd if nested else "", **odd}
    for event in heard_in(pushed):
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(event), type=Inbound) == event
        assert len(event.key) < 400
        assert not isinstance(event.event, Said) or event.event.parts


@pytest.mark.parametrize("kind", ["text", "link", "location", "event"])
def test_a_push_full_of_anything_costs_what_its_length_costs(kind: str) -> None:
    for piece in ("x", "好", ". ", "\n ", "<a>", "1e", "\u0301", "\x00"):
        full = dict.fromkeys(("Content", "Title", "Label", "EventKey"), piece * (12_000 // len(json.dumps(piece))))
        at_most(20, partial(heard_in, {"ToUserName": GH, "FromUserName": OPENID, "MsgType": kind, "Event": "CLICK", **full}))


def heard_in(pushed: dict[str, Any]) -> tuple[Inbound, ...]:
    """The events of a push in plain JSON; none where it is refused by name."""
    ours, raw = channel(mode="plain"), raw_of(fields(), to=account(mode="plain", style="json"))
    body = json.dumps(pushed).encode()
    try:
        return ours.parse(msgspec.structs.replace(raw, body=body)).events
    except BadInput:
        return ()


# ---- keys -----------------------------------------------------------------------------------------------------------------------


def test_keys_are_those_that_the_platforms_repeats_share() -> None:
    assert heard(Content="hi", MsgId="24601").key == f"oa/wx0123456789abcdef:{OPENID}:24601"
    assert heard(Event="CLICK", EventKey="REFUND").key == f"oa/wx0123456789abcdef:{OPENID}:{AT_S}:click:REFUND"
    assert heard(Event="subscribe", EventKey="").key == f"oa/wx0123456789abcdef:{OPENID}:{AT_S}:subscribe:"


def test_two_customers_with_the_same_message_id_are_two() -> None:
    other = account()
    raw = raw_of({**fields(Content="hi"), "FromUserName": "oOther"}, to=other)
    assert channel().parse(raw).events[0].key != heard(Content="hi").key


def test_keys_hold_no_code_and_are_never_long() -> None:
    scanned = heard(Event="SCAN", EventKey="fd_0123456789ABCDEF")
    assert "0123456789ABCDEF" not in scanned.key
    assert scanned.key != heard(Event="SCAN", EventKey="fd_0123456789ABCDEG").key
    assert len(heard(Event="VIEW", EventKey="https://example.com/" + "x" * 900).key) < 200


def test_a_message_without_an_id_is_still_told_from_another() -> None:
    first, again = heard(MsgType="odd", MsgId="", A="1"), heard(MsgType="odd", MsgId="", A="1")
    assert first.key == again.key != heard(MsgType="odd", MsgId="", A="2").key

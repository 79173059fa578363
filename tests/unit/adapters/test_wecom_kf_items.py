"""What `kf/sync_msg` gives, as events: items as they stand on the platform's page (document 94670), and such as should not be."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.wecom_kf.items import Place, Read, Welcome, parties, read, sent_s, thread_of
from gateway.core.allowance import Grant, Pocket
from gateway.core.contact import Address, AddressKind
from gateway.core.events import Came, Event, Fated, Inbound, Left, Remarked, Said
from gateway.core.ids import ChannelName
from gateway.core.message import Status
from gateway.core.parts import Arriving, Location, Part, Pick, Text

KFID, CUSTOMER = "wkAJ2GCAAASSm4_FhToWMFea0xAFfd3Q", "wmAJ2GCAAAme1XQRC-NI-q0_ZM9ukoAw"
PLACE = Place(ChannelName("kf"), "ww0123456789abcdef", KFID)
SENT_S, NOW_S = 1_793_611_795, 1_793_611_800.0
SENT_AT = datetime(2026, 11, 2, 9, 29, 55, tzinfo=UTC)


def said(msgtype: str, content: Any, **changes: Any) -> bytes:
    """A customer's message as it comes."""
    frame = {
        "msgid": "from_msgid_4622416642169452483", "open_kfid": KFID, "external_userid": CUSTOMER, "send_time": SENT_S, "origin": 3,
        "msgtype": msgtype, msgtype: content,
    }  # fmt: skip
    return json.dumps({**frame, **changes}).encode()


def happened(event_type: str, **event: Any) -> bytes:
    """An event as it comes: it names whom it is about inside."""
    whose = {"event_type": event_type, "open_kfid": KFID, "external_userid": CUSTOMER}
    frame = {"msgid": "event_msgid_1", "send_time": SENT_S, "origin": 4, "msgtype": "event", "event": {**whose, **event}}
    return json.dumps(frame).encode()


def parts_of(raw: bytes) -> tuple[Part, ...]:
    event = event_of(raw)
    assert isinstance(event, Said)
    return event.parts


def event_of(raw: bytes) -> Event:
    found = read(raw, PLACE, NOW_S)
    assert found.event is not None, found.why_not
    return found.event.event


def test_a_text_is_said_by_its_customer_and_allows_five_answers_for_48_hours() -> None:
    assert read(said("text", {"content": "退款多久到账？", "menu_id": ""}), PLACE, NOW_S) == Read(
        Inbound(
            channel=ChannelName("kf"),
            thread=thread_of(KFID, CUSTOMER),
            key=f"kf/{KFID}/{CUSTOMER}/from_msgid_4622416642169452483",  # type: ignore[arg-type]
            sender=Address(AddressKind.WECOM_USER, "ww0123456789abcdef", CUSTOMER),
            at=SENT_AT,
            event=Said((Text("退款多久到账？"),)),
            grant=Grant(pocket=Pocket.SAID, count=5, until=datetime(2026, 11, 4, 9, 29, 55, tzinfo=UTC)),
        )
    )


def test_a_thread_tells_its_account_and_its_customer() -> None:
    assert thread_of("wk_1-a", "wm-2_b") == "wk_1-a:wm-2_b"
    assert parties(thread_of("wk_1-a", "wm-2_b")) == ("wk_1-a", "wm-2_b")


@pytest.mark.parametrize(
    ("msgtype", "content", "parts"),
    [
        ("text", {"content": "A refund", "menu_id": "refund"}, (Pick("refund", "A refund"),)),
        ("image", {"media_id": "M1"}, (Arriving("image", "M1"),)),
        ("voice", {"media_id": "M2"}, (Arriving("voice", "M2"),)),
        ("video", {"media_id": "M3"}, (Arriving("video", "M3"),)),
        ("file", {"media_id": "M4", "filename": "发票.pdf"}, (Arriving("file", "M4", name="发票.pdf"),)),
        ("file", {"media_id": "M4", "filename": "../发\u202efdp.exe\n"}, (Arriving("file", "M4", name=".._发_fdp.exe"),)),
        (
            "location",
            {"latitude": 23.106021881103501, "longitude": 113.320503234863, "name": "广州国际媒体港", "address": "广东省广州市海珠区"},
            (Location(23.106021881103501, 113.320503234863, "广州国际媒体港 · 广东省广州市海珠区"),),
        ),
        (
            "link",
            {"title": "TITLE", "desc": "DESC", "url": "https://example.com/1", "pic_url": "https://example.com/1.png"},
            (Text("TITLE\nDESC\nhttps://example.com/1"),),
        ),
        ("miniprogram", {"title": "订单详情", "appid": "wx1", "pagepath": "p", "thumb_media_id": "T"}, (Text("[小程序] 订单详情"),)),
        ("msgmenu", {"head_content": "您对本次服务是否满意呢？", "list": [], "tail_content": ""}, (Text("您对本次服务是否满意呢？"),)),
        ("channels", {"sub_type": 1, "nickname": "一个视频号", "title": "新品"}, (Text("[视频号] 新品\n一个视频号"),)),
        (
            "channels_shop_order",
            {"order_id": "123456789", "product_titles": "T", "state": "待付款", "shop_nickname": "S"},
            (Text("[视频号订单] 123456789"),),
        ),
        ("business_card", {"userid": "zhangsan"}, (Arriving("file", name="名片", failure="refused_type"),)),
        ("note", {}, (Arriving("file", name="笔记", failure="refused_type"),)),
        ("hologram", {"depth": 3}, (Arriving("file", name="hologram", failure="refused_type"),)),
    ],
)
def test_each_kind_of_message_is_shown_as_what_it_is(msgtype: str, content: Any, parts: tuple[Part, ...]) -> None:
    assert parts_of(said(msgtype, content)) == parts


@pytest.mark.parametrize(
    ("msgtype", "content"),
    [
        ("text", {"content": "   "}),
        ("text", {"content": ["a"]}),
        ("text", "no object"),
        ("text", None),
        ("image", {}),
        ("location", {"latitude": "north", "longitude": 1}),
        ("location", {"latitude": 91, "longitude": 1}),
        ("location", {"latitude": float("nan"), "longitude": 1}),
        ("location", {"latitude": 10**400, "longitude": 1}),
        ("link", {"title": 5 * [0]}),
        ("miniprogram", {"appid": "wx1"}),
    ],
)
def test_a_message_that_makes_no_sense_stays_visible(msgtype: str, content: Any) -> None:
    (part,) = parts_of(said(msgtype, content))
    assert isinstance(part, Arriving)
    assert part.failure == "refused_type"


def test_a_very_long_text_comes_in_parts_that_a_message_may_hold() -> None:
    parts = parts_of(said("text", {"content": "字" * 3000}))
    assert [len(part.text.encode()) <= 4096 for part in parts if isinstance(part, Text)] == [True, True, True]
    assert sum(len(part.text) for part in parts if isinstance(part, Text)) == 3000


def test_control_signs_and_halves_of_surrogates_are_left_out() -> None:
    raw = said("text", {"content": "X"}).replace(b'"X"', b'"a\\u0000b\\ud800c"')
    assert parts_of(raw) == (Text("abc"),)


def test_what_a_colleague_writes_in_wecom_is_not_the_customers() -> None:
    assert read(said("text", {"content": "您好"}, origin=5, servicer_userid="zhangsan"), PLACE, NOW_S) == Read(why_not="servicer")


def test_a_time_that_can_not_be_is_now() -> None:
    for sent in (0, -1, 99_999_999_999, "soon", None):
        found = read(said("text", {"content": "X"}, send_time=sent), PLACE, NOW_S)
        assert found.event is not None
        assert found.event.at == datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


def test_a_message_without_an_id_is_known_by_what_it_says() -> None:
    one, again, other = (read(said("text", {"content": text}, msgid=""), PLACE, NOW_S).event for text in ("a", "a", "b"))
    assert one is not None
    assert again is not None
    assert other is not None
    assert one.key == again.key != other.key


# ---- events ------------------------------------------------------------------------------------------------------------------------


def test_who_opens_the_conversation_may_be_greeted_for_20_seconds() -> None:
    found = read(happened("enter_session", scene="123", scene_param="abc", welcome_code="CODE"), PLACE, NOW_S)
    assert found.welcome == Welcome("CODE", SENT_S + 20.0)
    assert found.event is not None
    assert found.event.event == Came("opened")
    assert found.event.grant is None
    assert found.event.thread == thread_of(KFID, CUSTOMER)


def test_without_a_code_nobody_is_greeted() -> None:
    assert read(happened("enter_session", scene="123"), PLACE, NOW_S).welcome is None


@pytest.mark.parametrize(
    ("fail_type", "status", "why", "words"),
    [
        (4, Status.KEPT, "out_of_window", "48 hours since the customer's last message are over"),
        (5, Status.KEPT, "out_of_window", "the conversation was closed in WeCom"),
        (6, Status.KEPT, "out_of_count", "five messages were sent since the customer's last one"),
        (10, Status.FAILED, "", "the customer does not accept messages"),
        (11, Status.FAILED, "", "no member of the company has logged in to the WeCom app: one has to, once"),
        (99, Status.FAILED, "", "a reason that we don't know"),
    ],
)
def test_a_message_that_could_not_be_delivered_says_why(fail_type: int, status: Status, why: str, words: str) -> None:
    assert event_of(happened("msg_send_fail", fail_msgid="01JBNPFQM8ABCDEFGHJKMNPQRS-2", fail_type=fail_type)) == Fated(
        channel_message_id="01JBNPFQM8ABCDEFGHJKMNPQRS-2", status=status, place=2, why=why,
        detail=f"WeCom could not deliver it: {words} (fail_type {fail_type})",
    )  # fmt: skip


def test_a_customer_whom_a_colleague_has_shut_out_has_left_until_they_are_let_in_again() -> None:
    assert event_of(happened("reject_customer_msg_switch_change", servicer_userid="s", reject_switch=1)) == Left()
    assert event_of(happened("reject_customer_msg_switch_change", servicer_userid="s", reject_switch=0)) == Came("opened")


@pytest.mark.parametrize("event_type", ["servicer_status_change", "servicer_recall_msg", "something_new"])
def test_what_says_nothing_to_us_is_named_in_a_word(event_type: str) -> None:
    assert read(happened(event_type, recall_msgid="M"), PLACE, NOW_S) == Read(why_not=event_type)


@pytest.mark.parametrize(
    ("event", "remarked"),
    [
        ({"change_type": 1, "new_servicer_userid": "zhangsan"}, Remarked(what="taken_there", who="zhangsan")),
        ({"change_type": 2, "old_servicer_userid": "a", "new_servicer_userid": "b"}, Remarked(what="taken_there", who="b")),
        ({"change_type": 3, "old_servicer_userid": "a", "msg_code": "M"}, Remarked(what="ended_there")),
        ({"change_type": 4, "new_servicer_userid": "b"}, Remarked(what="taken_there", who="b")),
    ],
)
def test_a_conversation_that_changes_hands_in_wecom_is_remarked(event: dict[str, Any], remarked: Remarked) -> None:
    assert event_of(happened("session_status_change", **event)) == remarked


def test_a_message_that_is_taken_back_is_remarked() -> None:
    assert event_of(happened("user_recall_msg", recall_msgid="M")) == Remarked(what="recalled")


@pytest.mark.parametrize("who", ["", "a b", "../etc", "é", "x" * 200])
def test_an_item_of_nobody_is_left_out(who: str) -> None:
    assert read(said("text", {"content": "X"}, external_userid=who), PLACE, NOW_S) == Read(why_not="nobody")
    assert read(happened("enter_session", external_userid=who or "a b"), PLACE, NOW_S) == Read(why_not="nobody")


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_names = st.sampled_from(["msgid", "open_kfid", "external_userid", "send_time", "origin", "msgtype", "text", "event", "location", "image"])


@given(item=st.dictionaries(_names, _json | st.sampled_from(["text", "event", "location", "image", KFID, CUSTOMER, 3, 4]), max_size=8))
def test_whatever_an_item_holds_it_is_read(item: dict[str, Any]) -> None:
    raw = json.dumps(item).encode()
    found = read(raw, PLACE, NOW_S)
    assert (found.event is None) == bool(found.why_not)
    assert sent_s(raw) >= -(1 << 40)


@given(raw=st.binary(max_size=60))
def test_whatever_the_bytes_they_are_read(raw: bytes) -> None:
    assert read(raw, PLACE, NOW_S).event is None

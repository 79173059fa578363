"""Pages of messages, ids of messages, notes and leases of 微信客服: the small rules that the large ones stand on."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.shared import holding
from adapters.shared.holding import Hold, LeaseLost
from adapters.shared.wechat.codes import Refusal
from adapters.wecom_kf.api import Page, read_page
from adapters.wecom_kf.bodies import msgid_of, part_of
from adapters.wecom_kf.codes import ALIASES, KF_CODES, was_taken_before
from adapters.wecom_kf.cursors import Cursors
from config.texts import load_texts
from gateway.core.contact import Address, AddressKind
from gateway.core.errors import Busy, Uncertain
from gateway.core.ids import ChannelName
from gateway.core.parts import Text
from tests.contract.channel_kit import outgoing_of
from tests.unit.adapters.kf_means import MemoryLeases, MemoryNotebook

TO = Address(AddressKind.WECOM_USER, "ww1", "wk1:wm1")


def test_a_page_is_read_and_a_broken_sign_in_one_item_leaves_the_others_readable() -> None:
    data = b'{"errcode":0,"errmsg":"ok","next_cursor":"4gw7MepFLfgF2VC5npN","has_more":1,"msg_list":[{"a":"\\ud800"},{"b":"\xff"},{"c":1}]}'
    items = (b'{"a": "\\ud800"}', b'{"b": "\\ufffd"}', b'{"c": 1}')
    assert read_page(data) == Page(items, "4gw7MepFLfgF2VC5npN", has_more=True)


@pytest.mark.parametrize(
    "data",
    [b'{"errcode":0,"next_cursor":"c","has_more":0}', b'{"next_cursor":"c","msg_list":null}', b'{"next_cursor":"c","msg_list":[]}'],
)
def test_a_page_may_be_empty(data: bytes) -> None:
    assert read_page(data) == Page((), "c", has_more=False)


def test_a_refusal_is_told_with_its_code() -> None:
    with pytest.raises(Refusal) as refused:
        read_page(b'{"errcode":95007,"errmsg":"invalid msg token","msg_list":7}')
    assert (refused.value.code, refused.value.message) == (95007, "invalid msg token")


@given(data=st.one_of(st.binary(max_size=80), st.text(max_size=80).map(str.encode), st.sampled_from([b"[]", b"null", b'{"msg_list":{}}'])))
def test_whatever_comes_a_page_is_read_or_unclear(data: bytes) -> None:
    try:
        assert isinstance(read_page(data), Page)
    except (Refusal, Uncertain):
        return


def test_a_cursor_too_long_to_be_kept_is_no_cursor() -> None:
    with pytest.raises(Uncertain):
        read_page(b'{"next_cursor":"' + b"c" * 600 + b'","msg_list":[]}')


@pytest.mark.parametrize("parts_sent", [0, 1, 12])
def test_an_id_tells_its_part(parts_sent: int) -> None:
    msgid = msgid_of(outgoing_of(Text("x"), TO, parts_sent=parts_sent))
    assert msgid == f"OUT1-{parts_sent}"
    assert part_of(msgid) == part_of(msgid + "c") == parts_sent


@pytest.mark.parametrize("msgid", ["", "abc", "-", "a-b", "a-٣", "a-12345"])
def test_another_id_is_of_the_first_part(msgid: str) -> None:
    assert part_of(msgid) == 0


@pytest.mark.parametrize(
    ("code", "message", "is_taken"),
    [
        (40058, "msgid repeated", True),
        (95032, "duplicate msg_id, hint: [1]", True),  # whatever the code is: no page tells
        (40058, "invalid Request Parameter", False),
        (95007, "invalid msg token", False),
        (95018, "send msg session status invalid", False),
    ],
)
def test_a_message_that_was_taken_before_is_told_from_one_that_was_not(code: int, message: str, is_taken: bool) -> None:
    assert was_taken_before(Refusal(code, message)) is is_taken


def test_every_code_has_words_and_a_shut_one_says_why() -> None:
    for code, meaning in KF_CODES.items():
        assert meaning.words, code
        assert (meaning.doing.value == "shut") == bool(meaning.shut), code


def test_every_code_has_words_for_agents_in_the_catalogue() -> None:
    texts = load_texts()["en"]
    codes = {str(code) for code in KF_CODES if code not in (95007, *ALIASES)}
    assert [code for code in sorted(codes) if f"wechat.code.{code}" not in texts] == []
    for word in (*ALIASES.values(), "queued_there", "served_there", "too_small", "gone"):
        assert f"desk.code.{word}" in texts


async def test_a_note_that_can_not_be_read_is_none() -> None:
    notebook = MemoryNotebook()
    notebook.pages["wecom_kf/kf/cursor/wk1"] = "{half a note"
    assert await Cursors(ChannelName("kf"), notebook).read("wk1") is None


async def test_a_lease_is_kept_until_another_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    leases, now_s = MemoryLeases(), 100.0
    monkeypatch.setattr(holding, "_now_s", lambda: now_s)
    ours, theirs = Hold("listen/kf", leases.worker(), ttl_s=0.03), leases.worker()
    assert await ours.take()
    ours.check()
    keeping = asyncio.create_task(ours.keep())
    for _ in range(5):
        ended_s, now_s = ours._until_s, now_s + 0.02
        while ours._until_s == ended_s:
            await asyncio.sleep(0.005)
    ours.check()
    leases.holders["listen/kf"] = theirs
    with pytest.raises(LeaseLost):
        await asyncio.wait_for(keeping, 30)


async def test_a_lease_whose_time_is_over_is_no_lease_though_nobody_said_so() -> None:
    hold = Hold("listen/kf", MemoryLeases().worker(), ttl_s=0.01)
    assert await hold.take()
    await asyncio.sleep(0.02)
    with pytest.raises(LeaseLost):
        hold.check()


async def test_who_holds_on_without_a_bus_has_the_lease_when_it_is_back_and_not_for_ever() -> None:
    leases = MemoryLeases()
    worker = leases.worker()
    real = worker.take
    is_away = False

    async def take(name: str, ttl_s: float) -> bool:
        if is_away:
            raise Busy("the bus", retry_after_s=1)
        return await real(name, ttl_s)

    worker.take = take  # type: ignore[method-assign]
    hold = Hold("listen/kf", worker, ttl_s=0.1, spare_s=60)
    assert await hold.take()
    is_away = True
    keeping = asyncio.create_task(hold.keep())
    while not hold.is_overdue:
        await asyncio.sleep(0.005)
    hold.check()
    is_away = False
    while hold.is_overdue:
        await asyncio.sleep(0.001)
    leases.holders["listen/kf"] = leases.worker()
    with pytest.raises(LeaseLost):
        await asyncio.wait_for(keeping, 30)
    hold = Hold("listen/mail", worker, ttl_s=0.02, spare_s=0.02)
    assert await hold.take()
    is_away = True
    with pytest.raises(LeaseLost):
        await asyncio.wait_for(hold.keep(), 30)

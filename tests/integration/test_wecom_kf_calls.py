"""微信客服 over HTTP: what is sent, fetched, greeted and found out, against a scripted WeCom that keeps its rules."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from msgspec import structs

from adapters.wecom_kf import WeComKfChannel
from gateway.core.channel import Verdict
from gateway.core.contact import Address, AddressKind
from gateway.core.errors import FetchFailed, Rejected, Shut, TryLater, Uncertain
from gateway.core.ids import OutboxId, Thread
from gateway.core.message import Outgoing
from gateway.core.parts import Arriving, Choice, Choices, File, Location, Part, Text
from tests.contract.channel_kit import outgoing_of
from tests.peers.wechat.clock import START, MovableClock
from tests.peers.wechat.faults import Fault
from tests.peers.wechat.kf import KfPlatform
from tests.peers.wechat.kf_company import KfAccount, KfCustomer
from tests.peers.wechat.kf_rules import ASSISTANT, ENDED, NEW, QUEUED, SERVED
from tests.unit.adapters.kf_means import CORP_ID, MemoryFiles, MemoryNotebook, opened, settings_of

ROW = OutboxId("01JBNPFQM8ABCDEFGHJKMNPQRS")
NAME = "kf"


class World:
    """A company, a customer of it, and our channel."""

    def __init__(self, platform: KfPlatform, channel: WeComKfChannel, files: MemoryFiles) -> None:
        self.platform = platform
        self.channel = channel
        self.files = files
        self.account: KfAccount = next(iter(platform.accounts.values()))
        self.customer: KfCustomer = platform.customer(self.account)

    async def send(self, part: Part, *, place: int = 0, row: str = ROW) -> str | None:
        """Hand over a part as delivery does; the id that it got."""
        return (await self.channel.send(part, self.outgoing(part, place=place, row=row))).channel_message_id

    def outgoing(self, part: Part, *, place: int = 0, row: str = ROW) -> Outgoing:
        to = Address(AddressKind.WECOM_USER, CORP_ID, self.customer.external_userid)
        thread = Thread(f"{self.account.open_kfid}:{self.customer.external_userid}")
        return structs.replace(outgoing_of(part, to, parts_sent=place), id=OutboxId(row), thread=thread)


@asynccontextmanager
async def a_world(notebook: MemoryNotebook | None = None, **settings: Any) -> AsyncIterator[World]:
    platform, files = KfPlatform(MovableClock(START, speed=0)), MemoryFiles()
    platform.account()
    async with platform.running():
        now_s = lambda: platform.clock.now().timestamp()  # noqa: E731 - a clock
        channel = opened(settings_of(**{"api_base": platform.url, **settings}), notebook=notebook, files=files, now_s=now_s)
        try:
            yield World(platform, channel, files)
        finally:
            await channel.close()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        world.customer.says("你好")
        yield world


# ---- sending -----------------------------------------------------------------------------------------------------------------------


async def test_a_text_arrives_as_it_is_under_an_id_of_ours(world: World) -> None:
    text = "退款 “3 到 5 天”到账 <a href=x> & \\u4e2d 🙂"
    assert await world.send(Text(text)) == "01JBNPFQM8ABCDEFGHJKMNPQRS-0"
    assert world.customer.texts == [text]


async def test_choices_are_a_menu_and_a_tap_comes_back_as_its_id(world: World) -> None:
    options = (Choice("refund-time", "退款多久到账？"), Choice("person", "转人工"))
    await world.send(Choices("您想问的是？", options))
    (shown,) = world.customer.shown
    assert shown.msgtype == "msgmenu"
    assert shown.content == {
        "head_content": "您想问的是？",
        "list": [
            {"type": "click", "click": {"id": "refund-time", "content": "退款多久到账？"}},
            {"type": "click", "click": {"id": "person", "content": "转人工"}},
        ],
    }
    world.customer.taps("转人工")
    assert world.account.entries[-1].item["text"] == {"content": "转人工", "menu_id": "person"}  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("choices", "text"),
    [
        (Choices("Hello", ()), "Hello"),
        (Choices("Which?", (Choice("i" * 65, "A"), Choice("b", "B")), "Reply with a number"), "Which?\n1. A\n2. B\nReply with a number"),
        (Choices("?", tuple(Choice(str(n), f"No {n}") for n in range(11))), "?\n" + "\n".join(f"{n + 1}. No {n}" for n in range(11))),
    ],
)
async def test_choices_that_do_not_fit_a_menu_are_numbered(world: World, choices: Choices, text: str) -> None:
    await world.send(choices)
    assert world.customer.texts == [text]


async def test_the_longest_of_everything_still_goes_out(world: World) -> None:
    await world.send(Text("字" * 682), place=0)
    await world.send(Choices("问" * 341, tuple(Choice("i" * 64, "选" * 60) for _ in range(10))), place=1)
    await world.send(Choices("问" * 400, tuple(Choice(str(n), "选" * 60) for n in range(10))), place=2)
    menu, numbered = world.customer.shown[1], world.customer.shown[2]
    assert menu.msgtype == "msgmenu"
    assert menu.content["list"][0]["click"]["content"] == "选" * 41 + "…"
    assert numbered.msgtype == "text"
    assert numbered.text.endswith("10. " + "选" * 60)


async def test_a_place_is_a_place(world: World) -> None:
    await world.send(Location(23.1, 113.3, "广州国际媒体港"), place=0)
    await world.send(Location(23.1, 113.3), place=1)
    assert world.customer.shown[0].content == {"name": "广州国际媒体港", "latitude": 23.1, "longitude": 113.3}
    assert world.customer.shown[1].content["name"] == "23.10000, 113.30000"


@pytest.mark.parametrize(
    ("mime", "size_bytes", "shown_as"),
    [
        ("image/jpeg", 1000, "image"),
        ("image/png", 1000, "image"),
        ("image/gif", 1000, "file"),
        ("video/mp4", 1000, "video"),
        ("audio/amr", 1000, "voice"),
        ("audio/amr", 3_000_000, "file"),
        ("application/pdf", 1000, "file"),
    ],
)
async def test_a_file_goes_out_as_what_the_chat_can_show(world: World, mime: str, size_bytes: int, shown_as: str) -> None:
    await world.send(File(world.files.add("f1", b"x" * size_bytes, mime, name="说明.bin")))
    sent = [(shown.msgtype, shown.content["name"], shown.content["size"]) for shown in world.customer.shown]
    assert sent == [(shown_as, "说明.bin", size_bytes)]


async def test_the_words_under_a_file_follow_it_and_nothing_is_doubled_when_they_are_tried_again(world: World) -> None:
    part = File(world.files.add("f1", b"%PDF-1.7", "application/pdf"), "the contract")
    world.platform.faults.next("kf/send_msg", Fault(), Fault(status=503))
    with pytest.raises(TryLater):
        await world.send(part)
    assert await world.send(part) == "01JBNPFQM8ABCDEFGHJKMNPQRS-0"
    assert [shown.msgtype for shown in world.customer.shown] == ["file", "text"]
    assert world.customer.texts[1] == "the contract"


async def test_a_name_that_would_break_the_form_is_made_plain(world: World) -> None:
    await world.send(File(world.files.add("f1", b"%PDF-1.7", "application/pdf", name='a"b\r\nX: y\\.pdf')))
    assert world.customer.shown[0].content["name"] == "abX: y.pdf"


async def test_a_file_is_uploaded_once_and_anew_when_wecom_has_forgotten_it(world: World) -> None:
    part = File(world.files.add("f1", b"%PDF-1.7", "application/pdf"))
    await world.send(part, place=0)
    await world.send(part, place=1)
    assert world.platform.calls("media/upload") == [0]
    world.platform.clock.advance(3 * 86400)
    world.customer.says("?")
    await world.send(part, place=2)
    assert len(world.customer.shown) == 3


async def test_an_upload_whose_answer_is_lost_was_not_yet_the_message(world: World) -> None:
    world.platform.faults.next("media/upload", Fault(is_cut_after=True))
    part = File(world.files.add("f1", b"%PDF-1.7", "application/pdf"))
    with pytest.raises(TryLater):
        await world.send(part)
    await world.send(part)
    assert len(world.customer.shown) == 1


async def test_a_file_that_is_gone_or_empty_is_refused_in_words(world: World) -> None:
    gone = File(structs.replace(world.files.add("f1", b"x", "application/pdf"), id="f2"))
    for part, code in ((gone, "gone"), (File(world.files.add("f3", b"tiny", "application/pdf")), "too_small")):
        with pytest.raises(Rejected) as refused:
            await world.send(part)
        assert refused.value.code == code


async def test_a_part_sent_again_reaches_the_customer_once(world: World) -> None:
    world.platform.faults.next("kf/send_msg", Fault(is_cut_after=True))
    with pytest.raises(Uncertain):
        await world.send(Text("once"))
    assert await world.send(Text("once")) == "01JBNPFQM8ABCDEFGHJKMNPQRS-0"
    assert await world.send(Text("another"), place=1) == "01JBNPFQM8ABCDEFGHJKMNPQRS-1"
    assert world.customer.texts == ["once", "another"]


async def test_an_odd_row_id_still_makes_an_id_that_wecom_takes(world: World) -> None:
    taken = await world.send(Text("one"), row="an id/with what no msgid may hold, and far too long")
    assert taken is not None
    assert len(taken) == 26
    assert await world.send(Text("one"), row="an id/with what no msgid may hold, and far too long") == taken
    assert world.customer.texts == ["one"]


async def test_the_access_token_is_renewed_once_when_wecom_has_dropped_it(world: World) -> None:
    await world.send(Text("one"), place=0)
    world.platform.expire_tokens()
    await world.send(Text("two"), place=1)
    assert world.customer.texts == ["one", "two"]
    assert world.platform.calls("kf/send_msg") == [0, 40014, 0]
    assert world.platform.calls("gettoken") == [0, 0]


async def test_a_token_that_is_never_good_is_not_asked_for_again_and_again(world: World) -> None:
    world.platform.faults.next("kf/send_msg", *[Fault(errcode=42001)] * 9)
    with pytest.raises(TryLater):
        await world.send(Text("one"))
    assert world.platform.calls("kf/send_msg") == [42001, 42001]


async def test_the_sixth_message_and_the_49th_hour_are_shut(world: World) -> None:
    for place in range(5):
        await world.send(Text(str(place)), place=place)
    with pytest.raises(Shut) as out_of_count:
        await world.send(Text("6"), place=5)
    world.platform.clock.advance(48 * 3600)
    with pytest.raises(Shut) as out_of_window:
        await world.send(Text("6"), place=5)
    assert (out_of_count.value.code, out_of_window.value.code) == ("out_of_count", "out_of_window")


@pytest.mark.parametrize(
    ("state", "kind", "words"),
    [
        (QUEUED, Rejected, "the conversation waits for a colleague in WeCom (待接入池): it can be answered there alone"),
        (SERVED, Rejected, "a colleague (zhangsan) has the conversation in WeCom: it can be answered there alone"),
        (ENDED, Shut, "the conversation is closed in WeCom until the customer writes again (95018)"),
    ],
)
async def test_a_conversation_in_other_hands_says_in_whose(world: World, state: int, kind: type[Exception], words: str) -> None:
    world.customer.state, world.customer.servicer = state, "zhangsan"
    with pytest.raises(kind) as refused:
        await world.send(Text("hello"))
    assert str(refused.value) == words


@pytest.mark.parametrize("state", [NEW, ASSISTANT])
async def test_a_conversation_that_comes_back_meanwhile_is_tried_again(world: World, state: int) -> None:
    world.customer.state = state
    world.platform.faults.next("kf/send_msg", Fault(errcode=95018))
    with pytest.raises(TryLater):
        await world.send(Text("hello"))
    assert world.customer.state == ASSISTANT
    await world.send(Text("hello"))
    assert world.customer.texts == ["hello"]


@pytest.mark.parametrize(
    ("code", "kind", "wait_s"),
    [(-1, TryLater, None), (45009, TryLater, 60.0), (60020, TryLater, 300.0), (48002, TryLater, 300.0), (40096, Rejected, None)],
)
async def test_a_code_says_whether_a_message_may_still_go_out(world: World, code: int, kind: type[Any], wait_s: float | None) -> None:
    world.platform.faults.next("kf/send_msg", Fault(errcode=code))
    with pytest.raises(kind) as refused:
        await world.send(Text("hello"))
    assert refused.value.retry_after_s == wait_s


# ---- files that customers send -----------------------------------------------------------------------------------------------------


async def _fetched(world: World, media_id: str) -> bytes:
    async with world.channel.fetch(Arriving("image", media_id)) as pieces:
        return b"".join([piece async for piece in pieces])


async def test_a_picture_is_fetched_in_pieces(world: World) -> None:
    content = bytes(range(256)) * 1000
    assert await _fetched(world, world.platform.keep_media(content, "image/jpeg")) == content


async def test_a_file_of_json_is_a_file(world: World) -> None:
    content = b'{"errcode": 40007}'
    assert await _fetched(world, world.platform.keep_media(content, "application/json", kind="file")) == content


async def test_a_file_is_fetched_though_the_token_was_dropped(world: World) -> None:
    media_id = world.platform.keep_media(b"abcdef", "image/jpeg")
    await _fetched(world, media_id)
    world.platform.expire_tokens()
    assert await _fetched(world, media_id) == b"abcdef"


@pytest.mark.parametrize(("media_id", "code"), [("unknown", "expired"), ("", "gone")])
async def test_a_file_that_wecom_does_not_have_is_not_had(world: World, media_id: str, code: str) -> None:
    with pytest.raises(FetchFailed) as failed:
        await _fetched(world, media_id)
    assert failed.value.code == code


async def test_a_file_over_the_limit_is_not_read_to_its_end() -> None:
    async with a_world(media_max_bytes=100) as world:
        with pytest.raises(FetchFailed) as failed:
            await _fetched(world, world.platform.keep_media(b"x" * 101, "image/jpeg"))
    assert failed.value.code == "too_large"


async def test_a_line_that_breaks_may_go_better_later(world: World) -> None:
    world.platform.faults.next("media/get", Fault(status=503), Fault(errcode=-1))
    for _ in range(2):
        with pytest.raises(FetchFailed) as failed:
            await _fetched(world, "m")
        assert failed.value.code == "unreachable"


# ---- the address, and the doctor ---------------------------------------------------------------------------------------------------


async def _verdict(change: Any = None, **settings: Any) -> Verdict:
    notebook = MemoryNotebook()
    async with a_world(notebook, **settings) as world:
        await world.channel.note_push("")
        if change:
            await change(world)
        return await world.channel.examine()


async def test_all_is_well() -> None:
    verdict = await _verdict()
    assert verdict == Verdict(is_ok=True, why="wecom_kf.good", values={"minutes": "0"})


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"corp_id": "ww9999999999999999"}, "wecom_kf.corp_id"),
        ({"secret": "wrong"}, "wecom_kf.secret"),
        ({"open_kfids": ("wk-unknown",)}, "wecom_kf.unknown_account"),
        ({"api_base": "http://127.0.0.1:9"}, "wecom_kf.unreachable"),
    ],
)
async def test_a_wrong_setting_is_named(settings: dict[str, Any], why: str) -> None:
    verdict = await _verdict(**settings)
    assert (verdict.is_ok, verdict.why, verdict.todo) == (False, why, f"{why}_todo")


async def test_an_address_that_is_not_on_the_list_is_told_with_the_address() -> None:
    async def change(world: World) -> None:
        world.platform.allowed_ip = "203.0.113.7"

    verdict = await _verdict(change)
    assert (verdict.why, verdict.values["ip"]) == ("wecom_kf.address", "127.0.0.1")


async def test_missing_rights_are_named() -> None:
    async def forbid(world: World) -> None:
        world.platform.faults.next("kf/account/list", Fault(errcode=48002))

    async def take_away(world: World) -> None:
        world.account.is_managed = False

    async def remove(world: World) -> None:
        world.platform.accounts.clear()

    assert (await _verdict(forbid)).why == "wecom_kf.permission"
    assert (await _verdict(take_away)).why == "wecom_kf.not_managed"
    assert (await _verdict(remove)).why == "wecom_kf.no_accounts"


@pytest.mark.parametrize(
    ("refusal", "hours", "why"),
    [
        ("key", 0.1, "wecom_kf.aes_key"),
        ("app", 0.1, "wecom_kf.push_corp"),
        ("signature", 0.1, "wecom_kf.good"),  # a stranger's knocking, while the platform's callbacks come through
        ("signature", 25, "wecom_kf.token"),
        ("stale", 25, "wecom_kf.clock"),
    ],
)
async def test_refused_callbacks_tell_which_key_is_wrong(refusal: str, hours: float, why: str) -> None:
    async def refuse(world: World) -> None:
        world.platform.clock.advance(hours * 3600)
        await world.channel.note_push(refusal)

    assert (await _verdict(refuse)).why == why


async def test_without_any_callback_messages_are_late_and_the_doctor_says_so(world: World) -> None:
    verdict = await world.channel.examine()
    assert (verdict.is_ok, verdict.why, verdict.values) == (False, "wecom_kf.never_pushed", {"name": NAME, "seconds": "0.05"})


async def test_waiting_for_an_answer_can_be_cancelled(world: World) -> None:
    world.platform.faults.next("gettoken", Fault(slow_s=60))
    sending = asyncio.create_task(world.send(Text("hello")))
    while not world.platform.asked:
        await asyncio.sleep(0.01)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    await world.send(Text("hello"))
    assert world.customer.texts == ["hello"]

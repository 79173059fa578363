"""The Official Account's adapter against the scripted platform: what it sends arrives, and each refusal says what it means."""

from collections.abc import AsyncIterator

import pytest

from gateway.core.channel import Grade
from gateway.core.errors import Rejected, SendError, Shut, TryLater, Uncertain
from gateway.core.message import Receipt
from gateway.core.parts import Choice, Choices, Notice, Text
from gateway.rendering import fit
from tests.integration.wechat_account_world import AMR, MP4, PNG, QUESTION, World, file_of, wechat_world
from tests.peers.wechat import Fault


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with wechat_world() as made:
        yield made


# ---- what arrives ---------------------------------------------------------------------------------------------------------------


async def test_words_arrive_as_they_are(world: World) -> None:
    receipt = await world.send(Text("您好 “引号” \\u4f60 <b> 😀"))
    assert world.phone.texts == ["您好 “引号” \\u4f60 <b> 😀"]
    assert receipt == Receipt()


async def test_choices_are_a_menu_to_tap_and_come_back_as_a_pick(world: World) -> None:
    await world.send(QUESTION)
    (menu,) = world.phone.answers
    assert menu.kind == "msgmenu"
    assert menu.content["list"] == [{"id": "refund.time", "content": "退款多久到账？"}, {"id": "person", "content": "人工客服"}]
    assert menu.content["head_content"] == "您想问哪一个？"


async def test_an_account_without_menus_gets_numbers_and_is_asked_once(world: World) -> None:
    world.account.can_send_menus = False
    before = world.ours.capabilities.choices
    await world.send(QUESTION)
    assert world.phone.texts == ["您想问哪一个？\n1. 退款多久到账？\n2. 人工客服\n回复数字"]
    assert (before, world.ours.capabilities.choices) == (Grade.NATIVE, Grade.DEGRADED)
    await world.send(QUESTION, by=world.open())
    assert world.platform.refusals("custom/send") == [40200]
    assert len(world.phone.texts) == 2


async def test_one_menu_that_is_not_taken_is_numbers_and_the_next_is_tried_again(world: World) -> None:
    world.platform.faults.next("custom/send", Fault(errcode=47001))
    await world.send(QUESTION)
    await world.send(QUESTION)
    assert [one.kind for one in world.phone.answers] == ["text", "msgmenu"]
    world.platform.faults.next("custom/send", Fault(errcode=45047))
    assert (await world.refused(QUESTION)).code == "out_of_count"
    assert len(world.phone.answers) == 2, "what the time or the count forbids is not said in another form"


async def test_a_menu_that_would_be_too_long_is_numbers(world: World) -> None:
    await world.send(Choices("哪一个？", tuple(Choice(str(number), "很" * 150) for number in range(5))))
    assert [one.kind for one in world.phone.answers] == ["text", "text"]
    assert world.platform.refusals() == []


@pytest.mark.parametrize(
    ("name", "mime", "kind"), [("png", "image/png", "image"), ("amr", "audio/amr", "voice"), ("mp4", "video/mp4", "video")]
)
async def test_a_file_is_uploaded_once_and_shown_as_what_it_is(world: World, name: str, mime: str, kind: str) -> None:
    content = {"png": PNG, "amr": AMR, "mp4": MP4}[name]
    await world.send(file_of(name, content, mime))
    await world.send(file_of(name, content, mime))
    assert [one.kind for one in world.phone.answers] == [kind, kind]
    (media,) = world.account.media.values()
    assert (media.content, media.mime) == (content, mime)


async def test_a_file_that_the_platform_has_forgotten_is_uploaded_again(world: World) -> None:
    await world.send(file_of("png", PNG, "image/png"))
    world.account.media.clear()
    await world.send(file_of("png", PNG, "image/png"))
    assert world.platform.refusals() == [40007]
    assert [one.kind for one in world.phone.answers] == ["image", "image"]


async def test_words_under_a_picture_go_out_behind_it(world: World) -> None:
    await world.send(file_of("png", PNG, "image/png", caption="这是示意图"))
    assert [(one.kind, one.text) for one in world.phone.answers] == [("image", ""), ("text", "这是示意图")]


async def test_what_the_platform_does_not_take_goes_as_a_link(world: World) -> None:
    await world.send(file_of("png", PNG, "image/png", size_bytes=11 * 2**20))
    await world.send(file_of("pdf", b"%PDF", "application/pdf", caption="发票"))
    world.platform.faults.next("media/upload", Fault(errcode=40009))
    await world.send(file_of("png", PNG, "image/png"))
    assert world.phone.texts == [
        "png.png\nhttps://example.com/f/png", "发票\npdf.pdf\nhttps://example.com/f/pdf", "png.png\nhttps://example.com/f/png",
    ]  # fmt: skip


async def test_an_upload_that_broke_off_may_be_tried_again(world: World) -> None:
    for fault in (Fault(is_cut_after=True), Fault(is_garbage=True), Fault(status=500)):
        world.platform.faults.next("media/upload", fault)
        assert type(await world.refused(file_of("png", PNG, "image/png"))) is TryLater
    assert world.phone.answers == []


async def test_a_file_that_is_gone_is_rejected(world: World) -> None:
    error = await world.refused(file_of("lost", b"x", "image/png"))
    assert (type(error), error.code) == (Rejected, "gone")


async def test_a_template_message_needs_no_window_and_its_fate_comes_back(world: World) -> None:
    world.phone.allowances.end()
    receipt = await world.send(Notice("reply", {"thing1": "已为您办理"}, "..."))
    await world.send(Notice("reply", {"thing1": "已为您办理"}, "..."))
    assert world.phone.texts == ["您咨询的问题有新回复：已为您办理"], "a repeat is recognized"
    assert receipt.channel_message_id
    assert (await world.refused(Notice("other", {}, "..."))).code == "no_template"
    world.platform.faults.next("template/send", Fault(errcode=48001))
    error = await world.refused(Notice("reply", {"thing1": "已为您办理"}, "..."))
    assert (type(error), error.code) == (Rejected, "no_api"), "the customer's next message would not help"


async def test_typing_is_shown_and_what_the_platform_says_about_it_is_nobodys_trouble(world: World) -> None:
    world.phone.acted_at = world.platform.clock.now()
    await world.ours.show_typing(world.phone.openid, is_on=True)
    assert world.phone.is_typing_shown
    await world.ours.show_typing(world.phone.openid, is_on=True)
    await world.ours.show_typing(world.phone.openid, is_on=False)
    assert not world.phone.is_typing_shown
    world.platform.clock.advance(31)
    await world.ours.show_typing(world.phone.openid, is_on=True)
    world.platform.faults.next("custom/typing", Fault(is_cut_after=True))
    await world.ours.show_typing(world.phone.openid, is_on=True)
    assert world.platform.refusals("custom/typing") == [45081, 45080]


async def test_a_code_to_scan_says_its_code(world: World) -> None:
    url = await world.ours.scene_qr("0123456789ABCDEF", 600)
    (scene,) = world.account.scenes.values()
    assert (scene.scene, scene.url) == ("fd_0123456789ABCDEF", url)
    assert scene.until is not None
    assert (scene.until - world.platform.clock.now()).total_seconds() == 600
    world.platform.faults.next("qrcode/create", Fault(errcode=48001))
    with pytest.raises(Rejected):
        await world.ours.scene_qr("0123456789ABCDEF", 600)
    with pytest.raises(Rejected):
        await world.ours.scene_qr("x" * 62, 600)


# ---- refusals -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("errcode", "kind", "code", "wait_s"),
    [
        (-1, TryLater, "-1", None),
        (40003, Rejected, "40003", None),
        (43004, Shut, "unreachable", None),
        (43019, Shut, "unreachable", None),
        (45002, Rejected, "45002", None),
        (45009, TryLater, "45009", 3600.0),
        (45011, TryLater, "45011", 60.0),
        (45015, Shut, "out_of_window", None),
        (45047, Shut, "out_of_count", None),
        (47001, Rejected, "47001", None),
        (48001, Shut, "no_api", None),
        (48002, Shut, "unreachable", None),
        (40066, Rejected, "40066", None),
    ],
)
async def test_each_code_says_what_becomes_of_the_message(
    world: World, errcode: int, kind: type[SendError], code: str, wait_s: float | None
) -> None:
    world.platform.faults.next("custom/send", Fault(errcode=errcode))
    error = await world.refused()
    assert (type(error), error.code, error.retry_after_s) == (kind, code, wait_s)
    assert str(errcode) in f"{error.reason} {error.code}"
    assert world.platform.refusals() == [errcode], "asked once"


async def test_what_the_real_rules_shut_is_shut(world: World) -> None:
    for _ in range(5):
        await world.send(Text("hello"))
    assert (await world.refused()).code == "out_of_count"
    world.platform.clock.advance(48 * 3600)
    assert (await world.refused()).code == "out_of_window"
    world.phone.unfollow()
    assert (await world.refused()).code == "unreachable"


@pytest.mark.parametrize("dead", [40001, 42001])
async def test_a_token_that_died_costs_one_more_call_and_nothing_else(world: World, dead: int) -> None:
    await world.send(Text("one"))
    world.platform.faults.next("custom/send", Fault(kills_token=dead))
    await world.send(Text("two"))
    assert world.phone.texts == ["one", "two"]
    assert world.platform.refusals() == [dead]
    assert world.account.tokens.issued_count == 2


async def test_a_token_that_is_never_taken_is_not_asked_for_without_end(world: World) -> None:
    world.platform.faults.next("custom/send", *(Fault(errcode=40001) for _ in range(10)))
    error = await world.refused()
    assert (type(error), error.code) == (TryLater, "40001")
    assert len(world.platform.refusals("custom/send")) == 2


@pytest.mark.parametrize("fault", [Fault(is_cut_before=True), Fault(is_cut_after=True), Fault(is_garbage=True), Fault(status=502)])
async def test_what_may_have_been_taken_is_uncertain(world: World, fault: Fault) -> None:
    await world.send(Text("one"))
    world.platform.faults.next("custom/send", fault)
    assert type(await world.refused()) is Uncertain


async def test_without_a_token_nothing_was_sent(world: World) -> None:
    ours_secret, world.account.secret = world.account.secret, "another"
    error = await world.refused()
    assert (type(error), error.code) == (TryLater, "40125")
    assert ours_secret not in str(error)
    world.account.secret = ours_secret
    world.account.allowed_ips = frozenset()
    error = await world.refused()
    assert (type(error), error.code, error.retry_after_s) == (TryLater, "40164", 300.0)


async def test_an_account_without_the_customer_service_api_calls_nothing(world: World) -> None:
    ours = world.open(customer_service=False)
    assert (await world.refused(by=ours)).code == "no_api"
    await ours.show_typing(world.phone.openid, is_on=True)
    assert world.platform.asked == []
    assert [type(part) for part in fit((QUESTION,), ours.capabilities)] == [Text]

"""The Official Account's adapter against the scripted platform: what it sends arrives, and each refusal says what it means."""

import hashlib
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from adapters.shared.wechat.codes import CODES
from adapters.wechat import WeChatChannel, diagnosis
from config.schema import Settings
from config.texts import load_texts
from config.wechat import NoticeTemplate
from gateway.checkup import Checkup
from gateway.core.channel import Grade
from gateway.core.contact import Address, AddressKind
from gateway.core.errors import FetchFailed, Rejected, SendError, Shut, TryLater, Uncertain
from gateway.core.ids import ChannelName, FileId, MessageId, OutboxId, SessionId, Thread
from gateway.core.message import Author, Message, Outgoing, Receipt
from gateway.core.parts import Arriving, Choice, Choices, File, FileRef, Notice, Part, Text
from gateway.core.texts import Texts
from gateway.rendering import fit
from tests.peers.wechat import Account, Fault, MovableClock, Phone, WeChatPlatform
from tests.unit.adapters.wechat_account import MemoryFiles, Notebook, Shelf, channel

PNG, AMR, MP4 = b"\x89PNG\r\n\x1a\n" + b"0" * 100, b"#!AMR\n" + b"0" * 100, b"\x00\x00\x00\x18ftypmp42" + b"0" * 100
HELLO = Text("hello")
QUESTION = Choices("您想问哪一个？", (Choice("refund.time", "退款多久到账？"), Choice("person", "人工客服")), hint="回复数字")


@dataclass
class World:
    platform: WeChatPlatform
    account: Account
    phone: Phone
    ours: WeChatChannel
    shelf: Shelf
    notebook: Notebook
    opened: list[WeChatChannel] = field(default_factory=list)

    def open(self, **changes: Any) -> WeChatChannel:
        """Our channel, once more."""
        fresh = channel(**{**_means(self.platform, self.account, self.shelf, self.notebook), **changes})
        self.opened.append(fresh)
        return fresh

    async def send(self, part: Part, *, by: WeChatChannel | None = None) -> Receipt:
        return await (by or self.ours).send(part, _outgoing(part, self.phone.openid))

    async def refused(self, part: Part = HELLO, *, by: WeChatChannel | None = None) -> SendError:
        with pytest.raises(SendError) as refusal:
            await self.send(part, by=by)
        return refusal.value


def _means(platform: WeChatPlatform, account: Account, shelf: Shelf, notebook: Notebook) -> dict[str, Any]:
    files = {"png": PNG, "amr": AMR, "mp4": MP4}
    return {
        "api_base": platform.url, "app_secret": account.secret, "token": account.token, "timeout_s": 2.0, "shelf": shelf,
        "notebook": notebook, "files": MemoryFiles(files), "link": lambda file: f"https://example.com/f/{file.id}",
        "now_s": lambda: platform.clock.now().timestamp(),
        "templates": {"reply": NoticeTemplate(id="TEMPLATE_ID", text="您咨询的问题有新回复：{{thing1.DATA}}", url="https://example.com/")},
    }  # fmt: skip


@pytest.fixture
async def world() -> AsyncIterator[World]:
    platform = WeChatPlatform(MovableClock(speed=0.0))
    async with platform.running():
        account = platform.account(templates={"TEMPLATE_ID": "您咨询的问题有新回复：{{thing1.DATA}}"})
        phone = platform.phone(account)
        phone.allowances.say(platform.clock.now())
        shelf, notebook = Shelf(), Notebook()
        made = World(platform, account, phone, channel(**_means(platform, account, shelf, notebook)), shelf, notebook)
        made.opened.append(made.ours)
        yield made
        for one in made.opened:
            await one.close()


def _outgoing(part: Part, openid: str) -> Outgoing:
    session = SessionId("S")
    message = Message(
        id=MessageId("M1"), session_id=session, seq=2, author=Author.BOT, at=MovableClock().now(), parts=(part,)
    )  # fmt: skip
    to = Address(AddressKind.OPENID, "wx0123456789abcdef", openid)
    return Outgoing(
        id=OutboxId("OUT1"), session_id=session, channel=ChannelName("oa"), thread=Thread(openid), to=to, message=message, epoch=1
    )  # fmt: skip


def _file(name: str, content: bytes, mime: str, caption: str = "", size_bytes: int = 0) -> File:
    digest = hashlib.sha256(content).hexdigest()
    return File(FileRef(id=FileId(name), name=f"{name}.{name}", mime=mime, size_bytes=size_bytes or len(content), sha256=digest), caption)


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
    await world.send(_file(name, content, mime))
    await world.send(_file(name, content, mime))
    assert [one.kind for one in world.phone.answers] == [kind, kind]
    (media,) = world.account.media.values()
    assert (media.content, media.mime) == (content, mime)


async def test_a_file_that_the_platform_has_forgotten_is_uploaded_again(world: World) -> None:
    await world.send(_file("png", PNG, "image/png"))
    world.account.media.clear()
    await world.send(_file("png", PNG, "image/png"))
    assert world.platform.refusals() == [40007]
    assert [one.kind for one in world.phone.answers] == ["image", "image"]


async def test_words_under_a_picture_go_out_behind_it(world: World) -> None:
    await world.send(_file("png", PNG, "image/png", caption="这是示意图"))
    assert [(one.kind, one.text) for one in world.phone.answers] == [("image", ""), ("text", "这是示意图")]


async def test_what_the_platform_does_not_take_goes_as_a_link(world: World) -> None:
    await world.send(_file("png", PNG, "image/png", size_bytes=11 * 2**20))
    await world.send(_file("pdf", b"%PDF", "application/pdf", caption="发票"))
    world.platform.faults.next("media/upload", Fault(errcode=40009))
    await world.send(_file("png", PNG, "image/png"))
    assert world.phone.texts == [
        "png.png\nhttps://example.com/f/png", "发票\npdf.pdf\nhttps://example.com/f/pdf", "png.png\nhttps://example.com/f/png",
    ]  # fmt: skip


async def test_an_upload_that_broke_off_may_be_tried_again(world: World) -> None:
    for fault in (Fault(is_cut_after=True), Fault(is_garbage=True), Fault(status=500)):
        world.platform.faults.next("media/upload", fault)
        assert type(await world.refused(_file("png", PNG, "image/png"))) is TryLater
    assert world.phone.answers == []


async def test_a_file_that_is_gone_is_rejected(world: World) -> None:
    error = await world.refused(_file("lost", b"x", "image/png"))
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


# ---- files of customers ---------------------------------------------------------------------------------------------------------


async def fetched(ours: WeChatChannel, media: str) -> bytes:
    async with ours.fetch(Arriving("image", media)) as pieces:
        return b"".join([piece async for piece in pieces])


@pytest.mark.parametrize(("kind", "content"), [("image", PNG), ("voice", AMR), ("video", MP4), ("shortvideo", MP4)])
async def test_a_customers_file_is_fetched(world: World, kind: str, content: bytes) -> None:
    world.account.push_url = "http://127.0.0.1:9/"
    world.phone.send_media(kind, content)
    (media_id,) = world.account.media
    world.platform.faults.next("media/get", Fault(kills_token=42001))
    assert await fetched(world.ours, media_id) == content


async def test_a_file_that_can_not_be_had_says_why(world: World) -> None:
    world.account.push_url = "http://127.0.0.1:9/"
    world.phone.send_media("image", PNG)
    (media_id,) = world.account.media

    async def failure(ours: WeChatChannel, media: str = media_id, *faults: Fault) -> str:
        world.platform.faults.next("media/get", *faults)
        with pytest.raises(FetchFailed) as failed:
            await fetched(ours, media)
        return failed.value.code

    assert await failure(world.open(media_max_bytes=50)) == "too_large"
    assert await failure(world.ours, media_id, Fault(errcode=-1)) == "unreachable"
    assert await failure(world.ours, media_id, Fault(is_cut_before=True), Fault(is_cut_before=True)) == "unreachable"
    assert await failure(world.ours, media_id, Fault(status=502)) == "unreachable"
    assert await failure(world.ours, media_id, Fault(errcode=48001)) == "unreachable"
    assert await failure(world.ours, "unknown") == "expired"
    assert await failure(world.ours, "") == "gone"
    world.platform.clock.advance(3 * 86_400)
    assert await failure(world.ours) == "expired"


async def test_a_video_elsewhere_is_not_fetched(world: World) -> None:
    for address in (
        "http://169.254.169.254/latest", "file:///etc/passwd", "http://evil.example/qq.com", "http://127.0.0.1@evil.example/", "http://[/",
        "http://évil.qq.com/",
    ):  # fmt: skip
        with pytest.raises(FetchFailed) as failed:
            world.ours._downloads._checked(address)
        assert failed.value.code == "unreachable"
    assert world.ours._downloads._checked("http://vweixinf.tc.qq.com/102/1.mp4")


async def test_a_fetchers_own_trouble_is_its_own(world: World) -> None:
    world.account.push_url = "http://127.0.0.1:9/"
    world.phone.send_media("image", PNG)
    with pytest.raises(ConnectionError, match="disk"):
        async with world.ours.fetch(Arriving("image", next(iter(world.account.media)))):
            raise ConnectionError("disk")


# ---- the doctor -----------------------------------------------------------------------------------------------------------------


async def verdict(ours: WeChatChannel) -> tuple[bool, str, dict[str, str]]:
    found = await ours.examine()
    assert bool(found.todo) != found.is_ok
    return found.is_ok, found.why, dict(found.values)


async def test_the_doctor_names_what_is_set_up_wrongly(world: World) -> None:
    assert (await verdict(world.open(app_secret="wrong")))[1] == "wechat.secret"
    assert (await verdict(world.open(app_id="wxffffffffffffffff", aes_key=world.account.aes_key)))[1] == "wechat.app_id"
    assert (await verdict(world.open(api_base="http://127.0.0.1:9")))[1] == "wechat.unreachable"
    world.account.allowed_ips = frozenset({"203.0.113.7"})
    assert await verdict(world.open()) == (False, "wechat.address", {"code": "40164", "ip": "127.0.0.1", "name": "oa"})
    world.account.allowed_ips = None
    world.account.can_send = False
    assert (await verdict(world.open()))[1] == "wechat.no_customer_service"
    assert (await verdict(world.open(customer_service=False)))[1] == "wechat.never_pushed"
    assert world.phone.texts == []


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("signature", "token"),
        ("key", "aes_key"),
        ("app", "push_app"),
        ("not_encrypted", "mode"),
        ("stale", "clock"),
        ("bad_xml", "never_pushed"),
    ],
)
async def test_the_doctor_knows_what_became_of_the_pushes(world: World, code: str, why: str) -> None:
    await world.ours.note_push(code)
    assert (await verdict(world.open()))[1] == f"wechat.{why}"
    world.platform.clock.advance(60)
    await world.ours.note_push("")
    assert await verdict(world.open()) == (True, "wechat.good", {"minutes": "0"})


async def test_a_strangers_knocking_is_no_reason_to_change_the_token(world: World) -> None:
    await world.ours.note_push("")
    world.platform.clock.advance(600)
    await world.ours.note_push("signature")
    assert (await verdict(world.open()))[0]
    world.platform.clock.advance(86_400)
    await world.ours.note_push("signature")
    assert (await verdict(world.open()))[1] == "wechat.token"


async def test_a_check_of_the_address_hides_a_wrong_key_only_until_the_next_push(world: World) -> None:
    for code in ("key", "", "key"):
        world.platform.clock.advance(20)
        await world.ours.note_push(code)
    assert (await verdict(world.open()))[1] == "wechat.aes_key"


async def test_pushes_are_noted_seldom(world: World) -> None:
    writes: list[str] = []

    class Counting(Notebook):
        async def note_down(self, name: str, value: str) -> None:
            writes.append(value)
            await super().note_down(name, value)

    ours = world.open(notebook=Counting())
    for _ in range(100):
        await ours.note_push("")
        await ours.note_push("signature")
    assert len(writes) == 2
    world.platform.clock.advance(301)
    await ours.note_push("")
    assert json.loads(writes[-1])["code"] == "signature"
    assert len(writes) == 3


async def test_the_doctor_says_that_choices_are_numbers(world: World) -> None:
    world.account.can_send_menus = False
    await world.send(QUESTION)
    await world.ours.note_push("")
    assert (await verdict(world.open()))[1] == "wechat.good_no_menus"


async def test_what_the_doctor_finds_is_said_in_every_language(world: World) -> None:
    settings, texts = Settings(), Texts(load_texts())
    checkup = Checkup(settings, MovableClock(), 5.0)
    world.account.allowed_ips = frozenset({"203.0.113.7"})
    finding = await checkup.look(checkup.channel(world.open()))
    checkup.close()
    assert not finding.ok
    assert finding.why.said(texts, "zh-CN") == "微信拒绝来自本服务器地址 127.0.0.1 的调用（40164）"
    assert finding.todo.said(texts, "en") == "put 127.0.0.1 into IP白名单 in 基本配置; it takes some minutes"


def test_every_verdict_has_its_words() -> None:
    texts = load_texts()["en"]
    source = Path(diagnosis.__file__).read_text(encoding="utf-8")
    named = set(re.findall(r'_bad\(\s*"(\w+)"', source)) | set(diagnosis._CONFIGURED.values()) | set(diagnosis._PUSHED.values())
    assert {"unreachable", "no_customer_service", "refused", "never_pushed"} <= named
    assert [key for key in named for end in ("", "_todo") if f"doctor.wechat.{key}{end}" not in texts] == []
    assert {"doctor.wechat.good", "doctor.wechat.good_no_menus"} <= set(texts)


def test_every_code_that_an_agent_may_meet_has_its_words() -> None:
    """What is given up, or waited for in vain, stands under a message of theirs; what nobody sends has none."""
    texts = load_texts()["en"]
    of_files = {40004, 40005, 40006, 40007, 40008, 40009, 40010, 40011, 45001}  # a link goes in the file's place
    of_our_own = {40200, 41001, 41002, 41004, 45008, 45157}  # numbers go in the menu's place; the rest we never send
    unseen = of_files | of_our_own
    met = {code for code, meaning in CODES.items() if not meaning.shut} - unseen
    assert [code for code in sorted(met) if f"desk.code.{code}" not in texts] == []
    assert {meaning.shut for meaning in CODES.values()} - {""} <= {key.removeprefix("desk.code.") for key in texts}

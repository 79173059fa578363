"""The Official Account's adapter: files that customers sent, and what the doctor finds."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.shared.wechat.codes import CODES
from adapters.wechat import WeChatChannel, diagnosis
from config.schema import Settings
from config.texts import load_texts
from gateway.checkup import Checkup
from gateway.core.errors import FetchFailed
from gateway.core.parts import Arriving
from gateway.core.texts import Texts
from tests.integration.wechat_account_world import AMR, MP4, PNG, QUESTION, World, wechat_world
from tests.peers.wechat import Fault, MovableClock
from tests.unit.adapters.wechat_account import Notebook


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with wechat_world() as made:
        yield made


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

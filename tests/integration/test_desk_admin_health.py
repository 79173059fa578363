"""How every part is, as supervisors see it: the doctor's examinations, in their language, without a secret."""

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from config.schema import Gateway, Hours, Queue, Settings, StoreSettings
from gateway import checkup
from gateway.checkup import Checkup
from gateway.core.channel import Capabilities, Pulse, Reach, Verdict
from gateway.core.handoff import Role
from gateway.core.ids import ChannelName
from gateway.web.desk_admin_health import Rounds
from tests.fakes import FrozenClock
from tests.integration.desk_house import House, Page, open_house

SETTINGS = Settings(queues={"default": Queue(hours="office")}, hours={"office": Hours()})


class Mailbox:
    """A channel that can try itself out, and does so as the test says."""

    name, type = ChannelName("support"), "email"
    capabilities = Capabilities(reach=Reach.PUSHED, text_max_bytes=1000)

    def __init__(self) -> None:
        self.said: tuple[bool, str] | Exception = (True, "logged in")
        self.is_slow = asyncio.Event()
        self.is_slow.set()
        self.count = 0

    async def pulse(self) -> Pulse | None:
        at = datetime(2026, 11, 2, 9, 29, tzinfo=UTC)
        return Pulse(success_at=at, is_alarm=True, trouble="imap_unreachable", behind_count=3, counts={"mails": 7})

    async def diagnose(self) -> tuple[bool, str]:
        self.count += 1
        await self.is_slow.wait()
        if isinstance(self.said, Exception):
            raise self.said
        return self.said


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    settings = structs.replace(SETTINGS, gateway=Gateway(data_dir=str(tmp_path)))
    async with open_house(tmp_path, settings) as opened:
        yield opened


@pytest.fixture
def mailbox(house: House) -> Mailbox:
    added = Mailbox()
    house.channels[added.name] = added  # type: ignore[assignment]  # it only has what an examination looks at
    return added


async def boss(house: House) -> Page:
    return (await house.logged_in("boss", Role.SUPERVISOR))[1]


def by_part(body: Any) -> dict[str, Any]:
    return {one["part"]: one for one in body["findings"]}


async def test_what_works_is_said_to_work_in_the_pages_language(house: House) -> None:
    page = await boss(house)
    english = (await page.get("/desk/api/health", lang="en")).body
    assert {part: one["ok"] for part, one in by_part(english).items()} == dict.fromkeys(
        ["knowledge", "data_dir", "store", "bus", "hours", "channel site"], True
    )
    assert english["checked_at"] == "2026-11-02T09:30:00Z"
    assert by_part(english)["store"]["why"] == "reads and writes"
    assert english["channels"] == [
        {"name": "site", "type": "webchat", "ok": True, "why": "webchat: nothing outside to try", "todo": "", "ms": 0.0}
    ]
    chinese = (await page.get("/desk/api/health", lang="zh-CN")).body
    assert by_part(chinese)["store"]["why"] == "读写正常"
    assert by_part((await page.get("/desk/api/health", lang="zh-Hant")).body)["store"]["why"] == "讀寫正常"
    browsers = await page.ask("GET", "/desk/api/health", headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert by_part(browsers.body)["store"]["why"] == "reads and writes"


async def test_a_channel_that_fails_says_why_and_what_to_do(house: House, mailbox: Mailbox) -> None:
    page = await boss(house)
    mailbox.said = (False, "set the password again")
    found = (await page.get("/desk/api/health", lang="en")).body["channels"][-1]
    assert (found["name"], found["type"], found["ok"]) == ("support", "email", False)
    assert (found["why"], found["todo"]) == ("it does not work", "set the password again")
    assert found["pulse"] == {
        "success_at": "2026-11-02T09:29:00Z", "behind_count": 3, "is_alarm": True, "trouble": "imap_unreachable", "counts": {"mails": 7},
    }  # fmt: skip


async def test_what_was_found_is_given_again_for_half_a_minute_unless_asked_to_try_now(house: House, mailbox: Mailbox) -> None:
    page = await boss(house)
    for _ in range(3):
        await page.get("/desk/api/health")
    house.clock.advance(29)
    await page.get("/desk/api/health")
    assert mailbox.count == 1
    await page.post("/desk/api/health")
    await page.post("/desk/api/health")
    assert mailbox.count == 2
    house.clock.advance(31)
    assert (await page.get("/desk/api/health")).body["checked_at"] == "2026-11-02T09:31:00Z"
    assert mailbox.count == 3


class Locked(Mailbox):
    """Refuses our login; every further try counts."""

    async def examine(self) -> Verdict:
        self.count += 1
        return Verdict(is_ok=False, why="email.login", todo="email.login_todo", is_touchy=True)


async def test_a_refused_login_is_tried_again_when_somebody_asks_and_seldom_by_a_page_that_stands_open(house: House) -> None:
    mailbox, page = Locked(), await boss(house)
    house.channels[mailbox.name] = mailbox  # type: ignore[assignment]  # as above
    for _ in range(15):
        found = (await page.get("/desk/api/health")).body
        assert (found["channels"][-1]["ok"], by_part(found)["channel support"]["ok"]) == (False, False)
        house.clock.advance(40)
    assert mailbox.count == 1
    await page.post("/desk/api/health")
    assert mailbox.count == 2
    house.clock.advance(601)
    await page.get("/desk/api/health")
    assert mailbox.count == 3


async def test_however_many_ask_there_is_one_round_and_it_goes_on_without_them(house: House, mailbox: Mailbox) -> None:
    page = await boss(house)
    mailbox.is_slow.clear()
    asking = [asyncio.create_task(page.post("/desk/api/health")) for _ in range(5)]
    async with asyncio.timeout(30):
        while not mailbox.count:
            await asyncio.sleep(0.01)
    asking[0].cancel()
    mailbox.is_slow.set()
    replies = await asyncio.gather(*asking[1:])
    assert [reply.status for reply in replies] == [200] * 4
    assert mailbox.count == 1


async def test_what_does_not_answer_is_given_up_and_the_rest_is_told(
    house: House, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.web.desk_admin_health.DEADLINE_S", 1.0)
    rounds = Rounds(house.deps)
    mailbox.is_slow.clear()
    found = await rounds.found(0)
    assert [finding.part for finding in found.findings if not finding.ok] == ["channel support"]
    assert found.channels[-1][1].why.said(house.deps.texts, "en") == "no answer within 1 s"
    await rounds.stop()


async def test_a_round_ends_with_the_application(house: House, mailbox: Mailbox) -> None:
    rounds = Rounds(house.deps)
    mailbox.is_slow.clear()
    asking = asyncio.create_task(rounds.found(0))
    async with asyncio.timeout(30):
        while not mailbox.count:
            await asyncio.sleep(0.01)
    await rounds.stop()
    await asyncio.wait([asking], timeout=20)
    assert asking.cancelled()


async def test_no_secret_stands_in_what_is_told(house: House) -> None:
    url = "postgresql://desk:hunter2-hunter2@db.test/desk"
    settings = structs.replace(SETTINGS, store=StoreSettings(url=url))
    checked = Checkup(settings, FrozenClock(), 5.0)

    async def broken() -> Any:
        raise OSError(f"can't connect to {url}\n  password=hunter2-hunter2 {'x' * 10_000}")

    finding = await checked.look(checked.store(broken))
    checked.close()
    for language in ("en", "zh-CN", "zh-TW"):
        said = finding.why.said(house.deps.texts, language) + finding.todo.said(house.deps.texts, language)
        assert "hunter2" not in said
        assert "db.test" in said
        assert len(said) < 1000
        assert "\n" not in said


async def test_a_disk_that_hangs_takes_no_thread_that_others_need(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = threading.Event()
    monkeypatch.setattr(checkup, "_tried_folder", lambda _: hanging.wait(60))
    checked = Checkup(house.deps.settings, house.deps.clock, 0.05)
    try:
        for _ in range(20):
            finding = await checked.look(checked.data_dir())
            assert (finding.ok, finding.why.key) == (False, "late")
        assert await asyncio.wait_for(asyncio.to_thread(lambda: "free"), 30) == "free"
    finally:
        hanging.set()
        checked.close()


async def test_a_full_disk_a_file_in_the_way_and_a_broken_knowledge_base_are_told_apart(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = house.deps.texts
    checked = Checkup(house.deps.settings, house.deps.clock, 5.0)
    monkeypatch.setattr(checkup, "LEAST_FREE_BYTES", 2**62)
    full = await checked.look(checked.data_dir())
    assert full.todo.said(texts, "en") == "make room: a full disk refuses every message"
    (tmp_path / "kb.yaml").write_text("- id: one\n  questions: 7\n", encoding="utf-8")
    (tmp_path / "file").write_text("in the way")
    settings = structs.replace(
        SETTINGS, gateway=Gateway(data_dir=str(tmp_path / "file")), bot=structs.replace(SETTINGS.bot, knowledge=str(tmp_path / "kb.yaml"))
    )
    other = Checkup(settings, house.deps.clock, 5.0)
    in_the_way = await other.look(other.data_dir())
    assert in_the_way.todo.said(texts, "zh-CN") == "把 [gateway] data_dir 设为一个文件夹"
    broken = await other.look(other.knowledge())
    assert (broken.ok, broken.todo.said(texts, "en")) == (False, "run `frontdesk check`, and set it right")
    checked.close()
    other.close()

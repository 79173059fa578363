"""The desk's forms where things go wrong: changes that are not saved, two editors, a broken record; and what hours mean at a moment."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Route, expect

from tests.journeys.floor import browser_of, by_palette
from tests.journeys.scenery import Scenery, ago
from tests.peers import desk_server

WEEKDAYS = {day: ["09:00-12:00", "13:30-18:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
HOURS: dict[str, Any] = {
    "timezone": "Asia/Shanghai", **WEEKDAYS, "saturday": ["22:00-06:00"], "sunday": [],
    "closed": ["2026-11-23"], "open": {"2026-11-29": ["00:00-24:00"]},
}  # fmt: skip


@pytest.fixture
async def scenery(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scenery]:
    monkeypatch.setitem(desk_server.ME, "role", "admin")
    scenery = Scenery()
    scenery.add_customer()
    async with scenery.running():
        yield scenery


@pytest.fixture
async def browser(chromium: Browser) -> AsyncIterator[BrowserContext]:
    async with browser_of(chromium, "status of 409") as context:
        yield context


async def opened(browser: BrowserContext, scenery: Scenery, address: str) -> Page:
    page = await browser.new_page()
    await page.goto(f"{scenery.url}/desk/#/{address}")
    return page


async def test_what_is_not_saved_is_not_lost_by_a_click_or_by_going_back(browser: BrowserContext, scenery: Scenery) -> None:
    boss = await opened(browser, scenery, "admin/agents")
    await boss.locator(".rows a", has_text="坐席 08").click()
    await boss.get_by_label("显示名").fill("坐席 08 甲")
    await boss.get_by_role("link", name="审计日志").click()
    await boss.get_by_role("dialog").get_by_role("button", name="取消").click()
    await expect(boss.get_by_label("显示名")).to_have_value("坐席 08 甲")
    await boss.go_back()
    await boss.get_by_role("dialog").get_by_role("button", name="取消").click()
    await expect(boss.get_by_label("显示名")).to_have_value("坐席 08 甲")
    for words in ("English", "退出登录"):  # no address changes, and yet the form would be gone
        await by_palette(boss, words)
        await expect(boss.get_by_role("dialog")).to_contain_text("没有保存")
        await boss.get_by_role("dialog").get_by_role("button", name="取消").click()
    await by_palette(boss, "主题深色")
    await expect(boss.locator("html")).to_have_attribute("data-theme", "dark")
    await expect(boss.get_by_label("显示名")).to_have_value("坐席 08 甲")
    await boss.get_by_role("button", name="放弃更改").click()
    await expect(boss.get_by_label("显示名")).to_have_value("坐席 08")
    await boss.get_by_label("显示名").fill("坐席 08 乙")
    await boss.get_by_role("link", name="审计日志").click()
    await boss.get_by_role("dialog").get_by_role("button", name="离开").click()
    await expect(boss.get_by_role("heading", name="审计日志")).to_be_visible()


async def test_two_editors_of_a_reply_are_shown_both_and_the_second_decides(browser: BrowserContext, scenery: Scenery) -> None:
    sent: list[Any] = []

    async def put(route: Route) -> None:
        sent.append(route.request.post_data_json)
        if len(sent) == 1:
            scenery.replies[0] = {**scenery.replies[0], "title": "退款多久到", "version": 2, "updated_by": "a8", "updated_at": ago(20)}
            await route.fulfill(status=409, json={"code": "stale", "detail": "somebody was faster"})
        else:
            await route.fulfill(json={"reply": {**scenery.replies[0], **sent[-1], "version": 3}})

    page = await opened(browser, scenery, "admin/replies/r1")
    await page.route("**/desk/api/replies/r1", put)
    await page.get_by_role("textbox", name="标题", exact=True).fill("退款几天到")
    await page.get_by_role("button", name="保存").click()
    await expect(page.locator(".conflict")).to_contain_text("坐席 08")
    await expect(page.locator(".conflict tbody tr")).to_have_count(1)
    await expect(page.locator(".conflict tbody td")).to_have_text(["退款多久到", "退款几天到"])
    await page.get_by_role("button", name="改存我的").click()
    await expect(page.locator(".form-foot .state")).to_have_text("已保存")
    assert [one["version"] for one in sent] == [1, 2]
    assert sent[1]["title"] == "退款几天到"
    await expect(page.locator(".conflict")).to_have_count(0)


async def test_a_case_is_taken_and_resolved_beside_its_conversation(browser: BrowserContext, scenery: Scenery) -> None:
    case = {
        "id": "c1", "number": "K7Q3", "session_id": "full", "channel": "site", "status": "open", "subject": "夜里的留言",
        "reason": "closed_hours", "opened_at": ago(3600), "resolved_at": None, "agent_id": None,
        "email": None, "phone": "13800000000", "version": 1,
    }  # fmt: skip
    scenery.whole["full"]["case"] = case
    page = await opened(browser, scenery, "session/full")
    pane = page.locator(".about .case")
    await expect(pane).to_contain_text("非服务时间")
    await expect(pane.get_by_role("button", name="复制手机")).to_be_visible()
    scenery.whole["full"]["case"] = {**case, "status": "in_progress", "agent_id": "a7", "version": 2}
    await pane.get_by_role("button", name="我来处理").click()
    await pane.get_by_role("textbox", name="处理说明").fill("已电话回复")
    scenery.whole["full"]["case"] = {**case, "status": "resolved", "agent_id": "a7", "version": 3}
    await pane.get_by_role("button", name="办结").click()
    await expect(pane.locator(".chip")).to_have_text("已办结")
    await expect(pane.get_by_role("button", name="办结")).to_have_count(0)
    assert [one for one in scenery.posted if one[0].startswith("cases/")] == [
        ("cases/c1/take", {}), ("cases/c1/resolve", {"comment": "已电话回复"}),
    ]  # fmt: skip


async def test_the_log_goes_on_as_far_as_anybody_scrolls_and_a_broken_chain_is_said_aloud(
    browser: BrowserContext, scenery: Scenery
) -> None:
    page = await browser.new_page()

    async def log(route: Route) -> None:
        start = int(route.request.url.partition("after=")[2].partition("&")[0] or 0)
        items = [{**scenery.audit[1], "at": ago(60.0 * n), "detail": {"address": f"10.0.0.{n}"}} for n in range(start, start + 50)]
        await route.fulfill(json={"items": items, "next": str(start + 50) if start < 100 else None})

    async def verify(route: Route) -> None:
        isfirst = "after=0" in route.request.url
        broken = None if isfirst else {"after": 6021, "why": "the hash does not fit"}
        await route.fulfill(json={"checked": 5000 if isfirst else 6021, "next": "5000" if isfirst else None, "broken": broken})

    await page.route("**/desk/api/audit?*", log)
    await page.route("**/desk/api/audit/verify*", verify)
    await page.goto(f"{scenery.url}/desk/#/admin/audit")
    for count in (50, 100):
        await expect(page.locator(".audit-line").nth(count - 1)).to_be_attached()
        await page.locator(".audit-line").nth(count - 1).scroll_into_view_if_needed()
        await page.locator(".admin-main").evaluate("pane => pane.scrollTo(0, pane.scrollHeight)")
    await expect(page.locator(".audit-line")).to_have_count(150)
    await expect(page.get_by_text("记录从这里开始。")).to_be_visible()
    await page.get_by_role("button", name="校验完整性").click()
    await expect(page.locator(".proof-box")).to_contain_text("第 6,021 条之后的记录对不上。")
    await expect(page.locator(".proof-box")).to_contain_text("请保留数据库现状")


async def test_what_hours_mean_at_a_moment(browser: BrowserContext, scenery: Scenery) -> None:
    page = await opened(browser, scenery, "admin/hours")
    moments = {
        "2026-11-20T01:30:00Z": "open 2026-11-20 720",  # Friday 09:30: until noon
        "2026-11-20T04:30:00Z": "closed 2026-11-20 810",  # at lunch: back at 13:30
        "2026-11-20T10:00:00Z": "closed 2026-11-21 1320",  # 18:00 has come: Saturday night
        "2026-11-21T15:00:00Z": "open 2026-11-22 360",  # Saturday 23:00: until Sunday 06:00
        "2026-11-22T22:30:00Z": "closed 2026-11-24 540",  # Monday is a holiday
        "2026-11-28T15:00:00Z": "open 2026-11-29 1440",  # the night goes over into a special day that lasts until midnight
    }
    found = await page.evaluate(
        """async ([hours, moments]) => {
          const {standing} = await import("/desk/static/admin/timetable.js");
          const words = ({isOpen, date, minutes}) => [isOpen ? "open" : "closed", date, minutes].join(" ");
          return Object.fromEntries(moments.map((at) => [at, words(standing(hours, new Date(at).getTime()))]));
        }""",
        [HOURS, list(moments)],
    )
    assert found == moments
    times = ["9", "930", "9:30", "09：30", "24:00", "24:01", "9:75", "abc", "", "2500"]
    parsed = await page.evaluate(
        "async (times) => { const {parseTime} = await import('/desk/static/admin/timetable.js'); return times.map(parseTime); }", times
    )
    assert parsed == [540, 570, 570, 570, 1440, None, None, None, None, None]

"""The desk's knowledge page in a real browser, over a scripted server: what an owner does there, and what may go wrong meanwhile."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.peers import desk_server
from tests.peers.chromium import barriers, picture, watched
from tests.peers.knowledge_server import REFUND, KnowledgeServer, shop
from tests.peers.node import node_modules

ALLOWED = ("status of 409", "status of 404", "status of 503", "ERR_INTERNET_DISCONNECTED", "WebSocket connection to")
ASKED = "钱几天退回来"


@pytest.fixture
def server() -> KnowledgeServer:
    server = KnowledgeServer()
    shop(server)
    return server


@asynccontextmanager
async def page_at(chromium: Browser, server: KnowledgeServer, place: str = "", **options: object) -> AsyncIterator[Page]:
    """The knowledge page, or what `place` names behind it."""
    async with server.running(), watched(chromium, allowed=ALLOWED, **options) as context:
        page = await context.new_page()
        await page.goto(f"{server.url}/desk/#/knowledge{place}")
        await expect(page.locator(".kb-line").first).to_be_visible()
        yield page


async def go(page: Page, place: str) -> None:
    await page.evaluate("place => { location.hash = '#/knowledge' + place; }", place)


async def words(page: Page) -> list[str]:
    """What stands in the lines of the questions."""
    found = page.locator(".field").first.locator(".kb-lines input")
    return [await found.nth(number).input_value() for number in range(await found.count())]


async def paste(page: Page, text: str) -> None:
    """As if it came from the clipboard, which a test can't have."""
    await page.evaluate(
        """text => {
          const data = new DataTransfer();
          data.setData("text/plain", text);
          document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        text,
    )


async def test_an_owner_writes_an_entry_by_keyboard_and_it_becomes_a_draft(chromium: Browser, server: KnowledgeServer) -> None:
    async with page_at(chromium, server) as page:
        await page.locator("[data-act=add]").click()
        await expect(page.get_by_label("客户怎么问: 标题")).to_be_focused()
        await page.keyboard.type("怎么改收货地址？")
        await page.keyboard.press("Enter")
        await paste(page, "1. 地址写错了\n- 换个地址收货\n\n改地址")
        assert await words(page) == ["怎么改收货地址？", "地址写错了", "换个地址收货", "改地址"]
        await page.keyboard.press("Alt+ArrowUp")
        assert await words(page) == ["怎么改收货地址？", "地址写错了", "改地址", "换个地址收货"]
        await page.keyboard.press("Control+s")
        await expect(page.get_by_text("写下回答，或者设为转人工。")).to_be_visible()
        await page.get_by_role("textbox", name="简体中文内容").fill("发货前可以**自己改**。")
        await expect(page.locator(".preview strong")).to_have_text("自己改")
        await page.get_by_label("某个渠道另写").select_option("wechat")
        await page.get_by_role("textbox", name="简体中文内容").fill("点订单，再点修改地址。")
        await page.get_by_text("更多：").click()
        await page.get_by_role("textbox", name="回答前先查询").fill('{"http": ')
        await page.keyboard.press("Control+s")
        await expect(page.locator(".field", has_text="回答前先查询").locator("> .wrong")).to_contain_text("JSON 格式不对")
        await page.get_by_role("textbox", name="回答前先查询").fill("")
        await page.keyboard.press("Control+s")
        await expect(page.locator(".form-foot .state")).to_have_text("草稿已保存")
        (what, body), *_ = [change for change in server.changed if change[0].startswith("put")]
        entry = body["entry"]
        assert what == f"put {entry['id']}"
        assert entry["questions"] == ["怎么改收货地址？", "地址写错了", "改地址", "换个地址收货"]
        assert entry["answer"] == {"zh": "发货前可以**自己改**。"}
        assert entry["answer_on"] == {"wechat": {"zh": "点订单，再点修改地址。"}}
        assert body["version"] == 0
        assert set(entry) == {"id", "questions", "answer", "answer_on"}
        await expect(page.locator(".kb-rows li", has_text="怎么改收货地址？")).to_contain_text("新草稿")
        assert page.url.endswith(f"#/knowledge/{entry['id']}")


async def test_what_is_not_saved_is_not_lost_and_two_who_change_one_entry_see_both(chromium: Browser, server: KnowledgeServer) -> None:
    async with page_at(chromium, server, "/e0") as page:
        await page.get_by_label("客户怎么问: 标题").fill("退款什么时候到账？")
        await page.locator(".kb-rows a", has_text="怎么开发票？").click()
        await page.get_by_role("dialog").get_by_role("button", name="取消").click()
        await expect(page.get_by_label("客户怎么问: 标题")).to_have_value("退款什么时候到账？")
        server.drafts["e0"] = {**server.live["e0"], "questions": [*REFUND, "退款到账时间"]}
        await page.locator("[data-act=save]").click()
        await expect(page.locator(".conflict")).to_contain_text("退款到账时间")
        await expect(page.locator(".conflict")).to_contain_text("退款什么时候到账？")
        await page.get_by_role("button", name="改存我的").click()
        await expect(page.locator(".form-foot .state")).to_have_text("草稿已保存")
        assert (server.drafts["e0"] or {})["questions"] == ["退款什么时候到账？", *REFUND[1:]]
        await page.locator("[data-act=compare]").click()
        await expect(page.locator(".kb-diff del")).to_contain_text("退款多久到账？")
        await expect(page.locator(".kb-diff ins")).to_contain_text("退款什么时候到账？")
        await page.locator("[data-act=discard]").click()
        await page.get_by_role("dialog").get_by_role("button", name="放弃").click()
        await expect(page.get_by_label("客户怎么问: 标题")).to_have_value("退款多久到账？")
        assert "e0" not in server.drafts


async def test_the_bot_is_asked_says_why_and_is_taught(chromium: Browser, server: KnowledgeServer) -> None:
    server.kb.preparing_count = 1_000
    async with page_at(chromium, server, "/e0") as page:
        await page.get_by_label("客户的问题").fill(ASKED)
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("正在用最新草稿准备机器人")).to_be_visible()
        server.kb.preparing_count = 0
        await expect(page.locator(".kb-verdict")).to_have_text("会回答91 %")
        await expect(page.locator(".kb-reads strong")).to_have_text("3 个工作日")
        await expect(page.locator(".kb-candidates > li")).to_have_count(3)
        chosen = page.locator(".kb-candidates > .chosen")
        await expect(chosen).to_contain_text("够高，可以回答（84 % 起）")
        await expect(page.locator(".kb-together")).to_contain_text("够高，可以追问（45 % 起）")
        await chosen.locator("summary").click()
        await expect(chosen.locator("dt")).to_have_text(["意思相近", "文字相近", "按问法训练", "领先下一条", "没见过的"])
        await expect(chosen.locator("dd").nth(3)).to_have_text("训练结果 +71 %意思 +24 %写法 −4 %")
        await expect(page.locator(".kb-candidates > li").nth(1).locator(".kb-guard")).to_contain_text("所以不直接回答")
        await page.locator(".kb-candidates [data-act=add]").first.click()
        await expect(page.locator(".kb-candidates")).to_contain_text("已作为问法加入草稿。")
        await expect(page.get_by_label("客户怎么问 5")).to_have_value(ASKED)
        await page.locator(".kb-candidates [data-act=not]").nth(1).click()
        await expect(page.locator(".kb-candidates")).to_contain_text("已记下：这样问不是它。")
        assert (server.drafts["e0"] or {})["questions"][-1] == ASKED
        assert (server.drafts["e2"] or {})["not_questions"] == [ASKED]
        await page.locator("[data-act=begin]").click()
        await expect(page.get_by_label("客户怎么问: 标题")).to_have_value(ASKED)


async def test_what_is_published_is_seen_before_and_undone_after(chromium: Browser, server: KnowledgeServer) -> None:
    async with page_at(chromium, server) as page:
        await page.locator("[data-act=changes]").click()
        await expect(page.locator(".kb-sum")).to_have_text("新增 1修改 1删除 1")
        await page.locator(".kb-changes summary", has_text="怎么开发票？").click()
        await expect(page.locator(".kb-diff ins")).to_contain_text("能开专票吗")
        await expect(page.locator(".kb-view .kb-note")).to_contain_text("的问法只有 2 种")
        server.kb.refusals.append(("publish", 409, {"code": "stale", "detail": "somebody else has published"}))
        await page.get_by_label("说明").fill("地址和专票")
        await page.locator("[data-act=publish]").click()
        await expect(page.get_by_text("刚刚有人发布过")).to_be_visible()
        server.kb.build_s = 0.4
        await page.locator("[data-act=publish]").click()
        await expect(page.locator("[data-standing=building]")).to_be_visible()
        await expect(page.locator("[data-standing=done]")).to_contain_text("版本 3 已上线。")
        assert server.changed[-1] == ("publish", {"comment": "地址和专票", "base": 2, "mark": 0})
        assert "n1" in server.live
        assert "e5" not in server.live
        await page.locator("[data-act=undo]").click()
        await expect(page.locator("[data-standing=done]")).to_contain_text("版本 4 已上线。")
        assert "n1" not in server.live
        await go(page, "/~history")
        await expect(page.locator(".kb-revisions li").first).to_contain_text("恢复自版本 2")
        await expect(page.locator(".kb-revisions li").nth(1)).to_contain_text("地址和专票")


async def test_a_publication_that_fails_is_told_and_a_severe_finding_stands_in_its_way(chromium: Browser, server: KnowledgeServer) -> None:
    server.kb.is_build_failing = True
    server.findings.append({**server.findings[0], "code": "asked_twice", "severity": "error", "entries": ["n1", "e4"]})
    async with page_at(chromium, server, "/~changes") as page:
        await expect(page.locator("[data-act=publish]")).to_be_disabled()
        await page.get_by_label("我已了解，仍要发布").check()
        await page.locator("[data-act=publish]").click()
        await expect(page.locator("[data-standing=failed]")).to_contain_text("客户仍由原来的版本回答")
        await expect(page.locator("[data-act=undo]")).to_have_count(0)


async def test_fifty_thousand_entries_are_one_list(chromium: Browser, server: KnowledgeServer) -> None:
    server.live = {f"q{n}": {"id": f"q{n}", "questions": [f"第 {n} 个问题"], "answer": {"zh": "好"}} for n in range(50_000)}
    server.drafts = {}
    async with page_at(chromium, server) as page:
        rows = page.locator(".kb-rows li")
        await expect(page.locator(".kb-list .count")).to_have_text("50000 条")
        for _ in range(3):
            before = await page.locator(".kb-scroll").evaluate("box => box.scrollHeight")
            await page.locator(".kb-scroll").evaluate("box => box.scrollTo(0, box.scrollHeight)")
            await page.wait_for_function("before => document.querySelector('.kb-scroll').scrollHeight > before", arg=before)
        assert await rows.count() < 80
        await page.get_by_label("搜索问题").fill("第 49999 个")
        await expect(rows).to_have_count(1)
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("客户怎么问: 标题")).to_have_value("第 49999 个问题")


async def test_suggestions_become_entries_in_one_click(chromium: Browser, server: KnowledgeServer) -> None:
    async with page_at(chromium, server, "/~suggestions") as page:
        await page.locator(".kb-suggestions li", has_text="钱什么时候退给我").locator("[data-act=add]").click()
        await expect(page.get_by_text("已作为问法加入草稿。")).to_be_visible()
        assert (server.drafts["e0"] or {})["questions"][-2:] == ["钱什么时候退给我", "退的钱几号到"]
        await page.locator(".kb-suggestions li", has_text="发票丢了能补开吗").locator("[data-act=begin]").click()
        await expect(page.get_by_label("客户怎么问: 标题")).to_have_value("发票丢了能补开吗")
        await expect(page.get_by_role("textbox", name="简体中文内容")).to_have_value("可以的，我们给您重新发送电子发票。")


async def test_a_customers_question_is_taken_in_by_two_clicks(chromium: Browser, server: KnowledgeServer) -> None:
    server.add_session("s1", "李小姐")
    server.say("s1", "customer", ASKED)
    server.say(
        "s1", "bot", "您是想问哪一个？", why={"decision": "clarify", "confidence": 0.5, "candidates": [["e2", 0.5, "退货运费谁出？"]]}
    )
    server.say("s1", "customer", "发票丢了能补开吗")
    server.say("s1", "agent", "可以的，我给您补开。")
    async with server.running(), watched(chromium, allowed=ALLOWED) as context:
        page = await context.new_page()
        await page.goto(f"{server.url}/desk/#/session/s1")
        await page.locator(".said.customer", has_text=ASKED).hover()
        await page.locator(".said.customer", has_text=ASKED).get_by_role("button", name="加入知识库").click()
        await expect(page.get_by_role("radio", name="退款多久到账？")).to_be_checked()
        await page.get_by_role("button", name="加入草稿").click()
        await expect(page.locator(".add-told")).to_contain_text("已加入“退款多久到账？”的草稿。")
        assert server.changed == [("add e0", {"text": ASKED, "session_id": "s1", "seq": 1})]
        # By keyboard, what was asked last; none of the entries is it: a new one, with the agent's own words.
        await page.locator(".scroll").focus()
        await page.keyboard.press("Shift+K")
        await expect(page.get_by_role("dialog").locator("textarea").first).to_have_value("发票丢了能补开吗")
        await page.get_by_role("radio", name="都不是").check()
        await page.get_by_role("button", name="加入草稿").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)
        put = next(body["entry"] for what, body in server.changed if what.startswith("put"))
        assert (put["questions"], put["answer"]) == (["发票丢了能补开吗"], {"zh": "可以的，我给您补开。"})


async def test_what_is_wrong_missing_or_not_allowed_is_said(
    chromium: Browser, server: KnowledgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.kb.refusals.append(("list", 503, {"code": "busy", "detail": ""}))
    server.kb.is_file_changed = True
    async with server.running(), watched(chromium, allowed=ALLOWED) as context:
        page = await context.new_page()
        await page.goto(f"{server.url}/desk/#/knowledge/gone")
        await page.locator(".kb-list").get_by_role("button", name="重试").click()
        await expect(page.locator("[data-standing=file]")).to_contain_text("frontdesk kb publish")
        await expect(page.get_by_text("它可能已被删除或改名。")).to_be_visible()
        monkeypatch.setitem(desk_server.ME, "role", "agent")
        server.kb.is_locked, server.kb.is_file_changed = True, False
        await page.reload()
        await go(page, "/e0")
        await expect(page.get_by_label("客户怎么问: 标题")).to_have_attribute("readonly", "")
        await expect(page.locator("[data-act=save]")).to_be_hidden()
        await go(page, "/~changes")
        await expect(page.locator("[data-act=publish]")).to_be_disabled()
        await expect(page.locator(".kb-publish")).to_contain_text("由主管发布")
        server.live, server.drafts, server.kb.is_locked = {}, {}, False
        await go(page, "")
        await page.reload()
        await expect(page.locator(".kb-list")).to_contain_text("知识库还是空的")


VIEWS = {
    "": ".kb-cards",
    "/e0": ".kb-lines",
    "/e1": ".kb-lines",
    "/~changes": ".kb-changes",
    "/~suggestions": ".kb-suggestions",
    "/~history": ".kb-revisions",
    "/~check": ".kb-kind",
}


async def test_nobody_is_shut_out(chromium: Browser, server: KnowledgeServer, request: pytest.FixtureRequest) -> None:
    """Light and wide in Chinese, dark and narrow in English, from right to left, and at 400 %."""
    packages: Path = node_modules(request.config)
    async with page_at(chromium, server, reduced_motion="reduce") as page:
        await page.get_by_label("客户的问题").fill(ASKED)
        await page.keyboard.press("Enter")
        await expect(page.locator(".kb-verdict")).to_be_visible()
        for place, ready in VIEWS.items():
            await go(page, place)
            await expect(page.locator(ready).first).to_be_visible()
            await looked_over(page, f"desk-knowledge{place.replace('/', '-')}-light-1280", packages)
    async with page_at(
        chromium, server, reduced_motion="reduce", color_scheme="dark", locale="en", viewport={"width": 390, "height": 844}
    ) as page:
        for place, ready in VIEWS.items():
            await go(page, place)
            await expect(page.locator(ready if place else ".kb-rows").first).to_be_visible()
            await looked_over(
                page, f"desk-knowledge{place.replace('/', '-')}-dark-390", packages if place in {"", "/e0", "/~changes"} else None
            )
        await page.evaluate("document.documentElement.dir = 'rtl'")
        for place in ("", "/e0", "/~changes"):
            await go(page, place)
            await looked_over(page, f"desk-knowledge{place.replace('/', '-')}-rtl", None)
        await page.evaluate("document.documentElement.dir = 'ltr'")
        await page.set_viewport_size({"width": 320, "height": 256})
        for place in ("", "/e0", "/~changes"):
            await go(page, place)
            await looked_over(page, f"desk-knowledge{place.replace('/', '-')}-400", None)
        await go(page, "/e0")
        await page.locator("[data-act=save]").scroll_into_view_if_needed()
        await expect(page.locator("[data-act=save]")).to_be_in_viewport()


async def looked_over(page: Page, name: str, packages: Path | None) -> None:
    """A picture of it, and nothing that shuts people out."""
    await picture(page, name)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than the page"
    if packages is not None:
        assert await barriers(page, packages) == [], name

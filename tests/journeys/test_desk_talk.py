"""A long conversation, and replies on their way: the desk's middle in a real browser, over a scripted server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.journeys.floor import log_of
from tests.peers.chromium import watched
from tests.peers.desk_server import DeskServer, at, fill

ALLOWED = ("status of 409", "status of 503", "ERR_INTERNET_DISCONNECTED", "ERR_CONNECTION", "WebSocket connection to")
IN_SIGHT = """scroller => {
  const top = scroller.getBoundingClientRect().top;
  const first = [...scroller.querySelectorAll("[data-seq]")].find(said => said.getBoundingClientRect().top >= top);
  return [Number(first.dataset.seq), first.getBoundingClientRect().top - top];
}"""
WHERE = "(said, seq) => document.querySelector(`[data-seq='${seq}']`).getBoundingClientRect().top - said.getBoundingClientRect().top"


@asynccontextmanager
async def desk_with(context: BrowserContext, server: DeskServer, *session_ids: str) -> AsyncIterator[list[Page]]:
    """The desk, once for each of these sessions."""
    async with server.running():
        pages = []
        for session_id in session_ids:
            page = await context.new_page()
            await page.goto(f"{server.url}/desk/#/session/{session_id}")
            await expect(page.get_by_role("textbox", name="回复客户")).to_be_visible()
            pages.append(page)
        yield pages
        for page in pages:  # before the server is gone, of which they would complain
            await page.close()


@pytest.fixture
async def context(chromium: Browser) -> AsyncIterator[BrowserContext]:
    async with watched(chromium, allowed=ALLOWED) as context:
        yield context


@pytest.fixture
def server() -> DeskServer:
    server = DeskServer()
    server.add_session("s1", "李小姐")
    return server


async def reply(page: Page, *words: str) -> None:
    for one in words:
        await page.get_by_role("textbox", name="回复客户").fill(one)
        await page.keyboard.press("Enter")


async def test_a_conversation_of_thousands_is_one_scroll_in_which_nothing_jumps(context: BrowserContext, server: DeskServer) -> None:
    fill(server, "s1", 1_500)
    async with desk_with(context, server, "s1") as (page,):
        scroller = page.locator(".scroll")
        await expect(page.locator("[data-seq='1500']")).to_be_in_viewport()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url) if "before=" in request.url else None)
        loaded, seen = 1, 1_500
        for _ in range(200):
            before = await scroller.evaluate(IN_SIGHT)
            # One wheel's turn; whatever is fetched and built above meanwhile, what is in sight moves by this and no more.
            now = await scroller.evaluate(
                """async (scroller, seq) => {
                  const place = () => document.querySelector(`[data-seq="${seq}"]`).getBoundingClientRect().top;
                  const top = scroller.scrollTop, from = place();
                  scroller.scrollTop = top - 400;
                  const turned = Math.min(400, top);
                  for (let n = 0; n < 3; n++) await new Promise(requestAnimationFrame);
                  return {off: place() - from - turned, top: scroller.scrollTop};
                }""",
                before[0],
            )
            assert abs(now["off"]) <= 1, f"seq {before[0]} is {now['off']} px from where it belongs"
            assert before[0] <= seen
            seen = before[0]
            loaded = max(loaded, len(asked))
            if now["top"] == 0 and seen <= 2:
                break
            await scroller.evaluate("scroller => { scroller.scrollTop -= 3000; return new Promise(requestAnimationFrame); }")
        await expect(page.locator("[data-seq='1']")).to_be_in_viewport()
        await expect(page.get_by_role("button", name="更早的消息")).to_be_hidden()
        assert len(asked) == 7, "1,500 messages are eight pages of 200"
        assert await page.locator(".said").count() < 1_300, "what is far away is not kept built"
        await page.get_by_role("button", name="回到最新").click()
        await expect(page.locator("[data-seq='1500']")).to_be_in_viewport()


async def test_news_is_counted_and_said_aloud_and_old_messages_are_not(context: BrowserContext, server: DeskServer) -> None:
    fill(server, "s1", 300)
    async with desk_with(context, server, "s1") as (page,):
        aloud = page.locator(".transcript [aria-live=polite]")
        await expect(page.get_by_role("log", name="聊天记录")).to_have_attribute("aria-live", "off")
        await expect(page.locator("[data-seq='300']")).to_be_in_viewport()
        await page.locator(".scroll").evaluate("scroller => { scroller.scrollTop = 0; }")
        await expect(page.get_by_role("button", name="更早的消息")).to_be_hidden()
        await page.locator(".scroll").evaluate("scroller => { scroller.scrollTop = 0; }")
        await expect(page.locator("[data-seq='1']")).to_be_in_viewport()
        await expect(aloud).to_be_empty()
        seq, top = await page.locator(".scroll").evaluate(IN_SIGHT)
        await server.hear("s1", "customer", "在吗？")
        await server.hear("s1", "customer", "<b>有人吗</b>")
        await expect(aloud.locator("p")).to_have_text(["李小姐：在吗？", "李小姐：<b>有人吗</b>"])
        await expect(page.get_by_role("button", name="2 条新消息")).to_be_visible()
        assert abs(await page.locator(".scroll").evaluate(WHERE, seq) - top) <= 1, "what one reads stays where it is"
        await page.get_by_role("button", name="2 条新消息").click()
        await expect(log_of(page, "customer").last).to_be_in_viewport()
        await expect(page.get_by_role("button", name="2 条新消息")).to_be_hidden()


async def test_a_reply_says_how_far_it_has_come_and_never_jumps(context: BrowserContext, server: DeskServer) -> None:
    fill(server, "s1", 20)
    server.script.reply_delay_s = 0.6
    async with desk_with(context, server, "s1") as (page,):
        await reply(page, "第一句", "**第二句**", "第三句")
        said = page.locator(".said.own", has_text="句")
        await expect(said.last.locator(".fate")).to_have_text("发送中……")
        await page.evaluate("document.querySelectorAll('.tail .said').forEach((said, at) => { said.mark = at; })")
        tops = "[...document.querySelectorAll('.said.own')].slice(-3).map(said => Math.round(said.getBoundingClientRect().top))"
        before = await page.evaluate(tops)
        await expect(page.locator(".tail .said")).to_have_count(0)
        assert await page.evaluate("[...document.querySelectorAll('.said.own')].slice(-3).map(said => said.mark)") == [0, 1, 2], "made anew"
        assert await page.evaluate(tops) == before
        assert [one["text"] for one in server.messages["s1"][-3:]] == ["第一句", "**第二句**", "第三句"]
        await expect(said.last.locator(".fate")).to_have_text("已发送")
        last = server.messages["s1"][-1]
        for status, words in (
            ("delivered", "已送达"),
            ("pending", "正在送达"),
            ("uncertain", "不确定客户是否收到"),
            ("failed", "客户没有收到"),
        ):
            last["status"] = status
            await server.tell(
                {"type": "session", "session_id": "s1", "version": 0, "state": "active", "agent_id": "a7", "queue": None,
                 "fates": [{"seq": last["seq"], "status": status}]}
            )  # fmt: skip
            await expect(said.last.locator(".fate")).to_have_text(words)
        await said.last.get_by_role("button", name="再发一次").click()
        await expect(page.locator(".said.own", has_text="第三句")).to_have_count(2)
        await expect(page.locator(".tail .said")).to_have_count(0)
        server.sessions["s1"].update(customer_read_seq=server.sessions["s1"]["seq"], version=server.sessions["s1"]["version"] + 1)
        await server.tell_session("s1")
        await expect(said.last.locator(".fate")).to_have_text("已读")


async def test_a_refused_reply_says_why_and_waits_for_its_agent(context: BrowserContext, server: DeskServer) -> None:
    async with desk_with(context, server, "s1") as (page,):
        server.script.refusals = [(409, {"code": "not_yours", "detail": "…", "params": {"name": "坐席 08"}})]
        await reply(page, "被拒绝的", "后来的")
        await expect(log_of(page, "agent")).to_have_text(["后来的", "被拒绝的"])
        refused = page.locator(".tail .said")
        await expect(refused.get_by_role("alert")).to_have_text("这个会话现在由 坐席 08 接待。")
        await page.reload()
        await expect(refused.get_by_role("alert")).to_have_text("这个会话现在由 坐席 08 接待。")
        await refused.get_by_role("button", name="重试").click()
        await expect(refused).to_have_count(0)
        await expect(log_of(page, "agent")).to_have_text(["后来的", "被拒绝的"])
        server.script.refusals = [(409, {"code": "not_yours", "detail": "…", "params": {"name": "坐席 08"}})]
        await reply(page, "不要了")
        await refused.get_by_role("button", name="放弃").click()
        await expect(refused).to_have_count(0)
        assert [one["text"] for one in server.messages["s1"]] == ["后来的", "被拒绝的"]


async def test_what_is_written_offline_survives_a_reload_and_is_said_once_by_two_tabs(context: BrowserContext, server: DeskServer) -> None:
    async with desk_with(context, server, "s1", "s1") as (page, twin):
        server.script.refusals = [(503, {"code": "busy", "detail": "…"})] * 3
        await reply(page, "离线写的")
        await expect(page.locator(".tail .fate")).to_have_text("还没发出，等待连接")
        await expect(twin.locator(".tail .said")).to_have_count(1)
        await page.reload()
        await expect(log_of(page, "agent")).to_have_text(["离线写的"])
        await expect(page.locator(".tail .said")).to_have_count(0, timeout=30_000)
        await expect(twin.locator(".tail .said")).to_have_count(0)
        for one in (page, twin):
            await expect(log_of(one, "agent")).to_have_text(["离线写的"])
        assert [one["text"] for one in server.messages["s1"]] == ["离线写的"]


async def test_everything_people_send_is_shown_for_what_it_is(context: BrowserContext, server: DeskServer) -> None:
    say = server.say
    say("s1", "customer", "👍🏽 🎉", at=at(-90_000))
    say("s1", "customer", "<img src=x onerror=alert(1)> [点我](javascript:alert(1)) https://a.example/x?y=1。")
    say("s1", "customer", "مرحبا، أين طلبي؟")
    say("s1", "customer", "很" * 1_300 + "x" * 200)
    choices = [{"type": "choices", "text": "哪一项？", "options": [{"id": "a", "text": "退款"}, {"id": "b", "text": "换货"}]}]
    say("s1", "bot", "哪一项？", parts=choices, why={"decision": "clarify", "confidence": 0.41})
    say("s1", "customer", "退款", parts=[{"type": "pick", "id": "a", "text": "退款"}])
    say("s1", "customer", "x", parts=[{"type": "location", "latitude": 31.2304, "longitude": 121.4737, "name": "人民广场"}])
    say("s1", "system", "坐席 07 已接手对话")
    async with desk_with(context, server, "s1") as (page,):
        await expect(page.locator(".said.bare .emoji")).to_have_text("👍🏽 🎉")
        await expect(page.locator(".chunk .day")).to_have_count(2)
        await expect(page.locator(".said a")).to_have_count(1)
        await expect(page.get_by_role("link", name="https://a.example/x?y=1")).to_have_attribute("rel", "noopener noreferrer nofollow")
        assert await page.locator(".said img").count() == 0
        assert await page.get_by_text("مرحبا").evaluate("words => getComputedStyle(words).direction") == "rtl"
        await expect(page.locator(".choices li")).to_have_text(["退款", "换货"])
        await expect(page.locator(".picked")).to_have_text("退款")
        await expect(page.locator(".place")).to_contain_text("31.23040, 121.47370")
        await page.get_by_text("追问 · 41 %").click()
        await expect(page.locator(".system")).to_contain_text("坐席 07 已接手对话")
        assert await page.locator(".scroll").evaluate("scroller => scroller.scrollWidth - scroller.clientWidth") == 0

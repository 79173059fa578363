"""Mails at the desk: read as people know them, answered with subject, copies and marks, and what became of them; over a scripted server."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import structs
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.integration.desk_house import SETTINGS, open_house
from tests.integration.test_desk_letters import MAIL, MAILBOX, Post
from tests.journeys.floor import browser_of, log_in
from tests.journeys.test_desk_pictures import EVERY, HEIGHTS, SOME
from tests.peers.chromium import barriers, picture, watched
from tests.peers.mail_desk import MailDesk, full, later
from tests.peers.node import node_modules


@pytest.fixture
def server() -> MailDesk:
    return full(MailDesk())


@pytest.fixture
async def context(chromium: Browser, server: MailDesk) -> AsyncIterator[BrowserContext]:
    async with server.running(), watched(chromium, allowed=["status of 409"]) as context:
        yield context


async def opened(context: BrowserContext, server: MailDesk, session_id: str) -> Page:
    page = await context.new_page()
    await page.goto(f"{server.url}/desk/#/session/{session_id}")
    await expect(page.locator(".letter-card").first).to_be_visible()
    return page


async def test_a_mail_is_read_with_its_head_its_words_and_what_lies_in_it(context: BrowserContext, server: MailDesk) -> None:
    page = await opened(context, server, "m1")
    first = page.locator("[data-seq='1']")
    await expect(first.locator(".who")).to_have_text("客户甲customer@example.net")
    await expect(first.locator(".letter-to")).to_have_text("收件人support@shop.example抄送同事甲、财务")
    await expect(first.locator(".letter-subject")).to_have_text("退款什么时候到账")
    await first.get_by_role("button", name="未验证发件人").click()
    await expect(first.locator(".letter-why")).to_contain_text("任何人都可以这样署名")
    await expect(first.locator(".held")).to_contain_text("setup.exe")
    await expect(first.locator(".held a")).to_have_count(0)
    await first.locator("[data-act=quoted]").click()
    await expect(first.locator("blockquote")).to_contain_text("您的退货已经验收")
    await first.locator("[data-act=heads]").click()
    await expect(first.locator(".letter-facts")).to_contain_text("dmarc=none")
    assert server.asked == ["letter"]  # once, whatever of it is looked at
    await expect(page.locator("[data-seq='3'] .letter-subject")).to_have_count(0)  # it is still about the same
    quiet = page.locator("[data-seq='6'] details.letter-auto")
    await expect(quiet.locator(".letter-words")).to_be_hidden()
    await quiet.locator("summary").click()
    await expect(quiet).to_contain_text("这封邮件由程序发出（自动回复）")


async def test_its_own_look_stands_in_a_frame_that_can_do_nothing_and_loads_pictures_when_asked(
    context: BrowserContext, server: MailDesk
) -> None:
    page = await opened(context, server, "m1")
    await page.locator("[data-seq='1'] [data-act=look]").click()
    frame = page.locator("dialog iframe")
    await expect(frame).to_have_attribute("sandbox", "allow-popups allow-popups-to-escape-sandbox")
    await expect(page.frame_locator("dialog iframe").locator("table")).to_contain_text("山径背包")
    await expect(page.locator(".look-bar")).to_contain_text("外部图片没有加载")
    await page.locator("[data-act=remote]").click()
    await expect(page.frame_locator("dialog iframe").locator("table")).to_contain_text("山径背包")
    assert server.asked == ["letter", "page", "page remote=1"]
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog")).to_have_count(0)
    await expect(page.locator("[data-seq='1'] [data-act=look]")).to_be_focused()


async def test_a_reply_goes_to_all_with_the_words_as_they_are_marked(context: BrowserContext, server: MailDesk) -> None:
    page = await opened(context, server, "m2")
    await expect(page.locator(".mail-summary")).to_have_text("回复 ann@example.org · 抄送 colleague@example.net")
    await page.locator(".log").first.click()
    await page.keyboard.press("r")
    box, copies = page.get_by_role("textbox", name="回复客户"), page.get_by_role("textbox", name="抄送")
    await expect(box).to_be_focused()
    await copies.fill("boss@example.org 不是地址")
    await copies.press("Tab")
    await expect(page.locator(".mail-chip").nth(2)).to_contain_text("boss@example.org")
    await expect(page.locator(".mail-wrong")).to_have_text("这不是完整的邮箱地址。")
    await copies.fill("")
    await page.get_by_role("button", name="不抄送给 colleague@example.net").click()
    await page.get_by_role("textbox", name="主题").fill("您的发票")
    await box.fill("Hello Ann,\n\n- one")
    await box.press("End")
    await box.press("Enter")
    await page.keyboard.type("two")
    await box.press("Control+b")
    await expect(box).to_have_value("Hello Ann,\n\n- one\n- two**文字**")
    await page.reload()  # what is half written stays, its heading too
    await expect(page.get_by_role("textbox", name="主题")).to_have_value("您的发票")
    await expect(page.locator(".mail-copies .mail-chip")).to_have_text(["boss@example.org"])
    await page.get_by_role("button", name="预览").click()
    await expect(page.locator(".mail-preview li").last).to_have_text("two文字")
    await page.get_by_role("button", name="预览").click()
    await box.press("Control+Enter")
    sent = page.locator(".said.agent").last
    await expect(sent.locator(".letter-subject")).to_have_text("您的发票")
    await expect(sent.locator(".letter-to")).to_contain_text("抄送boss@example.org")
    _, body = next(one for one in server.posted if one[0] == "sessions/m2/reply")
    assert body["letter"] == {"subject": "您的发票", "cc": ["boss@example.org"]}
    await expect(page.get_by_role("textbox", name="主题")).to_have_value(
        "Re: Invoice for order 4472, and a very long subject that does not fit"
    )


async def test_a_bounce_a_delay_and_a_mail_that_is_gone_say_what_to_do(context: BrowserContext, server: MailDesk) -> None:
    page = await opened(context, server, "m1")
    back = page.locator("[data-seq='5']")
    await expect(back.locator(".trouble > p")).to_contain_text("对方服务器说没有这个邮箱。")
    await expect(back.locator(".fate")).to_have_text("被退回，客户没有收到")
    await back.locator("summary").click()
    await expect(back.locator(".server-said p")).to_have_text("customer@example.net 5.1.1 user unknown in virtual mailbox table")
    await back.locator("[data-act=again]").click()
    async with asyncio.timeout(30):  # other things are posted too, before it and behind it
        while not (letters := [body["letter"] for _, body in server.posted if "letter" in body]):
            await asyncio.sleep(0.02)
    assert letters == [{"subject": "Re: 退款什么时候到账", "cc": []}]
    server.opened.clear()
    await page.locator("[data-seq='1'] [data-act=heads]").click()
    await expect(page.locator("[data-seq='1'] .wrong")).to_have_text("这封邮件的原件已不再保存，只留下了文字。")
    await page.goto(f"{server.url}/desk/#/session/m3")
    await expect(page.locator("[data-seq='2'] .trouble")).to_contain_text("下次重试")


async def test_lists_say_what_is_late_and_a_stranger_is_led_to_the_other_conversation(context: BrowserContext, server: MailDesk) -> None:
    page = await opened(context, server, "m4")
    await expect(page.locator("[data-seq='1'] .letter-head")).to_be_in_viewport()  # longer than the view, and read from its head on
    await expect(page.locator("a.line[data-id=m2] .due")).to_have_text("已超时 35 分钟")
    await expect(page.locator(".mine a.line").first).to_have_attribute("data-id", "c1")
    await page.get_by_role("button", name="期限近的在前").click()
    await expect(page.locator(".mine a.line").first).to_have_attribute("data-id", "m2")
    await expect(page.locator(".head .about-what")).to_have_text("退款什么时候到账")
    await expect(page.locator(".about .doubt")).to_contain_text("请对方提供只有本人知道的信息")
    server.sessions["m4"] |= {"due_at": later(-2), "version": 9}
    await server.tell_session("m4")
    await expect(page.locator(".head .due")).to_contain_text("已超时")
    await page.get_by_role("link", name="查看原会话").click()
    await expect(page.locator(".talk")).to_have_attribute("data-session", "m1")


async def test_nobody_is_shut_out_of_a_mail(chromium: Browser, server: MailDesk, request: pytest.FixtureRequest) -> None:
    packages = node_modules(request.config)
    for language, looks in (("zh-CN", EVERY), ("zh-TW", SOME[:1]), ("en", SOME[1:])):
        async with server.running(), watched(chromium, locale=language) as context:
            page = await opened(context, server, "m1")
            first = page.locator("[data-seq='1']")
            await first.locator("[data-act=quoted]").click()
            await first.locator("[data-act=heads]").click()
            await first.locator(".letter-proof button").click()
            await page.locator(".write textarea").fill("**OK**")
            for scheme, width in looks:
                await page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
                await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                await first.scroll_into_view_if_needed()
                await picture(page, f"desk-mail-{language}-{scheme}-{width}")
                assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{language} {width}"
                if language == "zh-CN" and (scheme, width) in SOME:
                    assert await barriers(page, packages) == [], f"{scheme} {width}"


async def test_the_frame_is_let_in_by_the_login_and_its_mail_reaches_nothing(chromium: Browser, tmp_path: Path) -> None:
    async with open_house(tmp_path, structs.replace(SETTINGS, channels={MAIL: MAILBOX})) as house:
        post = Post(house)
        agent, session = await house.agent("lin"), await post.letter()
        await house.deps.desk.heartbeat(agent.id)
        await house.deps.desk.accept(agent, session.id)
        async with browser_of(chromium, "Blocked script execution", "violates the following Content Security Policy") as context:
            page = await context.new_page()
            refused: list[tuple[str, str | None]] = []
            page.on("requestfailed", lambda request: refused.append((request.url, request.failure)))
            await page.goto(f"{house.url}/desk/#/session/{session.id}")
            await log_in(page, "lin")
            await page.locator("[data-seq='1'] [data-act=look]").click()
            mail = page.frame_locator("dialog iframe")
            await expect(mail.locator("b")).to_have_text("退款")
            frame = next(one for one in page.frames if "/letters/1/page" in one.url)
            assert await frame.evaluate("self.origin") == "null"
            assert [one for one in refused if one[0].startswith("https:")] == [("https://tracker.example/p.gif", "csp")]

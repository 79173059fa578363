"""What a visitor is asked for: a form and consent before the first message, an address where to answer; and when people are there."""

import pytest
from playwright.async_api import BrowserContext, expect

from tests.journeys.widget.visiting import SLOW_MS, answered, launcher, online, opened, say, standing, writing
from tests.peers.chat_script import CLOSED, OFFLINE, PRECHAT
from tests.peers.chat_server import ChatServer


async def test_a_form_is_asked_first_and_says_in_words_what_is_wrong(visitor: BrowserContext, server: ChatServer) -> None:
    server.script.form = PRECHAT
    page = await visitor.new_page()
    await page.goto(server.url)
    await page.evaluate("Frontdesk.show('我的订单到哪里了？')")
    await online(page)
    email = page.get_by_role("textbox", name="邮箱")
    await expect(page.get_by_role("textbox", name="姓名")).to_be_focused()
    await expect(writing(page)).to_have_attribute("readonly", "")
    await expect(writing(page)).to_have_accessible_description("填写上方信息后即可发送消息")
    await page.get_by_role("button", name="开始咨询").click()
    await expect(email).to_be_focused()
    await expect(email).to_have_accessible_description("请填写邮箱")
    await expect(page.get_by_text("请先阅读并勾选同意")).to_be_visible()
    await expect(page.locator("[aria-invalid]")).to_have_count(2)  # what may stay empty is not called wrong
    await email.fill("a@b")
    await expect(email).to_have_accessible_description("请填写完整的邮箱地址，例如 name@example.com")
    await email.fill("a@example.com")
    await expect(email).not_to_have_attribute("aria-invalid", "true")
    await page.get_by_role("checkbox", name="我同意按隐私政策处理我的信息。").check()
    await expect(page.get_by_role("link", name="查看全文")).to_have_attribute("href", "https://www.example.com/privacy")
    assert await page.locator("form.card input:visible").evaluate_all("all => all.map(one => [one.type, one.autocomplete])") == [
        ["text", "name"], ["email", "email"], ["text", "off"], ["checkbox", "off"],
    ]  # fmt: skip
    server.script.refusal = {"code": "busy", "text": "请稍候", "retry_after_s": 0.3}
    await page.keyboard.press("Enter")
    await expect(writing(page)).to_be_focused()
    (filled,) = server.only.filled
    assert (filled["kind"], filled["consent"], filled["fields"]) == ("prechat", "2026-11", {"email": "a@example.com"})
    await page.keyboard.press("Enter")  # what the page put there has waited
    await expect(page.get_by_text("答：我的订单到哪里了？")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("答：我的订单到哪里了？")).to_be_visible()
    await expect(page.get_by_role("textbox", name="邮箱")).to_have_count(0)


async def test_a_form_that_is_not_taken_says_why_and_keeps_what_was_written(visitor: BrowserContext, server: ChatServer) -> None:
    server.script.form = {**PRECHAT, "consent": None}
    page = await opened(visitor, server)
    await page.get_by_role("textbox", name="邮箱").fill("a@example.com")
    server.script.refusal = {"code": "form_invalid", "text": "这个邮箱不能用", "fields": ["email"]}
    await page.get_by_role("button", name="开始咨询").click()
    await expect(page.get_by_role("alert").filter(has_text="这个邮箱不能用")).to_be_visible()
    await expect(page.locator("input[aria-invalid]")).to_be_focused()
    await expect(page.get_by_role("textbox", name="邮箱")).to_have_accessible_description("请填写完整的邮箱地址，例如 name@example.com")
    await expect(page.locator("input[aria-invalid]")).to_have_count(1)
    await server.hang_up()
    await online(page)
    await expect(page.get_by_role("textbox", name="邮箱")).to_have_value("a@example.com")
    await page.get_by_role("button", name="开始咨询").click()
    await expect(page.get_by_role("textbox", name="邮箱")).to_be_hidden()
    assert len(server.only.filled) == 1


@pytest.mark.parametrize("is_blocked", [False, True], ids=["socket", "long poll"])
async def test_what_was_written_before_the_form_came_waits_for_it(visitor: BrowserContext, server: ChatServer, is_blocked: bool) -> None:
    server.script.refuses_sockets = is_blocked
    page = await opened(visitor, server)
    await answered(page, "甲")
    await visitor.set_offline(True)
    await say(page, "乙")
    await expect(page.get_by_text("等待网络连接")).to_be_visible()
    server.script.form = {
        "kind": "prechat",
        "consent": None,
        "fields": [{"name": "phone", "label": "电话", "type": "tel", "required": True}],
    }
    await visitor.set_offline(False)
    phone = page.get_by_role("textbox", name="电话")
    await expect(phone).to_be_visible(timeout=SLOW_MS)
    assert server.texts() == ["甲"]
    await phone.fill("电话")
    await phone.press("Enter")
    await expect(phone).to_have_accessible_description("请填写有效的电话号码")
    await phone.fill("+86 138 0000 0000")
    await phone.press("Enter")
    await expect(page.get_by_text("答：乙")).to_be_visible(timeout=SLOW_MS)
    assert [form["fields"] for form in server.only.filled] == [{"phone": "+86 138 0000 0000"}]


async def test_out_of_hours_an_address_is_asked_and_the_bot_still_answers(visitor: BrowserContext, server: ChatServer) -> None:
    server.script.form, server.script.hours = OFFLINE, CLOSED
    page = await visitor.new_page()
    await page.clock.install(time="2026-11-03T20:00:00+08:00")
    await page.goto(server.url)
    await launcher(page).click()
    await expect(standing(page)).to_have_text("人工 明天 09:00 上班 · 智能助手在线")
    await expect(page.get_by_role("heading", name="人工客服现在不在线")).to_be_visible()
    await page.get_by_role("textbox", name="邮箱").fill("a@example.com")
    await page.get_by_role("button", name="保存并继续").click()
    await answered(page, "甲")
    assert server.only.filled[0]["kind"] == "offline"
    await page.clock.fast_forward("13:00:01")
    await expect(standing(page)).to_have_text("通常即时回复")


async def test_the_header_turns_by_itself_when_people_leave(visitor: BrowserContext, server: ChatServer) -> None:
    server.script.hours = {"open": True, "closes_at": "2026-11-06T18:00:00+08:00", "opens_at": "2026-11-09T09:00:00+08:00"}
    page = await visitor.new_page()
    await page.clock.install(time="2026-11-06T17:59:30+08:00")
    await page.goto(f"{server.url}/?lang=en")
    await launcher(page).click()
    await expect(standing(page)).to_have_text("Usually replies instantly")
    await page.clock.fast_forward("00:31")
    await expect(standing(page)).to_have_text("Team back Mon 9:00 AM · assistant online")


async def test_an_address_is_asked_where_a_case_wants_one(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    await answered(page, "甲")
    await server.say("bot", "在哪里回复您？", ask="contact")
    card = page.get_by_role("form", name="您的联系方式")
    email = card.get_by_role("textbox", name="邮箱")
    await email.fill("不是邮箱")
    await card.get_by_role("button", name="发送").click()
    await expect(email).to_have_accessible_description("请填写完整的邮箱地址，例如 name@example.com")
    await card.get_by_role("button", name="电话").click()
    phone = card.get_by_role("textbox", name="电话")
    await expect(phone).to_be_focused()
    await expect(phone).to_have_attribute("autocomplete", "tel")
    await phone.fill("13800000000")
    await phone.press("Enter")
    await expect(page.get_by_text("答：13800000000")).to_be_visible()
    await expect(card).to_be_hidden()
    assert server.texts() == ["甲", "13800000000"]

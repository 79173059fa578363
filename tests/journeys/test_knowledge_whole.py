"""What the bot did not know, it learns: a handoff becomes a question of an entry, is published, and is answered from then on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.journeys.floor import SLOW_MS, accept, agent_at, ask, browser_of, house, log_of, visitor_at
from tests.peers.gateway import Gateway

KNOWLEDGE = """
- {id: refund, questions: ["退款多久到账", "退款几天能到", "退的钱什么时候到"], answer: {zh: "退款三个工作日内到账。"}}
- {id: invoice, questions: ["怎么开发票", "能开专票吗", "发票在哪里下载"], answer: {zh: "在订单详情里申请发票。"}}
- {id: address, questions: ["怎么改收货地址", "地址写错了怎么办", "换个地址收货"], answer: {zh: "发货前可以在订单里修改。"}}
"""
ASKED = "老铁那笔银子几时回到我的荷包"


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    gateway = Gateway(tmp_path)
    (tmp_path / "knowledge.yaml").write_text(KNOWLEDGE, encoding="utf-8")
    async with house(gateway, ("boss", "坐席 01", "--role", "supervisor"), ("lin", "坐席 08")) as gateway:
        yield gateway


async def test_a_handoff_becomes_a_question_that_is_answered_from_then_on_until_it_is_undone(chromium: Browser, gateway: Gateway) -> None:
    async with browser_of(chromium) as agents, browser_of(chromium) as customers, browser_of(chromium) as supervisors:
        desk, visitor = await agent_at(agents, gateway, "lin"), await visitor_at(customers, gateway)
        await ask(visitor, ASKED)
        await expect(visitor.locator(".said.bot, .said.system").last).to_be_visible(timeout=SLOW_MS)
        await ask(visitor, "转人工")
        await accept(desk)
        # From the packet, as from the bubble: what they came for, not that they want a person.
        await desk.locator(".about .want").get_by_role("button", name="加入知识库").click()
        await expect(desk.get_by_role("dialog").locator("textarea").first).to_have_value(ASKED)
        await desk.get_by_label("找别的条目").fill("退款")
        await desk.get_by_role("radio", name="退款多久到账").check()
        await desk.get_by_role("button", name="加入草稿").click()
        await desk.locator(".add-told").get_by_role("link").click()
        await expect(desk.get_by_label("客户怎么问 4")).to_have_value(ASKED)
        await desk.evaluate("location.hash = '#/knowledge/~changes'")
        await expect(desk.locator("[data-act=publish]")).to_be_disabled()
        # The supervisor sees it, tries it and publishes it.
        boss = await agent_at(supervisors, gateway, "boss", status="away")
        await boss.evaluate("location.hash = '#/knowledge'")
        await boss.get_by_label("客户的问题").fill(ASKED)
        await boss.keyboard.press("Enter")
        await expect(boss.locator(".kb-verdict[data-decision=answer]")).to_be_visible(timeout=SLOW_MS)
        await boss.locator("[data-act=changes]").click()
        await boss.locator(".kb-changes summary").click()
        await expect(boss.locator(".kb-diff ins")).to_contain_text(ASKED)
        await boss.locator("[data-act=publish]").click()
        await expect(boss.locator("[data-standing=done]")).to_contain_text("版本 1 已上线", timeout=SLOW_MS)
        await expect(desk.locator(".kb-view")).to_contain_text("没有待发布的改动", timeout=SLOW_MS)
        # Whoever asks it now is answered.
        async with browser_of(chromium) as others:
            other = await visitor_at(others, gateway)
            await ask(other, ASKED)
            await expect(other.get_by_text("退款三个工作日内到账。")).to_be_visible(timeout=SLOW_MS)
        await boss.locator("[data-act=undo]").click()
        await expect(boss.locator("[data-standing=done]")).to_contain_text("版本 2 已上线", timeout=SLOW_MS)
        await boss.evaluate("location.hash = '#/knowledge/refund'")
        await expect(boss.locator(".kb-lines input")).to_have_count(3)
        await boss.evaluate("location.hash = '#/knowledge/~history'")
        await expect(boss.locator(".kb-revisions li").first).to_contain_text("恢复自版本 0")
        assert await log_of(desk, "customer").count() == 0  # the knowledge page stands in the place of the conversation

"""One whole trip through the house: a customer and an agent in two browsers hold one conversation, and the server dies in the middle of it.

The customer asks, the bot answers; the customer wants a person, an agent is offered the session, sees all of it and takes it; both talk,
reload, and go on writing while the server is gone; the agent closes, the customer rates. Each side ends with every message once, in one
order.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest
from playwright.async_api import Browser, Error, Page, expect

from tests.journeys.floor import SLOW_MS, accept, agent_at, ask, browser_of, house, log_of, reply, said_by_visitor, visitor_at
from tests.peers.chromium import picture
from tests.peers.gateway import AS_INSTALLED, QUICK, Gateway

SAID = """log => [...log.querySelectorAll(".said:not(.note)")].map(said => ({
  seq: Number(said.dataset.seq), author: ["customer", "bot", "agent"].find(author => said.classList.contains(author)),
  text: said.querySelector(".bubble").innerText.trim()})).filter(said => said.seq && said.author)"""


@pytest.fixture
async def gateway(tmp_path: Path, program: tuple[str, ...]) -> AsyncIterator[Gateway]:
    async with house(Gateway(tmp_path, program=program), ("mei", "坐席 07")) as gateway:
        yield gateway


async def said_on(page: Page) -> list[tuple[int, str, str]]:
    """(seq, author, text) of everything that people and the bot said, as this side shows it."""
    return [(line["seq"], line["author"], line["text"]) for line in await page.locator("[role=log]").evaluate(SAID)]


def on_record(gateway: Gateway, query: str) -> list[tuple[int, ...]]:
    """What stands in the database in the end."""
    with closing(sqlite3.connect(f"file:{gateway.folder / 'data' / 'frontdesk.db'}?mode=ro", uri=True)) as database:
        return list(database.execute(query))


@pytest.mark.parametrize(("program", "ended"), [(QUICK, Gateway.stop), (AS_INSTALLED, Gateway.kill)], ids=["stopped", "kill -9"])
async def test_a_conversation_lives_through_reloads_and_the_servers_end(
    chromium: Browser, gateway: Gateway, ended: Callable[[Gateway], None]
) -> None:
    async with browser_of(chromium) as agents_browser, browser_of(chromium) as visitors_browser:
        desk, visitor = await agent_at(agents_browser, gateway, "mei"), await visitor_at(visitors_browser, gateway)

        await ask(visitor, "7 号问题")
        await expect(visitor.get_by_text("7 号答案")).to_be_visible()
        await ask(visitor, "转人工")
        await expect(desk.locator(".offer")).to_contain_text("客户要求人工", timeout=SLOW_MS)
        await accept(desk)
        await expect(log_of(desk, "customer")).to_have_text(["7 号问题", "转人工"])
        await expect(log_of(desk, "bot").first).to_have_text("7 号答案")
        await expect(desk.locator(".about .tried")).to_contain_text("7 号问题")
        await expect(visitor.get_by_text("坐席 07").first).to_be_visible()

        await reply(desk, "您好，请说。")
        await expect(visitor.get_by_text("您好，请说。")).to_be_visible()
        await visitor.reload()
        await expect(visitor.get_by_text("您好，请说。")).to_be_visible()
        await desk.reload()
        await expect(log_of(desk, "agent")).to_have_text(["您好，请说。"])
        await ask(visitor, "包裹没到")
        await expect(log_of(desk, "customer").last).to_have_text("包裹没到")

        await asyncio.to_thread(ended, gateway)
        await expect(desk.get_by_text("连接断开了")).to_be_visible()
        await ask(visitor, "还在吗？")
        await ask(visitor, "订单 1024")
        await reply(desk, "正在查物流")
        await reply(desk, "请稍等")
        await expect(desk.get_by_text("还没发出，等待连接")).to_have_count(2)
        where = desk.url
        with pytest.raises(Error, match="ERR_CONNECTION_REFUSED"):  # nobody to load it from: what was written waits in the browser
            await desk.reload()
        await asyncio.to_thread(gateway.start)
        await desk.goto(where)
        await expect(log_of(desk, "customer")).to_have_text(["7 号问题", "转人工", "包裹没到", "还在吗？", "订单 1024"], timeout=SLOW_MS)
        await expect(log_of(desk, "agent")).to_have_text(["您好，请说。", "正在查物流", "请稍等"], timeout=SLOW_MS)
        await expect(visitor.get_by_text("请稍等")).to_be_visible(timeout=SLOW_MS)
        await reply(desk, "今天送到")
        await expect(visitor.get_by_text("今天送到")).to_be_visible(timeout=SLOW_MS)
        await picture(desk, "trip-desk")

        await desk.get_by_role("button", name="结束会话").click()
        await desk.get_by_role("radio", name="已解决", exact=True).check()
        await desk.get_by_role("dialog").get_by_role("button", name="结束会话").click()
        await expect(desk.locator(".mine .line")).to_have_count(0)
        await visitor.get_by_role("radio", name="5 星，共 5 星").click(timeout=SLOW_MS)
        await visitor.get_by_role("button", name="提交评价").click()
        await expect(visitor.get_by_text("感谢您的评价。")).to_be_visible()
        await picture(visitor, "trip-visitor")
        seen_live = await visitor.locator(".log .said .bubble").all_inner_texts()

        await visitor.reload()
        await expect(said_by_visitor(visitor)).to_have_text(["7 号问题", "转人工", "包裹没到", "还在吗？", "订单 1024"])
        assert await visitor.locator(".log .said .bubble").all_inner_texts() == seen_live, "what was seen live stood in another order"
        await desk.goto(where)
        await desk.reload()
        await expect(desk.get_by_text("会话已结束（已解决），只能查看，不能再回复。")).to_be_visible()
        mine, theirs = await said_on(desk), await said_on(visitor)
        assert mine == theirs
        assert len({seq for seq, _, _ in mine}) == len(mine)
        assert [text for _, author, text in mine if author == "agent"] == ["您好，请说。", "正在查物流", "请稍等", "今天送到"]

        await ask(visitor, "转人工")  # the next episode: its agent sees how the last one ended
        await expect(desk.locator(".offer")).to_be_visible(timeout=SLOW_MS)
        await accept(desk)
        await expect(desk.locator(".about .earlier li")).to_have_count(1)
        await expect(desk.locator(".about .earlier")).to_contain_text("已解决")
        assert on_record(gateway, "SELECT score, agent_id IS NOT NULL FROM rating") == [(5, 1)]

"""A visitor's chat while connections break: nothing is lost, nothing comes twice, and everything goes on without sockets."""

import pytest
from playwright.async_api import BrowserContext, expect

from tests.journeys.widget.visiting import answered, hears, launcher, opened, own, received, say, writing
from tests.peers.chat_server import ChatServer
from tests.peers.chromium import picture


async def test_a_reload_keeps_the_conversation(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    await say(page, "第一句")
    await expect(page.get_by_text("答：第一句")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("答：第一句")).to_be_visible()
    await say(page, "第二句")
    await expect(page.get_by_text("答：第二句")).to_be_visible()
    await expect(own(page)).to_have_text(["第一句", "第二句"])
    hello = [frame for frame in server.only.received if frame["type"] == "hello"][-1]
    assert hello["last_seq"] == 2  # it asked for exactly what it did not have


async def test_two_tabs_show_the_same(visitor: BrowserContext, server: ChatServer) -> None:
    first = await opened(visitor, server)
    await say(first, "在第一页")
    await expect(first.get_by_text("答：在第一页")).to_be_visible()
    second = await opened(visitor, server)
    await expect(second.get_by_text("答：在第一页")).to_be_visible()
    await say(second, "在第二页")
    for page in (first, second):
        await expect(own(page)).to_have_text(["在第一页", "在第二页"])
        await expect(page.get_by_text("答：在第二页")).to_be_visible()
    assert len(server.conversations) == 1


@pytest.mark.parametrize("moment", ["drops_before_ack", "drops_before_taking"])
async def test_a_connection_lost_while_sending_loses_and_doubles_nothing(visitor: BrowserContext, server: ChatServer, moment: str) -> None:
    page = await opened(visitor, server)
    await say(page, "甲")
    await expect(page.get_by_text("答：甲")).to_be_visible()
    setattr(server.script, moment, 2)
    await say(page, "乙")
    await say(page, "丙")
    await expect(page.locator(".said[data-fate=sending], .said[data-fate=kept]")).to_have_count(0, timeout=15_000)
    await expect(own(page)).to_have_text(["甲", "乙", "丙"])
    assert server.texts() == ["甲", "乙", "丙"]


async def test_a_message_written_offline_survives_a_closed_page(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    await say(page, "甲")
    await expect(page.get_by_text("答：甲")).to_be_visible()
    await visitor.set_offline(True)
    await expect(page.get_by_text("网络已断开")).to_be_visible()
    await say(page, "乙")
    await expect(page.get_by_text("等待网络连接")).to_be_visible()
    await page.wait_for_timeout(400)  # for the picture only: what comes in fades in
    await picture(page, "offline")
    await page.close()
    await visitor.set_offline(False)
    page = await visitor.new_page()
    await page.goto(server.url)
    await launcher(page).click()
    await expect(page.get_by_text("答：乙")).to_be_visible()
    assert server.texts() == ["甲", "乙"]


async def test_what_a_lost_signal_left_out_is_fetched(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    server.script.skips_frames = 1
    await say(page, "甲")
    await expect(page.locator(".said.customer .mark")).to_have_text("已发送")
    await server.say("bot", "后来的话")  # its seq shows that one is missing
    await expect(page.get_by_text("答：甲")).to_be_visible()
    await expect(page.locator(".said.bot .bubble")).to_have_text(["您好！有什么可以帮您？", "答：甲", "后来的话"])


async def test_blocked_sockets_fall_back_to_long_polling(visitor: BrowserContext, server: ChatServer) -> None:
    server.script.refuses_sockets = True
    page = await opened(visitor, server)
    await say(page, "甲")
    await expect(page.get_by_text("答：甲")).to_be_visible(timeout=15_000)
    await server.say("agent", "我是人工", name="坐席 07")
    await expect(page.get_by_text("我是人工")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("我是人工")).to_be_visible()
    await say(page, "乙")
    await expect(page.get_by_text("答：乙")).to_be_visible(timeout=15_000)
    assert server.texts() == ["甲", "乙"]


async def test_a_refused_message_says_so_and_can_be_tried_again(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    server.script.refusal = {"code": "refused", "text": "这条消息没有发出"}
    await say(page, "甲")
    await expect(page.locator(".said[data-fate=failed] .mark")).to_contain_text("未发送 · 这条消息没有发出")
    await page.reload()
    await page.get_by_role("button", name="重试").click()
    await expect(page.get_by_text("答：甲")).to_be_visible()
    await expect(own(page)).to_have_text(["甲"])
    assert server.texts() == ["甲"]


async def test_a_message_sent_too_fast_is_sent_again_by_itself(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    server.script.refusal = {"code": "rate_limited", "text": "请稍候", "retry_after_s": 0.3}
    await say(page, "甲")
    await expect(page.get_by_text("答：甲")).to_be_visible()
    assert server.texts() == ["甲"]


async def test_bye_is_obeyed_and_the_conversation_goes_on(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    await say(page, "甲")
    await expect(page.get_by_text("答：甲")).to_be_visible()
    before = server.connections
    await server.only.show({"type": "bye", "retry_after_s": 2})
    await page.wait_for_timeout(1500)
    assert server.connections == before
    await say(page, "乙")
    await expect(page.get_by_text("答：乙")).to_be_visible()
    assert server.texts() == ["甲", "乙"]


async def test_without_sockets_nothing_is_missing(visitor: BrowserContext, server: ChatServer) -> None:
    server.script.refuses_sockets = True
    page = await opened(visitor, server)
    await answered(page, "甲")
    await writing(page).press_sequentially("乙")
    await hears(server, page, "typing")
    assert (await received(server, "typing", 1))[0]["on"] is True
    await server.only.show({"type": "typing", "author": "bot", "on": True})
    await expect(page.locator(".typing")).to_be_visible()
    await server.only.show({"type": "typing", "author": "bot", "on": False})
    await expect(page.locator(".typing")).to_be_hidden()
    assert (await hears(server, page, "read"))["seq"] == 2
    await server.only.show({"type": "read", "seq": 1})
    await expect(page.locator(".said.customer .mark")).to_have_text("已读")
    await page.get_by_role("button", name="结束会话").click()
    await page.get_by_role("button", name="结束", exact=True).click()
    await hears(server, page, "end")
    await server.only.show({"type": "survey", "session": "s1", "text": "您对本次服务满意吗？"})
    await page.get_by_role("radio", name="5 星，").click()
    await page.get_by_role("button", name="提交评价").click()
    assert await hears(server, page, "rate") == {"type": "rate", "score": 5, "session": "s1"}

"""On a channel that counts what is sent: what agents see of the window, what they can do when it is shut, what becomes of their words."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.journeys.floor import browser_of, reply
from tests.journeys.test_desk_pictures import EVERY, SOME, shown
from tests.peers.counted_desk import CountedDesk, ahead, window
from tests.peers.node import node_modules

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


async def late(route: Route) -> None:
    """What the desk knows of its channels comes after the conversation."""
    await asyncio.sleep(0.3)
    await route.continue_()


@asynccontextmanager
async def desk_with(chromium: Browser, server: CountedDesk, session_id: str = "s1") -> AsyncIterator[Page]:
    """The agent's page, in this conversation."""
    async with server.running(), browser_of(chromium, "status of 503", timezone_id="Asia/Shanghai", reduced_motion="reduce") as context:
        page = await context.new_page()
        await page.route("**/desk/api/settings", late)
        await page.goto(f"{server.url}/desk/#/session/{session_id}")
        await expect(page.locator(".log .said").first).to_be_visible()
        yield page


async def test_the_countdown_is_live_and_shuts_by_itself(chromium: Browser) -> None:
    server = CountedDesk()
    server.add_follower(left=3)
    async with desk_with(chromium, server) as desk:
        strip = desk.locator(".allowance")
        await expect(desk.locator(".talk .head h2")).to_have_text("微信用户·k3Xq")
        await expect(desk.locator(".mine .line")).to_contain_text("微信用户·k3Xq")
        await expect(desk.locator(".log .said.customer .who")).to_have_text("微信用户·k3Xq")
        await expect(desk.locator(".about .who .name")).to_have_text("微信用户·k3Xq")
        await expect(strip).to_contain_text("还可发 3 条")
        await expect(strip).to_contain_text("40 小时 1 分")
        await expect(strip).to_contain_text("其中 1 条只留给人工")
        server.windows["s1"] = window(5, 48 * 3600 - 1)
        await server.hear("s1", "customer", "[image]", parts=[{"type": "arriving", "kind": "image"}], at=ahead(0))
        await expect(desk.locator(".mine .line .words")).to_have_text("[图片]")
        await expect(desk.locator("[aria-live=polite] p").last).to_have_text("微信用户·k3Xq：[图片]")
        await expect(strip).to_contain_text("还可发 5 条")
        lost = window(4, 4)  # the frame that told of it got lost: the answer to a heartbeat says it
        await server.tell({"type": "pong", "at": ahead(0), "window": lost, "window_of": "s1"})
        await expect(strip).to_contain_text(re.compile(r"\d 秒"))
        await expect(strip).to_have_attribute("data-stage", "minute")
        await expect(strip.get_by_role("status")).to_have_text("还能主动回复这位客户 1 分钟。")
        await expect(strip).to_have_attribute("data-stage", "shut")
        await expect(strip.get_by_role("status")).to_have_text("现在发不出去。")
        await expect(strip).to_contain_text("客户超过 48 小时没有来消息")


async def test_what_is_written_into_a_shut_window_is_kept_and_can_be_withdrawn(chromium: Browser) -> None:
    server = CountedDesk()
    server.add_follower(left=0, why="out_of_count")
    async with desk_with(chromium, server) as desk:
        await expect(desk.locator(".allowance")).to_contain_text("平台允许的条数已经用完")
        await expect(desk.get_by_role("textbox", name="回复客户")).to_have_attribute("placeholder", "写下回复：客户下次来消息时发出")
        await expect(desk.get_by_role("button", name="留待发出")).to_be_visible()
        await reply(desk, "发货了，单号稍后给您")
        mine = desk.locator(".log .said.agent").last
        await expect(mine).to_contain_text("发货了")
        kept = {"code": "out_of_count", "detail": "part 1 of 1: nothing may go out (out_of_count)"}
        await server.become("s1", 2, status="kept", trouble=kept)
        await expect(mine.locator(".fate")).to_have_text("等客户下次来消息时发出")
        await mine.get_by_role("button", name="撤回").click()
        await expect(mine.locator(".fate")).to_have_text("已撤回，没有发出")
        await expect(mine.get_by_role("button", name="撤回")).to_have_count(0)
        assert ("withdraw/2", {}) in server.posted


async def test_a_template_message_goes_out_as_it_was_shown(chromium: Browser) -> None:
    server = CountedDesk()
    server.add_follower(left=0, why="out_of_window")
    async with desk_with(chromium, server) as desk:
        await desk.locator(".allowance").get_by_role("button", name="发送模板消息").click()
        dialog = desk.get_by_role("dialog")
        await dialog.get_by_label("订单号").fill("20261122-7")
        await dialog.get_by_label("物流").fill("顺丰 SF100")
        await expect(dialog.locator(".form-preview")).to_contain_text("订单号：20261122-7")
        await dialog.get_by_role("button", name="发送", exact=True).click()
        mine = desk.locator(".log .said.agent").last
        await expect(mine).to_contain_text("模板消息")
        await expect(mine).to_contain_text("物流：顺丰 SF100")
        await server.become("s1", 2, status="delivered")
        await expect(mine.locator(".fate")).to_have_text("已送达")
        (sent,) = [body for path, body in server.posted if path == "notice"]
        assert (sent["template"], sent["values"]) == ("shipped", {"character_string1": "20261122-7", "thing2": "顺丰 SF100"})


async def test_the_same_customer_is_reached_on_another_verified_channel(chromium: Browser, request: pytest.FixtureRequest) -> None:
    packages = await asyncio.to_thread(node_modules, request.config)
    server = CountedDesk()
    server.add_follower(left=0, why="unreachable")
    taken = {"id": "web9", "state": "active", "agent_name": "坐席 08", "is_mine": False}
    server.add_way(thread="v9", session=taken, verified_by="agent")
    server.add_way()
    async with desk_with(chromium, server) as desk:
        await expect(desk.locator(".allowance [data-act=reach]")).to_be_visible()
        await expect(desk.locator(".allowance [data-act=notice]")).to_have_count(0)  # no form reaches somebody who has unfollowed
        await desk.get_by_role("textbox", name="回复客户").fill("您的订单今天发出")
        await desk.locator(".allowance").get_by_role("button", name="换渠道联系").click()
        dialog = desk.get_by_role("dialog")
        await expect(dialog.get_by_role("radio").last).to_be_checked()
        await expect(dialog.get_by_role("radio").first).to_be_disabled()
        await expect(dialog.locator(".way").first).to_contain_text("坐席 08")
        await expect(dialog.get_by_label("要说的话")).to_have_value("您的订单今天发出")
        await shown(desk, "window-reach", SOME, packages)
        await dialog.get_by_role("button", name="发送并接手").click()
        await expect(desk.locator(".talk .head h2")).to_have_text("访客")
        await expect(desk.locator(".log .said.agent .bubble")).to_have_text("您的订单今天发出")
        (sent,) = [body for path, body in server.posted if path == "reach"]
        assert (sent["channel"], sent["thread"], sent["text"]) == ("site", "v1", "您的订单今天发出")


async def test_files_are_shown_as_they_come_and_fates_say_what_to_do(chromium: Browser, request: pytest.FixtureRequest) -> None:
    packages = await asyncio.to_thread(node_modules, request.config)
    server = CountedDesk()
    server.add_follower(left=1, seconds=540)
    ref = {"id": "f1", "name": "小票.png", "mime": "image/png", "size_bytes": len(PNG)}
    server.files["f1"] = (ref, PNG)
    voice = {"id": "f2", "name": "voice.amr", "mime": "audio/amr", "size_bytes": 4096}
    server.say("s1", "customer", "[image]", parts=[{"type": "arriving", "kind": "image"}], at=ahead(-50))
    server.say("s1", "customer", "[voice]", parts=[{"type": "file", "file": voice}, {"type": "text", "text": "帮我看看"}], at=ahead(-45))
    server.say("s1", "customer", "[video]", parts=[{"type": "arriving", "kind": "video", "failure": "too_large"}], at=ahead(-40))
    place = {"type": "location", "latitude": 31.23, "longitude": 121.47, "name": "人民广场"}
    server.say("s1", "customer", "人民广场", parts=[place], at=ahead(-35))
    server.say("s1", "bot", "已为您查询", status="kept", at=ahead(-30))
    server.say("s1", "agent", "我来处理", status="uncertain", trouble={"code": "", "detail": "no answer within 30 s"}, at=ahead(-20))
    failed = {"code": "43101", "detail": "part 1 of 1: the customer has not agreed (43101)"}
    server.say("s1", "agent", "模板", status="failed", trouble=failed, at=ahead(-10))
    async with desk_with(chromium, server) as desk:
        await expect(desk.locator(".allowance")).to_contain_text("还可发最后 1 条")
        await expect(desk.locator(".mine .line")).to_contain_text(re.compile(r"剩 \d 分钟"))
        arriving = desk.locator(".log .said[data-seq='2']")
        await expect(arriving).to_contain_text("正在获取图片")
        await expect(desk.locator("[data-seq='3'] a.file")).to_have_attribute("download", "voice.amr")
        await expect(desk.locator("[data-seq='4']")).to_contain_text("视频取不到：超过大小上限")
        await expect(desk.locator("[data-seq='5']").get_by_role("button", name="复制坐标")).to_be_visible()
        await expect(desk.locator("[data-seq='6'] .fate")).to_have_text("等客户下次来消息时发出")
        await expect(desk.locator("[data-seq='7'] .trouble")).to_contain_text("请问一下客户是否收到")
        await expect(desk.locator("[data-seq='8'] .trouble")).to_contain_text("客户没有同意接收这类消息")
        await shown(desk, "window-last", EVERY, packages)
        message = server.messages["s1"][1]
        message["parts"] = [{"type": "file", "file": ref}]
        await server.tell_session("s1", message)
        await expect(arriving.get_by_role("button", name="小票.png")).to_be_visible()
        server.windows["s1"] = window(0, why="out_of_window")
        await server.hear("s1", "system", "48 小时已过", at=ahead(0))
        await expect(desk.locator(".allowance")).to_have_attribute("data-stage", "shut")
        await shown(desk, "window-shut", EVERY, packages)
        await expect(desk.locator(".system time").last).to_have_css("white-space", "nowrap")
        await desk.set_viewport_size({"width": 320, "height": 640})
        name = desk.locator(".talk .head h2")
        assert await name.evaluate("name => name.scrollWidth <= name.clientWidth && name.scrollHeight <= name.clientHeight + 1")
        await desk.locator(".allowance [data-act=notice]").click()
        await expect(desk.get_by_role("dialog").get_by_label("订单号")).to_be_focused()
        await shown(desk, "window-notice", SOME, packages)


async def test_there_is_nothing_to_send_where_nothing_is_to_be_had(chromium: Browser) -> None:
    server = CountedDesk()
    server.add_follower(left=0, why="out_of_window")
    asked = asyncio.Event()

    async def refuse(route: Route) -> None:
        await asked.wait()
        await route.fulfill(status=503, json={"code": "busy", "detail": ""})

    async with desk_with(chromium, server) as desk:
        await desk.route("**/notices?*", refuse)
        await desk.locator(".allowance [data-act=notice]").click()
        dialog = desk.get_by_role("dialog")
        await expect(dialog.get_by_label("模板")).to_contain_text("正在读取")
        asked.set()
        await expect(dialog.get_by_role("alert")).to_contain_text("服务器正忙")
        await expect(dialog.locator(".form-preview")).to_be_hidden()
        await expect(dialog.get_by_role("button", name="发送")).to_be_disabled()
        await desk.keyboard.press("Escape")
        await desk.locator(".allowance [data-act=reach]").click()
        await expect(dialog.get_by_role("alert")).to_have_text("这位客户没有其他已核实的渠道。")
        await expect(dialog.get_by_label("要说的话")).to_be_hidden()
        await expect(dialog.get_by_role("button", name="发送并接手")).to_be_disabled()

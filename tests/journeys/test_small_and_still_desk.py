"""The desk on a phone, one pane at a time; three panes side by side where there is room; and still for who wants no motion."""

from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.journeys.shift import Shift, desk_of

WISH = "退款五天还没到账"
PANES = """[...document.querySelectorAll(".panes > .pane")].filter(one => one.checkVisibility()).map(one => one.getBoundingClientRect())
  .map(box => [Math.round(box.left), Math.round(box.right)])"""


@pytest.fixture
def shift() -> Shift:
    shift = Shift(role="admin")
    shift.add_session("s1", "访客 1")
    shift.say("s1", "customer", "改收货地址")
    return shift


async def test_a_customer_is_served_on_a_phone_one_pane_at_a_time(chromium: Browser, shift: Shift) -> None:
    phone: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    async with desk_of(chromium, shift, **phone) as (_, desk):
        await shift.tell_offer("s2", WISH, name="访客 2")
        await desk.locator(".offer").get_by_role("button", name="接受").tap()
        box = desk.get_by_role("textbox", name="回复客户")
        await expect(box).to_be_visible()
        assert await desk.evaluate(PANES) == [[0, 390]]
        await box.fill("您好，马上帮您查。")
        await desk.locator(".composer").get_by_role("button", name="发送").tap()
        await expect(desk.locator(".log .said.agent .bubble")).to_have_text("您好，马上帮您查。")
        await desk.locator(".middle").get_by_role("link", name="会话详情").tap()
        await expect(desk.locator(".about h2")).to_be_visible()
        assert await desk.evaluate(PANES) == [[0, 390]]
        await desk.locator(".about .back").tap()
        await expect(box).to_be_visible()
        await desk.locator(".middle .back").tap()
        await expect(desk.locator(".mine .line")).to_have_count(2)
        assert await desk.evaluate(PANES) == [[0, 390]]
        await desk.locator(".mine .line", has_text="访客 1").tap()
        await expect(desk.locator(".log .said.customer .bubble")).to_have_text("改收货地址")
        assert await desk.evaluate("document.documentElement.scrollWidth") == 390


MOVING = """[...document.querySelectorAll("*")].filter(one => getComputedStyle(one).animationName !== "none"
  || getComputedStyle(one).transitionDuration.split(", ").some(time => parseFloat(time) > 0)).length"""


async def unfolded(desk: Page, shift: Shift) -> None:
    """An offer, a conversation, and the palette over it."""
    await shift.tell_offer("s2", WISH)
    await desk.locator(".mine .line").click()
    await expect(desk.locator(".log .said.customer")).to_have_count(1)
    await desk.keyboard.press("Control+k")
    await expect(desk.locator(".palette [role=option]").first).to_be_visible()


async def test_three_panes_stand_side_by_side_and_nothing_moves_for_who_wants_no_motion(chromium: Browser, shift: Shift) -> None:
    async with desk_of(chromium, shift) as (_, desk):
        await unfolded(desk, shift)
        (left, lists), (middle, end), (about, right) = await desk.evaluate(PANES)
        assert (left, right) == (0, 1280)
        assert lists <= middle < end <= about
        assert end - middle > 500  # most of it is the conversation's
        assert await desk.evaluate(MOVING) > 3
        await desk.emulate_media(reduced_motion="reduce")
        assert await desk.evaluate(MOVING) == 0

"""What a lost frame would have changed is put right within a heartbeat, in the list as in the conversation."""

import re

from playwright.async_api import Browser, expect

from tests.journeys.shift import desk_of
from tests.journeys.test_desk_truth import LINE, shift_of

WITHOUT_ROUTINE = "globalThis.setInterval = (real => (act, ms, ...more) => (ms === 30_000 ? 0 : real(act, ms, ...more)))(setInterval)"
"""The page's reading of everything each half minute is off: what is put right, was found."""
BEATS_MS = 25_000
REPLY = {
    "id": "r1", "shortcut": "hi", "title": "问候", "texts": {"zh-CN": "旧的问候"}, "folder": "", "is_shared": True, "is_mine": False,
    "is_shadowed": False, "updated_at": "2026-11-16T09:00:00Z", "updated_by": "a7", "version": 1,
}  # fmt: skip


async def test_the_line_of_the_open_session_is_put_right_with_it(chromium: Browser) -> None:
    shift = shift_of("s1", "s2")
    async with desk_of(chromium, shift, init=WITHOUT_ROUTINE) as (_, desk):
        await desk.locator(LINE, has_text="访客 s1").click()
        await expect(desk.locator(".log .said.customer")).to_have_count(1)
        shift.say("s1", "agent", "没有人听见的一句")
        await expect(desk.locator(".log .said.agent .bubble")).to_have_text("没有人听见的一句", timeout=BEATS_MS)
        await expect(desk.locator(LINE, has_text="访客 s1")).to_contain_text("没有人听见的一句", timeout=BEATS_MS)


async def test_what_was_read_elsewhere_is_not_counted_as_unread_again(chromium: Browser) -> None:
    shift = shift_of("s1", "s2")
    async with desk_of(chromium, shift, init=WITHOUT_ROUTINE) as (_, desk):
        badge = desk.locator(LINE, has_text="访客 s2").locator(".badge")
        await expect(badge).to_have_text("1")
        session = shift.sessions["s2"]
        session.update(agent_read_seq=1, version=session["version"] + 1)  # in another window, and the word of it got lost
        await shift.hear("s2", "customer", "另一句")
        await expect(desk.locator(LINE, has_text="访客 s2")).to_contain_text("另一句")
        await expect(badge).to_have_text("1")


async def test_saved_replies_are_read_again_after_a_gap(chromium: Browser) -> None:
    shift = shift_of("s1")
    shift.replies = [REPLY]
    async with desk_of(chromium, shift, init=WITHOUT_ROUTINE) as (_, desk):
        await desk.locator(LINE).click()
        box = desk.get_by_role("textbox", name=re.compile("回复"))
        await box.press_sequentially("/hi")
        await expect(desk.locator("#canned-list")).to_contain_text("旧的问候")
        shift.replies = [{**REPLY, "texts": {"zh-CN": "新的问候"}, "version": 2}]
        await shift.tell({"type": "resync"})
        await box.press("Backspace")
        await box.press_sequentially("i")
        await expect(desk.locator("#canned-list")).to_contain_text("新的问候")

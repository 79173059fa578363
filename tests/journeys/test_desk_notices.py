"""An offer is heard and seen by whoever looks elsewhere, if they want that, and never says more than they allow."""

from playwright.async_api import Browser, Page, expect

from tests.journeys.shift import Shift, desk_of, sequence, until

MOCKS = """
  window.shown = []; window.tones = []; window.asked = 0; window.looksElsewhere = true;
  class Notice extends EventTarget {
    static permission = "default";
    static async requestPermission() { window.asked++; return (Notice.permission = "granted"); }
    constructor(title, options) { super(); Object.assign(this, {title, ...options, isClosed: false}); window.shown.push(this); }
    close() { this.isClosed = true; }
  }
  window.Notification = Notice;
  const param = () => ({value: 0, setValueAtTime() {}, exponentialRampToValueAtTime() {}});
  window.AudioContext = class {
    state = "running"; currentTime = 0; destination = {};
    createOscillator() { return {frequency: param(), connect: (to) => to, start: () => window.tones.push(Date.now()), stop() {}}; }
    createGain() { return {gain: param(), connect: (to) => to}; }
    async resume() {} async close() {}
  };
  document.hasFocus = () => !window.looksElsewhere;
"""
PREFERENCES = """
  if (location.protocol !== "about:")
    localStorage.setItem("frontdesk.desk.preferences/a7", JSON.stringify({sound: true, notifications: true, isWishNotified: %s}));
"""
GRANTED = 'Notification.permission = "granted";'
WISH = "我的信用卡号是 4111"


async def notices(page: Page) -> list[dict[str, object]]:
    return list(await page.evaluate("window.shown.map(({title, body, isClosed, tag}) => ({title, body, isClosed, tag}))"))


async def test_nothing_sounds_and_nobody_is_asked_before_the_agent_wants_it(chromium: Browser) -> None:
    shift = Shift()
    async with desk_of(chromium, shift, init=MOCKS) as (_, desk):
        await shift.tell_offer("s1", WISH)
        await expect(desk.locator(".offer")).to_contain_text(WISH)
        await expect(desk).to_have_title("(1) 坐席工作台 · Frontdesk")
        assert await desk.evaluate("[window.asked, window.tones.length, window.shown.length]") == [0, 0, 0]
        await sequence(desk, "g", ",")
        await desk.get_by_label("桌面通知").check()
        assert await desk.evaluate("[window.asked, Notification.permission]") == [1, "granted"]
        await desk.get_by_role("button", name="试听").click()
        assert await desk.evaluate("window.tones.length") == 2
        await desk.keyboard.press("Escape")
        await shift.end_offer("s1")
        await expect(desk).to_have_title("坐席工作台 · Frontdesk")
        await shift.tell_offer("s2", WISH)
        await until(desk, "window.shown.some(one => one.tag === 'h-s2')")  # the one before may have been shown, too, once that was wanted
        *before, shown = await notices(desk)
        assert shown == {"title": "有新会话等您接受", "body": "客户要求人工", "isClosed": False, "tag": "h-s2"}, "not a word of theirs"
        assert all((one["body"], one["isClosed"], one["tag"]) == ("客户要求人工", True, "h-s1") for one in before)


async def test_an_offer_rings_until_it_is_answered_and_its_notification_opens_it(chromium: Browser) -> None:
    shift = Shift()
    async with desk_of(chromium, shift, init=MOCKS + PREFERENCES % "true" + GRANTED) as (_, desk):
        await shift.tell_offer("s1", WISH)
        await until(desk, "window.tones.length >= 4")  # two tones, and again
        shown = await notices(desk)
        assert [(one["body"], one["isClosed"]) for one in shown] == [(f"客户要求人工\n{WISH}", False)]
        await desk.evaluate("window.shown[0].onclick()")
        await expect(desk).to_have_url(f"{shift.url}/desk/#/session/s1")
        assert [one["isClosed"] for one in await notices(desk)] == [True]
        await desk.keyboard.press("a")
        await expect(desk.locator(".mine .line")).to_have_count(1)
        assert ("sessions/s1/accept", {}) in shift.posted
        rung = await desk.evaluate("window.tones.length")
        await shift.tell_offer("s2", "下一位")
        await until(desk, f"window.tones.length >= {rung + 2}")
        await shift.end_offer("s2")
        await expect(desk.locator(".offer")).to_have_count(0)
        assert [one["isClosed"] for one in await notices(desk)] == [True, True]


async def test_an_offer_is_seen_where_the_lists_are_not(chromium: Browser) -> None:
    shift = Shift(role="admin")
    shift.add_session("s1", "访客 4471")
    async with desk_of(chromium, shift) as (_, desk):
        await shift.tell_offer("f1", "转人工，要投诉")
        await expect(desk.locator(".offer")).to_be_visible()
        told = desk.locator(".offered")
        await expect(told).to_be_hidden()  # the card stands in the list
        for place in ("#/admin/replies", "#/search/"):
            await desk.evaluate("place => { location.hash = place; }", place)
            await expect(told.get_by_role("button", name="接受")).to_be_visible()
        await desk.set_viewport_size({"width": 390, "height": 844})
        await desk.evaluate("location.hash = '#/session/s1'")
        await expect(told).to_contain_text("有新会话分配给您：转人工，要投诉")
        await told.get_by_role("button", name="接受").click()
        await expect(desk).to_have_url(f"{shift.url}/desk/#/session/f1")
        await expect(told).to_be_hidden()
        assert ("sessions/f1/accept", {}) in shift.posted


async def test_of_two_tabs_of_one_agent_one_rings_and_the_other_takes_over(chromium: Browser) -> None:
    shift = Shift()
    async with desk_of(chromium, shift, init=MOCKS + PREFERENCES % "false" + GRANTED) as (context, first):
        second = await context.new_page()
        await second.goto(f"{shift.url}/desk/")
        await expect(second.locator(".bar .self")).to_be_visible()
        await shift.tell_offer("s1", "退款")
        await until(first, "window.tones.length >= 2")
        await expect(second.locator(".offer")).to_be_visible()
        assert await second.evaluate("[window.tones.length, window.shown.length]") == [0, 0]
        await first.close()
        await until(second, "window.tones.length >= 2 && window.shown.length === 1")


async def test_who_looks_at_the_desk_is_not_notified_besides(chromium: Browser) -> None:
    shift = Shift()
    init = MOCKS + PREFERENCES % "true" + GRANTED + "window.looksElsewhere = false;"
    async with desk_of(chromium, shift, init=init) as (_, desk):
        await shift.tell_offer("s1", "退款")
        await until(desk, "window.tones.length >= 2")
        assert await notices(desk) == []

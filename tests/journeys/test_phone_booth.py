"""The page with two telephones, in a real browser: SIP and RTP to the whole program; two languages, light and dark, narrow and wide."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.journeys.floor import PASSWORD, browser_of, house
from tests.peers.chromium import barriers, picture
from tests.peers.gateway import Gateway
from tests.peers.node import node_modules
from tests.peers.phonebooth.__main__ import channel_of, telephones
from tests.peers.phonebooth.booth import Booth
from tests.peers.phonebooth.reading import Notes, Record
from tests.peers.phonebooth.telling_gateway import FILE
from tests.peers.processes import free_port
from tests.peers.two_doors import Desk, Ear, desk_at

pytest.importorskip("baresip")

PROGRAM = ("-P", str(Path(__file__).parents[1] / "peers" / "phonebooth" / "quick_telling_gateway.py"))
LOOKS: tuple[tuple[int, Any], ...] = ((1280, "light"), (1280, "dark"), (390, "light"), (390, "dark"))
IS_OVER = re.compile("^(heard|cut|skipped)$")
LOUD = 0.5
"""Of a meter: sound, and no noise."""
SAME = """async () => {
  const {decoded, encoded} = await import("/page/alaw.js");
  const all = Uint8Array.from({length: 256}, (_, byte) => byte);
  return [...encoded(decoded(all))].filter((byte, at) => byte !== at);
}"""
HEARD = """async () => {
  const context = new AudioContext({sampleRate: 8000});
  await context.audioWorklet.addModule("/page/worklets.js");
  const player = new AudioWorkletNode(context, "playing", {numberOfInputs: 0, outputChannelCount: [1]});
  const meter = new AnalyserNode(context);
  player.connect(meter).connect(context.destination);
  for (let frame = 0; frame < 20; frame++) player.port.postMessage(new Float32Array(160).fill(0.25));
  const samples = new Float32Array(meter.fftSize);
  for (let tries = 0; tries < 200 && !samples.includes(0.25); tries++) {
    await new Promise((done) => setTimeout(done, 20));
    meter.getFloatTimeDomainData(samples);
  }
  await context.close();
  return samples.includes(0.25);
}"""


@dataclass
class Scene:
    """The page's address, and an agent who is there."""

    url: str
    desk: Desk
    ear: Ear


@pytest.fixture
async def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setenv(FILE, str(tmp_path / "notes"))
    port = free_port()
    async with telephones(port) as (customer, agent):
        gateway = Gateway(tmp_path, more=channel_of(port, customer, agent, has_agent_phone=True), program=PROGRAM)
        async with (
            house(gateway, ("mei", "坐席 07", "--role", "admin")),
            Record(gateway.url, {"name": "mei", "password": PASSWORD}) as record,
            Booth(customer, agent, record, Notes(tmp_path / "notes"), desk_url=f"{gateway.url}/desk/").running(0) as url,
            desk_at(gateway, "mei", PASSWORD) as desk,
            desk.live() as ear,
        ):
            await desk.post("status", status="available")
            yield Scene(url, desk, ear)


async def sounds(page: Page, name: str) -> None:
    """Until this telephone hears something."""
    meter = page.locator(f".{name} meter").first
    async with asyncio.timeout(30):
        while await meter.evaluate("meter => meter.value") < LOUD:
            await asyncio.sleep(0.05)


async def looked_at(page: Page, name: str, packages: Path) -> None:
    """Pictures in every look; nobody is shut out and nothing sticks out."""
    for width, scheme in LOOKS:
        await page.set_viewport_size({"width": width, "height": 844})
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await picture(page, f"phone-{name}-{scheme}-{width}")
        assert await barriers(page, packages) == [], (name, width, scheme)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)
    await page.set_viewport_size({"width": 1280, "height": 844})


async def test_a_person_tries_the_phone_without_a_softphone(chromium: Browser, scene: Scene, request: pytest.FixtureRequest) -> None:
    packages = await asyncio.to_thread(node_modules, request.config)
    async with browser_of(chromium) as context:
        page = await context.new_page()
        await page.goto(scene.url)
        customer, agent, log = page.locator(".customer"), page.locator(".agent"), page.get_by_role("log", name="通话记录")
        assert await page.evaluate(SAME) == []
        await customer.get_by_role("button", name="拨打").click()
        await expect(customer.get_by_role("status")).to_have_text("通话中")
        await expect(customer.get_by_role("button", name="挂断")).to_be_focused()
        assert await page.evaluate(HEARD)
        await expect(log).to_contain_text("普通话请按一")
        await expect(log).to_contain_text("For English")
        await sounds(page, "customer")

        await customer.get_by_role("button", name="按键 1", exact=True).click()
        await expect(log).to_contain_text("按了 1")
        await expect(log.locator("[data-kind=played]").filter(has_text="For English")).to_have_attribute("data-fate", IS_OVER)
        await expect(log).to_contain_text("请按一。", timeout=20_000)
        await page.get_by_label("按键用 SIP INFO 发送").check()
        await page.keyboard.press("Shift+Tab")
        await customer.get_by_role("button", name="按键 0", exact=True).focus()
        await page.keyboard.press("0")
        await expect(log.locator(".mine")).to_contain_text(["转人工客服"])

        async with asyncio.timeout(30):
            session = (await scene.ear.until("offer"))["session_id"]
        await scene.desk.post(f"sessions/{session}/accept")
        await expect(agent.get_by_role("status")).to_have_text("来电")
        await expect(log).to_contain_text("坐席 07 接待中")
        await looked_at(page, "rings", packages)
        await agent.get_by_role("button", name="接听").click()
        await expect(log).to_contain_text("客户和坐席通话中")
        await agent.get_by_label("说话方式").select_option("tone")
        await sounds(page, "customer")
        await customer.get_by_label("说话方式").select_option("tone")
        await sounds(page, "agent")
        await customer.get_by_role("button", name="保持").click()
        await expect(customer.get_by_role("status")).to_have_text("已保持")
        await expect(log).to_contain_text("客户保持了通话")

        await page.get_by_label("语言").select_option("en")
        await expect(agent.get_by_role("status")).to_have_text("On the line")
        await customer.get_by_role("button", name="Hang up").click()
        await expect(agent.get_by_role("status")).to_have_text("Idle")
        await expect(page.get_by_role("log")).to_contain_text("The agent's phone: the call is over, hung up there")
        await expect(customer.get_by_role("button", name="Call", exact=True)).to_be_focused()

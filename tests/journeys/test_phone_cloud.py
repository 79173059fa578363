"""A cloud calls the whole program: webhooks over HTTP, the bot's answer, and a process that is killed while somebody is on the line."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import aiohttp

from tests.fakes import FrozenClock
from tests.peers.gateway import Gateway
from tests.peers.twiml.call import ACCOUNT, CloudCall
from tests.peers.twiml.cloud import TOKEN, Cloud, Got

NUMBER = f"""
[channels.hotline]
type = "phone"
driver = "twiml"
languages = ["zh-CN", "en"]
twiml = {{auth_token = "{TOKEN}", account = "{ACCOUNT}", api_base = "http://127.0.0.1:9"}}
"""


async def hears(call: CloudCall, words: str) -> None:
    """Until the caller has heard this, who does nothing but listen."""
    async with asyncio.timeout(60):
        while words not in call.said:
            assert call.listening is not None, f"expected {words!r}, and heard {call.heard}"
            await call.wait()


async def test_a_caller_is_answered_by_the_whole_program_and_survives_its_death(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, more=NUMBER)
    gateway.start()
    try:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as client:

            async def door(method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Got:
                async with client.request(method, gateway.url + target, data=body or None, headers=headers) as response:
                    return Got(response.status, response.content_type, await response.read())

            cloud = Cloud(door, FrozenClock(), public=gateway.url)
            call = await cloud.ring()
            await hears(call, "press two")
            await call.press("2")
            await hears(call, "Tell me in a few words")
            while call.listening is None or "speech" not in call.listening.get("input", ""):
                await call.wait()
            await call.speak("question number 7", 0.9)
            await hears(call, "answer number seven")
            assert call.listening is not None
            gateway.kill()
            gateway.start()
            call.heard.clear()
            await hears(call, "press two")
            await call.hang_up()
    finally:
        gateway.stop()

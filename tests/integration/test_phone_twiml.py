"""Calls through a cloud, whole: webhooks, the real channel, middle, record, queue and desk; what a caller hears, what is on record."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

from adapters.phone.channel import PhoneChannel
from adapters.phone.driver import Driver
from adapters.phone.twiml.driver import open_twiml
from config.phone import Twiml
from gateway.core.channel import Raw
from gateway.core.events import CallStage
from gateway.core.message import Author
from gateway.core.parts import File, Pick, Spoken
from gateway.core.session import CloseReason, State
from tests.integration.calls_house import HOTLINE
from tests.integration.phone_house import PhoneHouse, phone_house, until
from tests.peers.processes import free_port
from tests.peers.twiml.call import ACCOUNT, CloudCall
from tests.peers.twiml.cloud import TOKEN, Cloud, Got
from tests.peers.twiml.rig import QUICK
from tests.peers.twiml.wav import wav

AGENT = "+12025550107"
PUBLIC = "http://help.example.com"


@dataclass
class World:
    """A house, and the cloud in front of it."""

    world: PhoneHouse
    cloud: Cloud

    async def hears(self, call: CloudCall, words: str) -> None:
        """Until the caller has heard this, who does nothing but listen."""
        for _ in range(6_000):
            if words in call.said:
                return
            assert not call.is_over, f"expected {words!r}, and heard {call.heard}"
            if call.turned.is_set():
                await call.turn()
            elif call.listening is not None and call.listening.get("timeout") == "1":
                await call.wait()
            else:
                await asyncio.sleep(0.005)
        raise AssertionError(f"expected {words!r}, and heard {call.heard}")

    async def listens(self, call: CloudCall) -> None:
        """Until it is the caller's turn."""
        for _ in range(6_000):
            if call.listening is not None and call.listening.get("timeout") != "1":
                return
            await call.wait()
        raise AssertionError("nobody listens")

    async def is_in(self, state: State) -> None:
        for _ in range(6_000):
            if (await self.world.session()).state is state:
                return
            await asyncio.sleep(0.005)
        raise AssertionError(f"expected {state}, got {(await self.world.session()).state}")


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[World]:
    port = free_port()
    twiml = Twiml(auth_token=TOKEN, account=ACCOUNT, api_base=f"http://127.0.0.1:{port}", caller_id="+12025550100")

    def drive(channel: PhoneChannel) -> Driver:
        return open_twiml(HOTLINE, channel._settings, channel._tools, pace=QUICK)

    async with phone_house(folder, drive=drive, driver="twiml", twiml=twiml, agents={"a07": AGENT}, calls_per_minute=100) as world:

        async def door(method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Got:
            parts, at_ms = urlsplit(target), int(world.house.clock.now().timestamp() * 1_000)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            raw = Raw(
                body=body, received_at_ms=at_ms, method=method, path=parts.path, headers=headers, query=query, context={"target": target}
            )
            reply = await world.channel.webhook(raw)
            return Got(reply.status, reply.content_type, reply.body)

        cloud = Cloud(door, world.house.clock, public=PUBLIC)
        runner = web.AppRunner(cloud.api())
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await until(lambda: world.channel.driver._take is not None)  # type: ignore[attr-defined]
        try:
            yield World(world, cloud)
        finally:
            await runner.cleanup()


async def test_a_caller_chooses_a_language_asks_aloud_and_hears_the_answer(tmp_path: Path) -> None:
    async with opened(tmp_path) as one:
        call = await one.cloud.ring()
        await one.hears(call, "For English, press")
        await one.listens(call)
        await call.press("2")
        await one.hears(call, "Tell me in a few words")
        await one.listens(call)
        await call.speak("refund", 0.83)
        await one.hears(call, "answer to refund")
        await one.hears(call, "Anything else?")
        await call.hang_up()
        await one.is_in(State.CLOSED)
        assert (await one.world.session()).close_reason is CloseReason.BOT_RESOLVED
        said = [part for message in await one.world.messages() if message.author is Author.CUSTOMER for part in message.parts]
        assert said == [Spoken(text="refund", confidence=0.83)]


async def test_zero_leads_into_the_queue_and_the_agents_phone_is_rung_at_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as one:
        house = one.world.house
        agent = await house.hire("a07")
        call = await one.cloud.ring()
        await one.hears(call, "For English, press")
        await one.listens(call)
        await call.press("2")
        await one.listens(call)
        await call.press("0")
        await one.hears(call, "To be called back")
        await one.hears(call, ".wav")
        assert [part for message in await one.world.messages() for part in message.parts if isinstance(part, Pick)][-1].keys == "0"
        await house.desk.heartbeat(agent.id)
        await house.engine.round()
        await house.desk.accept(agent, (await one.world.session()).id)
        await one.hears(call, f"rings {AGENT}")
        await call.agent("ringing")
        await call.agent("in-progress")
        for _ in range(6_000):
            now = (await one.world.session()).call
            if now is not None and now.stage is CallStage.TALKING:
                break
            await asyncio.sleep(0.005)
        assert now is not None
        assert now.stage is CallStage.TALKING
        await call.hang_up()
        await one.is_in(State.WRAP_UP)


async def test_a_message_is_left_and_stands_in_the_transcript(tmp_path: Path) -> None:
    async with opened(tmp_path) as one:
        await one.world.house.hire("a07")
        call = await one.cloud.ring()
        await one.hears(call, "For English, press")
        await one.listens(call)
        await call.press("2")
        await one.listens(call)
        await call.press("0")
        await one.hears(call, "To leave a message, press two.")
        await call.press("2")
        await one.hears(call, "tone")
        leaving = asyncio.create_task(call.leave(wav(b"\x00\x20\x00\xe0" * 8_000)))
        for _ in range(6_000):
            files = [part for message in await one.world.messages() for part in message.parts if isinstance(part, File)]
            if files:
                break
            await asyncio.sleep(0.005)
        await leaving
        assert [file.file.mime for file in files] == ["audio/wav"]
        await one.hears(call, "we have your message")

"""A driver of webhooks with its cloud, for the contract of all drivers: the caller does nothing by itself, and time passes quickly."""

import asyncio
import contextlib
from collections.abc import Awaitable, Coroutine
from dataclasses import replace
from types import TracebackType
from typing import Any

from aiohttp import web

from config.phone import Twiml
from tests.contract.phone_lines import Manner, sound
from tests.peers.processes import free_port
from tests.peers.twiml.call import ACCOUNT, CloudCall
from tests.peers.twiml.cloud import TOKEN
from tests.peers.twiml.rig import QUICK, SECRET, Rig, cloud_of, rig
from tests.peers.twiml.wav import wav

STEP_S = 0.5
"""Of the cloud's time, whenever some passes at all."""
CHAR_S = 0.05
TONE_S = 0.3
STATUS = {"busy": ("busy", "486"), "refuses": ("busy", "603"), "rings": ("no-answer", "480")}
"""What the cloud says of a phone that does so, and SIP behind it."""


class TwimlLine:
    """Everybody on the other side."""

    phone = "sip:107@pbx.example.com"
    elsewhere = "+12025550199"
    secrets = (TOKEN, SECRET.decode())
    lost_max_s = 0.2

    def __init__(self) -> None:
        self._port = free_port()
        twiml = Twiml(auth_token=TOKEN, account=ACCOUNT, api_base=f"http://127.0.0.1:{self._port}", caller_id="+12025550100")
        self._rig: Rig = rig(twiml=twiml, pace=replace(QUICK, asking_s=0.02))
        self._cloud = cloud_of(self._rig)
        self._runner = web.AppRunner(self._cloud.api())
        self._manner: Manner = "answers"
        self._is_taking = True
        self._acting: asyncio.Task[None] | None = None
        self._idle_s = 0.0
        self._said = b""
        self._was_up = False
        self._has_agent = False

    async def __aenter__(self) -> "TwimlLine":
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._acting is not None:
            self._acting.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await self._acting
        await self._runner.cleanup()

    @property
    def driver(self) -> Any:
        return self._rig.driver

    @property
    def _call(self) -> CloudCall | None:
        return next(iter(reversed(self._cloud.calls.values())), None)

    @property
    def _there(self) -> CloudCall:
        assert self._call is not None, "nobody has called"
        return self._call

    async def ready(self) -> bool:
        return True

    async def ring(self, number: str, name: str) -> None:
        self._act(self._discard(self._cloud.ring(number, CallerName=name)))

    def is_answered(self) -> bool:
        self._was_up = self._was_up or (self._call is not None and self._call.status == "in-progress")
        return self._was_up

    def refused_with(self) -> int | None:
        return 486 if self._there.is_rejected else None

    def is_on_line(self) -> bool:
        return self._call is not None and not self._call.is_over

    def heard_s(self) -> float:
        return sum(self._length_s(one) for one in self._there.heard)

    async def press(self, keys: str) -> None:
        await self._until_listening()
        if self._listens_to("Record"):
            await self._there.leave(wav(self._said))
        else:
            await self._there.press(keys)

    async def say(self, seconds: float) -> None:
        self._said += sound(seconds)

    async def hold(self, *, is_on: bool) -> None:
        """No cloud tells."""

    async def hang_up(self) -> None:
        if self._listens_to("Record"):
            await self._there.leave(wav(self._said), is_hanging_up=True)
        await self._there.hang_up()

    def agent(self, manner: Manner) -> None:
        self._manner = manner

    async def agent_says(self, seconds: float) -> None:
        """Between the two nobody of ours listens."""

    def agent_heard_s(self) -> float:
        return self.heard_s()

    async def agent_hangs_up(self) -> None:
        await self._until_idle()
        self._has_agent = False
        if self._there.dialling is not None:
            self._act(self._there.agent("completed"))
        else:
            await self._there.hang_up()

    def elsewhere_takes(self, *, is_taking: bool) -> None:
        self._is_taking = is_taking

    async def lose(self) -> None:
        """The cloud is gone: it tells nothing."""
        await self._until_idle()
        await self._there.hang_up(is_told=False)
        self._rig.clock.advance(3_600)

    async def pass_time(self, seconds: float) -> None:
        await asyncio.sleep(0.002)
        self._idle_s += max(seconds, STEP_S)
        self._rig.driver.look()
        if self._is_acting() or self._call is None or self._call.is_over:
            return
        if (act := self._next(self._call)) is not None:
            self._act(act)

    def left_behind(self) -> list[str]:
        return []

    def _next(self, call: CloudCall) -> Coroutine[Any, Any, None] | None:
        """What happens by itself."""
        if call.turned.is_set():
            return call.turn()
        if call.status == "queued":
            return self._called(call)
        if call.dialling is not None:
            return None if self._has_agent else self._rung(call)
        if call.listening is None or self._idle_s * 1_000 < call.within_ms + 1_000 * int(call.listening.get("timeout", "5")):
            return None
        return call.leave(wav(self._said) if self._said else b"") if call.listening.tag == "Record" else call.wait()

    async def _called(self, call: CloudCall) -> None:
        """Our call to somebody."""
        if self._manner == "answers":
            await call.take()
        else:
            call.status, code = STATUS[self._manner]
            await call.tell(SipResponseCode=code)

    async def _rung(self, call: CloudCall) -> None:
        """A phone that we connect."""
        assert call.dialling is not None
        is_elsewhere = call.dialling[0].text == self.elsewhere
        manner: Manner = ("answers" if self._is_taking else "busy") if is_elsewhere else self._manner
        await call.agent("ringing")
        if manner == "answers":
            self._has_agent = True
            await call.agent("in-progress")
        else:
            status, code = STATUS[manner]
            await call.agent(status, DialSipResponseCode=code)

    def _act(self, work: Coroutine[Any, Any, None]) -> None:
        assert not self._is_acting(), "one after the other"
        self._idle_s = 0.0
        self._acting = asyncio.create_task(work)

    def _is_acting(self) -> bool:
        if self._acting is not None and self._acting.done():
            done, self._acting = self._acting, None
            done.result()
        return self._acting is not None

    async def _until_idle(self) -> None:
        while self._is_acting():
            await asyncio.sleep(0.002)

    async def _until_listening(self) -> None:
        """What was asked for last is listened for: not the moment before."""
        for _ in range(1_000):
            await self._until_idle()
            if self._there.listening is not None and self._there.listening.get("timeout") != "1":
                return
            await self.pass_time(0.02)
        raise AssertionError("nobody listens")

    def _listens_to(self, tag: str) -> bool:
        return self._there.listening is not None and self._there.listening.tag == tag

    def _length_s(self, heard: str) -> float:
        if heard.startswith("rings "):
            return 0.0
        return 1.0 if heard.startswith("https:") else TONE_S if heard == "tone" else CHAR_S * len(heard)

    async def _discard(self, work: Awaitable[object]) -> None:
        await work

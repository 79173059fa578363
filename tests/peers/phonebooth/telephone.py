"""A telephone that a page is the front of: it calls and is called, says what it is given, and can be out of reach."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum

from tests.peers.sip_caller import KEYS, SipCaller, SipMessage
from tests.peers.sip_sound import sine

FRAME_BYTES = 160
"""20 ms of A-law."""
MICROPHONE_MAX_FRAMES = 25
"""Half a second: what is older has been overtaken."""
LOST_SHARE = 0.2
TONE = sine(440, 1_000, peak=6_000)


class Stage(StrEnum):
    """Where a call of this telephone stands."""

    IDLE = "idle"
    CALLING = "calling"
    RINGING = "ringing"
    """Somebody calls here."""
    TALKING = "talking"


class Says(StrEnum):
    """What it sends while somebody is on the line."""

    SILENCE = "silence"
    MICROPHONE = "microphone"
    TONE = "tone"


@dataclass
class Ways:
    """What is set to be so."""

    loses_packets: bool = False
    """Every fifth packet of RTP does not arrive, in either direction."""
    is_cut: bool = False
    """Nothing arrives at all: no sound, no BYE."""
    keys_as_info: bool = False


class Telephone(SipCaller):
    """One call at a time. It tells of itself by `on_change`, and of each 20 ms that it hears by `on_sound`."""

    def __init__(self, peer: tuple[str, int], user: str) -> None:
        super().__init__(peer, user)
        self.answers_with = (180,)
        self.stage = Stage.IDLE
        self.is_held = False
        self.since = 0.0
        """When the other side answered, on the loop's clock."""
        self.says = Says.SILENCE
        self.ways = Ways()
        self.last = ""
        """How the last call ended: a stable word, or the number of a refusal."""
        self.on_change: Callable[[], None] = lambda: None
        self.on_sound: Callable[[bytes], None] = lambda _: None
        self._spoken: list[bytes] = []
        self._was_called = False
        self._task: asyncio.Task[None] | None = None

    @classmethod
    @asynccontextmanager
    async def ready(cls, port: int, user: str) -> AsyncIterator["Telephone"]:
        """It can call the line at this port, and be called."""
        async with cls.open(port, user) as telephone:
            try:
                yield telephone
            finally:
                telephone.stop()

    # What its owner does

    def ring(self) -> None:
        """Call the line. What comes of it is told by `on_change`."""
        if self.stage is not Stage.IDLE:
            return
        self.begin_anew()
        self._was_called = False
        self._now(Stage.CALLING)
        self._do(self._ring())

    def take(self) -> None:
        """Answer."""
        if self.stage is Stage.RINGING:
            self.say_about_invite(200)
            self._talks()

    def end(self) -> None:
        """Hang up, give up, or decline: what is right just now."""
        match self.stage:
            case Stage.IDLE:
                return
            case Stage.RINGING:
                self.say_about_invite(603)
                self._over("declined")
            case Stage.CALLING:
                self._do(self.give_up())
                self._over("given_up")
            case Stage.TALKING:
                self._do(self._leave())
                self._over("by_us")

    def hold(self, *, is_on: bool) -> None:
        if self.stage is Stage.TALKING and is_on != self.is_held:
            self._do(self._hold(is_on=is_on))

    async def key(self, keys: str) -> None:
        """Press keys, as RFC 4733 packets or as INFO."""
        if self.stage is not Stage.TALKING or self.rtp_peer is None:
            return
        for key in keys:
            if key not in KEYS:
                continue
            if self.ways.keys_as_info:
                self.cseq += 1
                self.send(self.request("INFO", f"Signal={key}\r\nDuration=120\r\n"))
            else:
                await self.press(key)

    def hear(self, alaw: bytes) -> None:
        """What its owner says into the microphone."""
        self._spoken.extend(alaw[at : at + FRAME_BYTES] for at in range(0, len(alaw) - FRAME_BYTES + 1, FRAME_BYTES))
        del self._spoken[:-MICROPHONE_MAX_FRAMES]

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    # How it is done

    def _do(self, deed: Coroutine[object, object, object]) -> None:
        async def done() -> None:
            with contextlib.suppress(TimeoutError):
                await deed

        self._task = asyncio.get_running_loop().create_task(done())

    async def _ring(self) -> None:
        again = asyncio.create_task(self._repeat(self.invite()))
        try:
            answer = await self.answered()
        except TimeoutError:
            self._over("unreachable") if self.stage is Stage.CALLING else None
            return
        finally:
            again.cancel()
        if self.stage is not Stage.CALLING:
            return
        if answer.status == 200:
            self._talks()
        else:
            self._over(str(answer.status))

    async def _repeat(self, invite: str) -> None:
        """As long as nobody has said anything (RFC 3261, section 17.1.1.2)."""
        wait_s = 0.5
        while True:
            await asyncio.sleep(wait_s)
            if self.got or self.stage is not Stage.CALLING:
                return
            self.send(invite)
            wait_s *= 2

    async def _leave(self) -> None:
        await (self.hang_up_as_called() if self._was_called else self.hang_up())

    async def _hold(self, *, is_on: bool) -> None:
        await self.again("sendonly" if is_on else "sendrecv")
        self.is_held = is_on
        self.on_change()

    def _talks(self) -> None:
        self.since = asyncio.get_running_loop().time()
        self._now(Stage.TALKING)

    def _over(self, why: str) -> None:
        self.last, self.is_held, self.rtp_peer = why, False, None
        self._spoken.clear()
        self._now(Stage.IDLE)

    def _now(self, stage: Stage) -> None:
        self.stage = stage
        self.on_change()

    # What the network does

    def _take_sip(self, data: bytes, source: tuple[str, int]) -> None:
        if not self.ways.is_cut:
            super()._take_sip(data, source)

    def send(self, text: str) -> None:
        if not self.ways.is_cut:
            super().send(text)

    def _answer(self, message: SipMessage) -> None:
        is_ours = message.headers.get("call-id") == self.call_id
        match message.method:
            case "INVITE" if "tag=" in message.headers["to"]:
                self._learn(message)
                self._reply(message, 200)
            case "INVITE" if self.stage is not Stage.IDLE:
                self._reply(message, 180 if is_ours else 486)
            case "INVITE":
                self.begin_anew()
                super()._answer(message)
                self.to_tag = message.headers["from"].partition(";tag=")[2].partition(";")[0]
                self._was_called = True
                self._now(Stage.RINGING)
            case "CANCEL" | "BYE":
                super()._answer(message)
                if is_ours and self.stage is not Stage.IDLE:
                    self._over("missed" if message.method == "CANCEL" else "by_them")
            case _:
                super()._answer(message)

    # Sound

    def _frame(self) -> bytes:
        self.source = TONE if self.says is Says.TONE else b""
        return super()._frame()

    def _send_rtp(self, packet: bytes) -> None:
        if self.is_held or self._loses() or self.stage is not Stage.TALKING:
            return
        if packet[1] & 0x7F == 8 and self.says is Says.MICROPHONE and self._spoken:
            packet = packet[:12] + self._spoken.pop(0)
        super()._send_rtp(packet)

    def _take_rtp(self, data: bytes, _: tuple[str, int]) -> None:
        if self.stage is Stage.TALKING and len(data) > 12 and data[1] & 0x7F == 8 and not self._loses():
            self.on_sound(data[12:])

    def _loses(self) -> bool:
        return self.ways.is_cut or (self.ways.loses_packets and random.random() < LOST_SHARE)

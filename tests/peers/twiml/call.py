"""One call in the cloud, as the one on the phone hears it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from tests.peers.twiml.rules import Broken, verbs_of

if TYPE_CHECKING:
    from tests.peers.twiml.cloud import Cloud

ACCOUNT = "AC0123456789abcdef0123456789abcdef"
THINKS_MS = 1_500
"""Behind what was played, before a caller does something."""
LOOPS_MAX_COUNT = 60
"""Verbs in a row without anybody having to do something: then the test is told."""


@dataclass(eq=False)
class CloudCall:
    """One call, as the one on the phone hears it."""

    cloud: "Cloud"
    sid: str
    number: str
    dialled: str
    extra: Mapping[str, str]
    status: str = "queued"
    heard: list[str] = field(default_factory=list)
    """What was said, the addresses of what was played, `tone`, `rings TARGET`."""
    listening: Element | None = None
    """The Gather or Record that waits for the caller."""
    dialling: Element | None = None
    """The Dial that goes on."""
    answers: list[bytes] = field(default_factory=list)
    waited_count: int = 0
    """Seconds of silence that we were told to keep."""
    rest: list[Element] = field(default_factory=list)
    within_ms: int = 0
    news: str = ""
    answered_at: str = ""
    turned_to: str = ""
    is_ended_by_api: bool = False
    is_rejected: str = ""
    turned: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_over(self) -> bool:
        return self.status in ("completed", "busy", "failed", "no-answer", "canceled")

    @property
    def said(self) -> str:
        """All words heard so far."""
        return " ".join(self.heard)

    async def press(self, keys: str, *, after_ms: int | None = None) -> None:
        """Press keys; `after_ms`: so long into what is played. The last one may be the key that ends."""
        gather = self._gather("dtmf")
        finish, most = gather.get("finishOnKey", "#"), int(gather.get("numDigits", "1000"))
        typed, is_finished = "", False
        for key in keys:
            if key in finish and finish:
                is_finished = bool(typed)  # alone it ends nothing
                break
            typed += key
            if len(typed) == most:
                break
        self._pass(self.within_ms + THINKS_MS if after_ms is None else after_ms)
        if not typed:
            await self.wait()
            return
        form = {"Digits": typed} | ({"FinishedOnKey": finish} if is_finished else {})
        await self._act(gather, form)

    async def speak(self, words: str, confidence: float | None = 0.9, *, after_ms: int | None = None) -> None:
        """Say something; the recognizer makes these words of it. None at all: it falls through."""
        gather = self._gather("speech")
        self._pass(self.within_ms + THINKS_MS if after_ms is None else after_ms)
        self._pass((65 if words.isascii() else 230) * len(words) + 1_000)
        if not words:
            await self.wait()
            return
        form = {"SpeechResult": words} | ({} if confidence is None else {"Confidence": str(confidence)})
        await self._act(gather, form)

    async def wait(self) -> None:
        """Listen to all of it, and do nothing."""
        assert self.listening is not None, "nobody listens"
        self._pass(self.within_ms + 1_000 * int(self.listening.get("timeout", "5")))
        self.listening = None
        await self._go_on()

    async def leave(self, content: bytes, *, is_hanging_up: bool = False) -> None:
        """Say something after the tone; empty: nothing."""
        record, self.listening = self.listening, None
        assert record is not None, "nobody tapes"
        assert record.tag == "Record", "nobody tapes"
        if not content:
            self._pass(1_000 * int(record.get("timeout", "5")))
            await self._go_on()
            return
        name = f"RE{len(self.cloud.recordings) + 1:032x}"
        self.cloud.recordings[name] = content
        if is_hanging_up:
            self.status = "completed"
        form = {"RecordingSid": name, "RecordingDuration": "2", "RecordingUrl": f"https://elsewhere.example/{name}", "Digits": "hangup"}
        await self._act(record, form)

    async def hang_up(self, *, is_told: bool = True) -> None:
        """The caller goes. `is_told`: the number's status callback is set up."""
        self.status, self.listening = "completed", None
        dialling, self.dialling = self.dialling, None
        if dialling is not None:
            await self.cloud.post(dialling.get("action", ""), self.form(DialCallStatus="completed"))
        if is_told:
            await self.tell()

    async def tell(self, **facts: str) -> None:
        """The status callback."""
        got = await self.cloud.post(self.news or f"{self.cloud.public}/phone/hotline/status", self.form(CallDuration="42", **facts))
        assert got.status == 204

    async def take(self) -> None:
        """Whom we called takes the call."""
        self.status = "in-progress"
        await self.fetch(self.answered_at)

    async def agent(self, news: str, **facts: str) -> None:
        """The phone that we ring: ringing, in-progress, or how the Dial ends: completed, busy, no-answer, failed."""
        assert self.dialling is not None, "nobody is rung"
        if news in ("ringing", "in-progress"):
            form = {**self.form(CallStatus=news), "CallSid": "CA" + "f" * 32, "ParentCallSid": self.sid}
            assert (await self.cloud.post(self.dialling[0].get("statusCallback", ""), form)).status == 204
            return
        dialling, self.dialling = self.dialling, None
        await self._act(dialling, {"DialCallStatus": news, **facts})

    async def turn(self) -> None:
        """What REST asked for, once it has."""
        async with asyncio.timeout(30):
            await self.turned.wait()
        self.turned.clear()
        self.listening = self.dialling = None
        if self.is_ended_by_api:
            self.status = "completed"
            await self.tell()
            return
        await self.fetch(self.turned_to)

    async def fetch(self, url: str, **form: str) -> None:
        """Ask what to do, and do it until somebody has to act."""
        got = await self.cloud.post(url, self.form(**form))
        if got.status != 200:
            raise Broken(f"expected 200, got {got.status}: the caller hears an application error")
        if self.status == "ringing" and b"<Reject" not in got.body:
            self.status = "in-progress"
        self.answers.append(got.body)
        self.rest = verbs_of(got.body, got.content_type)
        if not self.is_over:
            await self._go_on()

    def form(self, **more: str) -> dict[str, str]:
        """What every webhook of this call carries."""
        direction = "outbound-api" if self.answered_at else "inbound"
        return {
            "CallSid": self.sid, "AccountSid": ACCOUNT, "From": self.number, "To": self.dialled, "CallStatus": self.status,
            "Direction": direction, "ApiVersion": "2010-04-01", **self.extra, **more,
        }  # fmt: skip

    async def _act(self, verb: Element, form: dict[str, str]) -> None:
        self.listening = None
        await self.fetch(verb.get("action", ""), **form)

    async def _go_on(self) -> None:
        """Until somebody has to act, or the call is over."""
        for _ in range(LOOPS_MAX_COUNT):
            if not self.rest:
                self.status = "completed"  # the end of an answer ends the call
                await self.tell()
                return
            verb = self.rest.pop(0)
            if verb.tag == "Redirect":
                await self.fetch((verb.text or "").strip())
                return
            if await self._do(verb):
                return
        raise Broken("the answers go round in a circle")

    async def _do(self, verb: Element) -> bool:
        """One verb; True where it is for somebody to act now, or nothing follows."""
        match verb.tag:
            case "Say" | "Play":
                self._pass(await self._hear(verb))
            case "Pause":
                self.waited_count += int(verb.get("length", "1"))
                self._pass(1_000 * int(verb.get("length", "1")))
            case "Gather":
                self.within_ms = sum([await self._hear(one) for one in verb])
                self.listening = verb
            case "Record":
                self.heard.append("tone")
                self.listening = verb
            case "Dial":
                self.heard.append(f"rings {verb[0].text}")
                self.dialling = verb
            case "Hangup":
                self.status = "completed"
                await self.tell()
            case "Reject":
                self.status, self.is_rejected = "busy", verb.get("reason", "rejected")
        return verb.tag not in ("Say", "Play", "Pause")

    async def _hear(self, verb: Element) -> int:
        text = (verb.text or "").strip()
        self.heard.append(text)
        if verb.tag == "Play":
            return await self.cloud.sound_ms(text)
        return 80 * len(text) if verb.tag == "Say" else 0

    def _gather(self, kind: str) -> Element:
        gather = self.listening
        assert gather is not None, "nobody listens"
        assert gather.tag == "Gather", "a message is taken"
        assert kind in gather.get("input", "dtmf").split(), f"nobody listens for {kind}"
        return gather

    def _pass(self, ms: float) -> None:
        self.cloud.clock.advance(ms / 1_000)

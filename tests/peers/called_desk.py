"""The scripted desk with a number that people call: calls in every stage, and what was said, pressed and heard in them."""

import json
import struct
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.peers.desk_server import DeskServer, problem

Json = dict[str, Any]

HOTLINE: Json = {
    "name": "hotline", "type": "phone", "text_max_bytes": 4096, "file_max_bytes": 0, "file_types": [], "markdown": False,
    "typing": False, "read_marks": False, "calls": True,
}  # fmt: skip
NUMBER, SHOWN = "+8613800138000", "+86 138 0013 8000"
UP = ("up", "held", "ringing", "talking", "missed")
WANTED = ("callback", "voicemail", "away")


def ago(seconds: float) -> str:
    """That long before now."""
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def call_of(stage: str = "up", *, seconds: float = 133, **more: Any) -> Json:
    """A call, as a session's whole has it."""
    is_up = stage in UP
    back = {"may": not is_up, "why": "caller_on_line" if is_up else ""}
    return {
        "stage": stage, "since": ago(seconds / 2), "began_at": ago(seconds), "number": NUMBER, "shown": SHOWN, "is_up": is_up,
        "wants_callback": stage in WANTED, "is_dialling": False, "asked_at": None, "why": "",
        "dialled": "400-800-0000", "is_proven": False, "speaks": "aloud", "hears": True,
        "back": back, "recording": None, "record": None, **more,
    }  # fmt: skip


LINE = ("stage", "since", "began_at", "number", "shown", "is_up", "wants_callback", "is_dialling", "asked_at", "why")


class CalledDesk(DeskServer):
    """One agent's desk with calls on it."""

    def __init__(self) -> None:
        super().__init__()
        self.channels.append(dict(HOTLINE))
        self.calls: dict[str, Json] = {}
        self.cases: dict[str, Json] = {}
        """By their sessions."""
        self.refusal: Json | None = None
        """What stands in the way of calling."""

    def add_call(self, session_id: str = "p1", stage: str = "up", tag: str | None = SHOWN, **more: Any) -> Json:
        """A conversation by phone, mine unless it says otherwise."""
        fields = {key: more.pop(key) for key in ("state", "agent_id", "agent_name") if key in more}
        is_doubtful = not more.get("is_proven", False)
        session = self.add_session(session_id, None, channel="hotline", customer_tag=tag, is_doubtful=is_doubtful, **fields)
        self.stand(session_id, stage, **more)
        return session

    def stand(self, session_id: str, stage: str, **more: Any) -> None:
        """The call comes to this stage; nobody is told yet."""
        call = call_of(stage, **more)
        self.calls[session_id] = call
        session = self.sessions[session_id]
        session.update(call={key: call[key] for key in LINE}, version=session["version"] + 1)

    async def turn(self, session_id: str, stage: str, **more: Any) -> None:
        """The same, and the page told of it, as of any change of a session."""
        self.stand(session_id, stage, **more)
        await self.tell_session(session_id)

    def speak(self, session_id: str, words: str, confidence: float = 0.92, **more: Any) -> Json:
        """What a recognizer made of the caller's words."""
        audio = more.pop("audio", None)
        part = {"type": "spoken", "text": words, "confidence": confidence, **({"audio": audio} if audio else {})}
        return self.say(session_id, "customer", words, parts=[part], **more)

    def press(self, session_id: str, keys: str, *, is_secret: bool = False, picked: str = "", **more: Any) -> Json:
        """Keys that the caller pressed."""
        keyed: Json = {"type": "keyed", "keys": keys, **({"is_secret": True} if is_secret else {})}
        part = {"type": "pick", "id": "entry", "text": picked, "keys": keys} if picked else keyed
        return self.say(session_id, "customer", picked or keys, parts=[part], **more)

    def more_routes(self) -> list[web.RouteDef]:
        return [
            web.post("/desk/api/sessions/{id}/call", self._call),
            web.post("/desk/api/cases/{id}/call", self._call_case),
            web.get("/desk/api/sessions/{id}/ways", self._ways),
        ]

    async def _whole(self, request: web.Request) -> web.Response:
        response = await super()._whole(request)
        call = self.calls.get(request.match_info["id"])
        if response.status != 200 or not call:
            return response
        more = {"call": call, "case": self.cases.get(request.match_info["id"])}
        return web.json_response({**json.loads(response.text or "{}"), **more})

    async def _file(self, request: web.Request) -> web.Response:
        """What is kept no more is gone."""
        if request.match_info["id"] not in self.files:
            return problem(404, {"code": "not_found", "detail": "there is no such file"})
        return await super()._file(request)

    async def _call_case(self, request: web.Request) -> web.Response:
        self.posted.append((f"cases/{request.match_info['id']}/call", {}))
        self.add_call("new", "callback", asked_at=ago(0), back={"may": False, "why": "calling"})
        self.say("new", "customer", "请回电", at=ago(1))
        return web.json_response({"session_id": "new", "call": self.calls["new"]})

    async def _call(self, request: web.Request) -> web.Response:
        session_id = request.match_info["id"]
        self.posted.append((f"sessions/{session_id}/call", {}))
        if self.refusal is not None:
            return problem(409, self.refusal)
        calling = {"is_up": False, "is_dialling": True, "back": {"may": False, "why": "calling"}}
        await self.turn(session_id, "ringing", speaks="phone", **calling)
        return web.json_response({"call": self.calls[session_id]})

    async def _ways(self, _request: web.Request) -> web.Response:
        return web.json_response({"items": [], "next": None})


def tone(seconds: float = 1.0) -> bytes:
    """A quiet sound that a browser plays: 8 kHz, one channel, 16 bit."""
    samples = b"".join(struct.pack("<h", 600 if n // 9 % 2 else -600) for n in range(int(8000 * seconds)))
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(samples), b"WAVE", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16, b"data", len(samples)
    )
    return head + samples


def full(desk: CalledDesk) -> CalledDesk:
    """Calls of every kind, for people to look at."""
    ref = {"id": "v1", "name": "voice.wav", "mime": "audio/wav", "size_bytes": len(tone())}
    desk.files["v1"] = (ref, tone())
    desk.add_call("p1", "up")
    desk.press("p1", "1", picked="查询订单和物流", at=ago(130))
    desk.say(
        "p1", "bot", "请在电话上按订单号，按井号键结束。", at=ago(128), why={"decision": "clarify", "heard": {"ms": 2400, "of_ms": 4000}}
    )
    desk.press("p1", "202611184471#", at=ago(120))
    desk.press("p1", "••••", is_secret=True, at=ago(112))
    desk.say("p1", "bot", "您的订单已发货，预计明天送达。", at=ago(108), why={"decision": "answer", "confidence": 0.91, "entry": "shipping",
             "heard": {"ms": 3000, "of_ms": 3000}})  # fmt: skip
    desk.speak("p1", "我不想要了，我要退款", 0.93, audio=ref, at=ago(100))
    desk.say("p1", "bot", "您是想退款，还是想换货？", at=ago(96), why={"decision": "clarify", "heard": {"ms": 0, "of_ms": 3000}})
    desk.speak("p1", "退，退款，找人工", 0.64, at=ago(90))
    desk.speak("p1", "快点吧", 0.31, at=ago(40))
    desk.press("p1", "0", picked="人工客服", at=ago(38))
    desk.add_call("p2", "callback", tag="+1 202-555-0123", seconds=1_900, number="+12025550123", shown="+1 202-555-0123")
    desk.speak("p2", "I would like to change the address", 0.71, at=ago(1_800))
    recording = {"id": "v1", "name": "recording.wav", "mime": "audio/wav", "size_bytes": len(tone())}
    record = {
        "seconds": 212, "codec": "PCMA", "lost_packets": 12, "received_packets": 988, "jitter_ms": 7.4, "mos": 4.31, "way": ["zh-CN", "1"],
    }  # fmt: skip
    desk.add_call("p3", "ended", why="hung_up", recording=recording, is_proven=True, record=record)
    desk.speak("p3", "好的，谢谢", 0.88, at=ago(600))
    desk.say("p3", "system", "通话录音", parts=[{"type": "file", "file": recording, "caption": "通话录音"}], at=ago(590),
             why={"is_remark": True, "what": "call_recording"})  # fmt: skip
    desk.add_call("p4", "voicemail", seconds=5_400)
    voicemail = {"type": "file", "file": {**ref, "name": "voicemail.wav"}}
    said = {"type": "spoken", "text": "我是早上打电话的，请回电，谢谢", "confidence": 0.58, "audio": voicemail["file"]}
    desk.say("p4", "customer", "我是早上打电话的，请回电，谢谢", parts=[voicemail, said], at=ago(5_000))
    desk.add_call("p5", "talking", speaks="phone")
    desk.speak("p5", "喂", 0.5, at=ago(70))
    desk.add_call("p6", "ended", tag=None, number="", shown="", back={"may": False, "why": "number_withheld"}, why="hung_up")
    desk.press("p6", "1", picked="查询订单和物流", at=ago(50))
    desk.add_call("p7", "voicemail", state="closed", agent_id=None, agent_name=None, seconds=50_000)
    desk.speak("p7", "营业时间之外打的，请回电", 0.7, at=ago(49_000))
    desk.cases["p7"] = {
        "id": "k7", "number": "K-1007", "session_id": "p7", "channel": "hotline", "status": "open", "subject": "请回电",
        "reason": "closed_hours", "opened_at": ago(49_000), "resolved_at": None, "agent_id": None,
        "email": None, "phone": NUMBER, "version": 1,
    }  # fmt: skip
    desk.add_session("c1", "访客 4471")
    desk.say("c1", "customer", "在吗？")
    waiting = {"handoff_id": "hq", "session_id": "q1", "channel": "hotline", "queue": "default", "stage": "queued",
               "reason": "ivr_zero_out", "urgency": "normal", "kind": "", "area": "",
               "language": "zh-CN", "requested_at": ago(133), "waited_s": 133,
               "wish": "转人工", "agent_id": None, "expires_at": None, "due_at": None}  # fmt: skip
    line = {key: value for key, value in call_of("up").items() if key in LINE}
    back = {key: value for key, value in call_of("callback", seconds=2_000).items() if key in LINE}
    desk.queue = [
        {**waiting, "call": line},
        {**waiting, "handoff_id": "hr", "session_id": "q2", "wish": "发票开错了，请回电", "call": back},
    ]
    return desk

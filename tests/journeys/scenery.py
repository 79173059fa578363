"""A desk on a working day, for pictures and for what needs every state at once: people, replies, hours, health, an audit log."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.peers.desk_server import DeskServer, canned, listed, problem

Json = dict[str, Any]

LONG_NAME = "超长名称" * 12
AGENTS: list[tuple[str, str, str, str, str, list[str], list[str], int, int, float, bool]] = [
    ("a7", "desk07", "坐席 07", "admin", "available", ["default", "refunds"], ["zh", "en"], 4, 2, 0, False),
    ("a8", "desk08", "坐席 08", "supervisor", "busy", [], ["zh"], 6, 6, 20, False),
    ("a9", "desk09", "坐席 09", "agent", "wrap_up", ["refunds"], ["en"], 3, 0, 240, False),
    ("a10", "night10", "夜班坐席 10", "agent", "offline", ["default"], [], 4, 0, 9 * 3600, False),
    ("a11", "left11", "坐席 11", "agent", "offline", [], [], 4, 0, 40 * 86400, True),
]
WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday"]


def ago(seconds: float) -> str:
    """That long before now."""
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def account(
    agent_id: str, name: str, shown: str, role: str, status: str, queues: list[str], languages: list[str], capacity: int, held: int,
    seen_s: float, is_disabled: bool,
) -> Json:  # fmt: skip
    return {
        "id": agent_id, "name": name, "shown_name": shown, "role": role, "status": status, "status_since": ago(seen_s + 300),
        "queues": queues, "languages": languages, "capacity_units": capacity, "is_connected": seen_s < 60, "is_disabled": is_disabled,
        "held_units": held, "seen_at": ago(seen_s), "last_assigned_at": ago(seen_s + 60), "version": 3,
    }  # fmt: skip


def hours(name: str, queues: list[str], *, is_open: bool, source: str) -> Json:
    now = datetime.now(UTC)
    week = {day: ["09:00-12:00", "13:30-18:00"] for day in WEEK} | {"saturday": ["10:00-16:00"], "sunday": []}
    return {
        "name": name, "source": source, "version": 4 if source == "desk" else 0, "changed_at": ago(86400) if source == "desk" else None,
        "changed_by": "a7" if source == "desk" else None, "is_open": is_open, "queues": queues,
        "opens_at": None if is_open else (now + timedelta(hours=9)).isoformat(),
        "closes_at": (now + timedelta(hours=3)).isoformat() if is_open else None,
        "hours": {
            "timezone": "Asia/Shanghai", **week, "closed": ["2026-10-01", "2026-10-02", "2027-01-01"],
            "open": {"2026-10-10": ["09:00-18:00"], "2026-12-24": ["09:00-12:00"]},
        },
    }  # fmt: skip


REFUSED = {
    "ok": False, "why": "https://crm.example.com/frontdesk: connection refused", "ms": 5003.0,
    "todo": "see that the webhook's server runs, or set [channels.crm] webhook_url",
}  # fmt: skip
LINE = {"ok": True, "why": "sip:frontdesk@0.0.0.0:5060", "todo": "", "ms": 12.0}
TRUNK = {
    "success_at": ago(8), "behind_count": 0, "is_alarm": False, "trouble": "trunk_refused", "counts": {"taken": 41, "refused": 2, "now": 3},
}  # fmt: skip
ORIGINS = {"ok": True, "why": "origins: https://www.example.com", "todo": "", "ms": 0.1}
HEALTH: Json = {
    "checked_at": ago(12),
    "findings": [
        {"part": "knowledge", "ok": True, "why": "412 entries in 3 files", "todo": "", "ms": 81.2},
        {"part": "data_dir", "ok": True, "why": "118.4 GiB free", "todo": "", "ms": 0.6},
        {"part": "store", "ok": True, "why": "sqlite:///data/frontdesk.db, schema 4", "todo": "", "ms": 3.4},
        {"part": "bus", "ok": True, "why": "local", "todo": "", "ms": 0.2},
        {"part": "channel site", **ORIGINS},
        {"part": "channel crm", **REFUSED},
        {"part": "channel hotline", **LINE},
    ],
    "channels": [
        {"name": "site", "type": "webchat", **ORIGINS},
        {"name": "crm", "type": "api", **REFUSED},
        {"name": "hotline", "type": "phone", **LINE, "pulse": TRUNK},
    ],
}  # fmt: skip


def audit() -> list[Json]:
    rows: list[tuple[str, str, str, Json]] = [
        ("a7", "hours_changed", "office", {"version": 4}), ("a8", "login", "a8", {"address": "10.0.4.17"}),
        ("a7", "agent_changed", "a9", {"capacity_units": {"from": 4, "to": 3}}),
        ("unknown", "login_failed", "name:5f2c81", {"address": "203.0.113.9"}),
        ("system", "session_closed", "01JD6Q2W8V5N0S9K3M7T1X4Y6Z", {"reason": "expired"}), ("a8", "status", "a8", {"status": "busy"}),
        ("a7", "canned_reply_changed", "01JD6PZ3H2", {"shortcut": "refund", "is_shared": True}),
        ("a10", "logout", "a10", {"address": "10.0.4.21"}),
        ("command", "agent_added", "a11", {"role": "agent"}), ("a8", "session_accepted", "01JD6PX0C4", {"handoff": "01JD6PWZZZ"}),
        ("a9", "session_closed", "01JD6PW1B2", {"disposition": "resolved"}), ("a7", "password_set", "a10", {}),
    ]  # fmt: skip
    names = {agent[0]: agent[2] for agent in AGENTS}
    return [
        {"at": ago(400.0 * n + 35), "actor": actor, "actor_name": names.get(actor), "action": action, "subject": subject, "detail": detail}
        for n, (actor, action, subject, detail) in enumerate(rows)
    ]


def packet(**more: Any) -> Json:
    """The full context of a session that the bot gave away."""
    turns = [
        (1, "退款多久到账？", "answer", 0.93, "refund-time", "退款多久到账？"),
        (3, "我申请了五天还没收到", "clarify", 0.41, "refund-status", "怎么查退款进度"),
        (5, "我的退款申请了五天还没到，帮我查一下", "handoff", 0.22, "refund-status", "怎么查退款进度"),
    ]
    keys = ("seq", "question", "decision", "confidence", "entry", "title")
    return {
        "version": 2, "reason": "clarify_failed", "trigger": "怎么查退款进度 (22%)", "wish": "我的退款申请了五天还没到，帮我查一下",
        "summary": "想要：我的退款申请了五天还没到。", "language": "zh-CN", "seq": 5, "channel": "site", "channel_type": "webchat",
        "category": "payment", "urgency": "high", "kind": "complaint", "area": "退款售后", "sentiment": -0.5,
        "triage": {
            "kind": {"by": "learned", "p": 0.83}, "area": {"by": "configured", "words": "退款"},
            "urgency": {"by": "entry", "words": "refund-status"}, "sentiment": {"words": "还没"}, "queue": {"by": "area"},
            "priority": {"urgency": 15.0, "kind": 10.0},
        },
        "slots": {}, "bot_turns": [dict(zip(keys, turn, strict=True)) for turn in turns],
        "customer": {
            "name": "访客 4471", "email": "visitor4471@example.com", "phone": "13800000000", "is_vip": True, "language": "zh-CN",
            "identities": [{"kind": "visitor", "value": "01JD6Q2W8V5N0S9K3M7T1X4Y6Z", "verified_by": "token"}],
        },
        "earlier": [], "open_cases": [], "constraints": {}, "suggested": [], "comment": "", **more,
    }  # fmt: skip


class Scenery(DeskServer):
    """The scripted desk with an administrator at it."""

    def __init__(self) -> None:
        super().__init__()
        self.agents = [account(*agent) for agent in AGENTS]
        self.hours = [
            hours("office", ["售前咨询", "退款售后"], is_open=True, source="desk"), hours("night", [], is_open=False, source="file"),
        ]  # fmt: skip
        self.health = HEALTH
        self.audit = audit()
        self.whole: dict[str, Json] = {}
        self.cases: list[Json] = []
        self.others: list[Json] = []
        self.found: list[Json] = []
        self.is_logged_in = True
        self.replies = [
            canned(
                "r1", "refund", "退款到账时间", {
                    "zh-CN": "您好{customer}，退款会在 1–3 个工作日内原路退回。",
                    "zh-TW": "您好{customer}，退款會在 1–3 個工作天內原路退回。",
                    "en": "Hello {customer}, refunds arrive within 1–3 working days.",
                }, "退款",
            ),
            canned("r2", "invoice", "开发票", {"zh-CN": "请在订单页点“申请发票”，24 小时内发到您的邮箱。"}, "订单"),
            canned("r3", "hi", "问候", {"zh-CN": "您好，我是{agent}，很高兴为您服务。", "en": "Hello, this is {agent}."}, is_shared=False),
            canned("r4", "bye", "结束语", {"zh-CN": "感谢您的咨询，祝您生活愉快！"}, is_shared=False),
        ]  # fmt: skip

    async def _get(self, request: web.Request) -> web.Response:
        match request.match_info["what"]:
            case "me" if not self.is_logged_in:
                return problem(401, {"code": "login_required", "detail": "log in first"})
            case "sessions" if request.query.get("scope") == "all":
                return listed(self.others)
            case "search":
                return listed(self.found)
            case "agents":
                return listed(self.agents)
            case "hours":
                return listed(self.hours)
            case "health":
                return web.json_response(self.health)
            case "audit":
                return listed(self.audit)
            case "cases":
                return listed(self.cases)
            case _:
                return await super()._get(request)

    async def _whole(self, request: web.Request) -> web.Response:
        response = await super()._whole(request)
        more = self.whole.get(request.match_info["id"])
        if response.status != 200 or not more:
            return response
        return web.json_response({**json.loads(response.text or "{}"), **more})

    def add_customer(self) -> None:
        """A session with everything that can be known about it, and one that ended last week."""
        self.add_session("earlier-1", "访客 4471", state="closed", agent_id=None, disposition="resolved", close_reason="resolved")
        self.say("earlier-1", "customer", "怎么修改收货地址？")
        self.say("earlier-1", "bot", "发货前可以在 **订单详情** 里修改。")
        self.add_session(
            "full", "访客 4471", page="https://shop.example.com/orders/20261118-4471?from=mail", customer_read_seq=6, language="zh-CN"
        )
        for author, text in (
            ("customer", "退款多久到账？"), ("bot", "一般 **1–2 个工作日**内原路退款。"), ("customer", "我申请了五天还没收到"),
            ("bot", "您想问的是哪一个？"), ("customer", "我的退款申请了五天还没到，帮我查一下"),
            ("agent", "您好，我是坐席 07，马上帮您查。"),
        ):  # fmt: skip
            self.say("full", author, text, at=ago(130))
        self.packets["full"] = packet()
        self.whole["full"] = {
            "earlier": [
                {"id": "earlier-1", "opened_at": ago(7 * 86400), "summary": "怎么修改收货地址", "close_reason": "bot_resolved", "score": 5},
                {"id": "earlier-2", "opened_at": ago(30 * 86400), "summary": "resolved", "close_reason": "resolved", "score": None},
            ],
            "forms": [
                {
                    "kind": "prechat", "consent": "2026-09", "page": "/", "at": ago(600),
                    "fields": {"name": "访客 4471", "email": "visitor4471@example.com", "订单号": "20261118-4471"},
                },
            ],
            "rating": {"score": 4, "comment": "很快就查到了，谢谢", "at": ago(60)},
            "trace": [
                {"at": ago(300), "what": "queued", "handoff_id": "h1", "agent_id": None, "why": {"reason": "clarify_failed"}},
                {"at": ago(298), "what": "offered", "handoff_id": "h1", "agent_id": "a8", "why": {"rule": "least_loaded", "load": 0.25}},
                {"at": ago(268), "what": "timed_out", "handoff_id": "h1", "agent_id": "a8", "why": {}},
                {"at": ago(260), "what": "accepted", "handoff_id": "h1", "agent_id": "a7", "why": {"waited_s": 40}},
            ],
            "intervals": [
                {"state": "bot", "started_at": ago(600), "ended_at": ago(300), "queue": None, "agent_id": None},
                {"state": "queued", "started_at": ago(300), "ended_at": ago(260), "queue": "refunds", "agent_id": None},
            ],
        }  # fmt: skip

    def add_floor(self) -> None:
        """What else goes on: somebody is offered, others wait, a colleague is at work, cases are open, something was searched for."""
        for number, (session_id, name, words, state) in enumerate(
            (
                ("more-1", "访客 2208", "好的，那我再等等，谢谢！", "waiting_customer"),
                ("more-2", None, "可以开专用发票吗？", "active"),
                ("more-3", LONG_NAME, "🙏🙏", "on_hold"),
            )
        ):
            self.add_session(session_id, name, state=state)
            self.say(session_id, "customer", words, at=ago(600 - 100 * number))
        waiting = {"channel": "site", "queue": "default", "urgency": "normal", "language": "zh-CN", "agent_id": None, "expires_at": None}
        self.queue = [
            {
                **waiting, "handoff_id": f"w{number}", "session_id": f"wait-{number}", "stage": "queued", "reason": reason,
                "requested_at": ago(200 - 60 * number), "waited_s": 200, "wish": wish,
            }
            for number, (wish, reason) in enumerate(
                (
                    ("发票开错了，帮我转人工", "explicit_request"),
                    ("转人工，想改收货地址", "low_confidence"),
                    ("投诉" * 60, "negative_sentiment"),
                )
            )
        ]  # fmt: skip
        self.offers = [
            {
                "handoff_id": "o1", "session_id": "offer-1", "channel": "site", "queue": "refunds", "reason": "negative_sentiment",
                "language": "zh-CN", "offered_at": ago(5), "expires_at": ago(-900),
                "packet": packet(reason="negative_sentiment", trigger="太差劲", wish="你们太差劲了", customer={"name": "访客 9015"}),
            },
        ]  # fmt: skip
        self.others = [{**self.add_session("theirs", "访客 3307"), "agent_id": "a8", "agent_name": "坐席 08"}]
        self.sessions["theirs"] = self.others[0]
        self.cases = [
            {
                "id": "c1", "number": "K7Q3", "session_id": "earlier-1", "channel": "site", "status": "open", "subject": "夜里的留言",
                "reason": "closed_hours", "opened_at": ago(9 * 3600), "resolved_at": None, "agent_id": None,
                "email": "visitor4471@example.com", "phone": None, "version": 1, "queue": None,
            },
        ]  # fmt: skip
        closed = self.sessions["earlier-1"]
        self.found = [
            {"session": closed, "message": self.messages["earlier-1"][0], "snippet": "怎么修改收货地址？"},
            {"session": self.sessions["full"], "message": self.messages["full"][4], "snippet": "我的退款申请了五天还没到，帮我查一下"},
        ]

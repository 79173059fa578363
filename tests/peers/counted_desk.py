"""A scripted desk whose customers write on WeChat: what may still be sent, approved forms, other channels, files that are still coming."""

from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.peers.desk_server import DeskServer, listed

Json = dict[str, Any]

OA: Json = {
    "name": "oa", "type": "wechat", "text_max_bytes": 4096, "file_max_bytes": 1024 * 1024, "file_types": ["image/png", "image/jpeg"],
    "markdown": False, "typing": True, "read_marks": False, "is_counted": True, "notices": True,
}  # fmt: skip
FORMS: list[Json] = [
    {
        "name": "shipped", "title": "发货通知", "text": "您的订单已发货\n订单号：{{character_string1.DATA}}\n物流：{{thing2.DATA}}",
        "fields": [{"name": "character_string1", "max_chars": 32}, {"name": "thing2", "max_chars": 20}],
    },
    {"name": "repair", "title": "维修进度", "text": "维修进度：{{thing1.DATA}}", "fields": [{"name": "thing1", "max_chars": 20}]},
]  # fmt: skip


def ahead(seconds: float) -> str:
    """That long from now."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def window(left: int = 3, seconds: float = 40 * 3600 + 90, why: str = "") -> Json:
    return {"left": left, "reserve": 1, "until": ahead(seconds) if left else None, "why": why}


class CountedDesk(DeskServer):
    """One agent's desk with WeChat on it."""

    def __init__(self) -> None:
        super().__init__()
        self.channels.append(dict(OA))
        self.ways: list[Json] = []

    def add_follower(self, session_id: str = "s1", tag: str = "k3Xq", **told: Any) -> Json:
        """A customer on WeChat, who has written once."""
        session = self.add_session(session_id, channel="oa", customer_tag=tag)
        self.windows[session_id] = window(**told)
        self.say(session_id, "customer", "我的订单什么时候发货？", at=ahead(-60))
        return session

    def add_way(self, session_id: str = "web1", **more: Any) -> Json:
        """The same customer on the website."""
        way = {
            "channel": "site", "type": "webchat", "thread": "v1", "kind": "visitor", "tag": None, "verified_by": "scan",
            "customer_name": None, "last_customer_at": ahead(-3600), "window": None,
            "session": {"id": session_id, "state": "closed", "agent_name": None, "is_mine": False}, **more,
        }  # fmt: skip
        self.ways.append(way)
        return way

    async def become(self, session_id: str, seq: int, **fields: Any) -> None:
        """A message stands differently now: the page is told what a frame tells, and reads the rest."""
        message = self.messages[session_id][seq - 1]
        message.update(fields)
        session = self.sessions[session_id]
        frame = {"type": "message", "session_id": session_id, **{key: session[key] for key in ("version", "state", "agent_id", "queue")}}
        await self.tell({**frame, "fates": [{"seq": seq, "status": message["status"]}]})

    def more_routes(self) -> list[web.RouteDef]:
        session = "/desk/api/sessions/{id}"
        return [
            web.get(f"{session}/window", self._window),
            web.get(f"{session}/notices", self._notices),
            web.get(f"{session}/ways", self._ways),
            web.post(f"{session}/messages/{{seq}}/withdraw", self._withdraw),
            web.post(f"{session}/notice", self._notice),
            web.post(f"{session}/reach", self._reach),
        ]

    async def _window(self, request: web.Request) -> web.Response:
        return web.json_response({"window": self.windows.get(request.match_info["id"])})

    async def _notices(self, _request: web.Request) -> web.Response:
        return listed(FORMS)

    async def _ways(self, _request: web.Request) -> web.Response:
        return listed(self.ways)

    async def _withdraw(self, request: web.Request) -> web.Response:
        session_id, seq = request.match_info["id"], int(request.match_info["seq"])
        self.posted.append((f"withdraw/{seq}", {}))
        await self.become(session_id, seq, status="refused", trouble={"code": "withdrawn", "detail": "withdrawn by a7 (withdrawn)"})
        return web.json_response({})

    async def _notice(self, request: web.Request) -> web.Response:
        session_id, body = request.match_info["id"], await request.json()
        self.posted.append(("notice", body))
        form = next(one for one in FORMS if one["name"] == body["template"])
        text = form["text"]
        for name, value in body["values"].items():
            text = text.replace(f"{{{{{name}.DATA}}}}", value)
        part = {"type": "notice", "template": body["template"], "values": body["values"], "text": text}
        said = await self.hear(session_id, "agent", text, parts=[part], status="pending", cid=body["cid"], at=ahead(0))
        return web.json_response({"message": said})

    async def _reach(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.posted.append(("reach", body))
        session = self.add_session("web2", state="waiting_customer", handoff_id="h2")
        said = self.say("web2", "agent", body["text"], cid=body["cid"], at=ahead(0))
        return web.json_response({"session": session, "message": said})

"""What a scripted chat knows and does to a conversation: what goes wrong in it, its record, and who looks at it."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

AT = "2026-11-03T10:00:00Z"
CONFIG = {
    "name": "演示商店", "greeting": "您好！**有什么**可以帮您？", "locale": "zh-CN", "text_max_bytes": 4096,
    "file_max_bytes": 1024 * 1024, "file_types": ["image/png", "text/plain"],
}  # fmt: skip
FORM_REQUIRED = "请先填写上面的表单。"
PRECHAT: dict[str, Any] = {
    "kind": "prechat",
    "consent": {"version": "2026-11", "text": "我同意按隐私政策处理我的信息。", "url": "https://www.example.com/privacy"},
    "fields": [
        {"name": "name", "label": "姓名", "type": "text", "required": False},
        {"name": "email", "label": "邮箱", "type": "email", "required": True},
        {"name": "order_no", "label": "订单号", "type": "text", "required": False},
    ],
}
"""A form that a site asks before the first message."""
OFFLINE: dict[str, Any] = {**PRECHAT, "kind": "offline", "consent": None}
"""The form of a site that is closed."""
OPEN = {"open": True, "opens_at": None, "closes_at": "2026-11-03T18:00:00+08:00"}
CLOSED = {"open": False, "opens_at": "2026-11-04T09:00:00+08:00", "closes_at": None}
Json = dict[str, Any]
POLLED = ("typing", "read", "survey", "filled")
"""The frames besides messages that a poll hands out."""
POSTED = ("typing", "read", "rate", "end", "form")
"""The frames that `POST .../frames` takes."""


@dataclass
class Script:
    """What goes wrong, counted down; nothing does by default."""

    refuses_sockets: bool = False
    drops_before_ack: int = 0
    """Messages taken durably whose socket is cut before the ack."""
    drops_before_taking: int = 0
    """Messages lost together with their socket."""
    skips_frames: int = 0
    """Messages of the bot that are on record but never sent."""
    is_mute: bool = False
    """Takes messages but does not answer them."""
    refusal: Json | None = None
    """The error for the next message or form."""
    form: Json | None = None
    """`config.form` of the welcome until it is filled in; a message before that is refused where it requires anything."""
    hours: Json | None = None
    """`config.hours` of the welcome."""
    clock: str | None = None
    """`at` of the welcome: the gateway's time."""


@dataclass
class Conversation:
    """One visitor's record, and who looks at it."""

    token: str
    messages: list[Json] = field(default_factory=list)
    sockets: set[web.WebSocketResponse] = field(default_factory=set)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    received: list[Json] = field(default_factory=list)
    """Every frame of the client's, in order; those over HTTP too."""
    filled: list[Json] = field(default_factory=list)
    """The forms that were filled in."""
    frames: list[Json] = field(default_factory=list)
    """What was shown besides messages: a poll hands out what stands behind its `mark`."""

    def add(self, author: str, text: str, **more: Any) -> Json:
        seq = len(self.messages) + 1
        message = {"type": "message", "seq": seq, "id": f"m{seq}", "author": author, "text": text, "at": AT, "session": "s1", **more}
        self.messages.append(message)
        self.news.set()
        self.news = asyncio.Event()
        return message

    async def show(self, frame: Json) -> None:
        if frame["type"] in POLLED:
            self.frames.append(frame)
            self.news.set()
            self.news = asyncio.Event()
        for socket in [socket for socket in self.sockets if not is_cut(socket)]:
            await socket.send_str(json.dumps(frame))


def form_faults(form: Json, frame: Json) -> list[str]:
    """What a real server would refuse in a filled form."""
    known = {one["name"] for one in form["fields"]}
    filled = frame.get("fields", {})
    consent = form.get("consent")
    return [
        *(f"form without {key}" for key in ("cid", "kind") if not frame.get(key)),
        *([f"form of kind {frame['kind']}"] if frame.get("kind") != form["kind"] else []),
        *(f"form with an unknown field {name}" for name in filled if name not in known),
        *(f"form without {one['name']}" for one in form["fields"] if one["required"] and not str(filled.get(one["name"], "")).strip()),
        *(["form without the consent that was shown"] if consent and frame.get("consent") != consent["version"] else []),
    ]


def is_cut(ws: web.WebSocketResponse) -> bool:
    request = ws._req
    return request is None or request.transport is None or request.transport.is_closing()


def cut(ws: web.WebSocketResponse) -> None:
    """End the connection without a word."""
    request = ws._req
    if request is not None and request.transport is not None:
        request.transport.abort()

"""The scripted desk with a mailbox: mails of every kind, opened and answered as `docs/desk-api.md` says."""

import struct
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from gateway.web.desk_letters import page_headers, page_of
from tests.peers.desk_server import ME, DeskServer, problem

Json = dict[str, Any]

MAILBOX = {
    "name": "mail", "type": "email", "text_max_bytes": 32_768, "file_max_bytes": 20 * 1024 * 1024,
    "file_types": ["image/png", "image/jpeg", "application/pdf", "text/plain"], "markdown": True, "typing": False, "read_marks": False,
    "letters": True,
}  # fmt: skip
CUSTOMER = "客户甲 <customer@example.net>"
LOOK = (
    "<div style='max-width:600px;margin:auto;border:1px solid #ddd;border-radius:8px;overflow:hidden'>"
    "<div style='background:#0b6;padding:16px;color:#fff;font-size:20px'>订单通知</div>"
    "<div style='padding:16px'><p>您好，<b>订单 20261118-4471</b> 已退货验收。</p>"
    "<table border='1' cellpadding='6'><tr><td>商品</td><td>山径背包</td></tr><tr><td>金额</td><td>¥ 399</td></tr></table>"
    "<p><a href='https://www.example.com/orders'>查看订单</a></p></div></div>"
)
OPENED: Json = {
    "headers": [
        {"name": "From", "value": CUSTOMER}, {"name": "To", "value": "support@shop.example"}, {"name": "Cc", "value": "li@example.net"},
        {"name": "Date", "value": "Mon, 16 Nov 2026 17:02:11 +0800"}, {"name": "Subject", "value": "退款什么时候到账"},
        {"name": "Authentication-Results", "value": "mx.shop.example; dmarc=none; spf=softfail"},
    ],
    "text": "您好", "quoted": "在 2026年11月15日，客服写道：\n> 您的退货已经验收，\n> 退款会在 3 个工作日内到账。",
    "signature": "--\n客户甲\n发自我的 iPhone", "has_look": True, "has_remote": True, "trouble": "",
    "enclosed": [
        {"place": 3, "name": "setup.exe", "mime": "application/octet-stream", "size_bytes": 90_000, "is_inline": False,
         "is_held_back": True},
        {"place": 4, "name": "截图.png", "mime": "image/png", "size_bytes": 4_000, "is_inline": True, "is_held_back": False},
    ],
}  # fmt: skip
WORDS = (
    "您好：\n\n我 11 月 9 日退的背包（订单 20261118-4471）已经签收一周了，退款还没有收到。\n\n麻烦查一下：\n"
    "1. 退款是不是已经发出？\n2. 退到哪一张卡？见 https://www.example.com/orders/20261118-4471\n\n随信附上退货单和截图。谢谢！"
)


def later(minutes: float) -> str:
    """That long from now; negative: before."""
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


class MailDesk(DeskServer):
    """One agent's desk with mails on it."""

    def __init__(self) -> None:
        super().__init__()
        self.channels.append(dict(MAILBOX))
        self.opened: dict[tuple[str, int], Json] = {}
        self.asked: list[str] = []
        """What was asked of letters, without the sessions' part of the path."""

    def add_mail(self, session_id: str, name: str | None = "客户甲", *, subject: str = "退款什么时候到账", **more: Any) -> Json:
        """A mail conversation of mine, without messages."""
        address = more.pop("address", "customer@example.net")
        self.headings[session_id] = {
            "to": [{"name": name or "", "address": address}],
            "cc": [{"name": "", "address": "colleague@example.net"}], "subject": f"Re: {subject}",
        }  # fmt: skip
        fields = {"channel": "mail", "subject": subject, "customer_tag": address, "due_at": later(200), "is_doubtful": False} | more
        return self.add_session(session_id, name, **fields)

    def write(
        self, session_id: str, words: str = WORDS, *, opened: Json | None = None, files: list[Json] | None = None, **head: Any
    ) -> Json:
        """A mail of the customer's."""
        subject = head.pop("subject", self.sessions[session_id]["subject"])
        at = head.pop("at", later(-90))
        letter = {
            "type": "letter", "subject": subject, "sender": CUSTOMER, "to": ["support@shop.example"], "date": at, "proof": "dmarc",
            "has_more": True, **head,
        }  # fmt: skip
        message = self.say(session_id, "customer", words, at=at, parts=[letter, {"type": "text", "text": words}, *(files or [])])
        self.opened[session_id, message["seq"]] = opened or OPENED
        return message

    def answer(self, session_id: str, words: str, *, cc: tuple[str, ...] = ("colleague@example.net",), **more: Any) -> Json:
        """A mail of an agent's."""
        letter = {"type": "letter", "subject": f"Re: {self.sessions[session_id]['subject']}", "cc": list(cc)}
        parts = [letter, {"type": "text", "text": words, "markdown": True}]
        return self.say(session_id, "agent", words, parts=parts, at=more.pop("at", later(-60)), **more)

    def more_routes(self) -> list[web.RouteDef]:
        one = "/desk/api/sessions/{id}/letters/{seq}"
        return [web.get(one, self._letter), web.get(f"{one}/page", self._look), web.get(f"{one}/enclosed/{{place}}", self._enclosed)]

    async def _letter(self, request: web.Request) -> web.Response:
        self.asked.append("letter")
        found = self.opened.get((request.match_info["id"], int(request.match_info["seq"])))
        if found is None:
            return problem(409, {"code": "letter_gone", "detail": "the mail itself is kept no more"})
        return web.json_response({"letter": found})

    async def _look(self, request: web.Request) -> web.Response:
        self.asked.append(f"page {request.query_string}".strip())
        with_remote = request.query.get("remote") == "1"
        return web.Response(text=page_of(LOOK), content_type="text/html", headers=page_headers(with_remote=with_remote))

    async def _enclosed(self, request: web.Request) -> web.Response:
        return web.Response(body=request.match_info["place"].encode(), content_type="text/plain")


def drawn(width: int = 320, height: int = 240) -> bytes:
    """A picture of a page with some lines on it, as PNG."""
    ink, paper = bytes((196, 203, 226)), bytes((246, 247, 249))
    lines = [b"\0" + b"".join(ink if y % 40 > 26 and x % 110 > 14 else paper for x in range(width)) for y in range(height)]
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(b"".join(lines))) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def full(desk: MailDesk) -> MailDesk:
    """A desk with every kind of mail on it, for people to look at."""
    desk.add_mail("m1", due_at=later(200), is_doubtful=True)
    png: Json = {"id": "f1", "name": "物流截图.png", "mime": "image/png", "size_bytes": 120_000}
    pdf: Json = {"id": "f2", "name": "退货单 20261118-4471（盖章版）.pdf", "mime": "application/pdf", "size_bytes": 348_160}
    files: list[Json] = [
        {"type": "file", "file": png, "caption": ""}, {"type": "file", "file": pdf, "caption": ""},
        {"type": "arriving", "kind": "file", "name": "setup.exe", "failure": "held_back"},
    ]  # fmt: skip
    desk.files |= {"f1": (png, drawn()), "f2": (pdf, b"%PDF-")}
    desk.write("m1", files=files, proof="none", cc=["同事甲 <colleague@example.net>", "财务 <finance@example.net>"], at=later(-300))
    desk.say("m1", "bot", "退款在验收后 **3 个工作日**内原路退回。\n\n没有解决？直接回复本邮件，就会有人工客服接着处理。", at=later(-299))
    desk.write("m1", "转人工，已经过了 3 个工作日。", proof="none", has_more=False, at=later(-120))
    desk.answer(
        "m1", "客户甲，您好：\n\n查到了，退款 **11 月 15 日**已原路发出：\n\n- 金额：¥ 399\n- 卡号尾号：4471\n\n祝好", at=later(-60)
    )
    desk.answer("m1", "补充一下，回单见附件。", cc=(), at=later(-20), status="failed",
                trouble={"code": "", "detail": "customer@example.net 5.1.1 user unknown in virtual mailbox table"})  # fmt: skip
    desk.write("m1", "我不在办公室，周一回来。", subject="自动回复：退款什么时候到账", automatic="auto_submitted", at=later(-19))
    desk.add_mail(
        "m2",
        None,
        subject="Invoice for order 4472, and a very long subject that does not fit",
        due_at=later(-35),
        address="ann@example.org",
    )
    desk.write("m2", "Hello,\n\ncould you send me the invoice?\n\nThanks", sender="ann@example.org", has_more=False)
    desk.add_mail("m3", "陈先生", subject="合作咨询", due_at=None, state="waiting_customer")
    desk.write("m3", "想了解一下合作。")
    desk.answer(
        "m3",
        "好的，资料稍后发出。",
        status="pending",
        trouble={"code": "greylisted", "detail": "part 1 of 1: 451 4.7.1 come back", "until": later(9)},
    )
    desk.add_mail("m4", "周先生", subject="退款什么时候到账", due_at=later(30), is_doubtful=True)
    desk.besides["m4"] = {"session_id": "m1", "customer_name": "客户甲", "subject": "退款什么时候到账"}
    desk.write("m4", "我也想知道退款的进度。" + "\n很长的一行。" * 60, sender="周先生 <zhou@example.com>", proof="failed")
    desk.add_session("c1", "访客 4471")
    desk.say("c1", "customer", "在吗？")
    assert ME["id"] == "a7"
    return desk

"""The knowledge base of the scripted desk: entries, drafts, revisions and a bot that thinks what it is told to think.

It answers as `docs/desk-api.md` says, in memory; what goes wrong, and how long it takes, is in `script`.
"""

import asyncio
import copy
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.peers.desk_server import ME, DeskServer, at, problem

Json = dict[str, Any]
API = "/desk/api/knowledge"


@dataclass
class KnowledgeScript:
    """What goes wrong, or waits; nothing does by default."""

    refusals: list[tuple[str, int, Json]] = field(default_factory=list)
    """(what, status, problem): the next request of this kind (`list`, `entry`, `put`, `add`, `try`, `check`, `publish`) gets it."""
    delay_s: float = 0.0
    build_s: float = 0.05
    is_build_failing: bool = False
    preparing_count: int = 0
    """So many tries find the bot of the drafts not ready yet."""
    is_locked: bool = False
    is_file_changed: bool = False


class KnowledgeServer(DeskServer):
    """A desk with a knowledge base."""

    def __init__(self) -> None:
        super().__init__()
        self.kb = KnowledgeScript()
        self.live: dict[str, Json] = {}
        self.drafts: dict[str, Json | None] = {}
        self.findings: list[Json] = []
        self.suggestions: list[Json] = []
        self.tried: Json = {}
        """What the bot says to every question, over what is made up."""
        self.revisions: list[Json] = []
        self.states: list[dict[str, Json]] = []
        self.building = False
        self.failed = ""
        self.changed: list[tuple[str, Json]] = []
        """Every change: (what, body)."""

    def more_routes(self) -> list[web.RouteDef]:
        return [
            web.get(API, self._list),
            web.get(f"{API}/check", self._check),
            web.get(f"{API}/revisions", self._revisions),
            web.get(f"{API}/suggestions", self._suggestions),
            web.get(f"{API}/entries/{{id}}", self._entry),
            web.put(f"{API}/entries/{{id}}", self._put),
            web.delete(f"{API}/entries/{{id}}", self._drop),
            web.post(f"{API}/entries/{{id}}/discard", self._discard),
            web.post(f"{API}/entries/{{id}}/questions", self._add),
            web.post(f"{API}/labels", self._label),
            web.post(f"{API}/try", self._try),
            web.post(f"{API}/publish", self._publish),
            web.post(f"{API}/revisions/{{number}}/restore", self._restore),
        ]

    # ---- what there is ---------------------------------------------------------------------------------------------------------

    @property
    def revision(self) -> int:
        return int(self.revisions[0]["number"]) if self.revisions else 0

    def entry_of(self, entry_id: str) -> Json | None:
        return self.drafts[entry_id] if entry_id in self.drafts else self.live.get(entry_id)

    def state_of(self, entry_id: str) -> str:
        if entry_id not in self.drafts:
            return "live"
        return "dropped" if self.drafts[entry_id] is None else "changed" if entry_id in self.live else "new"

    def version_of(self, entry_id: str) -> int:
        """A number made from the content; 0: there is no such entry."""
        if entry_id not in self.live and entry_id not in self.drafts:
            return 0
        content = json.dumps([self.drafts.get(entry_id, "none"), self.live.get(entry_id)], sort_keys=True)
        return int(hashlib.sha256(content.encode()).hexdigest()[:8], 16) + 1

    def revise(self, comment: str = "", restored_from: int | None = None) -> Json:
        """What is live now becomes a revision."""
        number = self.revision + 1
        self.states.append(copy.deepcopy(self.live))
        one = {
            "number": number, "at": at(60.0 * number), "by": ME["id"], "by_name": ME["shown_name"], "comment": comment,
            "entry_count": len(self.live), "restored_from": restored_from, "state": "live",
        }  # fmt: skip
        self.revisions.insert(0, one)
        return one

    def _item(self, entry_id: str) -> Json:
        entry = self.entry_of(entry_id) or self.live[entry_id]
        return {
            "id": entry_id, "title": entry["questions"][0], "question_count": len(entry["questions"]),
            "languages": list(entry.get("answer", {})), "category": entry.get("category"), "risk": entry.get("risk", "normal"),
            "urgency": entry.get("urgency", "normal"), "valid": entry.get("valid"), "state": self.state_of(entry_id),
            "updated_at": at(0) if entry_id in self.drafts else None, "updated_by": ME["id"] if entry_id in self.drafts else None,
            "version": self.version_of(entry_id),
        }  # fmt: skip

    def _stands(self, entry_id: str) -> Json:
        if not self.version_of(entry_id):
            return {"entry": None, "live": None, "version": 0, "findings": []}
        return {**self._item(entry_id), "entry": self.entry_of(entry_id), "live": self.live.get(entry_id), "findings": []}

    def _ids(self) -> Iterator[str]:
        yield from (entry_id for entry_id in self.drafts if entry_id not in self.live)
        yield from self.live

    def _facts(self) -> Json:
        rights = {"edit": not self.kb.is_locked, "publish": not self.kb.is_locked and ME["role"] != "agent"}
        return {
            "revision": self.revision, "draft_count": len(self.drafts), "mark": len(self.changed), "building": self.building,
            "failed": self.failed, "file_changed": self.kb.is_file_changed, "can": rights,
            "categories": sorted({one["category"] for one in self.live.values() if one.get("category")}),
        }  # fmt: skip

    # ---- reading ---------------------------------------------------------------------------------------------------------------

    async def _refused(self, what: str) -> web.Response | None:
        await asyncio.sleep(self.kb.delay_s)
        for refusal in self.kb.refusals:
            if refusal[0] == what:
                self.kb.refusals.remove(refusal)
                return problem(refusal[1], refusal[2])
        return None

    async def _list(self, request: web.Request) -> web.Response:
        if refused := await self._refused("list"):
            return refused
        query = request.query
        limit, start = int(query.get("limit", 50)), int(query.get("after") or 0)
        wanted = [one for one in self._ids() if self._is_wanted(one, query)]
        following = str(start + limit) if start + limit < len(wanted) else None
        return web.json_response(
            {"items": [self._item(one) for one in wanted[start : start + limit]], "next": following, "total": len(wanted), **self._facts()}
        )

    def _is_wanted(self, entry_id: str, query: Mapping[str, str]) -> bool:
        state, asked = self.state_of(entry_id), query.get("state", "")
        if asked and asked != state and (asked != "draft" or state == "live"):
            return False
        entry = self.entry_of(entry_id) or self.live[entry_id]
        is_there = query.get("category") in {None, entry.get("category")} and query.get("language") in {None, *entry.get("answer", {})}
        words = query.get("q", "").lower().split()
        return is_there and (not words or all(word in json.dumps(entry, ensure_ascii=False).lower() for word in words))

    async def _entry(self, request: web.Request) -> web.Response:
        if refused := await self._refused("entry"):
            return refused
        if not self.version_of(request.match_info["id"]):
            return problem(404, {"code": "not_found", "detail": "no such entry"})
        return web.json_response(self._stands(request.match_info["id"]))

    async def _check(self, request: web.Request) -> web.Response:
        found: Json = {"items": self.findings, "next": None, "total": len(self.findings), "counts": {}}
        return await self._refused("check") or web.json_response(found)

    async def _suggestions(self, request: web.Request) -> web.Response:
        return await self._refused("suggestions") or web.json_response({"items": self.suggestions, "next": None})

    async def _revisions(self, request: web.Request) -> web.Response:
        return web.json_response({"items": self.revisions, "next": None})

    # ---- changing --------------------------------------------------------------------------------------------------------------

    async def _keep(self, entry_id: str, entry: Json | None) -> web.Response:
        """A draft, or none where it is what is live."""
        is_idle = entry == self.live.get(entry_id)
        if is_idle:
            self.drafts.pop(entry_id, None)
        else:
            self.drafts[entry_id] = entry
        await self.tell({"type": "knowledge", "revision": self.revision, "draft_count": len(self.drafts)})
        return web.json_response(self._stands(entry_id))

    def _is_stale(self, entry_id: str, version: int) -> bool:
        return version != self.version_of(entry_id)

    async def _put(self, request: web.Request) -> web.Response:
        entry_id, body = request.match_info["id"], await request.json()
        if refused := await self._refused("put"):
            return refused
        if self._is_stale(entry_id, body["version"]):
            return problem(409, {"code": "stale", "detail": "somebody else was faster"})
        self.changed.append((f"put {entry_id}", body))
        return await self._keep(entry_id, body["entry"])

    async def _drop(self, request: web.Request) -> web.Response:
        entry_id = request.match_info["id"]
        self.changed.append((f"drop {entry_id}", {}))
        return await self._keep(entry_id, None)

    async def _discard(self, request: web.Request) -> web.Response:
        entry_id = request.match_info["id"]
        self.changed.append((f"discard {entry_id}", {}))
        return await self._keep(entry_id, self.live.get(entry_id))

    async def _add(self, request: web.Request) -> web.Response:
        entry_id, body = request.match_info["id"], await request.json()
        if refused := await self._refused("add"):
            return refused
        entry = copy.deepcopy(self.entry_of(entry_id))
        if entry is None:
            return problem(404, {"code": "not_found", "detail": "no such entry"})
        entry.setdefault("not_questions" if body.get("is_not") else "questions", []).append(body["text"])
        self.changed.append((f"add {entry_id}", body))
        return await self._keep(entry_id, entry)

    async def _label(self, request: web.Request) -> web.Response:
        self.changed.append(("label", await request.json()))
        return web.json_response({"label": {}}, status=201)

    async def _try(self, request: web.Request) -> web.Response:
        body = await request.json()
        if refused := await self._refused("try"):
            return refused
        if self.kb.preparing_count:
            self.kb.preparing_count -= 1
            return web.json_response({"state": "building"}, status=202)
        best = next(iter(self.live), None)
        made: Json = {"decision": "handoff", "entry": best, "confidence": 0.0, "said": "", "candidates": [], "language": "zh-CN"}
        return web.json_response({**made, **self.tried, "revision": self.revision, "text": body["text"]} | self.tried)

    async def _publish(self, request: web.Request) -> web.Response:
        body = await request.json()
        if refused := await self._refused("publish"):
            return refused
        if body["base"] != self.revision:
            return problem(409, {"code": "stale", "detail": "somebody else has published"})
        self.changed.append(("publish", body))
        if not self.revisions:
            self.revise("")
            self.revisions[0].update(number=0, comment="")
        self.live = {one: entry for one in [*self.live, *self.drafts] if (entry := self.entry_of(one)) is not None}
        self.drafts = {}
        return await self._build(body["comment"], None)

    async def _restore(self, request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        self.changed.append((f"restore {number}", await request.json()))
        numbers = [one["number"] for one in reversed(self.revisions)]
        self.live = copy.deepcopy(self.states[numbers.index(number)])
        return await self._build("", number)

    async def _build(self, comment: str, restored_from: int | None) -> web.Response:
        one = self.revise(comment, restored_from)
        self.building, self.failed = True, ""
        await self.tell({"type": "knowledge", "revision": one["number"], "state": "building", "draft_count": len(self.drafts)})
        self._task = asyncio.create_task(self._built(one["number"]))
        return web.json_response({"revision": one["number"], "state": "building"}, status=202)

    async def _built(self, number: int) -> None:
        await asyncio.sleep(self.kb.build_s)
        self.building, self.failed = False, "memory" if self.kb.is_build_failing else ""
        state = "failed" if self.failed else "live"
        await self.tell({"type": "knowledge", "revision": number, "state": state, "draft_count": len(self.drafts), "detail": self.failed})


def shop(server: KnowledgeServer) -> None:
    """A small shop's knowledge base, with drafts of every kind, findings and suggestions."""
    for number, (title, category) in enumerate(TITLES):
        entry_id = f"e{number}"
        questions = [title, f"请问{title}", f"我想知道{title}"][: 1 + number % 3]
        server.live[entry_id] = {
            "id": entry_id,
            "questions": questions,
            "answer": {"zh": f"{title}：见 **帮助中心**。"},
            "category": category,
        }
    server.live["e0"] |= {"questions": REFUND, "answer": {"zh": REFUND_ZH, "en": "Refunds reach you within **3 working days**."}}
    server.drafts = {
        "e1": {**server.live["e1"], "questions": [*server.live["e1"]["questions"], "能开专票吗"]},
        "n1": {"id": "n1", "questions": ["可以改收货地址吗？", "地址写错了怎么办"], "answer": {"zh": "发货前可以在订单里修改。"}},
        "e5": None,
    }
    server.findings = [
        finding("near_question", ["e0", "e2"], REFUND[1], "warn", other="退货运费谁出"),
        finding("few_questions", ["n1"], "", "hint", count="2", tag="zh", wanted="3"),
        finding("ended", ["e3"], "", "warn", date="2026-11-12"),
    ]
    server.suggestions = [
        suggestion("发票丢了能补开吗", ["发票找不到了", "电子发票再发我一次"], 7, "可以的，我们给您重新发送电子发票。", None),
        suggestion("钱什么时候退给我", ["退的钱几号到"], 4, "", ("e0", REFUND[0])),
    ]
    server.tried = {
        "decision": "answer", "entry": "e0", "confidence": 0.91, "language": "zh-CN", "said": REFUND_ZH, "answers_from": 0.84,
        "clarifies_from": 0.45, "guards": [], "segments": ["钱几天退回来"], "detail": {"risk": "normal"},
        "candidates": [
            candidate("e0", REFUND[0], 0.91, REFUND[1], {"meaning": 0.88, "meaning_all": 0.81, "gram": 0.61, "letters": 0.5, "word": 0.42,
                "classified": 0.93, "classified_gap": 0.71, "meaning_gap": 0.24, "gram_gap": -0.04, "unknown_words": 0.12, "length": 2.1}),
            candidate("e2", TITLES[2][0], 0.05, f"{TITLES[2][0]}怎么办", {"meaning": 0.64, "gram": 0.65, "classified": 0.22}, "negation"),
            candidate("e4", TITLES[4][0], 0.01, TITLES[4][0], {"meaning": 0.21, "classified_gap": -0.71}),
        ],
    }  # fmt: skip
    server.revise("第一次发布")
    server.revise("双十一的退款时效")


def candidate(entry_id: str, title: str, confidence: float, question: str, features: dict[str, float], *guards: str) -> Json:
    """An entry that may be meant, as the bot weighs it."""
    return {
        "entry": entry_id, "title": title, "confidence": confidence, "answers_from": 0.84, "question": question, "features": features,
        "guards": list(guards), "is_exact": False, "read_as": "",
    }  # fmt: skip


def finding(code: str, entries: list[str], question: str, severity: str, **values: str) -> Json:
    """Something found, as the checker says it."""
    return {
        "code": code,
        "entries": entries,
        "question": question,
        "detail": values.get("other", ""),
        "severity": severity,
        "values": values,
    }


def suggestion(question: str, questions: list[str], count: int, answer: str, near: tuple[str, str] | None) -> Json:
    """A group of questions that went to people."""
    return {
        "id": question, "question": question, "questions": [question, *questions], "count": count, "session_count": count, "sessions": [],
        "reasons": {"low_confidence": count}, "answers": [{"text": answer, "count": 1}] if answer else [],
        "near": near and {"entry": near[0], "title": near[1], "similarity": 0.8, "is_variant": True},
    }  # fmt: skip


REFUND = ["退款多久到账？", "退款几天能到", "how long does a refund take", "申请了退款什么时候能收到钱"]
REFUND_ZH = "退款一般 **3 个工作日**内原路退回：\n\n- 微信、支付宝：当天\n- 银行卡：1–3 个工作日"
TITLES = (
    ("退款多久到账？", "退款"), ("怎么开发票？", "发票"), ("退货运费谁出？", "退款"), ("双十一优惠什么时候结束？", "活动"),
    ("订单能取消吗？", "订单"), ("旧版会员积分怎么换？", "会员"), ("多久发货？", "物流"), ("发什么快递？", "物流"),
    ("可以货到付款吗？", "支付"), ("支持分期吗？", "支付"), ("怎么修改密码？", "账号"), ("商品有质量问题怎么办？", "售后"),
    ("你们的营业时间是几点？", "门店"), ("海外可以配送吗？", "物流"),
)  # fmt: skip

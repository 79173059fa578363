"""The desk says what its catalogue holds, and the catalogue holds what the desk says."""

import re
from pathlib import Path

from adapters.shared.wechat.codes import CODES
from adapters.wecom_kf.rules import FAIL_WORDS, KEPT_FAILURES
from bot.entries import Risk
from bot.features import FEATURES
from bot.linting import SEVERITIES
from bot.triage import By
from config.texts import load_texts
from config.triage import KINDS
from gateway.core.contact import Proof
from gateway.core.decision import Kind
from gateway.core.events import CallStage
from gateway.core.handoff import AgentStatus, CaseStatus, Failure, Reason, Role, Urgency
from gateway.core.session import CloseReason, State
from handoff.audited import Action
from handoff.conversations import DISPOSITIONS
from handoff.picking import Wait

STATIC = Path(__file__).parents[3] / "handoff" / "static"
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in sorted(STATIC.rglob("*.js")))
KEYS = {key.removeprefix("desk.") for key in load_texts()["en"] if key.startswith("desk.")}
HEADERS = ("from", "sender", "reply_to", "to", "cc", "date", "subject", "authentication_results", "list_id", "auto_submitted")
PROOFS = ("dmarc", "dkim", "none", "failed")
GATE = ("null_sender", "auto_submitted", "bulk", "list", "report", "daemon", "own", "loop", "suppressed", "subject", "noreply", "no_sender")
"""Why a mail is taken for a program's."""
PAGES = ("knowledge", "replies", "hours", "health", "agents", "audit")
SHUT = ("out_of_window", "out_of_count", "unreachable", "no_api")
"""Why a channel that counts lets nothing through."""
TOLD = ("withdrawn", "not_back", "reserved", *SHUT, "user_block", "system_failed")
"""Why a message did not arrive, besides the vendors' numbers."""
CALLED = (
    "hung_up", "by_agent", "by_us", "transferred", "silent", "lost", "failed", "limit",
    "busy", "no_answer", "refused", "unreachable", "no_phone", "broke", "forbidden",
)  # fmt: skip
"""Why a call stands as it does: what `Called.why` may say."""
FAMILIES = {
    "status": AgentStatus, "state": State, "reason": Reason, "close": CloseReason, "case.status": CaseStatus, "failure": Failure,
    "disposition": DISPOSITIONS, "wait": Wait,
    "fate": (
        "delayed", "bounced", "sending", "kept", "waits",
        "withdrawn", "silenced", "failed", "refused", "uncertain", "pending", "sent", "delivered", "read",
    ),
    "now": ("uncertain", "failed"),
    "code": (*TOLD, *(f"fail_type_{n}" for n in FAIL_WORDS if n not in KEPT_FAILURES)),
    "window.why": (*SHUT, "other"),
    "customer": ("wechat", "wecom_kf", "email", "phone"), "call.stage": CallStage, "call.mark": CallStage, "call.why": CALLED,
    "call.say": ("ringing", "calling", "held", "paused", "missed", "callback", "voicemail", "away"),
    "call.level": ("low", "medium", "high"),
    "call.fact": ("seconds", "mos", "codec", "loss", "jitter_ms", "round_trip_ms", "turns", "way"),
    "health.trouble": (
        "unreachable", "refused", "forbidden", "starting", "elsewhere", "stopped", "trunk_refused", "trunk_unreachable",
    ),
    "call.way": ("aloud", "talks", "rings", "held", "paused", "calling", "parted", "nobody"),
    "arriving": ("image", "voice", "video", "file"), "arriving.why": ("expired", "too_large", "refused_type", "unreachable", "gone"),
    "action": ("hold", "resume", "takeover", "transfer", "return_to_bot", "close"),
    "menu": PAGES,
    "role": Role, "theme": ("auto", "light", "dark"), "density": ("cozy", "compact"), "password": ("old", "new", "again"),
    "group": ("recent", "conversation", "sessions", "queue", "replies", "status", "pages", "view", "search"),
    "settings": ("sound", "notifications", "isWishNotified", "shortcuts"), "settings.notifications": ("say", "denied", "unsupported"),
    "settings.sound": ("say",), "settings.isWishNotified": ("say",), "settings.shortcuts": ("say",), "palette": ("status",),
    "about": (
        "doubt", "caller", "case", "want", "why", "who", "tried", "may", "learned", "forms", "rating", "open_cases", "earlier", "call",
        "trace", "times",
    ),
    "lead": PAGES, "role_may": Role, "audit": Action, "actor": ("system", "command", "customer", "unknown"),
    "replies": ("all", "shared", "mine"),
    "audit.group": ("logins", "accounts", "work", "settings", "knowledge", "system"),
    "part": ("knowledge", "data_dir", "store", "bus", "hours"),
    "variable": ("customer", "agent", "company", "case", "date"),
    "knowledge": ("suggestions", "check", "history"), "knowledge.state": ("new", "changed", "dropped"),
    "knowledge.show": ("all", "draft", "wrong"), "knowledge.changes": ("new", "changed", "dropped"), "knowledge.try": ("draft", "live"),
    "knowledge.risk": Risk, "knowledge.risk_means": Risk, "knowledge.urgency": Urgency, "knowledge.decision": Kind,
    "knowledge.finding": SEVERITIES, "knowledge.kind": SEVERITIES, "knowledge.diff": ("gone", "new"),
    "knowledge.fault": (
        "missing", "blank", "not_text", "too_long", "too_many", "not_one_of", "not_a_date", "dates_reversed", "bad_tag", "bad_id",
        "unknown_key", "no_answer",
    ),
    "knowledge.feature": tuple(name for name in FEATURES if not name.endswith("_gap") and name not in {"length", "entries", "variants"}),
    "knowledge.features": ("meaning", "letters", "trained", "ahead", "unknown"),
    "knowledge.guard": ("negation", "not_questions", "object"),
    "matter": KINDS, "mood": ("angry", "unhappy", "pleased"), "judged": By,
    "proof": Proof, "links.proof": Proof, "links.why": ("email", "phone", "scan"),
    "mail.proof": PROOFS, "mail.proof_why": PROOFS, "mail.trouble": ("too_large", "too_many_parts", "too_deep", "broken", "encrypted"),
    "mail.why": ("address", "full", "size", "policy", "suppressed", "later", "unreachable", "other"),
    "mail.todo": ("address", "full", "size", "policy", "suppressed", "other"), "doubt": ("ask", "channel", "general"),
    "mail.auto": GATE, "mail.head": HEADERS, "marks": ("bold", "italic", "list", "numbers", "quote", "link"),
    "form": ("prechat", "offline"), "kind": ("image", "document", "audio", "video"),
}  # fmt: skip


def test_every_text_that_the_page_asks_for_is_there() -> None:
    asked = set(re.findall(r'\btext\("([\w.]+)"', SOURCES))
    assert len(asked) > 60
    assert asked - KEYS == set()


def test_every_code_that_the_gateway_may_send_has_its_words() -> None:
    assert [f"{family}.{code}" for family, codes in FAMILIES.items() for code in codes if f"{family}.{code}" not in KEYS] == []


def test_every_text_is_used() -> None:
    built = {"action", "author", "channel", "decision", "detail", "error", "identity", "may", "rule", "trace", "urgency", *FAMILIES}
    used = set(re.findall(r'"([\w.]+)"', SOURCES)) | {f"{name}.{rest}" for name in ("transfer", "close") for rest in ("do",)}
    lists = {f"{name}.none" for name in ("offers", "mine", "queue", "others", "cases")}
    assert sorted(key for key in KEYS if key not in used | lists and key.rpartition(".")[0] not in built) == []


def test_the_page_never_makes_markup_from_text() -> None:
    assert re.findall(r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval)\b", SOURCES) == []


def test_every_code_of_the_platform_has_words_for_agents() -> None:
    texts = load_texts()["en"]
    assert [code for code in CODES if f"wechat.code.{code}" not in texts] == []

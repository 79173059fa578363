"""The knowledge base as the shapes of `docs/desk-api.md`."""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.trying import Tried, Weighed
from gateway.brains import Brains, Progress
from gateway.contents import Record, languages_of
from gateway.core.decision import Candidate
from gateway.core.handoff import Urgency
from gateway.core.ids import EntryId
from gateway.core.knowledge import Label, Revision
from gateway.core.signals import KnowledgeNow
from gateway.drafting import Item

View = dict[str, Any]


def frame(now: KnowledgeNow) -> View:
    """What the socket says of it."""
    told: View = {"type": "knowledge", "revision": now.revision}
    told |= {"state": now.state} if now.state else {}
    told |= {"draft_count": now.draft_count} if now.draft_count >= 0 else {}
    return told | ({"detail": now.detail} if now.detail else {})


def item(one: Item) -> View:
    """An entry in the list."""
    entry, draft = one.entry, one.draft
    return {
        "id": one.id, "title": one.title, "question_count": len(entry["questions"]), "languages": languages_of(entry),
        "category": entry.get("category"), "risk": entry.get("risk", "normal"), "urgency": entry.get("urgency", Urgency.NORMAL.value),
        "valid": entry.get("valid"), "state": one.state, "updated_at": draft.at if draft else None,
        "updated_by": draft.by if draft else None, "version": one.version,
    }  # fmt: skip


def whole(one: Item, findings: Iterable[View] = ()) -> View:
    """One entry, as it is to be and as it is in force."""
    entry: Record | None = None if one.draft is not None and one.draft.entry is None else one.entry
    return {**item(one), "entry": entry, "live": one.live, "findings": list(findings)}


def revision(one: Revision, names: Mapping[str, str], *, current: int) -> View:
    """A revision in the list; `names`: of agents, by their ids."""
    return {
        "number": one.number, "at": one.at, "by": one.by, "by_name": names.get(one.by), "comment": one.comment,
        "entry_count": one.entry_count, "origin": one.origin, "restored_from": one.restored_from, "added_count": one.added_count,
        "changed_count": one.changed_count, "dropped_count": one.dropped_count, "state": "live" if one.number == current else "past",
    }  # fmt: skip


def label(one: Label) -> View:
    return {
        "id": one.id, "text": one.text, "entry": one.entry, "source": one.source, "session_id": one.session_id, "at": one.at, "by": one.by,
    }  # fmt: skip


def stands(brains: Brains, number: int) -> View:
    """How what is in force stands in this process."""
    state = brains.state
    is_failed = state.progress is Progress.FAILED
    return {
        "building": state.progress is Progress.BUILDING or (not is_failed and state.revision != number),
        "failed": state.why or "unknown" if is_failed else "", "live_revision": state.revision,
    }  # fmt: skip


def tried(one: Tried, titles: Mapping[EntryId, str]) -> View:
    """What the bot would do, and why."""
    made, detail = one.decision, dict(one.decision.detail)
    first = one.weighed.get(made.candidates[0].entry) if made.candidates else None
    return {
        "state": "ready", "decision": made.kind, "entry": made.entry, "title": titles.get(made.entry, "") if made.entry else "",
        "confidence": round(made.confidence, 4), "reason": made.reason, "trigger": made.trigger, "language": made.language,
        "text": made.text, "said": made.text, "category": made.category, "urgency": made.urgency, "queue": made.queue,
        "choices": [{"id": choice.id, "text": choice.text} for choice in made.choices],
        "candidates": [_candidate(candidate, titles, one.weighed.get(candidate.entry)) for candidate in made.candidates],
        "answers_from": round(first.answers_from, 4) if first else None, "clarifies_from": round(one.clarifies_from, 4),
        "guards": _listed(detail.get("guards", detail.get("guard"))), "segments": _listed(detail.get("segments")),
        "triage": made.triage, "lookup": made.lookup, "detail": detail,
    }  # fmt: skip


def _candidate(candidate: Candidate, titles: Mapping[EntryId, str], weighed: Weighed | None) -> View:
    """An entry that may be meant, and what speaks for and against it."""
    told: View = {
        "entry": candidate.entry, "title": candidate.title or titles.get(candidate.entry, ""), "confidence": candidate.confidence,
    }  # fmt: skip
    if weighed is None:
        return told
    why = weighed.why
    return told | {
        "answers_from": round(weighed.answers_from, 4), "question": weighed.question, "features": why.get("features", {}),
        "guards": _listed(why.get("guard")), "is_exact": "exact" in why, "read_as": why.get("read_as", ""),
    }  # fmt: skip


def _listed(value: object) -> list[Any]:
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, list | tuple) else [value]

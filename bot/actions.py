"""An entry's action: what it needs to know, what it asks of which system, and what it says to the result. Pure: it is asked elsewhere.

    action:
      http: {target: orders, method: GET, path: "/orders/{{slots.order}}", query: {...}, json: {...}, timeout_s: 3}
      slots: [{name: order, type: order_number, pattern: 'A\\d{7}', ask: {zh: ..., en: ...}, tries: 2}]
      answer: {zh: "...{{result.status}}...", en: ...}
      when: [{path: result.status, is: [lost], answer: {...}}, {path: result.hold, exists: true, handoff: {queue: ..., reason: ...}}]
      not_found: {zh: ..., en: ...}

The target's address and secrets stand in the configuration. A path can't leave the target: every value in it is one encoded segment.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from bot import templates
from bot.language import base
from bot.slots import Slot
from bot.templates import Missing, Place, Template
from gateway.core.ids import EntryId, QueueName

TEXT_MAX_CHARS = 4_000
"""Of what is said to a result: it becomes one message."""
_UNSAFE = frozenset("/\\%")
"""In a value inside a path. Encoded they are harmless, but some proxies decode what they pass on: `..%2Fadmin` would arrive elsewhere."""


class Request(Struct, frozen=True, kw_only=True):
    """One call, ready to be made."""

    target: str
    method: str
    path: str
    """Below the target's address, encoded; begins with a slash."""
    query: dict[str, str] = {}
    json: Any = None
    timeout_s: float | None = None


class Case(Struct, frozen=True, kw_only=True):
    """What is said, or done, where the result has a certain value."""

    path: tuple[str, ...]
    values: tuple[str, ...] = ()
    exists: bool | None = None
    """Whether there is anything at the path: asked instead of its value."""
    answer: Mapping[str, Template] = {}
    is_for_people: bool = False
    queue: QueueName | None = None
    reason: str = ""


class Http(Struct, frozen=True, kw_only=True):
    """What is asked of which system."""

    target: str
    method: str = "GET"
    path: Template
    query: Mapping[str, Template] = {}
    json: Any = None
    """Lists and tables with templates for texts."""
    timeout_s: float | None = None


class Action(Struct, frozen=True, kw_only=True):
    """An entry's action, read and checked."""

    entry: EntryId
    http: Http
    slots: tuple[Slot, ...] = ()
    answer: Mapping[str, Template] = {}
    cases: tuple[Case, ...] = ()
    not_found: Mapping[str, Template] = {}


class Verdict(StrEnum):
    """What a result is good for."""

    ANSWER = "answer"
    NOTHING = "nothing"
    PERSON = "person"
    FAILURE = "failure"


class Outcome(Struct, frozen=True, kw_only=True):
    """What to say to a result, or why nothing can be said."""

    verdict: Verdict
    text: str = ""
    """Markdown. For NOTHING: empty where the owner wrote no words for it."""
    queue: QueueName | None = None
    reason: str = ""


def request(action: Action, slots: Mapping[str, str], language: str) -> Request:
    """The call for these slots. Raises Missing where one is needed that nobody has told."""
    values = {"slots": dict(slots), "language": language}
    http = action.http
    return Request(
        target=http.target, method=http.method, path=templates.render(http.path, values, language, _segment),
        query={name: templates.render(template, values, language, str) for name, template in http.query.items()},
        json=_filled(http.json, values, language), timeout_s=http.timeout_s,
    )  # fmt: skip


def outcome(action: Action, status: int, result: Any, slots: Mapping[str, str], language: str) -> Outcome:
    """What a response is good for. Only 2xx and 404 say anything about what was asked."""
    values = {"slots": dict(slots), "result": result, "language": language}
    if status == 404:
        return Outcome(verdict=Verdict.NOTHING, text=_said(action.not_found, values, language) if action.not_found else "")
    if not 200 <= status < 300:
        return Outcome(verdict=Verdict.FAILURE, reason=f"status {status}")
    case = next((case for case in action.cases if _holds(case, values)), None)
    if case is not None and case.is_for_people:
        return Outcome(verdict=Verdict.PERSON, queue=case.queue, reason=case.reason)
    try:
        text = _said(case.answer if case else action.answer, values, language)
    except Missing as missing:
        return Outcome(verdict=Verdict.FAILURE, reason=f"no {missing}")
    if not text.strip() or len(text) > TEXT_MAX_CHARS:
        return Outcome(verdict=Verdict.FAILURE, reason="no answer fits" if not text.strip() else "too long")
    return Outcome(verdict=Verdict.ANSWER, text=text)


def words(texts: Mapping[str, Any], language: str) -> Any:
    """The words of this language: its own script's, the other script's, English, any. None where there are none."""
    by_base = {base(tag): text for tag, text in texts.items()}
    wanted = base(language)
    other = {"zh-Hant": "zh-Hans", "zh-Hans": "zh-Hant"}.get(wanted, "")
    return next((by_base[tag] for tag in (wanted, other, "en") if tag in by_base), next(iter(by_base.values()), None))


def _said(texts: Mapping[str, Template], values: Mapping[str, Any], language: str) -> str:
    template = words(texts, language)
    return templates.render(template, values, language, templates.escaped) if template is not None else ""


def _holds(case: Case, values: Mapping[str, Any]) -> bool:
    found = templates.value_at(case.path, values)
    if case.exists is not None:
        return (found not in (None, "", [], {})) is case.exists
    return (templates.plain(found) or "").casefold() in case.values


def _segment(value: str) -> str:
    """A value inside a path: it can't begin another segment, a query, or lead upwards, not even where a proxy decodes it once more."""
    if value in (".", "..") or not _UNSAFE.isdisjoint(value):
        raise Missing("path")
    return quote(value, safe="")


def _filled(value: Any, values: Mapping[str, Any], language: str) -> Any:
    """The body with its templates filled. A text that is nothing but a place with the filter `number` becomes a number."""
    match value:
        case Template(pieces=(Place(path=path, filters=(templates.Filter(name="number"),)),)):
            return _number(templates.plain(templates.value_at(path, values)), path)
        case Template():
            return templates.render(value, values, language, str)
        case list():
            return [_filled(item, values, language) for item in value]
        case dict():
            return {key: _filled(item, values, language) for key, item in value.items()}
        case _:
            return value


def _number(text: str | None, path: tuple[str, ...]) -> int | float:
    try:
        return float(text or "") if "." in (text or "") else int(text or "")
    except ValueError:
        raise Missing(".".join(path)) from None

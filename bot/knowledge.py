"""A knowledge base's text becomes entries, or a list of everything that is wrong with it: file, line, entry, what was expected."""

import difflib
from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from msgspec import Struct

from bot import action_forms
from bot.entries import Entry, EntryHandoff, Risk
from bot.formats import Odd, Source, Spot, located, records
from config.problems import Problem
from gateway.core.handoff import Reason, Urgency
from gateway.core.ids import EntryId, QueueName

ENTRIES_MAX_COUNT = 50_000
QUESTIONS_MAX_COUNT = 2_000
QUESTION_MAX_CHARS = 1_000
ANSWER_MAX_CHARS = 20_000
WORD_MAX_CHARS = 200

KEYS = (
    "id", "questions", "answer", "answer_on", "tags", "category", "urgency", "valid", "risk", "not_questions", "handoff", "action",
)  # fmt: skip

E = TypeVar("E", bound=StrEnum)


class Fault(Struct, frozen=True):
    """One thing wrong with an entry: the key, the words for it, and a code with values for whoever says it in another language.

    Codes: `missing`, `blank`, `not_text`, `too_long`, `too_many`, `not_one_of`, `not_a_date`, `dates_reversed`, `not_a_table`, `bad_tag`,
    `unknown_key`, `no_answer`, `wrong`.
    """

    key: str
    message: str
    code: str = "wrong"
    params: dict[str, str] = {}


def read_entry(value: Any) -> tuple[Entry | None, tuple[Fault, ...]]:
    """One entry from plain values in the contract's keys, and everything that is wrong with it; with any fault it is not fit for use."""
    reader = _EntryReader("entry", located(value, 1))
    entry = reader.entry()
    return (None if reader.faults else entry), tuple(fault for _, fault in reader.faults)


def parse(sources: Iterable[Source]) -> tuple[tuple[Entry, ...], tuple[Problem, ...]]:
    """All entries of these files, and all problems. With any problem the entries are not fit for use."""
    entries: list[Entry] = []
    problems: list[Problem] = []
    places: dict[str, str] = {}
    for source in sources:
        spots, found = records(source)
        problems += found
        for spot in spots:
            reader = _EntryReader(source.name, spot)
            entry = reader.entry()
            problems += reader.problems
            where = f"{source.name}:{spot.line}"
            if entry is not None and (first := places.setdefault(entry.id, where)) != where:
                problems.append(Problem(where, f"entry {entry.id}: expected an id of its own, found the id of the entry at {first}"))
            elif entry is not None:
                entries.append(entry)
    if len(entries) > ENTRIES_MAX_COUNT:
        problems.append(Problem("knowledge base", f"expected at most {ENTRIES_MAX_COUNT} entries, found {len(entries)}"))
    return tuple(entries), tuple(problems)


class _EntryReader:
    """Reads one entry, noting every problem on the way."""

    def __init__(self, file: str, spot: Spot) -> None:
        self.faults: list[tuple[int, Fault]] = []
        """Each with its line."""
        self._file = file
        self._spot = spot
        self._name = ""

    @property
    def problems(self) -> list[Problem]:
        """The same faults for people: file, line, entry, expected."""
        name = f"entry {self._name}: " if self._name else ""
        return [Problem(f"{self._file}:{line}", name + fault.message) for line, fault in self.faults]

    def entry(self) -> Entry | None:
        """The entry; None where so much is wrong that there is none."""
        given = self._spot.value.get("id") if isinstance(self._spot.value, dict) else None
        self._name = given.value[:WORD_MAX_CHARS] if given is not None and isinstance(given.value, str) else ""
        fields = self._fields(self._spot, "an entry", KEYS)
        if fields is None:
            return None
        entry_id = self._word(fields.get("id"), "id")
        questions = self._texts(fields.get("questions"), "questions", QUESTION_MAX_CHARS)
        if not questions and not self.faults:
            self._wrong(self._spot, "questions: expected at least one question, found none", "missing")
        valid_from, valid_to = self._validity(fields.get("valid"))
        read = Entry(
            id=EntryId(entry_id or ""), questions=questions, answer=self._answer(fields.get("answer"), "answer"),
            answer_on=self._answers_on(fields.get("answer_on")), tags=self._texts(fields.get("tags"), "tags", WORD_MAX_CHARS),
            category=self._word(fields.get("category"), "category") if _has(fields.get("category")) else None,
            urgency=self._one_of(fields.get("urgency"), "urgency", Urgency.NORMAL),
            risk=self._one_of(fields.get("risk"), "risk", Risk.NORMAL), valid_from=valid_from, valid_to=valid_to,
            not_questions=self._texts(fields.get("not_questions"), "not_questions", QUESTION_MAX_CHARS),
            handoff=self._handoff(fields.get("handoff")), action=self._action(fields.get("action")),
        )  # fmt: skip
        if not read.answer and read.handoff is None and read.action is None and not self.faults:
            self._wrong(self._spot, "answer: expected a text, or one for each language, found none", "no_answer")
        return read if entry_id and questions else None

    # ---- parts ----

    def _answer(self, spot: Spot | None, key: str) -> dict[str, str]:
        if spot is None or spot.value is None:
            return {}
        if not isinstance(spot.value, dict):
            text = self._text(spot, key, ANSWER_MAX_CHARS)
            return {("zh" if any(_is_han(char) for char in text) else "en"): text} if text else {}
        answers: dict[str, str] = {}
        for tag, item in spot.value.items():
            if not _is_tag(tag):
                self._wrong(item, f"{key}: expected language tags such as zh, zh-TW or en, found `{tag}`", "bad_tag", tag=tag[:40])
            elif text := self._text(item, f"{key}.{tag}", ANSWER_MAX_CHARS):
                answers[tag] = text
        return answers

    def _answers_on(self, spot: Spot | None) -> dict[str, dict[str, str]]:
        if spot is None or spot.value is None:
            return {}
        if not isinstance(spot.value, dict):
            self._wrong(spot, "answer_on: expected channel types, each with its answer, such as {phone: {zh: ...}}", "not_a_table")
            return {}
        return {channel: self._answer(item, f"answer_on.{channel}") for channel, item in spot.value.items()}

    def _validity(self, spot: Spot | None) -> tuple[str, str]:
        if spot is None or spot.value is None:
            return "", ""
        fields = self._fields(spot, "valid", ("from", "to")) or {}
        first, last = self._date(fields.get("from"), "valid.from"), self._date(fields.get("to"), "valid.to")
        if first and last and first > last:
            self._wrong(spot, f"valid: expected `from` not to be after `to`, found {first} and {last}", "dates_reversed")
        return first, last

    def _date(self, spot: Spot | None, key: str) -> str:
        if spot is None or spot.value is None:
            return ""
        written = spot.value.written if isinstance(spot.value, Odd) else spot.value
        try:
            return date.fromisoformat(written).isoformat()
        except (TypeError, ValueError):
            self._wrong(spot, f"{key}: expected a date such as 2026-11-01, found {_shown(spot)}", "not_a_date")
            return ""

    def _handoff(self, spot: Spot | None) -> EntryHandoff | None:
        if spot is None or spot.value is None:
            return None
        fields = self._fields(spot, "handoff", ("queue", "reason"))
        if fields is None:
            return None
        queue = self._word(fields.get("queue"), "handoff.queue") if _has(fields.get("queue")) else None
        return EntryHandoff(
            queue=QueueName(queue) if queue else None, reason=self._one_of(fields.get("reason"), "handoff.reason", Reason.BUSINESS_RULE)
        )

    def _action(self, spot: Spot | None) -> dict[str, Any] | None:
        if spot is None or spot.value is None:
            return None
        if not isinstance(spot.value, dict):
            self._wrong(spot, f"action: expected keys and values (http, slots, answer ...), found {_shown(spot)}")
            return None
        written: dict[str, Any] = _plain(spot)
        for path, message in action_forms.read(EntryId(self._name), written)[1]:
            self._wrong(_at(spot, path), f"{'.'.join(('action', *path))}: {message}")
        return written

    # ---- values ----

    def _fields(self, spot: Spot, what: str, known: Sequence[str]) -> dict[str, Spot] | None:
        if not isinstance(spot.value, dict):
            self._wrong(spot, f"{what}: expected keys and values ({', '.join(known[:3])} ...), found {_shown(spot)}", "not_a_table")
            return None
        for key, item in spot.value.items():
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                hint = f"did you mean `{near[0]}`?" if near else f"expected one of {', '.join(known)}"
                self._wrong(item, f"{what}: found the unknown key `{key[:WORD_MAX_CHARS]}`: {hint}", "unknown_key", name=key[:40])
        return spot.value

    def _texts(self, spot: Spot | None, key: str, max_chars: int) -> tuple[str, ...]:
        if spot is None or spot.value is None:
            return ()
        items = spot.value if isinstance(spot.value, list) else [spot]
        if len(items) > QUESTIONS_MAX_COUNT:
            self._wrong(
                spot, f"{key}: expected at most {QUESTIONS_MAX_COUNT}, found {len(items)}", "too_many", max=str(QUESTIONS_MAX_COUNT)
            )
            return ()
        return tuple(text for item in items if (text := self._text(item, key, max_chars)))

    def _word(self, spot: Spot | None, key: str) -> str | None:
        if spot is None or spot.value is None:
            self._wrong(spot or self._spot, f"{key}: expected a short text, found none", "missing")
            return None
        return self._text(spot, key, WORD_MAX_CHARS)

    def _text(self, spot: Spot, key: str, max_chars: int) -> str | None:
        if isinstance(spot.value, Odd):
            self._wrong(spot, f'{key}: expected text, found {_shown(spot)}: put it in quotes: "{spot.value.written}"', "not_text")
        elif not isinstance(spot.value, str):
            self._wrong(spot, f"{key}: expected text, found {_shown(spot)}", "not_text")
        elif not spot.value.strip():
            self._wrong(spot, f"{key}: expected text, found only blanks", "blank")
        elif len(spot.value) > max_chars:
            self._wrong(spot, f"{key}: expected at most {max_chars} characters, found {len(spot.value)}", "too_long", max=str(max_chars))
        else:
            return spot.value.strip()
        return None

    def _one_of(self, spot: Spot | None, key: str, default: E) -> E:
        if spot is None or spot.value is None:
            return default
        try:
            return type(default)(spot.value)
        except ValueError:
            self._wrong(spot, f"{key}: expected {', '.join(type(default))}, found {_shown(spot)}", "not_one_of")
            return default

    def _wrong(self, spot: Spot, message: str, code: str = "wrong", **params: str) -> None:
        """`message` begins with the key that it is about."""
        self.faults.append((spot.line, Fault(message.partition(": ")[0], message, code, params)))


def _has(spot: Spot | None) -> bool:
    return spot is not None and spot.value is not None


def _at(spot: Spot, path: Sequence[str]) -> Spot:
    """The nearest place on the way to what is wrong; a key that is missing lies where it should stand."""
    for step in path:
        inner = spot.value.get(step) if isinstance(spot.value, dict) else None
        if isinstance(spot.value, list) and step.isdecimal() and int(step) < len(spot.value):
            inner = spot.value[int(step)]
        if inner is None:
            return spot
        spot = inner
    return spot


def _plain(spot: Spot) -> Any:
    match spot.value:
        case list() as items:
            return [_plain(item) for item in items]
        case dict() as fields:
            return {key: _plain(item) for key, item in fields.items()}
        case Odd(written=written):
            return written
        case value:
            return value


def _shown(spot: Spot) -> str:
    match spot.value:
        case Odd(written=written, kind=kind):
            return f"{kind} (`{written[:40]}`)"
        case list():
            return "a list"
        case dict():
            return "keys and values"
        case None:
            return "nothing"
        case text:
            return f"`{text[:40]}`"


def _is_tag(tag: str) -> bool:
    parts = tag.split("-")
    return parts[0].isalpha() and len(parts[0]) in {2, 3} and all(part.isalnum() and len(part) <= 8 for part in parts[1:])


def _is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff"

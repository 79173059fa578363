"""Entries written down again: as YAML, JSON lines or CSV, so that what is written reads as the same entries."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from bot.columns import COLUMNS
from bot.entries import Entry, Risk
from bot.sheets import guarded
from gateway.core.handoff import Urgency


def written(entries: Iterable[Entry], suffix: str) -> str:
    """The file's text for a suffix: `.yaml`, `.yml`, `.jsonl` or `.csv`. A line's end inside a question becomes a blank in CSV."""
    records = [record(entry) for entry in entries]
    if suffix == ".csv":
        return _csv(records)
    if suffix == ".jsonl":
        return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    return str(yaml.dump(records, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=140))


def record(entry: Entry) -> dict[str, Any]:
    """The entry in the contract's keys, without those at their defaults."""
    handoff = {"queue": entry.handoff.queue, "reason": entry.handoff.reason.value} if entry.handoff else None
    valid = {key: value for key, value in (("from", entry.valid_from), ("to", entry.valid_to)) if value}
    fields = {
        "id": str(entry.id), "questions": list(entry.questions), "answer": dict(entry.answer),
        "answer_on": {channel: dict(answers) for channel, answers in entry.answer_on.items()}, "tags": list(entry.tags),
        "category": entry.category, "urgency": entry.urgency.value if entry.urgency is not Urgency.NORMAL else None, "valid": valid,
        "risk": entry.risk.value if entry.risk is not Risk.NORMAL else None, "not_questions": list(entry.not_questions),
        "handoff": handoff, "action": entry.action,
    }  # fmt: skip
    return {key: value for key, value in fields.items() if value}


class _Plain(yaml.SafeDumper):
    """Writes every value out: an alias for one that stands twice is what our reader refuses."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the library's name
        return True


def _csv(records: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    columns = _columns(records)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([guarded(_cell(record, column)) for column in columns] for record in records)
    return text.getvalue()


def _columns(records: list[dict[str, Any]]) -> list[str]:
    """Those that are commonly filled in, and the odd ones where an entry has them."""
    tags = list(dict.fromkeys(tag for record in records for tag in record.get("answer", {})))
    odd = [column for column in ("answer_on", "action") if any(record.get(column) for record in records)]
    plain = [column for column in COLUMNS if column not in {"variants", "answer", "answer_on", "action"}]
    return [*plain[:2], *(f"answer_{tag}" for tag in tags), *plain[2:], *odd]


def _cell(record: Mapping[str, Any], column: str) -> str:
    if column in {"answer_on", "action"}:
        return json.dumps(record[column], ensure_ascii=False) if record.get(column) else ""
    if column.startswith("answer_"):
        return str(record.get("answer", {}).get(column[len("answer_") :], ""))
    if column.startswith("valid_"):
        return str(record.get("valid", {}).get(column[len("valid_") :], ""))
    if column.startswith("handoff_"):
        return str(record.get("handoff", {}).get(column[len("handoff_") :]) or "")
    value = record.get(column) or ""
    return _lines(value) if isinstance(value, list) else str(value)


def _lines(items: list[str]) -> str:
    """An item a line. One that holds a semicolon gets a line's end behind it, so that it stays one."""
    lines = [" ".join(item.split("\n")) for item in items]
    return "\n".join(lines) + ("\n" if len(lines) == 1 and set(";；") & set(lines[0]) else "")

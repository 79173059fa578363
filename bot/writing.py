"""Entries written down again: as YAML, JSON lines or CSV, so that what is written reads as the same entries."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from bot.entries import Entry, Risk
from bot.formats import CSV_COLUMNS
from gateway.core.handoff import Urgency


def written(entries: Iterable[Entry], suffix: str) -> str:
    """The file's text for a suffix: `.yaml`, `.yml`, `.jsonl` or `.csv`. CSV has no column for `answer_on` and `action`."""
    records = [record(entry) for entry in entries]
    if suffix == ".csv":
        return _csv(records)
    if suffix == ".jsonl":
        return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    return str(yaml.safe_dump(records, allow_unicode=True, sort_keys=False, width=140))


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


def _csv(records: list[dict[str, Any]]) -> str:
    tags = sorted({tag for record in records for tag in record.get("answer", {})})
    columns = [column for column in CSV_COLUMNS if column != "answer"]
    columns[2:2] = [f"answer_{tag}" for tag in tags]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({column: _cell(record, column) for column in columns} for record in records)
    return text.getvalue()


def _cell(record: Mapping[str, Any], column: str) -> str:
    if column.startswith("answer_"):
        return str(record.get("answer", {}).get(column[len("answer_") :], ""))
    if column.startswith("valid_"):
        return str(record.get("valid", {}).get(column[len("valid_") :], ""))
    if column.startswith("handoff_"):
        return str(record.get("handoff", {}).get(column[len("handoff_") :]) or "")
    value = record.get(column) or ""
    return "\n".join(value) if isinstance(value, list) else str(value)

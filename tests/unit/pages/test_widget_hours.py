"""Whether people are there, and from when on, as the widget reckons it."""

import json
from importlib.resources import files
from pathlib import Path

import pytest

from tests.peers.node import BIN, run

OPEN = {"open": True, "closes_at": "2026-11-06T18:00:00+08:00", "opens_at": "2026-11-09T09:00:00+08:00"}
CLOSED = {"open": False, "opens_at": "2026-11-09T09:00:00+08:00", "closes_at": "2026-11-09T18:00:00+08:00"}


@pytest.mark.parametrize(
    ("hours", "now", "expected"),
    [
        (None, "2026-11-06T12:00:00Z", "open"),
        ({"open": True, "opens_at": None, "closes_at": None}, "2026-11-06T12:00:00Z", "open"),
        ({"open": False, "opens_at": None, "closes_at": None}, "2026-11-06T12:00:00Z", "closed"),
        (OPEN, "2026-11-06T09:59:59Z", "open until 2026-11-06T10:00:00.000Z"),
        (OPEN, "2026-11-06T10:00:00Z", "closed until 2026-11-09T01:00:00.000Z"),
        (OPEN, "2026-11-09T01:00:00Z", "open"),
        (CLOSED, "2026-11-08T12:00:00Z", "closed until 2026-11-09T01:00:00.000Z"),
        (CLOSED, "2026-11-09T01:00:00Z", "open until 2026-11-09T10:00:00.000Z"),
        (CLOSED, "2026-11-09T10:00:00Z", "closed"),
        # Moments of several zones are put in order by what they mean.
        ({"open": True, "closes_at": "2026-11-06T23:00:00+08:00", "opens_at": "2026-11-06T16:00:00Z"}, "2026-11-06T15:30:00Z",
         "closed until 2026-11-06T16:00:00.000Z"),
        ({"open": True, "closes_at": "2026-11-07T01:00:00+08:00", "opens_at": "2026-11-07T00:00:00Z"}, "2026-11-07T00:30:00Z", "open"),
    ],
)  # fmt: skip
def test_what_was_true_at_the_welcome_is_not_for_ever(tmp_path: Path, hours: object, now: str, expected: str) -> None:
    (tmp_path / "hours.mjs").write_bytes((files("adapters.webchat") / "static" / "hours.js").read_bytes())
    (tmp_path / "ask.mjs").write_text(
        f'import {{shift}} from "./hours.mjs";\nconst {{isOpen, next}} = shift({json.dumps(hours)}, Date.parse("{now}"));\n'
        'console.log((isOpen ? "open" : "closed") + (next ? " until " + next.toISOString() : ""));'
    )
    assert run([BIN / "node", tmp_path / "ask.mjs"], tmp_path, 30).strip() == expected

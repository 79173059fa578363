"""The list of audit actions is whole: what the program writes stands in it, and what stands in it is written."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.texts import LANGUAGES, load_texts
from handoff.audited import Action

ROOT = Path(__file__).resolve().parents[3]
SOURCES = [path for folder in ("gateway", "handoff") for path in sorted((ROOT / folder).rglob("*.py"))]
WRITERS = {"_audit", "audit", "_change", "_change_case", "_put", "_keep", "AuditEvent"}
"""What is handed an action: by place, or as `action=`."""
ACTORS = {"system", "command", "customer", "unknown"}


def written() -> set[str]:
    """The actions that the sources name where an audit event is made."""
    found = {action for path in SOURCES for action in _in(ast.parse(path.read_text("utf-8")))}
    return {f"dead_letter_{action}" if action in ("asked", "replayed", "dropped") else action for action in found}


def _in(tree: ast.AST) -> Iterator[str]:
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if getattr(call.func, "attr", getattr(call.func, "id", "")) in WRITERS:
            given = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "action")]
            yield from (text for value in given for text in _texts(value) if text not in ACTORS)


def _texts(value: ast.expr) -> Iterator[str]:
    match value:
        case ast.Constant(value=str() as text):
            yield text
        case ast.IfExp(body=body, orelse=otherwise):
            yield from _texts(body)
            yield from _texts(otherwise)


def test_every_action_that_is_written_is_on_the_list_and_the_other_way_round() -> None:
    assert sorted(written()) == sorted(Action)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_action_has_words_for_the_desk(language: str) -> None:
    texts = load_texts()[language]
    assert [action for action in Action if f"desk.audit.{action}" not in texts] == []

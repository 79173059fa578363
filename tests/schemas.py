"""A checker for the part of JSON Schema that our documents use. What it does not know is an error, so nothing passes unchecked."""

import re
from collections.abc import Mapping
from typing import Any

_KINDS: dict[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float), "null": type(None),
}  # fmt: skip
_WORDS = {"title", "description", "default", "format"}


def faults(value: Any, schema: Mapping[str, Any], document: Mapping[str, Any], place: str = "$") -> list[str]:
    """Everything about `value` that `schema` does not allow; `document` is what its references point into."""
    if "$ref" in schema:
        return faults(value, resolved(schema["$ref"], document), document, place)
    found: list[str] = []
    for word, rule in schema.items():
        if word not in _WORDS:
            found += _CHECKS[word](value, rule, schema, document, place)
    return found


def resolved(reference: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """What `#/a/b` points to."""
    target: Any = document
    for step in reference.removeprefix("#/").split("/"):
        target = target[step]
    assert isinstance(target, Mapping)
    return resolved(target["$ref"], document) if "$ref" in target else target


def _kind(value: Any, rule: Any, schema: Any, document: Any, place: str) -> list[str]:
    kinds = [rule] if isinstance(rule, str) else rule
    fits = any(isinstance(value, _KINDS[kind]) and not (isinstance(value, bool) and kind != "boolean") for kind in kinds)
    return [] if fits else [f"{place}: {type(value).__name__}, not {rule}"]


def _properties(value: Any, rule: Any, schema: Any, document: Any, place: str) -> list[str]:
    if not isinstance(value, dict):
        return []
    unknown = [f"{place}.{name}: not described" for name in value if name not in rule]
    return unknown + [fault for name in rule if name in value for fault in faults(value[name], rule[name], document, f"{place}.{name}")]


def _items(value: Any, rule: Any, schema: Any, document: Any, place: str) -> list[str]:
    return [fault for number, item in enumerate(value) for fault in faults(item, rule, document, f"{place}[{number}]")]


_CHECKS: dict[str, Any] = {
    "type": _kind,
    "properties": _properties,
    "items": _items,
    "required": lambda value, rule, *rest: [
        f"{rest[-1]}.{name}: missing" for name in rule if isinstance(value, dict) and name not in value
    ],
    "const": lambda value, rule, *rest: [] if value == rule else [f"{rest[-1]}: not {rule!r}"],
    "enum": lambda value, rule, *rest: [] if value in rule else [f"{rest[-1]}: {value!r} is not one of {rule}"],
    "minimum": lambda value, rule, *rest: [] if value is None or value >= rule else [f"{rest[-1]}: under {rule}"],
    "maximum": lambda value, rule, *rest: [] if value is None or value <= rule else [f"{rest[-1]}: over {rule}"],
    "maxLength": lambda value, rule, *rest: [] if value is None or len(value) <= rule else [f"{rest[-1]}: longer than {rule}"],
    "pattern": lambda value, rule, *rest: [] if re.search(rule, value) else [f"{rest[-1]}: does not match {rule}"],
}

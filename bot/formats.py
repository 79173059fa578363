"""YAML, JSON lines and CSV become one tree of values that know their line. Text in, values out: nobody opens a file here."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from msgspec import Struct

from config.problems import Problem


class Spot(Struct, frozen=True):
    """A value and where it stands. `value`: str, None, list of Spot, dict of str to Spot, or Odd."""

    line: int
    value: Any


class Odd(Struct, frozen=True):
    """A scalar that isn't text: what the owner wrote, and what the format made of it."""

    written: str
    kind: str


class Source(Struct, frozen=True):
    """One file's text, already read."""

    name: str
    text: str


SUFFIXES = (".yaml", ".yml", ".jsonl", ".csv")

_KINDS = {"bool": "true or false", "int": "a number", "float": "a number", "timestamp": "a date"}
_DEPTH_MAX = 12


def records(source: Source) -> tuple[list[Spot], list[Problem]]:
    """The entries of a file as they were written, with the problems of the file's own format."""
    suffix = source.name[source.name.rfind(".") :].lower()
    if suffix in {".yaml", ".yml"}:
        return _yaml(source)
    return _jsonl(source) if suffix == ".jsonl" else _csv(source)


# ---- YAML -----------------------------------------------------------------------------------------------------------------------


def _yaml(source: Source) -> tuple[list[Spot], list[Problem]]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(source.text, Loader=loader):
            if isinstance(event, yaml.AliasEvent):
                line = f":{event.start_mark.line + 1}" if event.start_mark else ""
                return [], [Problem(f"{source.name}{line}", "expected plain values, found an alias (*name): write the value out")]
        root = yaml.compose(source.text, Loader=loader)
        return _yaml_entries(source, root)
    except yaml.MarkedYAMLError as error:
        return [], [_yaml_problem(source, error)]
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return [], [Problem(source.name, f"expected YAML, found what can't be read as that ({type(error).__name__})")]


def _yaml_entries(source: Source, root: yaml.Node | None) -> tuple[list[Spot], list[Problem]]:
    if root is None:
        return [], []
    if not isinstance(root, yaml.SequenceNode):
        return [], [Problem(f"{source.name}:{root.start_mark.line + 1}", "expected a list of entries, each beginning with `- id:`")]
    return [_spot(node) for node in root.value], []


def _yaml_problem(source: Source, error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    where = f"{source.name}:{mark.line + 1}" if mark else source.name
    mend = "put texts with `?`, `:`, `,`, `#` or brackets in quotes"
    return Problem(where, f"expected YAML, found a mistake in it: {error.problem or 'unreadable'}; {mend}")


def _spot(node: yaml.Node, depth: int = 0) -> Spot:
    line = node.start_mark.line + 1
    if depth > _DEPTH_MAX:
        return Spot(line, Odd("...", "too deep a nesting"))
    if isinstance(node, yaml.SequenceNode):
        return Spot(line, [_spot(item, depth + 1) for item in node.value])
    if isinstance(node, yaml.MappingNode):
        return Spot(line, _mapping(node, depth))
    kind = str(node.tag).rpartition(":")[2]
    if kind == "null":
        return Spot(line, None)
    return Spot(line, Odd(str(node.value), _KINDS[kind]) if kind in _KINDS else str(node.value))


def _mapping(node: yaml.MappingNode, depth: int) -> dict[str, Spot]:
    fields: dict[str, Spot] = {}
    for key, value in node.value:
        if str(key.value) in fields:
            raise yaml.MarkedYAMLError(problem=f"the key `{key.value}` stands twice", problem_mark=key.start_mark)
        fields[str(key.value)] = _spot(value, depth + 1)
    return fields


# ---- JSON lines -----------------------------------------------------------------------------------------------------------------


def _jsonl(source: Source) -> tuple[list[Spot], list[Problem]]:
    spots, problems = [], []
    for number, line in enumerate(source.text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            spots.append(located(json.loads(line), number))
        except (ValueError, RecursionError) as error:
            detail = getattr(error, "msg", type(error).__name__)
            problems.append(Problem(f"{source.name}:{number}", f"expected one JSON object a line, found a mistake in it: {detail}"))
    return spots, problems


def located(value: Any, line: int, depth: int = 0) -> Spot:
    """A plain value as a tree of spots that all stand on one line."""
    match value:
        case _ if depth > _DEPTH_MAX:
            return Spot(line, Odd("...", "too deep a nesting"))
        case list():
            return Spot(line, [located(item, line, depth + 1) for item in value])
        case dict():
            return Spot(line, {str(key): located(item, line, depth + 1) for key, item in value.items()})
        case bool():
            return Spot(line, Odd(str(value).lower(), _KINDS["bool"]))
        case int() | float():
            return Spot(line, Odd(str(value), _KINDS["int"]))
        case _:
            return Spot(line, value)


# ---- CSV ------------------------------------------------------------------------------------------------------------------------

CSV_COLUMNS = (
    "id", "questions", "answer", "tags", "category", "urgency", "risk", "valid_from", "valid_to", "not_questions", "handoff_queue",
    "handoff_reason",
)  # fmt: skip
"""And `answer_zh`, `answer_en`, ... `question` is as good as `questions`. A cell holds several questions on a line each."""

_LISTS = re.compile(r"\s*[\n;；]\s*")


def _csv(source: Source) -> tuple[list[Spot], list[Problem]]:
    rows = csv.reader(io.StringIO(source.text, newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(rows, [])]
        if "id" not in header or not {"question", "questions"} & set(header):
            return [], [
                Problem(f"{source.name}:1", f"expected the columns id, questions and answer, found {', '.join(header) or 'nothing'}")
            ]
        return _csv_entries(source, header, _numbered(rows))
    except csv.Error as error:
        return [], [Problem(f"{source.name}:{rows.line_num}", f"expected CSV, found a mistake in it: {error}")]


def _numbered(rows: Any) -> Iterator[tuple[int, list[str]]]:
    line = rows.line_num + 1
    for row in rows:
        yield line, row
        line = rows.line_num + 1


def _csv_entries(source: Source, header: list[str], rows: Iterator[tuple[int, list[str]]]) -> tuple[list[Spot], list[Problem]]:
    """One row is one entry; a row with the id of the row before, or with none, adds its questions to that entry."""
    entries: list[Spot] = []
    problems: list[Problem] = []
    for line, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if len(row) > len(header):
            problems.append(Problem(f"{source.name}:{line}", f"expected {len(header)} columns, found {len(row)}: quote cells with commas"))
            continue
        fields = _csv_fields(dict(zip(header, row, strict=False)), line)
        if entries and ("id" not in fields or fields["id"].value == entries[-1].value.get("id", Spot(0, None)).value):
            entries[-1].value["questions"].value.extend(fields["questions"].value)
        else:
            entries.append(Spot(line, fields))
    return entries, problems


def _csv_fields(row: Mapping[str, str], line: int) -> dict[str, Spot]:
    fields: dict[str, Spot] = {"questions": Spot(line, [])}
    for name, cell in row.items():
        text = cell.strip()
        if not text:
            continue
        if name in {"question", "questions"}:
            fields["questions"].value.extend(Spot(line, part.strip()) for part in text.split("\n") if part.strip())
        elif name in {"not_questions", "tags"}:
            fields[name] = Spot(line, [Spot(line, part) for part in _LISTS.split(text) if part])
        elif name.startswith("answer_"):
            _table(fields, "answer", line)[name[len("answer_") :].replace("_", "-")] = Spot(line, text)
        elif name in {"valid_from", "valid_to"}:
            _table(fields, "valid", line)[name[len("valid_") :]] = Spot(line, text)
        elif name in {"handoff_queue", "handoff_reason"}:
            _table(fields, "handoff", line)[name[len("handoff_") :]] = Spot(line, text)
        elif name == "answer" and "answer" in fields:
            _table(fields, "answer", line)["en"] = Spot(line, text)
        else:
            fields[name] = Spot(line, text)
    return fields


def _table(fields: dict[str, Spot], name: str, line: int) -> dict[str, Spot]:
    """The table `name` in these fields, made where it is missing or is not one yet."""
    spot = fields.get(name)
    if spot is None or not isinstance(spot.value, dict):
        fields[name] = Spot(line, {})
    table: dict[str, Spot] = fields[name].value
    return table

"""YAML, JSON lines and CSV become one tree of values that know their line. Text in, values out: nobody opens a file here."""

import json
from typing import Any

import yaml
from msgspec import Struct

from bot import sheets
from bot.terms import is_han
from config.problems import Problem
from gateway.core.expressions import expression


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
    is_foreign: bool = False
    """A table from another program: see `sheets.read`."""


SUFFIXES = (".yaml", ".yml", ".jsonl", ".csv")

_KINDS = {"bool": "true or false", "int": "a number", "float": "a number", "timestamp": "a date"}
_DEPTH_MAX = 12
_LEVELS_MAX = 100
"""Of lists and tables inside each other: nobody means more, and a parser may choke on it."""


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
        depth = 0
        for event in yaml.parse(source.text, Loader=loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            line = f":{event.start_mark.line + 1}" if event.start_mark else ""
            if depth > _LEVELS_MAX:  # the parser's time rises with the square of them
                return [], [Problem(f"{source.name}{line}", "expected entries, found too deep a nesting")]
            if isinstance(event, yaml.AliasEvent):
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
            spots.append(located(_json(line), number))
        except (ValueError, RecursionError) as error:
            detail = getattr(error, "msg", type(error).__name__)
            problems.append(Problem(f"{source.name}:{number}", f"expected one JSON object a line, found a mistake in it: {detail}"))
    return spots, problems


def _json(text: str) -> Any:
    """The value. Raises ValueError, RecursionError; half of a character (`\\ud800`) can't be kept, and is a mistake like any other."""
    value = json.loads(text)
    if "\\u" in text:
        json.dumps(value, ensure_ascii=False).encode()
    return value


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

_LISTS = expression(r"[\n;；]")
_VARIANTS = expression(r"[\n;；|]")
"""Blanks about what they part are taken off afterwards: to look for them here takes the square of a long row of them."""


def _csv(source: Source) -> tuple[list[Spot], list[Problem]]:
    rows, wrong = sheets.read(source.text, is_foreign=source.is_foreign)
    problems = [Problem(f"{source.name}:{line}", message) for line, message in wrong]
    return [Spot(row.line, _csv_fields(row, problems, source.name)) for row in rows], problems


def _csv_fields(row: sheets.Row, problems: list[Problem], name: str) -> dict[str, Spot]:
    line = row.line
    fields: dict[str, Spot] = {"questions": Spot(line, _questions([row.cells, *row.more], line))}
    for column, cell in row.cells.items():
        text = cell.strip()
        if column.startswith("answer_") and column != "answer_on":
            _table(fields, "answer", line)[column[len("answer_") :]] = Spot(line, text)
        elif column in {"valid_from", "valid_to"}:
            _table(fields, "valid", line)[column[len("valid_") :]] = Spot(line, text)
        elif column in {"handoff_queue", "handoff_reason"}:
            _table(fields, "handoff", line)[column[len("handoff_") :]] = Spot(line, text)
        elif column in {"answer_on", "action"}:
            fields[column] = _json_cell(text, line, column, problems, name)
        elif column not in {"questions", "variants", "answer", "tags", "not_questions"}:
            fields[column] = Spot(line, text)
    for column in ("tags", "not_questions"):
        if items := [item for cells in (row.cells, *row.more) for item in _items(cells.get(column, ""))]:
            fields[column] = Spot(line, [Spot(line, item) for item in dict.fromkeys(items)])
    _add_plain_answer(fields, row.cells.get("answer", "").strip(), line)
    return fields


def _questions(rows: list[dict[str, str]], line: int) -> list[Spot]:
    """A cell of questions holds one a line; a cell of variants parts them by semicolons or bars, too."""
    texts: list[str] = []
    for cells in rows:
        texts += cells.get("questions", "").split("\n")
        texts += _VARIANTS.split(cells.get("variants", ""))
    return [Spot(line, text.strip()) for text in texts if text.strip()]


def _items(cell: str) -> list[str]:
    """A list in a cell: an item a line, else parted by semicolons."""
    parts = cell.split("\n") if "\n" in cell else _LISTS.split(cell)
    return [part.strip() for part in parts if part.strip()]


def _add_plain_answer(fields: dict[str, Spot], text: str, line: int) -> None:
    """The column `answer` says no language: where others do, its letters tell."""
    if not text:
        return
    if "answer" not in fields:
        fields["answer"] = Spot(line, text)
        return
    _table(fields, "answer", line).setdefault("zh" if is_han(text) else "en", Spot(line, text))


def _json_cell(text: str, line: int, column: str, problems: list[Problem], name: str) -> Spot:
    try:
        return located(_json(text), line)
    except (ValueError, RecursionError):
        problems.append(Problem(f"{name}:{line}", f"{column}: expected JSON in the cell, found a mistake in it"))
        return Spot(line, None)


def _table(fields: dict[str, Spot], name: str, line: int) -> dict[str, Spot]:
    """The table `name` in these fields, made where it is missing."""
    table: dict[str, Spot] = fields.setdefault(name, Spot(line, {})).value
    return table

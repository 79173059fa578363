"""Tables as people keep them in spreadsheets: commas, semicolons or tabs, headings in Chinese, one row for an entry or for a question."""

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from bot.columns import COLUMNS, column_of, nearest_column, value_of
from bot.terms import is_han
from gateway.core.expressions import expression

ROWS_MAX_COUNT = 200_000
DELIMITERS = (",", ";", "\t", "，")
"""Excel writes semicolons where the comma is the decimal point."""

_SEP = expression(r'^"?sep=(.)"?\r?\n', re.IGNORECASE)
_FORMULA = expression(r"'*[=+\-@\t\r]")
"""A spreadsheet would run such a cell: it is written with a quote before it, which is taken off again."""
_WORD = expression(r"[a-z0-9]+")

Wrong = tuple[int, str]
"""A line, and what is wrong with it."""


class Row(Struct):
    """The cells of one entry by their columns, empty ones left out, and the line where it begins. More rows may add questions."""

    line: int
    cells: dict[str, str]
    more: list[dict[str, str]]


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def restored(cell: str) -> str:
    """The cell as it was before `guarded`."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def read(text: str, *, is_foreign: bool) -> tuple[list[Row], list[Wrong]]:
    """The entries of a table, and everything wrong with it.

    `is_foreign`: it comes from elsewhere. Then ids may be missing (rows with the same answer are one entry, whose id is made from its
    title), and columns that an entry has no place for are left out.
    """
    first_line = 1
    if match := _SEP.match(text):
        text, first_line = text[match.end() :], 2
    delimiter = match[1] if match else _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = next(reader, [])
        columns, wrong = _columns(header, first_line, is_foreign=is_foreign)
        if wrong:
            return [], wrong
        rows, wrong = _rows(_cells(reader, columns, first_line - 1), columns)
    except csv.Error as error:
        return [], [(reader.line_num + first_line - 1, f"expected CSV, found a mistake in it: {error}")]
    return _entries(rows, wrong, is_foreign=is_foreign), wrong


def _delimiter(text: str) -> str:
    """The one by which most headings make sense."""
    line = text[:20_000].split("\n", 1)[0].rstrip("\r")

    def sense(delimiter: str) -> tuple[int, int]:
        try:
            names = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:  # a stray line's end, told when the table is read
            names = []
        return sum(bool(column_of(name)) for name in names), -DELIMITERS.index(delimiter)

    return max(DELIMITERS, key=sense)


def _columns(header: Sequence[str], line: int, *, is_foreign: bool) -> tuple[list[str], list[Wrong]]:
    columns: list[str] = []
    wrong: list[Wrong] = []
    for name in header:
        column = column_of(name)
        if column is None and not is_foreign:
            near = nearest_column(name)
            hint = f"did you mean `{near}`?" if near else f"expected one of {', '.join(COLUMNS)}, answer_zh, answer_en ..."
            wrong.append((line, f"found the unknown column `{name.strip()[:60]}`: {hint}"))
        if column and column in columns:
            wrong.append((line, f"expected each column once, found two for `{column}`, one of them `{name.strip()[:60]}`"))
        columns.append(column or "")
    has_answer = any(column.startswith("answer") for column in columns)
    if "questions" not in columns or not (is_foreign or "id" in columns) or (is_foreign and not has_answer):
        wanted = "questions and answer" if is_foreign else "id, questions and answer"
        found = ", ".join(name.strip()[:60] for name in header) or "nothing"
        wrong = [(line, f"expected the columns {wanted}, found {found}")]
    return columns, wrong


def _cells(reader: Iterator[list[str]], columns: Sequence[str], offset: int) -> Iterator[tuple[int, list[str], dict[str, str]]]:
    line = getattr(reader, "line_num", 0) + 1
    for row in reader:
        cells = {column: restored(cell) for column, cell in zip(columns, row, strict=False) if column and cell.strip()}
        yield line + offset, row, cells
        line = getattr(reader, "line_num", 0) + 1


def _rows(found: Iterator[tuple[int, list[str], dict[str, str]]], columns: Sequence[str]) -> tuple[list[Row], list[Wrong]]:
    rows: list[Row] = []
    wrong: list[Wrong] = []
    for number, (line, row, cells) in enumerate(found, start=1):
        if number > ROWS_MAX_COUNT:
            return rows, [*wrong, (line, f"expected at most {ROWS_MAX_COUNT} rows")]
        if any(cell.strip() for cell in row[len(columns) :]):
            wrong.append((line, f"expected {len(columns)} columns, found {len(row)}: quote cells with commas"))
        elif cells:
            rows.append(Row(line, {column: value_of(column, cell) for column, cell in cells.items()}, []))
    return rows, wrong


def _entries(rows: Sequence[Row], wrong: list[Wrong], *, is_foreign: bool) -> list[Row]:
    """Rows with the same id are one entry; one with neither id nor answer goes to the row before."""
    entries: dict[str, Row] = {}
    last: Row | None = None
    for row in rows:
        key = _key(row, last, is_foreign=is_foreign)
        known = entries.get(key)
        if known is None:
            entries[key] = last = row
            continue
        last = known
        if differing := next((column for column in row.cells if _is_other(column, row, known)), None):
            line = f"row of line {known.line}"
            wrong.append((row.line, f"expected the same `{differing}` as in the {line} that it belongs to, found another one"))
        known.more.append(row.cells)
    if is_foreign:
        _name(list(entries.values()))
    return list(entries.values())


def _key(row: Row, last: Row | None, *, is_foreign: bool) -> str:
    """What tells a row's entry: its id, else its answer; without either it is the entry before."""
    if "id" in row.cells:
        return "id " + row.cells["id"].strip()
    answer = "\0".join(f"{column} {' '.join(cell.split())}" for column, cell in sorted(row.cells.items()) if column.startswith("answer"))
    if is_foreign and answer and not (last and last.cells.get("id")):
        return "answer " + answer
    if last is None:
        return f"line {row.line}"
    return _key(last, None, is_foreign=is_foreign)


def _is_other(column: str, row: Row, known: Row) -> bool:
    """Whether a row that adds questions says something else about its entry."""
    if column in {"questions", "variants", "not_questions", "tags"} or column not in known.cells:
        return False
    return " ".join(row.cells[column].split()) != " ".join(known.cells[column].split())


def _name(entries: Sequence[Row]) -> None:
    """Give ids to entries without one: words of an English question, else a short digest of the title."""
    taken = {row.cells["id"].strip() for row in entries if "id" in row.cells}
    numbers: dict[str, int] = {}
    """The last one given to each name: to look from the first again takes for ever where thousands have the same title."""
    for row in entries:
        if "id" in row.cells:
            continue
        name = wanted = _slug(row)
        number = numbers.get(wanted, 1)
        while name in taken:
            number += 1
            name = f"{wanted}-{number}"
        numbers[wanted] = number
        taken.add(name)
        row.cells["id"] = name


def _slug(row: Row) -> str:
    title = row.cells.get("questions", "").strip().split("\n")[0]
    if title and not is_han(title) and (words := _WORD.findall(title.lower())):
        return "-".join(words[:6])[:60]
    return "q-" + hashlib.sha256(title.encode()).hexdigest()[:8]

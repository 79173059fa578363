"""Pages of lists, and cursors that say where the next one starts."""

from collections.abc import Callable
from typing import Any

from gateway.core.errors import BadInput
from gateway.core.ports import Page
from gateway.store.steps import Row


def page(rows: list[Row], limit: int, item: Callable[[Row], Any], cursor_of: Callable[[Row], str]) -> Page:
    """A page from up to `limit + 1` rows: the one too many tells that there is a next."""
    shown = rows[:limit]
    return Page(tuple(map(item, shown)), cursor_of(shown[-1]) if shown and len(rows) > limit else None)


def cursor(row: Row) -> str:
    """The place of a row that starts with its time and its id."""
    return f"{row[0]}.{row[1]}"


def place(after: str) -> tuple[int, str]:
    """The (time, id) behind which a page starts. Raises BadInput for a cursor that we have not made."""
    at, _, row_id = after.partition(".")
    return (number(at, -1), row_id)


def number(after: str, default: int) -> int:
    """A cursor that is a number. Raises BadInput for one that we have not made."""
    if not after:
        return default
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        raise BadInput("bad_cursor", "the `next` of an earlier page")
    return int(after)

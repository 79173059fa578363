"""Writes whose order counts, in few statements."""

from collections.abc import Iterator
from typing import Any

from gateway.store.steps import Write


class Ordered:
    """Rows to write, by statement: those of one key in the order in which they came, others as it is cheapest."""

    def __init__(self) -> None:
        self._groups: list[tuple[str, list[tuple[Any, ...]]]] = []
        self._places: dict[str, int] = {}

    def add(self, key: str, sql: str, row: tuple[Any, ...]) -> None:
        """Write this row behind those that the same key has had."""
        for place in range(self._places.get(key, 0), len(self._groups)):
            if self._groups[place][0] == sql:
                self._groups[place][1].append(row)
                self._places[key] = place
                return
        self._places[key] = len(self._groups)
        self._groups.append((sql, [row]))

    def writes(self) -> Iterator[Write]:
        """The statements, in order."""
        for group in self._groups:
            yield Write(*group)

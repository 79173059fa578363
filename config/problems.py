"""What is wrong with a file that an operator wrote: every problem at once, each with its place."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

Key = tuple[str, ...]
"""The path of a setting: `("channels", "site", "origins")`."""
Found = Iterator[tuple[Key, str]]
"""What a rule found: each key, and what was expected there and what came."""


class Problem(Struct, frozen=True):
    """One thing wrong: where (`file:line` or `file: [section] key`), and what was found and expected."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


class ConfigError(Exception):
    """Everything that is wrong with a configuration or a knowledge base. `str()` lists it, a line each."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)

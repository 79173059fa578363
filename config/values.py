"""One value of the file: what its setting expects, what was found instead, and `env:` and `file:` followed to what they name."""

import datetime
import math
import os
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import Meta
from msgspec import inspect as shapes

FILE_MAX_BYTES = 64 * 1024
"""A secret is short; whoever names a bigger file has named the wrong one."""


class Wrong(Exception):
    """A value that can't be used. `str()` says what was expected and what came; `at` leads from the setting to the place inside it."""

    def __init__(self, message: str, at: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.at = at


class References:
    """Follows `env:VARIABLE` and `file:PATH`."""

    def __init__(self, environ: Mapping[str, str], folder: Path) -> None:
        """`folder`: where a relative `file:` starts."""
        self._environ = environ
        self._folder = folder

    def follow(self, text: str) -> str:
        """What is behind a reference, without the line break at its end. Raises Wrong where there is nothing."""
        kind, name = text.split(":", 1)
        value = self._variable(name) if kind == "env" else self._file(self._folder / name)
        if not value:
            raise Wrong(f"{text} is empty")
        return value

    def _variable(self, name: str) -> str:
        if name not in self._environ:
            raise Wrong(f"the environment variable {name} is not set")
        return self._environ[name]

    def _file(self, path: Path) -> str:
        try:
            with path.open("rb") as file:
                content = file.read(FILE_MAX_BYTES + 1)
        except (OSError, ValueError) as error:  # ValueError: a name with a NUL in it
            why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "no such name can be"
            raise Wrong(f"can't read {path}: {why}") from None
        if len(content) > FILE_MAX_BYTES:
            raise Wrong(f"{path} has more than {FILE_MAX_BYTES} bytes: expected a file with this one value")
        try:
            return content.decode("utf-8-sig").rstrip("\r\n")
        except UnicodeDecodeError:
            raise Wrong(f"{path} is not UTF-8 text") from None


def is_reference(value: object) -> bool:
    """Whether the value stands somewhere else."""
    return isinstance(value, str) and value.startswith(("env:", "file:"))


def understand(value: Any, wanted: Any, references: References) -> Any:
    """The value as its setting's type. Raises Wrong; of several wrong things inside, with the first."""
    if get_origin(wanted) is tuple:
        return _understand_list(value, get_args(wanted)[0], references)
    if get_origin(wanted) is dict:
        return _understand_table(value, get_args(wanted)[1], references)
    return _understand_one(value, wanted, references)


def _understand_list(value: Any, wanted: Any, references: References) -> tuple[Any, ...]:
    if is_reference(value):
        value = [item.strip() for item in references.follow(value).split(",")]
    if not isinstance(value, list):
        raise Wrong(f"expected a list, got {_shown(value)}")
    items = []
    for number, item in enumerate(value, 1):
        try:
            items.append(_understand_one(item, wanted, references))
        except Wrong as wrong:
            raise Wrong(f"item {number}: {wrong}", wrong.at) from None
    return tuple(items)


def _understand_table(value: Any, wanted: Any, references: References) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Wrong(f"expected a table, got {_shown(value)}")
    items = {}
    for key, item in value.items():
        try:
            items[key] = understand(item, wanted, references)
        except Wrong as wrong:
            raise Wrong(str(wrong), (key, *wrong.at)) from None
    return items


def _understand_one(value: Any, wanted: Any, references: References) -> Any:
    if isinstance(value, datetime.date | datetime.time):
        value = value.isoformat()
    is_elsewhere = is_reference(value)
    found = references.follow(value) if is_elsewhere else value
    if isinstance(found, float) and not math.isfinite(found):
        raise Wrong(f"expected {expected(wanted)}, got {found}")
    try:
        return msgspec.convert(found, wanted, strict=not is_elsewhere)
    except msgspec.ValidationError:
        shown = f"something else from {value}" if is_elsewhere else _shown(found, is_hidden=is_secret(wanted))
        raise Wrong(f"expected {expected(wanted)}, got {shown}") from None


def is_secret(wanted: Any) -> bool:
    """Whether a setting's value may not be shown."""
    metas = get_args(wanted)[1:] if get_origin(wanted) is Annotated else ()
    return any(isinstance(meta, Meta) and meta.extra is not None and bool(meta.extra.get("secret")) for meta in metas)


def expected(wanted: Any) -> str:
    """What a setting takes, in words: `a whole number >= 1`."""
    if get_origin(wanted) in (tuple, dict):
        return "a list" if get_origin(wanted) is tuple else "a table"
    if get_origin(wanted) is Literal:
        return "one of " + ", ".join(f'"{word}"' for word in get_args(wanted))
    shape = shapes.type_info(wanted)
    while isinstance(shape, shapes.Metadata):
        shape = shape.type
    match shape:
        case shapes.IntType():
            return "a whole number" + _limits(shape)
        case shapes.FloatType():
            return "a number" + _limits(shape)
        case shapes.BoolType():
            return "true or false"
        case _:
            return "text"


def _limits(shape: shapes.IntType | shapes.FloatType) -> str:
    limits = ((">", shape.gt), (">=", shape.ge), ("<", shape.lt), ("<=", shape.le))
    said = " and ".join(f"{sign} {limit}" for sign, limit in limits if limit is not None)
    return said and " " + said


def _shown(value: Any, *, is_hidden: bool = False) -> str:
    """What was found: a number or a short word as it stands, anything longer or secret by its kind."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return "a number" if is_hidden else str(value)
        case str():
            return "text" if is_hidden or len(value) > 40 else repr(value)
        case list():
            return "a list"
        case _:
            return "a table"


def is_union(wanted: Any) -> bool:
    """Whether a setting takes one of several tables."""
    return isinstance(wanted, types.UnionType)

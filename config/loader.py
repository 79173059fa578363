"""Reads the configuration: one TOML file into `Settings`, or every problem in it at once.

msgspec stops at the first error; an operator wants them all. So the tables are walked key by key, what can be used is used, and the rules
that look at several settings run over what there is.
"""

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints
from urllib.parse import unquote, urlsplit

from msgspec import NODEFAULT, Struct, structs

from config import rules
from config.places import Places
from config.problems import ConfigError, Problem
from config.schema import Queue, Settings
from config.values import References, Wrong, is_secret, is_union, understand

DEFAULT_FILE = Path("frontdesk.toml")
FILE_MAX_BYTES = 1024 * 1024

Key = tuple[str, ...]
Check = Callable[[Settings], Iterable[tuple[Key, str]]]
"""A rule of somebody else's over the settings: (the key's path, what is wrong with it)."""


def load(path: Path | None, environ: Mapping[str, str], *, checks: Iterable[Check] = ()) -> Settings:
    """The settings of a file, or the built-in ones without a file. Raises ConfigError with everything that is wrong.

    `checks` are further rules, run together with ours. A relative `file:` starts at the file's folder.
    """
    text = _text(path) if path is not None else ""
    file = path or Path("the built-in settings")
    walk = Walk(Places(str(file), text), References(environ, file.parent))
    settings = walk.settings(_tables(file, text))
    for check in (rules.check, *checks):
        walk.note(check(settings))
    if walk.problems:
        raise ConfigError(walk.problems)
    return _tidy(settings)


def secrets_of(settings: Settings) -> Iterator[str]:
    """Every secret in the settings: what no log line may show."""
    yield from filter(None, _secrets(settings))
    for url in (settings.store.url, settings.bus.url):
        password = urlsplit(url).password
        if password:
            yield from {password, unquote(password)}


class Walk:
    """One pass over a file's tables. Collects problems; what is wrong is replaced by its default, so that the rest can be looked at."""

    def __init__(self, places: Places, references: References) -> None:
        self.problems: list[Problem] = []
        self._places = places
        self._references = references
        self._bad: set[Key] = set()

    def settings(self, tables: Mapping[str, Any]) -> Settings:
        """The whole file."""
        settings: Settings = self._struct(Settings, tables, ())
        return structs.replace(settings, queues={"default": Queue(), **settings.queues})

    def note(self, found: Iterable[tuple[Key, str]]) -> None:
        """Add what a rule found, except about a setting that is known to be wrong already."""
        for key, message in found:
            if not any(key[:length] in self._bad for length in range(1, len(key) + 1)):
                self.problems.append(Problem(self._places.where(key), message))

    def _struct(self, kind: type[Struct], table: Any, key: Key) -> Any:
        if not isinstance(table, dict):
            self._reject(key, "expected a table, got a value")
            table = {}
        hints = get_type_hints(kind, include_extras=True)
        tag = kind.__struct_config__.tag_field
        self._reject_unknown(table.keys() - hints.keys() - {tag}, hints, key)
        given = {name: self._value(table[name], wanted, (*key, name)) for name, wanted in hints.items() if name in table}
        return kind(**{name: value for name, value in given.items() if value is not NODEFAULT}, **self._gaps(kind, given, key))

    def _value(self, value: Any, wanted: Any, key: Key) -> Any:
        """The value as its setting's type, or NODEFAULT."""
        if isinstance(wanted, type) and issubclass(wanted, Struct):
            return self._struct(wanted, value, key)
        if get_origin(wanted) is dict and _holds_tables(get_args(wanted)[1]):
            return self._named(value, get_args(wanted)[1], key)
        if get_origin(wanted) is tuple and _holds_tables(get_args(wanted)[0]):
            return self._listed(value, get_args(wanted)[0], key)
        try:
            return understand(value, wanted, self._references)
        except Wrong as wrong:
            self._reject((*key, *wrong.at), str(wrong))
            self._bad.add(key)
            return NODEFAULT

    def _named(self, tables: Any, wanted: Any, key: Key) -> Any:
        """The tables of `[queues.NAME]` and its like."""
        if not isinstance(tables, dict):
            self._reject(key, f"expected tables such as [{'.'.join(key)}.NAME]")
            return NODEFAULT
        found = {name: self._one_of(table, wanted, (*key, name)) for name, table in tables.items()}
        return {name: value for name, value in found.items() if value is not NODEFAULT}

    def _listed(self, tables: Any, wanted: type[Struct], key: Key) -> Any:
        """A list of tables, such as a form's fields. Their places are counted from 1."""
        if not isinstance(tables, list):
            self._reject(key, "expected a list of tables")
            return NODEFAULT
        return tuple(self._struct(wanted, table, (*key, str(number))) for number, table in enumerate(tables, 1))

    def _one_of(self, table: Any, wanted: Any, key: Key) -> Any:
        if not isinstance(table, dict):
            self._reject(key, "expected a table, got a value")
            return NODEFAULT
        if not is_union(wanted):
            return self._struct(wanted, table, key)
        kinds = {str(kind.__struct_config__.tag): kind for kind in get_args(wanted)}
        given = table.get("type")
        if isinstance(given, str) and given in kinds:
            return self._struct(kinds[given], table, key)
        known = ", ".join(f'"{kind}"' for kind in kinds)
        came = f"unknown type {given!r}" if "type" in table else "missing"
        self._reject((*key, "type"), f"{came}: expected one of {known}")
        self._bad.add(key)
        return NODEFAULT

    def _gaps(self, kind: type[Struct], given: Mapping[str, Any], key: Key) -> dict[str, Any]:
        """Something empty for required settings that are missing, each of which is a problem."""
        required = [f.name for f in structs.fields(kind) if f.required]
        for name in required:
            if name not in given:
                self._reject((*key, name), "missing: it has no default")
        hints = get_type_hints(kind)
        return {name: _blank(hints[name]) for name in required if given.get(name, NODEFAULT) is NODEFAULT}

    def _reject_unknown(self, names: Iterable[str], known: Iterable[str], key: Key) -> None:
        for name in sorted(names):
            near = difflib.get_close_matches(name, known, 1, 0.7)
            self._reject((*key, name), f"unknown key{f': is it `{near[0]}`?' if near else ''}")

    def _reject(self, key: Key, message: str) -> None:
        self._bad.add(key)
        self.problems.append(Problem(self._places.where(key), message))


def _blank(wanted: Any) -> Any:
    """What stands for a required setting that is missing: a table with nothing in it, else empty text."""
    if not (isinstance(wanted, type) and issubclass(wanted, Struct)):
        return ""
    hints = get_type_hints(wanted)
    return wanted(**{f.name: _blank(hints[f.name]) for f in structs.fields(wanted) if f.required})


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()[: FILE_MAX_BYTES + 1]
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise ConfigError([Problem(str(path), f"can't be read: {error.strerror}")]) from None
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigError([Problem(f"{path}:{line}", "expected UTF-8 text")]) from None
    if len(content) > FILE_MAX_BYTES:
        raise ConfigError([Problem(str(path), f"expected at most {FILE_MAX_BYTES} bytes")])
    return text


def _tables(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        line = re.search(r"\(at line (\d+)", said)
        raise ConfigError([Problem(f"{path}:{line[1]}" if line else str(path), f"not TOML: {said}")]) from None
    except (ValueError, RecursionError):  # tomllib's own limits: a number of thousands of digits, a thousand brackets
        raise ConfigError([Problem(str(path), "not TOML: a number or a nesting beyond all measure")]) from None


def _holds_tables(wanted: Any) -> bool:
    return is_union(wanted) or (isinstance(wanted, type) and issubclass(wanted, Struct))


def _tidy(settings: Settings) -> Settings:
    gateway = settings.gateway
    return structs.replace(settings, gateway=structs.replace(gateway, public_url=gateway.public_url.rstrip("/")))


def _secrets(table: Struct) -> Iterator[str]:
    hints = get_type_hints(type(table), include_extras=True)
    for name, wanted in hints.items():
        value = getattr(table, name)
        inner = value.values() if isinstance(value, dict) else (value,)
        yield from (secret for item in inner if isinstance(item, Struct) for secret in _secrets(item))
        if is_secret(wanted):
            yield value
        elif get_origin(wanted) is dict and is_secret(get_args(wanted)[1]):
            yield from value.values()

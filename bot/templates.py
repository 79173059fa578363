"""Words with places in them, filled from what was looked up: `{{result.eta | date}}`. Pure, and as small as a language can be.

A place names a path (`result.items.0.name`, `slots.order`), then filters from a closed list. Nothing is called, computed or looped over;
values are data, clipped, on one line, and what Markdown would take for a mark is escaped, so that they stay what they are.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from bot import formatting
from gateway.core.expressions import expression

TEMPLATE_MAX_CHARS = 4_000
VALUE_MAX_CHARS = 500
PATH_MAX_COUNT = 8
LIST_MAX_COUNT = 10

_PLACE = expression(r"\{\{([^{}]{1,500})\}\}")
_TOKEN = expression(r'\s*(?:"(?P<quoted>[^"]*)"|(?P<sign>[|,:=])|(?P<word>[^\s"|,:=]+))')
_PATH = expression(r"[A-Za-z_][\w-]*(?:\.[\w-]+)*", re.ASCII)
_MARKS = expression(r"[\\`*_\[\]()#!<>~]")
_LINE_START = expression(r"^(?:[-+]|(?P<number>\d{1,9})(?P<dot>[.)]))")


class BadTemplate(ValueError):
    """The words can't be read; `str()` says what was expected."""


class Missing(Exception):
    """What was looked up does not hold what a place names; `str()` is the path, the owner's own word."""


class Filter(Struct, frozen=True):
    """One filter and what it was given: words in their order, and choices by name."""

    name: str
    words: tuple[str, ...] = ()
    named: Mapping[str, str] = {}


class Place(Struct, frozen=True):
    """A path and its filters."""

    path: tuple[str, ...]
    filters: tuple[Filter, ...] = ()


class Template(Struct, frozen=True):
    """Words and places, in turn."""

    pieces: tuple[str | Place, ...]

    @property
    def places(self) -> Iterator[Place]:
        return (piece for piece in self.pieces if isinstance(piece, Place))


def parse(text: str) -> Template:
    """The template. Raises BadTemplate."""
    if len(text) > TEMPLATE_MAX_CHARS:
        raise BadTemplate(f"expected at most {TEMPLATE_MAX_CHARS} characters")
    pieces: list[str | Place] = []
    done = 0
    for found in _PLACE.finditer(text):
        pieces += [text[done : found.start()], _place(found[1])]
        done = found.end()
    pieces.append(text[done:])
    if any("{{" in piece or "}}" in piece for piece in pieces if isinstance(piece, str)):
        raise BadTemplate("expected places such as {{result.status}}; a brace has no partner")
    return Template(tuple(piece for piece in pieces if piece))


def render(template: Template, values: Mapping[str, Any], language: str, escape: Callable[[str], str]) -> str:
    """The words with their places filled; each value through `escape`. Raises Missing."""
    return "".join(piece if isinstance(piece, str) else _said(piece, values, language, escape) for piece in template.pieces)


def escaped(value: str) -> str:
    """A value that Markdown leaves as it is: no mark, no list, no link. Addresses are shown, not linked: nobody vouches for them."""
    text = _MARKS.sub(r"\\\g<0>", value).replace("://", ":\u200b//")
    return _LINE_START.sub(lambda found: f"{found['number'] or ''}\\{found['dot'] or found[0]}", text)


def value_at(path: tuple[str, ...], values: Mapping[str, Any]) -> Any:
    """What lies at the path; None where nothing does."""
    found: Any = values
    for step in path:
        if isinstance(found, Mapping):
            found = found.get(step)
        elif isinstance(found, list) and step.isdecimal() and len(step) < 4:
            found = found[int(step)] if int(step) < len(found) else None
        else:
            return None
    return found


def plain(value: Any) -> str | None:
    """A simple value as text, on one line and clipped; None for lists, tables and nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        return None
    if isinstance(value, float):
        return formatting.plain_number(value)
    return " ".join("".join(char if char.isprintable() else " " for char in str(value)[: VALUE_MAX_CHARS * 4]).split())[:VALUE_MAX_CHARS]


def _said(place: Place, values: Mapping[str, Any], language: str, escape: Callable[[str], str]) -> str:
    value = value_at(place.path, values)
    is_ours = False
    for one in place.filters:
        if one.name == "default":
            if plain(value) in (None, "") and not isinstance(value, list):
                value, is_ours = one.words[0], True
        elif one.name == "choose":
            chosen = one.named.get(plain(value) or "", one.named.get("other"))
            if chosen is not None:
                value, is_ours = chosen, True
            elif value is not None:
                raise Missing(".".join(place.path))
        elif not is_ours and value is not None:
            value = _filtered(one, value, language)
    text = plain(value)
    if text is None or text == "":
        raise Missing(".".join(place.path))
    return text if is_ours else escape(text)


def _filtered(one: Filter, value: Any, language: str) -> Any:
    """The value, written as the filter says; None where it can't be."""
    match one.name:
        case "join":
            items = [plain(item) for item in value[:LIST_MAX_COUNT]] if isinstance(value, list) else []
            return (one.words or (", ",))[0].join(item for item in items if item) or None
        case "count":
            return len(value) if isinstance(value, list) else None
        case "date":
            return formatting.date(plain(value), language, *one.words)
        case "datetime":
            return formatting.date_and_time(plain(value), language, *one.words)
        case "amount":
            return formatting.amount(plain(value), language, *one.words)
        case _:
            return formatting.number(plain(value))


# ---- reading what the owner wrote ----------------------------------------------------------------------------------------------------

_WORD_COUNTS = {
    "default": (1, 1), "choose": (0, 0), "join": (0, 1), "count": (0, 0), "date": (0, 1), "datetime": (0, 1), "amount": (0, 2),
    "number": (0, 0),
}  # fmt: skip


def _place(inside: str) -> Place:
    path, *filters = _parts(inside)
    if len(path) != 1 or not _PATH.fullmatch(path[0][0]) or path[0][0].count(".") >= PATH_MAX_COUNT:
        raise BadTemplate(f"expected a path such as result.status, found `{inside.strip()[:60]}`")
    return Place(tuple(path[0][0].split(".")), tuple(map(_filter, filters)))


def _parts(inside: str) -> list[list[tuple[str, str]]]:
    """The tokens between the bars: (word or "", sign or "")."""
    parts: list[list[tuple[str, str]]] = [[]]
    at, end = 0, len(inside.rstrip())
    while at < end:
        token = _TOKEN.match(inside, at)
        if token is None:
            raise BadTemplate(f"expected words, quoted where they hold signs, found `{inside[at : at + 20]}`")
        at = token.end()
        if token["sign"] == "|":
            parts.append([])
        else:
            parts[-1].append((token["quoted"] if token["quoted"] is not None else token["word"] or "", token["sign"] or ""))
    return parts


def _filter(tokens: list[tuple[str, str]]) -> Filter:
    name = tokens[0][0] if tokens else ""
    if name not in _WORD_COUNTS:
        raise BadTemplate(f"expected one of {', '.join(_WORD_COUNTS)}, found `{name[:40]}`")
    words, named = _arguments(tokens[1:])
    least, most = _WORD_COUNTS[name]
    if not least <= len(words) <= most or bool(named) is not (name == "choose"):
        shape = 'a="...", other="..."' if name == "choose" else '"..."'
        raise BadTemplate(f"{name}: expected {name}{': ' + shape if most or name == 'choose' else ''}")
    _check_words(name, words)
    return Filter(name, tuple(words), named)


def _check_words(name: str, words: list[str]) -> None:
    if name in ("date", "datetime") and words and not formatting.is_timezone(words[0]):
        raise BadTemplate(f"{name}: expected a time zone such as Asia/Shanghai, found `{words[0][:40]}`")
    if name == "amount" and words[1:] not in ([], ["minor"]):
        raise BadTemplate("amount: expected amount: CNY, or amount: CNY, minor (for cents), found another word")


def _arguments(tokens: list[tuple[str, str]]) -> tuple[list[str], dict[str, str]]:
    """What stands behind the colon, between commas: words, or name=word."""
    if not tokens:
        return [], {}
    groups: list[list[tuple[str, str]]] = [[]]
    for token in tokens[1:]:
        if token[1] == ",":
            groups.append([])
        else:
            groups[-1].append(token)
    words: list[str] = []
    named: dict[str, str] = {}
    for group in groups:
        match [sign for _, sign in group]:
            case [""]:
                words.append(group[0][0])
            case ["", "=", ""]:
                named[group[0][0]] = group[2][0]
            case _:
                raise BadTemplate('expected a word, or name="words", between commas')
    if tokens[0][1] != ":":
        raise BadTemplate("expected a colon between a filter and what it is given")
    return words, named

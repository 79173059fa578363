r"""The shape of an order number and its like, as owners write it: `A\d{7}`, `[A-Z]{2}-\d{4,6}|\d{10}`.

A small part of what regular expressions can say: letters and digits, `\d`, `\w`, classes, `?`, `*`, `+`, `{m}`, `{m,n}`, and `|` between
whole shapes. No groups: so a text is matched in one pass, and no shape, however it is written, can stall the bot over a customer's words.
All places that a text may have come to are the bits of one number: a character costs a handful of operations, however many there are.
"""

import re
import string

from msgspec import Struct

from gateway.core.expressions import expression

PATTERN_MAX_CHARS = 200
STEPS_MAX_COUNT = 400
TEXT_MAX_CHARS = 64
"""Longer than this is no number of anything."""

_ATOM = expression(r"\\(?P<escaped>.)|\[(?P<inside>[^\[\]]*)\]|(?P<plain>[^\\\[\](){}|?*+.^$])")
_TIMES = expression(r"\{(\d{1,2})(?:(,)(\d{0,2}))?\}|([?*+])")
_RANGE = expression(r"\\(?P<escaped>.)|(?P<first>[^\\])-(?P<last>[^\\\]])|(?P<one>[^\\])")
_CLASSES = {"d": frozenset(string.digits), "w": frozenset(string.ascii_uppercase + string.digits + "_")}


class BadPattern(ValueError):
    """The shape can't be read; `str()` says why."""


class _Step(Struct, frozen=True):
    """One character of the shape: which it may be, and whether it may be left out."""

    chars: frozenset[str]
    is_optional: bool


class Pattern:
    """A shape that a text has, or has not. Capitals and small letters are one."""

    def __init__(self, written: str) -> None:
        """Raises BadPattern."""
        if not 0 < len(written) <= PATTERN_MAX_CHARS:
            raise BadPattern(f"expected 1 to {PATTERN_MAX_CHARS} characters")
        self.written = written
        self._starts = self._ends = self._optional = 0
        self._taking: dict[str, int] = {}
        at = 0
        for shape in written.split("|"):
            at = self._lay(_steps(shape), at)

    def _lay(self, steps: tuple[_Step, ...], at: int) -> int:
        """Give a shape its bits from `at` on, and one behind its last step, from where nothing leads on; where the next shape begins."""
        self._starts |= 1 << at
        for step in steps:
            self._optional |= step.is_optional << at
            for char in step.chars:
                self._taking[char] = self._taking.get(char, 0) | 1 << at
            at += 1
        self._ends |= 1 << at
        return at + 1

    def matches(self, text: str) -> bool:
        """Whether the whole text has this shape."""
        if len(text) > TEXT_MAX_CHARS:
            return False
        places = self._onwards(self._starts)
        for char in text.upper():
            places = self._onwards((places & self._taking.get(char, 0)) << 1)
            if not places:
                return False
        return bool(places & self._ends)

    def _onwards(self, places: int) -> int:
        """With the places that are reached by leaving steps out: a sum carries through each run of such steps (Navarro and Raffinot)."""
        return places | (self._optional + (places & self._optional)) ^ self._optional


def _steps(shape: str) -> tuple[_Step, ...]:
    steps: list[_Step] = []
    at = 0
    while at < len(shape):
        atom = _ATOM.match(shape, at)
        if atom is None:
            raise BadPattern(rf"expected letters, digits, \d, \w, [A-Z] and how often, such as {{7}} or {{4,6}}; found `{shape[at]}`")
        at = atom.end()
        times = _TIMES.match(shape, at)
        at = times.end() if times else at
        least, most = _times(times)
        chars = _chars(atom)
        steps += [_Step(chars, is_optional=False)] * least + [_Step(chars, is_optional=True)] * (most - least)
        if len(steps) > STEPS_MAX_COUNT:
            raise BadPattern("expected a shorter shape, or fewer * and +")
    if all(step.is_optional for step in steps):
        raise BadPattern("expected a shape that nothing at all does not have")
    return tuple(steps)


def _times(found: re.Match[str] | None) -> tuple[int, int]:
    if found is None:
        return 1, 1
    if found[4]:
        return {"?": (0, 1), "*": (0, TEXT_MAX_CHARS), "+": (1, TEXT_MAX_CHARS)}[found[4]]
    least = int(found[1])
    most = least if not found[2] else int(found[3]) if found[3] else TEXT_MAX_CHARS
    if not least <= most <= TEXT_MAX_CHARS:
        raise BadPattern(f"expected numbers that rise, at most {TEXT_MAX_CHARS}; found `{found[0]}`")
    return least, most


def _chars(atom: re.Match[str]) -> frozenset[str]:
    if atom["plain"]:
        return frozenset(atom["plain"].upper())
    if atom["escaped"]:
        return _escaped(atom["escaped"])
    if not atom["inside"] or atom["inside"].startswith("^"):
        raise BadPattern(f"expected what a character may be, such as [A-Z0-9]; found `{atom[0]}`")
    return frozenset(char for part in _RANGE.finditer(atom["inside"]) for char in _range(part))


def _range(part: re.Match[str]) -> frozenset[str]:
    if part["escaped"]:
        return _escaped(part["escaped"])
    if part["one"]:
        return frozenset(part["one"].upper())
    first, last = ord(part["first"]), ord(part["last"])
    if not first <= last or last > 0x7F:
        raise BadPattern(f"expected a range such as A-Z; found `{part[0]}`")
    return frozenset(chr(code).upper() for code in range(first, last + 1))


def _escaped(char: str) -> frozenset[str]:
    if char in _CLASSES:
        return _CLASSES[char]
    if char.isalnum():
        raise BadPattern(rf"expected \d or \w; found `\{char}`")
    return frozenset(char)

"""Regular expressions that are compiled when first used.

The bot knows some two hundred, and compiling them took half as long as importing all the rest of the program; a question needs a few dozen.
"""

import re
from typing import Any, cast

_METHODS = ("search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn")
_ALL: list["_Late"] = []
_POSSESSIVE = re.compile(r"\)(?:[*+?]|\{[0-9,]+\})\+")
_PIECE = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|" + _POSSESSIVE.pattern + "|.", re.DOTALL)


class _Late:
    """Stands for a pattern: its first use puts the pattern's own methods in its place, so that the next one costs nothing more."""

    def __init__(self, written: str, flags: int) -> None:
        self._written = written
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what copies and pickles ask for
            raise AttributeError(name)
        return getattr(self.compiled(), name)

    def compiled(self) -> re.Pattern[str]:
        """The pattern itself. Fit for several threads: whoever comes second makes the same once more."""
        pattern = re.compile(atomic(self._written), self._flags)
        vars(self).update({name: getattr(pattern, name) for name in _METHODS})
        return pattern


def expression(written: str, flags: int = 0) -> re.Pattern[str]:
    """What `re.compile` gives, later. For constants of modules: a mistake in it shows at its first use, or in `compile_all`."""
    late = _Late(written, flags)
    _ALL.append(late)
    return cast("re.Pattern[str]", late)


def atomic(written: str) -> str:
    """Its possessive groups as atomic ones, which mean the same: Python before 3.11.5 goes on behind a try of the former that failed."""
    if not _POSSESSIVE.search(written):
        return written
    pieces: list[str] = []
    opened: list[int] = []
    for piece in _PIECE.findall(written):
        if piece == "(":
            opened.append(len(pieces))
        elif piece[0] == ")":
            begin = opened.pop()
            if len(piece) > 1:
                pieces[begin] = "(?>" + pieces[begin]
                pieces.append(piece[:-1])
                piece = ")"
        pieces.append(piece)
    return "".join(pieces)


def compile_all() -> None:
    """Compile those of every module that is imported by now: some tenths of a second of CPU, so beside the loop. Safe to repeat."""
    for late in _ALL:
        if _METHODS[0] not in vars(late):
            late.compiled()

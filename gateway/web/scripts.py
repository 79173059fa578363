"""Scripts as they travel: comments stay at home, and modules that are always needed together come in one piece.

Nothing is built and nothing is kept: what lies in the folders is put together once, when the application starts. One file in place of a
dozen saves the browser a chain of questions, and a third of the bytes, since what is alike in two modules is compressed once.

What this asks of the modules, and checks: imports are `import {a, b} from "./x.js";`, there is no default export among those that are
joined, and no two of them use one name at their top level. Spaces at the beginning of a line mean nothing in them, not even inside a
template.
"""

import re
from collections.abc import Iterable, Mapping

_LINES = re.compile(rb"^[ \t]*(?:/\*\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*$", re.MULTILINE | re.DOTALL)
_TYPES = re.compile(rb"/\*\* @(?:type|param|returns)(?:(?!\*/).)*\*/ ?", re.DOTALL)
_ASIDES = re.compile(rb"(?<=[;,{)>]) +// [^\n\"'`]*$", re.MULTILINE)
_SPACE = re.compile(rb"\n\s+")
_IMPORT = re.compile(rb'^import \{[^}]*\} from "\./([\w.-]+\.js)";\n?', re.MULTILINE)
_NAME = re.compile(rb"^(?:export )?(?:async )?(?:const|let|class|function\*?) (\w+)", re.MULTILINE)


def lean(source: bytes) -> bytes:
    """Without comments, types and indentation."""
    for pattern in (_LINES, _TYPES, _ASIDES):
        source = pattern.sub(b"", source)
    return _SPACE.sub(b"\n", source).lstrip()


def together(sources: Mapping[str, bytes], first: str) -> tuple[bytes, frozenset[str]]:
    """The module `first` with everything that it imports, as one module that exports what any of them does; and their names.

    Raises ValueError where two of them use one name.
    """
    order = _in_order(sources, first)
    parts = [_IMPORT.sub(b"", sources[name]) for name in order]
    names = [name for part in parts for name in _NAME.findall(part)]
    twice = sorted({name.decode() for name in names if names.count(name) > 1})
    if twice or any(b"export default" in part for part in parts):
        raise ValueError(f"modules that are joined share no top-level name and have no default export; twice there: {twice}")
    return b"\n".join(parts), frozenset(order)


def pointed(source: bytes, away: Iterable[str], to: str) -> bytes:
    """A module whose imports from the modules `away` come from the module `to`, of which they are part now."""
    for name in away:
        source = source.replace(f'from "./{name}";'.encode(), f'from "./{to}";'.encode())
    return source


def _in_order(sources: Mapping[str, bytes], name: str, known: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Every module after those that it imports."""
    for needed in _IMPORT.findall(sources[name]):
        if needed.decode() not in known:
            known = _in_order(sources, needed.decode(), known)
    return known if name in known else (*known, name)

"""Scripts as they travel: all modules of a page in one piece, without what a browser does not need.

Nothing is built and nothing is kept: what lies in the folders is put together once, when the application starts. One file in place of
two dozen saves the browser a chain of questions, and a third of the bytes, since what is alike in two modules is compressed once.

What this asks of the modules, and checks: imports are `import {a, b} from "./x.js";`, there is no default export among those that are
joined, and no two of them use one name at their top level. A template that begins with a line's end holds CSS.
"""

import re
from collections.abc import Mapping

_TOKENS = re.compile(
    rb"""(?P<comment>//[^\n]*|/\*(?:(?!\*/).)*\*/[ ]?)
       | (?P<literal>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`
           | (?<=[(,=:\[!&|?{};\n>\ ])/(?![*/\ ])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/)
       | (?P<line>\n\s*)
       | (?P<last>;\s*(?=\})|,\s*(?=[})\]]))
       | [ ]*(?P<sign>[{}()\[\];:,=<>*&|?!])(?P<space>\s*)""",
    re.VERBOSE | re.DOTALL,
)
"""Comments; strings, templates and regular expressions, which are left alone; ends of lines; signs that may be left out behind the last of
a block or list; and signs beside which a space means nothing."""
_CSS_SIGN = re.compile(rb"; ?\n?(?=\})| ?([{};,]) ?|(:) |\n\s*")
_CLOSED = b"{},;(["
"""Behind these not even the end of a line means anything, in scripts that end every statement."""
_PRIVATE = re.compile(rb"(?:(?<=this\.)|(?<=[\n;{}])|(?<=\b[gs]et )|(?<=\basync ))#([A-Za-z]\w*)")
_CONSTANT = re.compile(rb"(?:^|[\n;}])(?:const ([A-Z][A-Z0-9_]{3,})(?==)|class ([A-Z]\w+))")
_PROPERTY = re.compile(rb"(?<![\w-])--fd-[\w-]+(?=:)")
_IMPORT = re.compile(rb'^import \{[^}]*\} from "\./([\w.-]+\.js)";\n?', re.MULTILINE)
_NAME = re.compile(rb"^(?:export )?(?:async )?(?:const|let|class|function\*?) (\w+)", re.MULTILINE)
_EXPORT = re.compile(rb"^export (?!default)", re.MULTILINE)


def lean(source: bytes) -> bytes:
    """Without comments and spaces that mean nothing; with short private names, which nobody outside of a class can use."""
    return _terse(_TOKENS.sub(_tight, source).lstrip())


def _terse(source: bytes) -> bytes:
    names = list(dict.fromkeys(_PRIVATE.findall(source)))
    short = {name: b"#" + _letters(index) for index, name in enumerate(names)}
    return _PRIVATE.sub(lambda found: short[found[1]], source)


def whole(source: bytes) -> bytes:
    """A piece that nobody adds anything to and that lives in a shadow root: short names for its constants, classes and custom properties.

    What no rule asks for goes, and so do selectors of a document's root.
    """
    for name in set(_PROPERTY.findall(source)):
        if not re.search(rb"var\(" + name + rb"[,)]", source):
            source = re.sub(name + rb":[^;}]*(?:;|(?=\}))", b"", source)
    source = re.sub(rb":root[^,{}]*,(?=:host)", b"", source)
    for index, name in enumerate(dict.fromkeys(constant or kind for constant, kind in _CONSTANT.findall(source))):
        source = re.sub(rb"(?<![\w$\"])(?<![^.]\.)" + name + rb"(?![\w$\"])", b"$" + _letters(index), source)
    for index, name in enumerate(dict.fromkeys(_PROPERTY.findall(source))):
        source = re.sub(name + rb"(?![\w-])", b"--" + _letters(index + 26), source)
    return source


def together(sources: Mapping[str, bytes], first: str) -> bytes:
    """The module `first` with everything that it imports, as one module. Raises ValueError where two of them use one name."""
    order = in_order(sources, first)
    parts = [_IMPORT.sub(b"", sources[name]) for name in order]
    names = [name for part in parts for name in _NAME.findall(part)]
    twice = sorted({name.decode() for name in names if names.count(name) > 1})
    if twice or any(b"export default" in part for part in parts):
        raise ValueError(f"modules that are joined share no top-level name and have no default export; twice there: {twice}")
    return b"\n".join([*(_EXPORT.sub(b"", part) for part in parts[:-1]), parts[-1]])


def in_order(sources: Mapping[str, bytes], name: str, known: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The module and all that it needs, every one after those that it imports."""
    for needed in _IMPORT.findall(sources[name]):
        if needed.decode() not in known:
            known = in_order(sources, needed.decode(), known)
    return known if name in known else (*known, name)


def _letters(index: int) -> bytes:
    """a, b, ... z, ba, bb, ..."""
    rest, last = divmod(index, 26)
    return (_letters(rest) if rest else b"") + bytes([ord("a") + last])


def _tight(found: re.Match[bytes]) -> bytes:
    whole = found[0]
    match found.lastgroup:
        case "comment" | "last":
            return b""
        case "line":
            return b"\n"
        case "literal":
            return _CSS_SIGN.sub(lambda sign: sign[1] or sign[2] or b"", whole) if whole.startswith(b"`\n") else whole
    sign: bytes = found["sign"]
    return sign + (b"\n" if b"\n" in found["space"] and sign[-1] not in _CLOSED else b"")

"""Plain text as it was written: lines put together again (RFC 3676), and without the armour of OpenPGP. Linear."""

import re

_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufeff\ud800-\udfff]+")
_BREAKS = re.compile("\r\n?|[\x0c\x85\u2028\u2029]")
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
_SIGNATURE_END = "-----END PGP SIGNATURE-----"
ENCRYPTED = "-----BEGIN PGP MESSAGE-----"
_MARK = (
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff"
    "\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f]"
)
_HEAP = re.compile(f"({_MARK}{{16}}){_MARK}++")
"""More marks over one letter than any script has."""


def cleaned(text: str) -> str:
    """One kind of line end, no controls."""
    text = text.replace("\r\n", "\n")
    return _CONTROLS.sub("", _BREAKS.sub("\n", text)) if _ODD.search(text) else text


def calmed(text: str) -> str:
    """Without heaps of marks on one letter: a browser's time grows with their square, and 80,000 of them hang it."""
    return text if text.isascii() else _HEAP.sub(r"\1", text)


def unflowed(text: str, *, is_tight: bool) -> str:
    """The paragraphs of `format=flowed`: a blank at the end of a line says that it goes on. `is_tight`: DelSp=yes."""
    out: list[str] = []
    going: list[str] = []
    depth = 0
    for line in text.split("\n"):
        words = line.lstrip(">")
        here = len(line) - len(words)
        words = words.removeprefix(" ")
        if going and here != depth:
            out.append(_line(depth, going))
            going = []
        depth = here
        is_going = words.endswith(" ") and words != "-- "
        going.append(words[:-1] if is_going and is_tight else words)
        if not is_going:
            out.append(_line(depth, going))
            going = []
    if going:
        out.append(_line(depth, going))
    return "\n".join(out)


def _line(depth: int, words: list[str]) -> str:
    return f"{'>' * depth}{' ' if depth else ''}{''.join(words)}"


def unarmoured(text: str) -> str:
    """Without what OpenPGP put around it, where it is signed in the text itself (RFC 9580, section 7)."""
    if _SIGNED not in text:
        return text
    before, _, rest = text.partition(_SIGNED)
    _, blank, body = rest.partition("\n\n")
    words, _, after = (body if blank else rest).partition(_SIGNATURE)
    tail = after.partition(_SIGNATURE_END)[2] if _SIGNATURE_END in after else ""
    lines = (line.removeprefix("- ") for line in words.split("\n"))
    return "\n".join(part for part in (before.rstrip("\n"), "\n".join(lines).strip("\n"), tail.strip("\n")) if part)

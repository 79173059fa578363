"""Cutting long text where a reader would pause."""

import re
import unicodedata

_PAUSES = (
    re.compile(r"\n[ \t]*\n"),
    re.compile(r"\n"),
    re.compile(r"[。！？；…]++[”’」』）]*+|(?<![.!?;])[.!?;]++[\"')\]]*+(?=\s)"),
    re.compile(r"[，、：]|[,:](?=\s)"),
    re.compile(r"\s"),
)
"""From the best place to cut to the worst: paragraph, line, sentence, clause, word. A run of marks is read once: customers' texts are cut
here too, and ten thousand dots must hold up nobody."""
_JOINER = "\u200d"


def split(text: str, max_bytes: int) -> list[str]:
    """The text in pieces of at most `max_bytes` of UTF-8, none of them empty; the white space at a cut is dropped.

    Cuts at the end of a paragraph, line, sentence, clause or word, the best of these that leaves a piece at least half full; else
    between two characters as people see them (grapheme clusters, Unicode annex 29, nearly); inside such a cluster only when it alone is
    too long. Raises ValueError below 4 bytes, which not every character fits in.
    """
    if max_bytes < 4:
        raise ValueError(f"expected room for at least one character (4 bytes), not {max_bytes}")
    pieces, rest = [], text.strip()
    while rest:
        size = _prefix_length(rest, max_bytes)
        cut = size if size == len(rest) else _cut(rest, size)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return pieces


def _prefix_length(text: str, max_bytes: int) -> int:
    """How many characters of the text fit."""
    window = text[:max_bytes].encode("utf-8", "replace")
    return len(window[:max_bytes].decode("utf-8", "ignore"))


def _cut(text: str, size: int) -> int:
    """Where to cut text of which `size` characters fit."""
    for pause in _PAUSES:
        ends = [end for found in pause.finditer(text, 0, size + 1) if (end := _pause_at(found)) <= size]
        if ends and ends[-1] * 2 >= size:
            return ends[-1]
    for at in range(size, 0, -1):
        if not _is_inside_cluster(text, at):
            return at
    return size


def _pause_at(found: re.Match[str]) -> int:
    """Before white space, which is dropped, or behind a mark, which is kept."""
    return found.start() if found[0].isspace() else found.end()


def _is_inside_cluster(text: str, at: int) -> bool:
    """Whether a cut before `text[at]` would tear apart what people see as one character."""
    before, behind = text[at - 1], text[at]
    if (before, behind) == ("\r", "\n") or _JOINER in (before, behind):
        return True
    if unicodedata.category(behind) in ("Mn", "Mc", "Me") or _is_modifier(behind):
        return True
    return _is_flag_letter(behind) and _flag_letters_before(text, at) % 2 == 1


def _is_modifier(character: str) -> bool:
    """Skin tones and the tags of sub-national flags."""
    return "\U0001f3fb" <= character <= "\U0001f3ff" or "\U000e0020" <= character <= "\U000e007f"


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flag_letters_before(text: str, at: int) -> int:
    start = at
    while start and _is_flag_letter(text[start - 1]):
        start -= 1
    return at - start

"""What is written, as it is said aloud: without marks and addresses, in pieces that end where a speaker breathes."""

import re

from msgspec import Struct

_LINK = re.compile(r"\[([^\]\n]{0,500})\]\((https?://[^\s)]{1,2000})\)|(https?://[^\s<>()]{1,2000})")
_MARKS = re.compile(r"[*_`#>]")


class Aloud(Struct, frozen=True):
    """Something to be said: its pieces in order, and the links that stand in it, which are not."""

    parts: tuple[str, ...]
    links: tuple[str, ...] = ()


def aloud(text: str, language: str, *, markdown: bool = True) -> Aloud:  # noqa: ARG001 - the words of a language come with its numbers
    """How `text` is said in this language."""
    links = tuple(match[2] or match[3] for match in _LINK.finditer(text))
    plain = _LINK.sub(lambda match: match[1] or "", text)
    if markdown:
        plain = _MARKS.sub("", plain)
    return Aloud(tuple(line.strip() for line in plain.splitlines() if line.strip()), links)

"""The words around what was searched for: enough to see whether it is the right place. Pure; plain text, whatever stands in it."""

import unicodedata

SNIPPET_MAX_CHARS = 120
_BEFORE_CHARS = 40
"""What is shown before the first match, so that it stands in the first half."""
_GAP = "…"


def snippet(text: str, query: str) -> str:
    """At most SNIPPET_MAX_CHARS around the first match of any word of the query, in one line; its beginning where none matches."""
    line = " ".join("".join(" " if unicodedata.category(one)[0] == "C" else one for one in text).split())
    if len(line) <= SNIPPET_MAX_CHARS:
        return line
    start = max(0, _first_match(line, query) - _BEFORE_CHARS)
    end = start + SNIPPET_MAX_CHARS - 1 - (start > 0)
    if end + 1 >= len(line):
        return _GAP + line[1 - SNIPPET_MAX_CHARS :]
    return (_GAP if start else "") + line[start:end] + _GAP


def _first_match(line: str, query: str) -> int:
    """Where the first match begins; 0 where there is none. Letters of one length in both cases only: places stay comparable."""
    lowered = "".join(one.lower() if len(one.lower()) == 1 else one for one in line)
    places = [place for word in query.lower().split() if (place := lowered.find(word)) >= 0]
    return min(places, default=0)

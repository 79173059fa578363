"""Finds "On that day somebody wrote:", in one line or broken over a few.

It is known by its end: a line that ends in a colon (or in a verb of writing). From there a window of few lines is looked at upwards, and
the shortest one that holds what an attribution must hold is it: a date or an address, a verb of writing or an address in angle brackets,
and a first line that can begin one. Each line is looked at a bounded number of times, whatever the text.
"""

import re

from adapters.email.quoting import tongues
from adapters.email.quoting.lines import Lines

_WINDOW_LINES = 9
_WRITTEN_LINES = 6
_WINDOW_CHARS = 500
_LINE_CHARS = 400
_YEAR = re.compile(r"(?<![A-Za-z\d])\d{4}(?![A-Za-z\d])")
_DAY = re.compile(r"(?<!\d)\d{1,4}(?:[./-] ?\d{1,2}[./-] ?\d{1,4}|月\d{1,2}|월 ?\d{1,2})")
_TIME = re.compile(r"(?<!\d)\d{1,2}(?:[:.：h]\d{2}(?!\d)|点|點|時|시)")
_WORD = re.compile(r"[^\s\d<>\"',;:：()\[\]@.*_–—|-]++(?:\([^\W\d]++\))?")
_ADDRESS = re.compile(
    r"(?:[<(\[] ?(?:mailto:)?|mailto:|&lt;)[^\s<>()\[\]@]{1,120}+@"
    r"|^(?:mailto:)?[^\s<>()@]{1,120}+@[^\s<>()]{1,120}+>|\S@[^\s<>()\[\]]{1,120}+[>\]]"
)
"""An address in brackets, or the half of one that was broken."""
_WEAK = frozenset(("said", "says", "sagte"))
_ENDS = " *_-–—>】」"
_SENTENCE_ENDS = ("。", "！", "？", "!", "?", "；", ";")


DATE, VERB, ADDRESS = 1, 2, 4
"""What a line holds of an attribution, as bits: there may be very many lines."""


def start_of(lines: Lines, end: int, floor: int) -> int | None:
    """The first line of the attribution that ends in line `end`, none above `floor`; None where there is none."""
    last = lines.plain[end]
    if not last or len(last) > _LINE_CHARS or lines.is_code[end] or (lines.is_quote[end] and not _is_tail(lines, end, floor)):
        return None
    if _is_lone(last):
        return end
    if not _can_end(last, is_quoted_next=_is_quoted_next(lines, end)):
        return None
    if not _held(lines, end) and last[0] != ">":
        return None
    start = _window(lines, end, floor)
    return None if start is None else _with_name_above(lines, start, floor)


def _window(lines: Lines, end: int, floor: int) -> int | None:
    found = 0
    fallback: int | None = None
    written = blanks = size = 0
    for index in range(end, max(floor, end - _WINDOW_LINES) - 1, -1):
        plain = lines.plain[index]
        if not plain:
            blanks += 1
            if blanks > 3 or size > 120:
                break
            continue
        written, size = written + 1, size + len(plain)
        if _is_barrier(lines, index, end) or written > _WRITTEN_LINES or size > _WINDOW_CHARS:
            break
        found |= _held(lines, index)
        if found & DATE and found != DATE:
            is_whole = not blanks or (found & VERB and found & ADDRESS)
            if is_whole and _can_begin(lines, index, end, found):
                return index
        elif fallback is None and _is_without_date(lines, index, end, found):
            if index == end and plain[0] != "<" and plain.count("<") >= plain.count(">"):
                return index
            fallback = index
    return fallback


def _is_barrier(lines: Lines, index: int, end: int) -> bool:
    if index == end:
        return False
    return lines.is_code[index] or lines.is_quote[index] or lines.is_rule[index] or lines.plain[index].endswith(_SENTENCE_ENDS)


def _is_tail(lines: Lines, end: int, floor: int) -> bool:
    """A line such as "> wrote:" belongs to an address that was broken, not to quoted text."""
    if lines.plain[end][1:].lstrip()[:1] == ">":
        return False
    above = end - 1
    while above > max(floor, end - 4) and not lines.plain[above]:
        above -= 1
    plain = lines.plain[above] if above >= floor else ""
    return (bool(plain) and not lines.is_quote[above] and plain.rfind("<") > plain.rfind(">")) or (
        plain.startswith("mailto:") and len(lines.plain[end]) < 40
    )


def _is_quoted_next(lines: Lines, end: int) -> bool:
    below = lines.next_written(end + 1)
    return below < len(lines) and below - end <= 3 and lines.is_quote[below]


def _can_end(last: str, *, is_quoted_next: bool) -> bool:
    bare = last.rstrip(_ENDS)
    if bare.endswith((":", "：")) or last.endswith((":", "：")):
        return len(last) > 1
    if bare.endswith(tongues.VERBS_BARE):
        return True
    if last.endswith((">", ">)", ")")) and "@" in last and (last[0].isdigit() or is_quoted_next):
        return True
    if not (is_quoted_next or "@" in last or (last != bare and last.endswith("--"))):
        return False
    words = _WORD.findall(bare[-24:])
    return bool(words) and words[-1].casefold() in tongues.VERBS


def _is_lone(last: str) -> bool:
    """Forms of their own: "2016-03-03 17:21 GMT+01:00 Some One", "Posted by someone on 01/21/2016"."""
    if last[:4].isdigit() and " GMT" in last[:32] and last[4:5] in ("-", "/") and last[:10].count(last[4]) == 2 and len(last) <= 120:
        return True
    return last[:10].casefold() == "posted by " and bool(_DAY.search(last[-12:])) and len(last) <= 120


def _held(lines: Lines, index: int) -> int:
    found = lines.held.get(index)
    if found is None:
        found = lines.held[index] = _holds(lines.plain[index])
    return found


def _holds(plain: str) -> int:
    found = 0
    if _YEAR.search(plain) or _DAY.search(plain) or _TIME.search(plain):
        found |= DATE
    if (
        plain.casefold().startswith(tongues.QUOTING)
        or (not plain.isascii() and any(verb in plain for verb in tongues.VERBS_INSIDE))
        or not tongues.VERBS.isdisjoint(_WORD.findall(plain.casefold()))
    ):
        found |= VERB
    if "@" in plain and _ADDRESS.search(plain):
        found |= ADDRESS
    return found


def _can_begin(lines: Lines, index: int, end: int, found: int) -> bool:
    """The line may be the first of an attribution that holds a date and something more."""
    first = lines.plain[index].lstrip(" <>*_-–—\"'“「(【|")
    if not first or _is_own_speech(first):
        return False
    if _begins_dated(first):
        return True
    words = _WORD.findall(first[:80].casefold())
    own = _held(lines, index)
    if own & ADDRESS and found & ADDRESS and (index == end or "<" in first):
        return bool(found & VERB) or len(words) <= 10
    if not words or not found & VERB:
        return False
    is_quoted_next = _is_quoted_next(lines, end)
    if any(word in tongues.VERBS and (is_quoted_next or word not in _WEAK) for word in words[:7]) or " via " in first:
        return True
    if any(verb in first[:80] for verb in tongues.VERBS_BARE) and any(sign in first[:40] for sign in tongues.STARTERS_INSIDE):
        return True
    return is_quoted_next and len(first) <= 120


def _begins_dated(first: str) -> bool:
    words = _WORD.findall(first[:60].casefold())
    head = first[:60]
    if first[0].isdigit() or (head.casefold().startswith(tongues.WEEKDAYS) and _holds(head) & DATE):
        return True
    has_number = any(char.isdigit() for char in head)
    if first.startswith(tongues.STARTERS_INSIDE) and has_number:
        return True
    return bool(words) and has_number and words[0] in tongues.STARTERS


def _is_without_date(lines: Lines, index: int, end: int, found: int) -> bool:
    """ "Some One <one@example.net> wrote:" and "someone via A Forum wrote:" """
    if end - index > 1 or not found & VERB:
        return False
    first = lines.plain[index]
    if len(first) > 160 or _is_own_speech(first) or not _ends_in_verb(lines.plain[end]):
        return False
    if found & ADDRESS or "@" in first or " via " in first:
        return True
    is_apart = index == 0 or not lines.plain[index - 1]
    return index == end and is_apart and _is_quoted_next(lines, end) and 2 <= len(first.split()) <= 8 and len(first) <= 60


def _ends_in_verb(last: str) -> bool:
    bare = last.rstrip(_ENDS + ":：. ")
    if last.casefold().startswith(tongues.QUOTING) and len(last) <= 100:
        return True
    if bare.endswith(tongues.VERBS_INSIDE):
        return True
    words = _WORD.findall(bare[-24:].casefold())
    return bool(words) and words[-1] in tongues.VERBS


def _is_own_speech(first: str) -> bool:
    head = first[:12].casefold().split()
    return bool(head) and (head[0] in tongues.SPEAKERS or first.startswith(tongues.SPEAKERS_INSIDE[:5]))


def _with_name_above(lines: Lines, start: int, floor: int) -> int:
    """One line more where the attribution was broken behind the name or inside the date."""
    above = start - 1
    if above < floor or not lines.plain[above] or lines.is_quote[above] or lines.is_code[above]:
        return start
    plain, first = lines.plain[above], lines.plain[start].lstrip(" >")
    if len(plain) > 160 or plain.endswith((*_SENTENCE_ENDS, ":", "：")) or lines.is_rule[above]:
        return start
    own, upper = _held(lines, start), _held(lines, above)
    if not own & ADDRESS and upper & ADDRESS and upper & DATE and len(first) <= 40:
        return above
    if plain.startswith(("In message <", "In article <")):
        return above
    if not own & ADDRESS and plain.endswith((">", "<", ")")) and upper & ADDRESS and _is_nameless(first):
        return above
    is_dated_above = upper & DATE and not upper & ADDRESS and not upper & VERB
    if is_dated_above and not _begins_dated(first) and _begins_dated(plain) and not plain.endswith("."):
        return above
    return start


def _is_nameless(first: str) -> bool:
    """Such as 于2023年5月6日周六 10:20写道： or "schrieb am 6. Mai:": who wrote stands in the line above."""
    if first.startswith(tongues.STARTERS_INSIDE):
        return "," not in first and "，" not in first
    words = _WORD.findall(first[:40].casefold())
    return bool(words) and words[0] in tongues.VERBS

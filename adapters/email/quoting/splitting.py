"""Parts what a customer wrote from what they quoted and how they signed. Pure; each line is looked at a bounded number of times.

Every line gets one place: the reply, what is quoted, the signature. Nothing vanishes: the three together hold all the lines.

- Above an attribution or a mail's head stands the reply; what follows is quoted, however deep it nests.
- Quoted lines (>) below an attribution are quoted; words behind them are the reply (bottom posting). Where words and quoted lines
  alternate, the quoted lines between stay, so that the answers can be understood.
- Nothing above the first mark: the mail was answered below it, or only sent on: what follows its head is the reply.
- Quoted lines alone, that nobody announced, are what was said.
"""

from collections.abc import Sequence

from msgspec import Struct

from adapters.email.quoting import marks as marking
from adapters.email.quoting.footers import is_footer_at
from adapters.email.quoting.headings import Mark, MarkKind
from adapters.email.quoting.letterheads import ANSWERED_WITHIN, ENCLOSED
from adapters.email.quoting.lines import DELIMITERS, Lines, Place
from adapters.email.quoting.signatures import sign

_WRAPPED_CHARS = 60
_FEW_LINES = 8


class Split(Struct, frozen=True):
    """A mail's text in three, each in the order of the lines, without blank lines at its ends."""

    reply: str
    quoted: str
    signature: str


def split(text: str) -> Split:
    """What was written, what was quoted, how it was signed. For any text; in time linear in its length."""
    lines = Lines(text)
    marks = marking.find(lines)
    places = [Place.REPLY] * len(lines)
    _quote(lines, places, marks)
    _quote_trailing(lines, places)
    sign(lines, places, [mark.start for mark in marks if mark.kind in (MarkKind.HEAD, MarkKind.ORIGINAL)])
    _rescue(lines, places)
    return Split(
        reply=_joined(lines, places, {Place.REPLY}),
        quoted=_joined(lines, places, {Place.QUOTED}),
        signature=_joined(lines, places, {Place.SIGNED, Place.MAYBE_SIGNED}),
    )


def _quote(lines: Lines, places: list[Place], marks: Sequence[Mark]) -> None:
    has_words = is_below = is_answered_within = False
    at = 0
    for number, mark in enumerate(marks):
        until = marks[number + 1].start if number + 1 < len(marks) else len(lines)
        is_below = is_below or any(lines.plain[row] and not lines.is_quote[row] for row in range(at, mark.start))
        has_words = has_words or has_words_in(lines, at, mark.start)
        _fill(places, mark.start, mark.end, Place.QUOTED)
        written_from, at = at, mark.end
        below = lines.next_written(mark.end)
        if below >= until:  # another mark follows at once, or nothing
            continue
        if lines.is_quote[below] or _is_barred(lines, below, mark):
            if mark.kind is MarkKind.FORWARDED and not has_words and not has_words_in(lines, below, len(lines)):
                return  # only sent on, by a program that quotes what it sends on
            at = _quote_answered(lines, places, below, until)
        elif not is_answered_within and has_words and _is_answered_within(lines, written_from, mark):
            is_answered_within = True
        elif has_words or (is_below and mark.kind is not MarkKind.FORWARDED):
            _fill(places, mark.start, len(lines), Place.QUOTED)
            return


def _is_answered_within(lines: Lines, start: int, mark: Mark) -> bool:
    """Few words that say: I have written into your mail, below. It stays in sight then, for nobody can tell the answers in it."""
    if mark.kind is MarkKind.FORWARDED:
        return False
    written = [lines.plain[at].casefold() for at in range(start, mark.start) if lines.plain[at] and not lines.is_quote[at]]
    rows = [row for row in written if not any(shown in row for shown in ENCLOSED)]
    return len(written) <= _FEW_LINES and any(said in row for row in rows for said in ANSWERED_WITHIN)


def _quote_answered(lines: Lines, places: list[Place], start: int, until: int) -> int:
    """Quotes the quoted lines that begin here, as far as no words of the customer's stand between them; returns where words may begin."""
    runs = list(_runs(lines, start, until))
    if len(runs) <= 1:
        _fill(places, start, runs[0][1] if runs else until, Place.QUOTED)
        return runs[0][1] if runs else until
    words_begin, words_end = runs[0][1], runs[-1][0]
    if has_words_in(lines, words_end, until) and not has_words_in(lines, words_begin, words_end):
        _fill(places, start, runs[-1][1], Place.QUOTED)
    elif not has_words_in(lines, runs[-1][1], until):
        _fill(places, *runs[-1], Place.QUOTED)
    return words_begin


def _runs(lines: Lines, start: int, until: int) -> Sequence[tuple[int, int]]:
    """The runs of quoted lines, parted by words. A quoted line that was broken by a server is whole again."""
    runs: list[tuple[int, int]] = []
    first = last = -1
    for index in range(start, until):
        if not lines.plain[index]:
            continue
        if (
            lines.is_quote[index]
            or _is_bar(lines, index, start)
            or _is_wrapped(lines, index, until)
            or _is_broken_link(lines, index, until)
        ):
            first, last = (index if first < 0 else first), index
        elif first >= 0:
            runs.append((first, last + 1))
            first = -1
    if first >= 0:
        runs.append((first, last + 1))
    return runs


def _is_barred(lines: Lines, below: int, mark: Mark) -> bool:
    """Old programs quote by a bar; elsewhere it is a table."""
    return mark.kind is MarkKind.WROTE and lines.plain[below].startswith("|")


def _is_bar(lines: Lines, index: int, start: int) -> bool:
    return lines.plain[start].startswith("|") and lines.plain[index].startswith("|")


def _is_wrapped(lines: Lines, index: int, until: int) -> bool:
    above = lines.plain[index - 1]
    if not lines.is_quote[index - 1] or len(above) < _WRAPPED_CHARS or len(lines.plain[index]) > len(above):
        return False
    is_last = index + 1 >= until or not lines.plain[index + 1]
    return lines.plain[index][0].islower() and (is_last or lines.is_quote[index + 1])


def _is_broken_link(lines: Lines, index: int, until: int) -> bool:
    plain = lines.plain[index]
    if not lines.is_quote[index - 1] or index + 1 >= until or not lines.is_quote[index + 1]:
        return False
    return plain.startswith(("http", "(http", "<http")) or ("http" in lines.plain[index - 1] and " " not in plain)


def _quote_trailing(lines: Lines, places: list[Place]) -> None:
    """Quoted lines at the end that nobody announced, where there are words at all."""
    first = end = len(lines)
    while first > 0 and (not lines.plain[first - 1] or _is_passed_over(lines, places, first - 1)):
        first -= 1
    quoted = [at for at in range(first, end) if lines.is_quote[at] and places[at] is Place.REPLY]
    if not quoted or (len(quoted) == 1 and _is_comparison(lines.plain[quoted[0]])):
        return
    if any(places[at] is Place.REPLY and _is_words(lines, at) for at in range(first)):
        for at in quoted:
            places[at] = Place.QUOTED


def _is_passed_over(lines: Lines, places: list[Place], index: int) -> bool:
    if lines.is_code[index]:
        return False
    return lines.is_quote[index] or places[index] is Place.QUOTED or is_footer_at(lines, index)


def _is_comparison(plain: str) -> bool:
    """Such as ">50 pieces": no quotation."""
    return plain[1:2].isdigit() or plain[1:2] == "="


def has_words_in(lines: Lines, start: int, end: int) -> bool:
    """Somebody's words stand there, above any "-- ": not only blank, drawn or quoted lines and what a program adds."""
    for at in range(start, end):
        if lines.plain[at] in DELIMITERS and not lines.is_code[at]:
            return False
        if _is_words(lines, at):
            return True
    return False


def _is_words(lines: Lines, index: int) -> bool:
    plain = lines.plain[index]
    if not plain or lines.is_quote[index]:
        return False
    return lines.is_code[index] or not (plain in DELIMITERS or plain == "|" or lines.is_rule[index] or is_footer_at(lines, index))


def _rescue(lines: Lines, places: list[Place]) -> None:
    """Nothing is left: what only looked like a signature is the reply; where nothing is quoted either, all is."""
    if any(place is Place.REPLY and plain for place, plain in zip(places, lines.plain, strict=True)):
        return
    has_quoted = Place.QUOTED in places
    for at, place in enumerate(places):
        if place is Place.MAYBE_SIGNED or (place is Place.SIGNED and not has_quoted):
            places[at] = Place.REPLY


def _fill(places: list[Place], start: int, end: int, place: Place) -> None:
    places[start:end] = [place] * (end - start)


def _joined(lines: Lines, places: list[Place], wanted: set[Place]) -> str:
    """Their lines. Where others stood between, one blank line parts them."""
    if wanted.isdisjoint(places):
        return ""
    kept: list[str] = []
    is_gap = False
    for at, place in enumerate(places):
        if place not in wanted:
            is_gap = True
            continue
        if is_gap and kept:
            if not lines.plain[at]:
                continue
            while kept and not kept[-1].strip():
                kept.pop()
            kept.append("")
        is_gap = False
        kept.append(lines.texts[at].rstrip() if lines.plain[at] else "")
    return "\n".join(kept).strip("\n").rstrip()

"""All the places where a mail says: what follows is another one."""

from collections.abc import Sequence

from adapters.email.quoting.attributions import start_of
from adapters.email.quoting.headings import Mark, MarkKind, head_at, is_drawn_title, title_at
from adapters.email.quoting.lines import Lines


def find(lines: Lines) -> Sequence[Mark]:
    """In order, none over another. Lines that are quoted by > are not looked into."""
    marks: list[Mark] = []
    index = floor = 0
    while index < len(lines):
        mark = _mark_at(lines, index, floor)
        if mark is None:
            index += 1
            continue
        marks.append(mark)
        index = floor = mark.end
    return marks


def _mark_at(lines: Lines, index: int, floor: int) -> Mark | None:
    if not lines.plain[index] or lines.is_code[index]:
        return None
    if not lines.is_quote[index]:
        title = title_at(lines, index)
        if title is not None:
            return Mark(_with_rule(lines, index, floor), _end_of_titled(lines, index), title)
        end = head_at(lines, index, is_titled=_is_below_rule(lines, index, floor))
        if end is not None:
            return Mark(_with_rule(lines, index, floor), end, MarkKind.HEAD)
    else:
        inside = _inside_quotation(lines, index)
        if inside is not None:
            return inside
    start = start_of(lines, index, floor)
    return None if start is None else Mark(_with_rule(lines, start, floor), index + 1, MarkKind.WROTE)


def _inside_quotation(lines: Lines, index: int) -> Mark | None:
    """Apple's programs, and Orange's, quote the attribution too: it is the first that is quoted."""
    above = index - 1
    while above >= 0 and not lines.plain[above]:
        above -= 1
    if above >= 0 and lines.is_quote[above]:
        return None
    end = index
    while end < len(lines) and end - index < 8 and lines.is_quote[end]:
        end += 1
    if lines.plain[index].startswith("> Message du "):  # Orange quotes the head of a mail, and not the mail
        return Mark(index, end, MarkKind.HEAD)
    bare = Lines("\n".join(lines.plain[at].lstrip("> ＞") for at in range(index, min(end, index + 4))))
    ends = (at for at in range(len(bare)) if start_of(bare, at, 0) == 0)
    last = next(ends, None)
    return None if last is None else Mark(index, index + last + 1, MarkKind.WROTE)


def _end_of_titled(lines: Lines, index: int) -> int:
    below = lines.next_written(index + 1)
    if below < len(lines) and below - index <= 3:
        end = head_at(lines, below, is_titled=True)
        if end is not None:
            return end
    return index + 1


def _is_below_rule(lines: Lines, index: int, floor: int) -> bool:
    return index > floor and lines.is_rule[index - 1]


def _with_rule(lines: Lines, start: int, floor: int) -> int:
    """The line drawn over a mark, or a title between two, is part of it."""
    above = start - 1
    while above >= floor and above >= start - 3 and not lines.plain[above]:
        above -= 1
    return above if above >= floor and (lines.is_rule[above] or is_drawn_title(lines.plain[above])) else start

"""Finds the head of a quoted or forwarded mail: From, Sent, To, Subject in the words of any mail program, and the line over it."""

from enum import StrEnum

from msgspec import Struct

from adapters.email.quoting.letterheads import ABOVE_HERE, DATES_OF_ANYTHING, FIELDS, FORWARDED, KEY_MAX_CHARS, ORIGINAL, Field
from adapters.email.quoting.lines import Lines
from adapters.email.quoting.tongues import VERBS

_DASHES = "-_=~*#+—–‐‑―─━－ >|<"
_DRAWN = ("---", "===", "___", "***", "———")
_HEAD_LINES = 40
_MARK_CHARS = 120
_SENT = "\x00"
"""Before a date whose name is "sent", and not "date", which stands in any form."""


class MarkKind(StrEnum):
    """What stands over text that is somebody else's."""

    WROTE = "wrote"
    ORIGINAL = "original"
    FORWARDED = "forwarded"
    HEAD = "head"


class Mark(Struct, frozen=True):
    """The lines that say: what follows is another mail."""

    start: int
    end: int
    kind: MarkKind


def title_at(lines: Lines, index: int) -> MarkKind | None:
    """What a line such as "----- Original Message -----" says; None where it is none."""
    plain = lines.plain[index]
    if not plain or len(plain) > _MARK_CHARS or lines.is_code[index]:
        return None
    bare = plain.strip(_DASHES)
    if not bare:
        return None
    if len(plain) >= 9 and _is_said_of_all(lines, plain.casefold()):
        return MarkKind.ORIGINAL
    key = "".join(bare.rstrip(":： ").split()).casefold()
    is_drawn = len(plain) - len(plain.lstrip(_DASHES)) >= 2
    if is_drawn and plain.endswith("--") and len(bare) <= 80 and bare.split()[-1].casefold() in VERBS:
        return MarkKind.ORIGINAL  # Samsung: ---- Some One wrote ----
    if key in FORWARDED:
        return MarkKind.FORWARDED if is_drawn or bare[-1] in ":：" else None
    if key in ORIGINAL:
        return MarkKind.ORIGINAL if is_drawn or _has_head_below(lines, index) else None
    if not is_drawn or len(plain) - len(plain.rstrip(_DASHES)) < 3:
        return None
    if bare.casefold().startswith("forwarded by "):  # Notes: ----- Forwarded by X/Org on 05/06/2023 10:20 AM -----
        return MarkKind.FORWARDED
    return MarkKind.ORIGINAL if _has_head_below(lines, index) else None


def _is_said_of_all(lines: Lines, words: str) -> bool:
    """Such as "please reply above this line"."""
    if lines.is_reply_above is None:
        lines.is_reply_above = any(said in lines.folded for said in ABOVE_HERE)
    return words.startswith("original message processed by ") or (lines.is_reply_above and any(said in words for said in ABOVE_HERE))


def head_at(lines: Lines, index: int, *, is_titled: bool = False) -> int | None:
    """Where the head of a mail that begins in this line ends (its first line behind); None where none begins here."""
    if _field(lines, index, is_titled=is_titled)[0] is None:
        return None
    kinds: dict[Field, str] = {}
    end, last = index, Field.OTHER
    blanks = others = 0
    for at in range(index, min(len(lines), index + _HEAD_LINES)):
        if not lines.plain[at]:
            blanks += 1
            if blanks > 1:
                break
            continue
        kind, value = _field(lines, at, is_titled=is_titled)
        if kind is None:
            kind_count = _fields_in_one_line(lines.plain[at])
            others += 1
            if others > 2 or blanks or lines.is_quote[at] or kind_count > 1 or not kinds:
                break
            kinds[last] += lines.plain[at][:200]
            continue
        last = kind
        if kind in kinds and kind is not Field.OTHER and kind is not Field.CC:
            break
        kinds[kind] = kinds.get(kind, "") + value
        end, blanks, others = at + 1, 0, 0
    if len(kinds) == 1 and _fields_in_one_line(lines.plain[index]) >= 3:
        return index + 1
    return _with_continuation(lines, end, kinds) if _is_head(kinds, is_titled=is_titled) else None


def _is_head(kinds: dict[Field, str], *, is_titled: bool) -> bool:
    count = len(kinds.keys() - {Field.OTHER})
    if is_titled:
        return count >= 2 or Field.FROM in kinds
    if count < 3 or Field.FROM not in kinds:
        return {Field.DATE, Field.TO, Field.SUBJECT} <= kinds.keys() and sum(char.isdigit() for char in kinds[Field.DATE]) >= 8
    if Field.SUBJECT in kinds or kinds.get(Field.DATE, "").startswith(_SENT):
        return True
    return any("@" in kinds.get(kind, "") for kind in (Field.FROM, Field.TO, Field.CC))


def _with_continuation(lines: Lines, end: int, kinds: dict[Field, str]) -> int:
    """The value of the last name may stand in the line below it."""
    last = lines.plain[end - 1].rstrip("*_ |")
    if last.endswith((":", "：")) and end < len(lines) and lines.plain[end] and len(kinds) >= 3:
        return end + 1
    return end


def _has_head_below(lines: Lines, index: int) -> bool:
    below = lines.next_written(index + 1)
    return below < len(lines) and below - index <= 3 and head_at(lines, below, is_titled=True) is not None


def _field(lines: Lines, index: int, *, is_titled: bool = False) -> tuple[Field | None, str]:
    """Which line of a head this is, and what it says."""
    plain = lines.plain[index]
    if not plain or lines.is_code[index] or lines.is_quote[index]:
        return None, ""
    bare = plain.lstrip("|*_ •·")
    cut = _separator(bare, is_celled=plain[0] == "|", is_titled=is_titled)
    if cut <= 0:
        return None, ""
    kind = FIELDS.get("".join(bare[:cut].replace("*", "").replace("_", "").split()).casefold())
    value = bare[cut + 1 :].strip("*_ |\t")
    if kind is Field.DATE and value and not any(char.isdigit() for char in value):
        return None, ""
    sent = _SENT if kind is Field.DATE and "".join(bare[:cut].split()).strip("*").casefold() not in DATES_OF_ANYTHING else ""
    return kind, sent + (value[:200] or "?")


def _separator(bare: str, *, is_celled: bool, is_titled: bool) -> int:
    """Where a name ends: at a colon, in a table's row at a bar, below a title at a tab."""
    head = bare[: KEY_MAX_CHARS + 1]
    places = [at for at in (head.find(":"), head.find("：")) if at > 0]
    if is_celled and head.find("|") > 0:
        places.append(head.find("|"))
    if is_titled and head.find("\t") > 0:
        places.append(head.find("\t"))
    return min(places, default=-1)


def is_drawn_title(plain: str) -> bool:
    """Words between two drawn lines, whatever they say: over another mail's beginning they are its title."""
    if len(plain) > _MARK_CHARS or not plain.startswith(_DRAWN) or not plain.endswith(_DRAWN):
        return False
    return bool(plain.strip(_DASHES))


def begins_head(plain: str) -> bool:
    """The first line of a head, as quoted lines may begin with one."""
    bare = plain.lstrip("> ＞|*_")
    return FIELDS.get("".join(bare[: _separator(bare, is_celled=False, is_titled=False)].split()).strip("*").casefold()) is Field.FROM


def _fields_in_one_line(plain: str) -> int:
    """How many names of a head stand in one line, as where its breaks were lost."""
    if len(plain) > _HEAD_LINES * 10:
        return 0
    pieces = plain.replace("：", ":").split(":")[:-1][:20]
    if not pieces or FIELDS.get(pieces[0].strip("* ").casefold()) is not Field.FROM:
        return 0
    return len({FIELDS[word] for piece in pieces for word in piece.replace(";", " ").casefold().split()[-1:] if word in FIELDS})

"""How a mail was signed: programs' footers, what stands below "-- ", lawyers' paragraphs, and business cards behind a closing.

A business card is only one behind a closing, a drawn line or an organisation's name: "phone: ..., address: ..." alone is what a customer
was asked for. Nothing that asks something is a signature.
"""

from collections.abc import Collection

from adapters.email.quoting.footers import is_footer_at
from adapters.email.quoting.headings import begins_head
from adapters.email.quoting.lines import DELIMITERS, Lines, Place
from adapters.email.quoting.sendoffs import (
    CLOSINGS_FORMAL,
    CLOSINGS_THANKS,
    CONTACTS,
    DISCLAIMER_STARTS,
    DISCLAIMERS,
    ORGANISATIONS,
)

_CARD_LINES = 15
_SIGNED_LINES = 25
_LINE_CHARS = 100
_NAME_CHARS = 45
_CLOSING_CHARS = 48
_CLOSINGS = CLOSINGS_FORMAL | CLOSINGS_THANKS
_SENTENCE_ENDS = ("。", "！", "!", "；", ";")


def sign(lines: Lines, places: list[Place], heads: Collection[int]) -> None:
    """Gives the lines of signatures their place; `heads` are the lines where a quoted mail's head begins."""
    _sign_armour(lines, places)
    _sign_footers(lines, places)
    _sign_barred(lines, places)
    starts = frozenset(heads)
    for start, end in _regions(lines, places):
        stop = _sign_below_delimiter(lines, places, start, end)
        stop = _sign_disclaimers(lines, places, start, stop)
        stop = _sign_card(lines, places, start, stop)
        below = lines.next_written(end)
        if end in starts or below in starts or (below < len(lines) and lines.is_quote[below] and begins_head(lines.plain[below])):
            _sign_own_address(lines, places, start, stop)


def _regions(lines: Lines, places: list[Place]) -> list[tuple[int, int]]:
    """The stretches of words that end at something quoted or at the end; those in front of lines that are answered are none."""
    regions: list[tuple[int, int]] = []
    start = 0
    for index in range(len(lines) + 1):
        is_end = index == len(lines)
        if not is_end and places[index] is not Place.QUOTED and not lines.is_quote[index]:
            continue
        if index > start and (is_end or places[index] is Place.QUOTED):
            regions.append((start, index))
        start = index + 1
    return regions


def _sign_armour(lines: Lines, places: list[Place]) -> None:
    """PGP's lines (RFC 9580, section 6.2)."""
    if "-----begin pgp" not in lines.folded:
        return
    is_inside = False
    for index, plain in enumerate(lines.plain):
        if plain.startswith("-----BEGIN PGP SIGNATURE"):
            is_inside = True
        is_head = plain.startswith("-----BEGIN PGP SIGNED MESSAGE") or (
            index > 0 and plain.startswith("Hash: ") and "BEGIN PGP" in lines.plain[index - 1]
        )
        if (is_inside or is_head) and places[index] is Place.REPLY and plain:
            places[index] = Place.SIGNED
        if plain.startswith("-----END PGP SIGNATURE"):
            is_inside = False


def _sign_footers(lines: Lines, places: list[Place]) -> None:
    below_is_end = True
    for index in range(len(lines) - 1, -1, -1):
        plain = lines.plain[index]
        if not plain or lines.is_quote[index] or places[index] is Place.QUOTED:
            below_is_end = True
        elif below_is_end and not lines.is_code[index] and is_footer_at(lines, index):
            places[index] = Place.SIGNED
        else:
            below_is_end = plain in DELIMITERS or lines.is_rule[index]


def _sign_barred(lines: Lines, places: list[Place]) -> None:
    """NetEase's cards: rows between bars, and below them who made the card."""
    if "邮箱大师" not in lines.folded:
        return
    for index, plain in enumerate(lines.plain):
        if "邮箱大师" not in plain or places[index] is not Place.SIGNED:
            continue
        bars = [at for at in range(max(0, index - 14), index) if lines.plain[at].startswith("|") and places[at] is Place.REPLY]
        if bars and all(len(lines.plain[at]) <= _NAME_CHARS + 20 for at in range(bars[0], index)):
            _give(places, bars[0], index, Place.MAYBE_SIGNED)
            continue
        above = index
        while above > 0 and index - above < 3 and _is_contact(lines.plain[above - 1]):
            above -= 1
        if 0 < above < index and len(lines.plain[above - 1]) <= 5 and not _asks(lines.plain[above - 1]):
            above -= 1
        _give(places, above, index, Place.MAYBE_SIGNED)


def _sign_below_delimiter(lines: Lines, places: list[Place], start: int, end: int) -> int:
    written = [at for at in range(start, end) if lines.plain[at] and not lines.is_code[at] and places[at] is Place.REPLY]
    for rank, at in enumerate(written):
        count = len(written) - rank - 1
        if lines.plain[at] in DELIMITERS and count <= _SIGNED_LINES and _may_sign(lines, at, written[rank + 1 :]):
            return _give(places, at, end, Place.SIGNED)
        if count <= _CARD_LINES and lines.is_rule[at] and _is_signed_below(lines, at, written[rank + 1 :]):
            return _give(places, at, end, Place.MAYBE_SIGNED)
    return end


def _may_sign(lines: Lines, delimiter: int, below: list[int]) -> bool:
    """Behind "-- " with its space anything does; without the space it must not ask."""
    return lines.texts[delimiter] == "-- " or not any(_asks(lines.plain[at]) for at in below)


def _is_signed_below(lines: Lines, rule: int, below: list[int]) -> bool:
    if lines.plain[rule][0] in "-=" and rule > 0 and lines.plain[rule - 1] and below:
        return False  # it underlines a heading
    rows = [lines.plain[at] for at in below if not lines.is_rule[at]]
    if any(_asks(row) for row in rows):
        return False
    is_short = len(rows) <= 6 and all(
        _key(row) in _CLOSINGS or (len(row) <= _NAME_CHARS and row[-1] not in ".。!！,，;；:：") for row in rows
    )
    return is_short or any(_is_contact(row) for row in rows) or _is_disclaimer(rows) or any("mailing list" in row for row in rows)


def _sign_disclaimers(lines: Lines, places: list[Place], start: int, end: int) -> int:
    stop = end
    for first, last in reversed(list(lines.paragraphs(start, end))):
        rows = [lines.plain[at] for at in range(first, last) if places[at] is Place.REPLY]
        if rows and not all(lines.is_rule[at] for at in range(first, last)) and not _is_disclaimer(rows):
            break
        stop = first
    if stop == end or not any(lines.plain[at] and places[at] is Place.REPLY for at in range(stop, end)):
        return end
    return _give(places, stop, end, Place.MAYBE_SIGNED)


def _is_disclaimer(rows: list[str]) -> bool:
    text = " ".join(rows)[:1500].casefold().lstrip("*_ [【(（")
    if text.startswith(DISCLAIMER_STARTS):
        return True
    if len(text) < 20:
        return False
    least = 20 if not text.isascii() and any(char > "⺀" for char in text[:40]) else 60
    return len(text) >= least and sum(word in text for word in DISCLAIMERS) >= 3 and not _asks(text)


def _sign_card(lines: Lines, places: list[Place], start: int, end: int) -> int:
    written = [at for at in range(start, end) if lines.plain[at] and places[at] is Place.REPLY and not lines.is_code[at]]
    tail = written[-_CARD_LINES - 1 :]
    for rank, at in enumerate(tail):
        if at == written[0]:
            continue
        rows = [lines.plain[below] for below in tail[rank + 1 :]]
        is_apart = not lines.plain[at - 1] and not lines.plain[tail[rank - 1] if rank else written[0]].endswith((":", "："))
        first = _card_start(lines.plain[at], at, rows, tail[rank + 1 :], is_apart=is_apart)
        if first is not None:
            return _give(places, first, end, Place.MAYBE_SIGNED)
    return end


def _card_start(plain: str, at: int, rows: list[str], below: list[int], *, is_apart: bool) -> int | None:
    """Where a business card begins that this line opens: at a closing, below thanks, at an organisation's name."""
    if any(_asks(row) or len(row) > _LINE_CHARS for row in rows):
        return None
    contact_count = sum(_is_contact(row) for row in rows)
    has_organisation = any(_is_organisation(row) for row in rows)
    key = _key(plain)
    if key in CLOSINGS_FORMAL and (contact_count >= 2 or (contact_count and (key[0] > "⺀" or has_organisation))):
        return at
    if key in CLOSINGS_THANKS and contact_count >= 2 and has_organisation:
        return below[0]
    is_heading = (
        is_apart and _is_organisation(plain) and len(plain) <= _NAME_CHARS and not any(row.endswith(_SENTENCE_ENDS) for row in rows)
    )
    return at if is_heading and contact_count >= 2 and contact_count * 2 >= len(rows) else None


def _sign_own_address(lines: Lines, places: list[Place], start: int, end: int) -> None:
    """Foxmail, QQ and NetEase put the writer's name and address between the words and the quoted mail."""
    paragraphs = list(lines.paragraphs(start, end))
    if len(paragraphs) < 2:
        return
    first, last = paragraphs[-1]
    if lines.plain[paragraphs[-2][1] - 1].endswith((":", "：", "是", " is", "为")):
        return  # it is what the line above announces
    rows = [lines.plain[at] for at in range(first, last)]
    is_signed = _is_barred_card(rows) or (
        len(rows) <= 3
        and _is_address(rows[-1])
        and all(len(row) <= 24 and not _asks(row) and row[-1] not in "。！，：:" for row in rows[:-1])
    )
    if is_signed:
        _give(places, first, end, Place.MAYBE_SIGNED)


def _is_barred_card(rows: list[str]) -> bool:
    """NetEase's card as text: a table of a name and an address, its bars on lines of their own."""
    is_short = len(rows) <= _CARD_LINES and all(len(row) <= _NAME_CHARS + 20 and not _asks(row) for row in rows)
    return is_short and rows[0].startswith("|") and rows.count("|") >= 2 and any(map(_is_contact, rows))


def _give(places: list[Place], start: int, end: int, place: Place) -> int:
    for at in range(start, end):
        if places[at] is Place.REPLY:
            places[at] = place
    return start


def _key(row: str) -> str:
    return row.strip(" ,，.。!！~:：;；").casefold() if len(row) <= _CLOSING_CHARS else ""


def _asks(row: str) -> bool:
    return "？" in row or row.rstrip("!！ ").endswith("?") or "? " in row


def _is_address(row: str) -> bool:
    return row.count("@") == 1 and not row.startswith("@") and " " not in row and "." in row[row.find("@") :] and len(row) <= 80


def _is_contact(row: str) -> bool:
    head = row[:12]
    cut = min((at for at in (head.find(":"), head.find("：")) if at > 0), default=-1)
    if cut > 0 and "".join(head[:cut].split()).strip("*_|·•-").casefold() in CONTACTS:
        return True
    if "www." in row or "http" in row or (_is_address(row.strip("<>|*")) or ("@" in row and len(row) <= 60)):
        return True
    digits = sum(char.isdigit() for char in row)
    return digits >= 7 and digits * 2 >= len(row)


def _is_organisation(row: str) -> bool:
    return ":" not in row and "：" not in row and any(word in f" {row.casefold()}" for word in ORGANISATIONS)

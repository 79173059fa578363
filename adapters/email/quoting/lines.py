"""A mail's text as numbered lines: as they came, and as rules look at them."""

from collections.abc import Iterator
from enum import IntEnum, auto

LOOK_MAX_CHARS = 600
"""Rules look at the beginning of a line only; a longer line is prose."""
_BREAKS = str.maketrans(
    {"\x0b": "\n", "\x0c": "\n", "\x1c": "\n", "\x1d": "\n", "\x1e": "\n", "\x85": "\n", "\u2028": "\n", "\u2029": "\n"}
)
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff\ufffc"))
_UNSEEN |= dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
_SPACES = dict.fromkeys(map(ord, "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"), " ")
_PLAIN = _UNSEEN | _SPACES
DELIMITERS = frozenset(("--", "—", "–", "――", "——", "- --", "ᐧ"))
"""A line that says: what follows is how I sign (RFC 3676, section 4.3), and what programs make of it."""
_DAYS = frozenset(
    ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
)
RULE_CHARS = frozenset("-_=~*#+—–‐‑―─━＿－ᐧ•·﹣⸺ ")


class Place(IntEnum):
    """Where a line belongs."""

    REPLY = auto()
    QUOTED = auto()
    SIGNED = auto()
    MAYBE_SIGNED = auto()
    """It looks like a signature: it goes back to the reply where nothing else would be left."""


class Lines:
    """The lines of a text. `plain` is without what can't be seen, without spaces around; what is inside ``` fences is never looked at."""

    def __init__(self, text: str) -> None:
        whole = text.replace("\r\n", "\n").replace("\r", "\n").translate(_BREAKS)
        self.texts = [part for line in whole.split("\n") for part in _parted(line)]
        self.plain = [_plain(line) for line in self.texts]
        self.folded = "\n".join(self.plain).casefold()
        """All of it, to find out at once that something stands in no line."""
        self.held: dict[int, int] = {}
        """What a line holds of an attribution, found out once."""
        self.is_reply_above: bool | None = None
        """Whether a help desk's line may stand in it, found out once."""
        self.added: dict[int, bool] = {}
        """Whether a program added a line, found out once."""
        self.is_code = [False] * len(self.texts)
        for start, end in self._fences() if "```" in whole else ():
            self.is_code[start : end + 1] = [True] * (end + 1 - start)
        self.is_rule = [not code and _is_rule(plain) for code, plain in zip(self.is_code, self.plain, strict=True)]
        """A line drawn, such as ----- or ____, of three characters at least."""
        self.is_quote = [not code and _is_quote(plain) for code, plain in zip(self.is_code, self.plain, strict=True)]

    def __len__(self) -> int:
        return len(self.texts)

    def next_written(self, start: int) -> int:
        """The first line at or behind `start` that is not blank; the number of lines where there is none."""
        while start < len(self.plain) and not self.plain[start]:
            start += 1
        return start

    def paragraphs(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The runs of written lines between two lines."""
        first = -1
        for index in range(start, end):
            if self.plain[index]:
                first = index if first < 0 else first
            elif first >= 0:
                yield first, index
                first = -1
        if first >= 0:
            yield first, end

    def _fences(self) -> Iterator[tuple[int, int]]:
        opened = -1
        for index, plain in enumerate(self.plain):
            if not plain.startswith("```"):
                continue
            if opened < 0 and plain[3:].replace("-", "").replace("+", "").isalnum() | (plain == "```"):
                opened = index
            elif opened >= 0 and plain == "```":
                yield opened, index
                opened = -1


def _parted(line: str) -> list[str]:
    """Where a break was lost in front of "On Mon, May 6, 2023, Some One wrote:", it is put back."""
    at = line.rfind(" On ", 0, LOOK_MAX_CHARS) if line.rstrip().endswith("wrote:") else -1
    if at <= 0 or line[0] in ">|" or "@" in line[:at] or not (line[at + 4 : at + 7] in _DAYS or line[at + 4].isdigit()):
        return [line]
    return [line[:at], line[at + 1 :]]


def _plain(line: str) -> str:
    if "&nbsp;" in line:  # programs that turn a page into text and forget these
        line = line.replace("&nbsp;", " ")
    if line.isascii():
        return line[:LOOK_MAX_CHARS].strip()
    return line[:LOOK_MAX_CHARS].translate(_PLAIN).strip()


def _is_rule(plain: str) -> bool:
    return len(plain) >= 3 and plain[0] in RULE_CHARS and RULE_CHARS.issuperset(plain)


def _is_quote(plain: str) -> bool:
    if plain[:1] in (">", "＞", "»"):
        return True
    if plain.startswith("&gt;"):
        return True
    mark = plain.find(">", 0, 5)  # usenet: JD> these were the words of somebody with these initials
    return (
        mark > 0
        and plain[:mark].isascii()
        and plain[:mark].isalpha()
        and plain[0].isupper()
        and plain[mark + 1 : mark + 2] in ("", " ", ">")
    )

"""What a customer wrote of a letter: the history quoted below it, signatures and marks of the sending program are left out.

Works line by line, each line clipped before it is looked at: linear, whatever comes.
"""

import re
from collections.abc import Iterator, Sequence

from gateway.core.expressions import expression

READ_MAX_CHARS = 16_000
"""What is read of a letter; whoever writes more than ten pages has said what it is about by then."""
_LINE_MAX_CHARS = 300
_NAME_MAX_CHARS = 50
"""A line under "kind regards" that is longer than this says something."""

WRAPPED_MIN_CHARS, WRAPPED_MAX_CHARS = 50, 110
"""How long the lines are that programs break."""
WRAPPED_MIN_COUNT = 2
"""One full line may be chance."""

_HEADER = expression(
    r"[*\s]*(?:from|sent|date|to|cc|subject|reply-to|von|gesendet|an|betreff|de|envoyé|enviado|para|asunto"
    r"|发件人|發件人|寄件者|寄件人|发送时间|發送時間|寄件日期|发送日期|日期|时间|收件人|收件者|抄送|副本|主题|主旨|主　题|主 题)"
    r"[*\s]*[:：]",
    re.IGNORECASE,
)
_MARKED_HISTORY = expression(
    r"\s*[-_=—*]{2,}\s*(?:original message|original mail|original|forwarded message|forwarded|reply above|原始邮件|原始郵件|原邮件|原郵件|"
    r"转发的?邮件|轉寄的?郵件|转发邮件信息|回复的原邮件|回复的邮件|邮件原件|ursprüngliche nachricht|message d'origine|mensaje original)"
    r"|\s*begin forwarded message|\s*(?:开始转发的邮件|開始轉寄的郵件)",
    re.IGNORECASE,
)
_RULE = expression(r"\s*[-_=—*]{8,}\s*")
_WROTE = expression(
    r"\s*(?:on|at|le|am|el|il|op|den|em)\b.{6,}\b(?:wrote|writes|schrieb|a écrit|escribió|ha scritto|schreef|skrev|escreveu)\b[^:]{0,80}:"
    r"|(?=.{0,200}\d).{0,250}(?:写道|寫道|写到|寫到)\s*[:：]?\s*$"
    r"|.{0,160}<[^<>\s@]{1,80}@[^<>\s@]{1,80}>.{0,60}(?:wrote|writes|写道|寫道|napisał|пиш|написав|写到).{0,20}[:：]?\s*$"
    r"|\s*\d{4}-\d\d-\d\d \d\d?:\d\d (?:gmt|utc)?[+\d:]* ?.{1,80}<.{0,80}>?:?\s*$",
    re.IGNORECASE,
)
_QUOTED = expression(r"\s*(?:[>＞|│]|&gt;)")
_SENT_FROM = expression(
    r"\s*(?:sent (?:from|via|with) (?:my|the|mail|yahoo|outlook|proton|gmail|samsung)\b|get outlook for|sent from \w+$|发自我的|發自我的|"
    r"从我的|傳送自我的|來自我的|发自|從我的|以下为原邮件|从 windows|downloaded from)",
    re.IGNORECASE,
)
_SIGNED = expression(r"\s*--\s*$|\s*—\s*$")
_CLOSING = expression(
    r"\s*(?:(?:with |many |my )?(?:best|kind|warm|warmest|kindest)? ?(?:regards|wishes)|best|(?:yours )?(?:sincerely|faithfully|"
    r"truly)(?: yours)?|"
    r"yours|cheers|respectfully|cordially|(?:many )?thanks(?: (?:and|&) (?:best |kind )?regards|again|a lot| in advance)?|thank you|thx|"
    r"all the best|take care|love|此致|此致敬礼|此致敬禮|敬礼|敬禮|敬上|祝好|谢谢|謝謝|多谢|多謝|感谢|感謝|"
    r"(?:顺|順|顺颂|順頌)?(?:祝|颂|頌).{0,14}|.{0,8}敬上)\s*[,，.。!！~～]*\s*",
    re.IGNORECASE,
)
_POSTSCRIPT = expression(r"\s*(?:p\.? ?s\b|又及|另[:：，外]|附[:：])", re.IGNORECASE)


def written(text: str) -> str:
    """The customer's own words; the text itself where nothing else would be left."""
    read = text[:READ_MAX_CHARS].replace("\r\n", "\n").replace("\r", "\n").strip()
    if "\n" not in read:
        return read
    lines = list(_own(read.split("\n")))
    return unwrapped("\n".join(_unsigned(lines)).strip()) or read


def unwrapped(text: str) -> str:
    """The text without the line ends that a program put in: where a line is so full that the next word had no place on it."""
    lines = text.split("\n")
    width = max(map(len, lines))
    full = [_is_full(lines[place], lines[place + 1], width) for place in range(len(lines) - 1)]
    if not WRAPPED_MIN_CHARS <= width <= WRAPPED_MAX_CHARS or sum(full) < WRAPPED_MIN_COUNT:
        return text
    return "".join(line + (" " if is_full else "\n") for line, is_full in zip(lines, [*full, False], strict=True)).strip()


def _is_full(line: str, below: str, width: int) -> bool:
    return bool(line.strip() and below.strip()) and len(line) + 1 + len(below.split(maxsplit=1)[0]) > width


def _own(lines: Sequence[str]) -> Iterator[str]:
    """The lines above and between what is quoted."""
    place = 0
    while place < len(lines):
        line = lines[place][:_LINE_MAX_CHARS]
        if _QUOTED.match(line):
            place += 1
        elif _ends_the_letter(lines, place):
            return
        elif (behind := _behind_wrote(lines, place)) > place:
            if not any(_QUOTED.match(below[:_LINE_MAX_CHARS]) for below in lines[behind : behind + 3]):
                return
            place = behind
        else:
            if not _SENT_FROM.match(line):
                yield lines[place]
            place += 1


def _ends_the_letter(lines: Sequence[str], place: int) -> bool:
    """Whether the copied head of another letter begins here: all below it is history."""
    line = lines[place][:_LINE_MAX_CHARS]
    if _MARKED_HISTORY.match(line):
        return True
    below = [near[:_LINE_MAX_CHARS] for near in lines[place : place + 7] if near.strip()]
    heads = [bool(_HEADER.match(near)) for near in below]
    if _RULE.fullmatch(line):
        return any(heads[1:3])
    return heads[:1] == [True] and any(heads[1:4])


def _behind_wrote(lines: Sequence[str], place: int) -> int:
    """The line behind "On Monday, somebody wrote:", which programs break into up to three; `place` where it isn't said here."""
    if not lines[place].strip():
        return place
    for count in (1, 2, 3):
        if _WROTE.match(" ".join(line.strip() for line in lines[place : place + count])[:_LINE_MAX_CHARS]):
            return place + count
    return place


def _unsigned(lines: Sequence[str]) -> Iterator[str]:
    """The lines without what stands under a closing: names, addresses, telephone numbers. A postscript stays."""
    is_signed = False
    for place, line in enumerate(lines):
        if _POSTSCRIPT.match(line):
            is_signed = False
        if place and not is_signed and (_SIGNED.match(line) or _CLOSING.fullmatch(line[:_LINE_MAX_CHARS])):
            is_signed = True
        elif not is_signed or _says_something(line):
            yield line


def _says_something(line: str) -> bool:
    return len(line) > _NAME_MAX_CHARS or "?" in line or "？" in line

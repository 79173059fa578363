"""Takes out of a text what is there for the eye: Markdown's marks, addresses, emoji, brackets. What an ear needs instead is put in."""

import re
from collections.abc import Iterator

_URL = r"(?:https?://|(?<![\w.@/])www\.)[^\s<>()\[\]，。；、！？“”\"']{1,2000}"
_LINK = re.compile(rf"!?\[(?P<label>[^\[\]\n]{{0,500}})\]\((?P<url>[^()\s]{{1,2000}})(?:\s\"[^\"\n]{{0,200}}\")?\)|<?(?P<bare>{_URL})>?")
_MAIL = re.compile(r"(?<![\w.+-])(?P<user>[A-Za-z0-9._+-]{1,64})@(?P<host>[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5})")
_ITEM = re.compile(r"^\s{0,8}(?:(?P<number>\d{1,2})[.)、]\s+|[-*+•·]\s+)(?P<rest>.*)$")
_HEAD = re.compile(r"^\s{0,3}(?:#{1,6}\s+|>\s?)+")
_RULE = re.compile(r"^\s{0,3}(?:[-*_=]\s?){3,}$|^\s*\|?(?:\s*:?-{2,}:?\s*\|?)+\s*$|^\s{0,3}```.{0,40}$")
_EMPHASIS = re.compile(r"\*{1,3}|_{2,3}|~~|`{1,3}|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d\u20e3\U000e0000-\U000e007f]+")
_ARROW = re.compile(r" ?(?:→|⇒|->|=>|＞|>>?) ?")
_BRACKETS = re.compile(r"[（(【\[「『《] ?| ?[）)】\]」』》]")
_SEVERAL = re.compile(r"(?<![，,、：: ])[，,、：: ]{1,200}")
_BEFORE_END = re.compile(r"(?<![，,、 ])[，,、 ]++(?=[。！？；.!?;])")
_PER = re.compile(r"/ ?(?=(?:年|月|天|日|周|小时|次|人|件|单|台|分钟|year|month|week|day|hour|person|item|order)\b|[年月天日周次人件单台])")
_AREA_CODE = re.compile(r" ?\((\d{2,4})\) ?(?=\d)")
_SLASH = re.compile(r"(?<=[\w）)]) ?/ ?(?=[^\W\d])")
_HASH = re.compile(r" ?#(?=\d)")
_PLUS = re.compile(r"(?<=\d) ?\+(?!\d)|(?<=\w) ?\+ ?(?=[^\W\d])")
_DAYS = {"mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday", "sat": "Saturday", "sun": "Sunday"}
_DAY = "|".join(_DAYS)
_WEEK = re.compile(rf"\b({_DAY})[a-z]{{0,6}} ?[-–—] ?({_DAY})[a-z]{{0,6}}\b\.?", re.IGNORECASE)
_SHORT = {"e.g.": "for example", "i.e.": "that is", "etc.": "and so on.", "approx.": "about", "vs.": "versus", "No.": "number"}
_SHORTENED = re.compile(r"(?<!\w)(?:" + "|".join(re.escape(short) for short in _SHORT) + r")(?: ?,)?")
_WORN = {"and/or": "or", "hrs": "hours", "mins": "minutes", "secs": "seconds", "lbs": "pounds"}
_WORN_DOWN = re.compile(r"(?<!\w)(?:" + "|".join(_WORN) + r")(?!\w)")
_DAY_ALONE = re.compile(r"\b(?:(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri)\b|(?:Sat|Sun)\b(?=\.?\s?(?:\d|[-–—&]|and\b|to\b)))(?:\.(?= ?[a-z0-9]))?")
"""A day's name cut short; what may be another word only where a time or another day follows."""
_ABOUT = re.compile(r"(?<![\w~～])[~～≈] ?(?=[\d$¥￥€£])")
_QUOTES = str.maketrans(dict.fromkeys('“”"‘’„«»'))
_SPACES = re.compile(r"[ \t\u00a0\u3000]+")
_ENDS = "。！？；.!?;:：…，,、"

WORDS = {
    "zh": {"page": "网页", "mail": "邮箱", "at": "艾特", "dot": "点", "then": "，然后", "and": "和", "or": "或", "plus": "加",
    "number": " ", "about": "约", "end": "。", "comma": "，",
           "equals": "等于", "per": "每", "least": "至少", "most": "最多"},
    "zh-Hant": {"page": "網頁", "mail": "信箱", "at": "小老鼠", "dot": "點", "then": "，然後", "and": "和", "or": "或", "plus": "加",
    "number": " ", "about": "約", "end": "。",
                "comma": "，", "equals": "等於", "per": "每", "least": "至少", "most": "最多"},
    "en": {"page": "our web page", "mail": "email", "at": " at ", "dot": " dot ", "then": ", then ", "and": " and ", "or": " or ",
    "plus": " plus ", "number": " number ", "about": " about ",
           "end": ". ", "comma": ", ", "equals": " equals ", "per": " per ", "least": " at least ", "most": " at most "},
}  # fmt: skip


def words_of(language: str) -> dict[str, str]:
    """The words that stand for signs."""
    tag = language.lower()
    if not tag.startswith("zh"):
        return WORDS["en"]
    return WORDS["zh-Hant" if any(part in tag for part in ("tw", "hk", "mo", "hant")) else "zh"]


def links_in(text: str) -> tuple[str, ...]:
    """The addresses in a text, each once, in order."""
    found = (match["url"] or match["bare"] for match in _LINK.finditer(text))
    return tuple(dict.fromkeys(url.rstrip(".,;:!?") for url in found if url.startswith(("http://", "https://"))))


def unmarked(text: str, language: str, *, markdown: bool) -> str:
    """The words alone, each line a sentence."""
    words = words_of(language)
    text = _AREA_CODE.sub(r" \1 ", _SPACES.sub(" ", text))
    text = _LINK.sub(lambda link: link["label"] or ("" if link[0][0] == "!" else words["page"]), text)
    text = _MAIL.sub(lambda mail: _spoken_mail(mail, words), text)
    return "\n".join(line for line in _lines(text, words, markdown=markdown) if line)


def _spoken_mail(mail: re.Match[str], words: dict[str, str]) -> str:
    user = mail["user"].replace(".", words["dot"]).replace("-", " ").replace("_", " ").replace("+", words["plus"])
    return f" {user}{words['at']}{mail['host'].replace('.', words['dot'])} "


def _lines(text: str, words: dict[str, str], *, markdown: bool) -> Iterator[str]:
    for line in text.splitlines():
        if markdown and _RULE.match(line):
            continue
        item = _ITEM.match(line)
        rest = item["rest"] if item else line
        rest = _unsigned(_EMPHASIS.sub("", _HEAD.sub("", rest)) if markdown else rest, words)
        if item and item["number"] and rest:
            rest = f"{item['number']}{words['comma']}{rest}"
        yield rest + words["end"].rstrip() if rest and rest[-1] not in _ENDS else rest


def _unsigned(line: str, words: dict[str, str]) -> str:
    """A line without what no voice says."""
    line = _SPACES.sub(" ", _EMOJI.sub(" ", line).translate(_QUOTES))
    line = _WEEK.sub(lambda week: f"{_DAYS[week[1][:3].lower()]} to {_DAYS[week[2][:3].lower()]}", line)
    line = _DAY_ALONE.sub(lambda day: _DAYS[day[0][:3].lower()], _WORN_DOWN.sub(lambda word: _WORN[word[0]], line))
    line = _ABOUT.sub(words["about"], line)
    line = _SHORTENED.sub(lambda short: _SHORT[short[0].rstrip(" ,")], line)
    for sign, name in ((">=", "least"), ("≥", "least"), ("<=", "most"), ("≤", "most"), ("&", "and"), ("＝", "equals"), ("|", "comma")):
        line = line.replace(sign, words[name])
    line = _ARROW.sub(words["then"], _HASH.sub(words["number"], line))
    line = _PLUS.sub(words["plus"], _SLASH.sub(words["or"], _PER.sub(words["per"], line)))
    line = _SEVERAL.sub(lambda run: _comma(run[0], words), _BRACKETS.sub(words["comma"], line))
    return _SPACES.sub(" ", _BEFORE_END.sub("", line)).strip(" ，,、")


def _comma(run: str, words: dict[str, str]) -> str:
    """One of several pauses that follow each other; the only one stays as it is."""
    signs = [sign for sign in run if sign != " "]
    if not signs:
        return run
    if len(signs) == 1 and not run.startswith(" "):
        return run
    return words["comma"] if len(signs) > 1 else run.lstrip()

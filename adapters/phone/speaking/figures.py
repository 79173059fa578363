"""Finds what is written in figures, and has it said: one pass over the text, each kind of figure recognized by its form.

Every pattern is bounded: a text of nothing but digits costs no more than any other.
"""

import re
from collections.abc import Callable

from adapters.phone.speaking.tongues import UNITS, Tongue, grouped, is_measure

_MONEY = {"¥": "CNY", "￥": "CNY", "$": "USD", "US$": "USD", "HK$": "HKD", "NT$": "TWD", "€": "EUR", "£": "GBP"}
_CODES = {"RMB": "CNY", "元": "CNY", "块": "CNY", "塊": "CNY", "圓": "CNY", "美元": "USD"} | {
    code: code for code in ("CNY", "USD", "EUR", "GBP", "HKD", "TWD", "JPY")
}
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMBER = r"\d{1,3}(?:,\d{3}){1,4}|\d{1,20}"
_DAY_MAX, _MONTH_MAX, _HOUR_MAX = 31, 12, 24
SPELT_FROM_DIGITS = 7
"""A number of so many digits without commas is somebody's number, no quantity."""

_UNIT = "|".join(re.escape(unit) for unit in UNITS)
_FIGURE = re.compile(
    rf"""
      (?P<stamp>(?<![\d.])(?P<sy>(?:19|20)\d\d)[-/.](?P<sm>\d{{1,2}})[-/.](?P<sd>\d{{1,2}})(?!\d|[.-]\d))
    | (?P<slashed>(?<![\d/])(?P<xa>\d{{1,2}})/(?P<xb>\d{{1,2}})/(?P<xy>(?:19|20)\d\d)(?![\d/]))
    | (?P<zdate>(?:(?P<zy>(?:19|20)\d\d)\s?年\s?)?(?P<zm>\d{{1,2}})\s?月(?:\s?(?P<zd>\d{{1,2}})\s?[日号號])?)
    | (?P<zyear>(?<!\d)(?P<zo>(?:19|20)\d\d)\s?年)
    | (?P<edate>\b(?P<em>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{{0,6}}\.?\s(?P<ed>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s(?P<ey>(?:19|20)\d\d)\b)?)
    | (?P<ddate>(?<![\w.])(?P<dd>\d{{1,2}})(?:st|nd|rd|th)?\s(?P<dm>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:[a-z]{{0,6}})\b(?:,?\s(?P<dy>(?:19|20)\d\d)\b)?)
    | (?P<time>(?<![\d:])(?P<th>\d{{1,2}})[:：](?P<tm>\d\d)(?:[:：]\d\d)?(?![\d:])(?:\s?(?P<half>[ap])\.?m(?:\.|\b))?)
    | (?P<hour>(?<![\w.:])(?P<hh>[01]?\d)\s?(?P<hk>[ap])\.?m(?:\.|\b))
    | (?P<compound>(?<![\w-])(?P<cn>\d{{1,4}})(?=-(?-i:[a-z]{{3,20}})(?!\w)))
    | (?P<money>(?P<sign>US\$|HK\$|NT\$|[¥￥$€£])\s?(?P<mw>{_NUMBER})(?:\.(?P<mp>\d{{1,4}}))?)
    | (?P<phone>(?<![\w+])1-\d{{3}}-\d{{3}}-\d{{4}}(?![\w-])|(?<!\w)\+\d{{1,3}}\s\(\d{{2,4}}\)\s?\d{{3,4}}[-\s]\d{{3,4}}(?!\w)|(?<![\w+])(?:\+\d{{1,4}}|\d{{2,4}})(?:[-\s]\d{{2,8}}){{1,4}}(?![\w-])|(?<![\w])\(\d{{2,4}}\)\s?\d{{3,4}}[-\s]\d{{3,4}}(?!\w)|(?<!\w)\+\d{{7,15}}(?!\w))
    | (?P<serial>(?<![A-Za-z0-9-])(?P<sn>\d{{7,20}})(?P<so>(?:-\d{{1,8}}){{1,3}})(?![A-Za-z0-9-]))
    | (?P<share>(?P<pw>{_NUMBER})(?:\.(?P<pp>\d{{1,6}}))?\s?[%％])
    | (?P<nth>(?<!\w)(?P<no>\d{{1,4}})(?:st|nd|rd|th)\b)
    | (?P<size>(?<![\w.])(?P<sa>\d{{1,5}})\s?[x×*]\s?(?P<sb>\d{{1,5}})(?:\s?(?P<su>cm|mm|m|in|ft)\b)?)
    | (?P<version>(?<![A-Za-z0-9.])(?P<vv>v\s?)?\d{{1,5}}(?:\.\d{{1,5}}){{2,3}}(?![\d.]*\d)|(?<![A-Za-z0-9])v\d{{1,5}}\.\d{{1,5}})
    | (?P<code>(?<![A-Za-z0-9])(?=[A-Za-z-]{{0,8}}\d)(?=[A-Za-z0-9-]{{0,39}}[A-Za-z])[A-Za-z0-9]{{1,20}}(?:-[A-Za-z0-9]{{1,20}}){{0,3}}(?![A-Za-z0-9])|(?<![A-Za-z0-9-])(?-i:[A-Z]{{4}}-[A-Z]{{4}})(?![A-Za-z0-9-]))
    | (?P<part>(?<![\d/])(?P<fu>\d{{1,2}})/(?P<fl>\d{{1,2}})(?![\d/]))
    | (?P<number>(?P<minus>(?<![A-Za-z0-9_.)])[-−])?(?P<nw>{_NUMBER})(?:\.(?P<np>\d{{1,10}}))?)
    """,  # noqa: E501 - each line is one kind
    re.VERBOSE | re.IGNORECASE,
)
_MEASURED = re.compile(rf"(?P<n>\d{{1,10}}(?:\.\d{{1,6}})?)\s?(?P<u>{_UNIT})(?![A-Za-z])", re.IGNORECASE)
_TO = re.compile(r"\s?[-–—~～−]\s?")
_DIAL = re.compile(
    r"(?:拨打|撥打|致电|致電|电话|電話|热线|熱線|客服|\bcall|\bdial|\bphone)[^\d。！？.!?]{0,6}$|"
    r"(?:订单号|訂單號|单号|單號|编号|編號|尾号|尾號|验证码|驗證碼|密码|密碼|\bcode|\bpin\b)(?:[\s:：]{0,2}(?:是|为|為|is)?[\s:：]{0,2})$",
    re.IGNORECASE,
)
_NTH = re.compile(r"第\s?$")
_SERVICE = re.compile(r"95\d{3}|1\d{4}")
_BEHIND = re.compile(r"\s?(?P<code>RMB|CNY|USD|EUR|GBP|HKD|TWD|JPY|美元|元|块|塊|圓)(?![A-Za-z])")
_MEASURE = re.compile(
    r"\s?(?P<unit>[万萬亿億千个個天年周週分秒次件位条條种種份台张張瓶盒箱包倍层層人家本封笔筆款档檔遍折名组組路套支点點小工])"
)
_RANGE = re.compile(rf"\s?[-–—~～−至到]\s?\d{{1,4}}{_MEASURE.pattern}")


def figures_said(text: str, tongue: Tongue) -> str:
    """The text with its figures as words."""
    said: list[str] = []
    at, search_at = 0, 0
    while found := _FIGURE.search(text, search_at):
        gap = text[at : found.start()]
        if said and found["number"] is not None and found["minus"] and not gap:
            search_at, gap = found.start("nw"), text[at : found.start("nw")]  # what stands right behind a figure is "to", not "minus"
            found = _FIGURE.match(text, search_at)
            assert found is not None
        words, end = _said(found, tongue)
        said.append(tongue.to if said and _TO.fullmatch(gap) else gap)
        said.append(f" {words}" if said[-1][-1:].isascii() and said[-1][-1:].isalpha() else words)
        at = search_at = end
    return "".join([*said, text[at:]])


def _said(found: re.Match[str], tongue: Tongue) -> tuple[str, int]:
    """The words, and where the text goes on behind them."""
    kind = found.lastgroup or ""
    for name, say in _KINDS.items():
        if found[name] is not None:
            return say(found, tongue)
    return found[kind], found.end()


def _stamp(found: re.Match[str], tongue: Tongue) -> tuple[str, int]:
    if not (1 <= int(found["sm"]) <= _MONTH_MAX and 1 <= int(found["sd"]) <= _DAY_MAX):
        return tongue.spelt(found[0]), found.end()
    return tongue.date(found["sy"], found["sm"], found["sd"]), found.end()


def _slashed(found: re.Match[str], tongue: Tongue) -> tuple[str, int]:
    """The month first, where that can be; else the day."""
    first, second = int(found["xa"]), int(found["xb"])
    month, day = (first, second) if first <= _MONTH_MAX else (second, first)
    if not (1 <= month <= _MONTH_MAX and 1 <= day <= _DAY_MAX):
        return tongue.spelt(found[0]), found.end()
    return tongue.date(found["xy"], str(month), str(day)), found.end()


def _zdate(found: re.Match[str], tongue: Tongue) -> tuple[str, int]:
    if not 1 <= int(found["zm"]) <= _MONTH_MAX:
        return tongue.number(found["zm"], "", ""), found.end("zm")
    return tongue.date(found["zy"] or "", found["zm"], found["zd"] or ""), found.end()


def _zyear(found: re.Match[str], tongue: Tongue) -> tuple[str, int]:
    return tongue.date(found["zo"], "", ""), found.end()


def _ddate(found: re.Match[str], tongue: Tongue) -> tuple[str, int]:
    month = _MONTH_NAMES.index(found["dm"].lower()) + 1
    return tongue.date(found["dy"] or "", str(month), found["dd"]), found.end()


def _edate(found: re.Match[str], tongue: Tongue) -> tuple[str, int]:
    month = _MONTH_NAMES.index(found["em"].lower()) + 1
    return tongue.date(found["ey"] or "", str(month), found["ed"]), found.end()


def _time(found: re.Match[str], tongue: Tongue) -> tuple[str, int]:
    hour, minute = int(found["th"]), int(found["tm"])
    if hour > _HOUR_MAX or minute > 59:
        return f"{tongue.number(found['th'], '', '')} {tongue.number(found['tm'], '', '')}", found.end()
    return tongue.time(_of_day(hour, found["half"]) if found["half"] else hour, minute), found.end()


def _hour(found: re.Match[str], tongue: Tongue) -> tuple[str, int]:
    return tongue.time(_of_day(int(found["hh"]), found["hk"]), 0), found.end()


def _of_day(hour: int, half: str) -> int:
    return hour % 12 + (12 if half.lower() == "p" else 0)


def _money(found: re.Match[str], tongue: Tongue) -> tuple[str, int]:
    return tongue.amount(_MONEY[found["sign"].upper()], _plain(found["mw"]), found["mp"] or ""), found.end()


def _phone(found: re.Match[str], tongue: Tongue) -> tuple[str, int]:
    groups = [group for group in re.split(r"\D+", found[0]) if group]
    return tongue.dialled(_abroad(groups[0]) if len(groups) == 1 else groups), found.end()


def _abroad(digits: str) -> list[str]:
    """A number with its country's code, written in one."""
    if digits[0] == "1" and len(digits) == 11:
        return [digits[:1], digits[1:4], digits[4:7], digits[7:]]
    is_chinese_mobile = digits.startswith("86") and len(digits) == 13
    return ["86", *grouped(digits[2:])] if is_chinese_mobile else grouped(digits)


def _serial(found: re.Match[str], tongue: Tongue) -> tuple[str, int]:
    """Somebody's number in parts: no range."""
    return tongue.dialled([*grouped(found["sn"]), *found["so"][1:].split("-")]), found.end()


def _compound(found: re.Match[str], tongue: Tongue) -> tuple[str, int]:
    """A figure and a word in one: a 30-day return."""
    return tongue.number(found["cn"], "", ""), found.end()


def _share(found: re.Match[str], tongue: Tongue) -> tuple[str, int]:
    return tongue.share(_plain(found["pw"]), found["pp"] or ""), found.end()


def _code(found: re.Match[str], tongue: Tongue) -> tuple[str, int]:
    """Letters and digits in one: a measure where that is what it is, else a code, spelt."""
    measured = _MEASURED.fullmatch(found[0])
    if measured and is_measure(measured["u"]):
        whole, _, part = measured["n"].partition(".")
        return tongue.number(whole, part, measured["u"]), found.end()
    return tongue.spelt(found[0]), found.end()


def _size(found: re.Match[str], tongue: Tongue) -> tuple[str, int]:
    return tongue.by(found["sa"], found["sb"], found["su"] or ""), found.end()


def _version(found: re.Match[str], tongue: Tongue) -> tuple[str, int]:
    pieces = re.findall(r"\d+", found[0])
    said = tongue.point.join(tongue.number(piece, "", "") for piece in pieces)
    return (f"V {said}" if found[0][0] in "vV" else said), found.end()


def _nth(found: re.Match[str], tongue: Tongue) -> tuple[str, int]:
    return tongue.ordinal(found["no"]), found.end()


def _part(found: re.Match[str], tongue: Tongue) -> tuple[str, int]:
    upper, lower = found["fu"], found["fl"]
    if (upper, lower) == ("24", "7") or int(lower) < 2 or int(upper) >= int(lower):
        return f"{tongue.number(upper, '', '')} {tongue.number(lower, '', '')}", found.end()
    return tongue.fraction(upper, lower), found.end()


def _number(found: re.Match[str], tongue: Tongue) -> tuple[str, int]:
    text, whole, part, end = found.string, _plain(found["nw"]), found["np"] or "", found.end()
    if not part and "," not in found["nw"] and _is_dialled(whole, text, found.start()):
        return tongue.dialled(grouped(whole)), end
    if _NTH.search(text, max(0, found.start() - 2), found.start()):
        return tongue.number(whole, part, ""), end  # the second is 第二位, though two are 两位
    code, measure = _BEHIND.match(text, end), _MEASURE.match(text, end)
    measured = _MEASURED.match(text, found.start("nw"))
    if code:
        said, end = tongue.amount(_CODES[code["code"]], whole, part), code.end()
    elif measured and is_measure(measured["u"]):
        said, end = tongue.number(whole, part, measured["u"]), measured.end()
    elif measure:
        said, end = tongue.number(whole, part, measure["unit"]), measure.end()
    elif whole == "2" and not part and _RANGE.match(text, end):
        said = tongue.number(whole, part, "位").removesuffix("位")  # what is counted stands behind the other figure
    else:
        said = tongue.number(whole, part, "")
    return (tongue.negative(said) if found["minus"] else said), end


_Say = Callable[[re.Match[str], Tongue], tuple[str, int]]
_KINDS: dict[str, _Say] = {
    "stamp": _stamp, "slashed": _slashed, "hour": _hour, "zdate": _zdate, "zyear": _zyear, "edate": _edate, "ddate": _ddate,
    "time": _time, "money": _money,
    "compound": _compound, "phone": _phone, "serial": _serial, "share": _share,
    "nth": _nth, "size": _size, "version": _version, "code": _code, "part": _part, "number": _number,
}  # fmt: skip


def _plain(number: str) -> str:
    return number.replace(",", "")


def _is_dialled(digits: str, text: str, at: int) -> bool:
    """Whether digits are a number to dial, or somebody's number, and no quantity."""
    if len(digits) >= SPELT_FROM_DIGITS or (len(digits) > 1 and digits[0] == "0") or _SERVICE.fullmatch(digits):
        return True
    return len(digits) > 2 and _DIAL.search(text, max(0, at - 16), at) is not None

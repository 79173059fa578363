"""How Mandarin and English say what is written in digits: dates, times, amounts, shares, measures, numbers to dial. One word list each."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Protocol

from adapters.phone.speaking import chinese, english


class Tongue(Protocol):
    """One spoken language."""

    def number(self, whole: str, part: str, unit: str) -> str:
        """A quantity and the measure behind it, as it is written there ("" none)."""
        ...

    def spelt(self, text: str) -> str:
        """Letters and digits one by one."""
        ...

    def dialled(self, groups: Sequence[str]) -> str:
        """A number to dial, in its groups."""
        ...

    def date(self, year: str, month: str, day: str) -> str:
        """Year may be empty."""
        ...

    def time(self, hour: int, minute: int) -> str: ...

    def amount(self, currency: str, whole: str, part: str) -> str: ...

    def share(self, whole: str, part: str) -> str: ...

    def ordinal(self, digits: str) -> str: ...

    def fraction(self, upper: str, lower: str) -> str: ...

    def by(self, first: str, second: str, unit: str) -> str:
        """A size: first by second."""
        ...

    @property
    def to(self) -> str:
        """Between two figures of a span."""
        ...

    @property
    def point(self) -> str:
        """Between the figures of a version."""
        ...

    def negative(self, said: str) -> str: ...


_ZH_UNITS: Mapping[str, str] = {
    "kg": "公斤", "g": "克", "mg": "毫克", "km": "公里", "m": "米", "cm": "厘米", "mm": "毫米", "l": "升", "ml": "毫升", "gb": "G",
    "mb": "兆",
    "kb": "K", "tb": "T", "h": "小时", "min": "分钟", "s": "秒", "ms": "毫秒", "w": "瓦", "kw": "千瓦", "v": "伏", "mah": "毫安时",
    "℃": "摄氏度",
    "°c": "摄氏度", "°f": "华氏度", "m²": "平方米", "㎡": "平方米", "km/h": "公里每小时", "k": "千", "x": "倍", "px": "像素",
}  # fmt: skip
_EN_UNITS: Mapping[str, str] = {
    "kg": "kilogram", "g": "gram", "mg": "milligram", "km": "kilometer", "m": "meter", "cm": "centimeter", "mm": "millimeter", "l": "liter",
    "ml": "milliliter", "gb": "gigabyte", "mb": "megabyte", "kb": "kilobyte", "tb": "terabyte", "h": "hour", "min": "minute", "s": "second",
    "ms": "millisecond", "w": "watt", "kw": "kilowatt", "v": "volt", "mah": "milliamp hour", "℃": "degree Celsius", "°c": "degree Celsius",
    "°f": "degree Fahrenheit", "m²": "square meter", "㎡": "square meter", "km/h": "kilometer per hour", "k": "thousand", "px": "pixel",
    "lb": "pound",
    "oz": "ounce", "ft": "foot",
}  # fmt: skip
UNITS = tuple(sorted({*_ZH_UNITS, *_EN_UNITS}, key=len, reverse=True))

_ZH_MONEY = {"CNY": "元", "USD": "美元", "EUR": "欧元", "GBP": "英镑", "HKD": "港币", "TWD": "新台币", "JPY": "日元"}
_EN_MONEY = {
    "CNY": ("yuan", "yuan", "fen"), "USD": ("dollar", "dollars", "cents"), "EUR": ("euro", "euros", "cents"),
    "GBP": ("pound", "pounds", "pence"), "HKD": ("Hong Kong dollar", "Hong Kong dollars", "cents"),
    "TWD": ("New Taiwan dollar", "New Taiwan dollars", "cents"), "JPY": ("yen", "yen", "sen"),
}  # fmt: skip
_MEASURES = "万萬亿億千个個天年周週分秒次件位条條元块塊种種份台张張瓶盒箱包公小毫厘平工倍层層人家本封笔筆款档檔遍名组組路套支点點"
_MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
NOON = 12


class Chinese:
    """Mandarin. Made in Simplified characters; `is_traditional` for the same words in the others."""

    def __init__(self, *, is_traditional: bool = False) -> None:
        self._written = chinese.traditional if is_traditional else str
        self._one = "一" if is_traditional else "幺"

    def number(self, whole: str, part: str, unit: str) -> str:
        name = _ZH_UNITS.get(unit.lower(), unit)
        is_counted = bool(name) and name[0] in _MEASURES and name != "月"
        said = chinese.counted(whole) if is_counted and not part else chinese.decimal(whole, part)
        return self._written(said) + self._written(name)

    def spelt(self, text: str) -> str:
        return _joined(text, lambda digits: chinese.spelt(digits, one=self._one), "，")

    def dialled(self, groups: Sequence[str]) -> str:
        return "，".join(chinese.spelt(group, one=self._one) for group in groups)

    def date(self, year: str, month: str, day: str) -> str:
        said = f"{chinese.spelt(year)}年" if year else ""
        said += f"{chinese.cardinal(str(int(month)))}月" if month else ""
        return said + (f"{chinese.cardinal(str(int(day)))}日" if day else "")

    def time(self, hour: int, minute: int) -> str:
        said = chinese.counted(str(hour)) + "点"
        if minute == 30:
            return self._written(said + "半")
        rest = f"{'零' if minute < 10 else ''}{chinese.cardinal(str(minute))}分" if minute else ""
        return self._written(said + rest)

    def amount(self, currency: str, whole: str, part: str) -> str:
        name = _ZH_MONEY[currency]
        if currency != "CNY" or len(part) > 2 or not part.strip("0"):
            rest = part.rstrip("0") if len(part) <= 2 else part
            return self._written((chinese.decimal(whole, rest) if rest else chinese.counted(whole)) + name)
        jiao, fen = tuple(part.ljust(2, "0"))
        said = f"{chinese.counted(whole)}元" if int(whole) else ""
        said += f"{chinese.cardinal(jiao)}角" if jiao != "0" else ("零" if said else "")
        return said + (f"{chinese.cardinal(fen)}分" if fen != "0" else "")

    def share(self, whole: str, part: str) -> str:
        return self._written("百分之" + chinese.decimal(whole, part))

    def ordinal(self, digits: str) -> str:
        return "第" + chinese.cardinal(digits)

    def fraction(self, upper: str, lower: str) -> str:
        return f"{chinese.cardinal(lower)}分之{chinese.cardinal(upper)}"

    def by(self, first: str, second: str, unit: str) -> str:
        return f"{chinese.cardinal(first)}乘{self.number(second, '', unit)}"

    @property
    def to(self) -> str:
        return "到"

    @property
    def point(self) -> str:
        return self._written("点")

    def negative(self, said: str) -> str:
        return self._written("负") + said


class English:
    """English; times of the day by the twelve hours."""

    def number(self, whole: str, part: str, unit: str) -> str:
        said = english.decimal(whole, part)
        name = _EN_UNITS.get(unit.lower(), unit)
        return f"{said} {_many(name, is_one=whole == '1' and not part) if unit.lower() in _EN_UNITS else name}".rstrip()

    def spelt(self, text: str) -> str:
        return _joined(text, english.spelt, ", ")

    def dialled(self, groups: Sequence[str]) -> str:
        return ", ".join(english.spelt(group) for group in groups)

    def date(self, year: str, month: str, day: str) -> str:
        said = " ".join(filter(None, (_MONTHS[int(month) - 1] if month else "", english.ordinal(str(int(day))) if day else "")))
        spoken = english.year(year) if year else ""
        return ", ".join(filter(None, (said, spoken)))

    def time(self, hour: int, minute: int) -> str:
        half = "a.m." if hour % 24 < NOON else "p.m."
        said = english.cardinal(str(hour % NOON or NOON))
        rest = f" {'oh ' if minute < 10 else ''}{english.cardinal(str(minute))}" if minute else ""
        return f"{said}{rest} {half}"

    def amount(self, currency: str, whole: str, part: str) -> str:
        one, many, small = _EN_MONEY[currency]
        is_cents = len(part) == 2 and part != "00" and currency not in ("CNY", "JPY")
        if is_cents and not int(whole):
            return f"{english.cardinal(str(int(part)))} {small}"
        said = english.decimal(whole, "" if is_cents else part.rstrip("0"))
        said += f" {one if whole == '1' and not part.strip('0') else many}"
        return f"{said} and {english.cardinal(str(int(part)))} {small}" if is_cents else said

    def share(self, whole: str, part: str) -> str:
        return f"{english.decimal(whole, part)} percent"

    def ordinal(self, digits: str) -> str:
        return english.ordinal(digits)

    def fraction(self, upper: str, lower: str) -> str:
        names = {"2": "half", "4": "quarter"}
        if upper == "1" and lower in names:
            return f"{'a' if lower == '4' else 'one'} {names[lower]}"
        return f"{english.cardinal(upper)} {names.get(lower) or english.ordinal(lower)}s"

    def by(self, first: str, second: str, unit: str) -> str:
        return f"{english.cardinal(first)} by {self.number(second, '', unit)}"

    @property
    def to(self) -> str:
        return " to "

    @property
    def point(self) -> str:
        return " point "

    def negative(self, said: str) -> str:
        return f"minus {said}"


def is_measure(unit: str) -> bool:
    """Whether these letters behind a figure are a measure: a single capital is none (5G, 4K)."""
    return len(unit) > 1 or not unit.isascii() or unit.islower()


def grouped(digits: str) -> list[str]:
    """A long number in groups that an ear can hold: a mobile's 3-4-4, else by four."""
    if len(digits) == 11 and digits[0] == "1":
        return [digits[:3], digits[3:7], digits[7:]]
    if len(digits) <= 5:
        return [digits]
    cuts = [*range(0, len(digits) - 1, 4), len(digits)]  # nothing stands alone at the end
    return [digits[first:last] for first, last in pairwise(cuts)]


def _joined(text: str, spelt: Callable[[str], str], pause: str) -> str:
    """A code, letter by letter and digit by digit, with a pause between groups of digits."""
    said, was_digits = "", False
    for run in _runs(text):
        said += (pause if was_digits and run.isdigit() else " ") * bool(said)
        said += spelt(run) if run.isdigit() else " ".join(run.upper())
        was_digits = run.isdigit()
    return said


def _runs(text: str) -> list[str]:
    """The letters and the digits of a code, run by run, long ones in groups."""
    runs = re.findall(r"[0-9]+|[A-Za-z]+", text)
    return [piece for run in runs for piece in (grouped(run) if run.isdigit() else [run])]


def _many(name: str, *, is_one: bool) -> str:
    if is_one or name == "thousand":
        return name
    head, gap, rest = name.partition(" ")
    if head in ("degree", "kilometer"):
        return f"{head}s{gap}{rest}"
    return {"foot": "feet", "inch": "inches"}.get(name, f"{name}s")


def tongue_of(language: str) -> Tongue:
    """The tongue that a language tag is spoken in: English, or Mandarin in either script."""
    tag = language.lower()
    if not tag.startswith("zh"):
        return English()
    return Chinese(is_traditional=any(part in tag for part in ("tw", "hk", "mo", "hant")))

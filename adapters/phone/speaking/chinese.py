"""Numbers as Mandarin says them. Made in Simplified characters; `traditional` gives the others."""

DIGITS = "零一二三四五六七八九"
_PLACES = ("", "十", "百", "千")
_GROUPS = ("", "万", "亿", "万亿")
_TRADITIONAL = str.maketrans("万亿两点负后网页这链发给开关闭号", "萬億兩點負後網頁這鏈發給開關閉號")
SPELT_FROM_DIGITS = 13
"""A longer number is no quantity: it is read digit by digit."""


def traditional(text: str) -> str:
    """The characters of these modules' own words, as Taiwan and Hong Kong write them."""
    return text.translate(_TRADITIONAL)


def spelt(digits: str, *, one: str = "一") -> str:
    """Digit by digit. On the telephone a one is 幺 in the mainland: it sounds less like a seven."""
    return "".join(one if digit == "1" else DIGITS[int(digit)] for digit in digits)


def cardinal(digits: str) -> str:
    """How many: `10050` is 一万零五十. What begins with a zero, or is too long for a quantity, is read digit by digit."""
    if len(digits) >= SPELT_FROM_DIGITS or (len(digits) > 1 and digits[0] == "0"):
        return spelt(digits)
    if int(digits) == 0:
        return DIGITS[0]
    padded = digits.zfill(-(-len(digits) // 4) * 4)
    groups = [padded[at : at + 4] for at in range(0, len(padded), 4)]
    said, is_gap = "", False
    for place, group in enumerate(groups):
        if int(group) == 0:
            is_gap = bool(said)
            continue
        if said and (is_gap or group[0] == "0"):
            said += DIGITS[0]
        unit = _GROUPS[len(groups) - 1 - place]
        said += ("两" if unit and group == "0002" else _group(group)) + unit
        is_gap = False
    return said.removeprefix("一") if said.startswith("一十") else said


def counted(digits: str) -> str:
    """As `cardinal`, before a measure word: two is 两."""
    return "两" if digits.lstrip("0") == "2" else cardinal(digits)


def decimal(whole: str, part: str) -> str:
    """`3.14` is 三点一四."""
    return f"{cardinal(whole)}点{spelt(part)}" if part else cardinal(whole)


def _group(group: str) -> str:
    """Four digits, the zeros at the beginning unsaid."""
    said, is_gap = "", False
    for place, digit in enumerate(group):
        if digit == "0":
            is_gap = bool(said)
            continue
        said += DIGITS[0] if is_gap else ""
        power = 3 - place
        said += ("两" if digit == "2" and power == 3 else DIGITS[int(digit)]) + _PLACES[power]
        is_gap = False
    return said

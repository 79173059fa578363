"""Numbers as English says them."""

_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_GROUPS = ("", " thousand", " million", " billion")
_ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth", "twelve": "twelfth"}
SPELT_FROM_DIGITS = 13


def spelt(digits: str) -> str:
    """Digit by digit."""
    return " ".join(_SMALL[int(digit)] for digit in digits)


def cardinal(digits: str) -> str:
    """How many: `10050` is ten thousand fifty."""
    if len(digits) >= SPELT_FROM_DIGITS or (len(digits) > 1 and digits[0] == "0"):
        return spelt(digits)
    number = int(digits)
    if number < 1_000:
        return _hundreds(number)
    said = []
    for power in (3, 2, 1, 0):
        group = number // 1_000**power % 1_000
        if group:
            said.append(_hundreds(group) + _GROUPS[power])
    return " ".join(said)


def decimal(whole: str, part: str) -> str:
    return f"{cardinal(whole)} point {spelt(part)}" if part else cardinal(whole)


def ordinal(digits: str) -> str:
    """`21` is twenty-first."""
    said = cardinal(digits)
    cut = max(said.rfind(" "), said.rfind("-")) + 1
    head, last = said[:cut], said[cut:]
    if last in _ORDINALS:
        return head + _ORDINALS[last]
    return head + (last[:-1] + "ieth" if last.endswith("y") else last + "th")


def year(digits: str) -> str:
    """`2026` is twenty twenty-six, `2005` two thousand five."""
    century, rest = int(digits[:2]), int(digits[2:])
    if century % 10 == 0 and rest < 10:
        return cardinal(digits)
    if rest == 0:
        return f"{_hundreds(century)} hundred"
    return f"{_hundreds(century)} {'oh ' if rest < 10 else ''}{_hundreds(rest)}"


def _hundreds(number: int) -> str:
    if number < 20:
        return _SMALL[number]
    if number < 100:
        return _TENS[number // 10] + (f"-{_SMALL[number % 10]}" if number % 10 else "")
    rest = number % 100
    return f"{_SMALL[number // 100]} hundred" + (f" {_hundreds(rest)}" if rest else "")

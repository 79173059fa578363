"""An email address or a phone number in what somebody wrote: pure.

Deliberately careful with bare digits: an order number is not a phone number. Digits count as a phone only with a `+` or `00`, as a Chinese
or Taiwanese number, or where there is nothing else in the text.
"""

import re
import unicodedata

from msgspec import Struct

EMAIL_MAX_LENGTH = 254
"""RFC 5321, section 4.5.3.1.3, less the angle brackets."""

_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9-])"
)
_DIGITS = re.compile(r"(?<![\w+])(?:\+|00)?[(]?\d(?:[ \-().]{0,2}\d){5,17}(?!\w)", re.ASCII)
_CHINESE_MOBILE = re.compile(r"(?:86)?(1[3-9]\d{9})")
_CHINESE_LANDLINE = re.compile(r"0((?:10|2\d)\d{8}|[3-9]\d{2}\d{7,8})")
_TAIWANESE_MOBILE = re.compile(r"0(9\d{8})")
_SERVICE_WORDS = re.compile(
    r"(?i)\b(?:my|phone|tel|telephone|mobile|cell|number|is|no|call|me|at|on|please|it)\b|[我的是]|电话|電話|手机|手機|号码|號碼|号|號|请|請|打"
)


class ContactDetails(Struct, frozen=True):
    """Where somebody can be reached. Either may be missing; without both there is no ContactDetails."""

    email: str | None = None
    phone: str | None = None
    """E.164 where the country is known, else the digits as they were given."""


def find_contact(text: str) -> ContactDetails | None:
    """The first address and the first phone number in a customer's text, or None."""
    folded = _folded(text)
    email = _find_email(folded)
    phone = _find_phone(_EMAIL.sub(" ", folded))
    return ContactDetails(email, phone) if email or phone else None


def as_email(text: str) -> str | None:
    """A text that is an email address and nothing else, as it is written; else None."""
    plain = _folded(text).strip()
    found = _find_email(plain)
    return found if found and len(found) == len(plain) else None


def as_phone(text: str) -> str | None:
    """A text that is a phone number and nothing else, in E.164 where the country is known; else None."""
    plain = _folded(text).strip()
    return _find_phone(plain) if re.fullmatch(r"[+()\d][\d \-().]{5,24}", plain, re.ASCII) else None


def _folded(text: str) -> str:
    """Full-width digits, letters, `＠` and `＋` as their plain forms; invisible characters gone; every dash and space plain."""
    plain = "".join(ch for ch in unicodedata.normalize("NFKC", text) if unicodedata.category(ch) != "Cf")
    return re.sub(r"[\u2010-\u2015\u2212]", "-", re.sub(r"\s", " ", plain)).replace("。", ".")


def _find_email(text: str) -> str | None:
    match = _EMAIL.search(text)
    if match is None or len(match[0]) > EMAIL_MAX_LENGTH or ".." in match[0]:
        return None
    local, _, domain = match[0].rpartition("@")
    return f"{local}@{domain.lower()}"


def _find_phone(text: str) -> str | None:
    for match in _DIGITS.finditer(text):
        if phone := _as_phone(match[0]):
            return phone
    bare = _SERVICE_WORDS.sub(" ", text).strip(" .,:;!?，：；！？、")
    digits = re.sub(r"[ \-().]", "", bare)
    return digits if re.fullmatch(r"[0-9]{7,11}", digits) else None


def _as_phone(written: str) -> str | None:
    digits = re.sub(r"\D", "", written)
    if written.startswith(("+", "00")):
        digits = digits.removeprefix("00")
        return f"+{digits}" if 8 <= len(digits) <= 15 and not digits.startswith("0") else None
    for pattern, country in ((_CHINESE_MOBILE, "86"), (_CHINESE_LANDLINE, "86"), (_TAIWANESE_MOBILE, "886")):
        if match := pattern.fullmatch(digits):
            return f"+{country}{match[1]}"
    return None

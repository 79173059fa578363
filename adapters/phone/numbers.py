"""Numbers: whose a call is, what may be dialled, and how. What a caller's network says of itself proves nothing."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gateway.core.contact import Address, AddressKind
from gateway.core.ids import Thread, derived

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

WITHHELD = frozenset({"", "anonymous", "unavailable", "unknown", "restricted", "private", "withheld", "asterisk", "+266696687"})
"""What networks write where a number is not told; the last spells "anonymous" on a keypad."""
NUMBER_MAX_CHARS = 64
_SEPARATORS = str.maketrans("", "", " -.()\u00a0")


def caller(user: str, country: str) -> str:
    """A caller's number: E.164 where it can be read so, else the user part that the network gave; "" withheld.

    `0086 138...`, `86138...` and `138...` are one in China; short numbers (95xxx, 10086) and a PBX's extensions stay as they are.
    """
    text = user.strip().strip('"<>').removeprefix("sip:").removeprefix("sips:").removeprefix("tel:").split(";")[0].split("@")[0]
    text = text[:NUMBER_MAX_CHARS]
    if text.lower() in WITHHELD or text.lower().startswith("withheld:"):  # which is how we call them ourselves
        return ""
    return e164(text, country) or "".join(char for char in text if char.isprintable())


def e164(text: str, country: str) -> str:
    """The number in E.164, or "" where it is none that can be dialled from anywhere."""
    digits = text.translate(_SEPARATORS)
    if not digits.removeprefix("+").isdecimal() or not digits.isascii() or len(digits) > NUMBER_MAX_CHARS:
        return ""
    for form in _forms(digits, country):
        number = _read(form, country)
        if number is not None:
            return f"+{number.country_code}{'0' if number.italian_leading_zero else ''}{number.national_number}"
    return ""


def _forms(digits: str, country: str) -> list[str]:
    """As it is; and, as some trunks write it, with the country's code but no sign before it."""
    import phonenumbers

    code = str(phonenumbers.country_code_for_region(country))
    is_bare = not digits.startswith(("+", "0")) and code != "0" and digits.startswith(code)
    return [digits, f"+{digits}"] if is_bare else [digits]


def _read(text: str, country: str) -> "PhoneNumber | None":
    import phonenumbers

    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def address_of(number: str, call: str) -> Address:
    """Who calls. A withheld number is nobody's: each call is somebody else's."""
    return Address(AddressKind.PHONE, "", number or f"withheld:{call}")


def thread_of(channel: str, number: str, call: str, *, is_beside: bool = False) -> Thread:
    """The conversation: one for a number, so that who calls again goes on; one for each call that withholds it.

    `is_beside`: that number is on the line already. All of a company's phones may show one number, and anybody can write any: whoever comes
    beside another caller hears nothing of that one's conversation, and has one of their own.
    """
    if is_beside:
        return Thread(derived("phone", channel, number, "beside", call))
    return Thread(derived("phone", channel, number or f"withheld:{call}"))


def is_vouched(headers: Mapping[str, str]) -> bool:
    """Whether the network vouches for the number, where it says so of each call (STIR/SHAKEN): in full, or it does not."""
    said = headers.get("stir", "")
    return not said or said.lower() == "tn-validation-passed-a"


def may_dial(number: str, prefixes: Sequence[str]) -> bool:
    """Whether a number may be called back: E.164 or digits alone, and begun as the configuration allows. No prefix: none may."""
    digits, found = number.removeprefix("+"), [prefix for prefix in prefixes if number.startswith(prefix)]
    is_number = digits.isascii() and digits.isdecimal() and 3 <= len(digits) <= 15
    return is_number and bool(found) and not _is_dear(number, max(found, key=len))


def may_text(number: str, country: str, prefixes: Sequence[str]) -> bool:
    """Whether a short message may go there: where people may be called, or in our own country. Whoever writes numbers of far networks into
    their calls, a thousand an hour, shares what these earn by each message."""
    import phonenumbers

    ours = f"+{phonenumbers.country_code_for_region(country)}"
    return number.startswith("+") and may_dial(number, (*prefixes, ours))


def _is_dear(number: str, prefix: str) -> bool:
    """Whether whoever is called there earns by it: premium rates, and the islands that share +1 with two large countries. A prefix that
    says more than the country's code means them; one that does not lets nobody in who has called us to be called back."""
    found = _read(number, "ZZ") if number.startswith("+") else None
    if found is None or len(prefix) > len(f"+{found.country_code}"):
        return False
    import phonenumbers

    is_far = found.country_code == 1 and phonenumbers.region_code_for_number(found) not in ("US", "CA")
    return is_far or phonenumbers.number_type(found) == phonenumbers.PhoneNumberType.PREMIUM_RATE


def target_of(number: str, pattern: str) -> str:
    """What is dialled for a number, by the configuration's pattern. The number has been checked by `may_dial`."""
    return pattern.replace("{number}", number)


def phone_of(agent: str, phones: dict[str, str]) -> str:
    """An agent's phone: their own, or the pattern for all; "" where there is none. Names are no part of an address unless they fit one."""
    own = phones.get(agent)
    if own:
        return own.replace("{name}", agent)
    pattern = phones.get("*", "")
    is_fit = agent.isascii() and agent.replace("-", "").replace("_", "").replace(".", "").isalnum()
    return pattern.replace("{name}", agent) if "{name}" not in pattern or is_fit else ""


def digits_said(number: str) -> str:
    """A number as it is written for a voice: its digits, the sign gone."""
    return number.removeprefix("+")

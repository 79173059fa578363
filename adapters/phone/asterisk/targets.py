"""From a target as it is configured to what Asterisk dials."""

import re

from adapters.phone.driver import LineFailed

_ENDPOINT = re.compile(r"[A-Za-z0-9_]+/[A-Za-z0-9+*#][A-Za-z0-9+*#._:/@;=%\[\]-]{0,254}")
_SIP = re.compile(r"sips?:[A-Za-z0-9+*#][A-Za-z0-9+*#._:@;=%\[\]-]{0,254}")
REFER_TECHNOLOGY = "PJSIP"


def endpoint(target: str) -> str:
    """`PJSIP/107`, `PJSIP/+8613800138000@trunk`, `Local/107@internal`: as Asterisk wants it, by a technology. Raises LineFailed."""
    if not _ENDPOINT.fullmatch(target):
        raise LineFailed("expected a target with its technology, such as PJSIP/107 or PJSIP/{number}@trunk", code="unable")
    return target


def referred(target: str) -> str:
    """Where a caller is handed over to: `PJSIP/107`, or any SIP address. Raises LineFailed."""
    if _SIP.fullmatch(target):
        return f"{REFER_TECHNOLOGY}/{target}"
    return endpoint(target)

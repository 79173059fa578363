"""Which domains belong together (RFC 7489, section 3.2): by the public suffix list, asking nobody."""

from functools import cache
from typing import Any

import idna


def domain_of(address: str) -> str:
    """The domain of a mail address, as the DNS writes it; "" where there is none."""
    return ascii_domain(address.rpartition("@")[2]) if "@" in address else ""


def ascii_domain(domain: str) -> str:
    """A domain in lower case and punycode, without a dot at its end; "" for what is none."""
    domain = domain.strip().rstrip(".").lower()
    if not domain or len(domain) > 253:
        return ""
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode()  # the letters of today: the older rules make one of `straße` and `strasse`
    except (UnicodeError, idna.IDNAError):
        return ""


def organization(domain: str) -> str:
    """The domain that somebody registered; a public suffix or a bare name is its own."""
    return str(_suffixes().privatesuffix(domain) or domain)


def are_one(one: str, other: str, *, is_strict: bool = False) -> bool:
    """Whether two domains are aligned: the same, or (relaxed) of the same owner."""
    if not one or not other:
        return False
    return one == other or (not is_strict and organization(one) == organization(other))


@cache
def _suffixes() -> Any:
    from publicsuffixlist import PublicSuffixList  # a list of 15,000 lines: read by whoever checks senders

    return PublicSuffixList(accept_unknown=True)

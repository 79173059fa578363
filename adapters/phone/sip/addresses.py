"""SIP addresses as headers carry them (RFC 3261, section 20.10), and what may be dialled. Pure; everything that comes in is untrusted."""

import ipaddress
import re
from collections.abc import Collection, Mapping
from urllib.parse import unquote

from msgspec import Struct

from adapters.phone.sip.passes import HEADER as PASS

HEADERS = ("From", "To", "P-Asserted-Identity", "Privacy", "Diversion", "X-Trunk", PASS)
"""What of an INVITE we look at; the stack gives out no others."""
NAME_MAX_CHARS = 80
USER_MAX_CHARS = 80
HEADER_MAX_CHARS = 200

_URI = re.compile(r"(?i)(?:sips?|tel):(?:(?P<user>[^@<>\s;?]*)@)?(?P<host>\[[0-9a-f:.]+\]|[^\s:;>?@,]+)(?::(?P<port>\d{1,5}))?")
_ANONYMOUS = re.compile(r"(?i)anonymous|unavailable|unknown|restricted|private")
_TARGET = re.compile(r"(?i)sips?:[a-z0-9+*#._%~!$&'()=-]{1,80}@(?:\[[0-9a-f:]+\]|[a-z0-9.-]{1,120})(?::\d{1,5})?(?:;[a-z0-9=;._-]{1,80})?")
_NUMBER = re.compile(r"\+?[0-9*#]{2,32}")


class Party(Struct, frozen=True):
    """Whom a header names."""

    user: str = ""
    host: str = ""
    name: str = ""


def party(header: str) -> Party:
    """Of `"Name" <sip:user@host>;tag=...`, in any of its forms; empty where it is none."""
    found = _URI.search(header[:2_000])
    if not found:
        return Party()
    before = header[: found.start()].rstrip().removesuffix("<")
    user = unquote(found["user"] or "").partition(":")[0].partition(";")[0]
    if header[found.start() : found.start() + 4].lower() == "tel:":
        return Party(user=_clean(found["host"], USER_MAX_CHARS), name=_name(before))
    return Party(user=_clean(user, USER_MAX_CHARS), host=found["host"].strip("[]").lower(), name=_name(before))


def _name(text: str) -> str:
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        text = re.sub(r"\\(.)", r"\1", text[1:-1])
    return _clean(text, NAME_MAX_CHARS)


def _clean(text: str, max_chars: int) -> str:
    return "".join(char for char in text if char.isprintable())[:max_chars].strip()


def caller(headers: Mapping[str, str], peer: str) -> Party:
    """Who calls: what the network asserts where it says so (RFC 3325), else From. Withheld: no user."""
    sender = party(headers.get("From", "") or peer)
    asserted = party(headers.get("P-Asserted-Identity", ""))
    is_withheld = "id" in re.split(r"[;,\s]+", headers.get("Privacy", "").lower())
    if is_withheld or (not asserted.user and (not sender.user or _ANONYMOUS.fullmatch(sender.user))):
        return Party(host=sender.host)
    return Party(user=asserted.user or sender.user, host=sender.host, name=asserted.name or sender.name)


def told(headers: Mapping[str, str]) -> dict[str, str]:
    """Of the headers, what is of use beyond who and whom."""
    return {name: _clean(headers[name], HEADER_MAX_CHARS) for name in ("Diversion", "X-Trunk", "Privacy") if headers.get(name)}


def is_of(source: str, peers: Collection[str]) -> bool:
    """Whether a packet came from one of these addresses, however they are written."""
    return bool(source) and _address(source) in {_address(peer) for peer in peers}


def _address(text: str) -> str:
    """As everybody writes it; a name stays a name. IPv4 within IPv6 is IPv4."""
    try:
        address = ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return text.lower()
    return str(getattr(address, "ipv4_mapped", None) or address)


def host_of(place: str) -> str:
    """`example.com:5061` -> `example.com`; `[::1]:5060` -> `::1`."""
    if place.startswith("["):
        return place[1:].partition("]")[0].lower()
    return place.partition(":")[0].lower() if place.count(":") == 1 else place.lower()


def target_uri(target: str, trunk_host: str) -> str:
    """What is dialled for a configured phone: a SIP address as it is, a number by the trunk; nothing where neither can be."""
    if _TARGET.fullmatch(target):
        return target
    if _NUMBER.fullmatch(target) and trunk_host:
        return f"sip:{target.replace('#', '%23')}@{trunk_host}"
    return ""


def is_of_host(uri: str, place: str) -> bool:
    """Whether an address is at this place."""
    return bool(place) and party(uri).host == host_of(place)


def is_everywhere(host: str) -> bool:
    """Whether listening there means on all addresses."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        return not host

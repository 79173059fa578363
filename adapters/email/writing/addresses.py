"""Addresses as the wire has them: domains in letters of ASCII, names that are none refused."""

import idna

from adapters.email.words import Mailbox

_ATOM = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~.")
"""What a local part is made of (RFC 5322, section 3.2.3), and beyond ASCII all (RFC 6531)."""
LOCAL_MAX_BYTES, DOMAIN_MAX_CHARS = 64, 253


class BadAddress(ValueError):
    """Nothing can be sent there."""


def spelled(address: str) -> str:
    """An address as it goes out: its domain in ASCII, its local part quoted where it has to be. Raises BadAddress."""
    local, at, domain = address.strip().rpartition("@")
    if not at or not local or len(local.encode("utf-8", "replace")) > LOCAL_MAX_BYTES or not address.isprintable():
        raise BadAddress("expected an address with a name and a domain")
    try:
        local.encode()
    except UnicodeEncodeError:
        raise BadAddress("expected an address of whole characters") from None
    return f"{_local(local)}@{ascii_domain(domain)}"


def ascii_domain(domain: str) -> str:
    """A domain in the letters of the DNS (RFC 5891); what is ASCII already is only looked at. Raises BadAddress."""
    try:
        plain = domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        raise BadAddress("expected a domain") from None
    is_literal = plain.startswith("[") and plain.endswith("]")
    inner = plain[1:-1] if is_literal else plain
    letters = inner.replace(":", "") if is_literal else inner
    if (
        not inner
        or len(plain) > DOMAIN_MAX_CHARS
        or ".." in inner
        or not letters.replace("-", "").replace(".", "").replace("_", "").isalnum()
    ):
        raise BadAddress("expected a domain")
    return plain.lower()


def mailbox_of(written: str) -> Mailbox:
    """What an agent wrote, as `Name <address>` or as an address alone. Raises BadAddress."""
    name, opened, address = written.strip().rpartition("<")
    if not opened:
        spelled(address)
        return Mailbox("", address)
    address = address.removesuffix(">").strip()
    spelled(address)
    return Mailbox(name.strip().strip('"').strip(), address)


def _local(local: str) -> str:
    if local.startswith('"') and local.endswith('"') and len(local) > 2:
        local = local[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    is_plain = all(sign in _ATOM or not sign.isascii() for sign in local)
    if is_plain and not local.startswith(".") and not local.endswith(".") and ".." not in local:
        return local
    escaped = local.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

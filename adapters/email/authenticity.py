"""Whether a mail comes from where its From says (E9): by what our own mail server found, else by its DKIM signature and the DNS.

    dmarc    passed, and aligned with From
    dkim     signed by From's own domain, which publishes no policy
    failed   its domain's policy says that it is not theirs
    none     nobody can tell

What a mail says of itself counts for nothing, and neither does what others vouch for on its way (ARC). What can't be known is `none`.
"""

import asyncio
import re
from collections.abc import Sequence
from email.utils import getaddresses
from importlib import import_module

from msgspec import Struct

from adapters.email import signatures, vouching
from adapters.email.domains import are_one, domain_of, organization
from adapters.email.heads import heads
from adapters.email.lookups import DnsFailed, Names
from adapters.email.signatures import Signature
from adapters.email.vouching import Statement
from gateway.core.contact import Proof

DEADLINE_S = 5.0
_PLAIN_FROM = re.compile(r"[\w .=?/+*-]*<([\w.=?/+*-]+@[\w.-]+)>")
"""What nearly all write: nothing in it that could mean a second address."""
CHECKED_MAX_COUNT = 2
DMARC, DKIM, FAILED, NONE = "dmarc", "dkim", "failed", "none"


class Policy(Struct, frozen=True):
    """What a domain says about mail in its name (RFC 7489, section 6.3)."""

    p: str
    is_strict: bool


class _Signed(Struct, frozen=True):
    """Signatures in the name of From's domain."""

    signatures: Sequence[Signature]
    domain: str


def proof_of(word: str) -> Proof:
    """What a word is worth."""
    return Proof.DMARC if word in (DMARC, DKIM) else Proof.NONE


class Authenticity:
    """Judges mails. One for a channel."""

    def __init__(self, names: Names, *, authserv_id: str, check_dkim: bool, deadline_s: float = DEADLINE_S) -> None:
        self._names = names
        self._authserv_id = authserv_id
        self._check_dkim = check_dkim
        self._deadline_s = deadline_s

    def load(self) -> None:
        """Import and read what it judges by: from a thread, before there is a mail, since on the loop everybody would wait for it."""
        organization("example.net")
        for module in ("dns.asyncresolver", "dkim") if self._check_dkim else ():
            import_module(module)

    def told(self, raw: bytes, sender: str, *, is_whole: bool = True) -> str | None:
        """The word, where nobody need be asked for it; None: `of` knows. For the many mails of a backlog."""
        found = self._found(raw, sender, is_whole=is_whole)
        return found if isinstance(found, str) else None

    async def of(self, raw: bytes, sender: str, *, is_whole: bool = True) -> str:
        """One of the four words, for who is taken for the sender. Never raises, and takes no longer than its deadline."""
        found = self._found(raw, sender, is_whole=is_whole)
        if isinstance(found, str):
            return found
        try:
            async with asyncio.timeout(self._deadline_s):
                return await self._checked(raw, found.signatures, found.domain)
        except (DnsFailed, TimeoutError):
            return NONE

    def _found(self, raw: bytes, sender: str, *, is_whole: bool) -> "str | _Signed":
        """What stands in the mail: a word, or signatures to be checked."""
        if not self._authserv_id and not self._check_dkim:
            return NONE
        headers = heads(raw)
        statement = vouching.trusted(headers, self._authserv_id)
        if statement is not None and not (statement.of("dmarc") or statement.of("dkim")):
            statement = None
        signed = signatures.found(headers) if statement is None and self._check_dkim and is_whole else []
        domain = _from_domain(headers, sender) if statement is not None or signed else ""
        if not domain:
            return NONE
        if statement is not None:
            return _told(statement, domain)
        aligned = [one for one in signed if are_one(one.domain, domain)][:CHECKED_MAX_COUNT]
        return _Signed(aligned, domain) if aligned else NONE

    async def close(self) -> None:
        """Stop asking the DNS."""
        await self._names.close()

    async def _checked(self, raw: bytes, aligned: Sequence[Signature], domain: str) -> str:
        policy, keys = await asyncio.gather(self._policy(domain), asyncio.gather(*map(self._key, aligned)))
        is_strict = policy is not None and policy.is_strict
        known = [(one, key) for one, key in zip(aligned, keys, strict=True) if key and are_one(one.domain, domain, is_strict=is_strict)]
        for signature, key in known:
            if await asyncio.to_thread(signatures.holds, raw, signature, key):
                return DKIM if policy is None else DMARC
        return FAILED if known and policy is not None and policy.p in ("quarantine", "reject") else NONE

    async def _key(self, signature: Signature) -> tuple[bytes, ...]:
        """Its key's records; none where that can't be known: another signature may do."""
        try:
            return await self._names.txt(signature.key_name)
        except DnsFailed:
            return ()

    async def _policy(self, domain: str) -> Policy | None:
        """The domain's, else its owner's. Raises DnsFailed."""
        for name in dict.fromkeys((domain, organization(domain))):
            found = [record for record in await self._names.txt(f"_dmarc.{name}") if record.lower().startswith(b"v=dmarc1")]
            if len(found) == 1:  # more than one: as if there were none (section 6.6.3)
                return _policy(found[0])
        return None


def _told(statement: Statement, domain: str) -> str:
    """What the server of ours found out about this domain."""
    for finding in statement.of("dmarc")[:1]:
        about = finding.said("header.from").strip("<>").rpartition("@")[2].rstrip(".")
        if finding.result == "pass":
            return DMARC if not about or about == domain else NONE
        if finding.result in ("fail", "reject", "quarantine") and not statement.is_lenient:
            return FAILED
    for finding in statement.of("dkim"):
        signer = finding.said("header.d") or finding.said("header.i").rpartition("@")[2]
        if finding.result == "pass" and are_one(signer.rstrip("."), domain):
            return DKIM
    return NONE


def _from_domain(headers: Sequence[tuple[str, str]], sender: str) -> str:
    """The domain that answers for the sender; "" unless there is exactly one From, with exactly one address, and it is theirs."""
    values = [value for name, value in headers if name == "from"]
    if len(values) != 1 or len(values[0]) > vouching.VALUE_MAX_CHARS:
        return ""
    plain = _PLAIN_FROM.fullmatch(values[0])
    addresses = [plain[1].lower()] if plain else _addresses(values[0])
    domain = domain_of(sender)
    return domain if len(addresses) == 1 and domain and domain_of(addresses[0]) == domain and addresses[0] == sender.lower() else ""


def _addresses(value: str) -> list[str]:
    """What the standard library makes of a From; nothing of what it stumbles over, such as a thousand brackets."""
    try:
        return [address.lower() for _, address in getaddresses([value]) if address]
    except (RecursionError, ValueError, IndexError):
        return []


def _policy(record: bytes) -> Policy:
    pairs = (piece.partition("=") for piece in record.decode("latin-1").lower().split(";"))
    tags = {key.strip(): value.strip() for key, equals, value in pairs if equals}
    return Policy(p=tags.get("p", "none"), is_strict=tags.get("adkim") == "s")

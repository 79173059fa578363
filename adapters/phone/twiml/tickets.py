"""What a webhook is the answer to: a signed word in its address, so that nobody can claim another call or another turn.

A cloud's signature covers the address too, but not every cloud's; and an address that was once signed stays so.
"""

import hmac
import re
from enum import StrEnum

from msgspec import Struct

from gateway.core.errors import Forged
from gateway.core.ids import ChannelName

PURPOSE = "phone twiml"
MAC_CHARS = 32
"""Of hexadecimal: 128 bits."""
MINE = "d-"
"""What our names of calls that we make begin with; no cloud's do."""
_LEG = re.compile(r"[A-Za-z0-9_:-]{1,128}")


class Why(StrEnum):
    """Why the cloud comes."""

    FIRST = "first"
    """A call came in: its address has no ticket."""
    DIALLED = "dialled"
    """Whom we called has answered."""
    GATHERED = "gathered"
    """Keys or words."""
    NEXT = "next"
    """All was played, and nothing came."""
    AGAIN = "again"
    """We had nothing to say yet, or nobody of ours answered."""
    TURNED = "turned"
    """We have broken off what was played, by REST."""
    PARTED = "parted"
    """`<Dial>` is over."""
    TAPED = "taped"
    """`<Record>` is over."""
    AGENT = "agent"
    """News of the phone that we ring."""
    STATUS = "status"
    """News of the call itself."""
    RECORDED = "recorded"
    """A recording is ready."""


class Ticket(Struct, frozen=True, kw_only=True):
    """`leg` is our name of the call: the cloud's own, or one of ours for calls that we make."""

    why: Why
    leg: str
    turn: int = 0
    tries_count: int = 0
    """How often nobody of ours has answered, one after the other."""


class Tickets:
    """Those of one channel."""

    def __init__(self, channel: ChannelName, secret: bytes) -> None:
        self._prefix = f"{PURPOSE}|{channel}|".encode()
        self._secret = secret

    def write(self, ticket: Ticket) -> str:
        """As it stands in an address."""
        text = f"{ticket.why}.{ticket.turn}.{ticket.tries_count}.{ticket.leg}"
        return f"{text}.{self._mac(text)}"

    def read(self, text: str) -> Ticket:
        """Raises Forged."""
        words, _, mac = text.rpartition(".")
        if not hmac.compare_digest(self._mac(words).encode("ascii"), mac.encode("utf-8", "surrogatepass")):
            raise Forged("forged", "a ticket that we have written")
        why, turn, tries, leg = words.split(".")
        return Ticket(why=Why(why), leg=leg, turn=int(turn), tries_count=int(tries))

    def _mac(self, text: str) -> str:
        return hmac.digest(self._secret, self._prefix + text.encode("utf-8", "surrogatepass"), "sha256").hex()[:MAC_CHARS]


def is_leg(name: str) -> bool:
    """Whether it can be a call's name: what clouds call theirs goes into addresses of ours."""
    return bool(_LEG.fullmatch(name))

"""SIP messages as they come over the wire, by the stack's own trace: what its events leave out.

Old phones hold by offering an address of nothing, `c=IN IP4 0.0.0.0` (RFC 2543, section B.5; RFC 3264, section 8.4): the stack then sends
nothing, and tells nobody. Nothing of a message is kept or logged.
"""

import logging
from collections.abc import Callable

from msgspec import Struct

TRACE = "baresip.native.sip"
"""The logger that the stack's trace comes by."""
NOWHERE = frozenset({"0.0.0.0", "::", "0:0:0:0:0:0:0:0"})  # noqa: S104 - nothing is bound to it
_OFFERS = ("INVITE ", "UPDATE ")


class Offer(Struct, frozen=True):
    """How the other side wants its sound from now on."""

    call_id: str
    is_nowhere: bool
    """It wants none: sent to an address of nothing."""


def offer_of(message: str) -> Offer | None:
    """What a message as it was traced offers; None where it offers nothing, or is ours."""
    way, _, message = message.partition("\n")
    head, _, body = message.partition("\r\n\r\n")
    if not way.startswith("RX ") or not head.startswith(_OFFERS):
        return None
    host, call_id = _host_of_audio(body), _call_id(head)
    return Offer(call_id, host in NOWHERE) if host and call_id else None


def _call_id(head: str) -> str:
    for row in head.split("\r\n"):
        name, _, value = row.partition(":")
        if name.strip().lower() in ("call-id", "i"):
            return value.strip()
    return ""


def _host_of_audio(sdp: str) -> str:
    """The connection's address: the audio's own, else the session's (RFC 8866, section 5.7)."""
    section, hosts = "", {"": "", "audio": ""}
    for row in sdp.splitlines():
        if row.startswith("m="):
            section = row[2:].partition(" ")[0]
        elif row.startswith("c=") and section in hosts:
            hosts[section] = (row[2:].split() or [""])[-1].partition("/")[0]
    return hosts["audio"] or hosts[""]


class Wire(logging.Handler):
    """Listens to the trace. `tell` is called by the thread that the trace comes in."""

    def __init__(self, tell: Callable[[Offer], None]) -> None:
        super().__init__(logging.DEBUG)
        self._tell = tell

    def attach(self) -> None:
        """Nobody else hears the trace: it is full of numbers."""
        logger = logging.getLogger(TRACE)
        logger.handlers[:] = [self]
        logger.propagate = False
        logger.setLevel(logging.DEBUG)

    def emit(self, record: logging.LogRecord) -> None:
        if (offer := offer_of(record.getMessage())) is not None:
            self._tell(offer)

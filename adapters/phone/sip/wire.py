"""SIP messages as they come over the wire, by the stack's own trace: what its events leave out. Where a call really comes from: headers say
what their sender likes. And the old hold.

Old phones hold by offering an address of nothing, `c=IN IP4 0.0.0.0` (RFC 2543, section B.5; RFC 3264, section 8.4): the stack then sends
nothing, and tells nobody. Nothing of a message is kept or logged.
"""

import asyncio
import logging
from collections.abc import Callable

from msgspec import Struct

TRACE = "baresip.native.sip"
"""The logger that the stack's trace comes by."""
NOWHERE = frozenset({"0.0.0.0", "::", "0:0:0:0:0:0:0:0"})  # noqa: S104 - nothing is bound to it
SOURCE_S = 1.0
KNOWN_MAX_COUNT = 2_000
_OFFERS = ("INVITE ", "UPDATE ")


class Offer(Struct, frozen=True):
    """Somebody wants a call, or wants its sound otherwise from now on."""

    call_id: str
    source: str
    """The address that the packet came from."""
    is_nowhere: bool | None
    """It wants no sound: sent to an address of nothing. None: it does not say."""


def offer_of(message: str) -> Offer | None:
    """What a message as it was traced offers; None where it offers nothing, or is ours."""
    way, _, message = message.partition("\n")
    head, _, body = message.partition("\r\n\r\n")
    if not way.startswith("RX ") or not head.startswith(_OFFERS):
        return None
    host, call_id = _host_of_audio(body), _call_id(head)
    return Offer(call_id, _source(way), host in NOWHERE if host else None) if call_id else None


def _source(way: str) -> str:
    """Of `RX UDP 10.0.0.2:5060 -> 10.0.0.5:5060`."""
    words = way.split()
    return words[2].rpartition(":")[0].strip("[]").lower() if len(words) > 2 else ""


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


class Sources:
    """Where calls come from. The trace and the call come by two threads, so each may be first."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        """By Call-ID; only the newest are kept."""
        self._wanted: dict[str, asyncio.Future[str]] = {}

    def take(self, offer: Offer) -> None:
        wanted = self._wanted.pop(offer.call_id, None)
        if wanted is not None and not wanted.done():
            wanted.set_result(offer.source)
            return
        self._known.setdefault(offer.call_id, offer.source)
        if len(self._known) > KNOWN_MAX_COUNT:
            del self._known[next(iter(self._known))]

    async def of(self, call_id: str, within_s: float = SOURCE_S) -> str:
        """The address; empty where the trace has lost it, as in a flood."""
        if known := self._known.pop(call_id, ""):
            return known
        wanted = self._wanted.setdefault(call_id, asyncio.get_running_loop().create_future())
        try:
            async with asyncio.timeout(within_s):
                return await wanted
        except TimeoutError:
            return ""
        finally:
            self._wanted.pop(call_id, None)

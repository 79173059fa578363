"""Sound and keys are believed from one place alone, learnt once for each time that a call's sound is agreed on (symmetric RTP).

The stack takes any packet that comes to a call's port, so that who guesses the port could press keys in somebody else's call. So we look at
the first packets: those from where the phone has said (SDP) are it. Behind a router a phone says what is not true; it is believed where its
packets come from if that is the address that its SIP comes from, or the one that it has named, once some have come and none from the place
that it named. Then our sound goes there as well, and the kernel drops what comes from elsewhere (a socket filter): it costs us nothing.
"""

import ctypes
import ipaddress
import json
import logging
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

from baresip import Event

from adapters.phone.sip.libre import NOWHERE, Libre, Media, Place

log = logging.getLogger(__name__)

STRANGERS_COUNT = 5
STRANGERS_S = 0.06
"""So many packets, and so long after their first, before a place is believed that the phone has not named: its own would have come."""
_SO_ATTACH_FILTER, _SO_DETACH_FILTER = 26, 27
_NETWORK = 0xFFF00000
"""Where the packet's IP header is, to a filter; what counts from 0 is UDP's."""
_LOAD_4, _LOAD_2, _LOAD_1, _AND, _IF, _RETURN = 0x20, 0x28, 0x30, 0x54, 0x15, 0x06
_KEEP = 0xFFFF
_AGREED = frozenset({Event.CALL_LOCAL_SDP, Event.CALL_REMOTE_SDP, Event.CALL_PROGRESS, Event.CALL_ESTABLISHED})


class _Call:
    """What is known of one call's places."""

    def __init__(self, call_id: str) -> None:
        self.id = call_id
        self.name = 0
        """Of what listens for it; 0: it is settled."""
        self.place = NOWHERE
        """What is believed."""
        self.stranger = NOWHERE
        self.strangers_count = 0
        self.stranger_since = 0.0


class Latches:
    """Of all calls. All of it happens in the stack's thread: what is agreed on holds before the phone is told so."""

    def __init__(self, libre: Libre, clock: Callable[[], float] = time.monotonic) -> None:
        self._libre = libre
        self._clock = clock
        self._calls: dict[int, _Call] = {}

    def take(self, event: int, told: bytes | None) -> None:
        """All that the stack tells, as it tells it."""
        if event == Event.CALL_CLOSED or event in _AGREED:
            try:
                self._take(event, json.loads(told or b"{}"))
            except Exception:  # the stack's own listeners come behind us
                log.exception("where a call's sound comes from could not be kept")

    def _take(self, event: int, told: dict[str, Any]) -> None:
        handle, call_id = int(told.get("call", 0)), str(told.get("call_id") or "")
        if event == Event.CALL_CLOSED:
            if (gone := self._calls.pop(handle, None)) is not None:
                self._libre.forget(gone.name)
        elif handle in self._calls or (handle and call_id):
            self._learn(self._calls.setdefault(handle, _Call(call_id)), is_new=event == Event.CALL_REMOTE_SDP)

    def _learn(self, call: _Call, *, is_new: bool) -> None:
        """Listen for where its sound comes from; anew, where that was agreed on anew."""
        media = self._libre.media(call.id)
        if media is None or call.name or (call.place != NOWHERE and (not is_new or media.said == NOWHERE)):
            return
        for fd in (media.fd, media.control_fd):
            let_all(fd)
        call.stranger, call.strangers_count = NOWHERE, 0
        call.name = self._libre.listen(media, lambda source: self._heard(call, media.socket, source))

    def _heard(self, call: _Call, at: int, source: Place) -> bool:
        """Whether a packet is to be kept."""
        media = self._libre.media(call.id)
        if media is None or media.socket != at or not self._believes(call, media, source):
            return False
        self._settle(call, media, source)
        return True

    def _believes(self, call: _Call, media: Media, source: Place) -> bool:
        if source in (media.said, call.place):
            return True
        if source.host not in (media.said.host, media.signals.host):
            return False
        now = self._clock()
        if source != call.stranger:
            call.stranger, call.strangers_count, call.stranger_since = source, 0, now
        call.strangers_count += 1
        return call.strangers_count >= STRANGERS_COUNT and now - call.stranger_since >= STRANGERS_S

    def _settle(self, call: _Call, media: Media, source: Place) -> None:
        call.place = source
        if source != media.said:
            self._libre.send_to(media, source)
        only_from(media.fd, source.host, source.port)
        only_from(media.control_fd, source.host)
        self._libre.deafen(call.name)
        call.name = 0


def only_from(fd: int, host: str, port: int = 0) -> None:
    """Have the kernel drop what comes to this socket from elsewhere. Port 0: any."""
    program = filter_of(host, port)
    room = ctypes.create_string_buffer(program)
    _set(fd, _SO_ATTACH_FILTER, struct.pack("@HP", len(program) // 8, ctypes.addressof(room)))


def let_all(fd: int) -> None:
    _set(fd, _SO_DETACH_FILTER, struct.pack("@i", 0))


def _set(fd: int, option: int, value: bytes) -> None:
    if fd < 0:
        return
    opened = socket.socket(fileno=fd)
    try:
        opened.setsockopt(socket.SOL_SOCKET, option, value)
    except OSError as error:
        if option == _SO_ATTACH_FILTER:  # to take away what is not there is an error, too
            log.warning("sound can't be kept to one place: %s", error.strerror)
    finally:
        opened.detach()


def filter_of(host: str, port: int) -> bytes:
    """A program of the classic packet filter: packets of this address, and from this port unless it is 0."""
    address = ipaddress.ip_address(host)
    source, version = (12, 0x40) if address.version == 4 else (8, 0x60)
    words = struct.unpack(f"!{len(address.packed) // 4}I", address.packed)
    rows = [(_LOAD_1, _NETWORK), (_AND, 0xF0), (_IF, version)]
    for at, word in enumerate(words):
        rows += [(_LOAD_4, _NETWORK + source + 4 * at), (_IF, word)]
    if port:
        rows += [(_LOAD_2, 0), (_IF, port)]
    program = [(code, len(rows) - at if code == _IF else 0, value) for at, (code, value) in enumerate(rows)]  # if not: to the last row
    return b"".join(struct.pack("@HBBI", code, 0, away, value) for code, away, value in [*program, (_RETURN, 0, _KEEP), (_RETURN, 0, 0)])

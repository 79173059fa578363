"""What the stack's C library can do and its Python package does not show, by the names that the library exports (libre, baresip 4.10).

Everything here happens under the library's own lock, or within a call of its thread: nothing it points at goes away meanwhile. No pointer
is kept beyond that.
"""

import contextlib
import ctypes as c
import ipaddress
import sys
from collections.abc import Callable, Iterator
from typing import Any

from baresip import Event, _native
from msgspec import Struct

Pointer = int
SOCKADDR_BYTES = 28
"""Of IPv4 and IPv6."""
SA_BYTES = 256
"""More than the library's `struct sa` has."""
_AF_INET, _AF_INET6 = 2, 10
_LAYER = 100
"""Of a helper: behind decryption, so that what it sees is proven where anything is."""


class Place(Struct, frozen=True):
    """Where packets come from or go to. Nowhere: no host."""

    host: str = ""
    port: int = 0


NOWHERE = Place()


class Over(Exception):
    """The stack is closed, or is being closed."""


class _Link(c.Structure):
    """`struct le`."""


_Link._fields_ = [("prev", c.POINTER(_Link)), ("next", c.POINTER(_Link)), ("list", c.c_void_p), ("data", c.c_void_p)]


class _List(c.Structure):
    """`struct list`."""

    _fields_ = (("head", c.POINTER(_Link)), ("tail", c.POINTER(_Link)))


_Receive = c.CFUNCTYPE(c.c_bool, c.c_void_p, c.c_void_p, c.c_void_p)
_P, _I = c.c_void_p, c.c_int
_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "re_thread_enter": (None, ()),
    "re_thread_leave": (None, ()),
    "mem_ref": (_P, (_P,)),
    "mem_deref": (_P, (_P,)),
    "mem_nrefs": (c.c_uint32, (_P,)),
    "uag_list": (_P, ()),
    "ua_calls": (_P, (_P,)),
    "uag_call_find": (_P, (c.c_char_p,)),
    "call_id": (c.c_char_p, (_P,)),
    "call_is_outgoing": (c.c_bool, (_P,)),
    "call_audio": (_P, (_P,)),
    "call_msg_src": (_I, (_P, _P)),
    "audio_strm": (_P, (_P,)),
    "stream_sdpmedia": (_P, (_P,)),
    "stream_raddr": (_P, (_P,)),
    "stream_rtp_sock": (_P, (_P,)),
    "rtp_sock": (_P, (_P,)),
    "rtcp_sock": (_P, (_P,)),
    "sdp_media_raddr": (_P, (_P,)),
    "sdp_media_rformat": (_P, (_P, c.c_char_p)),
    "udp_sock_fd": (_I, (_P,)),
    "udp_register_helper": (_I, (c.POINTER(_P), _P, _I, _P, _Receive, _P)),
    "bevent_call_emit": (_I, (_I, _P, c.c_char_p)),
}


class Media(Struct, frozen=True):
    """The sound of one call, as long as the lock is held."""

    call: Pointer
    stream: Pointer
    socket: Pointer
    fd: int
    control_fd: int
    """Of RTCP; below 0: none."""
    said: Place
    """Where the other side has said that its sound is to go."""
    signals: Place
    """Where its SIP came from."""


class Libre:
    """The library as it is in this process. Raises AttributeError where it is built otherwise."""

    def __init__(self) -> None:
        library = c.CDLL(_native.__file__)
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
        self._do: Any = library
        self._waiting: dict[int, tuple[Callable[[Place], bool], int]] = {}
        self._names = iter(range(1, 2**62))
        self._is_over = False
        self._receive = _Receive(self._received)  # one for all, and for good: the library may call it whenever it likes

    def end(self) -> None:
        """The stack is about to be closed: its lock holds nobody back any more."""
        self._is_over = True

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """The stack stands still."""
        if self._is_over:
            raise Over
        self._do.re_thread_enter()
        try:
            yield
        finally:
            self._do.re_thread_leave()

    def media(self, call_id: str) -> Media | None:
        """Of a call that lives and has sound."""
        call: Pointer | None = self._do.uag_call_find(call_id.encode())
        stream: Pointer | None = self._do.audio_strm(self._do.call_audio(call)) if call else None
        rtp = self._do.stream_rtp_sock(stream) if stream else None
        if not call or not stream or not rtp:
            return None
        socket, control = self._do.rtp_sock(rtp), self._do.rtcp_sock(rtp)
        source = c.create_string_buffer(SA_BYTES)
        has_source = self._do.call_msg_src(call, source) == 0
        return Media(
            call, stream, socket, self._do.udp_sock_fd(socket), self._do.udp_sock_fd(control) if control else -1,
            said=place_at(self._do.sdp_media_raddr(self._do.stream_sdpmedia(stream))),
            signals=place_of(source.raw) if has_source else NOWHERE,
        )  # fmt: skip

    def has_telephone_events(self, media: Media) -> bool:
        """The other side can press keys as RFC 4733 has it."""
        return bool(self._do.sdp_media_rformat(self._do.stream_sdpmedia(media.stream), b"telephone-event"))

    def send_to(self, media: Media, place: Place) -> None:
        """Let our sound go there, until the other side says otherwise."""
        raw = sockaddr_of(place, is_ipv6=c.cast(self._do.stream_raddr(media.stream), c.POINTER(c.c_uint16))[0] == _AF_INET6)
        c.memmove(self._do.stream_raddr(media.stream), raw, len(raw))

    # What comes in, packet by packet

    def listen(self, media: Media, heard: Callable[[Place], bool]) -> int:
        """Have each packet's source told before anybody looks at it, in the library's thread, until `deafen` or the call's end. True keeps
        the packet. The name to deafen it by."""
        name, helper = next(self._names), _P()
        if self._do.udp_register_helper(c.byref(helper), media.socket, _LAYER, None, self._receive, name):
            raise OSError("no helper")
        self._waiting[name] = (heard, int(helper.value or 0))
        return name

    def deafen(self, name: int) -> None:
        """Under the lock, or from within `heard`, while the call lives: the helper goes with its socket."""
        if (waiting := self._waiting.pop(name, None)) is not None:
            self._do.mem_deref(waiting[1])

    def forget(self, name: int) -> None:
        """The call has gone, and the helper with it."""
        self._waiting.pop(name, None)

    def _received(self, source: Pointer | None, _packet: Pointer | None, name: Pointer | None) -> bool:
        """In the library's thread. True: dropped."""
        try:
            waiting = self._waiting.get(name or 0)
            return waiting is not None and not waiting[0](place_at(source))
        except Exception:  # there is nobody above us; what is not understood is not heard
            return True

    # Calls that never began

    def end_unborn(self) -> int:
        """End the calls that the stack has given up and still keeps (`stillborn.py`), as if they had been closed. How many there were."""
        if self._is_over:
            return 0
        with self.held():
            calls = [call for agent in self._items(self._do.uag_list()) for call in self._items(self._do.ua_calls(agent))]
            unborn = [call for call in calls if self._is_unborn(call)]
            for call in unborn:
                self._do.mem_ref(call)
                self._do.bevent_call_emit(Event.CALL_CLOSED.value, call, b"never began")
                self._do.mem_deref(call)
        return len(unborn)

    def _is_unborn(self, call: Pointer) -> bool:
        """It came in, has no dialog, and nobody keeps it but the table of handles."""
        return not self._do.call_is_outgoing(call) and not self._do.call_id(call) and self._do.mem_nrefs(call) == 1

    def _items(self, pointer: Pointer) -> list[Pointer]:
        link = c.cast(pointer, c.POINTER(_List)).contents.head
        found: list[Pointer] = []
        while link:
            found.append(int(link.contents.data))
            link = link.contents.next
        return found


def place_at(pointer: Pointer | None) -> Place:
    """What a `struct sa` says."""
    return place_of(c.string_at(pointer, SOCKADDR_BYTES)) if pointer else NOWHERE


def place_of(raw: bytes) -> Place:
    """A socket address as C has it. IPv4 within IPv6 is IPv4; an address of nothing is nowhere."""
    family, port = int.from_bytes(raw[:2], sys.byteorder), int.from_bytes(raw[2:4], "big")
    packed = raw[4:8] if family == _AF_INET else raw[8:24] if family == _AF_INET6 else b""
    if not packed:
        return NOWHERE
    address = ipaddress.ip_address(packed)
    address = getattr(address, "ipv4_mapped", None) or address
    return NOWHERE if address.is_unspecified or not port else Place(str(address), port)


def sockaddr_of(place: Place, *, is_ipv6: bool) -> bytes:
    """The other way about, as a socket of that family takes it."""
    address, port = ipaddress.ip_address(place.host), place.port.to_bytes(2, "big")
    if not is_ipv6:
        return _AF_INET.to_bytes(2, sys.byteorder) + port + address.packed
    packed = address.packed if address.version == 6 else bytes(10) + b"\xff\xff" + address.packed
    return _AF_INET6.to_bytes(2, sys.byteorder) + port + bytes(4) + packed + bytes(4)

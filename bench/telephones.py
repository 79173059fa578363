"""Telephones by the hundred: they ring one SIP address, talk and listen, and say how regularly sound came.

A process of its own: `python -m bench.telephones PLAN`, PLAN as JSON, prints figures as JSON. Arrival is the kernel's own time of each
packet, so that a telephone which is read late does not count as sound that came late. SIP is written by hand: a library's user agents
would cost more than what they measure. What gets no answer is sent again as real telephones do it (RFC 3261, 17.1).
"""

import json
import random
import selectors
import socket
import struct
import sys
import time
from dataclasses import dataclass, field
from itertools import pairwise

HOST = "127.0.0.1"
FRAME_S = 0.02
PAYLOAD = b"\xd5" * 160
"""Silence, as A-law."""
STAMP_BYTES = 64
SETUP_S = 20.0
AGAIN_S = 0.5
"""T1: a request without any answer is repeated so long after it, then twice as long after that, and so on."""
AGAIN_MAX_S = 4.0
"""T2: but what is no INVITE at least so often."""
PARTING_S = 10.0
_SO_TIMESTAMPNS = 35
"""Of Linux: when a packet came in, in nanoseconds."""


@dataclass
class Telephone:
    """One call."""

    number: int
    rtp: socket.socket
    call_id: str = field(default_factory=lambda: f"{random.getrandbits(64):016x}")
    rang_at: float = 0.0
    answered_at: float = 0.0
    to: str = ""
    peer: tuple[str, int] | None = None
    came_at: list[float] = field(default_factory=list)
    sent: int = 0
    asks: bytes = b""
    """The request that has no answer yet."""
    again_at: float = 0.0
    again_s: float = 0.0
    repeats: int = 0
    is_done: bool = False


class Exchange:
    """All telephones of a run, over one SIP socket."""

    def __init__(self, port: int, user: str, count: int) -> None:
        self._peer = (HOST, port)
        self._user = user
        self._sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sip.bind((HOST, 0))
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._sip, selectors.EVENT_READ)
        self.telephones = [Telephone(number, self._rtp()) for number in range(count)]
        self._by_call = {telephone.call_id: telephone for telephone in self.telephones}
        for telephone in self.telephones:
            self._selector.register(telephone.rtp, selectors.EVENT_READ, telephone)

    def _rtp(self) -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        made.bind((HOST, 0))
        made.settimeout(0)
        return made

    def _request(self, telephone: Telephone, method: str, cseq: int, body: str = "") -> bytes:
        port = self._sip.getsockname()[1]
        caller = f"+86138{telephone.number:08d}"
        lines = [
            f"{method} sip:{self._user}@{HOST}:{self._peer[1]} SIP/2.0",
            f"Via: SIP/2.0/UDP {HOST}:{port};branch=z9hG4bK{telephone.call_id}{'INVITE' if method == 'CANCEL' else method}{cseq};rport",
            "Max-Forwards: 70",
            f"From: <sip:{caller}@{HOST}>;tag=t{telephone.number}",
            f"To: {telephone.to or f'<sip:{self._user}@{HOST}>'}",
            f"Call-ID: {telephone.call_id}",
            f"CSeq: {cseq} {method}",
            f"Contact: <sip:{caller}@{HOST}:{port}>",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()

    def _ask(self, telephone: Telephone, method: str, cseq: int, body: str = "") -> None:
        """Until there is an answer."""
        telephone.asks, telephone.again_s = self._request(telephone, method, cseq, body), AGAIN_S
        telephone.again_at = time.monotonic() + AGAIN_S
        self._sip.sendto(telephone.asks, self._peer)

    def _ask_again(self, now: float) -> None:
        for telephone in self.telephones:
            if telephone.asks and now >= telephone.again_at:
                self._sip.sendto(telephone.asks, self._peer)
                telephone.repeats += 1
                doubled = 2 * telephone.again_s
                telephone.again_s = doubled if telephone.asks.startswith(b"INVITE") else min(AGAIN_MAX_S, doubled)
                telephone.again_at = now + telephone.again_s

    def ring(self, telephone: Telephone) -> None:
        port = telephone.rtp.getsockname()[1]
        sdp = (
            f"v=0\r\no=- {telephone.number} 1 IN IP4 {HOST}\r\ns=-\r\nc=IN IP4 {HOST}\r\nt=0 0\r\nm=audio {port} RTP/AVP 8 101\r\n"
            "a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
        )
        telephone.rang_at = time.time()
        self._ask(telephone, "INVITE", 1, sdp)

    def serve(self, until: float) -> None:
        """Take what comes, and talk, until then."""
        tick_at = time.monotonic()
        while (now := time.monotonic()) < until:
            if now >= tick_at:
                self._talk()
                self._ask_again(now)
                tick_at = max(tick_at + FRAME_S, now - FRAME_S)
            for key, _ in self._selector.select(max(0.0, min(tick_at, until) - time.monotonic())):
                if key.data is None:
                    self._take_sip()
                else:
                    self._take_rtp(key.data)

    def _talk(self) -> None:
        for telephone in self.telephones:
            if telephone.peer is not None:
                head = struct.pack("!BBHII", 0x80, 8, telephone.sent & 0xFFFF, telephone.sent * 160 & 0xFFFFFFFF, telephone.number + 1)
                telephone.rtp.sendto(head + PAYLOAD, telephone.peer)
                telephone.sent += 1

    def _take_rtp(self, telephone: Telephone) -> None:
        while True:
            try:
                data, told, _, _ = telephone.rtp.recvmsg(2048, STAMP_BYTES)
            except BlockingIOError:
                return
            if len(data) > 12 and data[1] & 0x7F == 8:
                seconds, nanoseconds = struct.unpack("ll", told[0][2][:16])
                telephone.came_at.append(seconds + nanoseconds / 1e9)

    def _take_sip(self) -> None:
        text = self._sip.recv(65_535).decode()
        head, _, body = text.partition("\r\n\r\n")
        start, *lines = head.split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        telephone = self._by_call.get(headers.get("call-id", ""))
        if telephone is None or not start.startswith("SIP/2.0"):
            return
        status, method = int(start.split()[1]), headers["cseq"].split()[1]
        if telephone.asks.startswith(method.encode()):
            telephone.asks = b""
        if method == "INVITE" and status >= 200:
            self._take_final(telephone, status, headers["to"], body)
        elif method == "BYE":
            telephone.is_done = True

    def _take_final(self, telephone: Telephone, status: int, to: str, body: str) -> None:
        telephone.to = to
        self._sip.sendto(self._request(telephone, "ACK", 1), self._peer)
        if status == 200 and not telephone.answered_at:
            telephone.answered_at = time.time()
            port = next(int(line.split()[1]) for line in body.split("\r\n") if line.startswith("m=audio"))
            telephone.peer = (HOST, port)
        telephone.is_done = telephone.is_done or status > 200

    def hang_up(self) -> None:
        """All of them, and wait for it: what is left behind would be in the way of the next run."""
        for telephone in self.telephones:
            telephone.peer = None
            if telephone.answered_at:
                self._ask(telephone, "BYE", 2)
            elif not telephone.is_done:
                self._ask(telephone, "CANCEL", 1)
        deadline = time.monotonic() + PARTING_S
        while time.monotonic() < deadline and not all(telephone.is_done for telephone in self.telephones):
            self.serve(time.monotonic() + 0.1)


def calls(plan: dict[str, float]) -> dict[str, float]:
    """`count` calls to `port`, begun `apart_s` apart, measured for `seconds` once all stand."""
    count = int(plan["count"])
    exchange = Exchange(int(plan["port"]), str(plan["user"]), count)
    for telephone in exchange.telephones:
        exchange.ring(telephone)
        exchange.serve(time.monotonic() + plan["apart_s"])
    deadline = time.monotonic() + SETUP_S
    while time.monotonic() < deadline and not all(telephone.peer for telephone in exchange.telephones):
        exchange.serve(time.monotonic() + 0.1)
    exchange.serve(time.monotonic() + 1.0)
    print("measuring", flush=True)
    began = time.time()
    exchange.serve(time.monotonic() + plan["seconds"])
    ended = time.time()
    print("measured", flush=True)
    exchange.hang_up()
    return _figures(exchange.telephones, began, ended)


def _figures(telephones: list[Telephone], began: float, ended: float) -> dict[str, float]:
    up = [telephone for telephone in telephones if telephone.answered_at]
    came = [[at for at in telephone.came_at if began <= at <= ended] for telephone in up]
    gaps = sorted(1_000 * (late - early) for times in came for early, late in pairwise(times))
    first = sorted(1_000 * (telephone.came_at[0] - telephone.rang_at) for telephone in up if telephone.came_at)
    due = len(telephones) * (ended - began) / FRAME_S
    return {
        "answered": len(up),
        "repeats": sum(telephone.repeats for telephone in telephones),
        "left_behind": sum(not telephone.is_done for telephone in telephones),
        "packets_share": sum(map(len, came)) / due,
        "gap_p50_ms": _at(gaps, 0.5),
        "gap_p99_ms": _at(gaps, 0.99),
        "gap_max_ms": _at(gaps, 1.0),
        "first_sound_p50_ms": _at(first, 0.5),
        "first_sound_p99_ms": _at(first, 0.99),
    }


def _at(ranked: list[float], share: float) -> float:
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else float("inf")


if __name__ == "__main__":
    print(json.dumps(calls(json.loads(sys.argv[1]))), flush=True)

"""A telephone on this machine that speaks SIP over UDP by hand, so that it can misbehave: repeat, lose, come late, send rubbish.

It calls and is called, sends and hears A-law, and presses keys as RFC 4733 packets, of which some can be lost.
"""

import asyncio
import random
import struct
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Self

import numpy as np

from tests.peers.sip_sound import from_alaw, strength, to_alaw

WAIT_S = 30.0
QUIET = 16
HOST = "127.0.0.1"
KEYS = "0123456789*#ABCD"
_numbers = count(1)


@dataclass
class SipMessage:
    start: str
    headers: dict[str, str]
    body: str

    @property
    def status(self) -> int:
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0") else 0

    @property
    def method(self) -> str:
        return "" if self.status else self.start.split()[0]

    @property
    def cseq(self) -> str:
        return self.headers["cseq"]

    @classmethod
    def read(cls, text: str) -> "SipMessage":
        head, _, body = text.partition("\r\n\r\n")
        start, *lines = head.split("\r\n")
        headers: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers.setdefault(name.strip().lower(), value.strip())
        return cls(start, headers, body)


@dataclass
class Heard:
    """What came as RTP: by arrival, on the loop's clock."""

    at: list[float] = field(default_factory=list)
    sound: list[bytes] = field(default_factory=list)

    @property
    def pcm(self) -> bytes:
        return from_alaw(b"".join(self.sound))

    @property
    def words(self) -> bytes:
        """Without the packets of silence, of which a busy machine has more or fewer before and between."""
        packets = (from_alaw(packet) for packet in self.sound)
        return b"".join(pcm for pcm in packets if np.abs(np.frombuffer(pcm, "<i2").astype(np.int32)).max(initial=0) > QUIET)

    def since(self, moment: float) -> bytes:
        return from_alaw(b"".join(part for at, part in zip(self.at, self.sound, strict=True) if at >= moment))


class _Socket(asyncio.DatagramProtocol):
    def __init__(self, take: Callable[[bytes, tuple[str, int]], None]) -> None:
        self._take = take

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._take(data, addr)


class SipCaller:
    """One telephone, one call at a time."""

    def __init__(self, peer: tuple[str, int], user: str) -> None:
        self.peer = peer
        self.user = user
        self.host = HOST
        self.name = "客户"
        self.tells_of_transfers: int | None = None
        """What it reports when it is sent elsewhere (REFER); None: nothing."""
        self.answers_with: Sequence[int] = (180, 200)
        """What it says when it is called."""
        self.got: list[SipMessage] = []
        self.heard = Heard()
        self.source = b""
        """What it says, in a loop; empty: silence."""
        self.is_said_once = False
        """Behind its end there is silence."""
        self.sends = True
        self.ptime_ms = 20
        """How much sound its packets carry."""
        self.codecs = "8 0 101"
        """Those that it answers with when it is called."""
        self._news = asyncio.Condition()
        self._repeats: list[asyncio.Task[None]] = []
        self.begin_anew()

    def begin_anew(self) -> None:
        """The next call: what came in the last one is forgotten."""
        self.got.clear()
        number = next(_numbers)
        self.call_id = f"call-{number}-{random.getrandbits(32):x}@here"
        self.tag = f"t{number}"
        self.to_tag = ""
        self.cseq = 1
        self.rtp_peer: tuple[str, int] | None = None
        self.keys = ""
        """What was pressed on the other side (RFC 4733)."""
        self._key_stamp = b""

    # Opening

    @classmethod
    @asynccontextmanager
    async def open(cls, port: int, user: str = "+8613800138000", host: str = HOST) -> AsyncIterator[Self]:
        """A telephone that knows where the other side listens."""
        caller = cls((host, port), user)
        caller.host = host
        loop = asyncio.get_running_loop()
        sip, _ = await loop.create_datagram_endpoint(lambda: _Socket(caller._take_sip), local_addr=(host, 0))
        rtp, _ = await loop.create_datagram_endpoint(lambda: _Socket(caller._take_rtp), local_addr=(host, 0))
        caller._sip, caller._rtp = sip, rtp
        caller.port = sip.get_extra_info("sockname")[1]
        caller.rtp_port = rtp.get_extra_info("sockname")[1]
        talk = asyncio.create_task(caller._talk())
        try:
            yield caller
        finally:
            for task in (talk, *caller._repeats):
                task.cancel()
            await asyncio.gather(talk, *caller._repeats, return_exceptions=True)
            sip.close()
            rtp.close()

    @property
    def place(self) -> str:
        """Its address as SIP writes it."""
        return _literal(self.host)

    _sip: asyncio.DatagramTransport
    _rtp: asyncio.DatagramTransport
    port: int
    rtp_port: int

    # Saying

    def send(self, text: str) -> None:
        self._sip.sendto(text.encode(), self.peer)

    def request(
        self, method: str, body: str = "", *, cseq: int | None = None, extra: Sequence[str] = (), branch: str = "", to: str = "frontdesk"
    ) -> str:
        """A request of this call, as text."""
        cseq = cseq or self.cseq
        uri = f"sip:{to}@{_literal(self.peer[0])}:{self.peer[1]}"
        to_tag = f";tag={self.to_tag}" if self.to_tag else ""
        kind = () if not body else ("Content-Type: application/dtmf-relay",) if method == "INFO" else ("Content-Type: application/sdp",)
        lines = (
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.place}:{self.port};branch=z9hG4bK{branch or f'{self.tag}{method}{cseq}'};rport",
            "Max-Forwards: 70",
            f'From: "{self.name}" <sip:{self.user}@{self.place}:{self.port}>;tag={self.tag}',
            f"To: <{uri}>{to_tag}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {cseq} {method}",
            f"Contact: <sip:{self.user}@{self.place}:{self.port}>",
            *extra,
            *kind,
            f"Content-Length: {len(body.encode())}",
        )
        return "\r\n".join(lines) + "\r\n\r\n" + body

    def sdp(self, direction: str = "sendrecv", *, host: str = "", codecs: str = "8 0 101", version: int = 1) -> str:
        kind = "IN IP6" if ":" in self.host else "IN IP4"
        lines = (
            "v=0", f"o=- 1 {version} {kind} {self.host}", "s=-", f"c={kind} {host or self.host}", "t=0 0",
            f"m=audio {self.rtp_port} RTP/AVP {codecs}",
            "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15", f"a={direction}",
            *((f"a=ptime:{self.ptime_ms}",) if self.ptime_ms != 20 else ()),
        )  # fmt: skip
        return "\r\n".join(lines) + "\r\n"

    def ack(self) -> None:
        cseq = self.cseq
        self.send(self.request("ACK", cseq=cseq, branch=f"ack{self.tag}{cseq}"))

    # Calls

    async def call(self, to: str = "frontdesk", *, extra: Sequence[str] = (), codecs: str = "8 0 101") -> SipMessage:
        """Ring, and take the answer, whatever it is; a failure is acknowledged as well."""
        self.invite(to=to, extra=extra, codecs=codecs)
        return await self.answered()

    def invite(
        self, direction: str = "sendrecv", *, to: str = "frontdesk", extra: Sequence[str] = (), host: str = "", codecs: str = "8 0 101"
    ) -> str:
        text = self.request("INVITE", self.sdp(direction, host=host, codecs=codecs, version=self.cseq), extra=extra, to=to)
        self.send(text)
        return text

    async def answered(self) -> SipMessage:
        final = await self.expect(lambda m: m.status >= 200 and m.cseq == f"{self.cseq} INVITE")
        self.to_tag = _tag(final.headers["to"])
        self._learn(final)
        self.ack()
        return final

    async def again(self, direction: str, *, host: str = "") -> SipMessage:
        """A re-INVITE: `sendonly` puts the other side on hold."""
        self.cseq += 1
        self.invite(direction, host=host)
        return await self.answered()

    async def hang_up(self) -> SipMessage:
        self.cseq += 1
        self.send(self.request("BYE"))
        return await self.expect(lambda m: m.cseq == f"{self.cseq} BYE" and m.status > 0)

    async def give_up(self) -> None:
        """CANCEL: it has the INVITE's branch (RFC 3261, section 9.1)."""
        self.send(self.request("CANCEL", branch=f"{self.tag}INVITE{self.cseq}"))

    def _learn(self, message: SipMessage) -> None:
        for line in message.body.splitlines():
            if line.startswith("m=audio "):
                self.rtp_peer = (self.peer[0], int(line.split()[1]))

    async def expect(self, is_it: Callable[[SipMessage], bool]) -> SipMessage:
        """The first message like this, come or to come."""
        async with asyncio.timeout(WAIT_S), self._news:
            while True:
                if found := next((message for message in self.got if is_it(message)), None):
                    return found
                await self._news.wait()

    def _take_sip(self, data: bytes, source: tuple[str, int]) -> None:
        self.peer = source  # who is called learns here where to answer
        text = data.decode("utf-8", "replace")
        if not text.strip():
            return
        message = SipMessage.read(text)
        self.got.append(message)
        self._answer(message)
        asyncio.get_running_loop().create_task(self._tell())

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    # Being called

    def _answer(self, message: SipMessage) -> None:
        match message.method:
            case "BYE" | "INFO" | "NOTIFY" | "CANCEL" | "OPTIONS":
                self._reply(message, 200)
                if message.method == "CANCEL" and self._invited is not None:
                    self._reply(self._invited, 487)
            case "REFER":
                self._reply(message, 202)
                if self.tells_of_transfers is not None:
                    self.tell_of_transfer(self.tells_of_transfers)
            case "INVITE":
                self._invited = message
                self.call_id = message.headers["call-id"]
                self._learn(message)
                for status in self.answers_with:
                    self._reply(message, status)
            case _:
                pass

    _invited: SipMessage | None = None

    def say_about_invite(self, status: int) -> None:
        """A later answer to the call that came in."""
        assert self._invited is not None
        self._reply(self._invited, status)

    def _reply(self, request: SipMessage, status: int, extra: Sequence[str] = ()) -> None:
        body = self.sdp(codecs=self.codecs) if status == 200 and request.method == "INVITE" else ""
        to = request.headers["to"]
        lines = (
            f"SIP/2.0 {status} Said", f"Via: {request.headers['via']}", f"From: {request.headers['from']}",
            f"To: {to}" if "tag=" in to else f"To: {to};tag={self.tag}", f"Call-ID: {request.headers['call-id']}", f"CSeq: {request.cseq}",
            f"Contact: <sip:{self.user}@{self.place}:{self.port}>", *extra, *(("Content-Type: application/sdp",) if body else ()),
            f"Content-Length: {len(body.encode())}",
        )  # fmt: skip
        self.send("\r\n".join(lines) + "\r\n\r\n" + body)

    def tell_of_transfer(self, status: int) -> None:
        """How it fared with whom we sent it to."""
        self.cseq += 1
        body = f"SIP/2.0 {status} Said\r\n"
        extra = ("Event: refer", "Subscription-State: terminated;reason=noresource", "Content-Type: message/sipfrag;version=2.0")
        text = self.request("NOTIFY", extra=extra).replace("Content-Length: 0", f"Content-Length: {len(body)}") + body
        self._repeats.append(asyncio.create_task(self._send_until_answered(text, f"{self.cseq} NOTIFY")))

    async def _send_until_answered(self, text: str, cseq: str) -> None:
        """Again and again in the pauses of RFC 3261, section 17.1.2: a packet may be lost."""
        call_id, pause_s = self.call_id, 0.5
        while self.call_id == call_id and not any(message.cseq == cseq for message in self.got):
            self.send(text)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, 4.0)

    async def hang_up_as_called(self) -> None:
        """BYE from the one who was called."""
        assert self._invited is not None
        contact = self._invited.headers["contact"].strip("<>").partition(">")[0]
        to = self._invited.headers["to"]
        lines = (
            f"BYE {contact} SIP/2.0", f"Via: SIP/2.0/UDP {self.place}:{self.port};branch=z9hG4bKbye{self.tag};rport", "Max-Forwards: 70",
            f"From: {to};tag={self.tag}", f"To: {self._invited.headers['from']}", f"Call-ID: {self.call_id}", "CSeq: 77 BYE",
            "Content-Length: 0",
        )  # fmt: skip
        self.send("\r\n".join(lines) + "\r\n\r\n")
        await self.expect(lambda m: m.cseq == "77 BYE" and m.status == 200)

    # Sound

    async def hears(self, hz: float) -> None:
        """Until the last tenth of a second of what it heard was this tone, of which a busy machine may have lost the rest."""
        async with asyncio.timeout(WAIT_S):
            while len(words := self.heard.words[-5 * 320 :]) < 5 * 320 or strength(words, hz) < 0.8:
                await asyncio.sleep(0.02)

    def _take_rtp(self, data: bytes, _: tuple[str, int]) -> None:
        if len(data) > 12 and data[1] & 0x7F == 8:
            self.heard.at.append(asyncio.get_running_loop().time())
            self.heard.sound.append(data[12:])
        elif len(data) > 12 and data[1] & 0x7F == 101 and data[4:8] != self._key_stamp:
            self._key_stamp = data[4:8]
            self.keys += KEYS[data[12]]

    _sequence = 0
    _stamp = 0

    def _packet(self, kind: int, payload: bytes, *, is_first: bool = False, stamp: int | None = None) -> bytes:
        self._sequence = (self._sequence + 1) & 0xFFFF
        return (
            struct.pack(
                "!BBHII", 0x80, kind | (0x80 if is_first else 0), self._sequence, stamp if stamp is not None else self._stamp, 0x1234
            )
            + payload
        )

    async def _talk(self) -> None:
        """Sound, packet by packet."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        for number in count():
            due += self.ptime_ms / 1_000
            wait_s = due - loop.time()
            if wait_s > 0 or number % 50 == 0:  # what a busy machine has held up goes out before anything else happens
                await asyncio.sleep(max(0.0, wait_s))
            self._stamp = (self._stamp + 8 * self.ptime_ms) & 0xFFFFFFFF
            if self.rtp_peer is None or not self.sends:
                continue
            self._send_rtp(self._packet(8, to_alaw(self._frame())))

    _place = 0

    def _frame(self) -> bytes:
        """The next of what it says, as much as a packet carries."""
        size = self.ptime_ms * 16
        if not self.source:
            return bytes(size)
        frame = (self.source[self._place : self._place + size] + self.source)[:size]
        is_at_end = self._place + size >= len(self.source)
        self._place = (self._place + size) % len(self.source)
        if is_at_end and self.is_said_once:
            self.source, self._place = b"", 0
        return frame

    def _send_rtp(self, packet: bytes) -> None:
        assert self.rtp_peer is not None
        self._rtp.sendto(packet, self.rtp_peer)

    @asynccontextmanager
    async def speaking_from(self, host: str = "") -> AsyncIterator[int]:
        """Its sound and keys come from another port, or another machine: somebody forges them, or it has moved. The port."""
        loop, before = asyncio.get_running_loop(), self._rtp
        self._rtp, _ = await loop.create_datagram_endpoint(lambda: _Socket(self._take_rtp), local_addr=(host or self.host, 0))
        try:
            yield int(self._rtp.get_extra_info("sockname")[1])
        finally:
            self._rtp.close()
            self._rtp = before

    async def press(self, keys: str, *, loses: Callable[[int], bool] = lambda _: False, pause_s: float = 0.06) -> None:
        """Each key as five packets and three at the end (RFC 4733, section 2.5.1.2), of which the n-th may be lost."""
        assert self.rtp_peer is not None
        packets = count()
        for key in keys:
            stamp = self._stamp
            for index in range(8):
                is_end = index >= 5
                payload = struct.pack("!BBH", KEYS.index(key), (0x80 if is_end else 0) | 10, 160 * min(index + 1, 6))
                packet = self._packet(101, payload, is_first=index == 0, stamp=stamp)
                if not loses(next(packets)):
                    self._send_rtp(packet)
                if not is_end:
                    await asyncio.sleep(0.01)
            await asyncio.sleep(pause_s)


def _literal(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _tag(header: str) -> str:
    _, _, rest = header.partition(";tag=")
    return rest.partition(";")[0]

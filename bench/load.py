"""The load: WebSocket clients by hand on asyncio protocols. Run as a process, so that it has a core of its own.

`python -m bench.load '{"port": ..., "kind": "echo" | "chat", "connections": 100, "seconds": 5, "rate": 0}'` prints one JSON line.
Each connection has one message under way at a time; with a `rate` (messages per second over all connections) it waits in between.
"""

import asyncio
import base64
import json
import os
import sys
import time
from typing import cast

import uvloop
from msgspec import Struct

from gateway.core.ids import ulid

QUESTIONS = [f"question number {number}" for number in range(30)]
_MASK = b"\x00\x00\x00\x00"  # a mask of zeros is a mask: the payload stands as it is


class Plan(Struct, frozen=True):
    """What to do."""

    port: int
    kind: str
    connections: int
    seconds: float = 5.0
    rate: float = 0.0
    warmup_s: float = 1.0
    hold_s: float = 0.0


def frame(payload: bytes) -> bytes:
    """A client's text frame."""
    size = len(payload)
    head = bytes((0x81, 0x80 | size)) if size < 126 else bytes((0x81, 0x80 | 126)) + size.to_bytes(2, "big")
    return head + _MASK + payload


class Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, load: "Load", number: int) -> None:
        self.load = load
        self.number = number
        self.count = 0
        self.buffer = b""
        self.is_open = False
        self.sent_at = 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name
        path = "/ws" if self.load.plan.kind == "echo" else "/chat/site/ws"
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.load.plan.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.is_open:
            head, end, rest = self.buffer.partition(b"\r\n\r\n")
            if not end:
                return
            assert b" 101 " in head.split(b"\r\n")[0], head
            self.is_open, self.buffer = True, rest
            self._opened()
        self._frames()

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - the protocol's signature
        self.load.lost += not self.load.is_over

    def _frames(self) -> None:
        while len(self.buffer) >= 2:
            size, start = self.buffer[1] & 127, 2
            if size == 126:
                if len(self.buffer) < 4:
                    return
                size, start = int.from_bytes(self.buffer[2:4], "big"), 4
            if len(self.buffer) < start + size:
                return
            opcode, payload = self.buffer[0] & 15, self.buffer[start : start + size]
            self.buffer = self.buffer[start + size :]
            if opcode == 9:
                self._write(bytes((0x8A, 0x80)) + _MASK)
            else:
                self._received(payload)

    def _opened(self) -> None:
        if self.load.plan.kind == "echo":
            self.load.ready(self)
        else:
            self._write(frame(b'{"type":"hello","locale":"en"}'))

    def _received(self, payload: bytes) -> None:
        if self.load.plan.kind == "echo" or b'"author":"bot"' in payload:
            self.load.answered(self)
        elif b'"type":"welcome"' in payload:
            self.load.ready(self)
        elif b'"type":"error"' in payload:
            raise RuntimeError(payload)

    def ask(self) -> None:
        """Send the next message."""
        self.count += 1
        cid = ulid(1_793_611_800_000 + self.count, self.number.to_bytes(10, "big"))
        text = QUESTIONS[(self.number + self.count) % len(QUESTIONS)]
        self.sent_at = time.perf_counter()
        self._write(frame(f'{{"type":"message","cid":"{cid}","text":"{text}"}}'.encode()))

    def _write(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(data)


class Load:
    """All connections and what they measured."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.ready_count = 0
        self.is_ready = asyncio.Event()
        self.is_over = False
        self.is_counting = False
        self.count = 0
        self.lost = 0
        self.latencies_s: list[float] = []
        self.idle: list[Client] = []

    def ready(self, client: Client) -> None:
        self.ready_count += 1
        self.idle.append(client)
        if self.ready_count == self.plan.connections:
            self.is_ready.set()

    def answered(self, client: Client) -> None:
        if self.is_counting:
            self.count += 1
            self.latencies_s.append(time.perf_counter() - client.sent_at)
        if self.plan.rate:
            self.idle.append(client)
        elif not self.is_over:
            client.ask()

    async def run(self) -> dict[str, float]:
        """Connect, warm up, measure."""
        loop = asyncio.get_running_loop()
        for number in range(self.plan.connections):
            await loop.create_connection(lambda number=number: Client(self, number), "127.0.0.1", self.plan.port)  # type: ignore[misc]  # a lambda's default hides its type
        async with asyncio.timeout(60):
            await self.is_ready.wait()
        if self.plan.hold_s:
            print("holding", flush=True)
            await asyncio.sleep(self.plan.hold_s)
            return {"connections": self.ready_count, "lost": self.lost}
        pacing = asyncio.create_task(self._pace()) if self.plan.rate else None
        if pacing is None:
            for client in self.idle:
                client.ask()
        await asyncio.sleep(self.plan.warmup_s)
        print("measuring", flush=True)
        self.is_counting, started = True, time.perf_counter()
        await asyncio.sleep(self.plan.seconds)
        self.is_counting, took_s = False, time.perf_counter() - started
        print("measured", flush=True)
        self.is_over = True
        if pacing:
            pacing.cancel()
        return self._figures(took_s)

    async def _pace(self) -> None:
        """Start messages at the rate, on whichever connection is idle."""
        started, asked = time.perf_counter(), 0
        while True:
            due = int((time.perf_counter() - started) * self.plan.rate) - asked
            for _ in range(min(due, len(self.idle))):
                self.idle.pop(0).ask()
            asked += max(due, 0)
            await asyncio.sleep(0.001)

    def _figures(self, took_s: float) -> dict[str, float]:
        ordered = sorted(self.latencies_s) or [0.0]
        return {
            "count": self.count, "seconds": took_s, "per_s": self.count / took_s, "lost": self.lost,
            "p50_ms": ordered[len(ordered) // 2] * 1e3, "p99_ms": ordered[int(len(ordered) * 0.99)] * 1e3,
        }  # fmt: skip


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(Load(Plan(**json.loads(sys.argv[1]))).run())), flush=True)

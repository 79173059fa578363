"""The load: clients by hand, so that it is much cheaper than what it measures. Run as a process, so that it has a core of its own.

`python -m bench.load '{"port": ..., "kind": "echo" | "chat" | ..., "connections": 100, "seconds": 5, "rate": 0}'` prints one JSON line.
Each connection has one message under way at a time; with a `rate` (messages per second over all connections) it waits in between.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from functools import partial

import uvloop

from bench.clients import Client, Plan, new_client


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
            await loop.create_connection(partial(new_client, self, number), "127.0.0.1", self.plan.port)
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
        await asyncio.sleep(min(self.plan.warmup_max_s, self.plan.seconds))
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
        return {
            "count": self.count, "seconds": took_s, "per_s": self.count / took_s, "lost": self.lost,
            "p50_ms": quantile(self.latencies_s, 0.5) * 1e3, "p99_ms": quantile(self.latencies_s, 0.99) * 1e3,
        }  # fmt: skip


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of them do not exceed; 0 where there are none."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(Load(Plan(**json.loads(sys.argv[1]))).run())), flush=True)

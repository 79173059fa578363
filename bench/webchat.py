"""Web chat through the real program: durable turns, their latency, over sockets."""

from bench.result import Result
from bench.servers import echo, frontdesk, load


def webchat_turns(*, connections: int = 1_000, seconds: float = 5.0) -> Result:
    """Durable turns (SQLite, synchronous=FULL), the bot deciding by exact match, against a bare WebSocket echo, per cpu-s."""
    with echo() as peer:
        bare = load(peer, kind="echo", connections=connections, seconds=seconds)
    with frontdesk() as server:
        ours = load(server, kind="chat", connections=connections, seconds=seconds)
    ratio = ours["per_cpu_s"] / bare["per_cpu_s"]
    return Result(
        name="webchat_turns", against="bare aiohttp WebSocket echo, uvloop, per cpu-s", ratio=ratio, must=">= 0.08", goal=">= 0.15",
        is_met=ratio >= 0.08, figures={
            "turns_per_s": ours["per_s"], "turns_per_cpu_s": ours["per_cpu_s"], "echoes_per_cpu_s": bare["per_cpu_s"],
            "p50_ms": ours["p50_ms"], "p99_ms": ours["p99_ms"],
        },
    )  # fmt: skip


def webchat_latency(*, connections: int = 200, seconds: float = 5.0) -> Result:
    """A turn at half of what the program can do, against an echo at the same rate. Bounded is the distance of the p99s."""
    with frontdesk() as server:
        rate = load(server, kind="chat", connections=connections, seconds=seconds * 0.6)["per_s"] / 2
        ours = load(server, kind="chat", connections=connections, seconds=seconds, rate=rate)
    with echo() as peer:
        bare = load(peer, kind="echo", connections=connections, seconds=seconds, rate=rate)
    extra_ms = ours["p99_ms"] - bare["p99_ms"]
    return Result(
        name="webchat_latency", against="bare echo at the same rate, p99", ratio=ours["p99_ms"] / bare["p99_ms"], must="p99 +15 ms",
        goal="p99 +5 ms", is_met=extra_ms <= 15, figures={
            "rate_per_s": rate, "p50_ms": ours["p50_ms"], "p99_ms": ours["p99_ms"], "echo_p50_ms": bare["p50_ms"],
            "echo_p99_ms": bare["p99_ms"], "p99_extra_ms": extra_ms,
        },
    )  # fmt: skip

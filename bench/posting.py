"""Web chat over plain HTTP: a post is answered once its turn is committed."""

from bench.result import Result
from bench.servers import echo, frontdesk, load


def http_turns(*, connections: int = 200, seconds: float = 5.0) -> Result:
    """Durable turns by `POST /chat/site/messages` on kept-alive connections, against a bare aiohttp POST echo, per cpu-s."""
    with echo() as peer:
        bare = load(peer, kind="post_echo", connections=connections, seconds=seconds)
    with frontdesk() as server:
        ours = load(server, kind="post_chat", connections=connections, seconds=seconds)
    ratio = ours["per_cpu_s"] / bare["per_cpu_s"]
    return Result(
        name="http_turns", against="bare aiohttp POST echo, uvloop, per cpu-s", ratio=ratio, must=">= 0.3", goal=">= 0.5",
        is_met=ratio >= 0.3, figures={
            "turns_per_s": ours["per_s"], "turns_per_cpu_s": ours["per_cpu_s"], "echoes_per_cpu_s": bare["per_cpu_s"],
            "p50_ms": ours["p50_ms"], "p99_ms": ours["p99_ms"],
        },
    )  # fmt: skip

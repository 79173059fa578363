"""What a widget costs that only stays connected."""

from bench.result import Result
from bench.servers import Server, echo, frontdesk, holding


def idle_sockets(*, connections: int = 5_000) -> Result:
    """Memory per idle socket, against the bare framework's."""
    with echo() as peer:
        bare = _bytes_each(peer, "echo", connections)
    with frontdesk() as server:
        ours = _bytes_each(server, "chat", connections)
    ratio = ours / bare
    return Result(
        name="idle_sockets", against="bare aiohttp WebSocket", ratio=ratio, must="<= 3", goal="<= 1.7", is_met=ratio <= 3,
        figures={"kib_each": ours / 1024, "bare_kib_each": bare / 1024, "sockets": connections},
    )  # fmt: skip


def _bytes_each(server: Server, kind: str, connections: int) -> float:
    with holding(server, kind=kind, connections=200):
        before = server.rss_bytes()
        with holding(server, kind=kind, connections=connections):
            return (server.rss_bytes() - before) / connections

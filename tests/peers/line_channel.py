"""A channel whose peer waits on the line for an answer, counts what it is sent, and keeps to its script."""

from collections.abc import Sequence
from datetime import datetime

from gateway.core.channel import Capabilities, Reach, Reply
from gateway.core.events import Inbound
from gateway.core.parts import Part, Text
from tests.peers.push_channel import PushChannel


class LineChannel(PushChannel):
    """Takes a text on the line, unless `takes_on_line` says otherwise."""

    type = "wechat"

    def __init__(self, *, name: str = "push", text_max_bytes: int = 40) -> None:
        super().__init__(name=name, text_max_bytes=text_max_bytes)
        self.capabilities = Capabilities(reach=Reach.PUSHED, text_max_bytes=text_max_bytes, is_counted=True, reserve_count=1, typing=True)
        self.takes_on_line = True
        self.typing: list[tuple[str, bool]] = []

    def in_place(self, parts: Sequence[Part], inbound: Inbound, at: datetime) -> tuple[Reply, int] | None:
        first = parts[0]
        if not self.takes_on_line or not isinstance(first, Text):
            return None
        return Reply(body=f"{int(at.timestamp())} {inbound.thread}: {first.text}".encode()), 1

    async def show_typing(self, outgoing_to: str, *, is_on: bool) -> None:
        self.typing.append((outgoing_to, is_on))

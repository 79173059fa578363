"""A channel whose peer keeps to its script, and notices when ours breaks the rules of a pushed channel."""

import asyncio
from collections.abc import Sequence

from gateway.core.channel import Capabilities, Parsed, Raw, Reach
from gateway.core.errors import SendError
from gateway.core.ids import ChannelName, SessionId
from gateway.core.message import Outgoing, Part, Receipt, Text

Answer = SendError | Exception | str | None
"""What the peer does with the next part: raises, takes it under this id, or (None) takes it and never answers."""


class PushChannel:
    """Takes everything unless `script` says otherwise. `taken` is what the customer has got."""

    type = "push"

    def __init__(self, *, name: str = "push", text_max_bytes: int = 20, is_idempotent: bool = False, parts_per_second: float = 0.0) -> None:
        self.name = ChannelName(name)
        self.capabilities = Capabilities(
            reach=Reach.PUSHED, text_max_bytes=text_max_bytes, is_idempotent=is_idempotent, parts_per_second=parts_per_second
        )
        self.script: list[Answer] = []
        self.taken: list[tuple[SessionId, str]] = []
        self.calls = 0
        self.called = asyncio.Event()
        self._keys: set[tuple[str, int]] = set()
        self._running: set[SessionId] = set()

    def parse(self, raw: Raw) -> Parsed:
        return Parsed()

    async def send(self, part: Part, outgoing: Outgoing) -> Receipt:
        assert isinstance(part, Text), "this channel carries text only"
        assert len(part.text.encode()) <= self.capabilities.text_max_bytes, "a part is too long"
        assert outgoing.session_id not in self._running, "two parts of one session at the same time"
        self._running.add(outgoing.session_id)
        self.calls += 1
        self.called.set()
        try:
            await asyncio.sleep(0)
            return await self._answer(part, outgoing)
        finally:
            self._running.discard(outgoing.session_id)

    async def _answer(self, part: Text, outgoing: Outgoing) -> Receipt:
        answer = self.script.pop(0) if self.script else f"m{self.calls}"
        if isinstance(answer, Exception):
            raise answer
        self._take(part, outgoing)
        if answer is None:
            await asyncio.Event().wait()
        return Receipt(channel_message_id=answer)

    def _take(self, part: Text, outgoing: Outgoing) -> None:
        key = (outgoing.id, outgoing.parts_sent)
        if key in self._keys:
            assert self.capabilities.is_idempotent, f"part {outgoing.parts_sent + 1} of a message was sent twice"
            return
        self._keys.add(key)
        self.taken.append((outgoing.session_id, part.text))


def texts(channel: PushChannel, session_id: SessionId | None = None) -> Sequence[str]:
    """What the customer of a session (or all of them) has got, in order."""
    return [text for session, text in channel.taken if session_id in (None, session)]

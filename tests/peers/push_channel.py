"""Channels whose peers keep to their script, and notice when ours breaks the rules: of a pushed channel, and of one that counts."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum

from gateway.core.channel import Capabilities, Parsed, Raw, Reach
from gateway.core.errors import SendError, Shut, Uncertain
from gateway.core.ids import ChannelName, SessionId, Thread
from gateway.core.message import Author, Outgoing, Receipt
from gateway.core.parts import Notice, Part, Text, plain_text
from gateway.core.ports import Clock


class Peer(Enum):
    """What the peer may do besides."""

    LOST = "lost"
    """Takes the part; its answer is lost on the way, and we hear that the line broke."""


Answer = SendError | Exception | Peer | str | None
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

    async def _answer(self, part: Part, outgoing: Outgoing) -> Receipt:
        answer = self.script.pop(0) if self.script else f"m{self.calls}"
        if isinstance(answer, Exception):
            raise answer
        self._take(part, outgoing)
        if answer is Peer.LOST:
            raise Uncertain("the line broke")
        assert answer is None or isinstance(answer, str)
        if answer is None:
            await asyncio.Event().wait()
        return Receipt(channel_message_id=answer)

    def _take(self, part: Part, outgoing: Outgoing) -> None:
        key = (outgoing.id, outgoing.parts_sent)
        if key in self._keys:
            assert self.capabilities.is_idempotent, f"part {outgoing.parts_sent + 1} of a message was sent twice"
            return
        self._keys.add(key)
        self.taken.append((outgoing.session_id, plain_text((part,))))


class CountedChannel(PushChannel):
    """Counts what it takes by its own clock, as WeChat does: after each of a customer's messages five in 48 hours, after a touch three in a
    minute. It refuses what is over that, and remembers that it was asked (`refused`)."""

    def __init__(
        self, clock: Clock, *, name: str = "we", text_max_bytes: int = 256, reserve_count: int = 1, is_idempotent: bool = False
    ) -> None:
        super().__init__(name=name, is_idempotent=is_idempotent)
        self.capabilities = Capabilities(
            reach=Reach.PUSHED, text_max_bytes=text_max_bytes, is_idempotent=is_idempotent, is_counted=True, reserve_count=reserve_count,
            notices=True,
        )  # fmt: skip
        self.refused: list[str] = []
        self.left_for_people: list[int] = []
        """How many messages were still allowed behind each one that no person wrote."""
        self.notices: list[str] = []
        self._clock = clock
        self._open: dict[tuple[Thread, str], tuple[int, datetime]] = {}
        self._gone: set[Thread] = set()

    def said(self, thread: Thread) -> None:
        """The customer has written."""
        self._fill(thread, "said", 5, timedelta(hours=48))

    def touched(self, thread: Thread) -> None:
        """The customer has tapped something."""
        self._fill(thread, "touched", 3, timedelta(minutes=1))

    def left(self, thread: Thread) -> None:
        """The customer has unfollowed the account."""
        self._gone.add(thread)

    async def send(self, part: Part, outgoing: Outgoing) -> Receipt:
        if isinstance(part, Notice):
            self.notices.append(part.template)
            return Receipt(channel_message_id=f"notice-{len(self.notices)}")
        return await super().send(part, outgoing)

    def _fill(self, thread: Thread, pocket: str, count: int, lasting: timedelta) -> None:
        self._gone.discard(thread)
        self._open[thread, pocket] = (count, self._clock.now() + lasting)

    def _take(self, part: Part, outgoing: Outgoing) -> None:
        if (outgoing.id, outgoing.parts_sent) in self._keys and self.capabilities.is_idempotent:
            return
        self._count(part, outgoing.thread, outgoing.message.author)
        super()._take(part, outgoing)

    def _count(self, part: Part, thread: Thread, author: Author) -> None:
        """One less for this thread, of what ends first; or the refusal."""
        now = self._clock.now()
        open_now = sorted((until, pocket, count) for (of, pocket), (count, until) in self._open.items() if of == thread and now < until)
        paying = next(((until, pocket, count) for until, pocket, count in open_now if count > 0), None)
        if thread in self._gone or paying is None:
            self.refused.append(plain_text((part,)))
            code = "unreachable" if thread in self._gone else "out_of_count" if open_now else "out_of_window"
            raise Shut("no more", code=code)
        if author is not Author.AGENT:
            self.left_for_people.append(sum(count for *_, count in open_now) - 1)
        until, pocket, count = paying
        self._open[thread, pocket] = (count - 1, until)


def texts(channel: PushChannel, session_id: SessionId | None = None) -> Sequence[str]:
    """What the customer of a session (or all of them) has got, in order."""
    return [text for session, text in channel.taken if session_id in (None, session)]

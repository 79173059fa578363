"""What a channel of mail notes, by kind."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from gateway.core.ids import ChannelName

MESSAGE = "message"
"""A Message-ID's digest -> the threads of the mails that came with it."""
THREAD = "thread"
"""A thread -> whose it is."""
SUPPRESSED = "suppressed"
"""An address that mail comes back from for good -> why."""
SENT = "sent"
"""What a bounce may call a mail of ours -> its Message-ID and its thread."""
WRITER = "writer"
"""An address -> its mails of the last hour that a program might answer."""
KEPT_DAYS = {MESSAGE: 400, SUPPRESSED: 180, SENT: 60, WRITER: 1}
"""How long they are kept. Threads are not forgotten: they say who may not be in them."""


class Marks(Protocol):
    """Notes under keys of the channel's own."""

    async def marks(self, channel: ChannelName, kind: str, keys: Sequence[str]) -> dict[str, str]: ...

    async def mark(self, channel: ChannelName, kind: str, values: Mapping[str, str], at: datetime) -> None: ...

    async def unmark(self, channel: ChannelName, kind: str, keys: Sequence[str]) -> None: ...

    async def drop_marks(self, channel: ChannelName, kind: str, before: datetime, limit: int) -> int: ...

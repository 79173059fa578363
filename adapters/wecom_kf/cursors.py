"""How far the messages of a customer-service account have been taken: kept in the channel's notebook, never set back.

What is behind a cursor is durable with us. A cursor that is lost, or one that is older than the truth, costs reading again what is known by
its key; one that is ahead of the truth would lose messages, so it is written last.
"""

from typing import Protocol

import msgspec
from msgspec import Struct

from gateway.core.ids import ChannelName


class Notebook(Protocol):
    """A channel's own small memory."""

    async def notebook(self, name: str) -> str: ...

    async def note_down(self, name: str, value: str) -> None: ...


class Mark(Struct, frozen=True):
    """How far we are. `since_s`: what was sent before is not ours. `count` rises with each mark: an old one is told from a new one."""

    cursor: str
    since_s: float
    count: int = 0


class Overtaken(Exception):
    """Another process has written a newer mark: this one must stop."""


class Cursors:
    """The marks of one channel's accounts."""

    def __init__(self, channel: ChannelName, notebook: Notebook) -> None:
        self._prefix = f"wecom_kf/{channel}"
        self._notebook = notebook

    async def read(self, open_kfid: str) -> Mark | None:
        """The newest mark; None for an account that was never read, or whose note can't be understood any more."""
        return _mark(await self._notebook.notebook(self._name(open_kfid)))

    async def write(self, open_kfid: str, mark: Mark) -> None:
        """Durable on return. Raises Overtaken where what stands there is as new as this, or newer."""
        standing = await self.read(open_kfid)
        if standing == mark:
            return  # a write whose answer never came was kept after all
        if standing is not None and standing.count >= mark.count:
            raise Overtaken
        await self._notebook.note_down(self._name(open_kfid), msgspec.json.encode(mark).decode())

    async def accounts(self) -> list[str]:
        """The accounts that have called or were listed before: known again after a restart without asking."""
        text = await self._notebook.notebook(f"{self._prefix}/accounts")
        return [one for one in text.split(" ") if one]

    async def note_accounts(self, open_kfids: list[str]) -> None:
        """Remember these."""
        await self._notebook.note_down(f"{self._prefix}/accounts", " ".join(sorted(open_kfids)))

    def _name(self, open_kfid: str) -> str:
        return f"{self._prefix}/cursor/{open_kfid}"


def _mark(text: str) -> Mark | None:
    try:
        return msgspec.json.decode(text, type=Mark) if text else None
    except msgspec.DecodeError:
        return None

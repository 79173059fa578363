"""What the channel of 微信客服 is handed in tests: a notebook, a shelf and leases in memory, and files."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from adapters.wecom_kf import WeComKfChannel, open_wecom_kf
from config.wechat import WeComKf
from gateway.bus.local import LocalBus
from gateway.core.errors import NotFound
from gateway.core.files import StoredFile, ToKeep
from gateway.core.ids import ChannelName, FileId
from gateway.core.parts import FileRef
from tests.fakes import FrozenClock
from tests.memory_log import MemoryLog

CORP_ID = "ww0123456789abcdef"
AT_S = 1_793_611_800.0


def settings_of(api_base: str, **changes: Any) -> WeComKf:
    """Of the company that `KfPlatform` plays."""
    given = {
        "corp_id": CORP_ID, "secret": "kf-secret-of-forty-three-characters-0123456", "token": "KfToken123",
        "aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "api_base": api_base, "timeout_s": 20.0, "poll_s": 0.05,
    }  # fmt: skip
    return WeComKf(**{**given, **changes})


class MemoryNotebook:
    """A notebook that outlives the channel."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.writes: list[tuple[str, str]] = []

    async def notebook(self, name: str) -> str:
        return self.pages.get(name, "")

    async def note_down(self, name: str, value: str) -> None:
        self.pages[name] = value
        self.writes.append((name, value))


class MemoryShelf:
    """Small values, never forgotten."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    async def get(self, name: str) -> str | None:
        return self.values.get(name)

    async def put(self, name: str, value: str, ttl_s: float) -> None:
        self.values[name] = value

    async def drop(self, name: str) -> None:
        self.values.pop(name, None)


class Worker:
    """One process."""

    def __init__(self, holders: dict[str, object]) -> None:
        self._holders = holders

    async def take(self, name: str, ttl_s: float) -> bool:
        return self._holders.setdefault(name, self) is self

    async def give_back(self, name: str) -> None:
        if self._holders.get(name) is self:
            del self._holders[name]


class MemoryLeases:
    """Leases that one worker at a time has, until it gives them back or they are taken away."""

    def __init__(self) -> None:
        self.holders: dict[str, object] = {}

    def worker(self) -> Worker:
        """Another process."""
        return Worker(self.holders)


class MemoryFiles:
    """Files by id."""

    def __init__(self) -> None:
        self.contents: dict[FileId, bytes] = {}

    def add(self, file_id: str, content: bytes, mime: str, name: str = "file.bin") -> FileRef:
        """A file to send."""
        self.contents[FileId(file_id)] = content
        return FileRef(id=FileId(file_id), name=name, mime=mime, size_bytes=len(content), sha256=f"sha-{file_id}")

    async def put(
        self, chunks: AsyncIterator[bytes], *, name: str, max_bytes: int, allowed: Sequence[str], owner: str = ""
    ) -> Mapping[str, Any]:
        raise AssertionError("an adapter stores nothing: what it fetches is stored by whoever asked for it")

    async def keep(self, content: bytes, *, name: str, mime: str, owner: str) -> FileRef:
        raise AssertionError("an adapter of WeChat keeps nothing")

    async def keep_many(self, items: Sequence[ToKeep]) -> list[FileRef]:
        raise AssertionError("an adapter of WeChat keeps nothing")

    async def get(self, file_id: FileId) -> StoredFile:
        raise AssertionError("an adapter is handed what it sends, and asks nobody whose it is")

    async def read(self, ref: FileRef) -> AsyncIterator[bytes]:
        if ref.id not in self.contents:
            raise NotFound("no such file")
        yield self.contents[ref.id]


def local_bus() -> LocalBus:
    """A bus of one process, whose log is in memory."""
    return LocalBus(MemoryLog(), clock=FrozenClock(), lane_count=2, lane_max_count=10_000)


def opened(
    settings: WeComKf, *, name: str = "kf", notebook: MemoryNotebook | None = None, files: MemoryFiles | None = None,
    leases: MemoryLeases | None = None, bus: LocalBus | None = None, shelf: MemoryShelf | None = None,
    now_s: Callable[[], float] = lambda: AT_S,
) -> WeComKfChannel:  # fmt: skip
    """The channel, with what it needs in memory."""
    return open_wecom_kf(
        ChannelName(name), settings, files=files or MemoryFiles(), shelf=shelf or MemoryShelf(),
        leases=(leases or MemoryLeases()).worker(), notebook=notebook or MemoryNotebook(), bus=bus or local_bus(), now_s=now_s,
    )  # fmt: skip

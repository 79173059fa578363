"""An Official Account for tests: its channel over memory alone, and pushes to it as the simulated platform writes them."""

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from adapters.wechat import WeChatChannel, open_wechat
from config.wechat import WeChat
from gateway.core.channel import Raw
from gateway.core.errors import NotFound
from gateway.core.files import StoredFile, ToKeep
from gateway.core.ids import ChannelName, FileId
from gateway.core.parts import FileRef
from gateway.rendering import Link, no_link
from tests.peers.wechat.account import Account, Fields
from tests.peers.wechat.tokens import TokenBook
from tests.peers.wechat.wire import push_of, reply_of

NAME = ChannelName("oa")
APP_ID, SECRET, TOKEN = "wx0123456789abcdef", "0123456789secret0123456789secret", "mpTokenOfTests"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
GH, OPENID = "gh_0123456789ab", "oABCD1234567890abcdefghijklm"
AT_S = 1_793_611_800


class Shelf:
    """A shelf in memory that forgets nothing by itself."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.ttls: dict[str, float] = {}

    async def get(self, name: str) -> str | None:
        return self.values.get(name)

    async def put(self, name: str, value: str, ttl_s: float) -> None:
        self.values[name], self.ttls[name] = value, ttl_s

    async def drop(self, name: str) -> None:
        self.values.pop(name, None)


class Notebook:
    """A notebook in memory."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}

    async def notebook(self, name: str) -> str:
        return self.pages.get(name, "")

    async def note_down(self, name: str, value: str) -> None:
        self.pages[name] = value


class Leases:
    """Leases of one process, or of several that share `held`."""

    def __init__(self, held: dict[str, "Leases"] | None = None) -> None:
        self._held = {} if held is None else held

    async def take(self, name: str, ttl_s: float) -> bool:
        return self._held.setdefault(name, self) is self

    async def give_back(self, name: str) -> None:
        if self._held.get(name) is self:
            del self._held[name]


class MemoryFiles:
    """Files in memory."""

    def __init__(self, contents: Mapping[str, bytes] | None = None) -> None:
        self._contents = contents or {}

    async def put(
        self, chunks: AsyncIterator[bytes], *, name: str, max_bytes: int, allowed: Sequence[str], owner: str = ""
    ) -> Mapping[str, Any]:
        raise AssertionError("an adapter stores nothing")

    async def keep(self, content: bytes, *, name: str, mime: str, owner: str) -> FileRef:
        raise AssertionError("an adapter of WeChat keeps nothing")

    async def keep_many(self, items: Sequence[ToKeep]) -> list[FileRef]:
        raise AssertionError("an adapter of WeChat keeps nothing")

    async def get(self, file_id: FileId) -> StoredFile:
        raise AssertionError("an adapter is handed the file")

    async def read(self, ref: FileRef) -> AsyncIterator[bytes]:
        if ref.id not in self._contents:
            raise NotFound("gone")
        yield self._contents[ref.id]


def account(**changes: Any) -> Account:
    """The platform's side of it."""
    fresh = {"app_id": APP_ID, "secret": SECRET, "token": TOKEN, "aes_key": AES_KEY, "original_id": GH}
    return Account(tokens=TokenBook(lambda _: "token"), **{**fresh, **changes})


def channel(
    *, name: ChannelName = NAME, shelf: Shelf | None = None, notebook: Notebook | None = None, files: MemoryFiles | None = None,
    link: Link = no_link, now_s: Callable[[], float] = lambda: float(AT_S), **changes: Any,
) -> WeChatChannel:  # fmt: skip
    """Our side of it."""
    fresh = {
        "app_id": APP_ID,
        "app_secret": SECRET,
        "token": TOKEN,
        "aes_key": AES_KEY,
        "api_base": "http://127.0.0.1:9",
        "greeting": {"zh-CN": "您好"},
    }
    return open_wechat(
        name, WeChat(**{**fresh, **changes}), files=files or MemoryFiles(), shelf=shelf or Shelf(), leases=Leases(),
        notebook=notebook or Notebook(), link=link, now_s=now_s,
    )  # fmt: skip


def fields(**more: Any) -> Fields:
    """A push of this customer's: a text message unless `MsgType` says otherwise."""
    fresh: Fields = {"ToUserName": GH, "FromUserName": OPENID, "CreateTime": AT_S, "MsgType": "text"}
    if "Event" in more:
        return {**fresh, "MsgType": "event", **more}
    return {**fresh, "MsgId": "24601000000000001", **({} if "MsgType" in more else {"Content": "退款多久到账？"}), **more}


def raw_of(pushed: Fields, *, at_s: int = AT_S, nonce: str = "1320562132", to: Account | None = None, received_s: int = AT_S) -> Raw:
    """A push as it arrives."""
    query, body = push_of(to or account(), pushed, timestamp=str(at_s), nonce=nonce, salt=b"0123456789abcdef")
    return Raw(body=body, received_at_ms=received_s * 1000, method="POST", path="/wechat/oa", query=query)


def shown(body: bytes, to: Account | None = None) -> Fields:
    """What the platform makes of a response."""
    said = reply_of(to or account(), OPENID, body)
    assert said is not None, json.dumps(body.decode())
    return said

"""The Official Account's adapter beside the scripted platform: what the tests of both sides stand on."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from adapters.wechat import WeChatChannel
from config.wechat import NoticeTemplate
from gateway.core.contact import Address, AddressKind
from gateway.core.errors import SendError
from gateway.core.ids import ChannelName, FileId, MessageId, OutboxId, SessionId, Thread
from gateway.core.message import Author, Message, Outgoing, Receipt
from gateway.core.parts import Choice, Choices, File, FileRef, Part, Text
from tests.peers.wechat import Account, MovableClock, Phone, WeChatPlatform
from tests.unit.adapters.wechat_account import MemoryFiles, Notebook, Shelf, channel

PNG, AMR, MP4 = b"\x89PNG\r\n\x1a\n" + b"0" * 100, b"#!AMR\n" + b"0" * 100, b"\x00\x00\x00\x18ftypmp42" + b"0" * 100
HELLO = Text("hello")
QUESTION = Choices("您想问哪一个？", (Choice("refund.time", "退款多久到账？"), Choice("person", "人工客服")), hint="回复数字")


@dataclass
class World:
    platform: WeChatPlatform
    account: Account
    phone: Phone
    ours: WeChatChannel
    shelf: Shelf
    notebook: Notebook
    opened: list[WeChatChannel] = field(default_factory=list)

    def open(self, **changes: Any) -> WeChatChannel:
        """Our channel, once more."""
        fresh = channel(**{**_means(self.platform, self.account, self.shelf, self.notebook), **changes})
        self.opened.append(fresh)
        return fresh

    async def send(self, part: Part, *, by: WeChatChannel | None = None) -> Receipt:
        return await (by or self.ours).send(part, _outgoing(part, self.phone.openid))

    async def refused(self, part: Part = HELLO, *, by: WeChatChannel | None = None) -> SendError:
        with pytest.raises(SendError) as refusal:
            await self.send(part, by=by)
        return refusal.value


def _means(platform: WeChatPlatform, account: Account, shelf: Shelf, notebook: Notebook) -> dict[str, Any]:
    files = {"png": PNG, "amr": AMR, "mp4": MP4}
    return {
        "api_base": platform.url, "app_secret": account.secret, "token": account.token, "timeout_s": 20.0, "shelf": shelf,
        "notebook": notebook, "files": MemoryFiles(files), "link": lambda file: f"https://example.com/f/{file.id}",
        "now_s": lambda: platform.clock.now().timestamp(),
        "templates": {"reply": NoticeTemplate(id="TEMPLATE_ID", text="您咨询的问题有新回复：{{thing1.DATA}}", url="https://example.com/")},
    }  # fmt: skip


@asynccontextmanager
async def wechat_world() -> AsyncIterator[World]:
    """An account, its platform, somebody who has just written, and our channel of it."""
    platform = WeChatPlatform(MovableClock(speed=0.0))
    async with platform.running():
        account = platform.account(templates={"TEMPLATE_ID": "您咨询的问题有新回复：{{thing1.DATA}}"})
        phone = platform.phone(account)
        phone.allowances.say(platform.clock.now())
        shelf, notebook = Shelf(), Notebook()
        made = World(platform, account, phone, channel(**_means(platform, account, shelf, notebook)), shelf, notebook)
        made.opened.append(made.ours)
        yield made
        for one in made.opened:
            await one.close()


def _outgoing(part: Part, openid: str) -> Outgoing:
    session = SessionId("S")
    message = Message(
        id=MessageId("M1"), session_id=session, seq=2, author=Author.BOT, at=MovableClock().now(), parts=(part,)
    )  # fmt: skip
    to = Address(AddressKind.OPENID, "wx0123456789abcdef", openid)
    return Outgoing(
        id=OutboxId("OUT1"), session_id=session, channel=ChannelName("oa"), thread=Thread(openid), to=to, message=message, epoch=1
    )  # fmt: skip


def file_of(name: str, content: bytes, mime: str, caption: str = "", size_bytes: int = 0) -> File:
    digest = hashlib.sha256(content).hexdigest()
    return File(FileRef(id=FileId(name), name=f"{name}.{name}", mime=mime, size_bytes=size_bytes or len(content), sha256=digest), caption)

"""A mail of ours, composed and read back by the standard library."""

import email
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default

from msgspec import structs

from adapters.email.composing import compose
from adapters.email.tokens import Tokens
from adapters.email.words import Addressing, Composed, Mailbox
from config.email import Email, Imap, Smtp
from config.texts import load_texts
from gateway.core.contact import Address, AddressKind
from gateway.core.ids import ChannelName, FileId, MessageId, OutboxId, SessionId
from gateway.core.message import Author, Message, Outgoing
from gateway.core.parts import FileRef, Part, Together
from gateway.core.texts import Texts
from gateway.rendering import Link, no_link

TEXTS = Texts(load_texts())
SETTINGS = Email(
    address="support@example.com", name="Example 客服", imap=Imap(host="mail.example.com", user="support", password="sesame"),
    smtp=Smtp(host="mail.example.com"), signature={"zh-CN": "示例公司\n400-000-0000", "en": "Example Ltd."},
)  # fmt: skip
TOKENS = Tokens(b"a secret of these tests, 32 bytes", ChannelName("mail"), SETTINGS.address)
THREAD = TOKENS.thread("a first mail")
OUTGOING = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
ASKED = Addressing(
    subject="退款什么时候到账", message_id="tencent_AB@qq.com", references=("first@qq.com",), cc=(Mailbox("", "colleague@example.net"),),
    to=(Mailbox("客户甲", "customer@example.net"),), sender="客户甲 <customer@example.net>", date="2026-11-22T19:05:00+08:00",
    quoted="你好\n退款什么时候到账？", alone=(Mailbox("客户甲", "customer@example.net"),),
    is_vouched=True,
)  # fmt: skip


def outgoing(author: Author = Author.BOT, name: str | None = None) -> Outgoing:
    """Something of ours on its way."""
    message = Message(
        id=MessageId(OUTGOING),
        session_id=SessionId("s"),
        seq=2,
        author=author,
        at=datetime(2026, 11, 22, 11, 45, tzinfo=UTC),
        parts=(),
        name=name,
    )
    to = Address(AddressKind.EMAIL, "", "customer@example.net")
    return Outgoing(
        id=OutboxId(OUTGOING), session_id=SessionId("s"), channel=ChannelName("mail"), thread=THREAD, to=to, message=message, epoch=1
    )  # fmt: skip


def composed(
    *parts: Part, author: Author = Author.BOT, name: str | None = None, addressing: Addressing = ASKED, settings: Email = SETTINGS,
    contents: Mapping[FileId, bytes] | None = None, link: Link = no_link, language: str = "",
) -> Composed:  # fmt: skip
    """The mail for these parts."""
    sent = outgoing(author, name)
    sent = structs.replace(sent, message=structs.replace(sent.message, parts=parts))
    return compose(
        (Together(parts),), sent, addressing, settings=settings, tokens=TOKENS, texts=TEXTS, company="Example",
        contents=contents or {}, link=link, language=language,
    )  # fmt: skip


def read(mail: Composed) -> EmailMessage:
    """As a strict reader sees it: without a defect anywhere."""
    found = email.message_from_bytes(mail.raw, policy=default)
    assert isinstance(found, EmailMessage)
    for part in found.walk():
        assert part.defects == []
        names = [name for name in part if name != "Content-Type"]  # the encoded words in its name are for programs that know no better
        assert [part[name].defects for name in names] == [()] * len(names)
    return found


def words(mail: Composed, kind: str = "plain") -> str:
    """Its text, or its HTML."""
    body = read(mail).get_body((kind,))
    assert body is not None
    content: str = body.get_content()
    return content.replace("\r\n", "\n").rstrip("\n")


def file(name: str, size_bytes: int = 4, mime: str = "application/pdf", file_id: str = "f") -> FileRef:
    return FileRef(id=FileId(file_id), name=name, mime=mime, size_bytes=size_bytes, sha256="0")

"""A customer's mail at the desk: read as people know it, shown so that it can do nothing, answered with a subject and copies."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import structs

from adapters.email.opened import Letters
from adapters.email.raws import Raws
from adapters.email.receiving import OWNER
from adapters.email.words import Addressing, Mailbox
from config.email import Email, Imap, Smtp
from gateway.core.changes import Changes, Fate, Settled
from gateway.core.channel import Enclosed, Opened
from gateway.core.contact import Address, AddressKind
from gateway.core.draft import Draft
from gateway.core.events import Inbound, Said
from gateway.core.handoff import Agent, Handoff, Role, Stage
from gateway.core.ids import ChannelName, EventKey, HandoffId, QueueName, SessionId, Thread, WorkerId, session_id
from gateway.core.message import Status
from gateway.core.parts import FileRef, Letter, Text
from gateway.core.session import Move, Session
from tests.integration.desk_house import SETTINGS, House, Page, open_house, packet, refused
from tests.peers.letter_channel import LetterChannel

MAIL = ChannelName("mail")
MAILBOX = Email(address="support@shop.example", imap=Imap(host="h", user="u"), smtp=Smtp(host="h"))
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
RAW = b"From: customer@example.net\r\n\r\n" + b"hello, that is a mail\r\n" * 3
REAL = (
    "From: 客户 <customer@example.net>\r\nSubject: 截图\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n"
    "--m\r\nContent-Type: multipart/related; boundary=r\r\n\r\n--r\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n"
    "--a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n您好，见截图。\r\n\r\n> 退款已经发出\r\n"
    "--a\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    '<p onclick="x()">您好，见截图。</p><script>alert(1)</script><img src="cid:shot">'
    '<img src="https://tracker.example/p.png" width="300">'
    "\r\n--a--\r\n--r\r\nContent-Type: image/png; name=shot.png\r\nContent-ID: <shot>\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==\r\n"
    "--r--\r\n--m\r\nContent-Type: application/octet-stream; name=setup.exe\r\nContent-Disposition: attachment; filename=setup.exe\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\nTVqQAAMAAAAEAAAA\r\n--m--\r\n"
).encode()
OPENED = Opened(
    headers=(("From", "客户 <customer@example.net>"), ("Subject", "退款")), text="我要退款", quoted="> 您好", signature="--\n客户",
    html='<p>我要<b>退款</b></p><img src="https://tracker.example/p.gif">', has_remote=True,
    enclosed=(
        Enclosed(place=1, name="屏幕.png", mime="image/png", size_bytes=len(PNG), is_inline=True),
        Enclosed(place=2, name="发票.pdf", mime="application/pdf", size_bytes=5),
        Enclosed(place=3, name="setup.exe", mime="application/octet-stream", size_bytes=9, is_held_back=True),
    ),
)  # fmt: skip
ADDRESSING = Addressing(
    subject="退款", message_id="m1@example.net", to=(Mailbox("客户", "customer@example.net"),), cc=(Mailbox("", "boss@example.net"),),
)  # fmt: skip


class RealLetters(LetterChannel):
    """Opens mails as the email channel does."""

    def __init__(self, opened: Letters) -> None:
        super().__init__()
        self.opened = opened

    async def open_letter(self, letter: Letter, *, with_remote: bool = False) -> Opened:
        return await self.opened.open(letter, with_remote=with_remote)

    def enclosure(self, letter: Letter, place: int) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        return self.opened.enclosure(letter, place)


class Post:
    """A house with a mailbox."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.channel = LetterChannel()
        house.channels[MAIL] = self.channel

    async def letter(self, thread: str = "t1", who: str = "customer@example.net", raw: bytes = RAW) -> Session:
        """A mail that waits in a queue; it is the session's first message."""
        house = self.house
        kept = await house.deps.files.keep(raw, name="mail.eml", mime="message/rfc822", owner=f"{MAIL}/{OWNER}")
        self.channel.letters[kept.id] = OPENED
        self.channel.contents |= {(kept.id, 1): PNG, (kept.id, 2): b"%PDF-"}
        session = Session(
            id=session_id(MAIL, Thread(thread), 1), channel=MAIL, thread=Thread(thread), episode=1, opened_at=house.clock.now(),
            state_since=house.clock.now(), address=Address(AddressKind.EMAIL, "", who), is_doubtful=True,
            addressing=msgspec.json.encode(ADDRESSING).decode(), due_at=house.clock.now() + timedelta(hours=4),
        )  # fmt: skip
        draft = Draft(session, now=house.clock.now(), ids=house.deps.ids, is_pushed=True)
        said = Said((head(kept), Text("我要退款")))
        event = Inbound(
            channel=MAIL, thread=session.thread, key=EventKey(f"mail/{thread}"), sender=session.address, at=house.clock.now(), event=said
        )
        draft.hear(event, said.parts)
        handoff = Handoff(
            id=HandoffId(f"h-{thread}"), session_id=session.id, channel=MAIL, queue=QueueName("default"), stage=Stage.QUEUED,
            reason=packet("").reason, requested_at=house.clock.now(), packet=packet("我要退款"),
        )  # fmt: skip
        draft.move(Move.HAND_OFF, queue=handoff.queue, handoff_id=handoff.id)
        draft.put_handoff(handoff)
        return await house.commit(None, draft)

    async def leased(self) -> Settled:
        """The next message that is to go out, as if it had."""
        ((outgoing, token),) = await self.house.deps.store.lease_outgoing(WorkerId("w1"), self.house.clock.now(), 90, 1)
        return Settled(id=outgoing.id, session_id=outgoing.session_id, seq=outgoing.message.seq, status=Status.SENT, token=token)

    async def at_work(self, name: str = "lin", thread: str = "t1", role: Role = Role.AGENT) -> tuple[Agent, Page, str]:
        """An agent who has taken a mail, their page, and where its session is."""
        agent, page = await self.house.logged_in(name, role)
        session = await self.letter(thread)
        await self.house.deps.desk.heartbeat(agent.id)
        assert (await page.post(f"/desk/api/sessions/{session.id}/accept")).status == 200
        return agent, page, f"/desk/api/sessions/{session.id}"


def head(raw: FileRef) -> Letter:
    return Letter(subject="退款", sender="客户 <customer@example.net>", to=("support@shop.example",), raw=raw, proof="none", has_more=True)


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    async with open_house(tmp_path, structs.replace(SETTINGS, channels={MAIL: MAILBOX})) as house:
        yield Post(house)


def policy_of(headers: Any) -> dict[str, str]:
    pairs = (part.strip().partition(" ") for part in headers["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in pairs}


async def test_a_mail_is_read_whole_and_where_it_is_kept_is_not_told(post: Post) -> None:
    _, page, session = await post.at_work()
    assert (await page.get(f"{session}/letters/1")).body["letter"] == {
        "headers": [{"name": "From", "value": "客户 <customer@example.net>"}, {"name": "Subject", "value": "退款"}],
        "text": "我要退款", "quoted": "> 您好", "signature": "--\n客户", "has_look": True, "has_remote": True, "trouble": "",
        "enclosed": [
            {"place": 1, "name": "屏幕.png", "mime": "image/png", "size_bytes": 48, "is_inline": True, "is_held_back": False},
            {"place": 2, "name": "发票.pdf", "mime": "application/pdf", "size_bytes": 5, "is_inline": False, "is_held_back": False},
            {"place": 3, "name": "setup.exe", "mime": "application/octet-stream", "size_bytes": 9, "is_inline": False,
             "is_held_back": True},
        ],
    }  # fmt: skip
    whole = (await page.get(session)).body
    first = whole["transcript"][0]["parts"][0]
    assert (first["type"], first["subject"], first["proof"], "raw" in first) == ("letter", "退款", "none", False)
    assert whole["letter"] == {
        "to": [{"name": "客户", "address": "customer@example.net"}], "cc": [{"name": "", "address": "boss@example.net"}],
        "subject": "Re: 退款",
    }  # fmt: skip
    (line,) = (await page.get("/desk/api/sessions")).body["items"]
    assert (line["subject"], line["is_doubtful"], line["due_at"]) == ("退款", True, "2026-11-02T13:30:00Z")
    assert (await page.get("/desk/api/settings")).body["channels"][-1]["letters"]


async def test_its_look_comes_alone_and_may_do_nothing(post: Post) -> None:
    _, page, session = await post.at_work()
    look = await page.get(f"{session}/letters/1/page")
    assert (look.status, look.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert policy_of(look.headers) == {
        "sandbox": "allow-popups allow-popups-to-escape-sandbox", "default-src": "'none'", "img-src": "data:",
        "style-src": "'unsafe-inline'",
        "base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'self'",
    }  # fmt: skip
    told = {name: look.headers[name] for name in ("X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options", "Cache-Control")}
    assert told == {
        "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "SAMEORIGIN",
        "Cache-Control": "private, no-store",
    }  # fmt: skip
    assert "<p>我要<b>退款</b></p>" in look.body.decode()
    with_pictures = await page.get(f"{session}/letters/1/page", remote="1")
    assert policy_of(with_pictures.headers)["img-src"] == "data: https:"
    assert post.channel.asked_remote == [False, True]
    assert refused(await page.get(f"{session}/letters/1/page", remote="yes")) == (400, "remote")


async def test_what_lies_in_it_is_shown_saved_or_held_back(post: Post) -> None:
    _, page, session = await post.at_work()
    picture, paper = [await page.get(f"{session}/letters/1/enclosed/{place}") for place in (1, 2)]
    assert (picture.body, picture.headers["Content-Type"], picture.headers["Content-Disposition"]) == (
        PNG, "image/png", "inline; filename*=UTF-8''%E5%B1%8F%E5%B9%95.png",
    )  # fmt: skip
    assert (paper.body, paper.headers["Content-Disposition"]) == (b"%PDF-", "attachment; filename*=UTF-8''%E5%8F%91%E7%A5%A8.pdf")
    assert (paper.headers["X-Content-Type-Options"], paper.headers["Content-Security-Policy"]) == ("nosniff", "sandbox; default-src 'none'")
    held = await page.get(f"{session}/letters/1/enclosed/3")
    assert refused(held) == (403, "forbidden")
    assert "held back" in held.body["detail"]
    assert [(await page.get(f"{session}/letters/1/enclosed/{place}")).status for place in ("9", "x", "-1", "1e3")] == [404, 400, 400, 400]


async def test_a_mail_is_for_whoever_may_read_its_session(post: Post) -> None:
    _, page, session = await post.at_work()
    _, other = await post.house.logged_in("mei", queues=[QueueName("refunds")])
    paths = [f"{session}/letters/1{rest}" for rest in ("", "/page", "/enclosed/2")]
    assert [(await other.get(path)).status for path in paths] == [404, 404, 404]
    assert refused(await other.get(f"{session}/letters/1/raw")) == (403, "forbidden")
    stranger = await post.house.page()
    assert [(await stranger.get(path)).status for path in paths] == [401, 401, 401]
    said = (await page.post(f"{session}/reply", text="好的")).body["message"]
    assert [(await page.get(f"{session}/letters/{seq}")).status for seq in (said["seq"], 0, 99, 999_999_999)] == [404, 404, 404, 404]
    assert refused(await page.get(f"{session}/letters/1234567890")) == (400, "seq")


async def test_a_supervisor_takes_the_mail_as_it_came_and_that_is_on_record(post: Post) -> None:
    _, _, session = await post.at_work()
    boss, page = await post.house.logged_in("boss", Role.SUPERVISOR)
    mail = await page.get(f"{session}/letters/1/raw")
    assert (mail.status, mail.headers["Content-Type"], mail.body[:5]) == (200, "message/rfc822", b"From:")
    assert mail.headers["Content-Disposition"].startswith("attachment; ")
    assert (await post.house.audited())[-1] == (boss.id, "letter_saved", session.rpartition("/")[2])


async def test_a_mail_that_is_gone_and_a_channel_that_is_gone_say_so(post: Post) -> None:
    _, page, session = await post.at_work()
    post.channel.letters.clear()
    assert refused(await page.get(f"{session}/letters/1")) == (409, "letter_gone")
    del post.house.channels[MAIL]
    assert refused(await page.get(f"{session}/letters/1")) == (409, "channel_gone")
    assert (await page.get(session)).body["letter"] is None


async def test_whoever_opens_mails_without_end_waits(post: Post) -> None:
    _, page, session = await post.at_work()
    statuses = [(await page.get(f"{session}/letters/1")).status for _ in range(31)]
    assert (statuses[:30], statuses[30]) == ([200] * 30, 429)


async def test_a_reply_carries_its_subject_and_copies(post: Post) -> None:
    _, page, session = await post.at_work()
    letter = {"subject": "关于退款", "cc": ["boss@example.net", "Support@shop.example", "more@example.org"]}
    said = (await page.post(f"{session}/reply", text="好的", letter=letter, cid="c1")).body["message"]
    assert said["parts"] == [
        {"type": "letter", "subject": "关于退款", "cc": ["boss@example.net", "more@example.org"]},
        {"type": "text", "text": "好的", "markdown": True},
    ]
    assert (await page.post(f"{session}/reply", text="好的", letter=letter, cid="c1")).body["message"]["seq"] == said["seq"]
    usual = (await page.post(f"{session}/reply", text="好的")).body["message"]
    assert usual["parts"][0] == {"type": "letter", "subject": "Re: 退款", "cc": ["boss@example.net"]}
    alone = (await page.post(f"{session}/reply", text="好的", letter={"cc": []})).body["message"]
    assert alone["parts"][0] == {"type": "letter", "subject": "Re: 退款"}


async def test_what_no_mail_can_be_headed_by_is_refused(post: Post) -> None:
    _, page, session = await post.at_work()
    for letter, code in [
        ({"cc": ["x@example.org\r\nBcc: y@example.org"]}, "letter_address"),
        ({"cc": [f"a{n}@example.org" for n in range(21)]}, "letter_copies"),
        ({"subject": "a" * 301}, "letter_subject"), ({"subject": 3}, "bad_body"), ({"cc": ["a" * 600]}, "bad_body"),
    ]:  # fmt: skip
        assert refused(await page.post(f"{session}/reply", text="好的", letter=letter)) == (400, code)
    assert (await page.post(f"{session}/reply", text="退" * 10_000)).status == 200
    assert refused(await page.post(f"{session}/reply", text="退" * 11_000)) == (413, "text_too_long")
    chat = await post.house.offered((await post.house.logged_in("mei"))[0])
    assert refused(await page.post(f"/desk/api/sessions/{chat.id}/reply", text="好的", letter={})) == (400, "channel_no_letters")


async def test_a_mail_that_is_tried_again_says_when_and_one_that_bounced_says_why(post: Post) -> None:
    _, page, session = await post.at_work()
    id_, retry_at = SessionId(session.rpartition("/")[2]), post.house.clock.now() + timedelta(minutes=5)
    seq = (await page.post(f"{session}/reply", text="好的")).body["message"]["seq"]
    while (row := await post.leased()).seq != seq:  # the greeting goes before it
        await post.house.write(Changes(settled=(row,)))
    detail = "part 1 of 1: greylisted: come again later (451)"
    put_off = structs.replace(row, status=Status.PENDING, attempts=1, retry_at=retry_at, detail=detail)
    await post.house.write(Changes(settled=(put_off,)))
    message = (await page.get(session)).body["transcript"][-1]
    assert (message["status"], message["trouble"]["code"], message["trouble"]["until"]) == ("pending", "451", "2026-11-02T09:35:00Z")
    await post.house.write(Changes(fates=(Fate(session_id=id_, seq=seq, status=Status.SENT, detail="delayed: 4.4.1 no answer"),)))
    message = (await page.get(session)).body["transcript"][-1]
    assert (message["status"], message["trouble"]) == ("sent", {"code": "delayed", "detail": "delayed: 4.4.1 no answer"})


async def test_a_conversation_beside_another_leads_there_only_who_may_read_it(post: Post) -> None:
    _, page, session = await post.at_work()
    beside, main = await post.house.session(session_id(MAIL, Thread("t1"), 1)), await post.letter("t0", "other@example.net")
    draft = Draft(beside, now=post.house.clock.now(), ids=post.house.deps.ids, is_pushed=True)
    draft.set(beside=main.thread)
    await post.house.commit(beside, draft)
    assert (await page.get(session)).body["beside"] == {"session_id": main.id, "customer_name": None, "subject": "退款"}
    _, mei = await post.house.logged_in("mei")
    assert (await mei.post(f"/desk/api/sessions/{main.id}/accept")).status == 200
    assert (await page.get(session)).body["beside"] == {"session_id": None, "customer_name": None, "subject": ""}


async def test_a_real_mail_is_opened_without_what_runs_or_tells(post: Post) -> None:
    channel = RealLetters(Letters(Raws(post.house.deps.files, f"{MAIL}/{OWNER}", ())))
    post.house.channels[MAIL] = channel
    lin, page = await post.house.logged_in("lin")
    at = f"/desk/api/sessions/{(await post.letter(raw=REAL)).id}/letters/1"
    assert lin.role is Role.AGENT
    letter = (await page.get(at)).body["letter"]
    assert (letter["text"], letter["quoted"][:9], letter["has_look"], letter["has_remote"]) == (
        "您好，见截图。",
        "> 退款已经发出",
        True,
        True,
    )
    assert [(one["name"], one["is_held_back"]) for one in letter["enclosed"]] == [("shot.png", False), ("setup.exe", True)]
    look = (await page.get(f"{at}/page")).body.decode()
    assert ("<script" in look, "onclick" in look, "tracker.example" in look, "data:image/png;base64," in look) == (
        False,
        False,
        False,
        True,
    )
    assert "https://tracker.example/p.png" in (await page.get(f"{at}/page", remote="1")).body.decode()
    shot, program = [await page.get(f"{at}/enclosed/{one['place']}") for one in letter["enclosed"]]
    assert (shot.headers["Content-Type"], shot.body[:4], program.status) == ("image/png", b"\x89PNG", 403)

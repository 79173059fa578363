"""One conversation's readers: each gets the very next message, once, whatever comes in whatever order."""

import json
from asyncio import Future, get_running_loop
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from adapters.webchat.frames import Filled, ReadNow, StateNow, TypingNow
from gateway.core.contact import Address, AddressKind
from gateway.core.ids import ChannelName, EventKey, MessageId, SessionId, Thread
from gateway.core.message import Author, Message
from gateway.core.parts import Text
from gateway.core.session import Session, State
from gateway.web.chat_watch import Acks, Watch, encode, text_frame

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


class Pen:
    """A reader that keeps what is written to it."""

    def __init__(self, sent_seq: int = 0, *, is_live: bool = True) -> None:
        self.sent_seq = sent_seq
        self.is_live = is_live
        self.locale = "en"
        self.frames: list[dict[str, Any]] = []

    def write(self, frames: bytes) -> None:
        while frames:
            assert frames[0] == 0x81
            start = {126: 4, 127: 10}.get(frames[1], 2)
            size = frames[1] if start == 2 else int.from_bytes(frames[2:start], "big")
            self.frames.append(json.loads(frames[start : start + size]))
            frames = frames[start + size :]

    async def drain(self) -> None: ...

    def refuse(self, cid: str, code: str) -> None: ...

    def show_filled(self, frame: Filled) -> None:
        self.write(encode(frame))

    def rotate(self, *, is_linked: bool) -> None: ...

    @property
    def seqs(self) -> list[int]:
        return [frame["seq"] for frame in self.frames if frame["type"] == "message"]


def message(seq: int, key: str | None = None) -> Message:
    return Message(
        id=MessageId(str(seq)), session_id=SessionId("s"), seq=seq, author=Author.CUSTOMER, at=AT, parts=(Text("x" * seq),),
        key=EventKey(key) if key else None, cid=key,
    )  # fmt: skip


def watch(*readers: Pen) -> Watch:
    made = Watch(ChannelName("site"), Thread("v1"), "thread/site/v1")
    made.readers = readers
    return made


def url(file: object) -> str:
    return ""


def test_each_reader_gets_what_it_lacks() -> None:
    new, halfway, ahead = Pen(), Pen(2), Pen(5)
    assert watch(new, halfway, ahead).hear([message(1), message(2), message(3)], {}, url) is False
    assert (new.seqs, halfway.seqs, ahead.seqs) == ([1, 2, 3], [3], [])
    assert (new.sent_seq, halfway.sent_seq, ahead.sent_seq) == (3, 3, 5)


def test_a_gap_is_noticed_and_nothing_is_written_over_it() -> None:
    behind, fine = Pen(1), Pen(3)
    heard = watch(behind, fine)
    assert heard.hear([message(4)], {}, url) is True
    assert (behind.seqs, fine.seqs, heard.behind_seq) == ([], [4], 1)


def test_a_reader_in_its_replay_is_left_alone_but_gets_its_ack() -> None:
    replaying = Pen(is_live=False)
    heard = watch(replaying)
    assert heard.hear([message(1)], {replaying: text_frame(b'{"type":"ack","seq":1}')}, url) is False
    assert (replaying.seqs, [frame["type"] for frame in replaying.frames], heard.seq) == ([], ["ack"], 1)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 4)), max_size=30), st.integers(0, 9))
def test_whatever_is_heard_a_reader_sees_rising_seqs_without_gaps(heard: list[tuple[int, int]], start: int) -> None:
    pen = Pen(start)
    followed = watch(pen)
    for first, count in heard:
        followed.hear([message(seq) for seq in range(first, first + count)], {}, url)
    assert pen.seqs == list(range(start + 1, start + 1 + len(pen.seqs)))
    assert pen.sent_seq == start + len(pen.seqs)


def test_frames_are_kept_for_who_polls_and_only_then() -> None:
    followed = watch()
    followed.show(TypingNow("agent"))
    assert followed.recent == ()
    followed.has_polled = True
    followed.show(ReadNow(1))
    followed.show(ReadNow(2))
    followed.show(StateNow("active", "s"))  # every poll's answer says it anyway
    assert followed.frames_after(0) == [ReadNow(1), ReadNow(2)]
    assert followed.frames_after(1) == [ReadNow(2)]
    assert followed.frames_after(2) == followed.frames_after(7) == []
    for seq in range(100):
        followed.show(ReadNow(seq))
    assert (len(followed.recent), followed.frames_after(101)) == (16, [ReadNow(99)])


def test_who_polled_elsewhere_is_told_what_was_heard_later_and_lately() -> None:
    now = {"us": 1_000_000_000}
    followed = Watch(ChannelName("site"), Thread("v1"), "t", lambda: now["us"])
    followed.has_polled = True
    for seq, at_us in ((1, 1_010_000_000), (2, 1_020_000_000), (3, 1_020_000_000)):
        now["us"] = at_us
        followed.show(ReadNow(seq))
    assert (followed.knows(1_010_000_000), followed.knows(1_000_000_000), followed.knows(1_015_000_000)) == (True, True, False)
    assert followed.frames_after(1_015_000_000) == [ReadNow(2), ReadNow(3)]
    now["us"] = 1_040_000_001
    assert followed.frames_after(5) == [ReadNow(2), ReadNow(3)]
    now["us"] = 1_060_000_000
    assert followed.frames_after(5) == followed.frames_after(1_090_000_000) == []
    assert followed.frames_after(1_010_000_000) == [ReadNow(2), ReadNow(3)]


def session(seq: int, state: State = State.ACTIVE) -> Session:
    return Session(
        id=SessionId("s"), channel=ChannelName("site"), thread=Thread("v1"), episode=1, address=Address(AddressKind.VISITOR, "site", "v1"),
        opened_at=AT, state_since=AT, seq=seq, first_seq=1, language="en", state=state, agent_name="07",
    )  # fmt: skip


def test_what_the_record_says_holds_unless_something_newer_was_heard() -> None:
    followed = watch()
    assert followed.stands(session(3), followed.state_count) is True
    assert (followed.seq, followed.is_with_agent, followed.agent) == (3, True, "07")
    assert followed.stands(session(3), followed.state_count) is False
    before = followed.state_count
    followed.hear_state(StateNow("closed", "s"))
    assert followed.stands(session(3), before) is False
    assert followed.stands(session(2), followed.state_count) is False
    assert followed.state is State.CLOSED


def test_a_new_session_begins_with_the_bot() -> None:
    followed = watch()
    followed.stands(session(1, State.CLOSED), 0)
    followed.hear([structs.replace(message(2), session_id=SessionId("s2"))], {}, url)
    assert (followed.session, followed.state, followed.agent) == ("s2", State.BOT, None)


async def test_everybody_who_waits_for_a_message_gets_its_ack_once() -> None:
    acks, pen, other = Acks(), Pen(), Pen()
    future: Future[Message] = get_running_loop().create_future()
    for reader in (pen, other, future, pen):
        acks.expect(EventKey("k1"), "k1", watch(), reader, 10)
    settled = acks.settle([message(1, "k1"), message(2)])
    assert set(settled) == {pen, other}
    assert future.result().seq == 1
    assert acks.settle([message(1, "k1")]) == {}
    assert len(acks) == 0


def test_what_is_overdue_is_found_oldest_first_and_not_asked_for_twice() -> None:
    acks = Acks()
    for number in range(4):
        acks.expect(EventKey(f"k{number}"), "c", watch(), Pen(), 10 + number)
    overdue = acks.overdue(11)
    assert [waiting.key for waiting in overdue] == ["k0", "k1"]
    overdue[0].asked_s = 12
    assert [waiting.key for waiting in acks.overdue(11)] == ["k1"]


def test_who_has_gone_does_not_wait() -> None:
    acks, pen, other = Acks(), Pen(), Pen()
    acks.expect(EventKey("k"), "c", watch(), pen, 0)
    acks.expect(EventKey("k"), "c", watch(), other, 0)
    acks.leave(EventKey("k"), pen)
    assert set(acks.settle([message(1, "k")])) == {other}
    acks.expect(EventKey("k"), "c", watch(), pen, 0)
    acks.leave(EventKey("k"), pen)
    assert len(acks) == 0


@pytest.mark.parametrize(
    ("size", "head"), [(125, b"\x81\x7d"), (126, b"\x81\x7e\x00\x7e"), (65536, b"\x81\x7f" + (65536).to_bytes(8, "big"))]
)
def test_a_frames_head_says_its_size(size: int, head: bytes) -> None:
    assert text_frame(b"x" * size) == head + b"x" * size

"""What every channel promises (`gateway.core.channel`), as tests to inherit.

An adapter's class of tests says how to make its channel and what its peer sends and answers; everything else is here:

    class TestMyChannel(ChannelKit):
        def channel(self) -> Channel: ...
        def raws(self) -> Sequence[Raw]: ...
        def forged(self) -> Sequence[Raw]: ...
        secrets = ("the token", ...)

A channel that calls its peer inherits `PushedKit` too, and says how the peer is made to answer.
"""

import asyncio
import logging
from abc import abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import ClassVar

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.core.channel import Capabilities, Channel, Grade, Raw, Reach
from gateway.core.contact import Address
from gateway.core.errors import BadInput, Forged, Rejected, SendError, TooLarge, TryLater, Uncertain
from gateway.core.events import Inbound, Said
from gateway.core.ids import ChannelName, MessageId, OutboxId, SessionId, Thread
from gateway.core.message import Author, Message, Outgoing
from gateway.core.parts import Part, Text

NAME = ChannelName("kit")
AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
AT_MS = 1_793_611_800_000
FLOOD_BYTES = 5_000_000


def outgoing_of(part: Part, to: Address, *, parts_sent: int = 0) -> Outgoing:
    """A message on its way to `to`."""
    session = SessionId("SESSION")
    message = Message(id=MessageId("M2"), session_id=session, seq=2, author=Author.BOT, at=AT, parts=(part,), name="Assistant", reply_to=1)
    return Outgoing(
        id=OutboxId("OUT1"),
        session_id=session,
        channel=NAME,
        thread=Thread(to.value),
        to=to,
        message=message,
        epoch=1,
        parts_sent=parts_sent,
    )


def altered(raw: Raw, body: bytes) -> Raw:
    """The same call with another body."""
    return msgspec.structs.replace(raw, body=body)


class ChannelKit:
    """What holds for every channel."""

    secrets: ClassVar[tuple[str, ...]] = ()
    """What must never be seen in a log line, an error or a repr."""

    @abstractmethod
    def channel(self) -> Channel:
        """A channel named NAME."""

    @abstractmethod
    def raws(self) -> Sequence[Raw]:
        """What its peer sends, each with at least one event, no two of them with the same."""

    @abstractmethod
    def forged(self) -> Sequence[Raw]:
        """The like, but from somebody else."""

    def test_it_has_the_name_of_its_section_and_a_type(self) -> None:
        channel = self.channel()
        assert isinstance(channel, Channel)
        assert channel.name == NAME
        assert channel.type.isidentifier()

    def test_its_capabilities_are_sane(self) -> None:
        can = self.channel().capabilities
        assert isinstance(can, Capabilities)
        assert 140 <= can.text_max_bytes <= 10_000_000
        assert can.choices_max_count >= 1
        assert (can.files is Grade.NATIVE) == (can.file_max_bytes > 0)
        assert can.parts_per_second >= 0

    def test_what_the_peer_sends_becomes_events_of_this_channel(self) -> None:
        channel = self.channel()
        for raw in self.raws():
            events = channel.parse(raw).events
            assert events
            for event in events:
                _check_event(event)

    def test_keys_are_stable_and_tell_events_apart(self) -> None:
        first = [event.key for raw in self.raws() for event in self.channel().parse(raw).events]
        again = [event.key for raw in self.raws() for event in self.channel().parse(_later(raw)).events]
        assert first == again
        assert len(set(first)) == len(first)

    def test_parsing_is_pure(self) -> None:
        channel = self.channel()
        for raw in self.raws():
            before = msgspec.structs.replace(raw)
            assert channel.parse(raw) == channel.parse(raw)
            assert raw == before

    def test_the_reply_is_fit_for_http(self) -> None:
        channel = self.channel()
        for raw in self.raws():
            reply = channel.parse(raw).reply
            assert 200 <= reply.status < 300
            assert "/" in reply.content_type

    def test_forged_input_is_refused(self) -> None:
        for raw in self.forged():
            with pytest.raises(Forged):
                self.channel().parse(raw)

    def test_forged_nonsense_is_refused_before_it_is_read(self) -> None:
        for raw in self.forged():
            with pytest.raises(Forged):
                self.channel().parse(altered(raw, b"\xff{not even readable"))

    def test_a_flood_is_refused(self) -> None:
        for raw in self.raws():
            with pytest.raises((TooLarge, Forged)):
                self.channel().parse(altered(raw, b" " * FLOOD_BYTES + raw.body))

    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow])
    @given(data=st.data())
    def test_parse_is_total_whatever_the_bytes(self, data: st.DataObject) -> None:
        channel, raw = self.channel(), data.draw(st.sampled_from(list(self.raws())))
        body = data.draw(st.one_of(st.binary(max_size=300), _damaged(raw.body)))
        parsed, refused = _parsed(channel, altered(raw, body))
        assert refused is None or (refused.code and refused.expected)
        for event in parsed:
            _check_event(event)

    def test_no_secret_is_told(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        channel = self.channel()
        told = [repr(channel), str(channel)]
        for raw in [*self.raws(), *self.forged()]:
            for body in (raw.body, b"{", b"[]", raw.body[:-1]):
                try:
                    channel.parse(altered(raw, body))
                except BadInput as error:
                    told += [repr(error), str(error)]
        assert self.secrets
        for secret in self.secrets:
            assert secret not in caplog.text
            assert not [text for text in told if secret in text]


class Peer:
    """The peer of a channel under test, answering as it is told."""

    @abstractmethod
    def answers(self, status: int, retry_after: str | None = None) -> None:
        """From now on it answers so."""

    @abstractmethod
    def hangs(self) -> None:
        """From now on it takes what it is sent and says nothing."""

    @abstractmethod
    def breaks_off(self) -> None:
        """From now on it takes what it is sent and hangs up."""

    @abstractmethod
    def received(self) -> Sequence[tuple[dict[str, str], bytes]]:
        """The headers, names in lower case, and the bodies of what it was sent."""


class PushedKit(ChannelKit):
    """What holds for channels that call their peer."""

    @abstractmethod
    def to(self) -> Address:
        """Somebody to write to."""

    @abstractmethod
    def connected(self, patience_s: float = 20.0) -> AbstractAsyncContextManager[tuple[Channel, Peer]]:
        """A channel with a peer, for whose answer it waits so long."""

    @abstractmethod
    def unconnected(self) -> AbstractAsyncContextManager[Channel]:
        """A channel whose peer is not there."""

    def test_it_goes_through_the_outbox(self) -> None:
        assert self.channel().capabilities.reach is Reach.PUSHED

    async def test_what_was_taken_gets_a_receipt(self) -> None:
        async with self.connected() as (channel, peer):
            receipt = await channel.send(Text("hello"), outgoing_of(Text("hello"), self.to()))
            assert len(peer.received()) == 1
            assert receipt.channel_message_id is None or receipt.channel_message_id

    @pytest.mark.parametrize(
        ("status", "retry_after", "kind", "wait_s"),
        [
            (400, None, Rejected, None),
            (404, None, Rejected, None),
            (410, None, Rejected, None),
            (301, None, Rejected, None),
            (429, "7", TryLater, 7.0),
            (503, "120", TryLater, 120.0),
            (503, None, TryLater, None),
            (503, "nonsense", TryLater, None),
            (500, None, Uncertain, None),
        ],
    )
    async def test_an_answer_says_what_became_of_it(
        self, status: int, retry_after: str | None, kind: type[SendError], wait_s: float | None
    ) -> None:
        async with self.connected() as (channel, peer):
            peer.answers(status, retry_after)
            with pytest.raises(SendError) as refused:
                await channel.send(Text("hello"), outgoing_of(Text("hello"), self.to()))
            assert type(refused.value) is kind
            assert refused.value.retry_after_s == wait_s
            assert len(peer.received()) == 1, "a channel does not try again by itself"

    async def test_silence_and_a_broken_line_are_uncertain(self) -> None:
        async with self.connected(patience_s=0.8) as (channel, peer):
            for failing in (peer.hangs, peer.breaks_off):
                failing()
                with pytest.raises(Uncertain):
                    await channel.send(Text("hello"), outgoing_of(Text("hello"), self.to()))

    async def test_no_connection_may_be_tried_later(self) -> None:
        async with self.unconnected() as channel:
            with pytest.raises(TryLater):
                await channel.send(Text("hello"), outgoing_of(Text("hello"), self.to()))

    async def test_sending_can_be_cancelled(self) -> None:
        async with self.connected() as (channel, peer):
            peer.hangs()
            sending = asyncio.create_task(_send(channel, self.to()))
            await asyncio.sleep(0)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            peer.answers(200)
            await channel.send(Text("hello"), outgoing_of(Text("hello"), self.to()))

    async def test_sending_tells_no_secret_and_no_words(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        async with self.connected() as (channel, peer):
            breaks: Sequence[Callable[[], None]] = (partial(peer.answers, 400), partial(peer.answers, 500), peer.breaks_off)
            for break_it in breaks:
                break_it()
                told = ""
                with suppress(SendError):
                    try:
                        await channel.send(Text("mellifluous"), outgoing_of(Text("mellifluous"), self.to()))
                    except SendError as error:
                        told = f"{error!r} {error} {error.reason} {error.code}"
                        raise
                for secret in (*self.secrets, "mellifluous"):
                    assert secret not in told
                    assert secret not in caplog.text


def _parsed(channel: Channel, raw: Raw) -> tuple[Sequence[Inbound], BadInput | None]:
    """The events, or why there are none. Anything but BadInput is the adapter's mistake."""
    try:
        return channel.parse(raw).events, None
    except BadInput as error:
        return (), error


async def _send(channel: Channel, to: Address) -> None:
    await channel.send(Text("hello"), outgoing_of(Text("hello"), to))


def _check_event(event: Inbound) -> None:
    assert event.channel == NAME
    assert event.key.startswith(f"{NAME}/")
    assert len(event.key) > len(NAME) + 1
    assert event.thread
    assert event.sender.value
    assert event.at.tzinfo is not None
    if isinstance(event.event, Said):
        assert event.event.parts
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(event), type=Inbound) == event


def _later(raw: Raw) -> Raw:
    """The same, sent again a minute later."""
    return msgspec.structs.replace(raw, received_at_ms=raw.received_at_ms + 60_000)


def _damaged(body: bytes) -> st.SearchStrategy[bytes]:
    """A body with a piece cut out or put in somewhere."""
    places = st.integers(0, max(0, len(body)))
    cut: Callable[[tuple[int, int, bytes]], bytes] = lambda hit: body[: hit[0]] + hit[2] + body[hit[0] + hit[1] :]  # noqa: E731 - one expression
    return st.tuples(places, st.integers(0, 12), st.binary(max_size=6)).map(cut)

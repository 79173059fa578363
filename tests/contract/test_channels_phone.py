"""A phone channel keeps the channel contract. Its peers are lines: they have a contract of their own (`test_phone_drivers`)."""

import asyncio
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from adapters.phone.channel import PhoneChannel
from adapters.phone.driver import Driver
from adapters.phone.opening import open_phone
from config.phone import Asterisk, Phone, Sip, Trunk, Twiml
from config.problems import ConfigError, Problem
from config.texts import load_texts
from gateway.core.channel import AnswersWebhooks, Channel, Closable, Examinable, Lengthy, Listening, Raw, Reach, Watched
from gateway.core.contact import Address, AddressKind
from gateway.core.errors import NotFound
from gateway.core.events import Inbound
from gateway.core.ids import ChannelName
from gateway.core.parts import Choice, Choices, Text
from gateway.core.texts import Texts
from gateway.menus import NO_MENUS
from tests.contract.channel_kit import AT_MS, NAME, ChannelKit, outgoing_of
from tests.fakes import FrozenClock

SECRETS = ("mellifluous-token", "mellifluous-password", "mellifluous-key", "whsec_bWVsbGlmbHVvdXMtbWVsbGlmbHVvdXMtMTIzNDU2")
SETTINGS = Phone(
    sip=Sip(trunk=Trunk(host="sip.example.com", user="4001", password=SECRETS[1])), twiml=Twiml(auth_token=SECRETS[0]),
    asterisk=Asterisk(user="frontdesk", password=SECRETS[2]), sms_url="https://sms.example.com/send", sms_secret=SECRETS[3],
)  # fmt: skip


class Memory:
    """A shelf, a notebook, leases and a bus, as far as a channel that nobody listens on needs them."""

    async def notebook(self, name: str) -> str:
        return ""

    async def take(self, name: str, ttl_s: float) -> bool:
        return False

    async def give_back(self, name: str) -> None:
        pass


def channel_of(settings: Phone = SETTINGS, name: ChannelName = NAME) -> PhoneChannel:
    memory: Any = Memory()
    return open_phone(
        name, settings, secret=b"an installation's signing key, 32+", files=memory, shelf=memory, notebook=memory, bus=memory,
        leases=memory,
        clock=FrozenClock(), texts=Texts(load_texts()), conversations=memory, menus=NO_MENUS, languages=("zh-CN", "zh-TW", "en"),
        company="Example", data_dir=Path("nowhere"), public_url="https://help.example.com",
    )  # fmt: skip


class TestPhone(ChannelKit):
    """Its callers' events come by its listener: what is posted to it is none."""

    secrets: ClassVar[tuple[str, ...]] = SECRETS

    def channel(self) -> Channel:
        return channel_of()

    def raws(self) -> Sequence[Raw]:
        return []

    def forged(self) -> Sequence[Raw]:
        return []

    def test_parse_is_total_whatever_the_bytes(self) -> None:
        for body in (b"", b"{", b"\xff" * 100, b"CallSid=CA1&Digits=1"):
            assert self.channel().parse(Raw(body=body, received_at_ms=AT_MS)).events == ()

    def test_it_takes_calls_closes_is_watched_and_answers_webhooks(self) -> None:
        channel = self.channel()
        for ability in (Listening, Closable, Watched, AnswersWebhooks, Examinable, Lengthy):
            assert isinstance(channel, ability), ability
        assert (channel.capabilities.reach, channel.capabilities.calls) == (Reach.PULLED, True)

    async def test_what_is_sent_is_pulled_by_whoever_is_on_the_line(self) -> None:
        for part in (Text("hello"), Choices("which?", (Choice("a", "A"),))):
            await self.channel().send(part, outgoing_of(part, Address(AddressKind.PHONE, "", "+8613800138000")))

    async def test_nothing_is_opened_before_somebody_listens_and_closing_may_be_repeated(self) -> None:
        channel = channel_of()
        assert await channel.pulse() is None
        await channel.close()
        await channel.close()

    async def test_a_process_without_the_lease_takes_no_calls_and_may_be_stopped(self) -> None:
        async def accept(inbound: Inbound) -> bool:
            raise AssertionError("nothing can have happened")

        listening = asyncio.create_task(channel_of().listen(accept))
        await asyncio.sleep(0)
        listening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await listening

    async def test_what_is_not_installed_is_said_in_words_and_not_again_at_once(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def is_taken(*_: object) -> bool:
            return True

        waited: list[float] = []

        async def sleep(seconds: float) -> None:
            waited.append(seconds)
            if len(waited) == 2:
                raise asyncio.CancelledError

        def unable() -> Driver:
            raise ConfigError([Problem("[channels.kit] driver", "expected the SIP stack to be installed")])

        monkeypatch.setattr(Memory, "take", is_taken)
        channel = channel_of()
        monkeypatch.setattr(channel, "_open_driver", unable)
        monkeypatch.setattr(channel, "_tools", dataclasses.replace(channel._tools, sleep=sleep))
        with pytest.raises(asyncio.CancelledError):
            await channel.listen(lambda _: is_taken())
        assert waited == [60.0, 60.0]
        words = "no calls are taken here: [channels.kit] driver: expected the SIP stack to be installed"
        assert [record.getMessage() for record in caplog.records] == [words, words]

    async def test_webhooks_are_for_clouds_alone(self) -> None:
        with pytest.raises(NotFound):
            await channel_of().webhook(Raw(body=b"", received_at_ms=AT_MS))

    def test_a_secret_for_short_messages_that_can_not_hold_stops_the_start(self) -> None:
        with pytest.raises(ConfigError, match=r"\[channels\.kit\] sms_secret") as refused:
            channel_of(Phone(sms_url="https://sms.example.com", sms_secret="whsec_short"))
        assert "whsec_short" not in str(refused.value)

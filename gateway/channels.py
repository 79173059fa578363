"""Opens the adapters of the configured channels, and hands each what it needs: an adapter reaches for nothing itself.

An adapter that talks to a vendor is imported in its own case: whoever has no such channel need not pay for it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from adapters.api import ApiChannel
from adapters.webchat.channel import WebChat
from config.schema import Api, ChannelSettings, Settings
from config.schema import Email as EmailSettings
from config.schema import Phone as PhoneSettings
from config.schema import WebChat as WebChatSettings
from config.schema import WeChat as WeChatSettings
from config.schema import WeComKf as WeComKfSettings
from gateway.core.bus import Bus
from gateway.core.calls import Conversations, Menus
from gateway.core.channel import Channel
from gateway.core.files import Files
from gateway.core.ids import ChannelName, WorkerId
from gateway.core.ports import Clock, Shelf, Store
from gateway.core.texts import Texts
from gateway.rendering import Link, no_link


class Leases:
    """The right to do something alone among all processes, in this one's name."""

    def __init__(self, bus: Bus, worker: WorkerId) -> None:
        self._bus = bus
        self._worker = worker

    async def take(self, name: str, ttl_s: float) -> bool:
        """Take or renew it; False while another process has it."""
        return await self._bus.take(name, self._worker, ttl_s) is not None

    async def give_back(self, name: str) -> None:
        """Let go of it early."""
        await self._bus.give_back(name, self._worker)


@dataclass(frozen=True, kw_only=True)
class Means:
    """What adapters are handed. Of the store only its notebook is theirs; `secret` signs, and says its purpose first."""

    secret: bytes
    bus: Bus
    shelf: Shelf
    store: Store
    files: Files
    clock: Clock
    leases: Leases
    link: Link = no_link
    company: str = ""
    """What customers read as ours."""
    texts: Texts
    conversations: Callable[[ChannelName], Conversations]
    """The threads of one channel, for those that follow them themselves (a call leg)."""
    menus: Menus
    languages: tuple[str, ...] = ()
    data_dir: Path = Path("data")
    public_url: str = ""

    def now_s(self) -> float:
        """Seconds since 1970."""
        return self.clock.now().timestamp()


def open_channels(settings: Settings, means: Means) -> dict[ChannelName, Channel]:
    """The adapters of all configured channels."""
    return {ChannelName(name): open_channel(ChannelName(name), chosen, means) for name, chosen in settings.channels.items()}


def open_channel(name: ChannelName, settings: ChannelSettings, means: Means) -> Channel:
    """The adapter of one configured channel."""
    match settings:
        case WebChatSettings():
            return WebChat(name, settings, means.secret, means.bus.signal)
        case Api():
            return ApiChannel(name, settings, link=means.link)
        case WeChatSettings():
            from adapters.wechat import open_wechat  # type: ignore[import-not-found, unused-ignore]

            account: Channel = open_wechat(
                name, settings, files=means.files, link=means.link, shelf=means.shelf, leases=means.leases, notebook=means.store,
                now_s=means.now_s,
            )  # fmt: skip
            return account
        case WeComKfSettings():
            from adapters.wecom_kf import open_wecom_kf

            return open_wecom_kf(
                name, settings, files=means.files, link=means.link, shelf=means.shelf, leases=means.leases, notebook=means.store,
                bus=means.bus, now_s=means.now_s,
            )  # fmt: skip
        case EmailSettings():
            from adapters.email.opening import open_email

            return open_email(
                name, settings, secret=means.secret, files=means.files, notebook=means.store, marks=means.store, leases=means.leases,
                shelf=means.shelf, clock=means.clock, link=means.link, company=means.company, texts=means.texts,
            )  # fmt: skip
        case PhoneSettings():
            from adapters.phone.opening import open_phone
            from gateway.menus import NamedMenus

            return open_phone(
                name, settings, secret=means.secret, files=means.files, shelf=means.shelf, notebook=means.store, bus=means.bus,
                leases=means.leases, clock=means.clock, texts=means.texts, conversations=means.conversations(name),
                menus=NamedMenus(means.menus, settings.menu),
                languages=settings.languages or means.languages, company=means.company, data_dir=means.data_dir,
                public_url=means.public_url,
            )  # fmt: skip
        case unknown:
            assert_never(unknown)

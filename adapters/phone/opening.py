"""Puts the channel of one number together."""

from pathlib import Path
from typing import Protocol

from adapters.phone.channel import PhoneChannel
from config.phone import Phone
from gateway.core.calls import Conversations, Menus
from gateway.core.files import Files
from gateway.core.ids import ChannelName
from gateway.core.ports import Clock, Shelf
from gateway.core.texts import Texts


class Leases(Protocol):
    """The right to do something alone among all processes."""

    async def take(self, name: str, ttl_s: float) -> bool: ...

    async def give_back(self, name: str) -> None: ...


def open_phone(
    name: ChannelName,
    settings: Phone,
    *,
    secret: bytes,
    files: Files,
    shelf: Shelf,
    leases: Leases,
    clock: Clock,
    texts: Texts,
    conversations: Conversations,
    menus: Menus,
    languages: tuple[str, ...],
    company: str,
    data_dir: Path,
    public_url: str,
) -> PhoneChannel:
    """The channel of one number. Nothing is opened before `listen`."""
    return PhoneChannel(name, settings)

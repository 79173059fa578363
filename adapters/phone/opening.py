"""Puts the channel of one number together.

Drivers and speech are imported when somebody listens, each by its own `open_...`; what they are handed is `tools.Tools`.
"""

import asyncio
from pathlib import Path
from typing import assert_never

from adapters.phone.channel import PhoneChannel
from adapters.phone.driver import Driver
from adapters.phone.speech.words import Ear, Voice
from adapters.phone.tools import Notebook, Signals, Sleep, Tools
from adapters.shared.holding import Leases
from config.phone import Phone
from gateway.core.calls import Conversations, Menus
from gateway.core.files import Files
from gateway.core.ids import ChannelName
from gateway.core.ports import Clock, Shelf
from gateway.core.texts import Texts


def open_phone(
    name: ChannelName,
    settings: Phone,
    *,
    secret: bytes,
    files: Files,
    shelf: Shelf,
    notebook: Notebook,
    bus: Signals,
    leases: Leases,
    clock: Clock,
    texts: Texts,  # noqa: ARG001
    conversations: Conversations,  # noqa: ARG001
    menus: Menus,  # noqa: ARG001
    languages: tuple[str, ...],
    company: str,  # noqa: ARG001
    data_dir: Path,
    public_url: str,
    sleep: Sleep = asyncio.sleep,
) -> PhoneChannel:
    """The channel of one number. Nothing is opened before `listen`."""
    tools = Tools(
        secret=secret, clock=clock, data_dir=data_dir, public_url=public_url, shelf=shelf, notebook=notebook, bus=bus, files=files,
        languages=languages, sleep=sleep, leases=leases,
    )  # fmt: skip
    return PhoneChannel(name, settings, tools, lambda: open_driver(name, settings, tools))


def open_driver(name: ChannelName, settings: Phone, tools: Tools) -> Driver:
    """What carries the calls. Raises ConfigError where what it needs is not installed."""
    match settings.driver:
        case "sip":
            from adapters.phone.sip.driver import open_sip  # type: ignore[import-not-found, import-untyped, unused-ignore]

            sip: Driver = open_sip(name, settings, tools)
            return sip
        case "asterisk":
            from adapters.phone.asterisk.driver import open_asterisk  # type: ignore[import-not-found, import-untyped, unused-ignore]

            asterisk: Driver = open_asterisk(name, settings, tools)
            return asterisk
        case "twiml":
            from adapters.phone.twiml.driver import open_twiml  # type: ignore[import-not-found, import-untyped, unused-ignore]

            twiml: Driver = open_twiml(name, settings, tools)
            return twiml
        case unknown:
            assert_never(unknown)


def open_speech(name: ChannelName, settings: Phone, tools: Tools) -> tuple[Voice, Ear | None]:
    """Who speaks, and who understands."""
    from adapters.phone.speech.opening import open_ear, open_voice  # type: ignore[import-not-found, import-untyped, unused-ignore]

    voice: Voice = open_voice(name, settings, tools)
    ear: Ear | None = open_ear(name, settings, tools)
    return voice, ear

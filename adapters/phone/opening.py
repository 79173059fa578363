"""Puts the channel of one number together.

Drivers and speech are imported when somebody listens, each by its own `open_...`; what they are handed is `tools.Tools`.
"""

import asyncio
from importlib import import_module
from pathlib import Path
from typing import assert_never

from adapters.phone.channel import PhoneChannel
from adapters.phone.driver import Driver
from adapters.phone.setting_up import offered_languages
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
    texts: Texts,
    conversations: Conversations,
    menus: Menus,
    languages: tuple[str, ...],
    company: str,
    data_dir: Path,
    public_url: str,
    sleep: Sleep = asyncio.sleep,
) -> PhoneChannel:
    """The channel of one number. Nothing is opened before `listen`."""
    import_module("phonenumbers")  # at the start and not with the first caller, whom everybody would wait for
    tools = Tools(
        secret=secret, clock=clock, data_dir=data_dir, public_url=public_url, shelf=shelf, notebook=notebook, bus=bus, files=files,
        languages=offered_languages(settings.languages, languages), sleep=sleep,
    )  # fmt: skip
    return PhoneChannel(
        name, settings, tools, lambda: open_driver(name, settings, tools), open_speech=lambda: open_speech(settings, tools, texts),
        leases=leases, texts=texts, conversations=conversations, menus=menus, company=company,
    )  # fmt: skip


def open_driver(name: ChannelName, settings: Phone, tools: Tools) -> Driver:
    """What carries the calls. Raises ConfigError where what it needs is not installed."""
    match settings.driver:
        case "sip":
            from adapters.phone.sip.driver import open_sip

            return open_sip(name, settings, tools)
        case "asterisk":
            from adapters.phone.asterisk.driver import open_asterisk

            return open_asterisk(name, settings, tools)
        case "twiml":
            from adapters.phone.twiml.driver import open_twiml

            return open_twiml(name, settings, tools)
        case unknown:
            assert_never(unknown)


def open_speech(settings: Phone, tools: Tools, texts: Texts) -> tuple[Voice, Ear | None]:
    """Who speaks, and who understands; None: keys alone."""
    from adapters.phone.speech.opening import open_ear, open_voice

    voice = open_voice(settings, data_dir=tools.data_dir, texts=texts, clock=tools.clock)
    ear = open_ear(settings, clock=tools.clock) if settings.recognizer.provider != "off" else None
    return voice, ear

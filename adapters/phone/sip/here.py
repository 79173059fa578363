"""This machine, as a line finds it: whether its address is free, which way leads to it, and a line for the seconds of a test."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import structs

from adapters.phone.driver import Leg
from adapters.phone.tools import Tools
from config.phone import Phone, Recording, Trunk
from config.rules import split_listen
from gateway.core.ids import ChannelName

if TYPE_CHECKING:
    from adapters.phone.sip.driver import SipDriver

START_S = 6.0
LOOK_S = 0.05
LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}
SOMEWHERE = {socket.AF_INET: ("192.0.2.1", 9), socket.AF_INET6: ("2001:db8::1", 9)}
"""Nobody's (RFC 5737, RFC 3849). Nothing is sent there; it is only asked which way it would go."""


class Port(StrEnum):
    """How the address to listen on is."""

    FREE = "free"
    TAKEN = "taken"
    FOREIGN = "foreign"
    """None of this machine's, or not for us."""


def look(listen: str) -> tuple[Port, str]:
    """How the address is, and why it can't be had. Holds it for a moment."""
    host, port = split_listen(listen)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            with socket.socket(family, kind) as tried:
                if kind is socket.SOCK_STREAM:
                    tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a call that ended a minute ago is nobody
                tried.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return Port.TAKEN, ""
        return Port.FOREIGN, error.strerror or type(error).__name__
    return Port.FREE, ""


def own_address(everywhere: str) -> str:
    """This machine's address towards others, of the kind of `0.0.0.0` or `::`; where it has none, its own alone."""
    family = socket.AF_INET6 if ":" in everywhere else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as tried:
        try:
            tried.connect(SOMEWHERE[family])
        except OSError:
            return LOOPBACK[family]
        return str(tried.getsockname()[0])


@asynccontextmanager
async def line_for_a_test(name: ChannelName, settings: Phone, tools: Tools) -> AsyncIterator[str]:
    """The number's own line, with nobody behind it: who rings in these seconds is turned away, and no trunk hears of it.

    Gives why there is none, "" where there is.
    """
    from adapters.phone.sip.driver import SipDriver

    quiet = structs.replace(settings, sip=structs.replace(settings.sip, trunk=Trunk()), recording=Recording(), calls_max_count=1)
    driver = SipDriver(name, quiet, tools)
    running = asyncio.create_task(driver.run(_turn_away))
    try:
        yield await _settled(driver)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _settled(driver: "SipDriver") -> str:
    try:
        async with asyncio.timeout(START_S):
            while not driver.health.is_up and driver.health.trouble == "starting":  # noqa: ASYNC110 - it tells nobody when it is up
                await asyncio.sleep(LOOK_S)
    except TimeoutError:
        return "late"
    return driver.health.trouble


async def _turn_away(leg: Leg) -> None:
    await leg.reject(503)

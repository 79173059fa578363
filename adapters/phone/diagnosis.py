"""Names in words how a number's set-up is: keys of the catalogue under `doctor.phone.` and `doctor.speech.`, with their values.

The line is tried in its driver's own way, and beside it who speaks and who understands; nobody else's phone rings.
"""

import asyncio
import logging
import platform
from collections.abc import Awaitable, Callable
from typing import Protocol, assert_never

from msgspec import structs

from adapters.phone.health import Page
from adapters.phone.tools import Tools
from config.phone import Phone
from gateway.core.channel import Verdict
from gateway.core.errors import FrontdeskError
from gateway.core.ids import ChannelName

log = logging.getLogger(__name__)

LINE_S = 16.0
SPEECH_S = 16.0
EXAMINATION_S = 20.0
"""For all of it, told to whoever waits. Of that a line that is well takes two or three seconds."""
READ_S = 2.0

AskPage = Callable[[], Awaitable[Page | None]]


class Examination(Protocol):
    """Tries a line."""

    async def made(self, page: Page | None, /) -> Verdict:
        """The first thing that is wrong, or what is good. `page`: what the number's own says of who takes its calls."""
        ...


class Diagnosis:
    """Of one number."""

    def __init__(self, name: ChannelName, line: Examination, speech: Callable[[], Awaitable[Verdict]] | None, page: AskPage) -> None:
        """`speech`: None: this line speaks and listens itself."""
        self._name = name
        self._line = line
        self._speech = speech
        self._page = page

    async def made(self) -> Verdict:
        """The first thing that is wrong, or what is good. Never raises but by cancellation."""
        page = await self._known()
        tried = [self._safely(self._line.made(page), LINE_S)]
        if self._speech is not None:
            tried.append(self._safely(self._speech(), SPEECH_S))
        first, *others = await asyncio.gather(*tried)
        wrong = next((verdict for verdict in (first, *others) if not verdict.is_ok), None)
        return wrong or structs.replace(first, beside=(*first.beside, *others))

    async def _known(self) -> Page | None:
        try:
            async with asyncio.timeout(READ_S):
                return await self._page()
        except (FrontdeskError, OSError):  # other examinations say that louder
            return None

    async def _safely(self, trying: Awaitable[Verdict], within_s: float) -> Verdict:
        try:
            async with asyncio.timeout(within_s):
                return await trying
        except TimeoutError:
            detail = "no answer in time"
        except Exception as error:  # whatever a part of it raises: telling is what we are here for
            log.exception("a number could not be examined", extra={"channel": self._name})
            detail = type(error).__name__
        return Verdict(is_ok=False, why="phone.no_test", todo="phone.no_test_todo", values={"name": self._name, "detail": detail})


def open_diagnosis(name: ChannelName, settings: Phone, tools: Tools, page: AskPage) -> Diagnosis:
    """As it is done for real. Nothing is started before it is asked."""

    async def speech() -> Verdict:
        from adapters.phone.speech.opening import examine

        return await examine(name, settings, clock=tools.clock, languages=tools.languages)

    return Diagnosis(name, _line(name, settings, tools), None if settings.driver == "twiml" else speech, page)


def _line(name: ChannelName, settings: Phone, tools: Tools) -> Examination:
    match settings.driver:
        case "sip":
            from adapters.phone.sip.examination import sip_examination

            return sip_examination(name, settings, tools, host=this_host())
        case "asterisk":
            from adapters.phone.asterisk.examination import AsteriskExamination

            return AsteriskExamination(name, settings, now=tools.clock.now)
        case "twiml":
            from adapters.phone.twiml.examination import TwimlExamination

            return TwimlExamination(name, settings, tools)
        case unknown:
            assert_never(unknown)


def this_host() -> str:
    """This machine's name."""
    return platform.node()

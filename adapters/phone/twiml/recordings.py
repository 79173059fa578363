"""What the cloud has recorded of one call: messages after the tone, and the call itself. Fetched by REST, under a deadline."""

import logging
from contextlib import suppress

from adapters.phone.audio import Pcm
from adapters.phone.driver import LineFailed
from adapters.phone.twiml.line import Line
from adapters.phone.twiml.tickets import Ticket, Why

log = logging.getLogger(__name__)

NAMES_MAX_COUNT = 5


class Recordings:
    """Of one call."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._names: list[str] = []
        self._has_begun = False
        self.is_wanted = False

    @property
    def is_of_the_talk(self) -> bool:
        """The call as a whole is not recorded: so is what is said with an agent."""
        return self.is_wanted and not self._has_begun

    @property
    def may_begin(self) -> bool:
        """The call as a whole is to be recorded, and can be, once it is up."""
        return self.is_of_the_talk and self._line.rest.is_usable

    async def begin(self, sid: str, leg: str, turn: int) -> None:
        self._has_begun = True
        try:
            self.add(await self._line.rest.record(sid, self._line.address(Ticket(why=Why.RECORDED, leg=leg, turn=turn))))
        except LineFailed as error:
            log.warning("a call is not recorded", extra={"code": error.code})
            self.is_wanted = False

    def add(self, name: str) -> None:
        """There is one of this name."""
        if name and name not in self._names and len(self._names) < NAMES_MAX_COUNT:
            self._names.append(name)

    async def message(self, name: str) -> Pcm:
        """What was said after the tone; empty where it can't be had."""
        try:
            return await self._line.rest.recording(name, self._line.pace.recording_s)
        except LineFailed as error:
            log.warning("a message was not fetched", extra={"code": error.code})
            return b""

    async def whole(self) -> Pcm | None:
        """All that was recorded, behind one another; None: nothing."""
        found = b""
        for name in self._names:
            with suppress(LineFailed):
                found += await self._line.rest.recording(name, self._line.pace.recording_s)
        return found or None

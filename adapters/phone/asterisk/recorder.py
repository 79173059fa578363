"""The recording of one call: the Asterisk writes what is heard in the call's bridge, and gives it to us at the end."""

import asyncio
import io
import logging
import wave

from adapters.phone.asterisk.ari import Ari, AriFailed
from adapters.phone.asterisk.caller import Caller
from adapters.phone.asterisk.happened import Happened
from adapters.phone.audio import RATE_HZ, SAMPLE_BYTES, Pcm
from adapters.phone.driver import LineFailed

log = logging.getLogger(__name__)

FORMAT = "wav"
"""Of all formats the one that every Asterisk has: 8 kHz, 16 bit."""
FINISH_S = 5.0


class Recorder:
    """From the first `switch` to `finish`."""

    def __init__(self, ari: Ari, bridge: str, name: str) -> None:
        self._ari = ari
        self._bridge = bridge
        self.name = name
        self._has_begun = False
        self._is_on = False
        self._written = asyncio.Event()

    async def switch(self, caller: Caller, *, is_on: bool) -> None:
        """Begin, pause or go on. Raises LineFailed where that can't be, though the caller is there."""
        try:
            await self._switch(is_on=is_on)
        except AriFailed as error:
            if await caller.is_there():
                raise LineFailed(str(error), code="unable") from error

    async def _switch(self, *, is_on: bool) -> None:
        if is_on == self._is_on:
            return
        if not self._has_begun:
            await self._ari.post("bridges", self._bridge, "record", name=self.name, format=FORMAT)
            self._has_begun = True
        elif is_on:
            await self._ari.delete("recordings", "live", self.name, "pause")
        else:
            await self._ari.post("recordings", "live", self.name, "pause")
        self._is_on = is_on

    def see(self, event: Happened) -> None:
        """What the Asterisk tells of it."""
        if event.type in ("RecordingFinished", "RecordingFailed"):
            self._written.set()

    async def finish(self) -> Pcm | None:
        """What was recorded; nothing of it stays at the Asterisk. None: nothing was, or it can't be had."""
        if not self._has_begun:
            return None
        self._has_begun = False
        try:
            await self._stop()
            body = await self._ari.file("recordings", "stored", self.name, "file")
            await self._ari.delete("recordings", "stored", self.name)
        except AriFailed as error:
            log.warning("a call's recording can't be had", extra={"why": str(error)})
            return None
        return await asyncio.to_thread(samples, body)

    async def _stop(self) -> None:
        try:
            await self._ari.post("recordings", "live", self.name, "stop")
        except AriFailed as error:
            if error.status != 404:  # it has stopped by itself, with its bridge
                raise
            return
        try:
            async with asyncio.timeout(FINISH_S):
                await self._written.wait()
        except TimeoutError:
            pass  # the event was missed: the file may be there all the same


def samples(body: bytes) -> Pcm | None:
    """The sound in a WAV file of the Asterisk's; None where it is none that we can use."""
    try:
        with wave.open(io.BytesIO(body)) as file:
            if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (1, SAMPLE_BYTES, RATE_HZ):
                return None
            pcm: Pcm = file.readframes(file.getnframes())
            return pcm
    except (wave.Error, EOFError):
        return None

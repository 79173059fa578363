"""What is kept of a call's sound: messages, utterances, recordings. Files of the caller's conversation, durable on return."""

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from adapters.phone.audio import FRAME_BYTES, Pcm
from adapters.phone.dialogue.words import Left
from adapters.phone.speech.words import Ear, Recognized
from gateway.core.errors import FrontdeskError
from gateway.core.files import Files, file_owner
from gateway.core.ids import ChannelName, Thread
from gateway.core.parts import FileRef

log = logging.getLogger(__name__)

KEEP_S = 10.0
UNDERSTAND_S = 20.0
"""For the words of a message; without them it is listened to."""
WAV = "audio/wav"
FREE_MIN_BYTES = 512 * 1024 * 1024
"""Of the disk that the record lives on: what callers say never takes the last of it. Fifty who talk to our tone for days would."""


class Keeping:
    """Of one channel."""

    def __init__(
        self, channel: ChannelName, files: Files, ear: Ear | None, name: Callable[[str], str], free_bytes: Callable[[], int]
    ) -> None:
        """`name` makes a file's name of its kind. `free_bytes`: what the disk has left."""
        self._channel = channel
        self._files = files
        self._ear = ear
        self._name = name
        self._free_bytes = free_bytes

    async def words(self, thread: Thread, pcm: Pcm) -> FileRef | None:
        """One utterance; None where it can't be kept: the words are what matters."""
        return await self._keep(thread, pcm, "words")

    async def recording(self, thread: Thread, pcm: Pcm) -> FileRef | None:
        """A whole call, in half the room."""
        return await self._keep(thread, pcm, "call", is_long=True)

    async def message(self, thread: Thread, pcm: Pcm, language: str) -> Left:
        """What was said after the tone, with its words where an ear understands them."""
        file = await self._keep(thread, pcm, "message") if pcm else None
        if file is None:
            return Left()
        text, confidence = await self._understood(pcm, language)
        return Left(file=file, text=text, confidence=confidence)

    async def _keep(self, thread: Thread, pcm: Pcm, kind: str, *, is_long: bool = False) -> FileRef | None:
        from adapters.phone.speech.wav import write_ulaw, write_wav  # numpy: only who has sound to keep needs it

        if await asyncio.to_thread(self._free_bytes) < FREE_MIN_BYTES:
            log.error("sound of a call is not kept: the disk is almost full", extra={"channel": self._channel, "kind": kind})
            return None
        try:
            async with asyncio.timeout(KEEP_S):
                content = await asyncio.to_thread(write_ulaw if is_long else write_wav, pcm)
                owner = file_owner(self._channel, thread)
                return await self._files.keep(content, name=self._name(kind), mime=WAV, owner=owner)
        except (FrontdeskError, OSError, TimeoutError):
            log.exception("sound of a call could not be kept", extra={"channel": self._channel, "kind": kind})
            return None

    async def _understood(self, pcm: Pcm, language: str) -> tuple[str, float]:
        if self._ear is None or not self._ear.can(language):
            return "", 0.0
        found: list[Recognized] = []
        try:
            async with asyncio.timeout(UNDERSTAND_S):
                async for event in self._ear.listen(_frames(pcm), language, ()):
                    found += [event] if isinstance(event, Recognized) and event.text else []
        except TimeoutError:
            log.warning("a message was not understood in time", extra={"channel": self._channel})
        return " ".join(one.text for one in found), min((one.confidence for one in found), default=0.0)


def free_bytes(folder: Path) -> int:
    """What its disk has left; where that can't be told, keeping says what is wrong."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return FREE_MIN_BYTES


async def _frames(pcm: Pcm) -> AsyncIterator[Pcm]:
    for start in range(0, len(pcm), FRAME_BYTES):
        yield pcm[start : start + FRAME_BYTES]
        if start % (FRAME_BYTES * 50) == 0:
            await asyncio.sleep(0)  # a second at a time: others speak meanwhile

"""Recorded prompts: an operator's, which go before every voice, and a few of ours, for when there is no voice at all."""

import asyncio
import logging
import re
from collections import OrderedDict
from collections.abc import Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from adapters.phone.audio import BYTES_PER_S, Pcm
from adapters.phone.speech.errors import SpeechFailed
from adapters.phone.speech.shaping import recorded
from adapters.phone.speech.wav import FILE_MAX_BYTES, read_wav
from gateway.core.texts import nearest

log = logging.getLogger(__name__)

KEPT_MAX_COUNT = 200
PROMPT_MAX_S = 300.0
KEY = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9_]+)*")
"""What may be a file's name: a prompt's key comes from our catalogue, but a path is never built from what does not look like one."""
PREFIX = "phone."
"""Of all prompts in the catalogue."""
OURS = resources.files("adapters.phone.speech") / "recorded"


def catalogued(key: str) -> str:
    """A prompt's key as the catalogue has it: calls say `greeting` for `phone.greeting`."""
    return key if not key or key.startswith(PREFIX) else PREFIX + key


class Recordings:
    """A folder of `LANGUAGE/KEY.wav`, with or without the `phone.` of the catalogue.

    Read when first asked for, and remembered; a file that changes is heard after the next start.
    """

    def __init__(self, folder: Path | Traversable | None) -> None:
        self._folder = folder
        self._kept: OrderedDict[tuple[str, str], Pcm | None] = OrderedDict()

    async def find(self, key: str, language: str) -> Pcm | None:
        """The recording of this prompt, in this language alone: one in another is not what was asked for."""
        if self._folder is None or not KEY.fullmatch(key):
            return None
        asked = (key, language)
        if asked not in self._kept:
            self._kept[asked] = await asyncio.to_thread(self._read, key, language)
            if len(self._kept) > KEPT_MAX_COUNT:
                self._kept.popitem(last=False)
        return self._kept[asked]

    def languages(self) -> Sequence[str]:
        """The folder's languages."""
        if self._folder is None or not self._folder.is_dir():
            return ()
        return sorted(entry.name for entry in self._folder.iterdir() if entry.is_dir() and not entry.name.startswith((".", "_")))

    def _read(self, key: str, language: str) -> Pcm | None:
        found = self._file(key, language)
        if found is None:
            return None
        try:
            with found.open("rb") as file:
                samples, rate_hz = read_wav(file.read(FILE_MAX_BYTES + 1))
            pcm = recorded(samples[: int(PROMPT_MAX_S * rate_hz)], rate_hz)
        except OSError as error:
            log.warning("a recorded prompt can't be read", extra={"key": key, "language": language, "error": error.strerror})
            return None
        except SpeechFailed as error:
            log.warning("a recorded prompt can't be played", extra={"key": key, "language": language, "error": str(error)})
            return None
        return pcm if len(pcm) >= BYTES_PER_S // 50 else None

    def _file(self, key: str, language: str) -> Traversable | None:
        """Of the languages that are this one by ear: zh-TW is heard in zh-CN's and zh's, en-GB in en's."""
        base = language.split("-")[0].lower()
        alike = tuple(tag for tag in self.languages() if tag.split("-")[0].lower() == base)
        if self._folder is None or not alike:
            return None
        first = nearest(language, alike)
        tags = (first, *(other for other in alike if other != first))
        paths = (self._folder / tag / f"{name}.wav" for tag in tags for name in (key, key.removeprefix(PREFIX)))
        return next((path for path in paths if path.is_file()), None)

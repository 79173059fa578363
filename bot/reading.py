"""What a text says by itself, whoever asks: read once, and remembered for the next customer who says the same."""

from functools import lru_cache

from msgspec import Struct

from bot.language import Detector
from bot.normalize import Normalizer
from bot.passages import Passage, passages
from bot.rules import Hit, Rules
from bot.segments import segments

REMEMBERED_COUNT = 4_096
"""Texts remembered; the one said longest ago makes room. Customers ask the same few things in the same few words."""
REMEMBERED_MAX_CHARS = 80
"""A longer text is hardly said twice. With their plain forms, all of them together stay under 4 MB."""


class Reading(Struct, frozen=True):
    """A text, read: `plain` in one spelling, `core` without courtesies."""

    plain: str
    core: str
    language: str | None
    """As the detector tells it."""
    person: Hit | None
    """An explicit wish for a person, in the whole or in one of its pieces."""
    segments: tuple[str, ...] = ()
    """The pieces that can be asked one by one, raw (see `segments`); one for a short single question."""
    questions: tuple[str, ...] = ()
    """The pieces' cores, each once, without those that are small talk: what may be looked up. One that depends on the words before it is
    weaker than the whole, so the whole `core` of a short text is worth a look as well."""
    passages: tuple[Passage, ...] = ()
    """Neighbouring pieces that may be one question together."""
    cores: tuple[tuple[str, str], ...] = ()
    """The pieces that may be looked up: the core of each, once, and its words."""


class Reader:
    """Reads texts. The same text always reads the same."""

    def __init__(self, normalizer: Normalizer, detector: Detector, rules: Rules) -> None:
        self._normalizer = normalizer
        self._detector = detector
        self._rules = rules
        self._remembered = lru_cache(maxsize=REMEMBERED_COUNT)(self._read)

    def read(self, text: str) -> Reading:
        """What it says."""
        return self._remembered(text) if len(text) <= REMEMBERED_MAX_CHARS else self._read(text)

    def _read(self, text: str) -> Reading:
        plain = self._normalizer.plain(text)
        core, language, person = self._normalizer.core(plain), self._detector.language(text), self._rules.person(plain)
        pieces = segments(text)
        plains = [plain if piece == text else self._normalizer.plain(piece) for piece in pieces]
        cores = self._cores(pieces, plains)
        if len(pieces) < 2 and len(text) <= REMEMBERED_MAX_CHARS:
            return Reading(plain, core, language, person, pieces, (core,) if core else (), cores=tuple(cores.items()))
        wished = next((hit for piece in plains if (hit := self._rules.person(piece))), None)
        return Reading(plain, core, language, person or wished, pieces, tuple(cores), passages(text), tuple(cores.items()))

    def _cores(self, pieces: tuple[str, ...], plains: list[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for words, plain in zip(pieces, plains, strict=True):
            core = self._normalizer.core(plain)
            if core and not self._rules.smalltalk(plain):
                found.setdefault(core, words)
        return found

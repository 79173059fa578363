"""What a text says by itself, whoever asks: read once, and remembered for the next customer who says the same."""

from functools import lru_cache

from msgspec import Struct

from bot.language import Detector
from bot.normalize import Normalizer
from bot.rules import Hit, Rules

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
    """An explicit wish for a person."""


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
        return Reading(plain, self._normalizer.core(plain), self._detector.language(text), self._rules.person(plain))

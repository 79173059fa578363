"""What we say to people, in their language: a catalogue handed in by the composition root."""

import re
from collections.abc import Mapping
from functools import lru_cache

FALLBACK = "en"
_PLACE = re.compile(r"\{(\w+)\}")


class Texts:
    """Texts by language and key. Values are filled in by name; a customer's words are only ever values, never the pattern."""

    def __init__(self, catalogues: Mapping[str, Mapping[str, str]]) -> None:
        self._catalogues = catalogues

    def say(self, key: str, language: str, **values: object) -> str:
        """The text for `key`, in the nearest language that we have. Raises KeyError for an unknown key: a programming error."""
        pattern = self._catalogues[nearest(language, tuple(self._catalogues))][key]
        return _PLACE.sub(lambda place: str(values.get(place[1], place[0])), pattern) if values else pattern

    def catalogue(self, language: str) -> Mapping[str, str]:
        """All texts of the nearest language."""
        return self._catalogues[nearest(language, tuple(self._catalogues))]


@lru_cache(maxsize=256)  # customers' browsers name few languages; a hostile one only fills the cache
def nearest(language: str, offered: tuple[str, ...]) -> str:
    """The offered tag that suits `language` best, by the lookup of RFC 4647 with Chinese scripts told apart; else English, else the first.

    `zh-Hant`, `zh-TW`, `zh-HK` and `zh-MO` are one; every other `zh` is Simplified.
    """
    wanted = _canonical(language)
    by_canonical = {_canonical(tag): tag for tag in reversed(offered)}
    for tag in (wanted, wanted.split("-")[0], "zh-Hans" if wanted.startswith("zh") else "", FALLBACK):
        if tag in by_canonical:
            return by_canonical[tag]
    return offered[0]


def _canonical(tag: str) -> str:
    parts = tag.replace("_", "-").lower().split("-")
    if parts[0] != "zh":
        return parts[0]
    return "zh-Hant" if {"hant", "tw", "hk", "mo"} & set(parts) else "zh-Hans"

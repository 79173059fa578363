"""Which language a text is in, and so which one the reply is in."""

import re
from typing import Protocol
from unicodedata import normalize

from bot.normalize import HAN
from bot.scripts import ScriptTables
from gateway.core.expressions import expression
from gateway.core.texts import nearest

_HAN = expression(f"[{HAN}]")
_FULL_WIDTH = expression("[\uff21-\uff5a]")
_WORD = expression(r"[a-zA-Z']+")
_KANA_OR_HANGUL = expression("[\u3041-\u30ff\uac00-\ud7af]")
_LINK = expression(r"(?:https?://|www\.)[!-~]++", re.IGNORECASE)
"""Its letters are nobody's words."""
_SHORT_ENGLISH = frozenset({"hi", "hey", "yo", "yes", "no", "ok", "bye", "thx", "why", "how", "who", "ty"})


class Detector(Protocol):
    """Tells a text's language."""

    def language(self, text: str) -> str | None:
        """`zh-Hans`, `zh-Hant`, `zh` (Chinese that looks the same in both scripts), `en`, or None where the text doesn't say."""
        ...


class ScriptDetector:
    """Tells Chinese from English by characters, and the scripts by those that only one of them has."""

    def __init__(self, scripts: ScriptTables) -> None:
        self._scripts = scripts

    def language(self, text: str) -> str | None:
        text = text[:1000]
        if _FULL_WIDTH.search(text):
            text = normalize("NFKC", text)
        if "://" in text or "www." in text:
            text = _LINK.sub(" ", text)
        words = () if text and not text.isascii() and not _WORD.search(text) else _WORD.findall(text)
        han = [] if text.isascii() else _HAN.findall(text)
        if han and len(han) >= len(words) and not _KANA_OR_HANGUL.search(text):
            return self._script(han)
        if not han and (len(words) > 1 or any(len(word) > 3 or word.lower() in _SHORT_ENGLISH for word in words)):
            return "en"
        return "en" if len(words) > len(han) > 0 else None

    def _script(self, han: list[str]) -> str:
        traditional = sum(char in self._scripts.only_traditional for char in han)
        simplified = sum(char in self._scripts.only_simplified for char in han)
        if traditional == simplified:
            return "zh"
        return "zh-Hant" if traditional > simplified else "zh-Hans"


def reply_language(detected: str | None, session: str | None, offered: tuple[str, ...]) -> str:
    """The tag of `offered` to reply in: the text's own language, else the session's, else the first.

    Chinese that shows no script keeps the session's if that is Chinese.
    """
    if detected is None or (detected == "zh" and session is not None and session.startswith("zh")):
        detected = session
    return nearest(detected, offered) if detected else offered[0]


def base(tag: str) -> str:
    """`zh-Hans`, `zh-Hant` or the bare language: what counts of a tag for choosing words."""
    parts = tag.replace("_", "-").lower().split("-")
    if parts[0] != "zh":
        return parts[0]
    return "zh-Hant" if {"hant", "tw", "hk", "mo"} & set(parts) else "zh-Hans"

"""One sentence in several languages, taken apart: Chinese characters are read by a Chinese voice, Latin words by an English one.

A voice that meets the other's script spells it, or calls each character "Chinese letter".
"""

import re
from typing import NamedTuple

from gateway.core.texts import nearest

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3007\U00020000-\U0003134f"
_CHINESE = re.compile(f"[{_HAN}]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_UNHEARD = re.compile(r"[\u0000-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufe00-\ufe0f]+")
_SPACES = re.compile(r"\s+")
_PIECE = re.compile(
    rf"(?P<han>[{_HAN}]+)|(?P<latin>[A-Za-z\u00c0-\u024f][A-Za-z\u00c0-\u024f'’]*)|(?P<other>[^{_HAN}A-Za-z\u00c0-\u024f]+)"
)
_HEARD = re.compile(r"\w")


class Run(NamedTuple):
    """What one voice reads."""

    text: str
    is_chinese: bool


def is_chinese(language: str) -> bool:
    return language.lower().split("-")[0] in ("zh", "cmn", "yue")


def is_traditional(language: str) -> bool:
    return nearest(language, ("zh-CN", "zh-TW")) == "zh-TW"


def clean(text: str) -> str:
    """Without what no voice can read: control characters, direction marks, joiners."""
    return _SPACES.sub(" ", _UNHEARD.sub(" ", text)).strip()


def is_heard(text: str) -> bool:
    """Whether there is anything in it to be read."""
    return _HEARD.search(text) is not None


def runs(text: str, language: str) -> tuple[Run, ...]:
    """The text in pieces for one voice each. Digits and marks belong to the piece before them, at the beginning to the one that follows;
    with no letters at all, to the language's own."""
    chinese = is_chinese(language)
    if not (_CHINESE.search(text) and _LATIN.search(text)):
        return (Run(text, bool(_CHINESE.search(text)) or (chinese and not _LATIN.search(text))),) if is_heard(text) else ()
    found: list[tuple[str, bool | None]] = []
    for piece in _PIECE.finditer(text):
        kind = None if piece["other"] is not None else piece["han"] is not None
        found.append((piece[0], kind))
    return _joined(found, default=chinese)


def _joined(found: list[tuple[str, bool | None]], *, default: bool) -> tuple[Run, ...]:
    """Neighbours of one script together. Digits in a Chinese text stay Chinese, whatever word stands before them."""
    joined: list[Run] = []
    for text, kind in found:
        has_digits = kind is None and any(character.isdigit() for character in text)
        before = joined[-1].is_chinese if joined else default
        script = (default if has_digits else before) if kind is None else kind
        if joined and joined[-1].is_chinese == script:
            joined[-1] = Run(joined[-1].text + text, script)
        else:
            joined.append(Run(text, script))
    return tuple(run for run in joined if is_heard(run.text))

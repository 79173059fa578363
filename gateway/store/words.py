"""Words that are searched for: what is asked, how letters compare, and what a row's JSON must hold for a word to stand in it. Pure."""

import re
from collections.abc import Iterable

import msgspec

TEXT_MAX_LENGTH = 200
WORDS_MAX_COUNT = 8

_encode = msgspec.json.Encoder().encode


def words_of(text: str) -> list[str]:
    """The words asked for, folded, each once, the longest first: it is likely the rarest. A NUL separates, like a space."""
    sound = text[:TEXT_MAX_LENGTH].encode("utf-8", "replace").decode()
    words = dict.fromkeys(fold(word) for word in sound.replace("\0", " ").split())
    return sorted(list(words)[:WORDS_MAX_COUNT], key=len, reverse=True)


def fold(text: str) -> str:
    """A text as it is compared: the case of its letters doesn't count."""
    return text.lower()


def needle(word: str) -> str:
    """What the JSON of a text that holds this folded word must hold, once its ASCII letters are lowered.

    Databases lower no others: of a word with such letters it is the longest stretch without them. Empty where there is none.
    """
    written = _encode(word)[1:-1].decode().lower()
    return max(re.split(_other_letters(written), written), key=len)


def holds(texts: Iterable[str | None], word: str) -> bool:
    """Does one of these texts hold this folded word?"""
    return any(word in fold(text) for text in texts if text)


def _other_letters(text: str) -> str:
    """A pattern of the letters, beyond ASCII, that have a case."""
    letters = {letter for letter in text if not letter.isascii() and letter.upper() != letter.lower()}
    return f"[{re.escape(''.join(sorted(letters)))}]" if letters else r"(?!)"

"""Markdown as the plain text that it stands for."""

import re
from functools import lru_cache

_KEPT = re.compile(
    r"```[^\n`]*\n?(?P<fence>.*?)(?:```|\Z)"
    r"|`(?P<code>[^`\n]+)`"
    r"|\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|!?\[(?P<label>[^\[\]\n]*)\]\((?P<target>[^()\s]+(?:\([^()\s]*\)[^()\s]*)*)\)"
    r"|<(?P<auto>(?:https?://|mailto:)[^<>\s]+)>"
    r"|(?P<url>https?://[\w.~:/?#@!$&'+,;=%-]+)",
    re.DOTALL | re.ASCII,
)
"""What emphasis marks mean nothing in: code, escapes, links, addresses. Every repetition is bounded by a character it can't contain."""
_ADDRESS = re.compile(r"https?://(?:[\w.~:/?#@!$&'+,;=%-]|\([\w.~:/?#@!$&'+,;=%-]{0,200}\))+", re.ASCII | re.IGNORECASE)
_HELD = re.compile(r"\x00(\d+)\x00")
_LINES = (
    (re.compile(r"^ {0,3}#{1,6} +", re.MULTILINE), ""),
    (re.compile(r"^ {0,3}(?:> ?)+", re.MULTILINE), ""),
    (re.compile(r"^ {0,3}(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})$", re.MULTILINE), ""),
    (re.compile(r"^( *)[-*+] +", re.MULTILINE), r"\1• "),
)
_EMPHASIS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\*\*\*(?=\S)([^*\n]*[^*\s])\*\*\*",
        r"\*\*(?=\S)([^*\n]*[^*\s])\*\*",
        r"(?<!\w)__(?=\S)([^_\n]*[^_\s])__(?!\w)",
        r"~~(?=\S)([^~\n]*[^~\s])~~",
        r"\*(?=\S)([^*\n]*[^*\s])\*",
        r"(?<!\w)_(?=\S)([^_\n]*[^_\s])_(?!\w)",
    )
)
_BLANKS = re.compile(r"\n{3,}")


@lru_cache(maxsize=512)  # a bot says the same few hundred things all day
def to_plain(text: str) -> str:
    """The words without the marks: a link keeps its address, a list its bullets, code every character.

    Covers what an answer or an agent uses of CommonMark (spec.commonmark.org); what it does not know it leaves as it stands.
    """
    held: list[str] = []

    def hold(found: re.Match[str]) -> str:
        held.append(_kept(found))
        return f"\x00{len(held) - 1}\x00"

    plain = _KEPT.sub(hold, text.replace("\x00", ""))
    for pattern, words in _LINES:
        plain = pattern.sub(words, plain)
    plain = _unmarked(_unmarked(plain))
    return _HELD.sub(lambda found: held[int(found[1])], _BLANKS.sub("\n\n", plain)).strip()


def links_in(text: str) -> tuple[str, ...]:
    """The addresses of pages that a text names, in whatever marks they stand, each once and in order."""
    return tuple(dict.fromkeys(found[0].rstrip(".,;:!?'") for found in _ADDRESS.finditer(text)))


def _kept(found: re.Match[str]) -> str:
    match found.lastgroup:
        case "label" | "target":
            label, target = _unmarked(found["label"]), found["target"]
            return target if label in ("", target) else f"{label} ({target})"
        case "auto":
            return found["auto"].removeprefix("mailto:")
        case "fence":
            return found["fence"].rstrip("\n")
        case group:
            return found[str(group)]


def _unmarked(text: str) -> str:
    """One level of emphasis less, from the inside."""
    for pattern in _EMPHASIS:
        text = pattern.sub(r"\1", text)
    return text

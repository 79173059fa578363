"""What pocketsphinx may hear: command words, a digit, and what is likely just now, as a JSGF grammar.

A caller's or an operator's words get into it only as words that the dictionary knows: letters and apostrophes, never syntax.
"""

import re
from collections.abc import Callable, Iterable

COMMANDS = (
    "yes", "no", "yeah", "okay", "help", "repeat", "say that again", "again", "back", "go back", "next", "more", "agent", "operator",
    "person", "human", "talk to a person", "talk to an agent", "speak to an agent", "speak to a person", "customer service",
    "representative", "call me back", "leave a message", "goodbye", "stop", "continue", "cancel", "main menu", "start over", "english",
    "chinese", "mandarin",
)  # fmt: skip
DIGITS = ("zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
PHRASES_MAX_COUNT = 120
PHRASE_MAX_WORDS = 10
WORD_MIN_CHARS = 4
"""A shorter word of a phrase says nothing when it stands alone."""
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_EMPTY_WORDS = frozenset({
    "about", "been", "could", "does", "from", "have", "into", "just", "like", "long", "many", "mine", "much", "need", "please", "some",
    "that", "their", "them", "then", "there", "they", "this", "want", "were", "what", "when", "where", "which", "will", "with", "would",
    "your",
})  # fmt: skip


def phrases(hints: Iterable[str], knows: Callable[[str], bool]) -> tuple[str, ...]:
    """The hints as phrases of known words, and the telling words of each by itself; a phrase with an unknown word is left out."""
    found: dict[str, None] = {}
    for hint in hints:
        words = _WORD.findall(hint.lower().replace("’", "'"))
        known = [word for word in words if knows(word)]
        if words and len(known) == len(words) <= PHRASE_MAX_WORDS:
            found[" ".join(words)] = None
        found |= {word: None for word in known if len(word) >= WORD_MIN_CHARS and word not in _EMPTY_WORDS}
        if len(found) >= PHRASES_MAX_COUNT:
            break
    return tuple(found)[:PHRASES_MAX_COUNT]


def grammar(likely: Iterable[str]) -> str:
    """A caller says one phrase or one digit, perhaps with a please before it. No rows of digits: those fit any sound; there are keys."""
    spoken = " | ".join(dict.fromkeys((*COMMANDS, *DIGITS, *likely)))
    return f"#JSGF V1.0;\ngrammar calls;\npublic <said> = [please] <phrase>;\n<phrase> = {spoken};\n"


def is_whole(text: str, likely: Iterable[str]) -> bool:
    """Whether this is something that may be said, and not the beginning of it: what fits the grammar badly ends in the middle."""
    return text.removeprefix("please ") in {*COMMANDS, *DIGITS, *likely}

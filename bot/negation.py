"""Negation that similarity can't see: "please do not cancel my order" shares every word with "how do I cancel my order".

Only the will is looked at ("don't cancel", "别取消"), not the state ("it can't be cancelled", "没收到"): a state is what people ask about.
"""

import re

from bot.terms import stem

_NOT = re.compile(
    r"\b(?:(?:do|please|pls|to|and|but|just|i|how|you|we) not|never|without|no need to|no longer|not)\b"
    r"(?! (?:know|understand|see|have|remember|work|get|find|sure|able|receive|receiv\w+|only|yet|a|the|in|on|my|been|being|"
    r"enough|possible|allowed)\b)"
    r"((?: \w+){1,6})"
)
_STATE = re.compile(r"(?:\b(?:can|could|is|are|was|were|has|have|had|did|does|will|would|should|may|might)|\bif (?:\w+ )?do) $")
_BU = re.compile(
    r"(?<![要用想需])(?:不要|不想要?|不用|不需要?|不必|不再|无需|请勿|勿|(?<![特识区类级性个分差告派])别(?![的人处]))(?:再|"
    r"给我|帮我|把|让|去|被)*([^不别勿，。]{1,6})"
)
_WEAK_WORDS = "want wanna like need to be have get you me my the a an it this that please i we for of and them any more"
_WEAK = frozenset(_WEAK_WORDS.split())


def negated(plain: str) -> frozenset[str]:
    """What the text wants not to happen: stems of English words, pairs of Chinese characters."""
    found: set[str] = set()
    for match in _NOT.finditer(plain):
        if not _STATE.search(plain[: match.start()] if match[0].startswith("not") else ""):
            governed = [word for word in match[1].split() if word not in _WEAK]
            found.update(stem(word) for word in governed[:3])
    for match in _BU.finditer(plain):
        span = match[1]
        found.update(span[i : i + 2] for i in range(len(span) - 1))
    return frozenset(found)


def conflict(asked: str, variants: tuple[str, ...], nearest: str) -> bool:
    """Whether the question wants what the nearest variant doesn't, or the reverse, and no other variant says it the same way."""
    unwanted, avoided = negated(asked), negated(nearest)
    if unwanted == avoided or unwanted & avoided:
        return False
    if unwanted and any(unwanted & negated(variant) for variant in variants):
        return False
    return bool(unwanted & _content(nearest) or avoided & _content(asked))


def _content(plain: str) -> frozenset[str]:
    return frozenset({stem(word) for word in plain.split()} | {plain[i : i + 2] for i in range(len(plain) - 1)})

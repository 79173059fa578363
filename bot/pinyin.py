"""Chinese that was typed as pinyin, or with a character of the same sound, written as the knowledge base writes it.

"tui kuan duo jiu", "tuikuan duojiu", "tk多久" and "退宽多久" all become 退款多久. Among the characters of a sound, those are
chosen that stand beside one another in the knowledge base (Viterbi 1967, over pairs).
"""

import math
from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from msgspec import Struct

from bot.normalize import HAN
from bot.syllables import ALL, LETTERS_MAX, Syllables, alike, toneless
from bot.terms import is_han
from gateway.core.expressions import expression

READ_MAX_CHARS = 120
"""A longer text says enough by what is right in it."""
CHOICES_MAX_COUNT = 10
"""Characters of one sound that are considered, the commonest of the knowledge base."""
SYLLABLES_MIN_COUNT = 4
"""So many words that are all syllables are no English."""
_REPLACED = -3.0
"""What it costs to hear a character as another one of its sound; of a sound that is only alike, more."""
_ALIKE = -1.5
_RARER = -1.0
"""What it costs to read a character in its rarer way."""
_STRANGE = -1.0
"""What a pair costs that the knowledge base doesn't hold."""
_UNHEARD = -4.0
"""What a syllable costs that no character of the knowledge base has."""
_SYLLABLE = -0.5
"""Fewer, longer syllables are likelier: "xian" before "xi an"."""

_RUN = expression(rf"[{HAN}]|[a-z]+|[^a-z{HAN}]+")
_INITIALS = expression("[b-df-hj-np-tw-z]{2,8}$")
_TONE_NUMBER = expression(r"(?<=[a-z])[1-5](?![0-9])")
_SPACE_AT_HAN = expression(rf"(?<=[{HAN}]) +| +(?=[{HAN}])")
_PINYIN_SHARE = 0.6
"""The share of a text's Latin letters that must parse as pinyin; else it is another language."""


_COMMON_ZH = (
    "我要 不要 我想 不想 想要 怎么 怎么办 什么 什么时候 多少 多少钱 多久 多长时间 哪里 哪个 为什么 "
    "可以 可不可以 能不能 有没有 是不是 请问 如何 需要 没有 没收到 不能 不了 不到 了吗 还能 在哪里 "
    "帮我 你们 我的 一下 几天 几点 到了 没到 还没 已经 别 先 取消 查询 修改 申请 客服 人工 谢谢 你好"
)
"""Words that any question may hold, whatever the shop."""


class _Edge(Struct, frozen=True):
    """A way on in the text: up to where, what is read on it, and what that costs."""

    end: int
    read: str
    cost: float


class _Step(Struct, frozen=True):
    """The best way to a place that ends with some character: its score, and where it came from."""

    score: float
    place: int
    last: str
    read: str


class Sounds:
    """Reads texts by their sound. Built when first asked: a shop that nobody writes pinyin to never pays for it."""

    def __init__(self, cores: Sequence[str], known: frozenset[str]) -> None:
        """`known`: Latin words that are words, whatever they sound like."""
        self._cores = [core for core in cores if is_han(core)]
        self._words = known

    def build(self) -> None:
        """Builds now what else the first text would wait for."""
        if self._cores:
            self._by_sound.get(""), self._initials.count(""), self._pairs.get("")

    def heard(self, core: str) -> str:
        """The plain text as the knowledge base would write it; the same text where sound says nothing new."""
        if len(core) > READ_MAX_CHARS or not self._cores:
            return core
        text = core if core.isascii() else toneless(core)
        if not is_han(text):
            text = _TONE_NUMBER.sub("", text)
        edges = self._edges(text)
        return self._told(self._best(edges, len(text))) or core if edges else core

    def _told(self, heard: str) -> str:
        """What was heard, as a plain text; "" where most of it says nothing to the knowledge base."""
        unheard = sum(run in ALL and run not in self._words for run in heard.split())
        told = _SPACE_AT_HAN.sub("", " ".join(heard.split()))
        return told if unheard <= sum(map(is_han, told)) else ""

    # ---- what the knowledge base sounds like ----

    @cached_property
    def _syllables(self) -> Syllables:
        return Syllables()

    @cached_property
    def _texts(self) -> list[str]:
        return [*self._cores, *_COMMON_ZH.split()]

    @cached_property
    def _singles(self) -> Counter[str]:
        return Counter(char for core in self._texts for char in core)

    @cached_property
    def _pairs(self) -> Counter[str]:
        return Counter(core[i : i + 2] for core in self._texts for i in range(len(core) - 1))

    @cached_property
    def _by_sound(self) -> dict[str, list[tuple[str, float]]]:
        """The knowledge base's characters of each syllable, the commonest first, and what a rarer reading of a character costs."""
        found: dict[str, list[tuple[str, float]]] = {}
        for char, _ in self._singles.most_common():
            for place, sound in enumerate(self._syllables.of(char)):
                found.setdefault(sound, []).append((char, _RARER * place))
        return {sound: sorted(chars, key=lambda read: -read[1])[:CHOICES_MAX_COUNT] for sound, chars in found.items()}

    @cached_property
    def _initials(self) -> list[str]:
        """The first letter of each character of each question; what isn't Chinese is a space."""
        return ["".join((self._syllables.of(char) or (" ",))[0][0] for char in core) for core in self._cores]

    # ---- the ways through a text ----

    def _edges(self, text: str) -> dict[int, list[_Edge]]:
        """By place; {} where nothing in the text asks to be heard."""
        runs = [(run.start(), run[0]) for run in _RUN.finditer(text)]
        is_typed = self._is_pinyin([run for _, run in runs if run[0].isascii() and run.isalpha()], has_han=is_han(text))
        edges: dict[int, list[_Edge]] = {}
        is_new = False
        for start, run in runs:
            more = self._typed(start, run) if run.isascii() and run.isalpha() and is_typed else {}
            if not more and is_han(run):
                more = self._alike(text, start, run)
            is_new = is_new or bool(more)
            edges.update(more or {start: [_Edge(start + len(run), run if run.strip() else " ", 0.0)]})
        return edges if is_new else {}

    def _is_pinyin(self, runs: Sequence[str], *, has_han: bool) -> bool:
        """Whether Latin letters are pinyin and not English: most of them parse, and most of those are no English words."""
        parsed = [run for run in runs if self._parses(run) or (_INITIALS.match(run) and run not in self._words)]
        strange = [run for run in parsed if run not in self._words]
        if has_han:
            return bool(strange)
        if len(parsed) == len(runs) >= SYLLABLES_MIN_COUNT and 3 * len(strange) >= len(parsed):
            return True
        share = sum(map(len, parsed)) / (sum(map(len, runs)) or 1)
        return share >= _PINYIN_SHARE and 2 * len(strange) >= len(parsed) > 0

    def _parses(self, run: str) -> bool:
        return bool(self._cuts(run).get(0))

    def _cuts(self, run: str) -> dict[int, list[int]]:
        """By place in a run: where the next syllable may end, so that the rest is syllables too."""
        cuts: dict[int, list[int]] = {}
        for start in range(min(len(run), READ_MAX_CHARS) - 1, -1, -1):
            ends = range(start + 1, min(len(run), start + LETTERS_MAX) + 1)
            if good := [end for end in ends if (end == len(run) or end in cuts) and run[start:end] in ALL]:
                cuts[start] = good
        return cuts

    def _typed(self, start: int, run: str) -> dict[int, list[_Edge]]:
        """The characters that a run of letters may stand for."""
        cuts = self._cuts(run)
        if 0 in cuts:
            return {
                start + place: [_Edge(start + end, char, cost) for end in ends for char, cost in self._chars(run[place:end])]
                for place, ends in cuts.items()
            }
        if _INITIALS.match(run) and run not in self._words and (words := self._words_of(run)):
            return {start: [_Edge(start + len(run), word, 0.0) for word in words]}
        return {}

    def _chars(self, syllable: str) -> list[tuple[str, float]]:
        exact = [(char, _SYLLABLE + cost) for char, cost in self._by_sound.get(syllable, ())]
        near = [(char, _SYLLABLE + _ALIKE + cost) for sound in alike(syllable)[1:] for char, cost in self._by_sound.get(sound, ())]
        return exact + near or [(f" {syllable} ", _UNHEARD)]

    def _words_of(self, initials: str) -> list[str]:
        """The knowledge base's commonest words with these initials."""
        found: Counter[str] = Counter()
        for core, letters in zip(self._cores, self._initials, strict=True):
            if (place := letters.find(initials)) >= 0:
                found[core[place : place + len(initials)]] += 1
        return [word for word, _ in found.most_common(3)]

    def _alike(self, text: str, place: int, char: str) -> dict[int, list[_Edge]]:
        """A character that stands beside no neighbour of its own in the knowledge base, and those that sound like it."""
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        if (before and before + char in self._pairs) or (after and char + after in self._pairs):
            return {}
        found = [_Edge(place + 1, char, 0.0)]
        for sound in self._syllables.of(char):
            for near in alike(sound):
                more = _REPLACED + (0.0 if near == sound else _ALIKE)
                found += [
                    _Edge(place + 1, other, more + cost)
                    for other, cost in self._by_sound.get(near, ())
                    if other != char and (before + other in self._pairs or other + after in self._pairs)
                ]
        return {place: found} if len(found) > 1 else {}

    def _best(self, edges: dict[int, list[_Edge]], end: int) -> str:
        """The cheapest way through, read aloud."""
        best: dict[int, dict[str, _Step]] = {0: {"": _Step(0.0, -1, "", "")}}
        for place in range(end):
            for last, step in sorted(best.get(place, {}).items(), key=lambda item: -item[1].score)[:CHOICES_MAX_COUNT]:
                for edge in edges.get(place, ()):
                    score = step.score + edge.cost + self._fits(last, edge.read)
                    reached = best.setdefault(edge.end, {})
                    tail = edge.read.strip()[-1:] or last
                    if tail not in reached or score > reached[tail].score:
                        reached[tail] = _Step(score, place, last, edge.read)
        return _read_back(best, end)

    def _fits(self, last: str, read: str) -> float:
        """How well something read follows a character, by the pairs and the characters of the knowledge base."""
        first = read.strip()[:1]
        if not first or not is_han(first):
            return 0.0
        count = self._pairs[last + first] if last else 0
        return (1.0 + 0.3 * math.log1p(count) if count else _STRANGE if last else 0.0) + 0.1 * math.log1p(self._singles[first])


def _read_back(best: dict[int, dict[str, _Step]], end: int) -> str:
    found: list[str] = []
    place, last = end, max(best[end], key=lambda char: best[end][char].score)
    while place > 0:
        step = best[place][last]
        found.append(step.read)
        place, last = step.place, step.last
    return "".join(reversed(found))

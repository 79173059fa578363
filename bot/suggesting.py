"""What the knowledge base lacks: questions that people had to answer, grouped into entries that somebody may want to add.

For `frontdesk kb suggest` and the desk's knowledge page. What customers wrote is masked before it leaves here.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np
from msgspec import Struct
from rapidfuzz import fuzz, process

from bot.entries import Entry
from bot.masking import masked
from bot.nearness import Encodes, Near, Nearness, Vectors
from bot.normalize import TextNormalizer
from bot.rules import WordRules
from bot.scripts import ScriptTables
from bot.terms import is_han
from gateway.core.expressions import expression
from gateway.core.ids import EntryId, SessionId

QUESTIONS_MAX_COUNT = 20_000
"""The newest so many are grouped."""
QUESTION_CHARS = (2, 300)
"""Shorter says nothing (in Chinese characters or Latin letters), longer is a letter and no question."""
TOGETHER_LETTERS = 0.45
"""Two questions are about one thing from here on, where nobody can tell meanings."""
TOGETHER_BOTH, LETTERS_SHARE = 0.50, 0.7
"""The same by both, letters counting more: over CLINC150 93 of 100 questions of a group then want the same, and half of all find one."""
TOGETHER_MEANING = 0.80
"""Other words, or another language."""
VARIANT_LETTERS = 0.50
VARIANT_MEANING = 0.75
"""From here on a group looks like another way to ask an entry that is there."""
EXAMPLES_MAX_COUNT = 10
ANSWERS_MAX_COUNT = 3
ANSWER_MIN_CHARS = (6, 20)
"""In Chinese, else: "hello" and "one moment" are no answers."""
SAME_ANSWER = 80.0
SAME_WORDS = 88.0
"""An agent's words are an entry's answer from here on (of 100)."""

_GREETING = expression(
    r"(?:您好|你好|亲|hi|hello|dear)?[\s，,!！。.~]{0,4}(?:"
    r"(?:很高兴|我是|这里是|这边是|欢迎)[^。.!！？?]{0,40}[。.!！？?~]?"
    r"|(?:请)?(?:您)?稍等[^。.!！？?]{0,20}[。.!！~]?"
    r"|(?:my name is|this is|i am|i'm|you are speaking|thanks? (?:you )?for (?:contacting|waiting|writing))[^.!?]{0,60}[.!?]?"
    r"|(?:one|just a) moment[^.!?]{0,30}[.!]?|let me (?:check|look|see)[^.!?]{0,40}[.!]?)\s{0,4}$",
    re.IGNORECASE,
)
"""The whole message is a hello or a "one moment"."""


class Unanswered(Struct, frozen=True, kw_only=True):
    """A customer's question that the bot did not answer, and what an agent said to it. Raw."""

    text: str
    session_id: SessionId
    seq: int
    at: datetime
    reason: str
    """Why it was given away, or `clarify` where the bot asked back and got no pick."""
    replies: tuple[str, ...] = ()
    """The agent's first messages behind it, in order."""
    entry: EntryId | None = None
    """The entry that an agent said is right, where one did."""


class Proposal(Struct, frozen=True):
    """An answer that an agent gave, masked, and how many gave about the same."""

    text: str
    count: int


class NearEntry(Struct, frozen=True):
    """The entry of the knowledge base that lies nearest."""

    entry: EntryId
    title: str
    similarity: float
    is_variant: bool
    """The group looks like more ways to ask this entry, not like a new one."""


class Suggestion(Struct, frozen=True, kw_only=True):
    """A group of questions about one thing."""

    id: EntryId
    question: str
    """The one in the middle of the group, masked."""
    questions: tuple[str, ...]
    """Different ways in which it was asked, masked, the commonest first; with `question` at the head."""
    count: int
    session_count: int
    first_at: datetime
    last_at: datetime
    sessions: tuple[SessionId, ...]
    """Where to read it, newest first; a few."""
    reasons: dict[str, int]
    answers: tuple[Proposal, ...] = ()
    near: NearEntry | None = None


class Suggested(Struct, frozen=True, kw_only=True):
    """The suggestions, and what became of the other questions: every one is counted once."""

    suggestions: tuple[Suggestion, ...]
    questions: int
    grouped: int
    known: int
    """Stand in the knowledge base by now."""
    no_question: int
    """Greetings, a wish for a person, pictures, letters."""
    single: int
    """Asked fewer times than a suggestion needs."""


class _Asked(Struct, frozen=True):
    source: Unanswered
    core: str


def suggest(
    unanswered: Iterable[Unanswered], entries: Sequence[Entry], encoder: Encodes | None = None, *, count_min: int = 2, limit: int = 50
) -> Suggested:
    """Groups of at least `count_min` questions, the largest first. Pure: the same questions always give the same groups."""
    normalizer, rules = TextNormalizer(ScriptTables()), WordRules()
    known = {normalizer.core(normalizer.plain(question)) for entry in entries for question in entry.questions}
    asked: list[_Asked] = []
    newest = sorted(unanswered, key=lambda one: (one.at, one.session_id, one.seq))[-QUESTIONS_MAX_COUNT:]
    known_count = 0
    for one in newest:
        plain = normalizer.plain(one.text)
        core = normalizer.core(plain)
        if core in known:
            known_count += 1
        elif _is_question(one.text, core) and not rules.person(plain) and not rules.smalltalk(plain):
            asked.append(_Asked(one, core))
    groups = [group for group in _groups(asked, encoder) if len(group) >= count_min]
    base = _Base(entries, normalizer, encoder) if groups and entries else None
    found = [_suggestion([asked[number] for number in group], base) for group in groups[:limit]]
    grouped = sum(map(len, groups))
    return Suggested(
        suggestions=tuple(found), questions=len(newest), grouped=grouped, known=known_count,
        no_question=len(newest) - known_count - len(asked), single=len(asked) - grouped,
    )  # fmt: skip


def _is_question(text: str, core: str) -> bool:
    letters = len(core) if is_han(core) else len(core) / 2
    return QUESTION_CHARS[0] <= letters and len(text) <= QUESTION_CHARS[1]


# ---- groups ---------------------------------------------------------------------------------------------------------------------


def _groups(asked: Sequence[_Asked], encoder: Encodes | None) -> list[list[int]]:
    """Stars: the question with the most others near it takes them along, then the next of the rest. The first of a group is its middle.

    Unlike chains, a star never joins two questions that have nothing in common but a third.
    """
    cores = list(dict.fromkeys(one.core for one in asked))
    askers: dict[str, list[int]] = {}
    for number, one in enumerate(asked):
        askers.setdefault(one.core, []).append(number)
    vectors = _vectors(cores, encoder)
    near: dict[int, set[int]] = {number: set() for number in range(len(cores))}
    for pair in Nearness(cores, vectors).pairs(30):
        if _is_together(pair, has_meaning=vectors is not None):
            near[pair.first].add(pair.second)
            near[pair.second].add(pair.first)
    weight = [len(askers[core]) for core in cores]
    left = set(near)
    groups = []
    for middle in sorted(near, key=lambda number: (-weight[number] - sum(weight[other] for other in near[number]), number)):
        if middle in left:
            members = [middle, *sorted(near[middle] & left - {middle}, key=lambda number: (-weight[number], number))]
            left -= set(members)
            groups.append([asker for member in members for asker in askers[cores[member]]])
    return sorted(groups, key=lambda group: (-len(group), group[0]))


def _is_together(pair: Near, *, has_meaning: bool) -> bool:
    if not has_meaning:
        return pair.letters >= TOGETHER_LETTERS
    both = LETTERS_SHARE * pair.letters + (1 - LETTERS_SHARE) * pair.meaning
    return both >= TOGETHER_BOTH or pair.meaning >= TOGETHER_MEANING


def _vectors(texts: Sequence[str], encoder: Encodes | None) -> Vectors | None:
    return np.asarray(encoder.encode(texts), np.float32) if encoder is not None and texts else None


# ---- what is told of a group ----------------------------------------------------------------------------------------------------


class _Base:
    """The knowledge base's questions, to look for the nearest."""

    def __init__(self, entries: Sequence[Entry], normalizer: TextNormalizer, encoder: Encodes | None) -> None:
        pairs = [(entry, normalizer.core(normalizer.plain(question))) for entry in entries for question in entry.questions]
        self._owners = [entry for entry, core in pairs if core]
        cores = [core for _, core in pairs if core]
        said = [(entry, masked(text)) for entry in entries for text in entry.answer.values()]
        self._entries = {entry.id: entry for entry in entries}
        self._answered, self._answers = [entry for entry, _ in said], [text for _, text in said]
        self._encoder = encoder
        self._index = Nearness(cores, _vectors(cores, encoder))

    def nearest(self, core: str, named: Counter[EntryId], answers: Sequence[Proposal]) -> NearEntry | None:
        """The entry nearest to a question. What agents `named`, and what says what they answered, goes before what looks alike."""
        told = [self._entries[entry_id] for entry_id, _ in named.most_common() if entry_id in self._entries]
        if (
            not told
            and answers
            and (found := process.extractOne(answers[0].text, self._answers, scorer=fuzz.ratio, score_cutoff=SAME_WORDS))
        ):
            told = [self._answered[found[2]]]
        if told:
            return NearEntry(told[0].id, told[0].title, 1.0, is_variant=True)
        vector = None if self._encoder is None else np.asarray(self._encoder.encode([core]), np.float32)[0]
        best = next(iter(self._index.near(core, vector, 1)), None)
        if best is None:
            return None
        number, letters, meaning = best
        entry = self._owners[number]
        is_variant = letters >= VARIANT_LETTERS or meaning >= VARIANT_MEANING
        return NearEntry(entry.id, entry.title, round(max(letters, meaning), 2), is_variant)


def _suggestion(group: Sequence[_Asked], base: _Base | None) -> Suggestion:
    middle = group[0]
    ways = Counter(one.core for one in group)
    shown = {core: next(one.source.text for one in group if one.core == core) for core in ways}
    questions = dict.fromkeys(masked(shown[core]) for core in [middle.core, *(core for core, _ in ways.most_common())])
    answers = _answers(group)
    newest = sorted(group, key=lambda one: (one.source.at, one.source.session_id), reverse=True)
    return Suggestion(
        id=EntryId("new-" + hashlib.sha256(middle.core.encode()).hexdigest()[:8]), question=masked(middle.source.text),
        questions=tuple(questions)[:EXAMPLES_MAX_COUNT], count=len(group), session_count=len({one.source.session_id for one in group}),
        first_at=newest[-1].source.at, last_at=newest[0].source.at,
        sessions=tuple(dict.fromkeys(one.source.session_id for one in newest))[:EXAMPLES_MAX_COUNT],
        reasons=dict(Counter(one.source.reason for one in group).most_common()), answers=answers,
        near=base.nearest(middle.core, Counter(one.source.entry for one in group if one.source.entry), answers) if base else None,
    )  # fmt: skip


def _answers(group: Sequence[_Asked]) -> tuple[Proposal, ...]:
    """What agents said to it, those first that several said about the same."""
    given = [text for one in group if (text := _answer_in(one.source.replies))]
    proposals: list[Proposal] = []
    for text in given:
        for place, known in enumerate(proposals):
            if fuzz.token_sort_ratio(known.text, text) >= SAME_ANSWER:
                proposals[place] = Proposal(known.text, known.count + 1)
                break
        else:
            proposals.append(Proposal(text, 1))
    return tuple(sorted(proposals, key=lambda one: -one.count)[:ANSWERS_MAX_COUNT])


def _answer_in(replies: Sequence[str]) -> str:
    """The first of an agent's messages that tells something, masked; "" where none does. A question back tells nothing."""
    for reply in replies:
        text = reply.strip()
        enough = ANSWER_MIN_CHARS[0] if is_han(text) else ANSWER_MIN_CHARS[1]
        if len(text) >= enough and not text.endswith(("?", "？")) and not _GREETING.match(text):
            return masked(text)
    return ""

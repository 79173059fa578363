"""What sort of wish it is: question, complaint, suggestion, request, praise; which business area, how urgent, in what mood.

Told with everything that is handed to people. What the configuration says comes first, then the entry that is meant, then our rules, then
what was learned (`heads`); each says where it comes from. Pure, and linear in the text.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Protocol

from msgspec import Struct

from bot.areas import LearnedAreas
from bot.entries import Entry
from bot.heads import Heads, Vector, features, load_heads
from bot.normalize import Normalizer, TextNormalizer
from bot.rules import Rules, WordRules
from bot.scripts import ScriptTables
from config.schema import Area
from config.schema import Triage as TriageSettings
from gateway.core.decision import Triage
from gateway.core.expressions import expression
from gateway.core.handoff import Urgency

HEAD_CHARS, TAIL_CHARS = 320, 160
"""What the words and rules look at of a long text."""
KIND_MIN = 0.5
"""A kind that is less likely than this isn't said: most of what is asked is a question."""
PRESSES_MIN = 0.7
HARM_MIN = 0.75
FURIOUS = -0.7
"""From here down a complaint does not wait its turn."""
RULED_MOOD = -0.8
"""What anger that a rule has found counts at least."""
LOUD_COUNT = 3
"""So many exclamation marks say that what is felt is felt more."""
LOUDER = 0.2

_ORDER = tuple(Urgency)
_PRESSING = {"1": Urgency.HIGH, "2": Urgency.URGENT}


class By(StrEnum):
    """Where a judgement comes from."""

    CONFIGURED = "configured"
    ENTRY = "entry"
    RULE = "rule"
    LEARNED = "learned"


class Encodes(Protocol):
    """What turns texts into vectors."""

    def encode(self, texts: Sequence[str]) -> Vector:
        """A row for each text, of length one."""
        ...


class _Said(Struct, frozen=True):
    """A judgement: its label, where it comes from, and the words or the certainty behind it."""

    label: str
    by: By
    words: str = ""
    p: float = 0.0

    def why(self) -> dict[str, Any]:
        return {"by": self.by.value} | ({"words": self.words} if self.words else {}) | ({"p": self.p} if self.p else {})


class Triager:
    """Judges what is handed off. `entries`: the knowledge base, whose categories are business areas; `encoder`: None does without."""

    def __init__(
        self,
        entries: Sequence[Entry] = (),
        *,
        settings: TriageSettings | None = None,
        areas: Mapping[str, Area] | None = None,
        encoder: Encodes | None = None,
        rules: Rules | None = None,
        heads: Heads | None = None,
    ) -> None:
        settings, areas = settings or TriageSettings(), areas or {}
        self._normalizer: Normalizer = TextNormalizer(ScriptTables())
        self._rules = rules or WordRules()
        self._heads = heads or load_heads() if settings.learned else None
        self._encoder = encoder if settings.learned else None
        self._kinds = self._words(settings.kind_words)
        self._urgencies = self._words(settings.urgency_words)
        self._area_words = self._words({name: area.words for name, area in areas.items()})
        self._area_of = {category: name for name, area in areas.items() for category in area.categories}
        self._learned_areas = LearnedAreas(entries, self._core) if settings.learned else None

    def judge(self, text: str, core: str, best: Entry | None = None, embedding: Vector | None = None) -> Triage:
        """The triage of a text. `core`: its plain form without courtesies; `best`: the entry that is likely meant."""
        plain = _ends(self._normalizer.plain(text))
        if embedding is None and self._encoder is not None and core:
            embedding = self._encoder.encode([core])[0]
        angry = self._rules.anger(plain)
        anger = angry.words if angry else ""
        kind = self._kind(plain, core, anger, embedding)
        mood, felt = self._mood(text, core, kind.label, anger, embedding)
        urgency = self._urgency(plain, core, best, anger, (kind.label, mood), embedding)
        area = self._area(plain, core, best)
        told = {"kind": kind, "area": area, "urgency": urgency}
        why: dict[str, Any] = {name: said.why() for name, said in told.items() if said}
        return Triage(
            kind=kind.label, area=area.label if area else "", urgency=Urgency(urgency.label) if urgency else Urgency.NORMAL,
            sentiment=mood, why=why | ({"sentiment": {"words": felt}} if felt else {}),
        )  # fmt: skip

    # ---- kind, mood ----

    def _kind(self, plain: str, core: str, anger: str, embedding: Vector | None) -> _Said:
        if found := _named(self._kinds, plain):
            return found
        if anger:
            return _Said("complaint", By.RULE, anger)
        for label, pattern in _KINDS:
            if said := pattern.search(plain):
                return _Said(label, By.RULE, said[0].strip())
        if self._heads is None:
            return _Said("question", By.RULE)
        verdict = self._heads.kind_of(core, embedding)
        return _Said(verdict.label if verdict.p >= KIND_MIN else "question", By.LEARNED, p=verdict.p)

    def _mood(self, text: str, core: str, kind: str, anger: str, embedding: Vector | None) -> tuple[float, str]:
        """From -1 to 1, rounded, and the words that told."""
        felt = {"bad": "", "good": ""} | {cue: words for cue, words in reversed(features(core).cues) if cue in ("bad", "good")}
        value = self._heads.sentiment_of(core, embedding) if self._heads else 0.0
        if anger:
            value = min(value, RULED_MOOD)
        low, high = _MOODS.get(kind, (-1.0, 1.0))
        value = min(max(value, low), high)
        if abs(value) >= LOUDER and text.count("!") + text.count("！") >= LOUD_COUNT:
            value += LOUDER if value > 0 else -LOUDER
        value = round(min(max(value, -1.0), 1.0), 1) + 0.0
        return value, (anger or felt["bad"]) if value < 0 else felt["good"] if value > 0 else ""

    # ---- urgency ----

    def _urgency(
        self, plain: str, core: str, best: Entry | None, anger: str, felt: tuple[str, float], embedding: Vector | None
    ) -> _Said | None:
        """The highest that anything says; None: nothing says anything. What the configuration says is final."""
        if found := _named(self._urgencies, plain):
            return found
        said = [_Said(best.urgency.value, By.ENTRY, best.id)] if best and best.urgency is not Urgency.NORMAL else []
        if anger:
            said.append(_Said(Urgency.HIGH.value, By.RULE, anger))
        if hurry := _HURRY.search(plain):
            said.append(_Said(Urgency.HIGH.value, By.RULE, hurry[0].strip()))
        kind, mood = felt
        if kind == "complaint" and mood <= FURIOUS:
            said.append(_Said(Urgency.HIGH.value, By.LEARNED))
        if self._heads is not None:
            verdict = self._heads.press_of(core, embedding)
            if verdict.label in _PRESSING and verdict.p >= (HARM_MIN if verdict.label == "2" else PRESSES_MIN):
                words = next((words for cue, words in features(core).cues if cue in ("harm", "now")), "")
                said.append(_Said(_PRESSING[verdict.label].value, By.LEARNED, words, verdict.p))
        return max(said, key=lambda one: _ORDER.index(Urgency(one.label)), default=None)

    # ---- area ----

    def _area(self, plain: str, core: str, best: Entry | None) -> _Said | None:
        if found := _named(self._area_words, plain):
            return found
        if best is not None and best.category:
            return _Said(self._area_of.get(best.category, best.category), By.ENTRY, best.id)
        learned = self._learned_areas.area(core) if self._learned_areas else None
        if learned is None:
            return None
        return _Said(self._area_of.get(learned.label, learned.label), By.LEARNED, p=learned.p)

    # ---- words of the configuration ----

    def _words(self, given: Mapping[str, Iterable[str]]) -> list[tuple[str, str]]:
        """(word made plain, label), the longest first: the most particular word decides."""
        found = {plain: label for label, words in given.items() for word in words if (plain := self._normalizer.plain(word))}
        return sorted(found.items(), key=lambda pair: -len(pair[0]))

    def _core(self, text: str) -> str:
        return self._normalizer.core(self._normalizer.plain(text))


def _ends(plain: str) -> str:
    """A long text's beginning and end: a story's middle says what happened, not what is wanted."""
    return plain if len(plain) <= HEAD_CHARS + TAIL_CHARS else f"{plain[:HEAD_CHARS]} {plain[-TAIL_CHARS:]}"


def _named(words: Sequence[tuple[str, str]], plain: str) -> _Said | None:
    """The label of the first word that stands in the text: Chinese anywhere, other words whole."""
    padded = f" {plain} "
    for word, label in words:
        if (word in plain) if _HAN.search(word) else (f" {word} " in padded):
            return _Said(label, By.CONFIGURED, word)
    return None


_HAN = expression("[\u3400-\u9fff]")
_HURRY = expression(
    r"(?:很|特别|非常|十万火|着|救|真的)急(?!救|诊|性)|急用|急需|急急急|加急处理|求加急|在线等|来不及了|赶(?:飞机|火车|高铁|时间|车)|"
    r"(?:马上|立刻|即将|就要)(?:要)?(?:登机|发车|起飞|开考|出发|手术)|[一二两三半几\d](?:个)?(?:小时|分钟|钟头)(?:内|之内|后)(?:就|要|必须)|"
    r"(?:今天|今晚|明天|明早)(?:之内|以前|之前|前)?(?:一定|必须|务必|就要|就得)|\b(?:urgent|urgently|asap|as soon as possible|"
    r"right now|immediately|at once|every minute counts)\b|\b(?:leaves|departs|closes|starts|arrives?) in (?:\d+|an?|two|three|ten) "
    r"(?:minutes?|hours?|mins?|hrs?)\b|\bdeadline is (?:today|tonight|tomorrow|in)\b|\bwe are boarding\b|\bplease hurry\b"
)
"""It presses, in so many words."""
_MOODS = {"complaint": (-1.0, -0.3), "praise": (0.3, 1.0)}
"""A complaint is never told as a good mood, nor praise as a bad one."""
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "complaint",
        expression(
            r"(?:我要|我想|要求|必须)(?:去|正式)?(?:投诉|举报)|\bi (?:want|would like|wish|need) to (?:complain|make a complaint|"
            r"file a complaint|lodge a complaint)\b|\bthis is a (?:formal )?complaint\b"
        ),
    ),
    (
        "suggestion",
        expression(
            r"^(?:我|提个|一个|有个)?(?:小)?(?:建议|意见)(?!信|书|反馈渠道)(?!.{0,6}(?:怎么|哪里|渠道|电话|邮箱|吗))|"
            r"建议(?:你们|贵公司|贵司|增加|开通|改进|优化|改成)|希望(?:你们|贵公司|以后|能够?(?:增加|支持|改进|优化|开通))|"
            r"\bi (?:suggest|would suggest|would recommend that you)\b|\b(?:feature request|my suggestion|a suggestion for you)\b"
        ),
    ),
    (
        "praise",
        expression(
            r"(?:我要|我想|想)(?:好好)?表扬|给(?:你们|个|您)(?:五星|好评|点赞|大大的赞)|五星好评|"
            r"\b(?:keep up the good work|well done everyone|compliments to)\b"
        ),
    ),
)

"""The rules of `[bot.triage]` and `[bot.areas.NAME]`: kinds, urgencies and queues that exist, no word that stands for two. Pure."""

import re
from collections.abc import Iterable, Mapping

from config.problems import Found, Key
from config.schema import Settings

KINDS = ("question", "complaint", "suggestion", "request", "praise", "other")
URGENCIES = ("low", "normal", "high", "urgent")
WORD_MAX_CHARS = 40
WORDS_MAX_COUNT = 500
"""Of one kind, urgency or area."""

_NAME = re.compile(r"[^\W_][\w -]{0,63}")
"""Of an area: as agents and reports read it, so in any script."""


def check_triage(settings: Settings) -> Found:
    """Everything that is wrong with how things are classified."""
    triage, key = settings.bot.triage, ("bot", "triage")
    for setting, known in (
        ("minutes", URGENCIES), ("urgency_words", URGENCIES), ("kind_minutes", KINDS), ("kind_words", KINDS), ("kind_queues", KINDS),
    ):  # fmt: skip
        yield from _known((*key, setting), getattr(triage, setting), known)
    for kind, queue in triage.kind_queues.items():
        yield from _queue((*key, "kind_queues", kind), queue, settings)
    yield from _words((*key, "kind_words"), triage.kind_words)
    yield from _words((*key, "urgency_words"), triage.urgency_words)
    yield from _areas(settings)


def _areas(settings: Settings) -> Found:
    key = ("bot", "areas")
    areas = settings.bot.areas
    for name, area in areas.items():
        if not _NAME.fullmatch(name):
            yield (*key, name), "expected a name of letters, digits, spaces, - and _, at most 64"
        if area.queue:
            yield from _queue((*key, name, "queue"), area.queue, settings)
    for found, message in _words(key, {name: area.words for name, area in areas.items()}):
        yield (*found, "words"), message
    owners: dict[str, str] = {}
    for name, area in areas.items():
        for category in area.categories:
            if owners.setdefault(category, name) != name:
                yield (*key, name, "categories"), f"{category!r} belongs to the area {owners[category]!r} already"


def _known(key: Key, given: Iterable[str], known: tuple[str, ...]) -> Found:
    for name in given:
        if name not in known:
            yield (*key, name), f"expected one of {', '.join(known)}"


def _queue(key: Key, queue: str, settings: Settings) -> Found:
    if queue not in settings.queues:
        yield key, f"unknown queue {queue!r}; known: {', '.join(sorted(settings.queues))}"


def _words(key: Key, given: Mapping[str, tuple[str, ...]]) -> Found:
    """A word that stands for two things would decide by chance."""
    owners: dict[str, str] = {}
    for label, words in given.items():
        if len(words) > WORDS_MAX_COUNT:
            yield (*key, label), f"expected at most {WORDS_MAX_COUNT} words, got {len(words)}"
        for word in words:
            if not 0 < len(word.strip()) <= WORD_MAX_CHARS:
                yield (*key, label), f"expected words of 1 to {WORD_MAX_CHARS} characters"
            elif owners.setdefault(word.casefold(), label) != label:
                yield (*key, label), f"{word!r} stands for {owners[word.casefold()]!r} already"

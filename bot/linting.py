"""What is wrong, doubtful or missing in a knowledge base: the findings of `frontdesk kb check` and of the desk's knowledge page."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct, field

from bot.clashes import Asked, clashes
from bot.entries import Entry
from bot.language import base
from bot.lint_answers import answer_findings
from bot.nearness import Vectors
from bot.normalize import Normalizer, TextNormalizer
from bot.rules import Rules, WordRules
from bot.scripts import ScriptTables
from bot.terms import is_han
from gateway.core.ids import EntryId
from gateway.core.texts import Texts

FEW = 3
"""Fewer ways to ask in a language than this cost answers: five instead of one are worth 18 to 27 points of accuracy."""
SOON_DAYS = 14
"""An entry that ends within so many days is told."""


class Severity(StrEnum):
    """How bad it is. `error`: customers are hurt by it now. `warn`: somebody should look. `hint`: it would be better."""

    ERROR = "error"
    WARN = "warn"
    HINT = "hint"


class Finding(Struct, frozen=True):
    """One thing about the knowledge base. `values` are what its text (`told`) is made with; nothing in it is a customer's."""

    code: str
    entries: tuple[EntryId, ...]
    question: str
    """The question it is about; empty where it is about none."""
    detail: str
    """What was found, as it stands: the other question, a date, a link. In no language of its own."""
    severity: Severity
    values: Mapping[str, str] = field(default_factory=dict)


SEVERITIES: Mapping[str, Severity] = {
    "asked_twice": Severity.ERROR, "not_question_asked": Severity.ERROR, "empty_question": Severity.ERROR, "broken_link": Severity.ERROR,
    "unknown_queue": Severity.ERROR, "placeholder": Severity.WARN, "same_entry": Severity.WARN, "near_question": Severity.WARN,
    "ended": Severity.WARN, "past_date": Severity.WARN, "asks_for_person": Severity.WARN, "answer_language": Severity.WARN,
    "wrong_language": Severity.WARN, "long_answer": Severity.WARN, "confusable": Severity.HINT, "few_questions": Severity.HINT,
    "same_question": Severity.HINT, "question_language": Severity.HINT, "ends_soon": Severity.HINT, "long_question": Severity.HINT,
}  # fmt: skip
"""Every code, the most severe first. The catalogues say each one as `kb.finding.CODE`."""

LONG_QUESTION_CHARS = 120


class Scope(Struct, frozen=True, kw_only=True):
    """What an installation offers: what is not said is not checked."""

    languages: tuple[str, ...] = ()
    """BCP 47 tags, as configured."""
    channels: frozenset[str] = frozenset()
    """Types of the configured channels."""
    queues: frozenset[str] = frozenset()


def check(
    entries: Sequence[Entry], today: str, *, scope: Scope | None = None, vectors: Mapping[str, Vectors] | None = None
) -> tuple[Finding, ...]:
    """Everything found, the most severe first, then in the entries' order. `today` is an ISO date ("" checks no dates).

    `vectors`: sentence vectors of length one by the questions' raw text, where an encoder is at hand; then questions that mean the same
    in other words are found, too. Ten thousand questions take seconds.
    """
    scope = scope or Scope()
    normalizer, rules = TextNormalizer(ScriptTables()), WordRules()
    findings: list[Finding] = []
    for entry in entries:
        findings += _entry(entry, today, scope, normalizer, rules)
    findings += _between(entries, normalizer, vectors)
    ranks = {code: rank for rank, code in enumerate(SEVERITIES)}
    order = {entry.id: number for number, entry in enumerate(entries)}
    return tuple(sorted(findings, key=lambda one: (ranks[one.code], order[one.entries[0]])))


def told(finding: Finding, texts: Texts, language: str) -> str:
    """The finding in words."""
    return texts.say(f"kb.finding.{finding.code}", language, **finding.values)


def counted(findings: Iterable[Finding]) -> dict[str, int]:
    """How many of each severity."""
    counts = Counter(finding.severity for finding in findings)
    return {severity.value: counts[severity] for severity in Severity}


# ---- one entry by itself --------------------------------------------------------------------------------------------------------


def _entry(entry: Entry, today: str, scope: Scope, normalizer: Normalizer, rules: Rules) -> Iterator[Finding]:
    yield from _questions(entry, normalizer, rules)
    yield from _ways_to_ask(entry, normalizer)
    yield from _languages(entry, scope)
    yield from _validity(entry, today)
    if entry.handoff and entry.handoff.queue and scope.queues and entry.handoff.queue not in scope.queues:
        yield _found("unknown_queue", entry, detail=entry.handoff.queue, found=entry.handoff.queue)
    for code, detail, values in answer_findings(entry, today, scope.channels):
        yield _found(code, entry, detail=detail, **values)


def _questions(entry: Entry, normalizer: Normalizer, rules: Rules) -> Iterator[Finding]:
    cores: dict[str, str] = {}
    for question in entry.questions:
        plain = normalizer.plain(question)
        core = normalizer.core(plain)
        if not core:
            yield _found("empty_question", entry, question)
        elif core in cores:
            yield _found("same_question", entry, question, detail=cores[core], other=cores[core])
        elif rules.person(plain) and entry.handoff is None:
            yield _found("asks_for_person", entry, question)
        if len(question) > LONG_QUESTION_CHARS:
            yield _found("long_question", entry, question, detail=str(len(question)), count=str(len(question)))
        cores.setdefault(core, question)
    for question in entry.not_questions:
        core = normalizer.core(normalizer.plain(question))
        if core in cores:
            yield _found("not_question_asked", entry, question, detail=cores[core])


def _ways_to_ask(entry: Entry, normalizer: Normalizer) -> Iterator[Finding]:
    cores = {normalizer.core(normalizer.plain(question)) for question in entry.questions} - {""}
    for name, count in (("zh", sum(map(is_han, cores))), ("en", sum(not is_han(core) for core in cores))):
        if 0 < count < FEW:
            yield _found("few_questions", entry, detail=name, count=str(count), tag=name, wanted=str(FEW))


def _languages(entry: Entry, scope: Scope) -> Iterator[Finding]:
    wanted = dict.fromkeys(tag.split("-")[0].lower() for tag in scope.languages)
    answered = {base(tag).split("-")[0] for tag in entry.answer}
    for name in wanted:
        if entry.answer and name not in answered:
            yield _found("answer_language", entry, detail=name, tag=name)
        if name in {"zh", "en"} and not any(is_han(question) is (name == "zh") for question in entry.questions):
            yield _found("question_language", entry, detail=name, tag=name)


def _validity(entry: Entry, today: str) -> Iterator[Finding]:
    if not today or not entry.valid_to:
        return
    if entry.valid_to < today:
        yield _found("ended", entry, detail=entry.valid_to, date=entry.valid_to)
    elif _days(today, entry.valid_to) <= SOON_DAYS:
        yield _found("ends_soon", entry, detail=entry.valid_to, date=entry.valid_to)


def _days(first: str, last: str) -> int:
    from datetime import date

    return (date.fromisoformat(last) - date.fromisoformat(first)).days


# ---- entries beside one another -------------------------------------------------------------------------------------------------


def _between(entries: Sequence[Entry], normalizer: Normalizer, vectors: Mapping[str, Vectors] | None) -> Iterator[Finding]:
    asked = [
        Asked(number, question, core)
        for number, entry in enumerate(entries)
        for question in entry.questions
        if (core := normalizer.core(normalizer.plain(question)))
    ]
    for clash in clashes(entries, asked, vectors):
        first, second = asked[clash.first], asked[clash.second]
        ids = (entries[first.owner].id, entries[second.owner].id)
        values = {"question": first.question, "other": second.question, "entry": ids[0], "other_entry": ids[1], "count": str(clash.count)}
        yield Finding(clash.code, ids, first.question, second.question, SEVERITIES[clash.code], values)


def _found(code: str, entry: Entry, question: str = "", *, detail: str = "", **values: str) -> Finding:
    shown = {"entry": str(entry.id), "question": question, **values}
    return Finding(code, (entry.id,), question, detail, SEVERITIES[code], shown)


def worst(findings: Collection[Finding]) -> Severity | None:
    """The most severe there is."""
    return next((severity for severity in Severity if any(one.severity is severity for one in findings)), None)

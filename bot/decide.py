"""The bot: one question in, one decision out. Pure; the same question, memory and knowledge always decide the same."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct, structs

from bot.confidence import Calibrated, Confidence
from bot.entries import Entry
from bot.language import ScriptDetector, reply_language
from bot.match import LexicalMatcher
from bot.normalize import Normalizer, TextNormalizer
from bot.picks import NONE, Picks, WordPicks, choice_id, entry_of
from bot.ranking import Ranked, Ranking
from bot.reading import Reader
from bot.replies import Replies
from bot.rules import Hit, Rules, Topic, WordRules
from bot.scripts import ScriptTables
from gateway.core.decision import PERSON, Ask, Candidate, Decision, Kind
from gateway.core.handoff import Reason, Urgency
from gateway.core.ids import EntryId
from gateway.core.message import Choice
from gateway.core.texts import Texts

CLARIFICATIONS_MAX_COUNT = 2
"""Times in a row that the bot asks back; then a person is asked."""
CHOICES_COUNT = 3
CHOICE_MIN = 0.05
"""A choice less likely than this isn't worth a line."""
BEST_MIN = 0.25
"""Three unlikely entries are no reason to ask back: one of them must be worth it."""
CATEGORY_MIN = 0.30
"""From here on the best candidate's category goes with a handoff."""

_SMALLTALK_TEXTS = {
    Topic.GREETING: "bot.greeting",
    Topic.THANKS: "bot.thanks",
    Topic.GOODBYE: "bot.goodbye",
    Topic.BOT: "bot.about",
    Topic.SMALLTALK: "bot.smalltalk",
}
_CLARIFY_TEXT = "bot.clarify"
_WORDLESS_TEXT = "bot.wordless"
_PERSON_TEXT = "turn.person"
TEXT_KEYS = (*_SMALLTALK_TEXTS.values(), _CLARIFY_TEXT, _WORDLESS_TEXT, _PERSON_TEXT)
"""What the catalogues must hold for the bot."""


class Turn(Struct, frozen=True):
    """A question, made ready: what it says (see `Reading`), and the tag of the reply's language."""

    ask: Ask
    plain: str
    core: str
    language: str
    person: Hit | None


class Bot:
    """Answers from a knowledge base. Building it takes seconds for a thousand entries; deciding takes milliseconds."""

    def __init__(
        self,
        entries: Sequence[Entry],
        *,
        texts: Texts,
        target_precision: float = 0.95,
        rules: Rules | None = None,
        picks: Picks | None = None,
    ) -> None:
        scripts = ScriptTables()
        self._texts = texts
        self._normalizer: Normalizer = TextNormalizer(scripts)
        self._rules: Rules = rules or WordRules()
        self._reader = Reader(self._normalizer, ScriptDetector(scripts), self._rules)
        self._picks: Picks = picks or WordPicks()
        self._replies = Replies(scripts)
        self._entries = {entry.id: entry for entry in entries}
        matcher = LexicalMatcher(entries, self._normalizer)
        self._confidence: Confidence = Calibrated(matcher, target_precision)
        self._ranking = Ranking(entries, self._normalizer, matcher, self._confidence)
        self._steps: tuple[Callable[[Turn], Decision | None], ...] = (
            self._picked, self._person, self._repeated, self._exact, self._wordless, self._angry, self._small, self._matched,
        )  # fmt: skip

    @property
    def entry_count(self) -> int:
        """How many entries it knows."""
        return len(self._entries)

    def decide(self, ask: Ask) -> Decision:
        """What to do about this question. Never raises, whatever the text."""
        turn = self._turn(ask)
        for step in self._steps:
            if (decision := step(turn)) is not None:
                return decision
        raise AssertionError("the last step always decides")

    def candidates(self, text: str) -> tuple[Candidate, ...]:
        """The likely entries, best first, whatever would be decided: for measuring and for `kb ask`."""
        plain = self._normalizer.plain(text)
        return _candidates(self._ranking.ranked(self._normalizer.core(plain), ""))

    # ---- steps, in their order; the first that decides ends the turn ----

    def _picked(self, turn: Turn) -> Decision | None:
        """A choice, tapped or said."""
        ask = turn.ask
        choice = ask.picked or self._picks.picked(turn.plain, ask.memory.offered)
        if choice == PERSON:
            return self._handoff(turn, Reason.EXPLICIT_REQUEST, PERSON)
        if choice == NONE and not ask.picked:
            return self._handoff(turn, Reason.CLARIFY_FAILED, turn.plain)
        entry = self._entries.get(entry_of(choice) or EntryId("")) if choice else None
        return self._answer(turn, Ranked(entry, 1.0, {"picked": choice})) if entry and entry.is_valid_on(ask.today) else None

    def _person(self, turn: Turn) -> Decision | None:
        hit = turn.person
        return self._handoff(turn, Reason.EXPLICIT_REQUEST, hit.words, detail=_rule(hit)) if hit else None

    def _repeated(self, turn: Turn) -> Decision | None:
        """The same question again: what we said the first time was no help."""
        if not turn.core or turn.core != turn.ask.memory.last_text:
            return None
        ranked = self._ranking.ranked(turn.core, turn.ask.today)
        return self._handoff(turn, Reason.REPEATED_MISS, turn.core, ranked)

    def _exact(self, turn: Turn) -> Decision | None:
        exact = self._ranking.exact(turn.core, turn.ask.today)
        return self._decided(turn, exact) if exact else None

    def _wordless(self, turn: Turn) -> Decision | None:
        """Pictures or marks only."""
        return None if turn.core else self._ask_back(turn, [], _WORDLESS_TEXT)

    def _angry(self, turn: Turn) -> Decision | None:
        hit = self._rules.anger(turn.plain)
        if hit is None:
            return None
        ranked = self._ranking.ranked(turn.core, turn.ask.today)
        return self._handoff(turn, Reason.NEGATIVE_SENTIMENT, hit.words, ranked, detail=_rule(hit), urgency=Urgency.HIGH)

    def _small(self, turn: Turn) -> Decision | None:
        hit = self._rules.smalltalk(turn.plain)
        if hit is None:
            return None
        return Decision(
            kind=Kind.CHITCHAT, language=turn.language, text=self._texts.say(_SMALLTALK_TEXTS[hit.topic], turn.language),
            confidence=1.0, trigger=hit.topic.value, memory=turn.ask.memory, detail=_rule(hit),
        )  # fmt: skip

    def _matched(self, turn: Turn) -> Decision:
        return self._decided(turn, self._ranking.ranked(turn.core, turn.ask.today))

    # ---- outcomes ----

    def _turn(self, ask: Ask) -> Turn:
        said = self._reader.read(ask.text)
        return Turn(ask, said.plain, said.core, reply_language(said.language, ask.language, ask.languages), said.person)

    def _decided(self, turn: Turn, ranked: list[Ranked]) -> Decision:
        """Answer where it is safe, ask back where that is worth it, else hand off."""
        if ranked and ranked[0].p >= self._confidence.answers_from(ranked[0].entry.risk):
            return self._answer(turn, ranked[0], ranked)
        together = sum(item.p for item in ranked[:CHOICES_COUNT])
        if ranked and ranked[0].p >= BEST_MIN and together >= self._confidence.clarifies_from():
            return self._ask_back(turn, [item for item in ranked[:CHOICES_COUNT] if item.p >= CHOICE_MIN], _CLARIFY_TEXT)
        return self._handoff(turn, Reason.LOW_CONFIDENCE, _percent(ranked), ranked)

    def _answer(self, turn: Turn, best: Ranked, ranked: Sequence[Ranked] = ()) -> Decision:
        entry, ranked = best.entry, ranked or (best,)
        text = self._replies.answer(entry, turn.language, turn.ask.channel_type)
        if entry.handoff is not None or entry.action is not None:
            reason = entry.handoff.reason if entry.handoff else Reason.BUSINESS_RULE
            handed = self._handoff(turn, reason, entry.title, ranked, urgency=entry.urgency)
            queue = entry.handoff.queue if entry.handoff else None
            return structs.replace(handed, text=text if entry.action is None else "", entry=entry.id, confidence=best.p, queue=queue)
        memory = structs.replace(
            turn.ask.memory, misses=0, clarifications=0, offered=(), last_text=turn.core, last_entry=entry.id,
        )  # fmt: skip
        return Decision(
            kind=Kind.ANSWER, language=turn.language, text=text, entry=entry.id, confidence=best.p, candidates=_candidates(ranked),
            category=entry.category, urgency=entry.urgency, memory=memory,
            detail={**best.why, "threshold": round(self._confidence.answers_from(entry.risk), 4), "risk": entry.risk.value},
        )  # fmt: skip

    def _ask_back(self, turn: Turn, ranked: Sequence[Ranked], key: str) -> Decision:
        memory = turn.ask.memory
        if memory.clarifications >= CLARIFICATIONS_MAX_COUNT:
            return self._handoff(turn, Reason.CLARIFY_FAILED, _percent(ranked), ranked)
        language = turn.language
        choices = [Choice(choice_id(item.entry.id), self._replies.title(item.entry, language)) for item in ranked]
        choices.append(Choice(PERSON, self._texts.say(_PERSON_TEXT, language)))
        return Decision(
            kind=Kind.CLARIFY, language=language, text=self._texts.say(key, language), confidence=ranked[0].p if ranked else 0.0,
            candidates=_candidates(ranked), choices=tuple(choices), category=_category(ranked), trigger=_percent(ranked),
            memory=structs.replace(
                memory, misses=memory.misses + 1, clarifications=memory.clarifications + 1, last_text=turn.core,
                offered=tuple(choice.id for choice in choices),
            ),
            detail={**(ranked[0].why if ranked else {}), "threshold": round(self._confidence.clarifies_from(), 4)},
        )  # fmt: skip

    def _handoff(
        self,
        turn: Turn,
        reason: Reason,
        trigger: str,
        ranked: Sequence[Ranked] = (),
        *,
        urgency: Urgency = Urgency.NORMAL,
        detail: dict[str, Any] | None = None,
    ) -> Decision:
        memory = turn.ask.memory
        return Decision(
            kind=Kind.HANDOFF, language=turn.language, confidence=ranked[0].p if ranked else 0.0, candidates=_candidates(ranked),
            reason=reason, trigger=trigger, category=_category(ranked), urgency=urgency,
            memory=structs.replace(memory, misses=memory.misses + 1, clarifications=0, offered=(), last_text=turn.core),
            detail=detail if detail is not None else dict(ranked[0].why) if ranked else {},
        )  # fmt: skip


def _candidates(ranked: Sequence[Ranked]) -> tuple[Candidate, ...]:
    return tuple(Candidate(item.entry.id, round(item.p, 4), item.entry.title) for item in ranked[:5])


def _category(ranked: Sequence[Ranked]) -> str | None:
    return ranked[0].entry.category if ranked and ranked[0].p >= CATEGORY_MIN else None


def _percent(ranked: Sequence[Ranked]) -> str:
    """What was found, for people: the best entry's title and its probability."""
    return f"{ranked[0].entry.title} ({ranked[0].p:.0%})" if ranked else ""


def _rule(hit: Hit) -> dict[str, Any]:
    return {"rule": hit.topic.value, "words": hit.words}

"""The last step: what was said, looked up in the knowledge base; with the question before it, where it leans on that."""

from collections.abc import Sequence
from typing import Any

from rapidfuzz import fuzz

from bot.means import CHOICE_MIN, Means
from bot.outcomes import CLARIFY_TEXT, SAME_ANSWER_TEXT, percent
from bot.picks import choice_id
from bot.ranking import Ranked
from bot.turn import Turn
from gateway.core.decision import Decision
from gateway.core.handoff import Reason

SAME_WORDS = 80.0
"""From this likeness on (rapidfuzz ratio) a question that gets the same entry is the same question, reworded."""
SURER_BY = 0.10
"""How much surer a follow-up must be together with the question before it."""
NAMED_MIN = 0.40
NAMED_TIMES = 2.0
"""An answer to "did you mean" is taken for the choice that is so likely, and so many times likelier than the other choices."""
VAGUE_MAX_CHARS = 14


class Matched:
    """Answers where that is safe, asks back where that is worth it, else asks a person. Always decides."""

    SAY_MORE_TEXT = "bot.say_more"
    TEXT_KEYS = (SAY_MORE_TEXT,)

    def __init__(self, means: Means) -> None:
        self._means = means

    def __call__(self, turn: Turn) -> Decision:
        alone = self._means.ranked(turn)
        return self._named(turn, alone) or self._decided(turn, alone)

    # ---- answers to "did you mean" in other words ----

    def _named(self, turn: Turn, alone: Sequence[Ranked]) -> Decision | None:
        """One of the choices, in words of the customer's own."""
        offered = set(turn.memory.offered)
        named = [item for item in alone if choice_id(item.entry.id) in offered]
        if not named or alone[0] is not named[0] or named[0].p < NAMED_MIN:
            return None
        if len(named) > 1 and named[0].p < NAMED_TIMES * named[1].p:
            return None
        return self._means.outcomes.answer(turn, named[0], alone, named=choice_id(named[0].entry.id))

    # ---- alone ----

    def _decided(self, turn: Turn, ranked: list[Ranked]) -> Decision:
        means, outcomes = self._means, self._means.outcomes
        if ranked and outcomes.reaches(ranked[0]):
            return self._again(turn, ranked) or outcomes.answer(turn, ranked[0], ranked)
        if choices := means.worth_asking(ranked):
            return outcomes.ask_back(turn, choices, CLARIFY_TEXT)
        return outcomes.hand_off(turn, Reason.LOW_CONFIDENCE, percent(ranked), ranked)

    def _again(self, turn: Turn, ranked: list[Ranked], **why: Any) -> Decision | None:
        """The entry that was answered a moment ago: the same answer again would be no answer."""
        memory, outcomes = turn.memory, self._means.outcomes
        if not turn.follows_answer or ranked[0].entry.id != memory.last_entry:
            return None
        if fuzz.ratio(turn.core, memory.last_text) >= SAME_WORDS:
            return outcomes.hand_off(turn, Reason.REPEATED_MISS, turn.core, ranked, **why)
        others = [item for item in ranked[1:3] if item.p >= CHOICE_MIN]
        return outcomes.ask_back(turn, others, SAME_ANSWER_TEXT, **why)

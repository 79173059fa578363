"""The last step: what was said, looked up in the knowledge base; with the question before it, where it leans on that."""

from collections.abc import Sequence
from typing import Any

from bot.followups import Leaning, bare, is_hollow, is_topic, leaning
from bot.looks import BY_SOUND
from bot.means import Means
from bot.outcomes import CLARIFY_TEXT, SAME_ANSWER_TEXT, percent, worth_offering
from bot.picks import choice_id
from bot.ranking import Ranked
from bot.segments import asks, has_content
from bot.terms import is_han
from bot.turn import Turn
from gateway.core.decision import Decision
from gateway.core.handoff import Reason

TORN_MIN, TORN_SHARE = 0.30, 0.75
"""So likely together with the question before, and beside what is sure by itself, another entry speaks against that one."""
BACKED_MIN = 0.45
"""So likely together with the question before, what is sure by itself is believed although its words name no matter."""
HEARD_MIN = 0.10
"""So likely together with the question before, an entry is offered beside it."""
NAMED_MIN = 0.40
NAMED_TIMES = 2.0
"""An answer to "did you mean" is taken for the choice that is so likely, and so many times likelier than the other choices."""


class Matched:
    """Answers where that is safe, asks back where that is worth it, else asks a person. Always decides."""

    SAY_MORE_TEXT = "bot.say_more"
    TEXT_KEYS = (SAY_MORE_TEXT,)

    def __init__(self, means: Means) -> None:
        self._means = means

    def __call__(self, turn: Turn) -> Decision:
        alone = self._means.headed(turn, turn.core)
        if alone and alone[0].why.get("look") == BY_SOUND:
            turn = turn.in_chinese()
        return self._named(turn, alone) or self._followed(turn, alone) or self._decided(turn, alone)

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

    # ---- follow-ups ----

    def _followed(self, turn: Turn, alone: list[Ranked]) -> Decision | None:
        """What it means together with the question before it; None where it stands for itself, or nothing comes of it."""
        lean, before, outcomes = leaning(turn.plain, turn.core), self._means.before(turn), self._means.outcomes
        is_sure = bool(alone) and outcomes.reaches(alone[0])
        if lean is Leaning.NONE or not before:
            return None
        understood = f"{before} {bare(turn.core)}"
        found = self._means.together(turn, alone)
        why: dict[str, Any] = {"follows": turn.memory.last_entry or before, "understood": understood}
        if is_sure:
            return self._torn(turn, alone, found, why)
        if found and outcomes.reaches(found[0]):
            return outcomes.answer(turn, found[0], found, **why)
        if lean is Leaning.MARKED and alone and alone[0].entry.id == turn.memory.last_entry:
            return outcomes.ask_back(turn, worth_offering(found), SAME_ANSWER_TEXT, **why)
        if choices := self._means.worth_asking(turn, found):
            return outcomes.ask_back(turn, choices, CLARIFY_TEXT, **why)
        return outcomes.ask_back(turn, [], self.SAY_MORE_TEXT, **why) if lean is Leaning.MARKED else None

    def _torn(self, turn: Turn, alone: Sequence[Ranked], found: Sequence[Ranked], why: dict[str, Any]) -> Decision | None:
        """Sure by itself; but where the question before speaks for another entry as well, nobody can know which is meant."""
        best = alone[0].entry.id
        if best == turn.memory.last_entry:
            return None
        by_context = {item.entry.id: item.why["together"] for item in found}
        others = sorted((item for item in found if item.entry.id != best), key=lambda item: -by_context[item.entry.id])
        likely = by_context.get(best, 0.0)
        if others and by_context[others[0].entry.id] >= max(TORN_MIN, TORN_SHARE * likely):
            return self._means.outcomes.ask_back(turn, [others[0], alone[0]], CLARIFY_TEXT, **why)
        if is_hollow(turn.core) and likely < BACKED_MIN:
            heard = [item for item in others[:2] if by_context[item.entry.id] >= HEARD_MIN]
            return self._means.outcomes.ask_back(turn, [*heard, alone[0]], CLARIFY_TEXT if heard else SAME_ANSWER_TEXT, **why)
        return None

    # ---- alone ----

    def _decided(self, turn: Turn, ranked: list[Ranked]) -> Decision:
        means, outcomes = self._means, self._means.outcomes
        if ranked and outcomes.reaches(ranked[0]) and means.is_posed(turn, turn.plain, ranked[0]):
            return outcomes.answer(turn, ranked[0], ranked)
        is_asked = not turn.ask.is_letter or asks(turn.plain)
        if is_asked and (choices := self._about(turn, ranked) or means.worth_asking(turn, ranked)):
            return outcomes.ask_back(turn, choices, CLARIFY_TEXT)
        return outcomes.hand_off(turn, Reason.LOW_CONFIDENCE, percent(ranked), ranked)

    def _about(self, turn: Turn, ranked: list[Ranked]) -> list[Ranked]:
        """The entries that speak of the one word that was said ("退款", "invoices", "fa piao")."""
        best = ranked[0].why if ranked else {}
        word = best.get("read_as", turn.core) if best.get("look") == BY_SOUND else turn.core
        return self._means.topic(turn, word, ranked) if is_topic(word) and (is_han(word) or has_content(word)) else []

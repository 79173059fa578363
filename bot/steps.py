"""The steps of a decision in their order; the first that decides ends the turn."""

from typing import Any

from bot.entries import Entry
from bot.feedback import BARE_NO, Unhelped
from bot.matched import Matched
from bot.means import Means, Step
from bot.outcomes import CHOICE_MIN, CLARIFY_TEXT
from bot.picks import NONE, UNCLEAR, is_place
from bot.ranking import Ranked
from bot.rules import Hit, Topic
from bot.sensitive import Alarm, Danger
from bot.several import Several
from bot.turn import Turn
from bot.wishing import Wished
from gateway.core.decision import PERSON, Decision
from gateway.core.handoff import Reason, Urgency
from gateway.core.ids import EntryId

SMALLTALK_MAX_COUNT = 8
"""Turns of small talk in a row; then somebody is talking who will not stop by himself, or a machine."""

_SMALLTALK_TEXTS = {
    Topic.GREETING: "bot.greeting",
    Topic.THANKS: "bot.thanks",
    Topic.GOODBYE: "bot.goodbye",
    Topic.BOT: "bot.about",
    Topic.SMALLTALK: "bot.smalltalk",
}
_GREETING_LETTER_TEXT = "bot.greeting_letter"
_CRISIS_TEXT = "bot.crisis"
_WORDLESS_TEXT = "bot.wordless"
_NO_LIST_TEXT = "bot.no_list"
TEXT_KEYS = (
    *_SMALLTALK_TEXTS.values(), _GREETING_LETTER_TEXT, _CRISIS_TEXT, _WORDLESS_TEXT, _NO_LIST_TEXT, CLARIFY_TEXT, *Unhelped.TEXT_KEYS,
    *Matched.TEXT_KEYS,
)  # fmt: skip


def steps(means: Means) -> tuple[Step, ...]:
    """All steps, in their order. The last one always decides."""
    simple = _Simple(means)
    return (
        simple.in_danger, simple.picked, simple.person, simple.repeated, simple.exact, Unhelped(means), simple.placed, simple.wordless,
        simple.sensitive, simple.angry, simple.small, Wished(means.outcomes, means.encoder), Several(means), Matched(means),
    )  # fmt: skip


class _Simple:
    """Steps that look at the words alone."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._outcomes = means.outcomes

    def in_danger(self, turn: Turn) -> Decision | None:
        """A life comes before everything else."""
        alarm = self._means.sensitive.alarm(turn.whole)
        return self._alarmed(turn, alarm) if alarm and alarm.danger is Danger.LIFE else None

    def picked(self, turn: Turn) -> Decision | None:
        """A choice, tapped or said; be it of an older question."""
        ask = turn.ask
        tapped = (ask.picked,) if ask.picked and (ask.picked == PERSON or self._means.entry(ask.picked, ask.today)) else ()
        said = tapped or self._said(turn)
        if PERSON in said:
            return self._outcomes.hand_off(turn, Reason.EXPLICIT_REQUEST, turn.plain or PERSON)
        if said == (NONE,):
            return self._outcomes.hand_off(turn, Reason.CLARIFY_FAILED, turn.plain)
        if said == (UNCLEAR,):
            return self._outcomes.ask_back(turn, [Ranked(entry, CHOICE_MIN) for entry in self._offered(turn)])
        found = [Ranked(entry, 1.0, {"picked": choice}) for choice in said if (entry := self._means.entry(choice, ask.today))]
        if len(found) > 1:
            return Several(self._means).answered(turn, [(item.entry.title, item) for item in found])
        return self._outcomes.answer(turn, found[0], is_chosen=True) if found else None

    def person(self, turn: Turn) -> Decision | None:
        hit = turn.said.person
        return self._outcomes.hand_off(turn, Reason.EXPLICIT_REQUEST, hit.words, **_rule(hit)) if hit else None

    def repeated(self, turn: Turn) -> Decision | None:
        """The same question again: what we said the first time was no help."""
        if not turn.core or turn.core != turn.memory.last_text:
            return None
        return self._outcomes.hand_off(turn, Reason.REPEATED_MISS, turn.core, self._means.ranked(turn))

    def exact(self, turn: Turn) -> Decision | None:
        """A question that stands in the knowledge base word for word is nothing else."""
        exact = self._means.ranking.exact(turn.core, turn.ask.today)
        if not exact:
            return None
        if len(exact) == 1:
            return self._outcomes.answer(turn, exact[0], exact)
        return self._outcomes.ask_back(turn, exact)

    def placed(self, turn: Turn) -> Decision | None:
        """A place in a list ("2") that was never shown, or that is shorter."""
        if not is_place(turn.plain):
            return None
        offered = [Ranked(entry, CHOICE_MIN) for entry in self._offered(turn)]
        return self._outcomes.ask_back(turn, offered, CLARIFY_TEXT if offered else _NO_LIST_TEXT)

    def wordless(self, turn: Turn) -> Decision | None:
        """Pictures or marks only; or a choice that stands for nothing any more."""
        if turn.core:
            return None
        return self._outcomes.ask_back(turn, [], Matched.SAY_MORE_TEXT if turn.ask.picked else _WORDLESS_TEXT)

    def angry(self, turn: Turn) -> Decision | None:
        hit = self._means.rules.anger(turn.whole)
        if hit is None:
            return None
        ranked = self._means.ranked(turn)
        return self._outcomes.hand_off(turn, Reason.NEGATIVE_SENTIMENT, hit.words, ranked, urgency=Urgency.HIGH, **_rule(hit))

    def sensitive(self, turn: Turn) -> Decision | None:
        alarm = self._means.sensitive.alarm(turn.whole)
        return self._alarmed(turn, alarm) if alarm else None

    def small(self, turn: Turn) -> Decision | None:
        hit = self._means.rules.smalltalk(turn.plain)
        if hit is None and turn.memory.smalltalk_count and BARE_NO.fullmatch(turn.plain):
            hit = Hit(Topic.GOODBYE, turn.plain)  # "is there anything else?" - "no"
        if hit is None:
            return None
        if turn.memory.smalltalk_count >= SMALLTALK_MAX_COUNT:
            return self._outcomes.hand_off(turn, Reason.LOOP_DETECTED, hit.words, **_rule(hit))
        if turn.ask.is_letter and hit.topic not in (Topic.THANKS, Topic.GOODBYE):
            return self._written(turn, hit)
        helped = turn.memory.entries[-1] if hit.topic is Topic.THANKS and turn.follows_answer else None
        return self._outcomes.chat(turn, _SMALLTALK_TEXTS[hit.topic], hit.topic.value, EntryId(helped) if helped else None, **_rule(hit))

    def _written(self, turn: Turn, hit: Hit) -> Decision:
        """Nobody chats by mail: who only greets is asked once what it is about, anything else is a person's to read."""
        if hit.topic is Topic.GREETING and not turn.memory.smalltalk_count:
            return self._outcomes.chat(turn, _GREETING_LETTER_TEXT, hit.topic.value, **_rule(hit))
        return self._outcomes.hand_off(turn, Reason.LOW_CONFIDENCE, hit.words, **_rule(hit))

    def _said(self, turn: Turn) -> tuple[str, ...]:
        """The choices that the words name. Those of the question itself, said again, name nothing."""
        offered = turn.memory.offered
        if not offered or turn.core == turn.memory.last_text:
            return ()
        return self._means.picks.picked(turn.plain, offered, self._titles(offered))

    def _alarmed(self, turn: Turn, alarm: Alarm) -> Decision:
        is_life = alarm.danger is Danger.LIFE
        return self._outcomes.hand_off(
            turn, Reason.SENSITIVE_TOPIC, alarm.words, () if is_life else self._means.ranked(turn),
            urgency=Urgency.URGENT if is_life else Urgency.HIGH, lead=_CRISIS_TEXT if is_life else "",
            rule=f"sensitive.{alarm.danger.value}", words=alarm.words,
        )  # fmt: skip

    def _offered(self, turn: Turn) -> list[Entry]:
        return [entry for choice in turn.memory.offered if (entry := self._means.entry(choice, turn.ask.today))]

    def _titles(self, offered: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        """The plain words of what was offered, in both languages."""
        means = self._means
        found = {}
        for choice in offered:
            if entry := means.entry(choice, ""):
                found[choice] = tuple(means.normalizer.plain(means.replies.title(entry, language)) for language in ("zh-Hans", "en"))
        return found


def _rule(hit: Hit) -> dict[str, Any]:
    return {"rule": hit.topic.value, "words": hit.words}

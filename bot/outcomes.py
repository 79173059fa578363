"""What can become of a turn: an answer, several at once, a question back, small talk, a person. Each says why, and what to remember."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct, structs
from rapidfuzz import fuzz

from bot import recall
from bot.confidence import Confidence
from bot.entries import Entry
from bot.picks import choice_id
from bot.ranking import Ranked
from bot.replies import Replies
from bot.turn import Turn
from gateway.core.decision import PERSON, Candidate, Decision, Kind, Triage
from gateway.core.handoff import Reason, Urgency
from gateway.core.ids import EntryId
from gateway.core.parts import Choice
from gateway.core.texts import Texts

CLARIFICATIONS_MAX_COUNT = 2
"""Times in a row that the bot asks back; then a person is asked."""
CHOICES_COUNT = 3
CANDIDATES_COUNT = 5
CATEGORY_MIN = 0.30
"""From here on the best candidate's category goes with a handoff."""
CHOICE_MIN, CHOICE_SHARE = 0.08, 0.10
"""A choice less likely than this, by itself or beside the best one, isn't worth a line."""
SAME_WORDS = 80.0
"""From this likeness on (rapidfuzz ratio) a question that gets the same entry is the same question, reworded."""
SAME_ANSWER_MAX_COUNT = 2
"""The third time that a session gets the same answer it goes round in circles."""

CLARIFY_TEXT = "bot.clarify"
PERSON_TEXT = "turn.person"
SAME_ANSWER_TEXT = "bot.same_answer"
SAME_ANSWER_ONLY_TEXT = "bot.same_answer_only"
UNANSWERED_TEXT = "bot.unanswered"
ALSO_TEXT = "bot.also"
LIKELY_ONE_TEXT, LIKELY_TEXT, REST_TEXT = "bot.likely_one", "bot.likely", "bot.rest"
TEXT_KEYS = (
    CLARIFY_TEXT, PERSON_TEXT, SAME_ANSWER_TEXT, SAME_ANSWER_ONLY_TEXT, UNANSWERED_TEXT, ALSO_TEXT, LIKELY_ONE_TEXT, LIKELY_TEXT, REST_TEXT,
)  # fmt: skip
OFFERED_MAX_CHARS = 1_500
"""Answers that are offered in one mail are no longer than this together: nobody reads three pages to find one."""


class Judge(Protocol):
    """Tells what sort of wish a question is."""

    def judge(self, text: str, core: str, best: Entry | None) -> Triage:
        """The triage of a raw text. `best`: the likeliest entry, where one is likely."""
        ...


class Errand(Protocol):
    """Gets what an entry's action needs, and has it looked up."""

    def begin(
        self, outcomes: "Outcomes", turn: Turn, best: Ranked, ranked: Sequence[Ranked], why: Mapping[str, Any]
    ) -> Decision | None:  # fmt: skip
        """The question for what is missing, or the look-up; None where the action is not fit for use."""
        ...


class Answered(Struct, frozen=True):
    """One of several questions in a message: its words, and the entry that answers it."""

    piece: str
    best: Ranked


class Outcomes:
    """Makes decisions."""

    def __init__(
        self, texts: Texts, replies: Replies, confidence: Confidence, judge: Judge | None = None, errands: Errand | None = None
    ) -> None:  # fmt: skip
        self._errands = errands
        self._texts = texts
        self._replies = replies
        self._confidence = confidence
        self._judge = judge

    def reaches(self, item: Ranked) -> bool:
        """Whether an entry is sure enough to be answered, by itself, with nobody asked first."""
        return item.p >= self._confidence.answers_from(item.entry.risk)

    def is_said(self, turn: Turn, entry: Entry) -> bool:
        """Whether this entry's answer is the last thing that the bot said."""
        return turn.follows_answer and entry.id == turn.memory.last_entry

    # ---- answers ----

    def answer(self, turn: Turn, best: Ranked, ranked: Sequence[Ranked] = (), *, is_chosen: bool = False, **why: Any) -> Decision:
        """Answer with an entry; hand off where the entry says so, or where the customer has had this answer too often.

        `is_chosen`: the customer has picked this very entry, and gets it also where it was said a moment ago.
        """
        entry, ranked = best.entry, ranked or (best,)
        if entry.action is not None and self._errands and (asked := self._errands.begin(self, turn, best, ranked, why)):
            return asked
        if turn.memory.entries.count(entry.id) >= SAME_ANSWER_MAX_COUNT:
            return self.hand_off(turn, Reason.LOOP_DETECTED, entry.title, ranked, **why)
        if not is_chosen and self.is_said(turn, entry):
            return self._same_again(turn, ranked, why)
        if entry.handoff is not None or entry.action is not None:
            return self._people_answer(turn, best, ranked, why)
        return Decision(
            kind=Kind.ANSWER, language=turn.language, text=self._words(entry, turn), entry=entry.id, confidence=best.p,
            candidates=candidates(ranked), category=entry.category, urgency=entry.urgency,
            memory=recall.after_answer(turn, (entry.id,), why.get("understood")),
            detail={**best.told, **self._threshold(entry), **why},
        )  # fmt: skip

    def answer_all(
        self, turn: Turn, found: Sequence[Answered], unanswered: Sequence[str] = (), also: Sequence[Ranked] = (), **why: Any
    ) -> Decision:
        """Answer the questions of one message together; what has no answer is named and what may be meant besides is offered, beside a
        person, never left out in silence. By mail a person answers the rest, and gets all of it."""
        language, best = turn.language, [item.best for item in found]
        if turn.ask.is_letter and unanswered:
            return self._answer_in_part(turn, found, unanswered, **why)
        is_offered = turn.ask.is_letter and bool(also) and self._is_short(turn, also)
        choices = self._choices(also, turn) if (unanswered or also) and not is_offered else ()
        first, more = max(best, key=lambda item: item.p), self._offer(turn, ALSO_TEXT, also) if is_offered else ""
        detail = {**first.told, **self._threshold(first.entry), **why, "entries": [item.entry.id for item in best]}
        return Decision(
            kind=Kind.ANSWER, language=language, text="\n\n".join(filter(None, (self._together(turn, found), more))), choices=choices,
            prompt="" if is_offered else self._prompt(unanswered, also, language), entry=first.entry.id,
            confidence=min(item.p for item in best), candidates=candidates(best), category=first.entry.category,
            urgency=max((item.entry.urgency for item in best), key=list(Urgency).index),
            memory=recall.after_answer(turn, [item.entry.id for item in best], offered=choices),
            detail=detail | ({"unanswered": list(unanswered)} if unanswered else {}),
        )  # fmt: skip

    # ---- questions back ----

    def ask_back(
        self, turn: Turn, ranked: Sequence[Ranked], key: str = CLARIFY_TEXT, unanswered: Sequence[str] = (), **why: Any
    ) -> Decision:
        """Ask which of the entries is meant, or for a person; `key` names the words. Once too often, and a person is asked instead.

        `unanswered`: what else was asked, and has no answer.
        """
        if turn.memory.clarifications >= CLARIFICATIONS_MAX_COUNT:
            return self.hand_off(turn, Reason.CLARIFY_FAILED, percent(ranked), ranked, **why)
        language, ranked = turn.language, ranked[:CHOICES_COUNT]
        if turn.ask.is_letter and (not ranked or unanswered):
            return self.hand_off(turn, Reason.LOW_CONFIDENCE, percent(ranked), ranked, **why)
        if turn.ask.is_letter and self._is_short(turn, ranked):
            return self._offered(turn, ranked, **why)
        choices = self._choices(ranked, turn)
        key = SAME_ANSWER_ONLY_TEXT if key == SAME_ANSWER_TEXT and not ranked else key
        return Decision(
            kind=Kind.CLARIFY, language=language, text=self._asking(key, unanswered, language), confidence=ranked[0].p if ranked else 0.0,
            candidates=candidates(ranked), choices=choices, category=category(ranked), trigger=percent(ranked),
            memory=recall.after_asking_back(turn, choices, why.get("understood")),
            detail={**(ranked[0].told if ranked else {}), "threshold": round(self._confidence.clarifies_from(), 4), **why,
                    **({"unanswered": list(unanswered)} if unanswered else {})},
        )  # fmt: skip

    def _offered(self, turn: Turn, ranked: Sequence[Ranked], **why: Any) -> Decision:
        """By mail a question back costs hours: instead of the questions that may be meant, their answers."""
        return Decision(
            kind=Kind.CLARIFY, language=turn.language, text=self._offer(turn, LIKELY_TEXT if len(ranked) > 1 else LIKELY_ONE_TEXT, ranked),
            confidence=ranked[0].p, candidates=candidates(ranked), category=category(ranked), trigger=percent(ranked),
            memory=recall.after_asking_back(turn, (), why.get("understood")),
            detail={**ranked[0].told, "threshold": round(self._confidence.clarifies_from(), 4), **why,
                    "offered": [item.entry.id for item in ranked]},
        )  # fmt: skip

    def _answer_in_part(self, turn: Turn, found: Sequence[Answered], unanswered: Sequence[str], **why: Any) -> Decision:
        """What is known is said at once; people get all of it, and answer the rest."""
        rest = self._texts.say(REST_TEXT, turn.language, question=" / ".join(unanswered))
        told, best = [item.best.entry.id for item in found], [item.best for item in found]
        handed = self.hand_off(turn, Reason.LOW_CONFIDENCE, " / ".join(unanswered), best, **why, told=told, unanswered=list(unanswered))
        return structs.replace(handed, lead=f"{self._together(turn, found)}\n\n{rest}")

    # ---- small talk and people ----

    def chat(self, turn: Turn, key: str, topic: str, helped: EntryId | None = None, **why: Any) -> Decision:
        """Small talk in the words `key`. `helped`: the entry that the customer gives thanks for."""
        return Decision(
            kind=Kind.CHITCHAT, language=turn.language, text=self._texts.say(key, turn.language), confidence=1.0, trigger=topic,
            memory=recall.after_small_talk(turn, helped), detail=why | ({"helped": helped} if helped else {}),
        )  # fmt: skip

    def hand_off(
        self, turn: Turn, reason: Reason, trigger: str, ranked: Sequence[Ranked] = (), *, urgency: Urgency = Urgency.NORMAL,
        lead: str = "", **why: Any,
    ) -> Decision:  # fmt: skip
        """Ask a person. `trigger` tells people what set it off; `lead` is a text for the customer, said whoever is there."""
        triage = self._triage(turn, ranked)
        return Decision(
            kind=Kind.HANDOFF, language=turn.language, confidence=ranked[0].p if ranked else 0.0, candidates=candidates(ranked),
            reason=reason, trigger=trigger, category=category(ranked), urgency=urgency, memory=recall.after_handoff(turn), triage=triage,
            lead=self._texts.say(lead, turn.language) if lead else "", detail={**(ranked[0].told if ranked else {}), **why},
        )  # fmt: skip

    def triage_of(self, text: str, core: str, entry: Entry) -> Triage | None:
        """What sort of wish a question is that an entry is looked up for: known to people, should the look-up fail."""
        return self._judge.judge(text, core, entry) if self._judge else None

    # ---- parts ----

    def _same_again(self, turn: Turn, ranked: Sequence[Ranked], why: dict[str, Any]) -> Decision:
        """The answer of a moment ago: to the same question it was no help, to another one it would be none. Never said twice in silence."""
        if fuzz.ratio(turn.core, turn.memory.last_text) >= SAME_WORDS:
            return self.hand_off(turn, Reason.REPEATED_MISS, turn.core, ranked, **why)
        return self.ask_back(turn, worth_offering(ranked[1:]), SAME_ANSWER_TEXT, **why)

    def _people_answer(self, turn: Turn, best: Ranked, ranked: Sequence[Ranked], why: Mapping[str, Any]) -> Decision:
        """An entry that people handle: its words, if it has any, announce them."""
        entry = best.entry
        reason = entry.handoff.reason if entry.handoff else Reason.BUSINESS_RULE
        handed = self.hand_off(turn, reason, entry.title, ranked, urgency=entry.urgency, **why)
        return structs.replace(
            handed, text=self._words(entry, turn) if entry.action is None else "", entry=entry.id, confidence=best.p,
            queue=entry.handoff.queue if entry.handoff else None, category=entry.category,
        )  # fmt: skip

    def _words(self, entry: Entry, turn: Turn) -> str:
        return self._replies.answer(entry, turn.language, turn.ask.channel_type)

    def _together(self, turn: Turn, found: Sequence[Answered]) -> str:
        if len(found) == 1:
            return self._words(found[0].best.entry, turn)
        titles = [self._replies.title(item.best.entry, turn.language) for item in found]
        return "\n\n".join(f"**{title}**\n{self._words(item.best.entry, turn)}" for title, item in zip(titles, found, strict=True))

    def _offer(self, turn: Turn, key: str, ranked: Sequence[Ranked]) -> str:
        """The answers of entries that may be meant, each under its question."""
        blocks = (f"**{self._replies.title(item.entry, turn.language)}**\n{self._words(item.entry, turn)}" for item in ranked)
        return "\n\n".join((self._texts.say(key, turn.language), *blocks))

    def _is_short(self, turn: Turn, ranked: Sequence[Ranked]) -> bool:
        """Whether the answers of these entries fit into one mail; what people or other systems answer fits into none."""
        answers = [self._words(item.entry, turn) if _speaks(item.entry) else "" for item in ranked]
        return all(answers) and sum(map(len, answers)) <= OFFERED_MAX_CHARS

    def _choices(self, ranked: Sequence[Ranked], turn: Turn) -> tuple[Choice, ...]:
        """The entries to pick from, and a person; by mail a person is whoever reads any other reply."""
        found = [Choice(choice_id(item.entry.id), self._replies.title(item.entry, turn.language)) for item in ranked]
        return tuple(found) if turn.ask.is_letter else (*found, Choice(PERSON, self._texts.say(PERSON_TEXT, turn.language)))

    def _prompt(self, unanswered: Sequence[str], also: Sequence[Ranked], language: str) -> str:
        """What stands between an answer and its choices; "" where nothing is open."""
        parts = [self._texts.say(UNANSWERED_TEXT, language, question=" / ".join(unanswered))] if unanswered else []
        return "\n".join([*parts, *([self._texts.say(ALSO_TEXT, language)] if also else [])])

    def _asking(self, key: str, unanswered: Sequence[str], language: str) -> str:
        return "\n\n".join(filter(None, (self._prompt(unanswered, (), language), self._texts.say(key, language))))

    def _threshold(self, entry: Entry) -> dict[str, Any]:
        return {"threshold": round(self._confidence.answers_from(entry.risk), 4), "risk": entry.risk.value}

    def _triage(self, turn: Turn, ranked: Sequence[Ranked]) -> Triage | None:
        best = ranked[0].entry if ranked and ranked[0].p >= CATEGORY_MIN else None
        return self._judge.judge(turn.raw, turn.core, best) if self._judge else None


def _speaks(entry: Entry) -> bool:
    return entry.handoff is None and entry.action is None


def candidates(ranked: Sequence[Ranked]) -> tuple[Candidate, ...]:
    """The likely entries, as a decision tells them."""
    return tuple(Candidate(item.entry.id, round(item.p, 4), item.entry.title) for item in ranked[:CANDIDATES_COUNT])


def worth_offering(ranked: Sequence[Ranked]) -> list[Ranked]:
    """The choices that are likely enough for a line, by themselves and beside the best one."""
    least = max([CHOICE_MIN, *(CHOICE_SHARE * item.p for item in ranked[:1])])
    return [item for item in ranked[:CHOICES_COUNT] if item.p >= least]


def category(ranked: Sequence[Ranked]) -> str | None:
    """The best entry's category, where it is likely enough to say so."""
    return ranked[0].entry.category if ranked and ranked[0].p >= CATEGORY_MIN else None


def percent(ranked: Sequence[Ranked]) -> str:
    """What was found, for people: the best entry's title and its probability."""
    return f"{ranked[0].entry.title} ({ranked[0].p:.0%})" if ranked else ""

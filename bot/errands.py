"""Entries with an action: asks for what it needs, one thing at a time, and then for the look-up itself. Pure.

What was said already counts: in this message, in the question before a choice was tapped, earlier in the session. Whoever asks something
else meanwhile gets that answered; whoever calls it off is let go; whoever can't tell it gets a person, who reads what is known so far.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, structs

from bot import recall
from bot.actions import Action, words
from bot.means import Means
from bot.outcomes import Outcomes, candidates
from bot.ranking import Ranked
from bot.slots import Option, Slot, SlotType, is_value, values
from bot.turn import Turn
from gateway.core.decision import PERSON, Decision, Kind, Lookup, Triage
from gateway.core.expressions import expression
from gateway.core.handoff import Reason
from gateway.core.ids import EntryId
from gateway.core.memory import BotMemory
from gateway.core.parts import Choice
from gateway.core.texts import Texts

AGAIN_TEXT = "bot.slot_again"
SEVERAL_TEXT = "bot.slot_several"
CANCELLED_TEXT = "bot.action_cancelled"
TEXT_KEYS = (AGAIN_TEXT, SEVERAL_TEXT, CANCELLED_TEXT)
SLOT = "slot:"
"""A choice's id is this and the value that it stands for."""
FOLLOW_UP_MAX_CHARS = 12
"""Words around a new order number, in a follow-up that asks the same of it: "A7654321 呢?"."""
TYPED = frozenset({SlotType.ORDER_NUMBER, SlotType.PHONE, SlotType.EMAIL})
"""What is known for what it is, wherever it stands."""

_CALLED_OFF = expression(
    r"(?:那|还是|那就|我)?(?:算了|不用了|不查了|不问了|取消|不需要了|不要了|没事了?|没关系|别查了|先不查了?)(?:吧|了|谢谢|不用了|不查了)*"
    r"|(?:ok |okay |no |oh )?(?:never ?mind|forget (?:about )?it|cancel(?: that| it)?|stop|leave it|no need|not needed|"
    r"do not bother|dont bother)"
    r"(?: thanks| thank you| please)?"
)
_LETTER = expression(r"\w")


class _Told(Struct, frozen=True):
    """What is known by now, and what is not."""

    slots: dict[str, str]
    missing: Slot | None
    is_torn: bool = False
    """Several values stand in the message: which one is meant?"""


class Errands:
    """The step for answers to our questions, and the way into an action from any other step."""

    TEXT_KEYS = TEXT_KEYS

    def __init__(self, texts: Texts, actions: Mapping[EntryId, Action]) -> None:
        self._texts = texts
        self._actions = actions

    def begin(self, outcomes: Outcomes, turn: Turn, best: Ranked, ranked: Sequence[Ranked], why: Mapping[str, Any]) -> Decision | None:
        """The entry was chosen: look it up, or ask for what that needs. None: its action can't be read."""
        action = self._actions.get(best.entry.id)
        if action is None:
            return None
        told = self._told(action, turn, self._said(turn), asked="")
        return self._next(outcomes, turn.anew(structs.replace(turn.memory, asked_count=0)), best, ranked, told, dict(why))

    def step(self, means: Means, turn: Turn) -> Decision | None:
        """An answer to our question, or the same asked of another number; None where the message is neither."""
        memory = turn.memory
        action = self._actions.get(EntryId(memory.action)) if memory.asking else None
        slot = next((slot for slot in action.slots if slot.name == memory.asking), None) if action else None
        entry = means.entries.get(EntryId(memory.action))
        if action is None or slot is None or entry is None or not entry.is_valid_on(turn.ask.today):
            return self._same_of_another(means, turn)
        spoken = _spoken(means, turn)
        if spoken is None or turn.said.person:
            return None
        if _CALLED_OFF.fullmatch(turn.plain):
            done = turn.anew(structs.replace(_done(memory), offered=()))
            return means.outcomes.chat(done, CANCELLED_TEXT, "cancelled")
        told = self._told(action, turn, (spoken,), asked=slot.name)
        if (slot.name not in told.slots or slot.type is SlotType.TEXT) and self._is_something_else(means, turn, entry.id):
            return None
        best = Ranked(entry, 1.0, {"asked": slot.name})
        if slot.name in told.slots:
            turn = turn.anew(structs.replace(memory, asked_count=memory.asked_count if told.missing is None else 0))
        return self._next(means.outcomes, turn, best, (best,), told, {}, again=slot)

    # ---- what is known ----

    def _said(self, turn: Turn) -> tuple[str, ...]:
        """Where values may stand: in the message, and in the question before a choice."""
        return (turn.raw, turn.memory.last_question) if turn.ask.picked or turn.memory.offered else (turn.raw,)

    def _told(self, action: Action, turn: Turn, texts: Sequence[str], asked: str) -> _Told:
        """The slots with their values, and the first that has none. A value that one slot took is no other's."""
        slots, today, taken, torn = dict(turn.memory.slots), turn.ask.today, set[str](), False
        missing: Slot | None = None
        for slot in sorted(action.slots, key=lambda one: one.name != asked):
            guessed = () if slot.name == asked or slot.is_secret else texts
            found = [value for text in guessed for value in values(slot, text, today, is_asked=False)]
            if slot.name == asked:
                found = list(values(slot, texts[0], today, is_asked=True))
                slots.pop(slot.name, None)
            free = list(dict.fromkeys(value for value in found if value not in taken))
            if len(free) == 1:
                slots[slot.name] = free[0]
                taken.add(free[0])
            elif len(free) > 1:
                slots.pop(slot.name, None)
                torn = True
        for slot in action.slots:
            if missing is None and not (slot.name in slots and is_value(slot, slots[slot.name], today)):
                slots.pop(slot.name, None)
                missing = slot
        return _Told(slots, missing, torn)

    def _is_something_else(self, means: Means, turn: Turn, entry: EntryId) -> bool:
        """Whether the message is no try at an answer but a question, or a word, of its own."""
        if means.rules.smalltalk(turn.plain) or means.rules.anger(turn.plain) or means.sensitive.alarm(turn.plain):
            return True
        ranked = means.ranked(turn)
        return bool(ranked) and ranked[0].entry.id != entry and means.outcomes.reaches(ranked[0])

    def _same_of_another(self, means: Means, turn: Turn) -> Decision | None:
        """ "And A7654321?": the action that was just answered, asked of another number."""
        entry = means.entries.get(EntryId(turn.memory.last_entry or ""))
        action = self._actions.get(entry.id) if entry else None
        if action is None or entry is None or not turn.follows_answer or not entry.is_valid_on(turn.ask.today):
            return None
        fresh = [
            (slot, value)
            for slot in action.slots
            if slot.type in TYPED
            for value in values(slot, turn.ask.text, turn.ask.today, is_asked=False)
        ]
        if len(fresh) != 1 or len(_LETTER.findall(turn.ask.text)) - len(fresh[0][1]) > FOLLOW_UP_MAX_CHARS:
            return None
        return self.begin(means.outcomes, turn, Ranked(entry, 1.0, {"same_of": fresh[0][0].name}), (), {})

    # ---- what comes of it ----

    def _next(
        self, outcomes: Outcomes, turn: Turn, best: Ranked, ranked: Sequence[Ranked], told: _Told, why: dict[str, Any],
        again: Slot | None = None,
    ) -> Decision:  # fmt: skip
        """Ask for what is missing, or for the look-up; or for a person, where it was asked for often enough."""
        secret = self._secret(best)
        turn = turn.anew(structs.replace(turn.memory, slots={name: value for name, value in told.slots.items() if name not in secret}))
        slot, memory = told.missing, turn.memory
        why = {**why, "has_secret": True} if secret else why
        if slot is None:
            return structs.replace(self._look_up(turn, best, ranked, told.slots, why), triage=_triage(outcomes, turn, best))
        is_again = again is not None and slot.name == again.name
        if is_again and memory.asked_count > slot.tries:
            handed = outcomes.hand_off(turn, Reason.CLARIFY_FAILED, f"{best.entry.title}: {slot.name}", ranked, **why)
            triage = _triage(outcomes, turn, best)
            return structs.replace(handed, entry=best.entry.id, category=best.entry.category, memory=_done(handed.memory), triage=triage)
        return self._ask(turn, best, ranked, slot, told, why, is_again=is_again)

    def _secret(self, best: Ranked) -> tuple[str, ...]:
        """The names of what nobody is to read."""
        return tuple(slot.name for slot in self._actions[best.entry.id].slots if slot.is_secret)

    def _ask(
        self, turn: Turn, best: Ranked, ranked: Sequence[Ranked], slot: Slot, told: _Told, why: dict[str, Any], *, is_again: bool
    ) -> Decision:  # fmt: skip
        language = turn.language
        lead = self._texts.say(SEVERAL_TEXT if told.is_torn else AGAIN_TEXT, language) if is_again or told.is_torn else ""
        choices = tuple(Choice(SLOT + option.value, _shown(option, language)) for option in slot.options)
        memory = recall.after_asking_back(turn, choices)
        memory = structs.replace(
            memory, misses=turn.memory.misses, clarifications=turn.memory.clarifications, asking=slot.name, action=best.entry.id,
            asks_secret=slot.is_secret,
            asked_count=turn.memory.asked_count + 1 if is_again else 1,
            last_question=turn.memory.last_question if is_again else memory.last_question,
        )  # fmt: skip
        return Decision(
            kind=Kind.CLARIFY, language=language, text="\n".join(filter(None, (lead, words(slot.ask, language)))), choices=choices,
            entry=best.entry.id, confidence=best.p, candidates=candidates(ranked or (best,)), category=best.entry.category,
            urgency=best.entry.urgency, trigger=f"slot {slot.name}", memory=memory, detail={**best.told, **why, "slot": slot.name},
        )  # fmt: skip

    def _look_up(self, turn: Turn, best: Ranked, ranked: Sequence[Ranked], slots: dict[str, str], why: dict[str, Any]) -> Decision:
        action, entry = self._actions[best.entry.id], best.entry
        needed = {slot.name: slots[slot.name] for slot in action.slots}
        memory = structs.replace(recall.after_answer(turn, (entry.id,), why.get("understood")), asking="", action="")
        return Decision(
            kind=Kind.ANSWER, language=turn.language, entry=entry.id, confidence=best.p, candidates=candidates(ranked or (best,)),
            category=entry.category, urgency=entry.urgency, memory=memory, trigger=entry.title,
            lookup=Lookup(entry=entry.id, action=action.http.target, slots=needed, secret=self._secret(best)), detail={**best.told, **why},
        )  # fmt: skip


def _triage(outcomes: Outcomes, turn: Turn, best: Ranked) -> Triage | None:
    """What sort of wish it is, by the question and not by the number that was asked for."""
    if "asked" in best.why:
        return outcomes.triage_of(turn.memory.last_question, turn.memory.last_question.lower(), best.entry)
    return outcomes.triage_of(turn.raw, turn.core, best.entry)


def _spoken(means: Means, turn: Turn) -> str | None:
    """What was said to our question: a choice, tapped or said, is the value that it stands for. None: a choice of another kind."""
    offered = turn.memory.offered
    chosen = (turn.ask.picked,) if turn.ask.picked else means.picks.picked(turn.plain, offered, {}) if offered else ()
    if len(chosen) == 1 and chosen[0] and chosen[0].startswith(SLOT):
        return chosen[0].removeprefix(SLOT)
    return None if turn.ask.picked or PERSON in chosen else turn.ask.text


def _shown(option: Option, language: str) -> str:
    return str(words(option.text, language) or option.value)


def _done(memory: BotMemory) -> BotMemory:
    return structs.replace(memory, asking="", asked_count=0, action="")

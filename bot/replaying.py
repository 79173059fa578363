"""What another threshold or knowledge base would have done with past sessions: missed and unnecessary handoffs, before it is switched on.

Each question is asked again as it was asked then, with the conversation before it as it really went. What follows from another decision
(what the customer would have said then) nobody knows, and nothing here pretends to.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from msgspec import structs
from rapidfuzz import fuzz

from bot.entries import Entry
from bot.masking import masked
from bot.past import PastTurn, turns_of
from bot.picks import entry_of
from bot.replayed import Changed, Example, Missed, Move, Replayed, Share, Unnecessary, share
from gateway.core.decision import Ask, Decision, Kind
from gateway.core.handoff import Reason
from gateway.core.ids import ChannelName, EntryId
from gateway.core.memory import BotMemory
from gateway.core.past import PastSession

EXAMPLES_MAX_COUNT = 5
"""Of each kind."""
EXAMPLE_CHARS = 160
CONFIRMS = 82.0
"""An agent's reply says what an entry says, from this likeness on (of 100)."""
COMPARED_CHARS = 600
ENTRIES_MAX_COUNT = 8

_ASKED_FOR = frozenset({Reason.EXPLICIT_REQUEST, Reason.BUSINESS_RULE, Reason.NEGATIVE_SENTIMENT, Reason.SENSITIVE_TOPIC, Reason.VIP})
"""Handoffs that no better answer would have made unnecessary."""

Decide = Callable[[Ask], Decision]


class Replay:
    """Takes past sessions one by one and adds them up; holds counts and a few examples, however many sessions there are."""

    def __init__(self, decide: Decide, entries: Sequence[Entry], languages: tuple[str, ...], channels: Mapping[ChannelName, str]) -> None:
        """`channels`: the type of each channel by its name."""
        self._decide = decide
        self._entries = {entry.id: entry for entry in entries}
        self._languages = languages
        self._channels = channels
        self._tally: Counter[str] = Counter()
        self._moves: Counter[tuple[str, str]] = Counter()
        self._against: Counter[str] = Counter()
        self._examples: dict[str, list[Example]] = {}

    @property
    def session_count(self) -> int:
        """Sessions so far."""
        return self._tally["sessions"]

    def add(self, past: PastSession) -> None:
        """Decide a session's questions again. Sessions without any are left out."""
        turns = turns_of(past)
        if not turns:
            return
        memory = BotMemory()
        is_contained = is_contained_surely = True
        for turn in turns:
            decision = self._again(past, turn, memory)
            memory = _memory(memory, turn, decision)
            is_sure = self._compare(turn, decision)
            is_contained &= decision.kind is not Kind.HANDOFF
            is_contained_surely &= decision.kind is not Kind.HANDOFF and is_sure
        self._count(
            sessions=1, cut=past.is_cut, contained_then=all(turn.kind is not Kind.HANDOFF for turn in turns), contained_now=is_contained,
            contained_surely=is_contained_surely,
        )  # fmt: skip

    def result(self) -> Replayed:
        """What has been counted so far."""
        tally, questions = self._tally, self._tally["questions"]

        def of_sessions(name: str) -> Share:
            return share(tally[name], tally["sessions"])

        def of_questions(name: str) -> Share:
            return share(tally[name], questions)

        return Replayed(
            sessions=tally["sessions"], questions=questions, cut_sessions=tally["cut"], contained_then=of_sessions("contained_then"),
            contained_now=of_sessions("contained_now"), contained_now_surely=of_sessions("contained_surely"),
            handed_off_then=of_questions("then handoff"), handed_off_now=of_questions("now handoff"),
            answered_then=of_questions("then answer"), answered_now=of_questions("now answer"),
            moves=tuple(Move(then, now, count) for (then, now), count in sorted(self._moves.items())),
            missed=Missed(
                then=tally["missed"], by=dict(sorted(self._against.items())), now_handed_off=tally["missed handoff"],
                now_asked_back=tally["missed clarify"], now_right=tally["missed right"], now_other=tally["missed other"],
                now_same=tally["missed same"],
            ),
            unnecessary=Unnecessary(
                then=tally["unnecessary"], now_answered=tally["unnecessary answered"], now_offered=tally["unnecessary offered"],
                now_wrong=tally["unnecessary wrong"], now_handed_off=tally["unnecessary handoff"],
            ),
            newly_answered=self._changed("new"), no_longer_answered=self._changed("gone"),
            examples=tuple(example for some in self._examples.values() for example in some),
        )  # fmt: skip

    # ---- one question ----

    def _again(self, past: PastSession, turn: PastTurn, memory: BotMemory) -> Decision:
        session = past.session
        return self._decide(
            Ask(
                text=turn.text, picked=turn.picked, languages=self._languages, language=session.language, memory=memory,
                channel_type=self._channels.get(session.channel, "webchat"), today=turn.at.date().isoformat(),
            )
        )  # fmt: skip

    def _compare(self, turn: PastTurn, now: Decision) -> bool:
        """Count a question; whether what would be said now is known to be no worse than what was said then."""
        is_same = turn.kind is now.kind and (now.kind is not Kind.ANSWER or turn.entry == now.entry)
        label = f"{now.kind.value}*" if turn.kind is now.kind and not is_same else now.kind.value
        self._moves[turn.kind.value, label] += 1
        self._count(**{"questions": 1, f"then {turn.kind.value}": 1, f"now {now.kind.value}": 1})
        right = self._right_entry(turn, now)
        if turn.against is not None:
            self._missed(turn, now, right)
        if turn.kind is Kind.HANDOFF and turn.reason not in _ASKED_FOR and right is not None:
            self._unnecessary(turn, now, right)
        if now.kind is Kind.ANSWER and not is_same:
            self._newly_answered(turn, now, right)
        elif turn.kind is Kind.ANSWER and now.kind is not Kind.ANSWER:
            self._no_longer_answered(turn, now)
        return is_same or _is_confirmed(now, right)

    def _right_entry(self, turn: PastTurn, now: Decision) -> EntryId | None:
        """The entry that people say is right: an agent's label, else the one whose words an agent said."""
        if turn.label is not None:
            return turn.label.entry if turn.label.entry in self._entries else None
        likely = dict.fromkeys(([now.entry] if now.entry else []) + [one.entry for one in now.candidates])
        return next((entry_id for entry_id in likely if _says(turn.replies, self._entries.get(entry_id))), None)

    def _missed(self, turn: PastTurn, now: Decision, right: EntryId | None) -> None:
        self._against[turn.against or ""] += 1
        match now.kind:
            case Kind.HANDOFF | Kind.CLARIFY:
                outcome = now.kind.value
            case Kind.ANSWER if now.entry != turn.entry:
                outcome = "right" if right is not None and now.entry == right else "other"
            case _:
                outcome = "same"
        self._count(**{"missed": 1, f"missed {outcome}": 1})
        kind = {"same": "still_missed", "other": "missed_otherwise"}.get(outcome, "missed_before")
        self._show(kind, turn, now, turn.against or "")

    def _unnecessary(self, turn: PastTurn, now: Decision, right: EntryId) -> None:
        offered = {entry_of(choice.id) for choice in now.choices}
        if now.kind is Kind.ANSWER:
            outcome = "answered" if now.entry == right else "wrong"
        else:
            outcome = "offered" if right in offered else "handoff"
        self._count(**{"unnecessary": 1, f"unnecessary {outcome}": 1})
        why = "an agent named this entry" if turn.label else "an agent said what this entry says"
        self._show("unnecessary_before" if outcome == "answered" else "still_unnecessary", turn, now, f"{why}: {right}")

    def _newly_answered(self, turn: PastTurn, now: Decision, right: EntryId | None) -> None:
        is_denied = turn.label is not None and turn.label.entry != now.entry
        verdict = "good" if right is not None and right == now.entry else "bad" if is_denied or right is not None else "unknown"
        self._count(**{f"new {verdict}": 1})
        if verdict == "bad":
            self._show("wrong_now", turn, now, f"an agent says {right or 'that no entry answers it'}")
        elif verdict == "unknown":
            self._show("new_answer", turn, now, "nothing tells whether it is right")

    def _no_longer_answered(self, turn: PastTurn, now: Decision) -> None:
        verdict = "good" if turn.against else "bad" if turn.was_good else "unknown"
        self._count(**{f"gone {verdict}": 1})
        if verdict == "bad":
            self._show("given_up", turn, now, "the customer was content with the answer")

    # ---- counting ----

    def _count(self, **counts: int) -> None:
        self._tally.update(counts)

    def _changed(self, name: str) -> Changed:
        good, bad, unknown = (self._tally[f"{name} {verdict}"] for verdict in ("good", "bad", "unknown"))
        return Changed(count=good + bad + unknown, good=good, bad=bad, unknown=unknown)

    def _show(self, kind: str, turn: PastTurn, now: Decision, why: str) -> None:
        some = self._examples.setdefault(kind, [])
        if len(some) < EXAMPLES_MAX_COUNT:
            some.append(
                Example(
                    kind=kind, session=turn.session_id, seq=turn.seq, at=turn.at, text=masked(turn.text)[:EXAMPLE_CHARS],
                    then=turn.kind.value, now=now.kind.value, then_entry=turn.entry, now_entry=now.entry,
                    confidence=round(now.confidence, 3), why=why,
                )
            )  # fmt: skip


def _is_confirmed(now: Decision, right: EntryId | None) -> bool:
    """Whether what would be said now serves, as far as an agent's word tells: the right answer, or a choice of it; small talk does."""
    if now.kind is Kind.ANSWER:
        return right is not None and right == now.entry
    return now.kind is Kind.CHITCHAT or (right is not None and any(entry_of(choice.id) == right for choice in now.choices))


def _memory(before: BotMemory, turn: PastTurn, now: Decision) -> BotMemory:
    """What the bot remembers of a turn as it really went, whatever it would decide now."""
    memory = now.memory
    if turn.kind is now.kind and turn.entry == now.entry:
        return memory
    match turn.kind:
        case Kind.ANSWER:
            entries = (*before.entries, turn.entry)[-ENTRIES_MAX_COUNT:] if turn.entry else before.entries
            return structs.replace(memory, misses=0, clarifications=0, offered=turn.offered, last_entry=turn.entry, entries=entries)
        case Kind.CLARIFY:
            count = before.clarifications + 1
            return structs.replace(memory, misses=before.misses + 1, clarifications=count, offered=turn.offered, entries=before.entries)
        case Kind.HANDOFF:
            return structs.replace(memory, misses=before.misses + 1, clarifications=0, offered=(), entries=before.entries)
        case Kind.CHITCHAT:
            return before


def _says(replies: Sequence[str], entry: Entry | None) -> bool:
    """Whether an agent's words are an entry's answer."""
    if entry is None:
        return False
    answers = [text[:COMPARED_CHARS].lower() for text in entry.answer.values()]
    return any(_alike(reply[:COMPARED_CHARS].lower(), answer) for reply in replies for answer in answers)


def _alike(reply: str, answer: str) -> bool:
    short = min(len(reply), len(answer))
    if short < _shortest(reply):
        return False
    is_part = short * 2 >= max(len(reply), len(answer)) or short >= 3 * _shortest(reply)
    return fuzz.ratio(reply, answer) >= CONFIRMS or (is_part and fuzz.partial_ratio(reply, answer) >= CONFIRMS + 6)


def _shortest(text: str) -> int:
    """Fewer letters than this are alike by chance."""
    return 20 if text.isascii() else 8

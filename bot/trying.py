"""A decision with what it was weighed by, for whoever asks the bot to see why it says what it says."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct
from rapidfuzz import fuzz

from bot.means import Means
from bot.ranking import Ranked
from bot.turn import Turn
from gateway.core.decision import Candidate, Decision
from gateway.core.ids import EntryId


class Weighed(Struct, frozen=True, kw_only=True):
    """What speaks for and against one candidate."""

    question: str
    """Of the entry's questions the one that reads most like what was asked."""
    answers_from: float
    """The probability from which it is answered."""
    why: Mapping[str, Any]
    """As in `Ranked.told`."""


class Tried(Struct, frozen=True, kw_only=True):
    """A decision, what its candidates were weighed by, and the probability of the best three together from which it asks back."""

    decision: Decision
    weighed: Mapping[EntryId, Weighed]
    clarifies_from: float


def tried(means: Means, turn: Turn, decision: Decision) -> Tried:
    """What this turn, which was decided so, has looked up on its way."""
    looked = list(_looked(means, turn))
    weighed = {one.entry: _weighed(means, turn, one, looked) for one in decision.candidates if one.entry in means.entries}
    return Tried(decision=decision, weighed=weighed, clarifies_from=means.confidence.clarifies_from())


def _looked(means: Means, turn: Turn) -> Iterator[tuple[str, Ranked]]:
    """(what was looked up, what was found). Word for word comes first: it decides before anything is looked up."""
    yield from ((turn.core, item) for item in means.ranking.exact(turn.core, turn.ask.today))
    for core, ranked in turn.looked_up.items():
        yield from ((core, item) for item in ranked)


def _weighed(means: Means, turn: Turn, candidate: Candidate, looked: list[tuple[str, Ranked]]) -> Weighed:
    """The look that gave the candidate its probability: a message of several questions is looked up in pieces."""
    entry = means.entries[candidate.entry]
    found = [(core, item) for core, item in looked if item.entry.id == candidate.entry]
    unknown = turn.core, Ranked(entry, candidate.confidence)
    core, item = min(found, key=lambda pair: abs(pair[1].p - candidate.confidence), default=unknown)
    nearest = max(entry.questions, key=lambda question: fuzz.ratio(item.why.get("read_as", core), means.core(question)))
    return Weighed(question=nearest, answers_from=means.confidence.answers_from(entry.risk), why=item.told)

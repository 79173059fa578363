"""A word that only names a matter ("退款", "invoices"): no question yet, so no entry is likely; but many may speak of it."""

from collections.abc import Mapping, Sequence

from msgspec import Struct, structs

from bot.entries import Entry
from bot.ranking import Ranked
from bot.terms import is_han, stem
from gateway.core.ids import EntryId

BESIDE_MIN = 0.25
"""So likely an entry is offered although the word stands nowhere in it."""
TITLE_SHARE, TAG_SHARE = 0.25, 0.3
"""What a title and what a tag or a category that hold the word count beside the questions that hold it."""
P_MAX = 0.35
"""A word says little of which entry is meant, however likely the search holds one."""
SHARE_MIN = 0.1
"""An entry that speaks of the word in so few of its questions is about something else."""


class Topic(Struct, frozen=True):
    """The word, and how a text is searched for it."""

    word: str
    stems: tuple[str, ...]

    def is_in(self, core: str) -> bool:
        """Whether a comparable text holds the word, or all of its words whatever their endings."""
        if not self.stems:
            return self.word in core
        return all(part in core for part in self.stems) and set(self.stems) <= {stem(word) for word in core.split()}


def topic(core: str) -> Topic:
    """The topic that a word or two stand for."""
    return Topic(core, () if is_han(core) else tuple(stem(word) for word in core.split()))


def speaking_of(said: Topic, ranked: Sequence[Ranked], entries: Sequence[Entry], cores: Mapping[EntryId, Sequence[str]]) -> list[Ranked]:
    """The entries that speak of it, those that do in most of their questions first; and what is likely all the same.

    `cores`: what each entry's questions are compared by.
    """
    likely = {item.entry.id: item for item in ranked}
    shares = {entry.id: _share(said, entry, cores.get(entry.id, ())) for entry in entries}
    if all(share < SHARE_MIN for share in shares.values()):
        return []
    found = list[tuple[float, Ranked]]()
    for entry in entries:
        item = likely.get(entry.id) or Ranked(entry, 0.0)
        if shares[entry.id] >= SHARE_MIN or item.p >= BESIDE_MIN:
            found.append((shares[entry.id] + min(item.p, P_MAX), structs.replace(item, why={**item.why, "topic": said.word})))
    return [item for _, item in sorted(found, key=lambda pair: -pair[0])]


def _share(said: Topic, entry: Entry, cores: Sequence[str]) -> float:
    """How much of an entry speaks of it. Its title says what it is about."""
    holding = [said.is_in(core) for core in cores]
    in_questions = sum(holding) / len(holding) if holding else 0.0
    in_title = TITLE_SHARE if holding and holding[0] else 0.0
    is_tagged = any(said.is_in(name.lower()) for name in (*entry.tags, entry.category or ""))
    return in_questions + in_title + (TAG_SHARE if is_tagged else 0.0)

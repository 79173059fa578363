"""What the steps of a decision work with: handed to each of them, so that every part can be replaced."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct, structs

from bot.confidence import Confidence
from bot.encoder import Encoder
from bot.entries import Entry, Risk
from bot.followups import bare, merged
from bot.normalize import Normalizer
from bot.objects import is_other
from bot.outcomes import CHOICES_COUNT, Outcomes, worth_offering
from bot.picks import Picks, entry_of
from bot.ranking import Ranked, Ranking
from bot.reading import Reader
from bot.replies import Replies
from bot.rules import Rules
from bot.segments import asks
from bot.sensitive import Sensitive
from bot.topics import speaking_of, topic
from bot.turn import Turn
from gateway.core.decision import Decision
from gateway.core.ids import EntryId

BEST_MIN = 0.25
"""Three unlikely entries are no reason to ask back: one of them must be worth it."""

BACKED_MIN = 0.15
"""So likely an entry must be by what a mail says, for its subject to make it likelier."""

LETTER_MIN = 0.60
"""Whoever asks back by mail should be right with what is offered: the customer waits for hours, and a person is there in that time."""

TOLD_MIN = 0.97
"""So likely an entry must be to answer a mail that neither asks nor tells of trouble."""

BELOW = 0.02
"""So much less than enough to be answered is what a guard leaves of a probability."""


class Step(Protocol):
    """One step of a decision."""

    def __call__(self, turn: Turn) -> Decision | None:
        """The decision, or None where this step has nothing to say and the next one is asked. Never raises."""
        ...


class Means(Struct, frozen=True, kw_only=True):
    """The bot's parts."""

    entries: Mapping[EntryId, Entry]
    normalizer: Normalizer
    ranking: Ranking
    confidence: Confidence
    reader: Reader
    rules: Rules
    picks: Picks
    sensitive: Sensitive
    replies: Replies
    outcomes: Outcomes
    encoder: Encoder | None = None

    def entry(self, choice: str, today: str) -> Entry | None:
        """The entry that a choice stands for, while it is valid."""
        entry = self.entries.get(entry_of(choice) or EntryId(""))
        return entry if entry is not None and entry.is_valid_on(today) else None

    def ranked(self, turn: Turn) -> list[Ranked]:
        """The likely entries for what was said, by itself."""
        return self.look_up(turn, turn.core)

    def look_up(self, turn: Turn, core: str) -> list[Ranked]:
        """The likely entries for a piece of what was said; looked up once in a turn."""
        if core not in turn.looked_up:
            turn.looked_up[core] = self._careful(core, self.ranking.ranked(core, turn.ask.today))
        return turn.looked_up[core]

    def headed(self, turn: Turn, core: str) -> list[Ranked]:
        """The same, understood under a mail's subject where it is not sure by itself; a subject alone makes nothing likely."""
        alone = self.look_up(turn, core)
        if not turn.about or not alone or self.outcomes.reaches(alone[0]) or turn.about in core:
            return alone
        found = self._careful(core, self.ranking.near(f"{turn.about} {core}", turn.ask.today))
        by_itself = next((item.p for item in alone if found and item.entry.id == found[0].entry.id), 0.0)
        if by_itself < BACKED_MIN or found[0].p <= alone[0].p:
            return alone
        return [structs.replace(item, why={**item.why, "about": turn.about}) for item in found]

    def _careful(self, core: str, ranked: list[Ranked]) -> list[Ranked]:
        """The likeliest entry is asked about where something else is to be deleted or cancelled than what it speaks of."""
        if not ranked or "exact" in ranked[0].why or not self.outcomes.reaches(ranked[0]):
            return ranked
        best, entry = ranked[0], ranked[0].entry
        cores = [self.core(question) for question in entry.questions]
        if not is_other(best.why.get("read_as", core), cores, is_strict=entry.risk is Risk.HIGH):
            return ranked
        unsure = self.confidence.answers_from(entry.risk) - BELOW
        return [structs.replace(best, p=unsure, why={**best.why, "guard": "object"}), *ranked[1:]]

    def topic(self, turn: Turn, word: str, ranked: list[Ranked]) -> list[Ranked]:
        """The entries that speak of a word or two that are no question, best first."""
        valid = [entry for entry in self.entries.values() if entry.is_valid_on(turn.ask.today)]
        return speaking_of(topic(word), ranked, valid, self.ranking.cores)

    def before(self, turn: Turn) -> str:
        """What a follow-up follows: the answered entry's title, else the question as it was asked; "" at the beginning."""
        entry = self.entries.get(EntryId(turn.memory.last_entry or ""))
        return self.replies.title(entry, turn.language) if entry else turn.memory.last_question

    def together(self, turn: Turn, alone: list[Ranked]) -> list[Ranked]:
        """The likely entries for what was said, understood together with what was before."""
        understood = self.core(f"{self.before(turn)} {bare(turn.core)}")
        return merged(alone, self.ranking.near(understood, turn.ask.today), turn.memory.last_entry)

    def core(self, text: str) -> str:
        """A raw text, made comparable."""
        return self.normalizer.core(self.normalizer.plain(text))

    def is_posed(self, turn: Turn, words: str, best: Ranked) -> bool:
        """Whether these words may be answered. What a mail only tells must be all but sure: much mail wants no answer."""
        return not turn.ask.is_letter or best.p >= TOLD_MIN or asks(words)

    def worth_asking(self, turn: Turn, ranked: list[Ranked]) -> list[Ranked]:
        """The choices to ask back with; none where the right one is hardly among them. By mail that must be surer."""
        best, least = ranked[:CHOICES_COUNT], max(self.confidence.clarifies_from(), LETTER_MIN if turn.ask.is_letter else 0.0)
        if not best or best[0].p < BEST_MIN or sum(item.p for item in best) < least:
            return []
        return worth_offering(best)

"""What the steps of a decision work with: handed to each of them, so that every part can be replaced."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from bot.confidence import Confidence
from bot.encoder import Encoder
from bot.entries import Entry
from bot.followups import bare, merged
from bot.normalize import Normalizer
from bot.outcomes import CHOICE_MIN, CHOICES_COUNT, Outcomes
from bot.picks import Picks, entry_of
from bot.ranking import Ranked, Ranking
from bot.reading import Reader
from bot.replies import Replies
from bot.rules import Rules
from bot.sensitive import Sensitive
from bot.turn import Turn
from gateway.core.decision import Decision
from gateway.core.ids import EntryId

BEST_MIN = 0.25
"""Three unlikely entries are no reason to ask back: one of them must be worth it."""


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
            turn.looked_up[core] = self.ranking.ranked(core, turn.ask.today)
        return turn.looked_up[core]

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

    def worth_asking(self, ranked: list[Ranked]) -> list[Ranked]:
        """The choices to ask back with; none where the right one is hardly among them."""
        best = ranked[:CHOICES_COUNT]
        if not best or best[0].p < BEST_MIN or sum(item.p for item in best) < self.confidence.clarifies_from():
            return []
        return [item for item in best if item.p >= CHOICE_MIN]

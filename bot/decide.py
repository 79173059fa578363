"""The bot: one question in, one decision out. Pure; the same question, memory and knowledge always decide the same."""

from collections.abc import Sequence
from functools import partial

from msgspec import structs

from bot.action_forms import read as read_action
from bot.actions import Action
from bot.encoder import Encoder
from bot.entries import Entry
from bot.errands import Errands
from bot.language import ScriptDetector, reply_language
from bot.means import Means
from bot.normalize import Normalizer, TextNormalizer
from bot.outcomes import TEXT_KEYS as OUTCOME_TEXT_KEYS
from bot.outcomes import Judge, Outcomes, candidates
from bot.picks import Picks, WordPicks
from bot.preparation import assembled
from bot.preparation import prepare as prepare_with
from bot.prepared import Label, Prepared
from bot.ranking import Ranking
from bot.reading import Reader
from bot.replies import Replies
from bot.rules import Rules, WordRules
from bot.scripts import ScriptTables
from bot.sensitive import Sensitive, WordSensitive
from bot.steps import TEXT_KEYS as STEP_TEXT_KEYS
from bot.steps import steps
from bot.subjects import posed
from bot.trying import Tried, tried
from bot.turn import Turn
from gateway.core.decision import Ask, Candidate, Decision
from gateway.core.ids import EntryId
from gateway.core.texts import Texts

TEXT_KEYS = (*STEP_TEXT_KEYS, *OUTCOME_TEXT_KEYS, *Errands.TEXT_KEYS)
"""What the catalogues must hold for the bot."""


class Bot:
    """Answers from a knowledge base. Deciding takes milliseconds; building takes seconds for a thousand entries.

    Much less with what was `prepared`. Without an `encoder` it goes by letters and words alone.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        *,
        texts: Texts,
        target_precision: float = 0.95,
        encoder: Encoder | None = None,
        prepared: Prepared | None = None,
        rules: Rules | None = None,
        picks: Picks | None = None,
        sensitive: Sensitive | None = None,
        judge: Judge | None = None,
    ) -> None:
        scripts = ScriptTables()
        self._normalizer: Normalizer = TextNormalizer(scripts)
        self._rules = rules = rules or WordRules()
        self._reader = Reader(self._normalizer, ScriptDetector(scripts), rules)
        self._entries = {entry.id: entry for entry in entries}
        made = prepared or prepare_with(entries, self._normalizer, encoder, target_precision)
        matcher, confidence = assembled(entries, self._normalizer, encoder, made)
        self._ranking = Ranking(entries, self._normalizer, matcher, confidence)
        self._replies = replies = Replies(scripts)
        self._actions = {entry.id: action for entry in entries if entry.action and (action := read_action(entry.id, entry.action)[0])}
        errands = Errands(texts, self._actions)
        self._means = means = Means(
            entries=self._entries, normalizer=self._normalizer, ranking=self._ranking, confidence=confidence,
            reader=self._reader, rules=rules, picks=picks or WordPicks(), sensitive=sensitive or WordSensitive(), replies=replies,
            outcomes=Outcomes(texts, replies, confidence, judge, errands), encoder=encoder,
        )  # fmt: skip
        in_danger, *others = steps(means)
        self._steps = (in_danger, partial(errands.step, means), *others)

    @property
    def entry_count(self) -> int:
        """How many entries it knows."""
        return len(self._entries)

    def decide(self, ask: Ask) -> Decision:
        """What to do about this question. Never raises, whatever the text."""
        return self._decided(self._turn(ask))

    def tried(self, ask: Ask) -> Tried:
        """The same decision, with what each candidate was weighed by: for people who try a question."""
        turn = self._turn(ask)
        return tried(self._means, turn, self._decided(turn))

    def entry(self, entry_id: EntryId) -> Entry | None:
        """What it knows under this id."""
        return self._entries.get(entry_id)

    def action(self, entry_id: EntryId) -> Action | None:
        """The action of an entry, read and checked."""
        return self._actions.get(entry_id)

    def answer_of(self, entry_id: EntryId, language: str, channel_type: str) -> str:
        """What an entry says in this language on this kind of channel; "" where there is no such entry, or it says nothing."""
        entry = self._entries.get(entry_id)
        return self._replies.answer(entry, language, channel_type) if entry else ""

    def candidates(self, text: str) -> tuple[Candidate, ...]:
        """The likely entries, best first, whatever would be decided: for measuring and for `kb ask`."""
        plain = self._normalizer.plain(text)
        return candidates(self._ranking.ranked(self._normalizer.core(plain), ""))

    def _decided(self, turn: Turn) -> Decision:
        for step in self._steps:
            if (decision := step(turn)) is not None:
                return decision
        raise AssertionError("the last step always decides")

    def _turn(self, ask: Ask) -> Turn:
        if ask.is_letter:
            return self._mail(ask)
        said = self._reader.read(ask.text)
        return Turn(ask, said, reply_language(said.language, ask.language, ask.languages))

    def _mail(self, ask: Ask) -> Turn:
        """A mail: where it asks one thing, that is all it says; the rest is greetings, a story, a name. What must not be overlooked, a
        wish for a person or a danger, may stand anywhere in it."""
        asked = posed(ask.subject, ask.text)
        whole = self._reader.read(asked.asked)
        said = self._reader.read(whole.segments[0]) if len(whole.segments) == 1 and len(whole.questions) == 1 else whole
        above = self._normalizer.plain(ask.subject) if ask.subject else ""
        person = whole.person or (self._rules.person(above) if above else None)
        language = reply_language(whole.language, ask.language, ask.languages)
        rest = " ".join(filter(None, (above, whole.plain if said is not whole else "")))
        return Turn(ask, structs.replace(said, person=person), language, beside=rest, about=self._means.core(asked.about))


def prepare(
    entries: Sequence[Entry], encoder: Encoder | None = None, target_precision: float = 0.95, labels: Sequence[Label] = ()
) -> Prepared:
    """What is slow in building a bot over these entries; `labels` refine how sure it is."""
    return prepare_with(entries, TextNormalizer(ScriptTables()), encoder, target_precision, labels)

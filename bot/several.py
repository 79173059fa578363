"""Several questions in one message, and the one question in a long mail. Nothing that was asked is left out in silence."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, structs

from bot.followups import Leaning, leaning
from bot.means import Means
from bot.outcomes import Answered, percent
from bot.ranking import Ranked
from bot.segments import asks, has_content, is_listed, wishes
from bot.turn import Turn
from gateway.core.decision import Decision
from gateway.core.expressions import expression
from gateway.core.handoff import Reason

LIKELY = 0.5
"""From here on a piece of a message means its entry."""
WHOLE_MAX_BYTES = 240
"""A longer message (80 Chinese characters) is a story around its question: as a whole it says little."""
ANSWERS_MAX_COUNT = 4
"""More answers in one message nobody reads."""
UNANSWERED_MAX_COUNT = 3
ALSO_MAX_COUNT = 2
LOOKED_UP_MAX_COUNT = 8
"""Each look costs a millisecond or more."""
QUOTED_MAX_CHARS = 60
WHOLE_MIN = 0.70
"""So likely a short message must mean as a whole what its sure piece means: two sentences are often one question."""
BESIDE_MIN = 0.25
"""So likely it must still mean that where another question beside it dilutes the whole."""
UNKNOWN_MAX = 0.20
"""A question less likely than this to be any entry's is named as unanswered beside one that is asked back about."""

OTHER_AHEAD = 0.15
"""So much surer neighbours must be together to mean what none of them means alone."""
TROUBLE_SHARE, STORY_SHARE = 0.85, 0.5
"""What a piece that doesn't ask must be worth beside one that does."""

_QUESTION = expression(
    r"吗|怎么|如何|什么(?![都也])|多久|多少|哪|为什么|为何|能不能|能否|可不可以|可否|是否|是不是|有没有|(?<![前这好])几[天点个时]"
    r"|^(?:(?:and|also|but|so|then) )*+(?:how|what|when|where|why|who|which|can|could|do|does|did|is|are|will|would|should|may)\b"
)

_GENERIC = expression(
    r"\b(?:help\w*|happen\w*|possible|work\w*|done|next|steps?|options?|available|reasons?|explain\w*|issues?|problems?|way|easiest|best|"
    r"better|mean\w*|else|fix\w*|resolv\w*|solv\w*|immediately|check\w*|look\w*|wrong|normal|going on|sure|right|true|ok|okay|advise|"
    r"advice|"
    r"suggest\w*|think|need\w*|us|them|him|her|they|someone|something|anything|these|those|more|about|too|also)\b"
    r"|帮忙|帮助|解决|处理|操作|原因|情况|意思|正常|办法|方法|回事|建议|告诉|知道|问题|联系|回复"
)
"""Words that go with any question: a piece of nothing else leans on the others."""


class Piece(Struct, frozen=True):
    """A piece of a message, and what it may mean."""

    words: str
    core: str
    ranked: list[Ranked]

    @property
    def p(self) -> float:
        return self.ranked[0].p if self.ranked else 0.0


class Several:
    """The step for messages of more than one piece."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def __call__(self, turn: Turn) -> Decision | None:
        texts = dict(turn.said.cores)
        if not texts or list(texts) == [turn.core] or (len(texts) == 1 and self._leans(turn)):
            return None
        pieces = self._looked_up(turn, texts)
        pieces = self._widened(turn, pieces) if _is_long(turn) else pieces
        pieces = self._headed(turn, pieces) if turn.about else pieces
        found = [(words, best) for words, best in self._distinct(pieces) if self._means.is_posed(turn, words, best)]
        if len(found) > 1:
            return self.answered(turn, found, self._open(turn, pieces), pieces)
        if len(found) == 1 and (decision := self._single(turn, found[0][1], pieces)):
            return decision
        if turn.ask.is_letter and (decision := self._as_one(turn, pieces)):
            return decision
        return self._likeliest(turn, pieces) if _is_long(turn) else self._partly(turn, pieces)

    def answered(
        self, turn: Turn, found: Sequence[tuple[str, Ranked]], unanswered: Sequence[str] = (), pieces: Sequence[Piece] = ()
    ) -> Decision:
        """All of them in one message; or a person gets the list."""
        outcomes, best = self._means.outcomes, [item for _, item in found]
        why: dict[str, Any] = {"segments": _told(pieces)} if pieces else {}
        if len(found) > ANSWERS_MAX_COUNT or not all(_speaks(item) and outcomes.reaches(item) for item in best):
            listed = " + ".join(f"{item.entry.title} ({item.p:.0%})" for item in best)
            return outcomes.hand_off(turn, Reason.LOW_CONFIDENCE, listed, best, **why)
        return outcomes.answer_all(turn, [Answered(words, item) for words, item in found], unanswered, _also(pieces, best), **why)

    def _single(self, turn: Turn, best: Ranked, pieces: Sequence[Piece]) -> Decision | None:
        """One question with words around it. What else was asked is named, what else may have been asked is offered."""
        outcomes, also = self._means.outcomes, _also(pieces, [best])
        unanswered = self._open(turn, pieces)
        if not outcomes.reaches(best) or not self._is_meant(turn, best, is_one=not unanswered):
            return None
        why: dict[str, Any] = {"segments": _told(pieces)}
        if (unanswered or also) and _speaks(best) and not outcomes.is_said(turn, best.entry):
            return outcomes.answer_all(turn, [Answered("", best)], unanswered, also, **why)
        return outcomes.answer(turn, best, next(piece.ranked for piece in pieces if best in piece.ranked), **why)

    def _as_one(self, turn: Turn, pieces: Sequence[Piece]) -> Decision | None:
        """A mail of several questions of which none is sure: people get all of it. None where at most one thing is asked."""
        is_list = is_listed(turn.ask.text)
        asked = [piece for piece in pieces if is_list or _is_question(piece) or (wishes(piece.words) and piece.p >= UNKNOWN_MAX)]
        asked = [piece for piece in asked if has_content(_GENERIC.sub(" ", piece.core)) and not _leans(piece)]
        if len({piece.ranked[0].entry.id if piece.p >= UNKNOWN_MAX else piece.core for piece in asked}) < 2:
            return None
        best = sorted((piece.ranked[0] for piece in asked if piece.ranked), key=lambda item: -item.p)
        return self._means.outcomes.hand_off(turn, Reason.LOW_CONFIDENCE, percent(best), best, segments=_told(pieces))

    def _likeliest(self, turn: Turn, pieces: Sequence[Piece]) -> Decision | None:
        """A long message without anything sure: its likeliest piece is asked back about, because the whole says little."""
        outcomes = self._means.outcomes
        best = max(pieces, key=_weight)
        is_asked = asks(best.words) or not turn.ask.is_letter
        if is_asked and (choices := self._means.worth_asking(turn, best.ranked)):
            return outcomes.ask_back(turn, choices, segments=_told(pieces))
        return outcomes.hand_off(turn, Reason.LOW_CONFIDENCE, percent(best.ranked), best.ranked, segments=_told(pieces))

    def _leans(self, turn: Turn) -> bool:
        """Whether the one question of a message may only be understood with the turn before it."""
        return bool(self._means.before(turn)) and leaning(turn.plain, turn.core) is not Leaning.NONE

    def _looked_up(self, turn: Turn, texts: Mapping[str, str]) -> list[Piece]:
        """Those that ask, before those that tell of trouble; and the others, where nothing of these is likely. In the message's order."""
        ranked: dict[str, list[Ranked]] = {}
        order = sorted(texts, key=lambda core: (not wishes(texts[core]), not asks(texts[core])))
        is_all = turn.ask.is_letter and (len(order) <= ANSWERS_MAX_COUNT or is_listed(turn.ask.text))
        first = min(len(order) if is_all else sum(map(asks, texts.values())), LOOKED_UP_MAX_COUNT)
        for chosen in (order[:first], order[first : first + LOOKED_UP_MAX_COUNT]):
            self._means.ranking.expect(chosen)
            ranked |= {core: self._means.look_up(turn, core) for core in chosen}
            if any(items and items[0].p >= LIKELY for items in ranked.values()):
                break
        return [Piece(words, core, ranked[core]) for core, words in texts.items() if core in ranked]

    def _widened(self, turn: Turn, pieces: list[Piece]) -> list[Piece]:
        """The pieces of a long message; where neighbours are surer together than each alone, the whole that they are, the surest first."""
        wholes, cores = [], [self._means.core(passage.words) for passage in turn.said.passages]
        self._means.ranking.expect(cores)
        for passage, core in zip(turn.said.passages, cores, strict=True):
            near = self._means.ranking.near(core, turn.ask.today)  # as written: mistakes are mended in the pieces
            wholes.append((Piece(passage.words, core, near), frozenset(passage.parts)))
        for whole, parts in sorted(wholes, key=lambda item: -item[0].p):
            covered = [piece for piece in pieces if piece.words in parts]
            if covered and _is_surer(whole, covered) and len(self._distinct(covered)) < 2:
                place = pieces.index(covered[0])
                pieces = [*pieces[:place], whole, *(piece for piece in pieces[place:] if piece not in covered)]
        return pieces

    def _headed(self, turn: Turn, pieces: list[Piece]) -> list[Piece]:
        """The pieces of a mail; the one that says most, understood under its subject, where nothing in it is sure by itself."""
        if not pieces or any(self._means.outcomes.reaches(piece.ranked[0]) for piece in pieces if piece.ranked):
            return pieces
        best = max(pieces, key=_weight)
        under = structs.replace(best, ranked=self._means.headed(turn, best.core))
        return [under if piece is best else piece for piece in pieces]

    def _distinct(self, pieces: Sequence[Piece]) -> list[tuple[str, Ranked]]:
        """The entries that the pieces likely mean, each once with its likeliest piece, in the message's order."""
        best: dict[str, tuple[str, Ranked]] = {}
        for piece in filter(self._counts, pieces):
            top = piece.ranked[0]
            known = best.get(top.entry.id)
            if known is None or known[1].p < top.p:
                best[top.entry.id] = (piece.words, top)
        return list(best.values())

    def _counts(self, piece: Piece) -> bool:
        """Whether a piece is a question of its own. What leans on the words around it, or only tells, must be sure to count."""
        if piece.p < LIKELY or not has_content(piece.core):
            return False
        is_alone = wishes(piece.words) and leaning(piece.core, piece.core) is not Leaning.MARKED
        return is_alone or self._means.outcomes.reaches(piece.ranked[0])

    def _is_meant(self, turn: Turn, best: Ranked, *, is_one: bool) -> bool:
        """Whether a short message as a whole means what its piece means; of a long one only the pieces can be believed.

        `is_one`: nothing else is asked in it.
        """
        return _is_long(turn) or self._as_a_whole(turn, best) >= (WHOLE_MIN if is_one else BESIDE_MIN)

    def _partly(self, turn: Turn, pieces: Sequence[Piece]) -> Decision | None:
        """A short message with a question that may be asked back about, beside one that nothing is known of: that one is named."""
        whole, unknown = self._means.ranked(turn), [piece for piece in pieces if piece.p < UNKNOWN_MAX and _is_question(piece)]
        if not unknown or (whole and whole[0].p >= LIKELY):
            return None
        best = max(pieces, key=_weight)
        choices = [] if best in unknown else self._means.worth_asking(turn, best.ranked)
        named = [_quoted(piece.words) for piece in unknown][:UNANSWERED_MAX_COUNT]
        return self._means.outcomes.ask_back(turn, choices, unanswered=named, segments=_told(pieces)) if choices else None

    def _as_a_whole(self, turn: Turn, best: Ranked) -> float:
        """How likely the whole message means an entry; 0 where it rather means another."""
        whole = self._means.ranked(turn)
        return whole[0].p if whole and whole[0].entry.id == best.entry.id else 0.0

    def _open(self, turn: Turn, pieces: Sequence[Piece]) -> list[str]:
        """The questions that no entry is likely for, in their own words. In the list of a mail everything is a question."""
        is_list = turn.ask.is_letter and is_listed(turn.ask.text)
        asked = [piece for piece in pieces if piece.p < LIKELY and (_is_question(piece) or (is_list and wishes(piece.words)))]
        return [_quoted(piece.words) for piece in asked][:UNANSWERED_MAX_COUNT]


def _is_surer(whole: Piece, parts: Sequence[Piece]) -> bool:
    """Whether a whole says more than each of its parts; much more, where it means another entry than they do."""
    best = max(parts, key=lambda piece: piece.p)
    if not whole.ranked or not best.ranked:
        return bool(whole.ranked)
    is_same = whole.ranked[0].entry.id == best.ranked[0].entry.id
    return whole.p > best.p + (0.0 if is_same else OTHER_AHEAD)


def _weight(piece: Piece) -> float:
    """How much a piece of a long message says: what asks more than trouble, trouble more than a story."""
    return piece.p * (1.0 if wishes(piece.words) else TROUBLE_SHARE if asks(piece.words) else STORY_SHARE)


def _is_long(turn: Turn) -> bool:
    return len(turn.core.encode()) > WHOLE_MAX_BYTES


def _also(pieces: Sequence[Piece], answered: Sequence[Ranked]) -> list[Ranked]:
    """Entries that other pieces ask for, likely but not for sure."""
    known = {item.entry.id for item in answered}
    found: dict[str, Ranked] = {}
    for piece in pieces:
        if piece.p >= LIKELY and wishes(piece.words) and has_content(piece.words) and piece.ranked[0].entry.id not in known:
            found.setdefault(piece.ranked[0].entry.id, piece.ranked[0])
    return list(found.values())[:ALSO_MAX_COUNT]


def _is_question(piece: Piece) -> bool:
    """Whether a piece is plainly a question, one that somebody waits for an answer to; not only a wish or a story."""
    if not has_content(_GENERIC.sub(" ", piece.core)) or _leans(piece):
        return False
    return bool(_QUESTION.search(piece.core) or piece.words.rstrip().endswith(("?", "？")))


def _leans(piece: Piece) -> bool:
    return leaning(piece.core, piece.core) is Leaning.MARKED


def _speaks(item: Ranked) -> bool:
    """Whether the bot itself may answer with the entry."""
    return item.entry.handoff is None and item.entry.action is None


def _told(pieces: Sequence[Piece]) -> list[tuple[str, str, float]]:
    """The pieces for the desk: their words, and the likeliest entry of each."""
    return [(piece.words[:QUOTED_MAX_CHARS], piece.ranked[0].entry.id if piece.ranked else "", round(piece.p, 3)) for piece in pieces]


_MARKS = str.maketrans(dict.fromkeys("*_`~[]()<>#|\\!\n", " "))


def _quoted(words: str) -> str:
    """A customer's words as plain text within ours: no mark of theirs may count as Markdown."""
    flat = " ".join(words.translate(_MARKS).split())
    return flat if len(flat) <= QUOTED_MAX_CHARS else flat[: QUOTED_MAX_CHARS - 1].rstrip() + "…"

"""Several questions in one message, and the one question in a long mail. Nothing that was asked is left out in silence."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from bot.means import Means
from bot.outcomes import Answered
from bot.ranking import Ranked
from bot.segments import asks
from bot.turn import Turn
from gateway.core.decision import Decision
from gateway.core.handoff import Reason

LIKELY = 0.5
"""From here on a piece of a message means its entry."""
LONG_FROM_CHARS = 60
"""A longer message is a story around its question: its best piece says more than the whole."""
ANSWERS_MAX_COUNT = 4
"""More answers in one message nobody reads."""
UNANSWERED_MAX_COUNT = 3
QUOTED_MAX_CHARS = 60


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
        pieces = self._pieces(turn)
        if not pieces or (len(pieces) == 1 and pieces[0].core == turn.core):
            return None
        found = _distinct(pieces)
        if len(found) > 1:
            return self.answered(turn, found, self._open(pieces), pieces)
        if len(found) == 1:
            return self._single(turn, found[0][1], pieces)
        return None

    def answered(
        self, turn: Turn, found: Sequence[tuple[str, Ranked]], unanswered: Sequence[str] = (), pieces: Sequence[Piece] = ()
    ) -> Decision:
        """All of them in one message; or a person gets the list."""
        outcomes, best = self._means.outcomes, [item for _, item in found]
        why: dict[str, Any] = {"segments": _told(pieces)} if pieces else {}
        if len(found) > ANSWERS_MAX_COUNT or not all(_speaks(item) and outcomes.reaches(item) for item in best):
            listed = " + ".join(f"{item.entry.title} ({item.p:.0%})" for item in best)
            return outcomes.hand_off(turn, Reason.LOW_CONFIDENCE, listed, best, **why)
        return outcomes.answer_all(turn, [Answered(words, item) for words, item in found], unanswered, **why)

    def _single(self, turn: Turn, best: Ranked, pieces: Sequence[Piece]) -> Decision | None:
        """One question with words around it. What else was asked is named."""
        outcomes, unanswered = self._means.outcomes, self._open(pieces)
        if not outcomes.reaches(best):
            return None
        why: dict[str, Any] = {"segments": _told(pieces)}
        if unanswered and _speaks(best) and not outcomes.is_said(turn, best.entry):
            return outcomes.answer_all(turn, [Answered("", best)], unanswered, **why)
        return outcomes.answer(turn, best, next(piece.ranked for piece in pieces if best in piece.ranked), **why)

    def _pieces(self, turn: Turn) -> list[Piece]:
        means, today = self._means, turn.ask.today
        found: dict[str, Piece] = {}
        for words in turn.said.segments:
            plain = means.normalizer.plain(words)
            core = means.normalizer.core(plain)
            if core and core not in found and not means.rules.smalltalk(plain):
                found[core] = Piece(words, core, means.ranking.ranked(core, today))
        return list(found.values())

    def _open(self, pieces: Sequence[Piece]) -> list[str]:
        """The questions that no entry is likely for, in their own words."""
        return [_quoted(piece.words) for piece in pieces if piece.p < LIKELY and asks(piece.words)][:UNANSWERED_MAX_COUNT]


def _distinct(pieces: Sequence[Piece]) -> list[tuple[str, Ranked]]:
    """The entries that the pieces likely mean, each once with its likeliest piece, in the message's order."""
    best: dict[str, tuple[str, Ranked]] = {}
    for piece in pieces:
        if piece.p >= LIKELY:
            top = piece.ranked[0]
            known = best.get(top.entry.id)
            if known is None or known[1].p < top.p:
                best[top.entry.id] = (piece.words, top)
    return list(best.values())


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

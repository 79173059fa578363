"""A wish for a person in words that no rule knows: "could one of your colleagues give me a ring", "机器说不通，来个值班的".

Learned (see `heads`), so it comes late: after the rules, a question that stands in the knowledge base, small talk. What may be slow is done
only where the words alone leave room for the wish.
"""

from bot.encoder import Encoder
from bot.heads import Heads, load_heads
from bot.outcomes import Outcomes
from bot.turn import Turn
from gateway.core.decision import Decision
from gateway.core.expressions import expression
from gateway.core.handoff import Reason

ROOM = 0.02
"""Less likely than this by its words, a text isn't looked at more closely."""
PIECES_MAX_COUNT = 6
"""Of a long message: its first and its last ones, where wishes stand."""

_REFUSED = expression(
    r"(?:不用|不需要|不必|无需|没必要|先不|不想)(?:再|给我|帮我|麻烦|你们?|叫|让|找|转接?|接|联系|联络|安排|派)*+(?:人工|真人|客服|专员|专人|坐席|座席|经理|人来)|"
    r"\bno need (?:to|for)\b|\b(?:do not|would rather not|rather not|need not|never) (?:please )?(?:need|connect|transfer|forward|call|"
    r"escalate|put me|want (?:to be (?:called|connected|transferred)|a (?:call|callback)|an agent|anyone))\b"
)
"""Who says that nobody is needed uses the words of a wish."""


class Wished:
    """The step of a decision that hears it. `encoder`: None goes by words alone."""

    def __init__(self, outcomes: Outcomes, encoder: Encoder | None = None, heads: Heads | None = None) -> None:
        self._outcomes = outcomes
        self._encoder = encoder
        self._heads = heads or load_heads()

    def __call__(self, turn: Turn) -> Decision | None:
        for piece in _pieces(turn):
            p = self.share(piece)
            if p:
                return self._outcomes.hand_off(turn, Reason.EXPLICIT_REQUEST, piece, rule="person.learned", p=round(p, 3))
        return None

    def share(self, core: str) -> float:
        """How likely a person is asked for; 0 where it isn't likely enough to act on."""
        if _REFUSED.search(core):
            return 0.0
        p = self._heads.wants_person(core)
        if self._encoder is None or p < ROOM:
            return p if p >= self._heads.person_from() else 0.0
        vector = self._encoder.encode([core])[0]
        p = self._heads.wants_person(core, vector)
        return p if p >= self._heads.person_from(vector) else 0.0


def _pieces(turn: Turn) -> tuple[str, ...]:
    pieces = tuple(dict.fromkeys((*turn.said.questions, *((turn.core,) if turn.core else ()))))
    return pieces if len(pieces) <= PIECES_MAX_COUNT else (*pieces[: PIECES_MAX_COUNT // 2], *pieces[-PIECES_MAX_COUNT // 2 :])

"""The wider pieces of a long message: sentences that were cut at their clauses, and neighbours that may be one question together.

"My transfer failed, why did that happen?" says more as a whole than in pieces; "My transfer failed. Why?" too.
"""

from collections.abc import Iterator

from msgspec import Struct

from bot.segments import PIECE_MAX_CHARS, asks, pieces_by_sentence, tells, wishes

PASSAGES_MAX_COUNT = 6
"""Each of them costs a look into the knowledge base."""


class Passage(Struct, frozen=True):
    """Neighbouring pieces of a message as they stand there, raw."""

    words: str
    parts: tuple[str, ...]
    """The pieces, as `segments` tells them."""


def passages(text: str) -> tuple[Passage, ...]:
    """What may be one question though it is more than one piece; those that wish first, in the text's order. () for a single piece."""
    found = [passage for passage in _candidates(text) if len(passage.words) <= PIECE_MAX_CHARS]
    ranked = sorted(range(len(found)), key=lambda place: (not any(map(wishes, found[place].parts)), place))
    return tuple(found[place] for place in sorted(ranked[:PASSAGES_MAX_COUNT]))


def _candidates(text: str) -> Iterator[Passage]:
    """The cut sentences, and each two neighbours of which neither is a story."""
    before: Passage | None = None
    for sentence, parts in pieces_by_sentence(text):
        here = Passage(sentence, parts)
        if len(parts) > 1 and any(map(asks, parts)):
            yield here
        if before is not None and any(map(asks, (*before.parts, *parts))) and not tells(sentence):
            yield Passage(f"{before.words.rstrip()} {sentence}", before.parts + parts)
        before = None if tells(sentence) else here

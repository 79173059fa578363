"""What is written, as it is said aloud: words for figures, nothing for the eye alone, in pieces that end where a speaker breathes."""

import re
from collections.abc import Iterator

from msgspec import Struct

from adapters.phone.speaking.figures import figures_said
from adapters.phone.speaking.marks import links_in, unmarked
from adapters.phone.speaking.tongues import tongue_of

TEXT_MAX_CHARS = 8_000
"""Of what is said at once: a quarter of an hour."""
PIECE_ZH_CHARS = 60
PIECE_EN_CHARS = 200
"""A piece's length at most, where there is a pause to cut at: what a voice makes within its deadline, and what a caller who speaks into
it has to hear again."""

_SENTENCE = re.compile(r"[^。！？；!?;\n.]*(?:\.(?=\w)[^。！？；!?;\n.]*)*[。！？；!?;\n.]*\s*")
_GAP = re.compile(r"(?<=[\u3400-\u9fff，。！？；：、]) (?=[\u3400-\u9fff])|(?<=[\u3400-\u9fff]) (?=[，。！？；：、])")
"""No voice needs a space between Chinese words."""
_PAUSE = re.compile(r"[^，、,：:]*[，、,：:]?\s*")


class Aloud(Struct, frozen=True):
    """Something to be said: its pieces in order, and the links that stand in it, which are not."""

    parts: tuple[str, ...]
    links: tuple[str, ...] = ()


def aloud(text: str, language: str, *, markdown: bool = True) -> Aloud:
    """How `text` is said in this language. Pure, and as quick as it is long; whatever comes, nothing is raised."""
    text = text[:TEXT_MAX_CHARS]
    plain = _GAP.sub("", figures_said(unmarked(text, language, markdown=markdown), tongue_of(language)))
    limit = PIECE_ZH_CHARS if language.lower().startswith("zh") else PIECE_EN_CHARS
    return Aloud(tuple(_pieces(plain, limit)), links_in(text))


def _pieces(text: str, limit: int) -> Iterator[str]:
    """Sentences, short ones together, long ones cut at their commas."""
    piece = ""
    for sentence in _sentences(text, limit):
        if piece and len(piece) + len(sentence) > limit:
            yield piece.strip()
            piece = ""
        piece = _GAP.sub("", piece + sentence)
    if piece.strip():
        yield piece.strip()


def _sentences(text: str, limit: int) -> Iterator[str]:
    for found in _SENTENCE.finditer(text):
        sentence = _GAP.sub("", found[0].replace("\n", " ")).replace("m..", "m.")
        if not any(char.isalnum() for char in sentence):
            continue
        if len(sentence) <= limit:
            yield sentence
        else:
            yield from _cut(sentence, limit)


def _cut(sentence: str, limit: int) -> Iterator[str]:
    """A sentence too long for one breath: at its pauses, and where there is none, at the limit."""
    piece = ""
    for found in _PAUSE.finditer(sentence):
        if piece and len(piece) + len(found[0]) > limit:
            yield piece
            piece = ""
        piece += found[0]
        while len(piece) > 2 * limit:
            yield piece[: 2 * limit]
            piece = piece[2 * limit :]
    if piece:
        yield piece

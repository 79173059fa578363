"""Small learned heads: does this text want a person, what sort of wish is it, how does its writer feel, how much does it press?

Each head is one softmax over the text's own words and characters and, where a sentence encoder is installed, over its vector: two sets of
weights, because words weigh less where a vector speaks too. `heads.json` says what they were trained from; `bench/training/heads.py`
makes it again. A head never decides alone: rules go before it, and its callers ask for certainty.
"""

import base64
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from bot.cues import cues
from gateway.core.expressions import expression

Vector = npt.NDArray[np.float32]

TEXT_MAX_CHARS = 240
"""What is looked at of a text: its beginning and its end, where wishes and tempers stand."""
TAIL_CHARS = 80

PERSON: Final = "person"
KIND: Final = "kind"
MOOD: Final = "mood"
PRESS: Final = "press"

_PIECE = expression(r"[\u3400-\u9fff]+|[a-z]+|[0-9]+")


class Verdict(Struct, frozen=True):
    """What a head thinks: the likeliest label, and how likely it is."""

    label: str
    p: float


class Head:
    """One softmax. `labels` in the order of its columns."""

    def __init__(self, labels: Sequence[str], grams: Sequence[str], alone: "Weights", together: "Weights") -> None:
        """`alone`: the weights without a sentence vector, `together`: with one."""
        self.labels = tuple(labels)
        self._rows = {gram: row for row, gram in enumerate(grams)}
        self._alone = alone
        self._together = together

    def shares(self, features: "Features", embedding: Vector | None = None) -> Vector:
        """How likely each label is."""
        weights = self._weights(embedding)
        rows = self._known(features)
        scores = weights.bias.copy()
        if rows:
            scores += weights.grams[rows].sum(axis=0) * features.scale
        if embedding is not None:
            scores += embedding @ weights.vector
        shares = np.exp(scores - scores.max())
        return np.asarray(shares / shares.sum(), dtype=np.float32)

    def verdict(self, features: "Features", embedding: Vector | None = None) -> Verdict:
        """The likeliest label."""
        shares = self.shares(features, embedding)
        column = int(shares.argmax())
        return Verdict(self.labels[column], round(float(shares[column]), 3))

    def _known(self, features: "Features") -> list[int]:
        return [row for gram in features.grams if (row := self._rows.get(gram)) is not None]

    def _weights(self, embedding: Vector | None) -> "Weights":
        return self._alone if embedding is None else self._together


class Weights(Struct, frozen=True):
    """A head's numbers: one row a gram, one a dimension of the vector, and what stands without any."""

    grams: Vector
    vector: Vector
    bias: Vector


class Features(Struct, frozen=True):
    """What a head sees of a text: its grams, each once, and what makes long texts weigh as much as short ones."""

    grams: tuple[str, ...]
    scale: float
    cues: tuple[tuple[str, str], ...] = ()
    """What it holds of `cues`, each with its words."""


class Heads:
    """The shipped heads. `core`: a plain text without its courtesies (see `normalize`); `embedding`: its vector, None without encoder."""

    def __init__(self, heads: Mapping[str, Head], person_from: Mapping[str, float]) -> None:
        self._heads = heads
        self._person_from = person_from

    def wants_person(self, core: str, embedding: Vector | None = None) -> float:
        """How likely the writer asks for a person, from 0 to 1."""
        head = self._heads[PERSON]
        return float(head.shares(features(core), embedding)[head.labels.index("1")])

    def person_from(self, embedding: Vector | None = None) -> float:
        """The least `wants_person` that counts as a wish: so high that questions from the knowledge base's own world don't reach it."""
        return self._person_from["alone" if embedding is None else "together"]

    def kind_of(self, core: str, embedding: Vector | None = None) -> Verdict:
        """question, complaint, suggestion, request, praise or other."""
        return self._heads[KIND].verdict(features(core), embedding)

    def sentiment_of(self, core: str, embedding: Vector | None = None) -> float:
        """From -1 (furious) over 0 to 1 (delighted)."""
        head = self._heads[MOOD]
        shares = head.shares(features(core), embedding)
        return float(sum(float(share) * float(label) / 2 for share, label in zip(shares, head.labels, strict=True)))

    def press_of(self, core: str, embedding: Vector | None = None) -> Verdict:
        """0: it can wait its turn; 1: it presses; 2: harm is being done right now."""
        return self._heads[PRESS].verdict(features(core), embedding)


@lru_cache(maxsize=1)
def load_heads() -> Heads:
    """The heads that ship. Read once; the same for everybody."""
    stored = msgspec.json.decode((files("bot") / "heads.json").read_bytes())
    return Heads({name: _head(table) for name, table in stored["heads"].items()}, stored["person_from"])


@lru_cache(maxsize=256)
def features(core: str) -> Features:
    """A text's grams: words, their pairs and triples and beginnings; Chinese characters, pairs and triples; where it begins and ends."""
    pieces = _PIECE.findall(core if len(core) <= TEXT_MAX_CHARS else f"{core[: TEXT_MAX_CHARS - TAIL_CHARS]} {core[-TAIL_CHARS:]}")
    tokens: list[str] = []
    for piece in pieces:
        tokens.extend(piece if piece[0] >= "\u3400" else ("0",) if piece.isdigit() else (piece[:24],))
    grams = dict.fromkeys(tokens)
    grams.update(dict.fromkeys(f"{word[:5]}*" for word in tokens if len(word) > 5))
    framed = ("^", *tokens, "$")
    for size in (2, 3):
        for start in range(len(framed) - size + 1):
            grams[_joined(framed[start : start + size])] = None
    told = cues(tokens)
    build = [f"<{cue}>" for cue, _ in told]
    for size in (1, 2, 3):
        grams.update(dict.fromkeys("".join(build[start : start + size]) for start in range(len(build) - size + 1)))
    return Features(tuple(grams), 1.0 / max(len(grams), 1) ** 0.5, tuple(told))


def _joined(tokens: Sequence[str]) -> str:
    """`^how do`, `退款`, `吗$`: Chinese stands without spaces."""
    text = tokens[0]
    for before, after in pairwise(tokens):
        is_close = before == "^" or after == "$" or (before[0] >= "\u3400" and after[0] >= "\u3400")
        text += after if is_close else f" {after}"
    return text


def _head(table: Mapping[str, Any]) -> Head:
    labels = table["labels"]
    return Head(labels, table["grams"].split("\n"), *(_weights(table[name], len(labels)) for name in ("alone", "together")))


def _weights(table: Mapping[str, Any], width: int) -> Weights:
    return Weights(
        _matrix(table["grams"], table["grams_step"], width),
        _matrix(table["vector"], table["vector_step"], width),
        np.asarray(table["bias"], dtype=np.float32),
    )


def _matrix(text: str, step: float, width: int) -> Vector:
    """Whole numbers of one byte, `step` apart."""
    numbers = np.frombuffer(base64.b64decode(text), dtype=np.int8)
    return numbers.reshape(-1, width).astype(np.float32) * np.float32(step)

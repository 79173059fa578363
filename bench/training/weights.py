"""Fits the networks of `bot/weights.py` anew: `FRONTDESK_DATA=... python -m bench.training.weights` (some ten minutes on one core).

Many small knowledge bases are drawn from three public sets, of 6 to 150 entries with 1 to 100 questions each, evenly or not; what the bot's
own matcher sees of questions that are not among them (some answered by an entry, some by one that was left out, some by none of this
world) is what the networks learn from. Nothing of any other set, and nothing of their test splits, is used. Fixed seeds.
"""

import json
import math
import os
import random
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bot.encoder import Encoder, Floats, load_encoder
from bot.entries import Entry
from bot.features import FEATURES, LOOKED_AT
from bot.fusion import Doubles, shares
from bot.match import FusedMatcher
from bot.normalize import Normalizer, TextNormalizer
from bot.scripts import ScriptTables
from gateway.core.ids import EntryId

SETS = ("clinc150", "banking77", "hwu64")
VERSION = "2"
UNITS = 8
DECAY = 0.01
"""How strongly weights are drawn to nothing: the networks must serve shops that none of the sets resembles."""
STEPS = 1_500
ASKED_EACH = 160
EPISODES = {(True, True): 200, (False, True): 120, (True, False): 100, (False, False): 100}
"""Knowledge bases drawn for each network."""
TARGET = Path(__file__).resolve().parents[2] / "bot" / "weights.py"


class Pool(Struct, frozen=True):
    """One set: its training and validation questions by label, and questions that no label answers."""

    train: dict[str, list[str]]
    held: dict[str, list[str]]
    strangers: list[str]


class Episode(Struct, frozen=True):
    """A small knowledge base and questions with their labels (None: none of its entries)."""

    entries: list[Entry]
    asked: list[tuple[str, str | None]]


class Samples(Struct, frozen=True):
    """(questions, candidates, features), which candidates there are, and the right one's place (-1: none)."""

    features: Doubles
    is_there: NDArray[np.bool_]
    right: NDArray[np.int64]


def main() -> None:
    pools = {name: _pool(_folder() / f"{name}.jsonl") for name in SETS}
    encoder = _Remembering(load_encoder())
    networks = {}
    for seed, (kind, count) in enumerate(EPISODES.items()):
        samples = _samples(list(_episodes(pools, count, seed + 1)), encoder if kind[0] else None, is_classified=kind[1])
        networks[kind] = _fitted(samples)
        _say(f"{kind}: {len(samples.right)} questions, loss {_loss(samples, networks[kind])[0]:.4f}")
    TARGET.write_text(_module(networks), encoding="utf-8")
    _say(f"written: {TARGET}")


def _folder() -> Path:
    return Path(os.environ["FRONTDESK_DATA"]) / "faq" / "sets"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# ---- what is learned from -------------------------------------------------------------------------------------------------------


def _pool(path: Path) -> Pool:
    pool = Pool({}, {}, [])
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["oos"] and row["split"] in {"train", "val"}:
            pool.strangers.append(row["text"])
        elif not row["oos"] and row["split"] in {"train", "val"}:
            kept = pool.train if row["split"] == "train" else pool.held
            kept.setdefault(row["label"], []).append(row["text"])
    return pool


def _episodes(pools: dict[str, Pool], count: int, seed: int) -> Iterator[Episode]:
    dice = random.Random(seed)
    strangers = [text for pool in pools.values() for text in pool.strangers]
    for number in range(count):
        name = SETS[number % len(SETS)]
        others = [text for other in SETS if other != name for texts in pools[other].train.values() for text in texts]
        yield _episode(pools[name], others, strangers, dice)


def _episode(pool: Pool, others: Sequence[str], strangers: Sequence[str], dice: random.Random) -> Episode:
    labels = sorted(pool.train)
    variants = dice.choice((1, 2, 3, 5, 5, 8, 16, 40, 100))
    size = max(6, min(len(labels), dice.choice((8, 15, 30, 50, 77, 110, 150)), 2_400 // variants))
    chosen = dice.sample(labels, min(size, len(labels)))
    hidden = [label for label in labels if label not in chosen]
    if not hidden:
        chosen, hidden = chosen[len(chosen) // 6 :], chosen[: len(chosen) // 6]
    is_even = dice.random() < 0.5
    entries = [
        Entry(
            id=EntryId(label),
            questions=tuple(dice.sample(pool.train[label], _variants(variants, len(pool.train[label]), dice, is_even=is_even))),
        )
        for label in chosen
    ]
    stored = {question for entry in entries for question in entry.questions}
    asked: list[tuple[str, str | None]] = []
    for _ in range(int(ASKED_EACH * 0.70)):
        label = dice.choice(chosen)
        fresh = pool.held.get(label) or [text for text in pool.train[label] if text not in stored] or pool.train[label]
        asked.append((dice.choice(fresh), label))
    asked += [(dice.choice(pool.train[dice.choice(hidden)]), None) for _ in range(int(ASKED_EACH * 0.18))]
    asked += [(dice.choice(others), None) for _ in range(int(ASKED_EACH * 0.06))]
    asked += [(dice.choice(strangers), None) for _ in range(int(ASKED_EACH * 0.06))]
    return Episode(entries, asked)


def _variants(usual: int, most: int, dice: random.Random, *, is_even: bool) -> int:
    count = usual if is_even else round(usual * math.exp(dice.gauss(0, 0.7)))
    return max(1, min(count, most))


class _Remembering:
    """An encoder that reads each text once."""

    def __init__(self, encoder: Encoder | None) -> None:
        assert encoder is not None, "the encoder's package is not installed"
        self._encoder = encoder
        self._known: dict[str, Floats] = {}
        self.name = encoder.name

    def encode(self, texts: Sequence[str]) -> Floats:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(new, self._encoder.encode(new), strict=True))
        return np.stack([self._known[text] for text in texts])


def _samples(episodes: Sequence[Episode], encoder: Encoder | None, *, is_classified: bool) -> Samples:
    normalizer = TextNormalizer(ScriptTables())
    seen = [_seen(episode, normalizer, encoder, is_classified=is_classified) for episode in episodes]
    return Samples(*(np.concatenate(parts) for parts in zip(*seen, strict=True)))


def _seen(
    episode: Episode, normalizer: Normalizer, encoder: Encoder | None, *, is_classified: bool
) -> tuple[Doubles, NDArray[np.bool_], NDArray[np.int64]]:
    matcher = FusedMatcher(episode.entries, normalizer, encoder)
    embeddings = encoder.encode(matcher.questions) if encoder else np.zeros((0, 0), np.float32)
    matcher.learn(embeddings, None)
    if is_classified:
        matcher.learn(embeddings, matcher.solved(()).ridge)
    features = np.zeros((len(episode.asked), LOOKED_AT, len(FEATURES)))
    is_there = np.zeros(features.shape[:2], np.bool_)
    right = np.full(len(features), -1, np.int64)
    for row, (text, label) in enumerate(episode.asked):
        for column, match in enumerate(matcher.matches(normalizer.core(normalizer.plain(text)))):
            features[row, column], is_there[row, column] = match.features, True
            if episode.entries[match.entry].id == label:
                right[row] = column
    return features, is_there, right


# ---- learning -------------------------------------------------------------------------------------------------------------------


def _fitted(samples: Samples) -> Doubles:
    """The network as a flat list (see `fusion.unpacked`), by Adam (Kingma and Ba 2015) over all samples at once."""
    there = samples.features[samples.is_there]
    middle, scale = there.mean(axis=0), np.maximum(there.std(axis=0), 1e-3)
    size = len(FEATURES) * UNITS + 2 * UNITS + len(FEATURES) + 1
    weights = np.random.default_rng(7).normal(0, 0.1, size)
    first, second = np.zeros(size), np.zeros(size)
    for step in range(1, STEPS + 1):
        flat = np.concatenate((middle, scale, weights))
        slope = _loss(samples, flat)[1]
        first, second = 0.9 * first + 0.1 * slope, 0.99 * second + 0.01 * slope * slope
        pace = 0.03 * 0.5 * (1 + math.cos(math.pi * step / STEPS))
        weights = weights - pace * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
    return np.concatenate((middle, scale, weights))


def _loss(samples: Samples, flat: Doubles) -> tuple[float, Doubles]:
    """How unlikely the network finds what is right, and which way is down."""
    count = len(FEATURES)
    middle, scale, hidden, hidden_shift, out, straight, shift = np.split(
        flat, np.cumsum((count, count, count * UNITS, UNITS, UNITS, count))
    )
    z = (samples.features - middle) / scale
    layer = np.tanh(z @ hidden.reshape(count, UNITS) + hidden_shift)
    scores = np.where(samples.is_there, layer @ out + z @ straight + shift[0], -50.0)
    p = shares(scores)
    rows = np.arange(len(p))
    is_known = samples.right >= 0
    likely = np.where(is_known, p[rows, np.maximum(samples.right, 0)], 1 - p.sum(axis=1))
    weights = flat[2 * count :]
    loss = float(-np.log(np.maximum(likely, 1e-12)).mean() + DECAY * (weights[:-1] ** 2).sum())
    error = p.copy()
    error[rows[is_known], samples.right[is_known]] -= 1
    error = (error * samples.is_there / len(p)).reshape(-1)
    flat_z, flat_layer = z.reshape(-1, count), layer.reshape(-1, UNITS)
    through = error[:, None] * out * (1 - flat_layer**2)
    slopes = ((flat_z.T @ through).reshape(-1), through.sum(axis=0), flat_layer.T @ error, flat_z.T @ error, [error.sum()])
    decay = 2 * DECAY * weights
    decay[-1] = 0
    return loss, np.concatenate(slopes) + decay


def _module(networks: dict[tuple[bool, bool], Doubles]) -> str:
    head = TARGET.read_text(encoding="utf-8").split("VERSION = ", 1)[0]
    note = '"""What was prepared with other weights is prepared anew."""'
    text = f'{head}VERSION = "{VERSION}"\n{note}\n\nNETWORKS: dict[tuple[bool, bool], tuple[float, ...]] = {{\n'
    for kind, numbers in networks.items():
        lines = textwrap.fill(
            ", ".join(f"{number:.4g}" for number in numbers) + ",", 140, initial_indent=" " * 8, subsequent_indent=" " * 8
        )
        text += f"    {kind}: (\n{lines}\n    ),\n"
    return text + "}  # fmt: skip\n"


if __name__ == "__main__":
    main()

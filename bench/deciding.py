"""The bot alone: candidates and whole decisions over knowledge bases of four sizes, each in a process of its own.

`python -m bench.deciding '{"questions": 10000, ...}'` prints one JSON line: what the benchmark below asks its children.
"""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

import psutil
from msgspec import Struct
from rapidfuzz import fuzz, process

from bench.load import quantile
from bench.result import Result
from bench.servers import ROOT, say
from bot import Bot, Entry, load_encoder, prepare
from config.texts import load_texts
from gateway.core.decision import Ask
from gateway.core.ids import EntryId
from gateway.core.texts import Texts

SIZES = (100, 1_000, 10_000, 100_000)
JUDGED = 10_000
"""The size that the bounds are for."""
QUESTIONS_EACH = 10
"""Stored questions of an entry."""
LOAD_MAX_S = 240.0
_SYLLABLES = [a + b for a in (*"bdfghklmnprstvwz", "ch", "sh") for b in (*"aeiou", "ar", "en", "ol")]
_HAN = [chr(0x4E00 + number) for number in range(0, 6000, 3)]


class Task(Struct, frozen=True):
    """What one child measures."""

    questions: int
    asked: int = 40
    repeats: int = 3
    peer_max_s: float = 20.0


def bot_decide(*, sizes: Sequence[int] = SIZES, judged: int = JUDGED, asked: int = 40, load_max_s: float = LOAD_MAX_S) -> Result:
    """How long the bot holds the loop for one question, against rapidfuzz's extractOne with WRatio over the same texts.

    The bot decides in place, so its longest decision is the loop's longest stall. Every question is asked in a few wordings and the best
    time counts: what others do to the machine is not the bot's. The ratio is that of finding candidates by letters and words; decisions
    are timed with everything, the encoder too. A knowledge base that does not load in time is left out, with load_s the limit.
    """
    figures: dict[str, float] = {}
    for size in sizes:
        say(f"{size:,} stored questions ...")
        figures |= {f"{name}_{_short(size)}": value for name, value in _in_a_child(Task(size, asked), load_max_s).items()}
    key = _short(judged)
    ratio, stall_ms = figures.get(f"times_faster_{key}", 0.0), figures.get(f"stall_ms_{key}", float("inf"))
    return Result(
        name="bot_decide", against=f"rapidfuzz extractOne WRatio, {key} texts", ratio=ratio, must=">= 10, <= 10 ms", goal=">= 20, <= 2 ms",
        is_met=ratio >= 10 and stall_ms <= 10, figures=figures,
    )  # fmt: skip


def _short(size: int) -> str:
    return f"{size // 1000}k" if size >= 1_000 else str(size)


def knowledge(questions: int, seed: int = 20261102) -> list[Entry]:
    """Entries with so many stored questions in all, half English-like, half Chinese-like; always the same ones for a seed."""
    dice = random.Random(seed)
    words = ["".join(dice.choices(_SYLLABLES, k=dice.choice((1, 2, 2, 3)))) for _ in range(4_000)]
    return [
        Entry(
            id=EntryId(f"entry-{number}"), answer={"en": f"answer {number}", "zh-CN": f"答案 {number}"},
            questions=tuple(_variants(dice, _HAN if number % 2 else words, "" if number % 2 else " ")),
        )
        for number in range(max(1, questions // QUESTIONS_EACH))
    ]  # fmt: skip


def asked_of(entries: Sequence[Entry], count: int, seed: int = 17) -> list[str]:
    """Questions that customers may ask: stored ones with a word missing and one that is new; every fourth about nothing that is known."""
    dice = random.Random(seed)
    strangers = knowledge(QUESTIONS_EACH * count, seed=seed)
    return [_reworded(dice, dice.choice((strangers[n] if n % 4 == 3 else dice.choice(entries)).questions)) for n in range(count)]


def _variants(dice: random.Random, words: Sequence[str], space: str) -> list[str]:
    """Ways to ask one thing: a few words that stay, and others around them. Common words are chosen more often, as people do."""
    kept = [_word(dice, words) for _ in range(3)]
    asked = []
    for _ in range(QUESTIONS_EACH):
        around = [_word(dice, words) for _ in range(dice.randint(2, 6))]
        mixed = kept + around
        dice.shuffle(mixed)
        asked.append(space.join(mixed))
    return asked


def _word(dice: random.Random, words: Sequence[str]) -> str:
    return words[int(len(words) * dice.random() ** 3)]


def _reworded(dice: random.Random, question: str) -> str:
    words = question.split(" ") if " " in question else list(question)
    words.pop(dice.randrange(len(words)))
    words.insert(dice.randrange(len(words) + 1), dice.choice(_SYLLABLES) * 2 if " " in question else dice.choice(_HAN))
    return (" " if " " in question else "").join(words)


def _in_a_child(task: Task, load_max_s: float) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.deciding", json.dumps({"questions": task.questions, "asked": task.asked})]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=load_max_s, cwd=ROOT)
    except subprocess.TimeoutExpired:
        return {"load_s": load_max_s}
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def _measure(task: Task) -> dict[str, float]:
    entries = knowledge(task.questions)
    texts, encoder = Texts(load_texts()), load_encoder()
    started = time.perf_counter()
    made = prepare(entries, encoder)
    prepared_s = time.perf_counter()
    bot = Bot(entries, texts=texts, encoder=encoder, prepared=made)
    loaded_s = time.perf_counter()
    rss_mib = psutil.Process().memory_info().rss / 2**20
    asked = asked_of(entries, task.asked)
    plain = Bot(entries, texts=texts)
    candidates_s = _each_s(asked, task.repeats, plain.candidates)
    decide_s = _each_s(asked, task.repeats, lambda text: bot.decide(Ask(text=text, languages=("zh-CN", "en"))))
    stored = [question for entry in entries for question in entry.questions]
    peer_s = _peer_s(asked, stored, task.peer_max_s)
    candidates_mean_s = sum(candidates_s) / len(candidates_s)
    return {
        "load_s": loaded_s - started, "reload_s": loaded_s - prepared_s, "rss_mib": rss_mib, "candidates_ms": candidates_mean_s * 1e3,
        "decide_ms": sum(decide_s) / len(decide_s) * 1e3, "decide_p99_ms": quantile(decide_s, 0.99) * 1e3, "stall_ms": max(decide_s) * 1e3,
        "wratio_ms": peer_s * 1e3, "times_faster": peer_s / candidates_mean_s,
    }  # fmt: skip


def _each_s(asked: Sequence[str], repeats: int, work: Callable[[str], object]) -> list[float]:
    """Seconds for each question: the best of a few wordings, so that nothing is remembered from the one before."""
    return [min(_took_s(lambda wording=f"{text} {number}": work(wording)) for number in range(repeats)) for text in asked]  # type: ignore[misc]  # a lambda's default hides its type


def _peer_s(asked: Sequence[str], texts: Sequence[str], max_s: float) -> float:
    """Seconds of one extractOne, the mean over as many questions as there is time for."""
    took: list[float] = []
    for text in asked:
        took.append(_took_s(lambda text=text: process.extractOne(text, texts, scorer=fuzz.WRatio)))  # type: ignore[misc]  # a lambda's default hides its type
        if sum(took) > max_s:
            break
    return sum(took) / len(took)


def _took_s(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    print(json.dumps(_measure(Task(**json.loads(sys.argv[1])))))

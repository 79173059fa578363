"""How much work something is, measured so that it holds on a slow and busy machine too: against other work, done right beside it.

Only this thread's processor time counts, and the best of a few tries; a limit stands far above what is usual, and far below what the
work would cost if it grew with the square of what it is given.
"""

import gc
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

TRIES_COUNT = 6
HOPELESS = 4
"""What is so many times above the limit is not tried again: no busy machine explains it."""

T = TypeVar("T")


def counting_words() -> Counter[str]:
    """What everything is measured by: some regular expressions, dictionaries and strings, as in the code that is measured."""
    words: Counter[str] = Counter()
    for number in range(80):
        text = f"Refunds take {number} days, 退款需要 {number} 天; " * 12
        words.update(word.lower() for word in re.findall(r"\w+", text))
    return words


def at_most(times: float, work: Callable[[], T], *, than: Callable[[], object] = counting_words) -> T:
    """What `work` returns, if it costs at most so many times what `than` costs: by default a little word count of a millisecond or two.

    It is done again only when a try was too dear. Raises AssertionError with the least that was found.
    """
    found: list[float] = []
    while len(found) < TRIES_COUNT and min(found, default=0) < HOPELESS * times:
        ratio, result = _against(work, than)
        if ratio <= times:
            return result
        found.append(ratio)
    raise AssertionError(f"expected at most {times:g} times the work, found {min(found):.1f} times")


def _against(work: Callable[[], T], than: Callable[[], object]) -> tuple[float, T]:
    """Beside it on both sides, because a machine may get busy in between."""
    with _nothing_swept():
        before_s, _ = _cost_s(than)
        spent_s, result = _cost_s(work)
        after_s, _ = _cost_s(than)
    return spent_s / max(before_s, after_s), result


def _cost_s(work: Callable[[], T]) -> tuple[float, T]:
    started_s = time.thread_time()
    result = work()
    return time.thread_time() - started_s, result


@contextmanager
def _nothing_swept() -> Iterator[None]:
    """Without the garbage collector, which sweeps up what other tests left, in nobody's time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()

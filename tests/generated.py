"""Values as hostile clients make them up: JSON of any shape, and objects that nearly fit."""

from collections.abc import Mapping
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

T = TypeVar("T")

MARK = "xyzzy-the-customers-own-words"
"""Stands in generated texts: no log line may hold it."""
TEXTS = st.one_of(
    st.sampled_from(
        ["", " ", "\0", "\u202e", "a" * 65, "x" * 5000, "%", "_", "\\", "../../etc/passwd", "'--", '"', MARK, "😀" * 40, "{0.__class__}"]
    ),
    st.text(max_size=40),
)
NUMBERS = st.one_of(st.sampled_from([0, 1, -1, 2**31, 2**53, 2**63, 2**64, 10**30]), st.integers(), st.floats(allow_nan=False))
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)


def nearly(fitting: Mapping[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects of which each field fits, or is anything, or is missing."""
    fields = {name: st.one_of(fits, fits, ANYTHING) for name, fits in fitting.items()}
    return st.fixed_dictionaries({}, optional=fields)


def examples(of: st.SearchStrategy[T], count: int) -> list[T]:
    """So many of these, the same in every run."""
    found: list[T] = []

    @settings(
        max_examples=count, database=None, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(of)
    def collect(one: T) -> None:
        found.append(one)

    collect()
    return found

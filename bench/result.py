"""What a benchmark says."""

from msgspec import Struct, field


class Result(Struct, frozen=True, kw_only=True):
    """One benchmark's outcome. `ratio` is to the peer or limit named in `against`; `must` and `goal` are bounds for it."""

    name: str
    against: str
    ratio: float
    must: str
    goal: str
    is_met: bool
    figures: dict[str, float] = field(default_factory=dict)


class NotHere(Exception):
    """A benchmark's peer can't be had on this machine: it is left out, and the reason said."""

"""A knowledge base as data: the same content, the same digest; kept and read again it is the same; what was spoilt is said."""

import zlib
from typing import Any

import pytest

from bot.knowledge import read_entry
from config.problems import ConfigError
from gateway import contents
from gateway.contents import Contents, contents_of, difference, packed, unpacked
from tests.knowledge import entry


def of(*values: dict[str, Any]) -> Contents:
    found = [read_entry(value)[0] for value in values]
    assert None not in found
    return contents_of([one for one in found if one is not None])


A, B = entry("a", "one?", "二？"), entry("b", "two?", tags=["x"], risk="high", valid={"from": "2026-11-01"})


def test_equal_contents_have_equal_digests_and_every_difference_tells() -> None:
    base = of(A, B)
    assert base.digest == of(A, {**B, "category": None, "urgency": "normal"}).digest
    others = [of(A), of(B, A), of(A, {**B, "risk": "low"}), of({**A, "questions": ["one?"]}, B), of(A, B, entry("c"))]
    assert len({base.digest, *(one.digest for one in others)}) == 6


def test_what_is_kept_reads_as_the_same() -> None:
    base = of(A, B, entry("c", 'quote " and \\ and \0', answer="👋 多行\n第二行"))
    again = unpacked(packed(base), "kept")
    assert (again.entries, again.digest, again.records) == (base.entries, base.digest, base.records)


def test_a_quicker_way_over_what_is_known_gives_the_same() -> None:
    base = of(A, B)
    more = [*base.entries, *of(entry("c")).entries]
    assert contents_of(more, base) == contents_of(more)
    changed = of({**A, "tags": ["new"]}, B)
    assert contents_of(changed.entries, base) == changed


@pytest.mark.parametrize(
    "kept", [b"", b"nonsense", zlib.compress(b"{"), zlib.compress(b'{"id": 1}'), packed(of(A))[:-3], zlib.compress(b"\xff")]
)
def test_what_was_spoilt_is_said_in_words(kept: bytes) -> None:
    with pytest.raises(ConfigError, match="revision 7"):
        unpacked(kept, "revision 7")


def test_too_much_is_neither_kept_nor_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    base = of(A, B)
    kept = packed(base)
    monkeypatch.setattr(contents, "TEXT_MAX_BYTES", 50)
    with pytest.raises(ConfigError, match="at most 50 bytes"):
        packed(base)
    with pytest.raises(ConfigError, match="something else"):
        unpacked(kept, "kept")


def test_differences_are_told_by_ids() -> None:
    found = difference(of(A, B), of({**A, "tags": ["new"]}, entry("c")))
    assert (found.added, found.changed, found.dropped) == (("c",), ("a",), ("b",))

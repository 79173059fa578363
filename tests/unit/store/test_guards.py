"""Versions of rows that come, change and go, against a plain dictionary."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.changes import Changes
from gateway.core.desk import CannedReply, Setting
from gateway.store import desk
from gateway.store.lite import drive
from tests.contract.records import AT
from tests.unit.store.record_in_memory import record, written

# One plan: batches of Changes, each a list of (kind, which row, put or drop, version). A setting is never dropped.
NAMES, VERSIONS = st.sampled_from("ab"), st.integers(0, 3)
DEEDS = st.one_of(
    st.tuples(st.just("reply"), NAMES, st.booleans(), VERSIONS), st.tuples(st.just("setting"), NAMES, st.just(value=True), VERSIONS)
)  # fmt: skip
PLANS = st.lists(st.lists(st.lists(DEEDS, min_size=1, max_size=3), min_size=1, max_size=4), min_size=1, max_size=4)
Deed = tuple[str, str, bool, int]
Kept = dict[tuple[str, str], int]


def changes_of(deeds: list[Deed]) -> Changes:
    """Within one Changes all that is put comes before all that goes."""
    fields: dict[str, list[Any]] = {}
    for kind, name, is_put, version in deeds:
        if kind == "reply":
            row: Any = CannedReply(id=name, shortcut=name, title="", texts={}, updated_at=AT, updated_by="x", version=version)
            field = "canned_replies"
        else:
            row, field = Setting(name=name, value=version, at=AT, by="x", version=version), "settings"
        field, row = (field, row) if is_put else (f"dropped_{field}", (name, version))
        fields.setdefault(field, []).append(row)
    rows: dict[str, Any] = {field: tuple(of_it) for field, of_it in fields.items()}
    return Changes(**rows)


def after(deeds: list[Deed], kept: Kept) -> Kept | None:
    """What is kept once these are done; None: one of them does not fit."""
    kept = dict(kept)
    for kind, name, is_put, version in sorted(deeds, key=lambda deed: (deed[0], not deed[2])):
        stored = kept.get((kind, name), 0)
        if is_put and version == stored + 1:
            kept[kind, name] = version
        elif not is_put and version == stored != 0:
            del kept[kind, name]
        else:
            return None
    return kept


@given(PLANS)
@settings(max_examples=100, deadline=None)
def test_rows_come_change_and_go_by_their_versions_alone(batches: list[list[list[Deed]]]) -> None:
    kept: Kept = {}
    with record() as connection:
        for batch in batches:
            expected, refused = [], set[str]()
            for deeds in batch:
                names = {name for _, name, _, _ in deeds}
                following = None if names & refused else after(deeds, kept)
                if following is None:
                    refused |= names
                expected.append(following is not None)
                kept = kept if following is None else following
            outcomes = written(connection, [changes_of(deeds) for deeds in batch])
            assert [outcome is None for outcome in outcomes] == expected
        replies = {("reply", reply.id): reply.version for reply in drive(connection, desk.canned_replies())}
        stored = {("setting", setting.name): setting.version for setting in drive(connection, desk.settings(""))}
    assert replies | stored == kept

"""The knowledge base in the record: revisions follow one another, drafts are not written over, old labels make room. On both engines."""

import zlib
from typing import Any

import pytest

from gateway.core.changes import Changes
from gateway.core.desk import Setting
from gateway.core.errors import BadInput
from gateway.core.ids import EntryId, SessionId
from gateway.core.knowledge import HEAD, DraftEntry, Label, LabelSource, Origin, Published, Revision
from gateway.store import Record
from gateway.store import knowledge as statements
from tests.contract.records import AT, later
from tests.contract.test_store_desk import kinds, written


def revision(number: int, entries: str = "", **fields: Any) -> Published:
    values: dict[str, Any] = {"digest": f"digest-{number}", "entry_count": 1, "by": "agent-1", "at": later(number)}
    return Published(revision=Revision(number=number, **values | fields), entries=zlib.compress((entries or f"text {number}").encode()))


def publishing(number: int, **fields: Any) -> Changes:
    head = Setting(name=HEAD, value=None, at=AT, by="agent-1", version=number)
    return Changes(settings=(head,), revisions=(revision(number, **fields),))


def draft(name: str, version: int = 1, **fields: Any) -> DraftEntry:
    values: dict[str, Any] = {
        "entry": {"id": name, "questions": ["多久？\0"], "answer": {"zh": "三天"}},
        "base_digest": "",
        "at": AT,
        "by": "a",
    }
    return DraftEntry(id=EntryId(name), version=version, **values | fields)


def label(number: int, **fields: Any) -> Label:
    values: dict[str, Any] = {"text": f"question {number}", "entry": EntryId("refund"), "source": LabelSource.HANDOFF, "by": "agent-1"}
    return Label(id=f"label-{number}", at=later(number), **values | fields)


async def test_an_empty_record_has_no_knowledge(store: Record) -> None:
    assert await store.newest_revision() is None
    assert await store.revision(1) is None
    assert (await store.revisions()).items == ()
    assert await store.revision_entries("x") is None
    assert await store.drafts() == []
    assert await store.draft(EntryId("x")) is None
    assert await store.draft_count() == 0
    assert await store.labels() == []


async def test_a_revision_comes_back_with_its_entries_byte_for_byte(store: Record) -> None:
    entries = "\n".join(f'{{"id": "e{number}", "answer": "答\\u0000案"}}' for number in range(1000))
    await written(store, publishing(1, entries=entries, comment="first", origin=Origin.RESTORED, restored_from=0))
    kept = await store.newest_revision()
    assert kept == revision(1, comment="first", origin=Origin.RESTORED, restored_from=0).revision
    stored = await store.revision_entries("digest-1")
    assert stored is not None
    assert zlib.decompress(stored).decode() == entries


async def test_of_two_who_publish_at_once_one_wins(store: Record) -> None:
    await written(store, publishing(1))
    outcomes = await store.commit([publishing(2, comment="first"), publishing(2, comment="second")])
    assert kinds(outcomes) == [None, "StaleSession"]
    kept = await store.newest_revision()
    assert kept is not None
    assert (kept.number, kept.comment) == (2, "first")


async def test_revisions_are_listed_newest_first_in_pages(store: Record) -> None:
    await written(store, *(publishing(number) for number in (1, 2, 3)))
    first = await store.revisions(limit=2)
    assert [one.number for one in first.items] == [3, 2]
    rest = await store.revisions(limit=2, after=first.next or "")
    assert ([one.number for one in rest.items], rest.next) == ([1], None)
    assert await store.revision(2) == revision(2).revision
    with pytest.raises(BadInput):
        await store.revisions(after="'; --")


async def test_equal_contents_are_kept_once_and_those_of_old_revisions_go(store: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "CONTENTS_KEPT_COUNT", 2)
    await written(store, publishing(1, digest="a"), publishing(2, digest="b"), publishing(3, digest="a"))
    assert await store.revision_entries("a") == revision(1).entries
    await written(store, publishing(4, digest="c"))
    assert await store.revision_entries("b") is None
    assert await store.revision_entries("a") is not None
    assert [one.number for one in (await store.revisions()).items] == [4, 3, 2, 1]


async def test_a_draft_changes_by_its_next_version_only_and_is_dropped_at_the_one_that_was_seen(store: Record) -> None:
    await written(store, Changes(drafts=(draft("refund"),)), Changes(drafts=(draft("delivery", entry=None, base_digest="d"),)))
    assert await store.draft(EntryId("refund")) == draft("refund")
    assert [one.id for one in await store.drafts()] == ["delivery", "refund"]
    assert await store.draft_count() == 2
    again = [Changes(drafts=(draft("refund", 2, by=by),)) for by in ("first", "second")]
    assert kinds(await store.commit(again)) == [None, "StaleSession"]
    assert kinds(await store.commit([Changes(dropped_drafts=((EntryId("refund"), 1),))])) == ["StaleSession"]
    await written(store, Changes(dropped_drafts=((EntryId("refund"), 2), (EntryId("delivery"), 1))))
    assert await store.drafts() == []


async def test_a_publication_takes_its_drafts_along_or_nothing_at_all(store: Record) -> None:
    await written(store, Changes(drafts=(draft("refund"),)))
    stale = Changes(settings=publishing(1).settings, revisions=publishing(1).revisions, dropped_drafts=((EntryId("refund"), 7),))
    assert kinds(await store.commit([stale])) == ["StaleSession"]
    assert await store.newest_revision() is None
    assert await store.revision_entries("digest-1") is None


async def test_the_oldest_labels_make_room_for_the_newest(store: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "LABELS_MAX_COUNT", 3)
    none_of_ours = label(3, entry=None, session_id=SessionId("s"), source=LabelSource.AGENT, text="天气\0")
    await written(store, Changes(labels=(label(1), label(2))), Changes(labels=(none_of_ours,)))
    assert [one.id for one in await store.labels()] == ["label-3", "label-2", "label-1"]
    await written(store, Changes(labels=(label(4), label(5))))
    kept = await store.labels()
    assert [one.id for one in kept] == ["label-5", "label-4", "label-3"]
    assert kept[2] == none_of_ours
    assert [one.id for one in await store.labels(limit=1)] == ["label-5"]

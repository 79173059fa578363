"""Nothing in the audit log can be changed, dropped or slipped in unseen. Both engines."""

import asyncio

import pytest

from gateway.core.changes import Changes
from gateway.store import Record
from tests.contract.records import audit_event, rows, tamper


async def test_the_chain_is_the_same_in_both_engines(store: Record) -> None:
    await store.commit([Changes(audits=(audit_event(1),))])
    assert await rows(store, "SELECT id, body, hash FROM audit") == [
        (
            1,
            '{"action":"agent.add","actor":"command","at":"2026-11-02T09:30:01.123456Z","detail":{"n":1,"role":"agent"},"subject":"agent-1"}',
            "fa1b5c1601ffe16de838ca57862d5e8555b6d1eb420e98e9f184ec400d8c49e7",
        )
    ]


@pytest.mark.parametrize(
    ("change", "checked", "wrong"),
    [
        ("UPDATE audit SET body = replace(body, 'agent-2', 'agent-9') WHERE id = 2", 1, "event 2 does not match its hash"),
        ("UPDATE audit SET hash = 'forged' WHERE id = 3", 2, "event 3 does not match its hash"),
        ("DELETE FROM audit WHERE id = 2", 1, "event 2 is missing"),
        ("DELETE FROM audit WHERE id = 4", 3, "event 4 is missing"),
        ("UPDATE audit_head SET hash = 'forged'", 4, "event 4 is not the one that the log's head names"),
    ],
)
async def test_the_first_broken_link_is_named(store: Record, change: str, checked: int, wrong: str) -> None:
    await store.commit([Changes(audits=tuple(audit_event(number) for number in range(1, 5)))])
    await tamper(store, change)
    count, words = await store.verify_audit()
    assert count == checked
    assert words is not None
    assert words.startswith(wrong)


async def test_writers_at_once_make_one_chain(store: Record) -> None:
    await asyncio.gather(*(store.commit([Changes(audits=(audit_event(number), audit_event(-number)))]) for number in range(30)))
    assert await store.verify_audit() == (60, None)


async def test_a_chain_longer_than_one_page_is_read_to_its_end(store: Record) -> None:
    await store.commit([Changes(audits=tuple(audit_event(number) for number in range(2_100)))])
    assert await store.verify_audit() == (2_100, None)
    await tamper(store, "UPDATE audit SET body = '{}' WHERE id = 2050")
    assert (await store.verify_audit())[0] == 2_049


async def test_a_long_chain_is_checked_in_pieces_that_meet(store: Record) -> None:
    await store.commit([Changes(audits=tuple(audit_event(number) for number in range(1, 8)))])
    assert await store.verify_audit(limit=3) == (3, None)
    assert await store.verify_audit(after=3, limit=3) == (6, None)
    assert await store.verify_audit(after=6, limit=3) == (7, None)
    assert await store.verify_audit(after=7, limit=3) == (7, None)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE audit SET body = replace(body, 'agent-4', 'agent-9') WHERE id = 4", (3, "event 4 does not match its hash")),
        ("UPDATE audit SET hash = 'forged' WHERE id = 3", (3, "event 4 does not match its hash")),
        ("DELETE FROM audit WHERE id = 3", (2, "event 3 is missing")),
        ("DELETE FROM audit WHERE id = 4", (3, "event 4 is missing")),
    ],
)
async def test_a_link_that_breaks_between_two_pieces_is_named(store: Record, change: str, found: tuple[int, str]) -> None:
    await store.commit([Changes(audits=tuple(audit_event(number) for number in range(1, 8)))])
    await tamper(store, change)
    count, words = await store.verify_audit(after=3, limit=3)
    assert (count, (words or "").split(":")[0]) == found

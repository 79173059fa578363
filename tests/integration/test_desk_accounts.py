"""Agents' accounts: passwords, statuses, presence."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.core.errors import BadInput, Conflict, NotFound
from gateway.core.handoff import AgentStatus, Role
from gateway.core.ids import QueueName
from handoff.desk import Desk
from tests.fakes import FrozenClock
from tests.integration.floor import Floor, open_floor


@pytest.fixture
async def floor(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Floor]:
    async with open_floor(tmp_path, clock) as opened:
        yield opened


async def test_the_right_password_opens_and_nothing_else_does(floor: Floor) -> None:
    added = await floor.desk.add_agent("amy", "correct horse", actor="command", shown_name="Amy", role=Role.SUPERVISOR)
    opened = await floor.desk.login("amy", "correct horse")
    assert opened is not None
    assert (opened.id, opened.shown_name, opened.role) == (added.id, "Amy", Role.SUPERVISOR)
    assert await floor.desk.login("amy", "wrong horse") is None
    assert await floor.desk.login("nobody", "correct horse") is None
    assert await floor.desk.login("", "") is None


async def test_a_stored_password_costs_64_mib_and_three_passes_to_try() -> None:
    hashed = Desk._hasher.hash("correct horse")
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")  # RFC 9106, section 4, second recommended option


async def test_a_new_password_ends_the_old_one_and_every_login(floor: Floor) -> None:
    added = await floor.desk.add_agent("amy", "correct horse", actor="command")
    await floor.store.put_login("hash", added.id, floor.clock.now() + timedelta(hours=1))
    await floor.desk.set_password("amy", "battery staple", actor="command")
    assert await floor.desk.login("amy", "correct horse") is None
    assert await floor.desk.login("amy", "battery staple") is not None
    assert await floor.store.login("hash", floor.clock.now()) is None


async def test_a_disabled_account_is_out(floor: Floor) -> None:
    added = await floor.desk.add_agent("amy", "correct horse", actor="command")
    await floor.store.put_login("hash", added.id, floor.clock.now() + timedelta(hours=1))
    await floor.desk.disable("amy", actor="command")
    assert await floor.desk.login("amy", "correct horse") is None
    assert await floor.store.login("hash", floor.clock.now()) is None
    await floor.desk.heartbeat(added.id)
    stored = await floor.store.agent(added.id)
    assert stored is not None
    assert stored.seen_at is None


async def test_what_is_wrong_with_a_new_account_is_said(floor: Floor) -> None:
    with pytest.raises(BadInput, match="10 characters at least"):
        await floor.desk.add_agent("amy", "short", actor="command")
    with pytest.raises(BadInput, match="without spaces"):
        await floor.desk.add_agent("a my", "correct horse", actor="command")
    with pytest.raises(BadInput, match="got sales"):
        await floor.desk.add_agent("amy", "correct horse", actor="command", queues=(QueueName("sales"),))
    await floor.desk.add_agent("amy", "correct horse", actor="command")
    with pytest.raises(Conflict, match="there already"):
        await floor.desk.add_agent("AMY", "correct horse", actor="command")
    with pytest.raises(NotFound):
        await floor.desk.disable("bob", actor="command")


async def test_each_status_that_ends_is_a_line_of_the_ledger(floor: Floor) -> None:
    amy = await floor.hire("amy")
    floor.clock.advance(60)
    busy = await floor.desk.set_status(amy.id, AgentStatus.BUSY)
    assert (busy.status, busy.status_since, busy.seen_at) == (AgentStatus.BUSY, floor.clock.now(), floor.clock.now())
    again = await floor.desk.set_status(amy.id, AgentStatus.BUSY)
    assert again.status_since == busy.status_since


async def test_a_heartbeat_is_written_down_every_ten_seconds_only(floor: Floor) -> None:
    amy = await floor.hire("amy")
    versions = []
    for _ in range(6):
        await floor.desk.heartbeat(amy.id)
        stored = await floor.store.agent(amy.id)
        assert stored is not None
        versions.append(stored.version)
        floor.clock.advance(4)
    assert versions == [2, 2, 2, 3, 3, 3]


async def test_heartbeats_and_statuses_at_once_all_hold(floor: Floor) -> None:
    amy = await floor.hire("amy")
    await asyncio.gather(floor.desk.heartbeat(amy.id), floor.desk.set_status(amy.id, AgentStatus.AWAY), floor.desk.disconnect(amy.id))
    stored = await floor.store.agent(amy.id)
    assert stored is not None
    assert stored.status is AgentStatus.AWAY

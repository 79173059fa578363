"""Cases: taken by one, read by those who serve their queue, resolved with a comment."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.errors import Conflict, NotFound
from gateway.core.handoff import CaseStatus, Role
from gateway.core.ids import QueueName
from tests.fakes import FrozenClock
from tests.integration.floor import Floor, open_floor, sid


@pytest.fixture
async def floor(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Floor]:
    async with open_floor(tmp_path, clock) as opened:
        yield opened


async def test_a_case_is_taken_by_one_and_resolved_with_a_comment(floor: Floor) -> None:
    await floor.ask_for_a_person("v1", wish="where is my parcel")
    amy, bob = await floor.hire("amy"), await floor.hire("bob")
    (case,) = (await floor.desk.cases(amy)).items
    taken = await floor.desk.take_case(amy, case.id)
    assert (taken.status, taken.agent_id) == (CaseStatus.IN_PROGRESS, "amy")
    with pytest.raises(Conflict, match="a colleague has taken this case"):
        await floor.desk.take_case(bob, case.id)
    resolved = await floor.desk.resolve_case(amy, case.id, "parcel found")
    assert (resolved.status, resolved.resolved_at) == (CaseStatus.RESOLVED, floor.clock.now())
    assert (await floor.desk.cases(amy)).items == ()
    view = await floor.desk.view(bob, sid("v1"))  # whoever works on a case reads its session
    assert view.case == resolved
    assert [note.text for note in view.notes] == ["parcel found"]
    with pytest.raises(Conflict, match="resolved already"):
        await floor.desk.resolve_case(amy, case.id)


async def test_a_case_and_its_session_are_read_by_those_who_serve_its_queue(floor: Floor) -> None:
    await floor.ask_for_a_person("v1")
    amy, other = await floor.hire("amy"), await floor.hire("other", queues=(QueueName("elsewhere"),))
    boss = await floor.hire("boss", queues=(QueueName("elsewhere"),), role=Role.SUPERVISOR)
    (case,) = (await floor.desk.cases(amy)).items
    assert (await floor.desk.view(boss, sid("v1"))).case == case
    assert (await floor.desk.cases(other)).items == ()
    for refused in (floor.desk.case(other, case.id), floor.desk.take_case(other, case.id), floor.desk.view(other, sid("v1"))):
        with pytest.raises(NotFound):
            await refused
    with pytest.raises(NotFound):
        await floor.desk.seen(other, sid("v1"))


async def test_contact_details_that_come_while_a_case_is_taken_are_both_kept(floor: Floor) -> None:
    await floor.ask_for_a_person("v1")
    amy = await floor.hire("amy")
    (case,) = (await floor.desk.cases(amy)).items
    await floor.desk.take_case(amy, case.id)
    await floor.say("v1", "13800138000")
    stored = await floor.desk.case(amy, case.id)
    assert (stored.status, stored.agent_id, stored.phone) == (CaseStatus.IN_PROGRESS, "amy", "+8613800138000")

"""Opening hours, set at the desk: they hold at once, for whoever comes to the door."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from config.schema import Hours, Queue, Settings
from gateway.core.changes import Changes
from gateway.core.desk import Setting
from gateway.core.handoff import Failure, Role, Stage
from handoff.hours import WEEKDAYS
from handoff.opening import OpeningHours
from tests.fakes import FrozenClock
from tests.integration.desk_house import House, Page, Reply, open_house
from tests.integration.floor import open_floor

SETTINGS = Settings(
    queues={"default": Queue(hours="office"), "refunds": Queue(hours="office"), "night": Queue(hours="late"), "always": Queue()},
    hours={"office": Hours(), "late": Hours(monday=("22:00-06:00",))},
)
ROUND_THE_CLOCK = {day: ["00:00-24:00"] for day in WEEKDAYS}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, SETTINGS) as opened:
        yield opened


def refused(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.body["code"]


async def put(page: Page, name: str, hours: Any, version: int) -> Reply:
    return await page.ask("PUT", f"/desk/api/hours/{name}", json={"hours": hours, "version": version})


async def reset(page: Page, name: str, version: int) -> Reply:
    return await page.ask("DELETE", f"/desk/api/hours/{name}", params={"version": str(version)})


async def shown(page: Page, name: str = "office") -> dict[str, Any]:
    items = (await page.get("/desk/api/hours")).body["items"]
    return next(item for item in items if item["name"] == name)


# ---- looking ----------------------------------------------------------------------------------------------------------------------


async def test_everybody_sees_the_files_hours_until_somebody_sets_others(house: House) -> None:
    _, page = await house.logged_in("lin")
    office = await shown(page)
    week = {day: ["09:00-18:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")} | {"saturday": [], "sunday": []}
    assert office["hours"] == {"timezone": "Asia/Shanghai", **week, "closed": [], "open": {}}
    assert {key: office[key] for key in ("source", "version", "changed_at", "changed_by", "is_open", "queues", "problems")} == {
        "source": "file", "version": 0, "changed_at": None, "changed_by": None, "is_open": True, "queues": ["default", "refunds"],
        "problems": [],
    }  # fmt: skip
    assert (office["opens_at"], office["closes_at"]) == ("2026-11-02T09:30:00Z", "2026-11-02T10:00:00Z")
    assert (await shown(page, "late"))["opens_at"] == "2026-11-02T14:00:00Z"
    assert (await shown(page, "late"))["closes_at"] is None


async def test_hours_come_in_pages(house: House) -> None:
    _, page = await house.logged_in("lin")
    first = (await page.get("/desk/api/hours", limit="1")).body
    second = (await page.get("/desk/api/hours", limit="1", after=first["next"])).body
    assert [item["name"] for item in (*first["items"], *second["items"])] == ["office", "late"]
    assert second["next"] is None


# ---- setting ----------------------------------------------------------------------------------------------------------------------


async def test_hours_that_are_set_hold_at_once_and_can_be_taken_back(house: House) -> None:
    agent, page = await house.logged_in("boss", Role.SUPERVISOR)
    reply = await put(page, "office", {"timezone": "Europe/Berlin", "monday": ["08:00-09:00"], "closed": ["2026-12-25"]}, 0)
    assert reply.status == 200
    office = reply.body["hours"]
    assert office == await shown(page)
    assert (office["source"], office["version"], office["is_open"]) == ("desk", 1, False)
    assert (office["changed_by"], office["changed_by_name"], office["changed_at"]) == (agent.id, "Boss", "2026-11-02T09:30:00Z")
    assert office["opens_at"] == "2026-11-03T08:00:00Z"
    calendar = house.deps.opening.of_queue("refunds")
    assert calendar is not None
    assert not calendar.is_open(house.clock.now())
    back = (await reset(page, "office", 1)).body["hours"]
    assert (back["source"], back["version"], back["is_open"]) == ("file", 2, True)
    assert [(action, subject) for actor, action, subject in await house.audited() if action.startswith("hours")] == [
        ("hours_changed", "hours/office"), ("hours_reset", "hours/office")
    ]  # fmt: skip


async def test_the_log_says_what_was_different(house: House) -> None:
    _, page = await house.logged_in("boss", Role.SUPERVISOR)
    await put(page, "office", {"friday": [], "closed": ["2026-12-25"], "open": {"2026-12-26": ["10:00-12:00"]}}, 0)
    event = (await house.deps.store.audit(limit=1)).items[0]
    assert event.detail == {
        "friday": {"from": ["09:00-18:00"], "to": []},
        "closed": {"added": ["2026-12-25"], "removed": [], "count": 1},
        "open": {"added": ["2026-12-26 10:00-12:00"], "removed": [], "count": 1},
    }


async def test_everything_wrong_is_listed_at_once(house: House) -> None:
    _, page = await house.logged_in("boss", Role.SUPERVISOR)
    wrong = {
        "timezone": "Mars/Olympus", "monday": ["9-18"], "tuesday": "09:00-18:00", "wednesday": ["09:00-12:00", "11:00-13:00"],
        "closed": ["25.12."], "open": {"2026-12-26": ["10:00-10:00"]}, "mittwoch": [],
    }  # fmt: skip
    reply = await put(page, "office", wrong, 0)
    assert refused(reply) == (400, "bad_hours")
    assert sorted(problem["key"] for problem in reply.body["problems"]) == [
        "closed", "mittwoch", "monday", "open.2026-12-26", "timezone", "tuesday", "wednesday"
    ]  # fmt: skip
    assert (await shown(page))["version"] == 0


@pytest.mark.parametrize("hours", [None, [], "always", 7, {"open": []}, {"closed": {"2026-12-25": 1}}, {"timezone": None}])
async def test_what_are_no_hours_at_all_is_refused(house: House, hours: Any) -> None:
    _, page = await house.logged_in("boss", Role.SUPERVISOR)
    assert refused(await put(page, "office", hours, 0)) == (400, "bad_hours")


async def test_hours_that_the_configuration_does_not_name_are_not_found(house: House) -> None:
    _, page = await house.logged_in("boss", Role.SUPERVISOR)
    assert refused(await put(page, "nowhere", {}, 0)) == (404, "not_found")
    assert refused(await reset(page, "nowhere", 0)) == (404, "not_found")


# ---- two editors ------------------------------------------------------------------------------------------------------------------


async def test_of_two_editors_the_second_is_told_and_nothing_of_the_first_is_lost(house: House) -> None:
    _, page = await house.logged_in("boss", Role.SUPERVISOR)
    replies = await asyncio.gather(*(put(page, "office", {"sunday": [f"{hour:02}:00-20:00"]}, 0) for hour in range(8, 14)))
    assert sorted(reply.status for reply in replies) == [200, 409, 409, 409, 409, 409]
    assert {reply.body["code"] for reply in replies if reply.status == 409} == {"stale"}
    (won,) = [reply for reply in replies if reply.status == 200]
    assert (await shown(page))["hours"] == won.body["hours"]["hours"]


async def test_a_version_from_before_the_hours_were_taken_back_is_stale(house: House) -> None:
    _, page = await house.logged_in("boss", Role.SUPERVISOR)
    await put(page, "office", {"sunday": ["08:00-20:00"]}, 0)
    await reset(page, "office", 1)
    await put(page, "office", {"sunday": ["10:00-12:00"]}, 2)
    assert refused(await put(page, "office", {"sunday": []}, 1)) == (409, "stale")
    assert refused(await put(page, "office", {"sunday": []}, 0)) == (409, "stale")
    assert refused(await reset(page, "office", 2)) == (409, "stale")
    assert (await shown(page))["hours"]["sunday"] == ["10:00-12:00"]


async def test_every_desk_is_told_that_hours_have_changed(house: House) -> None:
    _, page = await house.logged_in("boss", Role.SUPERVISOR)
    _, lin = await house.logged_in("lin")
    async with lin.socket() as socket:
        assert (await socket.receive_json())["type"] == "hello"
        await put(page, "office", ROUND_THE_CLOCK, 0)
        async with asyncio.timeout(30):
            while (await socket.receive_json())["type"] != "hours":
                pass


# ---- what is on record ------------------------------------------------------------------------------------------------------------


async def test_hours_on_record_that_make_no_sense_are_ignored_aloud(house: House, caplog: pytest.LogCaptureFixture) -> None:
    bad = Setting(name="hours/office", value={"timezone": "Mars/Olympus"}, at=house.clock.now(), by="command", version=1)
    await house.write(Changes(settings=(bad,)))
    await house.deps.opening.reload(house.deps.store)
    await house.deps.opening.reload(house.deps.store)
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        "opening hours that were set at the desk are ignored: the file's hold"
    ]
    _, page = await house.logged_in("boss", Role.SUPERVISOR)
    office = await shown(page)
    assert (office["source"], office["version"], office["is_open"]) == ("file", 1, True)
    assert [problem["key"] for problem in office["problems"]] == ["timezone"]
    found = {one["part"]: one for one in (await page.get("/desk/api/health", lang="en")).body["findings"]}["hours"]
    assert (found["ok"], "Mars/Olympus" in found["why"]) == (False, True)
    assert (await put(page, "office", {}, 1)).body["hours"]["source"] == "desk"
    found = {one["part"]: one for one in (await page.post("/desk/api/health")).body["findings"]}["hours"]
    assert found["ok"] is False  # asked again within two seconds: the same round
    house.clock.advance(3)
    found = {one["part"]: one for one in (await page.post("/desk/api/health")).body["findings"]}["hours"]
    assert found["ok"] is True


async def test_hours_that_were_set_hold_after_a_restart(tmp_path: Path) -> None:
    async with open_house(tmp_path, SETTINGS) as house:
        _, page = await house.logged_in("boss", Role.SUPERVISOR)
        await put(page, "office", {"monday": []}, 0)
    async with open_house(tmp_path, SETTINGS) as again:
        calendar = again.deps.opening.calendar("office")
        assert calendar is not None
        assert not calendar.is_open(again.clock.now())


async def test_the_door_and_the_line_go_by_the_hours_that_were_set(tmp_path: Path) -> None:
    clock = FrozenClock(datetime(2026, 11, 7, 4, 0, tzinfo=UTC))  # Saturday noon in Shanghai: the file says closed
    async with open_floor(tmp_path, clock, SETTINGS) as floor:
        opening = OpeningHours(SETTINGS)
        floor.entrance._opening = opening
        await floor.hire("ann")
        await floor.ask_for_a_person("v1")
        assert (await floor.store.case_of_session((await floor.session("v1")).id)) is not None
        value = {"saturday": ["09:00-18:00"]}
        await floor.commit(Changes(settings=(Setting(name="hours/office", value=value, at=clock.now(), by="x", version=1),)))
        await opening.reload(floor.store)
        await floor.ask_for_a_person("v2")
        assert (await floor.handoff("v2")).stage is Stage.QUEUED
        assert Failure.CLOSED_HOURS.value not in [trace.why.get("failure") for trace in await floor.traces("v2")]

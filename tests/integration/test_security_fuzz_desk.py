"""Whatever an agent's page sends to the desk: never an error of ours, never a long wait, and nobody's words in a log line."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import strategies as st
from msgspec import structs
from yarl import URL

from config.schema import Hours
from gateway.core.handoff import Role
from tests.generated import ANYTHING, MARK, NUMBERS, TEXTS, examples, nearly
from tests.integration.desk_house import SETTINGS, House, Page, open_house

LONG_S = 15.0
"""No answer takes so long, on a machine that has other things to do besides."""
COUNT = 60
SPANS = st.lists(st.sampled_from(["09:00-18:00", "22:00-06:00", "00:00-24:00", "24:00-00:00", "٠٩:٠٠-١٨:٠٠", "9-18", MARK]), max_size=14)
DATES = st.sampled_from(["2026-10-01", "20261001", "2026-W40-4", "0001-01-01", "9999-12-31", "2026-02-30", "", MARK])
ZONES = st.sampled_from(["Asia/Shanghai", "Asia", "../../etc/passwd", "/etc/passwd", "\0", "z" * 5000, "UTC", MARK])
HOURS = nearly({
    "timezone": ZONES, "monday": SPANS, "sunday": SPANS, "closed": st.lists(DATES, max_size=5),
    "open": st.dictionaries(DATES, SPANS, max_size=5),
})  # fmt: skip
TAGS = st.sampled_from(["en", "zh-CN", "", "x", "e" * 40, MARK])
ROLES, FLAGS = st.sampled_from(["agent", "supervisor", "admin", "root"]), st.booleans()
BODIES: dict[tuple[str, str], st.SearchStrategy[Any]] = {
    ("POST", "/desk/api/agents"): nearly({
        "name": TEXTS, "password": st.just("correct horse battery"), "shown_name": TEXTS, "role": ROLES, "queues": st.just(["default"]),
        "languages": st.lists(TAGS), "capacity_units": NUMBERS,
    }),
    ("PUT", "/desk/api/agents/{agent}"): nearly({
        "shown_name": TEXTS, "role": ROLES, "queues": st.lists(TEXTS), "languages": st.lists(TAGS),
        "capacity_units": NUMBERS, "is_disabled": FLAGS,
    }),
    ("POST", "/desk/api/agents/{agent}/password"): nearly({"password": TEXTS}),
    ("POST", "/desk/api/me/password"): nearly({"old": TEXTS, "new": TEXTS}),
    ("PUT", "/desk/api/hours/office"): nearly({"hours": HOURS, "version": NUMBERS}),
    ("POST", "/desk/api/replies"): nearly({
        "shortcut": TEXTS, "title": TEXTS, "texts": st.dictionaries(TAGS, TEXTS), "folder": TEXTS, "is_shared": FLAGS,
    }),
    ("PUT", "/desk/api/replies/{reply}"): nearly({
        "shortcut": TEXTS, "title": TEXTS, "texts": st.dictionaries(TAGS, TEXTS), "is_shared": FLAGS, "version": st.integers(1, 9),
    }),
    ("POST", "/desk/api/sessions/{session}/reply"): nearly({"text": TEXTS, "files": st.lists(TEXTS, max_size=12), "cid": TEXTS}),
    ("POST", "/desk/api/sessions/{session}/read"): nearly({"seq": NUMBERS}),
    ("POST", "/desk/api/sessions/{session}/close"): nearly({"disposition": TEXTS, "nothing": ANYTHING}),
}  # fmt: skip
QUERIES = {
    "/desk/api/search": ("q", "limit", "after"), "/desk/api/audit": ("actor", "action", "after", "limit"),
    "/desk/api/audit/verify": ("after",),
    "/desk/api/hours": ("limit", "after"), "/desk/api/replies": ("limit", "after"), "/desk/api/health": ("lang",),
    "/desk/api/texts": ("lang",),
    "/files/x": ("until", "mac"), "/desk/api/sessions": ("state", "after", "scope"), "/desk/api/agents": ("limit", "after"),
}  # fmt: skip


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, structs.replace(SETTINGS, hours={"office": Hours()})) as opened:
        yield opened


async def status_of(page: Page, method: str, path: str, **more: Any) -> int:
    async with asyncio.timeout(LONG_S):
        return (await page.ask(method, URL(path, encoded=True), **more)).status  # type: ignore[arg-type] # aiohttp takes both


async def test_no_body_breaks_a_route_of_the_desk(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """Customers' words are not the only ones that stay out of the log: agents' are neither."""
    caplog.set_level(logging.DEBUG)
    zoe, page = await house.logged_in("zoe", Role.ADMIN)
    lin = await house.agent("lin")
    session = await house.offered(zoe)
    await page.post(f"/desk/api/sessions/{session.id}/accept")
    reply = (await page.post("/desk/api/replies", shortcut="hi", title="Hi", texts={"en": "Hello"})).body["reply"]
    for (method, path), bodies in BODIES.items():
        where = path.replace("{agent}", lin.id).replace("{reply}", reply["id"]).replace("{session}", session.id)
        for body in examples(bodies, COUNT):
            data = json.dumps(body).encode()
            status = await status_of(page, method, where, data=data, headers={"Content-Type": "application/json"})
            assert status < 500, (method, path, body)
    assert (await page.get("/desk/api/me")).status == 200
    check_log(caplog)


async def test_no_query_breaks_a_list_of_the_desk(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    _, page = await house.logged_in("zoe", Role.ADMIN)
    await house.waiting()
    for path, names in QUERIES.items():
        for value in examples(st.one_of(TEXTS, NUMBERS.map(str)), COUNT):
            written = quote(value[:500].encode("utf-8", "surrogatepass"), safe="")
            for name in names:
                assert await status_of(page, "GET", f"{path}?{name}={written}") < 500, (path, name, value)
    for path in (
        "/desk/api/hours/{}",
        "/desk/api/replies/{}",
        "/desk/api/agents/{}",
        "/desk/static/{}",
        "/desk/static/@abc/{}",
        "/files/{}",
    ):
        for value in examples(TEXTS, COUNT // 2):
            written = quote(value[:500].encode("utf-8", "surrogatepass"), safe="")
            for method in ("GET", "PUT", "DELETE", "POST"):
                assert await status_of(page, method, f"{path.format(written)}?version=1", json={}) < 500, (method, path, value)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_no_frame_breaks_a_desks_socket(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    _, page = await house.logged_in("lin")
    kinds = st.sampled_from(["look", "ping", "hello", "bye", ""])
    frames = examples(nearly({"type": kinds, "session_id": TEXTS, "is_writing": FLAGS}), COUNT) + examples(ANYTHING, COUNT)
    async with page.socket() as socket:
        for frame in frames:
            await socket.send_str(json.dumps(frame))
        await socket.send_str("[" * 20_000)
        await socket.send_json({"type": "ping"})
        async with asyncio.timeout(LONG_S):
            while (await socket.receive_json())["type"] != "pong":
                pass
    check_log(caplog)


def check_log(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing of ours went wrong, and no words that were sent stand there."""
    lines = [
        f"{record.getMessage()} {record.__dict__}"
        for record in caplog.records
        if record.name.startswith(("gateway", "handoff", "adapters"))
    ]
    assert not [line for line in lines if MARK in line]
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]

"""What the desk's lists say of a session beside the session itself."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.desk_house import House, Page, open_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def test_a_line_of_the_list_has_the_last_words_and_what_is_unread(house: House) -> None:
    lin, page = await house.logged_in("lin")
    await page.post("/desk/api/status", status="available")
    session = await house.offered(lin)
    await page.post(f"/desk/api/sessions/{session.id}/accept")
    await page.post(f"/desk/api/sessions/{session.id}/reply", text="您好")
    assert await line(page) == (("agent", "您好"), 0)
    await house.said(session.id, "在吗")
    assert await line(page) == (("customer", "在吗"), 1)
    await house.said(session.id, "x" * 300)
    last = await house.said(session.id, "人呢" * 300)
    assert await line(page) == (("customer", "人呢" * 100), 3)
    await page.post(f"/desk/api/sessions/{session.id}/read", seq=last.seq)
    assert await line(page) == (("customer", "人呢" * 100), 0)


async def line(page: Page) -> tuple[tuple[str, str], int]:
    (one,) = (await page.get("/desk/api/sessions")).body["items"]
    return (one["last"]["author"], one["last"]["text"]), one["unread"]

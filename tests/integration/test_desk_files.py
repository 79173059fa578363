"""Files at the desk: the customer's for the agent, and the agent's for the customer."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.desk_house import House, open_house, refused, with_a_session


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def test_an_agent_reads_the_customers_file_as_a_download(house: House) -> None:
    page, session = await with_a_session(house)

    async def chunks() -> AsyncIterator[bytes]:
        yield b"<script>alert(1)</script>"

    stored = await house.deps.files.put(chunks(), name="发票 1.txt", max_bytes=100, allowed=["text/plain"], owner="site/v1")
    foreign = await house.deps.files.put(chunks(), name="other.txt", max_bytes=100, allowed=["text/plain"], owner="site/v2")
    reply = await page.get(f"/desk/api/files/{stored['id']}", session=session)
    assert (reply.status, reply.body) == (200, b"<script>alert(1)</script>")
    assert reply.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%E5%8F%91%E7%A5%A8%201.txt"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert refused(await page.get(f"/desk/api/files/{foreign['id']}", session=session)) == (404, "not_found")
    assert refused(await page.get(f"/desk/api/files/{stored['id']}")) == (400, "session")
    _, other = await house.logged_in("mei")
    assert refused(await other.get(f"/desk/api/files/{stored['id']}", session=session)) == (404, "not_found")

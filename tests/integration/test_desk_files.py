"""Files at the desk: the customer's for the agent, and the agent's for the customer."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from msgspec import structs

from config.schema import WebChat as WebChatSettings
from tests.integration.desk_house import SETTINGS, SITE, House, Page, Reply, open_house, refused, with_a_session

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(60)
"""Enough of a picture to be taken for one."""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def upload(page: Page, session: str, content: bytes = b"hello", name: str = "a.txt") -> Reply:
    return await page.ask("POST", f"/desk/api/sessions/{session}/files", params={"name": name}, data=content)


def kept(house: House, tmp_path: Path) -> list[str]:
    """The files on the disk, by their content's hash."""
    return [path.name for path in (tmp_path / "files" / "bytes").rglob("*") if path.is_file()]


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


async def test_a_picture_keeps_its_type_so_that_the_page_can_show_it(house: House) -> None:
    page, session = await with_a_session(house)
    file = (await upload(page, session, PNG, "屏幕.png")).body["file"]
    reply = await page.get(f"/desk/api/files/{file['id']}", session=session)
    assert (reply.headers["Content-Type"], reply.headers["X-Content-Type-Options"], reply.body) == ("image/png", "nosniff", PNG)
    assert reply.headers["Content-Disposition"].startswith("attachment; ")


async def test_an_agents_files_go_out_with_the_words_before_them(house: House) -> None:
    page, session = await with_a_session(house)
    sent = await upload(page, session, PNG, "屏幕.png")
    assert sent.status == 201
    picture = sent.body["file"]
    assert picture == {"id": picture["id"], "name": "屏幕.png", "mime": "image/png", "size_bytes": len(PNG)}
    text = (await upload(page, session)).body["file"]
    said = (await page.post(f"/desk/api/sessions/{session}/reply", text="请看", files=[picture["id"], text["id"]], cid="c1")).body[
        "message"
    ]
    assert [(part["type"], part.get("text") or part["file"]["name"]) for part in said["parts"]] == [
        ("text", "请看"), ("file", "屏幕.png"), ("file", "a.txt"),
    ]  # fmt: skip
    again = (await page.post(f"/desk/api/sessions/{session}/reply", text="请看", files=[picture["id"], text["id"]], cid="c1")).body[
        "message"
    ]
    assert again["seq"] == said["seq"]


async def test_the_visitor_sees_an_agents_file_and_downloads_it_by_the_address_given(house: House) -> None:
    page, session = await with_a_session(house)
    file = (await upload(page, session, PNG, "屏幕.png")).body["file"]
    await page.post(f"/desk/api/sessions/{session}/reply", files=[file["id"]])
    said = (await house.shown_to_the_customer())[-1]
    (sent,) = said["files"]
    assert (said["author"], sent["name"], sent["mime"], sent["size"]) == ("agent", "屏幕.png", "image/png", len(PNG))
    async with aiohttp.ClientSession(house.url) as browser, browser.get(sent["url"]) as response:
        assert (response.status, await response.read()) == (200, PNG)


async def test_a_form_with_a_file_does_too(house: House) -> None:
    page, session = await with_a_session(house)
    form = aiohttp.FormData()
    form.add_field("file", b"hello", filename="b.txt")
    assert (await page.ask("POST", f"/desk/api/sessions/{session}/files", data=form)).body["file"]["name"] == "b.txt"


async def test_whoever_may_not_speak_stores_nothing(house: House, tmp_path: Path) -> None:
    _, session = await with_a_session(house)
    _, other = await house.logged_in("mei")
    assert refused(await upload(other, session)) == (409, "not_yours")
    assert refused(await upload(other, "01NOSUCHSESSION0000000000")) == (404, "not_found")
    other.csrf = "wrong"
    assert refused(await upload(other, session)) == (403, "csrf")
    assert kept(house, tmp_path) == []


async def test_a_file_of_another_conversation_is_not_sent(house: House) -> None:
    page, session = await with_a_session(house)

    async def chunks() -> AsyncIterator[bytes]:
        yield b"another customer's"

    foreign = await house.deps.files.put(chunks(), name="x.txt", max_bytes=100, allowed=["text/plain"], owner="site/v2")
    for file_id in (foreign["id"], "A" * 32, "../../etc/passwd", ""):
        reply = await page.post(f"/desk/api/sessions/{session}/reply", text="here", files=[file_id])
        assert refused(reply) == (400, "no_such_file"), file_id


async def test_what_the_site_does_not_take_from_visitors_it_does_not_take_from_agents(tmp_path: Path) -> None:
    site = WebChatSettings(file_max_bytes=100, file_types=("text/plain",))
    async with open_house(tmp_path, structs.replace(SETTINGS, channels={"site": site})) as house:
        page, session = await with_a_session(house)
        assert refused(await upload(page, session, PNG[:90])) == (400, "file_type")
        assert refused(await upload(page, session, b"x" * 101)) == (413, "file_too_large")
        assert refused(await upload(page, session, b"x" * 100_000)) == (413, "file_too_large")
        assert refused(await upload(page, session, b"")) == (400, "empty_file")
        assert kept(house, tmp_path) == []
        assert (await upload(page, session, b"x" * 100)).status == 201


async def test_a_channel_without_files_says_so_before_anything_is_stored(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        page, session = await with_a_session(house)
        file = (await upload(page, session)).body["file"]
        del house.channels[SITE]  # a channel that is configured no more
        assert refused(await upload(page, session, b"more")) == (400, "channel_no_files")
        assert refused(await page.post(f"/desk/api/sessions/{session}/reply", files=[file["id"]])) == (400, "channel_no_files")
        assert len(kept(house, tmp_path)) == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "empty_text"), ({"text": "  "}, 400, "empty_text"), ({"files": []}, 400, "empty_text"),
        ({"files": ["x" * 65]}, 400, "bad_body"), ({"text": "长" * 1366}, 413, "text_too_long"),
    ],
)  # fmt: skip
async def test_a_reply_with_nothing_in_it_or_too_much_is_refused(house: House, body: dict[str, Any], status: int, code: str) -> None:
    page, session = await with_a_session(house)
    assert refused(await page.post(f"/desk/api/sessions/{session}/reply", **body)) == (status, code)


async def test_more_than_ten_files_are_too_many(house: House) -> None:
    page, session = await with_a_session(house)
    ids = [(await upload(page, session, str(number).encode())).body["file"]["id"] for number in range(11)]
    assert refused(await page.post(f"/desk/api/sessions/{session}/reply", files=ids)) == (400, "too_many_files")
    said = (await page.post(f"/desk/api/sessions/{session}/reply", files=ids[:10])).body["message"]
    assert len(said["parts"]) == 10


async def test_an_agents_uploads_have_their_limit_by_the_hour(house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("gateway.web.desk_limits.UPLOAD_BYTES_PER_HOUR", 1000)
    async with open_house(tmp_path / "limited") as limited:
        page, session = await with_a_session(limited)
        assert (await upload(page, session, b"x" * 900)).status == 201
        assert refused(await upload(page, session, b"x" * 200)) == (429, "too_many")
        limited.clock.advance(3600)
        assert (await upload(page, session, b"x" * 200)).status == 201


async def test_the_page_learns_what_each_channel_carries(tmp_path: Path) -> None:
    settings = structs.replace(SETTINGS, channels={"site": WebChatSettings(file_max_bytes=5000, file_types=("image/png",))})
    async with open_house(tmp_path, settings) as house:
        _, page = await house.logged_in("lin")
        (site,) = (await page.get("/desk/api/settings")).body["channels"]
    assert site == {
        "name": "site", "type": "webchat", "text_max_bytes": 4096, "text_part_bytes": 4096, "file_max_bytes": 5000,
        "file_types": ["image/png"], "files_max_count": 10, "markdown": True, "typing": True, "read_marks": True,
        "is_counted": False, "notices": False, "letters": False, "calls": False,
    }  # fmt: skip

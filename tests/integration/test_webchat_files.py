"""Files: up under their limits, down to their own conversation only, and harmless whatever is in them."""

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.integration.chat_world import ChatWorld, Client, chat_world

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ChatWorld]:
    async with chat_world(tmp_path, file_max_bytes=100_000, upload_bytes_per_hour=250_000) as running:
        yield running


def bearer(client: Client) -> dict[str, str]:
    return {"Authorization": f"Bearer {client.welcome['token']}"}


async def upload(world: ChatWorld, client: Client, data: bytes, name: str = "a.png", status: int = 201) -> dict[str, Any]:
    async with world.http.post(f"{world.site}/files", params={"name": name}, data=data, headers=bearer(client)) as response:
        assert response.status == status
        answer: dict[str, Any] = await response.json(content_type=None)
        return answer


async def test_a_picture_is_uploaded_sent_and_shown(world: ChatWorld) -> None:
    client = await world.visitor()
    file = (await upload(world, client, PNG))["file"]
    assert (file["name"], file["mime"], file["size"]) == ("a.png", "image/png", len(PNG))
    await client.send(type="message", cid="c1", file=file["id"], text="look")
    own = await client.get("message")
    assert (own["text"], own["files"][0]["id"]) == ("look", file["id"])
    async with world.http.get(world.url + own["files"][0]["url"]) as response:
        assert await response.read() == PNG
        assert response.headers["Content-Type"] == "image/png"
        assert response.headers["Content-Disposition"] == "inline; filename*=UTF-8''a.png"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


async def test_a_form_is_taken_too(world: ChatWorld) -> None:
    client = await world.visitor()
    form = aiohttp.FormData(quote_fields=False)  # as browsers do
    form.add_field("other", "1")
    form.add_field("file", "线上订单".encode(), filename="订单.txt", content_type="image/png")
    async with world.http.post(f"{world.site}/files", data=form, headers=bearer(client)) as response:
        file = (await response.json())["file"]
    assert (file["name"], file["mime"]) == ("订单.txt", "text/plain")


async def test_a_page_disguised_as_a_picture_is_saved_and_never_shown(world: ChatWorld) -> None:
    client = await world.visitor()
    file = (await upload(world, client, b"<html><script>alert(1)</script>", "../../a\u202egnp.html"))["file"]
    assert (file["mime"], file["name"]) == ("text/plain", "_.._a_gnp.html")
    async with world.http.get(f"{world.site}/files/{file['id']}", headers=bearer(client)) as response:
        assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert response.headers["Content-Disposition"].startswith("attachment; ")


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"\x7fELF\x02\x01\x01" + b"\0" * 60, 400, "file_type"),
        (b"MZ\x90\0" + b"\0" * 60, 400, "file_type"),
        (b"", 400, "empty_file"),
        (b"x" * 9000 + b"\0\xff", 400, "file_type"),
        (b"x" * 100_001, 413, "file_too_large"),
        (b"x" * 400_000, 413, "too_large"),
    ],
)
async def test_a_file_that_may_not_be_sent_is_refused(world: ChatWorld, tmp_path: Path, data: bytes, status: int, code: str) -> None:
    client = await world.visitor()
    assert (await upload(world, client, data, status=status))["code"] == code
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


async def test_an_endless_upload_is_cut_off_while_it_streams(world: ChatWorld) -> None:
    client = await world.visitor()
    reader, writer = await asyncio.open_connection("127.0.0.1", int(world.url.rpartition(":")[2]))
    writer.write(b"POST /chat/site/files HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n")
    writer.write(f"Authorization: {bearer(client)['Authorization']}\r\n\r\n".encode())
    for _ in range(20):
        writer.write(b"2710\r\n" + b"x" * 10_000 + b"\r\n")
    async with asyncio.timeout(30):
        assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
    writer.close()


async def test_an_hours_bytes_are_counted(world: ChatWorld) -> None:
    client = await world.visitor()
    for number in range(2):
        await upload(world, client, str(number).encode() * 99_000, "a.txt")
    assert (await upload(world, client, b"z" * 99_000, "a.txt", status=429))["code"] == "too_many"


async def test_nobody_else_reads_a_file_or_sends_it(world: ChatWorld) -> None:
    owner, other = await world.visitor(), await world.visitor()
    file = (await upload(world, owner, PNG))["file"]
    address = f"{world.site}/files/{file['id']}"
    async with world.http.get(address, headers=bearer(other)) as response:
        assert response.status == 404
    async with world.http.get(address) as response:
        assert response.status == 401
    await other.send(type="message", cid="c1", file=file["id"])
    assert (await other.next())["code"] == "no_such_file"


async def test_a_signed_address_opens_its_own_file_only(world: ChatWorld) -> None:
    client = await world.visitor()
    one, two = (await upload(world, client, PNG))["file"], (await upload(world, client, b"text", "b.txt"))["file"]
    for wrong in (
        one["url"].replace(one["id"], two["id"]),
        one["url"].replace("until=1", "until=2"),
        one["url"][:-3] + "AAA",
        one["url"].replace("mac=", "mac=é"),
    ):
        async with world.http.get(world.url + wrong) as response:
            assert response.status == 403
    async with world.http.get(f"{world.site}/files/{one['id']}/address", headers=bearer(client)) as response:
        fresh = await response.json()
    async with world.http.get(world.url + fresh["url"]) as response:
        assert response.status == 200


@pytest.mark.parametrize("name", ["..%2f..%2fetc%2fpasswd", "x", "A" * 32, "%00"])
async def test_an_id_that_is_none_finds_nothing(world: ChatWorld, name: str) -> None:
    client = await world.visitor()
    async with world.http.get(f"{world.site}/files/{name}", headers=bearer(client)) as response:
        assert response.status == 404


async def test_many_small_files_are_too_many(tmp_path: Path) -> None:
    async with chat_world(tmp_path, upload_bytes_per_hour=100_000) as world:
        client = await world.visitor()
        for _ in range(99):
            await upload(world, client, b"x", "a.txt")
        for _ in range(20):  # by the hour there is room for one more every half a minute, which a busy machine may take
            async with world.http.post(f"{world.site}/files?name=a.txt", data=b"x", headers=bearer(client)) as response:
                if response.status == 429:
                    assert (await response.json())["code"] == "too_many"
                    return
        pytest.fail("they were never too many")


async def test_many_visitors_of_one_address_share_five_times_what_one_may_upload(tmp_path: Path) -> None:
    async with chat_world(tmp_path, upload_bytes_per_hour=10_000) as world:
        for _ in range(5):
            await upload(world, await world.visitor(), b"x" * 9_900, "a.txt")
        assert (await upload(world, await world.visitor(), b"x" * 9_900, "a.txt", status=429))["code"] == "too_many"

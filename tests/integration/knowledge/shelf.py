"""A small knowledge base at the desk, and what is done with it in most of its tests."""

from typing import Any

from tests.integration.desk_house import Page, Reply
from tests.knowledge import entry

REFUND = entry("refund-time", "How long does a refund take?", "when do I get my money back", answer="Three days.", category="payment")
DELIVERY = entry("delivery", "Where is my parcel?", answer="On its way.", tags=["parcel"])


async def put(page: Page, value: dict[str, Any], version: int) -> Reply:
    return await page.ask("PUT", f"/desk/api/knowledge/entries/{value['id']}", json={"entry": value, "version": version})


async def version_of(page: Page, name: str) -> int:
    return int((await page.get(f"/desk/api/knowledge/entries/{name}")).body["version"])


async def changed(page: Page, value: dict[str, Any], **fields: Any) -> Reply:
    """The entry, with other fields, as a draft."""
    reply = await put(page, {**value, **fields}, await version_of(page, value["id"]))
    assert reply.status == 200, reply.body
    return reply


async def published(page: Page, base: int) -> int:
    reply = await page.post("/desk/api/knowledge/publish", base=base, comment="better words")
    assert (reply.status, reply.body["state"]) == (202, "building"), reply.body
    return int(reply.body["revision"])


async def states(page: Page, **query: str) -> dict[str, str]:
    return {item["id"]: item["state"] for item in (await page.get("/desk/api/knowledge", **query)).body["items"]}

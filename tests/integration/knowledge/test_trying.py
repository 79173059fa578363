"""Looking before one publishes: a question tried against the drafts, what is doubtful in them, and what customers miss."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from config.schema import Bot, Gateway
from tests.integration.desk_house import SETTINGS, House, Page, Reply, open_house, refused
from tests.knowledge import entry, knowledge_file, without_meaning

REFUND = entry("refund-time", "How long does a refund take?", "when do I get my money back", "refund duration", answer="Three days.")
DELIVERY = entry("delivery", "Where is my parcel?", "has my parcel been sent", "parcel tracking", answer="On its way.")


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    without_meaning(monkeypatch)
    file = knowledge_file(tmp_path, REFUND, DELIVERY)
    settings = structs.replace(SETTINGS, bot=Bot(knowledge=str(file)), gateway=Gateway(languages=("en",), drain_s=2.0))
    async with open_house(tmp_path, settings) as opened:
        yield opened
        await opened.deps.brains.close()


async def tried(house: House, page: Page, text: str, **more: Any) -> Reply:
    """The answer, once the bot that is asked has been made."""
    async with asyncio.timeout(60):
        while True:
            reply = await page.post("/desk/api/knowledge/try", text=text, **more)
            if reply.status != 202:
                return reply
            assert reply.body == {"state": "building"}
            await asyncio.sleep(0.05)
            house.clock.advance(1)  # as often as the limit allows


async def put(page: Page, value: dict[str, Any], version: int) -> Reply:
    reply = await page.ask("PUT", f"/desk/api/knowledge/entries/{value['id']}", json={"entry": value, "version": version})
    assert reply.status == 200, reply.body
    return reply


async def test_a_question_is_tried_against_what_is_in_force_and_against_the_drafts(house: House, lin: Page) -> None:
    version = (await lin.get("/desk/api/knowledge/entries/delivery")).body["version"]
    await put(lin, {**DELIVERY, "answer": {"en": "Tomorrow."}}, version)
    live = (await tried(house, lin, "where is my parcel")).body
    facts = {key: live[key] for key in ("state", "decision", "entry", "title", "text", "language", "reason", "revision")}
    assert facts == {
        "state": "ready", "decision": "answer", "entry": "delivery", "title": "Where is my parcel?", "text": "On its way.",
        "language": "en", "reason": None, "revision": 0,
    }  # fmt: skip
    assert live["candidates"] == [
        {
            "entry": "delivery", "title": "Where is my parcel?", "confidence": 0.99, "answers_from": 0.92, "features": {}, "guards": [],
            "question": "Where is my parcel?", "is_exact": True, "read_as": "",
        },
    ]  # fmt: skip
    assert (live["answers_from"], live["clarifies_from"]) == (0.92, 0.45)
    assert (await tried(house, lin, "where is my parcel", draft=True)).body["text"] == "Tomorrow."
    assert (await tried(house, lin, "转人工", channel="wechat", language="zh-CN")).body["reason"] == "explicit_request"


async def test_trying_is_bounded(house: House, lin: Page) -> None:
    path = "/desk/api/knowledge/try"
    for body in ({"text": ""}, {"text": "x" * 4001}, {"text": "a", "language": "x" * 36}, {}, {"text": 1}):
        assert (await lin.ask("POST", path, json=body)).status == 400
    replies = [await lin.post(path, text="where is my parcel") for _ in range(12)]
    assert [reply.status for reply in replies[-2:]] == [429, 429]
    assert refused(replies[-1]) == (429, "too_many")
    assert "Retry-After" in replies[-1].headers


async def test_the_check_speaks_of_the_drafts_and_of_each_entry(lin: Page) -> None:
    assert (await lin.get("/desk/api/knowledge/check")).body == {
        "items": [], "next": None, "total": 0, "counts": {"error": 0, "warn": 0, "hint": 0},
    }  # fmt: skip
    await put(lin, entry("parcel-again", "Where is my parcel?", answer="Somewhere else."), 0)
    body = (await lin.get("/desk/api/knowledge/check", lang="en")).body
    first = body["items"][0]
    assert (first["code"], sorted(first["entries"]), first["severity"]) == ("asked_twice", ["delivery", "parcel-again"], "error")
    assert "delivery" in first["message"]
    assert body["counts"]["error"] == 1
    page = (await lin.get("/desk/api/knowledge/check", limit="1")).body
    rest = (await lin.get("/desk/api/knowledge/check", limit="9", after=page["next"])).body
    assert len(page["items"]) + len(rest["items"]) == body["total"]
    codes = [one["code"] for one in (await lin.get("/desk/api/knowledge/entries/delivery")).body["findings"]]
    assert codes == ["asked_twice"]
    for query in ({"limit": "0"}, {"limit": "x"}, {"after": "-1"}, {"after": "x" * 300}):
        assert (await lin.get("/desk/api/knowledge/check", **query)).status == 400


async def test_what_customers_missed_is_for_supervisors(house: House, lin: Page, mei: Page) -> None:
    assert refused(await lin.get("/desk/api/knowledge/suggestions")) == (403, "forbidden")
    body = (await mei.get("/desk/api/knowledge/suggestions", days="7")).body
    assert (body["items"], body["next"], body["questions"]) == ([], None, 0)
    for query in ({"days": "0"}, {"days": "367"}, {"limit": "101"}):
        assert (await mei.get("/desk/api/knowledge/suggestions", **query)).status == 400

"""Publications of the knowledge base at the desk: one wins, every desk hears of it, and all of it can be undone again."""

import asyncio
from pathlib import Path
from typing import Any

from msgspec import structs

from config.schema import Bot
from gateway.brains import Progress, State
from gateway.core.changes import Changes
from gateway.core.handoff import Role
from gateway.core.knowledge import DraftEntry
from tests.integration.desk_house import SETTINGS, House, Page, open_house, refused
from tests.integration.knowledge.shelf import DELIVERY, REFUND, changed, published, put, states, version_of
from tests.knowledge import entry, knowledge_file

# ---- publishing -----------------------------------------------------------------------------------------------------------------


async def test_a_publication_puts_all_drafts_in_force_and_can_be_undone(house: House, lin: Page, mei: Page) -> None:
    await changed(lin, DELIVERY, answer={"en": "Tomorrow."})
    await put(lin, entry("returns", "can I send it back?"), 0)
    await lin.ask("DELETE", f"/desk/api/knowledge/entries/refund-time?version={await version_of(lin, 'refund-time')}")
    assert await published(mei, 0) == 1
    assert await states(lin) == {"delivery": "live", "returns": "live"}
    reply = await mei.post("/desk/api/knowledge/revisions/0/restore", base=1, comment="too soon")
    assert (reply.status, reply.body) == (202, {"revision": 2, "state": "building"})
    assert await states(lin) == {"refund-time": "live", "delivery": "live"}
    assert (await lin.get("/desk/api/knowledge/entries/delivery")).body["live"] == DELIVERY
    items = (await lin.get("/desk/api/knowledge/revisions")).body["items"]
    shown = [(one["number"], one["origin"], one["restored_from"], one["comment"], one["state"], one["by_name"]) for one in items]
    assert shown == [
        (2, "restored", 0, "too soon", "live", "Mei"), (1, "drafts", None, "better words", "past", "Mei"),
        (0, "files", None, "", "past", "Mei"),
    ]  # fmt: skip
    assert [(one["entry_count"], one["added_count"], one["changed_count"], one["dropped_count"]) for one in items] == [
        (2, 1, 1, 1), (2, 1, 1, 1), (2, 0, 0, 0),
    ]  # fmt: skip
    assert [action for _, action, _ in await house.audited() if action.startswith(("knowledge_p", "knowledge_r"))] == [
        "knowledge_published", "knowledge_restored",
    ]  # fmt: skip


async def test_of_two_supervisors_who_publish_at_once_one_wins(house: House, mei: Page) -> None:
    ned = (await house.logged_in("ned", Role.SUPERVISOR))[1]
    await changed(mei, DELIVERY, tags=["post"])
    replies = await asyncio.gather(*(page.post("/desk/api/knowledge/publish", base=0) for page in (mei, ned, mei, ned)))
    assert sorted(reply.status for reply in replies) == [202, 409, 409, 409]
    assert {reply.body["code"] for reply in replies if reply.status == 409} == {"stale"}
    newest = await house.deps.store.newest_revision()
    assert newest is not None
    assert newest.number == 1


async def test_what_nobody_has_looked_at_is_not_published(lin: Page, mei: Page) -> None:
    assert refused(await mei.post("/desk/api/knowledge/publish", base=0)) == (409, "no_drafts")
    await changed(lin, DELIVERY, tags=["post"])
    mark = (await mei.get("/desk/api/knowledge")).body["mark"]
    await changed(lin, DELIVERY, tags=["late"])
    assert refused(await mei.post("/desk/api/knowledge/publish", base=0, mark=mark)) == (409, "stale")
    assert (await mei.post("/desk/api/knowledge/publish", base=0, mark=mark + 1)).status == 202


async def test_agents_neither_publish_nor_restore(lin: Page) -> None:
    await changed(lin, DELIVERY, tags=["post"])
    assert refused(await lin.post("/desk/api/knowledge/publish", base=0)) == (403, "forbidden")
    assert refused(await lin.post("/desk/api/knowledge/revisions/0/restore", base=0)) == (403, "forbidden")


async def test_a_draft_over_words_that_have_changed_is_not_published_unseen(lin: Page, mei: Page) -> None:
    await changed(mei, DELIVERY, tags=["post"])
    await published(mei, 0)
    await changed(lin, DELIVERY, tags=["mine"])
    assert (await mei.post("/desk/api/knowledge/revisions/0/restore", base=1)).status == 202
    reply = await mei.post("/desk/api/knowledge/publish", base=2)
    assert (refused(reply), reply.body["params"]) == ((409, "outdated"), {"entries": "delivery"})
    await changed(lin, DELIVERY, tags=["mine"])
    assert await published(mei, 2) == 3


async def test_a_draft_that_this_program_does_not_understand_is_not_published(house: House, mei: Page) -> None:
    await changed(mei, DELIVERY, tags=["post"])
    odd = DraftEntry(id=DELIVERY["id"], entry={"id": "delivery", "colour": 1}, base_digest="", at=house.clock.now(), by="x", version=2)
    known = await house.deps.store.draft(odd.id)
    assert known is not None
    await house.write(Changes(drafts=(structs.replace(odd, base_digest=known.base_digest),)))
    reply = await mei.post("/desk/api/knowledge/publish", base=0)
    assert refused(reply) == (400, "bad_entry")
    assert await house.deps.store.newest_revision() is None


async def test_restoring_what_is_not_there_or_no_more_is_said(house: House, mei: Page) -> None:
    for number in ("7", "x", "-1", "9" * 20):
        reply = await mei.post(f"/desk/api/knowledge/revisions/{number}/restore", base=0)
        assert reply.status in (400, 404), number
    await changed(mei, DELIVERY, tags=["post"])
    await published(mei, 0)
    assert refused(await mei.post("/desk/api/knowledge/revisions/0/restore", base=0)) == (409, "stale")


async def test_a_file_that_changes_after_a_publication_is_told_and_never_preferred(tmp_path: Path, house: House, mei: Page) -> None:
    await changed(mei, DELIVERY, tags=["post"])
    await published(mei, 0)
    assert (await mei.get("/desk/api/knowledge")).body["file_changed"] is False
    knowledge_file(tmp_path, REFUND, DELIVERY, entry("from-the-file"))
    body = (await mei.get("/desk/api/knowledge")).body
    assert (body["file_changed"], [item["id"] for item in body["items"]]) == (True, ["refund-time", "delivery"])
    await house.deps.library.take_files("command", "taken over")
    body = (await mei.get("/desk/api/knowledge")).body
    assert (body["file_changed"], [item["id"] for item in body["items"]]) == (False, ["refund-time", "delivery", "from-the-file"])


async def test_a_file_that_breaks_before_anybody_has_published_changes_nothing(tmp_path: Path, lin: Page) -> None:
    assert len(await states(lin)) == 2
    (tmp_path / "knowledge.jsonl").write_text("{", "utf-8")
    body = (await lin.get("/desk/api/knowledge")).body
    assert (len(body["items"]), body["file_changed"]) == (2, True)


# ---- the socket -----------------------------------------------------------------------------------------------------------------


async def test_every_desk_is_told_of_drafts_and_publications(lin: Page, mei: Page) -> None:
    async with lin.socket() as socket:
        frames: list[dict[str, Any]] = []

        async def told(count: int) -> None:
            async with asyncio.timeout(30):
                while sum(frame["type"] == "knowledge" for frame in frames) < count:
                    frames.append(await socket.receive_json())

        await told(0)
        assert (await socket.receive_json())["type"] == "hello"
        await changed(mei, DELIVERY, tags=["post"])
        await told(1)
        await published(mei, 0)
        await told(2)
        shown = [{key: value for key, value in frame.items() if key != "n"} for frame in frames if frame["type"] == "knowledge"]
        assert shown == [
            {"type": "knowledge", "revision": 0, "draft_count": 1},
            {"type": "knowledge", "revision": 1, "state": "building", "draft_count": 0},
        ]


async def test_the_health_page_tells_changed_files_and_what_could_not_be_put_to_work(tmp_path: Path, house: House, mei: Page) -> None:
    async def told() -> tuple[bool, str]:
        house.clock.advance(60)
        found = (await mei.get("/desk/api/health", lang="en")).body["findings"]
        return next((one["ok"], one["why"]) for one in found if one["part"] == "knowledge")

    assert await told() == (True, "2 entries")
    await changed(mei, DELIVERY, tags=["post"])
    await published(mei, 0)
    assert await told() == (True, "2 entries, revision 1")
    knowledge_file(tmp_path, DELIVERY)
    is_ok, why = await told()
    assert (is_ok, why.startswith("2 entries, revision 1; the files say something else by now")) == (True, True)
    house.deps.brains.state = State(0, Progress.FAILED, "no room")
    assert await told() == (False, "revision 1 can't be put to work (no room); revision 0 goes on answering")
    body = (await mei.get("/desk/api/knowledge")).body
    assert (body["failed"], body["building"], body["live_revision"]) == ("no room", False, 0)


async def test_a_knowledge_base_that_can_not_be_read_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "knowledge.jsonl").write_text("{", "utf-8")
    async with open_house(tmp_path, structs.replace(SETTINGS, bot=Bot(knowledge=str(tmp_path / "knowledge.jsonl")))) as house:
        page = (await house.logged_in("mei", Role.SUPERVISOR))[1]
        for path in ("knowledge", "knowledge/entries/a", "knowledge/check", "knowledge/suggestions"):
            assert refused(await page.get(f"/desk/api/{path}")) == (409, "knowledge_broken"), path
        assert refused(await page.post("/desk/api/knowledge/try", text="a")) == (409, "knowledge_broken")
        assert refused(await page.post("/desk/api/knowledge/publish", base=0)) == (409, "knowledge_broken")
        assert refused(await put(page, entry("a"), 0)) == (409, "knowledge_broken")

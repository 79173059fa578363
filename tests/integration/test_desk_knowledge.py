"""The knowledge base at the desk: drafts that nobody writes over, publications of which one wins, and all of it undone again."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from config.schema import Bot
from gateway.brains import Progress, State
from gateway.core.changes import Changes
from gateway.core.handoff import Role
from gateway.core.knowledge import DraftEntry
from tests.integration.desk_house import SETTINGS, House, Page, Reply, open_house, refused, with_a_session
from tests.knowledge import entry, knowledge_file

REFUND = entry("refund-time", "How long does a refund take?", "when do I get my money back", answer="Three days.", category="payment")
DELIVERY = entry("delivery", "Where is my parcel?", answer="On its way.", tags=["parcel"])


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    file = knowledge_file(tmp_path, REFUND, DELIVERY)
    async with open_house(tmp_path, structs.replace(SETTINGS, bot=Bot(knowledge=str(file)))) as opened:
        yield opened


@pytest.fixture
async def lin(house: House) -> Page:
    """An agent's page."""
    return (await house.logged_in("lin"))[1]


@pytest.fixture
async def mei(house: House) -> Page:
    """A supervisor's page."""
    return (await house.logged_in("mei", Role.SUPERVISOR))[1]


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


# ---- reading --------------------------------------------------------------------------------------------------------------------


async def test_before_anybody_publishes_the_files_hold(lin: Page) -> None:
    body = (await lin.get("/desk/api/knowledge")).body
    facts = {key: body[key] for key in ("total", "revision", "draft_count", "file_changed", "can", "categories", "next", "failed")}
    assert facts == {
        "total": 2, "revision": 0, "draft_count": 0, "file_changed": False, "can": {"edit": True, "publish": False},
        "categories": ["payment"], "next": None, "failed": "",
    }  # fmt: skip
    first = body["items"][0]
    assert first.pop("version") > 0
    assert first == {
        "id": "refund-time", "title": "How long does a refund take?", "question_count": 2, "languages": ["en"], "category": "payment",
        "risk": "normal", "urgency": "normal", "valid": None, "state": "live", "updated_at": None, "updated_by": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "PARCEL"}, ["delivery"]), ({"q": "three days"}, ["refund-time"]), ({"q": "days parcel"}, []),
        ({"q": "refund-t"}, ["refund-time"]),
        ({"category": "payment"}, ["refund-time"]), ({"category": "other"}, []), ({"language": "en", "q": "is"}, ["delivery"]),
        ({"language": "zh"}, []), ({"state": "draft"}, []), ({"state": "live", "limit": "1"}, ["refund-time"]),
        ({"limit": "1", "after": "refund-time"}, ["delivery"]),
    ],
)  # fmt: skip
async def test_entries_are_found_by_words_and_by_what_they_are(lin: Page, query: dict[str, str], found: list[str]) -> None:
    assert list(await states(lin, **query)) == found


async def test_what_makes_no_sense_in_a_query_is_said(lin: Page) -> None:
    assert refused(await lin.get("/desk/api/knowledge", state="lost")) == (400, "state")
    assert refused(await lin.get("/desk/api/knowledge", q="x" * 201)) == (400, "q")
    assert refused(await lin.get("/desk/api/knowledge/entries/nobody")) == (404, "not_found")


async def test_an_entry_is_shown_as_it_is_to_be_and_as_it_is_in_force(lin: Page) -> None:
    body = (await lin.get("/desk/api/knowledge/entries/delivery")).body
    assert (body["entry"], body["live"], body["state"]) == (DELIVERY, DELIVERY, "live")
    await changed(lin, DELIVERY, answer={"en": "Tomorrow."})
    body = (await lin.get("/desk/api/knowledge/entries/delivery")).body
    assert (body["entry"]["answer"], body["live"]["answer"], body["state"]) == ({"en": "Tomorrow."}, {"en": "On its way."}, "changed")


# ---- drafts ---------------------------------------------------------------------------------------------------------------------


async def test_agents_write_drafts_and_everybody_sees_whose_they_are(house: House, lin: Page, mei: Page) -> None:
    await changed(lin, REFUND, risk="high")
    assert (await put(lin, entry("returns", "can I send it back?"), 0)).body["state"] == "new"
    assert await states(mei) == {"returns": "new", "refund-time": "changed", "delivery": "live"}
    assert await states(mei, state="draft") == {"returns": "new", "refund-time": "changed"}
    item = next(one for one in (await mei.get("/desk/api/knowledge")).body["items"] if one["id"] == "refund-time")
    author = await house.deps.store.agent_by_name("lin")
    assert author is not None
    assert (item["updated_by"], item["risk"]) == (author.id, "high")
    assert (author.id, "knowledge_drafted", "returns") in await house.audited()


async def test_of_two_who_change_an_entry_the_second_is_told(lin: Page, mei: Page) -> None:
    seen = await version_of(lin, "delivery")
    assert (await put(mei, {**DELIVERY, "tags": ["post"]}, seen)).status == 200
    assert refused(await put(lin, {**DELIVERY, "tags": ["late"]}, seen)) == (409, "stale")
    assert refused(await put(lin, entry("delivery"), 0)) == (409, "stale")
    assert refused(await put(lin, entry("returns"), 17)) == (404, "not_found")


async def test_who_slept_through_a_publication_writes_over_nothing(lin: Page, mei: Page) -> None:
    seen = await version_of(lin, "delivery")
    await changed(mei, DELIVERY, tags=["post"])
    await published(mei, 0)
    assert refused(await put(lin, {**DELIVERY, "tags": ["late"]}, seen)) == (409, "stale")


async def test_two_at_the_same_moment_lose_no_word(house: House, lin: Page, mei: Page) -> None:
    asked = [f"parcel question {number}" for number in range(6)]
    pages = [lin, mei] * 3
    path = "/desk/api/knowledge/entries/delivery/questions"
    replies = await asyncio.gather(*(page.post(path, text=text) for page, text in zip(pages, asked, strict=True)))
    assert [reply.status for reply in replies] == [200] * 6
    kept = (await lin.get("/desk/api/knowledge/entries/delivery")).body["entry"]["questions"]
    assert sorted(kept) == sorted([*DELIVERY["questions"], *asked])
    assert len(await house.deps.store.labels()) == 6


async def test_a_draft_that_says_what_is_in_force_is_none(lin: Page) -> None:
    await changed(lin, DELIVERY, tags=["post"])
    reply = await changed(lin, DELIVERY)
    assert (reply.body["state"], reply.body["updated_by"]) == ("live", None)
    assert (await lin.get("/desk/api/knowledge")).body["draft_count"] == 0


async def test_an_entry_is_wanted_gone_and_wanted_back(lin: Page) -> None:
    path = "/desk/api/knowledge/entries/delivery"
    dropped = await lin.ask("DELETE", f"{path}?version={await version_of(lin, 'delivery')}")
    assert (dropped.body["state"], dropped.body["entry"], dropped.body["live"]) == ("dropped", None, DELIVERY)
    assert refused(await lin.post(f"{path}/discard", version=1)) == (409, "stale")
    back = await lin.post(f"{path}/discard", version=dropped.body["version"])
    assert (back.body["state"], back.body["entry"]) == ("live", DELIVERY)


async def test_a_new_entry_that_is_dropped_is_gone_at_once(lin: Page) -> None:
    version = (await put(lin, entry("returns"), 0)).body["version"]
    gone = await lin.ask("DELETE", f"/desk/api/knowledge/entries/returns?version={version}")
    assert (gone.status, gone.body["entry"], gone.body["version"]) == (200, None, 0)
    assert refused(await lin.get("/desk/api/knowledge/entries/returns")) == (404, "not_found")


async def test_a_colleagues_draft_is_discarded_by_a_supervisor_only(house: House, lin: Page, mei: Page) -> None:
    version = (await changed(mei, DELIVERY, tags=["post"])).body["version"]
    path = "/desk/api/knowledge/entries/delivery/discard"
    assert refused(await lin.post(path, version=version)) == (403, "forbidden")
    version = (await changed(lin, DELIVERY, tags=["mine"])).body["version"]
    assert (await mei.post(path, version=version)).body["state"] == "live"


async def test_everything_wrong_with_an_entry_is_named_at_once_with_codes(lin: Page) -> None:
    wrong = {"id": "x", "questions": ["  ", 7], "answer": {"english!": "a"}, "risk": "huge", "valid": {"from": "soon"}, "colour": "red"}
    reply = await put(lin, wrong, 0)
    assert refused(reply) == (400, "bad_entry")
    assert [(fault["key"], fault["code"]) for fault in reply.body["problems"]] == [
        ("an entry", "unknown_key"), ("questions", "blank"), ("questions", "not_text"), ("valid.from", "not_a_date"), ("answer", "bad_tag"),
        ("risk", "not_one_of"),
    ]  # fmt: skip
    assert reply.body["problems"][0]["params"] == {"name": "colour"}
    assert reply.body["problems"][1]["message"] == "questions: expected text, found only blanks"


@pytest.mark.parametrize(
    "body",
    [
        {"entry": [], "version": 0}, {"entry": {}, "version": -1}, {"entry": {}, "version": 2**60}, {"entry": {}}, {"version": 0}, [],
        {"entry": {"id": "other", "questions": ["a"], "answer": "b"}, "version": 0},
        {"entry": {"questions": "x" * 1001, "answer": "b"}, "version": 0},
        {"entry": {"questions": [["a"]], "answer": "b"}, "version": 0}, {"entry": {"questions": ["a"]}, "version": 0},
        {"entry": {"questions": [{}] * 3000, "answer": "b"}, "version": 0},
        {"entry": {"questions": ["a"], "answer": {"en": {}}}, "version": 0},
    ],
)  # fmt: skip
async def test_hostile_entries_are_refused_and_nothing_is_kept(house: House, lin: Page, body: Any) -> None:
    assert (await lin.ask("PUT", "/desk/api/knowledge/entries/new-one", json=body)).status == 400
    assert await house.deps.store.draft_count() == 0


@pytest.mark.parametrize("name", ["退款 时间", "a%2Fb", "<b>&", "..%2F..", "%F0%9F%93%A6"])
async def test_ids_of_all_kinds_are_one_entrys_all_the_way(lin: Page, name: str) -> None:
    path = f"/desk/api/knowledge/entries/{name}"
    reply = await lin.ask("PUT", path, json={"entry": {"questions": ["what?"], "answer": {"en": "that"}}, "version": 0})
    assert reply.status == 200, reply.body
    body = (await lin.get("/desk/api/knowledge", state="new")).body
    assert [item["id"] for item in body["items"]] == [reply.body["id"]]
    gone = await lin.ask("DELETE", f"{path}?version={reply.body['version']}")
    assert gone.body["version"] == 0


async def test_ids_that_nobody_can_see_are_refused(lin: Page) -> None:
    for name in ("%00", "a%0Ab", "%E2%80%8B", "x" * 300):
        reply = await lin.ask(
            "PUT", f"/desk/api/knowledge/entries/{name}", json={"entry": {"questions": ["a"], "answer": {"en": "b"}}, "version": 0}
        )
        assert refused(reply) == (400, "bad_entry"), name


async def test_there_are_only_so_many_drafts(house: House, lin: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.library.DRAFTS_MAX_COUNT", 1)
    version = (await put(lin, entry("one"), 0)).body["version"]
    assert refused(await put(lin, entry("two"), 0)) == (409, "drafts_full")
    assert (await put(lin, entry("one", "another way"), version)).status == 200


# ---- questions and labels -------------------------------------------------------------------------------------------------------


async def test_a_customers_question_goes_into_an_entry_and_is_kept_as_a_label(house: House) -> None:
    page, session_id = await with_a_session(house)
    path = "/desk/api/knowledge/entries/refund-time/questions"
    reply = await page.post(path, text="  我要退款 \n 多久？ ", session_id=session_id, seq=1)
    assert reply.body["entry"]["questions"][-1] == "我要退款 多久？"
    house.clock.advance(1)
    assert (await page.post(path, text="我要退款 多久？")).body["version"] == reply.body["version"]
    again, first = await house.deps.store.labels()
    assert (first.text, first.entry, first.source, first.session_id) == ("我要退款 多久？", "refund-time", "handoff", session_id)
    assert (again.source, again.session_id) == ("agent", None)


async def test_what_looks_alike_and_is_not_meant_teaches_no_label(house: House, lin: Page) -> None:
    reply = await lin.post("/desk/api/knowledge/entries/delivery/questions", text="how heavy may a parcel be", is_not=True)
    assert reply.body["entry"]["not_questions"] == ["how heavy may a parcel be"]
    assert await house.deps.store.labels() == []


async def test_a_label_says_which_entry_is_meant_or_none(house: House, lin: Page) -> None:
    assert (await lin.post("/desk/api/knowledge/labels", text="will it rain", entry=None)).status == 201
    assert (await lin.post("/desk/api/knowledge/labels", text="parcel?", entry="delivery")).body["label"]["entry"] == "delivery"
    assert refused(await lin.post("/desk/api/knowledge/labels", text="parcel?", entry="nobody")) == (404, "not_found")
    assert refused(await lin.post("/desk/api/knowledge/labels", text=" ", entry=None)) == (400, "bad_question")
    assert refused(await lin.post("/desk/api/knowledge/labels", text="x" * 501, entry=None)) == (400, "bad_question")
    assert {one.text for one in await house.deps.store.labels()} == {"parcel?", "will it rain"}


async def test_words_of_a_session_that_one_may_not_read_are_not_taken(house: House, lin: Page) -> None:
    session = await house.waiting("stranger")
    path = "/desk/api/knowledge/entries/delivery/questions"
    assert refused(await lin.post(path, text="parcel?", session_id="01NOBODY")) == (404, "not_found")
    other = (await house.logged_in("kim", queues=("refunds",)))[1]
    assert refused(await other.post(path, text="parcel?", session_id=session.id)) == (404, "not_found")


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
            async with asyncio.timeout(10):
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

"""Drafts of the knowledge base at the desk: found, changed by several, refused, taught from; nobody writes over another."""

import asyncio
from typing import Any

import pytest

from tests.integration.desk_house import House, Page, refused, with_a_session
from tests.integration.knowledge.shelf import DELIVERY, REFUND, changed, published, put, states, version_of
from tests.knowledge import entry

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

"""Calls at the desk: what is told of them in every list and in the session, live, and what a player of a recording gets."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.core.changes import Changes
from gateway.core.events import CallStage
from gateway.core.files import file_owner
from tests.integration.called_house import LINE, NUMBER, a_case, called, offered, open_called_house, stands
from tests.integration.desk_house import House, refused

WAV = b"RIFF" + bytes(range(200))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_called_house(tmp_path) as opened:
        yield opened


async def heard(socket: aiohttp.ClientWebSocketResponse, kind: str) -> Any:
    """The next frame of this type."""
    while (frame := await socket.receive_json(timeout=30))["type"] != kind:
        pass
    return frame


async def test_a_caller_in_the_line_is_seen_there_on_the_line_or_wanting_to_be_called(house: House) -> None:
    _, page = await house.logged_in("desk07")
    session = await called(house)
    async with page.socket() as socket:
        await heard(socket, "hello")
        (line,) = (await page.get("/desk/api/queue")).body["items"]
        assert (line["call"]["stage"], line["call"]["is_up"], line["call"]["shown"]) == ("up", True, "+86 138 0013 8000")
        await stands(house, session, CallStage.CALLBACK)
        assert (await heard(socket, "queue"))["queue"] == "default"
        (line,) = (await page.get("/desk/api/queue")).body["items"]
        assert (line["call"]["stage"], line["call"]["wants_callback"]) == ("callback", True)


async def test_who_has_the_call_is_told_how_they_would_speak_and_whether_they_can_call(house: House) -> None:
    agent, page = await house.logged_in("desk08")
    session = await called(house, with_=agent)
    whole = (await page.get(f"/desk/api/sessions/{session.id}")).body
    call = whole["call"]
    assert (call["stage"], call["number"], call["is_proven"], call["speaks"], call["hears"]) == ("up", NUMBER, False, "phone", False)
    assert (call["back"], call["recording"], call["record"]) == ({"may": False, "why": "caller_on_line"}, None, None)
    assert whole["session"]["customer_tag"] == "+86 138 0013 8000"
    (part,) = whole["transcript"][0]["parts"]
    assert (part["type"], part["confidence"], whole["transcript"][0]["text"]) == ("spoken", 0.62, "我要查退款")
    await stands(house, session, CallStage.ENDED)
    (line,) = (await page.get("/desk/api/sessions")).body["items"]
    assert line["call"]["stage"] == "ended"
    assert (await page.get(f"/desk/api/sessions/{session.id}")).body["call"]["back"] == {"may": True, "why": ""}


async def test_an_offer_says_whether_the_caller_is_on_the_line(house: House) -> None:
    agent, page = await house.logged_in("desk07")
    session = await called(house)
    async with page.socket() as socket:
        await heard(socket, "hello")
        await offered(house, session, agent)
        frame = await heard(socket, "offer")
        assert (frame["session_id"], frame["call"]["stage"]) == (session.id, "up")
    (told,) = (await page.get("/desk/api/queue")).body["offers"]
    assert told["call"]["shown"] == "+86 138 0013 8000"


async def test_a_customer_is_called_back_from_the_session_and_from_a_case(house: House) -> None:
    agent, page = await house.logged_in("desk08")
    session = await called(house, with_=agent)
    path = f"/desk/api/sessions/{session.id}/call"
    assert refused(await page.post(path)) == (409, "caller_on_line")
    await stands(house, session, CallStage.CALLBACK)
    told = (await page.post(path)).body["call"]
    assert (told["asked_at"] is not None, told["back"]) == (True, {"may": False, "why": "calling"})
    assert refused(await page.post(path)) == (409, "calling")
    _, other = await house.logged_in("desk07")
    assert refused(await other.post(path)) == (409, "not_yours")
    house.clock.advance(16)
    kept = a_case(session, house.clock.now())
    await house.write(Changes(cases=(kept,)))
    answered = (await page.post(f"/desk/api/cases/{kept.id}/call")).body
    assert (answered["session_id"], answered["call"]["back"]["why"]) == (session.id, "calling")
    assert [action for _, action, _ in await house.audited() if action.endswith("_called")] == ["session_called", "case_called"]


async def test_words_are_refused_where_nobody_hears_them(house: House) -> None:
    agent, page = await house.logged_in("desk07")
    session = await called(house, with_=agent)
    path = f"/desk/api/sessions/{session.id}"
    said = (await page.post(f"{path}/reply", text="您好，马上为您查", cid="c1")).body["message"]
    await stands(house, session, CallStage.TALKING)
    assert refused(await page.post(f"{path}/reply", text="再等一下")) == (409, "on_the_phone")
    await stands(house, session, CallStage.CALLBACK)
    assert refused(await page.post(f"{path}/reply", text="还在吗")) == (409, "nobody_on_line")
    assert (await page.post(f"{path}/reply", text="您好，马上为您查", cid="c1")).body["message"]["seq"] == said["seq"]  # it was said before
    assert (await page.post(f"{path}/note", text="下午三点后回电")).status == 200


async def test_what_a_caller_said_is_found_by_its_words(house: House) -> None:
    agent, page = await house.logged_in("desk08")
    session = await called(house, with_=agent)
    (hit,) = (await page.get("/desk/api/search", q="查退款")).body["items"]
    assert (hit["session"]["id"], hit["snippet"], hit["session"]["call"]["stage"]) == (session.id, "我要查退款", "up")


async def test_a_player_that_jumps_gets_the_part_that_it_asks_for(house: House) -> None:
    agent, page = await house.logged_in("desk07")
    session = await called(house, with_=agent)
    ref = await house.deps.files.keep(WAV, name="recording.wav", mime="audio/wav", owner=file_owner(LINE, session.thread))
    path = f"/desk/api/files/{ref.id}?session={session.id}"
    whole = await page.get(path)
    assert (whole.status, whole.body, whole.headers["Accept-Ranges"]) == (200, WAV, "bytes")
    part = await page.ask("GET", path, headers={"Range": "bytes=100-149"})
    assert (part.status, part.body, part.headers["Content-Range"]) == (206, WAV[100:150], f"bytes 100-149/{len(WAV)}")
    _, stranger = await house.logged_in("desk09", queues=("refunds",))
    assert (await stranger.get(path)).status == 404

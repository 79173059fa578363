"""Whatever a visitor sends: never an error of ours, never a long wait, and none of their words in a log line."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import strategies as st
from yarl import URL

from config.schema import Consent, FormField
from gateway.web import limits
from gateway.web.chat_watch import RECENT_COUNT
from tests.generated import ANYTHING, MARK, NUMBERS, TEXTS, examples, nearly
from tests.integration.chat_world import ChatWorld, chat_world
from tests.integration.test_security_fuzz_desk import check_log

LONG_S = 15.0
COUNT = 80
FIELDS = st.dictionaries(st.sampled_from(["name", "email", "phone", "order", "", "\0", "x" * 40]), TEXTS, max_size=10)
FLAGS = st.booleans()
FRAMES = (
    nearly({"type": st.just("form"), "cid": TEXTS, "kind": st.sampled_from(["prechat", "offline"]), "consent": TEXTS, "fields": FIELDS,
            "page": TEXTS}),
    nearly({"type": st.just("rate"), "score": st.integers(0, 6), "comment": TEXTS, "session": TEXTS}),
    nearly({"type": st.just("read"), "seq": NUMBERS}),
    nearly({"type": st.just("typing"), "on": FLAGS}),
    nearly({"type": st.sampled_from(["message", "hello", "ping", "end", "frames", ""]), "cid": TEXTS, "text": TEXTS, "last_seq": NUMBERS}),
    ANYTHING,
)  # fmt: skip


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> AsyncIterator[ChatWorld]:
    """A site whose rates hold up nobody: what comes behind them is what is tried here."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(limits, "FRAMES_PER_10S", 100_000)
    monkeypatch.setattr(limits, "FORMS_PER_HOUR", 100_000)
    monkeypatch.setattr("gateway.web.chat_socket.SMALL_MAX_COUNT", 100_000)
    consent = Consent(version="1", text={"en": "I agree."})
    form = (FormField(name="name"), FormField(name="email"), FormField(name="phone"), FormField(name="order", label={"en": "Order"}))
    async with chat_world(tmp_path, consent=consent, form=form, messages_per_10s=100_000, offline_form=True) as running:
        yield running


async def test_no_frame_breaks_the_door_over_http(world: ChatWorld, caplog: pytest.LogCaptureFixture) -> None:
    client = await world.visitor()
    headers = {"Authorization": f"Bearer {client.welcome['token']}", "Content-Type": "application/json"}
    for frames in FRAMES:
        for frame in examples(frames, COUNT):
            async with (
                asyncio.timeout(LONG_S),
                world.http.post(f"{world.site}/frames", data=json.dumps(frame).encode(), headers=headers) as response,
            ):
                assert response.status < 500, frame
    for raw in (b"\xff", b"[" * 20_000, b'{"type":"form","cid":"\\ud800"}', b'{"type":"read","seq":' + b"9" * 5000 + b"}", b""):
        async with asyncio.timeout(LONG_S), world.http.post(f"{world.site}/frames", data=raw, headers=headers) as response:
            assert response.status in (204, 400), raw
    check_log(caplog)


async def test_no_frame_breaks_a_socket(world: ChatWorld, caplog: pytest.LogCaptureFixture) -> None:
    client = await world.visitor()
    for frames in FRAMES:
        for frame in examples(frames, COUNT):
            await client.send(type="ping") if not isinstance(frame, dict) else await client.ws.send_str(json.dumps(frame))
        await client.send(type="ping")
        await client.get("pong", timeout_s=LONG_S)
    assert not [frame for frame in client.seen if frame.get("code") == "internal"]
    check_log(caplog)


async def test_no_mark_or_place_breaks_a_poll(world: ChatWorld, caplog: pytest.LogCaptureFixture) -> None:
    client = await world.visitor()
    headers = {"Authorization": f"Bearer {client.welcome['token']}"}
    for value in examples(st.one_of(TEXTS, NUMBERS.map(str)), COUNT):
        written = quote(value[:300].encode("utf-8", "surrogatepass"), safe="")
        for name in ("mark", "after", "locale", "wait_s"):
            query = f"{name}={written}" + ("" if name == "wait_s" else "&wait_s=0")
            if name != "wait_s" or not value.isdecimal():
                async with (
                    asyncio.timeout(LONG_S),
                    world.http.get(URL(f"{world.site}/events?{query}", encoded=True), headers=headers) as response,
                ):
                    assert response.status < 500, (name, value)
    check_log(caplog)


async def test_what_is_kept_for_who_polls_has_an_end(world: ChatWorld) -> None:
    client = await world.visitor()
    token = client.welcome["token"]
    headers = {"Authorization": f"Bearer {token}"}
    async with world.http.get(f"{world.site}/events?wait_s=0", headers=headers) as response:
        mark = (await response.json())["mark"]
    form: dict[str, Any] = {"type": "form", "kind": "prechat", "consent": "1", "fields": {"name": MARK}}
    for number in range(3 * RECENT_COUNT):
        await client.send(**form, cid=f"f{number}")
        assert (await client.get("filled", "error"))["type"] == "filled"
    async with world.http.get(f"{world.site}/events?wait_s=0&mark={mark}", headers=headers) as response:
        assert len((await response.json())["frames"]) <= RECENT_COUNT
    assert len(world.hub) == 1


async def test_greeting_and_polling_again_and_again_have_an_end(tmp_path: Path) -> None:
    async with chat_world(tmp_path) as world:
        client = await world.visitor()
        statuses = []
        for _ in range(2 * limits.FRAMES_PER_10S):
            async with world.http.post(f"{world.site}/hello", json={"token": client.welcome["token"]}) as response:
                statuses.append(response.status)
        headers = {"Authorization": f"Bearer {client.welcome['token']}"}
        polled = set()
        for _ in range(2 * limits.POLLS_PER_10S):
            async with world.http.get(f"{world.site}/events?wait_s=0", headers=headers) as response:
                polled.add(response.status)
        assert polled == {200, 429}
        assert statuses[: limits.FRAMES_PER_10S] == [200] * limits.FRAMES_PER_10S
        assert 429 in statuses

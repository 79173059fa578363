"""The AsyncAPI document is true: its examples are sent to the real server, and what comes back is what it describes."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from adapters.webchat import frames
from config.schema import Consent, FormField, Hours
from gateway.core.message import Author
from gateway.core.session import Move
from gateway.core.signals import ReadNow, TypingNow, pack, thread_topic
from gateway.web import chat
from tests.integration.chat_world import ChatWorld, Client, chat_world
from tests.peers import chat_script
from tests.schemas import faults, resolved

DOCUMENT: dict[str, Any] = yaml.safe_load((Path(__file__).resolve().parents[2] / "docs" / "asyncapi.yaml").read_text("utf-8"))


def described(operation: str) -> dict[str, dict[str, Any]]:
    """The messages of an operation by the type of their frames."""
    found = [resolved(message["$ref"], DOCUMENT) for message in DOCUMENT["operations"][operation]["messages"]]
    return {message["payload"]["properties"]["type"]["const"]: dict(message) for message in found}


FROM_CLIENT, FROM_SERVER = described("listen"), described("tell")
EXAMPLES = [
    (f"{kind}: {example['name']}", message["payload"], example["payload"])
    for messages in (FROM_CLIENT, FROM_SERVER)
    for kind, message in messages.items()
    for example in message["examples"]
]


def check(frame: dict[str, Any]) -> None:
    """A server's frame is one that the document describes."""
    assert frame["type"] in FROM_SERVER, frame
    assert faults(frame, FROM_SERVER[frame["type"]]["payload"], DOCUMENT) == []


CONSENT = Consent(version="2026-11", text={"en": "I agree."})
FORM = (FormField(name="name"), FormField(name="email", required=True))
NIGHT = Hours(monday=(), tuesday=(), wednesday=(), thursday=(), friday=())


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ChatWorld]:
    async with chat_world(tmp_path) as running:
        yield running


@pytest.fixture
async def asking(tmp_path: Path) -> AsyncIterator[ChatWorld]:
    """A site that asks for a form, of a queue where nobody is."""
    async with chat_world(tmp_path, hours=NIGHT, consent=CONSENT, form=FORM) as running:
        yield running


@pytest.mark.parametrize(
    ("name", "scripted"),
    [("form", chat_script.PRECHAT), ("form", chat_script.OFFLINE), ("hours", chat_script.OPEN), ("hours", chat_script.CLOSED)],
)
def test_the_scripted_server_of_the_widgets_journeys_keeps_to_the_document(name: str, scripted: dict[str, Any]) -> None:
    assert faults(scripted, DOCUMENT["components"]["schemas"][name], DOCUMENT) == []


def test_the_checker_can_fail() -> None:
    schema = FROM_SERVER["ack"]["payload"]
    assert faults({"type": "ack", "cid": 1, "seq": 0, "at": "x", "more": 1}, schema, DOCUMENT) == [
        "$.more: not described",
        "$.cid: int, not string",
        "$.seq: under 1",
    ]
    assert faults({"type": "ack"}, schema, DOCUMENT) == ["$.cid: missing", "$.seq: missing", "$.at: missing"]


@pytest.mark.parametrize(("name", "schema", "payload"), EXAMPLES, ids=[name for name, *_ in EXAMPLES])
def test_every_example_fits_its_own_description(name: str, schema: dict[str, Any], payload: dict[str, Any]) -> None:
    assert faults(payload, schema, DOCUMENT) == []


@pytest.mark.parametrize(("union", "messages"), [(frames.ClientFrame, FROM_CLIENT), (frames.ServerFrame, FROM_SERVER)])
def test_the_document_describes_every_frame_and_every_field(union: Any, messages: dict[str, dict[str, Any]]) -> None:
    ours = {kind.__struct_config__.tag: {"type", *kind.__struct_encode_fields__} for kind in get_args(union)}
    assert ours == {kind: set(message["payload"]["properties"]) for kind, message in messages.items()}


async def test_every_client_example_is_understood_by_the_server(asking: ChatWorld) -> None:
    client = await asking.visitor()
    for kind in ("hello", "form", *(kind for kind in FROM_CLIENT if kind not in ("hello", "form"))):
        for example in FROM_CLIENT[kind]["examples"]:
            await client.send(**await filled(asking, client, example["payload"]))
            await answered(client, kind)
    for frame in client.seen:
        check(frame)
    assert [frame for frame in client.seen if frame["type"] == "error"] == []


@pytest.mark.parametrize("kind", ["typing", "read", "rate", "end", "form"])
async def test_the_small_examples_are_understood_over_http(asking: ChatWorld, kind: str) -> None:
    client = await asking.visitor()
    headers = {"Authorization": f"Bearer {client.welcome['token']}"}
    if kind != "form":
        await client.send(**FROM_CLIENT["form"]["examples"][0]["payload"])
        await client.say("hi", "c1")
        await client.messages(2)
    for example in FROM_CLIENT[kind]["examples"]:
        body = await filled(asking, client, example["payload"])
        async with asking.http.post(f"{asking.site}/frames", json=body, headers=headers) as response:
            assert response.status == (200 if kind == "form" else 204)
            if kind == "form":
                check(await response.json())


async def test_what_is_asked_is_described(asking: ChatWorld) -> None:
    client = await asking.visitor()
    await client.say("hi", "c1")
    await client.get("error")
    await client.send(type="form", cid="f1", kind="prechat", consent="2026-11", fields={"email": "nowhere"})
    await client.get("error")
    await client.send(**FROM_CLIENT["form"]["examples"][0]["payload"])
    await client.get("filled")
    for frame in client.seen:
        check(frame)
    assert client.welcome["config"]["form"]["fields"][1]["required"] is True


async def test_the_question_where_to_answer_is_described(tmp_path: Path) -> None:
    async with chat_world(tmp_path, hours=NIGHT) as world:
        client = await world.visitor()
        await client.say("person", "c1")
        _, question = await client.messages(2)
        assert question["ask"] == "contact"
        for frame in client.seen:
            check(frame)


async def test_every_server_frame_that_is_described_is_sent_as_described(asking: ChatWorld) -> None:
    world = asking
    client = await world.visitor()
    await client.send(**FROM_CLIENT["form"]["examples"][0]["payload"])
    await client.say("choose", "c1")
    await client.messages(2)
    topic = thread_topic(world.deps.channels["site"].name, (await session_of(world, client)).thread)  # type: ignore[index]  # a literal name
    await world.bus.signal(topic, pack(TypingNow(Author.AGENT, is_on=True)))
    await world.bus.signal(topic, pack(ReadNow(Author.AGENT, 1)))
    await world.move(client.welcome["session"], Move.HAND_OFF)
    await client.get("state")
    await client.send(type="ping")
    await client.send(type="end")
    await client.get("survey")
    await client.say("", "c3")
    await client.get("error")
    await chat.say_bye(world.app)
    await client.get("bye")
    assert {frame["type"] for frame in client.seen} == set(FROM_SERVER)
    for frame in client.seen:
        check(frame)


async def filled(world: ChatWorld, client: Client, payload: dict[str, Any]) -> dict[str, Any]:
    """An example with a real token, session and file for its placeholders."""
    token = client.welcome["token"]
    if payload.get("file") == "FILE":
        headers = {"Authorization": f"Bearer {token}"}
        async with world.http.post(f"{world.site}/files?name=receipt.txt", data=b"a receipt", headers=headers) as response:
            return {**payload, "file": (await response.json())["file"]["id"]}
    known = {"TOKEN": token, "SESSION": client.welcome["session"]}
    return {key: known.get(value, value) if isinstance(value, str) else value for key, value in payload.items()}


async def answered(client: Client, kind: str) -> None:
    """Wait for what such a frame sets off, where it sets off anything."""
    expected = {"hello": "welcome", "message": "ack", "form": "filled", "end": "survey", "ping": "pong"}.get(kind)
    if expected is not None:
        frame = await client.get(expected)
        if frame["type"] == "welcome":
            client.welcome = frame


async def session_of(world: ChatWorld, client: Client) -> Any:
    (session,) = await world.store.sessions([client.welcome["session"]])
    return session

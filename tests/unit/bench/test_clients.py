"""The load's clients speak the protocols they claim to, byte by byte."""

import asyncio

import pytest

from bench.clients import Client, Plan, PostClient, SocketClient, frame, new_client, read_answer

UPGRADED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"


class Transport(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))


class Crowd:
    def __init__(self, kind: str) -> None:
        self.plan = Plan(port=80, kind=kind, connections=1)
        self.is_over = False
        self.lost = 0
        self.events: list[str] = []

    def ready(self, client: Client) -> None:
        self.events.append("ready")

    def answered(self, client: Client) -> None:
        self.events.append("answered")


def connected(kind: str) -> tuple[Crowd, Client, list[bytes]]:
    crowd, transport = Crowd(kind), Transport()
    client = new_client(crowd, 7)
    client.connection_made(transport)
    return crowd, client, transport.written


def server_frame(payload: bytes) -> bytes:
    assert len(payload) < 126
    return bytes((0x81, len(payload))) + payload


def test_a_short_frame_carries_its_length_in_one_byte() -> None:
    assert frame(b"hi") == b"\x81\x82\x00\x00\x00\x00hi"


def test_a_longer_frame_carries_its_length_in_two_more() -> None:
    assert frame(b"x" * 300)[:8] == b"\x81\xfe\x01\x2c\x00\x00\x00\x00"


def test_a_chat_socket_says_hello_asks_and_waits_for_the_bots_words() -> None:
    crowd, client, written = connected("chat")
    assert written[0].startswith(b"GET /chat/site/ws HTTP/1.1\r\n")
    client.data_received(UPGRADED)
    assert b'"type":"hello"' in written[1]
    client.data_received(server_frame(b'{"type":"welcome"}'))
    client.ask()
    assert b'"text":"question number 8"' in written[2]
    client.data_received(server_frame(b'{"type":"ack","seq":1}'))
    assert crowd.events == ["ready"]
    client.data_received(server_frame(b'{"type":"message","author":"bot"}'))
    assert crowd.events == ["ready", "answered"]


def test_frames_that_arrive_in_pieces_are_put_together() -> None:
    crowd, client, _ = connected("echo")
    everything = UPGRADED + server_frame(b"one") + server_frame(b"two")
    for place in range(len(everything)):
        client.data_received(everything[place : place + 1])
    assert crowd.events == ["ready", "answered", "answered"]


def test_an_error_from_the_chat_breaks_the_connection() -> None:
    _, client, _ = connected("chat")
    with pytest.raises(RuntimeError, match="too_many"):
        client.data_received(UPGRADED + server_frame(b'{"type":"error","code":"too_many"}'))


def test_a_ping_is_answered() -> None:
    _, client, written = connected("echo")
    client.data_received(UPGRADED + b"\x89\x00")
    assert written[-1] == b"\x8a\x80\x00\x00\x00\x00"


def test_opsdroid_is_asked_for_a_sockets_name_first() -> None:
    crowd, client, written = connected("opsdroid")
    client.data_received(b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"socket":"s-1"}')
    assert written[1].startswith(b"GET /connector/websocket/s-1 HTTP/1.1\r\n")
    client.data_received(UPGRADED)
    client.ask()
    assert b'"socket":"s-1"' in written[2]
    client.data_received(server_frame(b"You said: question number 8"))
    assert crowd.events == ["ready", "answered"]


def test_a_post_keeps_the_token_of_the_first_answer() -> None:
    crowd, client, written = connected("post_chat")
    client.ask()
    client.data_received(b'HTTP/1.1 200 OK\r\ncontent-length: 22\r\n\r\n{"seq":1,"token":"t1"}')
    client.ask()
    assert b"Authorization" not in written[0]
    assert b"Authorization: Bearer t1\r\n" in written[1]
    assert written[1].endswith(b'\r\n\r\n{"text":"question number 9"}')
    assert crowd.events == ["ready", "answered"]


def test_every_post_has_a_key_of_its_own() -> None:
    _, client, written = connected("post_chat")
    client.ask()
    client.ask()
    keys = [line for data in written for line in data.split(b"\r\n") if line.startswith(b"Idempotency-Key: ")]
    assert len(set(keys)) == 2


def test_a_refused_post_breaks_the_connection() -> None:
    _, client, _ = connected("post_chat")
    with pytest.raises(RuntimeError, match="503"):
        client.data_received(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")


def test_an_answer_is_read_when_it_is_complete_and_the_rest_is_kept() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP"
    assert read_answer(answer[:20]) is None
    assert read_answer(answer[:39]) is None
    assert read_answer(answer) == (200, b"ok", b"HTTP")


@pytest.mark.parametrize(("kind", "shape"), [("echo", SocketClient), ("post_echo", PostClient), ("botbuilder", PostClient)])
def test_a_connection_is_of_the_plans_kind(kind: str, shape: type[Client]) -> None:
    assert type(new_client(Crowd(kind), 1)) is shape


def test_a_connection_that_breaks_before_the_end_is_counted() -> None:
    crowd, client, _ = connected("echo")
    client.connection_lost(None)
    crowd.is_over = True
    client.connection_lost(None)
    assert crowd.lost == 1

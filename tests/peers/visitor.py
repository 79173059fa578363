"""A visitor of the web chat who never gives up: reconnects, resends what was not acknowledged, and keeps a record of everything."""

import asyncio
import contextlib
import json
from typing import Any, Self

import aiohttp

from gateway.core.ids import ulid

RETRY_S = 0.05


class Visitor:
    """One visitor over `frontdesk.v1`. `messages` is what they see, by seq; `acked` what they were promised."""

    def __init__(self, url: str, name: str) -> None:
        self._url = f"{url}/chat/site/ws"
        self._name = name
        self._count = 0
        self._task: asyncio.Task[None] | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._changed = asyncio.Event()
        self.token: str | None = None
        self.session: str | None = None
        self.state: dict[str, Any] = {}
        self.unacked: dict[str, dict[str, Any]] = {}
        self.sent: list[str] = []
        self.acked: dict[str, int] = {}
        self.messages: dict[int, dict[str, Any]] = {}
        self.repeats: list[dict[str, Any]] = []
        self.errors: list[dict[str, Any]] = []
        self.frames: list[dict[str, Any]] = []
        self.connections = 0

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._stay_connected())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    @property
    def last_seq(self) -> int:
        """The end of what they have without a gap."""
        seq = 0
        while seq + 1 in self.messages:
            seq += 1
        return seq

    async def say(self, text: str = "", **fields: Any) -> str:
        """Send a message, now or as soon as there is a connection; its cid."""
        self._count += 1
        cid = ulid(1_793_611_800_000 + self._count, f"{self._name:>10}"[:10].encode())
        frame = {"type": "message", "cid": cid, **({"text": text} if text else {}), **fields}
        self.unacked[cid] = frame
        self.sent.append(cid)
        await self._send(frame)
        return cid

    async def send(self, **frame: Any) -> None:
        """Send any frame, if connected."""
        await self._send(frame)

    async def until(self, holds: Any, what: str, timeout_s: float = 30.0) -> None:
        """Wait until `holds()`; fails naming `what`."""
        try:
            async with asyncio.timeout(timeout_s):
                while not holds():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"{self._name}: {what} did not happen; errors {self.errors[-3:]}, last {self.frames[-3:]}") from None

    async def acknowledged(self, cid: str, timeout_s: float = 30.0) -> int:
        """Wait for a message's ack; its seq."""
        await self.until(lambda: cid in self.acked, f"ack of {cid}", timeout_s)
        return self.acked[cid]

    async def answer_to(self, seq: int, timeout_s: float = 30.0) -> dict[str, Any]:
        """Wait for what answers message `seq`."""
        await self.until(lambda: self.answers(seq), f"answer to {seq}", timeout_s)
        return self.answers(seq)[0]

    def answers(self, seq: int) -> list[dict[str, Any]]:
        """All that answers message `seq`."""
        return [message for message in self.messages.values() if message.get("reply_to") == seq]

    async def drop(self) -> None:
        """Lose the connection, as a train does in a tunnel."""
        if self._socket is not None and self._socket._response.connection is not None:
            transport = self._socket._response.connection.transport
            if transport is not None:
                transport.abort()

    async def _stay_connected(self) -> None:
        async with aiohttp.ClientSession() as http:
            while True:
                with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                    async with http.ws_connect(self._url, timeout=aiohttp.ClientWSTimeout(ws_close=1.0)) as socket:
                        await self._converse(socket)
                self._socket = None
                await asyncio.sleep(RETRY_S)

    async def _converse(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.connections += 1
        await socket.send_str(json.dumps({"type": "hello", "token": self.token, "last_seq": self.last_seq, "locale": "en"}))
        async for raw in socket:
            if raw.type is not aiohttp.WSMsgType.TEXT:
                return
            frame = json.loads(raw.data)
            self.frames.append(frame)
            await self._note(frame, socket)
            self._changed.set()

    async def _note(self, frame: dict[str, Any], socket: aiohttp.ClientWebSocketResponse) -> None:
        match frame["type"]:
            case "welcome":
                self.token, self.session, self._socket = frame["token"], frame["session"], socket
                for unacked in list(self.unacked.values()):
                    await self._send(unacked)
            case "ack":
                known = self.acked.setdefault(frame["cid"], frame["seq"])
                assert known == frame["seq"], f"{self._name}: two acks of one message with different seqs"
                self.unacked.pop(frame["cid"], None)
            case "message":
                if frame["seq"] in self.messages:
                    self.repeats.append(frame)
                self.messages[frame["seq"]] = frame
            case "state":
                self.state = frame
            case "error":
                self.errors.append(frame)

    async def _send(self, frame: dict[str, Any]) -> None:
        if self._socket is not None:
            with contextlib.suppress(aiohttp.ClientError, OSError):
                await self._socket.send_str(json.dumps(frame))


def check_record(visitor: Visitor) -> None:
    """What never breaks, seen from outside: no gap, no repeat, everything acknowledged on record once and in order, answered once."""
    seqs = sorted(visitor.messages)
    assert seqs == list(range(1, len(seqs) + 1)), "the transcript has gaps"
    own = [visitor.messages[seq] for seq in seqs if visitor.messages[seq]["author"] == "customer"]
    cids = [message["cid"] for message in own]
    assert cids == visitor.sent, "recorded in another order, twice, or not at all"
    assert {message["cid"]: message["seq"] for message in own} == visitor.acked, "acks that name other places than the transcript"
    for message in own:
        answers = visitor.answers(message["seq"])
        assert len(answers) == 1, f"message {message['seq']} has {len(answers)} answers"
    replies = [message["reply_to"] for seq in seqs if (message := visitor.messages[seq]).get("reply_to")]
    assert replies == sorted(replies), "answers out of order"

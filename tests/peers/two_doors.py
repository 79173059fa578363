"""One installation with two web processes, each on a port of its own as behind a balancer, and clients that choose their door."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Self

import aiohttp
from aiohttp import WSMsgType

from tests.peers.gateway import Gateway

Json = dict[str, Any]
WEB = "web"
WORK = "turns,delivery,timers,listen"
PATIENCE_S = 40.0


@contextmanager
def two_doors(folder: Path, redis_url: str, postgres_url: str, more: str) -> Iterator[tuple[Gateway, Gateway]]:
    """Two web processes over one Redis, one PostgreSQL and one folder of files; the worker is the first one's."""
    doors = []
    for name in ("one", "two"):
        (folder / name).mkdir()
        doors.append(Gateway(folder / name, store_url=postgres_url, bus_url=redis_url, more=more))
    (folder / "one" / "data").mkdir()
    (folder / "two" / "data").symlink_to(folder / "one" / "data")
    try:
        doors[0].start("web", WEB)
        doors[1].start("web", WEB)
        doors[0].start("work", WORK)
        yield doors[0], doors[1]
    finally:
        for door in doors:
            door.stop()


class Desk:
    """An agent at one of the doors: the API with its login, and the live socket."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self.url = url
        self.csrf = ""
        self.id = ""
        self.status = 0
        """Of the last answer."""

    async def ask(self, method: str, path: str, **more: Any) -> Json:
        headers = {"X-CSRF-Token": self.csrf} if method != "GET" else {}
        async with self._http.request(method, f"{self.url}/desk/api/{path}", headers=headers, **more) as response:
            self.status = response.status
            return dict(await response.json(content_type=None))

    async def get(self, path: str) -> Json:
        return await self.ask("GET", path)

    async def read(self, path: str) -> bytes:
        """What lies there, as it is."""
        async with self._http.get(f"{self.url}/desk/api/{path}") as response:
            self.status = response.status
            return await response.read()

    async def post(self, path: str, **body: Any) -> Json:
        return await self.ask("POST", path, json=body)

    async def put(self, path: str, **body: Any) -> Json:
        return await self.ask("PUT", path, json=body)

    async def log_in(self, name: str, password: str) -> Self:
        """Come in; what the answer was stands in `status`."""
        login = await self.post("login", name=name, password=password)
        if self.status == 200:
            self.csrf, self.id = login["csrf"], login["agent"]["id"]
        return self

    @asynccontextmanager
    async def live(self) -> AsyncIterator["Ear"]:
        """The socket, its hello heard."""
        async with self._http.ws_connect(f"{self.url}/desk/ws", autoclose=False) as socket:  # the server's code, not ours
            ear = Ear(socket)
            await ear.until("hello")
            yield ear


class Ear:
    """What a desk's socket is told."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def say(self, **frame: Any) -> None:
        await self._socket.send_str(json.dumps(frame))

    async def until(self, kind: str, **fields: Any) -> Json:
        """The next frame of this kind with these fields."""
        async with asyncio.timeout(PATIENCE_S):
            while (raw := await self._socket.receive()).type is WSMsgType.TEXT:
                frame = json.loads(raw.data)
                if frame["type"] == kind and all(frame.get(key) == value for key, value in fields.items()):
                    return dict(frame)
        raise AssertionError(f"the socket closed before {kind} {fields}")

    async def end(self) -> int | None:
        """Wait until the server hangs up; with which code."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                raw = await self._socket.receive()
                if raw.type in {WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.ERROR}:
                    return int(raw.data) if raw.type is WSMsgType.CLOSE else None


@asynccontextmanager
async def desk_at(door: Gateway, name: str, password: str) -> AsyncIterator[Desk]:
    """A browser of its own at this door, logged in (or refused: see `status`)."""
    jar = aiohttp.CookieJar(unsafe=True)  # the cookies of an address without a name, too
    async with aiohttp.ClientSession(cookie_jar=jar, timeout=aiohttp.ClientTimeout(total=PATIENCE_S)) as http:
        yield await Desk(http, door.url).log_in(name, password)


class Poller:
    """A visitor without sockets whose every request goes to the next door, as a balancer without memory would send it."""

    def __init__(self, http: aiohttp.ClientSession, doors: Sequence[Gateway], site: str = "site") -> None:
        self._http = http
        self._doors = doors
        self._site = site
        self._turn = 0
        self._token = ""
        self._mark = ""
        self._after = 0
        self.messages: list[Json] = []
        """Every message of every answer: what came twice stands here twice."""
        self.frames: list[Json] = []
        self.state: Json = {}

    @property
    def session(self) -> str:
        return str(self.state["session"])

    async def ask(self, method: str, path: str, *, door: int | None = None, **more: Any) -> tuple[int, Json]:
        """One request, at the next door or at this one."""
        self._turn += 1
        chosen = self._doors[self._turn % len(self._doors) if door is None else door]
        headers = more.pop("headers", {}) | ({"Authorization": f"Bearer {self._token}"} if self._token else {})
        async with self._http.request(method, f"{chosen.url}/chat/{self._site}/{path}", headers=headers, **more) as response:
            return response.status, dict(await response.json(content_type=None)) if response.status != 204 else {}

    async def hello(self, *, door: int | None = None) -> Json:
        """The welcome."""
        said = {"type": "hello", "token": self._token or None, "locale": "zh-CN"}
        status, welcome = await self.ask("POST", "hello", door=door, json=said)
        assert status == 200, welcome
        self._token = welcome["token"]
        return welcome

    async def say(self, cid: str, text: str) -> tuple[int, Json]:
        return await self.ask("POST", "messages", json={"text": text}, headers={"Idempotency-Key": cid})

    async def send(self, **frame: Any) -> tuple[int, Json]:
        return await self.ask("POST", "frames", json=frame)

    async def poll(self, wait_s: int = 5) -> Json:
        """One answer, wherever it came from."""
        mark = {"mark": self._mark} if self._mark else {}
        _, news = await self.ask("GET", "events", params={"after": self._after, "wait_s": wait_s, **mark})
        self._mark, self._after, self.state = news["mark"], news["seq"], news["state"]
        self.messages += news["events"]
        self.frames += news["frames"]
        return news

    async def until(self, holds: Any, what: str) -> None:
        """Poll on until `holds()`."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not holds():
                    await self.poll()
        except TimeoutError:
            raise AssertionError(f"{what} did not come; frames {self.frames[-5:]}, {len(self.messages)} messages, {self.state}") from None

    def frame(self, kind: str) -> Json | None:
        """The last frame of this kind that a poll has brought."""
        return next((frame for frame in reversed(self.frames) if frame["type"] == kind), None)


@asynccontextmanager
async def poller_at(*doors: Gateway, site: str = "site") -> AsyncIterator[Poller]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE_S)) as http:
        yield Poller(http, doors, site)

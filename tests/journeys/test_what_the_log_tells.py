"""A whole day in the log at level debug, of a real process: it holds no word of a customer's or an agent's, no token, no secret."""

import asyncio
import base64
import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import jwt

from tests.peers.gateway import AS_INSTALLED, Gateway
from tests.peers.processes import free_port

MARK = "zebra"
"""In everything that somebody writes."""
PASSWORD = "zebra horse battery"
JWT_SECRET = "zebra secret of thirty-two bytes or more"
API_TOKEN = "zebra-token-of-the-crm"
SIGNING = "whsec_" + base64.b64encode(b"zebra signing secret of the crm").decode()


def configured(folder: Path) -> Gateway:
    more = f"""
jwt_secret = "{JWT_SECRET}"
[channels.crm]
type = "api"
token = "{API_TOKEN}"
webhook_url = "http://127.0.0.1:{free_port()}/hook?{MARK}=1"
webhook_secret = "{SIGNING}"
"""
    gateway = Gateway(folder, more=more, program=AS_INSTALLED)
    gateway.config.write_text(gateway.config.read_text().replace("[gateway]", '[gateway]\nlog_level = "debug"'))
    return gateway


def add_agent(gateway: Gateway) -> None:
    command = [sys.executable, "-m", "gateway", "agent", "add", "ann", "--config", str(gateway.config)]
    subprocess.run(command, input=PASSWORD + "\n", capture_output=True, text=True, timeout=60, check=True)


class Day:
    """What happened, and every secret that was handed out on the way."""

    def __init__(self, gateway: Gateway, http: aiohttp.ClientSession) -> None:
        self.url = gateway.url
        self.site = f"{gateway.url}/chat/site"
        self.http = http
        self.port = gateway.port
        self.secrets = [PASSWORD, JWT_SECRET, API_TOKEN, SIGNING, SIGNING.removeprefix("whsec_")]

    async def customer(self) -> aiohttp.ClientWebSocketResponse:
        """Logs in with a JWT, says what it can, and asks for a person."""
        expires = datetime.now(UTC) + timedelta(minutes=30)
        identity = jwt.encode({"sub": f"{MARK}-7", "name": f"{MARK} name", "aud": "site", "exp": expires}, JWT_SECRET, algorithm="HS256")
        ws = await self.http.ws_connect(f"{self.site}/ws", protocols=(f"{MARK}-protocol",), headers={"Cookie": f"a={MARK}"})
        await ws.send_json({"type": "hello", "locale": f"en-{MARK}", "page": f"https://shop.example/{MARK}", "identity": identity})
        token = (await get(ws, "welcome"))["token"]
        self.secrets += [identity, token, *token.split(".")[1:], *identity.split(".")[1:]]
        await ws.send_json({"type": "message", "cid": "c1", "text": f"{MARK} one"})
        await get(ws, "ack")
        await self.upload(token, ws)
        for frame in (
            f'{{"{MARK}',
            f'{{"type": "{MARK}"}}',
            f'{{"type": "message", "cid": "{MARK} c"}}',
            f'{{"type": "rate", "score": "{MARK}"}}',
        ):
            await ws.send_str(frame)
        await ws.send_json({"type": "hello", "token": f"v1.{MARK}.{MARK}", "identity": f"eyJ{MARK}.{MARK}.{MARK}"})
        await ws.send_json({"type": "hello", "token": token, "last_seq": 0})
        await get(ws, "welcome")
        await ws.send_json({"type": "message", "cid": "c3", "text": "I want to talk to a human agent"})
        return ws

    async def upload(self, token: str, ws: aiohttp.ClientWebSocketResponse) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        async with self.http.post(f"{self.site}/files?name={MARK}.txt", data=f"{MARK} content", headers=headers) as answer:
            file = (await answer.json())["file"]
        self.secrets.append(file["url"].rpartition("mac=")[2])
        async with self.http.get(self.url + file["url"]) as answer:
            assert await answer.text() == f"{MARK} content"
        await ws.send_json({"type": "message", "cid": "c2", "file": file["id"], "text": f"{MARK} caption"})
        async with self.http.get(f"{self.site}/events?wait_s=0&{MARK}=1", headers=headers) as answer:
            assert answer.status == 200

    async def desk(self) -> aiohttp.ClientSession:
        """An agent logs in, at the second attempt."""
        wrong = {"name": f"{MARK}-typed-into-the-wrong-box", "password": f"{MARK} wrong"}
        async with self.http.post(f"{self.url}/desk/api/login", json=wrong) as answer:
            assert answer.status == 401
        async with self.http.post(f"{self.url}/desk/api/login", json={"name": "ann", "password": PASSWORD}) as answer:
            csrf = (await answer.json())["csrf"]
            cookies = {name: morsel.value for name, morsel in answer.cookies.items()}
        self.secrets += [csrf, *cookies.values()]
        return aiohttp.ClientSession(self.url, headers={"X-CSRF-Token": csrf, "Cookie": "; ".join(map("=".join, cookies.items()))})

    async def conversation(self, desk: aiohttp.ClientSession) -> None:
        """The agent accepts, replies, notes and closes; the customer rates."""
        async with desk.ws_connect("/desk/ws") as live:
            await post(desk, "status", status="available")
            ws = await self.customer()
            session = (await get(live, "offer"))["session_id"]
            await post(desk, f"sessions/{session}/accept")
            await post(desk, f"sessions/{session}/reply", text=f"{MARK} reply")
            await post(desk, f"sessions/{session}/note", text=f"{MARK} note")
            async with desk.get(f"/desk/api/sessions/{session}?{MARK}=1") as answer:
                assert MARK in await answer.text()
            await post(desk, f"sessions/{session}/close", disposition="resolved")
            await get(ws, "survey")
            await ws.send_json({"type": "rate", "score": 1, "comment": f"{MARK} comment"})
            await ws.close()

    async def others(self) -> None:
        """A system of the customer's own, a caller with wrong tokens, and noise."""
        posted = {"id": "m1", "thread": f"{MARK}-thread", "text": f"{MARK} text", "name": f"{MARK} name"}
        for token, status in ((API_TOKEN, 202), (f"{MARK}-wrong", 403)):
            headers = {"Authorization": f"Bearer {token}"}
            async with self.http.post(f"{self.url}/api/v1/channels/crm/messages", json=posted, headers=headers) as answer:
                assert answer.status == status
        for noise in (
            f"{MARK} / HTTP/9\r\n\r\n",
            f"GET / HTTP/1.1\r\nHost: x\r\n{MARK}\r\n\r\n",
            f"GET /?{MARK} HTTP/1.1\r\nHost: {MARK} x\r\n\r\n",
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(noise.encode())
            writer.write_eof()
            await reader.read()
            writer.close()


async def get(ws: aiohttp.ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    """The next frame of this type."""
    async with asyncio.timeout(30):
        while True:
            frame: dict[str, Any] = json.loads((await ws.receive()).data)
            if frame["type"] == kind:
                return frame


async def post(desk: aiohttp.ClientSession, path: str, **body: Any) -> None:
    async with desk.post(f"/desk/api/{path}", json=body) as answer:
        assert answer.status == 200, await answer.text()


async def test_the_log_of_a_whole_day_tells_no_secret_and_no_word_that_anybody_wrote(tmp_path: Path) -> None:
    gateway = configured(tmp_path)
    try:
        await asyncio.to_thread(gateway.start)
        await asyncio.to_thread(add_agent, gateway)
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            day = Day(gateway, http)
            async with await day.desk() as desk:
                await day.conversation(desk)
            await day.others()
    finally:
        await asyncio.to_thread(gateway.stop)
    log = gateway.log()
    assert "part=web" in log, "the log is at level debug"
    assert re.search(r"path=/desk/api/sessions/\w+/reply status=200", log)
    assert [line for line in log.splitlines() if MARK in line.lower() or any(secret in line for secret in day.secrets)] == []
    assert [line for line in log.splitlines() if line.split()[1] in ("warning", "error")] == [
        next(line for line in log.splitlines() if "there are no agents yet" in line)
    ], "nothing of all this is an operator's trouble"

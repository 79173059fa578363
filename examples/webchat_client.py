"""A chat client in a hundred lines: nothing it sends is lost, nothing it shows is missing or doubled.

    python examples/webchat_client.py http://127.0.0.1:8080/chat/site email=lin@example.com consent=2026-11

A message is kept until its `ack` and sent again after every reconnect; its `cid` makes the repeat harmless. What was missed meanwhile
comes by `last_seq`. Type a line to send it, the number of a choice to pick it; end with Ctrl-D. Where the site asks for a form first, it
is answered from the command line: `name=value` for its fields, `consent=VERSION` to agree to its terms.
"""

import asyncio
import contextlib
import itertools
import json
import random
import sys
import time
from collections.abc import Callable
from typing import Any

import aiohttp

Frame = dict[str, Any]


class ChatClient:
    """One conversation. `show` gets every message once, in order."""

    def __init__(self, site: str, show: Callable[[Frame], None], answers: dict[str, str] | None = None) -> None:
        self.site = site
        self.show = show
        self.answers = answers or {}
        self.token: str | None = None
        self.last_seq = 0
        self.outbox: dict[str, Frame] = {}
        self.not_before = 0.0
        self.attempt = 0
        self._count = itertools.count()
        self._ws: aiohttp.ClientWebSocketResponse | None = None

    async def say(self, **content: Any) -> str:
        """Send a text, a choice or a file, now or as soon as there is a connection."""
        cid = self._cid()
        self.outbox[cid] = {"type": "message", "cid": cid, **content}
        await self._send(self.outbox[cid])
        return cid

    async def run(self) -> None:
        """Stay connected until cancelled; waits between attempts grow to 30 s, with jitter."""
        async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as self._later:
            while True:
                with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                    async with http.ws_connect(f"{self.site}/ws", heartbeat=25, protocols=("frontdesk.v1",)) as ws:
                        await self._converse(ws)
                self._ws, self.attempt = None, self.attempt + 1
                pause_s = min(30, 0.25 * 2 ** min(self.attempt, 7)) * random.uniform(0.5, 1)  # noqa: S311
                await asyncio.sleep(max(self.not_before - time.monotonic(), pause_s))

    async def _converse(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        await ws.send_json({"type": "hello", "token": self.token, "last_seq": self.last_seq, "locale": "en"})
        async for raw in ws:
            if raw.type is aiohttp.WSMsgType.TEXT:
                await self._hear(ws, json.loads(raw.data))

    async def _hear(self, ws: aiohttp.ClientWebSocketResponse, frame: Frame) -> None:
        match frame["type"]:
            case "welcome":
                self.token = frame["token"]
                self.last_seq = min(self.last_seq, frame["seq"]) if frame["resumed"] else 0
                self._ws, self.attempt = ws, 0
                if frame["config"].get("form"):
                    await self._fill(frame["config"]["form"])
                await self._send_all()
            case "filled":
                await self._send_all()
            case "ack":
                self.outbox.pop(frame["cid"], None)
            case "message" if frame["seq"] == self.last_seq + 1:
                self.last_seq = frame["seq"]
                self.show(frame)
            case "message" if frame["seq"] > self.last_seq + 1:
                await ws.close()  # a gap: reconnecting with last_seq fills it
            case "error":
                await self._refused(ws, frame)
            case "bye":
                self.not_before = time.monotonic() + frame["retry_after_s"]

    async def _refused(self, ws: aiohttp.ClientWebSocketResponse, error: Frame) -> None:
        if error["code"] == "form_required":
            return  # it stays in the outbox until the form is `filled`
        if error["code"] == "token_invalid":
            self.token, self.last_seq = None, 0
            await ws.close()
        elif "retry_after_s" in error and error.get("cid") in self.outbox:
            self._later.create_task(self._send_again(error["cid"], error["retry_after_s"]))
        else:
            self.outbox.pop(error.get("cid", ""), None)
            self.show({"author": "error", "text": error["text"]})

    async def _fill(self, form: Frame) -> None:
        """Answer what is asked before the first message, and show what that is."""
        asked = [field["name"] + "*" * field["required"] for field in form["fields"]]
        consent = form["consent"] or {"version": "", "text": ""}
        self.show({"author": "form", "text": f"{consent['version']} {consent['text']} {', '.join(asked)}".strip()})
        fields = {field["name"]: self.answers[field["name"]] for field in form["fields"] if field["name"] in self.answers}
        await self._send(
            {"type": "form", "cid": self._cid(), "kind": form["kind"], "consent": self.answers.get("consent"), "fields": fields}
        )

    async def _send_all(self) -> None:
        for unacknowledged in list(self.outbox.values()):
            await self._send(unacknowledged)

    def _cid(self) -> str:
        return f"{time.time_ns():x}-{next(self._count)}-{random.getrandbits(32):x}"

    async def _send_again(self, cid: str, after_s: float) -> None:
        await asyncio.sleep(after_s)
        if cid in self.outbox:
            await self._send(self.outbox[cid])

    async def _send(self, frame: Frame) -> None:
        with contextlib.suppress(aiohttp.ClientError, OSError):  # it stays in the outbox until the next welcome
            if self._ws is not None and not self._ws.closed:
                await self._ws.send_json(frame)


def print_message(frame: Frame) -> None:
    """Show a message as a line, its choices numbered."""
    print(f"{frame.get('name') or frame['author']}: {frame['text']}")
    for number, choice in enumerate(frame.get("choices", []), 1):
        print(f"  {number}. {choice['text']}")


async def main(site: str, answers: dict[str, str]) -> None:
    """Talk to a site from the terminal."""
    choices: list[Frame] = []

    def show(frame: Frame) -> None:
        choices[:] = frame.get("choices", [])
        print_message(frame)

    client = ChatClient(site.rstrip("/"), show, answers)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(client.run())
        while line := await asyncio.to_thread(sys.stdin.readline):
            picked = choices[int(line) - 1] if line.strip().isdecimal() and 0 < int(line) <= len(choices) else None
            if picked:
                await client.say(choice=picked["id"], text=picked["text"])
            elif line.strip():
                await client.say(text=line.strip())
        running.cancel()


if __name__ == "__main__":
    given = dict(word.split("=", 1) for word in sys.argv[2:] if "=" in word)
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080/chat/site", given))

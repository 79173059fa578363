"""What can be read along with a call: what was played, as the gateway's notes have it, and what its record says of the session."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

CHANNEL = "hotline"
ENTRIES_MAX_COUNT = 300
DEADLINE_S = 10.0
OPEN = ("bot", "queued", "offered", "active", "waiting_customer", "on_hold", "wrap_up")

Entry = dict[str, Any]
"""`{id, kind, ...}`; kinds: call, over, key, played, music, said, state, stage, trouble."""


class Notes:
    """The gateway's notes, as far as they were not read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._place = 0

    def fresh(self) -> Sequence[dict[str, Any]]:
        if not self._path.exists():
            return ()
        with self._path.open("rb") as notes:
            notes.seek(self._place)
            lines = notes.read().split(b"\n")[:-1]
        self._place += sum(len(line) + 1 for line in lines)
        return [json.loads(line) for line in lines]


@dataclass
class Log:
    """What happened, oldest first. A line's `fate`: waiting (being played, or next), heard, cut (it had begun), skipped (it had not)."""

    entries: list[Entry] = field(default_factory=list)
    _count: int = 0

    def add(self, kind: str, **what: Any) -> None:
        self._count += 1
        self.entries.append({"id": self._count, "kind": kind, **what})
        del self.entries[:-ENTRIES_MAX_COUNT]

    def take(self, note: dict[str, Any]) -> None:
        """What the gateway has noted."""
        match note["what"]:
            case "play":
                self.add("played", text=note["text"], language=note["language"], mark=f"{note['call']} {note['mark']}", fate="waiting")
            case "reached":
                for entry in self._waiting(note["call"]):
                    if entry["mark"] == f"{note['call']} {note['mark']}":
                        entry["fate"] = "heard"
            case "flush":
                self.ends(note["call"])
            case "music" if note["is_on"]:
                self.add("music")

    def ends(self, call: str = "") -> None:
        """What waits on this call is heard no more, nor is the rest of what plays; "" is every call."""
        for place, entry in enumerate(self._waiting(call)):
            entry["fate"] = "skipped" if place else "cut"

    def _waiting(self, call: str) -> Sequence[Entry]:
        return [entry for entry in self.entries if entry.get("fate") == "waiting" and entry["mark"].startswith(call)]


class Record:
    """Reads at the desk, as one of its agents, what became of a number's calls."""

    def __init__(self, url: str, login: dict[str, str]) -> None:
        self._url = url
        self._login = login
        self._session_id = ""
        self._seq = 0
        self._state = self._stage = ""
        self._number = ""

    async def __aenter__(self) -> Self:
        jar = aiohttp.CookieJar(unsafe=True)  # the gateway's host is an address
        self._http = aiohttp.ClientSession(cookie_jar=jar, timeout=aiohttp.ClientTimeout(total=DEADLINE_S))
        async with self._http.post(f"{self._url}/desk/api/login", json=self._login, headers={"Origin": self._url}) as answer:
            answer.raise_for_status()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._http.close()

    @property
    def session_id(self) -> str:
        return self._session_id

    async def look(self, number: str, log: Log) -> bool:
        """Add what is new of this number's newest session to the log; whether there was anything."""
        if number != self._number:
            self._number, self._session_id = number, ""
        if not self._session_id or self._state == "closed":
            await self._find(number)
        if not self._session_id:
            return False
        seen = (await self._get(f"sessions/{self._session_id}"))["session"]
        before = len(log.entries), log.entries[-1:]
        for message in (await self._get(f"sessions/{self._session_id}/messages?after={self._seq}&limit=100"))["items"]:
            self._seq = message["seq"]
            if message["author"] == "customer":
                for part in message["parts"]:
                    log.add("said", **_said(part))
        self._moved(seen, log)
        return (len(log.entries), log.entries[-1:]) != before

    async def _find(self, number: str) -> None:
        states = "&".join(f"state={state}" for state in OPEN)
        found = (await self._get(f"sessions?scope=all&limit=100&{states}"))["items"]
        ours = [one for one in found if one["channel"] == CHANNEL and (one["call"] or {}).get("number", "") in (number, "")]
        newest = max(ours, key=lambda one: datetime.fromisoformat(one["opened_at"]), default=None)
        if newest is not None and newest["id"] != self._session_id:
            self._session_id, self._seq = newest["id"], max(0, (newest["first_seq"] or 1) - 1)
            self._state = self._stage = ""

    def _moved(self, seen: dict[str, Any], log: Log) -> None:
        """What has become of the session, and of the call."""
        if seen["state"] != self._state:
            self._state = seen["state"]
            log.add("state", state=self._state, agent=seen["agent_name"] or "", why=seen["close_reason"] or "")
        stage = (seen["call"] or {}).get("stage", "")
        if stage != self._stage:
            is_news = bool(self._stage) or stage != "up"
            self._stage = stage
            if is_news:
                log.add("stage", stage=stage)

    async def _get(self, path: str) -> dict[str, Any]:
        async with self._http.get(f"{self._url}/desk/api/{path}") as answer:
            answer.raise_for_status()
            found: dict[str, Any] = await answer.json()
            return found


def _said(part: dict[str, Any]) -> dict[str, Any]:
    """A part of what the customer said: picked, keyed, or understood."""
    return {
        "how": part["type"], "text": part.get("text", ""), "keys": part.get("keys", ""), "confidence": part.get("confidence"),
        "is_secret": bool(part.get("is_secret")),
    }  # fmt: skip

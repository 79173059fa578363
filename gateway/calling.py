"""One HTTP call to a system of the operator's: below its address, no redirect followed, nothing endless read, every wait with an end."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec
from msgspec import Struct
from yarl import URL

ANSWER_MAX_BYTES = 64 * 1024
JSON_DEPTH_MAX = 32
_CONNECT_SHARE = 0.6
"""Of the time for the whole: a host that does not pick up leaves no time for an answer anyway."""


class Answer(Struct, frozen=True):
    """What came back: the status, and the body where it is JSON of a bearable size."""

    status: int
    body: Any = None


class Unfit(Exception):
    """What came back is no answer; `reason` is a word of ours, for people and for counting."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Caller:
    """Makes calls. Opens its connections at the first one; close it."""

    def __init__(self, *, agent: str = "Frontdesk") -> None:
        self._agent = agent
        self._http: aiohttp.ClientSession | None = None

    async def call(
        self, method: str, address: URL, *, headers: Mapping[str, str], timeout_s: float, json: Any = None
    ) -> Answer:  # fmt: skip
        """The answer. Raises Unfit: `late`, `unreachable`, `too large`, `malformed`."""
        body = None if json is None else msgspec.json.encode(json)
        sent = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            **({"Content-Type": "application/json"} if body else {}),
            **headers,
        }
        limit = aiohttp.ClientTimeout(total=timeout_s, sock_connect=timeout_s * _CONNECT_SHARE)
        try:
            async with self._session().request(method, address, data=body, headers=sent, timeout=limit, allow_redirects=False) as response:
                return Answer(response.status, await _body(response) if response.status < 300 else None)
        except TimeoutError:
            raise Unfit("late") from None
        except (aiohttp.ClientError, OSError, ValueError):
            raise Unfit("unreachable") from None

    async def close(self) -> None:
        """Let go of the connections. Safe to repeat."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None or self._http.closed:
            self._http = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(), headers={"User-Agent": self._agent}, auto_decompress=False
            )
        return self._http


def below(base_url: str, path: str = "", query: Mapping[str, str] | None = None) -> URL:
    """An address below the base, its path encoded already. Raises Unfit where it would lead out of it."""
    base = URL(base_url.rstrip("/"), encoded=True)
    address = URL(base_url.rstrip("/") + path + (f"?{urlencode(query)}" if query else ""), encoded=True)
    is_below = address.origin() == base.origin() and f"{address.raw_path}/".startswith(f"{base.raw_path.rstrip('/')}/")
    if not is_below or address.user or {".", ".."} & set(address.raw_path.split("/")):
        raise Unfit("outside")
    return address


async def _body(response: aiohttp.ClientResponse) -> Any:
    content = bytearray()
    async for piece in response.content.iter_any():
        content += piece
        if len(content) > ANSWER_MAX_BYTES:
            raise Unfit("too large")
    try:
        body = msgspec.json.decode(bytes(content)) if content.strip() else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Unfit("malformed") from None
    if _is_deeper(body, JSON_DEPTH_MAX):
        raise Unfit("malformed")
    return body


def _is_deeper(body: Any, depth: int) -> bool:
    """Whether lists and tables lie further inside each other than this."""
    layer = [body]
    for _ in range(depth):
        layer = [inner for one in layer if isinstance(one, list | dict) for inner in (one.values() if isinstance(one, dict) else one)]
    return bool(layer)

"""Asterisk's REST interface: requests, the socket of its events, and the sockets of its media. No answer is waited for without end."""

import base64
from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec
from yarl import URL

from config.phone import Asterisk
from gateway.core.errors import FrontdeskError

ANSWER_MAX_BYTES = 16_000_000
"""A list of all channels of a large PBX is 2 MB."""
FILE_MAX_BYTES = 250_000_000
"""A recording of four hours."""
FILE_S = 60.0
EVENT_MAX_BYTES = 1_000_000
HEARTBEAT_S = 10.0
"""A socket on which nothing answers a ping for half of that again is dead."""


class AriFailed(FrontdeskError):
    """A request that was not done. `status`: the HTTP answer's, 0 where none came."""

    def __init__(self, reason: str, *, status: int = 0) -> None:
        super().__init__(reason)
        self.status = status

    @property
    def is_gone(self) -> bool:
        """What it was about is not there any more, or not ours any more (RFC 9110; 409 and 422: "not in Stasis application")."""
        return self.status in (404, 409, 422)


class Ari:
    """One Asterisk. Its password goes into a header alone, never into an address that could be logged."""

    def __init__(self, settings: Asterisk, timeout_s: float) -> None:
        self._base = URL(settings.url)
        self._app = settings.app
        known = base64.b64encode(f"{settings.user}:{settings.password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {known}"}
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._http: aiohttp.ClientSession | None = None

    async def get(self, *path: str) -> Any:
        return await self.ask("GET", path)

    async def post(self, *path: str, **query: str) -> Any:
        return await self.ask("POST", path, query)

    async def delete(self, *path: str, **query: str) -> Any:
        return await self.ask("DELETE", path, query)

    async def ask(self, method: str, path: tuple[str, ...], query: Mapping[str, str] | None = None) -> Any:
        """The answer's JSON, None where it has no body. Raises AriFailed."""
        body = await self.fetch(method, path, query)
        try:
            return msgspec.json.decode(body) if body.strip() else None
        except msgspec.DecodeError as error:
            raise AriFailed("expected JSON from the Asterisk, got something else") from error

    async def file(self, *path: str) -> bytes:
        """What lies there, which may be large. Raises AriFailed."""
        return await self.fetch("GET", path, max_bytes=FILE_MAX_BYTES, limit_s=FILE_S)

    async def fetch(
        self,
        method: str,
        path: tuple[str, ...],
        query: Mapping[str, str] | None = None,
        *,
        max_bytes: int = ANSWER_MAX_BYTES,
        limit_s: float | None = None,
    ) -> bytes:
        """The answer's body as it is. Raises AriFailed."""
        timeout = aiohttp.ClientTimeout(total=limit_s) if limit_s else self._timeout
        url, body = self._base.joinpath("ari", *path), bytearray()
        try:
            async with self._session().request(
                method, url, params=dict(query or {}), headers=self._headers, allow_redirects=False, timeout=timeout
            ) as answer:
                async for chunk in answer.content.iter_chunked(65_536):
                    body += chunk
                    if len(body) > max_bytes:
                        raise AriFailed("expected a shorter answer from the Asterisk")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise AriFailed(f"expected an answer from the Asterisk, got {type(error).__name__}") from error
        if answer.status >= 300:
            raise AriFailed(f"expected the Asterisk to do {method} {path[0]}, got {answer.status}", status=answer.status)
        return bytes(body)

    async def events(self) -> aiohttp.ClientWebSocketResponse:
        """The socket of our application's events; with it the application is there for the dialplan. Raises AriFailed."""
        return await self._connect(("ari", "events"), {"app": self._app}, "ari")

    async def media(self, connection: str) -> aiohttp.ClientWebSocketResponse:
        """The socket of one call's sound. Raises AriFailed."""
        return await self._connect(("media", connection), {}, "media")

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def _connect(self, path: tuple[str, ...], query: Mapping[str, str], protocol: str) -> aiohttp.ClientWebSocketResponse:
        url = self._base.joinpath(*path).with_query(dict(query))
        try:
            return await self._session().ws_connect(
                url,
                protocols=(protocol,),
                headers=self._headers,
                heartbeat=HEARTBEAT_S,
                max_msg_size=EVENT_MAX_BYTES,
                timeout=aiohttp.ClientWSTimeout(ws_close=2.0),
            )
        except aiohttp.WSServerHandshakeError as error:
            raise AriFailed(
                f"expected the socket {path[-2] if protocol == 'media' else 'events'}, got {error.status}", status=error.status
            ) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise AriFailed(f"expected a socket of the Asterisk, got {type(error).__name__}") from error

    def _session(self) -> aiohttp.ClientSession:
        """Made when it is first needed. Without a limit on connections: every call has one of its own, for hours."""
        if self._http is None:
            connector = aiohttp.TCPConnector(limit=0)
            self._http = aiohttp.ClientSession(timeout=self._timeout, connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._http

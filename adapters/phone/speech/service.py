"""A speech service at an address of the operator's: one POST, one answer, everything bounded."""

import asyncio
import json as json_text
from collections.abc import Mapping
from typing import Any

import aiohttp

from adapters.phone.speech.errors import SpeechFailed
from adapters.phone.speech.pauses import Pauses
from gateway.core.ports import Clock

AT_ONCE_MAX_COUNT = 32
CONNECT_S = 2.0
_RESTS_AFTER = ("late", "unreachable")
"""What says that it is down, rather than that this one question was wrong."""


class Service:
    """Keeps its connections. One that is down is left alone for a while: callers must not wait for it again and again."""

    def __init__(self, url: str, headers: Mapping[str, str], *, clock: Clock) -> None:
        self.url = url
        self._headers = dict(headers)
        self._clock = clock
        self._pauses = Pauses(first_s=2.0, most_s=60.0)
        self._session: aiohttp.ClientSession | None = None
        self._is_closed = False

    async def post(
        self, within_s: float, most_bytes: int, *, accept: str, json: object = None, body: bytes | None = None,
        kind: str = "application/json", query: Mapping[str, str] | None = None,
    ) -> tuple[str, bytes]:  # fmt: skip
        """(its answer's type, the answer). Raises SpeechFailed, in words without the address or a word of the answer."""
        if self._is_closed or self._pauses.rests(self._clock.monotonic()):
            raise SpeechFailed("the speech service is down, and is left alone for a moment", code="unreachable")
        sent = body if body is not None else json_text.dumps(json, ensure_ascii=False).encode("utf-8", "replace")
        try:
            found = await self._posted(sent, within_s, most_bytes, {"Content-Type": kind, "Accept": accept}, query)
        except SpeechFailed as error:
            if error.code in _RESTS_AFTER:
                self._pauses.failed(self._clock.monotonic())
            raise
        self._pauses.fine()
        return found

    async def close(self) -> None:
        self._is_closed = True
        if self._session is not None:
            await self._session.close()

    async def _posted(
        self, body: bytes, within_s: float, most_bytes: int, headers: Mapping[str, str], query: Mapping[str, str] | None
    ) -> tuple[str, bytes]:
        try:
            async with (
                asyncio.timeout(within_s),
                self._open().post(self.url, data=body, headers=headers, params=query, allow_redirects=False) as answer,
            ):
                if answer.status >= 300:
                    raise _refused(answer.status)
                return answer.headers.get("Content-Type", ""), await _limited(answer, most_bytes)
        except TimeoutError:
            raise SpeechFailed(f"the speech service did not answer within {within_s:g} s", code="late") from None
        except (aiohttp.ClientConnectionError, OSError) as error:
            raise SpeechFailed("the speech service can't be reached", code="unreachable") from error
        except (aiohttp.ClientError, ValueError) as error:
            raise SpeechFailed("the speech service answered with what makes no sense", code="broken") from error

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers=self._headers,
                connector=aiohttp.TCPConnector(limit=AT_ONCE_MAX_COUNT),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


def _refused(status: int) -> SpeechFailed:
    code = "unreachable" if status in (429, 502, 503, 504) else "refused"
    return SpeechFailed(f"the speech service answered {status}", code=code)


async def _limited(answer: aiohttp.ClientResponse, most_bytes: int) -> bytes:
    found = bytearray()
    async for piece in answer.content.iter_chunked(65_536):
        found += piece
        if len(found) > most_bytes:
            raise SpeechFailed(f"the speech service answered with more than {most_bytes} bytes", code="broken")
    return bytes(found)


def parsed(content: bytes) -> dict[str, Any]:
    """A JSON object. Raises SpeechFailed."""
    try:
        found = json_text.loads(content)
    except (ValueError, RecursionError) as error:
        raise SpeechFailed("the speech service answered with no JSON", code="broken") from error
    if not isinstance(found, dict):
        raise SpeechFailed("expected a JSON object of the speech service", code="broken")
    return found

"""Calls to the platform: raw UTF-8 JSON under a deadline, answers of a bounded size, and honest about whether a call was taken."""

import io
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

import aiohttp
import msgspec
from yarl import URL

from adapters.shared.answers import judge
from adapters.shared.wechat.codes import TOKEN_CODES, Refusal
from gateway.core.errors import TryLater, Uncertain

ANSWER_MAX_BYTES = 256 * 1024
IDLE_S = 10.0
"""How long an idle connection is kept. One that the platform closes just as we write to it leaves a message uncertain."""
PEER = "the platform"
T = TypeVar("T")
Answer = dict[str, Any]


class TokenSource(Protocol):
    """Gives access tokens."""

    async def current(self) -> str:
        """The token to use now. Raises TryLater."""
        ...

    async def renewed(self, refused: str) -> str:
        """Another one in place of a token that the platform has just refused. Raises TryLater."""
        ...


class Calls:
    """HTTP with one platform. It never repeats anything by itself."""

    def __init__(self, base: str, *, timeout_s: float, now_s: Callable[[], float]) -> None:
        self._base = base.rstrip("/")
        self._timeout_s = timeout_s
        self._now_s = now_s
        self._http: aiohttp.ClientSession | None = None

    async def post(self, path: str, body: Mapping[str, Any], **query: str) -> Answer:
        """Post JSON, and read the answer's. Raises Refusal (errcode is not 0), Rejected, TryLater or Uncertain."""
        data = msgspec.json.encode(body)  # UTF-8 as it is: escapes would show on the customer's phone
        return await self._asked("POST", path, query, data=data, headers={"Content-Type": "application/json; charset=utf-8"})

    async def get(self, path: str, **query: str) -> Answer:
        """Read JSON. Raises the like."""
        return await self._asked("GET", path, query)

    async def upload(self, path: str, content: bytes, *, name: str, mime: str, **query: str) -> Answer:
        """Post a file as the form field `media`; it may take twice as long as other calls. Raises the like."""
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("media", io.BytesIO(content), filename=name, content_type=mime)  # in pieces: a large one would hold up the loop
        timeout = aiohttp.ClientTimeout(total=2 * self._timeout_s, sock_connect=self._timeout_s / 2)
        return await self._asked("POST", path, query, data=form, timeout=timeout)

    @asynccontextmanager
    async def stream(self, url: str, **query: str) -> AsyncIterator[aiohttp.ClientResponse]:
        """A response to read in pieces, by a path or a whole address. The deadline is for each wait, not for all of it.

        Raises Rejected, TryLater or Uncertain on entering; reading raises aiohttp.ClientError or TimeoutError.
        """
        timeout = aiohttp.ClientTimeout(sock_connect=self._timeout_s / 2, sock_read=self._timeout_s)
        async with self._response("GET", url, query, timeout=timeout) as response:
            yield response

    async def close(self) -> None:
        """Let go of the connections. A later call opens new ones."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def _asked(self, method: str, path: str, query: Mapping[str, str], **sent: Any) -> Answer:
        async with self._response(method, path, query, **sent) as response:
            try:
                body = await whole(response)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise Uncertain(f"{PEER}'s answer broke off", code=type(error).__name__) from None
        return read_answer(body)

    @asynccontextmanager
    async def _response(self, method: str, path: str, query: Mapping[str, str], **sent: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        """A response with a good status. What breaks before a connection stands was certainly not taken."""
        url = URL(path, encoded=True) if "://" in path else URL(self._base + path).with_query(query)  # a signed address stays as it is
        try:
            response = await self._session().request(method, url, allow_redirects=False, **sent)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            raise TryLater(f"no connection to {PEER}", code=type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Uncertain(f"{PEER}'s answer never came", code=type(error).__name__) from None
        async with response:
            judge(response.status, response.headers.get("Retry-After"), datetime.fromtimestamp(self._now_s(), UTC), peer=PEER)
            yield response

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None or self._http.closed:
            timeout = aiohttp.ClientTimeout(total=self._timeout_s, sock_connect=self._timeout_s / 2)
            connector = aiohttp.TCPConnector(keepalive_timeout=IDLE_S)
            self._http = aiohttp.ClientSession(timeout=timeout, connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._http


class Api:
    """Calls with an access token: one that is refused is renewed, and the call made once more. Exactly once."""

    def __init__(self, calls: Calls, tokens: TokenSource, token_codes: frozenset[int] = TOKEN_CODES) -> None:
        self._calls = calls
        self._tokens = tokens
        self._token_codes = token_codes

    async def post(self, path: str, body: Mapping[str, Any], **query: str) -> Answer:
        """As `Calls.post`. A token error comes before anything is taken, so the repeat is safe."""
        return await self.with_token(lambda token: self._calls.post(path, body, access_token=token, **query))

    async def get(self, path: str, **query: str) -> Answer:
        """As `Calls.get`."""
        return await self.with_token(lambda token: self._calls.get(path, access_token=token, **query))

    async def upload(self, path: str, content: bytes, *, name: str, mime: str, **query: str) -> Answer:
        """As `Calls.upload`."""
        return await self.with_token(lambda token: self._calls.upload(path, content, name=name, mime=mime, access_token=token, **query))

    async def with_token(self, call: Callable[[str], Awaitable[T]]) -> T:
        """Whatever `call` gives with a good token. Raises what it raises; TryLater where there is no token."""
        token = await self._tokens.current()
        try:
            return await call(token)
        except Refusal as refusal:
            if refusal.code not in self._token_codes:
                raise
        return await call(await self._tokens.renewed(token))


def read_answer(body: bytes) -> Answer:
    """The JSON of an answer. Raises Refusal where its errcode is not 0, Uncertain where it is no such thing."""
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise Uncertain(f"{PEER}'s answer can't be read", code="bad_answer")
    code = answer.get("errcode", 0)
    if type(code) is not int:  # neither yes nor no
        raise Uncertain(f"{PEER}'s answer can't be read", code="bad_answer")
    if code != 0:
        raise Refusal(code, str(answer.get("errmsg", ""))[:500])
    return answer


async def whole(response: aiohttp.ClientResponse, max_bytes: int = ANSWER_MAX_BYTES) -> bytes:
    """The body, up to `max_bytes`; a longer one is cut off, and can't be read then. Raises what reading raises."""
    pieces, size = [], 0
    async for piece in response.content.iter_any():
        pieces.append(piece)
        size += len(piece)
        if size > max_bytes:
            break
    return b"".join(pieces)

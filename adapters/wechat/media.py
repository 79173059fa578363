"""Files to and from the platform: uploads that are remembered by their content, downloads that stop at a limit."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from urllib.parse import urlsplit

import aiohttp

from adapters.shared.wechat.calls import Answer, Api, Calls, read_answer, whole
from adapters.shared.wechat.codes import CODES, UNKNOWN, Doing, Refusal
from adapters.wechat.rules import MEDIA_KEPT_S, Media
from gateway.core.errors import FetchFailed, FrontdeskError, NotFound, Rejected, SendError, TryLater, Uncertain
from gateway.core.files import Files
from gateway.core.parts import FileRef
from gateway.core.ports import Shelf

_JSON_TYPES = ("application/json", "text/")
_GONE = frozenset({40004, 40007, 41006})


class Uploads:
    """Media ids of files that the platform has."""

    def __init__(self, account: str, api: Api, files: Files, shelf: Shelf) -> None:
        self._account = account
        self._api = api
        self._files = files
        self._shelf = shelf

    async def media_id(self, file: FileRef, media: Media) -> str:
        """The id under which the platform holds this content; uploaded where it has none. Raises Refusal or a SendError."""
        name = self._name(file, media)
        with suppress(FrontdeskError, OSError):  # a shelf that is away costs an upload
            if known := await self._shelf.get(name):
                return known
        answer = await self._uploaded(file, media)
        media_id = str(answer.get("media_id", ""))
        if not media_id:
            raise Rejected("the platform gave the file no id", code="no_media_id")
        with suppress(FrontdeskError, OSError):
            await self._shelf.put(name, media_id, MEDIA_KEPT_S)
        return media_id

    async def forget(self, file: FileRef, media: Media) -> None:
        """The platform knows the id no more."""
        with suppress(FrontdeskError, OSError):
            await self._shelf.drop(self._name(file, media))

    async def _uploaded(self, file: FileRef, media: Media) -> Answer:
        """A file that the platform may have got twice does no harm: the message that it belongs to was certainly not taken."""
        content = await self._content(file)
        try:
            return await self._api.upload("/cgi-bin/media/upload", content, name=f"file.{media.ending}", mime=file.mime, type=media.kind)
        except Uncertain as error:
            raise TryLater(error.reason, code=error.code) from None

    async def _content(self, file: FileRef) -> bytes:
        try:
            return b"".join([piece async for piece in self._files.read(file)])
        except NotFound:
            raise Rejected("the file is gone", code="gone") from None

    def _name(self, file: FileRef, media: Media) -> str:
        return f"media/{self._account}/{media.kind}/{file.sha256}"


class Downloads:
    """Files that customers have sent."""

    def __init__(self, api: Api, calls: Calls, *, base: str, max_bytes: int) -> None:
        self._api = api
        self._calls = calls
        self._host = urlsplit(base).hostname or ""
        self._max_bytes = max_bytes

    @asynccontextmanager
    async def open(self, media_id: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """The content in pieces. A video comes as the address where it lies; an error as JSON with a good status. Raises FetchFailed."""
        async with AsyncExitStack() as responses:
            async with _as_failures():
                response = await self._entered(responses, media_id)
            yield self._pieces(response)

    async def _entered(self, responses: AsyncExitStack, media_id: str) -> aiohttp.ClientResponse:
        if not media_id:
            raise FetchFailed("gone", "the platform named no file")

        async def ask(token: str) -> tuple[aiohttp.ClientResponse, str]:
            asked = self._calls.stream("/cgi-bin/media/get", access_token=token, media_id=media_id)
            response = await responses.enter_async_context(asked)
            return response, await _address(response)

        response, address = await self._api.with_token(ask)
        return await responses.enter_async_context(self._calls.stream(self._checked(address))) if address else response

    async def _pieces(self, response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        async with _as_failures():
            size = response.content_length or 0
            if size <= self._max_bytes:
                size = 0
                async for piece in response.content.iter_chunked(64 * 1024):
                    if (size := size + len(piece)) > self._max_bytes:
                        break
                    yield piece
            if size > self._max_bytes:
                raise FetchFailed("too_large", f"expected at most {self._max_bytes} bytes")

    def _checked(self, address: str) -> str:
        """Only the platform's own servers are asked for a video."""
        try:
            url = urlsplit(address)
            host = url.hostname or ""
        except ValueError:
            raise FetchFailed("unreachable", "the platform named no address that can be read") from None
        is_its_own = host == self._host or host.endswith((".qq.com", ".qpic.cn"))
        if not address.isascii() or url.scheme not in ("http", "https") or not is_its_own:
            raise FetchFailed("unreachable", "the platform named a server that is not its own")
        return address


async def _address(response: aiohttp.ClientResponse) -> str:
    """Where a video lies; "" where the response is the content itself. Raises Refusal for an error, FetchFailed where neither is told."""
    if not response.content_type.startswith(_JSON_TYPES):
        return ""
    address = read_answer(await whole(response)).get("video_url")
    if not isinstance(address, str) or not address:
        raise FetchFailed("gone", "the platform's answer holds no file")
    return address


@asynccontextmanager
async def _as_failures() -> AsyncIterator[None]:
    """Whatever goes wrong on the way becomes FetchFailed."""
    try:
        yield
    except Refusal as refusal:
        raise failure(refusal) from None
    except SendError as error:
        raise FetchFailed("unreachable", error.reason) from None
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise FetchFailed("unreachable", f"the platform's answer broke off: {type(error).__name__}") from None


def failure(refusal: Refusal) -> FetchFailed:
    """What the platform's no means for a file: it has expired, or it may go better later."""
    meaning = CODES.get(refusal.code, UNKNOWN)
    if refusal.code in _GONE:
        return FetchFailed("expired", meaning.words)
    is_final = meaning.doing is Doing.GIVE_UP
    return FetchFailed("gone" if is_final else "unreachable", f"{meaning.words} ({refusal.code})")

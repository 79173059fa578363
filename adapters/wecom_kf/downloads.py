"""Files that customers have sent, read from WeCom in pieces up to a limit."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from adapters.shared.wechat.codes import Doing, Refusal
from adapters.wecom_kf.api import KfApi
from adapters.wecom_kf.codes import meaning_of
from gateway.core.errors import FetchFailed, SendError

_PIECE_BYTES = 64 * 1024
_EXPIRED = 40007
_TOO_LARGE = 830002
"""Over 20 MB, WeCom gives a file in ranges alone (document 96486)."""


class Downloads:
    """Fetches one company's media."""

    def __init__(self, api: KfApi, max_bytes: int) -> None:
        self._api = api
        self._max_bytes = max_bytes

    @asynccontextmanager
    async def open(self, media_id: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """The content in pieces. Entering or iterating raises FetchFailed."""
        if not media_id:
            raise FetchFailed("gone", "WeCom named no file")
        async with _as_failures(), self._api.media(media_id) as response:
            yield self._pieces(response)

    async def _pieces(self, response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        async with _as_failures():
            size = 0
            if (response.content_length or 0) > self._max_bytes:
                raise self._too_large()
            async for piece in response.content.iter_chunked(_PIECE_BYTES):
                if (size := size + len(piece)) > self._max_bytes:
                    raise self._too_large()
                yield piece

    def _too_large(self) -> FetchFailed:
        return FetchFailed("too_large", f"expected at most {self._max_bytes} bytes")


@asynccontextmanager
async def _as_failures() -> AsyncIterator[None]:
    """Whatever goes wrong at the peer becomes FetchFailed."""
    try:
        yield
    except Refusal as refusal:
        raise failure(refusal) from None
    except SendError as error:
        raise FetchFailed("unreachable", error.reason) from None
    except (aiohttp.ClientError, TimeoutError) as error:
        raise FetchFailed("unreachable", f"WeCom's answer broke off: {type(error).__name__}") from None


def failure(refusal: Refusal) -> FetchFailed:
    """What WeCom's no means for a file: it has expired, or it may go better later."""
    meaning = meaning_of(refusal)
    if refusal.code in (_EXPIRED, _TOO_LARGE):
        return FetchFailed("expired" if refusal.code == _EXPIRED else "too_large", f"{meaning.words} ({refusal.code})")
    return FetchFailed("gone" if meaning.doing is Doing.GIVE_UP else "unreachable", f"{meaning.words} ({refusal.code})")

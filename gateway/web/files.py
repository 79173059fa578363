"""Files of web chat: uploads streamed in under their limits, and given back only to their own conversation.

A client shows its token in the Authorization header. An <img> can't, so frames carry addresses that are signed for one file and a short
while; such a signature opens nothing else.
"""

import base64
import hmac
from collections.abc import AsyncIterator
from datetime import timedelta

from aiohttp import BodyPartReader, web

from adapters.webchat.channel import WebChat
from adapters.webchat.frames import Upload
from adapters.webchat.rendering import sent_file
from adapters.webchat.tokens import Visitor
from gateway.core.errors import BadInput, Forged, NotFound
from gateway.core.files import StoredFile, file_owner
from gateway.core.ids import ChannelName, FileId
from gateway.core.parts import FileRef
from gateway.core.ports import Clock
from gateway.web.address import client_address
from gateway.web.bodies import answer
from gateway.web.chat_reception import RECEPTION, Reception
from gateway.web.downloads import headers_of, sent
from gateway.web.middleware import deadline

UPLOAD_S = 600.0
"""For a file to arrive over a slow line."""
URL_LASTS = timedelta(hours=1)
_URL_STEP_S = 300
"""Addresses made within these seconds are the same, so that a browser may keep the picture."""
_CHUNK_BYTES = 64 * 1024
INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Shown in place: pictures that can't run anything. Everything else is for saving."""


class FileUrls:
    """Signs files' addresses with one installation's key."""

    def __init__(self, secret: bytes, clock: Clock) -> None:
        self._key = hmac.digest(secret, b"frontdesk file address v1", "sha256")
        self._clock = clock

    def url(self, channel: ChannelName, file: FileRef) -> str:
        """An address that opens this file for URL_LASTS at least. Relative to the gateway."""
        until = int((self._clock.now() + URL_LASTS).timestamp()) // _URL_STEP_S * _URL_STEP_S + _URL_STEP_S
        return f"/chat/{channel}/files/{file.id}?until={until}&mac={self._mac(channel, file.id, str(until))}"

    def check(self, channel: ChannelName, file_id: str, until: str, mac: str) -> None:
        """Raises Forged unless this address was signed by us and still holds."""
        is_ours = hmac.compare_digest(self._mac(channel, file_id, until).encode(), mac.encode("utf-8", "surrogatepass"))
        if not is_ours or int(until) < self._clock.now().timestamp():
            raise Forged("file_address", "the address of a file as the last message gave it")

    def _mac(self, channel: str, file_id: str, until: str) -> str:
        signed = "\x1f".join((channel, file_id, until)).encode("utf-8", "surrogatepass")
        return base64.urlsafe_b64encode(hmac.digest(self._key, signed, "sha256")).rstrip(b"=").decode()


FILE_URLS: web.AppKey[FileUrls] = web.AppKey("file_urls", FileUrls)


def routes() -> list[web.RouteDef]:
    """The routes of this page."""
    return [
        web.post("/chat/{site}/files", upload),
        web.get("/chat/{site}/files/{id}", download),
        web.get("/chat/{site}/files/{id}/address", address),
    ]


@deadline(UPLOAD_S)
async def upload(request: web.Request) -> web.StreamResponse:
    """Take a file: a form with a `file`, or the bare content with its name in `?name=`. Answers what a message needs to send it."""
    reception, urls = request.app[RECEPTION], request.app[FILE_URLS]
    chat = reception.site(request)
    reception.origin(request, chat)
    visitor = await reception.bearer(request, chat)
    await reception.require_form(chat, await reception.hub.watch(chat.name, visitor.id), visitor)
    settings = chat.settings
    if request.content_length is not None and request.content_length > settings.file_max_bytes + _CHUNK_BYTES:
        raise web.HTTPRequestEntityTooLarge(max_size=settings.file_max_bytes, actual_size=request.content_length)
    name, chunks = await sent_content(request)
    fields = await reception.deps.files.put(
        _counted(chunks, reception, chat, visitor, client_address(request)), name=name, max_bytes=settings.file_max_bytes,
        allowed=settings.file_types, owner=file_owner(chat.name, visitor.id),
    )  # fmt: skip
    file = FileRef(**fields)
    return answer(Upload(sent_file(file, lambda ref: urls.url(chat.name, ref))), status=201)


async def download(request: web.Request) -> web.StreamResponse:
    """A file, for the conversation that it belongs to: by the visitor's token, or by a signed address."""
    reception = request.app[RECEPTION]
    chat = reception.site(request)
    stored = await _permitted(request, reception, chat)
    return await sent(request, reception.deps.files, stored.ref, shown_headers(stored.ref))


async def address(request: web.Request) -> web.StreamResponse:
    """A fresh signed address for a file whose old one has run out."""
    reception, urls = request.app[RECEPTION], request.app[FILE_URLS]
    chat = reception.site(request)
    stored = await _owned(reception, chat, await reception.bearer(request, chat), FileId(request.match_info["id"]))
    return answer(sent_file(stored.ref, lambda ref: urls.url(chat.name, ref)))


def shown_headers(file: FileRef) -> dict[str, str]:
    """How a file is served to a page on any site: a picture to be shown, anything else to be saved."""
    disposition = "inline" if file.mime in INLINE else "attachment"
    kept = {"Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": "private, max-age=3600"}
    return {**headers_of(file, disposition), **kept}


async def own_file(reception: Reception, chat: WebChat, visitor: Visitor, file_id: str) -> FileRef:
    """The file that a visitor's message names. Raises BadInput unless it is the visitor's own."""
    try:
        return (await _owned(reception, chat, visitor, FileId(file_id))).ref
    except NotFound:
        raise BadInput("no_such_file", "the id of a file that you uploaded") from None


async def _permitted(request: web.Request, reception: Reception, chat: WebChat) -> StoredFile:
    file_id = FileId(request.match_info["id"])
    if "mac" not in request.query:
        return await _owned(reception, chat, await reception.bearer(request, chat), file_id)
    request.app[FILE_URLS].check(chat.name, file_id, request.query.get("until", ""), request.query["mac"])
    return await reception.deps.files.get(file_id)


async def _owned(reception: Reception, chat: WebChat, visitor: Visitor, file_id: FileId) -> StoredFile:
    """Raises NotFound for another's file just as for none: that it exists is not told."""
    stored = await reception.deps.files.get(file_id)
    if stored.owner != file_owner(chat.name, visitor.id):
        raise NotFound("there is no such file")
    return stored


async def sent_content(request: web.Request) -> tuple[str, AsyncIterator[bytes]]:
    """The file's name and its bytes as they arrive."""
    if not request.content_type.startswith("multipart/"):
        return request.query.get("name", ""), request.content.iter_chunked(_CHUNK_BYTES)
    try:
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.name == "file":
                return part.filename or "", _pieces(part)
    except (ValueError, AssertionError):
        pass  # what aiohttp says to a form that is none
    raise BadInput("no_file", "a form with a file in the field `file`")


async def _pieces(part: BodyPartReader) -> AsyncIterator[bytes]:
    while piece := await part.read_chunk(_CHUNK_BYTES):
        yield piece


async def _counted(
    chunks: AsyncIterator[bytes], reception: Reception, chat: WebChat, visitor: Visitor, address: str
) -> AsyncIterator[bytes]:
    """The same bytes, each counted against the visitor's and the address's hour before it is kept."""
    limits, clock = reception.limits(chat), reception.deps.clock
    limits.file(visitor.id, address, clock.monotonic())
    async for chunk in chunks:
        limits.upload(visitor.id, address, len(chunk), clock.monotonic())
        yield chunk

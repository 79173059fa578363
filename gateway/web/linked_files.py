"""A file for whoever was given its link, by a channel that can't carry the file itself. The link is all it asks for."""

from aiohttp import web

from gateway.core.ids import FileId
from gateway.links import FileLinks
from gateway.web.deps import DEPS, Deps
from gateway.web.files import headers_of

LINKS: web.AppKey[FileLinks] = web.AppKey("file_links", FileLinks)


def links_of(deps: Deps) -> FileLinks:
    """The signer of this installation's links."""
    return FileLinks(deps.secret, deps.clock, deps.public_url)


async def download(request: web.Request) -> web.StreamResponse:
    """The file, if the link was made by us and still holds."""
    deps, file_id = request.app[DEPS], request.match_info["id"]
    request.app[LINKS].check(file_id, request.query.get("until", ""), request.query.get("mac", ""))
    file = (await deps.files.get(FileId(file_id))).ref
    response = web.StreamResponse(headers=headers_of(file))
    response.content_length = file.size_bytes
    content = deps.files.read(file)
    first = await anext(content, b"")  # what is gone is a 404, and not an answer that breaks off
    await response.prepare(request)
    if request.method != "HEAD":
        await response.write(first)
        async for piece in content:
            await response.write(piece)
    return response


def routes() -> list[web.RouteDef]:
    """The routes of this page."""
    return [web.get("/files/{id}", download)]

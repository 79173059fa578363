"""A file for whoever was given its link, by a channel that can't carry the file itself. The link is all it asks for."""

from aiohttp import web

from gateway.core.ids import FileId
from gateway.links import FileLinks
from gateway.web.deps import DEPS, Deps
from gateway.web.downloads import sent
from gateway.web.files import shown_headers

LINKS: web.AppKey[FileLinks] = web.AppKey("file_links", FileLinks)


def links_of(deps: Deps) -> FileLinks:
    """The signer of this installation's links."""
    return FileLinks(deps.secret, deps.clock, deps.public_url)


async def download(request: web.Request) -> web.StreamResponse:
    """The file, if the link was made by us and still holds."""
    deps, file_id = request.app[DEPS], request.match_info["id"]
    request.app[LINKS].check(file_id, request.query.get("until", ""), request.query.get("mac", ""))
    file = (await deps.files.get(FileId(file_id))).ref
    return await sent(request, deps.files, file, shown_headers(file))


def routes() -> list[web.RouteDef]:
    """The routes of this page."""
    return [web.get("/files/{id}", download)]

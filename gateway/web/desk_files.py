"""A customer's file for the agent who serves them: only as a download, never shown in the desk's own origin."""

from urllib.parse import quote

from aiohttp import web

from gateway.core.errors import BadInput, NotFound
from gateway.core.handoff import Agent
from gateway.core.ids import FileId, SessionId
from gateway.core.message import FileRef
from gateway.core.ports import file_owner
from gateway.web.auth import route
from gateway.web.deps import DEPS


async def download(request: web.Request, agent: Agent) -> web.StreamResponse:
    """The file, if it belongs to the conversation of `?session=`, and the agent may see that session."""
    deps = request.app[DEPS]
    session_id = request.query.get("session")
    if not session_id:
        raise BadInput("session", "the id of the session that the file belongs to")
    session = await deps.desk.seen(agent, SessionId(session_id))
    stored = await deps.files.get(FileId(request.match_info["id"]))
    if stored.owner != file_owner(session.channel, session.thread):
        raise NotFound("there is no such file")
    response = web.StreamResponse(headers=_headers(stored.ref))
    response.content_length = stored.ref.size_bytes
    content = deps.files.read(stored.ref)
    first = await anext(content, b"")  # what is gone is a 404, and not an answer that breaks off
    await response.prepare(request)
    if request.method != "HEAD":
        await response.write(first)
        async for piece in content:
            await response.write(piece)
    return response


def _headers(file: FileRef) -> dict[str, str]:
    return {
        "Content-Type": "text/plain; charset=utf-8" if file.mime == "text/plain" else file.mime,
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    }


def routes() -> list[web.RouteDef]:
    """The routes of this page."""
    return [route("GET", "/desk/api/files/{id}", download)]

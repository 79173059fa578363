"""Files at the desk: the customer's as a download, never a page of the desk's own origin; the agent's on their way to the customer.

A picture is a download too, and still shows in an `<img>` of the page: that asks for its type alone.
"""

from collections.abc import AsyncIterator, Sequence

from aiohttp import web

from gateway.core.errors import BadInput, NotFound, TooLarge
from gateway.core.files import file_owner
from gateway.core.handoff import Agent
from gateway.core.ids import AgentId, FileId, SessionId
from gateway.core.parts import FileRef
from gateway.core.session import Session
from gateway.web.auth import route
from gateway.web.bodies import answer
from gateway.web.deps import DEPS, Deps
from gateway.web.desk_limits import DESK_LIMITS, DeskLimits
from gateway.web.downloads import headers_of, sent
from gateway.web.files import UPLOAD_S, sent_content
from gateway.web.middleware import deadline
from handoff.carrying import Carriage, carriage, check_carried, check_files_go

FORM_BYTES = 64 * 1024
"""What a form may weigh besides the file in it."""


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
    headers = {**headers_of(stored.ref, "attachment"), "Cache-Control": "private, no-store"}
    return await sent(request, deps.files, stored.ref, headers)


@deadline(UPLOAD_S)
async def upload(request: web.Request, agent: Agent) -> web.StreamResponse:
    """Take a file for the customer, as the chat's own uploads come: a form with a `file`, or the bare content with its name in `?name=`.

    Who may not speak in the session, or speaks on a channel that carries no files, is refused before a byte is stored.
    """
    deps, limits = request.app[DEPS], request.app[DESK_LIMITS]
    session = await deps.desk.speaking(agent, SessionId(request.match_info["id"]))
    carried = _carriage(deps, session)
    check_files_go(carried)
    if request.content_length is not None and request.content_length > carried.file_max_bytes + FORM_BYTES:
        raise TooLarge("file_too_large", f"a file of at most {carried.file_max_bytes} bytes")
    name, chunks = await sent_content(request)
    fields = await deps.files.put(
        _counted(chunks, limits, deps, agent.id), name=name, max_bytes=carried.file_max_bytes, allowed=carried.file_types,
        owner=file_owner(session.channel, session.thread),
    )  # fmt: skip
    file = FileRef(**fields)
    return answer({"file": {"id": file.id, "name": file.name, "mime": file.mime, "size_bytes": file.size_bytes}}, status=201)


async def carried_files(deps: Deps, session: Session, text: str, ids: Sequence[str]) -> list[FileRef]:
    """The files that a reply names. Raises BadInput for one that is not this conversation's, and where the channel can't carry all this."""
    files = [await _own(deps, session, FileId(file_id)) for file_id in dict.fromkeys(ids)]
    check_carried(_carriage(deps, session), text.strip(), files)
    return files


async def _own(deps: Deps, session: Session, file_id: FileId) -> FileRef:
    try:
        stored = await deps.files.get(file_id)
    except NotFound:
        stored = None
    if stored is None or stored.owner != file_owner(session.channel, session.thread):
        raise BadInput("no_such_file", "the id of a file of this conversation")
    return stored.ref


def _carriage(deps: Deps, session: Session) -> Carriage:
    channel = deps.channels.get(session.channel)
    return carriage(deps.settings, session.channel, None if channel is None else channel.capabilities)


async def _counted(chunks: AsyncIterator[bytes], limits: DeskLimits, deps: Deps, agent_id: AgentId) -> AsyncIterator[bytes]:
    """The same bytes, each counted against the agent's hour before it is kept."""
    async for chunk in chunks:
        limits.upload(agent_id, len(chunk), deps.clock.monotonic())
        yield chunk


def routes() -> list[web.RouteDef]:
    """The routes of this page."""
    return [route("GET", "/desk/api/files/{id}", download), route("POST", "/desk/api/sessions/{id}/files", upload)]

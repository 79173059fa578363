"""A customer's mail at the desk, as people know it: its head and words, its own look in a frame that can do nothing, what lies in it.

A mail is a stranger's. Its look comes alone, sanitized by its channel, under a policy of its own: no scripts, no origin, nothing loaded
from elsewhere unless an agent asked for the pictures. What may run something is never given out; the mail as it came, which holds all of
that, is a supervisor's to take, and whoever takes it is on record.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web
from msgspec import structs

from gateway.core.changes import Changes
from gateway.core.channel import Channel, Opened, OpensLetters
from gateway.core.errors import BadInput, Conflict, Forbidden, NotFound
from gateway.core.handoff import Agent, AuditEvent, Role
from gateway.core.ids import FileId, SessionId
from gateway.core.parts import FileRef, Letter
from gateway.web.auth import route
from gateway.web.bodies import answer
from gateway.web.deps import DEPS, Deps
from gateway.web.desk_limits import DESK_LIMITS
from gateway.web.downloads import headers_of, sent
from gateway.web.files import INLINE
from gateway.web.middleware import deadline

OPEN_S = 20.0
"""For a mail to be read and understood."""
DIGITS_MAX_COUNT = 9
KEPT = {"Cache-Control": "private, no-store"}
_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:{remote}; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""Scripts are not named and the sandbox allows none; without `allow-same-origin` the frame is of no origin at all."""
_PAGE = """<!doctype html>
<html><head><meta charset="utf-8"><meta name="color-scheme" content="light"><base target="_blank">
<style>
html {{ background: #fff; color: #1a1c23; }}
body {{ margin: 16px; font: 14px/1.6 -apple-system, "Segoe UI", Roboto, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
  overflow-wrap: anywhere; }}
img {{ max-width: 100%; height: auto; }}
table {{ max-width: 100%; }}
pre {{ white-space: pre-wrap; }}
summary {{ width: fit-content; padding: 0 8px; border-radius: 4px; background: #eef0f3; color: #596072; cursor: pointer;
  list-style: none; }}
blockquote {{ margin: 8px 0 8px 2px; padding-inline-start: 12px; border-inline-start: 3px solid #d5d8e0; }}
</style></head><body>
{html}
</body></html>
"""


async def letter(request: web.Request, agent: Agent) -> web.Response:
    """What is in the mail, but for its look."""
    opened, _, _ = await _opened(request, agent, with_remote=False)
    return answer(
        {
            "letter": {
                "headers": [{"name": name, "value": value} for name, value in opened.headers],
                "text": opened.text,
                "quoted": opened.quoted,
                "signature": opened.signature,
                "has_look": bool(opened.html),
                "has_remote": opened.has_remote,
                "enclosed": [structs.asdict(one) for one in opened.enclosed],
                "trouble": opened.trouble,
            }
        }
    )


async def look(request: web.Request, agent: Agent) -> web.Response:
    """The mail's own look, for a sandboxed frame."""
    with_remote = _flag(request, "remote")
    opened, _, _ = await _opened(request, agent, with_remote=with_remote)
    if not opened.html:
        raise NotFound("this mail has no look of its own")
    return web.Response(text=page_of(opened.html), content_type="text/html", charset="utf-8", headers=page_headers(with_remote=with_remote))


def page_of(html: str) -> str:
    """A document of its own around what is left of a mail's."""
    return _PAGE.format(html=html)


def page_headers(*, with_remote: bool) -> dict[str, str]:
    """What keeps it from doing anything; only our own page may frame it."""
    return {
        "Content-Security-Policy": _POLICY.format(remote=" https:" if with_remote else ""),
        "X-Frame-Options": "SAMEORIGIN",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "X-DNS-Prefetch-Control": "off",  # a link's name, asked for, would tell its writer that the mail is open
        **KEPT,
    }


@deadline(120.0)
async def enclosed(request: web.Request, agent: Agent) -> web.StreamResponse:
    """Something that lies in the mail: a picture to be shown, anything else to be saved; what may run something is held back."""
    place = _number(request, "place")
    opened, channel, head = await _opened(request, agent, with_remote=False)
    found = next((one for one in opened.enclosed if one.place == place), None)
    if found is None:
        raise NotFound("nothing lies there")
    if found.is_held_back:
        raise Forbidden("held back: it may run something. A supervisor may save the mail as it came")
    assert isinstance(channel, OpensLetters)
    assert head.raw is not None
    disposition = "inline" if found.mime in INLINE else "attachment"
    file = structs.replace(head.raw, name=found.name or "attachment", mime=found.mime, size_bytes=found.size_bytes)
    async with channel.enclosure(head, place) as content:
        return await _streamed(request, content, {**headers_of(file, disposition), **KEPT}, most_bytes=head.raw.size_bytes)


@deadline(120.0)
async def raw(request: web.Request, agent: Agent) -> web.StreamResponse:
    """The mail as it came. On record, because all that is held back lies in it."""
    deps = request.app[DEPS]
    session_id, head, _ = await _head(request, agent)
    stored = await _stored(deps, head)
    event = AuditEvent(
        at=deps.clock.now(), actor=agent.id, action="letter_saved", subject=session_id, detail={"seq": _number(request, "seq")}
    )
    await deps.store.commit([Changes(audits=(event,))])
    file = structs.replace(stored, name=f"{session_id}-{_number(request, 'seq')}.eml", mime="message/rfc822")
    return await sent(request, deps.files, stored, {**headers_of(file, "attachment"), **KEPT})


# ---- finding it ------------------------------------------------------------------------------------------------------------------


async def _opened(request: web.Request, agent: Agent, *, with_remote: bool) -> tuple[Opened, Channel, Letter]:
    """The mail that is asked for, read. Raises NotFound, Conflict where it is gone or nobody here can read it, TooMany."""
    deps = request.app[DEPS]
    _, head, channel = await _head(request, agent)
    request.app[DESK_LIMITS].open_letter(agent.id, deps.clock.monotonic())
    if not isinstance(channel, OpensLetters):
        raise Conflict("the channel that can read it is configured no more", code="channel_gone")
    try:
        async with asyncio.timeout(OPEN_S):
            return await channel.open_letter(head, with_remote=with_remote), channel, head
    except NotFound:
        raise _gone() from None


async def _head(request: web.Request, agent: Agent) -> tuple[SessionId, Letter, Channel | None]:
    """The session that the agent may read, the head of the customer's mail there, and its channel, if there is one still."""
    deps, seq = request.app[DEPS], _number(request, "seq")
    session = await deps.desk.seen(agent, SessionId(request.match_info["id"]))
    found = await deps.store.session_messages(session.id, seq - 1, 1)
    parts = found[0].parts if found and found[0].seq == seq else ()
    head = next((part for part in parts if isinstance(part, Letter) and part.raw is not None), None)
    if head is None:
        raise NotFound("no mail stands there")
    return session.id, head, deps.channels.get(session.channel)


async def _stored(deps: Deps, head: Letter) -> FileRef:
    assert head.raw is not None
    try:
        return (await deps.files.get(FileId(head.raw.id))).ref
    except NotFound:
        raise _gone() from None


def _gone() -> Conflict:
    return Conflict("the mail itself is kept no more: only its words are", code="letter_gone")


async def _streamed(request: web.Request, content: AsyncIterator[bytes], headers: dict[str, Any], *, most_bytes: int) -> web.StreamResponse:
    """The pieces as the answer: the first before anything is said, so that what is not there is a 404. Never more than the mail weighs."""
    response = web.StreamResponse(headers=headers)
    piece, size_bytes = await anext(content, b""), 0
    await response.prepare(request)
    while piece and request.method != "HEAD":
        size_bytes += len(piece)
        if size_bytes > most_bytes:
            raise ConnectionResetError("more lies in a mail than it weighs")
        await response.write(piece)
        piece = await anext(content, b"")
    return response


def _number(request: web.Request, name: str) -> int:
    given = request.match_info[name]
    if not (len(given) <= DIGITS_MAX_COUNT and given.isascii() and given.isdecimal()):
        raise BadInput(name, "a whole number")
    return int(given)


def _flag(request: web.Request, name: str) -> bool:
    given = request.query.get(name, "0")
    if given not in {"0", "1"}:
        raise BadInput(name, "0 or 1")
    return given == "1"


def routes() -> list[web.RouteDef]:
    """The routes of this page."""
    one = "/desk/api/sessions/{id}/letters/{seq}"
    return [
        route("GET", one, letter),
        route("GET", f"{one}/page", look),
        route("GET", f"{one}/enclosed/{{place}}", enclosed),
        route("GET", f"{one}/raw", raw, Role.SUPERVISOR),
    ]

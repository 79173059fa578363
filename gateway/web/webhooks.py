"""What peers push to us: any channel's events over HTTP, parsed by its adapter, durable before the peer is answered."""

from aiohttp import web

from gateway.core.channel import Channel, Raw
from gateway.core.errors import NotFound, TooLarge
from gateway.core.ids import ChannelName
from gateway.web.deps import DEPS
from gateway.web.middleware import deadline

BODY_MAX_BYTES = 256 * 1024
PUSH_S = 10.0
"""For the body to come and its events to be durable. A peer that gets no answer pushes again, and repeats are dropped."""


def routes() -> list[web.RouteDef]:
    """The routes of this page."""
    return [web.post("/api/v1/channels/{name}/messages", post_message)]


@deadline(PUSH_S)
async def post_message(request: web.Request) -> web.StreamResponse:
    """A message from a system that is a channel of type `api`. 202 once it is durable; the same `id` again changes nothing."""
    channel = request.app[DEPS].channels.get(ChannelName(request.match_info["name"]))
    if channel is None or channel.type != "api":
        raise NotFound("there is no such channel")
    return await take(request, channel)


async def take(request: web.Request, channel: Channel) -> web.Response:
    """Parse a push, make all of its events durable, and only then give the peer the reply it expects.

    Raises what `parse` raises, and Busy: then the peer comes again with all of it, and what was accepted already is known by its key.
    """
    deps = request.app[DEPS]
    parsed = channel.parse(await raw_of(request, BODY_MAX_BYTES))
    for event in parsed.events:
        await deps.accept(event)
    return web.Response(body=parsed.reply.body, status=parsed.reply.status, headers={"Content-Type": parsed.reply.content_type})


async def raw_of(request: web.Request, body_max_bytes: int, *, with_headers: bool = True) -> Raw:
    """What a peer has pushed, whole. Raises TooLarge before the whole of it is here."""
    return Raw(
        body=await _body(request, body_max_bytes), received_at_ms=int(request.app[DEPS].clock.now().timestamp() * 1000),
        method=request.method, path=request.path, headers=dict(request.headers) if with_headers else {},
        query=dict(request.query),
    )  # fmt: skip


async def _body(request: web.Request, max_bytes: int) -> bytes:
    if request.content_length is not None and request.content_length > max_bytes:
        raise TooLarge("body_too_large", f"a body of at most {max_bytes} bytes")
    pieces, size = [], 0
    while piece := await request.content.readany():
        size += len(piece)
        if size > max_bytes:
            raise TooLarge("body_too_large", f"a body of at most {max_bytes} bytes")
        pieces.append(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)

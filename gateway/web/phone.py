"""`/phone/{channel}`: the webhooks of a cloud that has callers on the line, and the sound of ours that it plays.

Who calls is checked by the adapter, which knows what each cloud signs. Nothing that can be read in a log tells who calls, or what was said.
"""

from aiohttp import web
from msgspec import structs

from gateway.core.channel import AnswersWebhooks, Reply
from gateway.core.errors import BadInput, Forged, NotFound
from gateway.core.ids import ChannelName
from gateway.web.deps import DEPS
from gateway.web.middleware import deadline
from gateway.web.webhooks import raw_of

BODY_MAX_BYTES = 64 * 1024
WEBHOOK_S = 14.0
"""For all of it: clouds give up after 15 s."""
SOUND_S = 10.0


def routes() -> list[web.RouteDef]:
    """The routes of this page."""
    return [
        web.post("/phone/{channel}/{place:voice|status|agent|recording}", post_webhook),
        web.get("/phone/{channel}/audio/{name}", get_sound),
    ]


@deadline(WEBHOOK_S)
async def post_webhook(request: web.Request) -> web.StreamResponse:
    """What a call is to do next, or news of it."""
    pushes = request.app[DEPS].metrics.pushes
    try:
        reply = await _reply(request)
    except BadInput as error:
        name = request.match_info["channel"]
        pushes.labels(name, "forged" if isinstance(error, Forged) else "malformed").inc()
        raise
    pushes.labels(request.match_info["channel"], "answered" if reply.body else "quiet").inc()
    return _response(reply)


@deadline(SOUND_S)
async def get_sound(request: web.Request) -> web.StreamResponse:
    """A sound of ours, for whoever was given its address."""
    reply = await _reply(request)
    if reply.status == 404:
        raise NotFound("there is no such sound, or not any more")
    response = _response(reply)
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


async def _reply(request: web.Request) -> Reply:
    channel = request.app[DEPS].channels.get(ChannelName(request.match_info["channel"]))
    if not isinstance(channel, AnswersWebhooks):
        raise NotFound("there is no such number")
    raw = await raw_of(request, BODY_MAX_BYTES)
    return await channel.webhook(structs.replace(raw, context={"target": request.rel_url.raw_path_qs}))


def _response(reply: Reply) -> web.Response:
    if reply.status == 204:
        return web.Response(status=204)
    return web.Response(body=reply.body, status=reply.status, headers={"Content-Type": reply.content_type})

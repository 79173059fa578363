"""`/wechat/{account}`: what WeChat pushes, and the answer on the line.

A push is durable before it is answered, and answered within five seconds whatever happens. Where its turn is over in time, the answer goes
back as the response (`gateway.in_place`); else the platform hears `success`, and the answer is sent. Nothing that can be read in a log or a
number tells who wrote, or what.

An account that may not call the customer-service API (`customer_service = false`) has nothing but the line. There a push that is not
answered in time is left hanging until the platform hangs up and comes again: three tries are three times the time.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta

from aiohttp import web
from msgspec import structs

from config.wechat import WeChat
from gateway.core.channel import AnswersInPlace, Channel, NotesPushes, Parsed, Raw, Reply, Wakes
from gateway.core.errors import BadInput, Busy, Forged, NotFound
from gateway.core.ids import ChannelName
from gateway.core.message import Inbound
from gateway.in_place import Answer, InPlace, Silence
from gateway.web.deps import DEPS, Deps
from gateway.web.linked_files import links_of
from gateway.web.middleware import deadline
from gateway.web.tries import Tries
from gateway.web.webhooks import raw_of

log = logging.getLogger(__name__)

TYPES = frozenset({"wechat", "wecom_kf"})
BODY_MAX_BYTES = 64 * 1024
"""The platform's own messages are a few kilobytes; compatible mode trebles them."""
PUSH_S = 4.7
"""For all of it: the platform hangs up after 5 s (消息推送, seen 2026-11), and comes again."""
BODY_S = 2.0
"""For the body to come: the platform sends it at once."""
ALONE_S = 4.0
"""How long a push waits where the line is all there is; the rest of PUSH_S is for placing the answer."""
HANGING_S = 7.0
"""Since it came: when we hang up ourselves, should the platform not."""
HANGING_LOOK_S = 0.1

IN_PLACE: web.AppKey[InPlace] = web.AppKey("in_place", InPlace)
TRIES: web.AppKey[Tries] = web.AppKey("wechat_tries", Tries)


def routes() -> list[web.RouteDef]:
    """The routes of this page."""
    return [web.get("/wechat/{account}", get_address), web.post("/wechat/{account}", post_push)]


async def lifespan(app: web.Application) -> AsyncIterator[None]:
    """What places answers, as long as the application runs; nothing where no channel takes any."""
    deps = app[DEPS]
    in_place = InPlace(
        store=deps.store, bus=deps.bus, clock=deps.clock, metrics=deps.metrics, link=links_of(deps).link, texts=deps.texts
    )  # fmt: skip
    app[IN_PLACE], app[TRIES] = in_place, Tries(deps.shelf)
    if not any(isinstance(channel, AnswersInPlace) for channel in deps.channels.values()):
        yield
        return
    await in_place.open()
    working = asyncio.create_task(in_place.run(), name="in place")
    try:
        yield
    finally:
        await in_place.close()
        working.cancel()
        await asyncio.wait([working])


async def get_address(request: web.Request) -> web.Response:
    """The check of our address: the platform wants back what it has sent, if it has signed it."""
    channel = _account(request)
    raw = Raw(
        body=b"", received_at_ms=_now_ms(request.app[DEPS]), method="GET", path=request.path, headers=dict(request.headers),
        query=dict(request.query),
    )  # fmt: skip
    return _response((await _parsed(request.app[DEPS], channel, raw)).reply)


@deadline(HANGING_S + 1)
async def post_push(request: web.Request) -> web.StreamResponse:
    """A push. Its answer, where it is ready in time; else what the adapter says to the platform, as a rule `success`."""
    deps, channel = request.app[DEPS], _account(request)
    began_s = deps.clock.monotonic()
    try:
        async with asyncio.timeout(PUSH_S):
            outcome, response = await _taken(request, deps, channel)
    except Busy:
        deps.metrics.pushes.labels(channel.name, "busy").inc()
        raise  # 503: the platform comes again
    except TimeoutError:
        deps.metrics.pushes.labels(channel.name, "timeout").inc()
        raise
    deps.metrics.pushes.labels(channel.name, outcome).inc()
    if response is None:
        return await _hung_up(request, began_s + HANGING_S - deps.clock.monotonic())
    return response


async def _taken(request: web.Request, deps: Deps, channel: Channel) -> tuple[str, web.Response | None]:
    """What became of a push, and the response; None: the platform is to come again."""
    async with asyncio.timeout(BODY_S):
        raw = await raw_of(request, BODY_MAX_BYTES)
    parsed = await _parsed(deps, channel, raw)
    if parsed.news and isinstance(channel, Wakes):
        await channel.wake(parsed.news)
    *others, last = parsed.events or (None,)
    for event in others:
        if event is not None:
            await deps.accept(event)
    if last is None:
        return "nothing", _response(parsed.reply)
    said = await _said(request, deps, channel, last)
    if isinstance(said, Answer):
        return "repeated" if said.is_repeat else "answered", await _written(request, deps, said)
    return said.value, _response(parsed.reply) if await _is_over(request, deps, channel, last, said) else None


async def _said(request: web.Request, deps: Deps, channel: Channel, inbound: Inbound) -> Answer | Silence:
    is_alone = _is_alone(deps, channel.name)
    if is_alone and inbound.answer_by is not None:
        inbound = structs.replace(inbound, answer_by=inbound.at + timedelta(seconds=ALONE_S))
    return await request.app[IN_PLACE].answer(channel, inbound, deps.accept, lambda: _is_there(request), is_alone=is_alone)


async def _is_over(request: web.Request, deps: Deps, channel: Channel, inbound: Inbound, said: Silence) -> bool:
    """Whether the platform is to hear that all is well; not where the answer may yet be ready for its next try."""
    if said is not Silence.LATE or not _is_alone(deps, channel.name):
        return True
    return not await request.app[TRIES].wants_another(inbound.key)


async def _written(request: web.Request, deps: Deps, answer: Answer) -> web.Response:
    """Write the answer here, so that we learn where it can't be written."""
    response = _response(answer.reply)
    try:
        await response.prepare(request)
        await response.write_eof()
    except BaseException:
        answer.lost()
        raise
    answer.written(deps.clock.now())
    return response


async def _hung_up(request: web.Request, timeout_s: float) -> web.StreamResponse:
    """Say nothing until the platform hangs up: what it takes for a try that failed."""
    for _ in range(max(0, round(timeout_s / HANGING_LOOK_S))):
        if not _is_there(request):
            break
        await asyncio.sleep(HANGING_LOOK_S)
    raise ConnectionResetError("left unanswered, so that it comes again")


async def _parsed(deps: Deps, channel: Channel, raw: Raw) -> Parsed:
    """What the push says. Whoever sets the account up can ask later how the last ones ended."""
    try:
        parsed = channel.parse(raw)
    except BadInput as error:
        deps.metrics.pushes.labels(channel.name, "forged" if isinstance(error, Forged) else "malformed").inc()
        log.warning("a push was refused", extra={"channel": channel.name, "code": error.code})
        if isinstance(channel, NotesPushes):
            await channel.note_push(error.code)
        raise
    if isinstance(channel, NotesPushes):
        await channel.note_push("")
    return parsed


def _account(request: web.Request) -> Channel:
    channel = request.app[DEPS].channels.get(ChannelName(request.match_info["account"]))
    if channel is None or channel.type not in TYPES:
        raise NotFound("there is no such account")
    return channel


def _is_alone(deps: Deps, name: ChannelName) -> bool:
    """The line is the only road to this account's customers."""
    settings = deps.settings.channels.get(name)
    return isinstance(settings, WeChat) and not settings.customer_service


def _is_there(request: web.Request) -> bool:
    return request.transport is not None and not request.transport.is_closing()


def _response(reply: Reply) -> web.Response:
    return web.Response(body=reply.body, status=reply.status, headers={"Content-Type": reply.content_type})


def _now_ms(deps: Deps) -> int:
    return int(deps.clock.now().timestamp() * 1000)

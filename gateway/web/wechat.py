"""`/wechat/{account}`: what WeChat pushes, and the answer on the line.

A push is durable before it is answered, and answered within five seconds whatever happens. Where its turn is over in time, the answer goes
back as the response (`gateway.in_place`); else the platform hears `success`, and the answer is sent. Nothing that can be read in a log or a
number tells who wrote, or what.

An account that may not call the customer-service API (`customer_service = false`) has nothing but the line. There a push that is not
answered in time is left hanging until the platform hangs up and comes again: three tries are three times the time.
"""

import asyncio
from datetime import timedelta

from aiohttp import web
from msgspec import structs
from prometheus_client import Counter

from config.wechat import WeChat
from gateway.core.channel import Channel, NotesPushes, Parsed, Raw, Reply, Wakes
from gateway.core.errors import BadInput, Busy, Forged, NotFound
from gateway.core.events import Inbound
from gateway.in_place import Answer, Silence
from gateway.web.deps import DEPS, Deps
from gateway.web.middleware import allow, deadline
from gateway.web.tries import Tries
from gateway.web.webhooks import raw_of

TYPES = frozenset({"wechat", "wecom_kf"})
BODY_MAX_BYTES = 64 * 1024
"""The platform's own messages are a few kilobytes; compatible mode trebles them."""
PUSH_S = 4.7
"""For all of it: the platform hangs up after 5 s (消息推送, seen 2026-11), and comes again."""
ALONE_S = 4.0
"""How long a push waits where the line is all there is; the rest of PUSH_S is for placing the answer."""
HANGING_S = 3.0
"""Then we hang up ourselves, should the platform not: it does so after 5 s of waiting."""
HANGING_LOOK_S = 0.1


class Account:
    """One channel's part here, looked up once."""

    def __init__(self, deps: Deps, channel: Channel) -> None:
        settings = deps.settings.channels.get(channel.name)
        self.channel = channel
        self.is_alone = isinstance(settings, WeChat) and not settings.customer_service
        """The line is the only road to its customers."""
        self._notes = channel if isinstance(channel, NotesPushes) else None
        self._wakes = channel if isinstance(channel, Wakes) else None
        self._metrics = deps.metrics
        self._counts: dict[str, Counter] = {}

    def count(self, outcome: str) -> None:
        """A push has ended so."""
        count = self._counts.get(outcome)
        if count is None:
            count = self._counts[outcome] = self._metrics.pushes.labels(self.channel.name, outcome)
        count.inc()

    async def parsed(self, raw: Raw) -> Parsed:
        """What a push says. Whoever sets the account up can ask later how the last ones ended."""
        try:
            parsed = self.channel.parse(raw)
        except BadInput as error:
            self.count("forged" if isinstance(error, Forged) else "malformed")
            if self._notes is not None:
                await self._notes.note_push(error.code)
            raise
        if self._notes is not None:
            await self._notes.note_push("")
        if parsed.news and self._wakes is not None:
            await self._wakes.wake(parsed.news)
        return parsed


ACCOUNTS: web.AppKey[dict[str, Account]] = web.AppKey("wechat_accounts", dict[str, Account])
TRIES: web.AppKey[Tries] = web.AppKey("wechat_tries", Tries)


def setup(app: web.Application) -> None:
    """Add the routes, and what they work with."""
    deps = app[DEPS]
    app[ACCOUNTS] = {str(name): Account(deps, channel) for name, channel in deps.channels.items() if channel.type in TYPES}
    app[TRIES] = Tries(deps.shelf)
    app.add_routes(routes())


def routes() -> list[web.RouteDef]:
    """The routes of this page."""
    return [web.get("/wechat/{account}", get_address), web.post("/wechat/{account}", post_push)]


async def get_address(request: web.Request) -> web.Response:
    """The check of our address: the platform wants back what it has sent, if it has signed it."""
    return _response((await _account(request).parsed(await raw_of(request, BODY_MAX_BYTES, with_headers=False))).reply)


@deadline(PUSH_S)
async def post_push(request: web.Request) -> web.StreamResponse:
    """A push. Its answer, where it is ready in time; else what the adapter says to the platform, as a rule `success`."""
    account = _account(request)
    try:
        outcome, response = await _taken(request, account)
    except Busy:
        account.count("busy")
        raise  # 503: the platform comes again
    account.count(outcome)
    return response if response is not None else await _hung_up(request)


async def _taken(request: web.Request, account: Account) -> tuple[str, web.Response | None]:
    """What became of a push, and the response; None: the platform is to come again."""
    deps = request.app[DEPS]
    parsed = await account.parsed(await raw_of(request, BODY_MAX_BYTES, with_headers=False))
    if not parsed.events:
        return "nothing", _response(parsed.reply)
    *others, last = parsed.events
    for event in others:
        await deps.accept(event)
    said = await _said(request, account, last)
    if isinstance(said, Answer):
        return "repeated" if said.is_repeat else "answered", await _written(request, deps, said)
    is_over = said is not Silence.LATE or not account.is_alone or not await request.app[TRIES].wants_another(last.key)
    return said.value, _response(parsed.reply) if is_over else None


async def _said(request: web.Request, account: Account, inbound: Inbound) -> Answer | Silence:
    deps = request.app[DEPS]
    if deps.in_place is None:
        await deps.accept(inbound)
        return Silence.ELSEWHERE
    if account.is_alone and inbound.answer_by is not None:
        inbound = structs.replace(inbound, answer_by=inbound.at + timedelta(seconds=ALONE_S))
    return await deps.in_place.answer(account.channel, inbound, deps.accept, lambda: _is_there(request), is_alone=account.is_alone)


async def _written(request: web.Request, deps: Deps, answer: Answer) -> web.Response:
    """Write the answer here, so that we learn where it can't be written."""
    response = _response(answer.reply)
    try:
        await response.prepare(request)
        await response.write_eof()
    except ConnectionError:
        answer.lost()
        return response  # aiohttp finds out the same, and lets it be
    except BaseException:
        answer.lost()
        raise
    answer.written(deps.clock.now())
    return response


async def _hung_up(request: web.Request) -> web.StreamResponse:
    """Say nothing until the platform hangs up: what it takes for a try that failed."""
    allow(request, HANGING_S + 1)
    for _ in range(round(HANGING_S / HANGING_LOOK_S)):
        if not _is_there(request):
            break
        await asyncio.sleep(HANGING_LOOK_S)
    if request.transport is not None:
        request.transport.abort()
    return web.Response()  # to nobody


def _account(request: web.Request) -> Account:
    account = request.app[ACCOUNTS].get(request.match_info["account"])
    if account is None:
        raise NotFound("there is no such account")
    return account


def _is_there(request: web.Request) -> bool:
    return request.transport is not None and not request.transport.is_closing()


def _response(reply: Reply) -> web.Response:
    return web.Response(body=reply.body, status=reply.status, headers={"Content-Type": reply.content_type})

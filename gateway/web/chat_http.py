"""Web chat over plain HTTP, for networks that block sockets: say something, send the small frames, and read on from a seq by long poll or
event stream.

The token travels in the Authorization header and never in an address. A message may be posted again with the same Idempotency-Key as
often as it takes: it is recorded once, and every answer is the same.
"""

import asyncio

import msgspec
from aiohttp import web

from adapters.webchat.channel import Caller, WebChat
from adapters.webchat.frames import (
    End,
    Form,
    Hello,
    HttpMessage,
    Ping,
    Rate,
    Read,
    Say,
    Sent,
    Typing,
    read_body,
    read_frame,
)
from gateway.core.errors import BadInput, Busy
from gateway.core.events import Visit
from gateway.core.message import Message
from gateway.web.address import client_address
from gateway.web.bodies import answer, read_json
from gateway.web.chat_feed import Feed, Hold
from gateway.web.chat_frames import accept_small, fill, tell_typing
from gateway.web.chat_reception import RECEPTION, Guest, Reception, bearer_token
from gateway.web.files import own_file

COMMIT_S = 10.0
"""For a message to be on record. Later the client is told to ask again: it is durable by then, and goes its way all the same."""
_RETRY_S = 1.0


def routes() -> list[web.RouteDef]:
    """The routes of this page."""
    return [
        web.post("/chat/{site}/messages", post_message),  # first: they are tried in this order
        web.post("/chat/{site}/hello", hello),
        web.post("/chat/{site}/frames", post_frame),
        web.get("/chat/{site}/events", events),
    ]


async def hello(request: web.Request) -> web.StreamResponse:
    """A hello in the body, answered by its welcome; the messages are at `/events`. The token may stand in the header instead."""
    reception, chat = _door(request)
    said = await read_json(request, Hello)
    if said.token is None and (token := bearer_token(request)) is not None:
        said = msgspec.structs.replace(said, token=token)
    guest = await reception.admit(chat, said, client_address(request))
    if said.token is not None:  # else it has been counted as a new visitor
        reception.limits(chat).frame(guest.visitor.id, client_address(request), reception.deps.clock.monotonic())
    await reception.tell_rotated(guest)
    watch = await reception.hub.watch(chat.name, guest.visitor.id)
    session = await reception.standing(watch, guest)
    owed = await reception.owed(chat, watch, guest, session)
    return answer(reception.welcome(chat, guest, session, reception.locale(said.locale), owed))


async def post_message(request: web.Request) -> web.StreamResponse:
    """A message in the body, its cid in Idempotency-Key. Answers once it is on record; 503 before that, and then it is safe to repeat."""
    reception, chat = _door(request)
    cid = request.headers.get("Idempotency-Key")
    if cid is None:
        raise BadInput("no_cid", "an Idempotency-Key header with the message's cid")
    said, posted = read_body(await request.read(), cid)
    guest = await _guest(request, reception, chat)
    reception.limits(chat).message(guest.visitor.id, client_address(request), reception.deps.clock.monotonic())
    message = await _record(reception, chat, guest, said, posted)
    sent = Sent(cid=cid, seq=message.seq, at=message.at, token=guest.token, session=message.session_id)
    return answer(sent)


async def post_frame(request: web.Request) -> web.StreamResponse:
    """One frame of typing, read, rate, end or form in the body. A form is answered by its `filled`, the others by nothing (204)."""
    reception, chat = _door(request)
    frame = read_frame(await request.read())
    visitor = await reception.bearer(request, chat)
    address, now_s = client_address(request), reception.deps.clock.monotonic()
    if isinstance(frame, Form):
        reception.limits(chat).form(visitor.id, address, now_s)
    elif isinstance(frame, Rate | End):
        reception.limits(chat).message(visitor.id, address, now_s)
    else:
        reception.limits(chat).frame(visitor.id, address, now_s)
    watch = await reception.hub.watch(chat.name, visitor.id)
    if not watch.is_known:
        await reception.standing(watch, Guest(visitor, "", is_known=True))
    caller = Caller(visitor=visitor, session=watch.session, visit=Visit(name=visitor.name))
    match frame:
        case Form():
            filled, _ = await fill(reception, chat, frame, caller, watch)
            return answer(filled)
        case Typing(on=is_on):
            await tell_typing(reception, watch, is_on=is_on)
        case Read() | Rate() | End():
            await accept_small(reception, chat, frame, caller, watch)
        case Hello() | Say() | Ping():
            raise BadInput("bad_frame", "a frame of typing, read, rate, end or form: hello and message have addresses of their own")
        case None:
            pass  # a type that we don't know is ignored, as on a socket
    return web.Response(status=204)


async def events(request: web.Request) -> web.StreamResponse:
    """What follows on `?after=SEQ`: at once if there is something, else as soon as there is, or nothing after `?wait_s=`."""
    reception, chat = _door(request)
    visitor = reception.claimed(request, chat)
    reception.limits(chat).poll(visitor.id, reception.deps.clock.monotonic())
    guest = Guest(visitor, "", is_known=True)
    watch = await reception.hub.watch(chat.name, visitor.id)
    token = Hold(visitor, watch)
    await reception.require_current(visitor)  # now that we would hear of it
    watch.generation = max(watch.generation, visitor.link)
    session = await reception.standing(watch, guest)
    reception.hub.check_room(watch)
    feed = Feed(request, reception, chat, watch, session, token)
    async with reception.hub.polling(watch) as news:
        if "text/event-stream" in request.headers.get("Accept", ""):
            return await feed.stream(news)
        return await feed.poll(news)


def _door(request: web.Request) -> tuple[Reception, WebChat]:
    reception = request.app[RECEPTION]
    chat = reception.site(request)
    reception.origin(request, chat)
    return reception, chat


async def _guest(request: web.Request, reception: Reception, chat: WebChat) -> Guest:
    """The visitor of the token; a first message without one makes a new visitor, whose token is in the answer."""
    token = bearer_token(request)
    if token is None:
        return await reception.admit(chat, Hello(), client_address(request))
    return Guest(await reception.bearer(request, chat), token, is_known=True)


async def _record(reception: Reception, chat: WebChat, guest: Guest, said: Say, posted: HttpMessage) -> Message:
    """Make it durable, and wait until it is on record. Raises Busy when that takes too long."""
    deps, hub, visitor = reception.deps, reception.hub, guest.visitor
    file = await own_file(reception, chat, visitor, said.file) if said.file is not None else None
    watch = await hub.watch(chat.name, visitor.id)
    if not watch.is_settled:
        await reception.require_form(chat, watch, visitor)
    caller = Caller(visitor=visitor, visit=Visit(locale=posted.locale, page=posted.page, name=visitor.name or watch.said_name), file=file)
    event = chat.event(said, caller, deps.clock.now())
    assert event is not None
    loop = asyncio.get_running_loop()
    recorded: asyncio.Future[Message] = loop.create_future()
    hub.expect(watch, event.key, said.cid, recorded)
    timer = loop.call_later(COMMIT_S, _give_up, recorded)  # half the cost of a timeout; to be made durable has a deadline of its own
    try:
        if not await deps.accept(event):
            await hub.settle_repeat(watch, event.key, said.cid)
        return await recorded
    finally:
        timer.cancel()
        hub.unexpect(event.key, recorded)
        if recorded.done() and not recorded.cancelled():
            recorded.exception()  # seen, also where nobody came to wait for it


def _give_up(recorded: asyncio.Future[Message]) -> None:
    if not recorded.done():
        recorded.set_exception(Busy("the line of messages", _RETRY_S))

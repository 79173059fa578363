"""A QR code in web chat by which a visitor goes on in WeChat: made here, drawn here, good for ten minutes and one scan."""

import asyncio
import io
import logging

from aiohttp import web
from msgspec import Struct

from adapters.webchat.channel import WebChat
from adapters.webchat.tokens import Visitor
from gateway.core.changes import Changes, LinkCode
from gateway.core.channel import ShowsScene
from gateway.core.errors import Busy, Conflict, NotFound, Rejected, SendError
from gateway.core.ids import Ids
from gateway.linking import CODE_LASTS, code_id
from gateway.web.address import client_address
from gateway.web.bodies import answer
from gateway.web.chat_reception import RECEPTION, Reception
from gateway.web.deps import Deps

log = logging.getLogger(__name__)

SCENE_S = 8.0
"""For the other platform to make a code."""
STORE_S = 10.0
_RETRY_S = 5.0
_URL_MAX_CHARS = 300
"""The denser a code, the fewer phones read it; a few thousand fit into none. WeChat's have 50."""
_QUIET_COUNT = 2
"""Light modules around the code; whoever shows it adds as much (ISO 18004 asks for four)."""


class Made(Struct, frozen=True, kw_only=True):
    """A code to be shown. `claim` is for the client that asked for it, and for nobody who only sees the code."""

    code_url: str
    svg: str
    expires_at: str
    claim: str


def routes() -> list[web.RouteDef]:
    """The routes of this page."""
    return [web.post("/chat/{site}/link", link)]


async def link(request: web.Request) -> web.Response:
    """A code for the visitor of the token.

    403 before a required form, 404 where the site offers none, 409 where the account may not make any, 503 where it can't just now.
    """
    reception: Reception = request.app[RECEPTION]
    chat = reception.site(request)
    reception.origin(request, chat)
    visitor = await reception.bearer(request, chat)
    channel = reception.links.offers(chat)
    if channel is None:
        raise NotFound("this site offers no other channel to go on")
    watch = await reception.hub.watch(chat.name, visitor.id)
    await reception.require_form(chat, watch, visitor)  # whoever has agreed to nothing yet is linked with nobody
    reception.limits(chat).link(visitor.id, client_address(request), reception.deps.clock.monotonic())
    return answer(await _made(reception.deps, chat, visitor, channel), headers={"Cache-Control": "no-store"})


async def _made(deps: Deps, chat: WebChat, visitor: Visitor, channel: ShowsScene) -> Made:
    code, now = _code(deps.ids), deps.clock.now()
    kept = LinkCode(
        id=code_id(code), channel=chat.name, thread=visitor.id, address=visitor.address, made_at=now, expires_at=now + CODE_LASTS,
        version=1,
    )  # fmt: skip
    async with asyncio.timeout(STORE_S):
        (refused,) = await deps.store.commit([Changes(link_codes=(kept,))])
    if refused is not None:
        raise refused
    url = await _scene(channel, code)
    return Made(code_url=url, svg=drawn(url), expires_at=kept.expires_at.isoformat(), claim=chat.tokens.claim(code))


async def _scene(channel: ShowsScene, code: str) -> str:
    try:
        async with asyncio.timeout(SCENE_S):
            url = await channel.scene_qr(code, CODE_LASTS.total_seconds())
    except Rejected as error:
        raise _unavailable(error.code) from None
    except (SendError, TimeoutError, OSError) as error:
        log.warning("no QR code could be had: %s", type(error).__name__)
        raise Busy("the maker of QR codes", _RETRY_S) from None
    if len(url) > _URL_MAX_CHARS:
        raise _unavailable("url_too_long")
    return url


def _unavailable(why: str) -> Conflict:
    log.warning("the account makes no QR codes", extra={"code": why})
    return Conflict("the account may not make QR codes", code="link_unavailable")


def drawn(url: str) -> str:
    """The QR code of an address as an SVG of two paths, dark on light, without anything that runs or loads."""
    import segno  # few sites have another channel to go on in

    out = io.BytesIO()
    segno.make(url, error="m", micro=False).save(
        out, kind="svg", border=_QUIET_COUNT, light="#fff", xmldecl=False, svgclass=None, lineclass=None, omitsize=True, nl=False
    )  # fmt: skip
    return out.getvalue().decode()


def _code(ids: Ids) -> str:
    """Nobody guesses it within its ten minutes: 80 random bits."""
    return ids.new()

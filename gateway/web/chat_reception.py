"""The reception of web chat: which site, from where, who, and what a visitor is told first. Sockets and HTTP pass here alike."""

import asyncio
import logging
from datetime import datetime
from urllib.parse import urlsplit

from aiohttp import web
from msgspec import Struct, structs

from adapters.webchat.channel import WebChat
from adapters.webchat.frames import Config, Error, Hello, Welcome
from adapters.webchat.identity import User
from adapters.webchat.tokens import RENEW_AFTER, Visitor
from gateway.core.errors import BadInput, Busy, Faulty, Forged, FrontdeskError, NotFound, TooMany
from gateway.core.ids import ChannelName, Thread, derived, session_id
from gateway.core.session import Session, State
from gateway.core.signals import Rotated, pack, thread_topic
from gateway.core.texts import nearest
from gateway.logs import place
from gateway.metrics import Metrics
from gateway.web.chat_filling import Forms, name_in
from gateway.web.chat_forms import Demand, told
from gateway.web.chat_hub import ChatHub
from gateway.web.chat_links import Links, Scanned
from gateway.web.chat_watch import Watch
from gateway.web.deps import Deps
from gateway.web.limits import SiteLimits
from gateway.web.problems import BEARER_REQUIRED

log = logging.getLogger(__name__)

STORE_S = 10.0
"""For the record to answer a hello."""
_BUSY_S = 2.0


class Guest(Struct, frozen=True):
    """Whom we have let in."""

    visitor: Visitor
    token: str
    is_known: bool
    """The token that came named this very conversation."""
    has_rotated: bool = False
    """The visitor was anonymous until now: what the token from before has opened is to be closed."""
    scanned: Scanned = Scanned.NO
    """What has become of the QR code that they say they asked for."""


class Reception:
    """Everything that a site's door needs; one for a process."""

    def __init__(self, deps: Deps, hub: ChatHub) -> None:
        self.deps = deps
        self.hub = hub
        public = urlsplit(deps.public_url)
        self._own_origin = f"{public.scheme}://{public.netloc}"
        self.forms = Forms(deps)
        self.links = Links(deps)
        self._limits = {name: SiteLimits(chat.settings) for name, chat in deps.channels.items() if isinstance(chat, WebChat)}

    # ---- which site, from where ------------------------------------------------------------------------------------------------

    def site(self, request: web.Request) -> WebChat:
        """The site in the path. Raises NotFound."""
        chat = self.find(request.match_info["site"])
        if chat is None:
            raise NotFound("there is no such site")
        return chat

    def find(self, name: str) -> WebChat | None:
        """The site of this name."""
        channel = self.deps.channels.get(ChannelName(name))
        return channel if isinstance(channel, WebChat) else None

    def origin(self, request: web.Request, chat: WebChat) -> None:
        """Raises Forged for a page that may not use this site. Where no Origin is said, it is no browser's page that asks."""
        origin = request.headers.get("Origin")
        if origin is not None and not self.is_allowed(origin, request, chat):
            raise Forged("origin_refused", "an origin that is listed for this site")

    def is_allowed(self, origin: str, request: web.Request, chat: WebChat) -> bool:
        """Whether a page from `origin` may use this site: it is listed, or the gateway's own."""
        return origin in chat.settings.origins or self._is_own(origin, request)

    def limits(self, chat: WebChat) -> SiteLimits:
        return self._limits[chat.name]

    def _is_own(self, origin: str, request: web.Request) -> bool:
        if origin == self._own_origin:
            return True
        return origin in (f"http://{request.host}", f"https://{request.host}")  # https may end at a proxy before us

    # ---- who -------------------------------------------------------------------------------------------------------------------

    async def admit(self, chat: WebChat, hello: Hello, address: str) -> Guest:
        """Whom a hello's token and identity name; without a token a new visitor.

        Raises Forged (`token_invalid`, `identity_expired`, `identity_invalid`, `identity_off`) or TooMany.
        """
        now = self.deps.clock.now()
        user = chat.identities.read(hello.identity, now) if hello.identity else None
        known = chat.tokens.read(hello.token, chat.name, now) if hello.token else None
        if known is None:
            self.limits(chat).new_visitor(address, self.deps.clock.monotonic())
            return self._guest(chat, await self.links.stamped(self._identified(chat, user, now)) if user else self._anonymous(chat, now))
        if user is not None and known.user is not None:
            visitor = _at(known, now) if user.id == known.user else self._identified(chat, user, now)
            scanned = await self.links.scanned(chat, known, hello.link)
            return self._guest(chat, await self.links.stamped(visitor), known, scanned)
        standing = await self.links.standing(chat, known, user, hello.link)
        known = structs.replace(known, link=standing.generation)
        visitor = await self.links.stamped(await self._named(chat, known, user, now)) if user else known
        return self._guest(chat, visitor, known, standing.scanned)

    async def tell_rotated(self, guest: Guest) -> None:
        """Whoever else follows the conversation by the token from before comes back with the new one, or not at all."""
        if guest.has_rotated:
            await self.deps.bus.signal(thread_topic(guest.visitor.site, guest.visitor.id), pack(Rotated()))

    async def bearer(self, request: web.Request, chat: WebChat) -> Visitor:
        """The visitor whose token stands in the Authorization header. Raises Forged, also for a token that has been replaced."""
        visitor = self.claimed(request, chat)
        await self.require_current(visitor)
        return visitor

    def claimed(self, request: web.Request, chat: WebChat) -> Visitor:
        """The visitor of a token of ours, of which `require_current` knows whether it still holds. Raises Forged."""
        token = bearer_token(request)
        if token is None:
            raise Forged(BEARER_REQUIRED, "Authorization: Bearer TOKEN, with the token of a welcome")
        return chat.tokens.read(token, chat.name, self.deps.clock.now())

    def _guest(self, chat: WebChat, visitor: Visitor, known: Visitor | None = None, scanned: Scanned = Scanned.NO) -> Guest:
        """A visitor with a token that is not old. A user's is only made young again by a new JWT."""
        now = self.deps.clock.now()
        if visitor.user is None and now - visitor.issued_at > RENEW_AFTER:
            visitor = _at(visitor, now)
        is_known = known is not None and known.id == visitor.id
        has_rotated = known is not None and is_known and known.user is None and visitor.user is not None
        return Guest(visitor, chat.tokens.issue(visitor), is_known, has_rotated, scanned)

    def _anonymous(self, chat: WebChat, now: datetime) -> Visitor:
        return Visitor(site=chat.name, id=Thread(self.deps.ids.new()), issued_at=now)

    def _identified(self, chat: WebChat, user: User, now: datetime) -> Visitor:
        """A user's own conversation: the same on every device."""
        thread = Thread(derived("visitor", chat.name, user.id))
        return Visitor(site=chat.name, id=thread, issued_at=now, user=user.id, name=user.name)

    async def _named(self, chat: WebChat, known: Visitor, user: User, now: datetime) -> Visitor:
        """An anonymous visitor turns out to be a user: a conversation that has begun goes on under the name, and from now on the token
        from before is refused; one that has not gives way to the user's own."""
        async with asyncio.timeout(STORE_S):
            has_begun = bool(await self.deps.store.seqs([(chat.name, known.id)]))
            if has_begun:
                await self.links.bind(known, user, now)
        visitor = self._identified(chat, user, now)
        if has_begun:
            visitor = Visitor(site=chat.name, id=known.id, issued_at=now, user=user.id, name=user.name)
        if self.forms.asks(chat):
            await self.forms.carry(known, visitor)
        return visitor

    async def require_current(self, known: Visitor) -> None:
        """Raises Forged for a token that has been replaced: its visitor has been identified since, or linked with another channel."""
        await self.links.require_current(known)

    # ---- what a visitor is told first ------------------------------------------------------------------------------------------

    async def standing(self, watch: Watch, guest: Guest) -> Session | None:
        """The conversation's newest session, noted in the watch. A visitor whom we have just made has none, and nothing is asked."""
        if not guest.is_known and guest.visitor.user is None:
            watch.is_known = True
            return None
        state_count = watch.state_count
        async with asyncio.timeout(STORE_S):
            sessions = await self.deps.store.latest_sessions([(watch.channel, watch.thread)])
        watch.is_known = True
        if not sessions:
            return None
        watch.stands(sessions[0], state_count)
        return sessions[0]

    async def owed(self, chat: WebChat, watch: Watch, guest: Guest, session: Session | None) -> Demand | None:
        """The form that the visitor is to fill in, noted in the watch; None where nothing is asked, or it has been filled in."""
        due = self.forms.due(chat, session) if self.forms.asks(chat) else None
        if due is not None and (guest.is_known or guest.visitor.user is not None):
            filled = await self.forms.filled(guest.visitor)
            watch.said_name = name_in(filled) or watch.said_name
            due = None if due.is_met(filled) else due
        watch.is_settled = due is None or not due.is_required
        return due

    async def require_form(self, chat: WebChat, watch: Watch, visitor: Visitor) -> None:
        """Raises Forged (`form_required`) for a message before a required form. Asks the record until it is there, and never again."""
        if watch.is_settled:
            return
        guest = Guest(visitor, "", is_known=True)
        session = await self.standing(watch, guest) if self.forms.asks(chat) else None
        await self.owed(chat, watch, guest, session)
        if not watch.is_settled:
            raise Forged("form_required", "a form first, as the welcome's config describes it")

    def welcome(self, chat: WebChat, guest: Guest, session: Session | None, locale: str, owed: Demand | None = None) -> Welcome:
        """The first frame. A closed session is over: the next message begins the next one, whose id is known already."""
        episode = 1 if session is None else session.episode + (session.state is State.CLOSED)
        return Welcome(
            token=guest.token,
            session=session_id(chat.name, guest.visitor.id, episode),
            seq=session.seq if session else 0,
            resumed=guest.is_known and session is not None,
            state=State.BOT.value if session is None or session.state is State.CLOSED else session.state.value,
            at=self.deps.clock.now(),
            config=self.config(chat, locale, owed),
            linked=guest.scanned is Scanned.LINKED,
            link_doubtful=guest.scanned is Scanned.DOUBTFUL,
        )

    def config(self, chat: WebChat, locale: str, owed: Demand | None = None) -> Config:
        settings, greetings = chat.settings, chat.settings.greeting
        greeting = greetings[nearest(locale, tuple(greetings))] if greetings else self.deps.texts.say("chat.greeting", locale)
        form = told(owed, locale, self.deps.texts, self.deps.public_url) if owed else None
        return Config(
            name=self.deps.settings.gateway.name, greeting=greeting, locale=locale, file_max_bytes=settings.file_max_bytes,
            file_types=settings.file_types, form=form, hours=self.forms.hours(chat),
            link="wechat" if self.links.offers(chat) else None,
        )  # fmt: skip

    def locale(self, asked: str | None) -> str:
        """The language of ours nearest to the client's."""
        languages = self.deps.settings.gateway.languages
        return nearest(asked, languages) if asked else languages[0]

    def error(self, error: Exception, locale: str, cid: str | None = None) -> Error:
        """What a client is told. Anything that is no error of ours is ours to mend: it is logged by type, and may be tried again."""
        match error:
            case TooMany():
                return self._error("rate_limited", locale, cid, retry_after_s=error.retry_after_s)
            case Busy():
                return self._error("busy", locale, cid, retry_after_s=error.retry_after_s)
            case Faulty():
                return self._error(error.code, locale, cid, expected=error.expected, fields=tuple(key for key, _ in error.problems))
            case BadInput():
                return self._error(error.code, locale, cid, expected=error.expected)
            case TimeoutError() | OSError():
                log.warning("a visitor was told to come again: %s", type(error).__name__)
                return self._error("busy", locale, cid, retry_after_s=_BUSY_S)
            case FrontdeskError():
                return self._error("bad_input", locale, cid)
            case _:
                log.error("a frame could not be handled: %s", place(error))
                return self._error("internal", locale, cid, retry_after_s=_BUSY_S)

    def note_slow(self) -> None:
        """A client was dropped because it does not read."""
        if isinstance(self.deps.metrics, Metrics):
            self.deps.metrics.slow_sockets.labels("webchat").inc()

    def _error(
        self, code: str, locale: str, cid: str | None, *, retry_after_s: float | None = None, expected: str | None = None,
        fields: tuple[str, ...] = (),
    ) -> Error:  # fmt: skip
        texts = self.deps.texts.catalogue(locale)
        text = texts.get(f"chat.error.{code}", texts["chat.error.bad_input"])
        return Error(code=code, text=text, retry_after_s=retry_after_s, cid=cid, expected=expected, fields=fields)


def bearer_token(request: web.Request) -> str | None:
    """The token in the Authorization header (RFC 6750, section 2.1), if there is one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _at(visitor: Visitor, now: datetime) -> Visitor:
    return structs.replace(visitor, issued_at=now)


RECEPTION: web.AppKey[Reception] = web.AppKey("reception", Reception)

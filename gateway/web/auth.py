"""Who an agent is: the login cookie, the CSRF token, the roles, and the way every desk route asks for all three.

The cookie holds 256 random bits; the store knows only their SHA-256, so a stolen database opens no desk. The CSRF token is an HMAC of
the cookie's value: a page learns it by logging in or from `/desk/api/me`, a foreign site can do neither, and nothing more is stored.

The cookie is `__Host-frontdesk` with Path=/ wherever it is Secure. The prefix demands that path, and buys more than `Path=/desk` would:
no neighbour under the same domain can plant a cookie of that name, while a path keeps nothing from other pages of one origin. Over plain
http (a trial on one's own machine) browsers refuse the prefix; there it is `frontdesk` with Path=/desk.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import wraps
from urllib.parse import urlsplit

from aiohttp import web
from msgspec import Struct

from gateway.core.errors import Forbidden, Forged
from gateway.core.handoff import Agent, Role
from gateway.web.deps import DEPS, Deps
from gateway.web.problems import LOGIN_REQUIRED

CSRF_HEADER = "X-CSRF-Token"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_SAFE_METHODS = frozenset({"GET", "HEAD"})
_RANKS: Sequence[Role] = (Role.AGENT, Role.SUPERVISOR, Role.ADMIN)


class Login(Struct, frozen=True, kw_only=True):
    """A caller who is logged in."""

    agent: Agent
    token: str

    @property
    def token_hash(self) -> str:
        """What the store knows of the token."""
        return hash_of(self.token)


LOGIN: web.RequestKey[Login] = web.RequestKey("login", Login)


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def csrf_of(secret: bytes, token: str) -> str:
    """The CSRF token that belongs to a login."""
    return hmac.new(secret, b"desk-csrf\0" + token.encode(), hashlib.sha256).hexdigest()


# ---- the cookie -----------------------------------------------------------------------------------------------------------------


def is_secure(deps: Deps) -> bool:
    """Whether the cookie may travel over https only."""
    return deps.settings.security.cookie_secure == "always" or deps.public_url.startswith("https://")


def _cookie(deps: Deps) -> tuple[str, str]:
    return ("__Host-frontdesk", "/") if is_secure(deps) else ("frontdesk", "/desk")


def new_token() -> str:
    return secrets.token_urlsafe(32)


def expiry(deps: Deps) -> datetime:
    """When a login made now ends."""
    return deps.clock.now() + timedelta(hours=deps.settings.security.login_hours)


def set_cookie(deps: Deps, response: web.Response, token: str) -> None:
    """Hand the login to the browser."""
    name, path = _cookie(deps)
    max_age_s = int(deps.settings.security.login_hours * 3600)
    response.set_cookie(name, token, max_age=max_age_s, path=path, httponly=True, secure=is_secure(deps), samesite="Strict")


def clear_cookie(deps: Deps, response: web.Response) -> None:
    """Take the login from the browser."""
    name, path = _cookie(deps)
    response.del_cookie(name, path=path, httponly=True, secure=is_secure(deps), samesite="Strict")


def token_in(request: web.Request) -> str | None:
    """The cookie's token, if it has the form of one."""
    token = request.cookies.get(_cookie(request.app[DEPS])[0], "")
    return token if _TOKEN.fullmatch(token) else None


# ---- who asks -------------------------------------------------------------------------------------------------------------------


async def login_of(request: web.Request) -> Login:
    """The caller's login. Raises Forged (401) where there is none, it has ended, or the account is disabled."""
    token = token_in(request)
    agent = None if token is None else await agent_behind(request.app[DEPS], hash_of(token))
    if token is None or agent is None:
        raise Forged(LOGIN_REQUIRED, "log in at /desk/")
    return Login(agent=agent, token=token)


async def agent_behind(deps: Deps, token_hash: str) -> Agent | None:
    """The agent whose login this is, as the account stands now; None where it has ended or the account is disabled."""
    agent_id = await deps.store.login(token_hash, deps.clock.now())
    agent = None if agent_id is None else await deps.store.agent(agent_id)
    return None if agent is None or agent.is_disabled else agent


def check_origin(request: web.Request) -> None:
    """Refuse what a page of another origin sends. Raises Forged.

    Browsers name the origin on every WebSocket and on every request that changes something; other clients need not.
    """
    origin = request.headers.get("Origin")
    if origin is None:
        return
    scheme, _, host = origin.lower().partition("://")
    own = {request.host.lower(), urlsplit(request.app[DEPS].public_url).netloc.lower()}
    if scheme not in {"http", "https"} or host not in own:
        raise Forged("origin", "a request from the desk's own page")


def check_csrf(request: web.Request, login: Login) -> None:
    """Refuse a change without the login's CSRF token. Raises Forged."""
    given = request.headers.get(CSRF_HEADER, "").encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(csrf_of(request.app[DEPS].secret, login.token).encode(), given):
        raise Forged("csrf", f"the login's `csrf` in the header {CSRF_HEADER}")


def may(agent: Agent, role: Role) -> bool:
    """Whether the agent has the role, or one above it."""
    return _RANKS.index(agent.role) >= _RANKS.index(role)


Handler = Callable[[web.Request, Agent], Awaitable[web.StreamResponse]]


def route(method: str, path: str, handler: Handler, role: Role = Role.AGENT) -> web.RouteDef:
    """A route of the desk. There is no other way to make one, so none forgets to ask who calls, from where, and whether they may."""

    @wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        login = await login_of(request)
        if method not in _SAFE_METHODS:
            check_origin(request)
            check_csrf(request, login)
        if not may(login.agent, role):
            raise Forbidden(f"this asks for the role {role.value}")
        request[LOGIN] = login
        return await handler(request, login.agent)

    return web.route(method, path, guarded)

"""In and out of the desk, and everything that the login form needs before anybody is known."""

import hashlib
from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from gateway.core.changes import Changes
from gateway.core.errors import Forged, TooMany
from gateway.core.handoff import Agent, AuditEvent
from gateway.web import desk_views as views
from gateway.web.address import client_address
from gateway.web.auth import LOGIN, check_origin, clear_cookie, csrf_of, expiry, hash_of, new_token, route, set_cookie, token_in
from gateway.web.bodies import answer, read_json
from gateway.web.deps import DEPS, Deps
from gateway.web.desk_socket import HUB
from gateway.web.limits import Buckets
from gateway.web.problems import LOGIN_WRONG

_MINUTE_S = 60.0


class Credentials(Struct, frozen=True):
    """The login form. Sizes are limited because hashing a password costs by its length."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    password: Annotated[str, Meta(min_length=1, max_length=1024)]


class Limits:
    """How often somebody may try to log in: by address, and by name, so that neither many names nor many addresses help."""

    def __init__(self, deps: Deps) -> None:
        per_minute = deps.settings.security.login_attempts_per_minute
        self._by_address = Buckets(per_minute, _MINUTE_S)
        self._by_name = Buckets(per_minute, _MINUTE_S)

    def take(self, address: str, name: str, now_s: float) -> None:
        """Count one attempt. Raises TooMany."""
        wait_s = self._by_address.take(address, now_s) or self._by_name.take(name_mark(name), now_s)
        if wait_s > 0:
            raise TooMany("login attempts", wait_s)


LIMITS: web.AppKey[Limits] = web.AppKey("login_limits", Limits)


def name_mark(name: str) -> str:
    """What is kept of a name that nobody could log in with: enough to see that it is the same again. It may be a password, typed
    into the wrong box."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]


async def login(request: web.Request) -> web.Response:
    """Check name and password, and hand out a new login; an older one of the same browser ends."""
    deps = request.app[DEPS]
    check_origin(request)
    given = await read_json(request, Credentials)
    address = client_address(request)
    request.app[LIMITS].take(address, given.name, deps.clock.monotonic())
    agent = await deps.desk.login(given.name, given.password)
    if agent is None:
        await _audit(deps, "unknown", "login_failed", f"name:{name_mark(given.name)}", address)
        raise Forged(LOGIN_WRONG, "a name and the password that belongs to it")
    await _drop_earlier(request)
    token = new_token()
    expires_at = expiry(deps)
    await deps.store.put_login(hash_of(token), agent.id, expires_at)
    await _check_still_right(deps, agent, token)
    await _audit(deps, agent.id, "login", agent.id, address)
    response = answer({"csrf": csrf_of(deps.secret, token), "agent": views.own_account(agent), "expires_at": expires_at})
    set_cookie(deps, response, token)
    return response


async def logout(request: web.Request, agent: Agent) -> web.Response:
    """End this login, here and on its sockets."""
    deps, token_hash = request.app[DEPS], request[LOGIN].token_hash
    await deps.store.drop_login(token_hash)
    await _audit(deps, agent.id, "logout", agent.id, client_address(request))
    request.app[HUB].end_login(token_hash)
    response = answer({})
    clear_cookie(deps, response)
    return response


async def me(request: web.Request, agent: Agent) -> web.Response:
    """What a page that was reloaded needs to go on."""
    csrf = csrf_of(request.app[DEPS].secret, request[LOGIN].token)
    return answer({"csrf": csrf, "agent": views.own_account(agent)})


async def _check_still_right(deps: Deps, agent: Agent, token: str) -> None:
    """Raises Forged where the account was shut, or its password changed, while this one was being checked: whoever did that has dropped
    the logins that there were, and this one came behind. A change that comes behind this look finds the login, and drops it."""
    now = await deps.store.agent(agent.id)
    if now is None or now.is_disabled or now.password_hash != agent.password_hash:
        await deps.store.drop_login(hash_of(token))
        raise Forged(LOGIN_WRONG, "a name and the password that belongs to it")


async def _drop_earlier(request: web.Request) -> None:
    earlier = token_in(request)
    if earlier is not None:
        await request.app[DEPS].store.drop_login(hash_of(earlier))
        request.app[HUB].end_login(hash_of(earlier))


async def _audit(deps: Deps, actor: str, action: str, subject: str, address: str) -> None:
    event = AuditEvent(at=deps.clock.now(), actor=actor, action=action, subject=subject, detail={"address": address})
    await deps.store.commit([Changes(audits=(event,))])


def routes() -> list[web.RouteDef]:
    return [
        web.post("/desk/api/login", login),
        route("POST", "/desk/api/logout", logout),
        route("GET", "/desk/api/me", me),
    ]

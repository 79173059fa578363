"""The web application, put together from Deps, and the server around it with every limit it has."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from aiohttp import web

from gateway.web import (
    chat,
    desk_admin,
    desk_api,
    desk_calls,
    desk_cases,
    desk_files,
    desk_identities,
    desk_knowledge,
    desk_knowledge_check,
    desk_knowledge_revisions,
    desk_letters,
    desk_login,
    desk_page,
    desk_reach,
    desk_replies,
    desk_search,
    desk_sessions,
    desk_socket,
    health,
    linked_files,
    pages,
    phone,
    webhooks,
    wechat,
)
from gateway.web.deps import DEPS, Deps
from gateway.web.desk_limits import DESK_LIMITS, DeskLimits
from gateway.web.desk_login import LIMITS, Limits
from gateway.web.desk_page import PAGE, Page
from gateway.web.desk_socket import HUB, Hub
from gateway.web.health import HEALTH, Health
from gateway.web.linked_files import LINKS, links_of
from gateway.web.middleware import AccessLog, front, on_prepare
from gateway.web.protocol import Connection

BODY_MAX_BYTES = 256 * 1024
"""Of a body that is read whole. Files are streamed, under their own limits."""
LINE_MAX_BYTES = 8 * 1024
HEADER_MAX_BYTES = 8 * 1024
HEADERS_MAX_COUNT = 64
KEEPALIVE_S = 75.0
"""Longer than the usual proxy's 60 s, so that it is never we who close a connection it is about to use."""
LINGER_S = 2.0
BACKLOG_MAX_COUNT = 1024
"""Connections that the system holds while we are busy; more are refused by it."""


def build(deps: Deps) -> web.Application:
    """The application: every route, the middleware, and the background work of the parts that have some."""
    app = web.Application(client_max_size=BODY_MAX_BYTES, middlewares=[front])
    app[DEPS] = deps
    app[HEALTH] = Health(deps)
    app[LIMITS] = Limits(deps)
    app[DESK_LIMITS] = DeskLimits()
    app[LINKS] = links_of(deps)
    app[HUB] = Hub(deps)
    app[PAGE] = Page()
    app.on_response_prepare.append(on_prepare)
    app.on_shutdown.extend([_say_stopping, desk_socket.say_goodbye])
    seen = (
        desk_page, desk_login, desk_api, desk_sessions, desk_cases, desk_files, desk_identities, desk_reach, desk_calls, desk_replies,
        desk_search,
    )  # fmt: skip
    desk = (*seen, desk_letters, desk_socket)
    for part in (health, pages, webhooks, phone, linked_files, *desk, desk_knowledge, desk_knowledge_revisions):
        app.add_routes(part.routes())
    app.cleanup_ctx.append(desk_socket.lifespan)
    wechat.setup(app)
    desk_admin.setup(app)
    desk_knowledge_check.setup(app)
    chat.setup(app)
    return app


@asynccontextmanager
async def serving(deps: Deps, *, host: str, port: int, reuse_port: bool = False) -> AsyncIterator[int]:
    """Serve until the block is left; gives the port that is really used (`port=0` takes a free one).

    Leaving stops gracefully: no new connections, sockets say goodbye, running requests have `gateway.drain_s` to end.
    """
    runner = web.AppRunner(build(deps), shutdown_timeout=deps.settings.gateway.drain_s / 2)  # aiohttp waits twice: to answer, to cancel
    await runner.setup()
    try:
        loop = asyncio.get_running_loop()
        assert runner.server is not None
        connection = partial(Connection, runner.server, loop=loop, **_limits())
        listener = await loop.create_server(connection, host, port, backlog=BACKLOG_MAX_COUNT, reuse_port=reuse_port or None)
        try:
            yield listener.sockets[0].getsockname()[1]
        finally:
            listener.close()
    finally:
        await asyncio.shield(runner.cleanup())


def _limits() -> dict[str, Any]:
    return {
        "access_log": logging.getLogger("gateway.web.access"),
        "access_log_class": AccessLog,
        "keepalive_timeout": KEEPALIVE_S,
        "lingering_time": LINGER_S,
        "max_line_size": LINE_MAX_BYTES,
        "max_field_size": HEADER_MAX_BYTES,
        "max_headers": HEADERS_MAX_COUNT,
        "auto_decompress": False,  # refused by the middleware: nothing that a stranger has packed is opened
    }


async def _say_stopping(app: web.Application) -> None:
    app[HEALTH].is_stopping = True

"""What supervisors and admins run the desk with: accounts, opening hours, how the installation is, the audit log."""

import asyncio

from aiohttp import web

from gateway.web import desk_admin_agents, desk_admin_audit, desk_admin_health, desk_admin_hours
from gateway.web.deps import DEPS
from gateway.web.desk_admin_audit import CHECKING
from gateway.web.desk_admin_health import ROUNDS, Rounds


def setup(app: web.Application) -> None:
    """Add the routes, and what they remember."""
    app[CHECKING] = asyncio.Lock()
    app[ROUNDS] = Rounds(app[DEPS])
    for part in (desk_admin_agents, desk_admin_audit, desk_admin_health, desk_admin_hours):
        app.add_routes(part.routes())
    app.cleanup_ctx.append(desk_admin_health.lifespan)

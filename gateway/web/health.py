"""Is it alive, is it ready, and how is it doing: for load balancers, orchestrators and Prometheus.

These three ask for no login, so they tell nothing but names, states and numbers. Close them at the proxy where even that is too much.
"""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web
from msgspec import Struct

from gateway.metrics import CONTENT_TYPE
from gateway.web.bodies import answer
from gateway.web.deps import DEPS, Deps

PART_DEADLINE_S = 2.0
FRESH_S = 1.0
"""An answer this young is given again, so that asking often costs the store nothing."""


class PartState(Struct, frozen=True, kw_only=True):
    """How one part is."""

    ok: bool
    ms: float
    why: str = ""


class Readiness(Struct, frozen=True, kw_only=True):
    """Whether requests should come here, with each part by name."""

    ready: bool
    parts: dict[str, PartState]


class Health:
    """Knows whether the process is stopping, and asks the parts at most once a second."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._lock = asyncio.Lock()
        self._last: tuple[float, Readiness] | None = None
        self.is_stopping = False

    async def readiness(self) -> Readiness:
        """How the parts are, at most FRESH_S old."""
        async with self._lock:
            now = self._deps.clock.monotonic()
            if self._last is None or now - self._last[0] >= FRESH_S or self.is_stopping:
                self._last = now, await self._ask()
            return self._last[1]

    async def _ask(self) -> Readiness:
        checks: dict[str, Callable[[], Awaitable[None]]] = {"store": self._deps.store.healthy, "bus": self._deps.bus.healthy}
        states = await asyncio.gather(*(self._state_of(check) for check in checks.values()))
        parts = dict(zip(checks, states, strict=True))
        parts["web"] = PartState(ok=not self.is_stopping, ms=0.0, why="stopping" if self.is_stopping else "")
        return Readiness(ready=all(part.ok for part in parts.values()), parts=parts)

    async def _state_of(self, check: Callable[[], Awaitable[None]]) -> PartState:
        clock = self._deps.clock
        started = clock.monotonic()
        why = ""
        try:
            async with asyncio.timeout(PART_DEADLINE_S):
                await check()
        except TimeoutError:
            why = f"no answer within {PART_DEADLINE_S:g} s"
        except Exception as error:  # whatever a driver raises: it is not ready
            why = type(error).__name__
        return PartState(ok=not why, ms=round((clock.monotonic() - started) * 1000, 2), why=why)


HEALTH: web.AppKey[Health] = web.AppKey("health", Health)


async def healthz(request: web.Request) -> web.Response:  # noqa: ARG001 - a handler's signature
    """The process is alive and its loop turns: no part is asked, or a database's outage would restart us in a circle."""
    return answer({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """200 where every part works, else 503; each part by name."""
    readiness = await request.app[HEALTH].readiness()
    return answer(readiness, status=200 if readiness.ready else 503)


async def metrics(request: web.Request) -> web.Response:
    """Prometheus text."""
    return web.Response(body=request.app[DEPS].metrics.exposition(), headers={"Content-Type": CONTENT_TYPE})


def routes() -> list[web.RouteDef]:
    return [web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)]

"""How the installation is, as supervisors see it at the desk: the doctor's examinations, of the process that answers.

One round at a time, however many ask; what it found is given again for a while. A round goes on when whoever asked for it has left.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from aiohttp import web
from msgspec import Struct

from gateway.checkup import Checkup, Finding
from gateway.core.bus import Bus
from gateway.core.channel import Channel, Pulse, Watched
from gateway.core.errors import FrontdeskError
from gateway.core.handoff import Agent, Role
from gateway.core.ids import ChannelName
from gateway.core.ports import Store
from gateway.core.texts import Texts, nearest
from gateway.outside_checkup import examinations as outside
from gateway.web.auth import route
from gateway.web.bodies import answer
from gateway.web.deps import DEPS, Deps

DEADLINE_S = 5.0
"""For each part. All are tried at the same time."""
FRESH_S = 30.0
"""What was found is given again for so long."""
LANGUAGE_MAX_CHARS = 35
LEAST_S = 2.0
"""Asking to try now, again and again, tries this often."""
TOUCHY_S = 600.0
"""What must not be tried again and again (`Verdict.is_touchy`) a page that stands open tries this often."""


class Round(Struct, frozen=True):
    """What one round found; those of channels also with their channel."""

    at_s: float
    checked_at: datetime
    findings: tuple[Finding, ...]
    channels: tuple[tuple[Channel, Finding], ...]
    pulses: dict[ChannelName, Pulse] = {}
    """Of channels that fetch what customers send, or take their calls: how that goes, by whichever process it is that does."""


class Rounds:
    """Examines, and remembers what it found."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._checkup = Checkup(deps.settings, deps.clock, DEADLINE_S)
        self._last: Round | None = None
        self._running: asyncio.Task[Round] | None = None
        self._touchy: dict[ChannelName, tuple[float, Finding]] = {}

    async def found(self, fresh_s: float, *, is_asked: bool = False) -> Round:
        """What the last round found, if it is younger than this; else a new round, which may be running already. `is_asked`: somebody
        wants it now, all of it."""
        last = self._last
        if last is not None and self._deps.clock.monotonic() - last.at_s < fresh_s:
            return last
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._round(is_asked=is_asked), name="checkup")
        return await asyncio.shield(self._running)

    async def stop(self) -> None:
        """End a round that is running."""
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running
        self._checkup.close()

    async def _round(self, *, is_asked: bool) -> Round:
        deps, checkup = self._deps, self._checkup
        parts = [
            checkup.published(deps.library, deps.brains), checkup.data_dir(), checkup.store(self._store), checkup.bus(self._bus),
            checkup.hours(deps.store), *outside(deps.settings),
        ]  # fmt: skip
        channels = list(deps.channels.values())
        kept = {} if is_asked else self._kept()
        tried = [channel for channel in channels if channel.name not in kept]
        found = await checkup.examine([*parts, *map(checkup.channel, tried)])
        anew = dict(zip((channel.name for channel in tried), found[len(parts) :], strict=True))
        self._touchy = {name: (deps.clock.monotonic(), one) for name, one in anew.items() if one.is_touchy} | kept
        of_channels = tuple((channel, anew[channel.name] if channel.name in anew else kept[channel.name][1]) for channel in channels)
        pulses = {one.name: pulse for one in channels if isinstance(one, Watched) and (pulse := await _pulse(one)) is not None}
        findings = (*found[: len(parts)], *(one for _, one in of_channels))
        self._last = Round(deps.clock.monotonic(), deps.clock.now(), findings, of_channels, pulses)
        return self._last

    def _kept(self) -> dict[ChannelName, tuple[float, Finding]]:
        """What is not tried again yet, and when it was tried."""
        now_s = self._deps.clock.monotonic()
        return {name: (at_s, one) for name, (at_s, one) in self._touchy.items() if now_s - at_s < TOUCHY_S}

    async def _store(self) -> Store:
        return self._deps.store

    async def _bus(self) -> Bus:
        return self._deps.bus


async def _pulse(channel: Watched) -> Pulse | None:
    """How its fetching goes; None too while nobody can tell, which other findings say louder."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            return await channel.pulse()
    except (FrontdeskError, OSError):  # TimeoutError is an OSError
        return None


ROUNDS: web.AppKey[Rounds] = web.AppKey("checkup", Rounds)


async def health(request: web.Request, agent: Agent) -> web.Response:  # noqa: ARG001 - a handler's signature
    """What was found last; it is at most FRESH_S old."""
    return _answer(request, await request.app[ROUNDS].found(FRESH_S))


async def try_now(request: web.Request, agent: Agent) -> web.Response:  # noqa: ARG001 - a handler's signature
    """Try every part now."""
    return _answer(request, await request.app[ROUNDS].found(LEAST_S, is_asked=True))


def _answer(request: web.Request, found: Round) -> web.Response:
    texts, language = request.app[DEPS].texts, _language(request)
    channels = [
        {"name": channel.name, "type": channel.type, **_told(one, texts, language), **_beat(found.pulses.get(channel.name))}
        for channel, one in found.channels
    ]
    findings = [{"part": one.part, **_told(one, texts, language)} for one in found.findings]
    return answer({"checked_at": found.checked_at, "findings": findings, "channels": channels})


def _told(finding: Finding, texts: Texts, language: str) -> dict[str, Any]:
    why, todo = finding.why.said(texts, language), finding.todo.said(texts, language)
    return {"ok": finding.ok, "why": why, "todo": todo, "ms": finding.ms}


def _beat(pulse: Pulse | None) -> dict[str, Any]:
    if pulse is None:
        return {}
    told = {
        "success_at": pulse.success_at, "behind_count": pulse.behind_count, "is_alarm": pulse.is_alarm, "trouble": pulse.trouble,
        "counts": pulse.counts,
    }  # fmt: skip
    return {"pulse": told}


def _language(request: web.Request) -> str:
    """What the page asks for; else what the browser prefers; else the installation's first."""
    offered = request.app[DEPS].settings.gateway.languages
    preferred = request.headers.get("Accept-Language", "").split(",")[0].split(";")[0].strip()
    return nearest((request.query.get("lang") or preferred or offered[0])[:LANGUAGE_MAX_CHARS], offered)


def routes() -> list[web.RouteDef]:
    """The routes of this page."""
    return [
        route("GET", "/desk/api/health", health, Role.SUPERVISOR),
        route("POST", "/desk/api/health", try_now, Role.SUPERVISOR),
    ]


async def lifespan(app: web.Application) -> AsyncIterator[None]:
    """Ends what is being tried when the application ends."""
    yield
    await app[ROUNDS].stop()

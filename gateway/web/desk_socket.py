"""`/desk/ws`: tells agents' pages what happens, from the signals of the session bus.

One subscription for the whole process; each signal is looked at once, what it needs is read once, and every desk gets what it may see.
Nothing depends on a frame's arrival: what a page shows, it can read again.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator, Sequence

from aiohttp import web

from gateway.core.errors import Busy
from gateway.core.handoff import Agent, Handoff, Stage
from gateway.core.ids import AgentId
from gateway.core.signals import DESK, DeskSignal, unpack_desk
from gateway.logs import place
from gateway.web import desk_views as views
from gateway.web.auth import LOGIN, check_origin, route
from gateway.web.deps import DEPS, Deps
from gateway.web.desk_calls import calls_of
from gateway.web.desk_connection import GOING_AWAY, LOGIN_OVER, Connection
from gateway.web.desk_frames import Frame
from gateway.web.desk_lookout import Lookout
from handoff.presence import is_connected

log = logging.getLogger(__name__)

FRAME_MAX_BYTES = 64 * 1024
SOCKETS_MAX_COUNT = 2_000
SOCKETS_MAX_COUNT_PER_AGENT = 16
GOODBYE_S = 2.0
DISCONNECT_DEADLINE_S = 5.0
AGAIN_S = 1.0
"""How long after a broken subscription the next is tried."""
LINE_FRESH_S = 2.0
"""One reading of the line serves every desk's heartbeat for this long."""


class Hub:
    """All desks that are connected to this process."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._connections: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._sockets_of: Counter[AgentId] = Counter()
        self._shown: dict[AgentId, Frame] = {}
        self._line: tuple[float, Sequence[Handoff]] = (float("-inf"), ())
        self._lookout = Lookout(deps)
        self._is_stopping = False

    async def serve(self, connection: Connection) -> None:
        """Keep a desk connected until it goes; its last socket's end is its agent's goodbye."""
        agent_id = connection.agent_id
        self._connections.add(connection)
        self._sockets_of[agent_id] += 1
        self._deps.metrics.sockets.labels("desk").inc()
        task = asyncio.create_task(connection.run(), name="desk socket")
        self._tasks.add(task)
        try:
            await task
        finally:
            task.cancel()
            self._tasks.discard(task)
            self._connections.discard(connection)
            self._sockets_of[agent_id] -= 1
            self._deps.metrics.sockets.labels("desk").dec()
            await self._lookout.leave(connection)
            if not self._sockets_of[agent_id]:
                del self._sockets_of[agent_id]
                await self._say_gone(agent_id)

    def look(self, connection: Connection) -> None:
        """This page looks at something else now, or still."""
        self._lookout.look(connection)

    async def line(self) -> Sequence[Handoff]:
        """What waits and what is offered, as it was LINE_FRESH_S ago at most."""
        now_s = self._deps.clock.monotonic()
        if now_s - self._line[0] >= LINE_FRESH_S:
            self._line = (now_s, await self._deps.store.open_handoffs())
        return self._line[1]

    def check_room(self, agent_id: AgentId) -> None:
        """Raises Busy where there are too many sockets already."""
        if self._is_stopping or len(self._connections) >= SOCKETS_MAX_COUNT:
            raise Busy("the desk", AGAIN_S)
        if self._sockets_of[agent_id] >= SOCKETS_MAX_COUNT_PER_AGENT:
            raise Busy("this account's set of open desks", AGAIN_S)

    def end_login(self, token_hash: str) -> None:
        """Close the sockets of a login that is over. Those of other processes notice at their next ping."""
        for connection in self._connections:
            if connection.token_hash == token_hash:
                connection.end(LOGIN_OVER)

    async def run(self) -> None:
        """Until cancelled: listen, and look after who looks at what."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._lookout.run(), name="desk looks")
            tasks.create_task(self._listen_on(), name="desk signals")

    async def _listen_on(self) -> None:
        """A subscription that breaks is taken up again, and every page told to read again once it stands: not before, or what happens
        between the two would be missed by all of them."""
        while True:
            try:
                await self._listen()
            except Exception as error:  # the worker's outermost loop
                log.exception("desk signals broke off")
                self._deps.metrics.errors.labels("desk_socket", type(error).__name__).inc()
            await asyncio.sleep(AGAIN_S)

    async def stop(self) -> None:
        """Say goodbye to every desk, and wait a little for them to go."""
        self._is_stopping = True
        for connection in self._connections:
            connection.end(GOING_AWAY, {"type": "bye", "retry_after_s": AGAIN_S})
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=GOODBYE_S)

    async def _listen(self) -> None:
        subscription = await self._deps.bus.subscribe(DESK)
        self._resync_all()
        try:
            async for topic, payload in subscription:
                if topic == DESK:
                    await self._pass_on(unpack_desk(payload))
                else:
                    self._deps.metrics.lost_signals.inc()
                    self._resync_all()
                await asyncio.sleep(0)  # a full mailbox never waits for anything: let others have their turn
        finally:
            await subscription.close()

    async def _pass_on(self, signal: DeskSignal) -> None:
        if signal.kind == "looking":
            self._lookout.hear(signal)
            return
        if not self._connections:
            return
        if signal.kind in {"offer", "queue"}:
            self._line = (float("-inf"), ())
        if signal.kind == "presence" and signal.agent_id is not None:
            for connection in self._connections:
                if connection.agent_id == signal.agent_id:
                    connection.check_soon()
        facts = await self._facts(signal)
        for connection in self._connections:
            connection.tell(connection.viewer.frames(signal, facts))

    async def _facts(self, signal: DeskSignal) -> Frame | None:
        store = self._deps.store
        if signal.kind == "offer" and signal.handoff_id is not None and self._sockets_of[signal.agent_id or AgentId("")]:
            handoff = await store.handoff(signal.handoff_id)
            is_standing = handoff is not None and handoff.stage is Stage.OFFERED and handoff.agent_id == signal.agent_id
            if handoff is None or not is_standing:
                return None
            return views.offer(handoff, (await calls_of(self._deps, [handoff])).get(handoff.session_id))
        if signal.kind == "presence" and signal.agent_id is not None:
            agent = await store.agent(signal.agent_id)
            return None if agent is None else self._news_of(agent)
        return None

    def _news_of(self, agent: Agent) -> Frame | None:
        """The colleague as others see them, if that is new: a heartbeat is no news."""
        now = views.colleague(agent, is_connected=is_connected(agent, self._deps.clock.now()))
        if self._shown.get(agent.id) == now:
            return None
        self._shown[agent.id] = now
        return now

    def _resync_all(self) -> None:
        self._shown.clear()
        self._line = (float("-inf"), ())
        for connection in self._connections:
            connection.resync()

    async def _say_gone(self, agent_id: AgentId) -> None:
        if self._is_stopping:
            return  # it is we who go; the desk will be back at once, and if not, its silence tells
        try:
            async with asyncio.timeout(DISCONNECT_DEADLINE_S):
                await self._deps.desk.disconnect(agent_id)
        except Exception as error:  # presence ends by itself some seconds later
            log.warning("goodbye of a desk not written down", extra={"error": place(error)})


HUB: web.AppKey[Hub] = web.AppKey("desk_hub", Hub)


async def socket(request: web.Request, agent: Agent) -> web.StreamResponse:
    """The live socket of one desk."""
    check_origin(request)
    deps, hub = request.app[DEPS], request.app[HUB]
    hub.check_room(agent.id)
    response = web.WebSocketResponse(compress=False, max_msg_size=FRAME_MAX_BYTES, heartbeat=20.0, timeout=GOODBYE_S)
    await response.prepare(request)
    await hub.serve(Connection(deps, response, request[LOGIN], hub))
    return response


def routes() -> list[web.RouteDef]:
    return [route("GET", "/desk/ws", socket)]


async def lifespan(app: web.Application) -> AsyncIterator[None]:
    """Runs the hub as long as the application does."""
    task = asyncio.create_task(app[HUB].run(), name="desk signals")
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def say_goodbye(app: web.Application) -> None:
    """For `app.on_shutdown`: while sockets still can be told."""
    await app[HUB].stop()

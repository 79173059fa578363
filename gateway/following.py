"""A thread as a call leg follows it: every message once and in order, and where its session stands.

Signals say that there is news, the record says what it is: a lost signal costs at most LOOK_S, never a message.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.core.bus import Bus
from gateway.core.calls import News, Standing, Wanted
from gateway.core.ids import ChannelName, Thread
from gateway.core.ports import Store
from gateway.core.session import Session
from gateway.core.signals import StateNow, calls_topic, thread_topic, unpack_thread, unpack_wanted

LOOK_S = 1.0
PAGE_COUNT = 100


class Following:
    """The threads of one channel."""

    def __init__(self, channel: ChannelName, store: Store, bus: Bus) -> None:
        self._channel = channel
        self._store = store
        self._bus = bus

    @asynccontextmanager
    async def follow(self, thread: Thread, after_seq: int) -> AsyncIterator[AsyncIterator[News]]:
        subscription = await self._bus.subscribe(thread_topic(self._channel, thread))
        try:
            yield self._news(thread, after_seq, aiter(subscription))
        finally:
            await subscription.close()

    async def standing(self, thread: Thread) -> Standing | None:
        found = await self._store.latest_sessions([(self._channel, thread)])
        return await self._standing(found[0], None) if found else None

    async def wanted(self) -> AsyncIterator[Wanted]:
        subscription = await self._bus.subscribe(calls_topic(self._channel))
        try:
            async for topic, payload in subscription:
                if topic:
                    yield unpack_wanted(payload)
        finally:
            await subscription.close()

    async def _news(self, thread: Thread, seq: int, told: AsyncIterator[tuple[str, bytes]]) -> AsyncIterator[News]:
        place: StateNow | None = None
        last: Standing | None = None
        heard = asyncio.ensure_future(anext(told))
        try:
            while True:
                while messages := await self._store.thread_messages(self._channel, thread, seq, PAGE_COUNT):
                    for message in messages:
                        seq = message.seq
                        yield message
                found = await self._store.latest_sessions([(self._channel, thread)])
                now = await self._standing(found[0], place) if found else None
                if now is not None and now != last:
                    last = now
                    yield now
                await asyncio.wait([heard], timeout=LOOK_S)
                if heard.done():
                    topic, payload = heard.result()
                    signal = unpack_thread(payload) if topic else None
                    place = signal if isinstance(signal, StateNow) and signal.position is not None else place
                    heard = asyncio.ensure_future(anext(told))
        except StopAsyncIteration:
            return
        finally:
            heard.cancel()

    async def _standing(self, session: Session, place: StateNow | None) -> Standing:
        is_placed = place is not None and place.session_id == session.id and place.state is session.state
        agent = await self._store.agent(session.agent_id) if session.agent_id else None
        return Standing(
            session_id=session.id, state=session.state, controller=session.controller, language=session.language, seq=session.seq,
            agent_id=session.agent_id, agent=agent.name if agent else "", agent_name=session.agent_name or "",
            position=place.position if place and is_placed else None, eta_s=place.eta_s if place and is_placed else None,
            asks=session.memory.asking or ("contact" if session.memory.awaits_contact else ""), is_looking=session.looking is not None,
            call=session.call,
        )  # fmt: skip

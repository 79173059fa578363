"""What a row's end means to people: the log, the counts, those at the desk, and the conversation of an agent whose mail was given up."""

import logging
from collections.abc import Mapping

from gateway.core.bus import Bus
from gateway.core.changes import Settled
from gateway.core.channel import Channel, event_key
from gateway.core.errors import Busy
from gateway.core.events import Inbound, Remarked
from gateway.core.ids import ChannelName
from gateway.core.message import Author, Outgoing, Status
from gateway.core.ports import Clock
from gateway.core.session import Controller
from gateway.core.signals import DESK, DeskSignal, pack
from gateway.metrics import Metrics
from gateway.sending import Row
from gateway.tidings import UNSENT

log = logging.getLogger(__name__)


class Outcomes:
    """One for a process."""

    def __init__(self, bus: Bus, channels: Mapping[ChannelName, Channel], *, clock: Clock, metrics: Metrics) -> None:
        self._bus = bus
        self._channels = channels
        self._clock = clock
        self._metrics = metrics

    async def tell(self, row: Row, settled: Settled) -> None:
        """Say aloud what a row's end means to people: always when it did not arrive, else to the desk if it has the session."""
        outgoing, session = row.outgoing, row.session
        self._metrics.sends.labels(outgoing.channel, settled.status.value).inc()
        if settled.status is not Status.SENT:
            facts = {"outbox": settled.id, "session": settled.session_id, "status": settled.status.value, "detail": settled.detail}
            is_kept = settled.status is Status.KEPT
            words = "a message is kept until the customer writes again" if is_kept else "a message did not go out"
            log.log(logging.INFO if is_kept else logging.WARNING, words, extra={"channel": outgoing.channel, **facts})
        if settled.status is not Status.SENT or (session is not None and session.controller is not Controller.BOT):
            await self.signal(row, settled)
        if settled.status is Status.FAILED and self._is_patient(row) and outgoing.message.author is Author.AGENT:
            await self._remark(outgoing)

    async def _remark(self, outgoing: Outgoing) -> None:
        """An agent's mail was given up, perhaps days after it was written: its conversation tells them, by an event of its own lane."""
        event = Inbound(
            channel=outgoing.channel, thread=outgoing.thread, key=event_key(outgoing.channel, "unsent", outgoing.id), sender=outgoing.to,
            at=self._clock.now(), event=Remarked(what=UNSENT),
        )  # fmt: skip
        try:
            await self._bus.append(event)
        except (Busy, OSError, TimeoutError):
            log.warning("that a mail was given up is seen at the mail alone", extra={"channel": outgoing.channel, "outbox": outgoing.id})

    def _is_patient(self, row: Row) -> bool:
        channel = self._channels.get(row.outgoing.channel)
        return channel is not None and channel.capabilities.patience_s > 0

    async def signal(self, row: Row, settled: Settled) -> None:
        """Those at the desk see what has become of it."""
        session = row.session
        agent_id, state, queue = (session.agent_id, session.state, session.queue) if session else (None, None, None)
        fates = tuple((seq, settled.status) for seq in (settled.seq, *settled.also))
        told = DeskSignal("message", session_id=settled.session_id, agent_id=agent_id, state=state, queue=queue, fates=fates)
        await self._bus.signal(DESK, pack(told))

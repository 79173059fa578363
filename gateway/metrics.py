"""What the process counts and measures, for Prometheus.

One `Metrics` per process, made by the composition root and handed to whoever counts. Labels come from closed sets only (a
configured name, an enum's value, an error's type): never an id, never anything a customer wrote. A hot path binds its labels once
(`turns = metrics.turns.labels("answer")`) and then pays for an addition.
"""

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from gateway.core.changes import Changes
from gateway.core.handoff import CALL_RECORD, PROMISE_MISSED, HandoffPacket, Stage

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_FAST_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
BAD_MOOD = -0.3
AREAS_MAX_COUNT = 100
"""Areas come from the configuration and the knowledge base; should those hold more, the rest are counted as one."""
_WAITS_S = (1, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)
_MAIL_WAITS_S = (60, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 57_600, 86_400, 259_200)


_CALLS_S = (5, 15, 30, 60, 120, 180, 300, 600, 900, 1800, 3600)
CALL_ENDS = frozenset({
    "hung_up", "by_agent", "by_us", "transferred", "silent", "lost", "failed", "limit", "busy", "no_answer", "refused", "unreachable",
    "forbidden",
})  # fmt: skip


class Metrics:
    """Every number of one process."""

    def __init__(self, *, with_process: bool = True) -> None:
        """`with_process=False` leaves out the numbers that the operating system and the interpreter keep, as tests want it."""
        self.registry = CollectorRegistry()
        self._name_the_way_in()
        self._name_the_middle()
        self._name_the_desk()
        self._name_the_edges()
        if with_process:
            ProcessCollector(registry=self.registry)
            GCCollector(registry=self.registry)

    def exposition(self) -> bytes:
        """The text format, version 0.0.4."""
        return generate_latest(self.registry)

    def count_request(self, route: str, status: int, seconds: float | None) -> None:
        """Count a request; None: how long a stream lasted says nothing. Labels are bound once: every request passes here."""
        request = self._requests.get((route, status))
        if request is None:
            bound = self.http_requests.labels(route, str(status)), self.http_seconds.labels(route)
            request = self._requests[route, status] = bound
        request[0].inc()
        if seconds is not None:
            request[1].observe(seconds)

    def count(self, changes: Changes) -> None:
        """Count what a committed transaction means for the desk: new handoffs and cases, and how long somebody waited for an agent."""
        for handoff in changes.handoffs:
            if handoff.version == 1:
                self.handoffs.labels(handoff.reason.value).inc()
                self._count_triage(handoff.packet)
            if handoff.stage is Stage.ACCEPTED and handoff.accepted_at is not None:
                waited = self.handoff_wait_seconds if handoff.due_at is None else self.mail_wait_seconds
                waited.observe((handoff.accepted_at - handoff.requested_at).total_seconds())
        for case in changes.cases:
            if case.version == 1:
                self.cases.labels(case.reason).inc()
        for trace in changes.traces:
            if trace.what == PROMISE_MISSED and changes.session is not None:
                self.sla_missed.labels(changes.session.channel).inc()
            if trace.what == CALL_RECORD and changes.session is not None:
                self._count_call(changes.session.channel, trace.why)

    def _count_call(self, channel: str, facts: dict[str, Any]) -> None:
        """A call is over. How it ended is a channel's word: one that is not known is counted as `other`."""
        why = facts.get("why")
        self.calls.labels(channel, why if why in CALL_ENDS else "other").inc()
        seconds = facts.get("seconds")
        if isinstance(seconds, int | float) and seconds >= 0:
            self.call_seconds.labels(channel).observe(seconds)

    def _count_triage(self, packet: HandoffPacket) -> None:
        """What was handed off, as its triage tells it; nothing where nobody judged it."""
        if packet.kind:
            mood = "bad" if packet.sentiment <= BAD_MOOD else "good" if packet.sentiment >= -BAD_MOOD else "even"
            self.triaged.labels(packet.kind, packet.urgency.value, mood).inc()
            if packet.area in self._areas or len(self._areas) < AREAS_MAX_COUNT:
                self._areas.add(packet.area)
                self.triaged_areas.labels(packet.area or "none").inc()
            else:
                self.triaged_areas.labels("other").inc()

    def _name_the_way_in(self) -> None:
        self.accepted = self._counter("accepted", "Events from channels by outcome: new, repeat, busy", "channel", "outcome")
        self.pushes = self._counter(
            "pushes",
            "Pushes of peers that wait for an answer, by outcome: answered, repeated, quiet, late, elsewhere, full, gone, nothing, forged, "
            "malformed, busy, timeout",
            "channel", "outcome",
        )  # fmt: skip
        self.lane_depth = self._gauge("lane_depth", "Events waiting in a lane", "lane")

    def _name_the_middle(self) -> None:
        self.turns = self._counter("turns", "Transactions of handled events: committed, repeat, decided_again", "outcome")
        self.turn_batch = self._histogram(
            "turn_batch_events", "Events committed in one transaction", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256)
        )
        self.bot_seconds = self._histogram("bot_seconds", "One decision of the bot")
        self.decisions = self._counter("decisions", "The bot's decisions", "decision")
        self.lookups = self._counter(
            "lookups", "Look-ups by road and how they ended: answer, nothing, person, failure, not_begun", "road", "found"
        )
        self.answerer = self._counter(
            "answerer", "Answers worded by a language model: grounded, or why the entry's own was said", "outcome"
        )
        self.lookup_seconds = self._histogram("lookup_seconds", "One look-up", "road")
        self.knowledge_revision = self._gauge("knowledge_revision", "The revision of the knowledge base that answers here; 0: the files")
        self.knowledge_failures = self._counter("knowledge_failures", "Times that a revision could not be put to work")
        self.dead_letters = self._counter("dead_letters", "Events that could not be handled")
        self.errors = self._counter("errors", "Unexpected errors by place and type", "where", "error")

    def _name_the_desk(self) -> None:
        self.handoffs = self._counter("handoffs", "Sessions given to people, by reason", "reason")
        self.triaged = self._counter("triaged", "Sessions given to people, by what they are about", "kind", "urgency", "mood")
        self.triaged_areas = self._counter("triaged_areas", "Sessions given to people, by business area", "area")
        self._areas: set[str] = set()
        self.handoff_wait_seconds = self._histogram("handoff_wait_seconds", "From queued to accepted, but for mails", buckets=_WAITS_S)
        self.mail_wait_seconds = self._histogram("mail_wait_seconds", "A mail's, from queued to accepted", buckets=_MAIL_WAITS_S)
        self.queue_length = self._gauge("queue_length", "Sessions waiting in a queue", "queue")
        self.agents = self._gauge("agents", "Agents by status", "status")
        self.cases = self._counter("cases", "Cases opened, by reason", "reason")
        self.sla_missed = self._counter("sla_missed", "Promised times that passed without an agent's answer", "channel")
        self.calls = self._counter("calls", "Calls that are over, by how they ended", "channel", "why")
        self.call_seconds = self._histogram("call_seconds", "How long calls lasted", "channel", buckets=_CALLS_S)

    def _name_the_edges(self) -> None:
        self.sockets = self._gauge("sockets", "Open sockets", "kind")
        self.slow_sockets = self._counter("slow_sockets", "Sockets closed because their client read too slowly", "kind")
        self.http_requests = self._counter("http_requests", "HTTP requests by route and status", "route", "status")
        self.http_seconds = self._histogram("http_seconds", "HTTP requests", "route")
        self._requests: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        """By route and status: as many as their labels."""
        self.outbox_depth = self._gauge("outbox_depth", "Messages waiting to be sent")
        self.kept_depth = self._gauge("kept_depth", "Messages kept until their customers write again")
        self.sends = self._counter(
            "sends", "Messages given to channels by outcome: sent, kept, refused, retry, failed, uncertain", "channel", "outcome"
        )
        self.fetches = self._counter(
            "fetches",
            "Files that customers sent, by outcome: stored, expired, gone, too_large, refused_type, held_back, empty, unreachable, "
            "postponed, failed",
            "channel", "outcome",
        )  # fmt: skip
        self.channel_age = self._gauge("channel_age_seconds", "Since a channel that fetches was last seen to hold nothing new", "channel")
        self.channel_behind = self._gauge("channel_behind", "What a channel is known to hold and is not fetched yet", "channel")
        self.channel_alarm = self._gauge("channel_alarm", "1: a channel could not be fetched from for too long", "channel")
        self.channel_fetched = self._gauge(
            "channel_fetched", "What was fetched since the process that fetches began (mails: taken, automatic, strangers, bounces ...)",
            "channel", "kind",
        )  # fmt: skip
        self.lost_signals = self._counter("lost_signals", "Times a reader fell behind and had to read the store again")

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"frontdesk_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"frontdesk_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, *labels: str, buckets: tuple[float, ...] = _FAST_S) -> Histogram:
        return Histogram(f"frontdesk_{name}", text, labels, registry=self.registry, buckets=buckets)

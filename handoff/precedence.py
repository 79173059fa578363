"""What the triage of a wish means for the line: which queue, and how many minutes of head start. Pure; every number is the operator's."""

from config.schema import Settings
from config.schema import Triage as Rules
from gateway.core.decision import Decision
from gateway.core.handoff import Urgency
from gateway.core.ids import QueueName

_ORDER = tuple(Urgency)
_DEFAULTS = Rules()


def urgency_of(decision: Decision) -> Urgency:
    """The triage's, unless the bot has its own reason for more."""
    if decision.triage is None:
        return decision.urgency
    told = decision.triage.urgency
    return decision.urgency if decision.urgency is not Urgency.NORMAL and _ORDER.index(decision.urgency) > _ORDER.index(told) else told


def wanted_queue(decision: Decision, settings: Settings) -> tuple[QueueName | None, str]:
    """The queue that the decision names (an entry's), else its kind's, else its area's; and which of them it was. None: the channel's."""
    if decision.queue is not None:
        return decision.queue, "entry"
    triage = decision.triage
    if triage is None:
        return None, ""
    if queue := settings.bot.triage.kind_queues.get(triage.kind):
        return QueueName(queue), "kind"
    area = settings.bot.areas.get(triage.area)
    return (QueueName(area.queue), "area") if area and area.queue else (None, "")


def head_start(decision: Decision, settings: Settings, queue_minutes: float, *, is_vip: bool) -> dict[str, float]:
    """Where an entry's priority comes from, in minutes of waiting: what counts nothing is left out. The priority is their sum."""
    rules, triage = settings.bot.triage, decision.triage
    area = settings.bot.areas.get(triage.area) if triage else None
    minutes = {
        "queue": queue_minutes,
        "urgency": (_DEFAULTS.minutes | rules.minutes).get(urgency_of(decision).value, 0.0),
        "kind": rules.kind_minutes.get(triage.kind, 0.0) if triage else 0.0,
        "area": area.minutes if area else 0.0,
        "vip": rules.vip_minutes if is_vip else 0.0,
    }
    return {what: value for what, value in minutes.items() if value}

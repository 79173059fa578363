"""What the triage of a wish means for the line."""

from typing import Any

import msgspec
import pytest
from msgspec import structs

from config.schema import Area, Bot, Queue, Settings
from config.schema import Triage as Rules
from gateway.core.decision import Decision, Kind, Triage
from gateway.core.handoff import HandoffPacket, Urgency
from gateway.core.ids import ChannelName, QueueName
from handoff.precedence import head_start, urgency_of, wanted_queue

COMPLAINT = Triage(kind="complaint", area="money", urgency=Urgency.HIGH, sentiment=-0.8)
PLAIN = Decision(kind=Kind.HANDOFF, language="en")


def settings(**rules: Any) -> Settings:
    areas = {"money": Area(queue="refunds", minutes=3.0)}
    queues = {name: Queue() for name in ("default", "refunds", "complaints")}
    return Settings(bot=Bot(triage=Rules(**rules), areas=areas), queues=queues)


def judged(triage: Triage | None = COMPLAINT, **fields: Any) -> Decision:
    return structs.replace(PLAIN, triage=triage, **fields)


def test_an_entrys_queue_goes_before_its_kinds_and_that_before_its_areas() -> None:
    by_kind = settings(kind_queues={"complaint": "complaints"})
    assert wanted_queue(judged(queue=QueueName("vip")), by_kind) == ("vip", "entry")
    assert wanted_queue(judged(), by_kind) == ("complaints", "kind")
    assert wanted_queue(judged(), settings()) == ("refunds", "area")
    assert wanted_queue(judged(structs.replace(COMPLAINT, area="tax")), settings()) == (None, "")
    assert wanted_queue(judged(None), by_kind) == (None, "")


def test_the_head_start_is_told_part_by_part() -> None:
    assert head_start(judged(), settings(), 5.0, is_vip=True) == {"queue": 5.0, "urgency": 15.0, "kind": 10.0, "area": 3.0, "vip": 15.0}
    assert head_start(judged(None), settings(), 0.0, is_vip=False) == {}


def test_the_operators_minutes_replace_ours_one_by_one() -> None:
    own = settings(minutes={"high": 60.0}, kind_minutes={"praise": -5.0}, vip_minutes=0.0)
    assert head_start(judged(), own, 0.0, is_vip=True) == {"urgency": 60.0, "area": 3.0}
    urgent = judged(structs.replace(COMPLAINT, urgency=Urgency.URGENT))
    assert head_start(urgent, own, 0.0, is_vip=False)["urgency"] == 45.0


@pytest.mark.parametrize(
    ("told", "decided", "urgency"),
    [
        (Urgency.LOW, Urgency.NORMAL, Urgency.LOW), (Urgency.HIGH, Urgency.NORMAL, Urgency.HIGH),
        (Urgency.NORMAL, Urgency.URGENT, Urgency.URGENT), (Urgency.URGENT, Urgency.HIGH, Urgency.URGENT),
    ],
)  # fmt: skip
def test_the_bots_own_reason_for_haste_may_raise_the_urgency(told: Urgency, decided: Urgency, urgency: Urgency) -> None:
    assert urgency_of(judged(structs.replace(COMPLAINT, urgency=told), urgency=decided)) is urgency


def test_a_packet_from_before_the_triage_is_still_read() -> None:
    old = b"""{"version": 1, "reason": "low_confidence", "trigger": "", "wish": "x", "summary": "x", "language": "en", "seq": 1,
               "channel": "site", "channel_type": "webchat", "category": "payment", "urgency": "high"}"""
    packet = msgspec.json.decode(old, type=HandoffPacket)
    assert (packet.version, packet.kind, packet.area, packet.sentiment, packet.triage) == (1, "", "", 0.0, {})
    assert (packet.channel, packet.urgency) == (ChannelName("site"), Urgency.HIGH)

"""A complaint finds its queue and its place in the line, and its packet says why: from the words to the record."""

from pathlib import Path

from bot import Bot
from bot.triage import Triager
from config.schema import Area, Queue, Settings
from config.schema import Bot as BotSettings
from config.schema import Triage as Rules
from gateway.core.decision import Ask, Decision, Kind
from gateway.core.handoff import Reason, Urgency
from gateway.core.ids import QueueName
from tests.fakes import FrozenClock
from tests.integration.floor import TEXTS, open_floor
from tests.unit.bot.shop import ENTRIES

SETTINGS = Settings(
    bot=BotSettings(
        triage=Rules(kind_queues={"complaint": "complaints"}),
        areas={"money": Area(words=("退款", "refund"), queue="refunds", minutes=2.0)},
    ),
    queues={"default": Queue(), "refunds": Queue(), "complaints": Queue(priority=1.0)},
)
COMPLAINT = "我要投訴你們！退款拖了一個月，到現在沒有人管"


def decided(text: str) -> Decision:
    judge = Triager(ENTRIES, settings=SETTINGS.bot.triage, areas=SETTINGS.bot.areas)
    return Bot(ENTRIES, texts=TEXTS, judge=judge).decide(Ask(text=text, languages=("zh-CN", "zh-TW", "en"), language="zh-TW"))


async def test_a_complaint_in_traditional_chinese_finds_its_queue_and_says_why(tmp_path: Path, clock: FrozenClock) -> None:
    decision = decided(COMPLAINT)
    assert (decision.kind, decision.reason) == (Kind.HANDOFF, Reason.NEGATIVE_SENTIMENT)
    async with open_floor(tmp_path, clock, SETTINGS) as floor:
        amy = await floor.hire("amy", queues=(QueueName("complaints"),))
        told = {
            name: getattr(decision, name)
            for name in ("kind", "language", "reason", "trigger", "triage", "urgency", "candidates", "memory", "category")
        }
        await floor.ask_for_a_person("v1", wish=COMPLAINT, **told)
        handoff = await floor.handoff("v1")
        assert (handoff.queue, handoff.priority) == ("complaints", 28.0)
        packet = handoff.packet
        assert (packet.version, packet.kind, packet.area, packet.urgency) == (3, "complaint", "money", Urgency.HIGH)
        assert packet.sentiment <= -0.8
        assert packet.triage["kind"] == {"by": "rule", "words": "我要投诉"}
        assert packet.triage["area"] == {"by": "configured", "words": "退款"}
        assert packet.triage["queue"] == {"by": "kind"}
        assert packet.triage["priority"] == {"queue": 1.0, "urgency": 15.0, "kind": 10.0, "area": 2.0}
        await floor.engine.round()
        assert await floor.offered_to("v1") == amy.id
        shown = floor.metrics.exposition().decode()
        assert 'frontdesk_triaged_total{kind="complaint",mood="bad",urgency="high"} 1.0' in shown
        assert 'frontdesk_triaged_areas_total{area="money"} 1.0' in shown


async def test_a_question_of_an_area_goes_to_the_areas_queue(tmp_path: Path, clock: FrozenClock) -> None:
    triage = Triager(ENTRIES, areas=SETTINGS.bot.areas).judge("my refund has another amount", "my refund has another amount")
    async with open_floor(tmp_path, clock, SETTINGS) as floor:
        await floor.hire("amy")
        await floor.ask_for_a_person("v1", reason=Reason.LOW_CONFIDENCE, triage=triage)
        assert (await floor.handoff("v1")).queue == "refunds"
        await floor.ask_for_a_person("v2", triage=triage, queue=QueueName("default"))
        assert (await floor.handoff("v2")).queue == "default"

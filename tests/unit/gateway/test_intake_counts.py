"""What came in is counted by what became of it."""

import pytest

from gateway.bus.local import LocalBus
from gateway.core.contact import Address, AddressKind
from gateway.core.errors import Busy, TooLarge
from gateway.core.events import Ended, Inbound, Said
from gateway.core.ids import ChannelName, EventKey, Thread
from gateway.core.parts import Letter, Text
from gateway.intake import Intake
from gateway.metrics import Metrics
from tests.fakes import START, FrozenClock
from tests.memory_log import MemoryLog


async def test_new_repeated_and_refused_events_are_told_apart(clock: FrozenClock) -> None:
    bus, metrics = LocalBus(MemoryLog(), clock=clock, lane_count=1, lane_max_count=2), Metrics(with_process=False)
    await bus.open()
    intake = Intake(bus, metrics)
    outcomes: list[object] = []
    for key in ("a", "a", "b", "c"):
        event = Inbound(
            channel=ChannelName("site"), thread=Thread("v"), key=EventKey(key), sender=Address(AddressKind.VISITOR, "site", "v"), at=START,
            event=Ended(),
        )  # fmt: skip
        try:
            outcomes.append(await intake.accept(event))
        except Busy:
            outcomes.append("busy")
    assert outcomes == [True, False, True, "busy"]
    shown = metrics.exposition().decode()
    assert 'frontdesk_accepted_total{channel="site",outcome="new"} 2.0' in shown
    assert 'frontdesk_accepted_total{channel="site",outcome="repeat"} 1.0' in shown
    assert 'frontdesk_accepted_total{channel="site",outcome="busy"} 1.0' in shown


@pytest.mark.parametrize(
    ("texts", "is_taken"),
    [
        (["x" * 4096], True),
        (["x" * 4097], False),
        (["中" * 1365, "中" * 1365], True),
        (["ok", "中" * 1366], False),
        (["😀" * 1000] * 20, True),
        (["😀" * 1024] * 20, True),
        (["😀" * 1024] * 20 + ["x"], False),
        (["x" * 4096] * 21, False),
    ],
)
async def test_a_message_may_have_several_texts_up_to_what_a_mail_holds(clock: FrozenClock, texts: list[str], is_taken: bool) -> None:
    bus = LocalBus(MemoryLog(), clock=clock, lane_count=1, lane_max_count=2)
    await bus.open()
    event = Inbound(
        channel=ChannelName("mail"), thread=Thread("v"), key=EventKey("a"), at=START,
        sender=Address(AddressKind.EMAIL, "", "customer@example.net"), event=Said((Letter(subject="x"), *map(Text, texts))),
    )  # fmt: skip
    if is_taken:
        assert await Intake(bus).accept(event)
        return
    with pytest.raises(TooLarge, match="text_too_large"):
        await Intake(bus).accept(event)

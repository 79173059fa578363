"""What waits can be read off."""

from pathlib import Path

from gateway.bus.local import LocalBus
from gateway.core.contact import Address, AddressKind
from gateway.core.ids import ChannelName, EventKey, Thread
from gateway.core.message import Ended, Inbound
from gateway.gauges import Gauges
from gateway.metrics import Metrics
from gateway.store import SqliteStore
from tests.fakes import START, FrozenClock


async def test_what_waits_in_a_lane_is_shown_by_its_number(tmp_path: Path, clock: FrozenClock) -> None:
    store = SqliteStore(tmp_path / "frontdesk.db", clock=clock)
    await store.open()
    bus, metrics = LocalBus(store, clock=clock, lane_count=2, lane_max_count=10), Metrics(with_process=False)
    await bus.open()
    sender = Address(AddressKind.VISITOR, "site", "v1")
    for number in range(3):
        key = EventKey(f"site/{number}")
        await bus.append(Inbound(channel=ChannelName("site"), thread=Thread("v1"), key=key, sender=sender, at=START, event=Ended()))
    await Gauges(store=store, bus=bus, metrics=metrics).read()
    await store.close()
    shown = metrics.exposition().decode()
    depths = sorted(line for line in shown.splitlines() if line.startswith("frontdesk_lane_depth{"))
    assert sorted(line.split()[1] for line in depths) == ["0.0", "3.0"]
    assert "frontdesk_outbox_depth 0.0" in shown
    assert "frontdesk_kept_depth 0.0" in shown

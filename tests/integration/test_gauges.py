"""What waits can be read off."""

from datetime import timedelta
from pathlib import Path
from typing import cast

from gateway.bus.local import LocalBus
from gateway.core.channel import Capabilities, Channel, Pulse, Reach
from gateway.core.contact import Address, AddressKind
from gateway.core.events import Ended, Inbound
from gateway.core.ids import ChannelName, EventKey, Thread
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


class Fetching:
    """A channel that fetches, as far as gauges see it."""

    name, type = ChannelName("support"), "email"
    capabilities = Capabilities(reach=Reach.PUSHED, text_max_bytes=4096)
    parse = send = None

    async def pulse(self) -> Pulse:
        return Pulse(success_at=START - timedelta(seconds=90), behind_count=5, is_alarm=True, counts={"taken": 7})


async def test_how_a_channel_fetches_is_shown_by_whichever_process(tmp_path: Path, clock: FrozenClock) -> None:
    store = SqliteStore(tmp_path / "frontdesk.db", clock=clock)
    await store.open()
    bus, metrics = LocalBus(store, clock=clock, lane_count=1, lane_max_count=10), Metrics(with_process=False)
    await bus.open()
    channels = {ChannelName("support"): cast("Channel", Fetching())}
    await Gauges(store=store, bus=bus, metrics=metrics, clock=FrozenClock(START), channels=channels).read()
    await store.close()
    shown = metrics.exposition().decode()
    for line in (
        'frontdesk_channel_age_seconds{channel="support"} 90.0', 'frontdesk_channel_behind{channel="support"} 5.0',
        'frontdesk_channel_alarm{channel="support"} 1.0', 'frontdesk_channel_fetched{channel="support",kind="taken"} 7.0',
    ):  # fmt: skip
        assert line in shown

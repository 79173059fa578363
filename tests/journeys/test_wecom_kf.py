"""A customer writes to 微信客服: the whole program, from the callback to the phone, through a `kill -9`."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.peers.gateway import Gateway
from tests.peers.wechat.clock import MovableClock
from tests.peers.wechat.kf import KfPlatform
from tests.unit.adapters.kf_means import CORP_ID, settings_of

SOON_S = 40.0
CHANNEL = """
[channels.kf]
type = "wecom_kf"
corp_id = "{corp_id}"
secret = "{given.secret}"
token = "{given.token}"
aes_key = "{given.aes_key}"
api_base = "{url}"
poll_s = 5
"""


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(SOON_S):
        while not is_so():
            await asyncio.sleep(0.02)


@pytest.fixture
async def platform() -> AsyncIterator[KfPlatform]:
    async with KfPlatform(MovableClock()).running() as platform:
        yield platform


@pytest.fixture
async def gateway(platform: KfPlatform, tmp_path: Path) -> AsyncIterator[Gateway]:
    given = settings_of(platform.url)
    gateway = Gateway(tmp_path, more=CHANNEL.format(corp_id=CORP_ID, given=given, url=platform.url))
    platform.callback_url = f"{gateway.url}/wechat/kf"
    await asyncio.to_thread(gateway.start)
    yield gateway
    await asyncio.to_thread(gateway.stop)


async def test_a_customer_of_wecom_is_greeted_answered_and_answered_again_after_a_crash(platform: KfPlatform, gateway: Gateway) -> None:
    customer = platform.customer(platform.account())
    assert await platform.check_url(platform.callback_url, "5837397576500011341") == (200, "5837397576500011341")
    customer.enters(scene="shop")
    await until(lambda: customer.texts == ["您好，有问题可以直接在这里提问；需要人工客服，请回复“人工”。"])
    customer.says("7 号问题")
    await until(lambda: customer.texts[1:] == ["7 号答案"])

    gateway.kill()
    customer.says("8 号问题")
    await platform.settled()
    assert platform.callbacks[-3:] == [0, 0, 0]
    await asyncio.to_thread(gateway.start)
    await until(lambda: customer.texts[1:] == ["7 号答案", "8 号答案"])

    platform.fails_next = [6]
    customer.says("9 号问题")
    await until(lambda: platform.calls("kf/send_msg").count(0) == 3)
    customer.says("10 号问题")
    await until(lambda: len(customer.texts) == 5)
    assert sorted(customer.texts[3:]) == ["10 号答案", "9 号答案"]
    assert set(platform.calls("kf/send_msg")) == {0}

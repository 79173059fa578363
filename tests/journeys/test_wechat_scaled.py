"""WeChat with each role in a process of its own, over Redis and PostgreSQL: one holds the line, one has the turn, a third sends."""

import asyncio
from pathlib import Path

import pytest

from tests.journeys.test_wechat import PROGRAM, until
from tests.peers.gateway import Gateway
from tests.peers.wechat import WeChatPlatform
from tests.peers.wechat.moved_gateway import FILE
from tests.peers.wechat.phones import SAMPLES
from tests.peers.wechat.sim_clock import SimClock

CHANNEL = """
[channels.oa]
type = "wechat"
app_id = "{0.app_id}"
app_secret = "{0.secret}"
token = "{0.token}"
aes_key = "{0.aes_key}"
api_base = "{1}"
passive_s = 4.0
"""


@pytest.mark.timeout(180)
async def test_an_answer_goes_back_on_the_line_of_another_process_or_is_sent_by_a_third(
    tmp_path: Path, redis_url: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = WeChatPlatform(SimClock(tmp_path / "clock"))
    monkeypatch.setenv(FILE, str(tmp_path / "clock"))
    async with platform.running():
        account = platform.account("wx0000000000000003")
        gateway = Gateway(
            tmp_path, store_url=postgres_url, bus_url=redis_url, more=CHANNEL.format(account, platform.url), program=PROGRAM
        )  # fmt: skip
        account.push_url = f"{gateway.url}/wechat/oa"
        phone = platform.phone(account)
        try:
            await asyncio.to_thread(gateway.start, "web", "web")
            await asyncio.to_thread(gateway.start, "sending", "delivery,timers,listen")
            await asyncio.to_thread(gateway.start, "turns", "turns")

            await phone.write("7 号问题")
            assert [(one.via, one.text) for one in phone.answers] == [("passive", "7 号答案")]

            gateway.kill("turns")
            unanswered = await phone.write("8 号问题")
            assert unanswered.outcome == "silent"
            await asyncio.to_thread(gateway.start, "turns", "turns")
            await until(lambda: len(phone.answers) == 2, "the answer that was late")
            assert (phone.answers[1].via, phone.answers[1].text) == ("custom", "8 号答案")

            phone.send_media("image", SAMPLES["image"])
            files = tmp_path / "data" / "files" / "bytes"
            await until(lambda: any(path.is_file() for path in files.rglob("*")), "the picture")
        finally:
            await asyncio.to_thread(gateway.stop)
        assert platform.breaches == []

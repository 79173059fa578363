"""`make wechat-sim`: the simulator, its phones, and a gateway that is configured against it, until Ctrl-C. Nothing is kept."""

import argparse
import asyncio
import contextlib
import errno
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.peers.wechat.account import Account
from tests.peers.wechat.moved_gateway import FILE
from tests.peers.wechat.phones import PhonePage, add_phone
from tests.peers.wechat.server import WeChatPlatform
from tests.peers.wechat.sim_clock import SimClock

START_S = 180.0
PHONE_PORT = 8090
GATEWAY_PORT = 8080
TEMPLATE = "您咨询的问题有新回复：{{thing1.DATA}}"
CONFIG = """
[gateway]
data_dir = "{folder}/data"
session_idle_s = 604800.0
log_level = "warning"
[security]
login_hours = 720.0
[channels.site]
type = "webchat"
"""
CHANNEL = """
[channels.{name}]
type = "wechat"
app_id = "{account.app_id}"
app_secret = "{account.secret}"
token = "{account.token}"
aes_key = "{account.aes_key}"
mode = "{account.mode}"
api_base = "{url}"
customer_service = {can_send}
menus = {can_send_menus}
menu = {{REFUND = "退款多久到账？", PERSON = "转人工"}}
[channels.{name}.templates.reply]
id = "TEMPLATE_REPLY"
text = "{template}"
"""


def furnished(platform: WeChatPlatform, gateway_url: str) -> dict[str, Account]:
    """Two accounts with their users, by the names of their channels: a 服务号, and a 订阅号 that is not verified."""
    menu = {"REFUND": "退款多久", "PERSON": "转人工", "https://www.example.com/": "官网"}
    templates = {"TEMPLATE_REPLY": TEMPLATE}
    served = platform.account("wx0123456789abcdef", name="前台小店（服务号）", menu=menu, templates=templates)
    small = platform.account(
        "wxfedcba9876543210", name="前台资讯（订阅号）", mode="plain", style="json", can_send=False, can_send_menus=False,
        menu={"REFUND": "退款多久", "PERSON": "转人工"},
    )  # fmt: skip
    accounts = {"oa": served, "news": small}
    for name, account in accounts.items():
        account.push_url = f"{gateway_url}/wechat/{name}"
        add_phone(platform, account)
        add_phone(platform, account)
    return accounts


def config_of(folder: Path, platform: WeChatPlatform, accounts: dict[str, Account]) -> str:
    """The gateway's configuration."""

    def word(is_so: bool) -> str:
        return str(is_so).lower()

    channels = [
        CHANNEL.format(
            name=name, account=account, url=platform.url, template=TEMPLATE, can_send=word(account.can_send),
            can_send_menus=word(account.can_send_menus),
        )
        for name, account in accounts.items()
    ]  # fmt: skip
    return CONFIG.format(folder=folder) + "".join(channels)


@asynccontextmanager
async def gateway_of(
    folder: Path, port: int, *, program: str = "tests.peers.wechat.moved_gateway", more: Mapping[str, str] = MappingProxyType({})
) -> AsyncIterator[dict[str, Any]]:
    """The gateway as a process; what it says of itself: addresses, and the login of this run. `more`: of its environment."""
    together = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    command = [*together, sys.executable, "-m", program, "run", "--demo", "--json"]
    process = await asyncio.create_subprocess_exec(
        *command, "--config", str(folder / "frontdesk.toml"), "--port", str(port),
        stdout=asyncio.subprocess.PIPE, env={**os.environ, FILE: str(folder / "clock"), **more},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        async with asyncio.timeout(START_S):
            said = await process.stdout.readline()
        if not said.startswith(b'{"'):
            why = (said + await process.stdout.read()).decode()
            why += "PORT=9000 behind the command moves the gateway" * ("free to listen on" in why)
            raise SystemExit(f"the gateway did not start: {why or 'what it said stands above'}")
        yield json.loads(said)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


@asynccontextmanager
async def simulation(folder: Path, *, phone_port: int, gateway_port: int) -> AsyncIterator[tuple[WeChatPlatform, dict[str, Any]]]:
    """All of it, running; (the platform, what the gateway said)."""
    gateway_url = f"http://127.0.0.1:{gateway_port}"
    platform = WeChatPlatform(SimClock(folder / "clock"), port=phone_port)
    page = PhonePage(platform, desk_url=f"{gateway_url}/desk/")
    accounts = furnished(platform, gateway_url)
    async with platform.running():
        (folder / "frontdesk.toml").write_text(config_of(folder, platform, accounts))
        async with gateway_of(folder, gateway_port) as said:
            for account in accounts.values():
                status, body = await platform.check_url(account, echo="echo")
                if (status, body) != (200, "echo"):
                    raise SystemExit(f"{account.push_url} failed the check of the push address: {status}")
            page.changed()
            yield platform, said


async def run(phone_port: int, gateway_port: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with tempfile.TemporaryDirectory(prefix="wechat-sim-") as folder:
        async with simulation(Path(folder), phone_port=phone_port, gateway_port=gateway_port) as (platform, said):
            agent = said["agent"]
            sys.stdout.write(f"""
WeChat's simulator is up. Ctrl-C stops it; nothing is kept.

  phone      {platform.url}/
  desk       {said["desk"]}
  agent      {agent["name"]}
  password   {agent["password"]}   (made for this run)
""")
            sys.stdout.flush()
            await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="make wechat-sim", description=__doc__)
    parser.add_argument("--phone-port", type=int, default=PHONE_PORT)
    parser.add_argument("--port", type=int, default=GATEWAY_PORT)
    asked = parser.parse_args()
    try:
        asyncio.run(run(asked.phone_port, asked.port))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        sys.exit(f"port {asked.phone_port} is taken: make wechat-sim PHONE_PORT=9090 moves the phone's page")


if __name__ == "__main__":
    main()

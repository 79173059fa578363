"""`make phone-sim`: two telephones on a page, and a gateway that answers one and rings the other, until Ctrl-C. Nothing is kept."""

import argparse
import asyncio
import errno
import json
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from config.demo import demo_phone
from tests.peers.phonebooth.booth import NUMBER, Booth
from tests.peers.phonebooth.reading import CHANNEL, Notes, Record
from tests.peers.phonebooth.telephone import Telephone
from tests.peers.phonebooth.telling_gateway import FILE
from tests.peers.processes import free_port
from tests.peers.sip_caller import HOST
from tests.peers.wechat.__main__ import gateway_of

PAGE_PORT = 8092
GATEWAY_PORT = 8080
CONFIG = """
[gateway]
data_dir = "{folder}/data"
log_level = "warning"
[security]
login_hours = 720.0
[channels.site]
type = "webchat"
"""


def channel_of(port: int, customer: Telephone, agent: Telephone, *, has_agent_phone: bool) -> str:
    """The number's section of the configuration: the demo's, and these telephones to ring."""
    menu = "".join(f"{category} = {_table(names)}\n" for category, names in demo_phone(port).menu.items())
    prefixes = json.dumps([f"+{digit}" for digit in range(1, 10)])
    agents = _table({"*": f"sip:agent@{HOST}:{agent.port}"} if has_agent_phone else {})
    return f"""
[channels.{CHANNEL}]
type = "phone"
sip = {{listen = "{HOST}:{port}"}}
languages = ["zh-CN", "zh-TW", "en"]
agents = {agents}
dial = "sip:{{number}}@{HOST}:{customer.port}"
dial_prefixes = {prefixes}
calls_per_minute = 60
ring_s = 60
[channels.{CHANNEL}.menu]
{menu}"""


def _table(values: dict[str, str]) -> str:
    """An inline table of TOML, whose strings are those of JSON."""
    inner = ", ".join(f"{json.dumps(name)} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items())
    return f"{{{inner}}}"


@asynccontextmanager
async def telephones(port: int) -> AsyncIterator[tuple[Telephone, Telephone]]:
    """(the customer's, the agent's), which call the line at this port."""
    async with Telephone.ready(port, NUMBER) as customer, Telephone.ready(port, "agent") as agent:
        customer.name, agent.name = "客户", "坐席"
        yield customer, agent


@asynccontextmanager
async def simulation(
    folder: Path, *, page_port: int, gateway_port: int, has_agent_phone: bool
) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """All of it, running: (the page's address, what the gateway said)."""
    async with AsyncExitStack() as stack:
        port, notes = free_port(), folder / "notes"
        customer, agent = await stack.enter_async_context(telephones(port))
        channel = channel_of(port, customer, agent, has_agent_phone=has_agent_phone)
        (folder / "frontdesk.toml").write_text(CONFIG.format(folder=folder) + channel)
        program = "tests.peers.phonebooth.telling_gateway"
        said = await stack.enter_async_context(gateway_of(folder, gateway_port, program=program, more={FILE: str(notes)}))
        url = said["desk"].removesuffix("/desk/")
        record = await stack.enter_async_context(Record(url, said["agent"]))
        booth = Booth(customer, agent, record, Notes(notes), desk_url=said["desk"], has_agent_phone=has_agent_phone)
        yield await stack.enter_async_context(booth.running(page_port)), said


async def run(page_port: int, gateway_port: int, *, has_agent_phone: bool) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with socket.socket() as door:  # said before the gateway takes its time to start
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((HOST, page_port))
    with tempfile.TemporaryDirectory(prefix="phone-sim-") as folder:
        running = simulation(Path(folder), page_port=page_port, gateway_port=gateway_port, has_agent_phone=has_agent_phone)
        async with running as (page, said):
            agent = said["agent"]
            sys.stdout.write(f"""
The phone's simulator is up. Ctrl-C stops it; nothing is kept.

  phones     {page}/   (the customer's, and the agent's)
  desk       {said["desk"]}
  agent      {agent["name"]}
  password   {agent["password"]}   (made for this run)
""")
            sys.stdout.flush()
            await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="make phone-sim", description=__doc__)
    parser.add_argument("--phone-port", type=int, default=PAGE_PORT, help="of the page")
    parser.add_argument("--port", type=int, default=GATEWAY_PORT, help="of the gateway")
    parser.add_argument(
        "--agent-phone", action=argparse.BooleanOptionalAction, default=True, help="without one, what agents write is read to the caller"
    )
    asked = parser.parse_args()
    try:
        asyncio.run(run(asked.phone_port, asked.port, has_agent_phone=asked.agent_phone))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        sys.exit(f"port {asked.phone_port} is taken: make phone-sim PHONE_PORT=9090 moves the page")


if __name__ == "__main__":
    main()

"""`make mail-sim`: two mail servers, the customers' mail program, and a gateway that reads and answers, until Ctrl-C. Nothing is kept."""

import argparse
import asyncio
import errno
import signal
import sys
import tempfile
from pathlib import Path

from aiohttp import web

from tests.peers.mailroom.office import SUPPORT, Office
from tests.peers.mailroom.program import Program
from tests.peers.wechat.__main__ import gateway_of

PROGRAM_PORT = 8091
GATEWAY_PORT = 8080
CONFIG = """
[gateway]
data_dir = "{folder}/data"
log_level = "warning"
[security]
login_hours = 720.0
[channels.site]
type = "webchat"
{channel}
"""


async def run(program_port: int, gateway_port: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    office = Office()
    with tempfile.TemporaryDirectory(prefix="mail-sim-") as folder:
        try:
            await asyncio.to_thread(office.start)
            runner = web.AppRunner(Program(office, f"http://127.0.0.1:{gateway_port}/desk/").app())
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", program_port).start()
            (Path(folder) / "frontdesk.toml").write_text(CONFIG.format(folder=folder, channel=office.channel))
            async with gateway_of(Path(folder), gateway_port) as said:
                agent = said["agent"]
                sys.stdout.write(f"""
The mail simulator is up. Ctrl-C stops it; nothing is kept.

  mail       http://127.0.0.1:{program_port}/   (the customers' mail program; write to {SUPPORT})
  desk       {said["desk"]}
  agent      {agent["name"]}
  password   {agent["password"]}   (made for this run)
""")
                sys.stdout.flush()
                await stop.wait()
            await runner.cleanup()
        finally:
            await asyncio.to_thread(office.stop)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make mail-sim", description=__doc__)
    parser.add_argument("--mail-port", type=int, default=PROGRAM_PORT)
    parser.add_argument("--port", type=int, default=GATEWAY_PORT)
    asked = parser.parse_args()
    try:
        asyncio.run(run(asked.mail_port, asked.port))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        sys.exit(f"port {asked.mail_port} is taken: make mail-sim MAIL_PORT=9091 moves the page")


if __name__ == "__main__":
    main()

"""A peer: opsdroid with its WebSocket connector and one skill that answers anything. Run as a process by an interpreter that has it
installed: `python bench/opsdroid_echo.py PORT`."""

import asyncio
import gettext
import logging
import os
import sys
import tempfile
from pathlib import Path

import uvloop

os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp()  # it keeps copies of its skills there
gettext.install("opsdroid")  # its modules take `_` for given

from opsdroid.core import OpsDroid  # type: ignore[import-not-found]  # noqa: E402 - installed at bench time; needs the two lines above

SKILL = """
from opsdroid.matchers import match_regex
from opsdroid.skill import Skill


class Echo(Skill):
    @match_regex(r".*")
    async def echo(self, message):
        await message.respond("You said: " + message.text)
"""


def main(port: int) -> None:
    """Serve until killed."""
    logging.disable(logging.CRITICAL)
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    skill = Path(os.environ["XDG_DATA_HOME"]) / "made" / "echo"
    skill.mkdir(parents=True)
    (skill / "__init__.py").write_text(SKILL)
    config = {
        "web": {"host": "127.0.0.1", "port": port},
        "parsers": {"regex": {"enabled": True}},
        "connectors": {"websocket": {"max-connections": 100_000}},
        "skills": {"echo": {"path": str(skill)}},
    }
    with OpsDroid(config=config) as droid:
        droid.run()


if __name__ == "__main__":
    main(int(sys.argv[1]))

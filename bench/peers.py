"""The same turns against other bot servers. They come from the package index into a folder that is gone afterwards."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.result import NotHere, Result
from bench.servers import frontdesk, load, peer, say

PACKAGES = ("botbuilder-core==4.17.1", "opsdroid==0.31.0", "aiohttp", "uvloop", "setuptools<81")
INSTALL_MAX_S = 300.0


def webchat_turns_peer(*, connections: int = 100, seconds: float = 5.0) -> Result:
    """Durable turns over sockets, against the echo bots of botbuilder-python (HTTP, `expectReplies`) and of opsdroid (sockets, one
    skill that takes all), which keep nothing. Per cpu-s; the ratio is to botbuilder."""
    here = Path(__file__).parent
    with installed(PACKAGES) as python:
        with peer(python, here / "botbuilder_echo.py") as server:
            botbuilder = load(server, kind="botbuilder", connections=connections, seconds=seconds)["per_cpu_s"]
        with peer(python, here / "opsdroid_echo.py") as server:
            opsdroid = load(server, kind="opsdroid", connections=connections, seconds=seconds)["per_cpu_s"]
    with frontdesk() as server:
        ours = load(server, kind="chat", connections=connections, seconds=seconds)["per_cpu_s"]
    return Result(
        name="webchat_turns_peer", against="botbuilder-python's echo, not durable, per cpu-s", ratio=ours / botbuilder, must="> 2",
        goal="> opsdroid", is_met=ours > 2 * botbuilder,
        figures={
            "turns_per_cpu_s": ours, "botbuilder_per_cpu_s": botbuilder, "opsdroid_per_cpu_s": opsdroid, "to_opsdroid": ours / opsdroid,
        },
    )  # fmt: skip


@contextmanager
def installed(packages: tuple[str, ...]) -> Iterator[str]:
    """An interpreter with these packages. Raises NotHere where the index can't be reached, or has none that fit."""
    with tempfile.TemporaryDirectory() as folder:
        python = f"{folder}/bin/python"
        say(f"installing {', '.join(packages)} into a temporary folder ...")
        for command in ([sys.executable, "-m", "venv", folder], [python, "-m", "pip", "install", "-q", "--no-input", *packages]):
            try:
                done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_MAX_S, check=False)
            except subprocess.TimeoutExpired:
                raise NotHere(f"the peers were not installed in {INSTALL_MAX_S:.0f} s") from None
            if done.returncode != 0:
                raise NotHere(f"the peers can't be installed: {(done.stderr.strip() or 'no reason given').splitlines()[-1]}")
        yield python

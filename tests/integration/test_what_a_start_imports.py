"""What every start costs, and every process, is what it imports: nothing that its configuration does not ask for, nothing that may wait.

Kept by names and not by time. What is not listed here and yet imported: is it needed before anybody has asked for anything? Else it is
imported where it is used, or by the part that needs it.
"""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.integration.commanding import configured
from tests.peers.gateway import AS_INSTALLED

pytestmark = pytest.mark.usefixtures("here")

PACKAGES = {
    "_argon2_cffi_bindings", "_cffi_backend", "aiohappyeyeballs", "aiohttp", "aiosignal", "argon2", "attr", "frozenlist", "idna", "msgspec",
    "multidict", "numpy", "opencc", "prometheus_client", "propcache", "rapidfuzz", "typing_extensions", "uvloop", "yaml", "yarl",
}  # fmt: skip
"""Of others, all that a gateway with one site of web chat imports before it serves."""
OURS = {"adapters", "bot", "config", "gateway", "handoff"}
OF_CHANNELS = {
    "adapters.api", "adapters.api.channel", "adapters.email", "adapters.email.words", "adapters.email.writing",
    "adapters.email.writing.addresses", "adapters.email.writing.headers", "adapters.email.writing.subjects", "adapters.phone",
    "adapters.phone.numbers", "adapters.shared", "adapters.shared.answers", "adapters.shared.signing",
}  # fmt: skip
"""Of our other channels: what the desk needs of mails and numbers is small and pure."""
ELSEWHERE = {"bot.evaluation", "bot.replaying", "gateway.bus.redis", "gateway.store.postgres"}
"""Of the rest: what is for commands, or for those who run Redis and PostgreSQL."""


def imported(log: str) -> set[str]:
    """Every module that was imported, or at least looked for, by what `-X importtime` says of a process."""
    return set(re.findall(r"^import time: +\d+ \| +\d+ \| +(\S+)$", log, re.MULTILINE))


def until_it_serves(*words: str) -> str:
    with subprocess.Popen([sys.executable, "-X", "importtime", *words], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        log = ""
        for line in process.stderr:
            log += line
            if "frontdesk runs" in line:
                process.terminate()
    assert process.returncode == 0, log[-2000:]
    return log


def test_a_gateway_with_a_site_imports_what_that_needs_and_no_more(here: Path) -> None:
    (here / "knowledge.yaml").write_text('- {id: a, questions: [how do I pay], answer: {en: "By card."}}\n')
    configured('[channels.site]\ntype = "webchat"\n[bot]\nknowledge = "knowledge.yaml"\nencoder = "off"\n')
    modules = imported(until_it_serves(*AS_INSTALLED, "run", "--port", "0")) - imported(until_it_serves("-c", ""))
    tops = {name.partition(".")[0] for name in modules} - sys.stdlib_module_names - OURS
    assert {name for name in tops if find_spec(name) is not None and not name.startswith("_sysconfigdata")} - PACKAGES == set()
    adapters = {name for name in modules if name.startswith("adapters.")}
    assert {name for name in adapters if not name.startswith("adapters.webchat")} == OF_CHANNELS
    assert modules & ELSEWHERE == set()
    assert [name for name in ELSEWHERE if find_spec(name) is None] == []
    assert {"aiohttp", "adapters.webchat.channel", "gateway.web.server"} <= modules

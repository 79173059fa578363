"""Frontdesk itself as a process of the tests: started as its operator starts it, killed as fate does."""

import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from tests.peers import nursery
from tests.peers.processes import Process, free_port

KNOWLEDGE = """
- id: "entry-{n}"
  questions: ["question number {n}", "{n} 号问题"]
  answer: {{en: "answer number {n}", zh: "{n} 号答案"}}
"""
ENTRY_COUNT = 30
AS_INSTALLED = ("-m", "gateway")
QUICK = ("-P", str(Path(__file__).with_name("quick_gateway.py")))


class Gateway:
    """One or several processes of one installation, on one port."""

    def __init__(
        self, folder: Path, *, store_url: str = "", bus_url: str = "local:", more: str = "", program: tuple[str, ...] = QUICK
    ) -> None:
        """`program`: what Python runs."""
        self.folder = folder
        self.program = program
        self.port = free_port()
        self._processes: dict[str, Process] = {}
        knowledge = folder / "knowledge.yaml"
        knowledge.write_text("".join(KNOWLEDGE.format(n=number) for number in range(ENTRY_COUNT)))
        self.config = folder / "frontdesk.toml"
        self.config.write_text(
            f"""
[gateway]
listen = "127.0.0.1:{self.port}"
data_dir = "{folder / "data"}"
[store]
url = "{store_url or f"sqlite:///{folder / 'data' / 'frontdesk.db'}"}"
[bus]
url = "{bus_url}"
lanes = 4
lease_s = 2.0
[bot]
knowledge = "{knowledge}"
[channels.site]
type = "webchat"
messages_per_10s = 100000
sessions_per_hour = 100000
{more}
"""
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def names(self) -> Sequence[str]:
        """The processes that have been started."""
        return tuple(self._processes)

    def start(self, name: str = "all", roles: str = "", *, timeout_s: float = 60.0) -> None:
        """Start a process and wait until it serves; without the web role until it has said that it runs."""
        words = ["run", "--config", str(self.config), *(["--roles", roles] if roles else [])]
        log = self.folder / f"{name}.log"
        said_before = log.read_text().count("frontdesk runs") if log.exists() else 0
        is_forked = self.program != AS_INSTALLED and nursery.IS_POSSIBLE
        process = nursery.Nursling([self.program[-1], *words], log) if is_forked else Process([sys.executable, *self.program, *words], log)
        self._processes[name] = process
        if not roles or "web" in roles:
            process.wait_for(self.is_ready, f"the gateway ({name}) being ready", timeout_s)
        else:
            process.wait_for(lambda: log.read_text().count("frontdesk runs") > said_before, f"the gateway ({name}) running", timeout_s)

    def is_ready(self) -> bool:
        """Whether /readyz says yes."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def kill(self, name: str = "all") -> None:
        """`kill -9`."""
        self._processes[name].kill()

    def end(self, name: str = "all") -> int:
        """Stop a process, as its operator would; its exit code."""
        self._processes[name].stop()
        return self._processes[name].wait(1)

    def stop(self) -> None:
        """Stop all, as Ctrl-C would."""
        for process in self._processes.values():
            process.stop()

    def pid(self, name: str = "all") -> int:
        return self._processes[name].pid

    def log(self, name: str = "all") -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

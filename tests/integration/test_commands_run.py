"""`frontdesk run` as an operator meets it: what it says at its start, and why it does not start."""

import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.commanding import configured, said
from tests.peers.gateway import AS_INSTALLED, QUICK

pytestmark = pytest.mark.usefixtures("here")


class Run:
    """`frontdesk run --demo --json` as a process."""

    def __init__(self, *words: str, program: tuple[str, ...] = QUICK) -> None:
        command = [sys.executable, *program, "run", "--demo", "--json", "--port", "0", *words]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            pytest.fail(f"it did not start: {self.process.communicate(timeout=30)[1][-2000:]}")
        self.said = json.loads(line)

    def stop(self, sent: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        self.process.send_signal(sent)
        _, log = self.process.communicate(timeout=30)
        return self.process.returncode, log

    def login(self, password: str) -> int:
        body = json.dumps({"name": "demo", "password": password}).encode()
        url = self.said["demo"] + "desk/api/login"
        request = urllib.request.Request(url, body, {"Content-Type": "application/json", "Origin": self.said["demo"].rstrip("/")})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return int(error.code)


@pytest.fixture
def runs() -> Iterator[list[Run]]:
    started: list[Run] = []
    yield started
    for run in started:
        if run.process.poll() is None:
            run.process.kill()
            run.process.communicate()


def test_a_run_serves_prints_a_login_that_works_and_stops_cleanly(runs: list[Run]) -> None:
    runs.append(first := Run(program=AS_INSTALLED))
    with urllib.request.urlopen(first.said["demo"] + "readyz", timeout=10) as answer:
        assert json.load(answer)["ready"] is True
    assert first.login(first.said["agent"]["password"]) == 200
    assert first.login("not the password") in (401, 403)
    code, log = first.stop()
    assert code == 0
    assert "frontdesk runs" in log
    assert "Traceback" not in log
    assert first.said["agent"]["password"] not in log

    runs.append(second := Run())
    assert second.login(first.said["agent"]["password"]) in (401, 403)
    assert second.login(second.said["agent"]["password"]) == 200
    assert second.stop(signal.SIGTERM)[0] == 0


def test_a_second_gateway_on_the_same_data_is_refused_in_words(capsys: pytest.CaptureFixture[str], runs: list[Run]) -> None:
    runs.append(Run())
    code, _, complaints = said(capsys, "run", "--port", "0")
    assert code == 2
    assert "serves from this database already" in complaints


def test_a_port_that_is_taken_is_told_with_the_way_out(here: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        command = [sys.executable, *QUICK, "run", "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert f"expected an address that is free to listen on, got 127.0.0.1:{port}: choose another with --port or --host" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("settings", "database"),
    [
        ('[gateway]\ndata_dir = "file"', "file/frontdesk.db"),
        ('[gateway]\ndata_dir = "d"\n[store]\nurl = "sqlite:///file/x.db"', "file/x.db"),
    ],
)
def test_a_data_folder_that_can_not_be_is_told(capsys: pytest.CaptureFixture[str], settings: str, database: str) -> None:
    Path("file").write_text("not a folder")
    configured(settings)
    code, _, complaint = said(capsys, "run", "--port", "0")
    assert (code, complaint) == (2, f"{database}: the database can't be opened: File exists: file\n")


def test_uploads_that_can_not_be_kept_stop_the_start(capsys: pytest.CaptureFixture[str]) -> None:
    Path("d").mkdir()
    Path("d/files").write_text("not a folder")
    configured('[gateway]\ndata_dir = "d"')
    code, _, complaint = said(capsys, "run", "--port", "0")
    assert (code, complaint) == (2, "[gateway] data_dir: expected a folder that can be written: Not a directory: d/files/bytes\n")


def test_an_address_that_no_machine_has_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, complaint = said(capsys, "run", "--host", "nowhere.invalid", "--port", "0")
    assert code == 2
    assert "expected an address that is free to listen on, got nowhere.invalid:0" in complaint

"""The `frontdesk` command as an operator meets it: what it says, and how it ends."""

import asyncio
import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.__main__ import main
from gateway.commands import COMMANDS
from gateway.core.changes import Changes, DeadLetter
from gateway.core.contact import Address, AddressKind
from gateway.core.handoff import AuditEvent
from gateway.core.ids import ChannelName, EventKey, Lane, Thread
from gateway.core.message import Inbound, Said, Text
from gateway.store import SqliteStore
from tests.conftest import ROOT
from tests.fakes import START, FrozenClock
from tests.peers.processes import free_port

DATABASE = Path("data/frontdesk.db")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory of its own for each test, and a terminal that speaks English."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Exit code, output and complaints of one command."""
    code = main(words)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    """Exit code and JSON of one command."""
    code, out, _ = said(capsys, *words, "--json")
    return code, json.loads(out)


def configured(text: str) -> None:
    Path("frontdesk.toml").write_text(text, encoding="utf-8")


# ---- configuration


FIVE_MISTAKES = """[gateway]
listn = "127.0.0.1:8080"
[bus]
lanes = "many"
[hours.office]
monday = ["9-18"]
[channels.site]
type = "webchat"
jwt_secret = "env:NOT_SET_ANYWHERE"
[bot]
knowledge = "nowhere.yaml"
"""


def test_check_lists_every_mistake_of_the_configuration_and_the_knowledge_base(capsys: pytest.CaptureFixture[str]) -> None:
    configured(FIVE_MISTAKES)
    code, _, complaints = said(capsys, "check")
    assert code == 2
    assert complaints.splitlines() == [
        "frontdesk.toml:2: [gateway] listn: unknown key: is it `listen`?",
        "frontdesk.toml:4: [bus] lanes: expected a whole number >= 1 and <= 1024, got 'many'",
        "frontdesk.toml:9: [channels.site] jwt_secret: the environment variable NOT_SET_ANYWHERE is not set",
        "frontdesk.toml:6: [hours.office] monday: expected HH:MM-HH:MM, got '9-18'",
        "nowhere.yaml: expected a file or a folder, found neither",
    ]


@pytest.mark.parametrize("command", ["run", "doctor", "migrate", "dead list", "audit verify"])
def test_no_command_starts_with_a_wrong_configuration(capsys: pytest.CaptureFixture[str], command: str) -> None:
    configured(FIVE_MISTAKES)
    code, out, complaints = said(capsys, *command.split())
    assert (code, out) == (2, "")
    assert len(complaints.splitlines()) == 4
    assert not DATABASE.exists()


def test_check_tells_a_broken_entry_of_the_knowledge_base_by_file_and_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("kb.yaml").write_text('- id: one\n  questions: ["how?"]\n  answer: {en: "so"}\n- id: one\n  questions: 7\n', encoding="utf-8")
    configured('[bot]\nknowledge = "kb.yaml"\n')
    code, _, complaints = said(capsys, "check")
    assert code == 2
    assert re.search(r"^kb\.yaml:5: .*expected", complaints, re.MULTILINE)


def test_check_is_content_with_what_ships(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = told(capsys, "check")
    assert (code, found["ok"], found["config"]) == (0, True, None)
    assert found["entries"] >= 50


def test_problems_can_be_had_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    configured("[gateway]\nlistn = 1\n")
    assert told(capsys, "check") == (
        2,
        {"problems": [{"where": "frontdesk.toml:2: [gateway] listn", "message": "unknown key: is it `listen`?"}]},
    )


def test_the_configuration_may_be_named_before_and_behind_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    Path("other.toml").write_text("[gateway]\nlistn = 1\n", encoding="utf-8")
    assert said(capsys, "--config", "other.toml", "check")[0] == 2
    assert said(capsys, "check", "--config", "other.toml")[0] == 2
    assert said(capsys, "check", "--config=missing.toml")[2] == "missing.toml: can't be read: No such file or directory\n"


# ---- use


@pytest.mark.parametrize(
    "words", [[], ["fly"], ["run", "--speed", "9"], ["run", "--port", "many"], ["dead"], ["dead", "replay"], ["audit", "burn"]]
)
def test_wrong_use_ends_with_2(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage: frontdesk" in capsys.readouterr().err


def test_wrong_values_for_run_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "run", "--roles", "web,fly")[2] == "--roles: expected some of web, turns, delivery, listen, timers, got fly\n"
    assert said(capsys, "run", "--port", "70000")[2].startswith('--host, --port: expected "address:port"')


def test_help_names_every_command_and_imports_no_server() -> None:
    script = (
        "import contextlib, sys\nfrom gateway.__main__ import main\n"
        "with contextlib.suppress(SystemExit):\n    main(['--help'])\n"
        "print('heavy:', sorted({'aiohttp', 'asyncpg', 'redis', 'bot', 'gateway.app'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30, cwd=ROOT)
    assert done.stdout.endswith("heavy: []\n")
    assert all(f"\n    {name} " in done.stdout for name in COMMANDS)


def test_every_command_is_documented() -> None:
    documented = set(re.findall(r"^## `frontdesk (\w+)", (ROOT / "docs" / "commands.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert documented == set(COMMANDS)


# ---- the record


def test_migrate_is_safe_to_repeat(capsys: pytest.CaptureFixture[str]) -> None:
    first = told(capsys, "migrate")
    assert first[0] == 0
    assert told(capsys, "migrate") == first
    assert DATABASE.exists()


async def written(*changes: Changes) -> None:
    store = SqliteStore(DATABASE, clock=FrozenClock())
    await store.open()
    await store.commit(changes)
    await store.close()


def test_audit_verify_finds_a_changed_event(capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(written(*(Changes(audits=(AuditEvent(at=START, actor="system", action="tested", subject=str(n)),)) for n in range(3))))
    assert told(capsys, "audit", "verify") == (0, {"ok": True, "events": 3, "wrong": None})
    with sqlite3.connect(DATABASE) as database:
        database.execute("UPDATE audit SET body = replace(body, 'tested', 'denied') WHERE id = 2")
    database.close()
    code, found = told(capsys, "audit", "verify")
    assert (code, found["ok"]) == (1, False)
    assert "2" in found["wrong"]


LETTER = DeadLetter(
    id="01DEADLETTER", lane=Lane(0), error="ValueError at gateway/turns.py:88", at=START, attempts=1,
    event=Inbound(
        channel=ChannelName("site"), thread=Thread("v1"), key=EventKey("site/m1"), cid="m1", at=START,
        sender=Address(AddressKind.VISITOR, "site", "v1"), event=Said((Text("my secret wish"),)),
    ),
)  # fmt: skip


@pytest.fixture
def letter() -> DeadLetter:
    asyncio.run(written(Changes(dead_letters=(LETTER,))))
    return LETTER


def test_a_list_of_dead_letters_does_not_show_what_customers_wrote(capsys: pytest.CaptureFixture[str], letter: DeadLetter) -> None:
    code, out, _ = said(capsys, "dead", "list")
    assert code == 1
    assert "01DEADLETTER  2026-11-02 09:30:00Z  site     said   ValueError at gateway/turns.py:88" in out
    assert "wish" not in out


def test_one_dead_letter_can_be_looked_at_whole(capsys: pytest.CaptureFixture[str], letter: DeadLetter) -> None:
    code, found = told(capsys, "dead", "show", letter.id)
    assert (code, found["event"]["event"]["parts"][0]["text"]) == (0, "my secret wish")


def test_a_dropped_letter_is_gone_and_the_audit_log_knows(capsys: pytest.CaptureFixture[str], letter: DeadLetter) -> None:
    assert told(capsys, "dead", "drop", letter.id) == (0, {"dropped": [letter.id]})
    assert told(capsys, "dead", "list") == (0, [])
    assert told(capsys, "audit", "verify")[1]["events"] == 1
    assert said(capsys, "dead", "drop", letter.id)[0] == 1


def test_a_letter_is_replayed_where_no_gateway_runs(capsys: pytest.CaptureFixture[str], letter: DeadLetter) -> None:
    assert told(capsys, "dead", "replay", "--all") == (0, {"replayed": [letter.id], "asked": False})
    assert told(capsys, "dead", "list") == (0, [])


def test_a_letter_is_replayed_by_the_gateway_that_runs(capsys: pytest.CaptureFixture[str], letter: DeadLetter) -> None:
    serving = SqliteStore(DATABASE, clock=FrozenClock(), is_serving=True)
    asyncio.run(serving.open())
    try:
        assert told(capsys, "dead", "replay", letter.id) == (0, {"replayed": [letter.id], "asked": True})
        assert told(capsys, "dead", "list")[1][0]["is_wanted_again"] is True
    finally:
        asyncio.run(serving.close())


# ---- doctor


def parts(found: Any) -> dict[str, bool]:
    return {part["part"]: part["ok"] for part in found["parts"]}


def test_doctor_finds_the_embedded_default_well(capsys: pytest.CaptureFixture[str]) -> None:
    configured(f'[gateway]\nlisten = "127.0.0.1:{free_port()}"\n')
    code, found = told(capsys, "doctor")
    assert code == 0
    assert parts(found) == dict.fromkeys(
        ["configuration", "knowledge", "data_dir", "listen", "store", "bus", "hours", "channel site"], True
    )


@pytest.mark.parametrize(("locale", "heading", "store"), [("zh_CN.UTF-8", "检查项", "读写正常"), ("zh_HK", "檢查項目", "讀寫正常")])
def test_doctor_speaks_chinese_where_the_locale_does(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, locale: str, heading: str, store: str
) -> None:
    monkeypatch.delenv("LC_ALL")
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    monkeypatch.setenv("LANG", locale)
    configured(f'[gateway]\nlisten = "127.0.0.1:{free_port()}"\n')
    code, out, _ = said(capsys, "doctor")
    assert (code, out.startswith(heading), store in out) == (0, True, True)


def test_doctor_finds_real_peers_well(capsys: pytest.CaptureFixture[str], redis_url: str, postgres_url: str) -> None:
    configured(f'[gateway]\nlisten = "127.0.0.1:{free_port()}"\n[store]\nurl = "{postgres_url}"\n[bus]\nurl = "{redis_url}"\n')
    code, found = told(capsys, "doctor")
    assert [part for part in found["parts"] if not part["ok"]] == []
    assert code == 0


def test_doctor_says_what_to_do_about_each_peer_that_is_gone(
    capsys: pytest.CaptureFixture[str], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.commands.doctor.DEADLINE_S", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        gone = free_port()
        configured(
            f'[gateway]\nlisten = "127.0.0.1:{port}"\ndata_dir = "{here}/file/data"\n'
            f'[store]\nurl = "sqlite:///{here}/store.db"\n[bus]\nurl = "redis://:hunter2-hunter2@127.0.0.1:{gone}/0"\n'
        )
        (here / "file").write_text("in the way")
        code, out, _ = said(capsys, "doctor")
    assert code == 1
    assert re.search(r"^listen +FAILED +127\.0\.0\.1:\d+ can't be listened on.*stop the other program", out, re.MULTILINE)
    assert re.search(rf"^bus +FAILED .*is Redis running at 127\.0\.0\.1:{gone}", out, re.MULTILINE)
    assert "hunter2" not in out


def test_doctor_tells_of_events_that_could_not_be_handled(capsys: pytest.CaptureFixture[str], letter: DeadLetter) -> None:
    code, found = told(capsys, "doctor")
    (store,) = [part for part in found["parts"] if part["part"] == "store"]
    assert (code, store["why"], store["todo"]) == (
        1,
        "it works, but 1 events could not be handled",
        "look at them with `frontdesk dead list`",
    )


# ---- run


class Run:
    """`frontdesk run --demo --json` as a process."""

    def __init__(self, *words: str) -> None:
        command = [sys.executable, "-m", "gateway", "run", "--demo", "--json", "--port", "0", *words]
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
    runs.append(first := Run())
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
        command = [sys.executable, "-m", "gateway", "run", "--port", str(port)]
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


def test_doctor_sees_that_the_data_folder_is_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    Path("file").write_text("not a folder")
    configured('[gateway]\ndata_dir = "file"')
    code, report, _ = said(capsys, "doctor")
    assert code == 1
    assert "file is a file" in report

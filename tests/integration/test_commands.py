"""The `frontdesk` command as an operator meets it: what it says, and how it ends."""

import asyncio
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.__main__ import main
from gateway.commands import COMMANDS
from gateway.core.changes import Changes
from gateway.core.handoff import AuditEvent
from tests.conftest import ROOT
from tests.fakes import START
from tests.integration.commanding import DATABASE, configured, said, told, written

pytestmark = pytest.mark.usefixtures("here")


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


def test_audit_verify_finds_a_changed_event(capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(written(*(Changes(audits=(AuditEvent(at=START, actor="system", action="tested", subject=str(n)),)) for n in range(3))))
    assert told(capsys, "audit", "verify") == (0, {"ok": True, "events": 3, "wrong": None})
    with sqlite3.connect(DATABASE) as database:
        database.execute("UPDATE audit SET body = replace(body, 'tested', 'denied') WHERE id = 2")
    database.close()
    code, found = told(capsys, "audit", "verify")
    assert (code, found["ok"]) == (1, False)
    assert "2" in found["wrong"]

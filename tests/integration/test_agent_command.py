"""`frontdesk agent`, as an operator uses it."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from gateway.__main__ import main


@pytest.fixture
def config(tmp_path: Path) -> str:
    """A configuration with a record of its own."""
    file = tmp_path / "frontdesk.toml"
    file.write_text(
        f'[gateway]\ndata_dir = "{tmp_path}"\n[store]\nurl = "sqlite:///{tmp_path}/frontdesk.db"\n[queues.default]\n[queues.refunds]\n'
    )
    return str(file)


def said(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_an_account_is_added_listed_and_disabled(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", config, "--json", "agent", "add", "amy", "--generate", "--role", "supervisor", "--queue", "refunds"]) == 0
    added = said(capsys)
    assert (added["name"], added["shown_name"], added["role"], added["queues"]) == ("amy", "amy", "supervisor", ["refunds"])
    assert len(added["password"]) == 16
    assert main(["--config", config, "--json", "agent", "disable", "amy"]) == 0
    assert said(capsys)["is_disabled"] is True
    assert main(["--config", config, "--json", "agent", "list"]) == 0
    assert [(agent["name"], agent["is_disabled"], "password" in agent) for agent in said(capsys)] == [("amy", True, False)]


def test_a_password_is_read_from_standard_input_and_not_repeated(
    config: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse\n"))
    assert main(["--config", config, "agent", "add", "amy"]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("battery staple\n"))
    assert main(["--config", config, "agent", "passwd", "amy"]) == 0
    shown = capsys.readouterr()
    assert shown.out == "amy added\namy has a new password\n"
    assert shown.err == ""


def test_what_is_wrong_is_said_and_nothing_is_done(
    config: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert main(["--config", config, "agent", "add", "amy"]) == 1
    assert "10 characters at least" in capsys.readouterr().err
    assert main(["--config", config, "agent", "disable", "amy"]) == 1
    assert "no agent of this name" in capsys.readouterr().err
    assert main(["--config", config, "agent", "list"]) == 0
    assert "there are none" in capsys.readouterr().out

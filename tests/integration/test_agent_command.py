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


def test_an_account_is_changed_shut_and_opened_again(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("amy", "ben"):
        main(["--config", config, "agent", "add", name, "--generate", "--role", "admin", "--queue", "refunds", "--language", "en"])
    capsys.readouterr()
    words = [
        "--role",
        "supervisor",
        "--all-queues",
        "--language",
        "zh-CN",
        "--language",
        "en",
        "--capacity",
        "2",
        "--shown-name",
        "坐席 07",
    ]
    assert main(["--config", config, "--json", "agent", "change", "amy", *words]) == 0
    changed = said(capsys)
    assert (changed["role"], changed["queues"], changed["languages"]) == ("supervisor", [], ["zh-CN", "en"])
    assert (changed["capacity_units"], changed["shown_name"]) == (2, "坐席 07")
    assert main(["--config", config, "agent", "disable", "amy"]) == 0
    assert main(["--config", config, "--json", "agent", "enable", "amy"]) == 0
    assert capsys.readouterr().out.startswith("amy is disabled\n")
    assert main(["--config", config, "--json", "agent", "change", "amy", "--all-languages"]) == 0
    assert (said(capsys)["languages"], said_role(config, capsys)) == ([], "supervisor")


def said_role(config: str, capsys: pytest.CaptureFixture[str]) -> str:
    main(["--config", config, "--json", "agent", "list"])
    return str(said(capsys)[0]["role"])


def test_the_last_admin_stays_for_the_command_too(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--config", config, "agent", "add", "amy", "--generate", "--role", "admin"])
    capsys.readouterr()
    for words in (["disable", "amy"], ["change", "amy", "--role", "agent"]):
        assert main(["--config", config, "agent", *words]) == 1
        assert "this is the last admin: make another one first" in capsys.readouterr().err


def test_a_change_of_nothing_and_of_somebody_unknown_is_refused(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", config, "agent", "change", "amy"]) == 1
    assert "something to change" in capsys.readouterr().err
    assert main(["--config", config, "agent", "change", "amy", "--capacity", "2"]) == 1
    assert "no agent of this name" in capsys.readouterr().err
    assert main(["--config", config, "agent", "enable", "amy"]) == 1
    assert "no agent of this name" in capsys.readouterr().err

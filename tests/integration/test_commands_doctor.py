"""`frontdesk doctor` as an operator meets it: what is well, what is not, and what to do about it."""

import re
import socket
from pathlib import Path
from typing import Any

import pytest

from gateway.core.changes import DeadLetter
from tests.integration.commanding import configured, said, told
from tests.peers.processes import free_port

pytestmark = pytest.mark.usefixtures("here")


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


def test_doctor_sees_that_the_data_folder_is_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    Path("file").write_text("not a folder")
    configured('[gateway]\ndata_dir = "file"')
    code, report, _ = said(capsys, "doctor")
    assert code == 1
    assert "file is a file" in report

"""`frontdesk kb drafts`, `publish`, `revisions` and `restore`, and what `check` says of files that have changed since."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from config.schema import Settings
from gateway.__main__ import main
from gateway.commands.kb_publish import _library
from tests.knowledge import entry, knowledge_file

DELIVERY = entry("delivery", "where is my parcel", answer="On its way.")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "frontdesk.toml").write_text('[gateway]\nlanguages = ["en"]\n[bot]\nknowledge = "knowledge.jsonl"\n')
    knowledge_file(tmp_path, DELIVERY)
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    assert main([*words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def drafted(value: dict[str, Any]) -> None:
    """Somebody at the desk writes a draft."""

    async def work() -> None:
        settings = Settings()
        async with _library(settings) as (_, library):
            await library.put("mei", value["id"], value, 0)

    asyncio.run(work())


def test_before_anything_is_published_there_is_nothing_to_tell_and_nothing_is_made(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "kb", "check", code=0).get("note") is None
    assert told(capsys, "check")["entries"] == 1
    assert not (shop / "data").exists()


def test_the_files_are_published_and_an_earlier_revision_again(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "kb", "revisions") == {"revisions": []}
    assert main(["kb", "publish"]) == 2
    assert "there are no drafts" in capsys.readouterr().err
    first = told(capsys, "kb", "publish", "--from", "files", "--comment", "the start")
    assert (first["number"], first["entries"], first["origin"]) == (1, 1, "files")
    knowledge_file(shop, DELIVERY, entry("returns"))
    for words in (("check",), ("kb", "check")):
        assert told(capsys, *words)["note"].startswith("revision 1 of the knowledge base, published 20"), words
    assert told(capsys, "kb", "publish", "--from", "files")["added"] == 1
    assert told(capsys, "check").get("note") is None
    assert main(["kb", "publish", "--from", "files"]) == 2
    assert "the files say what is in force already" in capsys.readouterr().err
    assert told(capsys, "kb", "restore", "1")["dropped"] == 1
    assert [one["number"] for one in told(capsys, "kb", "revisions")["revisions"]] == [3, 2, 1, 0]
    assert main(["kb", "restore", "9"]) == 2
    assert "no such revision" in capsys.readouterr().err


def test_drafts_are_listed_and_published_and_then_commands_know_them(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "frontdesk.toml").unlink()
    drafted(entry("returns", "can I send it back to you", answer="Yes."))
    assert told(capsys, "kb", "drafts") == {
        "revision": 0, "drafts": [{"id": "returns", "state": "new", "title": "can I send it back to you", "by": "mei"}],
    }  # fmt: skip
    assert told(capsys, "kb", "publish", "--comment", "returns")["added"] == 1
    assert told(capsys, "kb", "ask", "can I send it back to you")["entry"] == "returns"
    assert told(capsys, "kb", "export", "--out", "all.jsonl")["entries"] > 10
    assert '"returns"' in (shop / "all.jsonl").read_text()

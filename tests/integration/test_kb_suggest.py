"""`frontdesk kb suggest` and `frontdesk bot replay`, from outside, over both kinds of record."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.schema import StoreSettings
from gateway.__main__ import main
from gateway.clock import SystemClock
from gateway.core.changes import Changes
from gateway.store import open_store
from tests.conversations import Talk
from tests.events import AT

KB = """\
- id: refund-time
  questions: ["退款多久到账？", "什么时候能收到退款", "退款要几天", "how long does a refund take"]
  answer: {zh: "退款会在三个工作日内原路退回您的账户。", en: "Three working days."}
- id: invoice
  questions: ["怎么开发票", "可以开发票吗", "在哪里下载发票", "How do I get an invoice?"]
  answer: {zh: "发票可以在订单页面自助开具并下载。", en: "On the order page."}
"""
DAY = AT.date()


@pytest.fixture(params=["sqlite", "postgres"])
def config(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration with a record of its own. Commands that only read need no bus, so nothing listens there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kb.yaml").write_text(KB, encoding="utf-8")
    url = "sqlite:///frontdesk.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    bus = "" if request.param == "sqlite" else '[bus]\nurl = "redis://127.0.0.1:1"\n'
    path = tmp_path / "frontdesk.toml"
    path.write_text(f'[store]\nurl = "{url}"\n{bus}[bot]\nknowledge = "kb.yaml"\n', encoding="utf-8")
    return path


def keep(config: Path, *talks: Talk) -> None:
    """Write these conversations into the configured record."""
    url = next(line for line in config.read_text(encoding="utf-8").splitlines() if line.startswith("url")).split('"')[1]

    async def write() -> None:
        store = open_store(StoreSettings(url=url), data_dir=config.parent, clock=SystemClock())
        await store.open()
        changes: list[Changes] = [talk.changes() for talk in talks]
        assert await store.commit(changes) == [None] * len(changes)
        await store.close()

    asyncio.run(write())


def told(capsys: pytest.CaptureFixture[str], *words: str, code: int) -> Any:
    assert main([*words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def unanswered(number: int, text: str) -> Talk:
    days = (SystemClock().now().date() - DAY).days - 1
    talk = Talk(f"v{number}", days=days).asks(text).bot("handoff", reason="low_confidence")
    return talk.agent("您好，请稍等").agent("支持花呗付款，结算时选择即可，电话 13812345678。")


def test_what_only_people_could_answer_becomes_entries_to_review(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(config, unanswered(1, "可以用花呗付款吗"), unanswered(2, "能用花呗付款吗"), unanswered(3, "退款多久到账"))
    assert main(["kb", "suggest", "--days", "7", "--out", "new.yaml"]) == 1
    assert "1 suggestions from 2 of 3 questions" in capsys.readouterr().out
    (entry,) = yaml.safe_load((config.parent / "new.yaml").read_text(encoding="utf-8"))
    assert entry["answer"] == {"zh": "支持花呗付款，结算时选择即可，电话 <number>。"}
    assert sorted(entry["questions"]) == ["可以用花呗付款吗", "能用花呗付款吗"]
    assert told(capsys, "kb", "import", "new.yaml", "--out", "new.jsonl", code=0)["questions"] == 2
    found = told(capsys, "kb", "suggest", "--days", "7", code=1)
    assert (found["questions"], found["known"], found["suggestions"][0]["count"]) == (3, 1, 2)
    assert told(capsys, "kb", "suggest", "--days", "7", "--least", "3", code=0)["suggestions"] == []


def test_past_sessions_are_decided_again_and_nothing_is_changed(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missed = Talk("missed").asks("退款多久到账").bot("answer", "invoice").asks("转人工").bot("handoff", reason="explicit_request")
    needless = Talk("needless").asks("怎么开发票").bot("handoff", reason="low_confidence")
    needless.agent("您好").agent("发票可以在订单页面自助开具并下载。")
    later = Talk("later", days=3).asks("怎么开发票").bot("answer", "invoice")
    keep(config, missed, needless, later)
    found = told(capsys, "bot", "replay", "--from", f"{DAY}", "--to", f"{DAY}", "--target-precision", "0.9", code=0)
    assert (found["from"], found["to"], found["target_precision"]) == ("2026-11-02", "2026-11-02", 0.9)
    assert (found["sessions"], found["questions"]) == (2, 3)
    assert found["missed"] == {
        "then": 1, "by": {"asked_person": 1}, "now_handed_off": 0, "now_asked_back": 0, "now_right": 0, "now_other": 1, "now_same": 0,
    }  # fmt: skip
    assert found["unnecessary"] == {"then": 1, "now_answered": 1, "now_offered": 0, "now_wrong": 0, "now_handed_off": 0}
    assert found["contained_then"]["count"] == 0
    assert found["contained_now"] == {"count": 1, "of": 2, "share": 0.5, "low": 0.0945, "high": 0.9055}
    assert found == told(capsys, "bot", "replay", "--from", f"{DAY}", "--to", f"{DAY}", "--target-precision", "0.9", code=0)
    wider = told(capsys, "bot", "replay", "--from", f"{DAY}", "--to", f"{DAY + timedelta(days=3)}", code=0)
    assert (wider["sessions"], wider["target_precision"]) == (3, 0.95)


def test_another_knowledge_base_can_be_tried_over_the_past(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(config, Talk().asks("怎么开发票").bot("answer", "invoice"))
    Path("other.yaml").write_text(KB.split("- id: invoice")[0], encoding="utf-8")
    found = told(capsys, "bot", "replay", "--from", f"{DAY}", "--to", f"{DAY}", "--kb", "other.yaml", code=0)
    assert [(move["then"], move["now"]) for move in found["moves"]] == [("answer", "handoff")]
    assert main(["bot", "replay", "--from", f"{DAY}", "--to", f"{DAY}", "--kb", "other.yaml"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert out.startswith("1 sessions with 1 questions then now now, surely")
    assert "sessions without a handoff 100.0% (20.6% to 100.0%) 0.0% (0.0% to 79.3%)" in out
    assert "answered only then: 1, of them complained about 0, good 0, unknown 1" in out


def test_without_a_record_there_is_nothing_to_replay_or_suggest_and_none_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["bot", "replay", "--from", "2026-11-01", "--to", "2026-11-02"]) == 2
    assert capsys.readouterr().err == "[store] url: expected a record of past sessions, found none\n"
    assert main(["bot", "replay", "--from", "2026-11-03", "--to", "2026-11-02"]) == 2
    capsys.readouterr()
    assert told(capsys, "kb", "suggest", code=0)["questions"] == 0
    assert list(tmp_path.iterdir()) == []

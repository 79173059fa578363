"""`frontdesk kb`, from outside."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from gateway.__main__ import main

KB = """\
- id: refund-time
  questions: ["退款多久到账？", "什么时候能收到退款", "how long does a refund take"]
  answer: {zh: "三天。", en: "Three days."}
- id: shipping-cost
  questions: ["运费多少钱", "包邮吗", "how much is shipping"]
  answer: {zh: "八元。", en: "Eight."}
"""
QUESTIONS = [
    {"text": "退款多久到账", "expect": "refund-time"},
    {"text": "How much is shipping?", "expect": "shipping-cost"},
    {"text": "how do I bake bread", "expect": None},
]


@pytest.fixture
def kb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)  # no frontdesk.toml of anybody's
    path = tmp_path / "kb.yaml"
    path.write_text(KB, encoding="utf-8")
    return path


def told(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    assert main(["kb", *words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_ask_tells_one_decision(kb: Path, capsys: pytest.CaptureFixture[str]) -> None:
    decision = told(capsys, "ask", "退款多久到账？", "--kb", str(kb))
    assert (decision["decision"], decision["entry"], decision["reason"], decision["language"]) == ("answer", "refund-time", None, "zh-CN")
    assert decision["confidence"] == 0.99
    assert decision["candidates"] == [{"entry": "refund-time", "confidence": 0.99}]
    assert decision["text"] == "三天。"


def test_ask_tells_a_handoff_with_its_reason(kb: Path, capsys: pytest.CaptureFixture[str]) -> None:
    decision = told(capsys, "ask", "转人工", "--kb", str(kb))
    assert (decision["decision"], decision["entry"], decision["reason"]) == ("handoff", None, "explicit_request")


def test_ask_for_people(kb: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kb", "ask", "how much is shipping?", "--kb", str(kb)]) == 0
    assert capsys.readouterr().out.startswith("answer (shipping-cost), confidence 0.99, en\nEight.\n")


def test_without_a_configuration_the_sample_answers(kb: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert kb.exists()
    assert told(capsys, "ask", "怎么开发票")["entry"] == "invoice-how"


def test_eval_prints_the_contracts_measures(kb: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    questions = tmp_path / "questions.jsonl"
    questions.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in QUESTIONS), encoding="utf-8")
    found = told(capsys, "eval", "--kb", str(kb), "--questions", str(questions), "--target-precision", "0.9")
    latency = found.pop("latency_ms")
    assert set(latency) == {"p50", "p99"}
    assert 0 <= found.pop("ece") < 0.5
    assert found == {
        "questions": 3, "in_scope": 2, "out_of_scope": 1, "top1_accuracy": 1.0, "top3_accuracy": 1.0, "oos_auroc": 1.0, "oos_recall": 1.0,
        "coverage": 1.0, "precision": 1.0, "coverage_at_target": 1.0, "handoff_rate": 0.3333, "entries": 2, "confusions": [],
        "confusion_count": 0, "worst_entries": [], "missed_unknown": [], "missed_unknown_count": 0, "unknown_entries": [],
    }  # fmt: skip


def test_eval_shows_where_it_goes_wrong(kb: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Labels that are wrong on purpose: what the bot does with these is certain."""
    wrong = [
        {"text": "退款多久到账", "expect": "shipping-cost"}, {"text": "包邮吗", "expect": None}, {"text": "运费多少钱", "expect": "gone"},
    ]  # fmt: skip
    questions = tmp_path / "questions.jsonl"
    questions.write_text("".join(json.dumps(one) + "\n" for one in wrong), encoding="utf-8")
    found = told(capsys, "eval", "--kb", str(kb), "--questions", str(questions), "--top", "1")
    assert found["confusions"] == [
        {"expected": "gone", "found": "shipping-cost", "count": 1, "answered": 1, "example": "运费多少钱"},
    ]  # fmt: skip
    assert (found["confusion_count"], found["unknown_entries"]) == (2, ["gone"])
    assert found["worst_entries"] == [{"entry": "gone", "questions": 1, "right": 0, "wrong_answers": 1, "taken": 0}]
    assert found["missed_unknown"] == [{"text": "包邮吗", "entry": "shipping-cost", "confidence": 0.99}]
    assert main(["kb", "eval", "--kb", str(kb), "--questions", str(questions)]) == 0
    out = capsys.readouterr().out
    assert "answered, though no entry does  confidence  question\nshipping-cost" in out


def test_eval_takes_labels_that_refine_how_sure_the_bot_is(kb: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    questions, labels = tmp_path / "questions.jsonl", tmp_path / "labels.jsonl"
    questions.write_text("".join(json.dumps(one) + "\n" for one in QUESTIONS), encoding="utf-8")
    labels.write_text(
        "".join(json.dumps({"text": f"{text} {n}", "expect": None}) + "\n" for n in range(3) for text in ("a", "b")), encoding="utf-8"
    )
    found = told(capsys, "eval", "--kb", str(kb), "--questions", str(questions), "--labels", str(labels))
    assert (found["questions"], found["top1_accuracy"]) == (3, 1.0)
    labels.write_text("not json", encoding="utf-8")
    found = told(capsys, "eval", "--kb", str(kb), "--questions", str(questions), "--labels", str(labels), code=2)
    assert [problem["where"] for problem in found["problems"]] == [f"{labels}:1"]


def test_eval_names_every_bad_line_of_the_questions(kb: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    questions = tmp_path / "questions.jsonl"
    questions.write_text('{"text": "x", "expect": null}\n{"text": 1, "expect": null}\nnot json\n', encoding="utf-8")
    found = told(capsys, "eval", "--kb", str(kb), "--questions", str(questions), code=2)
    assert [problem["where"] for problem in found["problems"]] == [f"{questions}:2", f"{questions}:3"]


def test_check_is_content_with_a_good_knowledge_base(kb: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "check", "--kb", str(kb))
    assert (found["entries"], found["questions"], found["counts"]) == (2, 6, {"error": 0, "warn": 0, "hint": 4})
    assert found["findings"][0] == {
        "severity": "hint", "code": "few_questions", "entries": ["refund-time"], "question": "", "detail": "zh",
        "text": "refund-time is asked in 2 ways in the language zh: write at least 3; five are much better than one.",
    }  # fmt: skip


def test_check_finds_a_question_that_two_entries_hold(kb: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kb.write_text(KB + '- {id: other, questions: ["請問包郵嗎"], answer: "送的"}\n', encoding="utf-8")
    (first, *_) = told(capsys, "check", "--kb", str(kb), code=1)["findings"]
    assert (first["severity"], first["code"], first["entries"]) == ("error", "asked_twice", ["shipping-cost", "other"])
    assert (first["question"], first["detail"]) == ("包邮吗", "請問包郵嗎")


def test_check_tells_people_the_worst_first_and_not_a_thousand_lines(kb: Path, capsys: pytest.CaptureFixture[str]) -> None:
    many = "".join(f'- {{id: e{number}, questions: ["alpha{number} beta"], answer: "Yes."}}\n' for number in range(15))
    kb.write_text(KB + many + '- {id: bad, questions: ["???"], answer: "See [here]( )."}\n', encoding="utf-8")
    assert main(["kb", "check", "--kb", str(kb)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [
        "error: bad: the question “???” has no words in it.", "error: bad: the answer (en) has a broken link: [here]( )",
    ]  # fmt: skip
    assert "  ... and 9 more few_questions (--all tells them)" in lines
    assert lines[-1].startswith("18 entries with 22 questions: 2 errors, ")
    assert main(["kb", "check", "--kb", str(kb), "--all"]) == 1
    assert "... and" not in capsys.readouterr().out


def test_check_speaks_the_terminals_language(kb: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert main(["kb", "check", "--kb", str(kb)]) == 0
    assert "refund-time 在 zh 语言中只有 2 个问法：至少写 3 个，五个比一个好得多。" in capsys.readouterr().out


def test_check_lists_every_problem_with_file_and_line(kb: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = kb.parent / "folder"
    folder.mkdir()
    (folder / "a.yaml").write_text("- {id: a, questions: [no], answer: x}\n", encoding="utf-8")
    (folder / "b.csv").write_bytes("id,question,answer\nb,退款,三天\n".encode("gb18030"))
    (folder / "notes.txt").write_text("not read", encoding="utf-8")
    found = told(capsys, "check", "--kb", str(folder), code=2)
    assert found["problems"] == [
        {"where": "b.csv:2", "message": "expected text in UTF-8, found other bytes: save the file as UTF-8"},
        {"where": "a.yaml:1", "message": 'entry a: questions: expected text, found true or false (`no`): put it in quotes: "no"'},
    ]


@pytest.mark.parametrize("path", ["nowhere", "empty"])
def test_a_place_without_entries_is_a_problem(kb: Path, capsys: pytest.CaptureFixture[str], path: str) -> None:
    (kb.parent / "empty").mkdir()
    assert len(told(capsys, "check", "--kb", str(kb.parent / path), code=2)["problems"]) == 1


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "yaml"])
def test_export_and_import_keep_every_entry(kb: Path, capsys: pytest.CaptureFixture[str], suffix: str) -> None:
    there, back = kb.parent / f"out.{suffix}", kb.parent / "back.yaml"
    assert told(capsys, "export", "--kb", str(kb), "--out", str(there))["entries"] == 2
    assert told(capsys, "import", str(there), "--out", str(back))["entries"] == 2
    assert told(capsys, "ask", "包邮吗", "--kb", str(back))["text"] == "八元。"


def test_export_overwrites_nothing(kb: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "export", "--kb", str(kb), "--out", str(kb), code=2)
    assert kb.read_text(encoding="utf-8") == KB


@pytest.mark.parametrize("encoding", ["gbk", "utf-16", "utf-8-sig"])
def test_import_reads_what_excel_saves_in_chinese_offices(kb: Path, capsys: pytest.CaptureFixture[str], encoding: str) -> None:
    table = "问题;相似问法;答案;序号\r\n怎么开发票;可以开票吗|发票在哪里下载;在订单页自助开具。;1\r\n能货到付款吗;;不能。;2\r\n"
    (kb.parent / "faq.csv").write_bytes(table.encode(encoding))
    found = told(capsys, "import", str(kb.parent / "faq.csv"), "--out", str(kb.parent / "faq.yaml"))
    assert (found["entries"], found["questions"]) == (2, 4)
    assert found["encoding"] == {"gbk": "gb18030", "utf-16": "utf-16", "utf-8-sig": "utf-8"}[encoding]
    assert told(capsys, "ask", "可以开票吗", "--kb", str(kb.parent / "faq.yaml"))["text"] == "在订单页自助开具。"


def test_import_says_what_to_do_with_a_file_that_is_no_text(kb: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (kb.parent / "faq.xlsx").write_bytes(b"PK\x03\x04")
    (kb.parent / "faq.csv").write_bytes(b"id,question,answer\na,\xff\xfe\x81,x\n")
    out = str(kb.parent / "out.yaml")
    found = told(capsys, "import", str(kb.parent / "faq.xlsx"), "--out", out, code=2)
    assert found["problems"][0]["message"] == "expected a text file: save the sheet as CSV UTF-8, then import that"
    told(capsys, "import", str(kb.parent / "faq.csv"), "--out", out, "--encoding", "utf-8", code=2)
    told(capsys, "import", str(kb.parent / "nothing.csv"), "--out", out, code=2)
    assert not (kb.parent / "out.yaml").exists()


def test_an_exported_table_opens_in_excel_as_it_is(kb: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kb.write_text(KB.replace('"八元。"', '"=HYPERLINK(1)"'), encoding="utf-8")
    told(capsys, "export", "--kb", str(kb), "--out", str(kb.parent / "kb.csv"))
    data = (kb.parent / "kb.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbfid,questions,answer_zh,answer_en,")
    assert "'=HYPERLINK(1)" in data.decode()
    assert told(capsys, "ask", "包邮吗", "--kb", str(kb.parent / "kb.csv"))["text"] == "=HYPERLINK(1)"


def test_what_took_long_to_prepare_is_kept_where_there_is_a_data_folder(kb: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = told(capsys, "ask", "运费怎么算", "--kb", str(kb))
    assert not (kb.parent / "data").exists()
    (kb.parent / "data").mkdir()
    assert told(capsys, "ask", "运费怎么算", "--kb", str(kb)) == first
    (made,) = (kb.parent / "data" / "cache" / "commands").iterdir()
    assert told(capsys, "ask", "运费怎么算", "--kb", str(kb)) == first
    assert [path.name for path in (kb.parent / "data" / "cache" / "commands").iterdir()] == [made.name]
    whole, other = made.read_bytes(), b"something else"
    made.write_bytes(hashlib.sha256(other).digest() + other)
    assert told(capsys, "ask", "运费怎么算", "--kb", str(kb)) == first
    assert made.read_bytes() == whole

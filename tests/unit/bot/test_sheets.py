"""Spreadsheets from anywhere become entries, and entries become spreadsheets that say the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.charsets import decoded
from bot.columns import column_of
from bot.entries import Entry, EntryHandoff, Risk
from bot.formats import Source
from bot.knowledge import parse
from bot.sheets import guarded, restored
from bot.writing import written
from gateway.core.handoff import Reason, Urgency
from gateway.core.ids import EntryId


def imported(text: str) -> tuple[tuple[Entry, ...], list[str]]:
    entries, problems = parse([Source("kb.csv", text, is_foreign=True)])
    return entries, [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("id", "id"), ("知识编号", "id"), ("Question", "questions"), ("標準問題", "questions"), (" 相似问法 ", "variants"),
        ("答案", "answer"), ("英文答案", "answer_en"), ("答案（英文）", "answer_en"), ("答案_繁体", "answer_zh-TW"),
        ("Answer (English)", "answer_en"), ("answer_zh-TW", "answer_zh-TW"), ("回复-中文", "answer_zh"), ("answer_on", "answer_on"),
        ("分類", "category"), ("失效日期", "valid_to"), ("Valid From", "valid_from"), ("not_questions", "not_questions"),
        ("更新时间", ""), ("", ""), ("colour", None), ("Answer quality", None),
    ],
)  # fmt: skip
def test_a_heading_is_understood_in_both_languages(name: str, column: str | None) -> None:
    assert column_of(name) == column


def test_a_chinese_table_with_one_row_for_an_entry() -> None:
    text = "问题;相似问法;答案;英文答案;分类;风险;紧急程度;失效日期;序号\n"
    text += "退款多久到账;什么时候退款|退的钱呢；多久到;三天;Three days;支付;高;紧急;2026/1/5;1\n"
    entries, problems = imported(text)
    assert problems == []
    (entry,) = entries
    assert entry.questions == ("退款多久到账", "什么时候退款", "退的钱呢", "多久到")
    assert (entry.answer, entry.category, entry.valid_to) == ({"zh": "三天", "en": "Three days"}, "支付", "2026-01-05")
    assert (entry.risk, entry.urgency) == (Risk.HIGH, Urgency.URGENT)
    assert imported(text)[0] == entries


def test_rows_with_the_same_answer_are_one_entry() -> None:
    entries, problems = imported(
        "Question\tAnswer\nHow much is shipping?\tEight.\nWhere are you\tHere.\nis it free\tEight. \n\t\nand abroad\t\n"
    )
    assert problems == []
    assert [(entry.id, entry.questions) for entry in entries] == [
        ("how-much-is-shipping", ("How much is shipping?", "is it free", "and abroad")), ("where-are-you", ("Where are you",)),
    ]  # fmt: skip


def test_rows_with_the_same_id_are_one_entry_wherever_they_stand() -> None:
    entries, problems = imported("id,question,answer\na,x one,yes\nb,y one,no\na,x two,\na,x three,yes\n")
    assert problems == []
    assert [(entry.id, entry.questions) for entry in entries] == [("a", ("x one", "x two", "x three")), ("b", ("y one",))]


def test_two_titles_that_read_alike_get_two_ids() -> None:
    entries, _ = imported("question,answer\nopen now?,yes\nopen now!,no\n")
    assert [entry.id for entry in entries] == ["open-now", "open-now-2"]


def test_excels_separator_line_is_obeyed() -> None:
    entries, problems = imported('sep=;\r\nid;question;answer\r\na;"x; y";z\r\n')
    assert (problems, entries[0].questions) == ([], ("x; y",))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "id,question,answer\na,x,yes\na,y,no\n",
            "kb.csv:3: expected the same `answer` as in the row of line 2 that it belongs to, found another one",
        ),
        ("name,text\na,b\n", "kb.csv:1: expected the columns questions and answer, found name, text"),
        (
            "id,question,question,answer\na,x,y,z\n",
            "kb.csv:1: expected each column once, found two for `questions`, one of them `question`",
        ),
        ('id,question,answer,action\na,x,z,"{oops"\n', "kb.csv:2: action: expected JSON in the cell, found a mistake in it"),
        ('id,question,answer\na,"x,z\n', "kb.csv:2: expected CSV, found a mistake in it: unexpected end of data"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(text: str, problem: str) -> None:
    assert imported(text)[1] == [problem]


def test_a_column_that_nobody_knows_is_left_out_of_a_foreign_table_and_told_of_an_own_one() -> None:
    text = "id,question,answer,categroy\na,x,y,z\n"
    assert imported(text)[1] == []
    _, problems = parse([Source("kb.csv", text)])
    assert [str(problem) for problem in problems] == ["kb.csv:1: found the unknown column `categroy`: did you mean `category`?"]


def test_a_formula_is_no_formula_in_a_spreadsheet_and_comes_back() -> None:
    entry = Entry(id=EntryId("a"), questions=("=1+1", "x"), answer={"en": "@SUM(A1)"}, category="-x", tags=("'+1",))
    text = written([entry], ".csv")
    assert "'=1+1" in text
    assert "'@SUM(A1)" in text
    assert parse([Source("kb.csv", text)]) == ((entry,), ())


@given(st.text())
def test_what_is_guarded_is_restored(cell: str) -> None:
    assert restored(guarded(cell)) == cell
    assert guarded(cell)[:1] not in {"=", "+", "-", "@", "\t", "\r"}


_words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=20).filter(
    lambda text: text.strip() == text
)
_marks = st.sampled_from(["=", "+1", "-", "@x", "'=", ";", "；", "|", '"', ",", "a;b", "'"])
_texts = st.one_of(_words, _marks)
_answers = st.dictionaries(st.sampled_from(["zh", "zh-TW", "en", "pt-BR"]), st.one_of(_texts, st.just("two\n\nlines, “q”")), max_size=3)
_entries = st.builds(
    Entry,
    id=st.text("abcdef0123456789-", min_size=1, max_size=12),
    questions=st.lists(_texts, min_size=1, max_size=4, unique=True).map(tuple),
    answer=_answers.filter(bool),
    answer_on=st.dictionaries(st.sampled_from(["phone", "wechat"]), _answers.filter(bool), max_size=2),
    tags=st.lists(_texts, max_size=3, unique=True).map(tuple),
    category=st.one_of(st.none(), _texts),
    urgency=st.sampled_from(Urgency),
    risk=st.sampled_from(Risk),
    valid_from=st.sampled_from(["", "2026-01-05"]),
    valid_to=st.sampled_from(["", "2026-12-31"]),
    not_questions=st.lists(_texts, max_size=3, unique=True).map(tuple),
    handoff=st.one_of(st.none(), st.builds(EntryHandoff, queue=st.one_of(st.none(), _texts), reason=st.sampled_from(Reason))),
    action=st.one_of(st.none(), st.just({"http": {"target": "orders", "path": "/orders"}, "answer": {"en": "It is {{result.state}}."}})),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(_entries, min_size=1, max_size=3, unique_by=lambda entry: entry.id), st.sampled_from([".csv", ".jsonl", ".yaml"]))
def test_what_is_exported_reads_as_the_same_entries(entries: list[Entry], suffix: str) -> None:
    for is_foreign in (False, True):
        assert parse([Source(f"kb{suffix}", written(entries, suffix), is_foreign=is_foreign)]) == (tuple(entries), ())


TABLE = "编号,问题,答案\na,退款多久到账？,三个工作日\n"
TRADITIONAL = "編號,問題,答案\na,退款多久到帳？,請稍等三個工作天\n"


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (TABLE.encode(), TABLE, "utf-8"),
        (TABLE.encode("utf-8-sig"), TABLE, "utf-8-sig"),
        (TABLE.encode("gbk"), TABLE, "gb18030"),
        (TABLE.encode("utf-16"), TABLE, "utf-16"),
        (TABLE.encode("utf-16-le"), TABLE, "utf-16-le"),
        (TABLE.encode("utf-16-be"), TABLE, "utf-16-be"),
        (TRADITIONAL.encode("big5"), TRADITIONAL, "cp950"),
        (TRADITIONAL.encode("gb18030"), TRADITIONAL, "gb18030"),
        ("id,question\na,café\n".encode("cp1252"), "id,question\na,café\n", "cp1252"),
        (b"", "", "utf-8"),
    ],
)
def test_the_encoding_is_found_by_looking(data: bytes, text: str, encoding: str) -> None:
    assert decoded(data) == (text, encoding)

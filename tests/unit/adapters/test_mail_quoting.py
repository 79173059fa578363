"""A mail's text in three: the public samples, mails answered below and between the lines, and what holds for any text at all."""

import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import pytest

from adapters.email.quoting import split

HOSTILE: dict[str, Callable[[int], str]] = {
    "on": lambda size: "On " * (size // 3),
    "on in lines": lambda size: "On \n" * (size // 4),
    "marks in one line": lambda size: ">" * size,
    "marks in lines": lambda size: ">\n" * (size // 2),
    "dashes": lambda size: "-----\n" * (size // 6),
    "one line": lambda size: "x" * size,
    "blank lines": lambda size: "\r\n" * (size // 2),
    "colons": lambda size: "a:\n" * (size // 3),
    "dates": lambda size: "2023-05-06 10:20:\n" * (size // 18),
    "verbs": lambda size: "wrote:\n" * (size // 7),
    "attributions": lambda size: "On 2023-05-06 a <a@b.c> wrote:\n" * (size // 31),
    "nested": lambda size: "".join(f"{'>' * (n % 200)} On 2023-05-06 a <a@b.c> wrote:\n" for n in range(size // 132)),
    "heads": lambda size: "From: a@b.c\nSent: 2023-05-06\nTo: b\nSubject: x\n\n" * (size // 46),
    "halves of heads": lambda size: "From: a\nb\nTo:\n" * (size // 14),
    "titles": lambda size: "---- x ----\nFrom: y\n" * (size // 20),
    "brackets": lambda size: "<\na@\n" * (size // 5),
    "fences": lambda size: "```\n" * (size // 4),
    "footers": lambda size: "Sent from my iPhone\n" * (size // 20),
    "closings": lambda size: "此致\n电话：12345678\n" * (size // 15),
    "words between": lambda size: "On 2023-05-06 a <a@b.c> wrote:\n> a\nb\n" * (size // 37),
    "answers": lambda size: "> a\n\nb\n\n" * (size // 8),
    "cards": lambda size: "| |\n签名由 网易邮箱大师 定制\n" * (size // 18),
}
PIECES = (
    *(
        "",
        "",
        "Hello there.",
        "  indented",
        "How are you?",
        "> quoted",
        ">> deeper",
        "| a | b |",
        "--",
        "-- ",
        "-----",
        "________________",
        "```",
    ),
    *(
        "On 2023-05-06 10:20 a <a@b.c> wrote:",
        "On 2023-05-06 10:20 a <",
        "a@b.c> wrote:",
        "> 在 2023年5月6日，a <a@b.c> 写道：",
        "From: a <a@b.c>",
    ),
    *(
        "Sent: 2023-05-06",
        "To: b",
        "Subject: c",
        "发件人：甲",
        "主题：乙",
        "-----Original Message-----",
        "Begin forwarded message:",
        "发自我的 iPhone",
    ),
    *(
        "此致",
        "电话：12345678",
        "a@b.com",
        "Regards,",
        "This e-mail is confidential; if you are not the intended recipient, delete this.",
        "签名由 网易邮箱大师 定制",
    ),
    *("|", "Hash: SHA256", "-----BEGIN PGP SIGNATURE-----", "\u200b", "\u3000\u00a0", "wrote:", "<", "&gt; x", "x" * 700),
)


def texts(count: int) -> Iterator[str]:
    dice = random.Random(7)
    for _ in range(count):
        yield "\n".join(dice.choice(PIECES) for _ in range(dice.randrange(1, 24)))


def written(text: str) -> list[str]:
    """The lines that show something."""
    return [line.rstrip() for line in text.replace("\u200b", "").split("\n") if line.strip()]


def is_within(part: list[str], whole: list[str]) -> bool:
    """In the same order, with others between."""
    rest = iter(whole)
    return all(line in rest for line in part)


def call_count(text: str) -> int:
    """How many functions are called to part it, those written in C too: a measure of work that no load on the machine changes."""
    counted = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    sys.setprofile(count)
    split(text)
    sys.setprofile(None)
    return counted


def test_all_public_samples_leave_the_reply_that_people_read(frontdesk_data: Path) -> None:
    folder = frontdesk_data / "mail" / "quoted"
    names = sorted(path.name.removesuffix(".mail.txt") for path in folder.glob("*.mail.txt"))
    replies = {name: (folder / f"{name}.reply.txt").read_text("utf-8").strip() for name in names}
    assert [name for name in names if split((folder / f"{name}.mail.txt").read_bytes().decode()).reply.strip() != replies[name]] == []
    assert len(names) == 32


def test_all_samples_of_chinese_mail_programs_leave_the_reply(frontdesk_data: Path) -> None:
    cases = [json.loads(line) for line in (frontdesk_data / "mail" / "quoted_zh.jsonl").read_text("utf-8").splitlines()]
    assert [case["name"] for case in cases if split(case["mail"]).reply != case["reply"]] == []
    assert len(cases) == 12


def test_no_line_vanishes_and_none_is_told_twice() -> None:
    for text in texts(700):
        split_text = split(text)
        parts = [written(part) for part in (split_text.reply, split_text.quoted, split_text.signature)]
        assert sum((Counter(part) for part in parts), Counter()) == Counter(written(text)), text
        assert all(is_within(part, written(text)) for part in parts), text
        assert split_text.reply or split_text.quoted or not written(text), text


def test_line_endings_and_unseen_characters_change_nothing() -> None:
    for text in texts(60):
        expected = split(text)
        assert split(text.replace("\n", "\r\n")) == expected
        assert split(text.replace("\n", "\r")) == expected
    assert split("Hello\u00a0\r\n\r\n\u200e在 2023/5/6\u00a010:20,\u3000客服 写道:\r\n>\u00a0a").reply == "Hello"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_mail_costs_what_its_length_costs(name: str) -> None:
    once, twice = call_count(HOSTILE[name](3_000)), call_count(HOSTILE[name](6_000))
    assert twice <= 2.2 * once + 200
    assert once <= 3_000 * 60


def test_answers_between_quoted_lines_keep_what_they_answer() -> None:
    text = "On 2023-05-06 10:20, a wrote:\n> Which size?\n\nLarge.\n\n> Which colour?\n\nBlue.\n\n> Regards\n> a"
    parts = split(text)
    assert parts.reply == "> Which size?\n\nLarge.\n\n> Which colour?\n\nBlue."
    assert parts.quoted == "On 2023-05-06 10:20, a wrote:\n\n> Regards\n> a"


def test_answers_written_into_an_unmarked_quotation_stay_in_sight_where_they_are_announced() -> None:
    head = "发件人: 客服 <a@b.c>\n发送时间: 2023年5月6日 10:20\n收件人: d\n主题: Re"
    parts = split(f"您好，回复如下：\n\n{head}\n\n1. 订单号？\n答：12345\n\n{head}\n\n更早的邮件")
    assert parts.reply == "您好，回复如下：\n\n1. 订单号？\n答：12345"
    assert parts.quoted.endswith("更早的邮件")


def test_words_that_share_a_line_with_an_attribution_are_kept() -> None:
    parts = split("It works. On Wed, Apr 5, 2023 at 3:59 PM, Some One <a@b.c> wrote:\n> Does it?")
    assert parts.reply == "It works."
    assert parts.quoted.startswith("On Wed, ")


def test_words_above_and_below_a_quotation_are_both_the_reply() -> None:
    text = "Hi,\n\nOn 2023-05-06 10:20, a <a@b.c> wrote:\n> Which size?\n> Which colour?\n\nLarge and blue.\n\n-- \nb"
    parts = split(text)
    assert parts.reply == "Hi,\n\nLarge and blue."
    assert parts.signature == "--\nb"


def test_quoted_lines_that_nobody_announced_stay_with_an_answer_below() -> None:
    assert split("> Which size?\n\nLarge.").reply == "> Which size?\n\nLarge."
    assert split("Large.\n\n> Which size?").reply == "Large."
    assert split("> Which size?").reply == "> Which size?"


def test_a_quoted_line_that_a_server_broke_is_quoted_whole() -> None:
    line = "> This line was too long for the server in between, which has broken it"
    assert split(f"Hi\n\nOn 2023-05-06 a <a@b.c> wrote:\n{line}\nin two.\n> Bye").reply == "Hi"


def test_code_between_fences_is_never_looked_into() -> None:
    text = "It fails:\n\n```\n> npm install\nOn 2023-05-06 10:20 a <a@b.c> wrote:\n--\n```\n\nWhy?"
    assert split(text).reply == text


def test_indentation_and_blank_lines_of_the_reply_are_kept() -> None:
    assert split("\n\n    a = 1\n\n\n    b = 2  \n\nOn 2023-05-06 10:20 a <a@b.c> wrote:\n> x").reply == "    a = 1\n\n\n    b = 2"


def test_nothing_is_parted_into_nothing() -> None:
    assert [split(text).reply for text in ("", "\n \n", "\u200b")] == ["", "", ""]

"""Which mails a program wrote."""

import pytest

from adapters.email.gate import why
from adapters.email.parsing.reading import read
from adapters.email.words import Mail

OURS = ("support@example.com", "help@example.com")
FORMS = ("website@example.com",)


def mail(*lines: str, sender: str = "customer@example.net", subject: str = "Order 12345", body: str = "Where is it?") -> Mail:
    head = (f"From: {sender}", "To: support@example.com", f"Subject: {subject}", "Message-ID: <1@example.net>", *lines)
    return read("\r\n".join((*head, "Content-Type: text/plain; charset=utf-8", "", body)).encode(), ours=OURS)


def test_a_person_is_a_person() -> None:
    assert why(mail("Return-Path: <customer@example.net>", "X-Mailer: Foxmail 7.2"), OURS, ()) == ""


@pytest.mark.parametrize(
    ("word", "lines"),
    [
        ("null_sender", ("Return-Path: <>",)),
        ("auto_submitted", ("Auto-Submitted: auto-replied (vacation); owner-email=x@example.net",)),
        ("auto_submitted", ("Auto-Submitted: (by a script) auto-generated",)),
        ("auto_submitted", ("Auto-Submitted: no", "Auto-Submitted: auto-replied")),
        ("auto_submitted", ("Precedence: auto_reply",)),
        ("auto_submitted", ("X-Autoreply: yes",)),
        ("auto_submitted", ("X-Autorespond: vacation",)),
        ("auto_submitted", ("X-FC-MachineGenerated: true",)),
        ("auto_submitted", ("X-Zendesk-From-Account-Id: 1",)),
        ("auto_submitted", ("X-Freshdesk-Ticket: 1",)),
        ("suppressed", ("X-Auto-Response-Suppress: All",)),
        ("suppressed", ("X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply",)),
        ("bulk", ("Precedence: bulk",)),
        ("bulk", ("Precedence: junk",)),
        ("bulk", ("Feedback-ID: 1:campaign:mailer",)),
        ("list", ("Precedence: list",)),
        ("list", ("List-Id: News <news.example.net>",)),
        ("list", ("List-Unsubscribe: <mailto:leave@example.net>",)),
        ("list", ("List-Id: <users.example.org>", "X-Note: our address stands in To")),
        ("loop", ("X-Frontdesk-Loop: 1",)),
        ("report", ('Content-Type: multipart/report; report-type="feedback-report"; boundary=x',)),
        ("", ("Auto-Submitted: no",)),
        ("", ("Auto-Submitted: No (a person)",)),
        ("", ("X-Auto-Response-Suppress: DR, RN, NRN",)),
        ("", ("Precedence: first-class",)),
        ("", ("X-Autoreply: no",)),
    ],
)
def test_headers_that_programs_write(word: str, lines: tuple[str, ...]) -> None:
    assert why(mail(*lines), OURS, ()) == word


def test_a_group_behind_our_own_address_is_no_list() -> None:
    group = ("Precedence: list", "List-ID: <support.example.com>", "List-Unsubscribe: <mailto:leave+support@example.com>")
    assert why(mail(*group), OURS, ()) == ""
    assert why(mail("List-Post: <mailto:help@example.com>"), OURS, ()) == ""
    assert why(mail(*group, "Precedence: bulk"), OURS, ()) == "bulk"
    assert why(mail("List-Id: <support.example.com.evil.example>"), OURS, ()) == "list"


@pytest.mark.parametrize(
    ("word", "sender"),
    [
        ("daemon", "MAILER-DAEMON@mx.example.net"),
        ("daemon", "postmaster@example.net"),
        ("daemon", "root@host.example.net"),
        ("daemon", "users-bounces@example.net"),
        ("noreply", "no-reply@example.net"),
        ("noreply", "do_not_reply@example.net"),
        ("noreply", "shop.noreply@example.net"),
        ("own", "Support <support@example.com>"),
        ("own", "help@example.com"),
        ("own", "support+abc123@example.com"),
        ("", "noredine@example.net"),
        ("", "shop-owner@example.net"),
        ("", "bounce-castles@example.net"),
    ],
)
def test_senders_that_are_programs(word: str, sender: str) -> None:
    assert why(mail(sender=sender), OURS, ()) == word


@pytest.mark.parametrize(
    "subject",
    [
        "自动回复: Re: 订单 12345",
        "自动回复：Re：订单",
        "自动回复:您的订单",
        "[自动回复] 订单",
        "Automatic reply: Order 12345",
        "Out of Office: Order",
        "Out of Office AutoReply: Order",
        "自動回覆: 訂單",
        "Abwesenheitsnotiz: Bestellung",
        "自動返信: 注文",
    ],
)
def test_subjects_of_absences_are_told_without_a_header(subject: str) -> None:
    answer = mail("In-Reply-To: <2@example.com>", subject=subject)
    assert why(answer, OURS, ()) == "subject", subject


@pytest.mark.parametrize("subject", ["自动回复: Re: 订单 12345", "自动回复:您的订单", "Automatic reply: Order 12345"])
def test_subjects_of_absences_are_told_though_they_answer_nothing(subject: str) -> None:
    assert why(mail(subject=subject), OURS, ()) == "subject"


@pytest.mark.parametrize(
    "subject",
    [
        "自动回复",
        "自动回复功能怎么设置",
        "自动回复：怎么关闭？",
        "自动回复: 收不到",
        "Re: 自动回复: 订单",
        "回复：自动回复：订单",
        "Automatic reply to my ticket is wrong",
        "Out of office chairs: do you sell them?",
        "关于自动回复: 建议",
    ],
)
def test_people_may_write_of_automatic_replies(subject: str) -> None:
    assert why(mail(subject=subject), OURS, ()) == ""


def test_the_bare_word_is_believed_of_an_answer_alone() -> None:
    assert why(mail("In-Reply-To: <2@example.com>", subject="自动回复"), OURS, ()) == "subject"


def test_a_form_is_its_reply_to() -> None:
    form = "website@example.com"
    filled = mail("Reply-To: customer@example.net", "Auto-Submitted: auto-generated", "Return-Path: <>", sender=form)
    assert why(filled, (*OURS, form), FORMS) == ""
    assert why(mail(sender=form), (*OURS, form), FORMS) == "own"
    assert why(mail(sender=form), OURS, FORMS) == "noreply"
    assert why(mail("Reply-To: support@example.com", sender=form), OURS, FORMS) == "own"
    assert why(mail("Reply-To: customer@example.net", "X-Frontdesk-Loop: 1", sender=form), OURS, FORMS) == "loop"

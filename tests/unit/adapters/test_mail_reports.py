"""News of mails of ours, as servers of the field send them."""

import pytest

from adapters.email.parsing.reading import read
from adapters.email.words import Recipient, Report

OURS = ("support@example.com",)
ID = "m1.t1.abc@example.com"


def mail(head: str, body: str) -> Report | None:
    return read(f"{head}\n\n{body}".replace("\n", "\r\n").encode(), ours=OURS).report


def multi(*parts: str) -> str:
    return "\n".join(f"--B\n{part}" for part in parts) + "\n--B--\n"


def status(*groups: str) -> str:
    return "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n" + "\n\n".join(groups)


HEAD = 'From: MAILER-DAEMON@mx.example.net\nContent-Type: multipart/report; report-type=delivery-status; boundary="B"'
WORDS = "Content-Type: text/plain\n\nSorry."
RETURNED = f"Content-Type: text/rfc822-headers\n\nFrom: support@example.com\nMessage-ID: <{ID}>\nSubject: x"


def test_a_report_by_the_book() -> None:
    failed = (
        "Original-Recipient: rfc822;customer@example.net\nFinal-Recipient: rfc822; other@example.net\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1\n <customer@example.net>: no such user"
    )
    delayed = "Final-Recipient: rfc822;two@example.net\nAction: delayed (still trying)\nStatus: 4.4.7"
    delivered = "Final-Recipient: rfc822;three@example.net\nAction: delivered\nStatus: 2.0.0"
    assert mail(HEAD, multi(WORDS, status(failed, delayed, delivered), RETURNED)) == Report(
        message_id=ID,
        recipients=(
            Recipient(
                address="customer@example.net", action="failed", status="5.1.1", detail="550 5.1.1 <customer@example.net>: no such user"
            ),
            Recipient(address="two@example.net", action="delayed", status="4.4.7"),
            Recipient(address="three@example.net", action="delivered", status="2.0.0"),
        ),
    )


def test_the_returned_mail_may_be_whole_or_international() -> None:
    group = "Final-Recipient: utf-8; kunde@exämple.net\nAction: failed\nStatus: 5.4.4"
    part = f"Content-Type: message/global-delivery-status\n\nReporting-MTA: dns; x\n\n{group}"
    found = mail(HEAD, multi(WORDS, part, f"Content-Type: message/rfc822\n\nSubject: x\nMessage-ID: <{ID}>\n\nold"))
    assert found == Report(message_id=ID, recipients=(Recipient(address="kunde@exämple.net", action="failed", status="5.4.4"),))


@pytest.mark.parametrize(
    ("who", "head", "body", "recipient"),
    [
        (
            "qmail",
            "Return-Path: <>\nFrom: MAILER-DAEMON@example.net\nSubject: failure notice",
            (
                "Hi. This is the qmail-send program at example.net.\nI wasn't able to deliver your message.\n"
                "\n<customer@example.net>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of it.\n\n"
                f"Return-Path: <support@example.com>\nMessage-ID: <{ID}>\nSubject: x\n\nhello"
            ),
            Recipient(
                address="customer@example.net", action="failed", status="5.1.1", detail="Sorry, no mailbox here by that name. (#5.1.1)"
            ),
        ),
        (
            "Exim",
            (
                "Return-Path: <>\nFrom: Mail Delivery System <Mailer-Daemon@example.net>\nX-Failed-Recipients: customer@example.net\n"
                "Subject: Mail delivery failed: returning message to sender"
            ),
            (
                "This message was created automatically by mail delivery software.\n\n  customer@example.net\n    host mx [192.0.2.1]\n"
                "    SMTP error from remote mail server after RCPT TO: 550 relay not permitted\n\n"
                f"------ This is a copy of the message, including all the headers. ------\n\nMessage-Id: <{ID}>\n"
            ),
            Recipient(
                address="customer@example.net",
                action="failed",
                status="5.0.0",
                detail="SMTP error from remote mail server after RCPT TO: 550 relay not permitted",
            ),
        ),
        (
            "Exchange",
            f"From: postmaster@example.net\nIn-Reply-To: <{ID}>\nSubject: Undeliverable: Re: Order\nX-MS-Exchange-Message-Is-Ndr: 1",
            (
                "Delivery has failed to these recipients or groups:\n\ncustomer@example.net (customer@example.net)\n"
                "The email address you entered couldn't be found.\n\nRemote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound'"
            ),
            Recipient(
                address="customer@example.net",
                action="failed",
                status="5.1.10",
                detail="Remote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound'",
            ),
        ),
        (
            "Exchange, Chinese",
            f"From: postmaster@example.net\nReferences: <x@y> <{ID}>\nSubject: 未送达: Re: 订单",
            "无法将邮件传递给以下收件人或组:\n\ncustomer@example.net\n找不到该收件人",
            Recipient(address="customer@example.net", action="failed", status="5.1.1", detail="找不到该收件人"),
        ),
        (
            "QQ",
            "From: PostMaster@qq.com\nSubject: =?utf-8?B?57O757uf6YCA5L+h?=\nContent-Type: text/html; charset=utf-8",
            (
                "<div>很抱歉，您的邮件被退回</div><div>收件人邮件地址（customer@qq.com）不存在，邮件无法送达。</div>"
                f"<div>host mx3.qq.com said: 550 Mailbox not found</div><pre>Message-ID: &lt;{ID}&gt;</pre>"
            ),
            Recipient(address="customer@qq.com", action="failed", status="5.1.1", detail="host mx3.qq.com said: 550 Mailbox not found"),
        ),
        (
            "163",
            f"From: postmaster@163.com\nSubject: 邮件退信\nIn-Reply-To: <{ID}>\nContent-Type: text/plain; charset=utf-8",
            "抱歉，您的邮件未能送达以下收件人：\ncustomer@163.com\n原因：SMTP error, RCPT TO: 552 Quota exceeded",
            Recipient(address="customer@163.com", action="failed", status="5.0.0", detail="原因：SMTP error, RCPT TO: 552 Quota exceeded"),
        ),
        (
            "Gmail, delayed",
            (
                f"From: mailer-daemon@googlemail.com\nX-Failed-Recipients: customer@example.net\nIn-Reply-To: <{ID}>\n"
                "Subject: Delivery Status Notification (Delay)"
            ),
            (
                "Delivery incomplete\n\nThere was a temporary problem delivering your message to customer@example.net. "
                "Gmail will retry for 46 more hours.\nThe response was:\n\n451 4.3.0 try later"
            ),
            Recipient(address="customer@example.net", action="delayed", status="4.3.0", detail="451 4.3.0 try later"),
        ),
    ],
)
def test_servers_that_write_words_alone(who: str, head: str, body: str, recipient: Recipient) -> None:
    assert mail(head, body) == Report(message_id=ID, recipients=(recipient,)), who


def test_a_read_receipt() -> None:
    head = 'From: customer@example.net\nContent-Type: multipart/report; report-type=disposition-notification; boundary="B"'
    shown = "manual-action/MDN-sent-manually; displayed"
    for said, is_read in ((shown, True), ("automatic-action/MDN-sent-automatically; deleted", False)):
        part = f"Content-Type: message/disposition-notification\n\nOriginal-Message-ID: <{ID}>\nDisposition: {said}"
        assert mail(head, multi(WORDS, part)) == Report(message_id=ID, recipients=(), is_read=is_read)


def test_a_person_who_tells_of_a_bounce_is_no_report() -> None:
    assert mail("From: customer@example.net\nSubject: Fwd: 系统退信", "我收到了退信，550 5.1.1 <other@example.net> user unknown") is None
    inner = multi(WORDS, status("Final-Recipient: rfc822;x@example.net\nAction: failed\nStatus: 5.1.1"), RETURNED)
    assert mail('From: customer@example.net\nContent-Type: multipart/mixed; boundary="B"', inner) is None


def test_a_daemon_that_writes_of_something_else_is_no_report() -> None:
    assert mail("From: postmaster@example.net\nSubject: Welcome", "Your mailbox is ready.") is None

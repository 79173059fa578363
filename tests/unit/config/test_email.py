"""What is wrong with a mailbox's settings is told before anything starts: one line for each mistake, at its place."""

from typing import Any

import pytest

from config.email import Email, Imap, OAuth, Smtp
from config.email_rules import check_email, check_mailboxes

IMAP = {"host": "imap.example.com", "user": "support", "password": "p"}
SMTP = {"host": "smtp.example.com", "user": "support", "password": "p"}


def mailbox(*, imap: Any = None, smtp: Any = None, oauth: Any = None, **more: Any) -> Email:
    given = {"address": "support@example.com", **more}
    return Email(imap=Imap(**{**IMAP, **(imap or {})}), smtp=Smtp(**{**SMTP, **(smtp or {})}), oauth=OAuth(**(oauth or {})), **given)


def wrong(settings: Email) -> list[str]:
    """Where, by dots."""
    return [".".join(map(str, key)) for key, _ in check_email((), settings)]


GOOGLE = {"provider": "google", "client_id": "c", "refresh_token": "r"}
MICROSOFT = {"provider": "microsoft", "client_id": "c", "client_secret": "s", "tenant": "t"}


@pytest.mark.parametrize(
    "settings",
    [
        mailbox(), mailbox(smtp={"user": "", "password": ""}), mailbox(envelope="verp", plus_address=True),
        mailbox(imap={"password": ""}, smtp={"password": ""}, oauth=GOOGLE), mailbox(imap={"password": ""}, smtp={}, oauth=MICROSOFT),
        mailbox(imap={"security": "none", "host": "127.0.0.1"}, smtp={"security": "none", "host": "mail"}),
        mailbox(aliases=("a@example.com",), forms=("form@example.com",), signature={"zh-CN": "x"}),
    ],
)  # fmt: skip
def test_what_is_right_is_let_be(settings: Email) -> None:
    assert wrong(settings) == []


@pytest.mark.parametrize(
    ("settings", "places"),
    [
        (mailbox(address="support"), ["address"]), (mailbox(aliases=("ok@example.com", "a b@example.com")), ["aliases"]),
        (mailbox(forms=("<f@example.com>",)), ["forms"]), (mailbox(name="two\r\nBcc: all@example.com"), ["name"]),
        (mailbox(signature={"Chinese!": "x"}), ["signature.Chinese!"]), (mailbox(imap={"mailboxes": ()}), ["imap.mailboxes"]),
        (mailbox(imap={"host": ""}), ["imap.host"]), (mailbox(smtp={"host": ""}), ["smtp.host"]),
        (mailbox(imap={"user": ""}), ["imap.user"]),
        (mailbox(imap={"password": ""}), ["imap.password"]), (mailbox(smtp={"password": ""}), ["smtp.password"]),
        (mailbox(imap={"security": "none"}), ["imap.security"]), (mailbox(smtp={"security": "none", "host": "8.8.8.8"}), ["smtp.security"]),
        (mailbox(envelope="verp"), ["envelope"]), (mailbox(oauth={**GOOGLE, "client_id": ""}), ["oauth.client_id"]),
        (mailbox(oauth={**GOOGLE, "refresh_token": ""}), ["oauth.refresh_token"]),
        (mailbox(oauth={**MICROSOFT, "client_secret": ""}), ["oauth.refresh_token"]),
        (mailbox(oauth={**MICROSOFT, "tenant": "common"}), ["oauth.tenant"]),
        (mailbox(oauth={**GOOGLE, "token_url": "http://tokens.example.com"}), ["oauth.token_url"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(settings: Email, places: list[str]) -> None:
    assert wrong(settings) == places


def test_no_mailbox_is_read_by_two_channels() -> None:
    assert (
        list(check_mailboxes({"a": mailbox(), "b": mailbox(imap={"mailboxes": ("Archive",)}), "c": mailbox(imap={"user": "sales"})})) == []
    )
    assert list(check_mailboxes({"a": mailbox(), "b": mailbox(imap={"host": "IMAP.example.com", "mailboxes": ("Archive", "INBOX")})})) == [
        (("channels", "b", "imap"), "expected mailboxes of its own: INBOX is read by [channels.a] already")
    ]

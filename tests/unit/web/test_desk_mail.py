"""What a mail from the desk is headed by: reply-all by default, and nothing in it that an agent could not mean."""

from datetime import UTC, datetime

import msgspec
import pytest

from adapters.email.words import Addressing, Mailbox
from config.email import Email, Imap, Smtp
from config.schema import Settings
from gateway.core.contact import Address, AddressKind
from gateway.core.errors import BadInput
from gateway.core.ids import ChannelName, SessionId, Thread
from gateway.core.session import Session
from gateway.web.desk_mail import GivenLetter, checked, heading
from handoff.letters import subject_of

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
MAIL = Email(address="support@shop.example", aliases=("help@shop.example",), imap=Imap(host="h", user="u"), smtp=Smtp(host="h"))
SETTINGS = Settings(channels={"mail": MAIL})
CUSTOMER = Mailbox("客户", "customer@example.net")
ADDRESSING = Addressing(
    subject="回复：退款 什么时候到", to=(CUSTOMER,),
    cc=(Mailbox("", "boss@example.net"), Mailbox("", "SUPPORT+t1@shop.example"), Mailbox("", "Customer@example.net"),
        Mailbox("", "o'hara/2@example.net")),
)  # fmt: skip


def session(addressing: Addressing | None = ADDRESSING) -> Session:
    return Session(
        id=SessionId("s1"), channel=ChannelName("mail"), thread=Thread("t1"), episode=1, opened_at=NOW, state_since=NOW,
        address=Address(AddressKind.EMAIL, "", "customer@example.net"),
        addressing="" if addressing is None else msgspec.json.encode(addressing).decode(),
    )  # fmt: skip


def test_a_reply_goes_to_all_but_ourselves_and_says_re_once() -> None:
    assert heading(session(), SETTINGS) == {
        "to": [{"name": "客户", "address": "customer@example.net"}],
        "cc": [{"name": "", "address": "boss@example.net"}, {"name": "", "address": "o'hara/2@example.net"}],
        "subject": "Re: 退款 什么时候到",
    }


@pytest.mark.parametrize("addressing", [None, Addressing()])
def test_where_nothing_is_known_of_the_thread_it_goes_to_the_customer(addressing: Addressing | None) -> None:
    assert heading(session(addressing), SETTINGS) == {"to": [{"name": "", "address": "customer@example.net"}], "cc": [], "subject": ""}


def test_words_of_another_adapter_are_no_subject() -> None:
    for addressing, subject in [("{broken", ""), ("openid=1", ""), ('{"subject": 3}', ""), ('{"subject": "发票", "more": 1}', "发票")]:
        assert subject_of(msgspec.structs.replace(session(), addressing=addressing)) == subject


def test_what_is_not_given_is_as_the_thread_has_it() -> None:
    found = checked(GivenLetter(), session(), SETTINGS)
    assert (found.subject, found.cc) == ("Re: 退款 什么时候到", ("boss@example.net", "o'hara/2@example.net"))
    assert checked(GivenLetter(cc=()), session(), SETTINGS).cc == ()


def test_copies_are_addresses_once_each_and_never_ourselves() -> None:
    ourselves = ("help@shop.example", "support+x@shop.example", "customer@example.net")
    given = (" New.One@Example.org ", "new.one@example.org", *ourselves, "O'HARA/2@example.net")
    found = checked(GivenLetter(subject=" 新\t主题 ", cc=given), session(), SETTINGS)
    assert (found.subject, found.cc) == ("新 主题", ("New.One@Example.org", "o'hara/2@example.net"))


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a@b", "@example.org", "a b@example.org", "a@example.org, b@example.org", "a@example.org\r\nBcc: c@example.org",
     "<a@example.org>", "a@-example.org", "a..b@example.org", ".a@example.org", "a@example.1", "a@exa_mple.org", "甲@example.org",
     "a" * 65 + "@example.org", "a@" + "b" * 64 + ".org", "a@" + "b." * 130 + "org", 'a"@example.org',
     "a@[127.0.0.1]", "a@example.org\x00"],
)  # fmt: skip
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(BadInput, match="letter_address"):
        checked(GivenLetter(cc=(address,)), session(), SETTINGS)


def test_too_many_copies_and_subjects_that_are_no_line_are_refused() -> None:
    with pytest.raises(BadInput, match="letter_copies"):
        checked(GivenLetter(cc=tuple(f"a{n}@example.org" for n in range(21))), session(), SETTINGS)
    for subject in ("a" * 301, "a\x00b", "a\x1bb"):
        with pytest.raises(BadInput, match="letter_subject"):
            checked(GivenLetter(subject=subject), session(), SETTINGS)
    assert checked(GivenLetter(subject="a\r\nBcc: x@example.org"), session(), SETTINGS).subject == "a Bcc: x@example.org"

"""What is written to and read from a mailbox's server: names, sets, dates, answers; and where a mailbox goes on. Pure."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from msgspec import structs

from adapters.email.imap import grammar
from adapters.email.imap.connection import Selected
from adapters.email.imap.errors import words
from adapters.email.imap.places import (
    NO_UID,
    Place,
    begun,
    criteria,
    due_aside,
    is_moved,
    is_ours,
    newest_s,
    put_off,
    searched,
    set_aside,
    without_aside,
)
from adapters.email.providers import provider_of
from tests.effort import at_most

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
SEEN = Selected(uidvalidity=7, uidnext=101, exists_count=50)


def place(**changes: object) -> Place:
    given = {"account": "support@mail.example.com", "uidvalidity": 7, "last_uid": 40, "newest_s": NOW.timestamp() - 3600, "count": 5}
    return Place(**{**given, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("INBOX", '"INBOX"'), ("台北", '"&U,BTFw-"'), ("~peter/mail/台北/日本語", '"~peter/mail/&U,BTFw-/&ZeVnLIqe-"'), ("R&D", '"R&-D"'),
        ('a "b" \\c', '"a \\"b\\" \\\\c"'), ("😀x", '"&2D3eAA-x"'),
    ],
)  # fmt: skip
def test_mailboxes_are_named_in_modified_utf_7_and_read_back(name: str, written: str) -> None:
    assert grammar.encoded_mailbox(name) == written
    assert grammar.decoded_mailbox(written[1:-1].replace('\\"', '"').replace("\\\\", "\\").encode()) == name


def test_a_name_that_breaks_the_rules_stays_as_it_is() -> None:
    for name in (b"a&b", b"&!!!-", b"&AA-x", b"&2D0-x", "已发送".encode()):
        assert grammar.decoded_mailbox(name) == name.decode()


def test_what_would_end_a_command_is_never_sent() -> None:
    for text in ("a\r\nA1 LOGOUT", "a\nb", "a\0b"):
        with pytest.raises(ValueError, match="can't be sent"):
            grammar.quoted(text)


def test_uids_are_written_as_ranges_and_dates_in_english() -> None:
    assert grammar.uid_set([1, 2, 3, 7, 9, 10]) == "1:3,7,9:10"
    assert grammar.search_date(datetime(2026, 3, 7, tzinfo=UTC).date()) == "07-Mar-2026"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        (b"17-Jul-1996 02:44:25 -0700", datetime(1996, 7, 17, 9, 44, 25, tzinfo=UTC)),
        (b" 2-Nov-2026 17:30:60 +0800", datetime(2026, 11, 2, 9, 30, 59, tzinfo=UTC)),
        (b"31-Feb-2026 00:00:00 +0000", None), (b"1-Foo-2026 00:00:00 +0000", None), (b"01-Jan-0001 00:00:00 +1400", None), (b"", None),
    ],
)  # fmt: skip
def test_dates_are_read_or_are_none(text: bytes, at: datetime | None) -> None:
    assert grammar.internal_date(text) == at


def test_an_answer_is_read_into_its_words_strings_literals_and_lists() -> None:
    chunks = [b"12 FETCH (FLAGS (\\Seen $x) BODY[] {5}", b"a)(\r\n", b' X "q \\"(\\" " Y {0}', b"", b" Z NIL (1 (2)))"]
    given = grammar.values(chunks)
    assert given[:2] == [b"12", b"FETCH"]
    assert given[2] == [
        b"FLAGS", [b"\\Seen", b"$x"], b"BODY[]", b"a)(\r\n", b"X", b'q "(" ', b"Y", b"", b"Z", None, [b"1", [b"2"]],
    ]  # fmt: skip
    assert isinstance(given[2], list)
    assert grammar.pairs(given[2])["BODY[]"] == b"a)(\r\n"


def test_whatever_a_server_sends_is_read_quickly_and_raises_nothing() -> None:
    chance = random.Random(7)
    hostile = [b"(" * 200_000, b'"' * 200_000, b'"\\' * 100_000, b" " * 200_000, b"{1" * 100_000, b")" * 200_000, b'a"b' * 60_000]
    odd = [chance.randbytes(300) for _ in range(300)] + [bytes(chance.choices(b'()"\\{}1 aN', k=200)) for _ in range(300)]

    def read(lines: Sequence[bytes]) -> None:
        for line in lines:
            grammar.values([line])
            grammar.literal_size(line)
            grammar.numbers(line[:5000])
            grammar.internal_date(line)
            words(line)

    read(odd)
    for line in hostile:
        at_most(400, partial(read, [line]))


def test_a_mailbox_is_begun_some_days_back_and_gone_on_with_where_it_was_left() -> None:
    first = begun(None, "support@mail.example.com", SEEN, NOW, 2)
    assert (first.last_uid, first.upto_uid, first.since_s, first.count) == (0, 100, (NOW - timedelta(days=2)).timestamp(), 1)
    assert criteria(first) == [("UID", "1:100", "SINCE", "30-Oct-2026"), ("UID", "101:*")]
    assert begun(place(), "support@mail.example.com", SEEN, NOW, 2) == place()
    assert criteria(place()) == [("UID", "41:*")]


def test_a_mailbox_that_was_made_anew_or_has_moved_is_searched_two_days_back_from_the_newest_mail() -> None:
    for known, account in ((place(uidvalidity=6), "support@mail.example.com"), (place(), "support@other.example.com")):
        assert is_moved(known, account, SEEN)
        again = begun(known, account, SEEN, NOW, 0)
        assert (again.last_uid, again.upto_uid, again.count) == (0, 100, 6)
        assert again.since_s == known.newest_s - 2 * 86_400
    put_aside = set_aside(place(uidvalidity=6), [3], NOW - timedelta(days=4))  # its UID means nothing any more: the search must find it
    assert begun(put_aside, "support@mail.example.com", SEEN, NOW, 0).since_s == (NOW - timedelta(days=6)).timestamp()
    assert not is_moved(place(), "support@mail.example.com", SEEN)
    assert not is_moved(None, "support@mail.example.com", SEEN)


def test_a_mailbox_of_another_account_is_never_read_back_for_months() -> None:
    long_ago = place(newest_s=(NOW - timedelta(days=60)).timestamp())
    assert begun(long_ago, "sales@mail.example.com", SEEN, NOW, 1).since_s == (NOW - timedelta(days=7)).timestamp()
    assert (
        begun(structs.replace(long_ago, uidvalidity=6), "support@mail.example.com", SEEN, NOW, 1).since_s == long_ago.newest_s - 2 * 86_400
    )


def test_what_is_old_goes_by_its_date_and_what_is_new_by_its_uid() -> None:
    here = place(since_s=NOW.timestamp(), upto_uid=100)
    old, new = NOW - timedelta(seconds=1), NOW
    assert [is_ours(here, 50, at) for at in (old, new, None)] == [False, True, True]
    assert [is_ours(here, 101, at) for at in (old, new, None)] == [True, True, True]
    assert not is_ours(here, 40, new)


def test_the_place_moves_behind_all_that_was_searched_but_not_behind_what_nobody_knows() -> None:
    assert searched(place(upto_uid=100), []) == 100
    assert searched(place(upto_uid=100), [50, 120]) == 120
    unknown = begun(None, "h", Selected(7, 0, 3), NOW, 1)
    assert (unknown.upto_uid, searched(unknown, [9])) == (NO_UID, 9)
    assert criteria(unknown) == [("UID", "1:*", "SINCE", "31-Oct-2026")]
    assert criteria(begun(None, "h", Selected(7, 0, 0), NOW, 1)) == [("UID", "1:*")]


def test_what_was_set_aside_is_tried_every_hour_for_a_week_and_of_very_many_the_newest_are() -> None:
    here = set_aside(place(), [3, 5], NOW)
    assert due_aside(here, NOW) is None
    later, count = NOW, 0
    while (due := due_aside(here, later)) or later < NOW + timedelta(days=8):
        if due and due.uid == 3:
            count += 1
        here = put_off(here, due, later) if due else here
        later += timedelta(minutes=0 if due else 30)
    assert (here.aside, count) == ((), 168)
    assert [one.uid for one in set_aside(place(), range(60), NOW).aside] == list(range(10, 60))
    assert [one.uid for one in without_aside(set_aside(place(), [3, 5], NOW), 3).aside] == [5]


def test_a_date_to_come_is_not_the_newest() -> None:
    assert newest_s(place(), [NOW + timedelta(days=400), NOW - timedelta(minutes=1)], NOW) == NOW.timestamp() - 60
    assert newest_s(place(), [NOW - timedelta(days=3)], NOW) == NOW.timestamp() - 3600


@pytest.mark.parametrize(
    ("host", "name", "wants"),
    [
        ("imap.qq.com", "QQ 邮箱", (True, False, False)), ("imap.exmail.qq.com", "腾讯企业邮箱", (True, False, False)),
        ("IMAP.163.com.", "网易邮箱", (True, True, True)), ("imap.qiye.163.com", "网易邮箱", (True, True, True)),
        ("outlook.office365.com", "Microsoft 365", (False, False, False)), ("notqq.com", "", (False, False, False)),
        ("mail.example.com", "", (False, False, False)), ("", "", (False, False, False)),
    ],
)  # fmt: skip
def test_a_provider_is_known_by_its_host(host: str, name: str, wants: tuple[bool, bool, bool]) -> None:
    provider = provider_of(host)
    assert (provider.name, (provider.wants_code, provider.needs_id, provider.lacks_idle)) == (name, wants)

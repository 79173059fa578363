"""Headers as programs of the field write them."""

import base64
from datetime import UTC, datetime

import pytest

from adapters.email.parsing.addresses import mailboxes
from adapters.email.parsing.charsets import decoded
from adapters.email.parsing.encoded import words
from adapters.email.parsing.ids import dated, ids, own_id
from adapters.email.parsing.names import safe
from adapters.email.parsing.reading import read


@pytest.mark.parametrize(
    ("text", "label", "codec"),
    [
        ("您好，我的订单还没有收到", "gb2312", "gbk"),
        ("一些", "gb2312", "gbk"),
        ("喆镕㙍", "gb2312", "gb18030"),
        ("訂單還沒有收到，謝謝", "big5", "cp950"),
        ("お世話になっております", "shift_jis", "cp932"),
        ("お世話になっております", "iso-2022-jp", "iso2022_jp"),
        ("주문이 아직 안 왔어요", "ks_c_5601-1987", "cp949"),
        ("สวัสดีครับ", "windows-874", "cp874"),
        ("Где мой заказ?", "koi8-r", "koi8-r"),
        ("您好，我的订单", "utf-7", "utf-7"),
        ("naïve “quotes” €", "iso-8859-1", "cp1252"),
        ("您好，我的订单还没有收到，请帮忙查一下", "us-ascii", "gbk"),
        ("您好，我的订单还没有收到，请帮忙查一下", "iso-8859-1", "gbk"),
        ("您好，我的订单还没有收到，请帮忙查一下", "x-nobody-knows", "gb18030"),
        ("您好，我的订单", "gb2312", "utf-8"),
        ("您好，我的订单", "iso-8859-1", "utf-8"),
        ("您好，我的订单", "", "utf-16"),
    ],
)
def test_labels_are_read_for_what_programs_mean(text: str, label: str, codec: str) -> None:
    assert decoded(text.encode(codec), label or codec) == text


def test_letters_beyond_their_charset_are_read() -> None:
    assert decoded(b"\x1b$B-!-j%+\x1b(B", "iso-2022-jp") == "①㈱カ"


def test_a_character_cut_off_at_the_end_loses_only_itself() -> None:
    assert decoded("您好，我的订单".encode("gbk")[:-1], "gb2312") == "您好，我的订\ufffd"
    assert decoded("您好，我的订单".encode()[:-1], "utf-8") == "您好，我的订\ufffd"


@pytest.mark.parametrize(
    ("shown", "raw"),
    [
        ("订单查询", "=?utf-8?B?6K6i5Y2V?=\n =?utf-8?B?5p+l6K+i?="),
        ("订单 A", "=?utf-8?B?6K6i5Y2V?= A"),
        ("Café au lait", "=?iso-8859-1?q?Caf=E9_au_lait?="),
        ("Café", "=?iso-8859-1*fr?Q?Caf=E9?="),
        ("订单订单", "=?gb18030?B?tqm1pQ==?= =?utf-8?B?6K6i5Y2V?="),
        ("a?b", "=?utf-8?Q?a?b?="),
        ("TEST", "=?NONE?B?VEVTVA=?="),
        ("=?utf-8?B?", "=?utf-8?B?"),
        ('"订单" x', '"=?utf-8?B?6K6i5Y2V?=" x'),
    ],
)
def test_encoded_words(shown: str, raw: str) -> None:
    assert words(raw.replace("\n", "")) == shown


def test_a_character_split_between_two_words_is_whole_again() -> None:
    data = "关于订单的问题".encode("gb18030")
    split = " ".join(f"=?gb18030?B?{base64.b64encode(part).decode()}?=" for part in (data[:5], data[5:]))
    assert words(split) == "关于订单的问题"
    cut = base64.b64encode("关于订单的问题".encode()).decode()
    assert words(f"=?utf-8?B?{cut[:9]}?= =?utf-8?B?{cut[9:]}?=") == "关于订单的问题"


def test_raw_8_bit_headers_go_by_the_label_of_the_body() -> None:
    raw = "Subject: 订单查询\r\nFrom: 客户 <customer@example.net>\r\nContent-Type: text/plain; charset=gb2312\r\n\r\n您好".encode("gbk")
    mail = read(raw)
    assert (mail.subject, mail.sender.name, mail.text) == ("订单查询", "客户", "您好")


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ('"Name, X" <A@Example.net>', [("Name, X", "a@example.net")]),
        ("Sales, North <j@example.net>, k@example.net", [("Sales, North", "j@example.net"), ("", "k@example.net")]),
        ("undisclosed-recipients:;", []),
        ('Group: a@example.net, "X Y" <d@example.net>;', [("", "a@example.net"), ("X Y", "d@example.net")]),
        ("a@example.net (Desk B)", [("Desk B", "a@example.net")]),
        ('=?utf-8?Q?"Foo=2C_Bar"?= <a@example.net>', [("Foo, Bar", "a@example.net")]),
        ("=?utf-8?B?5a6i5oi3IDxhQGIuYz4=?=", [("客户", "a@b.c")]),
        ('"unclosed <a@example.net>', [("unclosed", "a@example.net")]),
        ("<@r.example,@s.example:a@example.net>", [("", "a@example.net")]),
        ("a@example.net;d@example.net", [("", "a@example.net"), ("", "d@example.net")]),
        ("Foo <a@example.net", [("Foo", "a@example.net")]),
        ("Foo <not an address>", [("Foo", "")]),
        ("", []),
        (",,,", []),
    ],
)
def test_address_lists(value: str, found: list[tuple[str, str]]) -> None:
    assert [(each.name, each.address) for each in mailboxes([value])] == found


def test_names_can_not_turn_the_reading_direction_around() -> None:
    mail = read("From: \u202egnp.exe\u202c <a@example.net>\r\nSubject: a\u202eb\u0000c\r\n\r\nx".encode())
    assert (mail.sender.name, mail.subject) == ("gnp.exe", "a b c")
    for whole in ("=?utf-7?q?+2AA-?= =?utf-8?q?a=40b.example?=", "=?utf-8?b?4oCueC55QGIuYw==?="):  # the address is in the word, too
        assert all(one.name.encode() is not None and one.name.isprintable() for one in mailboxes([whole])), whole


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("Mon, 1 Jun 2026 10:20:15 +0800", datetime(2026, 6, 1, 2, 20, 15, tzinfo=UTC)),
        ("Mon, 1 Jun 2026 10:20:15 +0800 (CST)", datetime(2026, 6, 1, 2, 20, 15, tzinfo=UTC)),
        ("1 Jun 26 10:20 GMT", datetime(2026, 6, 1, 10, 20, tzinfo=UTC)),
        ("2026-06-01 10:20:15 +08:00", datetime(2026, 6, 1, 2, 20, 15, tzinfo=UTC)),
        ("2026年6月1日 10:20", datetime(2026, 6, 1, 10, 20, tzinfo=UTC)),
        ("2026-06-01T10:20:15Z", datetime(2026, 6, 1, 10, 20, 15, tzinfo=UTC)),
        ("Wed, 15 Dec 2010    59:10 -0500", None),
        ("Mon, 99 Jun 2026 10:20:15 +0800", None),
        ("Mon, 1 Jun 0001 10:20:15 +9999", None),
        ("soon", None),
        ("", None),
    ],
)
def test_dates(value: str, at: datetime | None) -> None:
    assert dated(value) == at


def test_message_ids() -> None:
    assert own_id(["<a b@example.net> junk"]) == "ab@example.net"
    assert own_id(["no-brackets@example.net"]) == "no-brackets@example.net"
    assert own_id(["<1@x> <2@x>"]) == "1@x"
    assert own_id(["<>"]) == ""
    assert ids(["<1@x><2@x> (comment) <1@x>", "<3@x>"]) == ("1@x", "2@x", "3@x")
    assert ids(["1@x, 2@x"]) == ("1@x", "2@x")
    assert ids(["Your message of Monday from a@b"]) == ()
    many = ids([" ".join(f"<{at}@x>" for at in range(500))])
    assert (len(many), many[0], many[-1]) == (100, "0@x", "499@x")


def test_the_envelope_is_told_apart_from_its_absence() -> None:
    assert read(b"Return-Path: <>\r\n\r\nx").return_path == ""
    assert read(b"Return-Path: <A@Example.net>\r\n\r\nx").return_path == "a@example.net"
    assert read(b"Subject: x\r\n\r\nx").return_path is None
    assert read(b"Delivered-To: S@example.com\r\nX-Original-To: s@example.com\r\n\r\nx").delivered_to == ("s@example.com",)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\report.pdf", "report.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("invoice.pdf                                          .exe", "invoice.pdf .exe"),
        ("a\x00b\r\n.txt", "ab.txt"),
        ("报价单.pdf", "报价单.pdf"),
        ("...", "attachment-3"),
        ("evil.exe. . .", "evil.exe"),
    ],
)
def test_file_names_are_no_paths_and_read_as_they_are(name: str, shown: str) -> None:
    assert safe(name, "application/octet-stream", 2) == shown
    assert safe("x" * 300 + ".pdf").endswith("….pdf")
    assert len(safe("x" * 300 + ".pdf")) == 120


def test_two_froms_are_two() -> None:
    assert read(b"From: a@example.net\r\nFrom : b@example.net\r\n\r\nx").from_count == 2
    assert read(b"From: a@example.net\r\nX: y\r\nFROM: b@example.net\r\n\r\nx").from_count == 2
    assert read(b'From: "a@bank.example"@example.net\r\n\r\nx').from_count == 2
    assert read(b"From: a@example.net, b@example.net\r\n\r\nx").from_count == 2
    assert read(b"From: A <a@example.net>\r\n\r\nFrom: b@example.net").from_count == 1

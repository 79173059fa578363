"""Mails that are made to stall their reader. Each takes milliseconds; a reader that looks at them again and again takes hours."""

import base64

import pytest

from adapters.email.parsing.enclosure import content
from adapters.email.parsing.page import sanitized
from adapters.email.parsing.reading import read

HEAD = b"From: a@example.net\r\nSubject: still read\r\n"


def multi(*parts: bytes, boundary: bytes = b"B") -> bytes:
    inside = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return HEAD + b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n' + inside + b"--" + boundary + b"--\r\n"


def nested(floors: int) -> bytes:
    return (
        HEAD + b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (at, at) for at in range(floors)) + b"\r\ndeep"
    )


def page(html: bytes) -> bytes:
    return HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + html


MAILS = {
    "a long line of headers": b"X: " + b"y" * 1_000_000 + b"\r\n" + HEAD + b"\r\nhi",
    "a long name of a header": b"y" * 1_000_000 + b"\r\n" + HEAD + b"\r\nhi",
    "a flood of headers": b"A: b\r\n" * 100_000 + HEAD + b"\r\nhi",
    "100,000 recipients": b"To: " + b"a@example.net, " * 100_000 + b"\r\n" + HEAD + b"\r\nhi",
    "open quotes": b"To: " + b'"' * 7_000 + b"\r\nCc: " + b"(" * 7_000 + b"\r\nReply-To: " + b"<" * 7_000 + b"\r\n" + HEAD + b"\r\nhi",
    "at signs": b"To: " + b"a" * 3_000 + b"@" * 4_000 + b"\r\n" + HEAD + b"\r\nhi",
    "endless encoded-words": b"X: " + b"=?utf-8?B?5a6i?= " * 30_000 + b"\r\nY: " + b"=?utf-8?Q?" * 9_000 + b"\r\n" + HEAD + b"\r\nhi",
    "endless parameters": HEAD + b"Content-Type: text/plain" + b'; a="' * 100_000 + b"\r\n\r\nhi",
    "10,000 parts": multi(*[b"\r\nhi"] * 10_000),
    "1,000 floors": nested(1_000),
    "lines like a delimiter": HEAD + b'Content-Type: multipart/mixed; boundary="B"\r\n\r\n' + b"--Bx\r\n" * 300_000,
    "a delimiter of dashes": HEAD + b'Content-Type: multipart/mixed; boundary="' + b"-" * 70 + b'"\r\n\r\n' + b"-" * 2_000_000,
    "blank lines": HEAD + b"\r\n" + b"\n" * 5_000_000,
    "names in no charset": multi(
        *[b'Content-Disposition: attachment; filename="\xe4\xff' + bytes([200, at % 90 + 60]) * 9 + b'"\r\n\r\nx' for at in range(900)]
    ),
    "torn archives": multi(*[b'Content-Disposition: attachment; filename="a.zip"\r\n\r\nPK\x03\x04' + b"PK\x01\x02" * 900] * 300),
    "signatures without end": multi(*[b"Content-Type: application/pkcs7-mime\r\n\r\n" + b"\x24\x80" * 3_000] * 100),
    "calendars": multi(*[b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 3_000] * 20),
    "mails in mails": multi(*[b"Content-Type: message/rfc822\r\n\r\n" + HEAD * 100] * 200),
    "words in no charset": multi(
        *[b"Content-Type: message/rfc822\r\n\r\nSubject: " + b"=?x?b?yMnKy8wo/P3+?= a =?y?q?=C8=C9=FE?= b " * 60 + b"\r\n\r\nhi"] * 900
    ),
    "armour": HEAD + b"\r\n" + b"-----BEGIN PGP SIGNED MESSAGE-----\r\n" * 20_000,
    "a bounce of words": b"From: mailer-daemon@example.net\r\n\r\n" + b"550 5.1.1 <a@b.c> user unknown\r\n" * 50_000,
    "shifted letters": HEAD + b"Content-Type: text/plain; charset=utf-7\r\n\r\n" + b"+AGE-" * 500_000,
    "floors of a page": page(b"<div>" * 100_000 + b"</p>" * 100_000),
    "a table": page(b"<table>" + b"<tr><td>" + b"x" * 90_000 + b"</td></tr>" + b"<tr><td>x</td><td>y</td></tr>" * 3_000),
    "a far margin": page(b'<div style="padding-left:99999999em">x</div>' * 3_000),
    "attributes": page(b"<p " + b" ".join(b"a%d=1" % at for at in range(40_000)) + b">x"),
    "open letters": page(b"".join(b"<b id=%d>" % at for at in range(10_000)) + b"<p>x" * 10_000),
    "open comments": page(b"<!--" * 100_000 + b"<" * 100_000 + b"<style" * 50_000),
}


@pytest.mark.parametrize("name", MAILS)
def test_it_is_read_all_the_same(name: str) -> None:
    raw = MAILS[name]
    mail = read(raw)
    assert mail.trouble != "broken"
    assert mail.subject == ("" if "bounce" in name else "still read")
    assert len(mail.text) <= 700_000
    assert len(sanitized(mail, raw, with_remote=True)[0]) <= 5_000_000
    assert len(content(raw, 3)) <= len(raw)


def test_a_large_file_comes_out_whole() -> None:
    data = bytes(range(256)) * 8_192
    raw = multi(
        b"Content-Type: application/octet-stream; name=a.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(data)
    )
    found = read(raw).enclosed[0]
    assert (content(raw, found.place) == data, found.size_bytes) == (True, 2_097_152)
    quoted = b"Content-Type: application/octet-stream; name=a.dat\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    assert content(multi(quoted + b"=41=\r\n" * 600_000), 0) == b"A" * 600_000

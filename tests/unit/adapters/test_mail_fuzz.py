"""Whatever the bytes: a mail, a page and its enclosures come out, and never much more than went in."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.email.gate import why
from adapters.email.parsing.enclosure import content
from adapters.email.parsing.page import sanitized
from adapters.email.parsing.reading import read
from adapters.email.words import DEPTH_MAX_COUNT, PARTS_MAX_COUNT, Mail

CALM = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
NAMES = st.sampled_from(
    [
        *("From", "To", "Cc", "Subject", "Date", "Message-ID", "References", "In-Reply-To", "Reply-To", "Return-Path", "Content-Type"),
        *("Content-Transfer-Encoding", "Content-Disposition", "Content-ID", "MIME-Version", "Auto-Submitted", "Precedence", "List-Id"),
        "X-Failed-Recipients",
    ]
)
PIECES = st.sampled_from(
    [
        *(
            "=?utf-8?B?",
            "=?gb2312?Q?",
            "?=",
            "=?",
            "=E4=BD",
            "6K6i5Y2V",
            "<a@example.net>",
            '"',
            "<",
            ">",
            "(",
            ")",
            ",",
            ";",
            ":",
            "\\",
            "@",
        ),
        *(
            "multipart/mixed",
            "multipart/alternative",
            "multipart/report",
            "multipart/signed",
            "multipart/related",
            "; boundary=B",
            '; boundary="B',
        ),
        *(
            "; charset=gbk",
            "; charset=utf-7",
            "; charset=iso-2022-jp",
            "; charset=x",
            "; name*0*=utf-8''%E4",
            "; name*1=",
            "; filename=a.exe",
        ),
        *(
            "text/html",
            "text/plain",
            "text/calendar",
            "message/rfc822",
            "message/delivery-status",
            "application/pkcs7-mime",
            "; format=flowed",
        ),
        *(
            "base64",
            "quoted-printable",
            "x-uuencode",
            "attachment",
            "inline",
            "\r\n ",
            "\n\t",
            "\r",
            "\x00",
            "\x1b$B",
            "订单",
            "\udcff",
            "mailer-daemon@x",
        ),
        *("Mon, 1 Jun 2026 10:20:15 +0800", "mailer-daemon@x", "+9999", "99999999999"),
    ]
)
VALUES = st.lists(PIECES | st.text(max_size=8), max_size=6).map("".join)
BODIES = st.lists(
    st.sampled_from(
        [
            *(
                "--B\r\n",
                "\r\n--B--\r\n",
                "--B--",
                "\r\n\r\n",
                "Content-Type: text/html\r\n\r\n",
                "Content-Type: multipart/mixed; boundary=B\r\n\r\n",
            ),
            *("<p>", "</p>", "<blockquote>", "<table><tr><td>", "<img src=cid:a>", "<script>", "<!--", "&#0;", "=\r\n", "=E4", "6K6i5Y2V"),
            *(
                "BEGIN:VCALENDAR\r\n",
                "BEGIN:VEVENT\r\n",
                "DTSTART:20260601T1\r\n",
                "END:VEVENT\r\n",
                "Action: failed\r\n",
                "begin 644 x\r\n",
                "MZ",
                "PK\x03\x04",
            ),
            *("-----BEGIN PGP SIGNED MESSAGE-----", "Final-Recipient: rfc822;a@b\r\n", "550 5.1.1 ", "> ", " \r\n", "\ue000", "\ue001"),
        ]
    )
    | st.text(max_size=12),
    max_size=30,
).map("".join)


def encoded(text: str, codec: str) -> bytes:
    return text.encode(codec, "replace" if codec != "utf-8" else "surrogateescape")


MAILS = st.builds(
    lambda fields, body, codec: b"".join(encoded(f"{name}: {value}\r\n", codec) for name, value in fields) + b"\r\n" + encoded(body, codec),
    st.lists(st.tuples(NAMES, VALUES), max_size=10),
    BODIES,
    st.sampled_from(["utf-8", "gb18030", "utf-16", "latin-1"]),
)


def check(raw: bytes) -> None:
    mail = read(raw, ours=("support@example.com",))
    assert mail.trouble in {"", "too_large", "too_many_parts", "too_deep", "encrypted"}  # and never "broken": nothing was tripped over
    assert mail == read(raw, ours=("support@example.com",))
    words = [mail.subject, mail.text, mail.html, mail.calendar, *(part for header in mail.headers for part in header)]
    for text in words:
        text.encode()  # no lone surrogate
        assert "\x00" not in text
    assert "\n" not in mail.subject
    assert all("/" not in each.name and each.name for each in mail.enclosed)
    assert len(mail.text) <= 40 * len(raw) + 1_000
    assert len(mail.enclosed) <= PARTS_MAX_COUNT
    assert DEPTH_MAX_COUNT == 20
    for each in mail.enclosed[:3]:
        assert len(content(raw, each.place)) <= len(raw)
    made, _ = sanitized(mail, raw, with_remote=True)
    assert "<script" not in made.lower()
    assert why(mail, ("support@example.com",), ()) in {
        *("", "null_sender", "auto_submitted", "bulk", "list", "report", "daemon", "own", "loop", "suppressed", "subject", "noreply"),
    }


@given(st.binary(max_size=400))
@CALM
def test_any_bytes_are_a_mail(raw: bytes) -> None:
    check(raw)


@given(MAILS)
@CALM
def test_anything_that_looks_like_a_mail_is_one(raw: bytes) -> None:
    check(raw)


@given(BODIES)
@CALM
def test_any_page_is_fit_for_its_frame(html: str) -> None:
    made, _ = sanitized(Mail(html=html), b"", with_remote=True)
    assert "<script" not in made.lower()
    assert sanitized(Mail(html=made), b"", with_remote=True)[0].count("<script") == 0

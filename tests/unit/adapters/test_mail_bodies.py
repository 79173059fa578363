"""What a mail says, out of all the ways in which programs say it."""

import base64

import pytest
from asn1crypto import cms

from adapters.email.parsing.page import sanitized
from adapters.email.parsing.reading import read
from adapters.email.words import Mail

INVITATION = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nUID:1\r\nSEQUENCE:{sequence}\r\nSUMMARY:{summary}\r\n"
    "DTSTART;TZID=Asia/Shanghai:20260601T100000\r\nDTEND;TZID=Asia/Shanghai:20260601T113000\r\nLOCATION:{place}\r\n"
    "ORGANIZER;CN=Desk:mailto:desk@example.net\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def part(kind: str, body: str | bytes, *more: str) -> bytes:
    data = body if isinstance(body, bytes) else body.encode()
    return "\r\n".join((f"Content-Type: {kind}", *more, "", "")).encode() + data


def multi(kind: str, *parts: bytes, boundary: str = "B") -> bytes:
    inside = b"".join(b"--%s\r\n%s\r\n" % (boundary.encode(), each) for each in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode() + inside + f"--{boundary}--\r\n".encode()


def mail(entity: bytes, subject: str = "x") -> Mail:
    return read(f"From: a@example.net\r\nSubject: {subject}\r\n".encode() + entity)


def test_the_plain_part_is_the_text_and_the_other_the_page() -> None:
    found = mail(multi("alternative", part("text/plain", "plain"), part("text/html", "<p>page</p>")))
    assert (found.text, found.html) == ("plain", "<p>page</p>")


@pytest.mark.parametrize("plain", ["", " \r\n\r\n", "Your mail client does not support HTML.", "您的邮件客户端不支持HTML邮件"])
def test_an_empty_plain_part_leaves_the_word_to_the_page(plain: str) -> None:
    found = mail(multi("alternative", part("text/plain; charset=utf-8", plain), part("text/html; charset=utf-8", "<p>订单<br>在哪</p>")))
    assert found.text == "订单\n在哪"


def test_marks_heaped_on_a_letter_hang_no_browser() -> None:
    heap, shown = "a" + "\u0301" * 5_000 + "b", "a" + "\u0301" * 16 + "b"
    assert mail(part("text/plain; charset=utf-8", heap)).text == shown
    for written in (heap, "a" + "&#x301;" * 5_000 + "b"):
        found = mail(part("text/html; charset=utf-8", f"<p>{written}"))
        assert (found.text, shown in sanitized(found, b"", with_remote=False)[0]) == (shown, True)
    assert mail(part("text/plain; charset=utf-8", "ที่นี่ é 👩🏽‍🚀")).text == "ที่นี่ é 👩🏽‍🚀"


def test_a_page_reads_as_people_read_it() -> None:
    page = (
        "<html><head><style>p{}</style></head><body><div>您<span>好</span></div><div>第二行&nbsp;x</div>"
        "<table><tr><td>数量</td><td>3</td></tr></table><blockquote>旧的<br>话</blockquote>"
        "<p style='display: none'>hidden</p></body></html>"
    )
    assert mail(part("text/html; charset=utf-8", page)).text == "您好\n第二行 x\n数量 3\n> 旧的\n> 话"


def test_a_page_may_name_its_own_charset() -> None:
    styles = "<style>" + "p { color: red }" * 600 + "</style>"
    named = f"<html><head><meta http-equiv='Content-Type' content='text/html; charset=big5'>{styles}</head>訂單還沒有收到".encode("big5")
    assert mail(part("text/html", named)).text == "訂單還沒有收到"
    assert (
        mail(part("text/html", f"{styles}您好，我的订单还没有收到，请帮忙查一下".encode("gbk"))).text
        == "您好，我的订单还没有收到，请帮忙查一下"
    )


def test_pages_of_mail_programs_read_as_they_are_quoted() -> None:
    outlook = (
        '<div class="WordSection1"><p class="MsoNormal">您好<o:p></o:p></p><div><div style="border-top:solid #E1E1E1 1.0pt">'
        '<p class="MsoNormal"><b>发件人<span>:</span></b> 客服<br><b>主题<span>:</span></b> x</p></div></div><p>旧</p></div>'
    )
    gmail = (
        '<div dir="ltr">Hello</div><div class="gmail_quote"><div>On Monday x wrote:<br></div><blockquote><div>old</div></blockquote></div>'
    )
    netease = "<div><p>您好</p><pre><br>At 2026-06-01 10:20:15, x wrote:</pre><blockquote id=isReplyContent>旧</blockquote></div>"
    assert mail(part("text/html; charset=utf-8", outlook)).text == "您好\n\n发件人: 客服\n主题: x\n\n旧"
    assert mail(part("text/html; charset=utf-8", gmail)).text == "Hello\nOn Monday x wrote:\n> old"
    assert mail(part("text/html; charset=utf-8", netease)).text == "您好\n\nAt 2026-06-01 10:20:15, x wrote:\n> 旧"


def test_several_texts_are_one_after_the_other() -> None:
    found = mail(multi("mixed", part("text/plain", "one"), part("image/png", b"\x89PNG\r\n\x1a\n"), part("text/plain", "two")))
    assert (found.text, [each.mime for each in found.enclosed]) == ("one\n\ntwo", ["image/png"])


def test_a_page_and_its_picture() -> None:
    picture = part(
        "image/png; name=a.png", base64.b64encode(b"\x89PNG\r\n\x1a\nx"), "Content-ID: <pic@x>", "Content-Transfer-Encoding: base64"
    )
    found = mail(multi("related", part("text/html", '<img src="cid:pic@x">hi'), picture))
    assert (found.text, found.cids) == ("hi", (("pic@x", 1),))
    assert (found.enclosed[0].is_inline, found.enclosed[0].size_bytes, found.enclosed[0].place) == (True, 9, 1)


def test_flowed_lines_are_paragraphs_again() -> None:
    body = "Where is my \r\norder?\r\n\r\n> you wrote \r\n> this\r\n-- \r\nme\r\n From here"
    assert mail(part("text/plain; format=flowed", body)).text == "Where is my order?\n\n> you wrote this\n-- \nme\nFrom here"
    assert mail(part("text/plain; format=flowed; delsp=yes", "订 \r\n单")).text == "订单"


def test_a_mail_in_the_mail_is_a_line_and_lies_there() -> None:
    inner = "From: =?utf-8?B?5a6i5oi3?= <c@example.net>\r\nSubject: =?utf-8?B?6K6i5Y2V?=\r\n\r\nold text"
    found = mail(multi("mixed", part("text/plain", "see below"), part("message/rfc822", inner)))
    assert found.text == "see below\n\n✉ 订单 — 客户 <c@example.net>"
    assert [(each.name, each.mime, each.is_held_back) for each in found.enclosed] == [("订单.eml", "message/rfc822", False)]


@pytest.mark.parametrize(
    ("method", "sequence", "summary", "words"),
    [
        (
            "REQUEST",
            "0",
            "季度会议",
            "会议邀请：季度会议\n时间：2026-06-01 10:00 – 11:30 Asia/Shanghai\n地点：Room 3\n组织者：Desk <desk@example.net>",
        ),
        (
            "REQUEST",
            "2",
            "季度會議後續",
            "會議更新：季度會議後續\n時間：2026-06-01 10:00 – 11:30 Asia/Shanghai\n地點：Room 3\n召集人：Desk <desk@example.net>",
        ),
        (
            "CANCEL",
            "1",
            "Review",
            "Cancelled: Review\nWhen: 2026-06-01 10:00 – 11:30 Asia/Shanghai\nWhere: Room 3\nOrganizer: Desk <desk@example.net>",
        ),
    ],
)
def test_invitations_are_told_in_words(method: str, sequence: str, summary: str, words: str) -> None:
    calendar = INVITATION.format(method=method, sequence=sequence, summary=summary, place="Room 3")
    found = mail(
        multi("alternative", part("text/plain", "-"), part(f"text/calendar; method={method}; charset=utf-8", calendar)), subject=summary
    )
    assert found.calendar == words
    assert found.text == f"-\n\n{words}"


def test_a_broken_invitation_is_a_file() -> None:
    found = mail(multi("mixed", part("text/plain", "hi"), part("text/calendar; name=a.ics", "BEGIN:VCALENDAR\r\nBEGIN:")))
    assert (found.text, found.calendar, [each.name for each in found.enclosed]) == ("hi", "", ["a.ics"])


def test_signed_mail_is_read_without_its_signature() -> None:
    signed = multi("signed", part("text/plain", "signed words"), part("application/pkcs7-signature; name=smime.p7s", "xx"))
    assert (mail(signed).text, mail(signed).enclosed, mail(signed).trouble) == ("signed words", (), "")
    armoured = (
        "-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nhello\r\n- -- dash\r\n"
        "-----BEGIN PGP SIGNATURE-----\r\n\r\nabc\r\n-----END PGP SIGNATURE-----\r\n"
    )
    assert mail(part("text/plain", armoured)).text == "hello\n-- dash"


def test_an_opaque_signature_is_opened() -> None:
    inner = multi("mixed", part("text/plain; charset=utf-8", "里面"), part("text/plain; name=a.txt", "file"))
    content = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [],
            "encap_content_info": {"content_type": "data", "content": inner},
            "signer_infos": [],
        }
    )
    sealed = base64.encodebytes(cms.ContentInfo({"content_type": "signed_data", "content": content}).dump())
    kind = "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m"
    found = mail(part(kind, sealed, "Content-Transfer-Encoding: base64"))
    assert (found.text, [each.name for each in found.enclosed], found.trouble) == ("里面", ["a.txt"], "")


def test_what_is_encrypted_is_said_to_be() -> None:
    assert (
        mail(multi("encrypted", part("application/pgp-encrypted", "Version: 1"), part("application/octet-stream", "x"))).trouble
        == "encrypted"
    )
    assert mail(part("application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", "MIIB")).trouble == "encrypted"
    assert mail(part("text/plain", "-----BEGIN PGP MESSAGE-----\r\n\r\nabc")).trouble == "encrypted"


def test_outlooks_own_parcel_is_shown() -> None:
    found = mail(multi("mixed", part("text/plain", "hi"), part("application/ms-tnef; name=winmail.dat", b"\x78\x9f\x3e\x22\x00")))
    assert [(each.name, each.mime) for each in found.enclosed] == [("winmail.dat", "application/ms-tnef")]


def test_a_boundary_may_be_missing_or_lie() -> None:
    assert mail(b"Content-Type: multipart/mixed\r\n\r\n--X\r\n\r\none\r\n--X\r\n\r\ntwo\r\n--X--").text == "one\n\ntwo"
    assert mail(b'Content-Type: multipart/mixed; boundary="Y"\r\n\r\njust words').text == "just words"
    assert (
        mail(b'Content-Type: multipart/mixed; boundary="a"\r\n\r\n--a\r\n\r\none\r\n--ab\r\nstill one\r\n--a\r\n\r\ntwo').text
        == "one\n--ab\nstill one\n\ntwo"
    )


def test_limits_leave_the_headers_and_say_so() -> None:
    many = mail(multi("mixed", *[part("text/plain", "x")] * 1_500), subject="many")
    assert (many.subject, many.trouble) == ("many", "too_many_parts")
    deep = b"text"
    for at in range(40):
        deep = multi("mixed", deep if at else part("text/plain", "text"), boundary=f"b{at}")
    assert (mail(deep, subject="deep").subject, mail(deep).trouble) == ("deep", "too_deep")
    flood = read(b"X: y\r\n" * 20_000 + b"To: " + b"a@example.net, " * 20_000 + b"\r\nSubject: flood\r\nFrom: a@example.net\r\n\r\nhi")
    assert (flood.subject, flood.sender.address, flood.text, flood.trouble) == ("flood", "a@example.net", "hi", "too_large")
    assert sum(len(name) + len(value) for name, value in flood.headers) < 65_536
    cut = read(
        b"Subject: big\r\n" + multi("mixed", part("text/plain", "hi"), part("application/pdf; name=a.pdf", "%PDF-"))[:-8],
        size_bytes=30_000_000,
    )
    assert (cut.subject, cut.text, cut.trouble, cut.enclosed[0].is_held_back) == ("big", "hi", "too_large", True)


def test_a_mail_that_was_kept_cut_off_is_known_again() -> None:
    whole = b"Subject: big\r\n" + multi("mixed", part("text/plain", "hi"), part("application/pdf; name=a.pdf", b"%PDF-" + b"x" * 90_000))
    again = read(whole[:65_536])
    assert (again.trouble, again.enclosed[0].is_held_back) == ("too_large", True)
    assert (read(whole).trouble, read(whole).enclosed[0].is_held_back) == ("", False)


def test_two_deliveries_share_the_hash_of_the_body() -> None:
    body = part("text/plain", "same")
    one, other = read(b"Received: a\r\n" + body), read(b"Received: b\r\nX: y\r\n" + body + b"\r\n")
    assert one.body_hash == other.body_hash != read(part("text/plain", "different")).body_hash
    assert one.body_hash == "0967115f2813a3541eaef77de9d9d5773f1c0c04314b0bbfe4ff3b3b1c55b5d5"

"""Our mails: what they say, to whom, and that every program can read them."""

import re
from email import message_from_bytes
from email.header import decode_header, make_header

import pytest
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st
from msgspec import structs

from adapters.email import gate
from adapters.email.composing import MAIL_MAX_BYTES, carried
from adapters.email.parsing import reading
from adapters.email.quoting import splitting
from adapters.email.words import Addressing, Composed, Mailbox
from adapters.email.writing.headers import cleaned
from gateway.core.errors import Rejected
from gateway.core.message import Author
from gateway.core.parts import Choice, Choices, File, Letter, Location, Text
from tests.unit.adapters.written_mail import ASKED, OUTGOING, SETTINGS, THREAD, TOKENS, composed, file, read, words

PLUS = structs.replace(SETTINGS, plus_address=True)


def test_a_bots_answer_is_a_proper_reply_that_no_program_answers() -> None:
    mail = composed(Text("**三天**内到账。", markdown=True), name="智能助手")
    head = read(mail)
    assert {name: str(head[name]) for name in ("From", "To", "Subject", "Date", "In-Reply-To")} == {
        "From": "Example 客服 <support@example.com>",
        "To": "客户甲 <customer@example.net>",
        "Subject": "Re: 退款什么时候到账",
        "Date": "Sun, 22 Nov 2026 11:45:00 +0000",
        "In-Reply-To": "<tencent_AB@qq.com>",
    }
    assert head["Message-ID"] == mail.message_id == TOKENS.message_id(OUTGOING, THREAD)
    assert str(head["References"]).split() == ["<first@qq.com>", TOKENS.anchor(THREAD), "<tencent_AB@qq.com>"]
    automatic = ("Auto-Submitted", "X-Auto-Response-Suppress", "Precedence", "X-Frontdesk-Loop")
    assert [head[name] for name in automatic] == ["auto-replied", "All", "auto_reply", "support@example.com"]
    assert (mail.sender, mail.recipients, mail.copies) == ("", ("customer@example.net",), ("colleague@example.net",))
    assert words(mail) == (
        "三天内到账。\n\n没有解决？直接回复本邮件，就会有人工客服接着处理。\n\n-- \n智能助手\n示例公司\n400-000-0000\n\n"
        "客户甲 <customer@example.net> 于 2026年11月22日 19:05 写道：\n> 你好\n> 退款什么时候到账？"
    )


def test_an_agents_mail_is_a_persons() -> None:
    mail = composed(Text("您好"), author=Author.AGENT, name="坐席 07")
    head = read(mail)
    assert [head[name] for name in ("Auto-Submitted", "X-Auto-Response-Suppress", "Precedence", "X-Frontdesk-Loop")] == [None] * 4
    assert mail.sender == "support@example.com"
    assert "直接回复" not in words(mail)
    assert "-- \n坐席 07\n示例公司" in words(mail)
    assert (mail.copies, head["Cc"]) == (("colleague@example.net",), "colleague@example.net")


def test_a_receipt_goes_to_who_wrote_and_to_nobody_else() -> None:
    mail = composed(Text("We have received your message."), author=Author.SYSTEM)
    assert (mail.recipients, mail.copies) == (("customer@example.net",), ())
    assert "This email was sent automatically. Replies to it reach us." in words(mail)


def test_an_answer_goes_where_its_asker_wants_it_and_to_a_proven_ones_copies() -> None:
    elsewhere = structs.replace(ASKED, to=(Mailbox("Me", "me@example.org"), Mailbox("", "you@example.org")))
    for author, is_vouched, recipients, copies in (
        (Author.SYSTEM, True, 1, 0), (Author.BOT, True, 1, 1), (Author.AGENT, True, 2, 1),
        (Author.SYSTEM, False, 1, 0), (Author.BOT, False, 1, 0), (Author.AGENT, False, 2, 1),
    ):  # fmt: skip
        mail = composed(Text("x"), author=author, addressing=structs.replace(elsewhere, is_vouched=is_vouched))
        assert (mail.recipients[0], len(mail.recipients), len(mail.copies)) == ("me@example.org", recipients, copies)
        assert str(read(mail)["To"]).startswith("Me <") is (is_vouched or author is Author.AGENT), "nor is a stranger's name spread"


def test_no_stranger_has_a_program_send_what_can_be_followed_to_somebody() -> None:
    evil = "Buy now: evil.example\nor https://evil.example/x evil@evil.example\n买 www.evil.example 吧"
    forged = structs.replace(ASKED, is_vouched=False, subject="Cheap at https://evil.example", quoted=evil)
    copied = structs.replace(forged, is_vouched=True)
    elsewhere = structs.replace(copied, cc=(), to=(Mailbox("", "victim@example.org"),))
    for author, asked in ((Author.BOT, forged), (Author.SYSTEM, forged), (Author.BOT, copied), (Author.BOT, elsewhere)):
        mail = composed(Text("你好"), author=author, addressing=asked)
        assert b"evil" not in mail.raw
        assert "evil" not in words(mail)
        assert "> Buy now: […]" in words(mail), "what they asked is quoted all the same"
    assert "evil.example" in words(composed(Text("你好"), author=Author.AGENT, addressing=forged))
    assert "evil.example" in words(composed(Text("你好"), addressing=structs.replace(copied, cc=())))
    assert read(composed(Text("三天到账"), addressing=structs.replace(ASKED, is_vouched=False)))["Subject"] == "Re: 退款什么时候到账"


def test_a_mail_that_nobody_vouches_for_has_its_words_sent_nowhere_else() -> None:
    forged = structs.replace(ASKED, is_vouched=False, to=(Mailbox("", "victim@example.org"),))
    for author in (Author.BOT, Author.SYSTEM):
        mail = composed(Text("你好"), author=author, addressing=forged)
        assert (mail.recipients, mail.copies) == (("victim@example.org",), ())
        assert "退款" not in words(mail)
        assert "退款" not in str(read(mail)["Subject"])


def test_nothing_to_follow_gets_through_in_other_letters() -> None:
    for spread in (
        "evil\u2024com",
        "evil．ｃｏｍ",
        "ev\u200bil.\u200bcom",
        "evil.中国",
        "加微信13800138000领取",
        "138-0013-8000",
        "a＠b",
        "evil。com",
    ):
        forged = structs.replace(ASKED, is_vouched=False, quoted=f"Buy {spread} now")
        assert "> Buy […] now" in words(composed(Text("你好"), addressing=forged)), spread
    kept = structs.replace(ASKED, is_vouched=False, quoted="你好。订单 1234 没有收到。谢谢")
    assert "> 你好。订单 1234 没有收到。谢谢" in words(composed(Text("你好"), addressing=kept))


def test_a_program_answers_nobody_where_nobody_wrote() -> None:
    forged = structs.replace(ASKED, alone=(), to=(Mailbox("", "victim@example.org"),))
    with pytest.raises(Rejected) as refused:
        composed(Text("x"), addressing=forged)
    assert refused.value.code == "no_recipient"


def test_the_same_message_is_the_same_mail_at_every_try() -> None:
    made = {composed(Text("一样"), File(file("a.pdf")), contents={file("a.pdf").id: b"%PDF"}).raw for _ in range(3)}
    assert len(made) == 1


def test_the_envelope_is_as_the_settings_want_it() -> None:
    bounces, own = TOKENS.verp(OUTGOING), "support@example.com"
    for envelope, has_plus, bots, agents in (
        ("auto", True, bounces, bounces), ("auto", False, "", own), ("null", True, "", own), ("verp", True, bounces, bounces),
        ("address", True, own, own),
    ):  # fmt: skip
        chosen = structs.replace(SETTINGS, envelope=envelope, plus_address=has_plus)
        senders = [composed(Text("x"), author=author, settings=chosen).sender for author in (Author.BOT, Author.SYSTEM, Author.AGENT)]
        assert senders == [bots, bots, agents], (envelope, has_plus)


def test_replies_come_back_to_the_threads_address_where_there_is_one() -> None:
    assert read(composed(Text("x"), settings=PLUS))["Reply-To"] == f"Example 客服 <{TOKENS.plus(THREAD)}>"
    assert read(composed(Text("x")))["Reply-To"] is None


def test_a_subject_says_re_once_whatever_programs_have_put_before_it() -> None:
    for subject, expected in (
        ("RE: Re: 回复：答复: AW: Fwd: 转发： 退款", "Re: 退款"), ("Re[2]: x", "Re: x"), ("回复:回覆：訂單", "Re: 訂單"),
        ("Regarding: x", "Re: Regarding: x"),
        ("", "Re: 您的来信"), ("Re:", "Re: 您的来信"), ("Recall of 3", "Re: Recall of 3"),
    ):  # fmt: skip
        assert read(composed(Text("三天到账"), addressing=structs.replace(ASKED, subject=subject)))["Subject"] == expected


def test_a_tag_stands_in_a_subject_once() -> None:
    tagged = structs.replace(SETTINGS, subject_tag=True)
    asked = structs.replace(ASKED, subject=f"回复: 退款 {TOKENS.tag(THREAD)}")
    assert read(composed(Text("x"), settings=tagged, addressing=asked))["Subject"] == f"Re: 退款 {TOKENS.tag(THREAD)}"
    assert read(composed(Text("x"), addressing=asked))["Subject"] == "Re: 退款"


def test_an_agent_may_change_subject_and_copies_but_not_whom_it_is_for() -> None:
    letter = Letter(subject="关于您的订单", to=("other@example.org",), cc=("主管 <lead@example.com>", "b@example.org"))
    mail = composed(letter, Text("您好"), author=Author.AGENT)
    head = read(mail)
    assert (head["Subject"], head["To"], head["Cc"]) == (
        "关于您的订单",
        "客户甲 <customer@example.net>",
        "主管 <lead@example.com>, b@example.org",
    )
    assert composed(Letter(), Text("您好"), author=Author.AGENT).copies == ()
    assert read(composed(Letter(subject="RE: 退款什么时候到账"), Text("您好"), author=Author.AGENT))["Subject"] == "Re: 退款什么时候到账"
    with pytest.raises(Rejected) as refused:
        composed(Letter(cc=("not an address",)), Text("您好"), author=Author.AGENT)
    assert refused.value.code == "copy_address"


def test_we_never_write_to_ourselves_nor_twice_to_anybody() -> None:
    ours = structs.replace(SETTINGS, aliases=("help@example.com",))
    many = tuple(
        Mailbox("", address)
        for address in ("Support@example.com", "support+t1@example.com", "help@example.com", "b@x.example", "B@x.example")
    )
    mail = composed(Text("x"), author=Author.AGENT, settings=ours, addressing=structs.replace(ASKED, cc=many))
    assert mail.copies == ("b@x.example",)
    with pytest.raises(Rejected) as refused:
        composed(Text("x"), author=Author.AGENT, settings=ours, addressing=structs.replace(ASKED, to=many[:1]))
    assert refused.value.code == "address"


def test_without_an_addressing_it_goes_to_the_threads_customer() -> None:
    mail = composed(Text("您好"), addressing=Addressing())
    assert (mail.recipients, read(mail)["In-Reply-To"], read(mail)["Auto-Submitted"]) == (("customer@example.net",), None, "auto-generated")
    assert "写道" not in words(mail)


def test_what_the_bot_asks_back_says_itself_what_a_reply_is_taken_for() -> None:
    asked = words(composed(Choices("是哪一项？", (Choice("a", "退货"), Choice("b", "换货")), "回复编号即可。")))
    assert "1. 退货\n2. 换货\n回复编号即可。" in asked
    assert "直接回复本邮件" not in asked


def test_addresses_of_all_scripts_are_spelled_as_the_wire_wants_them() -> None:
    asked = structs.replace(
        ASKED, to=(Mailbox("", "jörg@straße.example"),), cc=(Mailbox("", "a@例子.公司"), Mailbox("", "odd name@x.example"))
    )
    mail = composed(Text("x"), author=Author.AGENT, addressing=asked)
    assert mail.recipients == ("jörg@xn--strae-oqa.example",)
    assert mail.copies == ("a@xn--fsqu00a.xn--55qx5d", '"odd name"@x.example')
    assert "To: jörg@xn--strae-oqa.example".encode() in mail.raw


def test_the_whole_thread_is_named_in_at_most_twenty_references() -> None:
    asked = structs.replace(ASKED, references=(*(f"r{place}@x" for place in range(60)), "two words", "bad\r\nX: y", "ä@x"))
    named = str(read(composed(Text("x"), addressing=asked))["References"]).split()
    assert len(named) == 20
    assert (named[0], named[-3], named[-2:]) == ("<r0@x>", "<r59@x>", [TOKENS.anchor(THREAD), "<tencent_AB@qq.com>"])


def test_our_words_are_in_the_language_of_what_is_said() -> None:
    for said, expected in (
        ("It takes three days.", "On 2026-11-22 at 19:05, 客户甲 <customer@example.net> wrote:"),
        ("三天内到账", "客户甲 <customer@example.net> 于 2026年11月22日 19:05 写道："),
        ("三天內會到帳，請查收", "客户甲 <customer@example.net> 於 2026年11月22日 19:05 寫道："),
    ):
        assert expected in words(composed(Text(said)))
    assert "wrote:" in words(composed(Text("三天内到账"), language="en"))


def test_a_quotation_is_bounded_and_is_nobodys_code() -> None:
    asked = structs.replace(ASKED, quoted="<script>x</script>\r\n" + "长" * 9_000, date="nonsense", sender="a\r\nBcc: evil@example.org")
    mail = composed(Text("好"), addressing=asked)
    quoted = [line for line in words(mail).split("\n") if line.startswith(">")]
    assert (quoted[0], quoted[-1]) == ("> <script>x</script>", "> […]")
    assert sum(map(len, quoted)) < 4_100
    assert "&lt;script&gt;" in words(mail, "html")
    assert "<script" not in words(mail, "html")
    assert "a Bcc: evil@example.org 写道：" in words(mail)


def test_choices_places_and_files_are_told_in_words() -> None:
    mail = composed(
        Choices("还想问什么？", (Choice("a", "退货"), Choice("b", "<转人工>")), "回复数字"), Location(31.23, 121.47, "门店"),
        File(file("大文件.zip", 40_000_000), caption="见链接"), link=lambda ref: f"https://example.com/f/{ref.id}",
    )  # fmt: skip
    assert words(mail).startswith(
        "还想问什么？\n1. 退货\n2. <转人工>\n回复数字\n\n门店\n31.23000, 121.47000\n\n见链接\n大文件.zip: https://example.com/f/f\n\n"
    )
    html = words(mail, "html")
    assert '<a href="https://example.com/f/f">大文件.zip</a>' in html
    assert "&lt;转人工&gt;</li></ol>" in html


def test_files_go_along_under_names_that_every_program_reads() -> None:
    long = "二〇二六年十一月退款申请说明（最终版）" * 12 + ".pdf"
    for name, expected in (
        ("a.pdf", "a.pdf"),
        ("退款 说明（1）.pdf", "退款 说明（1）.pdf"),
        ("../../etc/passwd", ".._.._etc_passwd"),
        ('q"uote;.pdf', "q'uote;.pdf"),
    ):
        mail = composed(File(file(name), caption="见附件"), contents={file(name).id: b"%PDF"})
        (attached,) = read(mail).iter_attachments()
        assert (attached.get_filename(), attached.get_content_type(), attached.get_content()) == (expected, "application/pdf", b"%PDF")
    (attached,) = read(composed(File(file(long)), contents={file(long).id: b"%PDF"})).iter_attachments()
    assert attached.get_filename() == long[:116] + ".pdf"
    assert b'name="=?UTF-8?B?' in composed(File(file("说明.pdf")), contents={file("x").id: b"%PDF"}).raw


def test_what_does_not_fit_is_a_link_or_is_refused_in_words() -> None:
    parts = tuple(File(file(f"{place}.bin", 7_000_000, file_id=f"f{place}")) for place in range(4))
    assert [ref.id for ref in carried(parts)] == ["f0", "f1"]
    with pytest.raises(Rejected) as refused:
        composed(*parts)
    assert refused.value.code == "too_large"
    full = composed(*parts[:2], contents={"f0": b"x" * 7_000_000, "f1": b"y" * 7_000_000})  # type: ignore[dict-item]
    assert len(full.raw) <= MAIL_MAX_BYTES
    with pytest.raises(Rejected) as empty:
        composed(Text("  \n"))
    assert empty.value.code == "no_words"


def test_every_line_is_short_and_ends_as_it_must() -> None:
    mail = composed(
        Text("很长" * 3_000 + "\r\n.\n" + "x" * 3_000), File(file("文" * 100 + ".pdf")), contents={file("x").id: bytes(range(256)) * 9},
        addressing=structs.replace(ASKED, subject="退款" * 200, to=(Mailbox("很长的名字" * 30, "customer@example.net"),)),
    )  # fmt: skip
    lines = [line for line in mail.raw.split(b"\r\n") if not line.startswith(b"Message-ID")]
    assert max(map(len, lines)) <= 78
    assert b"\n" not in mail.raw.replace(b"\r\n", b"")
    assert b"\r" not in mail.raw.replace(b"\r\n", b"")
    assert mail.raw.isascii()


def test_another_gateway_like_ours_answers_people_and_never_our_programs() -> None:
    for said in ("三天内到账。", "It takes three days.", "三天內會到帳，請查收"):
        for author, why in ((Author.BOT, "loop"), (Author.SYSTEM, "loop"), (Author.AGENT, "")):
            arrived = reading.read(composed(Text(said), author=author, name="坐席 07").raw)
            assert gate.why(arrived, ("other@example.org",), ()) == why
    split = splitting.split(arrived.text)
    assert (split.reply, split.quoted.split("\n")[0]) == (said, "客户甲 <customer@example.net> 於 2026年11月22日 19:05 寫道：")


ANY_TEXT = st.text(st.characters(), max_size=120)


@tried(max_examples=60)
@given(subject=ANY_TEXT, name=ANY_TEXT, said=ANY_TEXT, file_name=ANY_TEXT, message_id=ANY_TEXT)
def test_whatever_is_written_is_read_back_and_begins_no_header(subject: str, name: str, said: str, file_name: str, message_id: str) -> None:
    plain = composed(Text("x"))
    to = (Mailbox(name, "customer@example.net"),)
    asked = structs.replace(ASKED, subject="x", message_id=message_id, references=(message_id,), sender=subject, to=to, alone=to)
    letter = Letter(subject=subject, cc=("colleague@example.net",))
    ref = file(file_name)
    mail = composed(letter, Text(said + " x"), File(ref), addressing=asked, author=Author.BOT, contents={ref.id: b"%PDF"})
    head = read(mail)

    assert {key.lower() for key in head} - {key.lower() for key in read(plain)} == set()
    expected = cleaned(subject, 300)
    assert str(head["Subject"]) in (expected, f"Re: {expected}", "Re: x")
    assert _shown(mail, "To") in (f"{cleaned(name, 100)} <customer@example.net>", "customer@example.net")
    told = re.split("\n\n(?:Not solved|没有解决|沒有解決)", words(mail))[0]
    assert told == (said + " x").encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n").strip()
    (attached,) = head.iter_attachments()
    assert attached.get_filename() == (cleaned(file_name.replace("\\", "_").replace("/", "_"), 480).replace('"', "'") or "file")


def _shown(mail: Composed, name: str) -> str:
    """A header as people see it. (The standard library's newer reader tears names of several encoded words apart before Python 3.13.)"""
    return str(make_header(decode_header(str(message_from_bytes(mail.raw)[name]).replace('"', ""))))

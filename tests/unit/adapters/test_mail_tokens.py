"""Threads and mails are found again by signed words, whatever servers and people do to them."""

from hypothesis import given
from hypothesis import strategies as st

from adapters.email.parsing.reading import read
from adapters.email.tokens import LOCAL_MAX_BYTES, Tokens
from gateway.core.ids import ChannelName

SECRET = b"a secret of these tests, 32 bytes"
TOKENS = Tokens(SECRET, ChannelName("mail"), "Support@Example.com")
OUTGOING = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
THREAD = TOKENS.thread("a first mail")
OTHERS = (
    Tokens(SECRET, ChannelName("sales"), "support@example.com"),
    Tokens(b"another secret of other people 32", ChannelName("mail"), "support@example.com"),
)


def test_a_thread_is_always_called_the_same_and_never_like_another() -> None:
    assert THREAD == "fgrpvfb2tgt2l5c6"
    assert TOKENS.thread("a first mail") == THREAD
    assert len({TOKENS.thread("a"), TOKENS.thread("b"), TOKENS.thread("a", "b"), TOKENS.thread("ab")}) == 4


def test_our_message_ids_name_their_mail_and_their_thread() -> None:
    message_id = TOKENS.message_id(OUTGOING, THREAD)
    assert message_id == TOKENS.message_id(OUTGOING, THREAD)
    for said in (message_id, message_id.upper(), message_id.strip("<>"), f" {message_id} "):
        assert (TOKENS.thread_of(said), TOKENS.outgoing_of(said)) == (THREAD, OUTGOING)
    assert TOKENS.thread_of(TOKENS.anchor(THREAD)) == THREAD
    assert TOKENS.outgoing_of(TOKENS.anchor(THREAD)) is None


def test_what_a_server_put_in_its_place_is_simply_not_known() -> None:
    for said in (
        "<0102018c5c5e4a4b-1@email.amazonses.com>",
        "<AS8P190MB1@PROD.OUTLOOK.COM>",
        "<tencent_AB@qq.com>",
        "",
        "<>",
        "<a@b",
        "@",
        "<a.b.c@d>",
    ):
        assert (TOKENS.thread_of(said), TOKENS.outgoing_of(said)) == (None, None)


def test_addresses_are_short_enough_and_survive_what_forwarders_do() -> None:
    plus, verp = TOKENS.plus(THREAD), TOKENS.verp(OUTGOING)
    assert plus.startswith(f"support+t{THREAD}")
    assert plus.endswith("@example.com")
    assert max(len(address.partition("@")[0]) for address in (plus, verp)) <= LOCAL_MAX_BYTES
    local = plus.partition("@")[0]
    for address in (plus, plus.upper(), f"<{plus}>", f"SRS0=Hx=tt=example.com={local}@forwarder.example", f"prvs=123={plus}"):
        assert TOKENS.thread_of_address(address) == THREAD
    assert TOKENS.outgoing_of_verp(verp.upper()) == OUTGOING


def test_an_address_with_no_room_has_none() -> None:
    long = Tokens(SECRET, ChannelName("mail"), f"{'a' * 40}@example.com")
    assert (long.plus(THREAD), long.verp(OUTGOING)) == ("", "")


def test_a_tag_is_found_in_whatever_a_subject_has_become() -> None:
    tag = TOKENS.tag(THREAD)
    inner = tag.strip("[]#")
    for subject in (
        f"Re: 退款 {tag}",
        f"回复：【＃{inner.upper()}】退款",
        f"退款 [ #{inner} ]",
        f"RE: [#{inner[:9]} {inner[9:]}] x",
        f"[#{'a' * 28}] {tag}",
    ):
        assert TOKENS.thread_of_subject(subject) == THREAD, subject
    assert TOKENS.without_tag(f"Re: 退款 {tag}") == "Re: 退款"
    assert TOKENS.without_tag(f"【＃{inner}】退款") == "退款"
    assert TOKENS.thread_of_subject("[#" * 5_000) is None


def test_no_word_holds_in_anothers_place_nor_for_another_channel() -> None:
    made = (TOKENS.message_id(OUTGOING, THREAD), TOKENS.anchor(THREAD), TOKENS.plus(THREAD), TOKENS.verp(OUTGOING), TOKENS.tag(THREAD))
    for other in OTHERS:
        assert [_known(other, said) for said in made] == [set()] * 5
    assert [_known(TOKENS, said) for said in made] == [{THREAD, OUTGOING}, {THREAD}, {THREAD}, {OUTGOING}, {THREAD}]


@given(st.text(max_size=200))
def test_no_text_makes_it_stumble_or_believe(said: str) -> None:
    assert _known(TOKENS, said) == set()


@given(st.sampled_from(("message_id", "anchor", "plus", "tag")), st.integers(0, 200), st.characters(codec="ascii"))
def test_one_letter_more_or_less_is_a_forgery(kind: str, place: int, letter: str) -> None:
    good = TOKENS.message_id(OUTGOING, THREAD) if kind == "message_id" else getattr(TOKENS, kind)(THREAD)
    inner = good.partition("@")[0].rpartition("+")[2].strip("[]#<")
    place %= len(inner)
    bad = good.replace(inner, inner[:place] + letter + inner[place + 1 :])
    assert bad.lower().strip("[]<>") == good.lower().strip("[]<>") or _known(TOKENS, bad) == set()


def test_a_bounce_that_names_only_the_envelope_is_known() -> None:
    message_id = TOKENS.message_id(OUTGOING, THREAD)
    status = f"Reporting-MTA: dns; relay.example\nOriginal-Envelope-Id: {message_id.strip('<>')}\n\n"
    status += "Final-Recipient: rfc822; customer@example.net\nAction: failed\nStatus: 5.1.1\n"
    returned = "Message-ID: <0102018c5c5e4a4b-1@email.amazonses.com>\n"
    raw = (
        "From: mailer-daemon@relay.example\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        f"--b\n\nIt came back.\n--b\nContent-Type: message/delivery-status\n\n{status}\n"
        f"--b\nContent-Type: text/rfc822-headers\n\n{returned}\n--b--\n"
    ).encode()
    report = read(raw, ours=("support@example.com",)).report
    assert report is not None
    assert TOKENS.outgoing_of(report.message_id) == OUTGOING


def _known(tokens: Tokens, said: str) -> set[str]:
    found = (
        tokens.thread_of(said), tokens.outgoing_of(said), tokens.thread_of_address(said), tokens.outgoing_of_verp(said),
        tokens.thread_of_subject(said),
    )  # fmt: skip
    return {one for one in found if one}

"""What is around every push: whose it is, how old, for whom; and the same seal on what goes back."""

from xml.sax.saxutils import escape

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto

from adapters.shared.wechat.envelope import STAMPS_MAX_COUNT, Envelope, Mode
from adapters.shared.wechat.fields import read
from gateway.core.channel import Raw
from gateway.core.errors import BadInput, Forged, TooLarge
from tests.effort import at_most
from tests.peers.wechat.sealing import seal, signature, unseal
from tests.unit.adapters.wechat_account import AES_KEY, APP_ID, AT_S, TOKEN, account, fields, raw_of

OTHER_KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
PUBLISHED = (
    "<xml><ToUserName><![CDATA[gh_10f6c3c3ac5a]]></ToUserName><FromUserName><![CDATA[oyORnuP8q7ou2gfYjqLzSIWZf0rs]]></FromUserName>"
    "<CreateTime>1409735668</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[abcdteT]]></Content>"
    "<MsgId>6054768590064713728</MsgId><Encrypt><![CDATA[hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbe"
    "UgmBM4x6F8PGHQHFVAFmOD2LdJF9FrXpbUAh0B5GIItb52sn896wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T332jisa+h6tEDYsVticbSnyU8dKOIbgU6ux5VTjg3y"
    "t+WGzjlpKn6NPhRjpA912xMezR4kw6KWwMrCVKSVCZciVGCgavjIQ6X8tCOp3yZbGpy0VxpAe+77TszTfRd5RJSVO/HTnifJpXgCSUdUue1v6h0EIBYYI1BD1DlD+C0CR8e6Oewp"
    "usjZ4uBl9FyJvnhvQl+q5rv1ixrcpCumEPo5MJSgM9ehVsNPfUM669WuMyVWQLCzpu9GhglF2PE=]]></Encrypt></xml>"
)
"""The sample that comes with the platform's own example code (消息加解密, 示例代码)."""


def envelope(weakest: Mode = Mode.SAFE, *, aes_key: str = AES_KEY, app_id: str = APP_ID, signs_address: bool = True) -> Envelope:
    return Envelope(token=TOKEN, app_id=app_id, aes_key=aes_key, weakest=weakest, signs_address=signs_address)


def refused(raw: Raw, by: Envelope | None = None) -> str:
    """The code of a push that is refused."""
    with pytest.raises(BadInput) as refusal:
        (by or envelope()).open(raw)
    assert refusal.value.expected
    return refusal.value.code


def signed(body: bytes, *, nonce: str = "n1", is_sealed: bool = False) -> Raw:
    """Any body, truly signed; sealed, with any words inside."""
    query = {"timestamp": str(AT_S), "nonce": nonce, "signature": signature(TOKEN, str(AT_S), nonce)}
    if is_sealed:
        cipher = seal(AES_KEY, body, APP_ID, b"0123456789abcdef")
        query["msg_signature"] = signature(TOKEN, str(AT_S), nonce, cipher)
        body = f"<xml><Encrypt><![CDATA[{cipher}]]></Encrypt></xml>".encode()
    return Raw(body=body, received_at_ms=AT_S * 1000, method="POST", query=query)


# ---- whose it is ----------------------------------------------------------------------------------------------------------------


def test_the_platforms_published_sample_is_opened() -> None:
    sample = Envelope(token="spamtest", app_id="wx2c2769f8efd9abc2", aes_key=AES_KEY, signs_address=False)
    query = {"timestamp": "1409735669", "nonce": "1320562132", "msg_signature": "5d197aaffba7e9b25a30732f161a50dee96bd5fa"}
    opened = sample.open(Raw(body=PUBLISHED.encode(), received_at_ms=1_409_735_669_000, query=query))
    assert opened.fields["Content"] == "abcdteT"
    assert opened.fields["MsgId"] == "6054768590064713728"
    assert opened.is_encrypted


def test_the_platforms_worked_examples_hold() -> None:
    """消息加解密说明, 接入指引 (seen 2026-11): the check of an address, and a plain push in JSON."""
    ours = Envelope(token="AAAAA", app_id="wxba5fad812f8e6fb9", weakest=Mode.PLAIN)
    asked = {
        "signature": "f464b24fc39322e44b38aa78f5edd27bd1441696", "echostr": "4375120948345356249", "timestamp": "1714036504",
        "nonce": "1514711492",
    }  # fmt: skip
    assert ours.echo(Raw(body=b"", received_at_ms=1_714_036_504_000, method="GET", query=asked)) == "4375120948345356249"
    body = (
        b'{"ToUserName": "gh_97417a04a28d", "FromUserName": "o9AgO5Kd5ggOC-bXrbNODIiE3bGY", "CreateTime": 1714037059, "MsgType": "event", '
        b'"Event": "debug_demo", "debug_str": "hello world"}'
    )
    pushed = {"signature": "899cf89e464efb63f54ddac96b0a0a235f53aa78", "timestamp": "1714037059", "nonce": "486452656"}
    opened = ours.open(Raw(body=body, received_at_ms=1_714_037_059_000, method="POST", query=pushed))
    assert (opened.fields["Event"], opened.is_json) == ("debug_demo", True)


def test_the_check_of_the_address_is_echoed_as_it_came() -> None:
    query = {"timestamp": str(AT_S), "nonce": "7", "signature": signature(TOKEN, str(AT_S), "7"), "echostr": "5837397576500011341"}
    raw = Raw(body=b"", received_at_ms=AT_S * 1000, method="GET", query=query)
    assert envelope().echo(raw) == "5837397576500011341"
    with pytest.raises(Forged, match="signature"):
        envelope().echo(msgspec.structs.replace(raw, query={**query, "nonce": "8"}))
    with pytest.raises(BadInput, match="bad_echo"):
        envelope().echo(msgspec.structs.replace(raw, query={**query, "echostr": ""}))


def test_in_wecom_the_echo_is_deciphered() -> None:
    cipher = seal(AES_KEY, b"4711", "ww1", b"0123456789abcdef")
    query = {"timestamp": str(AT_S), "nonce": "7", "msg_signature": signature(TOKEN, str(AT_S), "7", cipher), "echostr": cipher}
    raw = Raw(body=b"", received_at_ms=AT_S * 1000, method="GET", query=query)
    assert envelope(app_id="ww1", signs_address=False).sealed_echo(raw) == "4711"


@pytest.mark.parametrize("style", ["xml", "json"])
@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
def test_each_mode_and_form_says_the_same(mode: str, style: str) -> None:
    opened = envelope(Mode(mode)).open(raw_of(fields(), to=account(mode=mode, style=style)))
    assert opened.fields["Content"] == "退款多久到账？"
    assert (opened.is_json, opened.is_encrypted) == (style == "json", mode != "plain")


def test_what_is_refused_says_why() -> None:
    assert refused(raw_of(fields(), to=account(token="anotherToken"))) == "signature"
    assert refused(raw_of(fields(), to=account(aes_key=OTHER_KEY))) == "key"
    assert refused(raw_of(fields(), to=account(app_id="wxffffffffffffffff"))) == "app"
    assert refused(raw_of(fields(), received_s=AT_S + 601)) == "stale"
    assert refused(raw_of(fields(), received_s=AT_S - 601)) == "stale"
    assert refused(raw_of(fields()), envelope(Mode.PLAIN, aes_key="")) == "key"


def test_ten_minutes_are_fresh() -> None:
    for received_s in (AT_S - 600, AT_S + 600):
        assert envelope().open(raw_of(fields(), received_s=received_s)).fields


def test_every_wrong_key_is_told_from_every_other_account() -> None:
    """Nonsense may decipher to anything: to short text, to no text, to an id of letters that no account has."""
    for number in range(300):
        key = f"{number:042d}A"
        assert refused(raw_of(fields(Content="x" * (number % 7)), to=account(aes_key=key))) == "key"


def test_the_configured_mode_is_the_weakest_that_is_taken() -> None:
    plain, both = raw_of(fields(), to=account(mode="plain")), raw_of(fields(), to=account(mode="compatible"))
    assert refused(plain, envelope(Mode.SAFE)) == "not_encrypted"
    assert refused(plain, envelope(Mode.COMPATIBLE)) == "not_encrypted"
    for weakest in Mode:
        assert envelope(weakest).open(both).is_encrypted
        assert envelope(weakest).open(raw_of(fields())).is_encrypted


def test_the_readable_half_of_a_push_that_comes_both_ways_is_not_believed() -> None:
    both = raw_of(fields(Content="mine"), to=account(mode="compatible"))
    altered = msgspec.structs.replace(both, body=both.body.replace(b"mine", b"evil"))
    assert envelope(Mode.PLAIN).open(altered).fields["Content"] == "mine"


# ---- plain pushes: their signature says nothing of the body ---------------------------------------------------------------------


def test_a_captured_push_can_not_be_used_with_other_words() -> None:
    ours = envelope(Mode.PLAIN)
    first = raw_of(fields(Content="one"), to=account(mode="plain"))
    assert ours.open(first).fields["Content"] == "one"
    assert refused(raw_of(fields(Content="two"), to=account(mode="plain")), ours) == "replayed"
    assert ours.open(first).fields["Content"] == "one", "the platform's own repeat"
    assert ours.open(raw_of(fields(Content="two"), to=account(mode="plain"), nonce="2")).fields["Content"] == "two"


def test_a_body_that_could_not_be_read_does_not_hold_the_stamp() -> None:
    ours = envelope(Mode.PLAIN)
    good = raw_of(fields(), to=account(mode="plain"))
    assert refused(msgspec.structs.replace(good, body=b"<xml>"), ours) == "bad_xml"
    assert ours.open(good).fields


def test_stamps_are_forgotten_in_the_end() -> None:
    ours = envelope(Mode.PLAIN)
    for number in range(STAMPS_MAX_COUNT + 10):
        ours._stamps[(str(AT_S), str(number))] = b""
    ours.open(raw_of(fields(), to=account(mode="plain")))
    assert len(ours._stamps) == STAMPS_MAX_COUNT


def test_cutting_off_the_seal_does_not_make_a_plain_push_of_it() -> None:
    both = raw_of(fields(), to=account(mode="compatible"))
    bare = {name: value for name, value in both.query.items() if name not in ("msg_signature", "encrypt_type")}
    assert refused(msgspec.structs.replace(both, query=bare)) == "not_encrypted"


# ---- what is signed, and still no push ------------------------------------------------------------------------------------------

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    "<xml><MsgType>text</MsgType><Content>&b;</Content></xml>"
)
BAD = [
    (b"", "bad_xml"),
    (b"success", "bad_xml"),
    (b"<xml>", "bad_xml"),
    (b"<xml>text</xml>", "bad_xml"),
    (b"<xml><A>\x00</A></xml>", "bad_xml"),
    (b"<xml><A>\xff</A></xml>", "bad_xml"),
    ("<xml><A>1</A></xml>".encode("utf-16"), "bad_xml"),
    (b"<a>" * 3000 + b"</a>" * 3000, "bad_xml"),
    (b"<xml>" + b"<a/>" * 2000 + b"</xml>", "bad_xml"),
    (BOMB.encode(), "doctype"),
    (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml><A>1</A></xml>', "doctype"),
    (b"{", "bad_json"),
    (b'{"a":' * 3000 + b"}" * 3000, "bad_json"),
    (b'{"a": ' + b"9" * 10_000 + b"}", "bad_json"),
]


@pytest.mark.parametrize(("body", "code"), BAD, ids=[str(number) for number in range(len(BAD))])
def test_what_can_not_be_read_is_bad_input_and_costs_little(body: bytes, code: str) -> None:
    assert at_most(50, lambda: refused(signed(body), envelope(Mode.PLAIN))) == code


def test_a_flood_is_not_read() -> None:
    with pytest.raises(TooLarge):
        envelope(Mode.PLAIN).open(signed(b"<xml>" + b" " * 65_536))


def test_a_document_type_in_a_customers_words_is_just_words() -> None:
    words = "<!DOCTYPE html> &amp; <!ENTITY x>"
    opened = envelope(Mode.PLAIN).open(signed(f"<xml><MsgType>text</MsgType><Content><![CDATA[{words}]]></Content></xml>".encode()))
    assert opened.fields["Content"] == words


def test_control_signs_are_left_out_of_what_came_as_json() -> None:
    body = rb'{"MsgType": "text", "Content": "a\u0000b\u001b[2Jc\u0085\n", "MsgId": 24601000000000001, "List": [1], "Flag": true}'
    opened = envelope(Mode.PLAIN).open(signed(body))
    assert opened.fields == {"MsgType": "text", "Content": "ab[2Jc\x85\n", "MsgId": "24601000000000001"}


VALUES = st.text(max_size=20) | st.integers() | st.floats(allow_nan=False) | st.none()
OBJECTS = st.dictionaries(
    st.text(max_size=8), st.recursive(VALUES, lambda inner: st.dictionaries(st.text(max_size=8), inner), max_leaves=8)
)
BYTES = st.one_of(
    st.binary(max_size=400),
    st.text(max_size=200).map(lambda text: f"<xml><MsgType>{text}</MsgType></xml>".encode("utf-8", "replace")),
    OBJECTS.map(msgspec.json.encode),
)


@settings(max_examples=150, deadline=None)
@given(body=BYTES, is_sealed=st.booleans())
def test_whatever_is_signed_is_read_or_refused_by_name(body: bytes, is_sealed: bool) -> None:
    code = ""
    values: tuple[object, ...] = ()
    try:
        values = tuple(envelope(Mode.PLAIN).open(signed(body, is_sealed=is_sealed)).fields.values())
    except BadInput as refusal:
        code = refusal.code
    assert code in ("", "bad_xml", "bad_json", "doctype", "signature", "key")
    assert all(isinstance(value, (str, dict)) for value in values)


@settings(max_examples=100, deadline=None)
@given(cipher=st.one_of(st.binary(max_size=100).map(lambda found: found.hex()), st.text(max_size=60)))
def test_nonsense_in_place_of_a_cipher_is_a_wrong_key(cipher: str) -> None:
    """wechatpy lets UnicodeDecodeError, struct.error, IndexError, binascii.Error and ValueError out of here."""
    nonce, stamp = "n", str(AT_S)
    query = {
        "timestamp": stamp, "nonce": nonce, "signature": signature(TOKEN, stamp, nonce),
        "msg_signature": signature(TOKEN, stamp, nonce, cipher.replace("\r", "\n")),
    }  # fmt: skip
    raw = Raw(body=f"<xml><Encrypt>{escape(cipher)}</Encrypt></xml>".encode(), received_at_ms=AT_S * 1000, query=query)
    assert refused(raw) in ("key", "signature")


# ---- crypto against another implementation --------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(codec="utf-8"), max_size=300), salt=st.text(max_size=10))
def test_what_we_seal_the_platform_opens(text: str, salt: str) -> None:
    sealed = envelope().seal(text, at_s=AT_S, salt=salt, is_json=True)
    found = msgspec.json.decode(sealed)
    assert unseal(AES_KEY, found["Encrypt"], APP_ID) == text.encode()
    assert found["MsgSignature"] == signature(TOKEN, str(found["TimeStamp"]), found["Nonce"], found["Encrypt"])


def test_the_same_answer_is_sealed_the_same_and_two_are_not() -> None:
    ours = envelope()
    assert ours.seal("hello", at_s=AT_S, salt="a", is_json=False) == ours.seal("hello", at_s=AT_S, salt="a", is_json=False)
    assert ours.seal("hello", at_s=AT_S, salt="a", is_json=False) != ours.seal("hello", at_s=AT_S, salt="b", is_json=False)


def test_wechatpy_reads_the_same_push() -> None:
    raw = raw_of(fields(Content="a ]]> b <c> & d"))
    inner = WeChatCrypto(TOKEN, AES_KEY, APP_ID).decrypt_message(
        raw.body.decode(), raw.query["msg_signature"], raw.query["timestamp"], raw.query["nonce"]
    )
    message, ours = parse_message(inner), read(inner.encode()).fields
    assert message.content == ours["Content"] == "a ]]> b <c> & d"
    assert str(message.id) == ours["MsgId"]
    assert message.source == ours["FromUserName"]

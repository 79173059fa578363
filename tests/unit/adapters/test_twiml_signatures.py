"""Whether a webhook comes from the cloud: vectors that the clouds publish, and whatever is not quite right."""

import base64
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from adapters.phone.twiml.dialects import Cloud
from adapters.phone.twiml.hooks import public_address
from adapters.phone.twiml.signatures import both_forms, check, signed_by_twilio
from adapters.phone.twiml.tickets import Ticket, Tickets, Why
from gateway.core.errors import BadInput, Forged
from gateway.core.ids import ChannelName

URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = [("CallSid", "CA1234567890ABCDE"), ("Caller", "+14158675309"), ("Digits", "1234"), ("From", "+14158675309"), ("To", "+18005551212")]
BODY = urlencode(FORM).encode()
PUBLISHED = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
"""Twilio's example (usage/security, and the tests of its libraries): the token is 12345."""


def taken(cloud: Cloud, key: str, header: str, said: str, *, url: str = URL, body: bytes = BODY, now_s: float = 0.0) -> bool:
    try:
        check(cloud, key, url=url, body=body, headers={header: said}, now_s=now_s)
    except Forged:
        return False
    return True


def test_the_published_signature_of_twilio_holds_for_both_forms_of_the_address() -> None:
    assert check("twilio", "12345", url=URL, body=BODY, headers={"X-Twilio-Signature": PUBLISHED}, now_s=0) == FORM
    assert taken("twilio", "12345", "x-twilio-signature", PUBLISHED, url="https://mycompany.com:443/myapp.php?foo=1&bar=2")
    with_port = signed_by_twilio("12345", "https://mycompany.com:443/myapp.php?foo=1&bar=2", FORM)
    assert taken("twilio", "12345", "X-Twilio-Signature", with_port)
    assert taken("signalwire", "12345", "X-SignalWire-Signature", PUBLISHED)
    assert taken("signalwire", "12345", "X-Twilio-Signature", PUBLISHED)


def test_signalwire_may_sign_address_and_body_as_they_are() -> None:
    """The vector of its SDKs' tests; a body that is no form of ours is refused behind that."""
    body = b'{"event":"call.state","params":{"call_id":"abc-123","state":"answered"}}'
    key, url, said = "PSKtest1234567890abcdef", "https://example.ngrok.io/webhook", "c3c08c1fefaf9ee198a100d5906765a6f394bf0f"
    with pytest.raises(BadInput) as caught:
        check("signalwire", key, url=url, body=body, headers={"X-SignalWire-Signature": said}, now_s=0)
    assert caught.value.code == "bad_form"


@pytest.mark.parametrize(
    ("key", "said", "url", "body"),
    [
        ("12345", "", URL, BODY),
        ("12345", PUBLISHED[:-1], URL, BODY),
        ("12345", "é\udcff", URL, BODY),
        ("12346", PUBLISHED, URL, BODY),
        ("12345", PUBLISHED, URL + "&x=1", BODY),
        ("12345", PUBLISHED, URL.replace("https", "http"), BODY),
        ("12345", PUBLISHED, URL, BODY + b"&Digits=9"),
        ("12345", PUBLISHED, URL, BODY.replace(b"1234&", b"9999&")),
        ("", PUBLISHED, URL, BODY),
    ],
)
def test_a_signature_that_is_not_exactly_right_is_refused(key: str, said: str, url: str, body: bytes) -> None:
    assert not taken("twilio", key, "X-Twilio-Signature", said, url=url, body=body)


def test_a_field_that_comes_twice_counts_with_each_value_once() -> None:
    assert signed_by_twilio("k", URL, [("x", "2"), ("x", "1"), ("x", "1")]) == signed_by_twilio("k", URL, [("x", "1"), ("x", "2")])


def test_both_forms_of_an_address() -> None:
    assert both_forms("https://a.example/x?y=1") == ("https://a.example/x?y=1", "https://a.example:443/x?y=1")
    assert both_forms("http://a.example:80/x") == ("http://a.example:80/x", "http://a.example/x")
    assert both_forms("https://a.example:8443/x") == ("https://a.example:8443/x", "https://a.example/x")


def test_a_path_of_our_public_address_counts_whether_a_proxy_takes_it_away_or_not() -> None:
    for public_url in ("https://a.example/desk", "https://a.example/desk/"):
        for target in ("/phone/x/voice?t=1", "/desk/phone/x/voice?t=1"):
            assert public_address(public_url, target) == "https://a.example/desk/phone/x/voice?t=1"
    assert public_address("https://a.example:8443", "/phone/x/voice") == "https://a.example:8443/phone/x/voice"


def test_what_telnyx_signs_holds_for_five_minutes() -> None:
    private = Ed25519PrivateKey.from_private_bytes(b"7" * 32)
    public = base64.b64encode(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    said = base64.b64encode(private.sign(b"1700000000|" + BODY)).decode()

    def is_taken(said: str = said, at: str = "1700000000", now_s: float = 1_700_000_000, body: bytes = BODY, key: str = public) -> bool:
        headers = {"Telnyx-Signature-Ed25519": said, "Telnyx-Timestamp": at}
        try:
            return check("telnyx", key, url=URL, body=body, headers=headers, now_s=now_s) == FORM
        except Forged:
            return False

    assert is_taken()
    assert is_taken(now_s=1_700_000_299)
    assert not is_taken(now_s=1_700_000_301)
    assert not is_taken(now_s=1_699_999_699)
    assert not is_taken(at="1700000001")
    assert not is_taken(at="soon")
    assert not is_taken(at="")
    assert not is_taken(said="")
    assert not is_taken(said="!" + said[1:])
    assert not is_taken(body=BODY + b"&x=1")
    assert not is_taken(key="")
    assert not is_taken(key=base64.b64encode(b"short").decode())


@given(body=st.binary(max_size=200), said=st.text(max_size=40), at=st.text(max_size=14))
def test_whatever_comes_is_refused_in_words_of_ours(body: bytes, said: str, at: str) -> None:
    headers = dict.fromkeys(("X-Twilio-Signature", "X-SignalWire-Signature", "Telnyx-Signature-Ed25519"), said) | {"Telnyx-Timestamp": at}
    clouds: tuple[Cloud, ...] = ("twilio", "signalwire", "telnyx")
    for cloud in clouds:
        with pytest.raises(BadInput):
            check(cloud, "key", url=URL, body=body, headers=headers, now_s=0)


def test_a_ticket_is_read_as_it_was_written_and_no_other_is() -> None:
    tickets = Tickets(ChannelName("hotline"), b"s" * 32)
    ticket = Ticket(why=Why.GATHERED, leg="v3:MdI91X4l_EFs7-Q", turn=12, tries_count=3)
    text = tickets.write(ticket)
    assert tickets.read(text) == ticket
    others = (
        text.replace("12", "13"), text.replace("gathered", "dialled"), text[:-1], text + "0", "", ".", "....", "é\udcff", text.upper(),
        Tickets(ChannelName("other"), b"s" * 32).write(ticket), Tickets(ChannelName("hotline"), b"t" * 32).write(ticket),
    )  # fmt: skip
    for other in others:
        with pytest.raises(Forged):
            tickets.read(other)

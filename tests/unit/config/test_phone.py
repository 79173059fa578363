"""What is wrong with a number's settings is told before anything starts: one line for each mistake, at its place."""

from typing import Any

import pytest
from msgspec.structs import replace

from config.phone import Asterisk, Phone, Recognizer, Sip, Trunk, Twiml, Voice
from config.phone_rules import check_lines, check_phone


def wrong(settings: Phone) -> list[str]:
    """Where, by dots."""
    return [".".join(map(str, key)) for key, _ in check_phone((), settings)]


def sip(**given: Any) -> Phone:
    return Phone(sip=Sip(**given))


def twiml(**given: Any) -> Phone:
    return Phone(driver="twiml", twiml=Twiml(**{"auth_token": "t", **given}))


def asterisk(**given: Any) -> Phone:
    return Phone(driver="asterisk", asterisk=Asterisk(**{"user": "u", "password": "p", **given}))


TRUNK = Trunk(host="sip.example.com", user="100", password="p")


@pytest.mark.parametrize(
    "settings",
    [
        Phone(), sip(listen="0.0.0.0:5060", trunk=TRUNK), sip(listen="[::]:5061"), twiml(), asterisk(),
        asterisk(media="audiosocket", audiosocket_listen="0.0.0.0:9092"),
        Phone(agents={"*": "sip:{name}@10.0.0.2", "agent-07": "+8613800138000"}, dial="PJSIP/{number}@trunk", dial_prefixes=("+86", "400")),
        replace(sip(trunk=TRUNK, peers=("sip.example.com",)), trust_caller_id=True), replace(twiml(), trust_caller_id=True),
        Phone(greeting={"zh-CN": "x"}, menu={"payment": {"zh-CN": "x", "en": "y"}}),
        Phone(voice=Voice(provider="http", url="https://speech.example.com"), recognizer=Recognizer(provider="http", url="http://127.0.0.1:9/")),
    ],
)  # fmt: skip
def test_what_is_right_is_let_be(settings: Phone) -> None:
    assert wrong(settings) == []


@pytest.mark.parametrize(
    ("settings", "places"),
    [
        (sip(listen="5060"), ["sip.listen"]), (sip(rtp_ports="20000-20001"), ["sip.rtp_ports"]),
        (sip(rtp_ports="80-900"), ["sip.rtp_ports"]), (sip(certificate="our own.pem"), ["sip.certificate"]),
        (sip(trunk=Trunk(host="h", password="p")), ["sip.trunk.user"]), (sip(trunk=Trunk(user="u")), ["sip.trunk.host"]),
        (twiml(auth_token=""), ["twiml.auth_token"]), (twiml(api_base="api.twilio.com"), ["twiml.api_base"]),
        (asterisk(url="127.0.0.1:8088"), ["asterisk.url"]), (asterisk(user=""), ["asterisk.user"]),
        (asterisk(media="audiosocket", audiosocket_listen="9092"), ["asterisk.audiosocket_listen"]),
        (Phone(agents={"*": "sip:1 2@x"}), ["agents.*"]), (Phone(dial="sip:100@x"), ["dial"]),
        (replace(sip(trunk=TRUNK), dial_prefixes=("86*",)), ["dial_prefixes"]),
        (replace(sip(trunk=TRUNK), trust_caller_id=True), ["trust_caller_id"]),
        (Phone(greeting={"Chinese!": "x"}), ["greeting"]), (Phone(menu={"payment": {"中文": "x"}}), ["menu"]),
        (Phone(sms_url="https://sms.example.com"), ["sms_secret"]), (Phone(sms_url="sms", sms_secret="s"), ["sms_url"]),
        (Phone(voice=Voice(provider="http")), ["voice.url"]), (Phone(voice=Voice(provider="piper")), ["voice.models"]),
        (Phone(voice=Voice(url="speech")), ["voice.url"]), (Phone(recognizer=Recognizer(provider="sherpa")), ["recognizer.models"]),
        (Phone(recognizer=Recognizer(provider="http")), ["recognizer.url"]),
        (Phone(recognizer=Recognizer(keep_audio=True)), ["recognizer.keep_audio"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(settings: Phone, places: list[str]) -> None:
    assert wrong(settings) == places


def test_what_is_dialled_has_somebody_who_dials_it() -> None:
    ways = [
        Phone(dial_prefixes=("+86",)), sip(trunk=TRUNK), twiml(), asterisk(),
        Phone(driver="asterisk", asterisk=Asterisk(user="u", password="p"), agents={"*": "sip:{name}@10.0.0.2"}),
    ]  # fmt: skip
    dialling = [replace(way, dial_prefixes=("+86",)) for way in ways]
    assert [wrong(way) for way in dialling] == [["dial"], [], [], ["dial"], ["agents.*", "dial"]]


def test_two_numbers_do_not_listen_in_one_place() -> None:
    found = list(check_lines({"a": Phone(), "b": Phone(), "c": sip(listen="127.0.0.1:5070"), "d": twiml()}))
    assert [key for key, _ in found] == [("channels", "b", "sip")]


def test_a_number_with_tls_listens_one_port_further_on_too() -> None:
    beside = sip(listen="127.0.0.1:5061")
    assert not list(check_lines({"a": Phone(), "b": beside}))
    for first in (sip(certificate="/etc/ours.pem"), sip(trunk=replace(TRUNK, transport="tls"))):
        assert [key for key, _ in check_lines({"a": first, "b": beside})] == [("channels", "b", "sip")]

"""What must hold in the settings of phone channels beyond their types."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from config.phone import Phone, Sip
from config.problems import Found, Key

PORTS_MIN_COUNT = 4
"""Of RTP: two of a call, and one call to an agent beside it."""

_LISTEN = re.compile(r"(?:\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+):\d{1,5}")
_TARGET = re.compile(r"[A-Za-z0-9+*#][A-Za-z0-9+*#._:/@{}\[\];=%-]{0,254}")
_PREFIX = re.compile(r"\+?\d{1,15}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def check_phone(key: Key, channel: Phone) -> Found:
    """Everything that is wrong with a phone channel."""
    match channel.driver:
        case "sip":
            yield from _sip(key, channel)
        case "twiml":
            yield from _twiml(key, channel)
        case "asterisk":
            yield from _asterisk(key, channel)
    yield from _dialling(key, channel)
    yield from _speech(key, channel)
    for name in ("greeting", "menu"):
        for tag in _tags(getattr(channel, name)):
            if not _LANGUAGE.fullmatch(tag):
                yield (*key, name), f'expected language tags such as "zh-CN" or "en", got {tag!r}'
    if channel.sms_url and not channel.sms_secret:
        yield (*key, "sms_secret"), "expected the secret that short messages are signed with, got nothing"
    if channel.sms_url and not _is_web(channel.sms_url):
        yield (*key, "sms_url"), "expected an address such as https://sms.example.com/send"


def check_lines(channels: Mapping[str, object]) -> Found:
    """No two numbers listen in the same place; more than one SIP channel needs more than one port."""
    taken: dict[str, str] = {}
    for name, channel in channels.items():
        if isinstance(channel, Phone) and channel.driver == "sip":
            for place in _places(channel.sip):
                other = taken.setdefault(place, name)
                if other != name:
                    yield ("channels", name, "sip"), f"expected a place of its own: {place} is [channels.{other}]'s already"


def _places(sip: Sip) -> tuple[str, ...]:
    """Where it listens: with TLS one port further on too."""
    host, _, port = sip.listen.rpartition(":")
    has_tls = bool(sip.certificate) or sip.trunk.transport == "tls"
    return (sip.listen, f"{host}:{int(port) + 1}") if has_tls and port.isdigit() else (sip.listen,)


def _sip(key: Key, channel: Phone) -> Found:
    sip = channel.sip
    if not _LISTEN.fullmatch(sip.listen):
        yield (*key, "sip", "listen"), f'expected an address and a port such as "0.0.0.0:5060", got {sip.listen!r}'
    low, _, high = sip.rtp_ports.partition("-")
    if not 1024 <= int(low) <= 65_535 - PORTS_MIN_COUNT or not int(low) + PORTS_MIN_COUNT <= int(high) <= 65_535:
        yield (*key, "sip", "rtp_ports"), f'expected ports such as "20000-29999", got {sip.rtp_ports!r}'
    if any(char.isspace() for char in sip.certificate):
        yield (*key, "sip", "certificate"), "expected a path without spaces: the SIP stack reads none"
    if sip.trunk.password and not sip.trunk.user:
        yield (*key, "sip", "trunk", "user"), "expected the user that the password is of, got nothing"
    if sip.trunk.user and not sip.trunk.host:
        yield (*key, "sip", "trunk", "host"), "expected the trunk's host, got nothing"
    if channel.trust_caller_id and not sip.peers:
        yield (*key, "trust_caller_id"), "expected `sip.peers`: without them anybody may call, under any number, and nothing proves it"


def _twiml(key: Key, channel: Phone) -> Found:
    if not channel.twiml.auth_token:
        yield (*key, "twiml", "auth_token"), "expected what the cloud signs its calls with: without it anybody could call the webhook"
    if not _is_web(channel.twiml.api_base):
        yield (*key, "twiml", "api_base"), "expected an address such as https://api.twilio.com"


def _asterisk(key: Key, channel: Phone) -> Found:
    asterisk = channel.asterisk
    if not _is_web(asterisk.url):
        yield (*key, "asterisk", "url"), "expected an address such as http://127.0.0.1:8088"
    if not asterisk.user or not asterisk.password:
        yield (*key, "asterisk", "user"), "expected user and password of ari.conf, got nothing"
    if asterisk.media == "audiosocket" and not _LISTEN.fullmatch(asterisk.audiosocket_listen):
        yield (*key, "asterisk", "audiosocket_listen"), 'expected an address and a port such as "127.0.0.1:9092"'


def _dialling(key: Key, channel: Phone) -> Found:
    for name, target in channel.agents.items():
        if not _TARGET.fullmatch(target):
            yield (*key, "agents", name), 'expected a phone such as "sip:107@10.0.0.2", "PJSIP/107" or "+8613800138000"'
    if channel.dial and ("{number}" not in channel.dial or not _TARGET.fullmatch(channel.dial)):
        yield (*key, "dial"), 'expected a pattern with {number} in it, such as "sip:{number}@sip.example.com"'
    if channel.driver == "asterisk":
        for name, target in channel.agents.items():
            if "/" not in target:
                yield (*key, "agents", name), 'expected a phone with its technology, such as "PJSIP/107": Asterisk rings nothing else'
    if channel.dial_prefixes and not channel.dial and not _has_trunk(channel):
        yield (*key, "dial"), "expected how numbers are dialled, such as PJSIP/{number}@trunk: dial_prefixes says that some are"
    for prefix in channel.dial_prefixes:
        if not _PREFIX.fullmatch(prefix):
            yield (*key, "dial_prefixes"), f'expected prefixes such as "+86", got {prefix!r}'


def _has_trunk(channel: Phone) -> bool:
    """Whether it is clear without a pattern who takes a number."""
    return channel.driver == "twiml" or (channel.driver == "sip" and bool(channel.sip.trunk.host))


def _speech(key: Key, channel: Phone) -> Found:
    voice, recognizer = channel.voice, channel.recognizer
    if voice.provider == "http" and not voice.url:
        yield (*key, "voice", "url"), "expected the speech service's address, got nothing"
    if voice.provider == "piper" and not voice.models:
        yield (*key, "voice", "models"), "expected a model file by language, got none"
    if recognizer.provider == "http" and not recognizer.url:
        yield (*key, "recognizer", "url"), "expected the speech service's address, got nothing"
    if recognizer.provider == "sherpa" and not recognizer.models:
        yield (*key, "recognizer", "models"), "expected a model folder by language, got none"
    for name, section in (("voice", voice), ("recognizer", recognizer)):
        if section.url and not _is_web(section.url):
            yield (*key, name, "url"), "expected an address such as https://speech.example.com/v1"
        if recognizer.provider == "off" and section is recognizer and section.keep_audio:
            yield (*key, name, "keep_audio"), "expected a recognizer: nothing is heard without one"


def _tags(table: Mapping[str, object]) -> set[str]:
    """The language tags of a table, or of its tables."""
    nested = [tag for value in table.values() if isinstance(value, Mapping) for tag in value]
    return {str(tag) for tag in (nested or table)}


def _is_web(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname)

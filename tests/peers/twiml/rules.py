"""What an answer must keep to, or the cloud ends the call: the verbs, their attributes, what may lie in what.

From Twilio's pages on TwiML Voice (Gather, Say, Play, Pause, Redirect, Record, Dial, Hangup, Reject), seen 2026-11.
"""

import re
from collections.abc import Callable
from xml.etree.ElementTree import Element, fromstring

ANSWER_MAX_BYTES = 64 * 1024
SAY_MAX_CHARS = 4_096

Check = Callable[[str], bool]


def _one_of(*words: str) -> Check:
    return lambda value: value in words


def _whole(low: int, high: int) -> Check:
    return lambda value: value.isdecimal() and low <= int(value) <= high


def _address(value: str) -> bool:
    return value.startswith(("http://", "https://")) and " " not in value


def _keys(value: str) -> bool:
    return all(key in "0123456789*#" for key in value)


def _input(value: str) -> bool:
    return set(value.split()) <= {"dtmf", "speech"} and bool(value)


_SAYS = _one_of("cmn-CN", "cmn-TW", "en-US", "en-GB", "de-DE")
_HEARS = _one_of("cmn-Hans-CN", "cmn-Hant-TW", "yue-Hant-HK", "en-US", "de-DE", "zh", "zh-TW", "en")
_POST = _one_of("POST")


def _hints(value: str) -> bool:
    return 0 < len(value) < 4_000


def _caller(value: str) -> bool:
    return bool(re.fullmatch(r"\+\d{6,15}|client:\w+", value))


_NEWS: dict[str, Check] = {
    "statusCallback": _address, "statusCallbackMethod": _POST,
    "statusCallbackEvent": lambda value: set(value.split()) <= {"initiated", "ringing", "answered", "completed"},
}  # fmt: skip

VERBS: dict[str, dict[str, Check]] = {
    "Say": {"language": _SAYS, "voice": lambda value: bool(re.fullmatch(r"[A-Za-z0-9.-]{1,80}", value)), "loop": _whole(0, 1000)},
    "Play": {"loop": _whole(0, 1000)},
    "Pause": {"length": _whole(0, 600)},
    "Redirect": {"method": _POST},
    "Hangup": {},
    "Reject": {"reason": _one_of("busy", "rejected")},
    "Gather": {
        "input": _input, "action": _address, "method": _POST, "numDigits": _whole(1, 100), "finishOnKey": _keys, "timeout": _whole(1, 600),
        "language": _HEARS, "speechTimeout": lambda value: value == "auto" or _whole(1, 60)(value), "hints": _hints,
        "profanityFilter": _one_of("true", "false"),
    },
    "Record": {
        "action": _address, "method": _POST, "maxLength": _whole(2, 14_400), "timeout": _whole(1, 600), "finishOnKey": _keys,
        "playBeep": _one_of("true", "false"),
    },
    "Dial": {
        "action": _address, "method": _POST, "timeout": _whole(5, 600), "callerId": _caller,
        "record": _one_of("record-from-answer", "record-from-answer-dual"), "recordingStatusCallback": _address,
        "recordingStatusCallbackMethod": _POST,
    },
}  # fmt: skip
NOUNS: dict[str, dict[str, Check]] = {"Number": _NEWS, "Sip": _NEWS, "Client": _NEWS}
WITHIN_GATHER = frozenset({"Say", "Play", "Pause"})
ENDS = frozenset({"Redirect", "Hangup", "Reject"})
"""Nothing behind these is reached."""


class Broken(AssertionError):
    """A rule was not kept: a real cloud would end the call with an error."""


def verbs_of(body: bytes, content_type: str) -> list[Element]:
    """The verbs of an answer that keeps to the rules. Raises Broken."""
    _expect(content_type.startswith(("text/xml", "application/xml")), f"an XML content type, got {content_type!r}")
    _expect(len(body) <= ANSWER_MAX_BYTES, f"at most {ANSWER_MAX_BYTES} bytes, got {len(body)}")
    root = fromstring(body)
    _expect(root.tag == "Response" and not root.attrib, "a bare Response")
    verbs = list(root)
    for place, verb in enumerate(verbs):
        _check(verb, VERBS)
        _expect(verb.tag not in ENDS or place == len(verbs) - 1, f"nothing behind {verb.tag}")
        _expect(verb.tag != "Reject" or place == 0, "Reject as the first verb")
        inside = list(verb)
        if verb.tag == "Gather":
            for one in inside:
                _expect(one.tag in WITHIN_GATHER, f"no {one.tag} in Gather")
                _check(one, VERBS)
        elif verb.tag == "Dial":
            _expect(len(inside) == 1, "one noun in Dial")
            _check(inside[0], NOUNS)
        else:
            _expect(not inside, f"nothing in {verb.tag}")
    return verbs


def _check(element: Element, known: dict[str, dict[str, Check]]) -> None:
    _expect(element.tag in known, f"a verb that is known, got {element.tag}")
    for name, value in element.attrib.items():
        check = known[element.tag].get(name)
        _expect(check is not None, f"no {name} of {element.tag}")
        assert check is not None
        _expect(check(value), f"a good {name} of {element.tag}, got {value!r}")
    text = (element.text or "").strip()
    if element.tag == "Say":
        _expect(0 < len(text) <= SAY_MAX_CHARS, f"up to {SAY_MAX_CHARS} characters to say, got {len(text)}")
    if element.tag in ("Play", "Redirect"):
        _expect(_address(text), f"an address in {element.tag}")


def _expect(holds: object, what: str) -> None:
    if not holds:
        raise Broken(f"expected {what}")

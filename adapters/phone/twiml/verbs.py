"""The verbs of TwiML as we use them, and a whole answer of them."""

import math
import re
from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from adapters.phone.driver import LineFailed

ANSWER_MAX_BYTES = 64 * 1024
"""Of one answer; a longer one ends the call (Twilio, error 11750)."""
SAY_MAX_CHARS = 3_000
"""Of one `<Say>`; clouds take 4,096."""
HINTS_MAX_CHARS = 2_000
RING_MIN_S = 5
"""Clouds ring no shorter (Twilio, "Dial", seen 2026-11)."""
_UNSPEAKABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NUMBER = re.compile(r"\+[1-9]\d{5,14}")
_SIP = re.compile(r"sips?:[A-Za-z0-9+*#._~%-]{1,64}@[A-Za-z0-9.-]{1,253}(:\d{1,5})?(;[A-Za-z0-9=.-]{1,100})*")
_CLIENT = re.compile(r"client:[A-Za-z0-9_]{1,121}")


def answer(verbs: Iterable[Element]) -> bytes:
    """The whole of it. Empty, it ends the call."""
    response = Element("Response")
    response.extend(verbs)
    whole: bytes = tostring(response, encoding="utf-8", xml_declaration=True)
    return whole


def say(text: str, language: str, voice: str) -> list[Element]:
    """Aloud, by the cloud's own voice; in several where it is long."""
    found = []
    for piece in _pieces(_UNSPEAKABLE.sub("", text).strip()):
        element = Element("Say", {"language": language} | ({"voice": voice} if voice else {}))
        element.text = piece
        found.append(element)
    return found


def play(address: str) -> Element:
    """A sound of ours."""
    element = Element("Play")
    element.text = address
    return element


def gather(
    action: str, within: Sequence[Element], *, keys_max_count: int, finish_on: str, timeout_s: float, language: str = "",
    hints: Sequence[str] = (), has_curses: bool = False,
) -> Element:  # fmt: skip
    """Listen for keys, and with a `language` for words too; `within` is played meanwhile, and broken off by the first of either.

    An empty `finishOnKey` lets `#` and `*` through as keys; a key that ends may not stand alone (Twilio, "Gather", seen 2026-11).
    """
    attributes = {
        "input": "dtmf speech" if language else "dtmf",
        "action": action,
        "method": "POST",
        "numDigits": str(max(1, keys_max_count)),
        "finishOnKey": finish_on if keys_max_count > 1 else "",
        "timeout": str(max(1, math.ceil(timeout_s))),
    }
    if language:
        attributes |= {"language": language, "speechTimeout": "auto"}
        if has_curses:
            attributes["profanityFilter"] = "false"
        if words := _hints(hints):
            attributes["hints"] = words
    element = Element("Gather", attributes)
    element.extend(within)
    return element


def redirect(address: str) -> Element:
    """Come again there."""
    element = Element("Redirect", {"method": "POST"})
    element.text = address
    return element


def pause(seconds: int) -> Element:
    return Element("Pause", {"length": str(seconds)})


def hangup() -> Element:
    return Element("Hangup")


def reject(reason: str) -> Element:
    """Without taking the call; nothing may stand before it. `reason`: busy or rejected."""
    return Element("Reject", {"reason": reason})


def record(action: str, max_s: float, silence_s: float) -> Element:
    """A tone, then what the caller says, until `#`, silence or the time. Without a word it goes on to the next verb."""
    return Element(
        "Record",
        {
            "action": action, "method": "POST", "maxLength": str(max(2, math.ceil(max_s))), "timeout": str(math.ceil(silence_s)),
            "finishOnKey": "#", "playBeep": "true",
        },
    )  # fmt: skip


def dial(action: str, target: str, *, ring_s: float, caller_id: str, news: str, recorded: str) -> Element:
    """Ring `target` and connect it. `news`: where its ringing and answering are told; `recorded`: where a recording is, or empty."""
    attributes = {"action": action, "method": "POST", "timeout": str(max(RING_MIN_S, math.ceil(ring_s)))}
    if caller_id:
        attributes["callerId"] = caller_id
    if recorded:
        attributes |= {"record": "record-from-answer", "recordingStatusCallback": recorded, "recordingStatusCallbackMethod": "POST"}
    element = Element("Dial", attributes)
    noun = SubElement(
        element, noun_of(target), {"statusCallback": news, "statusCallbackMethod": "POST", "statusCallbackEvent": "ringing answered"}
    )
    noun.text = target.removeprefix("client:")
    return element


def noun_of(target: str) -> str:
    """What a target is to `<Dial>`. Raises LineFailed for one that a cloud can't ring."""
    if _NUMBER.fullmatch(target):
        return "Number"
    if _SIP.fullmatch(target):
        return "Sip"
    if _CLIENT.fullmatch(target):
        return "Client"
    raise LineFailed("expected a target such as +12025550123, sip:107@pbx.example.com or client:desk07", code="unable")


def _pieces(text: str) -> Iterable[str]:
    """Of at most SAY_MAX_CHARS, broken behind a sentence where there is one."""
    while len(text) > SAY_MAX_CHARS:
        head = text[:SAY_MAX_CHARS]
        cut = max(head.rfind(mark) for mark in "。！？.!?\n") + 1 or SAY_MAX_CHARS
        yield text[:cut].strip()
        text = text[cut:].strip()
    if text:
        yield text


def _hints(hints: Sequence[str]) -> str:
    """As many as there is room for; a comma ends a hint."""
    words = ""
    for hint in hints:
        clean = _UNSPEAKABLE.sub("", hint).replace(",", " ").strip()[:100]
        if clean and len(words) + len(clean) < HINTS_MAX_CHARS:
            words = f"{words}, {clean}" if words else clean
    return words

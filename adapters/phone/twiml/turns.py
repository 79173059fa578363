"""A turn of a call in a cloud: what one answer of ours makes it do, and what its next webhook says of how that went. Pure.

    commands -> Turn -> document -> the cloud plays, listens, rings ... -> webhook -> read -> events

A cloud tells nothing while it plays. How much of a prompt was heard before a key or a word broke it off is counted from the time that
passed; where nothing was broken off, all of it was heard.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import assert_never
from xml.etree.ElementTree import Element

from msgspec import Struct

from adapters.phone.driver import (
    Bridged,
    Digit,
    Ended,
    Hearing,
    LegEvent,
    Message,
    Nothing,
    Parted,
    Reached,
    Speech,
    Transferred,
    Understood,
)
from adapters.phone.twiml import verbs
from adapters.phone.twiml.dialects import Dialect, Spoken, hears, speaks
from adapters.phone.twiml.tickets import Why

LULL_S = 1.0
"""The shortest that clouds listen for."""
TAPE_SILENCE_S = 5.0
SPEECH_MAX_S = 60.0
"""Clouds listen to a caller's words no longer (Twilio, "Gather", seen 2026-11)."""
SPEECH_END_S = 1.0
"""About what a recognizer waits behind the last word."""
UNSAID_CONFIDENCE = 0.6
"""Where the cloud gives none, or 0, which is how its recognizers say that there is none."""
REASONS = {"busy": "busy", "no-answer": "no_answer", "canceled": "no_answer", "failed": "unreachable"}
"""What clouds call the end of a call that nobody took, and what we do."""
CODES = {"603": "refused", "403": "refused", "486": "busy", "600": "busy", "408": "no_answer", "480": "no_answer", "404": "unreachable"}
"""The like by SIP's answer, where the cloud tells it: it calls a busy line and one that declined the same."""
OVER = frozenset({"completed", *REASONS})
BUSY_CODES = frozenset({486, 503})


class Listen(Struct, frozen=True, tag="listen"):
    """For this; None: for a key alone, until there is something to say."""

    hearing: Hearing | None = None


class Ring(Struct, frozen=True, tag="ring"):
    """Somebody else, and connect or hand over."""

    target: str
    ring_s: float
    is_for_good: bool = False
    is_recorded: bool = False


class Tape(Struct, frozen=True, tag="tape"):
    """A message after a tone."""

    max_s: float


class Finish(Struct, frozen=True, tag="finish"):
    """Hang up."""


class Refuse(Struct, frozen=True, tag="refuse"):
    """Do not take it at all."""

    code: int


Wish = Listen | Ring | Tape | Finish | Refuse


class Piece(Struct, frozen=True, kw_only=True):
    """Something to be heard. `address`: where our own sound of it lies; empty: the cloud speaks the words."""

    speech: Speech
    mark: str
    of_ms: int
    address: str = ""


class Turn(Struct, frozen=True, kw_only=True):
    """What one answer makes the cloud do."""

    number: int
    pieces: tuple[Piece, ...] = ()
    wish: Wish = Listen()
    music: str = ""
    """The address of the next piece of waiting music; empty: none."""
    music_ms: int = 0
    is_waiting: bool = False
    """Whether or not there is music, the caller waits for somebody."""


class Way(Struct, frozen=True, kw_only=True):
    """What an answer is written with."""

    dialect: Dialect
    address: Callable[[Why], str]
    """Of the webhook that this turn is to be followed by."""
    voices: Mapping[str, str] = {}
    """The operator's own, by language."""
    caller_id: str = ""


def document(turn: Turn, way: Way) -> bytes:
    """The answer. Raises LineFailed where the target can't be rung by a cloud."""
    spoken = [element for piece in turn.pieces for element in _sound(piece, way)]
    match turn.wish:
        case Listen(hearing):
            return verbs.answer(_listening(turn, hearing, spoken, way))
        case Ring(target, ring_s, _, is_recorded):
            recorded = way.address(Why.RECORDED) if is_recorded else ""
            ringing = verbs.dial(
                way.address(Why.PARTED), target, ring_s=ring_s, caller_id=way.caller_id, news=way.address(Why.AGENT), recorded=recorded
            )
            return verbs.answer([*spoken, ringing, verbs.redirect(way.address(Why.NEXT))])
        case Tape(max_s):
            taping = verbs.record(way.address(Why.TAPED), max_s, TAPE_SILENCE_S)
            return verbs.answer([*spoken, taping, verbs.redirect(way.address(Why.NEXT))])
        case Finish():
            return verbs.answer([*spoken, verbs.hangup()])
        case Refuse(code):
            return verbs.answer([verbs.reject("busy" if code in BUSY_CODES else "rejected")])
        case unknown:
            assert_never(unknown)


def later(address: str) -> bytes:
    """Nothing to say yet: come again in a second."""
    return verbs.answer([verbs.pause(1), verbs.redirect(address)])


def goodbye(words: Sequence[Speech], dialect: Dialect) -> bytes:
    """Nobody of ours is there any more."""
    spoken = [element for one in words for element in _said(one, speaks(dialect, one.language))]
    return verbs.answer([*spoken, verbs.hangup()])


def fitting(pieces: Sequence[Piece], way: Way) -> int:
    """How many of these go into one answer: all, but for a very long one; never none."""
    size, room = 0, verbs.ANSWER_MAX_BYTES // 2
    for count, piece in enumerate(pieces):
        size += len(verbs.answer(_sound(piece, way)))
        if size > room and count:
            return count
    return len(pieces)


def lasts_s(turn: Turn) -> float:
    """How long the cloud may be busy with it at most, before it comes again or the call is over."""
    pieces_s = sum(piece.of_ms for piece in turn.pieces) / 1_000
    match turn.wish:
        case Listen(hearing):
            return pieces_s + turn.music_ms / 1_000 + _listens_s(hearing)
        case Ring():
            return math.inf  # the cloud tells the end, whoever hangs up
        case Tape(max_s):
            return pieces_s + max_s + TAPE_SILENCE_S
        case Finish() | Refuse():
            return pieces_s
        case unknown:
            assert_never(unknown)


def _listens_s(hearing: Hearing | None) -> float:
    if hearing is None:
        return LULL_S
    return hearing.silence_s * max(1, hearing.keys_max_count) + (SPEECH_MAX_S if hearing.speech else 0.0)


def read(turn: Turn, why: Why, fields: Mapping[str, str], passed_s: float, *, is_bridged: bool = False) -> tuple[list[LegEvent], int]:
    """What a webhook says of the turn that it ends: the events, and how many ms of the piece that was broken off had been heard.

    `passed_s`: since our answer went out. `is_bridged`: it is known already that the other side answered.
    """
    if why is Why.GATHERED:
        return _gathered(turn, fields, passed_s)
    if why in (Why.TURNED, Why.AGAIN):
        return _heard(turn.pieces, passed_s)
    events: list[LegEvent] = [Reached(piece.mark) for piece in turn.pieces]
    if why is Why.NEXT and isinstance(turn.wish, Listen) and turn.wish.hearing is not None and not turn.is_waiting:
        events.append(Nothing())
    if why is Why.NEXT and isinstance(turn.wish, Tape):
        events.append(Message(b""))
    if why is Why.PARTED and isinstance(turn.wish, Ring):
        events += _parted(turn.wish, fields, is_bridged=is_bridged)
    return events, 0


def duration_of(text: str) -> int:
    """About how many ms it takes to say; nobody tells us when the cloud speaks."""
    wide = sum(1 for char in text if ord(char) >= 0x2E80)
    return 230 * wide + 65 * (len(text) - wide) + 300


def ending(fields: Mapping[str, str], *, was_up: bool) -> Ended | None:
    """Whether a webhook says that the call is over, and how."""
    status = fields.get("CallStatus", "")
    if status not in OVER:
        return None
    seconds = fields.get("CallDuration", "")
    facts = {"seconds": int(seconds)} if seconds.isascii() and seconds.isdecimal() and len(seconds) < 9 else {}
    return Ended("hung_up" if status == "completed" or was_up else _reason(status, fields.get("SipResponseCode", "")), facts)


def _listening(turn: Turn, hearing: Hearing | None, spoken: list[Element], way: Way) -> list[Element]:
    within = [*spoken, verbs.play(turn.music)] if turn.music else spoken
    asked = hearing or Hearing(silence_s=LULL_S)
    waits_s = LULL_S if turn.music else asked.silence_s
    listening = verbs.gather(
        way.address(Why.GATHERED), within, keys_max_count=asked.keys_max_count, finish_on=asked.finish_on, timeout_s=waits_s,
        language=hears(way.dialect, asked.language) if asked.speech else "", hints=asked.hints, has_curses=way.dialect.masks_curses,
    )  # fmt: skip
    return [listening, verbs.redirect(way.address(Why.NEXT))]


def _sound(piece: Piece, way: Way) -> list[Element]:
    if piece.address:
        return [verbs.play(piece.address)]
    language = piece.speech.language
    own = way.voices.get(language, "")
    if not own and language not in way.dialect.speaks:  # a voice of another region's language ends the call
        own = way.voices.get(language.partition("-")[0], "")
    spoken = speaks(way.dialect, language)
    return _said(piece.speech, Spoken(spoken.language, own or spoken.voice))


def _said(speech: Speech, by: Spoken) -> list[Element]:
    return verbs.say(speech.text, by.language, by.voice)


def _gathered(turn: Turn, fields: Mapping[str, str], passed_s: float) -> tuple[list[LegEvent], int]:
    """Keys, or words. The time that the caller spoke is no time that they listened."""
    hearing = turn.wish.hearing if isinstance(turn.wish, Listen) else None
    keys, words = fields.get("Digits", ""), fields.get("SpeechResult", "").strip()
    spoke_s = duration_of(words) / 1_000 + SPEECH_END_S if words else 0.0
    events, heard_ms = _heard(turn.pieces, max(0.0, passed_s - spoke_s))
    if keys:
        events += [Digit(key) for key in keys if key in "0123456789*#"] + _closing(keys, hearing, fields)
    else:
        events.append(Understood(words, _confidence(fields.get("Confidence", "")) if words else 0.0))
    return events, heard_ms


def _closing(keys: str, hearing: Hearing | None, fields: Mapping[str, str]) -> list[LegEvent]:
    """Several keys end by the last one, by a key for that, or because no more came: whoever counts them must learn which."""
    if hearing is None or hearing.keys_max_count <= 1 or len(keys) >= hearing.keys_max_count:
        return []
    if hearing.finish_on and fields.get("FinishedOnKey", "") == hearing.finish_on:
        return [Digit(hearing.finish_on)]
    return [Nothing()]


def _heard(pieces: Sequence[Piece], passed_s: float) -> tuple[list[LegEvent], int]:
    """The marks that were reached in this time, and what was heard of the next piece."""
    left_ms = int(passed_s * 1_000)
    events: list[LegEvent] = []
    for piece in pieces:
        if left_ms < piece.of_ms:
            return events, left_ms
        left_ms -= piece.of_ms
        events.append(Reached(piece.mark))
    return events, 0


def _parted(ring: Ring, fields: Mapping[str, str], *, is_bridged: bool) -> list[LegEvent]:
    status = fields.get("DialCallStatus", "")
    if status not in ("completed", "answered"):
        return [Parted("broke" if is_bridged else _reason(status, fields.get("DialSipResponseCode", "")))]
    if ring.is_for_good:
        return [] if is_bridged else [Transferred()]
    return [Parted("hung_up")] if is_bridged else [Bridged(), Parted("hung_up")]


def _reason(status: str, code: str) -> str:
    return CODES.get(code) or REASONS.get(status, "unreachable")


def _confidence(said: str) -> float:
    try:
        found = float(said)
    except ValueError:
        return UNSAID_CONFIDENCE
    return min(found, 1.0) if found > 0 else UNSAID_CONFIDENCE  # nan is not more than 0

"""Whatever is to be said, listened for or rung, the answer keeps the cloud's rules; whatever the cloud posts, it is read."""

import math
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.phone.driver import Bridged, Digit, Ended, Hearing, LineFailed, Parted, Reached, Speech, Understood
from adapters.phone.twiml.dialects import DIALECTS, Cloud
from adapters.phone.twiml.tickets import Why
from adapters.phone.twiml.turns import (
    Finish,
    Listen,
    Piece,
    Refuse,
    Ring,
    Tape,
    Turn,
    Way,
    document,
    ending,
    fitting,
    goodbye,
    lasts_s,
    later,
    read,
)
from tests.peers.twiml.rules import verbs_of

XML = "text/xml; charset=utf-8"


def way_of(cloud: Cloud = "twilio", voices: Mapping[str, str] | None = None) -> Way:
    return Way(
        dialect=DIALECTS[cloud], address=lambda why: f"https://a.example/voice?t={why}", caller_id="+12025550100", voices=voices or {}
    )


def said(text: str, language: str = "en", mark: str = "m", of_ms: int = 1_000) -> Piece:
    return Piece(speech=Speech(text=text, language=language), mark=mark, of_ms=of_ms)


texts = st.text(max_size=40) | st.sampled_from(["这是一句很长的话。" * 600, "word " * 1_500])
pieces = st.builds(said, texts.filter(lambda text: any(char.isalnum() for char in text)), st.sampled_from(["en", "zh-CN", "zh-TW", "zh"]))
hearings = st.builds(
    Hearing, speech=st.booleans(), keys_max_count=st.integers(1, 20), finish_on=st.sampled_from(["", "#", "*"]),
    silence_s=st.floats(0.1, 60), language=st.sampled_from(["en", "zh-CN", "zh-TW", "zh-HK"]), hints=st.lists(texts, max_size=9).map(tuple),
)  # fmt: skip
targets = st.sampled_from(["+12025550107", "sip:107@pbx.example.com", "sips:107@pbx.example.com:5061;transport=tls", "client:desk07"])
wishes = (
    st.builds(Listen, st.none() | hearings)
    | st.builds(Ring, targets, st.floats(0.1, 120), st.booleans(), st.booleans())
    | st.builds(Tape, st.floats(0.1, 600))
    | st.just(Finish())
)


@settings(max_examples=60)
@given(saying=st.lists(pieces, max_size=8), wish=wishes, cloud=st.sampled_from(["twilio", "signalwire", "telnyx"]), has_music=st.booleans())
def test_every_turn_keeps_the_rules_and_has_an_end(saying: list[Piece], wish: Listen, cloud: Cloud, *, has_music: bool) -> None:
    way = way_of(cloud)
    count = fitting(saying, way)
    assert count >= min(1, len(saying))
    music = "https://a.example/audio/x.wav" if has_music and isinstance(wish, Listen) else ""
    turn = Turn(number=1, pieces=tuple(saying[:count]), wish=wish, music=music, music_ms=20_000 if music else 0)
    verbs = verbs_of(document(turn, way), XML)
    assert verbs
    assert verbs[-1].tag in ("Redirect", "Hangup")
    assert lasts_s(turn) >= count


@given(
    saying=st.lists(pieces, max_size=3), wish=wishes, why=st.sampled_from(list(Why)), passed_s=st.floats(0, 1e6), is_bridged=st.booleans(),
    fields=st.dictionaries(
        st.sampled_from(["Digits", "SpeechResult", "Confidence", "FinishedOnKey", "DialCallStatus", "DialSipResponseCode", "CallStatus"]),
        st.text(max_size=20) | st.sampled_from(["completed", "busy", "1", "0.5", "nan", "-inf", "1e999"]),
    ),
)  # fmt: skip
def test_whatever_the_cloud_posts_is_read(
    saying: list[Piece], wish: Listen, why: Why, passed_s: float, fields: dict[str, str], *, is_bridged: bool
) -> None:
    turn = Turn(number=1, pieces=tuple(saying), wish=wish)
    events, heard_ms = read(turn, why, fields, passed_s, is_bridged=is_bridged)
    assert 0 <= heard_ms < 1_000
    for event in events:
        if isinstance(event, Digit):
            assert event.digit in "0123456789*#"
        if isinstance(event, Understood):
            assert 0 <= event.confidence <= 1
    ending(fields, was_up=is_bridged)


def test_words_are_words_whatever_stands_in_them() -> None:
    turn = Turn(number=1, pieces=(said('<Hangup/> & "so" ]]> \x00\x0b\ud800 on'),), wish=Finish())
    say, hangup = verbs_of(document(turn, way_of()), XML)
    assert (say.text, hangup.tag) == ('<Hangup/> & "so" ]]>  on', "Hangup")


def test_voices_are_the_clouds_or_the_operators() -> None:
    spoken = (said("你好", "zh-CN"), said("你好", "zh-TW"), said("Hello", "en"), said("Guten Tag", "de-DE"))
    turn = Turn(number=1, pieces=spoken, wish=Finish())

    def voices(way: Way) -> list[tuple[str | None, str | None]]:
        return [(verb.get("language"), verb.get("voice")) for verb in verbs_of(document(turn, way), XML)[:-1]]

    assert voices(way_of()) == [
        ("cmn-CN", "Polly.Zhiyu"), ("cmn-TW", "Google.cmn-TW-Standard-A"), ("en-US", "Polly.Joanna"), ("de-DE", None),
    ]  # fmt: skip
    assert voices(way_of(voices={"zh": "Google.cmn-CN-Wavenet-A", "en": "Polly.Amy-Neural"})) == [
        ("cmn-CN", "Google.cmn-CN-Wavenet-A"), ("cmn-TW", "Google.cmn-TW-Standard-A"), ("en-US", "Polly.Amy-Neural"), ("de-DE", None),
    ]  # fmt: skip


@pytest.mark.parametrize("target", ["", "107", "PJSIP/107", "+0123456", "sip:107@", "sip:1 07@pbx", "sip:107@pbx?X=1", "tel:+12025550107"])
def test_a_target_that_no_cloud_rings_is_refused(target: str) -> None:
    with pytest.raises(LineFailed):
        document(Turn(number=1, wish=Ring(target, 20)), way_of())


def test_how_a_call_ends_and_how_long_it_may_take() -> None:
    assert ending({"CallStatus": "in-progress"}, was_up=True) is None
    assert ending({"CallStatus": "completed", "CallDuration": "12"}, was_up=False) == Ended("hung_up", {"seconds": 12})
    assert ending({"CallStatus": "busy", "SipResponseCode": "603", "CallDuration": "²"}, was_up=False) == Ended("refused", {})
    assert ending({"CallStatus": "no-answer"}, was_up=True) == Ended("hung_up", {})
    assert lasts_s(Turn(number=1, wish=Ring("+12025550107", 20))) == math.inf
    assert lasts_s(Turn(number=1, pieces=(said("Hi"),), wish=Refuse(486))) == 1
    ring, broken = Turn(number=1, pieces=(said("Hi"),), wish=Ring("+12025550107", 20)), {"DialCallStatus": "failed"}
    assert read(ring, Why.PARTED, broken, 9, is_bridged=True)[0] == [Reached("m"), Parted("broke")]
    assert read(ring, Why.PARTED, {"DialCallStatus": "completed"}, 9)[0] == [Reached("m"), Bridged(), Parted("hung_up")]


def test_small_answers_keep_the_rules_too() -> None:
    assert [verb.tag for verb in verbs_of(later("https://a.example/voice"), XML)] == ["Pause", "Redirect"]
    sorry = [Speech(text="抱歉", language="zh-CN"), Speech(text="Sorry", language="en")]
    assert [verb.tag for verb in verbs_of(goodbye(sorry, DIALECTS["telnyx"]), XML)] == ["Say", "Say", "Hangup"]

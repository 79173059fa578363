"""From Asterisk's words to ours, and back."""

import io
import wave

import pytest

from adapters.phone.asterisk import causes, happened
from adapters.phone.asterisk.recorder import samples
from adapters.phone.asterisk.targets import endpoint, referred
from adapters.phone.driver import LineFailed

CALL = (
    '{"type": "StasisStart", "timestamp": "2026-11-22T08:00:00.000+0000", "args": ["trunk=north"], "application": "frontdesk",'
    ' "channel": {"id": "1.2", "name": "PJSIP/trunk-1", "state": "Ring", "caller": {"name": "张先生", "number": "+8613800138000"},'
    ' "dialplan": {"exten": "400", "app_name": "Stasis", "app_data": "frontdesk,trunk=north"}, "news": [1]}, "more": {}}'
)


def test_a_call_is_read_with_its_chinese_name() -> None:
    event = happened.read(CALL)
    assert event is not None
    assert event.channel is not None
    assert (event.about, event.args, event.channel.caller.name, event.channel.dialplan.exten) == ("1.2", ("trunk=north",), "张先生", "400")
    assert event.channel.is_in("frontdesk")
    assert not event.channel.is_in("front")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "nonsense", '{"type": 1}', '{"type": "Dial", "peer": {}}', "[" * 9_000, '{"type": "x", "cause": "y"}']
)
def test_what_is_no_event_is_passed_over(text: str) -> None:
    assert happened.read(text) is None


def test_a_dialling_is_about_whom_it_rings() -> None:
    event = happened.read('{"type": "Dial", "peer": {"id": "7"}, "channel": {"id": "8"}, "dialstatus": "RINGING"}')
    assert event is not None
    assert (event.about, event.dialstatus) == ("7", "RINGING")


def test_lists_take_what_they_can_read() -> None:
    assert [one.id for one in happened.channels([{"id": "1"}, 5, {"id": 3}, {"id": "2", "channelvars": {"A": 1}}])] == ["1", "2"]
    assert happened.channels({"message": "no"}) == []
    assert happened.channel(None) is None
    assert [one.id for one in happened.bridges([{"id": "b"}, {}])] == ["b"]


@pytest.mark.parametrize(
    ("cause", "status", "why"),
    [
        (17, "BUSY", "busy"), (21, "NOANSWER", "refused"), (19, "", "no_answer"), (18, "", "no_answer"), (1, "NOANSWER", "unreachable"),
        (20, "CHANUNAVAIL", "unreachable"), (34, "CONGESTION", "unreachable"), (0, "BUSY", "busy"), (16, "", "no_answer"),
        (0, "CHANUNAVAIL", "unreachable"), (111, "", "unreachable"), (16, "CANCEL", "no_answer"),
    ],
)  # fmt: skip
def test_why_nobody_took_a_call(cause: int, status: str, why: str) -> None:
    assert causes.why_not(cause, status) == why


def test_a_refusal_says_what_the_caller_gets() -> None:
    assert [causes.cause_of(code) for code in (486, 503, 603, 404, 299)] == [17, 34, 21, 1, 17]


def test_a_network_that_fails_is_no_hanging_up() -> None:
    assert (causes.why_over(16), causes.why_over(38)) == ("hung_up", "failed")
    assert (causes.why_parted(0), causes.why_parted(41)) == ("hung_up", "broke")


@pytest.mark.parametrize(
    "target", ["PJSIP/107", "PJSIP/+8613800138000@trunk", "Local/107@internal", "PJSIP/trunk/sip:+86138@192.0.2.1:5060"]
)
def test_targets_with_a_technology_are_dialled_as_they_are(target: str) -> None:
    assert endpoint(target) == target


@pytest.mark.parametrize(
    "target", ["", "107", "+8613800138000", "sip:107@192.0.2.2", "PJSIP/", "PJSIP/1&SIP/2", "PJSIP/1\nX", "Local/1@a,b", "../x"]
)
def test_other_targets_are_not_dialled(target: str) -> None:
    with pytest.raises(LineFailed) as failed:
        endpoint(target)
    assert failed.value.code == "unable"


def test_a_caller_may_be_handed_over_to_any_sip_address() -> None:
    assert referred("sip:107@192.0.2.2") == "PJSIP/sip:107@192.0.2.2"
    assert referred("PJSIP/107") == "PJSIP/107"
    with pytest.raises(LineFailed):
        referred("tel:+8613800138000")


def recorded(rate: int = 8_000, channels: int = 1) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(b"\1\2" * 10 * channels)
    return file.getvalue()


def test_a_recording_gives_its_samples() -> None:
    assert samples(recorded()) == b"\1\2" * 10
    assert samples(recorded()[:50]) == b"\1\2" * 3  # it was cut
    for bad in (b"", b"RIFF", b"<html>", recorded(rate=16_000), recorded(channels=2)):
        assert samples(bad) is None

"""What an agent is told of a call: how it stands, how they would speak, and whether the customer can be called now."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from config.phone import Phone, Recognizer
from config.schema import Settings
from gateway.core.contact import Address, AddressKind
from gateway.core.events import CallStage
from gateway.core.handoff import Agent, Role, Trace
from gateway.core.ids import AgentId, ChannelName, FileId, HandoffId, SessionId, Thread
from gateway.core.parts import FileRef
from gateway.core.session import Call, Session
from gateway.web.desk_calls import back_of, call_line, call_whole, caller_tag, has_phone, readable, record_of
from gateway.web.downloads import part_of
from tests.fakes import START

LINE = ChannelName("hotline")
NUMBER = "+8613800138000"
DIALLING = Phone(dial_prefixes=("+86", "+1202"))
RECORDING = FileRef(id=FileId("r1"), name="call.wav", mime="audio/wav", size_bytes=16_044, sha256="0" * 64)


def agent(name: str = "desk07") -> Agent:
    return Agent(
        id=AgentId("a7"), name=name, shown_name="坐席 07", role=Role.AGENT, password_hash="", created_at=START, status_since=START
    )  # fmt: skip


def a_call(stage: CallStage = CallStage.CALLBACK, **more: Any) -> Call:
    call = Call(id="c1", stage=stage, since=START, began_at=START - timedelta(minutes=2), number=NUMBER)
    return structs.replace(call, **more)


def session(call: Call | None, value: str = NUMBER, **more: Any) -> Session:
    return Session(
        id=SessionId("s1"), channel=LINE, thread=Thread("t1"), episode=1, address=Address(AddressKind.PHONE, "", value), opened_at=START,
        state_since=START, call=call, **more,
    )  # fmt: skip


def trace(what: str, **why: Any) -> Trace:
    return Trace(handoff_id=HandoffId("h1"), session_id=SessionId("s1"), at=START, what=what, why=why)


def test_a_call_in_a_list_says_where_it_stands_and_since_when() -> None:
    assert call_line(None) is None
    assert call_line(a_call(CallStage.UP)) == {
        "stage": "up", "since": START, "began_at": START - timedelta(minutes=2), "number": NUMBER, "shown": "+86 138 0013 8000",
        "is_up": True, "wants_callback": False, "is_dialling": False, "asked_at": None, "why": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("stage", "standing"),
    [
        ("up", (True, False)), ("ringing", (True, False)), ("talking", (True, False)), ("missed", (True, False)), ("held", (True, False)),
        ("callback", (False, True)), ("voicemail", (False, True)), ("away", (False, True)), ("ended", (False, False)),
    ],
)  # fmt: skip
def test_every_stage_says_whether_somebody_is_on_the_line(stage: str, standing: tuple[bool, bool]) -> None:
    told = call_line(a_call(CallStage(stage)))
    assert told is not None
    assert (told["is_up"], told["wants_callback"]) == standing


def test_the_whole_call_says_how_this_agent_would_speak_and_what_is_on_record() -> None:
    phone = Phone(dial_prefixes=("+86",), agents={"desk07": "sip:107@10.0.0.2"}, recognizer=Recognizer(provider="http", url="https://x"))
    settings = Settings(channels={LINE: phone})
    traces = [trace("queued"), trace("call", seconds=61), trace("call", call="c1", stage="ended", seconds=133, codec="PCMA")]
    told = call_whole(agent(), session(a_call(recording=RECORDING), is_doubtful=True), settings, traces, START)
    assert told is not None
    assert {key: told[key] for key in ("is_proven", "speaks", "hears", "back", "recording", "record")} == {
        "is_proven": False, "speaks": "phone", "hears": True, "back": {"may": True, "why": ""}, "recording": RECORDING,
        "record": {"seconds": 133, "codec": "PCMA"},
    }  # fmt: skip
    assert call_whole(agent(), session(None), settings, traces, START) is None
    bare = call_whole(agent("other"), session(a_call()), Settings(channels={LINE: Phone()}), [], START)
    assert bare is not None
    assert (bare["speaks"], bare["hears"], bare["is_proven"], bare["record"]) == ("aloud", False, True, None)


def test_an_agent_is_rung_by_name_or_as_anybody() -> None:
    assert has_phone(Phone(agents={"desk07": "PJSIP/107"}), agent())
    assert has_phone(Phone(agents={"*": "PJSIP/{name}"}), agent())
    assert not has_phone(Phone(agents={"desk08": "PJSIP/108"}), agent())
    assert not has_phone(Phone(agents={"*": "PJSIP/{name}"}), agent("坐席 07"))  # no part of an address
    assert not has_phone(None, agent())


@pytest.mark.parametrize(
    ("configured", "call", "why"),
    [
        (DIALLING, a_call(), ""),
        (DIALLING, a_call(CallStage.ENDED), ""),
        (DIALLING, a_call(number="+12025550123"), ""),
        (DIALLING, a_call(CallStage.TALKING), "caller_on_line"),
        (DIALLING, a_call(CallStage.RINGING, is_dialling=True), "calling"),
        (DIALLING, a_call(asked_at=START), "calling"),
        (DIALLING, a_call(asked_at=START - timedelta(minutes=1)), ""),
        (DIALLING, a_call(number=""), "number_withheld"),
        (DIALLING, a_call(number="+4420555"), "number_forbidden"),
        (DIALLING, a_call(number="alice"), "number_withheld"),
        (Phone(), a_call(), "calls_off"),
        (None, a_call(), "calls_off"),
    ],
)
def test_a_customer_who_cannot_be_called_has_a_reason(configured: Phone | None, call: Call, why: str) -> None:
    assert back_of(configured, session(call, value=call.number), START) == {"may": why == "", "why": why}


def test_a_record_is_the_newest_calls_and_never_endless() -> None:
    assert record_of([trace("queued")]) is None
    assert len(record_of([trace("call", **{f"f{n}": n for n in range(99)})]) or {}) == 24


@pytest.mark.parametrize(
    ("number", "shown"),
    [(NUMBER, "+86 138 0013 8000"), ("+12025550123", "+1 202-555-0123"), ("95588", "95588"), ("alice", "alice"), ("+", "+"), ("", "")],
)
def test_a_number_is_shown_as_people_read_it(number: str, shown: str) -> None:
    assert readable(number) == shown


def test_a_caller_is_called_by_the_number_and_whoever_withholds_it_by_nothing() -> None:
    assert caller_tag(session(a_call())) == "+86 138 0013 8000"
    assert caller_tag(session(None)) == "+86 138 0013 8000"
    assert caller_tag(session(a_call(number=""), value="c1@withheld")) is None


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("", None), ("bytes=0-", (0, 100)), ("bytes=10-19", (10, 20)), ("bytes=90-500", (90, 100)), ("bytes=-30", (70, 100)),
        ("bytes=-500", (0, 100)), ("bytes=100-", None), ("bytes=20-10", None), ("bytes=-", None), ("bytes=0-1,5-6", None),
        ("items=1-2", None), ("bytes=-0", None),
    ],
)  # fmt: skip
def test_a_player_gets_the_part_that_it_asks_for(asked: str, part: tuple[int, int] | None) -> None:
    assert part_of(asked, 100) == part

"""What the doctor says of a number over SIP: every verdict, with scripted parts."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import convert

from adapters.phone.diagnosis import Diagnosis
from adapters.phone.health import Page
from adapters.phone.sip.examination import SipExamination
from adapters.phone.sip.here import Port, own_address
from adapters.phone.sip.probing import Report, Ring
from adapters.phone.sip.registrar import Asked
from config.phone import Phone, Trunk
from config.texts import load_texts
from gateway.core.channel import Verdict
from gateway.core.errors import FrontdeskError
from gateway.core.ids import ChannelName
from gateway.core.texts import Texts

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TEXTS = Texts(load_texts())
WELL = Report(status=200, answered_ms=12, has_heard=True, was_heard=True, keys="47")
HERE = Page(NOW, "", {}, NOW, "desk-1")
TRUNK = {"host": "sip.carrier.example", "user": "100200", "password": "open sesame"}


def down(trouble: str) -> Page:
    return Page(None, trouble, {}, NOW, "desk-1")


class Scene:
    """A machine, as the examination finds it."""

    def __init__(
        self, *, port: Port = Port.FREE, detail: str = "", report: Report = WELL, trouble: str = "", asked: Asked | None = None,
        has_stack: bool = True, **sip: Any,
    ) -> None:  # fmt: skip
        self.rung: list[tuple[str, str]] = []
        self.started_count = 0
        self._report = report
        self._trouble = trouble
        self._asked = asked or Asked(code=200, reason="OK")
        settings = convert({"sip": sip, "type": "phone"}, Phone)
        self.examination = SipExamination(
            ChannelName("hotline"), settings, host="desk-1", now=lambda: NOW, look=lambda _: (port, detail), has_stack=lambda: has_stack,
            phone=self._phone, start=self._start, asks=self._asks,
        )  # fmt: skip

    @asynccontextmanager
    async def _phone(self) -> AsyncIterator[Ring]:
        async def ring(target: str, interface: str) -> Report:
            self.rung.append((target, interface))
            return self._report

        yield ring

    @asynccontextmanager
    async def _start(self) -> AsyncIterator[str]:
        self.started_count += 1
        yield self._trouble

    async def _asks(self, _: Trunk) -> Asked:
        return self._asked


async def said(scene: Scene, page: Page | None) -> tuple[bool, str]:
    verdict = await scene.examination.made(page)
    for language in ("en", "zh-CN", "zh-TW"):
        for key in filter(None, (verdict.why, verdict.todo)):
            assert "{" not in TEXTS.say(f"doctor.{key}", language, **verdict.values)
    return verdict.is_ok, TEXTS.say(f"doctor.{verdict.why}", "en", **verdict.values)


async def test_whoever_serves_is_rung() -> None:
    scene = Scene(port=Port.TAKEN)
    assert await said(scene, HERE) == (True, "answered a call of its own after 12 ms: sound goes both ways, keys are understood")
    assert scene.rung == [("sip:frontdesk@127.0.0.1:5060", "127.0.0.1")]
    assert scene.started_count == 0


@pytest.mark.parametrize(
    "page", [None, Page(NOW, "", {}, NOW - timedelta(seconds=46), "desk-1"), HERE, Page(NOW, "trunk_refused", {"now": 1})]
)
async def test_where_nobody_serves_a_line_is_started_and_rung(page: Page | None) -> None:
    scene = Scene(listen="127.0.0.1:5070", number="4008001234")
    verdict = await scene.examination.made(page)
    assert (verdict.is_ok, verdict.why) == (True, "phone.good_alone")
    assert scene.rung == [("sip:4008001234@127.0.0.1:5070", "127.0.0.1")]
    assert scene.started_count == 1


async def test_nobody_is_rung_where_the_calls_are_taken_elsewhere() -> None:
    page = Page(NOW, "", {}, NOW - timedelta(seconds=9), "desk-2")
    for port in Port:
        scene = Scene(port=port)
        verdict = await scene.examination.made(Page(page.at, "", {}, page.at, "desk-2"))
        assert (verdict.why, verdict.values["host"], verdict.values["seconds"]) == ("phone.elsewhere", "desk-2", "9")
        assert (scene.rung, scene.started_count) == ([], 0)


@pytest.mark.parametrize(
    ("scene", "page", "words"),
    [
        (Scene(has_stack=False), HERE, "the packages for calls over SIP are not installed"),
        (Scene(port=Port.TAKEN), None, "127.0.0.1:5060 is in use by another program"),
        (Scene(port=Port.TAKEN), down("unable"), "127.0.0.1:5060 is in use by another program"),
        (Scene(port=Port.TAKEN), down("unreachable"), "the process that takes calls has no line: unreachable"),
        (Scene(), down("unreachable"), "the process that takes calls has no line: unreachable"),
        (
            Scene(port=Port.FOREIGN, detail="Cannot assign requested address", listen="10.9.9.9:5060"),
            None,
            "10.9.9.9:5060 can't be listened on: Cannot assign requested address",
        ),
        (Scene(trouble="unable"), None, "the SIP worker does not start: unable"),
        (Scene(report=Report(trouble="no report in time")), None, "no test call could be made: no report in time"),
        (Scene(report=Report()), None, "a test call to 127.0.0.1:5060 was not answered within 8 s"),
        (Scene(report=Report(status=486)), None, "the line is engaged by another test call"),
        (
            Scene(report=Report(status=488, reason="Not Acceptable Here")),
            None,
            "a test call to 127.0.0.1:5060 was refused: 488 Not Acceptable Here",
        ),
        (Scene(report=Report(status=200, answered_ms=7)), None, "a test call was answered after 7 ms, and then nothing was heard"),
        (
            Scene(report=Report(status=200, answered_ms=7, has_heard=True)),
            None,
            "a test call was answered after 7 ms and heard us, but what it said did not reach us",
        ),
        (
            Scene(report=Report(status=200, answered_ms=7, has_heard=True, was_heard=True, keys="4")),
            None,
            "a test call was answered and heard, but its keys were not understood",
        ),
    ],
)
async def test_what_is_wrong_is_named(scene: Scene, page: Page | None, words: str) -> None:
    assert await said(scene, page) == (False, words)


async def test_a_gateway_that_is_just_starting_is_rung() -> None:
    scene = Scene(port=Port.TAKEN)
    assert (await scene.examination.made(down("starting"))).why == "phone.good"


REFUSED = Asked(code=403, reason="Forbidden")


@pytest.mark.parametrize(
    ("asked", "page", "words"),
    [
        (REFUSED, None, "the trunk sip.carrier.example refuses to register us: 403 Forbidden"),
        (Asked(trouble="no_host"), None, "there is no host by the name of the trunk, sip.carrier.example"),
        (
            Asked(trouble="certificate", detail="certificate has expired"),
            None,
            "no connection to the trunk sip.carrier.example that can be trusted: certificate has expired",
        ),
        (
            Asked(trouble="unreachable", detail="no answer in time"),
            None,
            "the trunk sip.carrier.example does not answer: no answer in time",
        ),
        (
            Asked(code=200),
            Page(NOW, "trunk_refused", {}, NOW, "desk-1"),
            "the trunk sip.carrier.example lets us in now, but who takes the calls is not registered yet",
        ),
        (
            Asked(trouble="unreachable", detail="no answer in time"),
            Page(NOW, "trunk_unreachable", {}, NOW, "desk-1"),
            "the trunk sip.carrier.example does not answer: no answer in time",
        ),
        (
            Asked(code=405),
            Page(NOW, "trunk_unreachable", {}, NOW, "desk-1"),
            "who takes the calls is not registered with the trunk sip.carrier.example",
        ),
    ],
)
async def test_a_trunk_that_does_not_let_us_in_is_named(asked: Asked, page: Page | None, words: str) -> None:
    scene = Scene(port=Port.TAKEN if page else Port.FREE, asked=asked, trunk=TRUNK)
    assert await said(scene, page) == (False, words)


@pytest.mark.parametrize(
    ("asked", "key"), [(Asked(code=200), "good"), (Asked(code=400), "unknown"), (Asked(trouble="no_address"), "unknown")]
)
async def test_a_trunk_that_lets_us_in_or_says_nothing_stands_beside(asked: Asked, key: str) -> None:
    verdict = await Scene(asked=asked, trunk=TRUNK).examination.made(None)
    assert (verdict.is_ok, [beside.why for beside in verdict.beside]) == (True, [f"phone.trunk_{key}"])


@pytest.mark.parametrize(
    ("page", "asked", "why"),
    [
        (Page(NOW, "", {}, NOW, "desk-2"), REFUSED, "phone.trunk_unknown"),  # from here it may well refuse us
        (Page(NOW, "", {}, NOW, "desk-1"), Asked(trouble="unreachable", detail="no answer in time"), "phone.trunk_unknown"),
    ],
)
async def test_whoever_is_registered_knows_better_than_a_question(page: Page, asked: Asked, why: str) -> None:
    verdict = await Scene(port=Port.TAKEN, asked=asked, trunk=TRUNK).examination.made(page)
    assert (verdict.is_ok, [beside.why for beside in verdict.beside]) == (True, [why])


async def test_a_line_on_all_addresses_is_rung_by_this_machines_own() -> None:
    scene = Scene(listen="0.0.0.0:5060")
    await scene.examination.made(None)
    address = own_address("0.0.0.0")
    assert scene.rung == [(f"sip:frontdesk@{address}:5060", address)]


@pytest.mark.parametrize("trunk", [{}, {**TRUNK, "register": False}, {"host": "sip.carrier.example"}])
async def test_a_trunk_that_wants_no_registering_is_not_asked(trunk: dict[str, Any]) -> None:
    assert (await Scene(asked=REFUSED, trunk=trunk).examination.made(None)).beside == ()


# The whole of a number


class Tried:
    def __init__(self, verdict: Verdict | Exception) -> None:
        self._verdict = verdict

    async def made(self, _: Page | None = None) -> Verdict:
        if isinstance(self._verdict, Exception):
            raise self._verdict
        return self._verdict


GOOD = Verdict(is_ok=True, why="phone.good")
SPEAKS = Verdict(is_ok=True, why="speech.good")
BAD = Verdict(is_ok=False, why="speech.no_voice")


async def nothing_known() -> Page | None:
    raise FrontdeskError("the record is away")


@pytest.mark.parametrize(
    ("line", "speech", "why", "beside"),
    [
        (GOOD, SPEAKS, "phone.good", ["speech.good"]),
        (GOOD, None, "phone.good", []),
        (GOOD, BAD, "speech.no_voice", []),
        (Verdict(is_ok=False, why="phone.mute"), BAD, "phone.mute", []),
        (RuntimeError("a stack of its own"), SPEAKS, "phone.no_test", []),
        (GOOD, RuntimeError("no engine"), "phone.no_test", []),
    ],
)
async def test_the_line_is_told_first_and_voice_and_ear_beside_it(
    line: Verdict | Exception, speech: Verdict | Exception | None, why: str, beside: list[str]
) -> None:
    aside: Callable[..., Any] | None = None if speech is None else Tried(speech).made
    verdict = await Diagnosis(ChannelName("hotline"), Tried(line), aside, nothing_known).made()
    assert (verdict.why, [one.why for one in verdict.beside]) == (why, beside)

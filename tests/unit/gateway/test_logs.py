"""Log lines: one per event, readable by people and machines, without secrets and without what customers wrote."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Literal

import pytest

from gateway.core.errors import Busy
from gateway.logs import configure, place

log = logging.getLogger("gateway.test")


@pytest.fixture(autouse=True)
def untouched_logging() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)
    logging.captureWarnings(capture=False)


def logged(form: Literal["text", "json"] = "text", level: str = "debug", secrets: tuple[str, ...] = ()) -> io.StringIO:
    stream = io.StringIO()
    configure(level, form, secrets=secrets, stream=stream)
    return stream


def test_a_line_tells_when_how_grave_who_what_and_the_facts() -> None:
    lines = logged()
    log.info("lane taken", extra={"lane": 3, "worker": "w 1"})
    assert lines.getvalue().split(" ", 1)[1] == 'info    gateway.test: lane taken lane=3 worker="w 1"\n'


def test_a_json_line_is_one_object() -> None:
    lines = logged("json")
    log.warning("lane taken", extra={"lane": 3})
    line = json.loads(lines.getvalue())
    assert line.pop("at").endswith("Z")
    assert line == {"level": "warning", "logger": "gateway.test", "event": "lane taken", "lane": 3}


def test_the_level_is_kept() -> None:
    lines = logged(level="warning")
    log.info("quiet")
    log.warning("loud")
    assert "quiet" not in lines.getvalue()
    assert "loud" in lines.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_secret_is_hidden_however_it_is_written(form: Literal["text", "json"]) -> None:
    lines = logged(form, secrets=('pass"word\\geheim', "口令/口令/口令"))
    log.info(
        "came", extra={"line": 'with pass"word\\geheim', "url": "https://h/?p=%E5%8F%A3%E4%BB%A4%2F%E5%8F%A3%E4%BB%A4%2F%E5%8F%A3%E4%BB%A4"}
    )
    assert "geheim" not in lines.getvalue()
    assert "%E5" not in lines.getvalue()


def test_what_a_client_offers_as_a_subprotocol_is_not_quoted() -> None:
    lines = logged()
    logging.getLogger("aiohttp.websocket").warning("%s: Client protocols %r don't overlap", "127.0.0.1", ["a-token-of-somebody"])
    assert lines.getvalue() == ""


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_line_break_in_a_fact_does_not_forge_a_second_line(form: Literal["text", "json"]) -> None:
    lines = logged(form)
    log.info("came", extra={"page": "/a\n2026-11-21 error gateway: all is lost\x1b[2J"})
    assert lines.getvalue().count("\n") == 1
    assert "\x1b" not in lines.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_exception_is_its_type_and_place_and_never_its_words(form: Literal["text", "json"]) -> None:
    lines = logged(form)
    try:
        int("我的密码是 hunter2")
    except ValueError:
        log.exception("turn failed")
    assert "ValueError at tests/unit/gateway/test_logs.py:" in lines.getvalue()
    assert "hunter2" not in lines.getvalue()
    assert lines.getvalue().count("\n") == 1


def test_an_error_of_ours_is_told_with_its_words() -> None:
    assert place(Busy("lane 3", 2)) == "Busy (lane 3 is full; try again in 2 s)"


def test_an_errors_cause_is_named() -> None:
    def asked() -> None:
        try:
            {"a": 1}["a customer's words"]
        except KeyError as error:
            raise OSError("more of them") from error

    with pytest.raises(OSError) as caught:
        asked()
    told = place(caught.value)
    assert told.startswith("OSError at tests/unit/gateway/test_logs.py:")
    assert told.endswith("; from KeyError")
    assert "words" not in told


def test_a_configured_secret_never_appears() -> None:
    lines = logged(secrets=("correct horse", ""))
    log.info("with %s", "correct horse battery", extra={"fact": "correct horse"})
    assert lines.getvalue().split(" ", 1)[1] == 'info    gateway.test: with [hidden] battery fact="[hidden]"\n'


@pytest.mark.parametrize(
    "said",
    [
        "Authorization: Bearer s3cr3t-value",
        "postgresql://frontdesk:s3cr3t-value@db/frontdesk",
        "redis://:s3cr3t-value@cache:6379/0",
        "https://api.example.com/token?access_token=s3cr3t-value&x=1",
        "{'password': 's3cr3t-value'}",
        "whsec_s3cr3tvalue",
        "eyJhbGciOi.eyJzdWIiOi.s3cr3t-value",
    ],
)
def test_what_looks_like_a_secret_is_hidden(said: str) -> None:
    lines = logged()
    log.info(said)
    assert "[hidden]" in lines.getvalue()
    assert "s3cr3t" not in lines.getvalue()


def test_an_ordinary_line_is_left_alone() -> None:
    lines = logged()
    log.info("lane taken by a new holder", extra={"lane": 3, "url": "https://help.example.com:8080/chat"})
    assert "[hidden]" not in lines.getvalue()

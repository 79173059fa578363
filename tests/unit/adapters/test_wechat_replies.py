"""Answers on the line: in the form in which the push came, and the very same for a repeat."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from gateway.core.channel import Reply
from gateway.core.parts import Choice, Choices, File, FileRef, Part, Text
from tests.peers.wechat.account import Account
from tests.unit.adapters.wechat_account import AT_S, GH, OPENID, account, channel, fields, raw_of, shown

AT = datetime(2026, 11, 2, 9, 30, 1, tzinfo=UTC)
MODES = [(mode, style) for mode in ("plain", "compatible", "safe") for style in ("xml", "json")]
CHOICES = Choices("Which one?", (Choice("a", "A"),))
IMAGE = File(FileRef(id="f", name="a.png", mime="image/png", size_bytes=1, sha256="0"))  # type: ignore[arg-type]


def placed(part: Part, to: Account | None = None, at: datetime = AT, **pushed: Any) -> Reply | None:
    """The response to a text message."""
    to = to or account()
    ours = channel(mode=to.mode)
    (inbound,) = ours.parse(raw_of(fields(**pushed), to=to)).events
    found = ours.in_place((part,), inbound, at)
    assert found is None or found[1] == 1
    return found[0] if found else None


@pytest.mark.parametrize(("mode", "style"), MODES)
def test_an_answer_goes_back_as_the_push_came(mode: Any, style: Any) -> None:
    to = account(mode=mode, style=style)
    reply = placed(Text('您好 <a href="https://example.com">链接</a> & ]]> 完'), to)
    assert reply is not None
    said = shown(reply.body, to)
    assert said["Content"] == '您好 <a href="https://example.com">链接</a> & ]]> 完'
    assert (said["ToUserName"], said["FromUserName"], int(said["CreateTime"])) == (OPENID, GH, AT_S + 1)
    assert reply.content_type == ("application/json" if style == "json" else "application/xml")
    assert (b"Encrypt" in reply.body) == (mode != "plain")


@pytest.mark.parametrize(("mode", "style"), MODES)
def test_a_repeat_gets_the_very_same_bytes(mode: Any, style: Any) -> None:
    to = account(mode=mode, style=style)
    assert placed(Text("hello"), to) == placed(Text("hello"), to)
    assert placed(Text("hello"), to) != placed(Text("hello"), to, at=AT + timedelta(seconds=1))


def test_answers_to_two_pushes_are_not_enciphered_alike() -> None:
    assert placed(Text("hello"), MsgId="1") != placed(Text("hello"), MsgId="2")


@settings(max_examples=60, deadline=None)
@given(text=st.text(min_size=1, max_size=200).filter(lambda text: bool(text.strip())))
def test_whatever_is_said_the_platform_can_read(text: str) -> None:
    for style in ("xml", "json"):
        to = account(mode="plain", style=style)
        reply = placed(Text("." + text), to)
        assert reply is not None
        assert str(shown(reply.body, to)["Content"]).startswith(".")


def test_a_menu_and_a_file_go_by_the_other_road() -> None:
    assert placed(CHOICES) is None
    assert placed(IMAGE) is None
    assert placed(Text("好" * 700)) is None


def test_nothing_to_say_and_a_push_of_somewhere_else_have_no_answer_on_the_line() -> None:
    ours = channel()
    (inbound,) = ours.parse(raw_of(fields())).events
    assert ours.in_place((), inbound, AT) is None
    assert ours.in_place((Text("hello"),), structs.replace(inbound, line=""), AT) is None


@pytest.mark.parametrize(("mode", "style"), MODES)
def test_who_follows_is_greeted_at_once_and_the_same_at_each_repeat(mode: Any, style: Any) -> None:
    to = account(mode=mode, style=style)
    ours = channel(mode=mode, greeting={"en": "Hello!", "zh-CN": "您好！"})
    first = ours.parse(raw_of(fields(Event="subscribe", EventKey=""), to=to)).reply
    again = ours.parse(raw_of(fields(Event="subscribe", EventKey=""), to=to, nonce="5", at_s=AT_S + 5)).reply
    assert shown(first.body, to)["Content"] == "您好！"
    assert first == again


def test_everything_else_is_acknowledged() -> None:
    for pushed in ({"Content": "hi"}, {"Event": "unsubscribe"}, {"Event": "LOCATION"}):
        assert channel().parse(raw_of(fields(**pushed))).reply.body == b"success"


def test_an_account_without_a_greeting_of_its_own_has_ours() -> None:
    ours = channel(greeting={})
    reply = ours.parse(raw_of(fields(Event="subscribe", EventKey=""))).reply
    assert "人工" in shown(reply.body)["Content"]

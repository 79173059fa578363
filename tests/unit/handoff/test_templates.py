"""Approved forms: what they leave open, and how they read when it is filled in."""

import pytest
from msgspec import structs

from config.schema import Settings, WebChat
from config.wechat import NoticeTemplate, WeChat
from gateway.core.errors import Faulty, NotFound
from gateway.core.ids import ChannelName
from gateway.core.parts import Notice
from handoff.templates import fields, notice, templates_of, title_of

OA = ChannelName("oa")
WORDS = "{{first.DATA}}\n单号{{number3.DATA}}，再说一次{{number3.DATA}}"
FORM = NoticeTemplate(id="t1", title={"zh-CN": "发货", "en": "Shipped"}, text=WORDS)
ACCOUNT = WeChat(app_id="wx1", app_secret="s", token="token", mode="plain", templates={"shipped": FORM})
SETTINGS = structs.replace(Settings(), channels={"oa": ACCOUNT, "site": WebChat()})


def test_each_field_is_asked_for_once_with_what_the_platform_takes() -> None:
    assert [(one.name, one.max_chars) for one in fields(FORM)] == [("first", 200), ("number3", 32)]


def test_what_is_filled_in_stands_wherever_the_field_does() -> None:
    said = notice(SETTINGS, OA, "shipped", {"first": " 您好 ", "number3": "7\n8", "more": "x"})
    assert said == Notice("shipped", {"first": "您好", "number3": "7 8"}, "您好\n单号7 8，再说一次7 8")


def test_a_value_is_text_and_no_field_of_its_own() -> None:
    said = notice(SETTINGS, OA, "shipped", {"first": "{{number3.DATA}}", "number3": "1"})
    assert said.text.split("\n")[0] == "{{number3.DATA}}"


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(Faulty) as caught:
        notice(SETTINGS, OA, "shipped", {"first": "  ", "number3": "7" * 33})
    assert [key for key, _ in caught.value.problems] == ["first", "number3"]
    assert caught.value.codes == (("missing", {}), ("too_long", {"count": "32"}))


def test_only_the_channels_own_forms_are_sent() -> None:
    with pytest.raises(NotFound):
        notice(SETTINGS, OA, "other", {})
    assert templates_of(SETTINGS, ChannelName("site")) == {}


def test_a_form_is_called_what_agents_read_best() -> None:
    assert [title_of("shipped", FORM, tag) for tag in ("zh-TW", "en", "fr")] == ["发货", "Shipped", "Shipped"]
    assert title_of("shipped", structs.replace(FORM, title={}), "en") == "shipped"

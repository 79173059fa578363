"""What is wrong with a WeChat account's settings is told before anything starts."""

from typing import Any

import pytest
from msgspec import structs

from config.wechat import NoticeTemplate, WeChat, WeComKf
from config.wechat_rules import check_wechat

AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
GOOD = WeChat(app_id="wx0123456789abcdef", app_secret="s", token="abc", aes_key=AES_KEY)
KEY = ("channels", "oa")


def found(**changed: Any) -> list[str]:
    """The keys that something is wrong with."""
    return [".".join(key[2:]) for key, _ in check_wechat(KEY, structs.replace(GOOD, **changed))]


def test_good_settings_have_no_problem() -> None:
    assert found() == []
    assert found(mode="plain", aes_key="") == []


@pytest.mark.parametrize("token", ["", "ab", "a" * 33, "a-b-c", "令牌令牌"])
def test_a_token_is_three_to_thirty_two_letters_and_digits(token: str) -> None:
    assert found(token=token) == ["token"]


@pytest.mark.parametrize("aes_key", ["", AES_KEY[:42], AES_KEY + "=", "!" * 43, AES_KEY[:42] + "九"])
def test_an_aes_key_is_the_43_signs_of_the_backend(aes_key: str) -> None:
    assert found(aes_key=aes_key) == ["aes_key"]


@pytest.mark.parametrize(
    "url", ["https://api.weixin.qq.com", "http://127.0.0.1:9", "http://localhost:8090", "http://10.0.0.7", "http://[::1]:80"]
)
def test_calls_go_out_enciphered_or_stay_in_the_house(url: str) -> None:
    assert found(api_base=url) == []


@pytest.mark.parametrize(
    "url", ["http://api.weixin.qq.com", "http://8.8.8.8", "ftp://api.weixin.qq.com", "api.weixin.qq.com", "https://u:p@a.example"]
)
def test_a_secret_never_goes_over_an_open_line(url: str) -> None:
    assert found(api_base=url) == ["api_base"]


def test_what_is_missing_is_named_all_at_once() -> None:
    assert found(app_id="", app_secret="", greeting={"chinese!": "hi"}, menu={"REFUND": " "}) == [
        "greeting.chinese!",
        "app_id",
        "app_secret",
        "menu.REFUND",
    ]


def test_a_template_has_an_id_and_fields() -> None:
    assert found(templates={"reply": NoticeTemplate(id="", text="no field", url="javascript:1")}) == [
        "templates.reply.id",
        "templates.reply.text",
        "templates.reply.url",
    ]
    assert found(templates={"reply": NoticeTemplate(id="T", text="{{thing1.DATA}}", url="https://a.example")}) == []


def test_a_company_has_an_id_a_secret_and_a_key() -> None:
    company = WeComKf(corp_id="", secret="", token="abc", aes_key="")
    assert [key[-1] for key, _ in check_wechat(KEY, company)] == ["corp_id", "secret", "aes_key"]

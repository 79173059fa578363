"""The rules of the systems that the bot may ask."""

from pathlib import Path

import pytest

from config.loader import load, secrets_of
from config.problems import ConfigError


def wrong(folder: Path, text: str) -> list[str]:
    file = folder / "frontdesk.toml"
    file.write_text(text)
    try:
        load(file, {"TOKEN": "s3cret-token"})
    except ConfigError as error:
        return [problem.message for problem in error.problems]
    return []


@pytest.mark.parametrize(
    "address",
    ["https://orders.example.com", "https://orders.example.com:8443/api/v2/", "http://orders",
     "http://127.0.0.1:9000", "http://10.0.0.5/x", "http://erp.internal"],
)  # fmt: skip
def test_good_addresses(tmp_path: Path, address: str) -> None:
    assert wrong(tmp_path, f'[bot.actions.orders]\nbase_url = "{address}"\n') == []


@pytest.mark.parametrize(
    "address",
    ["", "orders", "ftp://orders", "https://", "https://user:pw@host/", "https://host/?a=b", "https://host/#x", "https://host/a/../b",
     "https://host//b", "http://orders.example.com", "http://8.8.8.8", "https://host:99999", "https://ho st"],
)  # fmt: skip
def test_bad_addresses(tmp_path: Path, address: str) -> None:
    (message,) = wrong(tmp_path, f'[bot.actions.orders]\nbase_url = "{address}"\n')
    assert message.startswith("expected")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('headers = {Host = "evil"}', "name of a header"),
        ('headers = {"X A" = "b"}', "name of a header"),
        ('headers = {X-A = "b\\r\\nX-B: c"}', "without line breaks"),
        ('customer = {X-Who = "password"}', "expected one of"),
        ('headers = {x-who = "1"}\ncustomer = {X-Who = "contact"}', "does not set"),
        ("methods = []", "expected GET"),
        ('methods = ["DELETE"]', "expected one of"),
        ('probe = "http://x"', "expected a path"),
        ('probe = "/a/../b"', "expected a path"),
    ],
)
def test_what_may_not_be_sent(tmp_path: Path, line: str, expected: str) -> None:
    messages = wrong(tmp_path, f'[bot.actions.orders]\nbase_url = "https://a.example"\n{line}\n')
    assert len(messages) == 1
    assert expected in messages[0]


def test_an_endpoint_needs_its_model(tmp_path: Path) -> None:
    assert wrong(tmp_path, '[bot.answerer]\nbase_url = "https://llm.example.com/v1"\n') == [
        "expected the model's name, as the endpoint calls it"
    ]
    assert wrong(tmp_path, '[bot.answerer]\nbase_url = "https://llm.example.com/v1"\nmodel = "m"\n') == []


def test_headers_are_secrets(tmp_path: Path) -> None:
    file = tmp_path / "frontdesk.toml"
    file.write_text('[bot.actions.orders]\nbase_url = "https://a.example"\nheaders = {Authorization = "env:TOKEN"}\n')
    assert "s3cret-token" in list(secrets_of(load(file, {"TOKEN": "s3cret-token"})))

"""`Authentication-Results` are believed from our own mail server alone."""

import pytest

from adapters.email.vouching import Finding, Statement, read, speakers, trusted
from tests.effort import at_most

OURS = "mx.example.com"


def test_a_header_is_read_with_its_comments_versions_and_properties() -> None:
    statement = read(
        "mx.example.com 1; dmarc=pass (p=NONE (nested \\) ) sp=NONE) header.from=Example.NET; "
        'dkim/1 = pass reason="a;b=c d" header.d=example.net'
    )
    assert statement == Statement(
        "mx.example.com",
        (
            Finding("dmarc", "pass", (("header.from", "example.net"),)),
            Finding("dkim", "pass", (("reason", "a_b_c_d"), ("header.d", "example.net"))),
        ),
        is_lenient=True,
    )


@pytest.mark.parametrize(
    ("value", "by", "methods"),
    [
        (
            "mx.google.com; dkim=pass header.i=@example.net; spf=pass smtp.mailfrom=a@example.net; dmarc=pass",
            "mx.google.com",
            ["dkim", "spf", "dmarc"],
        ),
        (
            "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.net; dmarc=pass action=none header.from=example.net",
            "",
            ["spf", "dmarc"],
        ),
        ("mx.example.com; none", "mx.example.com", []),
        ("", "", []),
        (";;;=;= ;a=;=b", "", []),
        ('mx.example.com; "; dmarc=pass', "mx.example.com", []),
        ("mx.example.com; (dmarc=pass", "mx.example.com", []),
    ],
)
def test_what_cannot_be_understood_is_left_out(value: str, by: str, methods: list[str]) -> None:
    statement = read(value)
    assert statement.by == by
    assert [finding.method for finding in statement.findings] == methods


@pytest.mark.parametrize("value", ["(" * 1_000_000, "a;" * 500_000, '"' * 999_999, " = " * 300_000, "\\" * 900_000], ids=str.__len__)
def test_a_hostile_header_takes_no_time(value: str) -> None:
    at_most(20, lambda: read(value))


def test_the_topmost_of_the_configured_name_is_believed() -> None:
    headers = [
        ("received", "by mx.example.com"),
        ("authentication-results", "relay.example.org; dmarc=pass"),
        ("authentication-results", "MX.example.com; dmarc=fail header.from=example.net"),
        ("authentication-results", "mx.example.com; dmarc=pass header.from=example.net"),
        ("from", "a@example.net"),
    ]
    found = trusted(headers, "mx.Example.com ")
    assert found is not None
    assert found.of("dmarc")[0].result == "fail"


def test_nobody_is_believed_without_a_name_and_nothing_from_within_the_letter() -> None:
    pasted = ("authentication-results", "mx.example.com; dmarc=pass")
    assert trusted([pasted], "") is None
    assert trusted([("dkim-signature", "v=1"), pasted], OURS) is None
    assert trusted([("subject", "hello"), pasted], OURS) is None
    assert trusted([("authentication-results", "dmarc=pass")], OURS) is None
    assert trusted([("arc-authentication-results", "i=1; mx.example.com; dmarc=pass")], OURS) is None


def test_exchange_online_names_itself_in_none() -> None:
    found = trusted(
        [("authentication-results", "spf=pass smtp.mailfrom=example.net; dmarc=pass header.from=example.net")], "mx.microsoft.com"
    )
    assert found is not None
    assert found.of("dmarc")[0].result == "pass"


def test_the_names_that_could_be_believed_are_those_above_the_letter() -> None:
    headers = [
        ("authentication-results", "mx.example.com; spf=pass"), ("authentication-results", "dmarc=pass"), ("from", "a@example.net"),
        ("authentication-results", "mx.attacker.example; dmarc=pass"),
    ]  # fmt: skip
    assert speakers(headers) == ["mx.example.com", "mx.microsoft.com"]

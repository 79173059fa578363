"""What a web chat asks its visitors is understood whole, or refused with everything that is wrong in it."""

from pathlib import Path

import pytest

from config.loader import load
from config.problems import ConfigError
from config.schema import Consent, FormField, Settings, WebChat


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path("frontdesk.toml")


def understood(file: Path, text: str) -> Settings:
    file.write_text('[channels.site]\ntype = "webchat"\n' + text, encoding="utf-8")
    return load(file, {})


def refused(file: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        understood(file, text)
    return [line.removeprefix("frontdesk.toml:").split(": ", 1)[1] for line in str(caught.value).splitlines()]


def test_a_consent_and_a_form_are_read(file: Path) -> None:
    found = understood(
        file,
        """
consent = {version = "2026-11", text = {zh-CN = "我同意", en = "I agree"}, url = "/privacy"}
form = [{name = "email", required = true}, {name = "order_no", label = {en = "Order number"}}]
""",
    )
    assert found.channels["site"] == WebChat(
        consent=Consent(version="2026-11", text={"zh-CN": "我同意", "en": "I agree"}, url="/privacy"),
        form=(FormField(name="email", required=True), FormField(name="order_no", label={"en": "Order number"})),
    )


def test_everything_wrong_with_them_is_told_at_once(file: Path) -> None:
    assert refused(
        file,
        f"""
offline_form = true
consent = {{version = "a b", text = {{fr = "Oui", en = "  "}}, url = "javascript:alert(1)"}}
form = [
    {{name = "Order No", label = {{en = "Order"}}}},
    {{name = "email", label = {{en = "Mail"}}, requierd = true}},
    {{name = "colour"}},
    {{name = "phone"}},
    {{name = "phone"}},
    {{name = "size", label = {{en = "{"x" * 81}"}}}},
    {{required = true}},
    "name",
    {{name = "weight", label = {{en = "Weight"}}}},
]
""",
    ) == [
        "[channels.site] form.2.requierd: unknown key: is it `required`?",
        "[channels.site] form.7.name: missing: it has no default",
        "[channels.site] form.8: expected a table, got a value",
        "[channels.site] form.8.name: missing: it has no default",
        "[channels.site] consent.version: expected letters, digits, dots, - and _, at most 64",
        "[channels.site] consent.text.fr: unknown language 'fr'; known: zh-CN, zh-TW, en",
        "[channels.site] consent.text.en: expected 1 to 2000 characters, got 2",
        '[channels.site] consent.url: expected "https://..." or a path such as "/privacy", at most 2048 characters',
        "[channels.site] form: expected at most 8 fields, got 9",
        "[channels.site] form.1.name: expected a-z, 0-9 and _, at most 32, got 'Order No'",
        "[channels.site] form.2.label: expected none: 'email' has labels of ours; a field of your own needs another name",
        '[channels.site] form.3.label: expected a label by language, such as {en = "Order number"}, got none',
        "[channels.site] form.6.label.en: expected 1 to 80 characters, got 81",
        "[channels.site] form: expected each name once, got 'phone' twice",
        "[channels.site] offline_form: expected [queues.default] to have hours: it is always open",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('form = "name"', "form: expected a list of tables"),
        ("consent = true", "consent: expected a table, got a value"),
        ('consent = {version = "1"}', 'consent.text: expected a text by language, such as {en = "I agree ..."}, got none'),
        ('consent = {text = {en = "Yes"}}', 'consent.version: expected a version such as "2026-11": without one nothing is asked'),
    ],
)
def test_half_a_consent_or_no_form_at_all_is_refused(file: Path, text: str, problem: str) -> None:
    assert refused(file, text) == [f"[channels.site] {problem}"]


@pytest.mark.parametrize("url", ["//evil.example", "http://a.example/x", "/\\evil.example", "https://user@a.example/", "privacy"])
def test_a_consents_address_is_ours_or_https(file: Path, url: str) -> None:
    assert len(refused(file, f'consent = {{version = "1", text = {{en = "Yes"}}, url = \'{url}\'}}')) == 1


@pytest.mark.parametrize("url", ["/privacy?lang=en", "https://www.example.com/privacy#chat", "https://www.example.com"])
def test_a_good_address_is_taken(file: Path, url: str) -> None:
    assert understood(file, f'consent = {{version = "1", text = {{en = "Yes"}}, url = "{url}"}}').channels

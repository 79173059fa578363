"""The configuration is understood whole or refused with everything that is wrong in it."""

import contextlib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.loader import load, secrets_of
from config.problems import ConfigError
from config.schema import Api, Settings, WebChat

JWT = "a-secret-of-thirty-two-bytes-or-more"
API = """
[channels.crm]
type = "api"
token = "env:CRM_TOKEN"
webhook_url = "https://crm.example.com/hook"
webhook_secret = "env:CRM_SIGNING"
"""
PEM = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9
q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==
-----END PUBLIC KEY-----
"""
"""A good key, but of an elliptic curve."""
ENVIRON = {"SITE_JWT": JWT, "CRM_TOKEN": "token-of-the-crm", "CRM_SIGNING": "whsec_" + "QUJD" * 8}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path("frontdesk.toml")


def understood(file: Path, text: str, **environ: str) -> Settings:
    file.write_text(text, encoding="utf-8")
    return load(file, {**ENVIRON, **environ})


def refused(file: Path, text: str, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        understood(file, text, **environ)
    return str(caught.value).splitlines()


def test_without_a_file_the_built_in_settings_hold() -> None:
    found = load(None, {})
    assert found.gateway.listen == "127.0.0.1:8080"
    assert found.store.url == "sqlite:///data/frontdesk.db"
    assert found.bus.url == "local:"
    assert found.channels == {"site": WebChat()}
    assert list(found.queues) == ["default"]


def test_an_empty_file_is_no_file(file: Path) -> None:
    assert understood(file, "") == load(None, {})


def test_the_keys_that_are_fixed_are_understood(file: Path) -> None:
    found = understood(
        file,
        """
        [gateway]
        listen = "127.0.0.1:8080"
        public_url = "https://help.example.com/"
        data_dir = "data"
        languages = ["zh-CN", "zh-TW", "en"]
        [bot]
        knowledge = "config/knowledge"
        target_precision = 0.95
        [channels.site]
        type = "webchat"
        origins = ["https://www.example.com"]
        jwt_secret = "env:SITE_JWT"
        """,
    )
    assert found.gateway.public_url == "https://help.example.com"
    assert found.bot.knowledge == "config/knowledge"
    assert found.channels == {"site": WebChat(origins=("https://www.example.com",), jwt_secret=JWT)}


def test_five_mistakes_are_listed_all_at_once_with_their_lines(file: Path) -> None:
    text = """[gateway]
listn = "127.0.0.1:8080"

[bus]
lanes = "many"

[queues.refunds]
hours = "office"

[channels.site]
type = "webchat"
origins = ["www.example.com/shop"]
jwt_secret = "env:NOT_SET"
"""
    assert refused(file, text) == [
        "frontdesk.toml:2: [gateway] listn: unknown key: is it `listen`?",
        "frontdesk.toml:5: [bus] lanes: expected a whole number >= 1 and <= 1024, got 'many'",
        "frontdesk.toml:13: [channels.site] jwt_secret: the environment variable NOT_SET is not set",
        "frontdesk.toml:8: [queues.refunds] hours: unknown hours 'office'; known: none",
        (
            'frontdesk.toml:12: [channels.site] origins: expected origins such as "https://www.example.com": scheme and host, '
            "nothing behind, got 'www.example.com/shop'"
        ),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[gatewai]", "frontdesk.toml:1: [gatewai]: unknown key: is it `gateway`?"),
        ("gateway = 1", "frontdesk.toml:1: [gateway]: expected a table, got a value"),
        ("[gateway]\nlisten = 8080", "frontdesk.toml:2: [gateway] listen: expected text, got 8080"),
        ('[gateway]\nlisten = "8080"', "[gateway] listen: expected \"address:port\" such as \"127.0.0.1:8080\", got '8080'"),
        ('[gateway]\nlisten = "[::1]:99999"', "listen: expected \"address:port\" such as \"127.0.0.1:8080\", got '[::1]:99999'"),
        ('[gateway]\npublic_url = "help.example.com"', "[gateway] public_url: expected a URL such as"),
        ('[gateway]\npublic_url = "https://help.example.com/desk"', "without a path, got 'https://help.example.com/desk'"),
        ("[gateway]\nlanguages = []", "[gateway] languages: expected at least one language"),
        ('[gateway]\nlanguages = ["zh_CN"]', "expected language tags such as \"zh-CN\" or \"en\", got 'zh_CN'"),
        ('[gateway]\nlanguages = "en"', "[gateway] languages: expected a list, got 'en'"),
        ('[gateway]\nlanguages = ["en", 7]', "[gateway] languages: item 2: expected text, got 7"),
        ('[gateway]\nlog_level = "loud"', "log_level: expected one of \"debug\", \"info\", \"warning\", \"error\", got 'loud'"),
        ('[gateway]\ntrusted_proxies = ["10.0.0.0/33"]', "expected addresses or networks such as \"10.0.0.0/8\", got '10.0.0.0/33'"),
        ("[gateway]\ndrain_s = 0", "[gateway] drain_s: expected a number > 0 and <= 86400, got 0"),
        ("[gateway]\nsession_idle_s = inf", "[gateway] session_idle_s: expected a number > 0, got inf"),
        ("[gateway]\ndrain_s = true", "[gateway] drain_s: expected a number > 0 and <= 86400, got true"),
        ("[bus]\nlanes = 1025", "[bus] lanes: expected a whole number >= 1 and <= 1024, got 1025"),
        ("[bus]\nrequire_durable = 1", "[bus] require_durable: expected true or false, got 1"),
        ('[bus]\nurl = "kafka://b"', 'expected "local:", "redis://HOST:PORT/0" or "rediss://...", got a URL that begins with "kafka:"'),
        ('[bus]\nurl = "redis://cache:port"', "[bus] url: expected"),
        ('[store]\nurl = "mysql://h/d"', '[store] url: expected "sqlite:///PATH" or'),
        ('[store]\nurl = "postgresql://h"\n[bus]\nurl = "redis://h"', '[store] url: expected "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"'),
        ('[store]\nurl = "postgresql://h/d"', "[bus] url: expected \"redis://HOST:PORT/0\": the local bus keeps its log in SQLite"),
        ("[bot]\ntarget_precision = 1.0", "[bot] target_precision: expected a number > 0 and < 1, got 1.0"),
        ("[queues]\nrefunds = 3", "frontdesk.toml:2: [queues.refunds]: expected a table, got a value"),
        ('[queues."退款"]', "expected a name of letters, digits, - and _, at most 64; what people read goes into a title"),
        ('[channels.oa]\ntype = "telegraph"', '[channels.oa] type: unknown type \'telegraph\': expected one of "webchat", "api"'),
        ("[channels.site]\norigins = []", '[channels.site] type: missing: expected one of "webchat", "api"'),
        ('[channels.site]\ntype = "webchat"\nqueue = "vip"', "[channels.site] queue: unknown queue 'vip'; known: default"),
        ('[channels.site]\ntype = "webchat"\nlink = "oa"', "[channels.site] link: unknown Official Account 'oa'; known: none"),
        ('[channels.site]\ntype = "webchat"\norigins = ["https://*.example.com"]', "got 'https://*.example.com'"),
        ('[channels.site]\ntype = "webchat"\njwt_secret = "short"', "jwt_secret: expected 32 bytes or more, got 5"),
        ('[channels.site]\ntype = "webchat"\norigins = ["https://WWW.Example.com:443"]', "expected 'https://www.example.com', as browsers"),
        ('[channels.site]\ntype = "webchat"\norigins = ["http://商店.example:8080"]', "expected 'http://xn--czrs0t.example:8080', as"),
        (f'[channels.site]\ntype = "webchat"\njwt_secret = """{PEM}"""', "got a key in PEM: a public one goes into jwt_public_key"),
        (f'[channels.site]\ntype = "webchat"\njwt_public_key = """{PEM}"""', "expected an RSA public key of 2048 bits or more in PEM"),
        ('[channels.site]\ntype = "webchat"\njwt_public_key = "a-word"', "expected an RSA public key of 2048 bits or more in PEM"),
        ('[channels.site]\ntype = "webchat"\nfile_types = ["png"]', "expected types such as \"image/png\", got 'png'"),
        ('[channels.site]\ntype = "webchat"\ngreeting = {zh_CN = "hi"}', "[channels.site] greeting.zh_CN: expected a language tag"),
        ('[channels.site]\ntype = "webchat"\ngreeting = {en = 3}', "[channels.site] greeting.en: expected text, got 3"),
        ("queues = []", "frontdesk.toml:1: [queues]: expected tables such as [queues.NAME]"),
        ("[bot]\n[bot]", "frontdesk.toml:2: not TOML: Cannot declare ('bot',) twice"),
        ("[gateway", "frontdesk.toml: not TOML: Expected ']' at the end of a table declaration"),
        ("[bus]\nlanes = " + "9" * 5000, "not TOML: a number or a nesting beyond all measure"),
        ("lanes = " + "[" * 5000, "not TOML: a number or a nesting beyond all measure"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_what_was_expected(file: Path, text: str, message: str) -> None:
    (line,) = refused(file, text)
    assert message in line


def test_both_jwt_keys_are_one_too_many(file: Path) -> None:
    pem = "-----BEGIN PUBLIC KEY-----\\nMIIB"
    (line,) = refused(file, f'[channels.site]\ntype = "webchat"\njwt_secret = "env:SITE_JWT"\njwt_public_key = "{pem}"')
    assert line.endswith("jwt_public_key: expected at most one of jwt_secret (HS256) and jwt_public_key (RS256), got both")


def test_an_api_channel_needs_its_secrets(file: Path) -> None:
    assert refused(file, '[channels.crm]\ntype = "api"') == [
        "frontdesk.toml:1: [channels.crm] token: missing: it has no default",
        "frontdesk.toml:1: [channels.crm] webhook_url: missing: it has no default",
        "frontdesk.toml:1: [channels.crm] webhook_secret: missing: it has no default",
    ]


def test_a_mailbox_without_its_servers_is_told_with_everything_else(file: Path) -> None:
    assert refused(file, '[channels.mail]\ntype = "email"\n[bot]\ntarget_precision = 95') == [
        "frontdesk.toml:4: [bot] target_precision: expected a number > 0 and < 1, got 95",
        "frontdesk.toml:1: [channels.mail] address: missing: it has no default",
        "frontdesk.toml:1: [channels.mail] imap: missing: it has no default",
        "frontdesk.toml:1: [channels.mail] smtp: missing: it has no default",
    ]


def test_an_api_channel_is_understood(file: Path) -> None:
    crm = understood(file, API).channels["crm"]
    assert crm == Api(token="token-of-the-crm", webhook_url="https://crm.example.com/hook", webhook_secret="whsec_" + "QUJD" * 8)


def test_a_weak_token_and_an_odd_signing_secret_are_refused(file: Path) -> None:
    lines = refused(file, API, CRM_TOKEN="1234", CRM_SIGNING="whsec_???")
    assert lines == [
        "frontdesk.toml:4: [channels.crm] token: expected 16 characters or more, got 4",
        "frontdesk.toml:6: [channels.crm] webhook_secret: expected whsec_ and the base64 of 24 to 64 random bytes",
    ]


def test_any_value_may_come_from_the_environment_or_a_file(file: Path) -> None:
    Path("origins").write_text("https://a.example.com, https://b.example.com\n", encoding="utf-8")
    found = understood(
        file,
        '[bus]\nlanes = "env:LANES"\n[gateway]\nname = "env:COMPANY"\n[channels.site]\ntype = "webchat"\norigins = "file:origins"\n',
        LANES="32",
        COMPANY="Exempel",
    )
    assert found.bus.lanes == 32
    assert found.gateway.name == "Exempel"
    assert found.channels["site"] == WebChat(origins=("https://a.example.com", "https://b.example.com"))


def test_a_file_reference_starts_at_the_configurations_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    (tmp_path / "jwt").write_text(JWT + "\n", encoding="utf-8")
    found = understood(tmp_path / "frontdesk.toml", '[channels.site]\ntype = "webchat"\njwt_secret = "file:jwt"')
    assert found.channels["site"] == WebChat(jwt_secret=JWT)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("env:EMPTY", "env:EMPTY is empty"),
        ("env:NOT_SET", "the environment variable NOT_SET is not set"),
        ("file:nowhere", "can't read nowhere: No such file or directory"),
        ("file:binary", "binary is not UTF-8 text"),
        ("file:big", "big has more than 65536 bytes: expected a file with this one value"),
    ],
)
def test_a_reference_to_nothing_is_told(file: Path, reference: str, message: str) -> None:
    Path("binary").write_bytes(b"\xff\xfe")
    Path("big").write_bytes(b"x" * 70_000)
    (line,) = refused(file, f'[gateway]\nname = "{reference}"', EMPTY="")
    assert line == f"frontdesk.toml:2: [gateway] name: {message}"


def test_no_problem_ever_quotes_a_secret(file: Path) -> None:
    text = """
    [store]
    url = "postgres://frontdesk:hunter2-hunter2@db/frontdesk"
    [bus]
    lanes = "env:PASSWORD"
    [channels.site]
    type = "webchat"
    jwt_secret = "hunter2-hunter2"
    [channels.crm]
    type = "api"
    token = 20022002
    webhook_url = "https://me:hunter2-hunter2@crm.example.com"
    webhook_secret = "hunter2-hunter2"
    """
    told = "\n".join(refused(file, text, PASSWORD="hunter2-hunter2"))
    assert "hunter2" not in told
    assert "20022002" not in told
    assert told.count("\n") == 5


def test_a_secrets_file_saved_by_a_windows_editor_is_understood(file: Path) -> None:
    Path("jwt").write_bytes(b"\xef\xbb\xbf" + JWT.encode() + b"\r\n")
    site = understood(file, '[channels.site]\ntype = "webchat"\njwt_secret = "file:jwt"').channels["site"]
    assert isinstance(site, WebChat)
    assert site.jwt_secret == JWT


def test_a_file_of_an_impossible_name_is_told(file: Path) -> None:
    (line,) = refused(file, '[channels.site]\ntype = "webchat"\njwt_secret = "file:a\\u0000b"')
    assert "no such name can be" in line


def test_the_secrets_of_the_settings_are_known_to_whoever_hides_them(file: Path) -> None:
    urls = '[store]\nurl = "postgresql://me:pa%24s@h/d"\n[bus]\nurl = "redis://:word@h:1"\n'
    site = '[channels.site]\ntype = "webchat"\njwt_secret = "env:SITE_JWT"\n'
    known = set(secrets_of(understood(file, urls + site + API)))
    assert known == {JWT, "token-of-the-crm", "whsec_" + "QUJD" * 8, "pa%24s", "pa$s", "word"}


def test_dates_may_be_written_as_dates_or_as_text(file: Path) -> None:
    found = understood(file, '[hours.office]\nclosed = [2026-10-01, "2026-10-02"]\nopen = {"2026-10-03" = ["10:00-12:00"]}')
    assert found.hours["office"].closed == ("2026-10-01", "2026-10-02")
    assert found.hours["office"].open == {"2026-10-03": ("10:00-12:00",)}


def test_the_default_queue_is_always_there(file: Path) -> None:
    assert sorted(understood(file, "[queues.refunds]").queues) == ["default", "refunds"]


def test_further_rules_are_listed_with_ours(file: Path) -> None:
    file.write_text("[gateway]\nlistn = 1\nname = 'x'", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(
            file, {}, checks=[lambda found: [(("gateway", "name"), f"odd: {found.gateway.name}"), (("gateway", "listn"), "known already")]]
        )
    assert [problem.where for problem in caught.value.problems] == ["frontdesk.toml:2: [gateway] listn", "frontdesk.toml:3: [gateway] name"]


def test_a_missing_file_is_told(file: Path) -> None:
    with pytest.raises(ConfigError, match=r"^frontdesk\.toml: can't be read: No such file or directory$"):
        load(file, {})


def test_a_file_in_another_encoding_is_told_with_its_line(file: Path) -> None:
    file.write_bytes('[gateway]\nname = "客服"'.encode("gb18030"))
    with pytest.raises(ConfigError, match=r"^frontdesk\.toml:2: expected UTF-8 text$"):
        load(file, {})


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(file: Path) -> None:
    file.write_bytes(b'\xef\xbb\xbf[gateway]\r\nname = "Exempel"\r\n')
    assert load(file, {}).gateway.name == "Exempel"


_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | st.text(max_size=5)
    | st.sampled_from(["env:X", "file:", "api", "email", "phone"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "type", "url", "default", ""]), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
_KEYS = {section.name: [key.name for key in getattr(section.type, "fields", ())] for section in msgspec.inspect.type_info(Settings).fields}  # type: ignore[attr-defined]  # a struct's shape has fields


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_the_file_holds_the_outcome_is_settings_or_problems(file: Path, data: st.DataObject) -> None:
    section = data.draw(st.sampled_from(sorted(_KEYS)))
    table = data.draw(st.dictionaries(st.sampled_from([*_KEYS[section], "site", "other"]), _VALUES, max_size=4))
    file.write_bytes(_toml({section: table}))
    with contextlib.suppress(ConfigError):
        assert isinstance(load(file, {"X": "1"}), Settings)


def _toml(tables: dict[str, Any]) -> bytes:
    """TOML of nested tables, written inline; nulls are left out, as TOML has none."""

    def words(value: Any) -> str:
        match value:
            case bool():
                return str(value).lower()
            case dict():
                return "{" + ", ".join(f"{words(str(k))} = {words(v)}" for k, v in value.items() if v is not None) + "}"
            case list():
                return "[" + ", ".join(words(item) for item in value if item is not None) + "]"
            case str():
                return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")
            case _:
                return str(value)

    return "\n".join(f"{name} = {words(table)}" for name, table in tables.items()).encode("utf-8", "replace")

"""Identity by JWT: one algorithm, the right site, an hour at most."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from adapters.webchat.identity import IdentityCheck, User
from config.problems import ConfigError
from config.schema import WebChat
from gateway.core.errors import Forged
from gateway.core.ids import ChannelName

SITE = ChannelName("site")
NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
SECRET = "a shared secret of thirty-two bytes or more"
PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC_PEM = PRIVATE.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
HS256 = IdentityCheck(SITE, WebChat(jwt_secret=SECRET))
RS256 = IdentityCheck(SITE, WebChat(jwt_public_key=PUBLIC_PEM))


def claims(minutes: float = 30, **more: Any) -> dict[str, Any]:
    return {"sub": "user-7", "aud": "site", "exp": NOW + timedelta(minutes=minutes), **more}


def code_of(check: IdentityCheck, token: str) -> str:
    with pytest.raises(Forged) as refused:
        check.read(token, NOW)
    assert token not in str(refused.value)
    return refused.value.code


def test_a_shared_secret_or_a_private_key_vouches_for_a_user() -> None:
    assert HS256.read(jwt.encode(claims(name="A name"), SECRET, algorithm="HS256"), NOW) == User("user-7", "A name")
    assert RS256.read(jwt.encode(claims(), PRIVATE, algorithm="RS256"), NOW) == User("user-7", None)


def forged_json(subject: str, name: str = "") -> str:
    """A good signature over JSON that PyJWT would not write itself: with half a character in it."""
    body = json.dumps({**claims(), "exp": int((NOW + timedelta(minutes=30)).timestamp()), "sub": subject, "name": name})
    signed = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (b'{"alg":"HS256","typ":"JWT"}', body.encode()))
    mac = hmac.digest(SECRET.encode(), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


@pytest.mark.parametrize("subject", ["", "\ud800", "a\0b", "a\nb", "a\u202eb", "x" * 201])
def test_a_subject_that_can_not_be_kept_or_shown_is_refused(subject: str) -> None:
    assert code_of(HS256, forged_json(subject)) == "identity_invalid"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ann\ud800", "Ann"), ("\ud800", None), ("An\0n\n", "Ann"), ("\u202enimda", "nimda"), (" ", None), ("李 雷", "李 雷"),
        ("👩\u200d💻", "👩\u200d💻"), ("x" * 300, "x" * 100),
    ],
)  # fmt: skip
def test_a_name_is_shown_without_what_could_deceive_or_break(name: str, shown: str | None) -> None:
    assert HS256.read(forged_json("user-7", name), NOW).name == shown


def test_several_audiences_may_be_named() -> None:
    assert HS256.read(jwt.encode(claims(aud=["shop", "site"]), SECRET, algorithm="HS256"), NOW).id == "user-7"


def test_a_token_cannot_choose_how_it_is_checked() -> None:
    hmac_with_public_key = _hs256_with(PUBLIC_PEM)
    assert code_of(RS256, hmac_with_public_key) == "identity_invalid"
    assert code_of(RS256, jwt.encode(claims(), SECRET, algorithm="HS256")) == "identity_invalid"
    assert code_of(HS256, jwt.encode(claims(), PRIVATE, algorithm="RS256")) == "identity_invalid"
    assert code_of(HS256, jwt.encode(claims(), "", algorithm="none")) == "identity_invalid"
    assert code_of(HS256, jwt.encode(claims(), SECRET * 2, algorithm="HS512")) == "identity_invalid"


@pytest.mark.parametrize(
    ("minutes", "code"), [(-0.4, None), (-0.6, "identity_expired"), (60, None), (61, "identity_invalid"), (10**7, "identity_invalid")]
)
def test_it_holds_for_an_hour_at_most(minutes: float, code: str | None) -> None:
    token = jwt.encode({**claims(), "exp": int(NOW.timestamp() + minutes * 60)}, SECRET, algorithm="HS256")
    if code is None:
        assert HS256.read(token, NOW).id == "user-7"
    else:
        assert code_of(HS256, token) == code


@pytest.mark.parametrize("missing", ["sub", "exp", "aud"])
def test_nothing_may_be_missing(missing: str) -> None:
    given = claims()
    del given[missing]
    assert code_of(HS256, jwt.encode(given, SECRET, algorithm="HS256")) == "identity_invalid"


@pytest.mark.parametrize(
    "odd", [{"sub": "x" * 201}, {"sub": ""}, {"nbf": NOW + timedelta(minutes=5)}, {"exp": True}, {"exp": float("1e308")}, {"aud": []}]
)
def test_odd_claims_are_refused(odd: dict[str, Any]) -> None:
    assert code_of(HS256, jwt.encode({**claims(), **odd}, SECRET, algorithm="HS256")) == "identity_invalid"


def test_without_a_key_there_is_no_identity() -> None:
    assert code_of(IdentityCheck(SITE, WebChat()), jwt.encode(claims(), SECRET, algorithm="HS256")) == "identity_off"


@pytest.mark.parametrize(
    "keys", [{"jwt_secret": "short"}, {"jwt_public_key": "no key"}, {"jwt_secret": SECRET, "jwt_public_key": PUBLIC_PEM}]
)
def test_keys_that_cannot_hold_stop_the_start(keys: dict[str, str]) -> None:
    with pytest.raises(ConfigError) as problem:
        IdentityCheck(SITE, WebChat(**keys))  # type: ignore[arg-type]  # only these two fields
    assert "[channels.site]" in str(problem.value)
    assert "short" not in str(problem.value)


def _hs256_with(key: str) -> str:
    """What an attacker makes of the public key; PyJWT itself refuses to."""
    import base64
    import hashlib
    import hmac
    import json

    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    signed = part({"alg": "HS256", "typ": "JWT"}) + "." + part({**claims(), "exp": int(NOW.timestamp()) + 60})
    mac = hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"

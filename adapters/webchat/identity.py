"""Who a site says that its visitor is: a JWT made by the site's own server (RFC 7519).

HS256 with the shared secret or RS256 with the public key: whichever is configured, and only that one, so a token can't choose how it
is checked. `sub`, `exp` and `aud` (this channel's name) are required, and `exp` lies at most an hour ahead.
"""

from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from msgspec import Struct

from config.problems import ConfigError, Problem
from config.schema import WebChat
from gateway.core.errors import Forged
from gateway.core.ids import ChannelName

LONGEST = timedelta(hours=1)
_SKEW = timedelta(seconds=30)
"""How far the site's clock may be off."""
_SECRET_MIN_BYTES = 32
_SUBJECT_MAX_CHARS = 200
_NAME_MAX_CHARS = 100
_JOINERS = "\u200c\u200d"
"""Not printable by themselves, but part of how some languages and emoji are written."""


class User(Struct, frozen=True):
    """A visitor as its site knows it."""

    id: str
    name: str | None = None


class IdentityCheck:
    """Checks one site's JWTs."""

    def __init__(self, site: ChannelName, settings: WebChat) -> None:
        self._site = site
        self._algorithm, self._key = _method(site, settings)
        if self._algorithm is not None:
            import_module("jwt")  # at the start and not with the first visitor; a site without keys never pays for it

    def __repr__(self) -> str:
        return f"IdentityCheck({self._site!r}, {self._algorithm or 'off'})"

    def read(self, token: str, now: datetime) -> User:
        """Whom the site names. Raises Forged: `identity_off`, `identity_expired` or `identity_invalid`."""
        if self._algorithm is None:
            raise Forged("identity_off", "no identity: this site has no key for it")
        claims = self._claims(token)
        _check_times(claims, now)
        subject, name = claims["sub"], claims.get("name")
        if not isinstance(subject, str) or not 0 < len(subject) <= _SUBJECT_MAX_CHARS or not subject.isprintable():
            raise _invalid(f"sub: a text of 1 to {_SUBJECT_MAX_CHARS} printable characters")
        return User(subject, _shown(name) if isinstance(name, str) else None)

    def _claims(self, token: str) -> dict[str, Any]:
        """The claims behind a good signature. Times are checked by us, because the clock is injected."""
        import jwt

        try:
            return jwt.decode(
                token,
                self._key,
                algorithms=[self._algorithm] if self._algorithm else [],
                audience=self._site,
                options={"require": ["sub", "exp", "aud"], "verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise _invalid(f"a JWT with sub, exp and aud = {self._site!r}, signed by {self._algorithm} ({type(error).__name__})") from None


def _shown(name: str) -> str | None:
    """A name fit to be shown: without controls, marks that turn the reading direction, and halves of characters that JSON can write."""
    return "".join(c for c in name if c.isprintable() or c in _JOINERS).strip()[:_NAME_MAX_CHARS] or None


def _check_times(claims: dict[str, Any], now: datetime) -> None:
    expires, starts = claims["exp"], claims.get("nbf", 0)
    if not _is_number(expires) or not _is_number(starts):
        raise _invalid("exp and nbf: seconds since 1970")
    left_s = expires - now.timestamp()
    if left_s <= -_SKEW.total_seconds():
        raise Forged("identity_expired", "an exp in the future: ask your server for a new JWT")
    if left_s > (LONGEST + _SKEW).total_seconds():
        raise _invalid("an exp at most one hour ahead")
    if starts > now.timestamp() + _SKEW.total_seconds():
        raise _invalid("an nbf that has passed")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12


def _invalid(expected: str) -> Forged:
    return Forged("identity_invalid", expected)


def _method(site: ChannelName, settings: WebChat) -> tuple[str | None, str]:
    where = f"[channels.{site}]"
    if settings.jwt_secret and settings.jwt_public_key:
        raise ConfigError([Problem(where, "jwt_secret and jwt_public_key: at most one of the two")])
    if settings.jwt_public_key:
        if "PUBLIC KEY" not in settings.jwt_public_key:
            raise ConfigError([Problem(where, "jwt_public_key: expected a public key in PEM")])
        return "RS256", settings.jwt_public_key
    if not settings.jwt_secret:
        return None, ""
    if len(settings.jwt_secret.encode()) < _SECRET_MIN_BYTES:
        raise ConfigError([Problem(where, f"jwt_secret: expected at least {_SECRET_MIN_BYTES} bytes")])
    return "HS256", settings.jwt_secret

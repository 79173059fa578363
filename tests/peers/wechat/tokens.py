"""The access tokens of one account, as `stable_token` gives them. Pure: time and randomness are handed in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tests.peers.wechat import rules

CHINA = timedelta(hours=8)


@dataclass
class Token:
    value: str
    expires_at: datetime
    is_revoked: bool = False


class TokenBook:
    """At most two live tokens: the newest, and during its last five minutes the one before it."""

    def __init__(self, make: Callable[[int], str], *, size: int = 136) -> None:
        self.size = size
        self.issued_count = 0
        self._make = make
        self._tokens: list[Token] = []
        self._forced_at: list[datetime] = []

    def ask(self, now: datetime, *, is_forced: bool) -> tuple[int, Token | None]:
        """(error code, token)."""
        newest = self._tokens[-1] if self._tokens else None
        if is_forced and not self._is_too_soon(now):
            if self._forced_on((now + CHINA).date()) >= rules.FORCED_PER_DAY:
                return 45009, None
            self._forced_at.append(now)
            self.revoke()
            return 0, self._issue(now)
        if newest is None or newest.is_revoked or newest.expires_at - now <= timedelta(seconds=rules.TOKEN_OVERLAP_S):
            return 0, self._issue(now)
        return 0, newest

    def standing(self, value: str, now: datetime) -> int:
        """The error code that a call with this token gets; 0: it holds."""
        if not value:
            return 41001
        token = next((token for token in self._tokens if token.value == value), None)
        if token is None:
            return 40014
        if token.is_revoked:
            return 40001
        return 0 if now < token.expires_at else 42001

    def revoke(self) -> None:
        """None of those issued so far holds any more, before its time."""
        for token in self._tokens:
            token.is_revoked = True

    def expire(self, now: datetime) -> None:
        """All are over by their time."""
        for token in self._tokens:
            token.expires_at = min(token.expires_at, now)

    def _is_too_soon(self, now: datetime) -> bool:
        """ "连续使用该模式时，请保证调用时间隔至少为30s，否则不会刷新": then the call is an ordinary one."""
        return bool(self._forced_at) and now - self._forced_at[-1] < timedelta(seconds=rules.FORCED_APART_S)

    def _forced_on(self, day: date) -> int:
        return sum((at + CHINA).date() == day for at in self._forced_at)

    def _issue(self, now: datetime) -> Token:
        self.issued_count += 1
        token = Token(self._make(self.size), now + timedelta(seconds=rules.TOKEN_S))
        self._tokens.append(token)
        return token

"""How we log in to a mailbox's servers: by password, or by an access token of Google or Microsoft that is renewed in time.

An access token holds for about an hour. It is shared by all processes through the shelf, renewed five minutes before its end, and fetched
by one caller at a time. Microsoft gives a new refresh token with each access token, and the old ones run out after 90 days: the newest is
kept in the channel's notebook, and belongs to the refresh token of the configuration, so that a new consent starts afresh.
"""

import asyncio
import hashlib
import logging
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Literal, Protocol

import msgspec
from msgspec import Struct

from adapters.email.token_server import LoginTrouble, granted, refreshed
from config.email import Email
from gateway.core.errors import FrontdeskError
from gateway.core.ids import ChannelName
from gateway.core.ports import Shelf

log = logging.getLogger(__name__)

Kind = Literal["imap", "smtp"]
EARLY_S = 300.0
"""So long before its end a token is renewed."""
TOKEN_MAX_CHARS = 16_384
LEASE_S = 30.0
LOOK_S = 0.2
"""How often the shelf is looked at while another process fetches."""


class Password(Struct, frozen=True):
    """A user and a password, or an authorization code."""

    user: str
    password: str

    def __repr__(self) -> str:
        return "Password()"


class Bearer(Struct, frozen=True):
    """A user and an access token, for XOAUTH2."""

    user: str
    token: str

    def __repr__(self) -> str:
        return "Bearer()"


Credentials = Password | Bearer

__all__ = ["Bearer", "Credentials", "Kind", "Leases", "LoginTrouble", "Logins", "Notebook", "Password"]


class Notebook(Protocol):
    """The channel's own small memory."""

    async def notebook(self, name: str) -> str: ...

    async def note_down(self, name: str, value: str) -> None: ...


class Leases(Protocol):
    """The right to do something alone among all processes."""

    async def take(self, name: str, ttl_s: float) -> bool: ...

    async def give_back(self, name: str) -> None: ...


class _Kept(Struct, frozen=True):
    token: str
    renew_at_s: float

    def __repr__(self) -> str:
        return "_Kept()"


class _Rotated(Struct, frozen=True):
    """A refresh token that came with an answer. `of`: the mark of the configured one."""

    of: str
    token: str

    def __repr__(self) -> str:
        return "_Rotated()"


class Logins:
    """What the two servers of one channel are logged in to with. Safe to share between the IMAP and the SMTP side."""

    def __init__(
        self, name: ChannelName, settings: Email, *, shelf: Shelf, notebook: Notebook, leases: Leases, now_s: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._shelf = shelf
        self._notebook = notebook
        self._leases = leases
        self._now_s = now_s
        self._sleep = sleep
        mark = _mark_of(settings)
        self._page = f"email/{name}/refresh"
        self._shelved_as = f"token/email/{name}/{mark}"
        self._mark = mark
        self._flight = asyncio.Lock()
        self._kept: _Kept | None = None

    def __repr__(self) -> str:
        return f"Logins({self._page!r})"

    async def credentials(self, kind: Kind, *, refused: str = "") -> Credentials:
        """What to log in with now. `refused`: a token that the server has just refused, to get another one. Raises LoginTrouble."""
        settings = self._settings
        user = (settings.smtp.user if kind == "smtp" else "") or settings.imap.user
        if not settings.oauth.provider:
            password = settings.smtp.password if kind == "smtp" else settings.imap.password
            return Password(user, password)
        return Bearer(user, await self._token(refused))

    # ---- one flight ------------------------------------------------------------------------------------------------------------

    async def _token(self, refused: str) -> str:
        kept = self._kept
        if not self._is_good(kept, refused):
            async with self._flight:
                kept = self._kept
                if not self._is_good(kept, refused):
                    kept = self._kept = await self._shelved(refused) or await self._alone(refused)
        assert kept is not None
        return kept.token

    async def _alone(self, refused: str) -> _Kept:
        """Fetched by this process, or waited for while another one fetches. The lease saves calls and guards nothing."""
        waited_s, patience_s = 0.0, self._settings.timeout_s
        while not (is_ours := await self._may_fetch()) and waited_s < patience_s:
            await self._sleep(LOOK_S)
            waited_s += LOOK_S
            if kept := await self._shelved(refused):
                return kept
        try:
            return await self._shelved(refused) or await self._fetched()
        finally:
            if is_ours:
                with suppress(FrontdeskError, OSError):
                    await self._leases.give_back(self._shelved_as)

    async def _may_fetch(self) -> bool:
        """False only while another process has the lease; a bus that is away stops nobody."""
        try:
            return await self._leases.take(self._shelved_as, LEASE_S)
        except (FrontdeskError, OSError):
            return True

    async def _fetched(self) -> _Kept:
        answer = await self._asked()
        token, lasts = answer.get("access_token"), str(answer.get("expires_in", ""))
        lasts_s = float(lasts) if re.fullmatch(r"[0-9]{1,9}", lasts) else 3600.0  # some write the number as a string
        if not isinstance(token, str) or not 0 < len(token) <= TOKEN_MAX_CHARS or not token.isascii() or not token.isprintable():
            raise LoginTrouble("token_odd", "no access token in the answer")
        kept = _Kept(token, self._now_s() + lasts_s - min(EARLY_S, lasts_s / 2))
        await self._shelve(kept)
        return kept

    async def _asked(self) -> dict[str, Any]:
        """The token server's answer; a refresh token that it sends along is kept. Of two that we have, the newer one is tried first."""
        oauth = self._settings.oauth
        if not oauth.refresh_token:
            return await granted(oauth, self._settings.timeout_s)
        newest = await self._rotated()
        try:
            answer = await refreshed(oauth, newest or oauth.refresh_token, self._settings.timeout_s)
        except LoginTrouble as trouble:
            if not newest or trouble.code != "consent_again":
                raise
            answer = await refreshed(oauth, oauth.refresh_token, self._settings.timeout_s)
        given = answer.get("refresh_token")
        if isinstance(given, str) and 0 < len(given) <= TOKEN_MAX_CHARS and given not in (newest, oauth.refresh_token):
            await self._keep_rotated(given)
        return answer

    # ---- what is kept ----------------------------------------------------------------------------------------------------------

    async def _rotated(self) -> str:
        """The refresh token that came last, if it descends from the configured one."""
        try:
            text = await self._notebook.notebook(self._page)
            kept = msgspec.json.decode(text, type=_Rotated) if text else None
        except msgspec.DecodeError:
            return ""
        except (FrontdeskError, OSError):  # the configured one may have run out long ago: that would be taken for a consent that has ended
            raise LoginTrouble("token_unreachable", "the store can't be read") from None
        return kept.token if kept is not None and kept.of == self._mark else ""

    async def _keep_rotated(self, token: str) -> None:
        try:
            await self._notebook.note_down(self._page, msgspec.json.encode(_Rotated(self._mark, token)).decode())
        except (FrontdeskError, OSError):  # the one before holds for weeks yet, and the next answer brings another
            log.warning("a new refresh token could not be kept", extra={"page": self._page})

    async def _shelved(self, refused: str) -> _Kept | None:
        try:
            text = await self._shelf.get(self._shelved_as)
            kept = msgspec.json.decode(text, type=_Kept) if text else None
        except (FrontdeskError, OSError, msgspec.DecodeError):
            return None
        return kept if self._is_good(kept, refused) else None

    async def _shelve(self, kept: _Kept) -> None:
        try:
            await self._shelf.put(self._shelved_as, msgspec.json.encode(kept).decode(), max(1.0, kept.renew_at_s - self._now_s()))
        except (FrontdeskError, OSError):
            log.warning("the access token could not be put on the shelf; other processes fetch their own")

    def _is_good(self, kept: _Kept | None, refused: str) -> bool:
        return kept is not None and kept.token != refused and self._now_s() < kept.renew_at_s


def _mark_of(settings: Email) -> str:
    """Tells one configuration from another without telling what is in it."""
    oauth = settings.oauth
    said = (oauth.provider, oauth.client_id, oauth.client_secret, oauth.refresh_token, oauth.tenant, oauth.token_url, settings.imap.user)
    return hashlib.sha256("\0".join(said).encode()).hexdigest()[:24]

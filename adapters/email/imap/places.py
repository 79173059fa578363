"""How far a mailbox has been taken: kept in the channel's notebook, never set back.

What lies up to `last_uid` is durable with us. A note that is lost, or older than the truth, costs taking again what is known by its keys;
one that is ahead of the truth would lose mails, so it is written last. UIDs mean nothing without their UIDVALIDITY (RFC 3501, section
2.3.1.1): where that has changed, or the mailbox has moved to another server, mails are looked for by date, and the keys tell what is known.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct, structs

from adapters.email.imap.connection import Selected
from adapters.email.imap.grammar import search_date
from adapters.email.oauth import Notebook
from gateway.core.ids import ChannelName

MARGIN = timedelta(days=2)
"""So long before the newest mail that was taken a mailbox is read again."""
STRANGE = timedelta(days=7)
"""Of another account, or on another server, a mailbox is never read further back: it may be another mailbox altogether."""
ASIDE_AGAIN_S = 3600.0
ASIDE_S = 7 * 86_400.0
"""For so long a mail that was set aside is tried again."""
ASIDE_MAX_COUNT = 50
ZONES = timedelta(days=1)
"""SEARCH knows days only, and those of the server's time zone."""


NO_UID = 2**32 - 1
"""The highest there can be: the server has not told the next one, so dates decide for all that lie there."""


class Overtaken(Exception):
    """Another process has written a newer place: this one must stop."""


class Aside(Struct, frozen=True):
    """A mail that nobody could fetch or take: it is tried again now and then, behind the others."""

    uid: int
    since_s: float
    next_s: float


class Place(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where we are in a mailbox."""

    account: str
    """Whose mailbox, and where."""
    uidvalidity: int
    last_uid: int
    newest_s: float
    """The newest date (INTERNALDATE) of what was taken, in seconds since 1970."""
    since_s: float = 0.0
    upto_uid: int = 0
    """Up to this UID only what is as new as `since_s` is ours: the rest lay there before we came, or is known."""
    tried_uid: int = 0
    tries: int = 0
    """A mail that breaks the connection, and how often it has."""
    aside: tuple[Aside, ...] = ()
    count: int = 0
    """Rises with each note: an old one is told from a new one."""


class Places:
    """The places of one channel's mailboxes."""

    def __init__(self, channel: ChannelName, notebook: Notebook) -> None:
        self._prefix = f"email/{channel}/mailbox"
        self._notebook = notebook

    async def read(self, mailbox: str) -> Place | None:
        """None for a mailbox that was never read, or whose note can't be understood any more."""
        text = await self._notebook.notebook(f"{self._prefix}/{mailbox}")
        try:
            return msgspec.json.decode(text, type=Place) if text else None
        except msgspec.DecodeError:
            return None

    async def write(self, mailbox: str, place: Place) -> None:
        """Durable on return. Raises Overtaken where what stands there is as new as this, or newer."""
        standing = await self.read(mailbox)
        if standing == place:
            return  # a write whose answer never came was kept after all
        if standing is not None and standing.count >= place.count:
            raise Overtaken
        await self._notebook.note_down(f"{self._prefix}/{mailbox}", msgspec.json.encode(place).decode())


def is_moved(place: Place | None, account: str, selected: Selected) -> bool:
    """We knew the mailbox, but its UIDs mean something else now."""
    return place is not None and (place.uidvalidity != selected.uidvalidity or place.account != account)


def begun(place: Place | None, account: str, selected: Selected, now: datetime, first_days: int) -> Place:
    """Where to go on in a mailbox that was just opened: as before, from its first start, or by date."""
    if place is not None and not is_moved(place, account, selected):
        return place
    since = newest = now - timedelta(days=first_days)
    if place is not None:
        newest = datetime.fromtimestamp(place.newest_s, UTC)
        oldest = datetime.fromtimestamp(min([place.newest_s, *(one.since_s for one in place.aside)]), UTC)
        since = oldest - MARGIN if place.account == account else max(oldest - MARGIN, now - STRANGE)
    return Place(
        account=account, uidvalidity=selected.uidvalidity, last_uid=0, newest_s=newest.timestamp(), since_s=since.timestamp(),
        upto_uid=_last_known(selected), count=(place.count if place else 0) + 1,
    )  # fmt: skip


def criteria(place: Place) -> list[tuple[str, ...]]:
    """What to search for: what is old by its date, what is new by its UID. `n:*` gives the last mail in any case (RFC 3501, seq-range)."""
    begin = place.last_uid + 1
    if begin > place.upto_uid:
        return [("UID", f"{begin}:*")]
    day = search_date((datetime.fromtimestamp(place.since_s, UTC) - ZONES).date())
    if place.upto_uid == NO_UID:
        return [("UID", f"{begin}:*", "SINCE", day)]
    return [("UID", f"{begin}:{place.upto_uid}", "SINCE", day), ("UID", f"{place.upto_uid + 1}:*")]


def is_ours(place: Place, uid: int, at: datetime | None) -> bool:
    """Whether a mail is to be taken. One whose date nobody knows is."""
    return uid > place.last_uid and (uid > place.upto_uid or at is None or at.timestamp() >= place.since_s)


def searched(place: Place, found: list[int]) -> int:
    """The last UID that is done with once all that was found is: what lies between was searched, and is not ours."""
    last = max([place.last_uid, *found])
    return last if place.upto_uid == NO_UID else max(last, place.upto_uid)


def set_aside(place: Place, uids: Sequence[int], now: datetime) -> Place:
    """These are tried again later; of very many the newest."""
    at_s = now.timestamp()
    aside = (*place.aside, *(Aside(uid, at_s, at_s + ASIDE_AGAIN_S) for uid in uids))
    return structs.replace(place, aside=aside[-ASIDE_MAX_COUNT:])


def due_aside(place: Place, now: datetime) -> Aside | None:
    """One that is to be tried again now."""
    return next((one for one in place.aside if one.next_s <= now.timestamp()), None)


def put_off(place: Place, tried: Aside, now: datetime) -> Place:
    """Try this one again in a while; not any more once it has been tried for a week."""
    later = Aside(tried.uid, tried.since_s, now.timestamp() + ASIDE_AGAIN_S)
    kept = () if later.next_s - tried.since_s > ASIDE_S else (later,)
    return structs.replace(place, aside=(*(one for one in place.aside if one.uid != tried.uid), *kept), count=place.count + 1)


def without_aside(place: Place, uid: int) -> Place:
    """This one is done with."""
    return structs.replace(place, aside=tuple(one for one in place.aside if one.uid != uid), count=place.count + 1)


def newest_s(place: Place, dates: list[datetime], now: datetime) -> float:
    """The newest date taken so far. A date to come is not believed: it would hide what comes before it from a search by date."""
    return max([place.newest_s, *(at.timestamp() for at in dates if at <= now)])


def _last_known(selected: Selected) -> int:
    if selected.uidnext:
        return selected.uidnext - 1
    return NO_UID if selected.exists_count else 0

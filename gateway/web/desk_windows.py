"""What the desk is told of a channel that counts what we send: how much may still go out, and why a message did not."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from config.wechat import WeChat
from gateway.core.allowance import Allowance, window
from gateway.core.ids import SessionId
from gateway.core.message import Author, Message, Status
from gateway.core.session import Session
from gateway.web import desk_views as views
from gateway.web.deps import Deps
from handoff.acting import is_counted, reserve_count

TROUBLED = frozenset({Status.FAILED, Status.UNCERTAIN, Status.REFUSED, Status.KEPT})
"""The statuses that have a reason."""
RETRIES_MAX_COUNT = 50
"""Of a thread's unsettled messages, looked at for when they are tried again."""
_CODE = re.compile(r"\((-?\w+(?: \d+)?)\)")
"""In a detail a code stands in parentheses, the vendor's or one of our own words, the last one counts: `part 1 of 1: ... (45002)`."""
_LEAD = re.compile(r"(\w+)(?::|$)")
"""Else it leads: `out_of_count: ...`."""
_TEMPLATE = re.compile(r"templatesendjobfinish: (?:failed: ?)?(\w[\w ]*)")
"""What became of a template message, as the platform words it: `failed:user block`."""


async def window_of(deps: Deps, session: Session) -> dict[str, Any] | None:
    """What may still be sent on this session's thread; None: the channel doesn't count."""
    return (await windows_of(deps, [session])).get(session.id)


async def windows_of(deps: Deps, sessions: Sequence[Session]) -> dict[SessionId, dict[str, Any]]:
    """The same of many sessions, by their ids; those whose channels don't count are left out."""
    counted = [one for one in sessions if is_counted(deps.settings, one.channel)]
    held = await deps.store.allowances([(one.channel, one.thread) for one in counted])
    return {one.id: _window(deps, one, held.get((one.channel, one.thread))) for one in counted}


def _window(deps: Deps, session: Session, allowance: Allowance | None) -> dict[str, Any]:
    configured = deps.settings.channels[session.channel]
    may_call = not isinstance(configured, WeChat) or configured.customer_service
    return window_now(allowance, reserve_count(deps.settings, session.channel), deps.clock.now(), may_call=may_call)


def window_now(allowance: Allowance | None, reserve: int, now: datetime, *, may_call: bool) -> dict[str, Any]:
    """The window as people read it: `why` says in every case why nothing is left. Pure.

    `may_call` False: the account has no customer-service API, and nothing that an agent writes goes out by itself.
    """
    told = window(allowance, reserve, now)
    return told if may_call else told | {"left": 0, "until": None, "why": "no_api"}


def carries_letters(deps: Deps, session: Session) -> bool:
    """Whether what is said here goes by mail."""
    channel = deps.channels.get(session.channel)
    return channel is not None and channel.capabilities.letters


async def told(deps: Deps, session: Session, messages: Sequence[Message]) -> list[views.View]:
    """Messages of one session as the desk reads them, each with the reason for what became of it where there is one.

    Of mails also what is told of those that are on their way or have arrived: tried again later, one of the copies refused.
    """
    is_mail = carries_letters(deps, session)
    troubled = [one.seq for one in messages if one.status in TROUBLED or (is_mail and one.author is not Author.CUSTOMER)]
    details = await deps.store.message_details(session.id, troubled) if troubled else {}
    retries = await _retries(deps, session) if is_mail and any(one.status is Status.PENDING for one in messages) else {}
    return [views.message(one, trouble(details.get(one.seq, ""), retries.get(one.seq))) for one in messages]


async def _retries(deps: Deps, session: Session) -> dict[int, datetime]:
    """When those that were tried in vain are tried again, by their seq."""
    waiting = await deps.store.outgoing_of(session.channel, session.thread, RETRIES_MAX_COUNT)
    return {one.outgoing.message.seq: one.due_at for one in waiting if one.outgoing.attempts and not one.is_leased}


def trouble(detail: str, until: datetime | None = None) -> views.View | None:
    """Why a message stands as it does: a code that the page may have words for, and the words on record; when it is tried again."""
    if not detail:
        return None if until is None else {"code": "", "detail": "", "until": until}
    found = _TEMPLATE.match(detail) or next(reversed(list(_CODE.finditer(detail))), None) or _LEAD.match(detail)
    told = {"code": found[1].strip().lower().replace(" ", "_") if found else "", "detail": detail}
    return told if until is None else told | {"until": until}

"""What the desk is told of a channel that counts what we send: how much may still go out, and why a message did not."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from config.wechat import WeChat
from gateway.core.allowance import Allowance, window
from gateway.core.ids import SessionId
from gateway.core.message import Message, Status
from gateway.core.session import Session
from gateway.web import desk_views as views
from gateway.web.deps import Deps
from handoff.acting import is_counted, reserve_count

TROUBLED = frozenset({Status.FAILED, Status.UNCERTAIN, Status.REFUSED, Status.KEPT})
"""The statuses that have a reason."""
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


async def told(deps: Deps, session_id: SessionId, messages: Sequence[Message]) -> list[views.View]:
    """Messages of one session as the desk reads them, each with the reason for what became of it where there is one."""
    troubled = [one.seq for one in messages if one.status in TROUBLED]
    details = await deps.store.message_details(session_id, troubled) if troubled else {}
    return [views.message(one, trouble(details.get(one.seq, ""))) for one in messages]


def trouble(detail: str) -> views.View | None:
    """Why a message stands as it does: a code that the page may have words for, and the words on record."""
    if not detail:
        return None
    found = _TEMPLATE.match(detail) or next(reversed(list(_CODE.finditer(detail))), None) or _LEAD.match(detail)
    return {"code": found[1].strip().lower().replace(" ", "_") if found else "", "detail": detail}

"""Walks through past sessions, page by page, telling how far it has come."""

import sys
from collections.abc import AsyncIterator
from datetime import datetime

from gateway.core.past import PastSession
from gateway.core.session import State
from gateway.store import Record

PAGE = 100
TOLD_EVERY = 1_000
"""Sessions between two words about the progress."""


async def walked(store: Record, begin: datetime, end: datetime) -> AsyncIterator[PastSession]:
    """Every session opened from `begin` until before `end`, once; memory does not grow with their number."""
    open_ids: set[str] = set()
    count, after = 0, ""
    while True:
        page = await store.past_sessions(begin, end, limit=PAGE, after=after)
        for past in page.items:
            if past.session.id in open_ids:
                continue
            if past.session.state is not State.CLOSED:
                open_ids.add(past.session.id)  # it may end, and come again among those that have
            count += 1
            if count % TOLD_EVERY == 0:
                print(f"{count} sessions, up to {past.session.opened_at:%Y-%m-%d %H:%M}", file=sys.stderr, flush=True)
            yield past
        if page.next is None:
            return
        after = page.next

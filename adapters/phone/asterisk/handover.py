"""A caller handed over for good (REFER)."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from adapters.phone.asterisk.ari import AriFailed
from adapters.phone.asterisk.caller import Caller
from adapters.phone.asterisk.means import Means
from adapters.phone.driver import LegEvent, LineFailed, Parted

log = logging.getLogger(__name__)

TRANSFER_S = 20.0
"""A caller who is still ours that long behind a REFER was not taken."""


class Handover:
    """Of one call."""

    def __init__(
        self, caller: Caller, means: Means, tell: Callable[[LegEvent], None], spawn: Callable[[Coroutine[Any, Any, None]], object],
        leave: Callable[[], None],
    ) -> None:  # fmt: skip
        """`leave`: the caller is gone."""
        self._caller = caller
        self._means = means
        self._tell = tell
        self._spawn = spawn
        self._leave = leave
        self.is_under_way = False

    async def begin(self, target: str) -> None:
        try:
            self.is_under_way = True
            await self._caller.refer(target)
        except (AriFailed, LineFailed) as error:
            self.is_under_way = False
            log.warning("a caller could not be handed over", extra={"call": self._caller.call, "why": str(error)})
            if await self._caller.is_there():
                self._tell(Parted("refused"))
            else:
                self._leave()
        else:
            self._spawn(self._wait())

    async def _wait(self) -> None:
        await self._means.sleep(TRANSFER_S)
        if self.is_under_way:
            self.is_under_way = False
            self._tell(Parted("no_answer"))

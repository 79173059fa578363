"""What the record says of a caller: where they stand, and what becomes of it."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from adapters.phone.dialogue.words import Stimulus, Trouble
from adapters.phone.house import House
from gateway.core.calls import Standing, Topic
from gateway.core.errors import FrontdeskError
from gateway.core.ids import Thread

log = logging.getLogger(__name__)

READY_S = 2.0
"""For what is known of the caller and the menus; then the call is taken without."""
AGAIN_S = 0.5
AWAY_COUNT = 20
"""Times that the record could not be read: ten seconds."""


class Eyes:
    """Of one call."""

    def __init__(self, house: House, thread: Thread, tell: Callable[[Stimulus], None], call: str) -> None:
        self._house = house
        self._thread = thread
        self._tell = tell
        self._who = {"channel": house.channel, "call": call}

    async def standing(self) -> Standing | None:
        """Where the caller's newest session stands. Who can't be looked up is a new caller."""
        try:
            async with asyncio.timeout(READY_S):
                return await self._house.conversations.standing(self._thread)
        except (FrontdeskError, OSError, TimeoutError):
            log.warning("a caller's session can't be read just now", extra=self._who)
            return None

    async def menus(self, languages: Sequence[str]) -> dict[str, tuple[Topic, ...]]:
        try:
            async with asyncio.timeout(READY_S):
                return {language: await self._house.menus.menu(language) for language in languages}
        except (FrontdeskError, OSError, TimeoutError):
            log.warning("the menus can't be read just now", extra=self._who)
            return {}

    async def follow(self, seq: int) -> None:
        """The thread's news; where the record is away, from where it was left."""
        failed_count = 0
        while True:
            try:
                async with self._house.conversations.follow(self._thread, seq) as news:
                    async for item in news:
                        failed_count = 0
                        seq = seq if isinstance(item, Standing) else item.seq
                        self._tell(item)
            except (FrontdeskError, OSError):
                failed_count += 1
                log.warning("a call's session can't be read just now", extra=self._who)
                if failed_count == AWAY_COUNT // 4 or failed_count == AWAY_COUNT:
                    self._tell(Trouble(is_over=failed_count == AWAY_COUNT))
            await self._house.sleep(AGAIN_S)

"""Names of customers: those of an Official Account have none, those of 微信客服 can be asked for within 48 hours of their last word.

A courtesy: agents see a name in place of an id. It never holds up a message for longer than a moment.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable

from adapters.shared.wechat.codes import Refusal
from adapters.wecom_kf import rules
from adapters.wecom_kf.api import KfApi
from gateway.core.errors import SendError

log = logging.getLogger(__name__)

KNOWN_MAX_COUNT = 10_000
PATIENCE_S = 2.0
REST_S = 300.0
"""After a refusal, or no answer in time, nobody is asked for so long."""


class Names:
    """Remembers names; asks for those it does not know."""

    def __init__(self, api: KfApi, now_s: Callable[[], float]) -> None:
        self._api = api
        self._now_s = now_s
        self._known: OrderedDict[str, str] = OrderedDict()
        self._rests_until_s = 0.0

    async def learn(self, customers: Iterable[str]) -> None:
        """Ask for those that are not known. Never raises."""
        unknown = [one for one in dict.fromkeys(customers) if one not in self._known][: rules.CUSTOMERS_MAX_COUNT]
        if not unknown or self._now_s() < self._rests_until_s:
            return
        try:
            async with asyncio.timeout(PATIENCE_S):
                found = await self._api.customers(unknown)
        except (Refusal, SendError, TimeoutError) as error:
            log.info("customers' names can't be had just now", extra={"why": str(error)})
            self._rests_until_s = self._now_s() + REST_S
            return
        for one in unknown:
            self._known[one] = found[one].name if one in found else ""
        while len(self._known) > KNOWN_MAX_COUNT:
            self._known.popitem(last=False)

    def of(self, customer: str) -> str | None:
        """The name that a customer has in WeChat; None where it is not known."""
        return self._known.get(customer) or None

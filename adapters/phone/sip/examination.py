"""Rings our own line and says what it heard: the doctor's look at a number that is answered over SIP.

Where a process of ours takes the calls, that is who is rung. Where none does, a worker is started for the time of the test, which takes
nobody else's calls and tells no trunk of itself. Whether the trunk would let us in is asked beside it, in a way that changes nothing there.
"""

import asyncio
import importlib.util
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import StrEnum

from msgspec import structs

from adapters.phone.health import Page
from adapters.phone.sip.addresses import is_everywhere
from adapters.phone.sip.here import Port, line_for_a_test, look, own_address
from adapters.phone.sip.passes import key_of
from adapters.phone.sip.probing import BUSY, KEYS_COUNT, Report, Ring, probing
from adapters.phone.sip.registrar import Ask, Asked, ask
from adapters.phone.tools import Tools
from config.phone import Phone, Trunk
from config.rules import split_listen
from gateway.core.channel import Verdict
from gateway.core.ids import ChannelName

CALL_S = 8.0
TRUNK_S = 6.0
CANNOT_ASK = frozenset({400, 405, 420, 501})
"""What registrars answer that want no question without a Contact."""

Start = Callable[[], AbstractAsyncContextManager[str]]
"""A line for the time of a test; gives why there is none, "" where there is."""


class Seen(StrEnum):
    """What the number's own page says of who takes its calls."""

    NOBODY = "nobody"
    HERE = "here"
    ELSEWHERE = "elsewhere"
    DOWN = "down"
    """Somebody tries to, and can't."""
    SHUT_OUT = "shut_out"
    """The like, as the address can't be had."""


class SipExamination:
    """Of one number. What touches the machine is handed in, so that each verdict can be tried."""

    def __init__(
        self, name: ChannelName, settings: Phone, *, phone: Callable[[], AbstractAsyncContextManager[Ring]], start: Start,
        look: Callable[[str], tuple[Port, str]], has_stack: Callable[[], bool], host: str, now: Callable[[], datetime], asks: Ask,
    ) -> None:  # fmt: skip
        self._name = name
        self._settings = settings
        self._phone = phone
        self._start = start
        self._look = look
        self._has_stack = has_stack
        self._host = host
        self._now = now
        self._asks = asks

    async def made(self, page: Page | None) -> Verdict:
        """The first thing that is wrong, or what is good."""
        if not self._has_stack():
            return self._bad("no_packages")
        async with asyncio.TaskGroup() as both:
            line = both.create_task(self._line(page))
            trunk = both.create_task(self._trunk(page))
        wrong = next((verdict for verdict in (line.result(), trunk.result()) if verdict is not None and not verdict.is_ok), None)
        if wrong is not None:
            return wrong
        found = line.result()
        return found if trunk.result() is None else structs.replace(found, beside=(trunk.result(),))

    # The line

    async def _line(self, page: Page | None) -> Verdict:
        async with self._phone() as ring:
            (port, detail), seen = await asyncio.to_thread(self._look, self._settings.sip.listen), self._seen(page)
            match port, seen:
                case _, Seen.ELSEWHERE:
                    return self._elsewhere(page)
                case Port.TAKEN, Seen.HERE:
                    return self._heard(await self._ring(ring), "good")
                case Port.TAKEN, Seen.NOBODY | Seen.SHUT_OUT:
                    return self._bad("address_in_use")
                case Port.FOREIGN, _:
                    return self._bad("no_address", detail=detail)
                case _, Seen.DOWN | Seen.SHUT_OUT:
                    return self._bad("no_line", trouble=page.trouble if page else "?")
                case _:
                    return await self._alone(ring)

    def _seen(self, page: Page | None) -> Seen:
        if page is None or not page.is_of_now(self._now()):
            return Seen.NOBODY
        if page.is_up or page.trouble == "starting":
            return Seen.HERE if page.host == self._host else Seen.ELSEWHERE
        return Seen.SHUT_OUT if page.trouble == "unable" else Seen.DOWN

    async def _alone(self, ring: Ring) -> Verdict:
        """Nobody takes calls: a line of our own is rung."""
        async with self._start() as trouble:
            if trouble:
                return self._bad("no_worker", trouble=trouble)
            return self._heard(await self._ring(ring), "good_alone")

    async def _ring(self, ring: Ring) -> Report:
        host, port = split_listen(self._settings.sip.listen)
        target = await asyncio.to_thread(own_address, host) if is_everywhere(host) else host
        shown = f"[{target}]" if ":" in target else target
        return await ring(f"sip:{self._settings.sip.number}@{shown}:{port}", target)

    def _heard(self, report: Report, good: str) -> Verdict:
        if report.trouble:
            return self._bad("no_test", detail=report.trouble)
        if not report.status:
            return self._bad("no_answer", seconds=f"{CALL_S:g}")
        if report.status == BUSY:
            return self._bad("busy")
        if report.status != 200:
            return self._bad("refused", code=str(report.status), reason=report.reason)
        wrong = "mute" if not report.has_heard else "deaf" if not report.was_heard else "no_keys" if len(report.keys) < KEYS_COUNT else ""
        if wrong:
            return self._bad(wrong, ms=str(report.answered_ms), ports=self._settings.sip.rtp_ports)
        return self._good(good, ms=str(report.answered_ms))

    def _elsewhere(self, page: Page | None) -> Verdict:
        assert page is not None
        assert page.at is not None
        return self._good("elsewhere", host=page.host or "?", seconds=str(round((self._now() - page.at).total_seconds())))

    # The trunk

    async def _trunk(self, page: Page | None) -> Verdict | None:
        """None: there is none, or it wants no registering."""
        trunk = self._settings.sip.trunk
        if not (trunk.host and trunk.register and trunk.user):
            return None
        seen = self._seen(page)
        if seen is Seen.ELSEWHERE:
            return self._unasked(page)  # carriers let addresses in: ours is not theirs
        found = await self._asks(trunk)
        is_content = seen is Seen.HERE and page is not None and not page.trouble
        is_mute = found.trouble == "unreachable" and is_content  # it answers no questions
        if is_mute or found.trouble == "no_address" or found.code in CANNOT_ASK:
            return self._unasked(page)
        if found.trouble:
            return self._bad(f"trunk_{found.trouble}", detail=found.detail)
        if found.code >= 300:
            return self._bad("trunk_refused", code=str(found.code), reason=found.reason)
        return self._registered(page)

    def _unasked(self, page: Page | None) -> Verdict:
        """All that is known is how it goes for whoever is registered."""
        if page is not None and page.trouble.startswith("trunk_") and page.is_of_now(self._now()):
            return self._bad("trunk_down")
        return self._good("trunk_unknown")

    def _registered(self, page: Page | None) -> Verdict:
        """It lets us in now; whoever takes the calls may not have got round to it."""
        return self._bad("trunk_late") if self._unasked(page).why == "phone.trunk_down" else self._good("trunk_good")

    def _good(self, key: str, **values: str) -> Verdict:
        return Verdict(is_ok=True, why=f"phone.{key}", values=self._values(values))

    def _bad(self, key: str, **values: str) -> Verdict:
        return Verdict(is_ok=False, why=f"phone.{key}", todo=f"phone.{key}_todo", values=self._values(values))

    def _values(self, values: dict[str, str]) -> dict[str, str]:
        return {"name": self._name, "listen": self._settings.sip.listen, "trunk": self._settings.sip.trunk.host, **values}


def sip_examination(name: ChannelName, settings: Phone, tools: Tools, *, host: str) -> SipExamination:
    """As it is done for real."""

    async def asks(trunk: Trunk) -> Asked:
        return await ask(trunk, within_s=TRUNK_S)

    return SipExamination(
        name, settings, host=host, now=tools.clock.now, look=look, has_stack=lambda: importlib.util.find_spec("baresip") is not None,
        phone=lambda: probing(key_of(tools.secret, name), encryption=settings.sip.encryption, within_s=CALL_S),
        start=lambda: line_for_a_test(name, settings, tools), asks=asks,
    )  # fmt: skip

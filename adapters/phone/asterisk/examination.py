"""Asks an Asterisk whether it lets us in, has what we need, and knows our application: the doctor's look at a number behind it.

Only questions, which change nothing there. No caller is made up: who rings through an Asterisk is its dialplan's matter.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from adapters.phone.asterisk.ari import Ari, AriFailed
from adapters.phone.health import Page
from config.phone import Phone
from gateway.core.channel import Verdict
from gateway.core.ids import ChannelName

ASK_S = 5.0
"""For each question."""
NEEDS = {"websocket": ("chan_websocket.so",), "audiosocket": ("res_audiosocket.so", "chan_audiosocket.so")}
"""By `media`: the modules that carry sound to us."""
SINCE = {20: 16, 21: 11, 22: 6}
"""The first of each that has chan_websocket; 23 has it from its first."""
_VERSION = re.compile(r"(?:certified[-/])?(\d+)\.(\d+)")


class AsteriskExamination:
    """Of one number."""

    def __init__(self, name: ChannelName, settings: Phone, *, now: Callable[[], datetime]) -> None:
        self._name = name
        self._asterisk = settings.asterisk
        self._timeout_s = min(ASK_S, settings.timeout_s)
        self._now = now

    async def made(self, page: Page | None) -> Verdict:
        """The first thing that is wrong, or what is good."""
        ari = Ari(self._asterisk, self._timeout_s)
        try:
            version = _version(await ari.ask("GET", ("asterisk", "info"), {"only": "system"}))
            missing = await self._missing(ari)
            if missing:
                return self._unequipped(missing, version)
            return self._connected(page, version, is_known=await _has(ari, "applications", self._asterisk.app))
        except AriFailed as error:
            return self._refused(error)
        finally:
            await ari.close()

    async def _missing(self, ari: Ari) -> str:
        """The first module that is not there; "" where all are, or where it won't say."""
        for module in NEEDS[self._asterisk.media]:
            if not await _has(ari, "asterisk", "modules", module):
                return module
        return ""

    def _unequipped(self, module: str, version: str) -> Verdict:
        if self._asterisk.media == "websocket" and _is_before_websocket(version):
            return self._bad("asterisk_old", version=version)
        return self._bad("asterisk_module", module=module, version=version)

    def _connected(self, page: Page | None, version: str, *, is_known: bool) -> Verdict:
        """With what is known of whoever takes the calls."""
        if page is None or not page.is_of_now(self._now()):
            return self._good("asterisk_good_alone", version=version)  # it may remember our application, and not have it
        if page.trouble == "replaced":
            return self._bad("asterisk_taken")
        if page.is_up and is_known:
            return self._good("asterisk_good", version=version)
        return self._bad("asterisk_unknown", trouble=page.trouble or "?")

    def _refused(self, error: AriFailed) -> Verdict:
        if error.status in (401, 403):
            return self._bad("asterisk_login", code=str(error.status))
        if error.status:
            return self._bad("asterisk_odd", code=str(error.status))
        return self._bad("asterisk_unreachable", detail=type(error.__cause__).__name__ if error.__cause__ else "?")

    def _good(self, key: str, **values: str) -> Verdict:
        return Verdict(is_ok=True, why=f"phone.{key}", values=self._values(values))

    def _bad(self, key: str, **values: str) -> Verdict:
        return Verdict(is_ok=False, why=f"phone.{key}", todo=f"phone.{key}_todo", values=self._values(values))

    def _values(self, values: dict[str, str]) -> dict[str, str]:
        asterisk = self._asterisk
        return {"name": self._name, "url": asterisk.url, "app": asterisk.app, "user": asterisk.user, **values}


async def _has(ari: Ari, *path: str) -> bool:
    """False where it says that there is none. Raises AriFailed."""
    try:
        await ari.get(*path)
    except AriFailed as error:
        if error.status in (404, 409):  # 409: the module is there, and not loaded
            return False
        raise
    return True


def _version(info: Any) -> str:
    """As it calls itself. Raises AriFailed where that is no Asterisk."""
    system = info.get("system") if isinstance(info, dict) else None
    version = system.get("version") if isinstance(system, dict) else None
    if not isinstance(version, str):
        raise AriFailed("expected an Asterisk's own words about itself", status=200)
    return version[:40]


def _is_before_websocket(version: str) -> bool:
    """Its number says that it can't have chan_websocket. A build of somebody's own may be called anything."""
    found = _VERSION.match(version)
    if found is None:
        return False
    major, minor = int(found[1]), int(found[2])
    return major < min(SINCE) or minor < SINCE.get(major, 0)

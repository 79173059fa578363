"""Names in words what is wrong with an Official Account's set-up: keys of the catalogue under `doctor.`, with their values."""

import re
from collections.abc import Callable

from adapters.shared.wechat.calls import Api
from adapters.shared.wechat.codes import CODES, TOKEN_CODES, UNKNOWN, Refusal
from adapters.shared.wechat.pushes import SIGNED, Noted, Pushes
from adapters.shared.wechat.tokens import Fetch
from adapters.wechat.menus import Menus
from adapters.wechat.sending import SEND
from config.wechat import WeChat
from gateway.core.channel import Verdict
from gateway.core.errors import FrontdeskError, SendError

NOBODY = "frontdesk-doctor"
"""An openid that can't be: whoever may call the API hears 40003, and nobody gets a message."""
DAY_S = 86_400.0
_IP = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}|(?:[0-9a-fA-F]{0,4}:){3,7}[0-9a-fA-F]{0,4}")
_CONFIGURED = {40013: "app_id", 41002: "app_id", 40125: "secret", 40001: "secret", 41004: "secret", 40164: "address", 61004: "address"}
_PUSHED = {"key": "aes_key", "app": "push_app", "not_encrypted": "mode", "signature": "token", "stale": "clock"}
"""What is set up wrongly where pushes are refused so."""


class Diagnosis:
    """Looks at one account from outside to inside: the token, the permission, the pushes."""

    def __init__(
        self, name: str, settings: WeChat, *, fetch: Fetch, api: Api, menus: Menus, pushes: Pushes, now_s: Callable[[], float]
    ) -> None:
        self._name = name
        self._settings = settings
        self._fetch = fetch
        self._api = api
        self._menus = menus
        self._pushes = pushes
        self._now_s = now_s

    async def made(self) -> Verdict:
        """The first thing that is wrong, or what is good. Never raises."""
        try:
            return await self._token() or await self._permission() or await self._pushed()
        except FrontdeskError as error:
            return _bad("unreachable", reason=str(error), address=self._settings.api_base)

    async def _token(self) -> Verdict | None:
        try:
            await self._fetch(is_forced=False)
        except Refusal as refusal:
            return self._refused(refusal)
        except SendError as error:
            return _bad("unreachable", reason=error.reason, address=self._settings.api_base)
        return None

    async def _permission(self) -> Verdict | None:
        """Whether the account may use the customer-service API, tried without a receiver."""
        if not self._settings.customer_service:
            return None
        try:
            await self._api.post(SEND, {"touser": NOBODY, "msgtype": "text", "text": {"content": "."}})
        except Refusal as refusal:
            if refusal.code == 48001:
                return _bad("no_customer_service", name=self._name)
            if refusal.code in TOKEN_CODES or refusal.code in _CONFIGURED or refusal.code == 48004:
                return self._refused(refusal)
        except SendError as error:
            return _bad("unreachable", reason=error.reason, address=self._settings.api_base)
        return None

    async def _pushed(self) -> Verdict:
        """What became of the last pushes."""
        noted, now = await self._pushes.read(), self._now_s()
        if wrong := _wrong(noted, now):
            return _bad(wrong, name=self._name, minutes=_minutes(now - noted.refused_at_s))
        if not noted.taken_at_s:
            return _bad("never_pushed", name=self._name)
        minutes = _minutes(now - noted.taken_at_s)
        if self._settings.menus and self._settings.customer_service and not await self._menus.may_be_sent():
            return Verdict(is_ok=True, why="wechat.good_no_menus", values={"minutes": minutes})
        return Verdict(is_ok=True, why="wechat.good", values={"minutes": minutes})

    def _refused(self, refusal: Refusal) -> Verdict:
        """What to mend, by the platform's code; 40164 names our address."""
        key = _CONFIGURED.get(refusal.code)
        found = _IP.search(refusal.message)
        if key is None:
            return _bad("refused", code=str(refusal.code), reason=CODES.get(refusal.code, UNKNOWN).words)
        return _bad(key, code=str(refusal.code), ip=found[0] if found else "?", name=self._name)


def _wrong(noted: Noted, now: float) -> str:
    """The word for what the last refused push says is wrong; "" where it says nothing.

    A push that was taken later clears it. A signature that does not hold may be a stranger's, so it counts only while none holds.
    """
    if not noted.refused_at_s or noted.taken_at_s >= noted.refused_at_s:
        return ""
    is_believed = noted.code in SIGNED or now - noted.taken_at_s > DAY_S
    return _PUSHED.get(noted.code, "") if is_believed else ""


def _minutes(seconds: float) -> str:
    return str(max(0, round(seconds / 60)))


def _bad(key: str, **values: str) -> Verdict:
    return Verdict(is_ok=False, why=f"wechat.{key}", todo=f"wechat.{key}_todo", values=values)

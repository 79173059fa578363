"""Names in words what is wrong with the set-up of 微信客服: keys of the catalogue under `doctor.`, with their values."""

import re
from collections.abc import Awaitable, Callable

from adapters.shared.wechat.codes import Refusal
from adapters.shared.wechat.pushes import Noted, Pushes
from adapters.shared.wechat.tokens import Fresh
from adapters.wecom_kf.api import KfApi
from adapters.wecom_kf.codes import meaning_of
from config.wechat import WeComKf
from gateway.core.channel import Verdict
from gateway.core.errors import FrontdeskError

DAY_S = 86_400.0
_IP = re.compile(r"from ip: ?((?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F:]{3,45})")
_CAUSES = {
    40001: "secret", 40013: "corp_id", 40091: "secret", 41002: "corp_id", 41004: "secret", 60020: "address", 48002: "permission",
    60011: "permission", 60030: "disabled", 95011: "managed", 95012: "managed", 95017: "permission",
}  # fmt: skip
_SIGNED = {"key": "aes_key", "app": "push_corp"}
"""Refusals of callbacks that are signed, and so the platform's own; the others may be anybody's knocking."""


class Diagnosis:
    """Looks at one company's 微信客服 from outside to inside: the token, the permission, the accounts, the callbacks."""

    def __init__(
        self, name: str, settings: WeComKf, *, ask_token: Callable[[], Awaitable[Fresh]], api: KfApi, pushes: Pushes,
        now_s: Callable[[], float],
    ) -> None:  # fmt: skip
        self._name = name
        self._settings = settings
        self._ask_token = ask_token
        self._api = api
        self._pushes = pushes
        self._now_s = now_s

    async def made(self) -> Verdict:
        """The first thing that is wrong, or what is good. Never raises."""
        try:
            await self._ask_token()
            return await self._accounts() or await self._pushed()
        except Refusal as refusal:
            return _refused(refusal, self._name)
        except FrontdeskError as error:
            return _bad("unreachable", reason=str(error), address=self._settings.api_base)

    async def _accounts(self) -> Verdict | None:
        """Whether there are customer-service accounts, and whether the app may manage those that are ours."""
        accounts = {account.open_kfid: account for account in await self._api.accounts()}
        ours = self._settings.open_kfids or tuple(accounts)
        if not ours:
            return _bad("no_accounts")
        for one in ours:
            if one not in accounts:
                return _bad("unknown_account", account=one)
        if not any(accounts[one].is_ours for one in ours):
            return _bad("not_managed", account=accounts[ours[0]].name or ours[0])
        for one in self._settings.open_kfids:
            if not accounts[one].is_ours:
                return _bad("not_managed", account=accounts[one].name or one)
        return None

    async def _pushed(self) -> Verdict:
        """What became of the last callbacks. Without any, messages still come, but late."""
        noted, now = await self._pushes.read(), self._now_s()
        if wrong := _wrong(noted, now):
            return _bad(wrong, name=self._name, minutes=_minutes(now - noted.refused_at_s))
        if not noted.taken_at_s:
            return _bad("never_pushed", name=self._name, seconds=f"{self._settings.poll_s:g}")
        return Verdict(is_ok=True, why="wecom_kf.good", values={"minutes": _minutes(now - noted.taken_at_s)})


def _refused(refusal: Refusal, name: str) -> Verdict:
    """What to mend, by WeCom's code; 60020 names our address."""
    cause, found = _CAUSES.get(refusal.code), _IP.search(refusal.message)
    if cause is None:
        return _bad("refused", code=str(refusal.code), reason=meaning_of(refusal).words)
    return _bad(cause, code=str(refusal.code), ip=found[1] if found else "?", name=name)


def _wrong(noted: Noted, now: float) -> str:
    """The word for what the last refused callback says is wrong; "" where it says nothing.

    One that was taken later clears it. A signature that does not hold may be a stranger's: it counts only while none holds.
    """
    if not noted.refused_at_s or noted.taken_at_s >= noted.refused_at_s:
        return ""
    if noted.code in _SIGNED:
        return _SIGNED[noted.code]
    is_alone = now - noted.taken_at_s > DAY_S
    return {"signature": "token", "stale": "clock"}.get(noted.code, "") if is_alone else ""


def _minutes(seconds: float) -> str:
    return str(max(0, round(seconds / 60)))


def _bad(key: str, **values: str) -> Verdict:
    return Verdict(is_ok=False, why=f"wecom_kf.{key}", todo=f"wecom_kf.{key}_todo", values=values)

"""Puts an Official Account's channel together."""

import time
from collections.abc import Callable
from functools import cache

from adapters.shared.wechat.calls import Calls
from adapters.shared.wechat.codes import Refusal
from adapters.shared.wechat.pushes import Notebook
from adapters.shared.wechat.tokens import Fetch, Fresh, Leases, Tokens
from adapters.wechat.channel import WeChatChannel
from config.texts import load_texts
from config.wechat import WeChat
from gateway.core.files import Files
from gateway.core.ids import ChannelName
from gateway.core.ports import Shelf
from gateway.core.texts import Texts, nearest
from gateway.rendering import Link, no_link

LANGUAGE = "zh-CN"
"""In which who follows is greeted: the platform tells nobody's language."""


def open_wechat(
    name: ChannelName,
    settings: WeChat,
    *,
    files: Files,
    shelf: Shelf,
    leases: Leases,
    notebook: Notebook,
    link: Link = no_link,
    now_s: Callable[[], float] = time.time,
    language: str = LANGUAGE,
) -> WeChatChannel:
    """The channel of one account. Nothing is called before somebody asks."""
    calls = Calls(settings.api_base, timeout_s=settings.timeout_s, now_s=now_s)
    fetch = token_fetch(calls, settings)
    tokens = Tokens(settings.app_id, fetch, shelf=shelf, leases=leases, now_s=now_s, patience_s=settings.timeout_s)
    return WeChatChannel(
        name, settings, files=files, link=link, calls=calls, tokens=tokens, fetch=fetch, shelf=shelf, notebook=notebook,
        greeting=greeting(settings, language), now_s=now_s,
    )  # fmt: skip


def token_fetch(calls: Calls, settings: WeChat) -> Fetch:
    """Asks for the stable access token: the same until five minutes before its end (获取稳定版接口调用凭据)."""

    async def fetch(*, is_forced: bool) -> Fresh:
        body = {"grant_type": "client_credential", "appid": settings.app_id, "secret": settings.app_secret, "force_refresh": is_forced}
        answer = await calls.post("/cgi-bin/stable_token", body)
        token, expires_in = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not isinstance(expires_in, (int, float)) or isinstance(expires_in, bool):
            raise Refusal(-1, "no access_token in the answer")
        return Fresh(token, float(expires_in))

    return fetch


def greeting(settings: WeChat, language: str) -> str:
    """The configured greeting in the nearest language; ours where there is none."""
    own = {tag: words for tag, words in settings.greeting.items() if words.strip()}
    if own:
        return own[nearest(language, tuple(own))]
    return _ours(language)


@cache
def _ours(language: str) -> str:
    """Read once, however many accounts there are."""
    return Texts(load_texts()).say("wechat.greeting", language)
